"""All stationary points of a function of one variable in an interval, and what else is of note.

Branch and prune: a box is left aside where f' has no root by its bounds, has one root where f' is
monotone and changes its sign, and is cut otherwise. Bounds are those of Taylor's theorem about
the middle. What is left over when boxes are tiny is told as it is.
Source: R. E. Moore, R. B. Kearfott, M. J. Cloud, Introduction to Interval Analysis (2009),
chapter 8; E. Hansen, G. W. Walster, Global Optimization Using Interval Analysis (2004).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from flint import arb

from autodiffcli.constants import Constant, Interval
from autodiffcli.interpreters.balls import BITS, MAX_BITS, Singular, Vague, exactly, precision
from autodiffcli.program import Program
from autodiffcli.stationarity.curve import (
    PLAIN,
    TERMS,
    Box,
    Branch,
    Curve,
    Root,
    candidate,
    dyadic,
    is_nothing,
)
from autodiffcli.stationarity.frame import Flat, Frame, joined, merged
from autodiffcli.stationarity.landmarks import Landmark, Landscape
from autodiffcli.stationarity.places import Places

LONG = 32  # terms of the series where many derivatives vanish
TINY = 70  # bits by which a box is smaller than the whole, or than its place, that is not cut
SHIFT = Fraction(487, 1024)  # where boxes are cut: seldom at a root
DEEP = 6  # cuts before a root of several derivatives is looked for, and again after as many
CONSTANT_BITS = 2048
MOST_BITS = 8192  # of balls, where the slope at the middle of a box cannot be told from 0


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


class Search:
    """The state of one search."""

    def __init__(self, curve: Curve, frame: Frame, limit: int) -> None:
        self.curve = curve
        self.frame = frame
        self.whole = frame.wider()
        self.limit = limit
        self.land = Landscape()
        self.flats: list[Flat] = []
        self.seen: set[tuple[Box, str]] = set()
        self.rough: list[Box] = []
        self.order = count()
        self.heap: list[tuple[Fraction, int, Task]] = []
        self.places = Places(curve, frame)

    def run(self) -> Landscape:
        """Look at everything, the widest boxes first."""
        with precision(4 * BITS, 1):
            return self._run()

    def _run(self) -> Landscape:
        self._push(Task(self.whole))
        while self.heap and self.land.boxes < self.limit:
            self.land.boxes += 1
            task = heappop(self.heap)[2]
            try:
                self._look(task)
            except Singular as error:
                if error.status == "outside":
                    self.land.outside.append({self.curve.variable: task.box})
                else:
                    self._rough(task)
            except Vague:
                self._rough(task)
        self.land.unsearched = self._merged([task.box for _, _, task in self.heap])
        outside = [self._snapped(one[self.curve.variable]) for one in self.land.outside]
        self.land.outside = self._merged(outside)
        self._finish()
        return self.land

    def _snapped(self, box: Box) -> Box:
        """A box without values up to the place where the values begin, where that is simple."""
        ends = list(box)
        for rough in self.rough:
            centre = candidate(rough)
            for n, other in enumerate(reversed(rough)):
                if centre is not None and ends[n] == other:
                    ends[n] = centre
        return ends[0], ends[1]

    def _merged(self, boxes: list[Box]) -> list[Mapping[str, Box]]:
        inside = [self.frame.clipped(box) for box in merged(boxes)]
        return [{self.curve.variable: box} for box in inside if box is not None]

    def _push(self, task: Task) -> None:
        low, high = task.box
        heappush(self.heap, (low - high, next(self.order), task))

    def _cut(self, task: Task) -> None:
        low, high = task.box
        middle = dyadic(low + (high - low) * SHIFT, high - low)
        for box in ((low, middle), (middle, high)):
            self._push(Task(box, task.depth + 1, task.branch, task.bits))

    def _is_tiny(self, box: Box) -> bool:
        low, high = box
        scale = max(abs(low), abs(high), (self.whole[1] - self.whole[0]) / 2**10)
        return bool((high - low) * 2**TINY < scale)

    # -- a box over which the function is smooth

    def _look(self, task: Task) -> None:
        curve, box, branch = self.curve, task.box, task.branch
        over = curve.inside(box, TERMS, branch, task.bits)
        if not over[1].contains(0):
            return
        if all(c.is_zero() for c in over[1:]):
            self._flat(box, True)
            return
        if box[0] == box[1]:
            raise Vague
        middle = dyadic((box[0] + box[1]) / 2, box[1] - box[0])
        there = curve.at(middle, TERMS, branch, task.bits)
        with precision(task.bits, 1):
            reach = exactly(max(middle - box[0], box[1] - middle))
            slope, second = (bounded(over, there, reach, n) for n in (1, 2))
        if not slope.contains(0):
            return
        if not second.contains(0):
            self._monotone(task)
        elif there[1].contains(0) and self._is_constant(box, branch):
            self._flat(box, False)
        elif there[1].contains(0) and not there[1].is_zero() and task.bits < MOST_BITS:
            self._push(task._replace(bits=4 * task.bits))
        elif (task.depth % DEEP == 0 or self._is_tiny(box)) and self._several(task):
            return
        elif self._is_tiny(box):
            self.rough.append(box)
        else:
            self._cut(task)

    def _monotone(self, task: Task) -> None:
        """f' grows or falls over the box: its signs at the ends tell the rest."""
        low, high = task.box
        signs = self._sign(low, task.branch), self._sign(high, task.branch)
        for end, sign in zip(task.box, signs, strict=True):
            if sign == 0:
                exact = Root(exactly(end), lambda x, bits: (x, x), end)
                self._simple(exact, task.branch)
                return
        if None in signs:
            if self._is_tiny(task.box):
                self.rough.append(task.box)
            else:
                self._cut(task)
        elif signs[0] != signs[1]:
            self._simple(self.curve.root(task.box, 1, task.branch), task.branch)

    def _sign(self, x: Fraction, branch: Branch) -> int | None:
        """The sign of f' at a point; None where it cannot be told."""
        bits = BITS
        while bits <= MAX_BITS:
            slope = self.curve.at(x, 2, branch, bits)[1]
            if not slope.contains(0):
                return 1 if slope > 0 else -1
            if slope.is_zero():
                return 0
            bits *= 2
        known = self.curve.fractions(x, 1) if not branch.held else None
        return 0 if known is not None and not known[1] else None

    def _simple(self, root: Root, branch: Branch) -> None:
        """A root of f' where f'' is none."""
        bits = BITS
        while True:
            with precision(2 * bits, 1):
                ball = root.ball if bits == BITS else root.within(bits)
                second = 2 * self.curve.over(ball, 3, branch, 2 * bits)[2]
            if second.rel_accuracy_bits() >= 60 or bits >= MAX_BITS:
                break
            bits *= 2
        kind = "minimum" if second > 0 else "maximum"
        self._add(root, branch, kind, kind, float(second.mid()), True)

    def _add(
        self,
        root: Root,
        branch: Branch,
        kind: str,
        extremum: str,
        second: float,
        proven: bool,
        reason: str = "",
    ) -> None:
        name = self.curve.variable
        where = self.frame.where(root)
        if where == "outside" or (root.bounds(), kind) in self.seen:
            return
        self.seen.add((root.bounds(), kind))
        if root.exact is not None and root.exact == branch.centre:
            if self.places.misplaced(branch) is not None:
                return
            reason = self.places.removed(root.exact)
        value = self.curve.value(root, branch)
        self.land.found.append(
            Landmark(
                {name: root.bounds()},
                {name: root.nearest()},
                kind,
                extremum,
                value,
                (second,),
                None,
                proven,
                reason,
                where == "end",
            )
        )

    def _flat(self, box: Box, proven: bool) -> None:
        self.flats.append(Flat(box, self.places.constant(box), proven))

    # -- where several derivatives vanish

    def _is_constant(self, box: Box, branch: Branch) -> bool:
        """Whether all derivatives somewhere in a box are 0 for all that 300 digits tell."""
        somewhere = dyadic(box[0] + (box[1] - box[0]) * SHIFT, box[1] - box[0])
        found = self.curve.at(somewhere, TERMS, branch, MOST_BITS)
        return all(is_nothing(c) for c in found[1:])

    def _several(self, task: Task) -> bool:
        """Whether f' has one multiple root in the box, or none; it is noted.

        Where f^(k) has no root, f^(k-1) has one, c, at most; if f', ..., f^(k-1) are 0 there, f'
        has a root of order k - 1 there and no other.
        """
        curve, box, branch = self.curve, task.box, task.branch
        over = curve.inside(box, LONG, branch)
        k = next((n for n in range(3, LONG - 1) if not over[n].contains(0)), None)
        if k is None:
            return False
        low, high = (curve.at(end, k, branch)[k - 1] for end in box)
        if low.contains(0) or high.contains(0):
            return False
        if bool(low > 0) == bool(high > 0):
            return False
        root = curve.root(box, k - 1, branch)
        exact = self._vanish(root, k, branch)
        if exact is None:
            return self._is_apart(root, k, over[k], branch)
        up = bool(over[k] > 0)
        kind = "inflection" if k % 2 else "minimum" if up else "maximum"
        extremum = "" if k % 2 else kind
        reason = f"the first derivative that is not 0 is of order {k}"
        if not exact:
            reason += "; that the lower ones are 0 is known to 300 digits"
        self._add(root, branch, kind, extremum, 0.0, exact, reason)
        return True

    def _vanish(self, root: Root, k: int, branch: Branch) -> bool | None:
        """Whether f', ..., f^(k-1) are proven to be 0 at a point; None where one is not 0."""
        if root.exact is not None:
            known = self.curve.fractions(root.exact, k) if not branch.held else None
            if known is not None:
                return True if not any(known[1:k]) else None
            found = self.curve.at(root.exact, k, branch)
            if all(c.is_zero() for c in found[1:]):
                return True
        found = self.curve.over(root.ball, k, branch)
        if not all(c.contains(0) for c in found[1:]):
            return None
        ball = root.within(CONSTANT_BITS)
        found = self.curve.over(ball, k, branch, 2 * CONSTANT_BITS)
        return False if all(is_nothing(c) for c in found[1:]) else None

    def _is_apart(self, root: Root, k: int, last: arb, branch: Branch) -> bool:
        """Whether f' has no root: its one extremum, at the root of f'', has the sign of f'''."""
        slope = self.curve.over(root.ball, 2, branch)[1]
        same: bool = bool(slope > 0 and last > 0) or bool(slope < 0 and last < 0)
        return k == 3 and same

    # -- a box over which it is not

    def _rough(self, task: Task) -> None:
        """Find out why the function is not smooth over a box, or cut it."""
        if task.branch is PLAIN and task.depth:
            centre = candidate(task.box)
            if centre is not None:
                branch = self.places.removable(centre)
                if branch is not None:
                    odd = self.places.misplaced(branch)
                    if odd is not None and odd not in self.land.found:
                        self.land.found.append(odd)
                    self._push(replace_branch(task, branch))
                    return
        done = self.places.crossing(task.box)
        if done is not None:
            self.land.found += done.found
            for box in done.flat:
                self._flat(box, True)
        elif self._is_tiny(task.box):
            self.rough.append(task.box)
        else:
            self._cut(task)

    def _finish(self) -> None:
        """What is known in the end of the boxes that were left over."""
        for box in merged(self.rough):
            self.land.found += self.places.told(box)
        name = self.curve.variable
        for flat in joined(self.flats):
            part = self.frame.clipped(flat.box)
            if part is None:
                continue
            reason = "" if flat.proven else "that it is constant is known to 300 digits"
            self.land.found.append(
                Landmark(
                    {name: part},
                    {},
                    "constant",
                    "",
                    flat.value,
                    (0.0,),
                    None,
                    flat.proven,
                    reason,
                )
            )
        self.land.found.sort(key=lambda one: one.box[name])


def replace_branch(task: Task, branch: Branch) -> Task:
    """The same box with another branch."""
    return task._replace(branch=branch)


def bounded(over: list[arb], there: list[arb], reach: arb, n: int) -> arb:
    """f^(n) over a box by Taylor's theorem about its middle, and by the box itself.

    over, there  coefficients over the box and at its middle
    reach        from the middle to the farther end
    """
    last = len(over) - 1
    step = arb(0, reach.upper())
    total, power = arb(0), arb(1)
    for k in range(n, last + 1):
        factor = 1
        for j in range(n):
            factor *= k - j
        total += factor * (there[k] if k < last else over[k]) * power
        power *= step
    own = over[n] * (1 if n == 1 else 2)
    return total.intersection(own) if total.overlaps(own) else total


def stationary_points(
    program: Program,
    variable: str,
    interval: Interval,
    fixed: Mapping[str, Constant],
    limit: int,
) -> Landscape:
    """Everything of note between two numbers.

    limit   the most boxes looked at
    raises  Misfit where the expression is no number
    """
    with precision(4 * BITS, 1):
        frame = Frame(interval)
        return Search(Curve(program, variable, fixed), frame, limit).run()
