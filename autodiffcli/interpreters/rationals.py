"""The meaning of a tape as power series with rational coefficients: what comes out is proven.

What needs more than fractions at the point, sin(1) or |t|, is irrational, and others must answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import ctx, fmpq, fmpq_series
from flint.utils.flint_exceptions import DomainError

from autodiffcli.interpreters.balls import Balls, precision
from autodiffcli.interpreters.quotients import (
    LONGEST,
    Irrational,
    Quotient,
    Short,
    divided,
    exact_root,
    fraction,
    height,
    quotient,
)
from autodiffcli.ops import OPS
from autodiffcli.ops.op import Op
from autodiffcli.program import Program, Step, run

_SLACK = (4, 16, 64)  # terms beyond the order, by attempt: leading zeros use them up
_NAMED = frozenset({"pi", "e", "tau", "inf", "i"})
# What is raised by a rule that asks for more than fractions can do.
_BEYOND = (
    *(Irrational, TypeError, AttributeError, KeyError, ValueError, ZeroDivisionError),
    DomainError,
)
_KNOWN = frozenset(
    {"exp", "log", "sin", "cos", "tan", "asin", "atan"} | {"sinh", "cosh", "tanh", "asinh", "atanh"}
)


class Rationals(Balls):
    """The `b` of the ball rules where operands are fractions and their power series."""

    def __init__(self) -> None:
        self.reach = 0
        self.arb: Any = fraction
        self.series: Any = quotient
        self.step: Step | None = None

    def begin(self, step: Step) -> None:
        """Called before each step."""
        self.step = step

    def trusted(self, formula: Any) -> Any:
        """Whether a derivative exists is for others to say."""
        raise Irrational("a derivative")

    @property
    def pi(self) -> Any:
        """Pi is no fraction."""
        raise Irrational("pi")

    def log_of(self, number: int) -> Any:
        """A logarithm is no fraction."""
        raise Irrational("a logarithm")

    def apply(self, op: Op, *operands: Any) -> Any:
        """A primitive by flint's own series, else by its rules. Raises Irrational, Short."""
        if op.name in _KNOWN and len(operands) == 1:
            found = self._known(op.name, quotient(operands[0]))
            if found is not None:
                return found
        for rule in (op.unfold, op.ball):
            try:
                if callable(rule):
                    return rule(self, *operands)
            except _BEYOND:
                continue
        raise Irrational(op.name)

    def _known(self, name: str, u: Quotient) -> Quotient | None:
        """A function that flint expands, at the one place where its values are fractions."""
        if u.shift or u.body[0] != (1 if name == "log" else 0):
            return None
        return Quotient(getattr(u.body, name)(), divided=u.divided)

    def compose(self, u: Any, outer: Any) -> Any:
        """Coefficients from balls are no fractions."""
        raise Irrational("balls")

    def exponential(self, x: Any) -> Any:
        """exp away from 0 is no fraction."""
        raise Irrational("exp")

    logarithm = exponential

    def quotient(self, a: Any, c: Any) -> Any:
        """a / c."""
        if isinstance(a, fmpq) and isinstance(c, fmpq):
            if c == 0:
                raise Irrational("division by 0")
            return a / c
        return divided(quotient(a), quotient(c), self.step)

    def power(self, x: Any, y: Any) -> Any:
        """x^y for a rational y that stands still."""
        if not isinstance(y, fmpq):
            raise Irrational("a moving exponent")
        n, q = int(y.p), int(y.q)
        if abs(n) > LONGEST or (isinstance(x, fmpq) and abs(n) * height(x) > LONGEST):
            raise Irrational("the fractions grow too long")
        if q != 1:
            return self._broken_power(x, y)
        return x**n if n >= 0 else self.quotient(fmpq(1), x**-n)

    def _broken_power(self, x: Any, r: fmpq, odd: bool = False) -> Quotient:
        """x^r with a denominator: exp(r log(x/c)) c^r for the constant c; `odd` allows c < 0."""
        x = quotient(x)
        c = x.constant()
        if c == 0 or (c < 0 and not odd):
            raise Irrational("no power series over the fractions")
        sign = -1 if c < 0 else 1
        start = exact_root(sign * c, int(r.q)) ** int(r.p) * sign
        body = ((x.body / fmpq_series([c])).log() * fmpq_series([r])).exp()
        return Quotient(body * fmpq_series([start]), divided=x.divided)

    def root(self, x: Any, n: int) -> Quotient:
        """The real n-th root."""
        return self._broken_power(x, fmpq(1, n), odd=n % 2 == 1)

    def absolute(self, x: Any) -> Any:
        """|x|."""
        return fmpq(self.side(x)) * x

    def side(self, d: Any) -> int:
        """The sign just after setting out. Raises Irrational where it starts at 0."""
        start = d if isinstance(d, fmpq) else quotient(d).constant()
        if start == 0 and not isinstance(d, fmpq):
            raise Irrational("a switch")
        return (start > 0) - (start < 0)

    def floor(self, x: Any) -> Any:
        """The largest whole number that is not above x. Raises Irrational where it jumps."""
        start = x if isinstance(x, fmpq) else quotient(x).constant()
        if start.q == 1 and not isinstance(x, fmpq):
            raise Irrational("a jump")
        return fmpq(start.floor())


