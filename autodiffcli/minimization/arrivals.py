"""Whether a walk downhill has arrived: a small gradient, and a Newton step that is small too."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from autodiffcli.interpreters.balls import precision
from autodiffcli.minimization.objective import Local, Nowhere, Objective

BITS = 192
ROUGH = 2.0**-50  # relative change of a value that counts for nothing
LONG = 1e-4  # of the way so far, from which on a Newton step shows that it goes on
NOTHING = 2.0**-40  # of a point or of the way, below which a step leads nowhere else
TINY = 1e-3  # of the way, below which a number is tried as 0


def sizes_of(first: Sequence[float], here: Sequence[float]) -> list[float]:
    """What is large for each variable: its number, or the way it has come; 1 where all are 0."""
    sizes = [max(abs(x), abs(x - x0)) for x, x0 in zip(here, first, strict=True)]
    whole = max(sizes, default=0.0) or 1.0
    return [size or whole for size in sizes]


def has_small_gradient(first: Local, here: Local, tolerance: float) -> bool:
    """Whether the gradient is small: next to the drop since the start, or to rounding.

    Each of its numbers is taken times the size of its variable, so that units do not matter.
    In balls, so that nothing underflows.
    """
    if here.is_level:
        return True
    if not tolerance:
        return False
    with precision(BITS, 1):
        drop = abs(first.value.mid() - here.value.mid())
        allowed = tolerance * drop.max(ROUGH * abs(here.value.mid()))
        sizes = sizes_of(first.point, here.point)
        pairs = zip(here.gradient, sizes, strict=True)
        return all(abs(slope.mid()) * size <= allowed for slope, size in pairs)


def is_settled(objective: Objective, here: Local, fine: bool) -> bool:
    """Whether the Newton step is short, so that a small gradient does not deceive.

    It is short next to the way from the start, wherever that lies: exp(-(x - 10^6)) too goes on.
    Where there is no Hessian nothing speaks against it.

    fine  for methods that come to the minimum itself
    """
    if here.is_level:
        return True
    bend = objective.bend(here.point)
    if bend is None:
        return True
    start = objective.start.values
    way = hypot(*(x - x0 for x, x0 in zip(here.point, start, strict=True)))
    allowed = max((NOTHING if fine else LONG) * way, NOTHING * hypot(*here.point))
    return bend.length <= allowed


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
    steeper = there.is_lost or there.steepness > here.steepness
    return there if not steeper and there.value <= here.value else here
