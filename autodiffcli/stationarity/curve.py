"""An expression as a function of one variable: its power series over boxes, and roots in them.

A box is a pair of fractions; the k-th coefficient of a series over it encloses f^(k)/k! at every
point of the box.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from flint import arb

from autodiffcli.boxes import around
from autodiffcli.certified import existing
from autodiffcli.constants import Constant
from autodiffcli.enclosures import exact_ends
from autodiffcli.interpreters.balls import (
    BITS,
    MAX_BITS,
    Broken,
    Singular,
    Vague,
    exactly,
    is_narrow,
    precision,
    series,
)
from autodiffcli.interpreters.blocks import Along, Block, Misfit
from autodiffcli.interpreters.held import Held, Key, Undecided
from autodiffcli.interpreters.rationals import rational_series
from autodiffcli.program import Program, run

TERMS = 7  # of the series that the search works with
SLACK = 4  # terms more where leading ones are divided out
CANDIDATE = 10_000  # denominators of fractions that are tried for a place
_NOTHING = 1_000  # bits: what is 0 to so many is taken for 0
_CLOSE = 64  # bits of a root from which on fractions are tried for it
_TIE = 400  # bits of a number that lies between two doubles for all that can be told

Box = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Branch:
    """What a search may use beside plain balls.

    held    sides of the switches
    centre  where quotients are 0/0, and by how many places they are shifted there
    """

    held: Mapping[Key, int] = field(default_factory=dict)
    centre: Fraction | None = None
    shifts: Mapping[Key, int] = field(default_factory=dict)


PLAIN = Branch()


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


class Curve:
    """A program by one variable, the others fixed."""

    def __init__(self, program: Program, variable: str, fixed: Mapping[str, Constant]) -> None:
        self.program = program
        self.variable = variable
        self.fixed = fixed

    # -- series

    def over(
        self, x: arb, terms: int = TERMS, branch: Branch = PLAIN, bits: int = BITS
    ) -> list[arb]:
        """The coefficients over a ball, finite ones. Raises Singular, Vague."""
        return self._run(x, terms, branch, bits)[0]

    def at(
        self, x: Fraction, terms: int = TERMS, branch: Branch = PLAIN, bits: int = BITS
    ) -> list[arb]:
        """The coefficients at a point."""
        with precision(bits, 1):
            return self.over(exactly(x), terms, branch, bits)

    def inside(
        self, box: Box, terms: int = TERMS, branch: Branch = PLAIN, bits: int = BITS
    ) -> list[arb]:
        """The coefficients over a box."""
        with precision(bits, 1):
            return self.over(around(*box), terms, branch, bits)

    def sides(self, x: Fraction) -> dict[Key, int]:
        """The sides of all switches at a point. Raises Singular, Vague."""
        with precision(BITS, 1):
            return self._run(exactly(x), 1, PLAIN, BITS)[1].sides

    def distance(self, x: arb, key: Key, branch: Branch, bits: int = BITS) -> list[arb]:
        """How far a switch is, as value and slope over a ball. Raises Singular, Vague."""
        try:
            self._run(x, 2, branch, bits, until=key)
        except Undecided as met:
            if met.key != key:
                raise
            return _padded(series(met.distance).coeffs(), 2)
        raise Vague

    def shifts(self, centre: Fraction) -> dict[Key, int]:
        """The quotients that are 0/0 at a point. Raises Singular, Vague."""
        with precision(BITS, 2 * SLACK):
            algebra = Held({}, {}, centre=True)
            self._result(algebra, exactly(centre))
            return algebra.shifts

    def _run(
        self, x: arb, terms: int, branch: Branch, bits: int, until: Key | None = None
    ) -> tuple[list[arb], Held]:
        around_centre = branch.centre is not None and bool(x.contains(exactly(branch.centre)))
        shifts = branch.shifts if around_centre else {}
        with precision(bits, terms + (SLACK if shifts else 0)):
            algebra = Held(branch.held, shifts, until=until)
            found = self._result(algebra, x)
            if not isinstance(found, arb) and found.prec < terms:
                raise Vague
            coefficients = _padded(series(found).coeffs(), terms)
        if not all(c.is_finite() for c in coefficients):
            raise Vague
        return coefficients, algebra

    def _result(self, algebra: Held, x: arb) -> Any:
        points = {name: number.ball() for name, number in self.fixed.items()}
        points[self.variable] = x
        meaning = Along(algebra, points, {self.variable: [1]}, existing())
        found = run(self.program, meaning)[self.program.output]
        if isinstance(found, Broken):
            raise found.error
        if isinstance(found, Block):
            raise Misfit("a stationary point is that of one number, and this is a tensor")
        return arb(int(found)) if isinstance(found, bool) else found

    # -- roots

    def root(self, box: Box, order: int, branch: Branch = PLAIN) -> Root:
        """The one root of the n-th derivative, whose own derivative has no root in the box.

        The derivative has two signs at the ends. Raises Singular, Vague.
        """

        def parts(x: arb, bits: int) -> tuple[arb, arb]:
            found = self.over(x, order + 2, branch, bits)
            return found[order], (order + 1) * found[order + 1]

        def is_root(x: Fraction) -> bool:
            known = self.fractions(x, order) if not branch.held else None
            return known is not None and not known[order]

        return narrowed(box, parts, is_root)

    def fractions(self, x: Fraction, order: int) -> tuple[Fraction, ...] | None:
        """The coefficients up to an order, where they are known to be fractions."""
        point = {name: number.exact for name, number in self.fixed.items()}
        known = {name: number for name, number in point.items() if number is not None}
        if len(known) < len(point):
            return None
        found = rational_series(self.program, {**known, self.variable: x}, self.variable, order)
        return None if found is None else found.coefficients

    def crossing(self, box: Box, key: Key, branch: Branch) -> Root:
        """Where in a box a switch turns, of which the distance is monotone there."""

        def parts(x: arb, bits: int) -> tuple[arb, arb]:
            value, slope = self.distance(x, key, branch, bits)
            return value, slope

        return narrowed(box, parts)

    def value(self, root: Root, branch: Branch = PLAIN) -> float | None:
        """f at a root of its derivative, the nearest double; None beyond the range."""
        bits = BITS
        while True:
            with precision(2 * bits, 2):
                ball = root.within(bits) if bits > BITS else root.ball
                if root.exact is not None:
                    found = self.at(root.exact, 1, branch, bits)[0]
                else:
                    # the mean value form: the slope is nearly 0
                    middle = ball.mid()
                    start = self.over(middle, 1, branch, 2 * bits)[0]
                    slope = self.over(ball, 2, branch, 2 * bits)[1]
                    found = start + slope * (ball - middle)
            if is_narrow(found) or is_nothing(found) or bits >= MAX_BITS:
                number = 0.0 if found.contains(0) else float(found.mid())
                return number if abs(number) != float("inf") else None
            bits *= 2


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


def candidate(box: Box) -> Fraction | None:
    """The simplest fraction of a box; None where it is not simple."""
    low, high = box
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        mirrored = candidate((-high, -low))
        return None if mirrored is None else -mirrored
    found = _simplest(low, high)
    return found if found.denominator <= CANDIDATE else None


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction of the smallest denominator in [low, high], 0 < low, by continued fractions."""
    terms: list[int] = []
    while True:
        whole = -(-low.numerator // low.denominator)
        if whole <= high:
            terms.append(whole)
            break
        part = low.numerator // low.denominator
        terms.append(part)
        low, high = 1 / (high - part), 1 / (low - part)
    found = Fraction(terms[-1])
    for part in reversed(terms[:-1]):
        found = part + 1 / found
    return found


def dyadic(x: Fraction, width: Fraction) -> Fraction:
    """A number near x, by less than a thousandth of the width, of few bits."""
    bits = max(0, 12 + (width.denominator.bit_length() - width.numerator.bit_length()))
    return Fraction(round(x * 2**bits), 2**bits)


def _padded(coefficients: Sequence[arb], terms: int) -> list[arb]:
    return [*coefficients, *[arb(0)] * (terms - len(coefficients))][:terms]
