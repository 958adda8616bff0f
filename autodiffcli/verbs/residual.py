"""`adiff residual`: how far a candidate solution is from solving its equations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING

from autodiffcli.arrays import Array
from autodiffcli.destination import destination, format_of, style_of
from autodiffcli.diagnostics import (
    AdiffError,
    Diagnostic,
    ExitStatus,
    Span,
    did_you_mean,
    listed,
    wrong,
)
from autodiffcli.lexer import plain_name
from autodiffcli.points import Points, is_over_intervals, read_points
from autodiffcli.program import INPUT, Program
from autodiffcli.readings import strictly
from autodiffcli.renderers.listing import write
from autodiffcli.renderers.number import shown
from autodiffcli.renderers.report import note, report
from autodiffcli.renderers.residuals import listing, place
from autodiffcli.residuals.problem import (
    Asked,
    Problem,
    Unknown,
    has_name,
    read_problem,
    undefined,
    variables_of,
)
from autodiffcli.residuals.residual import Residual, points_of, residual
from autodiffcli.residuals.unknowns import separated
from autodiffcli.specs import read_spec
from autodiffcli.terminal import Terminal

if TYPE_CHECKING:
    from autodiffcli.residuals.candidates import Network

UNKNOWN = "u"  # what a network is called that has no name
PRECISION = 3


@dataclass(frozen=True, slots=True)
class ResidualRequest:
    """One question to `adiff residual`.

    equations    texts of one equation or several
    definitions  texts of --with
    modules      texts of --with-module
    inputs       names of what a network takes, in order; none for its own or the equations' order
    conditions   (initial or boundary, text)
    at           texts of --at
    tolerance    what no residual may exceed; None for any
    each         show every point
    format       name of a format; "" for what the output file's name says, else table
    """

    equations: tuple[str, ...]
    definitions: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    conditions: tuple[tuple[str, str], ...] = ()
    at: tuple[str, ...] = ()
    grid: bool = False
    tolerance: float | None = None
    dtype: str = "float64"
    each: bool = False
    format: str = ""
    output: str = ""
    precision: int = PRECISION
    rows: int | None = None
    strict: bool = False


def answer(request: ResidualRequest, terminal: Terminal) -> ExitStatus:
    """Print the residuals. Raises AdiffError."""
    format = request.format or format_of(request.output)
    asked = Asked(
        request.equations,
        request.definitions,
        request.conditions,
        request.dtype.startswith("complex"),
    )
    networks = _networks(asked, request)
    unknowns = [Unknown(name, network.variables) for name, network in networks.items()]
    problem = read_problem(asked, unknowns)
    if request.strict or not terminal.talk:
        _refuse_doubts(problem)
    found, notes = _residuals(problem, request, networks)
    for text in (*(reading.message for reading in problem.readings), *notes):
        note(text, terminal.stderr, terminal.stderr_width)
    short = list(_missed(found, request.tolerance, request.precision))
    facts = {
        "tol": request.tolerance,
        "passed": None if request.tolerance is None else not short,
        "dtype": request.dtype,
        "notes": [*notes],
    }
    style = style_of(request.precision, request.rows, request.output, terminal)
    with destination(request.output, terminal) as opened:
        write(listing(found, request.precision, request.each, facts), opened, format, style)
    for diagnostic in short:
        report(diagnostic, terminal.stderr, colour=terminal.colour, width=terminal.stderr_width)
    if short:
        return ExitStatus.CHECK_FAILED
    lost = request.strict and any(one.missing for one in found)
    return ExitStatus.NO_DERIVATIVE if lost else ExitStatus.DONE


def _refuse_doubts(problem: Problem) -> None:
    """Raise AdiffError for what could be read two ways."""
    try:
        strictly(replace(problem.equations[0].program, readings=problem.readings))
    except AdiffError as error:
        raise problem.texts.located(error) from None


def _residuals(
    problem: Problem, request: ResidualRequest, networks: Mapping[str, Network]
) -> tuple[list[Residual], list[str]]:
    """The residual of every equation and condition, and what is worth knowing."""
    points = _points(problem, request)
    used = {name for one in problem.equations for name in (*one.program.inputs, *one.fixed)}
    notes = [f"'{name}' does not occur in the equations" for name in points if name not in used]
    variables = {name: network.variables for name, network in networks.items()}
    apart = separated([one.program for one in problem.equations], variables)
    plain = [n for n, one in enumerate(problem.equations) if not one.fixed]
    shared: Points = {}
    found = []
    for n, one in enumerate(problem.equations):
        own = points_of(one, points, request.grid)
        program, kinks = apart.programs[n], apart.kinks[n]
        inputs, unsettled = own, dict[int, str]()
        try:
            if apart.slots:
                from autodiffcli.residuals import networks as calls

                here = plain if n in plain else [n]
                programs = [p for m in here for p in (apart.programs[m], *apart.kinks[m])]
                if not shared or n not in plain:
                    filled = calls.filled(apart, programs, own, networks, request.dtype)
                    shared = filled if n in plain else shared
                inputs = shared if n in plain else filled
                unsettled = calls.unsettled(program, kinks, inputs, request.dtype)
            found.append(residual(one, own, request.dtype, program, inputs, unsettled))
        except AdiffError as error:
            raise problem.texts.located(error) from None
    distinct = {id(network): network for network in networks.values()}
    notes += [text for network in distinct.values() for text in network.notes]
    return found, notes


# -- points


def _points(problem: Problem, request: ResidualRequest) -> dict[str, Array]:
    """The points of the variables, as they were given. Raises AdiffError."""
    needed: dict[str, None] = {}
    for one in problem.equations:
        needed.update(dict.fromkeys(n for n in one.program.inputs if n not in one.fixed))
    steps = [s for one in problem.equations for s in one.program.steps if s.op == INPUT]
    whole = Program(problem.texts.source, tuple(steps), 0, tuple(needed))
    imaginary = request.dtype.startswith("complex")
    try:
        found = read_points(request.at, whole, imaginary=imaginary)
    except AdiffError as error:
        raise problem.texts.located(_told(error, problem)) from None
    if is_over_intervals(found):
        raise wrong("interval", "residuals are at points, and these are intervals")
    _check_places(problem, found)
    return found


def _told(error: AdiffError, problem: Problem) -> AdiffError:
    """An error about points, in other words where a formula is missing."""
    diagnostic = error.diagnostic
    if diagnostic.code != "missing-points" or diagnostic.span is None:
        return error
    name = plain_name(problem.texts.written(diagnostic.span))
    base, _, letters = name.partition("_")
    if letters and base in problem.defined:
        message = f"'{name}' is no derivative of '{base}'"
        hint = f"derivatives are written d({base}, x) or {base}_x"
        if len(letters) == 1:
            message = f"'{base}' has no variable '{letters}'"
            hint = f"d({base}, {letters}) is 0"
        return AdiffError(replace(diagnostic, message=message, hint=hint))
    if letters and len(base) == 1 and letters.islower():
        return undefined(base, diagnostic.span, problem.texts.source, problem.defined)
    here = [one.text for one in problem.equations if one.text.partition("=")[0].strip() == name]
    text = here[0] if here else f"{name} = ..."
    hint = f'give them with --at {name}=1,2,3, or a definition, --with "{text}"'
    return AdiffError(replace(diagnostic, hint=hint))


def _check_places(problem: Problem, points: Points) -> None:
    """Refuse a condition at a variable that there is not. Raises AdiffError."""
    known = {name for one in problem.equations for name in one.program.inputs} | {*points}
    for one in problem.equations:
        for name in one.fixed:
            if name not in known:
                start = one.text.index(name) if name in one.text else 0
                hint = did_you_mean(name, known) or f"the variables are {listed(sorted(known))}"
                span = Span(start, start + len(name))
                message = f"there is no variable '{name}'"
                raise wrong("variable", message, span, one.text, origin=f"--{one.kind} ", hint=hint)


# -- networks


def _networks(asked: Asked, request: ResidualRequest) -> dict[str, Network]:
    """The networks by the names of their unknowns. Raises AdiffError."""
    if not request.modules:
        if request.inputs:
            raise wrong("contradiction", "--inputs is for --with-module", hint="leave out --inputs")
        return {}
    from autodiffcli.residuals.candidates import load, ordered, read_source

    sources = [read_source(text) for text in request.modules]
    names: list[tuple[str, ...]] = []
    for source in sources:
        own = source.attribute if has_name(asked, source.attribute) else UNKNOWN
        named = source.names or (own,)
        for name in named:
            if any(name in before for before in names) or named.count(name) > 1:
                hint = "name them: --with-module v=file.py:net"
                raise source.wrong("twice", f"'{name}' is given twice", hint)
        names.append(named)
    known = list(_named(request))
    every = [name for named in names for name in named]
    variables = variables_of(asked, every, known)
    found: dict[str, Network] = {}
    for source, named in zip(sources, names, strict=True):
        network = ordered(load(source, named), variables, known, request.inputs)
        found.update(dict.fromkeys(named, network))
    return found


def _named(request: ResidualRequest) -> Iterator[str]:
    """The names that are given points, by --at or by a condition."""
    imaginary = request.dtype.startswith("complex")
    specs = [*request.at, *(text.partition(":")[0] for _, text in request.conditions)]
    for spec in specs:
        for given in read_spec(spec, imaginary) if spec.strip() else ():
            if given.name:
                yield given.name


# -- the check


def _missed(
    found: Sequence[Residual], tolerance: float | None, precision: int
) -> Iterator[Diagnostic]:
    """What is said of every residual that is too large, or not there."""
    if tolerance is None:
        return
    for one in found:
        name, count = one.equation.name, len(one.values)
        if one.missing:
            points = f"{one.missing:,} of {count:,} points have" if count > 1 else "the point has"
            yield Diagnostic("tolerance", f"{name}: {points} no residual")
        if isfinite(one.worst) and one.worst > tolerance:
            at = place(one, one.row, precision)
            where = f" at {at}" if at else ""
            size = shown(one.worst, precision)
            said = f"{size}{where} is above --tol {shown(tolerance)}"
            yield Diagnostic("tolerance", f"{name}: {said}")
        elif isfinite(one.bound) and one.bound > tolerance:
            said = f"rounding may hide a residual of {shown(one.bound, 1)}"
            hint = "fewer points are answered in ball arithmetic"
            yield Diagnostic(
                "tolerance", f"{name}: {said}, above --tol {shown(tolerance)}", hint=hint
            )
