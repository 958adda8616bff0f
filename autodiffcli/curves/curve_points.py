"""Curves F = 0: what F is along them, and points that lie on them.

A point is taken as typed. Where rounding alone keeps it off the curve, or where that is asked
for, Newton's method moves one coordinate onto it, to any precision and with a proof.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

from flint import arb, arb_series, ctx

from autodiffcli.certified import Place, Question, Seed, existing, refined
from autodiffcli.constants import fraction
from autodiffcli.interpreters.balls import (
    ROUNDED_BITS,
    Balls,
    Broken,
    Singular,
    Vague,
    precision,
    series,
)
from autodiffcli.interpreters.blocks import Along, Block, Misfit
from autodiffcli.program import Program, Step, run
from autodiffcli.typed import Constant
from autodiffcli.verdict import Verdict, judged

ULPS = 4  # by which a typed coordinate may miss the curve
STEPS = 100  # of Newton's method before it is given up
HALVINGS = 30  # of one step that leads nowhere
EXISTS = ("exact", "overflow")
POLE = "has a pole there"  # what a verdict says of one inside the equation
_SIZES = (4, 16, 256)  # of a ball around a root, in its last steps

Point = Mapping[str, Constant]


@dataclass(frozen=True, slots=True)
class Curve:
    """F = 0, with one variable as a function of another; the others are fixed.

    of  the function
    by  what it is differentiated by
    """

    program: Program
    of: str
    by: str

    def question(self, point: Point, bits: int = ROUNDED_BITS) -> Question:
        """What is asked about F at a point."""
        place = Place(lambda: {name: number.ball() for name, number in point.items()})
        return Question(self.program, place, _number, bits)


class OffCurve(Exception):
    """That a point is not on the curve.

    residual  F there; NaN where it has no value
    distance  by about how much `of` is off; NaN where that cannot be told
    reason    why F has no value; "" where it has one
    """

    def __init__(self, residual: float, distance: float, reason: str = "") -> None:
        super().__init__(residual)
        self.residual = residual
        self.distance = distance
        self.reason = reason


class NoRoot(Exception):
    """That Newton's method finds no point of the curve.

    last  how far `of` came
    """

    def __init__(self, last: float) -> None:
        super().__init__(last)
        self.last = last


def _number(algebra: Balls, found: Any) -> Any:
    """F, which must be one number. Raises Misfit."""
    if isinstance(found, Block):
        raise Misfit("an equation is one of numbers, and this is one of tensors")
    return found


def is_zero(verdict: Verdict) -> bool:
    """Whether a number is 0, or as good as."""
    return verdict.ball is not None and bool(verdict.ball.contains(0))


# -- F along the curve


class _OnCurve:
    """The meaning of a tape where one variable is a series of its own."""

    def __init__(self, along: Along, of: str, series: arb_series) -> None:
        self.along = along
        self.of = of
        self.series = series

    def input(self, name: str) -> Any:
        return self.series if name == self.of else self.along.input(name)

    def const(self, literal: str) -> Any:
        return self.along.const(literal)

    def apply(self, step: Step, operands: Sequence[Any]) -> Any:
        return self.along.apply(step, operands)


def along(curve: Curve, balls: Mapping[str, arb], known: Sequence[arb], pace: int = 1) -> list[arb]:
    """Coefficients of F(x0 + pace t, y(t)), `ctx.cap` of them. Raises Singular, Vague."""
    path = Along(Balls(0), balls, {curve.by: [pace]}, existing())
    meaning = _OnCurve(path, curve.of, arb_series(list(known)))
    found = run(curve.program, meaning)[curve.program.output]
    if isinstance(found, Broken):
        raise found.error
    expanded = series(_number(path.algebra, found))
    coefficients = [expanded[k] for k in range(ctx.cap)]
    if expanded.prec < ctx.cap or not all(c.is_finite() for c in coefficients):
        raise Vague
    return coefficients


# -- points on the curve


def on_curve(curve: Curve, point: Point) -> Point | None:
    """The point, with `of` moved onto the curve where rounding alone kept it off.

    None where no point of the curve is found that near. Raises OffCurve.
    """
    value = judged(curve.question(point), ())[()]
    if value.status in ("outside", "pole") or value.reason.endswith(POLE):
        raise OffCurve(nan, nan, value.reason)
    if value.status not in EXISTS or is_zero(value):
        return point  # what may be a limit is flagged with its derivatives
    assert value.ball is not None
    slopes = judged(curve.question(point), [(Seed(name),) for name in point])
    with precision(2 * ROUNDED_BITS, 1):
        allowed = arb(0)
        for name, number in point.items():
            slope = slopes[(Seed(name),)].ball
            allowed += abs(slope * number.ball()) if slope is not None else 0
        if abs(value.ball) > allowed * ULPS * arb(2) ** -53:
            across, distance = slopes[(Seed(curve.of),)].ball, nan
            if across is not None and not across.contains(0):
                distance = float(abs(value.ball / across).mid())
            raise OffCurve(float(value.ball.mid()), distance)
    try:
        return moved(curve, point)
    except NoRoot:
        return None


def moved(curve: Curve, point: Point) -> Point:
    """The point with `of` moved onto the curve by Newton's method. Raises NoRoot."""
    found: dict[int, arb] = {}

    def near() -> arb:
        best = max(found, default=0)
        if best < ctx.prec:
            start = found[best] if found else point[curve.of].ball()
            best = ctx.prec
            found[best] = _root(curve, point, start.mid())
        return found[best]

    try:
        ball = refined(near, 2)
    except Singular:
        raise NoRoot(nan) from None
    if ball.contains(0):
        nought: Point = {**point, curve.of: fraction(0)}
        if is_zero(judged(curve.question(nought), ())[()]):
            return nought
    return {**point, curve.of: Constant(near)}


