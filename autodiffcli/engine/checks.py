"""Where a block's numbers cannot be taken as they are: the program itself says so.

Looked at are infinities that the next step would hide, and the places where a step changes from
one smooth piece to another, or ends. Branches that are not taken do not count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiffcli.engine.kernels import ALGEBRA, Moving, Operand
from autodiffcli.ops import OPS
from autodiffcli.ops.op import Op
from autodiffcli.program import CONST, INPUT

if TYPE_CHECKING:
    from autodiffcli.lowering import Lowered

# What makes infinity or NaN of an infinity, and NaN of NaN: nothing is hidden there.
_OPEN = frozenset(
    {"add", "sub", "mul", "neg", "log", "log1p", "log2", "log10", "sqrt", "cbrt", "sinh", "cosh"}
    | {"asinh", "acosh", "sin", "cos", "tan", "asin", "acos", "atanh", "lgamma", "hypot"}
    | {"sinpi", "cospi", "where"}
)
_NEAR = 1e-9  # relative distance of a constant from an edge that double precision cannot tell


class Checks:
    """What is looked at after each block.

    watched  the steps that it takes
    beside   those of them that say on which side of an edge a point is
    """

    def __init__(self, tape: Lowered) -> None:
        self.tape = tape
        self.hidden: list[int] = []
        self.edges: list[int] = []
        for number in tape.values:
            step = tape.steps[number]
            op = OPS.get(step.op)
            if op is None:
                continue
            if step.op not in _OPEN:
                first = 1 if step.op == "div" else 0
                self.hidden += [o for o in step.operands[first:] if self._may_fail(o)]
            if number in tape.moving and (op.switch or op.edge or op.singular):
                self.edges.append(number)
        self.hidden = list(dict.fromkeys(self.hidden))
        self.choices = [n for n in tape.values if tape.steps[n].op == "where"]
        taken = [o for n in self.edges for o in tape.steps[n].operands]
        conditions = [tape.steps[n].operands[0] for n in self.choices]
        self.beside = tuple(dict.fromkeys(taken))
        self.watched = tuple(dict.fromkeys([*self.hidden, *taken, *conditions]))

    def is_unsure(self, constants: Mapping[int, Any]) -> bool:
        """Whether a constant may be on the other side of an edge: floor(erf(10)) is 0, not 1."""
        for number in self.tape.values:
            step = self.tape.steps[number]
            op = OPS.get(step.op)
            if number not in constants or op is None or op.switch is None:
                continue
            operands = [np.asarray(constants[o] * 1.0).view(Operand) for o in step.operands]
            size = max(float(np.abs(u)) for u in operands)
            near = abs(float(op.switch.distance(ALGEBRA, *operands))) <= _NEAR * size
            if near and not all(map(self._is_whole, step.operands)):
                return True
        return False

    def _is_whole(self, number: int) -> bool:
        """Whether a step is a whole number of the source."""
        step = self.tape.steps[number]
        return step.op == CONST and step.text.isdigit()

    def _may_fail(self, number: int) -> bool:
        step = self.tape.steps[number]
        return step.op not in (INPUT, CONST) and not OPS[step.op].truth

    def good(self, value: Callable[[int], Any], rows: int) -> Any:
        """Which of the points of a block are beyond suspicion, a mask; None for all.

        value  what a watched step is at the block
        """
        needed = self._needed(value, rows) if self.choices else {}
        good = None
        for number in self.hidden:
            good = _both(good, np.isfinite(value(number)), needed.get(number))
        for number in self.edges:
            for beside in self._besides(number, value):
                good = _both(good, np.asarray(beside), needed.get(number))
        return good

    def _besides(self, number: int, value: Callable[[int], Any]) -> list[Any]:
        """Masks of the points that are not on an edge of a step."""
        op, operands = self._op(number), self._operands(number, value)
        found = [distance != 0 for distance in _distances(op, operands)]
        if op.singular is not None:
            found.append(~np.asarray(op.singular(ALGEBRA, *operands)))
        return found

    def distances(self, value: Callable[[int], Any]) -> list[Any]:
        """How far every point is from the edges of the steps: which side it is on."""
        return [
            np.asarray(distance)
            for number in self.edges
            for distance in _distances(self._op(number), self._operands(number, value))
        ]

    def _op(self, number: int) -> Op:
        return OPS[self.tape.steps[number].op]

    def _operands(self, number: int, value: Callable[[int], Any]) -> list[Any]:
        return [self._operand(operand, value) for operand in self.tape.steps[number].operands]

    def _operand(self, number: int, value: Callable[[int], Any]) -> Any:
        found = np.asarray(value(number))
        if found.dtype == bool:
            found = found * 1.0
        return found.view(Moving if number in self.tape.moving else Operand)

    def _needed(self, value: Callable[[int], Any], rows: int) -> Mapping[int, Any]:
        """For each step the points where it matters to the value; for none where it is missing."""
        tape = self.tape
        found: dict[int, Any] = {tape.outputs[0]: np.True_}
        for number in reversed(tape.values):
            mask, step = found.get(number), tape.steps[number]
            if mask is None:
                continue
            masks: list[Any] = [mask] * len(step.operands)
            if step.op == "where":
                condition = np.asarray(value(step.operands[0])) != 0
                masks = [mask, mask & condition, mask & ~condition]
            for operand, own in zip(step.operands, masks, strict=True):
                found[operand] = found[operand] | own if operand in found else own
        return {number: found.get(number, np.False_) for number in tape.values}


def _both(good: Any, own: Any, needed: Any) -> Any:
    if needed is not None:
        own = own | ~np.asarray(needed)
    return own if good is None else good & own


def _distances(op: Op, operands: list[Any]) -> list[Any]:
    rules = [op.switch.distance if op.switch is not None else None, op.edge]
    return [rule(ALGEBRA, *operands) for rule in rules if rule is not None]
