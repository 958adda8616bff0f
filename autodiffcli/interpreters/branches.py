"""Evaluation in which each branch of a choice is computed only where it is taken.

torch computes both branches of `where` everywhere and multiplies the one not taken by 0, so
that its NaN survives: where(x > 0, sqrt(x), 0) has slope NaN at -1. Here a first pass without
gradients finds which elements of every step matter to the result, and a second one computes
just those, gathered into one axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from autodiffcli.interpreters.tensors import Tensors
from autodiffcli.ops import OPS
from autodiffcli.program import CONST, INPUT, Program, run


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The values of a tape's steps.

    values   per step; one axis of the elements that matter where `rows` is not None; None where
             nothing of the step matters
    rows     per step; flat positions of those elements in the step's own shape, None for all
    shapes   per step, the shape of all its elements
    """

    program: Program
    values: list[Tensor | None]
    rows: list[Tensor | None]
    shapes: list[torch.Size]

    @property
    def output(self) -> Tensor:
        """The value of the program."""
        value = self.values[self.program.output]
        assert value is not None
        return value

    def operands(self, number: int) -> list[Tensor]:
        """The operands of a step at the elements that matter to the step."""
        step, shape, rows = self.program.steps[number], self.shapes[number], self.rows[number]
        return [self.fetch(operand, shape, rows) for operand in step.operands]

    def fetch(self, number: int, shape: torch.Size, rows: Tensor | None) -> Tensor:
        """A step's value at flat positions `rows` of a shape that it broadcasts to."""
        value, own = self.values[number], self.rows[number]
        assert value is not None
        if rows is None or (own is None and value.dim() == 0):
            return value
        if own is rows:
            return value
        places = rows
        if self.shapes[number] != shape:
            places = _positions(self.shapes[number]).broadcast_to(shape).reshape(-1)[rows]
        if own is None:
            return value.reshape(-1)[places]
        where = torch.empty(self.shapes[number].numel(), dtype=torch.long)
        where[own] = torch.arange(len(own))
        return value[where[places]]


def evaluate(
    program: Program, tensors: Tensors, outputs: Sequence[int] | None = None
) -> Evaluation:
    """The program's values; a differentiable graph where the inputs ask for one.

    outputs  steps that matter for themselves; the program's own by default
    """
    if not any(step.op == "where" for step in program.steps):
        values = run(program, tensors)
        return Evaluation(program, list(values), [None] * len(values), [v.shape for v in values])
    with torch.no_grad():
        known = run(program, tensors)
    shapes = [value.shape for value in known]
    needed = _needed(program, known, outputs or (program.output,))
    rows = _shared_rows(needed)
    evaluation = Evaluation(program, [None] * len(known), rows, shapes)
    for number, step in enumerate(program.steps):
        if needed[number] is None:
            continue
        place = rows[number]
        if step.op in (INPUT, CONST):
            value = known[number] if step.op == CONST else tensors.input(step.text)
            evaluation.values[number] = value if place is None else value.reshape(-1)[place]
        elif step.op == "where":
            evaluation.values[number] = _chosen(evaluation, number, known[step.operands[0]])
        else:
            evaluation.values[number] = tensors.apply(step, evaluation.operands(number))
    return evaluation


def _positions(shape: torch.Size) -> Tensor:
    return torch.arange(shape.numel()).reshape(shape)


def _needed(
    program: Program, known: Sequence[Tensor], outputs: Sequence[int]
) -> list[Tensor | None]:
    """For each step a mask of the elements that matter to the result; None for none at all."""
    needed: list[Tensor | None] = [None] * len(known)
    for output in outputs:
        needed[output] = torch.ones(known[output].shape, dtype=torch.bool)
    for number in range(max(outputs), -1, -1):
        mask, step = needed[number], program.steps[number]
        if mask is None:
            continue
        if step.op == "where":
            condition = known[step.operands[0]].broadcast_to(mask.shape)
            masks = [mask, mask & condition, mask & ~condition]
        elif step.op in (INPUT, CONST) or not OPS[step.op].mixes:
            masks = [mask] * len(step.operands)
        else:
            masks = [torch.ones(known[i].shape, dtype=torch.bool) for i in step.operands]
        for operand, wanted in zip(step.operands, masks, strict=True):
            own = _any_over(wanted, known[operand].shape)
            before = needed[operand]
            if before is not None:
                needed[operand] = before | own
            elif bool(own.any()):
                needed[operand] = own
    return needed


def _any_over(mask: Tensor, shape: torch.Size) -> Tensor:
    """The mask on a shape that was broadcast to the mask's."""
    return mask if mask.shape == shape else mask.to(torch.int64).sum_to_size(shape) > 0


def _shared_rows(needed: Sequence[Tensor | None]) -> list[Tensor | None]:
    """Flat positions per mask; equal masks share one tensor, full ones have None."""
    shared: dict[tuple[torch.Size, bytes], Tensor] = {}
    rows: list[Tensor | None] = []
    for mask in needed:
        if mask is None or bool(mask.all()):
            rows.append(None)
            continue
        key = (mask.shape, bytes(mask.reshape(-1).to(torch.uint8).tolist()))
        rows.append(shared.setdefault(key, mask.reshape(-1).nonzero()[:, 0]))
    return rows


def _chosen(evaluation: Evaluation, number: int, condition: Tensor) -> Tensor:
    """The value of a `where` from the elements of its branches that are taken."""
    step, shape = evaluation.program.steps[number], evaluation.shapes[number]
    rows = evaluation.rows[number]
    places = torch.arange(shape.numel()) if rows is None else rows
    taken = condition.broadcast_to(shape).reshape(-1)[places]
    parts, order = [], []
    for operand, wanted in zip(step.operands[1:], (taken, ~taken), strict=True):
        if bool(wanted.any()):
            part = evaluation.fetch(operand, shape, places[wanted])
            parts.append(part.expand(int(wanted.sum())) if part.dim() == 0 else part)
            order.append(wanted.nonzero()[:, 0])
    value = torch.cat(_one_type(parts))[torch.argsort(torch.cat(order))]
    return value.reshape(shape) if rows is None else value


def _one_type(parts: list[Tensor]) -> list[Tensor]:
    types = {part.dtype for part in parts} - {torch.bool}
    return [part.to(next(iter(types))) for part in parts] if types else parts
