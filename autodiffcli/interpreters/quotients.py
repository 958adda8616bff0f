"""Power series over the fractions, with leading zeros divided out.

A `Quotient` is t^-shift times a series that flint keeps exactly, so that sin(x)/x has its series
at 0. What is no fraction is `Irrational`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import isqrt
from typing import Any

from flint import fmpq, fmpq_series

from autodiffcli.program import Step

LONGEST = 20_000  # bits of a numerator or denominator


class Irrational(ArithmeticError):
    """That a step leads out of the fractions, or that they do not decide it."""


class Short(ArithmeticError):
    """That more terms are needed."""


@dataclass(frozen=True, slots=True)
class Quotient:
    """t^-shift times a power series.

    degree   of the polynomial that this is exactly; None where it is none
    divided  the first step that has no value at the point itself, as it divides by 0
    """

    body: fmpq_series
    shift: int = 0
    degree: int | None = None
    divided: Step | None = None

    def __add__(self, other: Any) -> Quotient:
        other = quotient(other)
        shift = max(self.shift, other.shift)
        body = risen(self.body, shift - self.shift) + risen(other.body, shift - other.shift)
        degree = None if None in (self.degree, other.degree) else max(self.degree, other.degree)
        return lowered(Quotient(body, shift, degree, self.divided or other.divided))

    __radd__ = __add__

    def __neg__(self) -> Quotient:
        return replace(self, body=-self.body)

    def __sub__(self, other: Any) -> Quotient:
        return self + (-quotient(other))

    def __rsub__(self, other: Any) -> Quotient:
        return quotient(other) + (-self)

    def __mul__(self, other: Any) -> Quotient:
        other = quotient(other)
        degree = None if None in (self.degree, other.degree) else self.degree + other.degree
        body, shift = self.body * other.body, self.shift + other.shift
        return lowered(Quotient(body, shift, degree, self.divided or other.divided))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Quotient:
        return divided(self, quotient(other), None)

    def __rtruediv__(self, other: Any) -> Quotient:
        return divided(quotient(other), self, None)

    def __pow__(self, n: int) -> Quotient:
        if n * height(self) > LONGEST:
            raise Irrational("the fractions grow too long")
        degree = None if self.degree is None else n * self.degree
        return Quotient(self.body**n, n * self.shift, degree, self.divided)

    def constant(self) -> fmpq:
        """The value in the limit. Raises Irrational where there is none."""
        if self.shift:
            raise Irrational("a pole")
        return self.body[0]


def quotient(u: Any) -> Quotient:
    """A number or a quotient as a quotient. Raises Irrational for other things."""
    if isinstance(u, Quotient):
        return u
    return Quotient(fmpq_series([fraction(u)]), degree=0)


def fraction(u: Any) -> fmpq:
    """A rational number as flint's. Raises Irrational for other things."""
    if isinstance(u, fmpq):
        return u
    if not isinstance(u, (int, float, Fraction)):
        raise Irrational("no fraction")
    exact = Fraction(u)
    return fmpq(exact.numerator, exact.denominator)


def risen(body: fmpq_series, by: int) -> fmpq_series:
    """The series times t^by."""
    return body * fmpq_series([0] * by + [1]) if by else body


def lowered(u: Quotient) -> Quotient:
    """The same with its leading zeros against its shift."""
    lead = min(u.shift, max(u.body.valuation(), 0))
    if not lead:
        return u
    return replace(u, body=u.body / fmpq_series([0] * lead + [1]), shift=u.shift - lead)


def divided(a: Quotient, c: Quotient, step: Step | None) -> Quotient:
    """a / c, leading zeros divided out. Raises Short where c is 0 as far as is known."""
    zeros = c.body.valuation()
    if zeros < 0:
        raise Short
    if zeros and step is None:
        raise Irrational("a pole inside a rule")
    unit = c.body / fmpq_series([0] * zeros + [1]) if zeros else c.body
    shift = a.shift - c.shift + zeros
    body = risen(a.body / unit, max(-shift, 0))
    degree = a.degree if c.degree == 0 and not zeros and not c.shift else None
    at = a.divided or c.divided or (step if zeros else None)
    return lowered(Quotient(body, max(shift, 0), degree, at))


def height(u: Any) -> int:
    """Bits of the longest whole number in it, about."""
    if isinstance(u, fmpq):
        return max(int(u.p).bit_length(), int(u.q).bit_length())
    return max((height(c) for c in u.body.coeffs()), default=0)


def exact_root(c: fmpq, n: int) -> fmpq:
    """The positive n-th root of a positive fraction. Raises Irrational where it is no fraction."""
    parts = [whole_root(int(c.p), n), whole_root(int(c.q), n)]
    return fmpq(*parts)


def whole_root(number: int, n: int) -> int:
    """The n-th root of a whole number. Raises Irrational where it is none."""
    low, high = 0, 1 << (number.bit_length() // n + 1)
    if n == 2:
        low = high = isqrt(number)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**n <= number else (low, middle - 1)
    if low**n != number:
        raise Irrational("an irrational root")
    return low
