"""Points where something is 0/0: the function is divided out around them."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite

from autodiffcli.interpreters.balls import Singular, Vague, exactly
from autodiffcli.stationarity.curve import Branch, Curve
from autodiffcli.stationarity.frame import Frame
from autodiffcli.stationarity.landmarks import Landmark
from autodiffcli.stationarity.roots import Root


class Holes:
    """What can be told about points where something is 0/0."""

    def __init__(self, curve: Curve, frame: Frame) -> None:
        self.curve = curve
        self.frame = frame
        self.known: dict[Fraction, Branch | None] = {}

    def removable(self, centre: Fraction) -> Branch | None:
        """How to divide around a point where something is 0/0; None where nothing is."""
        if centre not in self.known:
            try:
                shifts = self.curve.shifts(centre)
            except (Singular, Vague):
                shifts = {}
            some = any(shifts.values())
            self.known[centre] = Branch({}, centre, shifts) if some else None
        return self.known[centre]

    def removed(self, centre: Fraction) -> str:
        """What is said of a point without a value but with a limit; "" where it has one."""
        return "removable" if self.curve.verdicts(centre)[0].status == "removable" else ""

    def misplaced(self, branch: Branch) -> Landmark | None:
        """The value at a 0/0, where one is given that is not the limit."""
        assert branch.centre is not None
        root = Root(exactly(branch.centre), lambda x, bits: (x, x), branch.centre)
        own, limit = self.curve.verdicts(branch.centre)[0], self.curve.value(root, branch)
        if self.frame.where(root) != "inside" or own.status == "removable" or limit is None:
            return None
        if not isfinite(own.value) or not differ(own.value, limit):
            return None
        name, x = self.curve.variable, branch.centre
        reason = f"the limit is {limit:.6g}"
        return Landmark({name: (x, x)}, {name: float(x)}, "jump", value=own.value, reason=reason)


def differ(a: float, b: float) -> bool:
    """Whether two numbers are not the same but for rounding."""
    return abs(a - b) > 1e-12 * max(abs(a), abs(b))