class Expanding:
    """Applies the steps of a tape to rational series; None for what is irrational.

    point     a fraction per variable
    variable  the one that moves
    """

    def __init__(self, point: Mapping[str, Fraction], variable: str) -> None:
        self.algebra = Rationals()
        self.point = point
        self.variable = variable

    def input(self, name: str) -> Any:
        """A variable on its way."""
        start = fraction(self.point[name])
        return Quotient(fmpq_series([start, 1]), degree=1) if name == self.variable else start

    def const(self, literal: str) -> Any:
        """A number of the source as it is written: 0.1 is one tenth."""
        return None if literal in _NAMED else fraction(Fraction(literal))

    def apply(self, step: Step, operands: Sequence[Any]) -> Any:
        """What becomes of one step."""
        op = OPS[step.op]
        if step.op == "where" and isinstance(operands[0], bool):
            return operands[1] if operands[0] else operands[2]
        if op.mixes or any(u is None for u in operands):
            return None
        if not op.truth:
            operands = [fmpq(int(u)) if isinstance(u, bool) else u for u in operands]
        self.algebra.begin(step)
        try:
            found = self.algebra.apply(op, *operands)
        except Irrational:
            return None
        if isinstance(found, bool):
            return found
        if isinstance(found, int):
            found = fmpq(found)
        return found if height(found) <= LONGEST else None


@dataclass(frozen=True, slots=True)
class Rational:
    """A power series of which every coefficient is a proven fraction.

    degree   of the polynomial that the function is; None where it is none
    divided  the first step without a value at the point itself; None where all have one
    """

    coefficients: tuple[Fraction, ...]
    degree: int | None
    divided: Step | None


def rational_series(
    program: Program, point: Mapping[str, Fraction], variable: str, order: int
) -> Rational | None:
    """The power series to an order by rational arithmetic; None where that does not find it."""
    for slack in _SLACK:
        with precision(64, order + 1 + slack):
            try:
                found = run(program, Expanding(point, variable))[program.output]
                found = fmpq(int(found)) if isinstance(found, bool) else found
                return None if found is None else _read(quotient(found), order)
            except Short:
                continue
    return None


def _read(found: Quotient, order: int) -> Rational | None:
    """The coefficients. Raises Short where too few are known."""
    if found.shift and found.body.valuation() >= 0:
        return None  # a pole
    if found.shift or min(found.body.prec, ctx.cap) <= order:
        raise Short
    numbers = [found.body[k] for k in range(order + 1)]
    fractions = tuple(Fraction(int(c.p), int(c.q)) for c in numbers)
    return Rational(fractions, found.degree, found.divided)
