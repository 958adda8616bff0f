"""`adiff solve`: roots of equations by Newton's method, each with what is proven about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autodiffcli import plan
from autodiffcli.destination import destination, format_of, style_of
from autodiffcli.diagnostics import Diagnostic, ExitStatus, wrong
from autodiffcli.equations import read_equations, squareness, variables_of
from autodiffcli.interpreters.balls import Singular, Vague
from autodiffcli.interpreters.blocks import Misfit
from autodiffcli.judgement import refuse_unknown
from autodiffcli.program import Program
from autodiffcli.readings import strictly
from autodiffcli.renderers.listing import write
from autodiffcli.renderers.report import note, report
from autodiffcli.renderers.solutions import Solution, listing
from autodiffcli.rootfinding.proofs import Proof, digits_of, prove, values_at
from autodiffcli.rootfinding.roots import CONVERGED, POLE, search
from autodiffcli.rootfinding.strides import Ending, named
from autodiffcli.rootfinding.system import System
from autodiffcli.starts import Start, only_one, read_starts, start_texts, value_texts
from autodiffcli.terminal import Terminal

STEPS = 100
MAX_STEPS = 100_000
REPORTED = 3  # starts without a root that are told one by one

Number = str | int | float


@dataclass(frozen=True, slots=True)
class SolveRequest:
    """One question to `adiff solve`.

    starts     texts of --from
    at         texts of --at: what stays as it is
    steps      of Newton's method, at most
    tolerance  a step no longer than that is the last one; 0 for what no longer moves the doubles
    plain      without safeguards
    trace      show every step
    digits     significant ones, all proven; 0 for doubles
    """

    expression: str
    starts: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    steps: int = STEPS
    tolerance: float = 0.0
    plain: bool = False
    trace: bool = False
    digits: int = 0
    format: str = ""
    output: str = ""
    precision: int = 6
    rows: int | None = None


def answer(request: SolveRequest, terminal: Terminal) -> ExitStatus:
    """Print a root for every start. Raises AdiffError."""
    format = request.format or format_of(request.output)
    programs = read_equations(request.expression)
    for program in programs:
        if not terminal.talk:
            strictly(program)
        for reading in program.readings:
            note(reading.message, terminal.stderr, terminal.stderr_width)
    found = solutions(request, programs)
    style = style_of(request.precision, request.rows, request.output, terminal)
    with destination(request.output, terminal) as opened:
        write(listing(found, programs, request.trace, opened), opened, format, style)
    missed = [one for one in found if one.status != CONVERGED]
    for one in missed[:REPORTED]:
        report(_told(one), terminal.stderr, colour=terminal.colour, width=terminal.stderr_width)
    if len(missed) > REPORTED:
        note(
            f"{len(missed):,} of {len(found):,} starts lead to no root",
            terminal.stderr,
            terminal.stderr_width,
        )
    unproven = [one for one in found if one.status == CONVERGED and one.texts == ()]
    if request.digits and unproven:
        message = f"the {request.digits} digits are not proven: {unproven[0].reason}"
        report(
            Diagnostic("unproven", message),
            terminal.stderr,
            colour=terminal.colour,
            width=terminal.stderr_width,
        )
    if missed or (request.digits and unproven):
        return ExitStatus.CHECK_FAILED
    return ExitStatus.DONE


def solve(
    expression: str,
    start: Number | Mapping[str, Number],
    *,
    at: Mapping[str, Number] | None = None,
    digits: int = 0,
    steps: int = STEPS,
) -> Solution:
    """The root of an equation, or of several, that Newton's method finds from a start.

    start   of the unknown, or of each by its name; a text is read as --from reads it
    at      the other variables, which stay
    raises  AdiffError where the input is wrong; `status` says where no root was found

    >>> solve("cos(x) = x", 1).root["x"]
    0.7390851332151607
    """
    request = SolveRequest(
        expression,
        start_texts(start),
        value_texts(at or {}),
        steps,
        digits=digits,
    )
    return only_one(solutions(request, read_equations(expression)))


def solutions(request: SolveRequest, programs: tuple[Program, ...]) -> list[Solution]:
    """What is found from each of the starts. Raises AdiffError."""
    for program in programs:
        refuse_unknown(program, "solve")
    variables = variables_of(programs)
    starts = read_starts(variables, request.expression, request.starts, request.at)
    for program in programs:
        plan.refuse_unknown(program, tuple(starts[0].shapes))
    _check_square(programs, starts[0], request.expression)
    return [_solution(System(programs, start), request) for start in starts]


def _check_square(programs: tuple[Program, ...], start: Start, source: str) -> None:
    """Refuse more or fewer equations than unknowns. Raises AdiffError."""
    try:
        size = System(programs, start).size()
    except Misfit as error:
        span = error.step.span if error.step else None
        raise wrong("shapes", str(error), span, source) from None
    trouble = squareness(size, start.labels)
    if trouble:
        fewer = size < len(start.labels)
        hint = "fix some with --at, or give more equations, separated by ';'" if fewer else ""
        raise wrong("equations", trouble, source=source, hint=hint)


def _solution(system: System, request: SolveRequest) -> Solution:
    ending = search(system, request.steps, request.tolerance, request.plain)
    if ending.status != CONVERGED:
        return _without_root(system, ending)
    proof = prove(system, ending.steps[-1].point)
    if proof is None:
        place = named(system.start.labels, ending.steps[-1].point)
        return _without_root(system, Ending(POLE, f"it has a pole near {place}", ending.steps))
    texts = digits_of(system, proof, request.digits) if request.digits else None
    return Solution(
        start=system.start,
        status=CONVERGED,
        reason=proof.reason,
        steps=ending.steps,
        point=proof.point,
        values=_values(system, proof, texts, request.digits),
        proven=proof.known,
        radii=proof.box,
        multiplicity=proof.multiplicity,
        texts=tuple(texts or ()),
    )


def _values(
    system: System, proof: Proof, texts: list[str] | None, digits: int
) -> tuple[float, ...]:
    """The equations at the root that is shown, all its digits taken."""
    if texts:
        try:
            return values_at(system, texts, digits)
        except (Singular, Vague):
            pass
    return tuple(float(v.mid()) for v in system.at(proof.point).values)


def _without_root(system: System, ending: Ending) -> Solution:
    return Solution(system.start, ending.status, ending.reason, ending.steps)


def _told(one: Solution) -> Diagnostic:
    """Why there is no root from a start."""
    place = named(one.start.labels, one.start.values)
    message = f"no root is found from {place}: {one.status}"
    return Diagnostic("no-root", f"{message}; {one.reason}" if one.reason else message)
