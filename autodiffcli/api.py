"""The Python interface: what `adiff` does, without the shell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from autodiffcli.app import differentiated
from autodiffcli.arrays import Array
from autodiffcli.diagnostics import wrong
from autodiffcli.interpreters.tensors import from_tensor, to_tensor
from autodiffcli.parser import parse
from autodiffcli.points import ordered, product, read_points
from autodiffcli.program import Program
from autodiffcli.request import DTYPES, MAX_ORDER, METHODS, REDUCTIONS, Request, names, one_of
from autodiffcli.result import Flag, Result

Given = str | float | complex | Sequence[Any] | Tensor | Any


@dataclass(frozen=True, slots=True)
class Differentiated:
    """Values and derivatives as tensors.

    result  everything else: flags, notes, the points as they were paired
    """

    result: Result

    @property
    def value(self) -> Tensor:
        """The value at every point; NaN where there is none. Shape of the points."""
        return self._tensor(self.result.value)

    def derivative(self, *wrt: str) -> Tensor:
        """A partial derivative, `derivative("a", "t")`; NaN where there is none.

        Shape of the points. Raises KeyError for one that was not asked for.
        """
        for column in self.result.derivatives:
            if sorted(column.wrt) == sorted(wrt):
                return self._tensor(column.values)
        known = ", ".join("".join(column.wrt) for column in self.result.derivatives)
        raise KeyError(f"no derivative by {', '.join(wrt)}; there are {known}")

    @property
    def status(self) -> list[str]:
        """What holds at each point in row-major order: `exact`, or the first flag's status."""
        found = ["exact"] * len(self.result.value)
        shape = self.result.value.shape
        for flag in self.result.flags:
            if len(flag.index) == len(shape):
                row = 0
                for size, place in zip(shape, flag.index, strict=True):
                    row = row * size + place
                if row < len(found) and found[row] == "exact":
                    found[row] = flag.status
        return found

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What is the matter, place by place."""
        return self.result.flags

    def _tensor(self, values: Array) -> Tensor:
        return to_tensor(values, self.result.dtype).reshape(values.shape)


def differentiate(
    expression: str,
    at: Mapping[str, Given] | Given | None = None,
    order: int = 1,
    *,
    wrt: Sequence[str] = (),
    partial: Sequence[str] = (),
    reduction: str = "sum",
    method: str = "auto",
    dtype: str = "float64",
    grid: bool = False,
) -> Differentiated:
    """Values and derivatives of an expression at points.

    at       per variable: numbers, nested lists, tensors, arrays, or a text as given to --at;
             without names for an expression of one variable
    order    highest order; every partial derivative up to it, unless `partial` names some
    wrt      variables to differentiate by; all if empty
    partial  single partial derivatives, "a,a,t"
    raises   AdiffError, whose `diagnostic` has the place and a hint

    >>> differentiate("x**2 + 1", at=[1, 2, 3, 4]).derivative("x").tolist()
    [2.0, 4.0, 6.0, 8.0]
    """
    if isinstance(order, bool) or not isinstance(order, int) or not 0 <= order <= MAX_ORDER:
        raise wrong("option", f"order is a whole number from 0 to {MAX_ORDER}, not {order!r}")
    request = Request(
        expression=expression,
        order=order,
        wrt=tuple(wrt),
        partials=tuple(names(text, "partial") for text in partial),
        reduction=one_of(reduction, "reduction", REDUCTIONS),
        method=one_of(method, "method", METHODS),
        dtype=one_of(dtype, "dtype", DTYPES),
    )
    imaginary = dtype.startswith("complex")
    program = parse(expression, imaginary=imaginary)
    points = _points(at, program, imaginary)
    if grid:
        points = product(points)
    return Differentiated(differentiated(program, points, request))


def _points(
    at: Mapping[str, Given] | Given | None, program: Program, imaginary: bool
) -> dict[str, Array]:
    if at is None:
        return ordered({}, program)
    if isinstance(at, str):
        return read_points([at], program, imaginary=imaginary)
    if not isinstance(at, Mapping):
        if len(program.inputs) > 1:
            raise wrong("unnamed", f"points need names: {', '.join(program.inputs)}")
        at = {program.inputs[0] if program.inputs else "x": at}
    given = {name: _array(name, value, program, imaginary) for name, value in at.items()}
    return ordered(given, program)


def _precise(value: Given) -> torch.dtype:
    """The dtype that keeps all digits of Python's numbers, which torch would read as float32."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, complex) or getattr(getattr(item, "dtype", None), "is_complex", False):
            return torch.complex128
        if isinstance(item, (list, tuple)):
            waiting.extend(item)
    return torch.float64


def _array(name: str, value: Given, program: Program, imaginary: bool) -> Array:
    if isinstance(value, str):
        only = parse(name)
        return read_points([f"{name}={value}"], only, imaginary=imaginary)[name]
    try:
        tensor = torch.as_tensor(value, dtype=None if hasattr(value, "dtype") else _precise(value))
    except (TypeError, ValueError, RuntimeError) as error:
        raise wrong("point", f"the points of '{name}' are no numbers: {error}") from error
    dtype = torch.complex128 if tensor.is_complex() else torch.float64
    found = from_tensor(tensor.detach().cpu().to(dtype))
    # a vector to derivatives of tensors, several points to everything else
    deferred = any(step.op == "deferred" for step in program.steps)
    return replace(found, rank=tensor.dim()) if deferred else found
