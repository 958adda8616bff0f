"""Reference values from mpmath, which knows nothing of adiff's rules.

Only the `mpmath` kernels of the records are taken from adiff; `tests/ops/test_ops.py` checks
those against known constants. Derivatives are finite differences of so many digits that their
error lies far below double precision.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from math import inf, isfinite
from typing import Any

import torch
from mpmath import mp, mpc, mpf

from autodiffcli.ops import OPS
from autodiffcli.ops.op import Op
from autodiffcli.parser import definition_of
from autodiffcli.program import CONST, INPUT, Builder, Program, Span

ULP = 2.0**-52
SMALLEST = 1e-306  # below, doubles lose digits
DIGITS = (30, 45, 60, 75, 120, 180)  # of the step; the values have _PRECISION times as many
_PRECISION = 10
QUICK = (22, 31, 40, 60, 80, 110)  # for functions that cost mpmath seconds at 1800 digits
_CERTAIN = mpf(10) ** -18
_NOTHING = mpf(10) ** -400

Point = tuple[float, ...]


def doubles(*numbers: float) -> torch.Tensor:
    """A tensor of float64."""
    return torch.tensor(numbers, dtype=torch.float64)


def kernel(op: Op) -> Callable[..., Any]:
    """The record's reference, f(*operands)."""
    if isinstance(op.mpmath, str):
        return getattr(mp, op.mpmath)  # type: ignore[no-any-return]
    return lambda *operands: op.mpmath(mp, *operands)


def program_of(op: Op) -> Program:
    """The tape that applies one primitive to variables of its parameters' names."""
    if op.definition:
        return definition_of(op.name)
    builder = Builder()
    inputs = tuple(builder.add(INPUT, (), name, Span(0, 0)) for name in op.parameters)
    return builder.finish(builder.add(op.name, inputs, "", Span(0, 0)))


# -- derivatives of a function of mpmath


class Reference:
    """Partial derivatives of f at a point, by differences with steps of 10^-digits.

    f       a function of mpf
    point   doubles
    fixed   positions of operands that count as exact
    digits  of the steps that are tried
    least   size of the numbers on the way to f: what cancels there is noise of that size
    """

    def __init__(
        self,
        f: Callable[..., Any],
        point: Sequence[float],
        fixed: Sequence[int] = (),
        digits: Sequence[int] = DIGITS,
        least: float = 1.0,
    ) -> None:
        self.f = f
        self.point = tuple(point)
        self.fixed = frozenset(fixed)
        self.digits = digits
        self.least = mpf(least)
        self.known: dict[tuple[int, ...], Any] = {}
        self.values: dict[tuple[int, tuple[int, ...]], Any] = {}

    def __call__(self, *orders: int) -> Any:
        """The derivative of that order by each operand. Raises ValueError where f is not real."""
        if orders not in self.known:
            self.known[orders] = self._settled(orders)
        return self.known[orders]

    def sensitivity(self, *orders: int) -> Any:
        """What a relative change of 1 in the operands does: |f| + sum |x_i df/dx_i|."""
        total = abs(self(*orders))
        for place, x in enumerate(self.point):
            further = tuple(n + (place == other) for other, n in enumerate(orders))
            total += abs(x * self(*further)) if x and place not in self.fixed else 0
        return total

    def _settled(self, orders: tuple[int, ...]) -> Any:
        """The derivative by growing precision, until two of them agree.

        Where they shrink as the step does, what is seen is the error of the difference, of 0.
        """
        before, less = None, mpf(0)
        for digits in self.digits:
            found, noise = self._difference(orders, digits)
            if abs(found) + noise < _NOTHING:
                return mpf(0)
            if abs(found) > noise:
                if before is not None and abs(found - before) <= _CERTAIN * abs(found):
                    return found
                if before is not None and abs(found) < abs(before) * mpf(10) ** (less - digits / 2):
                    return mpf(0)
                before, less = found, mpf(digits) / 2
        raise ArithmeticError(f"no reference for {orders} at {self.point}")

    def _difference(self, orders: tuple[int, ...], digits: int) -> tuple[Any, Any]:
        """The difference quotient, and how much of it may be rounding."""
        precision = digits * _PRECISION
        with mp.workdps(precision):
            steps = [mpf(min(abs(x), 1) or 1) * mpf(10) ** -digits for x in self.point]
            total, largest = mpf(0), self.least
            for offset in product(*(range(n + 1) for n in orders)):
                weight = mpf(1)
                for n, k in zip(orders, offset, strict=True):
                    weight *= (-1) ** (n - k) * mp.binomial(n, k)
                term = weight * self._value(digits, offset, steps)
                total, largest = total + term, max(largest, abs(term))
            width = mp.fprod(step**n for n, step in zip(orders, steps, strict=True))
            return total / width, largest / width * mpf(10) ** (5 - precision)

    def _value(self, digits: int, offset: tuple[int, ...], steps: Sequence[Any]) -> Any:
        key = (digits, offset)
        if key not in self.values:
            moved = [
                mpf(x) + k * step for x, k, step in zip(self.point, offset, steps, strict=True)
            ]
            self.values[key] = real(self.f(*moved))
        return self.values[key]


def real(value: Any) -> Any:
    """A finite real number as mpf. Raises ValueError for others."""
    if isinstance(value, mpc) and value.imag == 0:
        value = value.real
    if isinstance(value, mpc) or not mp.isfinite(value):
        raise ValueError("not a finite real number")
    return value * mpf(1)


