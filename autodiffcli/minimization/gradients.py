"""The objective of many variables by torch, with a look at kinks and missing values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import torch
from flint import arb

from autodiffcli.derive import forward, gradients, leaves_of
from autodiffcli.diagnostics import wrong
from autodiffcli.evaluator import set_threads
from autodiffcli.faults import edges, faults
from autodiffcli.interpreters.tensors import Tensors, to_tensor
from autodiffcli.minimization.objective import Local, Nowhere
from autodiffcli.program import Program
from autodiffcli.starts import Start

DTYPE = "float64"


@dataclass(frozen=True)
class TorchObjective:
    """A program of many variables."""

    program: Program
    start: Start
    has_hessian: bool = False

    def __post_init__(self) -> None:
        set_threads(1)

    def at(self, point: Sequence[float], curved: bool = False) -> Local:
        """The objective at a point, without a Hessian. Raises Nowhere."""
        numbers = torch.tensor(point, dtype=torch.float64)
        inputs, first = {}, 0
        for name, shape in self.start.shapes.items():
            inputs[name] = numbers[first : first + prod(shape)].reshape(shape)
            first += prod(shape)
        for name, values in self.start.fixed.items():
            inputs[name] = to_tensor(values, DTYPE).reshape(values.shape)
        names = tuple(self.start.shapes)
        leaves = leaves_of(inputs, names)
        evaluation = forward(self.program, leaves, DTYPE)
        value = evaluation.output
        if value.numel() != 1:
            hint = "sum(...) or mean(...) makes one number of it"
            raise wrong("shapes", "the value is no single number", hint=hint)
        tensors = Tensors(self.program, inputs, DTYPE)
        for fault in faults(evaluation, tensors, 1).values():
            raise Nowhere(fault.status, fault.reason)
        found = gradients(value.sum(), [leaves[name] for name in names], False)
        flat = torch.cat([one.reshape(-1) for one in found])
        height = arb(float(value.detach().reshape(-1)[0]))
        for edge in edges(evaluation, tensors, 1, names).values():
            raise Nowhere("kink", f"{edge.text} is not smooth there", height)
        if bool(torch.isnan(flat).any()):
            raise Nowhere("undecided", "the gradient could not be computed", height)
        return Local(tuple(point), height, tuple(arb(g) for g in flat.tolist()))
