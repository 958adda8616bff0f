"""The meaning of a tape as value, gradient and Hessian in balls: one pass, the chain rule.

Over a box this is narrower than Hessians from power series along rays, where the pure second
derivatives are subtracted from the mixed ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb, arb_series

from autodiffcli.interpreters.balls import Broken, Singular, Vague, number, series
from autodiffcli.interpreters.blocks import lifted
from autodiffcli.interpreters.held import Held
from autodiffcli.ops import OPS
from autodiffcli.ops.op import Op
from autodiffcli.program import Step


class Beyond(ArithmeticError):
    """That a step has no rule here: a tensor, or more than two operands that move."""


@dataclass(frozen=True, slots=True)
class Second:
    """A number that depends on the variables.

    slopes  by each variable
    bends   second derivatives by i and j <= i, row by row
    """

    value: arb
    slopes: tuple[arb, ...]
    bends: tuple[arb, ...]


class Hessians:
    """Applies the steps of a tape to numbers with their derivatives of order 1 and 2.

    points  per variable a ball
    moving  the variables that derivatives are by
    """

    def __init__(self, algebra: Held, points: Mapping[str, arb], moving: Sequence[str]) -> None:
        self.algebra = algebra
        self.points = points
        self.moving = tuple(moving)
        self.pairs = [(i, j) for i in range(len(moving)) for j in range(i + 1)]

    def input(self, name: str) -> Any:
        """A variable."""
        if name not in self.moving:
            return self.points[name]
        slopes = tuple(arb(int(name == other)) for other in self.moving)
        return Second(self.points[name], slopes, (arb(0),) * len(self.pairs))

    def const(self, literal: str) -> Any:
        """A number of the source."""
        return number(literal)

    def apply(self, step: Step, operands: Sequence[Any]) -> Any:
        """What becomes of one step, or why it has no value. Raises Vague, Beyond."""
        self.algebra.begin(step)
        op = OPS[step.op]
        if not any(isinstance(u, Second) for u in operands) and not op.mixes:
            found = lifted(self.algebra, step, operands)
            return found[0] if isinstance(found, arb_series) else found  # sqrt(2) is a constant
        if op.mixes:
            raise Beyond
        if step.op == "where" and isinstance(operands[0], bool):
            return operands[1] if operands[0] else operands[2]
        broken = next((u for u in operands if isinstance(u, Broken)), None)
        if broken is not None:
            return broken
        try:
            return self._applied(step, op, operands)
        except Singular as error:
            error.step = error.step or step
            return Broken(error)

    def _applied(self, step: Step, op: Op, operands: Sequence[Any]) -> Any:
        known = [arb(int(u)) if isinstance(u, bool) else u for u in operands]
        rule = _DIRECT.get(step.op)
        if rule is not None:
            found = rule(self, known)
            if found is not None:
                return found
        moving = [n for n, u in enumerate(known) if isinstance(u, Second)]
        if len(moving) == 1:
            return self._unary(step, op, known, moving[0])
        if len(moving) == 2:
            return self._binary(step, op, known, moving)
        raise Beyond

    def _along(self, step: Step, op: Op, known: Sequence[Any], paces: Mapping[int, int]) -> Any:
        """The series of a primitive while some operands move."""
        self.algebra.begin(step)
        given = [
            arb_series([u.value, paces[n]]) if paces.get(n)
            else u.value if isinstance(u, Second) else u
            for n, u in enumerate(known)
        ]  # fmt: skip
        found = self.algebra.apply(op, *given)
        if isinstance(found, (bool, arb, int)):
            return found
        if found.prec < 3:
            raise Vague
        return series(found)

    def _unary(self, step: Step, op: Op, known: Sequence[Any], place: int) -> Any:
        found = self._along(step, op, known, {place: 1})
        if not isinstance(found, arb_series):
            return found
        u = known[place]
        first, second = found[1], 2 * found[2]
        slopes = tuple(first * g for g in u.slopes)
        bends = tuple(
            first * h + second * self._outer(u.slopes, i, j)
            for h, (i, j) in zip(u.bends, self.pairs, strict=True)
        )
        return Second(found[0], slopes, bends)

    @staticmethod
    def _outer(slopes: Sequence[arb], i: int, j: int) -> arb:
        return slopes[i] ** 2 if i == j else slopes[i] * slopes[j]

    def _binary(self, step: Step, op: Op, known: Sequence[Any], places: Sequence[int]) -> Any:
        p, q = places
        rays = ({p: 1}, {q: 1}, {p: 1, q: 1})
        found = [self._along(step, op, known, ray) for ray in rays]
        if not isinstance(found[2], arb_series):
            return found[2]
        a, b, both = (series(one) for one in found)
        u, v = known[p], known[q]
        cross = both[2] - a[2] - b[2]
        slopes = tuple(a[1] * g + b[1] * h for g, h in zip(u.slopes, v.slopes, strict=True))
        bends = []
        for n, (i, j) in enumerate(self.pairs):
            mixed = u.slopes[i] * v.slopes[j] + u.slopes[j] * v.slopes[i]
            bends.append(
                a[1] * u.bends[n] + b[1] * v.bends[n] + cross * mixed
                + 2 * a[2] * self._outer(u.slopes, i, j) + 2 * b[2] * self._outer(v.slopes, i, j)
            )  # fmt: skip
        return Second(both[0], slopes, tuple(bends))


def _scaled(c: arb, u: Second) -> Second:
    return Second(c * u.value, tuple(c * g for g in u.slopes), tuple(c * h for h in u.bends))


def _sum(meaning: Hessians, known: Sequence[Any], sign: int = 1) -> Second:
    u, v = known
    if not isinstance(u, Second):
        turned = _scaled(arb(sign), v)
        return Second(u + turned.value, turned.slopes, turned.bends)
    if not isinstance(v, Second):
        return Second(u.value + sign * v, u.slopes, u.bends)
    return Second(
        u.value + sign * v.value,
        tuple(a + sign * b for a, b in zip(u.slopes, v.slopes, strict=True)),
        tuple(a + sign * b for a, b in zip(u.bends, v.bends, strict=True)),
    )


def _product(meaning: Hessians, known: Sequence[Any]) -> Second:
    u, v = known
    if not isinstance(u, Second):
        return _scaled(u, v)
    if not isinstance(v, Second):
        return _scaled(v, u)
    slopes = tuple(u.value * b + v.value * a for a, b in zip(u.slopes, v.slopes, strict=True))
    bends = tuple(
        u.value * v.bends[n] + v.value * u.bends[n]
        + u.slopes[i] * v.slopes[j] + u.slopes[j] * v.slopes[i]
        for n, (i, j) in enumerate(meaning.pairs)
    )  # fmt: skip
    return Second(u.value**2 if u is v else u.value * v.value, slopes, bends)


_DIRECT: dict[str, Callable[[Hessians, Sequence[Any]], Second | None]] = {
    "add": _sum,
    "sub": lambda meaning, known: _sum(meaning, known, -1),
    "mul": _product,
    "neg": lambda meaning, known: _scaled(arb(-1), known[0]),
}
