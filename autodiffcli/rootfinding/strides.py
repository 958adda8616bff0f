"""What the steps of Newton's method tell: their lengths, their ratios, where they run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot
from typing import NamedTuple

from flint import arb

SLOW = (0.3, 0.9999)  # between these the ratio of two steps tells a multiple root
ALIKE = 0.1  # by how much two multiplicities may differ, relatively
LARGEST_MULTIPLICITY = 10_000  # x^1000 = 5 looks so from afar
ERROR = 2.0**-56  # of a step, relative
RUNNING = 5  # steps that get no shorter and lead away
STEADY = 0.9  # times the step before, from which on a step gets no shorter


class Step(NamedTuple):
    """One step.

    values  left minus right of every equation
    slope   of the only equation by the only unknown; None for several, or where there is none
    step    by how much every unknown moves; None at the end
    how     newton, damped, bisection, leap, or `multiple 2`
    """

    point: tuple[float, ...]
    values: tuple[float, ...]
    slope: float | None
    step: tuple[float, ...] | None
    how: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How a search ended.

    status   `converged`, or why it did not
    reason   the same in a clause
    """

    status: str
    reason: str
    steps: tuple[Step, ...]


def named(labels: Sequence[str], point: Sequence[float]) -> str:
    """A point in words."""
    return ", ".join(f"{label} = {x:.6g}" for label, x in zip(labels, point, strict=True))


def moved(point: Sequence[float], step: Sequence[arb], times: float) -> tuple[float, ...]:
    """The doubles nearest to x - times step; 0 where all but the errors of a step cancels."""
    found = [arb(x) - times * s for x, s in zip(point, step, strict=True)]
    return tuple(
        0.0 if abs(new.mid()) < ERROR * abs(x) else float(new.mid())
        for new, x in zip(found, point, strict=True)
    )


def run_away(steps: Sequence[Sequence[float]], points: Sequence[Sequence[float]]) -> bool:
    """Whether steps get no shorter while the points get larger."""
    sizes = [hypot(*step) for step in steps]
    reaches = [hypot(*point) for point in points]
    longer = all(b >= STEADY * a for a, b in pairwise(sizes))
    return longer and all(b > a for a, b in pairwise(reaches))


def size(numbers: Sequence[arb]) -> arb:
    """The Euclidean length."""
    if len(numbers) == 1:
        return abs(numbers[0].mid())
    total = arb(0)
    for number in numbers:
        total += number.mid() * number.mid()
    return total.sqrt().mid()


def sign(ball: arb) -> int:
    """The sign of a number; 0 where the ball holds 0."""
    return 0 if ball.contains(0) else 1 if ball > 0 else -1


def multiplicity(steps: Sequence[list[arb]]) -> int:
    """The multiplicity of the root that the last Newton steps lead to; 1 where they tell none.

    Near an m-fold root each step is 1 - 1/m times the one before.
    """
    if len(steps) < 3:
        return 1
    ratios = []
    for before, after in pairwise(steps):
        square = sum((b * b for b in before), arb(0))
        if not square > 0:
            return 1
        product = sum((a * b for a, b in zip(after, before, strict=True)), arb(0))
        ratios.append(float((product / square).mid()))
    if not all(SLOW[0] < ratio < SLOW[1] for ratio in ratios[-2:]):
        return 1
    first, last = (1 / (1 - ratio) for ratio in ratios[-2:])
    alike = abs(first - last) < ALIKE * last
    return round(last) if alike and 1 < round(last) <= LARGEST_MULTIPLICITY else 1
