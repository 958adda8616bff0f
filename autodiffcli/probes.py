"""Approaching points on an edge, each variable from below or from above.

On either side the program is smooth: its switches stand still, and nested gradients give its
derivatives there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from autodiffcli.derive import derivatives, forward, leaves_of, reduced
from autodiffcli.faults import points_of
from autodiffcli.interpreters.branches import Evaluation
from autodiffcli.interpreters.sides import sides_along
from autodiffcli.plan import Partial, Plan
from autodiffcli.program import Program

EPSILON = 2.0**-52
_SAME_VALUE = 8 * EPSILON  # relative; values on two sides of a kink differ by rounding only
_PACE = 0.6180339887498949  # of each further variable, so that x - t is not 0 on the way


@dataclass(frozen=True, slots=True)
class Probe:
    """What was seen when approaching from one side.

    moves      which variables moved, -1 from below, 1 from above
    element    which element of the variable moved, None when every point moved by itself
    columns    derivatives there, by flat position
    beyond     where that side is outside the domain; one for all where points are mixed
    unsettled  where that side is not known, or has no value; likewise
    jumped     where the value is another one there; likewise
    """

    moves: Mapping[str, int]
    element: int | None
    columns: Mapping[Partial, list[float]]
    beyond: list[bool]
    unsettled: list[bool]
    jumped: list[bool]


@dataclass(frozen=True, slots=True)
class Sight:
    """What one probe says about one place of one partial.

    sign  -1 from below, 1 from above, 0 where several variables moved
    """

    sign: int
    value: float
    beyond: bool
    unsettled: bool
    jumped: bool


def approach(
    program: Program,
    inputs: Mapping[str, Tensor],
    start: Tensor,
    plan: Plan,
    moves: Mapping[str, int],
    element: int | None,
    weight: Tensor | None,
) -> Probe:
    """The derivatives on one side, for all points or for one element of a variable.

    inputs   a tensor per variable, without gradients
    start    the program's value at the points
    moves    which variables move, and in which direction
    element  which element of the variable moves; None where every point moves by itself
    weight   what each value counts for; None where the program mixes points
    """
    whole = element is not None
    direction = {
        name: _direction(inputs[name], sign * _PACE**number, element)
        for number, (name, sign) in enumerate(moves.items())
    }
    depth = max(map(len, plan.wanted)) + 2
    sides = sides_along(program, inputs, direction, plan.dtype, depth, one_travel=whole)
    leaves = leaves_of(inputs, plan.wrt)
    evaluation = forward(program, leaves, plan.dtype, sides.signs)
    y = evaluation.output
    value = reduced(y, plan.reduction) if weight is None else (weight * y).sum()
    found = derivatives(value, leaves, plan)
    there = y.detach().broadcast_to(start.shape)
    jumped = (there - start).abs() > _SAME_VALUE * torch.maximum(there.abs(), start.abs())
    unknown = ~torch.isfinite(there)
    places = 1 if whole else start.numel()
    return Probe(
        moves=moves,
        element=element,
        columns={partial: column.reshape(-1).tolist() for partial, column in found.items()},
        beyond=_places(evaluation, sides.beyond, places),
        unsettled=_either(_places(evaluation, sides.unsettled, places), unknown, whole),
        jumped=_either([False] * places, jumped, whole),
    )


def _direction(values: Tensor, pace: float, element: int | None) -> Tensor:
    """By how much each element of a variable moves."""
    if element is None:
        return torch.full_like(values, pace, dtype=torch.float64)
    direction = torch.zeros(values.numel(), dtype=torch.float64)
    direction[element] = pace
    return direction.reshape(values.shape)


def _places(evaluation: Evaluation, masks: Mapping[int, Tensor], places: int) -> list[bool]:
    """The points that masks over steps concern, where the steps matter."""
    found = [False] * places
    for number, mask in masks.items():
        rows = evaluation.rows[number]
        if evaluation.values[number] is None:
            continue
        if rows is not None:
            mask = mask.broadcast_to(evaluation.shapes[number]).reshape(-1)[rows]
        if bool(mask.any()):
            for place in points_of(evaluation, number, mask, places):
                found[place] = True
    return found


def _either(known: list[bool], mask: Tensor, whole: bool) -> list[bool]:
    more = [bool(mask.any())] if whole else mask.reshape(-1).tolist()
    return [a or b for a, b in zip(known, more, strict=True)]


def sight(probe: Probe, partial: Partial, place: int) -> Sight:
    """What a probe saw at one place of one partial."""
    masks = (probe.beyond, probe.unsettled, probe.jumped)
    beyond, unsettled, jumped = (mask[place if len(mask) > 1 else 0] for mask in masks)
    sign = next(iter(probe.moves.values())) if len(probe.moves) == 1 else 0
    return Sight(sign, probe.columns[partial][place], beyond, unsettled, jumped)
