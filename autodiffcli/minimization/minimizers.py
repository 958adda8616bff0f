"""Ways downhill, and the walk along one of them to an end with a name.

A way is asked for the next point again and again; the walk looks after what all of them share:
when it has arrived, when it runs away, where the ground ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot, inf, isfinite
from typing import NamedTuple, Protocol

from autodiffcli.interpreters.balls import precision
from autodiffcli.minimization.curvature import direction
from autodiffcli.minimization.objective import Local, Nowhere, Objective, is_finite
from autodiffcli.rootfinding.strides import RUNNING, named, run_away

BITS = 192
ROUGH = 2.0**-50  # relative change of a value that counts for nothing
LOWEST = 1e18  # times the size at the start, from which on a value is without bound
GROWN = 1e12  # likewise for one that grows
FAR = 1e12  # times the size of the start, from which on a point has run away
TINY = 1e-3  # of the way, below which a number is tried as 0
LONG = 1e-4  # of the way, from which on a Newton step shows that it goes on

CONVERGED, STOPPED, DIVERGED, UNBOUNDED = "converged", "stopped", "diverged", "unbounded below"
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


def walk(objective: Objective, way: Way, most: int, tolerance: float | None = None) -> Walk:
    """Along a way from the start of an objective.

    tolerance  in place of that of the way
    """
    steps: list[Step] = []
    here: Local | None = None
    limit = way.tolerance if tolerance is None else tolerance
    start = objective.start.values
    labels = objective.start.labels
    point: Sequence[float] = start
    try:
        here = objective.at(point, way.curved)
        first = here
        while True:
            _refuse_endless(first, here, labels)
            if has_arrived(first, here, limit) and not still_going(objective, here):
                steps.append(_step(here, ""))
                return Walk(CONVERGED, "", tuple(steps), here)
            if len(steps) == most:
                steps.append(_step(here, ""))
                return _used_up(steps, here)
            point, how = way.following(here)
            steps.append(_step(here, how))
            if not all(map(isfinite, point)):
                raise Stop(
                    DIVERGED, f"the steps lead beyond float64 from {named(labels, here.point)}"
                )
            here = objective.at(point, way.curved)
    except Stop as stop:
        assert here is not None
        if not steps or steps[-1].point != here.point or steps[-1].how:
            steps.append(_step(here, ""))
        return Walk(stop.status, str(stop), tuple(steps), here)
    except Nowhere as nowhere:
        status = OUTSIDE if nowhere.value is None else KINK
        place = named(labels, nowhere.point or point)
        if here is not None and (not steps or steps[-1].point != here.point):
            steps.append(_step(here, ""))
        return Walk(status, f"{nowhere}: {place}", tuple(steps), here)


def _used_up(steps: Sequence[Step], here: Local) -> Walk:
    """The end of a walk that has taken all its steps."""
    last = steps[-RUNNING - 1 :]
    moves = [
        tuple(b - a for a, b in zip(one.point, other.point, strict=True))
        for one, other in pairwise(last)
    ]
    away = len(moves) == RUNNING and run_away(moves, [one.point for one in last])
    count = f"{len(steps) - 1:,} step{'' if len(steps) == 2 else 's'}"
    reason = f"after {count}" + (", which run away" if away else "")
    return Walk(STOPPED, reason, tuple(steps), here)


def _step(here: Local, how: str) -> Step:
    return Step(here.point, here.height, here.steepness, how)


def has_arrived(first: Local, here: Local, tolerance: float) -> bool:
    """Whether the gradient is small: next to the drop since the start, or to rounding.

    Each of its numbers is taken times the size of its variable, so that units do not matter.
    """
    slopes = here.slopes
    if not any(slopes):
        return True
    if not tolerance:
        return False
    drop = max(abs(first.height - here.height), ROUGH * abs(here.height))
    sizes = [max(abs(x), abs(x - x0)) for x, x0 in zip(here.point, first.point, strict=True)]
    whole = max(sizes, default=0.0) or 1.0
    return all(
        abs(slope) * (size or whole) <= tolerance * drop
        for slope, size in zip(slopes, sizes, strict=True)
    )


def _refuse_endless(first: Local, here: Local, labels: Sequence[str]) -> None:
    """Raise Stop where the value or the point has no bound."""
    place = named(labels, here.point)
    if not is_finite(here):
        raise Stop(DIVERGED, f"the value exceeds float64 at {place}")
    whole = max(1.0, abs(first.height), first.steepness)
    if here.height < -LOWEST * whole:
        raise Stop(UNBOUNDED, f"f is {here.height:.6g} at {place}")
    if here.height > GROWN * whole:
        raise Stop(DIVERGED, f"f has grown to {here.height:.6g} at {place}")
    if max(map(abs, here.point)) > FAR * max(1.0, *map(abs, first.point)):
        down = here.height < first.height
        raise Stop(
            UNBOUNDED if down and here.height < -whole else DIVERGED,
            f"the steps run away: f is {here.height:.6g} at {place}",
        )


# -- the ways


@dataclass(frozen=True, slots=True)
class Descent:
    """Gradient descent, p - rate * gradient, in doubles."""

    rate: float
    curved: bool = False
    tolerance: float = 1e-12

    def following(self, here: Local) -> tuple[Sequence[float], str]:
        """The next point."""
        pairs = zip(here.point, here.slopes, strict=True)
        return [x - self.rate * slope for x, slope in pairs], "descent"


def still_going(objective: Objective, here: Local) -> bool:
    """Whether a small gradient deceives: the Newton step from there is still long.

    exp(-x) has a small gradient at 30, and its minimum nowhere.
    """
    if not objective.has_hessian:
        return False
    try:
        curved = objective.at(here.point, curved=True)
    except Nowhere:
        return False
    if curved.hessian is None:
        return False
    with precision(BITS, 2):
        step, definite = direction(curved.hessian, curved.gradient)
    whole = max(hypot(*here.point), _apart(here.point, objective.start.values))
    return definite and hypot(*(float(s.mid()) for s in step)) > LONG * (whole or inf)


def snapped(objective: Objective, here: Local) -> Local:
    """The same point with numbers near 0 put to 0, where that is no higher and no steeper."""
    start = objective.start.values
    sizes = [max(abs(x), abs(x - x0)) for x, x0 in zip(here.point, start, strict=True)]
    point = tuple(0.0 if abs(x) < TINY * max(sizes) else x for x in here.point)
    if point == here.point:
        return here
    try:
        there = objective.at(point)
    except Nowhere:
        return here
    lower = there.value <= here.value and there.steepness <= here.steepness
    return there if lower else here


def _apart(a: Sequence[float], b: Sequence[float]) -> float:
    return hypot(*(x - y for x, y in zip(a, b, strict=True)))
