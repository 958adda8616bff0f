"""What is said of tiny boxes that were neither left aside nor proven to hold a point."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import isfinite

from autodiffcli.certified import HALF_ULP
from autodiffcli.enclosures import exact_ends
from autodiffcli.interpreters.balls import Singular, Vague
from autodiffcli.stationarity.curve import Curve
from autodiffcli.stationarity.frame import Frame
from autodiffcli.stationarity.landmarks import Landmark
from autodiffcli.stationarity.simplest import Box, candidate, shortest
from autodiffcli.verdict import Verdict

UNKNOWN = "nothing is proven in the box"
GROWS = "the values grow beyond all bounds, as far as can be seen"
SPIKE = "the values on both sides are the same, that at the point itself is not known"
GROWTH = 1_000  # times by which a value grows towards a pole or jumps, at least
JUMP = 20  # bits by which that part is wider in which a value hardly varies beside a jump
FINE = 1_024  # bits of balls at the ends of a tiny box


class Remains:
    """Tells what is in the boxes of a curve that are left over."""

    def __init__(self, curve: Curve, frame: Frame) -> None:
        self.curve = curve
        self.frame = frame

    def told(self, box: Box) -> list[Landmark]:
        """What is said about a tiny box that was neither left aside nor proven to hold a point."""
        low, high = self.frame.ends
        if box[1] < low or box[0] > high:
            return []
        at_end = box[0] <= low or box[1] >= high
        seen = [replace(one, at_end=at_end) for one in self._told(box)]
        return [one for one in seen if not at_end or one.kind not in ("kink", "jump", "end")]

    def _told(self, box: Box) -> list[Landmark]:
        name = self.curve.variable
        centre = candidate(box)
        if centre is not None:
            verdicts = self.curve.verdicts(centre)
            seen = self._by_verdict(box, centre, verdicts) or self._by_slope(box, centre, verdicts)
            if seen is not None:
                return [seen]
        point = float(shortest(box))
        near = self.curve.verdicts(Fraction(point), HALF_ULP["float64"])
        value = self._value(box)
        if value is None and isfinite(near[0].value):
            value = near[0].value
        seen = Landmark(
            {name: box}, {name: point}, "undecided", "", value, proven=False, reason=UNKNOWN
        )
        gap = self._gap(box)
        if gap:
            return [replace(seen, kind="jump", value=None, reason=gap)]
        if "jump" in (near[0].status, near[1].status):
            return [replace(seen, value=None, reason=SPIKE)]
        if near[1].status == "kink":
            told = self._by_verdict(box, Fraction(point), near)
            return [told] if told is not None else []
        if self._grows(box):
            return [replace(seen, kind="pole", value=None, reason=GROWS)]
        extremum = self._between(box)
        if extremum:
            reason = f"there is one {extremum} at least in the box"
            return [replace(seen, kind=extremum, extremum=extremum, reason=reason)]
        return [seen]

    def _by_slope(
        self, box: Box, x: Fraction, verdicts: tuple[Verdict, Verdict]
    ) -> Landmark | None:
        """A simple number of a box, if the slope is 0 there; None where it is not."""
        value, slope = verdicts
        if not isfinite(value.value) or slope.value != 0:
            return None
        name, signs = self.curve.variable, self._signs(box)
        extremum = _turned(*signs)
        kind = extremum or ("inflection" if signs[0] * signs[1] > 0 else "undecided")
        return Landmark(
            {name: box}, {name: float(x)}, kind, extremum, value.value, proven=False,
            reason="the slope is 0 there; that it is nowhere else in the box is not proven",
        )  # fmt: skip

    def _value(self, box: Box) -> float | None:
        """The value of the fewest digits over a box; None where there are no bounds."""
        try:
            value = float(shortest(exact_ends(self.curve.inside(box, 1)[0])))
        except (Singular, Vague, OverflowError):
            return None
        return value

    def _by_verdict(
        self, box: Box, x: Fraction, verdicts: tuple[Verdict, Verdict]
    ) -> Landmark | None:
        """A place that the verdict explains; None where there is nothing the matter."""
        value, slope = verdicts
        status = value.status if value.status in _KINDS else slope.status
        if status not in _KINDS:
            return None
        if status == "removable" and (value.left is None or value.right is None):
            status = "endpoint"
        known = value.value if isfinite(value.value) else None
        name = self.curve.variable
        sides = slope.left, slope.right
        seen = Landmark(
            {name: box}, {name: float(x)}, _KINDS[status], "", known, proven=False,
            reason=slope.reason or value.reason,
        )  # fmt: skip
        if sides[0] is not None and sides[1] is not None and status in ("kink", "infinite"):
            extremum = _turned(sides[0], sides[1])
            return replace(seen, kind="kink", extremum=extremum, sides=(sides[0], sides[1]))
        if status == "removable" and not slope.value:
            extremum = self._between(box)
            return replace(seen, kind=extremum or "undecided", extremum=extremum)
        return seen

    def _gap(self, box: Box) -> str:
        """What is said where the values on either side differ by more than they vary there."""
        low, high = box
        far = (high - low) * 2**JUMP
        try:
            beyond, left, right, above = (
                float(self.curve.at(x, 1, bits=FINE)[0].mid())
                for x in (low - far, low, high, high + far)
            )
        except (Singular, Vague):
            return ""
        if not abs(right - left) > GROWTH * max(abs(left - beyond), abs(above - right)):
            return ""
        return f"the limits are {left:.6g} and {right:.6g}, as far as can be seen"

    def _between(self, box: Box) -> str:
        """Whether f' changes its sign over a box, and how."""
        return _turned(*self._signs(box))

    def _signs(self, box: Box) -> tuple[int, int]:
        """The signs of f' at the ends; 0 where they cannot be told."""
        found = []
        for end in box:
            try:
                slope = self.curve.at(end, 2, bits=FINE)[1]
            except (Singular, Vague):
                return 0, 0
            found.append(int(slope > 0) - int(slope < 0))
        return found[0], found[1]

    def _grows(self, box: Box) -> bool:
        """Whether the value grows without bounds towards a tiny box, as far as can be seen."""
        low, high = box
        far = (high - low) * 2**30
        for end, beyond in ((low, low - far), (high, high + far)):
            try:
                near, away = (abs(self.curve.at(x, 1)[0]) for x in (end, beyond))
            except (Singular, Vague):
                continue
            if near > GROWTH * (1 + away):
                return True
        return False


def _turned(left: float, right: float) -> str:
    if left < 0 < right:
        return "minimum"
    return "maximum" if left > 0 > right else ""


_KINDS = {
    "kink": "kink",
    "infinite": "end",
    "jump": "jump",
    "pole": "pole",
    "endpoint": "end",
    "outside": "end",
    "removable": "undecided",
    "undecided": "undecided",
    "overflow": "undecided",
}
