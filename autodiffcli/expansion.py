"""The Taylor coefficients of an expression at one point, each a proven number.

Two kinds of evidence: `Evidence.FRACTIONS`, where the tape was run over power series of
fractions, so that every coefficient is a fraction for certain; and `Evidence.BALLS`, where it was
run over balls. There a coefficient counts as p/q when a ball narrower than 2^-900/q^2 contains
p/q: they agree to 270 digits more than it takes to tell fractions of that size apart. Other
numbers stay decimals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from math import factorial, inf, isfinite, isnan, isqrt, log2, nan
from typing import Any, TypeVar

from flint import arb

from autodiffcli.certified import Place, Question, Seed, Seeds, power_series, refined
from autodiffcli.enclosures import of_fraction, rounded
from autodiffcli.interpreters.balls import Balls, Broken, Singular, precision
from autodiffcli.interpreters.blocks import Block, Misfit
from autodiffcli.interpreters.germs import Germs
from autodiffcli.interpreters.rationals import rational_series
from autodiffcli.interpreters.terms import Short, germ
from autodiffcli.program import Program
from autodiffcli.typed import Constant
from autodiffcli.verdict import Verdict, judged, shortened

T = TypeVar("T")

PROOF_BITS = 900  # by which a ball is narrower than it must be to single out a fraction
FARTHEST = 20_000  # binary exponent of a number that is tried for a fraction
MIN_NORMAL = 2.0**-1022  # the least double of full precision
SHOWN = 6  # significant digits of decimals, if none are asked for
FINE = ("exact", "removable", "overflow")  # statuses of derivatives that exist


class Evidence(Enum):
    """How the coefficients were found."""

    FRACTIONS = "rational arithmetic"
    BALLS = "ball arithmetic"


@dataclass(frozen=True, slots=True)
class Coefficient:
    """f^(n)(a)/n! for one n.

    value       the nearest double; NaN beyond the range of doubles
    exact       the same as a fraction, where it is known to be one
    derivative  f^(n)(a), the nearest double; NaN beyond the range
    status      exact, removable, overflow: the value or the derivative exceeds a double
    decimal     the value to as many significant digits as were asked for, or to a few
    derivative_decimal  likewise
    """

    order: int
    value: float
    exact: Fraction | None
    derivative: float
    status: str
    decimal: str
    derivative_decimal: str


@dataclass(frozen=True, slots=True)
class Expansion:
    """A Taylor polynomial.

    degree     of the polynomial that the expression is; None where it is none, or not known
    bounded    whether what is left is O of the next power, and not only o of the last one
    removable  why there is no value at the point itself, "sin(x)/x: 0/0"; "" where there is one
    flat       something that vanishes faster than every power is left out
    """

    coefficients: tuple[Coefficient, ...]
    evidence: Evidence
    degree: int | None = None
    bounded: bool = True
    removable: str = ""
    flat: bool = False


class NoSeries(Exception):
    """That a derivative up to the order does not exist, or is not known to.

    order    of the first one; 0 is the value
    verdict  what is the matter with it
    """

    def __init__(self, order: int, verdict: Verdict) -> None:
        super().__init__(verdict.status)
        self.order = order
        self.verdict = verdict


def expansion(
    program: Program,
    point: Mapping[str, Constant],
    variable: str,
    order: int,
    digits: int | None = None,
) -> Expansion:
    """The Taylor polynomial of an order by one variable.

    point   a number per variable, taken exactly
    digits  significant ones of the decimals, every one of them proven; a few if None
    raises  NoSeries; Misfit where the expression is no number
    """
    fractions = {name: number.exact for name, number in point.items() if number.exact is not None}
    if len(fractions) == len(point):
        found = rational_series(program, fractions, variable, order)
        if found is not None:
            status = "exact" if found.divided is None else "removable"
            text = "" if found.divided is None else program.source[slice(*found.divided.span)]
            return Expansion(
                tuple(_of_fraction(n, c, status, digits) for n, c in enumerate(found.coefficients)),
                Evidence.FRACTIONS,
                degree=found.degree,
                removable=f"{shortened(text)}: division by 0" if text else "",
            )
    return _by_balls(program, point, variable, order, digits)


def _of_fraction(n: int, c: Fraction, status: str, digits: int | None) -> Coefficient:
    derivative = c * factorial(n)
    value, slope = nearest(c), nearest(derivative)
    status = "overflow" if isnan(value) or isnan(slope) else status
    texts = (_written(f, v, digits, of_fraction) for f, v in ((c, value), (derivative, slope)))
    return Coefficient(n, value, c, slope, status, *texts)


def _written(
    number: T, double: float, digits: int | None, rule: Callable[[T, int], str | None]
) -> str:
    """A number as decimal text: of its double, where that will do."""
    is_normal = MIN_NORMAL <= abs(double) < inf or number == 0
    if digits is None and is_normal:
        return f"{double + 0.0:.{SHOWN}g}"
    return rule(number, digits or SHOWN) or f"{double:.{SHOWN}g}"


def nearest(number: Fraction) -> float:
    """The nearest double; NaN beyond the range."""
    try:
        return float(number)
    except OverflowError:
        return nan


# -- by balls


def denominator_bits(n: int) -> int:
    """Bits of the largest denominator tried for the n-th coefficient, (n!)^2 2^(100 + 12n)."""
    return 100 + 12 * n + int(2 * log2(factorial(n)))


def bits_for(order: int, digits: int | None) -> int:
    """Relative bits that a coefficient takes to be recognised as a fraction."""
    return PROOF_BITS + 2 * denominator_bits(order) + 4 * (digits or 0)


def _by_balls(
    program: Program, point: Mapping[str, Constant], variable: str, order: int, digits: int | None
) -> Expansion:
    bits, seed = bits_for(order, digits), Seed(variable)
    place = Place(lambda: {name: number.ball() for name, number in point.items()})
    question = Question(program, place, _number, bits)
    wanted: list[Seeds] = [(seed,) * n for n in range(order + 2)]
    found = judged(question, wanted[1:])
    verdicts = [found[partial] for partial in wanted]
    coefficients: list[Coefficient] = []
    for n, verdict in enumerate(verdicts[:-1]):
        if verdict.status not in FINE or verdict.ball is None:
            raise NoSeries(n, verdict)
        coefficients.append(_of_ball(n, verdict.ball, verdict.status, bits, digits))
    value = verdicts[0]
    return Expansion(
        tuple(coefficients),
        Evidence.BALLS,
        bounded=verdicts[-1].status in (*FINE, "kink"),
        removable=value.reason if value.status == "removable" else "",
        flat=_is_rough(question, seed, order) and _is_flat(question, seed, order),
    )


def _number(algebra: Balls, found: Any) -> Any:
    """The result, which must be one number. Raises Misfit."""
    if isinstance(found, Block):
        raise Misfit("a Taylor series is that of one number, and this is a tensor")
    return found


def _is_rough(question: Question, seed: Seed, order: int) -> bool:
    """Whether there is no plain power series, so that germs were asked."""
    try:
        refined(lambda: power_series(question, {seed: 1}), order + 2)
    except Singular:
        return True
    return False


def _of_ball(n: int, slope: arb, status: str, bits: int, digits: int | None) -> Coefficient:
    with precision(2 * bits, 1):
        ball = slope / factorial(n)
        exact = simple_fraction(ball, denominator_bits(n))
        if exact is not None:
            return _of_fraction(n, exact, status, digits)
        value, derivative = (finite_or_nan(float(b.mid())) for b in (ball, slope))
        pairs = ((ball, value), (slope, derivative))
        texts = [_written(b, v, digits, rounded) for b, v in pairs]
    status = "overflow" if isnan(value) or isnan(derivative) else status
    return Coefficient(n, value, None, derivative, status, *texts)


def finite_or_nan(number: float) -> float:
    """The number, NaN where it is infinite."""
    return number + 0.0 if isfinite(number) else nan


def simple_fraction(ball: arb, bits: int) -> Fraction | None:
    """The simplest fraction p/q in a ball that is narrower than 2^-PROOF_BITS / q^2, or None.

    bits  of the largest q that is tried
    """
    if ball.contains(0):
        return Fraction(0) if ball.abs_upper() < arb(2) ** -PROOF_BITS else None
    exponent = binary_exponent(ball)
    if abs(exponent) > FARTHEST:
        return None
    with precision(PROOF_BITS + 2 * bits + max(0, exponent), 1):
        low, high = sorted(abs(_exact(end)) for end in (ball.lower(), ball.upper()))
    width, largest = high - low, 1 << bits
    if width:
        largest = min(largest, isqrt(int(1 / (width * 2**PROOF_BITS))))
    found = _simplest(low, high, largest)
    return found if found is None or ball > 0 else -found


def binary_exponent(ball: arb) -> int:
    """The exponent of 2 next to a ball's midpoint; 0 for 0."""
    mantissa, exponent = (int(part) for part in ball.mid().man_exp())
    return exponent + mantissa.bit_length() if mantissa else 0


