"""The meaning of a tape without variables as numbers of 40 digits. The only file importing mpmath.

Points are constant expressions; rounded once, from 40 digits, they are the float64 nearest to
what was typed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Context
from typing import Any

from mpmath import mp, mpc, mpf
from mpmath.libmp import NoConvergence

from autodiffcli.diagnostics import AdiffError, wrong
from autodiffcli.interpreters.balls import value_of
from autodiffcli.ops import FAMILIES, OPS
from autodiffcli.ops.op import BY_BALLS, Op
from autodiffcli.program import Program, Step, run

DIGITS = 40
_LONG = 1_000  # characters of a literal; Python refuses to read whole numbers of 4,300
_ROUNDED = Context(prec=200)
_TOO_LARGE = "this is too large or too small to calculate with"
_TINY = mpf(10) ** -30
MAX_MAGNITUDE = 20_000  # largest binary exponent: 10^10^10 would take all memory
# Functions that mpmath may take minutes for.
_SPECIAL = {
    op.name
    for family in ("erf", "gamma", "beta", "special", "integrals", "bessel", "spherical", "airy")
    for op in (*FAMILIES[family], *FAMILIES["polynomials"])
    if op.ball
}
# What mpmath raises at poles, at complex numbers in real functions, and where a series diverges.
_NO_VALUE = (
    *(ArithmeticError, ValueError, TypeError, AttributeError),
    *(NotImplementedError, NoConvergence),
)


class _Numbers:
    """Numbers of the working precision.

    zeros  steps whose real or imaginary part is 0 but for rounding, sin(pi) and 1 - 0.9 - 0.1
    """

    def __init__(self, program: Program, zeros: Mapping[Step, tuple[bool, bool]]) -> None:
        self.program = program
        self.zeros = zeros

    def input(self, name: str) -> Any:
        raise AssertionError(name)  # `constant` refuses programs with variables

    def const(self, literal: str) -> Any:
        named = {"pi": mp.pi, "e": mp.e, "tau": 2 * mp.pi, "inf": mp.inf, "i": mpc(0, 1)}
        if literal in named:
            return +named[literal]
        if float(literal) == 0:
            return mp.zero  # 0e9999999999 would be multiplied out
        return mpf(literal if len(literal) < _LONG else str(_ROUNDED.create_decimal(literal)))

    def apply(self, step: Step, operands: Sequence[Any]) -> Any:
        op = OPS[step.op]
        if op.name == "stack":
            return list(operands)
        kernel = getattr(mp, op.mpmath) if isinstance(op.mpmath, str) and op.mpmath else op.mpmath
        if not callable(kernel) or any(isinstance(u, list) for u in operands):
            raise self._error(f"{op.name} cannot be used in a point", step)
        calls_library = isinstance(op.mpmath, str)
        if op.name == "pow" and _magnitude_of_power(*operands) > MAX_MAGNITUDE:
            raise self._error(_TOO_LARGE, step)
        try:
            if op.name in _SPECIAL and (op.torch == BY_BALLS or not any(map(_imaginary, operands))):
                value = _by_balls(op, operands)
            else:
                value = kernel(*operands) if calls_library else kernel(mp, *operands)
        except _NO_VALUE as error:
            raise self._error("this has no value", step) from error
        if value is NotImplemented:  # complex numbers have no order
            raise self._error("this has no value", step)
        value = mp.convert(value)
        if mp.isfinite(value) and value and abs(mp.mag(value)) > MAX_MAGNITUDE:
            raise self._error(_TOO_LARGE, step)
        real, imag = self.zeros.get(step, (False, False))
        if isinstance(value, mpc):
            return mpc(0 if real else value.real, 0 if imag else value.imag)
        return mp.zero if real else value

    def _error(self, message: str, step: Step) -> AdiffError:
        return wrong("point", message, step.span, self.program.source)


def _imaginary(u: Any) -> bool:
    return isinstance(u, mpc)


def _by_balls(op: Op, operands: Sequence[Any]) -> Any:
    """The value of a special function, for which mpmath may take minutes. Raises ValueError."""
    real = not any(map(_imaginary, operands))
    found = value_of(op, operands, mp.prec + 10) if real else None
    if found is None:
        raise ValueError(op.name)
    return mpf(found)


def _magnitude_of_power(base: Any, exponent: Any) -> Any:
    """Roughly the binary exponent of base^exponent, without calculating it."""
    if not base or not (mp.isfinite(base) and mp.isfinite(exponent)):
        return 0
    return abs(mp.log(abs(base)) * exponent)


def constant(program: Program) -> Any:
    """The value of a program without variables.

    returns  an mpf or mpc of 40 digits, or nested lists of them. Raises AdiffError
    """
    coarse = _values(program, DIGITS, {})
    if any(_tiny(part) for value in coarse for part in _parts(value)):
        fine = _values(program, 2 * DIGITS, {})
        zeros = dict(_zeros(program, coarse, fine))
        coarse = _values(program, DIGITS, zeros)
    return coarse[program.output]


def _values(program: Program, digits: int, zeros: Mapping[Step, tuple[bool, bool]]) -> list[Any]:
    with mp.workdps(digits):
        return run(program, _Numbers(program, zeros))


def _parts(value: Any) -> tuple[Any, ...]:
    return () if isinstance(value, list) else (value.real, value.imag)


def _tiny(number: Any) -> bool:
    return bool(number) and abs(number) < _TINY


def _zeros(
    program: Program, coarse: list[Any], fine: list[Any]
) -> Iterator[tuple[Step, tuple[bool, bool]]]:
    """The steps with a part that vanishes as digits are added: it is nothing but rounding."""
    for step, one, other in zip(program.steps, coarse, fine, strict=True):
        pairs = zip(_parts(one), _parts(other), strict=True)
        found = [_tiny(a) and abs(b) < abs(a) * _TINY for a, b in pairs]
        if any(found):
            yield step, (found[0], found[1])


def on_one_denominator(*values: Any) -> tuple[list[int], int]:
    """Finite mpf as whole numbers over one power of two, exactly."""
    parts = [value._mpf_ for value in values]
    lowest = min(0, *(exponent for _, _, exponent, _ in parts))
    numerators = [
        (-int(mantissa) if sign else int(mantissa)) << (exponent - lowest)
        for sign, mantissa, exponent, _ in parts
    ]
    return numerators, 1 << -lowest
