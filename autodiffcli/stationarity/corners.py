"""What is at a point of several variables where a function is not smooth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import isfinite

from autodiffcli.certified import HALF_ULP, Question, Seed
from autodiffcli.interpreters.balls import exactly
from autodiffcli.stationarity.box_gradients import Box, Gradient
from autodiffcli.stationarity.kinks import proven_extremum
from autodiffcli.stationarity.landmarks import Landmark, Range
from autodiffcli.stationarity.simplest import candidate, shortest
from autodiffcli.verdict import beside, judged

NARROW = 56  # bits by which a box is smaller than its place that is about one double
ORDER = 4  # of derivatives along rays
EVERY = "a {} along every line that was tried, which proves nothing"
ALONE = "; that nothing else is in the box is not proven"
_KINDS = {"kink": "kink", "infinite": "kink", "jump": "jump", "pole": "pole"}


def corner(gradient: Gradient, box: Box, at_end: bool) -> Landmark | None:
    """What is at the simplest point of a box that has no bounds of the Hessian.

    None where the function is smooth there and its gradient is not 0.
    """
    point = {name: number for name, ends in box.items() if (number := candidate(ends)) is not None}
    found = _judged(gradient, box, point, Fraction(0)) if len(point) == len(box) else None
    if found is None and all(map(_is_double, box.values())):
        near = {name: Fraction(float(shortest(ends))) for name, ends in box.items()}
        found = _judged(gradient, box, near, HALF_ULP["float64"])
    return None if found is None else replace(found, at_end=at_end)


def _is_double(ends: Range) -> bool:
    """Whether a box has one double at most, but for 0."""
    if ends[0] <= 0 <= ends[1]:
        return True
    low, high = ends
    return bool((high - low) * 2**NARROW <= max(abs(low), abs(high)))


def _judged(
    gradient: Gradient, box: Box, point: Mapping[str, Fraction], off: Fraction
) -> Landmark | None:
    """What is at a point of a box; None where the function is smooth, its gradient not 0."""
    question = gradient.question({name: exactly(x) for name, x in point.items()}, None, off)
    found = judged(question, gradient.firsts)
    value, *slopes = (found[seeds] for seeds in ((), *gradient.firsts))
    rough = next((one for one in (value, *slopes) if one.status in _KINDS), None)
    if rough is None and any(slope.value != 0 for slope in slopes):
        return None
    seen = Landmark(
        box,
        {name: float(x) for name, x in point.items()},
        _KINDS[rough.status] if rough else "degenerate",
        value=value.value if isfinite(value.value) else None,
        proven=False,
        reason=rough.reason if rough else "branches of the function meet there",
    )
    if seen.kind not in ("kink", "degenerate"):
        return seen
    return _described(gradient, seen, point, question)


def _described(
    gradient: Gradient, seen: Landmark, point: Mapping[str, Fraction], question: Question
) -> Landmark:
    """A point that is no jump and no pole, with what the function does around it."""
    extremum = proven_extremum(gradient, point)
    if extremum:
        kind = seen.kind if seen.kind == "kink" else extremum
        return replace(seen, kind=kind, extremum=extremum, reason=seen.reason + ALONE)
    ways = _ways(gradient, question)
    reason = seen.reason
    if {1, -1} <= ways:
        reason += "; f rises along one line and falls along another"
    elif ways == {1} or ways == {-1}:
        reason += f"; {EVERY.format('minimum' if 1 in ways else 'maximum')}"
    return replace(seen, reason=reason)


def _ways(gradient: Gradient, question: Question) -> set[int]:
    """Whether the function rises, 1, or falls, -1, along rays; 0 where that is not known."""
    size = len(gradient.names)
    every = [tuple(s * n for n in line) for line in lines(size) for s in (1, -1)]
    rays = [
        {Seed(name): pace for name, pace in zip(gradient.names, line, strict=True) if pace}
        for line in every
    ]
    found = set()
    for side in beside(question, rays, ORDER):
        first = next((v for v in side.values[1:] if v), 0.0)
        found.add((first > 0) - (first < 0))
    return found


def lines(size: int) -> list[tuple[int, ...]]:
    """Directions of small whole numbers, one of each pair of opposite ones."""
    most = 4 if size == 2 else 2
    found = product(range(-most, most + 1), repeat=size)
    return [line for line in found if next((n for n in line if n), 0) > 0]
