"""The meaning of a tape without variables as numbers of 40 digits. The only file importing mpmath.

Points are constant expressions; rounded once, from 40 digits, they are the float64 nearest to
what was typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mpmath import mp, mpc, mpf
from mpmath.libmp import NoConvergence

from autodiffcli.diagnostics import AdiffError, wrong
from autodiffcli.ops import OPS
from autodiffcli.program import Program, Step, run

DIGITS = 40
MAX_MAGNITUDE = 20_000  # largest binary exponent: 10^10^10 would take all memory
# What mpmath raises at poles, at complex numbers in real functions, and where a series diverges.
_NO_VALUE = (
    *(ArithmeticError, ValueError, TypeError, AttributeError),
    *(NotImplementedError, NoConvergence),
)


class _Numbers:
    def __init__(self, program: Program) -> None:
        self.program = program

    def input(self, name: str) -> Any:
        raise AssertionError(name)  # `constant` refuses programs with variables

    def const(self, literal: str) -> Any:
        named = {"pi": mp.pi, "e": mp.e, "tau": 2 * mp.pi, "inf": mp.inf, "i": mpc(0, 1)}
        return +named[literal] if literal in named else mpf(literal)

    def apply(self, step: Step, operands: Sequence[Any]) -> Any:
        op = OPS[step.op]
        if op.name == "stack":
            return list(operands)
        kernel = getattr(mp, op.mpmath) if isinstance(op.mpmath, str) and op.mpmath else op.mpmath
        if not callable(kernel) or any(isinstance(u, list) for u in operands):
            raise self._error(f"{op.name} cannot be used in a point", step)
        calls_library = isinstance(op.mpmath, str)
        try:
            value = kernel(*operands) if calls_library else kernel(mp, *operands)
        except _NO_VALUE as error:
            raise self._error("this has no value", step) from error
        if value is NotImplemented:  # complex numbers have no order
            raise self._error("this has no value", step)
        value = mp.convert(value)
        if mp.isfinite(value) and value and abs(mp.mag(value)) > MAX_MAGNITUDE:
            raise self._error("this is too large or too small to calculate with", step)
        return value

    def _error(self, message: str, step: Step) -> AdiffError:
        return wrong("point", message, step.span, self.program.source)


def constant(program: Program) -> Any:
    """The value of a program without variables.

    returns  an mpf or mpc of 40 digits, or nested lists of them. Raises AdiffError
    """
    with mp.workdps(DIGITS):
        return run(program, _Numbers(program))[program.output]


def on_one_denominator(*values: Any) -> tuple[list[int], int]:
    """Finite mpf as whole numbers over one power of two, exactly."""
    parts = [value._mpf_ for value in values]
    lowest = min(0, *(exponent for _, _, exponent, _ in parts))
    numerators = [
        (-int(mantissa) if sign else int(mantissa)) << (exponent - lowest)
        for sign, mantissa, exponent, _ in parts
    ]
    return numerators, 1 << -lowest
