"""Points where a program has no finite value, and why; points on the edge of a piece.

Values decide first: where a step that matters has no finite value, nothing further on is
trusted, although torch may go on calculating (it says that log has slope -1 at -1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from autodiffcli.interpreters.branches import Evaluation
from autodiffcli.interpreters.tensors import Algebra, Tensors
from autodiffcli.ops import OPS
from autodiffcli.ops.op import Op
from autodiffcli.program import CONST, INPUT, depends_on

_SCANNED = 1 << 22  # numbers put side by side in one look for infinities


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no value at a point."""

    status: str
    reason: str


def faults(evaluation: Evaluation, tensors: Tensors, places: int) -> dict[int, Fault]:
    """The points without a finite value, each with the first step that has none.

    places  how many points there are; a program that mixes points has one place
    """
    found: dict[int, Fault] = {}
    for number in _checked_steps(evaluation):
        for mask, fault in _step_faults(evaluation, number, tensors):
            _note(found, evaluation, number, mask, places, fault)
    strange = ~torch.isfinite(evaluation.output.detach())
    unknown = Fault("undecided", "the value is not finite there")
    _note(found, evaluation, evaluation.program.output, strange, places, unknown)
    return found


def _checked_steps(evaluation: Evaluation) -> list[int]:
    """The steps worth a closer look: restricted ones, and all once anything is not finite."""
    steps = evaluation.program.steps
    calculated = [
        value
        for value, step in zip(evaluation.values, steps, strict=True)
        if value is not None and step.op != CONST
    ]
    with torch.no_grad():
        if not _all_finite(calculated):
            return list(range(len(steps)))
    return [n for n, step in enumerate(steps) if step.op in OPS and _restricted(OPS[step.op])]


def _restricted(op: Op) -> bool:
    return bool(op.domain or op.outside or op.pole)


def _all_finite(values: Sequence[Tensor]) -> bool:
    """Whether every number is finite; values of one shape are looked at together."""
    groups: dict[torch.Size, list[Tensor]] = {}
    for value in values:
        groups.setdefault(value.shape, []).append(value)
    for shape, group in groups.items():
        width = max(1, _SCANNED // max(1, shape.numel()))
        for first in range(0, len(group), width):
            part = [
                v if v.is_floating_point() or v.is_complex() else v * 1.0
                for v in group[first : first + width]
            ]
            if not bool(torch.isfinite(torch.stack(part)).all()):
                return False
    return True


def _step_faults(
    evaluation: Evaluation, number: int, tensors: Tensors
) -> Iterator[tuple[Tensor, Fault]]:
    """Where this step is the first without a value, as masks over its elements."""
    program, value = evaluation.program, evaluation.values[number]
    step = program.steps[number]
    if value is None or step.op in (CONST, "where"):
        return  # a constant is as it was written, a choice as good as what it chooses
    value = value.detach()
    if step.op == INPUT:
        yield ~torch.isfinite(value), Fault("undecided", f"{step.text} is not finite there")
        return
    op, text = OPS[step.op], shortened(program.text_of(number))
    operands = [u.detach() for u in tensors.numbers(op, evaluation.operands(number))]
    sound = torch.ones((), dtype=torch.bool)
    for operand in operands:
        sound = sound & (torch.isfinite(operand).all() if op.mixes else torch.isfinite(operand))
    outside = _outside(op, tensors.algebra, operands)
    if outside is not None:
        yield outside & sound, Fault("outside", f"{text} is not real there")
    pole = _pole(op, tensors.algebra, operands)
    if pole is not None:
        yield pole & sound, Fault("pole", f"{text} has a pole there")
    strange, nan = ~torch.isfinite(value) & sound, torch.isnan(value)
    yield strange & ~nan, Fault("overflow", f"{text} exceeds the number range")
    why = "is 0/0 there" if op.name == "div" else "has no value there"
    yield strange & nan, Fault("undecided", f"{text} {why}")


def _outside(op: Op, f: Algebra, operands: Sequence[Tensor]) -> Tensor | None:
    """Where an operand lies beyond the domain; complex numbers have no beyond."""
    if f.is_complex:
        return None
    if op.outside is not None:
        mask: Tensor = op.outside(f, *operands)
        return mask
    found = None
    for interval, u in zip(op.domain, operands, strict=False):
        beyond = (u < interval.low) | (u > interval.high)
        found = beyond if found is None else found | beyond
    return found


def _pole(op: Op, f: Algebra, operands: Sequence[Tensor]) -> Tensor | None:
    """Where an operand lies on a pole, or on an end that the domain leaves out."""
    if op.pole is not None:
        mask: Tensor = op.pole(f, *operands)
        return mask
    found = None
    for interval, u in zip(op.domain, operands, strict=False):
        low = (u == interval.low) & (not interval.low_closed)
        at = low | ((u == interval.high) & (not interval.high_closed))
        found = at if found is None else found | at
    return found


def _note(
    found: dict[int, Fault],
    evaluation: Evaluation,
    number: int,
    mask: Tensor,
    places: int,
    fault: Fault,
) -> None:
    """Enter a fault at the points that a mask over a step's elements concerns."""
    if bool(mask.any()):
        for place in points_of(evaluation, number, mask, places):
            found.setdefault(place, fault)


def points_of(evaluation: Evaluation, number: int, mask: Tensor, places: int) -> list[int]:
    """The points that a mask over a step's elements concerns."""
    if places == 1 or (mask.numel() == 1 and evaluation.shapes[number].numel() == 1):
        return list(range(places))
    rows = evaluation.rows[number]
    if rows is None:
        mask = mask.broadcast_to(evaluation.shapes[number])
        return _listed(mask.reshape(-1).nonzero()[:, 0])
    return _listed(rows[mask.broadcast_to(rows.shape)])


def _listed(rows: Tensor) -> list[int]:
    found: list[int] = rows.tolist()
    return found


@dataclass(frozen=True, slots=True)
class Edge:
    """That a point lies exactly where a step changes its smooth piece, or has none.

    text      the step's source
    singular  the step claims no derivative there
    """

    text: str
    singular: bool


def edges(
    evaluation: Evaluation, tensors: Tensors, places: int, wrt: Sequence[str]
) -> dict[int, Edge]:
    """The points on an edge of a step that matters and moves with the variables."""
    found: dict[int, Edge] = {}
    moving = depends_on(evaluation.program, wrt)
    for number, step in enumerate(evaluation.program.steps):
        op = OPS.get(step.op)
        if op is None or not moving[number] or evaluation.values[number] is None:
            continue
        for mask, singular in _edge_masks(op, evaluation, number, tensors):
            if bool(mask.any()):
                text = shortened(evaluation.program.text_of(number))
                for place in points_of(evaluation, number, mask, places):
                    first = found.setdefault(place, Edge(text, singular))
                    if singular and not first.singular:
                        found[place] = Edge(text, singular=True)
    return found


def _edge_masks(
    op: Op, evaluation: Evaluation, number: int, tensors: Tensors
) -> Iterator[tuple[Tensor, bool]]:
    """Where a step's operands lie on one of its edges, and whether it is a singular one."""
    if op.switch is None and op.edge is None and op.singular is None:
        return
    f, operands = tensors.algebra, tensors.numbers(op, evaluation.operands(number))
    if op.switch is not None:
        yield op.switch.distance(f, *operands) == 0, False
    if op.edge is not None:
        yield op.edge(f, *operands) == 0, False
    if op.singular is not None:
        yield op.singular(f, *operands), True


def shortened(text: str, limit: int = 40) -> str:
    """A piece of source for a message, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
