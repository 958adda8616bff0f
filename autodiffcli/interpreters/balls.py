"""The meaning of a tape as truncated power series whose coefficients are balls.

A ball is a midpoint with a radius that encloses the true number: flint's `arb`. A series is an
`arb_series` in one unknown, the travel t along a direction; its length is set by `precision`.
What cannot be a power series there (a kink, a pole, an operand outside the domain) is `Broken`,
and only `where` may leave it aside.
Source: F. Johansson, Arb: efficient arbitrary-precision midpoint-radius interval arithmetic,
IEEE Transactions on Computers 66 (2017).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any

from flint import arb, arb_series, ctx, fmpq

from autodiffcli.ops import OPS
from autodiffcli.ops.op import Op, Rule
from autodiffcli.program import Step

BITS = 128  # of the first attempt
MAX_BITS = 4096  # of the last
LARGEST = 10_000  # order or parameter of a special function, which takes time with its size
ROUNDED_BITS = 60  # relative accuracy from which on a ball is taken for one double

Outer = Callable[[arb, int], Sequence[Any]]


class Singular(ArithmeticError):
    """That there is no power series here; the message says why, in the user's words.

    status  what it would be called: kink, jump, pole, outside, undecided
    step    of the tape, where it happened
    """

    def __init__(self, reason: str, status: str = "undecided") -> None:
        super().__init__(reason)
        self.status = status
        self.step: Step | None = None


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
    """The `b` of the ball rules: primitives as attributes, and what else a rule may need.

    reach  by how much t may be off, the rounding of the point: a switch that is nearer than that
           counts as met
    ends   whether what starts at an end of a domain is refused, as a power series leaves it
    ordered  whether numbers can be compared, to choose a pivot
    """

    ends = True
    ordered = True

    def __init__(self, reach: Any = 0) -> None:
        self.reach = reach
        self.arb, self.series = arb, arb_series

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """The primitive of that name, `b.exp`."""
        bound = partial(self.apply, OPS[name])
        setattr(self, name, bound)
        return bound

    def begin(self, step: Step) -> None:
        """Called before the entries of a step."""

    def moved(self, point: arb, pace: int) -> Any:
        """A point on its way."""
        return arb_series([point, pace]) if pace else point

    @property
    def pi(self) -> arb:
        """Pi, to the working precision."""
        return arb.pi()

    def log_of(self, number: int) -> arb:
        """log(number), to the working precision."""
        return arb(number).log()

    def apply(self, op: Op, *operands: Any) -> Any:
        """The series of a primitive. Raises Singular where it has none, Vague if undecided yet."""
        rule = op.ball
        if not rule:
            raise Singular(f"{op.name} is not known in ball arithmetic")
        refuse_outside(op, operands)
        if self.ends and any(starts_at_end(op, operands, _leaves)):
            raise Singular(f"{op.name} ends there")
        try:
            if callable(rule):
                return rule(self, *operands)
            found = getattr(arb_series, rule)(*(series(u) for u in operands))
        except (ValueError, ZeroDivisionError, OverflowError) as error:
            raise Singular(f"{op.name} has no power series there") from error
        if not found[0].is_finite() and all(first(u).is_exact() for u in operands):
            if ctx.prec < MAX_BITS and any(abs(first(u)) > _LARGE for u in operands):
                raise Vague
            raise Singular(f"{op.name} has no power series there")
        return found

    def trusted(self, formula: Any) -> Any:
        """The formula of a derivative that has been seen to exist."""
        return formula

    def expanded(self, op: Op, operands: Sequence[Any], moving: int, terms: int) -> list[Any]:
        """Taylor coefficients of a primitive by one of its operands, which are balls."""
        with precision(ctx.prec, terms):
            unknown = list(operands)
            unknown[moving] = arb_series([operands[moving], 1])
            found = series(_BALLS.apply(op, *unknown))
            if found.prec < terms:
                raise Singular(f"{op.name} has no power series there")
            return [found[k] for k in range(terms)]

    def series_of(self, method: str, u: Any, largest: float) -> Any:
        """A method of flint's for operands up to a size. Raises Singular beyond."""
        if abs(first(u)) > largest:
            raise Singular(f"{method} of more than {largest:g} takes too long")
        return getattr(series(u), method)()

    def limit(self, u: Any) -> arb:
        """The value that an operand starts from."""
        return first(u)

    def compose(self, u: Any, outer: Outer) -> Any:
        """f(u) from the Taylor coefficients of f at the first coefficient of u.

        outer  (x0, n) -> n coefficients f(x0), f'(x0), f''(x0)/2, ...
        """
        if not isinstance(u, arb_series):
            return arb(outer(arb(u), 1)[0])
        inner = arb_series([0, *u.coeffs()[1:]], u.prec)
        coefficients = arb_series(list(outer(u[0], ctx.cap)))
        return coefficients if is_unknown(inner) or ctx.cap == 1 else coefficients(inner)

    def fixed(self, u: Any) -> arb:
        """An operand that must not move. Raises Singular where it does."""
        if isinstance(u, arb_series):
            raise Singular("no derivative is known by this operand")
        return arb(u)

    def whole(self, u: Any) -> int:
        """An operand that must be a whole number. Raises Singular where it is none."""
        number = self.fixed(u).unique_fmpz()
        if number is None:
            raise Singular("this operand must be a whole number")
        return int(number)

    def quotient(self, a: Any, c: Any) -> Any:
        """a / c. Raises Singular where c is 0."""
        start = first(c)
        if start == 0:
            zero = first(a) == 0
            raise Singular("0/0" if zero else "division by 0", "undecided" if zero else "pole")
        if not start.is_finite() or start.contains(0):
            raise Vague
        return a / c

    def power(self, x: Any, y: Any) -> Any:
        """x^y; a whole number y that stands still takes any x."""
        exponent = None if isinstance(y, arb_series) else arb(y)
        if exponent is not None and exponent.is_integer():
            n = whole(exponent)
            return raised(x, n) if n >= 0 else self.quotient(1, raised(x, -n))
        start = first(x)
        if start > 0:
            x = series(x)
            return self.exp(y * self.log(x)) if exponent is None else x**exponent
        if start < 0:
            raise Singular("a negative number has whole powers only", "outside")
        if start == 0:
            raise Singular("a power of 0")
        raise Vague

    def root(self, x: Any, n: int) -> Any:
        """The real n-th root, odd ones of negative numbers too. Raises Singular at 0."""
        sign = self.side(x) if n % 2 else 1
        if first(x) == 0:
            raise Singular("a root of 0")
        return sign * self.exp(self.log(sign * x) / n)

    def product_or_zero(self, x: Any, f: Callable[..., Any], y: Any) -> Any:
        """x f(y), and 0 where x is 0 and stands still."""
        still = not isinstance(x, arb_series) and x == 0
        return arb(0) if still else x * f(y)

    def absolute(self, x: Any) -> Any:
        """|x|."""
        return self.side(x) * x

    def side(self, d: Any) -> int:
        """The sign of a series just after setting out; 0 where it is 0 and stays.

        Raises Singular where it starts at 0, nearer than `reach` included: a series that moves
        may have its first term beyond those that are kept.
        """
        if not isinstance(d, arb_series):
            return sign_of(arb(d))
        coefficients, off = d.coeffs() or [arb(0)], arb(0)
        start = coefficients[0]
        for c in reversed(coefficients[1:]):
            off = (off + abs(c)) * self.reach
        if abs(start) > off or self._is_no_guide(coefficients):
            return 1 if start > 0 else -1
        if start.is_exact() or abs(start) < off or ctx.prec >= MAX_BITS:
            raise Singular("a switch", "kink")
        raise Vague

    def _is_no_guide(self, coefficients: Sequence[Any]) -> bool:
        """Whether a series is no guide to what lies within `reach`: beside a pole, tan at pi/2.

        Its terms grow there, where those of a switch that is touched soon fall.
        """
        if len(coefficients) < 4 or not coefficients[0].is_finite():
            return False
        start, *moving = coefficients[:4]
        grows = all(
            bool(abs(later) * self.reach * 2 > abs(sooner)) for sooner, later in pairwise(moving)
        )
        return grows and (bool(start > 0) or bool(start < 0))

    def side_or_plus(self, u: Any) -> int:
        """-1 where the first coefficient is negative for certain, else 1."""
        return -1 if first(u) < 0 else 1

    def floor(self, x: Any) -> Any:
        """The largest whole number that is not above x. Raises Singular at whole x."""
        near = first(x).mid().floor()
        low = near if self.side(x - near) >= 0 else near - 1
        if self.side(x - (low + 1)) >= 0:
            low = low + 1
        return low

    def nearest(self, x: Any) -> Any:
        """The nearest whole number, halves to even."""
        low = self.floor(x)
        side = self.side(x - low - arb(0.5))
        up = side > 0 or (side == 0 and whole(low) % 2 == 1)
        return low + 1 if up else low

    def sinc_coefficients(self, z: arb, n: int) -> list[arb]:
        """Taylor coefficients of sin(z)/z, |s_k| <= 1/(k+1)/k!; from z s = sin z away from 0."""
        if z == 0:
            even = ((-1) ** (k // 2) / arb(k + 1).gamma() / (k + 1) for k in range(n))
            return [arb(0) if k % 2 else c for k, c in enumerate(even)]
        if z.contains(0):
            return [arb(0, 1) / (k + 1) / arb(k + 1).gamma() for k in range(n)]
        unknown = arb_series([z, 1])
        quotient = unknown.sin() / unknown
        most = [arb(0, 1) / (k + 1) / arb(k + 1).gamma() for k in range(n)]
        return [s if s.rad() < most[k].rad() else most[k] for k in range(n) for s in [quotient[k]]]


def number(literal: str) -> arb:
    """A number of the source as it is written: 0.1 is one tenth."""
    if literal in _NAMED:
        return _NAMED[literal]()
    return exactly(Fraction(literal))


_NAMED: dict[str, Callable[[], arb]] = {
    "pi": arb.pi,
    "e": arb.const_e,
    "tau": lambda: 2 * arb.pi(),
    "inf": arb.pos_inf,
}


def applied(algebra: Any, step: Step, operands: Sequence[Any]) -> Any:
    """A step in ball arithmetic; a Broken operand breaks it, save what a choice leaves aside."""
    op = OPS[step.op]
    if step.op == "where" and isinstance(operands[0], bool):
        return operands[1] if operands[0] else operands[2]
    broken = next((u for u in operands if isinstance(u, Broken)), None)
    if broken is not None:
        return broken
    if not (op.truth or step.op == "where"):
        operands = [arb(int(u)) if isinstance(u, bool) else u for u in operands]
    try:
        return algebra.apply(op, *operands)
    except Singular as error:
        error.step = error.step or step
        return Broken(error)


def refuse_outside(op: Op, operands: Sequence[Any]) -> None:
    """Raise Singular where an operand lies beyond the domain for certain, or on a pole."""
    for position in () if op.hidden else op.fixed:
        if abs(first(operands[position])) > LARGEST:
            raise Singular(f"{op.parameters[position]} is larger than {LARGEST:,}")
    pole = False
    for interval, u in zip(op.domain, operands, strict=False):
        start = first(u)
        if start < interval.low or start > interval.high:
            raise Singular(f"{op.name} is not real there", "outside")
        low = start == interval.low and not interval.low_closed
        pole = pole or low or (start == interval.high and not interval.high_closed)
    if op.outside is not None and _at(op.outside, operands):
        raise Singular(f"{op.name} is not real there", "outside")
    if pole or (op.pole is not None and _at(op.pole, operands)):
        raise Singular(f"{op.name} has a pole there", "pole")


def starts_at_end(
    op: Op, operands: Sequence[Any], moves: Callable[[Any], bool]
) -> Iterator[tuple[int, int]]:
    """The operands that set out from an end of the domain, and the way in: 1 is upwards.

    moves  whether an operand does not stand still
    """
    for place, (interval, u) in enumerate(zip(op.domain, operands, strict=False)):
        here = start(u)
        if here == interval.low and moves(u):
            yield place, 1
        elif here == interval.high and moves(u):
            yield place, -1


def _leaves(u: Any) -> bool:
    """Whether a series moves; its first term may be beyond those that are kept."""
    return isinstance(u, arb_series) and ctx.cap > 1


def _at(mask: Rule, operands: Sequence[Any]) -> bool:
    """Whether a record's mask holds at operands that are doubles; elsewhere the rule decides."""
    starts = [first(u) for u in operands]
    if not all(start.is_exact() for start in starts):
        return False
    numbers = [float(start) for start in starts]
    same = all(arb(number) == start for number, start in zip(numbers, starts, strict=True))
    return same and bool(mask(_FLOATS, *numbers))


class _Floats:
    """What the masks of records need of torch, for Python's floats; `~` would not do for those."""

    is_complex = False
    round = staticmethod(round)
    abs = staticmethod(abs)
    floor = staticmethod(math.floor)
    remainder = staticmethod(operator.mod)

    @property
    def torch(self) -> _Floats:
        return self

    @staticmethod
    def real(number: float) -> float:
        return number


_FLOATS = _Floats()


def sign_of(ball: arb) -> int:
    """The sign of a number. Raises Vague where more bits may tell."""
    if ball == 0:
        return 0
    if ball > 0 or ball < 0:
        return 1 if ball > 0 else -1
    if ctx.prec >= MAX_BITS and ball.is_finite() and ball.abs_upper() < _NOTHING:
        return 0
    if ctx.prec >= MAX_BITS:
        raise Singular("a sign could not be decided")
    raise Vague


_NOTHING = arb(2) ** -(MAX_BITS // 2)  # what is 0 to a thousand digits is taken for 0


def series(u: Any) -> arb_series:
    """A number or a series as a series."""
    return u if isinstance(u, arb_series) else arb_series([u])


def first(u: Any) -> arb:
    """The constant coefficient of a series."""
    return u[0] if isinstance(u, arb_series) else arb(u)


def is_lost(u: Any) -> bool:
    """Whether something is no number on its way: broken, or a series that is not finite."""
    if isinstance(u, arb_series):
        return any(not c.is_finite() for c in u.coeffs())
    return isinstance(u, Broken)


def start(u: Any) -> arb:
    """Where a ball, a series or a germ sets out from."""
    found: arb = u.constant() if hasattr(u, "constant") else first(u)
    return found


def raised(u: Any, n: int) -> arb_series:
    """u^n for a whole n; flint's own is not finite for what stands still on either side of 0."""
    found = series(u)
    start = found[0]
    if n < 2 or found.length() > 1 or start.is_exact() or not start.contains(0):
        return found**n
    most = start.abs_upper() ** n
    power = arb(0, most.upper()) if n % 2 else arb(0).union(most)
    return arb_series([power], found.prec)


def is_unknown(u: arb_series) -> bool:
    """Whether a series is the bare unknown t, up to its order."""
    coefficients = u.coeffs()
    return len(coefficients) == 2 and coefficients[0] == 0 and coefficients[1] == 1


def whole(number: arb) -> int:
    """The int that an exact whole number is."""
    found = number.unique_fmpz()
    if found is None:
        raise Vague
    return int(str(found))


def exactly(number: Fraction) -> arb:
    """A rational number as the ball around it."""
    return arb(fmpq(number.numerator, number.denominator))


def is_narrow(ball: arb, bits: int = ROUNDED_BITS) -> bool:
    """Whether a ball has so many relative bits, or is nothing but 0 to all that count."""
    if not ball.is_finite():
        return False
    if ball.is_exact() or ball.rel_accuracy_bits() >= bits:
        return True
    return bool(ball.contains(0) and ball.abs_upper() < arb(2) ** -(_LEAST + bits))


def last_bits(bits: int) -> int:
    """The precision beyond which nothing is tried to get so many bits right."""
    return max(MAX_BITS, 8 * bits)


_LARGE = arb(2) ** 64  # beyond, it may take more bits than usual to have a value at all
_LEAST = 1080  # the binary exponent below which a double is 0


def expansion(op: Op, operands: Sequence[float], moving: int, order: int) -> list[float]:
    """Taylor coefficients of a primitive by one operand, rounded from balls to doubles.

    operands  numbers; `moving` is the position of the one that moves
    returns   order + 1 coefficients f^(k)/k!; NaN where there are none
    """
    bits, found = BITS, [float("nan")] * (order + 1)
    while bits <= MAX_BITS:
        with precision(bits, order + 1):
            unknown: list[Any] = [arb(u) for u in operands]
            unknown[moving] = arb_series([operands[moving], 1])
            try:
                coefficients = series(_BALLS.apply(op, *unknown)).coeffs()
            except Singular:
                return found
            except Vague:
                coefficients = [arb.nan()]
            if all(is_narrow(c) for c in coefficients):
                numbers = [float(c.mid()) for c in coefficients]
                return numbers + [0.0] * (order + 1 - len(numbers))
        bits *= 2
    return found


def value_of(op: Op, operands: Sequence[Any], bits: int) -> tuple[int, int] | None:
    """The value of a primitive, mantissa and exponent of 2, of so many bits.

    operands  anything that flint takes for a number; None where there is no value
    """
    while bits <= MAX_BITS:
        with precision(2 * bits, 1):
            try:
                found = first(_BALLS.apply(op, *map(arb, operands)))
            except Singular:
                return None
            except Vague:
                found = arb.nan()
            if is_narrow(found, bits):
                mantissa, exponent = found.mid().man_exp()
                return int(mantissa), int(exponent)
        bits *= 2
    return None


_BALLS = Balls()