def misses(
    got: float,
    reference: Any,
    sensitivity: Any,
    *,
    relative: float,
    units: float,
    ulp: float = ULP,
    smallest: float = SMALLEST,
) -> str:
    """What is wrong with a number; "" if nothing.

    relative  largest relative error, or
    units     largest error in units of what one ulp of the operands does
    ulp       relative spacing of the numbers
    smallest  absolute error that is none
    """
    if abs(reference) > mpf(2) ** 1024:
        return "" if not isfinite(got) else f"{got} for {mp.nstr(reference, 8)}: overflow unseen"
    if not isfinite(got):
        return f"{got} for {mp.nstr(reference, 17)}"
    error = abs(mpf(got) - reference)
    if error <= smallest or error <= relative * abs(reference):
        return ""
    if error <= units * ulp * sensitivity:
        return ""
    u = error / (ulp * sensitivity) if sensitivity else inf
    return f"{got} for {mp.nstr(reference, 17)}, error of {mp.nstr(u, 3)} units"


# -- whole programs


def value_at(program: Program, point: Mapping[str, Any]) -> Any:
    """The value of a program in mpmath, each branch only where it is taken.

    Raises ValueError or ZeroDivisionError where there is no finite real value.
    """
    known: dict[int, Any] = {}
    waiting = [program.output]
    while waiting:
        number = waiting[-1]
        step = program.steps[number]
        if step.op == "where" and step.operands[0] in known:
            wanted = [step.operands[1 if known[step.operands[0]] else 2]]
        else:
            wanted = list(step.operands[:1] if step.op == "where" else step.operands)
        missing = [operand for operand in wanted if operand not in known]
        if missing:
            waiting += missing
        elif step.op == "where" and wanted[0] == step.operands[0]:
            continue
        else:
            waiting.pop()
            known[number] = _meaning(step, [known[operand] for operand in wanted], point)
    return real(known[program.output])


def _meaning(step: Any, operands: Sequence[Any], point: Mapping[str, Any]) -> Any:
    if step.op == INPUT:
        return mpf(point[step.text])
    if step.op == CONST:
        named = {"pi": mp.pi, "e": mp.e, "tau": 2 * mp.pi}
        return +named[step.text] if step.text in named else mpf(step.text)
    if step.op == "where":
        return operands[0]
    value = kernel(OPS[step.op])(*operands)
    return value if isinstance(value, bool) else real(value)


def reference_of(program: Program, point: Mapping[str, float]) -> Reference:
    """Partial derivatives of a program, by its variables in their order."""
    names = program.inputs

    def f(*numbers: Any) -> Any:
        return value_at(program, dict(zip(names, numbers, strict=True)))

    return Reference(f, [point[name] for name in names])


class Neighbourhood:
    """What a program of one variable does on either side of a point.

    at     the value at the point itself, None where there is none
    below  limits of the value and its derivatives from below, None where it is not real
    above  the same from above
    """

    _STEP = mpf(10) ** -40
    _STEEP = mpf(10) ** 9  # a difference quotient above is that of a vertical tangent

    def __init__(self, program: Program, x: float, order: int) -> None:
        self.program, self.order = program, order
        with mp.workdps(400):
            self.x = mpf(x)
            self.at = self._attempt(lambda: value_at(program, {self._name: self.x}))
            self.below = self._attempt(lambda: self._limits(-1))
            self.above = self._attempt(lambda: self._limits(1))

    @cached_property
    def _name(self) -> str:
        return self.program.inputs[0] if self.program.inputs else "x"

    @staticmethod
    def _attempt(calculate: Callable[[], Any]) -> Any:
        try:
            return calculate()
        except (ValueError, ZeroDivisionError, OverflowError):
            return None

    def _limits(self, sign: int) -> list[Any]:
        step = sign * self._STEP
        places = [self.x + k * step for k in range(1, self.order + 2)]
        values = [value_at(self.program, {self._name: place}) for place in places]
        return [mp.difference(values, k) / step**k for k in range(self.order + 1)]

    @property
    def sides(self) -> list[list[Any]]:
        """The limits on the sides where the program is real."""
        return [side for side in (self.below, self.above) if side is not None]

    def derivative(self, order: int) -> Any:
        """The derivative, one-sided at an endpoint; None where there is none."""
        if self.at is None or not self.sides or not all(near(s[0], self.at) for s in self.sides):
            return None
        first = self.sides[0]
        for k in range(1, order + 1):
            if any(
                abs(side[k]) > self._STEEP or not near(side[k], first[k]) for side in self.sides
            ):
                return None
        return first[order]


def near(a: Any, b: Any, tolerance: float = 1e-8) -> bool:
    """Whether two numbers agree, relatively where they are large."""
    return bool(abs(mpf(a) - mpf(b)) <= tolerance * (1 + abs(mpf(b))))


def orders_of(names: Sequence[str], highest: int, mixed: int) -> Iterator[tuple[str, ...]]:
    """Pure partials up to `highest`, mixed ones up to `mixed`; () first."""
    yield ()
    yield from ((name,) * order for order in range(1, highest + 1) for name in names)
    for order in range(2, mixed + 1):
        for partial in product(names, repeat=order):
            if list(partial) == sorted(partial, key=list(names).index) and len(set(partial)) > 1:
                yield partial
