"""The interval that a search was asked for, and pieces of it."""

from __future__ import annotations

from typing import NamedTuple

from autodiffcli.boxes import outer
from autodiffcli.interpreters.balls import BITS, MAX_BITS, precision
from autodiffcli.stationarity.roots import Root
from autodiffcli.stationarity.simplest import Box, dyadic
from autodiffcli.typed import Constant, Interval

MARGIN = 20  # bits by which the margin around an interval is smaller than it


class Frame:
    """The interval that was asked for."""

    def __init__(self, interval: Interval) -> None:
        self.interval = interval
        with precision(4 * BITS, 1):
            self.ends = outer(interval)

    def wider(self) -> Box:
        """The interval with a little around it, so that what is at its ends is inside."""
        low, high = self.ends
        low_margin, high_margin = (
            min(high - low, abs(end) or high - low) / 2**MARGIN for end in self.ends
        )
        return dyadic(low - low_margin, low_margin), dyadic(high + high_margin, high_margin)

    def clipped(self, box: Box) -> Box | None:
        """The part of a box that is in the interval; None where that is a point at most."""
        low, high = max(box[0], self.ends[0]), min(box[1], self.ends[1])
        return (low, high) if low < high else None

    def where(self, root: Root) -> str:
        """Whether a root is inside, outside, or at an end for all that can be told."""
        low, high = self.interval.low, self.interval.high
        signs = [_compared(root, end) for end in (low, high)]
        if signs[0] < 0 or signs[1] > 0:
            return "outside"
        return "end" if 0 in signs else "inside"


def _compared(root: Root, end: Constant) -> int:
    """The sign of root - end; 0 where 300 digits do not tell them apart."""
    if root.exact is not None and end.exact is not None:
        return (root.exact > end.exact) - (root.exact < end.exact)
    for bits in (BITS, MAX_BITS // 2):
        with precision(2 * bits, 1):
            gap = (root.ball if bits == BITS else root.within(bits)) - end.ball()
        if not gap.contains(0):
            return 1 if gap > 0 else -1
    return 0


class Flat(NamedTuple):
    """A box over which the function is constant."""

    box: Box
    value: float | None
    proven: bool


def merged(boxes: list[Box], near: int = 0) -> list[Box]:
    """Boxes that touch as one, or that are nearer to each other than so many of their widths."""
    found: list[Box] = []
    for low, high in sorted(boxes):
        if found and low <= found[-1][1] + near * (high - low):
            found[-1] = found[-1][0], max(found[-1][1], high)
        else:
            found.append((low, high))
    return found


def joined(flats: list[Flat]) -> list[Flat]:
    """Boxes that touch as one, where they have one value."""
    found: list[Flat] = []
    for flat in sorted(flats):
        last = found[-1] if found else None
        if last and flat.box[0] <= last.box[1] and flat.value == last.value:
            box = last.box[0], max(last.box[1], flat.box[1])
            found[-1] = Flat(box, last.value, last.proven and flat.proven)
        else:
            found.append(flat)
    return found
