"""Numbers as text: rounded for people, exact for machines."""

from __future__ import annotations

from array import array
from math import isfinite

from autodiffcli.arrays import Array, Proven


def shown(value: float | complex, precision: int = 6) -> str:
    """The number to `precision` significant digits: `2`, `0.333333`, `1e+20`, `1+2i`."""
    if isinstance(value, complex):
        return _joined(shown(value.real, precision), shown(value.imag, precision))
    return f"{value + 0.0:.{precision}g}"  # -0.0 + 0.0 is 0.0


def exact(value: float | complex) -> str:
    """The shortest text that reads back as the same number: `2.0`, `0.1`, `1+2i`.

    A real number keeps its `.0`, so that no reader takes the column for integers.
    """
    if isinstance(value, complex):
        return _joined(repr(value.real).removesuffix(".0"), repr(value.imag).removesuffix(".0"))
    return repr(value)


def shown_each(values: Array, rows: slice, precision: int, missing: str = "none") -> list[str]:
    """`shown` for many numbers at once; `missing` for those that are not finite."""
    if values.proven is not None:
        return [number.text if number else missing for number in values.proven[rows]]
    real = values.real[rows]
    if values.imag is not None:
        numbers = map(complex, real, values.imag[rows])
        return [shown(z, precision) if finite(z) else missing for z in numbers]
    template = f"%.{precision}g"
    if _all_finite(real):
        return [template % (number + 0.0) for number in real]
    return [template % (number + 0.0) if isfinite(number) else missing for number in real]


def exact_each(values: Array, rows: slice, missing: str = "") -> list[str]:
    """`exact` for many numbers at once; `missing` for those that are not finite."""
    if values.proven is not None:
        return [_all_digits(number) if number else missing for number in values.proven[rows]]
    real = values.real[rows]
    if values.imag is not None:
        numbers = map(complex, real, values.imag[rows])
        return [exact(z) if finite(z) else missing for z in numbers]
    if _all_finite(real):
        return list(map(repr, real))
    return [repr(number) if isfinite(number) else missing for number in real]


def _all_digits(number: Proven) -> str:
    return f"[{number.low}, {number.high}]" if number.is_interval else number.text


def finite(value: float | complex) -> bool:
    """Whether the number, or both parts of it, is neither infinite nor NaN."""
    return isfinite(value.real) and isfinite(value.imag)


def _all_finite(numbers: array[float]) -> bool:
    # One addition instead of one test per number. A sum that overflows says False for finite
    # numbers, which costs the slow path and nothing else.
    return isfinite(sum(numbers))


def _joined(real: str, imaginary: str) -> str:
    sign = "" if imaginary.startswith("-") else "+"
    return f"{real}{sign}{imaginary}i"
