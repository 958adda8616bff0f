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

from autodiffcli.interpreters.balls import BITS, MAX_BITS, Singular, Vague, exactly, precision
from autodiffcli.program import Program
from autodiffcli.stationarity.curve import PLAIN, TERMS, Branch, Curve, bounded
from autodiffcli.stationarity.frame import Flat, Frame, joined, merged
from autodiffcli.stationarity.holes import Holes
from autodiffcli.stationarity.landmarks import Landmark, Landscape
from autodiffcli.stationarity.multiple import MOST_BITS, Stationary, is_constant, several
from autodiffcli.stationarity.remains import Remains
from autodiffcli.stationarity.roots import Root
from autodiffcli.stationarity.simplest import Box, candidate, dyadic
from autodiffcli.stationarity.switches import Switches
from autodiffcli.stationarity.waiting import Task, Waiting
from autodiffcli.typed import Constant, Interval

TINY = 70  # bits by which a box is smaller than the whole, or than its place, that is not cut
NEAR = 1_000  # of their widths, by how much tiny boxes may be apart to be told as one
DEEP = 6  # cuts before a root of several derivatives is looked for, and again after as many


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
        self.waiting = Waiting()
        self.holes = Holes(curve, frame)
        self.switches = Switches(curve, frame)
        self.remains = Remains(curve, frame)

    def run(self) -> Landscape:
        """Look at everything: the widest boxes first, then from the lowest one on.

        So a search that ends early has found something, and has a part behind it.
        """
        with precision(4 * BITS, 1):
            return self._run()

    def _run(self) -> Landscape:
        self.waiting.push(Task(self.whole))
        while self.waiting and self.land.boxes < self.limit:
            if self.land.boxes == self.limit // 2:
                self.waiting.go_in_order()
            self.land.boxes += 1
            task = self.waiting.pop()
            try:
                self._look(task)
            except Singular as error:
                if error.status == "outside":
                    self.land.outside.append({self.curve.variable: task.box})
                else:
                    self._rough(task)
            except Vague:
                self._rough(task)
        self.land.unsearched = self._merged(self.waiting.boxes())
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
        elif there[1].contains(0) and is_constant(curve, box, branch):
            self._flat(box, False)
        elif there[1].contains(0) and not there[1].is_zero() and task.bits < MOST_BITS:
            self.waiting.push(task._replace(bits=4 * task.bits))
        elif (task.depth % DEEP == 0 or self._is_tiny(box)) and self._several(task):
            pass
        elif self._is_tiny(box):
            self.rough.append(box)
        else:
            self.waiting.cut(task)

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
                self.waiting.cut(task)
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
        self._add(Stationary(root, kind, kind, float(second.mid())), branch)

    def _several(self, task: Task) -> bool:
        """Whether f' has one multiple root in the box, or none; it is noted."""
        found = several(self.curve, task.box, task.branch)
        for one in found or ():
            self._add(one, task.branch)
        return found is not None

    def _add(self, one: Stationary, branch: Branch) -> None:
        """Note a stationary point, once, unless it is outside."""
        name, root, reason = self.curve.variable, one.root, one.reason
        where = self.frame.where(root)
        if where == "outside" or (root.bounds(), one.kind) in self.seen:
            return
        self.seen.add((root.bounds(), one.kind))
        if root.exact is not None and root.exact == branch.centre:
            if self.holes.misplaced(branch) is not None:
                return
            reason = self.holes.removed(root.exact)
        self.land.found.append(
            Landmark(
                {name: root.bounds()},
                {name: root.nearest()},
                one.kind,
                one.extremum,
                self.curve.value(root, branch),
                (one.second,),
                None,
                one.proven,
                reason,
                where == "end",
            )
        )

    def _flat(self, box: Box, proven: bool) -> None:
        self.flats.append(Flat(box, self.curve.constant(box), proven))

    # -- a box over which it is not

    def _rough(self, task: Task) -> None:
        """Find out why the function is not smooth over a box, or cut it."""
        if task.branch is PLAIN and task.depth:
            centre = candidate(task.box)
            if centre is not None:
                branch = self.holes.removable(centre)
                if branch is not None:
                    odd = self.holes.misplaced(branch)
                    if odd is not None and odd not in self.land.found:
                        self.land.found.append(odd)
                    self.waiting.push(task._replace(branch=branch))
                    return
        branch = self.switches.settled(task.box, task.branch)
        if branch is not None:
            self.waiting.push(task._replace(branch=branch))
            return
        done = self.switches.crossing(task.box)
        if done is not None:
            self.land.found += done.found
            for box in done.flat:
                self._flat(box, True)
        elif self._is_tiny(task.box):
            self.rough.append(task.box)
        else:
            self.waiting.cut(task)

    def _finish(self) -> None:
        """What is known in the end of the boxes that were left over."""
        for box in merged(self.rough, NEAR):
            self.land.found += self.remains.told(box)
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
