"""Gradient and Hessian of an expression over boxes of several variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from autodiffcli.boxes import around, outer
from autodiffcli.certified import Place, Question, Seed, Seeds, derivatives
from autodiffcli.constants import Constant, Interval
from autodiffcli.interpreters.balls import (
    BITS,
    Broken,
    Singular,
    Vague,
    precision,
)
from autodiffcli.interpreters.blocks import Block, Misfit
from autodiffcli.interpreters.held import Held, Key, Undecided
from autodiffcli.interpreters.hessians import Beyond, Hessians, Second
from autodiffcli.program import Program, run
from autodiffcli.stationarity.simplest import dyadic

MARGIN = 20  # bits by which the margin around a box is smaller than it
MOST = 4  # switches that turn in one box

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


def around_box(box: Box) -> Balls:
    """The balls around the sides of a box."""
    return {name: around(low, high) for name, (low, high) in box.items()}


def overlap(a: Balls, b: Balls) -> bool:
    """Whether two boxes of balls have a point in common, for all that can be told."""
    return all(ball.overlaps(b[name]) for name, ball in a.items())


def touch(a: Box, b: Box) -> bool:
    """Whether two boxes have a point in common."""
    return all(low <= b[name][1] and b[name][0] <= high for name, (low, high) in a.items())
