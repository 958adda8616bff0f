"""`adiff taylor`: the Taylor polynomial of an expression of one variable, at one or more points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite

from autodiffcli.destination import destination, format_of
from autodiffcli.diagnostics import (
    AdiffError,
    Diagnostic,
    ExitStatus,
    Span,
    did_you_mean,
    listed,
    wrong,
)
from autodiffcli.expansion import NoSeries, expansion
from autodiffcli.interpreters.blocks import Misfit
from autodiffcli.interpreters.printing import read_as
from autodiffcli.parser import parse
from autodiffcli.points import Points, paired, read_points
from autodiffcli.polynomial import TaylorPolynomial, point_text, polynomial
from autodiffcli.program import Program
from autodiffcli.readings import strictly
from autodiffcli.renderers.coefficients import FORMATS, Series
from autodiffcli.renderers.number import shown
from autodiffcli.renderers.report import note, report
from autodiffcli.request import MAX_ORDER
from autodiffcli.result import label, value_name
from autodiffcli.terminal import Terminal
from autodiffcli.typed import Constant

ORDER = 6  # if none is asked for
MAX_POINTS = 1_000
REPORTED = 3  # points without a series that are told one by one

Point = Mapping[str, Constant]
Number = str | int | float | Fraction


@dataclass(frozen=True, slots=True)
class TaylorRequest:
    """One question to `adiff taylor`.

    at      texts of --at
    wrt     the variable of the series; "" for the only one
    digits  significant ones, all proven; None for doubles
    format  name of a renderer; "" for what the output file's name says, else table
    """

    expression: str
    at: tuple[str, ...] = ()
    order: int = ORDER
    wrt: str = ""
    digits: int | None = None
    format: str = ""
    output: str = ""


def answer(request: TaylorRequest, terminal: Terminal) -> ExitStatus:
    """Print the polynomials, or why there is none at some point. Raises AdiffError."""
    render = FORMATS[request.format or _format_of(request.output)]
    program = parse(request.expression)
    if not terminal.talk:
        strictly(program)
    variable, points = _places(program, request)
    found: list[TaylorPolynomial] = []
    missing: list[Diagnostic] = []
    for point, at in points:
        try:
            found.append(_at(program, point, at, variable, request))
        except NoSeries as error:
            missing.append(_told(error, program, point, at, variable))
    if missing:
        _report(missing, len(points), terminal)
        return ExitStatus.NO_DERIVATIVE
    notes = tuple(reading.message for reading in program.readings)
    for words in (*notes, *(words for one in found for words in one.notes)):
        note(words, terminal.stderr, terminal.stderr_width)
    series = Series(
        expression=request.expression,
        read_as=read_as(program),
        variable=variable,
        order=request.order,
        digits=request.digits,
        polynomials=tuple(found),
        notes=notes,
    )
    with destination(request.output, terminal) as opened:
        render(series, opened)
    return ExitStatus.DONE


def taylor_series(
    expression: str,
    at: Number | Mapping[str, Number] = 0,
    order: int = ORDER,
    *,
    wrt: str = "",
    digits: int | None = None,
) -> TaylorPolynomial:
    """The Taylor polynomial of an expression at a point.

    at      the point, or one per variable; a text is read as --at reads it, "pi/2", and a float
            as it is printed: 0.1 is one tenth
    wrt     the variable of the series, where there are several
    raises  AdiffError, whose `diagnostic` says what is wrong, or why there is no series

    >>> taylor_series("sin(x)", order=4).text
    'x - x^3/6 + O(x^5)'
    """
    if isinstance(order, bool) or not isinstance(order, int) or not 0 <= order <= MAX_ORDER:
        raise wrong("option", f"order is a whole number from 0 to {MAX_ORDER}, not {order!r}")
    named = at if isinstance(at, Mapping) else {"": at}
    specs = tuple(f"{name}={value}" if name else str(value) for name, value in named.items())
    request = TaylorRequest(expression, specs, order, wrt, digits)
    program = parse(expression)
    variable, points = _places(program, request)
    if len(points) != 1:
        raise wrong("point", f"a series is at one point, and these are {len(points)}")
    ((point, numbers),) = points
    try:
        return _at(program, point, numbers, variable, request)
    except NoSeries as error:
        raise AdiffError(_told(error, program, point, numbers, variable)) from None


def _at(
    program: Program,
    point: Point,
    at: Mapping[str, float],
    variable: str,
    request: TaylorRequest,
) -> TaylorPolynomial:
    try:
        found = expansion(program, point, variable, request.order, request.digits)
    except Misfit as error:
        span = error.step.span if error.step else None
        raise wrong("shapes", str(error), span, program.source) from None
    return polynomial(found, variable, point, at)


# -- where


def _places(
    program: Program, request: TaylorRequest
) -> tuple[str, list[tuple[Point, dict[str, float]]]]:
    """The variable, and every point as typed and as doubles. Raises AdiffError."""
    if len(program.inputs) > 1 and not request.wrt:
        message = f"a Taylor series is in one variable; this has {listed(program.inputs)}"
        first, *rest = program.inputs
        fixed = ",".join([f"{first}=0", *(f"{name}=1" for name in rest)])
        hint = f"choose one and fix the others: --wrt {first} --at {fixed}"
        raise wrong("variables", message, source=program.source, hint=hint)
    points = read_points(request.at, program)
    if any(step.op == "deferred" for step in program.steps):
        message = "a Taylor series is of numbers, and the derivatives here are of a tensor"
        raise wrong("shapes", message, source=program.source)
    variable = _variable(points, request.wrt)
    count = max(map(len, points.values()))
    if count > MAX_POINTS:
        raise wrong("too-many", f"{count:,} points are more than {MAX_POINTS:,}")
    if count == 0:
        raise wrong("empty", "there is no point")
    spread = paired(read_points(request.at, program, exact=True))
    return variable, [_row(spread, row) for row in range(len(spread[variable]))]


def _variable(points: Points, wrt: str) -> str:
    """The variable of the series. Raises AdiffError for one that is not there."""
    known = tuple(points)
    if wrt and wrt not in known:
        message = f"the expression has no variable '{wrt}'"
        hint = did_you_mean(wrt, known) or (f"it has {listed(known)}" if known else "")
        raise wrong("variable", message, Span(0, len(wrt)), wrt, origin="--wrt ", hint=hint)
    if not known:
        message = "a Taylor series is in a variable, and the expression has none"
        raise wrong("variable", message, hint="name one by its point: --at x=0")
    if not wrt and len(known) > 1:
        hint = f"choose one: --wrt {known[0]}"
        message = f"a Taylor series is in one variable; there are {listed(known)}"
        raise wrong("variables", message, hint=hint)
    return wrt or known[0]


def _row(points: Points, row: int) -> tuple[Point, dict[str, float]]:
    typed: dict[str, Constant] = {}
    for name, values in points.items():
        number = values.typed[row] if values.typed else None
        if not isinstance(number, Constant):
            message = f"a Taylor series is at a point, and '{name}' is given an interval"
            raise wrong("interval", message)
        typed[name] = number
    return typed, {name: float(values.real[row]) for name, values in points.items()}


# -- where there is none


def _told(
    error: NoSeries, program: Program, point: Point, at: Mapping[str, float], variable: str
) -> Diagnostic:
    """Why there is no series, in one line, and up to which order there is one."""
    verdict, n = error.verdict, error.order
    place = ", ".join(f"{name} = {point_text(typed, at[name])}" for name, typed in point.items())
    what = label(value_name(program.name, at), (variable,) * n, len(point))
    sides = "".join(
        f", {side} {shown(slope)}"
        for side, slope in (("left", verdict.left), ("right", verdict.right))
        if slope is not None and isfinite(slope)
    )
    reason = f"; {verdict.reason}" if verdict.reason else ""
    order = f" of order {n}" if n else ""
    message = f"no Taylor series{order} at {place} ({what}: {verdict.status}{sides}{reason})"
    hint = f"there is one of order {n - 1}: --order {n - 1}" if n > 1 else ""
    return Diagnostic("no-series", message, hint=hint)


def _report(missing: list[Diagnostic], points: int, terminal: Terminal) -> None:
    for diagnostic in missing[:REPORTED]:
        report(diagnostic, terminal.stderr, colour=terminal.colour, width=terminal.stderr_width)
    if len(missing) > REPORTED:
        message = f"there is none at {len(missing):,} of {points:,} points"
        report(
            Diagnostic("no-series", message),
            terminal.stderr,
            colour=terminal.colour,
            width=terminal.stderr_width,
        )
    elif points > len(missing):
        note(
            f"there is one at the other {points - len(missing):,} of {points:,}",
            terminal.stderr,
            terminal.stderr_width,
        )


def _format_of(output: str) -> str:
    """The format that an output file's name asks for: LaTeX for .tex, else as everywhere."""
    return "latex" if output.lower().endswith(".tex") else format_of(output)
