"""All stationary points of a function of several variables in a box.

Branch and prune: a box is left aside where a component of the gradient has no root by its bounds;
Krawczyk's test with bounds of the Hessian shows that there is no root, or exactly one, or makes
the box narrower; else it is cut. What is left over when boxes are tiny is told as it is.
Source: R. Krawczyk, Newton-Algorithmen zur Bestimmung von Nullstellen mit Fehlerschranken,
Computing 4 (1969); R. E. Moore, R. B. Kearfott, M. J. Cloud, Introduction to Interval Analysis
(2009), chapter 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from autodiffcli.interpreters.balls import BITS, Singular, Vague, precision
from autodiffcli.program import Program
from autodiffcli.stationarity.box_gradients import Box, Gradient, around_box, overlap, touch
from autodiffcli.stationarity.kinks import meeting
from autodiffcli.stationarity.landmarks import Landmark, Landscape
from autodiffcli.stationarity.simplest import dyadic
from autodiffcli.stationarity.summits import Summits, clipped
from autodiffcli.stationarity.zeros import Zero, intersection, krawczyk, zero
from autodiffcli.typed import Constant, Interval

SHIFT = Fraction(487, 1024)  # where boxes are cut: seldom at a root
TINY = 20  # bits by which a box is smaller than the whole that is not cut
FINE = 66  # the same where branches meet: a kink has an end soon
HANGING = 64  # boxes that are left over in one place, of those looked at in depth
CROWD = 1_000  # boxes that are left as they are where they become more and more with every cut
GAIN = Fraction(2, 3)  # by how much Krawczyk's test must narrow a box in place of a cut
NEAR = 8  # of its width, by how much a box may be off another to be told with it
INFLATED = Fraction(1, 4)  # of its width by which a box is made wider to find roots at its edge


class Task(NamedTuple):
    """A box to look at, and how many cuts led to it."""

    box: Box
    depth: int = 0


class Search:
    """The state of one search."""

    def __init__(self, gradient: Gradient, intervals: Mapping[str, Interval], limit: int) -> None:
        self.gradient = gradient
        self.summits = Summits(gradient)
        self.ends = gradient.frame(intervals)
        self.whole = gradient.wider(self.ends)
        self.limit = limit
        self.land = Landscape()
        self.zeros: list[Zero] = []
        self.rough: list[Box] = []
        self.flat: list[Box] = []
        self.jumps = False
        self.outside = False
        self.deepest = False  # boxes first, else the widest ones
        self.left: list[Box] = []
        self.order = count()
        self.heap: list[tuple[int, int, Task]] = []

    def run(self) -> Landscape:
        """Look at everything: the widest boxes first, in the end one place after the other.

        So a search that ends early has found something.
        """
        with precision(4 * BITS, 1):
            self._push(Task(self.whole))
            self._search()
            self._finish()
        return self.land

    def _search(self) -> None:
        level, before, rough = 0, 0, 0
        while self.heap and self.land.boxes < self.limit:
            if self.land.boxes == self.limit // 2:
                self._order(deepest=True)
                rough = len(self.rough)
            elif self.deepest and len(self.rough) > rough + HANGING:
                self.left, self.rough[rough:] = self.rough[rough:], []
                self._order(deepest=False)
            depth = self.heap[0][2].depth
            if not self.deepest and depth > level:
                if self._is_crowded(depth, before):
                    break
                level, before = depth, len(self.heap)
            self.land.boxes += 1
            self._try(heappop(self.heap)[2])

    def _order(self, deepest: bool) -> None:
        """Go on with the deepest boxes, or with the widest ones."""
        self.deepest = deepest
        tasks = [task for _, _, task in self.heap]
        self.heap = []
        for task in tasks:
            self._push(task)

    def _is_crowded(self, depth: int, before: int) -> bool:
        """Whether boxes become more and more: a curve of points, of kinks or of poles."""
        waiting = len(self.heap)
        grows = waiting >= before and waiting > CROWD * len(self.whole) // 2
        if depth >= 8 * len(self.whole) and grows:
            self.rough += [task.box for _, _, task in self.heap]
            self.heap.clear()
            return True
        return False

    def _push(self, task: Task) -> None:
        depth = -task.depth if self.deepest else task.depth
        heappush(self.heap, (depth, next(self.order), task))

    def _cut(self, task: Task, tiny: int = TINY) -> None:
        box = task.box
        ratio, name = max((self._ratio(n, ends), n) for n, ends in box.items())
        if ratio * 2**tiny < 1:
            self.rough.append(box)
            return
        low, high = box[name]
        middle = dyadic(low + (high - low) * SHIFT, high - low)
        self._push(Task({**box, name: (low, middle)}, task.depth + 1))
        self._push(Task({**box, name: (middle, high)}, task.depth + 1))

    # -- one box

    def _try(self, task: Task) -> None:
        try:
            self._look(task)
        except Singular as error:
            if error.status == "outside":
                self.outside = True
            else:
                self._cut(task)
        except Vague:
            self._meet(task)

    def _meet(self, task: Task) -> None:
        """A box over which branches meet, or that has no bounds."""
        found = meeting(self.gradient, around_box(task.box))
        if found is None:
            self._cut(task)
        elif not found.is_apart():
            self._cut(task, FINE)
        elif not found.continuous:
            self.jumps = True

    def _look(self, task: Task) -> None:
        box = task.box
        over = self.gradient.over(around_box(box))
        if not all(g.contains(0) for g in over.gradient):
            return
        if all(g.is_zero() for g in over.gradient):
            self.flat.append(box)
            return
        test = krawczyk(self.gradient, box, over)
        if test is None:
            self._cut(task)
            return
        if not overlap(test.narrowed, around_box(box)):
            return
        if test.inside:
            self._add(zero(self.gradient, box), box)
            return
        narrower = intersection(box, test.narrowed)
        if narrower is None:
            return
        if self._gain(box, narrower) < GAIN:
            self._push(Task(narrower, task.depth + 1))
        elif not (test.regular and self._at_edge(box)):
            self._cut(Task(narrower, task.depth))

    def _gain(self, box: Box, narrower: Box) -> Fraction:
        """How much of the widest side is left."""
        widest = max((self._ratio(name, ends), name) for name, ends in box.items())[0]
        return max(self._ratio(name, ends) for name, ends in narrower.items()) / widest

    def _ratio(self, name: str, ends: tuple[Fraction, Fraction]) -> Fraction:
        low, high = self.whole[name]
        return (ends[1] - ends[0]) / (high - low)

    def _at_edge(self, box: Box) -> bool:
        """Whether a box with a margin has one root; it is noted."""
        wider = {}
        for name, (low, high) in box.items():
            margin = (high - low) * INFLATED
            wider[name] = low - margin, high + margin
        try:
            test = krawczyk(self.gradient, wider, self.gradient.over(around_box(wider)))
        except (Singular, Vague):
            return False
        if test is None or not test.inside:
            return False
        self._add(zero(self.gradient, wider), box)
        return True

    def _add(self, root: Zero, box: Box) -> None:
        """Note a root, once, unless it lies in another box."""
        if not overlap(root.balls, around_box(box)):
            return
        if not any(overlap(root.balls, other.balls) for other in self.zeros):
            self.zeros.append(root)

    # -- the end

    def _finish(self) -> None:
        waiting = [*(task.box for _, _, task in self.heap), *self.left]
        self.land.unsearched = [clipped(box, self.ends) for box in waiting]
        for root in self.zeros:
            one = self.summits.landmark(root, self.ends)
            if one is not None:
                self.land.found.append(one)
        for group in touching(self.rough):
            one = self.summits.told(group, self.ends, len(self.rough) < CROWD)
            if one is not None and not self._is_known(one):
                self.land.found.append(one)
        for group in touching(self.flat):
            self.land.found += self.summits.flat(group, self.ends)
        if self.outside:
            self.land.notes.append("not real in a part of the box")
        if self.jumps:
            self.land.notes.append(
                "there may be jumps; whether an extremum lies on one is not looked for in several "
                "variables"
            )
        self.land.found.sort(key=_place)

    def _is_known(self, one: Landmark) -> bool:
        """Whether the only thing in a box is a root that was found in another."""
        return bool(one.point) and any(
            one.point == other.point and other.proven for other in self.land.found
        )


def _place(one: Landmark) -> list[float]:
    return list(one.point.values()) or [float(low) for low, _ in one.box.values()]


def touching(boxes: list[Box]) -> list[list[Box]]:
    """Boxes in groups that hang together."""
    groups: list[list[Box]] = []
    hulls: list[Box] = []
    for box in boxes:
        wide = _with_margin(box)
        near = [n for n, hull in enumerate(hulls) if touch(_with_margin(hull), wide)
                and any(touch(_with_margin(other), wide) for other in groups[n])]  # fmt: skip
        merged = [box]
        hull = dict(box)
        for n in reversed(near):
            merged += groups.pop(n)
            other = hulls.pop(n)
            hull = {
                name: (min(low, other[name][0]), max(high, other[name][1]))
                for name, (low, high) in hull.items()
            }
        groups.append(merged)
        hulls.append(hull)
    return groups


def _with_margin(box: Box) -> Box:
    return {
        name: (low - NEAR * (high - low), high + NEAR * (high - low))
        for name, (low, high) in box.items()
    }


def stationary_points(
    program: Program,
    intervals: Mapping[str, Interval],
    fixed: Mapping[str, Constant],
    limit: int,
) -> Landscape:
    """Everything of note in a box.

    limit   the most boxes looked at
    raises  Misfit where the expression is no number
    """
    return Search(Gradient(program, tuple(intervals), fixed), intervals, limit).run()
