"""The meaning of a tape as torch tensors, with derivatives that hold.

A primitive with a `slope` gets it as its backward rule, and the rule is made of primitives
again, so that every order follows. The others keep torch's own rule.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial, reduce
from typing import Any, cast

import torch
from torch import Tensor

from autodiffcli.arrays import Array
from autodiffcli.diagnostics import AdiffError, wrong
from autodiffcli.ops import OPS
from autodiffcli.ops.op import BY_BALLS, Op
from autodiffcli.program import Program, Step

DTYPES = {"float32": torch.float32, "float64": torch.float64, "complex128": torch.complex128}
_CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf, "i": 1j}


class Algebra:
    """The `f` of the rules: primitives as attributes, and what else a rule may need."""

    torch = torch
    pi = math.pi

    def __init__(self, dtype: torch.dtype) -> None:
        self.dtype = dtype
        self.is_complex = dtype.is_complex

    def __getattr__(self, name: str) -> Callable[..., Tensor]:
        """The primitive of that name, `f.exp`."""
        bound = partial(self.apply, OPS[name])
        setattr(self, name, bound)
        return bound

    def number(self, value: complex) -> Tensor:
        """A constant of the working precision, shape ()."""
        return torch.tensor(value, dtype=self.dtype)

    def real(self, u: Tensor) -> Tensor:
        """The real part, which can be compared."""
        return u.real if u.is_complex() else u

    def kernel(self, op: Op, operands: Sequence[Any]) -> Tensor:
        """The value of a primitive, differentiable by torch's own rule only."""
        if callable(op.torch):
            value: Tensor = op.torch(self, *operands)
        elif op.torch == BY_BALLS:
            value = _Expanded.apply(op, 0, *torch.broadcast_tensors(*operands))  # type: ignore[no-untyped-call]
        else:
            value = _function(op.torch or op.name)(*operands)
        return value

    def apply(self, op: Op, *operands: Any) -> Tensor:
        """The value of a primitive, differentiable to every order.

        Leading operands may be Python numbers: parameters of the rule.
        """
        graph = torch.is_grad_enabled()
        tracked = graph and any(isinstance(u, Tensor) and u.requires_grad for u in operands)
        if not tracked or not op.slope or self.is_complex:
            value = self.kernel(op, operands)
        else:
            value = _by_rule(self, op, operands)
        known = op.constant or op.truth or op.name == "derivative"  # whose formula was tracked
        if tracked and not (value.requires_grad or known):
            raise wrong("no-derivative", f"torch gives no derivative for {op.name}")
        return value


@cache
def _function(path: str) -> Callable[..., Tensor]:
    found: Any = reduce(getattr, path.split("."), cast(Any, torch))
    return cast(Callable[..., Tensor], found)


def _by_rule(f: Algebra, op: Op, operands: Sequence[Any]) -> Tensor:
    tensors = [u for u in operands if isinstance(u, Tensor)]
    numbers = operands[: len(operands) - len(tensors)]
    value: Tensor = _Ruled.apply(f, op, numbers, *torch.broadcast_tensors(*tensors))  # type: ignore[no-untyped-call]
    return value


class _Ruled(torch.autograd.Function):
    """A primitive whose backward pass is its `slope`."""

    @staticmethod
    def forward(
        ctx: Any, f: Algebra, op: Op, numbers: tuple[Any, ...], *operands: Tensor
    ) -> Tensor:
        ctx.save_for_backward(*operands)
        ctx.rule = (f, op, numbers)
        return f.kernel(op, (*numbers, *operands))

    @staticmethod
    def backward(ctx: Any, *upstream: Any) -> tuple[Any, ...]:
        f, op, numbers = ctx.rule
        operands = (*numbers, *ctx.saved_tensors)
        slopes = op.slope[len(numbers) :]
        needed = ctx.needs_input_grad[3:]
        found = [
            upstream[0] * slope(f, *operands) if wanted else None
            for slope, wanted in zip(slopes, needed, strict=True)
        ]
        return (None, None, None, *found)


class _Expanded(torch.autograd.Function):
    """The n-th derivative of a primitive that is known in ball arithmetic only."""

    @staticmethod
    def forward(ctx: Any, op: Op, n: int, *operands: Tensor) -> Tensor:
        ctx.save_for_backward(*operands)
        ctx.rule = (op, n)
        return math.factorial(n) * coefficients(op, operands, n)[n]

    @staticmethod
    def backward(ctx: Any, *upstream: Any) -> tuple[Any, ...]:
        op, n = ctx.rule
        operands, needed = ctx.saved_tensors, ctx.needs_input_grad[2:]
        for position in op.fixed:
            if needed[position]:
                raise _fixed(op, position)
        found = [
            upstream[0] * _Expanded.apply(op, n + 1, *operands) if wanted else None  # type: ignore[no-untyped-call]
            for wanted in needed
        ]
        return (None, None, *found)


