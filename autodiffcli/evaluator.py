"""Many points by torch: nested gradients or Taylor series in blocks, and a second look.

Points that torch cannot be trusted at (faults, edges, what is not finite, what loses digits) are
judged one by one in ball arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from math import inf, log10, nan

import torch
from torch import Tensor

from autodiffcli import one_point, pointwise
from autodiffcli.arrays import Array
from autodiffcli.derive import (
    blocks,
    derivatives,
    forward,
    jacobians,
    leaves_of,
    reduced,
    weights,
)
from autodiffcli.diagnostics import wrong
from autodiffcli.faults import Edge, Fault, edges, faults
from autodiffcli.interpreters.branches import Evaluation
from autodiffcli.interpreters.shaken import Shaken, change
from autodiffcli.interpreters.tensors import Tensors, from_tensor, to_tensor
from autodiffcli.outcome import (
    Outcome,
    Verdicts,
    diagonal,
    for_literals,
    on_diagonal,
    outcome,
)
from autodiffcli.plan import Partial, Plan, is_elementwise
from autodiffcli.points import Points, paired
from autodiffcli.program import Program, run
from autodiffcli.taylor import block_rows, sweep
from autodiffcli.verdict import Verdict

SETTLED = 2_000  # points that are judged one by one, at 0.1 to 2 ms each
AUTOGRAD_ORDER = 1  # from the next order on Taylor series are faster; tests/benchmarks/orders.py
SHAKY = 3e-12  # relative change by noise of 2 to 4 ulp from which on a number is looked at again
LOST = 1e-6  # likewise, beside the terms of what is meant to be 0
_SEED = 1993  # of the noise: the same points give the same answer


def set_threads(count: int) -> None:
    """How many threads torch may use in this process."""
    torch.set_num_threads(count)


def evaluate_plan(
    program: Program,
    points: Points,
    plan: Plan,
    method: str = "auto",
    *,
    absolute: bool = False,
) -> Outcome:
    """Values and derivatives at the points. Raises AdiffError where they do not fit.

    points    an array per variable, in the order of the variables
    absolute  lost digits do not matter, as in what is meant to be 0
    """
    elementwise = is_elementwise(program)
    if method == "taylor" and not elementwise:
        message = "an expression that mixes points has no Taylor series point by point"
        raise wrong("method", message, source=program.source, hint="leave out --method")
    if elementwise:
        return _elementwise(program, paired(points), plan, method, absolute)
    return _mixing(program, points, plan)


# -- elementwise: every point by itself, in blocks


def _elementwise(
    program: Program, points: Points, plan: Plan, method: str, absolute: bool
) -> Outcome:
    order = max(map(len, plan.wanted), default=0)
    by_series = method == "taylor" or (method == "auto" and order > AUTOGRAD_ORDER)
    shape = next(iter(points.values())).shape if points else ()
    inputs = {name: to_tensor(values, plan.dtype) for name, values in points.items()}
    block = _Block(program, plan, by_series, absolute)
    size = block_rows(order) if by_series else None
    for first, part in blocks(inputs, size) if size else blocks(inputs):
        block.add(first, part)
    values = torch.cat(block.values)
    columns = {partial: torch.cat(parts) for partial, parts in block.columns.items()}
    share = _shares(values, plan.reduction)
    verdicts = _settled(program, inputs, values, columns, block.suspects, plan, method)
    if absolute:
        verdicts = {place: _known_or_not(verdict) for place, verdict in verdicts.items()}
    for partial, column in columns.items():
        columns[partial] = torch.where(share == 0, 0.0, share * column)
    if plan.reduction not in ("sum", "none"):
        verdicts = {
            (row, partial): one_point.weighted(verdict, share[row].item()) if partial else verdict
            for (row, partial), verdict in verdicts.items()
        }
    found = {partial: _array(column, shape) for partial, column in columns.items()}
    if plan.reduction == "none":
        rows = values.numel()
        found = {partial: diagonal(column, partial) for partial, column in found.items()}
        verdicts = {(on_diagonal(row, rows, p), p): v for (row, p), v in verdicts.items()}
    name = "taylor" if by_series else "autograd"
    return outcome(points, _array(values, shape), found, verdicts, plan, True, name)


def moving_of(program: Program, plan: Plan) -> tuple[str, ...]:
    """The variables that something is differentiated by, inside the program too."""
    inside = any(step.inner is not None for step in program.steps)
    return program.inputs if inside else plan.wrt if plan.wanted else ()


def _known_or_not(verdict: Verdict) -> Verdict:
    """What is meant to be 0 and has lost its digits is not known at all."""
    if verdict.status != "unstable":
        return verdict
    return Verdict("undecided", nan, reason="its digits are lost there")


def _array(tensor: Tensor, shape: tuple[int, ...]) -> Array:
    return replace(from_tensor(tensor), shape=shape)


def _shares(values: Tensor, reduction: str) -> Tensor:
    """d reduce / d value at every point."""
    if reduction in ("max", "min"):
        return weights(values, reduction)
    each = 1 / max(values.numel(), 1) if reduction == "mean" else 1.0
    return torch.full_like(values, each)


class _Block:
    """Columns that grow block by block, and the rows that need a second look.

    suspects  per row why: a fault, an edge, or how many digits are left
    """

    def __init__(self, program: Program, plan: Plan, by_series: bool, absolute: bool) -> None:
        self.program = program
        self.plan = plan
        self.by_series = by_series
        self.absolute = absolute
        self.values: list[Tensor] = []
        self.columns: dict[Partial, list[Tensor]] = {partial: [] for partial in plan.wanted}
        self.suspects: dict[int, Fault | Edge | float] = {}

    def add(self, first: int, block: Mapping[str, Tensor]) -> None:
        """Differentiate a block of points whose first one has this row."""
        program, plan = self.program, self.plan
        leaves = leaves_of(block, () if self.by_series else plan.wrt)
        evaluation = forward(program, leaves, plan.dtype)
        rows = next((value.numel() for value in block.values()), 1)
        y = evaluation.output.broadcast_to((rows,))
        tensors = Tensors(program, block, plan.dtype)
        if self.by_series:
            _, found = sweep(program, block, plan)
        else:
            found = derivatives(y.sum(), leaves, plan)
        self.values.append(y.detach() + 0.0)
        for partial, column in found.items():
            self.columns[partial].append(column)
        if not self.absolute:
            for row, digits in self._shaky(block, self.values[-1], found).items():
                self.suspects[row + first] = digits
        if any(step.inner is not None for step in program.steps):
            for row, digits in self._lost(evaluation, tensors, rows).items():
                self.suspects[row + first] = digits
        moving = moving_of(program, plan)
        if moving and not tensors.algebra.is_complex:
            for row, edge in edges(evaluation, tensors, rows, moving).items():
                self.suspects[row + first] = edge
        for row, fault in faults(evaluation, tensors, rows).items():
            self.suspects[row + first] = fault

    def _lost(self, evaluation: Evaluation, tensors: Tensors, rows: int) -> dict[int, float]:
        """The rows where a formula of a derivative loses its digits, with those that are left.

        Of what is meant to be 0, beside the largest of the terms that it is the difference of.
        """
        y = evaluation.output.detach().broadcast_to((rows,))
        with torch.no_grad():
            shaken = run(self.program, Shaken(tensors, rows))[self.program.output]
            scale = None
            if self.absolute:
                terms = evaluation.operands(self.program.output)
                sizes = torch.cat([u.detach().abs().reshape(-1) for u in terms])
                scale = sizes[torch.isfinite(sizes)].amax() if len(sizes) else None
            apart = change(y, shaken.broadcast_to((rows,)), scale)
        limit = LOST if self.absolute else SHAKY
        places = (apart > limit).nonzero()[:, 0].tolist()
        return {row: max(0.0, -log10(float(apart[row]))) for row in places}

    def _shaky(
        self, block: Mapping[str, Tensor], y: Tensor, found: Mapping[Partial, Tensor]
    ) -> dict[int, float]:
        """The rows where noise in the last bits changes a number, with the digits left.

        Source: J. Vignes, A stochastic arithmetic for reliable scientific computation,
        Mathematics and Computers in Simulation 35 (1993).
        """
        noisy_y, noisy = sweep(self.program, block, self.plan, noise=_SEED)
        pairs = [(y, noisy_y.broadcast_to(y.shape)), *((c, noisy[p]) for p, c in found.items())]
        worst = torch.zeros(y.shape, dtype=torch.float64)
        for plain, shaken in pairs:
            apart = ((plain - shaken).abs() / plain.abs()).to(torch.float64)
            apart = torch.where((plain == shaken) & torch.isfinite(plain), 0.0, apart)
            worst = torch.maximum(worst, torch.nan_to_num(apart, nan=inf))
        limit = SHAKY if self.plan.dtype != "float32" else 1e-3
        rows = (worst > limit).nonzero()[:, 0]
        left = {row: size for row, size in zip(rows.tolist(), worst[rows].tolist(), strict=True)}
        return {row: max(0.0, -log10(size)) if size else 16.0 for row, size in left.items()}


def _settled(
    program: Program,
    inputs: Mapping[str, Tensor],
    values: Tensor,
    columns: Mapping[Partial, Tensor],
    suspects: Mapping[int, Fault | Edge | float],
    plan: Plan,
    method: str,
) -> Verdicts:
    """Verdicts on the rows that need one."""
    found: Verdicts = {}
    named: dict[Partial, Tensor] = {(): values, **columns}
    each = len(program.steps) * pointwise.rays_of(plan)
    known = not plan.dtype.startswith("complex") and one_point.is_known(program)
    if known and each * values.numel() <= pointwise.WORK:
        rows: Sequence[int] = range(values.numel())
    else:
        rows = sorted(suspects, key=lambda row: (certainty(suspects[row]), row))
    for number, row in enumerate(rows):
        suspect = suspects.get(row)
        if isinstance(suspect, Fault) and not (known and number < SETTLED):
            verdict = _lost(suspect)
            found.update({(row, partial): verdict for partial in named})
            continue
        own = {partial: column[row].item() for partial, column in named.items()}
        if known and (number < SETTLED or row not in suspects):
            numbers = {name: float(value[row]) for name, value in inputs.items()}
            judged = one_point.judged_at(program, numbers, plan)
            if method != "auto":
                judged = {p: _against(verdict, own[p]) for p, verdict in judged.items()}
        else:
            judged = {p: unjudged(suspects[row], number) for p, number in own.items()}
        found.update({(row, partial): verdict for partial, verdict in judged.items()})
    return found


def certainty(suspect: Fault | Edge | float) -> int:
    """How much torch's own word says; what says least is judged first."""
    if isinstance(suspect, Fault):
        return 2 if suspect.status == "outside" else 0
    return 1 if isinstance(suspect, float) else 0


