"""What a search for extrema finds: a point, or an interval of points, and what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

Range = tuple[Fraction, Fraction]

STATIONARY = ("minimum", "maximum", "inflection", "saddle", "degenerate", "constant")


@dataclass(frozen=True, slots=True)
class Landmark:
    """A point of note, or a box of them.

    box       variable -> fractions between which it lies
    point     variable -> the nearest double; empty for a box of points
    kind      minimum, maximum, inflection, saddle, degenerate: a point where the gradient is 0;
              constant: a box of them; kink, jump, pole, end: there is no derivative; undecided
    extremum  minimum or maximum of the neighbourhood, of kinks too; "" for neither
    value     f there; None where it has none, or none of the doubles
    second    y'', or the eigenvalues of the Hessian in ascending order; empty where there are none
    sides     slopes from below and above, of a kink
    proven    whether there is exactly one such point in the box, and nothing else of note
    reason    what else is to be said
    at_end    whether it is at an end of the interval
    """

    box: Mapping[str, Range]
    point: Mapping[str, float]
    kind: str
    extremum: str = ""
    value: float | None = None
    second: tuple[float, ...] = ()
    sides: tuple[float, float] | None = None
    proven: bool = True
    reason: str = ""
    at_end: bool = False


@dataclass(slots=True)
class Landscape:
    """Everything that was found in a box.

    found     in ascending order
    boxes     looked at
    unsearched  boxes that were left when the limit was reached
    outside   intervals without real values, of one variable
    notes     what else is to be said
    """

    found: list[Landmark] = field(default_factory=list)
    boxes: int = 0
    unsearched: list[Mapping[str, Range]] = field(default_factory=list)
    outside: list[Mapping[str, Range]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
