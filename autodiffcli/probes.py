"""Approaching points on an edge along one variable, from below or from above.

On either side the program is smooth: its switches stand still, and nested gradients give its
derivatives there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from autodiffcli.derive import derivatives, forward, leaves_of, reduced
from autodiffcli.interpreters.sides import sides_along
from autodiffcli.plan import Partial, Plan
from autodiffcli.program import Program

AGREEMENT = 1e-9  # relative; one-sided values that differ by less differ by rounding


@dataclass(frozen=True, slots=True)
class Probe:
    """What was seen when approaching along one variable from one side.

    sign       -1 from below, 1 from above
    element    which element moved, None when every point moved by itself
    columns    derivatives there, by flat position
    beyond     where that side is outside the domain; one for all where points are mixed
    unsettled  where the side of a jump could not be decided; likewise
    jumped     where the value is another one there; likewise
    """

    variable: str
    sign: int
    element: int | None
    columns: Mapping[Partial, list[float]]
    beyond: list[bool]
    unsettled: list[bool]
    jumped: list[bool]


@dataclass(frozen=True, slots=True)
class Sight:
    """What one probe says about one place of one partial."""

    variable: str
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
    variable: str,
    sign: int,
    element: int | None,
    weight: Tensor | None,
) -> Probe:
    """The derivatives on one side, for all points or for one element of a variable.

    inputs   a tensor per variable, without gradients
    start    the program's value at the points
    sign     -1 to come from below, 1 from above
    element  which element of the variable moves; None where every point moves by itself
    weight   what each value counts for; None where the program mixes points
    """
    moved = inputs[variable]
    direction = torch.full_like(moved, float(sign), dtype=torch.float64)
    if element is not None:
        direction = torch.zeros(moved.numel(), dtype=torch.float64)
        direction[element] = float(sign)
        direction = direction.reshape(moved.shape)
    depth = max(map(len, plan.wanted)) + 2
    one = element is not None
    sides = sides_along(program, inputs, {variable: direction}, plan.dtype, depth, one_travel=one)
    leaves = leaves_of(inputs, plan.wrt)
    y = forward(program, leaves, plan.dtype, sides.signs).output
    value = reduced(y, plan.reduction) if weight is None else (weight * y).sum()
    close = AGREEMENT * torch.maximum(y.detach().abs(), start.abs()) + 1e-300
    jumped = (y.detach() - start).abs() > close
    found = derivatives(value, leaves, plan)
    columns = {partial: column.reshape(-1).tolist() for partial, column in found.items()}
    masks = (sides.beyond, sides.unsettled, jumped if weight is not None else jumped.any())
    beyond, unsettled, jumps = (mask.reshape(-1).tolist() for mask in masks)
    return Probe(variable, sign, element, columns, beyond, unsettled, jumps)


def sight(probe: Probe, partial: Partial, place: int) -> Sight:
    """What a probe saw at one place of one partial."""

    masks = (probe.beyond, probe.unsettled, probe.jumped)
    beyond, unsettled, jumped = (mask[place if len(mask) > 1 else 0] for mask in masks)
    value = probe.columns[partial][place]
    return Sight(probe.variable, probe.sign, value, beyond, unsettled, jumped)
