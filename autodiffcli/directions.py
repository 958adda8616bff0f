"""Mixed partial derivatives from power series along straight lines.

A series along a ray j carries f(x + j t); for every total order n its n-th coefficient p(j) is a
homogeneous polynomial in j whose coefficients are the partials of that order. The values of p on
the rays with |j| = d fix it, and these are the weights that read a partial off them:

    d^i f = sum over rays j of  weights(i, d)[j] * (coefficient |i| of the series along j)

Coefficients are Taylor's, u_n = u^(n)/n!; for the n-th derivative along j divide by n! again.
Source: A. Griewank, J. Utke, A. Walther, Evaluating higher derivative tensors by forward
propagation of univariate Taylor series, Mathematics of Computation 69 (2000).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import product
from math import comb, factorial, gcd, lcm, prod

Ray = tuple[int, ...]  # a step per variable, without a common factor


@cache
def rays(m: int, d: int) -> tuple[Ray, ...]:
    """The directions in m variables that fix every partial of total order 1 to d."""
    return tuple(dict.fromkeys(_shortened(j) for j in _simplex(m, d)))


@cache
def weights(i: tuple[int, ...], d: int) -> dict[Ray, Fraction]:
    """What each ray's coefficient of order |i| counts in the partial i; those of 0 are left out.

    i  how often by each variable, total at most d; the keys are rays of `rays(len(i), d)`
    """
    total = sum(i)
    degree = next(n for n in range(max(total, 1), d + 1) if d % n == 0)  # fewer, on the same rays
    found: dict[Ray, Fraction] = {}
    for j, weight in _gamma(i, degree).items():
        if weight:
            ray = _shortened(j)
            found[ray] = found.get(ray, Fraction(0)) + weight * gcd(*j) ** total
    return found


def _gamma(i: tuple[int, ...], d: int) -> dict[Ray, Fraction]:
    """gamma(i, j) = sum over 0 < k <= i of (-1)^|i-k| C(i,k) C(d k/|k|, j) (|k|/d)^|i|."""
    total = sum(i)
    scale: int = lcm(*range(1, total + 1)) ** (d - total)
    sums: dict[Ray, int] = dict.fromkeys(_simplex(len(i), d), 0)
    for k in product(*(range(n + 1) for n in i)):
        size = sum(k)
        if size:
            signed = (-1) ** (total - size) * prod(comb(n, s) for n, s in zip(i, k, strict=True))
            factor = signed * scale // size ** (d - total)
            for j, number in _binomials(k, d).items():
                sums[j] += factor * number
    whole = scale * d**total
    return {j: Fraction(n, whole * prod(map(factorial, j))) for j, n in sums.items()}


@cache
def _binomials(k: tuple[int, ...], d: int) -> dict[Ray, int]:
    """C(d k/|k|, j) |k|^d j! for every j, whole numbers."""
    size = sum(k)
    falling = [[1] for _ in k]
    for place, n in enumerate(k):
        for s in range(d):
            falling[place].append(falling[place][-1] * (d * n - s * size))
    return {j: prod(falling[p][n] for p, n in enumerate(j)) for j in _simplex(len(k), d)}


def _simplex(m: int, d: int) -> Iterator[Ray]:
    """Every way to write d as a sum of m numbers from 0 up."""
    if m == 1:
        yield (d,)
        return
    for first in range(d, -1, -1):
        for rest in _simplex(m - 1, d - first):
            yield (first, *rest)


def _shortened(j: Ray) -> Ray:
    """The ray in its smallest whole numbers."""
    factor = gcd(*j)
    return tuple(n // factor for n in j) if factor > 1 else j
