"""Germs: sums of terms  c t^e log(t)^p  for t -> 0 from above, and their arithmetic.

c is a ball, e rational, p whole; a sum is known below the exponent `end`. Transseries of the
simplest kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import inf
from typing import Any

from flint import arb, ctx

from autodiffcli.interpreters.balls import Singular, sign_of

Exponent = Fraction | int
Term = tuple[Exponent, int]
LARGEST_DENOMINATOR = 1000  # of exponents


class Short(ArithmeticError):
    """That too few terms are known to decide: more are needed."""


class Germ:
    """A truncated sum of terms.

    terms  coefficient per (exponent of t, power of log t)
    end    the exponent from which on nothing is known; inf for an exact sum
    flat   something that vanishes faster than every power has been left out
    """

    __slots__ = ("end", "flat", "terms")

    def __init__(
        self, terms: Mapping[Term, arb], end: Exponent | float = inf, flat: bool = False
    ) -> None:
        # `c != 0` would ask whether c is another number for certain
        present = {key: c for key, c in terms.items() if not c == 0 and key[0] < end}  # noqa: SIM201
        last = min((e for e, _ in present), default=0) + ctx.cap
        kept = {key: c for key, c in present.items() if key[0] < last}
        self.end = end if len(kept) == len(present) else last
        self.terms = kept
        self.flat = flat

    def __add__(self, other: Any) -> Germ:
        other = germ(other)
        terms = dict(self.terms)
        for key, c in other.terms.items():
            terms[key] = terms[key] + c if key in terms else c
        return Germ(terms, min(self.end, other.end), self.flat or other.flat)

    __radd__ = __add__

    def __neg__(self) -> Germ:
        return Germ({key: -c for key, c in self.terms.items()}, self.end, self.flat)

    def __sub__(self, other: Any) -> Germ:
        return self + (-germ(other))

    def __rsub__(self, other: Any) -> Germ:
        return germ(other) + (-self)

    def __mul__(self, other: Any) -> Germ:
        other = germ(other)
        terms: dict[Term, arb] = {}
        for (e, p), c in self.terms.items():
            for (f, q), d in other.terms.items():
                key = (e + f, p + q)
                terms[key] = terms[key] + c * d if key in terms else c * d
        end = min(self.end + other.least(), other.end + self.least())
        return Germ(terms, end, self.flat or other.flat)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Germ:
        return self * reciprocal(germ(other))

    def __rtruediv__(self, other: Any) -> Germ:
        return germ(other) * reciprocal(self)

    def __pow__(self, n: int) -> Germ:
        power = germ(1)
        for _ in range(n):
            power = power * self
        return power

    def least(self) -> Exponent | float:
        """An exponent that no term is below."""
        return min((e for e, _ in self.terms), default=self.end)

    def constant(self) -> arb:
        """The coefficient of 1."""
        return self.terms.get((0, 0), arb(0))

    def moving(self) -> Germ:
        """The germ without its constant."""
        terms = {key: c for key, c in self.terms.items() if key != (0, 0)}
        return Germ(terms, self.end, self.flat)

    def moves(self) -> bool:
        """Whether there is more than a constant."""
        return self.end != inf or self.flat or any(key != (0, 0) for key in self.terms)


def germ(u: Any) -> Germ:
    """A number or a germ as a germ."""
    return u if isinstance(u, Germ) else Germ({(0, 0): arb(u)})


def by_size(item: tuple[Term, arb]) -> tuple[Exponent, int]:
    """The order of terms by their size for small t, the largest first."""
    (exponent, power), _ = item
    return exponent, -power


def is_nothing(c: arb) -> bool:
    """Whether a coefficient is 0. Raises Vague where more bits may tell."""
    return sign_of(c) == 0


def leading(u: Germ) -> tuple[Term, arb] | None:
    """The largest term; None for exactly 0. Raises Short, Vague or Singular."""
    for key, c in sorted(u.terms.items(), key=by_size):
        if not is_nothing(c):
            return key, c
    if u.end != inf:
        raise Short
    if u.flat:
        raise Singular("what is left vanishes faster than every power")
    return None


def split(u: Germ) -> tuple[Term, arb, Germ]:
    """Leading key and coefficient c, and z in  u = c t^e log(t)^p (1 + z);  z is small.

    Raises Singular for 0 and where several powers of the logarithm lead.
    """
    found = leading(u)
    if found is None:
        raise Singular("division by 0", "pole")
    (e, p), c = found
    rest = {
        (f - e, q): d / c for (f, q), d in u.terms.items() if (f, q) != (e, p) and (f > e or q < p)
    }
    if p or any(f == 0 and q for f, q in rest):
        raise Singular("a logarithm leads")
    return (e, p), c, Germ(rest, u.end - e, u.flat)


def reciprocal(u: Germ) -> Germ:
    """1 / u by the geometric series in the small part."""
    (e, _), c, z = split(u)
    return shifted(horner([arb((-1) ** k) / c for k in range(terms_of(z))], z), -e)


def shifted(u: Germ, by: Exponent) -> Germ:
    """u t^by."""
    return Germ({(e + by, p): c for (e, p), c in u.terms.items()}, u.end + by, u.flat)


def terms_of(z: Germ) -> int:
    """How many powers of a small germ matter."""
    least = z.least()
    if least == inf:
        return 1
    return int(ctx.cap / least) + 2 if least > 0 else ctx.cap


def horner(coefficients: Sequence[Any], z: Germ) -> Germ:
    """sum c_k z^k for a small germ z; the terms left out are of its next power."""
    total = germ(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        total = total * z + c
    least = z.least()
    end = inf if least == inf else least * len(coefficients)
    return Germ(total.terms, min(total.end, end), total.flat or z.flat)


def rational(c: arb) -> Fraction | None:
    """The simple fraction that a ball is, 1/3 of 0.333...; None where it is none."""
    if not c.is_finite() or c.rad() > arb(2) ** -(ctx.prec // 2):
        return None
    mantissa, exponent = c.mid().man_exp()
    middle = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    found = middle.limit_denominator(LARGEST_DENOMINATOR)
    near = abs(found - middle) <= Fraction(1, 2 ** (ctx.prec // 2))
    return found if near else None


def arb_of(e: Exponent) -> arb:
    """An exponent as a number."""
    fraction = Fraction(e)
    return arb(fraction.numerator) / fraction.denominator


def whole_if(e: Exponent) -> Exponent:
    """An int where the fraction is whole: shorter to add."""
    return int(e) if e == int(e) else e
