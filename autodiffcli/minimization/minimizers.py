"""Ways downhill, and the walk along one of them to an end with a name.

A way is asked for the next point again and again; the walk looks after what all of them share:
when it has arrived, when it runs away, where the ground ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import NamedTuple, Protocol

from flint import arb

from autodiffcli.minimization.arrivals import has_small_gradient, is_settled
from autodiffcli.minimization.objective import Local, Nowhere, Objective, is_finite
from autodiffcli.rootfinding.strides import RUNNING, named, run_away

LOWEST = 1e18  # times the size at the start, from which on a value is without bound
GROWN = 1e12  # likewise for one that grows
SELDOM = 4  # of the steps so far, after which to look again whether a way has arrived
FAR = 1e12  # times the size of the start, from which on a point has run away

CONVERGED, STOPPED, DIVERGED, UNBOUNDED = "converged", "stopped", "diverged", "unbounded below"
UNBOUNDED_ABOVE, FLAT = "unbounded above", "flat"
STUCK, OUTSIDE, KINK = "stuck", "left the domain", "no derivative"


class Stop(Exception):
    """That a way ends.

    status  how
    """

    def __init__(self, status: str, reason: str = "") -> None:
        super().__init__(reason)
        self.status = status


class Step(NamedTuple):
    """A point on the way.

    how  the kind of step that leads on from it; "" at the end
    """

    point: tuple[float, ...]
    value: float
    steepness: float
    how: str


class Way(Protocol):
    """A method."""

    @property
    def curved(self) -> bool:
        """Whether it needs the Hessian."""

    @property
    def strides(self) -> bool:
        """Whether it takes every step, wherever that leads."""

    @property
    def tolerance(self) -> float:
        """Of the gradient, relative to the drop of the value over the way so far."""

    def following(self, here: Local) -> tuple[Sequence[float], str]:
        """The next point, and the kind of step. Raises Stop, Nowhere."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk that has ended.

    last  the objective at its end; None where there is no value at the start
    """

    status: str
    reason: str
    steps: tuple[Step, ...]
    last: Local | None


def walk(
    objective: Objective,
    way: Way,
    most: int,
    tolerance: float | None = None,
    exact: bool = False,
) -> Walk:
    """Along a way from the start of an objective.

    tolerance  in place of that of the way
    exact      take `most` steps, whatever they lead to
    """
    steps: list[Step] = []
    here: Local | None = None
    point: Sequence[float] = objective.start.values
    try:
        here = objective.at(point, way.curved)
        arrived = _Arrival(objective, here, way, tolerance)
        while True:
            if len(steps) == most and exact:
                steps.append(_step(here, ""))
                return Walk(STOPPED, _count(steps), tuple(steps), here)
            if exact:
                _refuse_infinite(objective, here)
            else:
                _refuse_endless(objective, arrived.first, here)
                if arrived.at(here):
                    steps.append(_step(here, ""))
                    return Walk(CONVERGED, "", tuple(steps), here)
                _refuse_lost(objective, here, steps, way)
            if len(steps) == most:
                steps.append(_step(here, ""))
                return _used_up(steps, here)
            point, how = way.following(here)
            steps.append(_step(here, how))
            if not all(map(isfinite, point)):
                raise Stop(
                    DIVERGED, f"the steps lead beyond float64 from {_named(objective, here)}"
                )
            here = objective.at(point, way.curved)
    except Stop as stop:
        assert here is not None
        if not steps or steps[-1].point != here.point or steps[-1].how:
            steps.append(_step(here, ""))
        return Walk(stop.status, str(stop), tuple(steps), here)
    except Nowhere as nowhere:
        return _off_the_ground(objective, way, nowhere, point, steps, here, most if exact else 0)


class _Arrival:
    """When a way along an objective has arrived."""

    def __init__(
        self, objective: Objective, first: Local, way: Way, tolerance: float | None
    ) -> None:
        self.objective = objective
        self.first = first
        self.limit = way.tolerance if tolerance is None else tolerance
        self.fine = way.curved and tolerance is None
        self.asked = 0
        self.next = 0  # the question from which on the Hessian, which is dear, is looked at again

    def at(self, here: Local) -> bool:
        """Whether it has, at a point."""
        self.asked += 1
        if self.asked < self.next or not has_small_gradient(self.first, here, self.limit):
            return False
        if is_settled(self.objective, here, self.fine):
            return True
        self.next = self.asked + self.asked // SELDOM
        return False


def _off_the_ground(
    objective: Objective,
    way: Way,
    nowhere: Nowhere,
    point: Sequence[float],
    steps: list[Step],
    here: Local | None,
    wanted: int,
) -> Walk:
    """The end of a walk at a point without a value or a derivative.

    wanted  steps that were asked for; 0 for as many as it takes
    """
    status = OUTSIDE if nowhere.value is None else KINK
    if nowhere.status == "overflow":
        status = DIVERGED
    reason = f"{nowhere}: {named(objective.start.labels, nowhere.point or point)}"
    if here is not None and way.strides:
        # The step is taken, and there the way ends.
        missing = arb("nan")
        value = missing if nowhere.value is None else nowhere.value
        here = Local(tuple(point), value, (missing,) * len(point))
        steps.append(_step(here, ""))
        if len(steps) - 1 == wanted:
            return Walk(STOPPED, f"{_count(steps)}; {reason}", tuple(steps), here)
    elif here is not None and (not steps or steps[-1].point != here.point):
        steps.append(_step(here, ""))
    return Walk(status, reason, tuple(steps), here)


def _count(steps: Sequence[Step]) -> str:
    return f"after {len(steps) - 1:,} step{'' if len(steps) == 2 else 's'}"


def _used_up(steps: Sequence[Step], here: Local) -> Walk:
    """The end of a walk that has taken all its steps."""
    away = ", which run away" if _run_away(steps) else ""
    return Walk(STOPPED, _count(steps) + away, tuple(steps), here)


def _run_away(steps: Sequence[Step]) -> bool:
    """Whether the last steps got no shorter and led away."""
    last = steps[-RUNNING - 1 :]
    moves = [
        tuple(b - a for a, b in zip(one.point, other.point, strict=True))
        for one, other in pairwise(last)
    ]
    return len(moves) == RUNNING and run_away(moves, [one.point for one in last])


def _step(here: Local, how: str) -> Step:
    return Step(here.point, here.height, here.steepness, how)


def _named(objective: Objective, here: Local) -> str:
    return named(objective.start.labels, here.point)


def _refuse_infinite(objective: Objective, here: Local) -> None:
    """Raise Stop where the value or the gradient is beyond float64."""
    if not is_finite(here):
        raise Stop(DIVERGED, f"the value exceeds float64 at {_named(objective, here)}")


def _refuse_endless(objective: Objective, first: Local, here: Local) -> None:
    """Raise Stop where the value or the point has no bound."""
    _refuse_infinite(objective, here)
    place, value = _named(objective, here), objective.sign * here.height
    below, grown = (UNBOUNDED, "grown") if objective.sign > 0 else (UNBOUNDED_ABOVE, "fallen")
    whole = max(1.0, abs(first.height), first.steepness)
    if here.height < -LOWEST * whole:
        raise Stop(below, f"f is {value:.6g} at {place}")
    if here.height > GROWN * whole:
        raise Stop(DIVERGED, f"f has {grown} to {value:.6g} at {place}")
    if max(map(abs, here.point)) > FAR * max(1.0, *map(abs, first.point)):
        down = here.height < first.height
        raise Stop(
            below if down and here.height < -whole else DIVERGED,
            f"the steps run away: f is {value:.6g} at {place}",
        )


def _refuse_lost(objective: Objective, here: Local, steps: Sequence[Step], way: Way) -> None:
    """Raise Stop where the gradient has become 0 in float64 alone.

    Newton's method goes on in balls, as long as it does not run away.
    """
    if not here.is_lost:
        return
    runs = _run_away([*steps, _step(here, "")])
    if way.curved and not runs and not here.is_vague:
        return
    if runs:
        raise Stop(DIVERGED, f"the steps run away, and {lost(objective, here)}")
    raise Stop(FLAT, lost(objective, here))


def lost(objective: Objective, here: Local) -> str:
    """Why the gradient says nothing at a point."""
    told = "is 0, as far as can be told," if here.is_vague else "underflows"
    return f"the gradient {told} at {_named(objective, here)}"


# -- the ways


@dataclass(frozen=True, slots=True)
class Descent:
    """Gradient descent, p - rate * gradient, in doubles."""

    rate: float
    curved: bool = False
    strides: bool = True
    tolerance: float = 1e-12

    def following(self, here: Local) -> tuple[Sequence[float], str]:
        """The next point."""
        pairs = zip(here.point, here.slopes, strict=True)
        return [x - self.rate * slope for x, slope in pairs], "descent"
