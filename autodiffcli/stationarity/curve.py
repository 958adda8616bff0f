"""An expression as a function of one variable: its power series over boxes and at points.

A box is a pair of fractions; the k-th coefficient of a series over it encloses f^(k)/k! at every
point of the box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import factorial, isinf
from typing import Any

from flint import arb

from autodiffcli.boxes import around
from autodiffcli.certified import Place, Question, Seed, existing
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
from autodiffcli.stationarity.roots import Root, is_nothing, narrowed
from autodiffcli.stationarity.simplest import Box
from autodiffcli.typed import Constant
from autodiffcli.verdict import Verdict, judged

TERMS = 7  # of the series that the search works with
SLACK = 4  # terms more where leading ones are divided out


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

    def distance(
        self, x: arb, key: Key, branch: Branch, bits: int = BITS, terms: int = 2
    ) -> list[arb]:
        """How far a switch is, as a series over a ball. Raises Singular, Vague."""
        try:
            self._run(x, terms, branch, bits, until=key)
        except Undecided as met:
            if met.key != key:
                raise
            return _padded(series(met.distance).coeffs(), terms)
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

    # -- at a point

    def verdicts(self, x: Fraction, off: Fraction = Fraction(0)) -> tuple[Verdict, Verdict]:
        """The verdicts on the value and the slope at a point."""
        name = self.variable

        def values() -> dict[str, arb]:
            fixed = {other: number.ball() for other, number in self.fixed.items()}
            return {**fixed, name: exactly(x)}

        seed = (Seed(name),)
        found = judged(Question(self.program, Place(values, off)), [seed])
        return found[()], found[seed]

    def constant(self, box: Box) -> float | None:
        """The value of a function that is constant between two numbers."""
        middle = (box[0] + box[1]) / 2
        try:
            found = self.at(middle, 1)[0]
        except (Singular, Vague):
            return None
        value = float(found.mid()) + 0.0
        return None if isinf(value) else value

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


def _padded(coefficients: Sequence[arb], terms: int) -> list[arb]:
    return [*coefficients, *[arb(0)] * (terms - len(coefficients))][:terms]


def bounded(over: list[arb], there: list[arb], reach: arb, n: int) -> arb:
    """f^(n) over a box by Taylor's theorem about its middle, and by the box itself.

    over, there  coefficients over the box and at its middle
    reach        from the middle to the farther end
    """
    last = len(over) - 1
    step = arb(0, reach.upper())
    total, power = arb(0), arb(1)
    for k in range(n, last + 1):
        factor = 1
        for j in range(n):
            factor *= k - j
        total += factor * (there[k] if k < last else over[k]) * power
        power *= step
    own = over[n] * factorial(n)
    return total.intersection(own) if total.overlaps(own) else total
