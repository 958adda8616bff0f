"""Gradient and Hessian of an expression over boxes, roots of the gradient, and what they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, arb_mat

from autodiffcli.boxes import around, fractions, outer
from autodiffcli.certified import Place, Question, Seed, Seeds, derivatives
from autodiffcli.constants import Constant, Interval
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
)
from autodiffcli.interpreters.blocks import Block, Misfit
from autodiffcli.interpreters.held import Held, Key, Undecided
from autodiffcli.interpreters.hessians import Beyond, Hessians, Second
from autodiffcli.program import Program, run
from autodiffcli.stationarity.curve import candidate, dyadic, is_nothing

MARGIN = 20  # bits by which the margin around a box is smaller than it
MOST = 4  # switches that turn in one box
GRAIN = 5  # bits by which a box is made narrower in one step, at the most

Box = Mapping[str, tuple[Fraction, Fraction]]
Balls = Mapping[str, arb]
Matrix = list[list[arb]]


@dataclass(frozen=True, slots=True)
class Local:
    """What is known over a box, or at a point: value, gradient, Hessian."""

    value: arb
    gradient: list[arb]
    hessian: Matrix


@dataclass(frozen=True, slots=True)
class Test:
    """What Krawczyk's test says about a box.

    narrowed  where all roots in the box are
    inside    whether that is inside the box, so that there is exactly one root
    regular   whether the Hessian is regular all over the box
    """

    narrowed: Balls
    inside: bool
    regular: bool


@dataclass(frozen=True, slots=True)
class Zero:
    """A root of the gradient, the only one in a box around it.

    balls  around it, narrow enough for doubles
    exact  the same as fractions, where it is proven to be those
    """

    balls: Balls
    exact: Mapping[str, Fraction] | None = None

    def bounds(self) -> Box:
        """Fractions on either side of each coordinate."""
        if self.exact is not None:
            return {name: (number, number) for name, number in self.exact.items()}
        return {name: exact_ends(ball) for name, ball in self.balls.items()}

    def nearest(self) -> dict[str, float]:
        """The nearest doubles."""
        if self.exact is not None:
            return {name: float(number) for name, number in self.exact.items()}
        return {
            name: 0.0 if ball.contains(0) else float(ball.mid())
            for name, ball in self.balls.items()
        }


class Gradient:
    """The gradient of a program by some variables, the others fixed."""

    def __init__(
        self, program: Program, names: tuple[str, ...], fixed: Mapping[str, Constant]
    ) -> None:
        self.program = program
        self.names = names
        self.fixed = fixed
        self.firsts: list[Seeds] = [(Seed(name),) for name in names]
        self.seconds: dict[tuple[int, int], Seeds] = {
            (i, j): tuple(sorted((Seed(names[i]), Seed(names[j]))))
            for i in range(len(names))
            for j in range(i, len(names))
        }

    # -- where

    def frame(self, intervals: Mapping[str, Interval]) -> Box:
        """The box that was asked for."""
        with precision(4 * BITS, 1):
            return {name: outer(interval) for name, interval in intervals.items()}

    def wider(self, box: Box) -> Box:
        """A box with a little around it, so that what is at its edge is inside."""
        found = {}
        for name, (low, high) in box.items():
            margin = (high - low) / 2**MARGIN
            found[name] = dyadic(low - margin, margin), dyadic(high + margin, margin)
        return found

    # -- balls

    def over(self, balls: Balls, held: Mapping[Key, int] | None = None, bits: int = BITS) -> Local:
        """Value, gradient and Hessian over a box of balls. Raises Singular, Vague."""
        try:
            found = self._by_chain_rule(balls, held or {}, bits)
        except Beyond:
            found = self._by_rays(balls, held or {}, bits)
        entries = [found.value, *found.gradient, *(h for row in found.hessian for h in row)]
        if not all(ball.is_finite() for ball in entries):
            raise Vague
        return found

    def _by_chain_rule(self, balls: Balls, held: Mapping[Key, int], bits: int) -> Local:
        with precision(bits, 3):
            points = {name: number.ball() for name, number in self.fixed.items()}
            meaning = Hessians(Held(held, {}), {**points, **balls}, self.names)
            found = run(self.program, meaning)[self.program.output]
        if isinstance(found, Broken):
            raise found.error
        size = len(self.names)
        if not isinstance(found, Second):
            value = arb(int(found)) if isinstance(found, bool) else found
            return Local(value, [arb(0)] * size, [[arb(0)] * size] * size)
        place = {pair: n for n, pair in enumerate(meaning.pairs)}
        hessian = [
            [found.bends[place[max(i, j), min(i, j)]] for j in range(size)] for i in range(size)
        ]
        return Local(found.value, list(found.slopes), hessian)

    def _by_rays(self, balls: Balls, held: Mapping[Key, int], bits: int) -> Local:
        question = self.question(balls, held)
        with precision(bits, 3):
            found = derivatives(question, [*self.firsts, *self.seconds.values()])
        size = range(len(self.names))
        hessian = [[found[self.seconds[min(i, j), max(i, j)]] for j in size] for i in size]
        return Local(found[()], [found[seeds] for seeds in self.firsts], hessian)

    def question(self, balls: Balls, held: Mapping[Key, int] | None) -> Question:
        """What to ask `certified` about a box; about the function itself where nothing is held."""

        def values() -> dict[str, arb]:
            fixed = {name: number.ball() for name, number in self.fixed.items()}
            return {**fixed, **balls}

        def number(algebra: object, found: object) -> object:
            if isinstance(found, Block):
                raise Misfit("a stationary point is that of one number, and this is a tensor")
            return found

        if held is None:
            return Question(self.program, Place(values), number)
        return Question(self.program, Place(values), number, algebra=lambda _: Held(held, {}))

    def is_kinked(self, box: Box) -> bool:
        """Whether switches turn in a box, and no branch has a root of the gradient there."""
        waiting: list[dict[Key, int]] = [{}]
        met: set[Key] = set()
        while waiting:
            held = waiting.pop()
            try:
                found = self.over(around_box(box), held)
            except Undecided as switch:
                met.add(switch.key)
                if len(met) > MOST:
                    return False
                waiting += [{**held, switch.key: side} for side in (1, -1)]
                continue
            except (Singular, Vague):
                return False
            if all(g.contains(0) for g in found.gradient):
                return False
        return bool(met)

    # -- roots

    def krawczyk(self, box: Box, over: Local, bits: int = BITS) -> Test | None:
        """Krawczyk's test; None where the Hessian is singular at the middle."""
        with precision(bits, 1):
            middle = {name: dyadic((a + b) / 2, b - a) if a < b else a
                      for name, (a, b) in box.items()}  # fmt: skip
            there = self.over({name: exactly(x) for name, x in middle.items()}, bits=bits)
            size = len(self.names)
            matrix = arb_mat([[entry.mid() for entry in row] for row in there.hessian])
            try:
                inverse = matrix.inv()
            except ZeroDivisionError:
                return None
            y = arb_mat([[inverse[i, j].mid() for j in range(size)] for i in range(size)])
            rest = _identity(size) - y * arb_mat(over.hessian)
            column = arb_mat([[g] for g in there.gradient])
            step = y * column
            reach = arb_mat([[around(*box[n]) - exactly(middle[n])] for n in self.names])
            spread = rest * reach
            narrowed = {
                n: exactly(middle[n]) - step[k, 0] + spread[k, 0] for k, n in enumerate(self.names)
            }
            inside = all(
                narrowed[n].lower() > exactly(box[n][0])
                and narrowed[n].upper() < exactly(box[n][1])
                for n in self.names
            )
            norm = max(
                (sum((abs(rest[i, j]).upper() for j in range(size)), arb(0)) for i in range(size)),
                key=float,
            )
            return Test(narrowed, inside, bool(norm < 1))

    def intersection(self, box: Box, balls: Balls) -> Box | None:
        """The part of a box that is in some balls too; None where there is none."""
        found = {}
        for name, (low, high) in box.items():
            start, stop = exact_ends(balls[name])
            grain = (high - low) / 2**GRAIN  # not much narrower than the other sides
            start, stop = dyadic(start - grain, grain), dyadic(stop + grain, grain)
            found[name] = max(low, start), min(high, stop)
            if found[name][0] > found[name][1]:
                return None
        return found

    def zero(self, box: Box) -> Zero:
        """The one root in a box. Raises Singular, Vague."""
        bits, tried = BITS, False
        while True:
            balls = around_box(box)
            width = max((high - low for low, high in box.values()), default=Fraction(0))
            if not tried and width < Fraction(1, 2**48):
                tried = True
                exact = self.exact(box)
                if exact is not None:
                    return Zero({name: exactly(number) for name, number in exact.items()}, exact)
            if tried and all(map(_is_one_double, balls.values())):
                return Zero(balls)
            if bits > 4 * MAX_BITS:
                raise Vague
            test = self.krawczyk(box, self.over(balls, bits=bits), bits)
            narrower = None if test is None else self._within(box, test.narrowed)
            if narrower is None:
                raise Vague
            if max(b - a for a, b in narrower.values()) > width * Fraction(9, 10):
                bits *= 2
            box = narrower

    def _within(self, box: Box, balls: Balls) -> Box | None:
        found = {}
        for name, (low, high) in box.items():
            start, stop = exact_ends(balls[name])
            found[name] = max(low, start), min(high, stop)
            if found[name][0] > found[name][1]:
                return None
        return found

    def exact(self, box: Box) -> dict[str, Fraction] | None:
        """The simplest point of a box, if the gradient is proven to be 0 there."""
        point: dict[str, Fraction] = {}
        for name, ends in box.items():
            number = candidate(ends)
            if number is None:
                return None
            point[name] = number
        try:
            found = self.over({name: exactly(number) for name, number in point.items()})
        except (Singular, Vague):
            return None
        if all(g.is_zero() for g in found.gradient):
            return point
        known = {name: number.exact for name, number in self.fixed.items()}
        if not all(g.contains(0) for g in found.gradient) or None in known.values():
            return None
        whole = {**point, **{n: number for n, number in known.items() if number is not None}}
        slopes = fractions(self.program, whole, self.firsts)
        return point if all(s in slopes and not any(slopes[s]) for s in self.firsts) else None


def around_box(box: Box) -> Balls:
    """The balls around the sides of a box."""
    return {name: around(low, high) for name, (low, high) in box.items()}


def overlap(a: Balls, b: Balls) -> bool:
    """Whether two boxes of balls have a point in common, for all that can be told."""
    return all(ball.overlaps(b[name]) for name, ball in a.items())


def touch(a: Box, b: Box) -> bool:
    """Whether two boxes have a point in common."""
    return all(low <= b[name][1] and b[name][0] <= high for name, (low, high) in a.items())


def _identity(size: int) -> arb_mat:
    return arb_mat([[arb(int(i == j)) for j in range(size)] for i in range(size)])


def _is_one_double(x: arb) -> bool:
    with precision(MAX_BITS, 1):
        if not is_narrow(x, 80):
            return bool(x.contains(0)) and is_nothing(x)
        return float(x.lower()) == float(x.upper()) or is_narrow(x, 400)
