"""Simple numbers in small boxes: fractions of small denominators, and of few bits."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

SHIFT = Fraction(487, 1024)  # where boxes are cut: seldom at a root
CANDIDATE = 10_000  # denominators of fractions that are tried for a place
SURE = 8  # bits by which larger ones are below those of a random box

Box = tuple[Fraction, Fraction]


def candidate(box: Box) -> Fraction | None:
    """The simplest fraction of a box; None where a box of that width holds one by chance."""
    low, high = box
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        mirrored = candidate((-high, -low))
        return None if mirrored is None else -mirrored
    found = _simplest(low, high)
    if low == high:
        return found
    # The denominators of a box are about 1/sqrt(width) by chance.
    most = max(CANDIDATE, isqrt(int(1 / (high - low))) >> SURE)
    return found if found.denominator <= most else None


def shortest(box: Box) -> Fraction:
    """The decimal number of the fewest digits in a box, ends included."""
    low, high = box
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        return -shortest((-high, -low))
    unit = Fraction(10) ** (len(str(int(high))) if high >= 1 else 0)
    while (found := -(-low // unit) * unit) > high:
        unit /= 10
    return found


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction of the smallest denominator in [low, high], 0 < low, by continued fractions."""
    terms: list[int] = []
    while True:
        whole = -(-low.numerator // low.denominator)
        if whole <= high:
            terms.append(whole)
            break
        part = low.numerator // low.denominator
        terms.append(part)
        low, high = 1 / (high - part), 1 / (low - part)
    found = Fraction(terms[-1])
    for part in reversed(terms[:-1]):
        found = part + 1 / found
    return found


def dyadic(x: Fraction, width: Fraction) -> Fraction:
    """A number near x, by less than a thousandth of the width, of few bits."""
    bits = max(0, 12 + (width.denominator.bit_length() - width.numerator.bit_length()))
    return Fraction(round(x * 2**bits), 2**bits)