def _fixed(op: Op, position: int) -> AdiffError:
    message = f"no derivative of {op.signature} is known by its operand {op.parameters[position]}"
    return wrong("no-derivative", message)


def coefficients(op: Op, operands: Sequence[Tensor], order: int) -> Tensor:
    """Taylor coefficients of a primitive by its one moving operand, in ball arithmetic.

    operands  of one shape
    returns   f^(k)/k!, shape (order + 1, *shape); NaN where there are none
    """
    from autodiffcli.interpreters.balls import expansion

    (moving,) = (n for n in range(len(operands)) if n not in op.fixed)
    flat = [operand.detach().reshape(-1).tolist() for operand in operands]
    rows = [expansion(op, numbers, moving, order) for numbers in zip(*flat, strict=True)]
    found = torch.tensor(rows, dtype=operands[moving].dtype).reshape(-1, order + 1)
    return found.mT.reshape(order + 1, *operands[moving].shape).clone()


class Tensors:
    """Applies the steps of a tape to tensors.

    program  for the places of errors
    inputs   a tensor per variable
    """

    def __init__(self, program: Program, inputs: Mapping[str, Tensor], dtype: str) -> None:
        self.program = program
        self.inputs = inputs
        self.algebra = Algebra(DTYPES[dtype])
        self.truths = any(step.op in OPS and OPS[step.op].truth for step in program.steps)

    def input(self, name: str) -> Tensor:
        """The points of a variable."""
        return self.inputs[name]

    def const(self, literal: str) -> Tensor:
        """A number of the source, shape ()."""
        value = _CONSTANTS.get(literal)
        return self.algebra.number(float(literal) if value is None else value)

    def apply(self, step: Step, operands: Sequence[Tensor]) -> Tensor:
        """The value of one step. Raises AdiffError where the operands do not fit it."""
        op = OPS[step.op]
        if self.algebra.is_complex and not op.complex:
            raise self._error("not-complex", f"{op.name} is not complex-differentiable", step)
        numbers = self.numbers(op, operands)
        try:
            if op.name == "index":
                return _indexed(numbers[0], step.text)
            return self.algebra.apply(op, *numbers)
        except AdiffError as error:
            raise self._error(error.diagnostic.code, error.diagnostic.message, step) from None
        except (RuntimeError, IndexError) as error:
            raise self._error("shapes", _explained(op, numbers, error), step) from error

    def numbers(self, op: Op, operands: Sequence[Tensor]) -> Sequence[Tensor]:
        """The operands with truths as 0 and 1, where the primitive calculates with them."""
        if not self.truths:
            return operands
        keep = op.name in ("and", "or", "not") or (op.name == "where")
        dtype = self.algebra.dtype
        return [
            u.to(dtype)
            if u.dtype == torch.bool and not (keep and (position == 0 or op.truth))
            else u
            for position, u in enumerate(operands)
        ]

    def _error(self, code: str, message: str, step: Step) -> AdiffError:
        return wrong(code, message, step.span, self.program.source)


def _indexed(x: Tensor, text: str) -> Tensor:
    """`x[...]` for an index as the parser writes it: `0`, `1:`, `:,-1`."""
    places: list[int | slice] = []
    for axis in text.split(","):
        parts = [int(part) if part else None for part in axis.split(":")]
        single = parts[0] if len(parts) == 1 else None
        places.append(slice(*parts) if single is None else single)
    found: Tensor = x[tuple(places)]
    return found


def _explained(op: Op, operands: Sequence[Tensor], error: Exception) -> str:
    """What does not fit, in our words; torch's own where we have none."""
    shapes = " and ".join(_shape(u) for u in operands)
    if type(error).__name__ == "_LinAlgError":
        return f"{op.name}: the matrix is singular"
    if isinstance(error, IndexError) or "slice step" in str(error):
        return f"the index does not fit a tensor of shape {shapes}"
    return f"{op.signature} does not take operands of shape {shapes}"


def _shape(u: Tensor) -> str:
    return "x".join(map(str, u.shape)) if u.dim() else "()"


def to_tensor(values: Array, dtype: str) -> Tensor:
    """The numbers of an array, one axis."""
    real = _buffer(values.real)
    if values.imag is not None:
        real = torch.complex(real, _buffer(values.imag))
    return real.to(DTYPES[dtype])


def _buffer(numbers: array[float]) -> Tensor:
    if not numbers:
        return torch.zeros(0, dtype=torch.float64)
    return torch.frombuffer(numbers, dtype=torch.float64).clone()


def from_tensor(tensor: Tensor) -> Array:
    """A tensor's numbers as doubles, with its shape."""
    flat = tensor.detach().reshape(-1)
    parts = (flat.real, flat.imag) if flat.is_complex() else (flat,)
    arrays = []
    for part in parts:
        numbers = array("d", bytes(8 * part.numel()))
        if part.numel():
            torch.frombuffer(numbers, dtype=torch.float64).copy_(part)
        arrays.append(numbers)
    return Array(tuple(tensor.shape), arrays[0], arrays[1] if len(arrays) > 1 else None)
