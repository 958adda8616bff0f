"""Which derivatives, and how: nested `torch.autograd.grad` over blocks of points.

The first derivative is grad(reduce(y), x); each further one is grad(previous.sum(), x). For an
elementwise expression reduce(y) = sum(w*y) with weights that do not move with x (1 for sum, 1/N
for mean, the share of a tie for max and min), so points are taken in blocks and memory stays
bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor

from autodiffcli.diagnostics import wrong
from autodiffcli.interpreters.branches import Evaluation, evaluate
from autodiffcli.interpreters.tensors import DTYPES, Tensors
from autodiffcli.outcome import refuse_jacobian
from autodiffcli.plan import Partial, Plan
from autodiffcli.program import Program

_REDUCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "sum": torch.sum,
    "mean": torch.mean,
    "max": torch.max,
    "min": torch.min,
}
MAX_GRAPH = 200_000  # nodes times points / 1000 of the graph that the next order walks
BLOCK = 65_536  # points; measured best for nested autograd, performance study section 1


def leaves_of(inputs: Mapping[str, Tensor], wrt: Sequence[str]) -> dict[str, Tensor]:
    """Fresh copies of the inputs, those differentiated by asking for gradients."""
    return {
        name: value.detach().clone().requires_grad_(name in wrt) for name, value in inputs.items()
    }


def blocks(
    inputs: Mapping[str, Tensor], size: int = BLOCK
) -> Iterator[tuple[int, dict[str, Tensor]]]:
    """The inputs of an elementwise program in blocks of `size` rows, each with its first row.

    inputs  one shape for all; the blocks have one axis
    """
    flat = {name: value.reshape(-1) for name, value in inputs.items()}
    rows = max((value.numel() for value in flat.values()), default=1)
    for first in range(0, max(rows, 1), size):
        yield first, {name: value[first : first + size] for name, value in flat.items()}


def forward(program: Program, leaves: Mapping[str, Tensor], dtype: str) -> Evaluation:
    """The program's values at the leaves; a truth as its result counts as 0 or 1."""
    evaluation = evaluate(program, Tensors(program, leaves, dtype))
    if evaluation.output.dtype == torch.bool:
        evaluation.values[program.output] = evaluation.output.to(DTYPES[dtype])
    return evaluation


def largest(
    program: Program, inputs: Mapping[str, Tensor], steps: Sequence[int], dtype: str
) -> float:
    """The largest absolute value of some steps at any point; those that are not finite left out."""
    found = 0.0
    for _, block in blocks(inputs):
        values = forward(program, block, dtype).values
        for value in (values[step] for step in steps):
            sizes = value.detach().abs() if value is not None else torch.zeros(0)
            finite = sizes[torch.isfinite(sizes)]
            found = max(found, float(finite.max())) if finite.numel() else found
    return found


def reduced(y: Tensor, reduction: str) -> Tensor:
    """reduce(y), shape (). `max` and `min` share a tie's gradient equally."""
    return _REDUCTIONS[reduction](y)


def weights(y: Tensor, reduction: str) -> Tensor:
    """d reduce(y) / d y for max and min, shape of y: the share of each value in the extreme one.

    Values that are NaN or infinite are left out.
    """
    known = y[torch.isfinite(y)]
    if known.numel() == 0:
        return torch.zeros_like(y)
    extreme = (y == reduced(known, reduction)).to(y.dtype)
    return extreme / extreme.sum()


def derivatives(start: Tensor, leaves: Mapping[str, Tensor], plan: Plan) -> dict[Partial, Tensor]:
    """The wanted partial derivatives of a scalar by nested gradients.

    start   reduce(y), shape ()
    leaves  the tensors that `start` was computed from
    returns a tensor of its last variable's shape per partial; 0 where there is no dependence,
            which is known because every step of the program was checked for a lost graph
    """
    needed = _with_prefixes(plan.wanted)
    deepest = max(map(len, needed), default=0)
    found: dict[Partial, Tensor] = {(): start}
    for order in range(1, deepest + 1):
        for before in [p for p in found if len(p) == order - 1]:
            following = [p[-1] for p in needed if len(p) == order and p[:-1] == before]
            if following:
                refuse_explosion(found[before], order)
                parts = gradients(
                    found[before].sum(), [leaves[v] for v in following], order < deepest
                )
                found.update({(*before, v): d for v, d in zip(following, parts, strict=True)})
    return {partial: found[partial].detach() + 0.0 for partial in plan.wanted}


def _with_prefixes(wanted: Sequence[Partial]) -> list[Partial]:
    """The partials and all that come on the way to them."""
    return list(dict.fromkeys(p[:k] for p in wanted for k in range(1, len(p) + 1)))


def gradients(value: Tensor, leaves: Sequence[Tensor], differentiable: bool) -> list[Tensor]:
    """d value / d leaf for each leaf, holomorphic where they are complex.

    torch's gradient of the real part of a holomorphic f is the conjugate of f'.
    """
    if not value.requires_grad:
        return [torch.zeros_like(leaf) for leaf in leaves]
    start = value.real if value.is_complex() else value
    found = torch.autograd.grad(
        start, leaves, create_graph=differentiable, retain_graph=True, allow_unused=True
    )
    return [
        torch.zeros_like(leaf) if d is None else d.conj() if d.is_complex() else d
        for d, leaf in zip(found, leaves, strict=True)
    ]


def jacobians(y: Tensor, leaves: Mapping[str, Tensor], plan: Plan) -> dict[Partial, Tensor]:
    """Derivatives without a reduction: of each entry by each entry.

    returns  per partial a tensor of y's shape followed by the shape of each variable in it
    """
    found: dict[Partial, Tensor] = {(): y}
    for partial in _with_prefixes(plan.wanted):
        before, leaf = found[partial[:-1]], leaves[partial[-1]]
        refuse_jacobian(before.numel() * leaf.numel())
        rows = [gradients(entry, [leaf], True)[0] for entry in before.reshape(-1)]
        found[partial] = torch.stack(rows).reshape(before.shape + leaf.shape)
    return {partial: found[partial].detach() + 0.0 for partial in plan.wanted}


def refuse_explosion(value: Tensor, order: int) -> None:
    """Stop before nested gradients outgrow the machine: every order multiplies the graph.

    Raises AdiffError when the graph that the next order walks is too large.
    """
    if order < 5 or value.grad_fn is None:
        return
    limit = MAX_GRAPH * 1000 // (1000 + value.numel())
    seen, waiting = {value.grad_fn}, [value.grad_fn]
    while waiting and len(seen) <= limit:
        for node, _ in waiting.pop().next_functions:
            if node is not None and node not in seen:
                seen.add(node)
                waiting.append(node)
    if len(seen) > limit:
        message = f"order {order} needs more memory than nested gradients should take"
        raise wrong("order", message, hint=f"ask for --order {order - 1}")
