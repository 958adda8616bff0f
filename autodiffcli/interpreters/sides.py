"""Which way a switch goes when a point moves: the first non-zero derivative of its distance.

abs(u) has its kink at u = 0. Moving the point along x in direction +1 or -1, u leaves 0 with
the sign of its first derivative along the way that is not 0; that sign picks the smooth piece.
Source: one-sided (directional) derivatives of piecewise smooth functions, Griewank & Walther,
Evaluating Derivatives (2008), chapter 14.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from autodiffcli.interpreters.branches import evaluate
from autodiffcli.interpreters.tensors import Tensors
from autodiffcli.ops import OPS
from autodiffcli.program import CONST, INPUT, Program

_ROUNDING = 1e-14  # a speed below is that of a rounding error


@dataclass(slots=True)
class Sides:
    """What one direction of travel settles.

    signs      per step with a switch: -1, 1, or 0 where the distance does not change
    beyond     per step with an edge: where it leaves its domain at once
    unsettled  per step with a jump: where its side could not be decided
    """

    signs: dict[int, Tensor] = field(default_factory=dict)
    beyond: dict[int, Tensor] = field(default_factory=dict)
    unsettled: dict[int, Tensor] = field(default_factory=dict)


def sides_along(
    program: Program,
    inputs: Mapping[str, Tensor],
    direction: Mapping[str, Tensor],
    dtype: str,
    depth: int,
    *,
    one_travel: bool = False,
) -> Sides:
    """The sides that all switches are on when the inputs move.

    inputs      a tensor per variable, without gradients
    direction   by how much each variable moves per unit of travel; missing ones stand still
    depth       how many derivatives are looked at
    one_travel  everything moves together; otherwise every point moves by itself
    """
    shape = torch.Size(()) if one_travel else next(iter(direction.values())).shape
    travel = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
    moved = {
        name: value + travel * direction[name] if name in direction else value
        for name, value in inputs.items()
    }
    tensors = Tensors(program, moved, dtype)
    found, values = Sides(), []
    for number, step in enumerate(program.steps):
        if step.op in (INPUT, CONST):
            values.append(moved[step.text] if step.op == INPUT else tensors.const(step.text))
            continue
        if step.op == "where":  # NaN of the branch not taken would reach the signs further on
            part = replace(program, steps=program.steps[: number + 1], output=number)
            values.append(evaluate(part, Tensors(part, moved, dtype), found.signs).output)
            continue
        op, operands = OPS[step.op], [values[i] for i in step.operands]
        value = tensors.apply(step, operands)
        numbers = tensors.numbers(op, operands)
        if op.edge is not None:
            distance = op.edge(tensors.algebra, *numbers)
            sign, _ = _sign(distance, travel, depth)
            found.beyond[number] = sign < 0
            found.unsettled[number] = _grazes(distance, travel)
        if op.switch is not None:
            distance = op.switch.distance(tensors.algebra, *numbers)
            sign, settled = _sign(distance, travel, depth)
            found.signs[number] = sign
            if not op.switch.continuous:
                found.unsettled[number] = ~settled
            side = op.switch.side(tensors.algebra, sign, *numbers)
            value = torch.where(sign == 0, value, side)
        values.append(value)
    return found


def _sign(distance: Tensor, travel: Tensor, depth: int) -> tuple[Tensor, Tensor]:
    """The sign of `distance` just after setting out, and whether it is certain.

    A sign of 0 is certain where the distance does not depend on the travel at all.
    """
    sign = torch.sign(distance.detach())
    current, settled = distance, torch.ones_like(sign, dtype=torch.bool)
    for _ in range(depth):
        if not bool((sign == 0).any()):
            break
        if not current.requires_grad:
            return sign, settled
        current = _derivative(current, travel)
        sign = torch.where(sign == 0, torch.sign(current.detach()).broadcast_to(sign.shape), sign)
    return sign, (sign != 0) & ~torch.isnan(sign) if current.requires_grad else settled


def _grazes(distance: Tensor, travel: Tensor) -> Tensor:
    """Whether the edge is met, but by rounding only left: asin(sin(x)) at the float64 pi/2."""
    speed = _derivative(distance, travel).detach().abs() if distance.requires_grad else None
    met = distance.detach() == 0
    return met & (speed > 0) & (speed < _ROUNDING) if speed is not None else met & False


def _derivative(values: Tensor, travel: Tensor) -> Tensor:
    """d values / d travel, elementwise or, for a single travel, of each element."""
    if travel.dim() or values.dim() == 0:
        return _gradient(values.sum(), travel)
    parts = [_gradient(value, travel) for value in values.reshape(-1)]
    return torch.stack(parts).reshape(values.shape)


def _gradient(value: Tensor, travel: Tensor) -> Tensor:
    if not value.requires_grad:
        return torch.zeros_like(travel)
    (found,) = torch.autograd.grad(value, travel, create_graph=True, allow_unused=True)
    return torch.zeros_like(travel) if found is None else found
