"""The tape by torch: on a device, or compiled. The same blocks and checks, larger blocks."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from autodiffcli.diagnostics import AdiffError, Span, wrong
from autodiffcli.engine.kernels import Column, kernel_operands
from autodiffcli.engine.machine import constants_of, needed_for, stretched
from autodiffcli.engine.noise import Noise
from autodiffcli.interpreters.tensors import Algebra
from autodiffcli.ops import OPS
from autodiffcli.program import INPUT

if TYPE_CHECKING:
    from autodiffcli.lowering import Lowered

SIZE = 1 << 20  # points in a block


def check(device: str) -> None:
    """Raise AdiffError where there is no such device."""
    try:
        torch.zeros(1, dtype=torch.float64, device=device)
    except (RuntimeError, AssertionError, TypeError) as error:
        why = str(error).splitlines()[0]
        message = f"torch has no device '{device}' here: {why}"
        span = Span(0, len(device))
        raise wrong("device", message, span, device, origin="--device ") from None


def devices() -> list[str]:
    """What torch can calculate on: `cpu`, and every `cuda:N` with its name."""
    built = torch.version.cuda or torch.version.hip
    count = torch.cuda.device_count() if built else 0  # without loading torch.cuda for nothing
    return ["cpu", *(f"cuda:{n} ({torch.cuda.get_device_name(n)})" for n in range(count))]


class DeviceMachine:
    """As `Machine`, by torch.

    seconds  that compiling took; 0 where nothing was compiled
    """

    def __init__(
        self,
        tape: Lowered,
        dtype: str,
        watched: Sequence[int],
        noise: Noise | None,
        device: str,
        compiled: bool,
    ) -> None:
        self.tape, self.noise, self.device, self.size = tape, noise, device, SIZE
        self.kind = np.dtype(dtype)
        self.constants = constants_of(tape, self.kind, noise)
        self.kept = tuple(dict.fromkeys((*tape.outputs, *watched)))
        self.algebra = Algebra(getattr(torch, dtype))
        self.known: dict[int, Column] = {}
        self.seconds = 0.0
        self._fresh = compiled
        self._function: Callable[..., list[Tensor]] = self._calculated
        if compiled:
            self._function = self._compiled
        torch.set_num_threads(1)

    def is_computed(self, step: int) -> bool:
        """Whether a step is neither a constant nor an input."""
        return step not in self.constants and self.tape.steps[step].op != INPUT

    def run(self, inputs: Mapping[str, Column], outputs: Mapping[int, Column], length: int) -> None:
        """A block, as `Machine.run`; what is compiled is for blocks of one length."""
        whole = self._function != self._calculated
        full = SIZE if whole else length
        given = [stretched(inputs[name], full) for name in self.tape.inputs]
        tensors = [torch.from_numpy(column).to(self.device) for column in given]
        start = time.perf_counter()
        try:
            with torch.no_grad():
                found = self._function(*tensors)
        except Exception as error:  # torch.compile takes a compiler, and some kernels it cannot
            if not whole:
                raise
            raise _uncompiled(error) from None
        if self._fresh:
            self.seconds, self._fresh = time.perf_counter() - start, False
        for step, value in zip(self.kept, found, strict=True):
            column = value.expand(full)[:length].cpu().numpy()
            self.known[step] = column
            if step in outputs:
                outputs[step][:] = column

    def value(self, step: int) -> Any:
        """What a step that was kept is at the block that was run last."""
        return self.known[step]

    def _compiled(self, *inputs: Tensor) -> list[Tensor]:
        """Compile the steps as one graph, at the first block."""
        from torch.fx.experimental.proxy_tensor import make_fx

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what torch itself is made of
            graph = make_fx(self._calculated)(*inputs)
            found: Callable[..., list[Tensor]] = torch.compile(graph, dynamic=False)
            result = found(*inputs)
        self._function = found
        return result

    def _calculated(self, *inputs: Tensor) -> list[Tensor]:
        steps, named = self.tape.steps, dict(zip(self.tape.inputs, inputs, strict=True))
        values: dict[int, Any] = {}
        for number in sorted(needed_for(self.tape, self.kept)):
            step = steps[number]
            if number in self.constants:
                values[number] = self.constants[number].item()
            elif step.op == INPUT:
                values[number] = named[step.text]
            else:
                values[number] = self._step(number, [values[i] for i in step.operands])
        return [
            value if isinstance(value, Tensor) else torch.tensor(value, dtype=self.algebra.dtype)
            for value in (values[step] for step in self.kept)
        ]

    def _step(self, number: int, operands: list[Any]) -> Tensor:
        op = OPS[self.tape.steps[number].op]
        if op.name == "pow" and not isinstance(operands[1], Tensor):
            found = torch.pow(operands[0], operands[1])
        else:
            found = self.algebra.kernel(op, kernel_operands(op, operands, self._tensor))
        factor = self.noise.factor(number, op.name) if self.noise is not None else None
        return found if factor is None else found * factor

    def _tensor(self, u: Any) -> Tensor:
        if isinstance(u, Tensor):
            return u
        return torch.tensor(u, dtype=self.algebra.dtype, device=self.device)


def _uncompiled(error: Exception) -> AdiffError:
    why = (str(error).splitlines() or [type(error).__name__])[0]
    hint = "it takes a C++ compiler; leave out --compile"
    return wrong("compile", f"torch.compile does not take this: {why}", hint=hint)
