"""The meaning of a tape as tensors whose roundings are disturbed, to see what they do.

Every result is changed by a few units in its last place, and what has underflowed to 0 is put
back as the smallest normal number. What changes much in the end has lost its digits on the way.
Source: J. Vignes, A stochastic arithmetic for reliable scientific computation,
Mathematics and Computers in Simulation 35 (1993).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from autodiffcli.interpreters.tensors import Tensors
from autodiffcli.ops import OPS
from autodiffcli.program import Step

EXACT = frozenset({"neg", "abs", "min", "max", "where", "derivative"})  # they round nothing
NOTHING = 1e-300  # below it digits do not count
_VANISHING = frozenset(
    {"mul", "div", "pow", "exp", "exp2", "square", "reciprocal", "sech", "csch", "sech_squared"}
)
_SEED = 1993  # the same points give the same answer
_FACTORS, _SHIFT = 4096, 1009  # how many to choose from, and the next choice


class Shaken:
    """Applies the steps of a tape to tensors of `rows` points, with noise of 4 to 8 units."""

    def __init__(self, tensors: Tensors, rows: int) -> None:
        dtype = tensors.algebra.dtype.to_real()
        generator = torch.Generator().manual_seed(_SEED)
        chance = torch.rand(_FACTORS + rows, generator=generator, dtype=dtype) - 0.5
        self.factors = (chance + torch.sign(chance) * 0.5) * 4 * torch.finfo(dtype).eps + 1
        self.least = torch.finfo(dtype).tiny
        self.tensors, self.rows, self.place = tensors, rows, 0

    def input(self, name: str) -> Tensor:
        """The points, as they are."""
        return self.tensors.input(name)

    def const(self, literal: str) -> Tensor:
        """A number of the source, as it is."""
        return self.tensors.const(literal)

    def apply(self, step: Step, operands: Sequence[Tensor]) -> Tensor:
        """The value of a step with its rounding disturbed."""
        found = self.tensors.apply(step, operands)
        op = OPS[step.op]
        if op.constant or op.name in EXACT or not found.dim():
            return found
        if op.name in _VANISHING:
            gone = found.abs() < self.least
            if bool(gone.any()):
                for operand in operands:
                    gone = gone & (operand != 0)
                found = torch.where(gone, self.least, found)
        self.place = (self.place + _SHIFT) % _FACTORS
        return found * self.factors[self.place : self.place + self.rows]


def change(plain: Tensor, shaken: Tensor, scale: Tensor | None = None) -> Tensor:
    """By how much noise changes numbers, relative to them or to a scale; inf for NaN."""
    both = torch.maximum(plain.abs(), shaken.abs())
    found = (plain - shaken).abs() / (plain.abs() if scale is None else scale)
    found = torch.where((plain == shaken) | (both < NOTHING), 0.0, found)
    return torch.nan_to_num(found, nan=torch.inf, posinf=torch.inf)
