"""Where a function of one variable has switches that turn: kinks, jumps, |x|^3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import isfinite

from autodiffcli.boxes import around
from autodiffcli.interpreters.balls import BITS, Singular, Vague, exactly, precision
from autodiffcli.interpreters.held import Key, Undecided
from autodiffcli.stationarity.curve import TERMS, Branch, Curve, bounded
from autodiffcli.stationarity.frame import Frame
from autodiffcli.stationarity.holes import differ
from autodiffcli.stationarity.landmarks import STATIONARY, Landmark
from autodiffcli.stationarity.roots import Root, is_nothing
from autodiffcli.stationarity.simplest import Box, candidate, dyadic

MOST = 4  # switches that turn in one box
LONG = 32  # terms of the series where many derivatives vanish
FAR = 2_000  # bits to which a place is known before 300 digits of something there are compared


@dataclass(slots=True)
class Turn:
    """What is where a switch turns: points of note, and boxes where the function is constant."""

    found: list[Landmark] = field(default_factory=list)
    flat: list[Box] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Lead:
    """How a branch sets out from a point: f - f(c) ~ coefficient (x - c)^order.

    order  0 where it is constant
    exact  whether the derivatives below are proven to be 0
    """

    order: int
    coefficient: float
    exact: bool


class Switches:
    """What can be told about boxes over which switches of a curve turn."""

    def __init__(self, curve: Curve, frame: Frame) -> None:
        self.curve = curve
        self.frame = frame

    def settled(self, box: Box, branch: Branch) -> Branch | None:
        """The branch with the sides that Taylor's theorem tells; None where it tells none.

        It does so near a point that a switch touches and does not cross.
        """
        held = dict(branch.held)
        try:
            while True:
                now = replace(branch, held=held)
                try:
                    self.curve.inside(box, TERMS, now)
                except Undecided as met:
                    side = self._side(box, met.key, now)
                    if not side:
                        return None
                    held[met.key] = side
                    continue
                return now if len(held) > len(branch.held) else None
        except (Singular, Vague):
            return None

    def _side(self, box: Box, key: Key, branch: Branch) -> int:
        """The side of a switch over a box, 0 where it is not told. Raises Singular, Vague."""
        middle = dyadic((box[0] + box[1]) / 2, box[1] - box[0])
        with precision(BITS, 1):
            over = self.curve.distance(around(*box), key, branch, terms=TERMS)
            there = self.curve.distance(exactly(middle), key, branch, terms=TERMS)
            reach = exactly(max(middle - box[0], box[1] - middle))
            found = bounded(over, there, reach, 0)
        return int(found > 0) - int(found < 0)

    def crossing(self, box: Box) -> Turn | None:
        """What is in a box where switches turn, once; None where that is not seen."""
        try:
            keys = self._open(box)
            root = self._turn(box, keys) if keys else None
            if root is None:
                return None
            sides = [self._held(end, keys) for end in box]
            branches = [Branch(held) for held in sides]
            leads = [self._lead(box, root, branch) for branch in branches]
            if None in leads:
                return None
            return self._seen(box, root, branches, [lead for lead in leads if lead])
        except (Singular, Vague, ValueError):
            return None

    def _open(self, box: Box) -> list[Key]:
        """The switches that turn in a box, on any branch of it. Raises Singular, Vague."""
        waiting: list[dict[Key, int]] = [{}]
        found: dict[Key, None] = {}
        while waiting:
            held = waiting.pop()
            try:
                self.curve.inside(box, TERMS, Branch(held))
            except Undecided as met:
                found[met.key] = None
                if len(found) > MOST:
                    raise Vague from None
                waiting += [{**held, met.key: side} for side in (1, -1)]
        return list(found)

    def _held(self, end: Fraction, keys: list[Key]) -> dict[Key, int]:
        sides = self.curve.sides(end)
        return {key: sides[key] for key in keys if key in sides}

    def _turn(self, box: Box, keys: list[Key]) -> Root | None:
        """The one point where all switches turn. Raises Singular, Vague."""
        held = self._held(box[0], keys)
        roots = [self._turn_of(box, key, held) for key in keys]
        if any(root is None for root in roots):
            return None
        known = [root for root in roots if root is not None]
        exact = {root.exact for root in known}
        return known[0] if len(known) == 1 or (len(exact) == 1 and None not in exact) else None

    def _turn_of(self, box: Box, key: Key, held: Mapping[Key, int]) -> Root | None:
        others = Branch({k: side for k, side in held.items() if k != key})
        with precision(BITS, 1):
            low, high = (self.curve.distance(exactly(end), key, others)[0] for end in box)
            wide = exactly(box[0]).union(exactly(box[1]))
            slope = self.curve.distance(wide, key, others)[1]
        if slope.contains(0):
            return self._touch_of(box, key, others)
        if not (low < 0 < high or high < 0 < low):
            return None
        return self.curve.crossing(box, key, others)

    def _touch_of(self, box: Box, key: Key, branch: Branch) -> Root | None:
        """The one multiple root of a distance, where it is a simple fraction."""
        centre = candidate(box)
        if centre is None:
            return None
        with precision(BITS, 1):
            over = self.curve.distance(around(*box), key, branch, terms=LONG)
            order = next((k for k, c in enumerate(over) if not c.contains(0)), 0)
            there = self.curve.distance(exactly(centre), key, branch, terms=LONG)[:order]
        if not order or not all(c.is_zero() for c in there):
            return None
        return Root(exactly(centre), lambda x, bits: (x, x), centre)

    def _lead(self, box: Box, root: Root, branch: Branch) -> Lead | None:
        """How a branch sets out; None where it may have other stationary points in the box."""
        for terms in (TERMS, LONG):
            over = self.curve.inside(box, terms, branch)
            if all(c.is_zero() for c in over[1:]):
                return Lead(0, 0.0, True)
            order = next((n for n in range(1, terms) if not over[n].contains(0)), 0)
            if not order:
                continue
            exact = True if order == 1 else self._vanish(root, order, branch)
            if exact is None:
                return None
            there = self.curve.over(root.ball, order + 1, branch)[order]
            return Lead(order, float(there.mid()), exact)
        return None

    def _vanish(self, root: Root, order: int, branch: Branch) -> bool | None:
        """Whether the derivatives of lower orders are proven to be 0; None where one is not."""
        found = self.curve.over(root.ball, order, branch)[1:]
        if all(c.is_zero() for c in found):
            return True
        if not all(c.contains(0) for c in found):
            return None
        far = self.curve.over(root.within(FAR), order, branch, 2 * FAR)[1:]
        return False if all(is_nothing(c) for c in far) else None

    def _seen(self, box: Box, root: Root, branches: list[Branch], leads: list[Lead]) -> Turn:
        turn = Turn()
        low, high = root.bounds()
        ends: tuple[Box, Box] = ((box[0], low), (high, box[1]))
        turn.flat = [end for lead, end in zip(leads, ends, strict=True) if not lead.order]
        where = self.frame.where(root)
        seen = self._point(root, branches, leads) if where != "outside" else None
        if seen is not None and (where == "inside" or seen.kind in STATIONARY):
            turn.found = [replace(seen, at_end=where == "end")]
        return turn

    def _point(self, root: Root, branches: list[Branch], leads: list[Lead]) -> Landmark | None:
        """What is at the point where a switch turns; None where nothing is of note."""
        name, (left, right) = self.curve.variable, leads
        seen = Landmark({name: root.bounds()}, {name: root.nearest()}, "jump")
        if not self._same(root, branches, 0):
            value = self._value(root)
            sides = (self._limit(root, branch) for branch in branches)
            text = "the limits are {:.6g} and {:.6g}".format(*sides)
            return replace(seen, value=value, reason=text)
        value = self.curve.value(root, branches[1])
        own = self._value(root)
        if own is not None and value is not None and differ(own, value):
            return replace(seen, value=own, reason=f"the limit is {value:.6g}")
        ways = (left.coefficient * (-1) ** left.order, right.coefficient)
        extremum = "minimum" if min(ways) > 0 else "maximum" if max(ways) < 0 else ""
        slopes = tuple(lead.coefficient if lead.order == 1 else 0.0 for lead in leads)
        exact = left.exact and right.exact
        if not any(slopes):
            if not (left.order and right.order):
                return None  # the end of an interval where it is constant
            kind = extremum or "inflection"
            second = self._second(root, branches)
            reason = "" if exact else "that the slope is 0 is known to 300 digits"
            return replace(
                seen, kind=kind, extremum=extremum, value=value, second=second, proven=exact,
                reason=reason,
            )  # fmt: skip
        if self._same(root, branches, 1):
            return None
        return replace(
            seen, kind="kink", extremum=extremum, value=value, sides=(slopes[0], slopes[1]),
            proven=exact,
        )  # fmt: skip

    def _second(self, root: Root, branches: list[Branch]) -> tuple[float, ...]:
        """The second derivative, where it is the same on both sides."""
        if not self._same(root, branches, 2):
            return ()
        second = 2 * self.curve.over(root.ball, 3, branches[0])[2]
        return (0.0 if second.contains(0) else float(second.mid()),)

    def _same(self, root: Root, branches: list[Branch], n: int) -> bool:
        """Whether two branches have one n-th derivative at a point, to 300 digits at least."""
        for far in (False, True):
            ball, bits = (root.within(FAR), 2 * FAR) if far else (root.ball, 2 * BITS)
            with precision(bits, 1):
                left, right = (self.curve.over(ball, n + 1, b, bits)[n] for b in branches)
                gap = left - right
            if not gap.contains(0):
                return False
            if gap.is_zero():
                return True
        return is_nothing(gap)

    def _limit(self, root: Root, branch: Branch) -> float:
        return float(self.curve.over(root.ball, 1, branch)[0].mid()) + 0.0

    def _value(self, root: Root) -> float | None:
        """The value at the point itself."""
        if root.exact is None:
            return None
        value = self.curve.verdicts(root.exact)[0].value
        return value if isfinite(value) else None
