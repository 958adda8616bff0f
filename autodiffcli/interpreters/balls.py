"""The meaning of a tape as truncated power series whose coefficients are balls.

A ball is a midpoint with a radius that encloses the true number: flint's `arb`. A series is an
`arb_series` in one unknown, the travel t along a direction; its length is set by `precision`.
What cannot be a power series there (a kink, a pole, an operand outside the domain) is `Broken`,
and only `where` may leave it aside.
Source: F. Johansson, Arb: efficient arbitrary-precision midpoint-radius interval arithmetic,
IEEE Transactions on Computers 66 (2017).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from flint import arb, arb_series, ctx, fmpq

from autodiffcli.ops import OPS
from autodiffcli.ops.op import Op

BITS = 128  # of the first attempt
MAX_BITS = 4096  # of the last
_ROUNDED_BITS = 60  # relative accuracy from which on a ball is taken for one double

Outer = Callable[[arb, int], Sequence[Any]]


class Singular(ArithmeticError):
    """That there is no power series here; the message says why, in the user's words.

    status  what it would be called: kink, jump, pole, outside, undecided
    """

    def __init__(self, reason: str, status: str = "undecided") -> None:
        super().__init__(reason)
        self.status = status


class Vague(ArithmeticError):
    """That the balls are too wide to decide: more bits are needed."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The value of a step that has none, and of all that use it."""

    error: Singular


@contextmanager
def precision(bits: int, terms: int) -> Iterator[None]:
    """Work with balls of so many bits and series of so many terms."""
    before = ctx.prec, ctx.cap
    ctx.prec, ctx.cap = bits, max(terms, 1)
    try:
        yield
    finally:
        ctx.prec, ctx.cap = before


class Balls:
    """The `b` of the ball rules: primitives as attributes, and what else a rule may need."""

    arb = arb
    series = arb_series

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """The primitive of that name, `b.exp`."""
        bound = partial(self.apply, OPS[name])
        setattr(self, name, bound)
        return bound

    @property
    def pi(self) -> arb:
        """Pi, to the working precision."""
        return arb.pi()

    def number(self, literal: str) -> arb:
        """A number of the source as it is written: 0.1 is one tenth."""
        named = {"pi": arb.pi, "e": arb.const_e, "inf": arb.pos_inf}
        if literal in named:
            return named[literal]()
        if literal == "tau":
            return 2 * arb.pi()
        return exactly(Fraction(literal))

    def apply(self, op: Op, *operands: Any) -> Any:
        """The series of a primitive. Raises Singular where it has none."""
        rule = op.ball
        if not rule:
            raise Singular(f"{op.name} is not known in ball arithmetic")
        try:
            if callable(rule):
                return rule(self, *operands)
            return getattr(arb_series, rule)(*(series(u) for u in operands))
        except (ValueError, ZeroDivisionError) as error:
            raise Singular(f"{op.name} has no power series there") from error

    def compose(self, u: Any, outer: Outer) -> Any:
        """f(u) from the Taylor coefficients of f at the first coefficient of u.

        outer  (x0, n) -> n coefficients f(x0), f'(x0), f''(x0)/2, ...
        """
        u = series(u)
        start = first(u)
        inner = u - start
        coefficients = arb_series(list(outer(start, ctx.cap)))
        return coefficients if is_unknown(inner) else coefficients(inner)

    def fixed(self, u: Any) -> arb:
        """An operand that must not move. Raises Singular where it does."""
        u = series(u)
        if any(not (c == 0) for c in u.coeffs()[1:]):
            raise Singular("no derivative is known by this operand")
        return first(u)

    def whole(self, u: Any) -> int:
        """An operand that must be a whole number. Raises Singular where it is none."""
        number = self.fixed(u).unique_fmpz()
        if number is None:
            raise Singular("this operand must be a whole number")
        return int(number)


def series(u: Any) -> arb_series:
    """A number or a series as a series."""
    return u if isinstance(u, arb_series) else arb_series([u])


def first(u: Any) -> arb:
    """The constant coefficient of a series."""
    return u[0] if isinstance(u, arb_series) else arb(u)


def is_unknown(u: arb_series) -> bool:
    """Whether a series is the bare unknown t, up to its order."""
    coefficients = u.coeffs()
    return len(coefficients) == 2 and coefficients[0] == 0 and coefficients[1] == 1


def exactly(number: Fraction) -> arb:
    """A rational number as the ball around it."""
    return arb(fmpq(number.numerator, number.denominator))


def rounded(ball: arb) -> float | None:
    """The double that a ball is rounded to; None where it is too wide to tell."""
    if not ball.is_finite():
        return None
    if ball.rel_accuracy_bits() >= _ROUNDED_BITS or ball.is_exact():
        return float(ball.mid())
    size = ball.abs_upper()
    return 0.0 if size < _SMALLEST else None


_SMALLEST = arb(2) ** -1080


def expansion(op: Op, operands: Sequence[float], moving: int, order: int) -> list[float]:
    """Taylor coefficients of a primitive by one operand, rounded from balls to doubles.

    operands  numbers; `moving` is the position of the one that moves
    returns   order + 1 coefficients f^(k)/k!; NaN where there are none
    """
    bits, found = BITS, [float("nan")] * (order + 1)
    while bits <= MAX_BITS:
        with precision(bits, order + 1):
            unknown = [arb(u) for u in operands]
            unknown[moving] = arb_series([operands[moving], 1])
            try:
                coefficients = series(_BALLS.apply(op, *unknown)).coeffs()
            except Singular:
                return found
            numbers = [rounded(c) for c in coefficients]
            numbers += [0.0] * (order + 1 - len(numbers))
        if all(number is not None for number in numbers):
            return [float(number) for number in numbers if number is not None]
        if not all(c.is_finite() for c in coefficients):
            return [float("nan") if n is None else n for n in numbers]
        bits *= 2
    return found


_BALLS = Balls()

