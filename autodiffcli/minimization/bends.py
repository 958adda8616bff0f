"""How an objective bends at a point: what its Hessian is, and how far Newton's step leads.

A small gradient alone tells nothing: that of exp(-x) is small at 30, and its minimum is nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, inf, isfinite

from flint import arb

from autodiffcli.interpreters.balls import precision
from autodiffcli.minimization.curvature import (
    BITS,
    SINGULAR,
    centre,
    definiteness,
    eigen,
    scaled,
    units_of,
)
from autodiffcli.rootfinding.krawczyk import Matrix
from autodiffcli.rootfinding.system import solved

NULL = 1e-12  # of the largest eigenvalue: below, one is 0 for all that is known
ACROSS = 1e-6  # of the gradient, which may lie along a null direction for all that is known


@dataclass(frozen=True, slots=True)
class Bend:
    """The quadratic model of an objective at a point.

    kind        positive definite, negative definite, indefinite, singular
    step        from the point where the model is stationary to here; None where there is none
    curvatures  along the axes, and the least one of all in the units that make those 1
    """

    kind: str
    step: tuple[float, ...] | None
    curvatures: tuple[arb, ...]

    @property
    def length(self) -> float:
        """Of the step; inf where there is none."""
        return inf if self.step is None else hypot(*self.step)


def bend_of(hessian: Matrix, gradient: Sequence[arb]) -> Bend:
    """The bend that a Hessian and a gradient make."""
    with precision(BITS, 1):
        matrix = [[centre(entry) for entry in row] for row in hessian]
        slopes = [centre(g) for g in gradient]
        units = units_of(matrix)
        values, vectors = eigen([[float(entry.mid()) for entry in row] for row in scaled(matrix)])
        kind = definiteness(hessian)
        step = solved(matrix, slopes) if kind != SINGULAR else None
        if step is None:
            right = [(g / u).mid() for g, u in zip(slopes, units, strict=True)]
            step = _along_the_curved(values, vectors, right, units)
    least = arb(min(values, key=abs))
    curvatures = (*(matrix[n][n] for n in range(len(matrix))), least)
    moved = None if step is None else tuple(float(s.mid()) for s in step)
    return Bend(kind, moved if moved and all(map(isfinite, moved)) else None, curvatures)


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
