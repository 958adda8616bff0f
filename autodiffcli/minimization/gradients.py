"""The objective of many variables by torch, with a look at kinks and missing values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, prod

import torch
from flint import arb
from torch import Tensor

from autodiffcli.derive import forward, gradients, leaves_of
from autodiffcli.diagnostics import wrong
from autodiffcli.evaluator import set_threads
from autodiffcli.faults import edges, faults
from autodiffcli.interpreters.branches import Evaluation
from autodiffcli.interpreters.tensors import Tensors, to_tensor
from autodiffcli.minimization.bends import ACROSS, Bend
from autodiffcli.minimization.curvature import INDEFINITE, NEGATIVE, POSITIVE, SINGULAR
from autodiffcli.minimization.objective import Local, Nowhere
from autodiffcli.program import Program
from autodiffcli.starts import Start

DTYPE = "float64"
MOST_BENT = 500  # variables up to which there is a Hessian, at the end alone
ROUNDING = 1e-10  # of the largest eigenvalue: below, one may be 0


@dataclass(frozen=True)
class TorchObjective:
    """A program of many variables."""

    program: Program
    start: Start
    sign: float = 1.0
    has_hessian: bool = False

    def __post_init__(self) -> None:
        set_threads(1)

    def at(self, point: Sequence[float], curved: bool = False) -> Local:
        """The objective at a point, without a Hessian. Raises Nowhere."""
        inputs, leaves, evaluation = self._forward(point)
        value = evaluation.output
        if value.numel() != 1:
            hint = "sum(...) or mean(...) makes one number of it"
            raise wrong("shapes", "the value is no single number", hint=hint)
        tensors = Tensors(self.program, inputs, DTYPE)
        for fault in faults(evaluation, tensors, 1).values():
            raise Nowhere(fault.status, fault.reason)
        flat = _flat(gradients(value.sum(), leaves, False))
        height = arb(float(value.detach().reshape(-1)[0]))
        for edge in edges(evaluation, tensors, 1, tuple(self.start.shapes)).values():
            raise Nowhere("kink", f"{edge.text} is not smooth there", height)
        if bool(torch.isnan(flat).any()):
            raise Nowhere("undecided", "the gradient could not be computed", height)
        return Local(tuple(point), height, tuple(arb(g) for g in flat.tolist()))

    def bend(self, point: Sequence[float]) -> Bend | None:
        """How it bends at a point; None for very many variables, and where it is not finite."""
        if len(point) > MOST_BENT:
            return None
        _, leaves, evaluation = self._forward(point)
        gradient = _flat(gradients(evaluation.output.sum(), leaves, True))
        rows = [_flat(gradients(entry, leaves, False)).detach() for entry in gradient]
        hessian = torch.stack(rows)
        if not bool(torch.isfinite(hessian).all() & torch.isfinite(gradient).all()):
            return None
        return _bend(hessian, gradient.detach())

    def _forward(
        self, point: Sequence[float]
    ) -> tuple[dict[str, Tensor], list[Tensor], Evaluation]:
        """The inputs, the leaves that move, and all values at a point."""
        numbers = torch.tensor(point, dtype=torch.float64)
        inputs, first = dict[str, Tensor](), 0
        for name, shape in self.start.shapes.items():
            inputs[name] = numbers[first : first + prod(shape)].reshape(shape)
            first += prod(shape)
        for name, values in self.start.fixed.items():
            inputs[name] = to_tensor(values, DTYPE).reshape(values.shape)
        names = tuple(self.start.shapes)
        leaves = leaves_of(inputs, names)
        return inputs, [leaves[name] for name in names], forward(self.program, leaves, DTYPE)


def _flat(parts: Sequence[Tensor]) -> Tensor:
    return torch.cat([part.reshape(-1) for part in parts])


def _bend(hessian: Tensor, gradient: Tensor) -> Bend:
    """The bend of a Hessian in doubles, scaled to a diagonal of 1."""
    units = hessian.diagonal().abs().sqrt()
    units = torch.where(units > 0, units, 1.0)
    values, vectors = torch.linalg.eigh(hessian / units / units[:, None])
    largest = values.abs().max()
    flat = values.abs() <= ROUNDING * largest
    shares = vectors.T @ (gradient / units)
    away = bool((shares[flat].abs() > ACROSS * shares.norm()).any())
    step = vectors @ torch.where(flat, 0.0, shares / values) / units
    kind = POSITIVE if bool((values > 0).all()) else NEGATIVE
    if bool(((values < 0) & ~flat).any() and ((values > 0) & ~flat).any()):
        kind = INDEFINITE
    elif bool(flat.any()):
        kind = SINGULAR
    least = float(values[values.abs().argmin()])
    curvatures = tuple(arb(c) for c in (*hessian.diagonal().tolist(), least))
    found = tuple(step.tolist())
    return Bend(kind, None if away or not all(map(isfinite, found)) else found, curvatures)
