"""Noise in the last bits, to see which numbers it moves: those have lost their digits.

Every rounded result is multiplied by 1 + e, e of 4 to 8 units of roundoff and the same for all
points, so that a point's verdict depends on that point alone.
Source: J. Vignes, A stochastic arithmetic for reliable scientific computation,
Mathematics and Computers in Simulation 35 (1993).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autodiffcli.engine.kernels import Column, Kernel
from autodiffcli.ops import OPS

EXACT = frozenset({"neg", "abs", "min", "max", "where", "round", "floor", "ceil", "trunc", "sign"})
_VANISHING = frozenset(
    {"mul", "div", "pow", "exp", "exp2", "sech", "csch", "sech_squared", "erfc", "sigmoid"}
)
_GOLDEN = 0.6180339887498949


class Noise:
    """The kernels that disturb what a step has made.

    In double precision what has underflowed comes back as the smallest normal number. In single
    precision an underflow is seen by itself: double precision still has a number there.
    """

    def __init__(self, dtype: str) -> None:
        kind = np.dtype(dtype)
        self.type, self.info, self.double = kind.type, np.finfo(kind), kind == np.float64

    def kernels(self, number: int, name: str) -> Iterator[Kernel]:
        """What follows the kernel of a step; the operands are those of the step."""
        factor = self.factor(number, name)
        if factor is None:
            return
        if self.double and name in _VANISHING:
            yield self._restored

        def disturbed(*columns: Column) -> None:
            np.multiply(columns[-1], factor, columns[-1])

        yield disturbed

    def factor(self, number: int, name: str) -> Any:
        """1 + e of one step: by its number, of both signs, no two alike; None if it is exact."""
        if OPS[name].constant or name in EXACT:
            return None
        chance = number * _GOLDEN % 1 - 0.5
        return self.type(1 + float(self.info.eps) * (4 * chance + (2 if chance >= 0 else -2)))

    def _restored(self, *columns: Column) -> None:
        *operands, out = columns
        gone = np.abs(out) < self.info.tiny
        if gone.any():
            for operand in operands:
                gone &= operand != 0
            np.copyto(out, self.info.tiny, where=gone)


def change(plain: Any, shaken: Any, nothing: float) -> Any:
    """By how much noise changes numbers, relative to them; inf for NaN."""
    found = np.abs(plain - shaken) / np.abs(plain)
    both = np.maximum(np.abs(plain), np.abs(shaken))
    found[(plain == shaken) | (both < nothing)] = 0.0
    return np.nan_to_num(found, nan=np.inf, posinf=np.inf)
