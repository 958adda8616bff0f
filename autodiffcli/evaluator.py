"""Program, points and plan in; values, derivatives and verdicts out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor

from autodiffcli.arrays import Array
from autodiffcli.derive import (
    blocks,
    derivatives,
    diagonals,
    forward,
    is_elementwise,
    jacobians,
    leaves_of,
    reduced,
    weights,
)
from autodiffcli.diagnostics import wrong
from autodiffcli.interpreters.tensors import from_tensor, to_tensor
from autodiffcli.plan import Partial, Plan
from autodiffcli.points import paired
from autodiffcli.program import INPUT, Program, depends_on
from autodiffcli.result import Column, Flag
from autodiffcli.verdict import Verdicts, judge


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was computed; `app` adds what was asked to make a `Result`.

    points   as differentiated: on one shape for an elementwise expression
    reduced  reduce(value), of the known values for max and min; None with reduction none, or
             where a value is missing
    """

    points: Mapping[str, Array]
    value: Array
    reduced: float | complex | None
    columns: tuple[Column, ...]
    flags: tuple[Flag, ...]
    notes: tuple[str, ...]
    elementwise: bool


def set_threads(count: int) -> None:
    """How many threads torch may use in this process."""
    torch.set_num_threads(count)


def evaluate_plan(program: Program, points: Mapping[str, Array], plan: Plan) -> Outcome:
    """Values and derivatives at the points. Raises AdiffError where they do not fit.

    points  an array per variable, in the order of the variables
    """
    if is_elementwise(program):
        return _elementwise(program, paired(points), plan)
    return _mixing(program, points, plan)


# -- elementwise: every point by itself, in blocks


def _elementwise(program: Program, points: Mapping[str, Array], plan: Plan) -> Outcome:
    shape = next(iter(points.values())).shape if points else ()
    inputs = {name: to_tensor(values, plan.dtype) for name, values in points.items()}
    extreme = plan.reduction in ("max", "min")
    weight = weights(_values(program, inputs, plan), plan.reduction) if extreme else None
    rows = max((tensor.numel() for tensor in inputs.values()), default=1)
    values: list[Tensor] = []
    columns: dict[Partial, list[Tensor]] = {partial: [] for partial in plan.wanted}
    verdicts: Verdicts = {}
    for first, block in blocks(inputs):
        leaves = leaves_of(block, plan.wrt)
        evaluation = forward(program, leaves, plan.dtype)
        y = _filled(evaluation.output, block)
        each = 1 / max(rows, 1) if plan.reduction == "mean" else 1.0
        share = torch.full_like(y, each) if weight is None else weight[first : first + len(y)]
        found = derivatives((share * y).sum(), leaves, plan)
        values.append(y.detach() + 0.0)
        for partial, column in found.items():
            columns[partial].append(column)
        local = judge(program, block, evaluation, found, share, plan)
        verdicts.update({(row + first, partial): v for (row, partial), v in local.items()})
    y = torch.cat(values)
    full = {partial: torch.cat(parts) for partial, parts in columns.items()}
    _settle(y, full, verdicts)
    if plan.reduction == "none":
        diagonal = diagonals(full, torch.Size(shape))
        verdicts = {(_diagonal(row, rows, p), p): v for (row, p), v in verdicts.items()}
        return _outcome(points, y.reshape(shape), diagonal, verdicts, plan, True)
    shaped = {partial: column.reshape(shape) for partial, column in full.items()}
    return _outcome(points, y.reshape(shape), shaped, verdicts, plan, True)


def _values(program: Program, inputs: Mapping[str, Tensor], plan: Plan) -> Tensor:
    """The value at every point, one axis."""
    with torch.no_grad():
        parts = [
            _filled(forward(program, block, plan.dtype).output, block)
            for _, block in blocks(inputs)
        ]
    return torch.cat(parts)


def _filled(y: Tensor, block: Mapping[str, Tensor]) -> Tensor:
    """The output at each point of a block; a constant is repeated."""
    rows = next((value.numel() for value in block.values()), 1)
    return y.broadcast_to((rows,))


def _diagonal(row: int, rows: int, partial: Partial) -> int:
    """The flat position of a point on the diagonal of its Jacobian."""
    return sum(row * rows**power for power in range(len(partial) + 1))


# -- mixing: the tensors as they were given


def _mixing(program: Program, points: Mapping[str, Array], plan: Plan) -> Outcome:
    points = _for_literals(program, points)
    inputs = {
        name: to_tensor(values, plan.dtype).reshape(values.shape) for name, values in points.items()
    }
    leaves = leaves_of(inputs, plan.wrt)
    evaluation = forward(program, leaves, plan.dtype)
    y = evaluation.output
    if y.numel() == 0:
        raise wrong("empty", "the expression has no entries at these points", source=program.source)
    if plan.reduction == "none":
        columns = jacobians(y, leaves, plan)
    else:
        columns = derivatives(reduced(y, plan.reduction), leaves, plan)
    verdicts = judge(program, inputs, evaluation, columns, None, plan)
    values = (y.detach() + 0.0).contiguous()
    flat = {partial: column.reshape(-1).clone() for partial, column in columns.items()}
    _settle(values.reshape(-1), flat, verdicts)
    shaped = {partial: flat[partial].reshape(columns[partial].shape) for partial in columns}
    return _outcome(points, values, shaped, verdicts, plan, False)


