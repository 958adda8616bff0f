"""Balls that may lie across a switch: the values on either side of it are enclosed together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import arb

from autodiffcli.interpreters.balls import Balls, Singular, Vague, first
from autodiffcli.ops.op import Op


class Undecided:
    """A truth that holds at some points of a box only, for all that is known."""


class Wide(Balls):
    """The `b` of the ball rules where a ball is a whole range: all of it must lie in the domain."""

    def apply(self, op: Op, *operands: Any) -> Any:
        """The series of a primitive. Raises Singular, Vague where a part is outside."""
        if op.name == "atan2":
            return self._angle(*operands)
        found = super().apply(op, *operands)
        for interval, u in zip(op.domain, operands, strict=False):
            start = first(u)
            above = start >= interval.low if interval.low_closed else start > interval.low
            below = start <= interval.high if interval.high_closed else start < interval.high
            if not (above and below):
                raise Vague
        return found

    def _angle(self, y: Any, x: Any) -> Any:
        """atan2(y, x) on one side of an axis. Raises Vague across the cut."""
        if first(x) > 0:
            return self.atan(self.quotient(y, x))
        if first(y) > 0 or first(y) < 0:
            quarter = arb.pi() / (2 if first(y) > 0 else -2)
            return quarter - self.atan(self.quotient(x, y))
        raise Vague


class Across(Wide):
    """The `b` of the ball rules where values are wide and nothing moves."""

    def apply(self, op: Op, *operands: Any) -> Any:
        """The values of a primitive, both sides of a switch together. Raises Singular, Vague."""
        if op.name == "where" and isinstance(operands[0], Undecided):
            return first(operands[1]).union(first(operands[2]))
        if op.truth and any(isinstance(u, Undecided) for u in operands):
            return Undecided()
        given = [arb(0.5, 0.5) if isinstance(u, Undecided) else u for u in operands]
        try:
            return super().apply(op, *given)
        except (Singular, Vague):
            if op.truth:
                return Undecided()
            if op.name not in _WIDE:
                raise
            found = _WIDE[op.name](*(first(u) for u in given))
            if found is None:
                raise
            return found

    def absolute(self, x: Any) -> Any:
        """|x|."""
        return abs(first(x))


def _power(x: arb, y: arb) -> arb | None:
    """x^y from 0 up, for one positive y."""
    if x.lower() >= 0 and y > 0 and y.is_exact():
        return arb(0).union(x.upper() ** y)
    return None


_WIDE: dict[str, Callable[..., arb | None]] = {
    "abs": lambda x: abs(x),
    "sign": lambda x: x.sgn(),
    "floor": lambda x: x.floor(),
    "ceil": lambda x: x.ceil(),
    "sqrt": lambda x: _power(x, arb(0.5)),
    "max": lambda a, b: a.max(b),
    "min": lambda a, b: a.min(b),
    "pow": _power,
}
