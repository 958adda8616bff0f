"""The boxes of one variable that wait to be looked at, and in which order they are."""

from __future__ import annotations

from fractions import Fraction
from heapq import heapify, heappop, heappush
from itertools import count
from typing import NamedTuple

from autodiffcli.interpreters.balls import BITS
from autodiffcli.stationarity.curve import PLAIN, Branch
from autodiffcli.stationarity.simplest import SHIFT, Box, dyadic


class Task(NamedTuple):
    """A box to look at.

    depth   cuts that led to it
    branch  with what it is evaluated
    bits    of the balls
    """

    box: Box
    depth: int = 0
    branch: Branch = PLAIN
    bits: int = BITS


class Waiting:
    """Tasks: the widest boxes first, or one box after the other from the lowest one on."""

    def __init__(self) -> None:
        self.in_order = False
        self._count = count()
        self._heap: list[tuple[Fraction, int, Task]] = []

    def __bool__(self) -> bool:
        return bool(self._heap)

    def boxes(self) -> list[Box]:
        """All that wait."""
        return [task.box for _, _, task in self._heap]

    def push(self, task: Task) -> None:
        """Have a box wait."""
        low, high = task.box
        heappush(self._heap, (low if self.in_order else low - high, next(self._count), task))

    def pop(self) -> Task:
        """The next one."""
        return heappop(self._heap)[2]

    def cut(self, task: Task) -> None:
        """Have both parts of a box wait."""
        low, high = task.box
        middle = dyadic(low + (high - low) * SHIFT, high - low)
        for box in ((low, middle), (middle, high)):
            self.push(task._replace(box=box, depth=task.depth + 1))

    def go_in_order(self) -> None:
        """From the lowest box on from now on."""
        self.in_order = True
        self._heap = [(task.box[0], n, task) for _, n, task in self._heap]
        heapify(self._heap)