def _root(curve: Curve, point: Point, start: arb) -> arb:
    """A ball around the root that Newton's method leads to. Raises NoRoot, Singular, Vague.

    The step from its middle lands inside the ball wherever the slope is taken: so there is one
    root in it, and it is there. Source: Moore, Kearfott, Cloud (2009), theorem 8.1.
    """
    balls = {name: number.ball() for name, number in point.items()}
    middle = start

    def ahead(of: arb) -> tuple[arb, arb]:
        with precision(ctx.prec, 2):
            value, slope = along(curve, balls, [of, arb(1)], pace=0)
        return value, slope

    value, slope = ahead(middle)
    smallest = arb(2) ** (-2 * ctx.prec) * (1 + abs(start))
    for _ in range(STEPS):
        if slope.contains(0):
            raise NoRoot(float(middle))
        step = (value / slope).mid()
        middle, value, slope = _stepped(ahead, middle, step, value)
        if abs(step) <= abs(middle) * arb(2) ** (10 - ctx.prec) or abs(step) <= smallest:
            break
    else:
        raise NoRoot(float(middle))
    for size in _SIZES:
        around = abs(value / slope).upper() + abs(middle) * arb(2) ** (8 - ctx.prec) + smallest
        ball = middle + arb(0, around * size)
        wide = ahead(ball)[1]
        if not wide.contains(0):
            landed = middle - value / wide
            if ball.contains_interior(landed):
                return landed
    raise Vague


def _stepped(
    ahead: Callable[[arb], tuple[arb, arb]], middle: arb, step: arb, value: arb
) -> tuple[arb, arb, arb]:
    """The place after a step, with F and its slope; half as far while F does not fall."""
    for _ in range(HALVINGS):
        place = (middle - step).mid()
        try:
            there, slope = ahead(place)
            if abs(there.mid()) <= abs(value).upper() and isfinite(float(place)):
                return place, there, slope
        except Singular:
            pass
        step = step / 2
    raise NoRoot(float(middle))
