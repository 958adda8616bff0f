"""Newton's way downhill: the Hessian made definite, a line search, and a look for kinks.

Source: J. Nocedal, S. J. Wright, Numerical Optimization (2006), chapters 3 and 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from flint import arb

from autodiffcli.interpreters.balls import precision
from autodiffcli.minimization.arrivals import BITS, ROUGH
from autodiffcli.minimization.curvature import direction
from autodiffcli.minimization.minimizers import STUCK, Stop
from autodiffcli.minimization.objective import Local, Nowhere, Objective, is_finite
from autodiffcli.rootfinding.strides import moved, multiplicity

ARMIJO = 1e-4  # of the decrease that the slope promises, which a step must bring
HALVINGS = 60
DOUBLINGS = 60  # of a step along which the Hessian is not positive definite
STEEP = 0.9  # of the slope at the beginning of a step
SUSPECT = 12  # damped steps in a row, after which a kink is looked for
BISECTIONS = 200  # of a step, to find what stops it
JUMP = 0.1  # of the slope, by which it jumps at a kink


class Newton:
    """Newton's method with the Hessian, made definite where it is not, and a line search."""

    curved = True
    strides = False
    tolerance = 1e-60  # its numbers are right to the last bit, and its steps may be halves

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self.full: list[list[arb]] = []
        self.times = 1
        self.damped = 0

    def following(self, here: Local) -> tuple[Sequence[float], str]:
        """The next point. Raises Stop at the end."""
        if here.hessian is None:
            raise Nowhere("kink", "there is no second derivative", here.value)
        with precision(BITS, 2):
            step, definite = direction(here.hessian, here.gradient)
            if definite and moved(here.point, step, self.times) == here.point:
                raise Stop(STUCK, "the Newton step no longer moves the doubles")
            self.full = [*self.full[-2:], step] if definite else []
            found = self._longer(here, step) or self._searched(here, step, definite)
        if found is None:
            if self._is_rough(here, step):
                raise Stop(STUCK, "f changes by no more than its rounding along the Newton step")
            with precision(BITS, 2):
                self._refuse_kink(here, step)
            raise Stop(STUCK, "no step along the Newton direction is better")
        self.damped = self.damped + 1 if "damped" in found[1] else 0
        if self.damped == SUSPECT:
            with precision(BITS, 2):
                self._refuse_kink(here, step)
        return found

    def _longer(self, here: Local, step: list[arb]) -> tuple[tuple[float, ...], str] | None:
        """A step as many times longer as steps shrink too slowly, to a flat minimum."""
        if self.times == 1:
            self.times = multiplicity(self.full)
        if self.times == 1:
            return None
        there = self._try(moved(here.point, step, self.times))
        once = self._try(moved(here.point, step, 1))
        if there is None or (once is not None and not there.value <= once.value):
            self.times, self.full = 1, []
            return None
        return there.point, f"newton x{self.times}"

    def _searched(
        self, here: Local, step: list[arb], definite: bool
    ) -> tuple[tuple[float, ...], str] | None:
        """The longest of the step and its halves that brings what it promises."""
        promise = along(here.gradient, step)
        for halving in range(HALVINGS):
            part = 2.0**-halving
            point = moved(here.point, step, part)
            if point == here.point:
                return None
            there = self._try(point, here)
            if there is None:
                continue
            enough = there.value <= here.value - ARMIJO * part * promise
            if not enough and halving == 0 and definite:
                enough = self._is_nearer(here, there, promise)
            if enough and not definite and not halving:
                return self._farther(here, step, there), "modified"
            if enough:
                kind = "newton" if definite else "modified"
                return point, f"{kind}, damped" if halving else kind
        return None

    def _is_nearer(self, here: Local, there: Local, promise: arb) -> bool:
        """Where values no longer tell: whether the gradient is smaller."""
        change = abs(there.value - here.value)
        if not change.mid() <= ROUGH * abs(here.value.mid()):
            return False
        assert here.hessian is not None
        step, _ = direction(here.hessian, there.gradient)
        left = along(there.gradient, step)
        return bool(left.mid() < promise.mid() / 4)

    def _is_rough(self, here: Local, step: list[arb]) -> bool:
        """Whether the step promises no more than rounding."""
        promise = along(here.gradient, step)
        return bool(promise.mid() <= ROUGH * abs(here.value.mid()))

    def _refuse_kink(self, here: Local, step: list[arb]) -> None:
        """Raise Nowhere where the slope along a step jumps from down to up."""
        low, high, there = 0.0, 1.0, here
        before = along(here.gradient, step)
        after: arb | None = None
        for _ in range(BISECTIONS):
            part = (low + high) / 2
            point = moved(here.point, step, part)
            found = self._try(point, there)
            slope = None if found is None else along(found.gradient, step)
            if found is None or slope is None or not slope > 0:
                high, after = part, slope
            elif point == there.point:
                break
            else:
                low, there, before = part, found, slope
        if after is not None and before - after > JUMP * abs(before):
            jump = Nowhere("kink", "the slope changes its sign in a jump", there.value)
            jump.point = there.point
            raise jump

    def _farther(self, here: Local, step: list[arb], there: Local) -> tuple[float, ...]:
        """Along the step for as long as it leads down as steeply as at its beginning."""
        first = along(here.gradient, step)
        for doubling in range(1, DOUBLINGS):
            if not along(there.gradient, step) >= STEEP * first:
                break
            beyond = self._try(moved(here.point, step, 2.0**doubling))
            if beyond is None or not beyond.value < there.value or not is_finite(beyond):
                break
            there = beyond
        return there.point

    def _try(self, point: tuple[float, ...], here: Local | None = None) -> Local | None:
        """The objective at a point; None where it has no value or no derivative.

        here  raises Nowhere where there is no derivative at a point that lies lower than this
        """
        if not all(map(isfinite, point)):
            return None
        try:
            return self.objective.at(point)
        except Nowhere as nowhere:
            nowhere.point = point
            if here is not None and nowhere.value is not None and nowhere.value < here.value:
                raise
            return None


def along(gradient: Sequence[arb], step: Sequence[arb]) -> arb:
    """By how much the value falls per unit of a step that is subtracted."""
    return sum((g * s for g, s in zip(gradient, step, strict=True)), arb(0)).mid()
