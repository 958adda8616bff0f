"""Two places where a continuous function of one variable has opposite signs, and what is between.

A change of sign alone may be a pole or a jump, so a bracket is one only where the function is
enclosed in balls all the way, with nothing met on it but kinks.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from math import isfinite
from typing import Any

from flint import arb

from autodiffcli.boxes import around
from autodiffcli.certified import existing
from autodiffcli.interpreters.across import Across, Undecided
from autodiffcli.interpreters.balls import Broken, Singular, Vague, first, precision
from autodiffcli.interpreters.blocks import Along, items_of
from autodiffcli.ops.op import Op
from autodiffcli.program import Program, run

BITS = 128
MOST_PIECES = 256
NEAR_RATIO = 4  # of two ends from which on the middle is taken between their exponents


class Unbroken(Across):
    """The `b` of the ball rules for what is continuous on a whole ball, kinks included."""

    def apply(self, op: Op, *operands: Any) -> Any:
        """The values of a primitive. Raises Singular, Vague where one may jump."""
        found = super().apply(op, *operands)
        if isinstance(found, Undecided):
            raise Vague
        jumps = op.switch is not None and not op.switch.continuous and not op.truth
        if jumps and not first(found).is_exact():
            raise Vague
        return found

    def root(self, x: Any, n: int) -> Any:
        """The real n-th root, odd ones across 0 too."""
        start = first(x)
        if n % 2 and start.contains(0) and not start.is_zero():
            low, high = start.lower(), start.upper()
            return (-abs(low).root(n) if low < 0 else low.root(n)).union(abs(high).root(n))
        return super().root(x, n)


def is_continuous(
    program: Program, place: Callable[[arb], dict[str, Any]], low: float, high: float
) -> bool:
    """Whether a program is proven to be continuous between two doubles.

    place  all variables where the unknown is a ball
    """
    waiting = [(Fraction(low), Fraction(high))]
    with precision(BITS, 1):
        for _ in range(MOST_PIECES):
            if not waiting:
                return True
            start, stop = waiting.pop()
            if not _is_enclosed(program, place(around(start, stop))):
                middle = (start + stop) / 2
                waiting += [(start, middle), (middle, stop)]
    return not waiting


def _is_enclosed(program: Program, values: dict[str, Any]) -> bool:
    try:
        found = run(program, Along(Unbroken(0), values, {}, existing()))[program.output]
    except (Singular, Vague, TypeError):
        return False
    return all(
        not isinstance(item, (Broken, bool, Undecided)) and first(item).is_finite()
        for item in items_of(found)
    )


def middle(low: float, high: float) -> float:
    """A double between two; where they are far apart, in the middle of all doubles between."""
    if low < 0 < high:
        return 0.0
    if min(abs(low), abs(high)) * NEAR_RATIO < max(abs(low), abs(high)):
        return _double((_rank(low) + _rank(high)) // 2)
    return low + (high - low) / 2


def are_adjacent(low: float, high: float) -> bool:
    """Whether no double lies between two."""
    return abs(_rank(low) - _rank(high)) <= 1


def shifted(number: float, ulps: int) -> float:
    """The double so many doubles away."""
    return _double(_rank(number) + ulps) if isfinite(number) else number


def _rank(number: float) -> int:
    """The doubles counted from 0."""
    bits: int = struct.unpack("<q", struct.pack("<d", abs(number)))[0]
    return bits if number > 0 else -bits


def _double(rank: int) -> float:
    found: float = struct.unpack("<d", struct.pack("<q", abs(rank)))[0]
    return found if rank >= 0 else -found
