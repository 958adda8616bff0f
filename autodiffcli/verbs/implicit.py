"""`adiff implicit`: derivatives of y(x) on the curve that an equation describes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, isfinite, log2, nan

from autodiffcli.curves.curve_points import Curve, NoRoot, OffCurve, moved, on_curve
from autodiffcli.curves.implicit import derivatives
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
from autodiffcli.enclosures import rounded
from autodiffcli.interpreters.balls import ROUNDED_BITS, precision
from autodiffcli.interpreters.blocks import Misfit
from autodiffcli.judgement import refuse_unknown
from autodiffcli.ops import OPS
from autodiffcli.parser import CONSTANTS, parse
from autodiffcli.plan import is_elementwise
from autodiffcli.plan import refuse_unknown as refuse_fixed
from autodiffcli.points import Points, paired, read_points
from autodiffcli.program import Program
from autodiffcli.readings import strictly
from autodiffcli.renderers.derivatives import Column, Row, listing
from autodiffcli.renderers.listing import write
from autodiffcli.renderers.number import exact, shown
from autodiffcli.renderers.report import note, report
from autodiffcli.request import MAX_ORDER
from autodiffcli.terminal import Terminal
from autodiffcli.typed import Constant
from autodiffcli.verdict import Verdict

MAX_POINTS = 100_000
REPORTED = 3  # points told one by one
SPARE = 24  # bits beyond the digits that are asked for
NEXT = 1e-12  # relative distance within which a refined coordinate is still what was typed

Point = Mapping[str, Constant]


@dataclass(frozen=True, slots=True)
class ImplicitRequest:
    """One question to `adiff implicit`.

    of      the variable that is a function; "" where there is one choice
    by      what it is differentiated by; likewise
    refine  move `of` onto the curve by Newton's method
    digits  significant ones, all proven; 0 for doubles
    strict  exit 3 where a derivative does not exist
    """

    expression: str
    at: tuple[str, ...] = ()
    of: str = ""
    by: str = ""
    order: int = 1
    grid: bool = False
    refine: bool = False
    digits: int = 0
    strict: bool = False
    format: str = ""
    output: str = ""
    precision: int = 6
    rows: int | None = None


def answer(request: ImplicitRequest, terminal: Terminal) -> ExitStatus:
    """Print the derivatives at every point. Raises AdiffError."""
    format = request.format or format_of(request.output)
    program = parse(request.expression, equation=True)
    if request.strict or not terminal.talk:
        strictly(program)
    curve = curve_of(program, request.of, request.by)
    given = places(curve, request)
    try:
        found = _placed(curve, given, request.refine)
        if any(isinstance(one, NoRoot) for one in found):
            return _without_root(curve, given, found, terminal)
        bits = ceil(request.digits * log2(10)) + SPARE if request.digits else ROUNDED_BITS
        rows = [
            _row(curve, point, there, request.order, bits)
            for point, there in zip(given, found, strict=True)
            if not isinstance(there, NoRoot)
        ]
    except Misfit as error:
        span = error.step.span if error.step else None
        raise wrong("shapes", str(error), span, program.source) from None
    notes = [reading.message for reading in program.readings]
    notes += [f"'{n}' does not occur in the equation" for n in given[0] if n not in program.inputs]
    notes += _moves(curve, given, rows, request.digits)
    for text in notes:
        note(text, terminal.stderr, terminal.stderr_width)
    column = Column(request.expression, program, curve.of, curve.by, request.order, request.digits)
    style = style_of(request.precision, request.rows, request.output, terminal)
    with destination(request.output, terminal) as opened:
        shown_listing = listing(column, rows, notes, opened.unicode, style.precision)
        write(shown_listing, opened, format, style)
    flagged = any(verdict.status != "exact" for row in rows for verdict in row.verdicts)
    return ExitStatus.NO_DERIVATIVE if request.strict and flagged else ExitStatus.DONE


def _row(curve: Curve, point: Point, there: Point | None, order: int, bits: int) -> Row:
    if there is None:
        reason = f"{curve.of} is not known well enough: the curve is too steep there"
        return Row(point, (Verdict("undecided", nan, reason=reason),) * order)
    return Row(there, derivatives(curve, there, order, bits))


def implicit_derivatives(
    equation: str,
    at: Mapping[str, str | float],
    order: int = 1,
    *,
    of: str = "",
    by: str = "",
    refine: bool = False,
) -> tuple[Verdict, ...]:
    """The derivatives 1 .. order of one variable of an equation by another, at a point.

    at      a coordinate per variable; a text is read as --at reads it, "pi/2", and a float as
            it is printed
    of, by  y and x, where these are the variables
    refine  move `of` onto the curve first
    raises  AdiffError for a point that is not on the curve, NoRoot where refining finds none

    >>> [one.value for one in implicit_derivatives("x^2 + y^2 = 25", {"x": 3, "y": 4}, 2)]
    [-0.75, -0.390625]
    """
    if isinstance(order, bool) or not isinstance(order, int) or not 1 <= order <= MAX_ORDER:
        raise wrong("option", f"order is a whole number from 1 to {MAX_ORDER}, not {order!r}")
    curve = curve_of(parse(equation, equation=True), of, by)
    texts = tuple(f"{name}={value}" for name, value in at.items())
    given = places(curve, ImplicitRequest(equation, texts))
    if len(given) != 1:
        raise wrong("point", f"this is for one point, and these are {len(given)}")
    (there,) = _placed(curve, given, refine)
    if isinstance(there, NoRoot):
        raise there
    return _row(curve, given[0], there, order, ROUNDED_BITS).verdicts


# -- the variables


def curve_of(program: Program, of: str, by: str) -> Curve:
    """The curve, and which variable is a function of which. Raises AdiffError."""
    _refuse_no_curve(program)
    known = program.inputs
    for name, option in ((of, "--of"), (by, "--by")):
        if name and name not in known:
            raise _no_variable(name, option, known)
    if of and of == by:
        message = f"'{of}' is differentiated by itself: --of and --by are the same"
        hint = f"choose another for --by: {listed((n for n in known if n != of), 'or')}"
        raise wrong("variables", message, Span(0, len(by)), by, origin="--by ", hint=hint)
    if not (of or by) and set(known) == {"x", "y"}:
        of = "y"
    rest = [name for name in known if name not in (of, by)]
    if not (of and by) and (len(rest) > 1 or not (of or by)):
        asked = "--of" if not of else "--by"
        what = "which variable is a function" if not of else f"what {of} is differentiated by"
        have = f"the equation has {listed(known)}"
        function = of or ("y" if "y" in rest else rest[-1])
        others = [name for name in rest if name != function]
        example = f"--of {function} --by {by or ('x' if 'x' in others else others[0])}"
        raise wrong("variables", f"{asked} must say {what}; {have}", hint=f"write {example}")
    curve = Curve(program, of or rest[0], by or rest[0])
    refuse_unknown(program, "adiff implicit")
    refuse_fixed(program, (curve.of, curve.by))
    return curve


def _refuse_no_curve(program: Program) -> None:
    """Raise AdiffError for what is no equation of a curve."""
    source, last = program.source, program.steps[program.output]
    if last.op in OPS and OPS[last.op].truth:
        message = "this is a condition, not an equation"
        raise wrong("equation", message, last.span, source, hint="an equation is `left = right`")
    if not is_elementwise(program):
        message = "the equation of a curve takes its points one by one"
        step = next(s for s in program.steps if s.op in OPS and OPS[s.op].mixes)
        raise wrong("equation", message, step.span, source)
    if len(program.inputs) < 2:
        count = f"only '{program.inputs[0]}'" if program.inputs else "none"
        message = f"a curve has two variables, and the equation has {count}"
        hint = "" if "=" in source else "an equation is `left = right`; left alone is meant to be 0"
        raise wrong("variables", message, source=source, hint=hint)


def _no_variable(name: str, option: str, known: Sequence[str]) -> AdiffError:
    hint = did_you_mean(name, known) or f"it has {listed(known)}"
    message = f"the equation has no variable '{name}'"
    if name in CONSTANTS:
        message = f"'{name}' is a constant in an equation, no variable"
        hint = "give the variable another name"
    return wrong("variable", message, Span(0, len(name)), name, origin=f"{option} ", hint=hint)


# -- the points


def places(curve: Curve, request: ImplicitRequest) -> list[Point]:
    """Every point as typed. Raises AdiffError."""
    program = curve.program
    points: Points = read_points(request.at, program, grid=request.grid, exact=True)
    for name in points:
        if name not in program.inputs and name in CONSTANTS:
            message = f"'{name}' is a constant in an equation, no variable"
            raise wrong("constant", message, hint="give the variable another name")
    spread = paired(points)
    count = max(map(len, spread.values()))
    if not count:
        raise wrong("empty", "there is no point")
    if count > MAX_POINTS:
        raise wrong("too-many", f"{count:,} points are more than {MAX_POINTS:,}")
    found: list[Point] = []
    for row in range(count):
        typed = {name: (values.typed or ())[row] for name, values in spread.items()}
        for name, number in typed.items():
            if not isinstance(number, Constant):
                message = f"a curve has derivatives at points, and '{name}' is given an interval"
                raise wrong("interval", message)
        found.append(typed)
    return found


def _placed(curve: Curve, given: Sequence[Point], refine: bool) -> list[Point | NoRoot | None]:
    """The points on the curve. Raises AdiffError where one is not."""
    found: list[Point | NoRoot | None] = []
    off: list[tuple[Point, OffCurve]] = []
    for point in given:
        try:
            found.append(on_curve(curve, point))
        except OffCurve as error:
            if refine:
                found.append(_root(curve, point))
            else:
                off.append((point, error))
    if off:
        raise _off(curve, off, len(given))
    return found


def _off(curve: Curve, off: Sequence[tuple[Point, OffCurve]], points: int) -> AdiffError:
    """What to say of points that are not on the curve."""
    point, missed = off[0]
    message, what = f"{_told(point)} is not on the curve: ", "its sides differ by"
    if len(off) > 1:
        message = f"{len(off):,} of {points:,} points are not on the curve; at {_told(point)} "
        what = "the two sides differ by"
    if missed.reason:
        message = message.rstrip().removesuffix(":")
        return wrong("off-curve", f"{message}: {missed.reason}")
    by = shown(missed.residual, 3) if isfinite(missed.residual) else "more than 1e308"
    message = f"{message}{what} {by}"
    if isfinite(missed.distance):
        message += f", and {curve.of} is off by about {shown(missed.distance, 2)}"
    there = _root(curve, point)
    if isinstance(there, NoRoot):
        hint = f"no {curve.of} on the curve is found from there; start at another point"
    else:
        hint = f"--refine moves {curve.of} onto the curve, to {shown(_float(there[curve.of]))}"
    return wrong("off-curve", message, hint=hint)


def _root(curve: Curve, point: Point) -> Point | NoRoot:
    try:
        return moved(curve, point)
    except NoRoot as error:
        return error


def _without_root(
    curve: Curve,
    given: Sequence[Point],
    found: Sequence[Point | NoRoot | None],
    terminal: Terminal,
) -> ExitStatus:
    pairs = [(p, e) for p, e in zip(given, found, strict=True) if isinstance(e, NoRoot)]
    for point, missed in pairs[:REPORTED]:
        came = f"; it came to {shown(missed.last)}" if isfinite(missed.last) else ""
        message = f"{curve.of} finds no point of the curve from {_told(point)}{came}"
        hint = f"start nearer, or at another {curve.by}; where the curve is vertical none is found"
        report(
            Diagnostic("no-convergence", message, hint=hint),
            terminal.stderr,
            colour=terminal.colour,
            width=terminal.stderr_width,
        )
    if len(pairs) > REPORTED:
        message = f"none is found from {len(pairs):,} of {len(given):,} points"
        report(
            Diagnostic("no-convergence", message),
            terminal.stderr,
            colour=terminal.colour,
            width=terminal.stderr_width,
        )
    return ExitStatus.CHECK_FAILED


def _told(point: Point, without: str = "") -> str:
    return ", ".join(
        f"{name} = {shown(_float(number))}" for name, number in point.items() if name != without
    )


def _moves(curve: Curve, given: Sequence[Point], rows: Sequence[Row], digits: int) -> list[str]:
    """What `of` was moved to, where that shows: by more than rounding, or in the digits."""
    found: list[str] = []
    for before, row in zip(given, rows, strict=True):
        typed, there = before[curve.of], row.point[curve.of]
        old, new = _float(typed), _float(there)
        where = _told(before, without=curve.of)
        if abs(new - old) > NEXT * max(abs(old), abs(new)) and abs(new - old) > NEXT**2:
            found.append(f"{curve.of} = {shown(old)} is refined to {_exact(new)} at {where}")
        elif digits and there is not typed:
            text = f"{curve.of} = {typed.text or _exact(old)} misses the curve by its rounding"
            with precision(4 * digits + 64, 1):
                moved_to = rounded(there.ball(), digits) or _exact(new)
            found.append(f"{text} and is moved to {moved_to} at {where}")
    if len(found) > REPORTED:
        return [*found[:REPORTED], f"and {len(found) - REPORTED:,} more are moved"]
    return found


def _exact(number: float) -> str:
    return exact(number).removesuffix(".0")


def _float(number: Constant) -> float:
    return float(number.ball().mid())