def _against(verdict: Verdict, number: float) -> Verdict:
    """The verdict on a number that a method gave where the right one is known."""
    if verdict.status != "exact":
        return verdict
    if not verdict.value and abs(number) < 1e-12:
        return verdict  # a 0 that rounding has missed
    gap = abs(number - verdict.value) / abs(verdict.value) if verdict.value else 1.0
    if gap <= 1e-12 or abs(number - verdict.value) < 1e-300:
        return Verdict("exact", number)
    digits = max(0, int(-log10(gap))) if gap == gap and gap else 0
    return Verdict("unstable", number, reason=f"{digits} digits are right")


def unjudged(suspect: Fault | Edge | float, number: float | complex) -> Verdict:
    """The verdict where there are too many points to settle them one by one."""
    if isinstance(suspect, Fault):
        return _lost(suspect)
    if isinstance(suspect, Edge):
        return Verdict("undecided", nan, reason=f"{suspect.text} is not smooth there")
    if number != number or abs(number) == inf:
        return Verdict("undecided", nan, reason="the derivative could not be computed there")
    return Verdict("unstable", number.real, reason=f"about {int(suspect)} digits are right")


@cache
def _lost(fault: Fault) -> Verdict:
    return Verdict(fault.status, nan, reason=fault.reason)


