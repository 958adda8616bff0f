"""How an objective bends at a point: what its Hessian is, and how far Newton's step leads.

A small gradient alone tells nothing: that of exp(-x) is small at 30, and its minimum is nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, inf, isfinite

from flint import arb

from autodiffcli.interpreters.balls import precision
from autodiffcli.minimization.curvature import BITS, SINGULAR, definiteness, eigen, scaled, units_of
from autodiffcli.rootfinding.krawczyk import Matrix
from autodiffcli.rootfinding.system import solved

NULL = 1e-12  # of the largest eigenvalue: below, one is 0 for all that is known
ACROSS = 1e-6  # of the gradient, which may lie along a null direction for all that is known


@dataclass(frozen=True, slots=True)
class Bend:
    """The quadratic model of an objective at a point.

    kind     positive definite, negative definite, indefinite, singular
    length   of the step from there to where the model is stationary; inf where it leads nowhere
    weakest  the direction of the least curvature, of length 1
    least    the curvature along it
    """

    kind: str
    length: float
    weakest: tuple[float, ...]
    least: arb


def bend_of(hessian: Matrix, gradient: Sequence[arb]) -> Bend:
    """The bend that a Hessian and a gradient make."""
    with precision(BITS, 1):
        matrix = [[entry.mid() for entry in row] for row in hessian]
        units = units_of(matrix)
        floats = [[float(entry.mid()) for entry in row] for row in scaled(matrix)]
        right = [(g.mid() / u).mid() for g, u in zip(gradient, units, strict=True)]
        values, vectors = eigen(floats)
        kind = definiteness(hessian)
        step = solved(matrix, [g.mid() for g in gradient]) if kind != SINGULAR else None
        if step is None:
            step = _along_the_curved(values, vectors, right, units)
        length = hypot(*map(float, step)) if step is not None else inf
        weakest = _weakest(values, vectors, units)
        least = _curvature(matrix, weakest)
    return Bend(kind, length if isfinite(length) else inf, weakest, least)


def _weakest(
    values: Sequence[float], vectors: Sequence[Sequence[float]], units: Sequence[arb]
) -> tuple[float, ...]:
    """The eigenvector of the least curvature in the units of the variables, of length 1."""
    found = vectors[min(range(len(values)), key=lambda n: abs(values[n]))]
    turned = [(arb(v) / u).mid() for v, u in zip(found, units, strict=True)]
    whole = sum((t * t for t in turned), arb(0)).sqrt()
    return tuple(float((t / whole).mid()) for t in turned)


def _curvature(matrix: Matrix, along: Sequence[float]) -> arb:
    """The second derivative along a direction."""
    pairs = [(entry, i, j) for i, row in enumerate(matrix) for j, entry in enumerate(row)]
    return sum((entry * along[i] * along[j] for entry, i, j in pairs), arb(0)).mid()


def _along_the_curved(
    values: Sequence[float],
    vectors: Sequence[Sequence[float]],
    right: Sequence[arb],
    units: Sequence[arb],
) -> list[arb] | None:
    """The step within the directions that are not flat; None where the gradient lies in others."""
    largest = max(map(abs, values), default=0.0)
    whole = max((abs(r) for r in right), default=arb(0))
    found = [arb(0)] * len(right)
    for value, vector in zip(values, vectors, strict=True):
        share = sum((r * v for r, v in zip(right, vector, strict=True)), arb(0))
        if abs(value) > NULL * largest:
            found = [f + share / value * v for f, v in zip(found, vector, strict=True)]
        elif whole > 0 and not (largest and abs(share) <= ACROSS * whole):
            return None
    return [(f / u).mid() for f, u in zip(found, units, strict=True)]
