"""Points where a program has no finite value, and why; points on the edge of a piece.

Values decide first: where a step that matters has no finite value, nothing further on is
trusted, although torch may go on calculating (it says that log has slope -1 at -1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from autodiffcli.interpreters.branches import Evaluation
from autodiffcli.interpreters.tensors import Algebra, Tensors
from autodiffcli.ops import OPS
from autodiffcli.ops.op import Op
from autodiffcli.program import CONST, INPUT, Program

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
    suspects = _checked_steps(evaluation)
    for number in suspects:
        step = evaluation.program.steps[number]
        value = evaluation.values[number]
        if value is None:
            continue
        if step.op in (INPUT, CONST):
            if step.op == INPUT:
                bad = ~torch.isfinite(value)
                _note(
                    found,
                    evaluation,
                    number,
                    bad,
                    places,
                    "undecided",
                    f"{step.text} is not finite",
                )
            continue
        _note_step(found, evaluation, number, tensors, places)
    output = evaluation.output
    if bool((~torch.isfinite(output)).any()):
        bad = ~torch.isfinite(output)
        _note(found, evaluation, evaluation.program.output, bad, places, "undecided", "not finite")
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


def _note_step(
    found: dict[int, Fault], evaluation: Evaluation, number: int, tensors: Tensors, places: int
) -> None:
    """Enter the points where this step is the first without a value."""
    program, value = evaluation.program, evaluation.values[number]
    assert value is not None
    op = OPS[program.steps[number].op]
    operands = (
        [u.detach() for u in tensors.numbers(op, evaluation.operands(number))]
        if op.name != "where"
        else []
    )
    sound = torch.ones((), dtype=torch.bool)
    for operand in operands:
        sound = sound & (torch.isfinite(operand).all() if op.mixes else torch.isfinite(operand))
    text = shortened(program.text_of(number))
    if not tensors.algebra.is_complex:
        outside = _outside(op, tensors.algebra, operands)
        if outside is not None:
            reason = f"{text} is not real there"
            _note(found, evaluation, number, outside & sound, places, "outside", reason)
    if op.pole is not None or op.domain:
        pole = _pole(op, tensors.algebra, operands)
        if pole is not None:
            _note(
                found, evaluation, number, pole & sound, places, "pole", f"{text} has a pole there"
            )
    strange = ~torch.isfinite(value.detach()) & sound
    nan = torch.isnan(value.detach())
    _note(
        found,
        evaluation,
        number,
        strange & ~nan,
        places,
        "overflow",
        f"{text} exceeds the number range",
    )
    why = "is 0/0 there" if op.name == "div" else "has no value there"
    _note(found, evaluation, number, strange & nan, places, "undecided", f"{text} {why}")


def _outside(op: Op, f: Algebra, operands: Sequence[Tensor]) -> Tensor | None:
    if op.outside is not None:
        mask: Tensor = op.outside(f, *operands)
        return mask
    found = None
    for interval, u in zip(op.domain, operands, strict=False):
        beyond = (u < interval.low) | (u > interval.high)
        found = beyond if found is None else found | beyond
    return found


def _pole(op: Op, f: Algebra, operands: Sequence[Tensor]) -> Tensor | None:
    if op.pole is not None:
        mask: Tensor = op.pole(f, *operands)
        return mask
    found = None
    for interval, u in zip(op.domain, operands, strict=False):
        low = (u == interval.low) & (not interval.low_closed)
        at = low | (u == interval.high) & (not interval.high_closed)
        found = at if found is None else found | at
    return found


def _note(
    found: dict[int, Fault],
    evaluation: Evaluation,
    number: int,
    mask: Tensor,
    places: int,
    status: str,
    reason: str,
) -> None:
    if bool(mask.any()):
        fault = Fault(status, reason)
        for place in points_of(evaluation, number, mask, places):
            found.setdefault(place, fault)


def points_of(evaluation: Evaluation, number: int, mask: Tensor, places: int) -> list[int]:
    """The points that a mask over a step's elements concerns."""
    if places == 1 or (mask.numel() == 1 and evaluation.shapes[number].numel() == 1):
        return list(range(places))
    rows = evaluation.rows[number]
    if rows is None:
        mask = mask.broadcast_to(evaluation.shapes[number])
        return [int(row) for row in mask.reshape(-1).nonzero()[:, 0]]
    return [int(row) for row in rows[mask.broadcast_to(rows.shape)]]


def on_an_edge(
    evaluation: Evaluation, tensors: Tensors, places: int, wrt: Sequence[str]
) -> dict[int, str]:
    """The points that lie exactly where a step that matters is not smooth, and which step."""
    found: dict[int, str] = {}
    f = tensors.algebra
    moving = depends_on(evaluation.program, wrt)
    for number, step in enumerate(evaluation.program.steps):
        op = OPS.get(step.op)
        if op is None or not moving[number] or not _has_edges(op):
            continue
        if evaluation.values[number] is None:
            continue
        operands = tensors.numbers(op, evaluation.operands(number))
        masks = []
        if op.switch is not None:
            masks.append(op.switch.distance(f, *operands) == 0)
        if op.edge is not None and not f.is_complex:
            masks.append(op.edge(f, *operands) == 0)
        if op.singular is not None:
            masks.append(op.singular(f, *operands))
        for mask in masks:
            if bool(mask.any()):
                text = shortened(evaluation.program.text_of(number))
                for place in points_of(evaluation, number, mask, places):
                    found.setdefault(place, text)
    return found


def singular_points(evaluation: Evaluation, tensors: Tensors, places: int) -> set[int]:
    """The points where a step that matters claims no derivative."""
    found: set[int] = set()
    for number, step in enumerate(evaluation.program.steps):
        op = OPS.get(step.op)
        if op is not None and op.singular is not None and evaluation.values[number] is not None:
            mask = op.singular(tensors.algebra, *evaluation.operands(number))
            if bool(mask.any()):
                found.update(points_of(evaluation, number, mask, places))
    return found


def _has_edges(op: Op) -> bool:
    return op.switch is not None or op.edge is not None or op.singular is not None


def depends_on(program: Program, wrt: Sequence[str]) -> list[bool]:
    """For each step, whether it depends on a variable differentiated by."""
    reached: list[bool] = []
    for step in program.steps:
        own = step.op == INPUT and step.text in wrt
        reached.append(own or any(reached[i] for i in step.operands))
    return reached


def shortened(text: str, limit: int = 40) -> str:
    """A piece of source for a message, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
