"""One root of a function, narrowed until a double is known, or proven to be a fraction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from autodiffcli.boxes import around
from autodiffcli.enclosures import exact_ends
from autodiffcli.interpreters.balls import (
    BITS,
    MAX_BITS,
    Singular,
    Vague,
    exactly,
    is_narrow,
    precision,
)
from autodiffcli.stationarity.simplest import Box, candidate

_NOTHING = 1_000  # bits: what is 0 to so many is taken for 0
_CLOSE = 64  # bits of a root from which on fractions are tried for it
_TIE = 400  # bits of a number that lies between two doubles for all that can be told

Parts = Callable[[arb, int], tuple[arb, arb]]  # a ball, bits -> a function and its slope over it


@dataclass(frozen=True, slots=True)
class Root:
    """One root of a function.

    ball   around it, narrow enough for a double
    exact  the same as a fraction, where it is proven to be one
    parts  the function, to make the ball narrower
    """

    ball: arb
    parts: Parts
    exact: Fraction | None = None

    def bounds(self) -> Box:
        """Fractions on either side; twice the root itself where that is known."""
        return (self.exact, self.exact) if self.exact is not None else exact_ends(self.ball)

    def nearest(self) -> float:
        """The nearest double."""
        return float(self.exact) if self.exact is not None else float(self.ball.mid()) + 0.0

    def within(self, bits: int) -> arb:
        """The root at the working precision, off by less than 2^-bits. Raises Singular, Vague."""
        if self.exact is not None:
            return exactly(self.exact)
        ball, limit = self.ball, arb(2) ** -bits
        with precision(2 * bits, 1):
            while not ball.rad() < limit:
                narrower = _step(ball, self.parts, 2 * bits)
                if not narrower.rad() < ball.rad() * arb(0.9):
                    raise Vague
                ball = narrower
        return ball


def _never(x: Fraction) -> bool:
    return False


def narrowed(box: Box, parts: Parts, is_root: Callable[[Fraction], bool] = _never) -> Root:
    """The root in a box where there is one, by interval Newton with more and more bits.

    parts    whose slope has no root in the box, and whose values have two signs at its ends
    is_root  another proof that a fraction is the root
    raises  Singular, Vague
    Source: Moore, Kearfott, Cloud, Introduction to Interval Analysis (2009), section 8.1.
    """
    bits, tried = BITS, False
    with precision(2 * BITS, 1):
        x = around(*box)
    while True:
        done = _is_one_double(x)
        if not tried and (done or x.rad() < arb(2) ** -_CLOSE * (1 + abs(x.mid()))):
            exact, tried = _exact(x, parts, is_root), True
            if exact is not None:
                return Root(exactly(exact), parts, exact)
        if done:
            return Root(x, parts)
        if bits > 4 * MAX_BITS:
            raise Vague
        with precision(bits, 1):
            narrower = _step(x, parts, bits)
        if not narrower.rad() < x.rad() * arb(0.9):
            bits *= 2
        x = narrower


def _step(x: arb, parts: Parts, bits: int) -> arb:
    """One Newton step over a ball, or half of the ball."""
    middle = x.mid()
    value, _ = parts(middle, bits)
    slope = parts(x, bits)[1]
    if slope.contains(0):
        raise Vague
    found = x.intersection(middle - value / slope)
    if found.rad() > x.rad() * arb(0.6) and not value.contains(0):
        above = bool(value > 0) == bool(slope < 0)  # where the root is
        found = found.intersection(middle.union(x.upper() if above else x.lower()))
    return found


def _exact(x: arb, parts: Parts, is_root: Callable[[Fraction], bool]) -> Fraction | None:
    """The simplest fraction in a narrow ball, if it is proven to be the root."""
    found = candidate(exact_ends(x))
    if found is None:
        return None
    try:
        with precision(BITS, 1):
            value, _ = parts(exactly(found), BITS)
    except (Singular, Vague):
        return None
    return found if value.is_zero() or (value.contains(0) and is_root(found)) else None


def _is_one_double(x: arb) -> bool:
    with precision(MAX_BITS, 1):
        if not is_narrow(x):
            return False
        return float(x.lower()) == float(x.upper()) or is_narrow(x, _TIE)


def is_nothing(ball: arb) -> bool:
    """Whether a ball is 0 for all that 300 digits tell."""
    return bool(ball.contains(0) and ball.abs_upper() < arb(2) ** -_NOTHING)
