"""Proven bounds of a value and its derivatives while the variables run through intervals.

A box is cut into pieces. On a piece where a quantity grows or falls in every variable, its range
ends at two corners; elsewhere the mean value form and the balls themselves bound it. The pieces
on which the bounds depend are cut further.
Source: R. E. Moore, R. B. Kearfott, M. J. Cloud, Introduction to Interval Analysis (2009),
chapters 6 and 11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import factorial

from flint import arb

from autodiffcli.certified import Place, Question, Seed, Seeds, derivatives, existing
from autodiffcli.enclosures import exact_ends
from autodiffcli.interpreters.across import Across, Wide
from autodiffcli.interpreters.balls import Broken, Singular, Vague, exactly, first, precision
from autodiffcli.interpreters.blocks import Along
from autodiffcli.interpreters.rationals import rational_series
from autodiffcli.program import CONST, Program, run
from autodiffcli.typed import Interval, Typed

BITS = 160
MOST = 256  # pieces of a box
EXTRA = 4  # orders beyond those wanted that are calculated where one variable runs
MOST_CUTS = 64  # of pieces where something is the matter, before that is blamed
CLOSE = Fraction(1, 10**9)  # of the width of a range, by how much it may be too wide

Box = Mapping[str, tuple[Fraction, Fraction]]
Range = tuple[Fraction, Fraction]
Point = Mapping[str, Fraction]


@dataclass(slots=True, eq=False)
class Piece:
    """A part of a box.

    ranges   bounds of each quantity; none where something is the matter
    settled  quantities whose bounds are values at corners
    """

    box: Box
    ranges: dict[Seeds, Range] = field(default_factory=dict)
    settled: set[Seeds] = field(default_factory=set)


class Search:
    """Cuts a box until the bounds of the value, (), and of some partials are close.

    across   bounds of the value are wanted across kinks too, and nothing else
    failing  pieces without bounds, where the search has given up
    """

    def __init__(
        self,
        program: Program,
        typed: Mapping[str, Typed],
        wanted: Sequence[Seeds],
        across: bool = False,
    ) -> None:
        self.program = program
        self.across = across
        self.quantities = tuple(dict.fromkeys(((), *wanted)))
        with precision(BITS, 1):
            self.whole = {name: outer(number) for name, number in typed.items()}
        self.names = [name for name, (low, high) in self.whole.items() if low < high]
        self.every = self._every()
        self.positive = _is_positive(program)
        self.known: dict[tuple[Fraction, ...], dict[Seeds, Range]] = {}
        self.pieces: list[Piece] = []
        self.failing: list[Piece] = []

    def _every(self) -> tuple[Seeds, ...]:
        """The partials that are calculated: those wanted and their slopes, higher ones first.

        With one variable they are cheap, and a few more make the bounds closer.
        """
        level, found = list(self.quantities), dict.fromkeys(self.quantities)
        for _ in range(EXTRA if len(self.names) == 1 else 1):
            level = [_by(quantity, name) for quantity in level for name in self.names]
            found.update(dict.fromkeys(level))
        return tuple(sorted(found, key=len, reverse=True))

    def bounds(self) -> dict[Seeds, Range]:
        """Bounds of every quantity; nothing where they are not found everywhere."""
        terms = max(map(len, self.every), default=0) + 1
        with precision(BITS, terms):
            self._divide()
        if self.failing:
            return {}
        return {quantity: self._hull(quantity) for quantity in self.quantities}

    def _divide(self) -> None:
        """Cut until the bounds are close, or until something is seen to be the matter."""
        fresh, cuts = [self._piece(self.whole)], 0
        while True:
            self.failing = [piece for piece in fresh if not piece.ranges]
            self.pieces += [piece for piece in fresh if piece.ranges]
            cuts += len(self.failing)
            if self.failing and (cuts > MOST_CUTS or not self.names or self._hopeless()):
                return
            chosen = self.failing or self._loose()
            if not chosen or len(self.pieces) + len(chosen) > MOST:
                return
            self.pieces = [piece for piece in self.pieces if piece not in chosen]
            fresh = [self._piece(half) for piece in chosen for half in self._halves(piece.box)]

    def _hopeless(self) -> bool:
        """Whether a piece lies outside the domain altogether."""
        for piece in self.failing:
            try:
                derivatives(self._question(_balls(piece.box)), ())
            except Singular as error:
                if error.status == "outside":
                    self.failing = [piece]
                    return True
            except Vague:
                pass
        return False

    def _hull(self, quantity: Seeds) -> Range:
        ranges = [piece.ranges[quantity] for piece in self.pieces]
        low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
        return (max(low, Fraction(0)) if self.positive and not quantity else low), high

    def _loose(self) -> list[Piece]:
        """The pieces on which a bound depends that may be too wide."""
        found: list[Piece] = []
        for quantity in self.quantities:
            low, high = self._hull(quantity)
            attained = [values[quantity] for values in self.known.values()]
            least = min((above for _, above in attained), default=high)
            most = max((below for below, _ in attained), default=low)
            for piece in self.pieces:
                below, above = piece.ranges[quantity]
                limit = CLOSE * (high - low)
                wide = (below == low and least - low > limit) or (
                    above == high and high - most > limit
                )
                if wide and quantity not in piece.settled and piece not in found:
                    found.append(piece)
        return found

    def _halves(self, box: Box) -> list[Box]:
        """The box cut through the middle of its relatively longest side."""

        def length(name: str) -> Fraction:
            (low, high), (start, stop) = box[name], self.whole[name]
            return (high - low) / (stop - start)

        name = max(self.names, key=length)
        low, high = box[name]
        middle = (low + high) / 2
        return [{**box, name: (low, middle)}, {**box, name: (middle, high)}]

    # -- one piece

    def _piece(self, box: Box) -> Piece:
        """Bounds on one piece."""
        piece = Piece(box)
        try:
            balls = derivatives(self._question(_balls(box)), self._partials())
            for quantity in self.every:
                self._bound(piece, quantity, balls[quantity])
        except (Singular, Vague):
            piece.ranges.clear()
            if self.across:
                self._bound_across(piece)
        return piece

    def _bound_across(self, piece: Piece) -> None:
        try:
            found = run(self.program, Along(Across(0), _balls(piece.box), {}, existing()))
            ball = found[self.program.output]
            if isinstance(ball, bool):
                ball = arb(int(ball))
            if not isinstance(ball, Broken) and first(ball).is_finite():
                piece.ranges[()] = exact_ends(first(ball))
        except (Singular, Vague, TypeError):
            pass  # there are no bounds there

    def _partials(self) -> list[Seeds]:
        return [partial for partial in self.every if partial]

    def _bound(self, piece: Piece, quantity: Seeds, ball: arb) -> None:
        """Bound a quantity on a piece, by its slopes if they are bounded already."""
        low, high = exact_ends(ball)
        slopes = [(name, piece.ranges.get(_by(quantity, name))) for name in self.names]
        known = {name: slope for name, slope in slopes if slope is not None}
        if len(known) == len(self.names):
            ways = {name: _way(slope) for name, slope in known.items()}
            if all(ways.values()):
                below = {n: ends[ways.get(n, 1) < 0] for n, ends in piece.box.items()}
                above = {n: ends[ways.get(n, 1) > 0] for n, ends in piece.box.items()}
                piece.settled.add(quantity)
                low, high = self._at(below)[quantity][0], self._at(above)[quantity][1]
            else:
                start, stop = self._mean_value(piece.box, quantity, known)
                low, high = max(low, start), min(high, stop)
        piece.ranges[quantity] = low, high

    def _mean_value(self, box: Box, quantity: Seeds, slopes: Mapping[str, Range]) -> Range:
        """f(c) + sum of slopes times X - c."""
        low, high = self._at({name: (a + b) / 2 for name, (a, b) in box.items()})[quantity]
        for name, slope in slopes.items():
            a, b = box[name]
            reach = max(map(abs, slope)) * (b - a) / 2
            low, high = low - reach, high + reach
        return low, high

    def _at(self, point: Point) -> dict[Seeds, Range]:
        """Narrow bounds of every quantity at a point. Raises Singular, Vague."""
        key = tuple(point.values())
        if key not in self.known:
            balls = {name: exactly(number) for name, number in point.items()}
            found = derivatives(self._question(balls), self._partials())
            numbers = {quantity: exact_ends(found[quantity]) for quantity in self.every}
            if all(number in self.whole[name] for name, number in point.items()):
                numbers.update(fractions(self.program, point, self.every))
            self.known[key] = numbers
        return self.known[key]

    def _question(self, balls: Mapping[str, arb]) -> Question:
        return Question(self.program, Place(lambda: balls), algebra=Wide)


def _by(quantity: Seeds, name: str) -> Seeds:
    """The derivative of a quantity by one more variable."""
    return tuple(sorted((*quantity, Seed(name))))


def _way(slope: Range) -> int:
    """1 where a quantity with this slope grows, -1 where it falls, 0 where it is not known."""
    return 1 if slope[0] >= 0 else -1 if slope[1] <= 0 else 0


def _is_positive(program: Program) -> bool:
    """Whether the value is never negative, by the last step."""
    last = program.steps[program.output]
    if last.op != "pow":
        return last.op in ("abs", "sqrt", "exp", "exp2", "norm")
    exponent = program.steps[last.operands[1]]
    return exponent.op == CONST and exponent.text.isdigit() and int(exponent.text) % 2 == 0


def fractions(program: Program, point: Point, wanted: Sequence[Seeds]) -> dict[Seeds, Range]:
    """The value and pure partials at a rational point that are fractions."""
    found: dict[Seeds, Range] = {}
    for name in point:
        pure = [partial for partial in wanted if set(partial) <= {Seed(name)}]
        order = max(map(len, pure), default=0)
        series = rational_series(program, point, name, order) if pure else None
        if series is not None and series.divided is None:
            for partial in pure:
                number = series.coefficients[len(partial)] * factorial(len(partial))
                found[partial] = (number, number)
    return found


def _balls(box: Box) -> dict[str, arb]:
    """The ball around every side of a box."""
    return {name: around(low, high) for name, (low, high) in box.items()}


def around(low: Fraction, high: Fraction) -> arb:
    """A ball around all numbers between two, hardly wider than they are apart.

    It ends exactly where the number with the smaller denominator is: at the edge of a domain.
    """
    around = arb(0, exactly((high - low) / 2).upper())
    if low.denominator <= high.denominator:
        return exactly(low) + (around + around.rad())
    return exactly(high) + (around - around.rad())


def outer(number: Typed) -> Range:
    """The ends of an interval, of a number twice the same; outwards where they are irrational."""
    low, high = (number.low, number.high) if isinstance(number, Interval) else (number, number)
    start = low.exact if low.exact is not None else exact_ends(low.ball())[0]
    stop = high.exact if high.exact is not None else exact_ends(high.ball())[1]
    return start, stop