def _exact(end: arb) -> Fraction:
    mantissa, exponent = (int(part) for part in end.man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent


def _simplest(low: Fraction, high: Fraction, largest: int) -> Fraction | None:
    """The fraction of the smallest denominator in [low, high], 0 < low, by continued fractions.

    returns  None where its denominator is larger than that
    Source: Knuth, The Art of Computer Programming 2, section 4.5.3, exercise 39.
    """
    a, b, c, d = low.numerator, low.denominator, high.numerator, high.denominator
    before, last = (0, 1), (1, 0)  # convergents p/q
    while last[1] <= largest:
        whole = -(-a // b)  # the ceiling of the lower end
        if whole * d <= c:  # a whole number lies between
            found = Fraction(whole * last[0] + before[0], whole * last[1] + before[1])
            return found if found.denominator <= largest else None
        part = a // b
        before, last = last, (part * last[0] + before[0], part * last[1] + before[1])
        a, b, c, d = d, c - part * d, b, a - part * b
    return None


def _is_flat(question: Question, seed: Seed, order: int) -> bool:
    """Whether a germ on either side leaves out what vanishes faster than every power."""

    def look(pace: int) -> Callable[[], bool]:
        def attempt() -> bool:
            paces = question.place.paces({seed: pace})
            found = question.along(Germs(0), paces)
            return not isinstance(found, Broken) and germ(found).flat

        return attempt

    try:
        return any([refined(look(pace), order + 2, question.bits) for pace in (-1, 1)])
    except (Singular, Short):
        return False
