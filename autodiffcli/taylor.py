"""Derivatives of an elementwise program by Taylor series: along one variable, and mixed ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache

import torch
from torch import Tensor

from autodiffcli.directions import weights
from autodiffcli.interpreters.jets import Jets, Noise, run
from autodiffcli.interpreters.tensors import DTYPES
from autodiffcli.plan import Partial, Plan
from autodiffcli.program import Program

_OTHER_PACE = 0.7  # performance study, section 2.4
_KEPT = 31 * 2**20
Direction = tuple[tuple[str, int], ...]  # the step of each variable that moves, by name


def block_rows(order: int) -> int:
    """How many points at a time: fewer cost calls, more leave the cache; measured."""
    return 20_000 if order < 8 else 10_000


def taylor(
    program: Program,
    inputs: Mapping[str, Tensor],
    direction: Mapping[str, float],
    order: int,
    dtype: str,
    noise: torch.Generator | int | None = None,
) -> Tensor:
    """Taylor coefficients of the result in t at inputs + t direction, shape (order + 1, points).

    inputs  one axis each, of one length
    noise   a generator or a seed: every rounding is disturbed, by chance (see `Noise`) and by
            another pace along the direction, which the coefficients are freed of again
    """
    pace = 1.0 if noise is None else _OTHER_PACE
    direction = {name: pace * step for name, step in direction.items()}
    size = max((points.numel() for points in inputs.values()), default=1)
    _keep_memory()
    found = torch.empty(order + 1, size, dtype=DTYPES[dtype])
    disturb = None if noise is None else Noise(noise, DTYPES[dtype])
    length = block_rows(order)
    with torch.inference_mode():
        for first in range(0, size, length):
            block = {n: points[first : first + length] for n, points in inputs.items()}
            jet = run(program, Jets(program, block, direction, order, dtype, disturb))
            found[: len(jet), first : first + length] = jet
            found[len(jet) :, first : first + length] = 0
        if noise is not None:
            found /= torch.pow(pace, torch.arange(order + 1, dtype=torch.float64))[:, None]
    return found


@cache
def _keep_memory() -> None:
    """Have freed tensors up to 32 MB kept for the next ones: half of the time at 10^4 points.

    glibc returns them to the system, page by page, until one has been freed that was larger.
    """
    torch.empty(_KEPT, dtype=torch.uint8)


def sweep(
    program: Program,
    inputs: Mapping[str, Tensor],
    plan: Plan,
    noise: torch.Generator | int | None = None,
) -> tuple[Tensor, dict[Partial, Tensor]]:
    """The values of an elementwise program and every partial derivative that is wanted.

    inputs   one axis each, of one length
    returns  tensors of that axis
    """
    readings = {partial: _reading(partial, plan.wanted) for partial in plan.wanted}
    orders: dict[Direction, int] = {}
    for partial, reading in readings.items():
        for direction in reading:
            orders[direction] = max(orders.get(direction, 0), len(partial))
    jets = {
        direction: taylor(program, inputs, dict(direction), order, plan.dtype, noise)
        for direction, order in (orders or {(): 0}).items()
    }
    columns = {
        partial: _combined([(jets[d][len(partial)], w) for d, w in reading.items()])
        for partial, reading in readings.items()
    }
    return next(iter(jets.values()))[0], columns


def _reading(partial: Partial, wanted: Sequence[Partial]) -> dict[Direction, float]:
    """The partial as a sum of Taylor coefficients of its order: a weight for each direction."""
    variables = tuple(sorted(set(partial)))
    if len(variables) == 1:
        return {((variables[0], 1),): float(math.factorial(len(partial)))}
    highest = max(len(p) for p in wanted if set(p) == set(variables))
    found = weights(tuple(partial.count(v) for v in variables), highest)
    return {
        tuple((v, n) for v, n in zip(variables, ray, strict=True) if n): float(weight)
        for ray, weight in found.items()
    }


def _combined(terms: Sequence[tuple[Tensor, float]]) -> Tensor:
    """The sum of weighted coefficients, in double: the weights exceed what a float32 holds."""
    row = terms[0][0]
    wide = torch.promote_types(row.dtype, torch.float64)
    total = torch.zeros_like(row, dtype=wide)
    for coefficient, weight in terms:
        total.add_(coefficient.to(wide), alpha=weight)
    return total.to(row.dtype)