def _for_literals(program: Program, points: Mapping[str, Array]) -> Mapping[str, Array]:
    """The points, single ones as numbers if the program has tensor literals such as [x, 1].

    Raises AdiffError for a literal whose entries have several points each: its axes and those of
    the points would be mixed up.
    """
    moving = depends_on(program, program.inputs)
    literals = [step for step in program.steps if step.op == "stack"]
    literals = [step for step in literals if any(moving[operand] for operand in step.operands)]
    if not literals:
        return points
    single = {
        name: Array((), values.real, values.imag) if values.shape == (1,) else values
        for name, values in points.items()
    }
    whole = _numbers_or_literals(program, single)
    for step in literals:
        if not all(whole[operand] for operand in step.operands):
            message = "a tensor literal with a variable takes one point at a time"
            hint = "give one point, or a tensor variable such as --at A=[[1,2],[3,4]]"
            raise wrong("literal", message, step.span, program.source, hint=hint)
    return single


_TO_ONE_NUMBER = frozenset({"sum", "mean", "prod", "amax", "amin", "norm", "dot", "trace", "det"})


def _numbers_or_literals(program: Program, points: Mapping[str, Array]) -> list[bool]:
    """For each step, whether it is a single number or a tensor literal."""
    found: list[bool] = []
    for step in program.steps:
        if step.op == INPUT:
            found.append(points[step.text].shape == ())
        elif step.op in ("stack", *_TO_ONE_NUMBER):
            found.append(True)
        elif step.op == "index":
            found.append(":" not in step.text)
        else:
            found.append(all(found[operand] for operand in step.operands))
    return found


# -- both


def _settle(values: Tensor, columns: Mapping[Partial, Tensor], verdicts: Verdicts) -> None:
    """Write what the verdicts say into the columns, one axis each."""
    for (row, partial), verdict in verdicts.items():
        target = columns[partial] if partial else values
        if row < target.numel():
            target[row] = verdict.value


def _outcome(
    points: Mapping[str, Array],
    values: Tensor,
    columns: Mapping[Partial, Tensor],
    verdicts: Verdicts,
    plan: Plan,
    elementwise: bool,
) -> Outcome:
    flags = _flags(values, columns, verdicts)
    known = values[torch.isfinite(values)]
    whole = len(known) == values.numel()
    total = None
    if len(known) and (plan.reduction in ("max", "min") or (whole and plan.reduction != "none")):
        total = reduced(known, plan.reduction).item()
    return Outcome(
        points={name: values for name, values in points.items()},
        value=from_tensor(values),
        reduced=total,
        columns=tuple(Column(partial, from_tensor(columns[partial])) for partial in plan.wanted),
        flags=flags,
        notes=tuple(_notes(values, plan, whole, elementwise)),
        elementwise=elementwise,
    )


def _flags(
    values: Tensor, columns: Mapping[Partial, Tensor], verdicts: Verdicts
) -> tuple[Flag, ...]:
    shapes = {(): from_shape(values), **{p: from_shape(c) for p, c in columns.items()}}
    order = {partial: number for number, partial in enumerate(shapes)}
    found = sorted(verdicts.items(), key=lambda item: (item[0][0], order[item[0][1]]))
    return tuple(
        Flag(shapes[p].index(row), p, v.status, finite(v.left), finite(v.right), v.reason)
        for (row, p), v in found
        if v.status != "exact"
    )


def from_shape(tensor: Tensor) -> Array:
    """An array without numbers that knows the tensor's shape, to count positions in."""
    from array import array

    return Array(tuple(tensor.shape), array("d"))


def finite(value: float | None) -> float | None:
    """The number, or None where it is none."""
    return value if value is not None and isfinite(value) else None


def _notes(values: Tensor, plan: Plan, whole: bool, elementwise: bool) -> list[str]:
    notes = []
    deep = any(len(partial) > 1 for partial in plan.wanted)
    mixing = not elementwise and plan.reduction != "none" and bool(plan.wanted)
    if mixing and (values.numel() > 1 or deep):
        higher = ", higher ones are row sums of the Hessian" if deep else ""
        whole_ = f"the {plan.reduction} of all values"
        notes.append(f"the expression mixes points: derivatives are those of {whole_}{higher}")
    if plan.reduction in ("max", "min"):
        if not whole:
            notes.append(f"points without a value are left out of the {plan.reduction}")
        known = values[torch.isfinite(values)]
        ties = int((known == reduced(known, plan.reduction)).sum()) if known.numel() else 0
        if ties > 1:
            notes.append(
                f"{ties} points tie for the {plan.reduction} and share its derivative equally"
            )
    return notes
