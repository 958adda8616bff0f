"""Taylor coefficients of special functions in ball arithmetic, by their recurrences.

Everything here is exact but for the width of the balls: no rule rounds, and none takes a branch
that only some points of a ball would take. What has no series is a ValueError, which the
interpreter turns into words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import factorial
from typing import Any

Step = Callable[[int], Mapping[int, Fraction]]
MOST = 2000  # degree or order that is walked to step by step


def series(b: Any, u: Any) -> Any:
    """A ball or a series as a series."""
    return u if isinstance(u, b.series) else b.series([u])


def fixed(b: Any, u: Any) -> Any:
    """An operand that must not move, as a ball: sqrt(4) is a series that stands still."""
    start, *moving = series(b, u).coeffs() or [b.arb(0)]
    return start if all(c == 0 for c in moving) else b.fixed(u)


def rational(b: Any, number: Fraction) -> Any:
    """A rational number as a ball."""
    return b.arb(number.numerator) / number.denominator


def composed(b: Any, u: Any, outer: Callable[[Any, int], list[Any]]) -> Any:
    """f(u) from Taylor coefficients of f at the first coefficient of u, a ball of any width.

    outer  (x0, n) -> n coefficients f(x0), f'(x0), f''(x0)/2, ...; fewer where the rest is none
    """
    start, *moving = series(b, u).coeffs() or [b.arb(0)]
    length = b.series([0]).prec
    coefficients = outer(start, length)
    found = b.series(coefficients)
    if length == 1 or all(c == 0 for c in moving):
        return b.series([found[0]])
    if len(coefficients) < length:
        raise ValueError("no power series there")
    return found if len(moving) == 1 and moving[0] == 1 else found(b.series([0, *moving]))


def ladder(b: Any, value: Callable[[int], Any], step: Step, n: int) -> list[Any]:
    """n Taylor coefficients of f_0, a member of a family closed under differentiation.

    value  m -> f_m at the point
    step   m -> weights w with f_m' = sum of w[k] f_k
    """
    known: dict[int, Any] = {}
    weights, found = {0: Fraction(1)}, []
    for k in range(n):
        total, following = b.arb(0), dict[int, Fraction]()
        for m, weight in weights.items():
            known[m] = known[m] if m in known else value(m)
            total += rational(b, weight) * known[m]
            for target, share in step(m).items():
                following[target] = following.get(target, Fraction(0)) + weight * share / (k + 1)
        weights = {m: weight for m, weight in following.items() if weight}
        found.append(total)
    return found


def integrated(b: Any, u: Any, value: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Any:
    """f(u) from f at the first coefficient of u and the series of f'(u)."""
    u = series(b, u)
    return (slope(u) * u.derivative()).integral() + value(u[0])


def inverse(b: Any, u: Any, value: Callable[[Any], Any], forward: Callable[[Any], Any]) -> Any:
    """g(u), g the inverse of `forward`, whose value at a ball is known, by series reversion."""

    def outer(start: Any, n: int) -> list[Any]:
        at = value(start)
        if n == 1 or not at.is_finite():
            return [at, *[b.arb.nan()] * (n - 1)]
        moved = forward(b.series([at, 1])).coeffs()
        back = b.series([0, *moved[1:]]).reversion()
        return [at, *(back[k] for k in range(1, n))]

    return composed(b, u, outer)


def entire(b: Any, u: Any, coefficient: Callable[[int], Any]) -> Any:
    """A germ that is a power series in u, which vanishes. Raises ValueError where it does not.

    coefficient  k -> that of u^k, for every k
    """
    if b.limit(u) != 0:
        raise ValueError("a series for another place")
    return b.compose(u, lambda _, n: [coefficient(k) for k in range(n)])


def psi(b: Any, n: int, x: Any) -> Any:
    """psi^(n)(x): (-1)^(n+1) n! zeta(n+1, x); left of 0 by reflection, DLMF 5.15.1 and 5.15.6."""
    if x < 0:
        return (-1) ** n * psi(b, n, 1 - x) - b.pi ** (n + 1) * _cotangent(n, x.cot_pi())
    if n == 0:
        return x.digamma()
    return (-1) ** (n + 1) * factorial(n) * b.arb(n + 1).zeta(x)


def _cotangent(n: int, c: Any) -> Any:
    """The n-th derivative of cot at the place where it is c, from cot' = -(1 + cot^2)."""
    powers = [0, 1]
    for _ in range(n):
        slopes = [k * a for k, a in enumerate(powers)][1:]
        padded = [*slopes, 0, 0], [0, 0, *slopes]
        powers = [-(p + q) for p, q in zip(*padded, strict=True)]
    total = 0 * c
    for a in reversed(powers):
        total = total * c + a
    return total


def degree(b: Any, n: Any) -> int:
    """A whole number that is not negative, nor too large to be walked to."""
    found = int(b.whole(fixed(b, n)))
    if not 0 <= found <= MOST:
        raise ValueError(f"a whole number from 0 to {MOST} is expected")
    return found


def three_terms(b: Any, n: int, first: Any, following: Callable[[int, Any, Any], Any]) -> Any:
    """p_n from p_0 = 1, p_1 = first and p_(k+1) = following(k, p_k, p_(k-1))."""
    before, current = b.arb(1), first
    if n == 0:
        return series(b, before)
    for k in range(1, n):
        before, current = current, following(k, current, before)
    return current
