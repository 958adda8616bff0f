"""Gradient and Hessian of an expression over boxes of several variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from autodiffcli.boxes import around, outer
from autodiffcli.certified import Place, Question, Seed, Seeds, derivatives
from autodiffcli.interpreters.balls import (
    BITS,
    Broken,
    Vague,
    precision,
)
from autodiffcli.interpreters.blocks import Block, Misfit
from autodiffcli.interpreters.held import Held
from autodiffcli.interpreters.hessians import Beyond, Hessians, Second
from autodiffcli.program import Program, run
from autodiffcli.stationarity.simplest import dyadic
from autodiffcli.typed import Constant, Interval

MARGIN = 20  # bits by which the margin around a box is smaller than it

Box = Mapping[str, tuple[Fraction, Fraction]]
Balls = Mapping[str, arb]
Matrix = list[list[arb]]


@dataclass(frozen=True, slots=True)
class Local:
    """What is known over a box, or at a point: value, gradient, Hessian."""

    value: arb
    gradient: list[arb]
    hessian: Matrix


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

    def over(self, balls: Balls, algebra: Held | None = None, bits: int = BITS) -> Local:
        """Value, gradient and Hessian over a box of balls. Raises Singular, Vague.

        algebra  what the steps mean, where not plain balls
        """
        algebra = algebra or Held({}, {})
        try:
            found = self._by_chain_rule(balls, algebra, bits)
        except Beyond:
            found = self._by_rays(balls, algebra, bits)
        entries = [found.value, *found.gradient, *(h for row in found.hessian for h in row)]
        if not all(ball.is_finite() for ball in entries):
            raise Vague
        return found

    def _by_chain_rule(self, balls: Balls, algebra: Held, bits: int) -> Local:
        with precision(bits, 3):
            points = {name: number.ball() for name, number in self.fixed.items()}
            meaning = Hessians(algebra, {**points, **balls}, self.names)
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

    def _by_rays(self, balls: Balls, algebra: Held, bits: int) -> Local:
        question = self.question(balls, algebra)
        with precision(bits, 3):
            found = derivatives(question, [*self.firsts, *self.seconds.values()])
        size = range(len(self.names))
        hessian = [[found[self.seconds[min(i, j), max(i, j)]] for j in size] for i in size]
        return Local(found[()], [found[seeds] for seeds in self.firsts], hessian)

    def question(self, balls: Balls, algebra: Held | None, off: Fraction = Fraction(0)) -> Question:
        """What to ask `certified` about a box; without an algebra, about the function itself.

        off  by how much of themselves the numbers may be off
        """

        def values() -> dict[str, arb]:
            fixed = {name: number.ball() for name, number in self.fixed.items()}
            return {**fixed, **balls}

        def number(algebra: object, found: object) -> object:
            if isinstance(found, Block):
                raise Misfit("a stationary point is that of one number, and this is a tensor")
            return found

        if algebra is None:
            return Question(self.program, Place(values, off), number)
        return Question(self.program, Place(values), number, algebra=lambda _: algebra)


def around_box(box: Box) -> Balls:
    """The balls around the sides of a box."""
    return {name: around(low, high) for name, (low, high) in box.items()}


def overlap(a: Balls, b: Balls) -> bool:
    """Whether two boxes of balls have a point in common, for all that can be told."""
    return all(ball.overlaps(b[name]) for name, ball in a.items())


def touch(a: Box, b: Box) -> bool:
    """Whether two boxes have a point in common."""
    return all(low <= b[name][1] and b[name][0] <= high for name, (low, high) in a.items())
