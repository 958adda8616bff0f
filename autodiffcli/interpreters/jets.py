"""The meaning of a tape as truncated power series in a travel t along a direction, in torch.

A jet is a series as in `series`: normalised Taylor coefficients, shape (rows, points), with as
many rows as may differ from 0. What stands still has one row, a number of the source no points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor

from autodiffcli import powers, series
from autodiffcli.diagnostics import wrong
from autodiffcli.interpreters.shaken import EXACT
from autodiffcli.interpreters.tensors import Algebra, Tensors, coefficients
from autodiffcli.ops import OPS
from autodiffcli.ops.op import BY_BALLS, Op
from autodiffcli.program import CONST, INPUT, Program, Step

# Recurrences by name; those of the second table take the number of rows.
_PLAIN: dict[str, Callable[..., Tensor]] = {
    f.__name__: f for f in (series.total, series.derivative, series.with_value, series.select)
}
_CUT: dict[str, Callable[..., Tensor]] = {
    f.__name__: f
    for f in (
        *(series.product, series.square, series.quotient, series.integral, series.along),
        *(series.logarithm, series.exponential, series.wave, series.riccati),
        *(powers.root, powers.power, powers.whole_power, powers.power_expansion, powers.arc),
        *(series.bell, series.digamma_expansion, series.compose),
    )
}
_APART, _SHIFT, _ROOM = 61, 1009, 4096  # places of factors: by row, by step, to choose from
_WHOLE = 2.0**53  # up to here doubles hold every whole number


class Series:
    """The `s` of the Taylor rules: primitives and the recurrences of `series` as attributes.

    rows  of a full series, the order + 1
    """

    torch = torch

    def __init__(self, order: int, algebra: Algebra) -> None:
        self.rows = order + 1
        self.algebra = algebra
        self.is_complex = algebra.is_complex

    def __getattr__(self, name: str) -> Callable[..., Tensor]:
        """The recurrence of that name, cut at the order, else the primitive, `s.exp`."""
        bound: Callable[..., Tensor]
        if name in _CUT:
            bound = partial(_CUT[name], rows=self.rows)
        else:
            bound = _PLAIN[name] if name in _PLAIN else partial(self.apply, OPS[name])
        setattr(self, name, bound)
        return bound

    def number(self, value: complex) -> Tensor:
        """A constant series."""
        return self.algebra.number(value)[None]

    def value(self, name: str, *operands: Tensor) -> Tensor:
        """A primitive at the first coefficients, by its own kernel; shape (points,)."""
        return self.algebra.kernel(OPS[name], [u[0] for u in operands])

    def cosine_of_atan(self, u: Tensor) -> Tensor:
        """1/sqrt(1 + u^2) at the first coefficient, for complex u too."""
        if self.is_complex:
            return 1 / (torch.sqrt(1 + 1j * u[0]) * torch.sqrt(1 - 1j * u[0]))
        return self.value("cos_atan", u)

    def apply(self, op: Op, *operands: Tensor) -> Tensor:
        """The series of a primitive. Raises AdiffError where it has none."""
        if op.mixes:
            raise wrong("no-derivative", f"{op.name} has no power series")
        for n in op.fixed:
            if len(operands[n]) > 1:
                what = f"{op.signature} is known by its operand {op.parameters[n]}"
                raise wrong("no-derivative", f"no derivative of {what}")
        if op.constant or all(len(u) == 1 for u in operands):
            return self.value(op.name, *operands)[None]
        if op.taylor is not None:
            found: Tensor = op.taylor(self, *operands)
            return found
        return self.expanded(op, operands)

    def expanded(self, op: Op, operands: Sequence[Tensor]) -> Tensor:
        """The series of a primitive without a rule, from its expansion in ball arithmetic."""
        if len(operands) - len(op.fixed) != 1:
            raise wrong("no-derivative", f"{op.name} has no power series")
        (moving,) = (u for u in operands if len(u) > 1)
        values = torch.broadcast_tensors(*(u[0] for u in operands))  # type: ignore[no-untyped-call]
        found = series.compose(coefficients(op, values, self.rows - 1), moving, self.rows)
        known = op.torch == BY_BALLS
        return found if known else series.with_value(found, self.value(op.name, *operands))


class Noise:
    """Factors 1 + e and 1 - e by chance, e 4 to 8 times the unit roundoff: stochastic arithmetic.

    Sizes differ so that two disturbances seldom undo each other.

    Two sweeps whose results differ in the n-th digit have no more than n digits right.
    Source: J. Vignes, A stochastic arithmetic for reliable scientific computation,
    Mathematics and Computers in Simulation 35 (1993).
    """

    def __init__(self, source: torch.Generator | int, dtype: torch.dtype) -> None:
        if isinstance(source, int):
            source = torch.Generator().manual_seed(source)
        self.generator = source
        self.dtype = dtype.to_real()
        self.factors = torch.empty(0, dtype=self.dtype)
        self.place = 0

    def __call__(self, u: Tensor) -> Tensor:
        """The series with every coefficient disturbed.

        All rows read one line of factors, each from another place: they meet at other points.
        """
        rows, points = u.shape
        count = (rows - 1) * _APART + points
        if count + _ROOM > len(self.factors):
            self._draw(count + _ROOM)
        self.place = (self.place + _SHIFT) % (len(self.factors) - count)
        factors = self.factors.as_strided((rows, points), (_APART, 1), self.place)
        return u * factors

    def _draw(self, count: int) -> None:
        size = torch.finfo(self.dtype).eps * 4
        chance = torch.rand(count, generator=self.generator, dtype=self.dtype) - 0.5
        self.factors = (chance + torch.sign(chance) * 0.5) * size + 1


class Jets:
    """Applies the steps of a tape to jets.

    inputs     points per variable, one axis each; or shape () for one that stands still
    direction  how far each variable goes per unit of travel; those left out stand still
    noise      disturbs every coefficient that was rounded
    """

    def __init__(
        self,
        program: Program,
        inputs: Mapping[str, Tensor],
        direction: Mapping[str, float],
        order: int,
        dtype: str,
        noise: Noise | None = None,
    ) -> None:
        self.program = program
        self.tensors = Tensors(program, inputs, dtype)
        self.direction = direction
        self.series = Series(order, self.tensors.algebra)
        self.noise = noise

    def input(self, name: str) -> Tensor:
        """The points of a variable and its step."""
        points, step = self.tensors.input(name), self.direction.get(name, 0)
        if not step or self.series.rows == 1:
            return points[None]
        found = points.new_empty(2, *points.shape)
        found[0] = points
        found[1] = step
        return found

    def const(self, literal: str) -> Tensor:
        """A number of the source, shape (1,)."""
        return self.tensors.const(literal)[None]

    def apply(self, step: Step, operands: Sequence[Tensor]) -> Tensor:
        """The jet of one step. Raises AdiffError where there is none."""
        op = OPS[step.op]
        if self.series.is_complex and not op.complex:
            message = f"{op.name} is not complex-differentiable"
            raise wrong("not-complex", message, step.span, self.program.source)
        numbers = self.tensors.numbers(op, operands)
        found = self.series.apply(op, *numbers)
        if self.noise is None or op.constant or op.name in EXACT or found.dim() < 2:
            return found
        noisy = self.noise(found)
        if len(found) > 1 or found.is_complex():
            return noisy
        exact = _is_whole(found)
        for operand in numbers:
            exact = exact & _is_whole(operand)
        return torch.where(exact, found, noisy)


def _is_whole(u: Tensor) -> Tensor:
    """Where numbers are whole; arithmetic with those rounds nothing while they are small."""
    return (u == torch.round(u)) & (u.abs() < _WHOLE)


def run(program: Program, jets: Jets) -> Tensor:
    """The jet of the result; each step's is dropped after its last use."""
    last = {operand: n for n, step in enumerate(program.steps) for operand in step.operands}
    values: dict[int, Tensor] = {}
    for number, step in enumerate(program.steps):
        if step.op == INPUT:
            values[number] = jets.input(step.text)
        elif step.op == CONST:
            values[number] = jets.const(step.text)
        else:
            values[number] = jets.apply(step, [values[i] for i in step.operands])
        for operand in set(step.operands):
            if last[operand] == number:
                del values[operand]
    return values[program.output]
