"""What is said of tiny boxes that were neither left aside nor proven to hold a point."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import isfinite

from autodiffcli.certified import HALF_ULP
from autodiffcli.interpreters.balls import Singular, Vague
from autodiffcli.stationarity.curve import Curve
from autodiffcli.stationarity.frame import Frame
from autodiffcli.stationarity.landmarks import Landmark
from autodiffcli.stationarity.simplest import Box, candidate
from autodiffcli.verdict import Verdict

UNKNOWN = "nothing is proven in the box"
GROWS = "the values grow beyond all bounds, as far as can be seen"
GROWTH = 1_000  # times by which a value grows towards a pole, at least


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
            seen = self._by_verdict(box, centre, float(centre), self.curve.verdicts(centre))
            if seen is not None:
                return [seen]
        middle = Fraction(float((box[0] + box[1]) / 2))
        point = {name: float(middle)}
        near = self.curve.verdicts(middle, HALF_ULP["float64"])
        if near[1].status in ("kink", "jump"):
            seen = self._by_verdict(box, middle, float(middle), near)
            return [seen] if seen is not None else []
        value = near[0].value if isfinite(near[0].value) else None
        seen = Landmark({name: box}, point, "undecided", "", value, proven=False, reason=UNKNOWN)
        if self._grows(box):
            return [replace(seen, kind="pole", value=None, reason=GROWS)]
        extremum = self._between(box)
        if extremum:
            reason = f"there is one {extremum} at least in the box"
            return [replace(seen, kind=extremum, extremum=extremum, reason=reason)]
        return [seen]

    def _by_verdict(
        self, box: Box, x: Fraction, point: float, verdicts: tuple[Verdict, Verdict]
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
            {name: box}, {name: point}, _KINDS[status], "", known, proven=False,
            reason=slope.reason or value.reason,
        )  # fmt: skip
        if sides[0] is not None and sides[1] is not None and status in ("kink", "infinite"):
            extremum = _turned(sides[0], sides[1])
            return replace(seen, kind="kink", extremum=extremum, sides=(sides[0], sides[1]))
        if status == "removable" and not slope.value:
            extremum = self._between(box)
            return replace(seen, kind=extremum or "undecided", extremum=extremum)
        return seen

    def _between(self, box: Box) -> str:
        """Whether f' changes its sign over a box, and how."""
        try:
            low, high = (self.curve.at(end, 2)[1] for end in box)
        except (Singular, Vague):
            return ""
        if low < 0 < high:
            return "minimum"
        return "maximum" if low > 0 > high else ""

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
