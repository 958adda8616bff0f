"""Derivatives of a function that an equation defines: y(x) on the curve F(x, y) = 0.

Along x = x0 + t the curve is a power series y(t) with F(x0 + t, y(t)) = 0, found by Newton's
method on series of balls: every digit is proven, whatever the order. It exists where F is smooth
and dF/dy is not 0; elsewhere the answer is a word about what the curve does there.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial, nan

from flint import arb, arb_series, ctx

from autodiffcli.certified import Seed, refined
from autodiffcli.curves.curve_points import EXISTS, Curve, Point, along, is_zero
from autodiffcli.interpreters.balls import ROUNDED_BITS, Singular, Vague, is_narrow, precision
from autodiffcli.verdict import Verdict, judged, plain, shortened


def derivatives(
    curve: Curve, point: Point, order: int, bits: int = ROUNDED_BITS
) -> tuple[Verdict, ...]:
    """The verdicts on the derivatives 1 .. order at a point of the curve."""
    x, y = (Seed(curve.by),), (Seed(curve.of),)
    found = judged(curve.question(point), (x, y))
    steep = Verdict("infinite", nan, reason="vertical tangent")
    smooth = found[()].status == found[y].status == "exact" and not is_zero(found[y])
    if found[x].status == "infinite" and smooth:
        return (steep,) * order
    for verdict in (found[()], found[x], found[y]):
        if verdict.status not in EXISTS:
            return (_blocked(verdict),) * order
    if is_zero(found[y]):
        return (_singular(curve, point) if is_zero(found[x]) else steep,) * order

    def attempt() -> list[arb]:
        return _narrow(taylor(curve, point), bits)

    try:
        return tuple(map(plain, refined(attempt, order + 1, bits)))
    except Singular as error:
        return (Verdict("undecided", nan, reason=_reason(curve, error)),) * order


def taylor(curve: Curve, point: Point) -> list[arb]:
    """Taylor coefficients of y(x0 + t), `ctx.cap` of them, at the working precision.

    Where n of them are known, F(y) = t^n c + ..., and (F(y + t^n) - F(y)) / t^n is dF/dy to n
    terms; their quotient gives the next n. Raises Singular, Vague.
    Source: Newton's method for power series, Knuth, The Art of Computer Programming 2, 4.7.
    """
    most = ctx.cap
    balls = {name: number.ball() for name, number in point.items()}
    known = [balls[curve.of]]
    while len(known) < most:
        n, terms = len(known), min(2 * len(known), most)
        with precision(ctx.prec, terms):
            rest = along(curve, balls, known)[n:]
            ahead = along(curve, balls, [*known, arb(1)])[n:]
            slope = [b - a for a, b in zip(rest, ahead, strict=True)]
            if slope[0].contains(0):
                raise Vague
            quotient = arb_series(rest) / arb_series(slope)
            known += [-quotient[k] for k in range(terms - n)]
    return known


def _narrow(coefficients: Sequence[arb], bits: int) -> list[arb]:
    """n! c_n for n = 1, 2, ... Raises Vague where one is too wide."""
    found = [c * factorial(n) for n, c in enumerate(coefficients)][1:]
    if not all(is_narrow(ball, bits) for ball in found):
        raise Vague
    return found


# -- where there is none


def _blocked(verdict: Verdict) -> Verdict:
    """The verdict on dy/dx where F, or a slope of it, is not as smooth as it must be."""
    kept = verdict.status in ("kink", "jump", "pole", "outside")
    reason = verdict.reason or "the equation is not smooth there"
    return Verdict(verdict.status if kept else "undecided", nan, reason=reason)


def _reason(curve: Curve, error: Singular) -> str:
    if error.step is None:
        return str(error)
    text = shortened(curve.program.source[slice(*error.step.span)])
    if error.status == "kink":
        return f"{text} switches there, and what follows is not known"
    return f"{text}: {error}"


def _singular(curve: Curve, point: Point) -> Verdict:
    """A point where both slopes of F vanish; its second derivatives say what sort it is.

    Source: W. Fulton, Algebraic Curves (1969), section 3.1: the tangents at a double point.
    """
    x, y = Seed(curve.by), Seed(curve.of)
    found = judged(curve.question(point), ((x, x), (x, y), (y, y)))
    reason = "both slopes of the equation are 0: the curve may cross itself or have a cusp there"
    second = [found[p].ball for p in ((x, x), (x, y), (y, y)) if found[p].status == "exact"]
    if len(second) == 3:
        with precision(2 * ROUNDED_BITS, 1):
            a, b, c = (ball for ball in second if ball is not None)
            inside = b * b - a * c
            if inside > 0:
                reason = f"the curve crosses itself there, with slopes {_slopes(a, b, c, inside)}"
            elif inside < 0:
                reason = "no other point of the curve is near"
    return Verdict("undecided", nan, reason=reason)


def _slopes(a: arb, b: arb, c: arb, inside: arb) -> str:
    """The roots of a + 2 b s + c s^2 = 0, one of them infinite where c is 0."""
    if c.contains(0):
        found = [float((-a / (2 * b)).mid())]
    else:
        found = sorted(float(((-b + sign * inside.sqrt()) / c).mid()) for sign in (-1, 1))
    texts = [f"{slope + 0.0:.6g}" for slope in found]
    return " and ".join([*texts, "infinity"][:2])
