"""Balls as decimal text: rounded to the nearest where that is proven, or outwards.

An `arb` is first made a pair of fractions that enclose it, so that every rounding is exact.
"""

from __future__ import annotations

from fractions import Fraction
from math import log10

from flint import arb

from autodiffcli.arrays import Proven
from autodiffcli.interpreters.balls import Vague, precision

GUARD = 4  # digits of an enclosure beyond those that are shown
_LARGEST = 20_000  # binary exponent up to which a number is written out as a fraction
_NEAREST, _DOWN, _UP = "nearest", "down", "up"


def rounded(ball: arb, digits: int) -> str | None:
    """The number rounded to so many significant digits, halves to even; None if undecided.

    What is exact has no trailing zeros: 0.5 is exactly that, 0.500 is right to three digits.
    """
    low, high, shift = ends(ball)
    if low == high:
        return _written(*_decimal(low, digits, _NEAREST), shift, digits, strip=True)
    if low <= 0 <= high:
        return None
    first, last = _decimal(low, digits, _NEAREST), _decimal(high, digits, _NEAREST)
    return _written(*first, shift, digits) if first == last else None


def proven(ball: arb, digits: int) -> Proven | None:
    """The number to so many digits with an enclosure; None if they are not proven.

    Where the number lies in the middle between two of so many digits, for all that can be told,
    one more digit is shown. What is 0 for all that can be told is 0.
    """
    text = rounded(ball, digits)
    return None if text is None else Proven(text, *outwards(ball, digits + GUARD))


def nothing(ball: arb) -> Proven:
    """A ball around 0 that no more bits make narrower."""
    return Proven("0", *outwards(ball, GUARD))


def bounded(low: Fraction, high: Fraction, digits: int) -> Proven:
    """`[low, high]`, rounded outwards to so many digits; more of them in the enclosure."""
    shown = ", ".join(_outwards(low, high, 0, digits))
    return Proven(f"[{shown}]", *_outwards(low, high, 0, max(digits, 17) + GUARD))


def outwards(ball: arb, digits: int) -> tuple[str, str]:
    """The ends of a ball, the lower one rounded down and the upper one up."""
    return _outwards(*ends(ball), digits)


def _outwards(low: Fraction, high: Fraction, shift: int, digits: int) -> tuple[str, str]:
    return (
        _written(*_decimal(low, digits, _DOWN), shift, digits, strip=True),
        _written(*_decimal(high, digits, _UP), shift, digits, strip=True),
    )


def proven_fraction(number: Fraction, digits: int) -> Proven:
    """A rational number to so many digits with an enclosure."""
    return Proven(of_fraction(number, digits), *_outwards(number, number, 0, digits + GUARD))


def of_fraction(number: Fraction, digits: int) -> str:
    """A rational number to so many digits, without trailing zeros where that is all of it."""
    mantissa, exponent = _decimal(number, digits, _NEAREST)
    whole = Fraction(mantissa) * Fraction(10) ** exponent == number
    return _written(mantissa, exponent, 0, digits, strip=whole)


def ends(ball: arb) -> tuple[Fraction, Fraction, int]:
    """Fractions a <= b and a whole number n with the number in [a, b] 10^n; n is 0 mostly."""
    largest = max((_binary_exponent(end) for end in (ball.lower(), ball.upper())), key=abs)
    if abs(largest) <= _LARGEST:
        return _fraction(ball.lower()), _fraction(ball.upper()), 0
    shift = int(largest * log10(2))
    with precision(_bits_of(ball) + 64, 1):
        ball = ball / arb(10) ** shift
    if abs(_binary_exponent(ball.lower())) > _LARGEST:  # the other end is 0, or nearly so
        return min(_fraction(ball.upper()), Fraction(0)), _fraction(ball.upper()), shift
    if abs(_binary_exponent(ball.upper())) > _LARGEST:
        return _fraction(ball.lower()), max(_fraction(ball.lower()), Fraction(0)), shift
    return _fraction(ball.lower()), _fraction(ball.upper()), shift


def exact_ends(ball: arb) -> tuple[Fraction, Fraction]:
    """The ends of a ball. Raises Vague where they are too large or too small to be written out."""
    low, high = ball.lower(), ball.upper()
    if not ball.is_finite() or max(map(abs, map(_binary_exponent, (low, high)))) > 5 * _LARGEST:
        raise Vague
    return _fraction(low), _fraction(high)


def _bits_of(ball: arb) -> int:
    mantissa, _ = ball.mid().man_exp()
    return 2 * int(mantissa).bit_length() + int(abs(_binary_exponent(ball.mid()))).bit_length()


def _binary_exponent(number: arb) -> int:
    """The exponent of 2 next to an exact number; 0 for 0."""
    mantissa, exponent = number.man_exp()
    return int(exponent) + int(mantissa).bit_length() if mantissa else 0


def _fraction(number: arb) -> Fraction:
    """An exact number as a fraction."""
    mantissa, exponent = (int(part) for part in number.man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent


def _decimal(number: Fraction, digits: int, way: str) -> tuple[int, int]:
    """Whole m and n with m 10^n the number rounded to so many digits; m has as many, or is 0."""
    if not number:
        return 0, 0
    exponent = _magnitude(abs(number)) - digits + 1
    scaled = number / Fraction(10) ** exponent
    if way == _NEAREST:
        mantissa = round(scaled)
    else:
        mantissa = scaled.__floor__() if way == _DOWN else scaled.__ceil__()
    if abs(mantissa) == 10**digits:
        return mantissa // 10, exponent + 1
    return mantissa, exponent


def _magnitude(number: Fraction) -> int:
    """The whole n with 10^n <= number < 10^(n+1)."""
    bits = number.numerator.bit_length() - number.denominator.bit_length()
    found = int(bits * log10(2)) - 1
    while Fraction(10) ** (found + 1) <= number:
        found += 1
    while Fraction(10) ** found > number:
        found -= 1
    return found


def _written(mantissa: int, exponent: int, shift: int, digits: int, strip: bool = False) -> str:
    """m 10^(n + shift) as `%g` writes it."""
    if not mantissa:
        return "0"
    text, sign = str(abs(mantissa)), "-" if mantissa < 0 else ""
    leading = exponent + shift + len(text) - 1
    if strip:
        text = text.rstrip("0")
    if not -5 < leading < max(digits, 6):
        point = f".{text[1:]}" if len(text) > 1 else ""
        return f"{sign}{text[0]}{point}e{'-' if leading < 0 else '+'}{abs(leading):02d}"
    if leading < 0:
        return f"{sign}0.{'0' * (-leading - 1)}{text}"
    whole, rest = text[: leading + 1].ljust(leading + 1, "0"), text[leading + 1 :]
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"