# -- mixing: the tensors as they were given


def _mixing(program: Program, points: Points, plan: Plan) -> Outcome:
    points = for_literals(program, points)
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
    tensors = Tensors(program, inputs, plan.dtype)
    verdicts = _whole(faults(evaluation, tensors, 1), y, columns)
    moving = moving_of(program, plan)
    if moving and not tensors.algebra.is_complex and not verdicts:
        for edge in edges(evaluation, tensors, 1, moving).values():
            verdicts.update(_whole({0: edge}, y, columns))
    found = {partial: _array(column, tuple(column.shape)) for partial, column in columns.items()}
    value = _array(y.detach() + 0.0, tuple(y.shape))
    return outcome(points, value, found, verdicts, plan, False, "autograd")


def _whole(
    suspects: Mapping[int, Fault | Edge], y: Tensor, columns: Mapping[Partial, Tensor]
) -> Verdicts:
    """Verdicts where points are mixed: what is the matter anywhere concerns every derivative."""
    found: Verdicts = {}
    for suspect in suspects.values():
        verdict = unjudged(suspect, nan)
        if isinstance(suspect, Fault):
            lost = (~torch.isfinite(y.detach())).reshape(-1).nonzero()[:, 0].tolist()
            found.update({(n, ()): verdict for n in lost or range(y.numel())})
        for partial, column in columns.items():
            found.update({(n, partial): verdict for n in range(column.numel())})
    for partial, column in columns.items():
        for n in (~torch.isfinite(column)).reshape(-1).nonzero()[:, 0].tolist():
            reason = "the derivative could not be computed there"
            found.setdefault((n, partial), Verdict("undecided", nan, reason=reason))
    return found
