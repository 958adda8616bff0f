"""What a walk downhill has come to: a minimum, a saddle, an inflection, or nothing that is known.

A Hessian at one point is believed only where it stays as it is for a little way around: that of
(x - 1/3)^3 is positive at the double below 1/3, and that of exp(-1/x^2) is everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import copysign, isfinite

from flint import arb

from autodiffcli.interpreters.balls import Singular, Vague, precision
from autodiffcli.minimization.arrivals import sizes_of
from autodiffcli.minimization.bends import Bend
from autodiffcli.minimization.curvature import (
    BITS,
    INDEFINITE,
    NEGATIVE,
    POSITIVE,
    SINGULAR,
    pivots,
)
from autodiffcli.minimization.objective import BallObjective, Local, Nowhere, Objective
from autodiffcli.rootfinding.krawczyk import narrowed, unique_box
from autodiffcli.rootfinding.strides import sign

DOUBLE_BITS = 80
PROVEN = 8  # variables up to which a minimum is proven
AROUND = 2.0**-40  # of the size of the variables, within which a Hessian is to stay as it is
STEPS_AROUND = 2.0  # times the Newton step, likewise
WIDER = tuple(range(-44, -6, 4))  # exponents of how far to either side slopes are looked at
HIGHEST = 12  # derivative that is looked at where those before are 0
GOLDEN = (5**0.5 - 1) / 2  # whose multiples have parts after the point that are all different
KEPT = 0.5  # of every curvature, which must be left around

MINIMUM, MAXIMUM, SADDLE, INFLECTION = "minimum", "maximum", "saddle", "inflection"
LEVEL, PASSING, STATIONARY = "flat", "passing", "stationary"
UNKNOWN = "unknown"
_BY_HESSIAN = {POSITIVE: MINIMUM, NEGATIVE: MAXIMUM, INDEFINITE: SADDLE}
_BY_SIGNS: dict[tuple[int | None, int | None], str] = {(-1, 1): MINIMUM, (1, -1): MAXIMUM}
_OPPOSITE = {MINIMUM: MAXIMUM, MAXIMUM: MINIMUM, POSITIVE: NEGATIVE, NEGATIVE: POSITIVE}


@dataclass(frozen=True, slots=True)
class Minimum:
    """A strict minimum that is proven.

    point  the doubles nearest to it
    radii  around each number, within which no other stationary point lies
    """

    point: tuple[float, ...]
    radii: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Nature:
    """What an end is.

    kind       minimum, maximum, saddle, inflection; flat where nothing changes around; passing
               where f goes on falling, or rising; stationary where it is not known
    curvature  positive definite, ..., singular where it is 0 or not to be relied on, unknown
    reason     why, where the Hessian does not say it
    proof      of a minimum
    """

    kind: str = STATIONARY
    curvature: str = UNKNOWN
    reason: str = ""
    proof: Minimum | None = None

    @property
    def is_known(self) -> bool:
        """Whether it is a stationary point of a known kind."""
        return self.kind in (MINIMUM, MAXIMUM, SADDLE, INFLECTION)


def nature_of(objective: Objective, here: Local, exact: bool) -> Nature:
    """What is at an end of a walk along an objective; said of what was asked for.

    exact  whether the end is the stationary point itself, and not only one on the way there
    """
    found = _nature(objective, here, exact)
    if objective.sign > 0:
        return found
    kind, curvature = (_OPPOSITE.get(word, word) for word in (found.kind, found.curvature))
    return Nature(kind, curvature, found.reason, found.proof)


def _nature(objective: Objective, here: Local, exact: bool) -> Nature:
    bend = objective.bend(here.point)
    if bend is not None and bend.kind in _BY_HESSIAN:
        if exact and bend.kind == POSITIVE:
            proof = proven_minimum(objective, here.point)
            if proof is not None:
                return Nature(MINIMUM, POSITIVE, proof=proof)
        if _stays(objective, here, bend):
            return Nature(_BY_HESSIAN[bend.kind], bend.kind)
    if isinstance(objective, BallObjective) and len(here.point) == 1:
        length = bend.length if bend is not None else 0.0
        return _by_derivatives(objective, here) or _by_slopes(objective, here, length)
    if bend is None:
        return Nature(reason="no Hessian is known there")
    return Nature(curvature=SINGULAR)


def _stays(objective: Objective, here: Local, bend: Bend) -> bool:
    """Whether the Hessian is much the same around: twice as far as Newton's step, and a little.

    The little is another part of the size of every variable, so that no direction is left out.
    """
    if bend.step is None:
        return False
    sizes = sizes_of(objective.start.values, here.point)
    moves = [
        copysign(STEPS_AROUND * abs(step) + AROUND * (1 + n * GOLDEN % 1) * size, step)
        for n, (step, size) in enumerate(zip(bend.step, sizes, strict=True))
    ]
    for way in (-1, 1):
        there = objective.bend([x + way * move for x, move in zip(here.point, moves, strict=True)])
        if there is None or there.kind != bend.kind:
            return False
        pairs = zip(there.curvatures, bend.curvatures, strict=True)
        if not all(_alike(new, old) for new, old in pairs):
            return False
    return True


def _alike(new: arb, old: arb) -> bool:
    """Whether two curvatures are of about the same size."""
    return bool(old == 0) or bool(KEPT < new / old < 1 / KEPT)


def proven_minimum(objective: Objective, point: Sequence[float]) -> Minimum | None:
    """The strict minimum near a point; None where it is not proven."""
    if not isinstance(objective, BallObjective) or len(point) > PROVEN:
        return None
    box = unique_box(objective.field, point, sizes_of(objective.start.values, point))
    if box is None:
        return None
    narrow = narrowed(objective.field, box, DOUBLE_BITS)
    if narrow is None:
        return None
    with precision(BITS, 1):
        try:
            _, hessian = objective.field(narrow)
        except (Singular, Vague):
            return None
        found = pivots(hessian)
    if found is None or not all(pivot > 0 for pivot in found):
        return None
    nearest = tuple(float(ball.mid()) + 0.0 for ball in narrow)
    return Minimum(nearest, tuple(float(ball.rad()) * (1 - 2.0**-20) for ball in box))


# -- one variable


def _by_derivatives(objective: BallObjective, here: Local) -> Nature | None:
    """By the first derivative that is not 0, where those before are 0 exactly."""
    try:
        found = objective.series(here.point, HIGHEST + 1)
    except Singular:
        return None
    for order, coefficient in enumerate(found[1:], 1):
        if coefficient == 0:
            continue
        if order == 1 or coefficient.contains(0):
            return None
        side = "above" if (coefficient > 0) == (objective.sign > 0) else "below"
        kind = INFLECTION if order % 2 else MINIMUM if coefficient > 0 else MAXIMUM
        ordinal = {2: "2nd", 3: "3rd"}.get(order, f"{order}th")
        reason = f"the {ordinal} derivative is the first that is not 0 there; it is {side} 0"
        return Nature(kind, SINGULAR, reason)
    return None


def _by_slopes(objective: BallObjective, here: Local, length: float) -> Nature:
    """By the slopes on both sides, as near as they tell anything.

    A continuous function that falls on the left and rises on the right has a minimum between.
    """
    x = here.point[0]
    size = sizes_of(objective.start.values, here.point)[0]
    step = length if isfinite(length) else 0.0
    signs: list[tuple[int | None, int | None]] = []
    for exponent in WIDER:
        reach = size * 2.0**exponent
        if reach < STEPS_AROUND * step:
            continue
        below, above = x - reach, x + reach
        signs.append((_slope(objective, below), _slope(objective, above)))
        extremum = _BY_SIGNS.get(signs[-1], "")
        if extremum and objective.is_continuous(below, above):
            reason = f"the slope changes its sign within {reach:.2g} of it"
            return Nature(extremum, SINGULAR, reason)
    if signs and all(pair == (0, 0) for pair in signs):
        return Nature(LEVEL, SINGULAR, "f is constant around, as far as can be told")
    if signs and len(set(signs)) == 1 and signs[0] in ((1, 1), (-1, -1)):
        rises = (signs[0][0] > 0) == (objective.sign > 0)
        way = "rises" if rises else "falls"
        return Nature(PASSING, SINGULAR, f"f {way} from left to right, on both sides of it")
    return Nature(curvature=SINGULAR)


def _slope(objective: BallObjective, x: float) -> int | None:
    """The sign of the slope; None where there is none, or it is not known."""
    try:
        slope: arb = objective.at((x,)).gradient[0]
    except Nowhere:
        return None
    return None if slope.contains(0) and not slope.is_zero() else sign(slope)
