"""Noise in the last bits, to see which numbers it moves: those have lost their digits.

Every rounded result is multiplied by 1 + e, the same e for all points, so that a point's verdict
depends on that point alone. What is positive of e is less than what is negative, so that no two
disturbances undo each other. They are larger than roundings are, by the factors that the limits
of `sweep` know, for the same reason.
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
_SIZE = {"float64": 2.0**-44, "float32": 2.0**-19}  # 256 and 16 units in the last place
_GOLDEN, _ROOT = 0.6180339887498949, 0.41421356237309515  # irrational: no two steps are alike


class Noise:
    """The kernels that disturb what a step has made.

    In double precision what has underflowed comes back as the smallest normal number. In single
    precision an underflow is seen by itself: double precision still has a number there.

    seed  another one gives every step another disturbance
    """

    def __init__(self, dtype: str, seed: int = 0) -> None:
        kind = np.dtype(dtype)
        self.type, self.info, self.double = kind.type, np.finfo(kind), kind == np.float64
        self.size, self.seed = _SIZE[dtype], seed

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
        return self.disturbance(number)

    def disturbance(self, number: int) -> Any:
        """1 + e by the number of a step: e from 1 to 1.4 sizes, or from -2 to -1.6."""
        number += 7919 * self.seed
        share = 0.4 * (number * _GOLDEN % 1)
        return self.type(1 + self.size * (1 + share if number * _ROOT % 1 < 0.5 else share - 2))

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
