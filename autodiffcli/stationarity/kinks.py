"""Boxes of several variables over which switches turn: whether an extremum can be on a kink.

At an extremum of a function that is Lipschitz near it, 0 is in the convex hull of the limits of
its gradients, which are gradients of its branches there.
Source: F. H. Clarke, Optimization and Nonsmooth Analysis (1983), propositions 2.3.2 and 2.5.1.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from flint import arb, arb_series

from autodiffcli.boxes import around
from autodiffcli.interpreters.balls import Singular, Vague, exactly, first
from autodiffcli.interpreters.held import Held, Key, Undecided
from autodiffcli.ops import OPS
from autodiffcli.stationarity.box_gradients import Balls, Gradient, Local

MOST = 4  # switches that turn in one box
STEPS = 50  # towards the shortest vector of a convex hull, at most
ENOUGH = 1e-3  # of its length, how much shorter it may be
REACH = Fraction(1, 2**40)  # of its size, how far a minimum is proven around a point


@dataclass(frozen=True, slots=True)
class Meeting:
    """Branches that meet in a box.

    branches    value, gradient and Hessian of each all over the box
    sides       of the switches, of each
    continuous  whether the function does not jump from one to another
    """

    branches: Sequence[Local]
    sides: Sequence[Mapping[Key, int]]
    continuous: bool

    def is_apart(self) -> bool:
        """Whether the function grows along one direction on all branches: no extremum is there."""
        middles = [[g.mid() for g in one.gradient] for one in self.branches]
        size = range(len(middles[0]))
        units = [[arb(sign * (i == j)) for j in size] for i in size for sign in (1, -1)]
        return any(self._grows(way) for way in (*units, _shortest(middles)))

    def _grows(self, way: Sequence[arb]) -> bool:
        return all(_dot(one.gradient, way) > 0 for one in self.branches)


def meeting(gradient: Gradient, balls: Balls, kind: type[Held] = Held) -> Meeting | None:
    """The branches of a box over which switches turn; None where one of them has no bounds."""
    waiting: list[dict[Key, int]] = [{}]
    met: set[Key] = set()
    found: list[Local] = []
    sides: list[Mapping[Key, int]] = []
    while waiting:
        held = waiting.pop()
        algebra = kind(held, {})
        try:
            found.append(gradient.over(balls, algebra))
            sides.append(algebra.sides)
        except Undecided as switch:
            met.add(switch.key)
            if len(met) > MOST:
                return None
            waiting += [{**held, switch.key: side} for side in (1, -1)]
        except (Singular, Vague):
            return None
    return Meeting(found, sides, _are_continuous(gradient, met))


def _are_continuous(gradient: Gradient, keys: Collection[Key] | None = None) -> bool:
    """Whether the function has one value where some switches, or all of it, turn."""
    ops = {id(step): OPS[step.op] for step in gradient.program.steps if step.op in OPS}
    if keys is None:
        return all(op.switch is None or op.switch.continuous for op in ops.values())
    switches = [ops[key[0]].switch for key in keys]
    return all(switch is not None and switch.continuous for switch in switches)


def _shortest(vectors: Sequence[Sequence[arb]]) -> list[arb]:
    """A vector near the shortest one of a convex hull.

    Nearly opposite gradients leave little of it, hence balls of many bits and no doubles.
    Source: E. G. Gilbert, An iterative procedure for computing the minimum of a quadratic form
    on a convex set, SIAM J. Control 4 (1966).
    """
    found = list(vectors[0])
    for _ in range(STEPS):
        corner = min(vectors, key=lambda v: float(_dot(found, v)))
        gap = [a - b for a, b in zip(found, corner, strict=True)]
        length, drop = _dot(gap, gap), _dot(found, gap)
        if not length > 0 or not drop > arb(ENOUGH) * _dot(found, found):
            break
        part = min(arb(1), drop / length, key=float)
        found = [(a - part * d).mid() for a, d in zip(found, gap, strict=True)]
    return found


def _dot(a: Sequence[arb], b: Sequence[arb]) -> arb:
    return sum((p * q for p, q in zip(a, b, strict=True)), arb(0))


class Closed(Held):
    """Balls over a box that ends where a switch turns: it is on one side of it."""

    def _side(self, d: Any, key: Key) -> int:
        if isinstance(d, arb_series) and key not in self.held:
            start = first(d)
            if start.lower() >= 0 or start.upper() <= 0:
                self.sides[key] = 1 if start.lower() >= 0 else -1
                return self.sides[key]
        return super()._side(d, key)


def proven_extremum(gradient: Gradient, point: Mapping[str, Fraction]) -> str:
    """Minimum or maximum, where it is proven that a point of few bits is one; "" elsewhere.

    It is one where the function does not fall, or does not grow, with any variable away from
    the point, on all branches over a small box in each orthant.
    """
    if any(x.denominator & (x.denominator - 1) for x in point.values()):
        return ""
    if not _are_continuous(gradient):
        return ""
    ways = {_way(gradient, point, signs) for signs in product((1, -1), repeat=len(point))}
    return {1: "minimum", -1: "maximum"}.get(ways.pop(), "") if len(ways) == 1 else ""


def _way(gradient: Gradient, point: Mapping[str, Fraction], signs: Sequence[int]) -> int:
    """Whether the function grows, 1, or falls, -1, with all variables away; 0 for neither."""
    balls = {}
    for (name, x), sign in zip(point.items(), signs, strict=True):
        end = x + sign * REACH * (abs(x) or 1)
        balls[name] = around(min(x, end), max(x, end))
    found = meeting(gradient, balls, Closed)
    if found is None:
        return 0
    start = {name: exactly(x) for name, x in point.items()}
    try:
        branches = [
            (over, gradient.over(start, Held(sides, {})))
            for over, sides in zip(found.branches, found.sides, strict=True)
        ]
    except (Singular, Vague):
        return 0
    for way in (1, -1):
        if all(_follows(over, there, [way * s for s in signs], signs) for over, there in branches):
            return way
    return 0


def _follows(over: Local, there: Local, ways: Sequence[int], signs: Sequence[int]) -> bool:
    """Whether no slope has another sign than its way over a box that begins at a point.

    By the slopes over the box; or by those at the point and what they change by from there on.
    """
    for n, way in enumerate(ways):
        bends = [way * sign * h for sign, h in zip(signs, over.hessian[n], strict=True)]
        begins = (way * there.gradient[n]).lower() >= 0
        if not (way * over.gradient[n]).lower() >= 0 and not (
            begins and all(bend.lower() >= 0 for bend in bends)
        ):
            return False
    return True
