"""Zeta functions, polylogarithms, Lambert's W, elliptic integrals."""

from __future__ import annotations

from math import factorial
from typing import Any

from autodiffcli.ops.op import BY_BALLS, POSITIVE, REALS, Interval, Op
from autodiffcli.ops.recurrences import MOST, composed, fixed, series

_BRANCH_POINT = -0.36787944117144228  # the first double right of -1/e


def _hurwitz_ball(b: Any, s: Any, a: Any) -> Any:
    """zeta(s, a) by a: the k-th derivative is (-1)^k (s)_k zeta(s + k, a). DLMF 25.11.17.

    For s = 0, -1, ... it is a Bernoulli polynomial, DLMF 25.11.14.
    """
    s = fixed(b, s)
    if s.is_integer() and s < 1:
        return _bernoulli(b, int(1 - s.unique_fmpz()), a)

    def outer(start: Any, n: int) -> list[Any]:
        signs = ((-1) ** k for k in range(n))
        return [
            sign * s.rising(b.arb(k)) / factorial(k) * (s + k).zeta(start)
            for k, sign in enumerate(signs)
        ]

    return composed(b, a, outer)


def _bernoulli(b: Any, m: int, a: Any) -> Any:
    """-B_m(a)/m, with B_m' = m B_(m-1)."""
    if m > MOST:
        raise ValueError("a polynomial of too high a degree")

    def outer(start: Any, n: int) -> list[Any]:
        found, weight = [], -b.arb(1) / m
        for k in range(n):
            found.append(weight * start.bernoulli_poly(m - k) if k <= m else b.arb(0))
            weight = weight * max(m - k, 0) / (k + 1)
        return found

    return composed(b, a, outer)


def _polylog_ball(b: Any, s: Any, x: Any) -> Any:
    """Li_s(x), from x Li_s'(x) = Li_(s-1)(x) by Stirling numbers of the first kind."""
    s = fixed(b, s)

    def outer(start: Any, n: int) -> list[Any]:
        if start == 0:
            return [b.arb(0), *(b.arb(k) ** -s for k in range(1, n))]
        known = [_polylog(b, s - j, start) for j in range(n)]
        stirling, found, scale = [b.arb(1)], [], b.arb(1)
        for k in range(n):
            terms = (c * li for c, li in zip(stirling, known, strict=False) if c != 0)
            found.append(sum(terms, b.arb(0)) / scale)
            shifted = [b.arb(0), *stirling]
            stirling = [p - k * q for p, q in zip(shifted, [*stirling, b.arb(0)], strict=True)]
            scale = scale * start * (k + 1)
        return found

    return composed(b, x, outer)


def _polylog(b: Any, s: Any, x: Any) -> Any:
    if x == 1:
        return s.zeta() if s > 1 else b.arb.nan()
    return x.polylog(s)


def _elliptic(a: float) -> Any:
    """pi/2 2F1(a, 1/2; 1; m) and its derivatives, DLMF 19.5.1, 19.5.2 and 15.5.2."""

    def rule(b: Any, m: Any) -> Any:
        first, second = b.arb(a), b.arb(0.5)

        def outer(start: Any, n: int) -> list[Any]:
            if start == 1:
                return [b.arb(1) if a < 0 else b.arb.nan(), *[b.arb.nan()] * (n - 1)]
            found, weight = [], b.pi / 2
            for k in range(n):
                found.append(weight * start.hypgeom_2f1(first + k, second + k, b.arb(1 + k)))
                weight = weight * (first + k) * (second + k) / (k + 1) ** 2
            return found

        return composed(b, m, outer)

    return rule


def _unfolded_zeta(b: Any, s: Any) -> Any:
    """zeta(s) = 1/(s - 1) + what is left, which has no pole."""
    if b.limit(s) != 1:
        raise TypeError("zeta has one pole")

    def left(start: Any, length: int) -> list[Any]:
        found = b.series([start, 1]).zeta(1, True)
        return [found[k] for k in range(length)]

    return b.quotient(1, s - 1) + b.compose(s, left)


OPS = (
    Op(
        name="zeta",
        doc="Riemann zeta function; zeta(s, a) is Hurwitz's",
        parameters=("s",),
        overloads={2: "zeta_hurwitz"},
        torch=BY_BALLS,
        ball="zeta",
        unfold=_unfolded_zeta,
        mpmath="zeta",
        latex=r"\zeta\left({0}\right)",
        aliases=("Zeta",),
        pole=lambda f, s: s == 1,
    ),
    Op(
        name="zeta_hurwitz",
        doc="Hurwitz zeta function, sum of (a + k)^-s over k >= 0",
        parameters=("s", "a"),
        torch=BY_BALLS,
        ball=_hurwitz_ball,
        fixed=(0,),
        mpmath="zeta",
        latex=r"\zeta\left({0}, {1}\right)",
        aliases=("HurwitzZeta",),
        domain=(REALS, POSITIVE),
        pole=lambda f, s, a: (s == 1) | ((a == 0) & (s > 0)),
    ),
    Op(
        name="polylog",
        doc="polylogarithm Li_s(x), sum of x^k/k^s",
        parameters=("s", "x"),
        torch=BY_BALLS,
        ball=_polylog_ball,
        fixed=(0,),
        mpmath="polylog",
        latex=r"\operatorname{{Li}}_{{{0}}}\left({1}\right)",
        aliases=("PolyLog",),
        domain=(REALS, Interval(high=1, high_closed=True)),
        pole=lambda f, s, x: (x == 1) & (s <= 1),
        edge=lambda f, s, x: 1 - x,
    ),
    Op(
        name="spence",
        doc="Spence's function Li_2(1 - x), as in SciPy",
        torch=BY_BALLS,
        ball=lambda b, x: _polylog_ball(b, b.arb(2), 1 - x),
        mpmath=lambda m, x: m.polylog(2, 1 - x),
        latex=r"\operatorname{{Li}}_2\left(1 - {0}\right)",
        domain=(Interval(0, low_closed=True),),
        edge=lambda f, x: x,
    ),
    Op(
        name="lambertw",
        doc="Lambert's W, the w >= -1 with w e^w = x; lambertw(x, -1) is the other branch",
        overloads={2: "lambertw_branch"},
        torch=BY_BALLS,
        ball="lambertw",
        mpmath=lambda m, x: m.lambertw(x),
        latex=r"W\left({0}\right)",
        aliases=("LambertW", "ProductLog", "productlog"),
        domain=(Interval(_BRANCH_POINT, low_closed=True),),
    ),
    Op(
        name="lambertw_branch",
        doc="Lambert's W on branch k = 0, or on k = -1, where -1/e <= x < 0 and w <= -1",
        parameters=("x", "k"),
        torch=BY_BALLS,
        ball=lambda b, x, k: series(b, x).lambertw(b.whole(fixed(b, k))),
        fixed=(1,),
        mpmath=lambda m, x, k: m.lambertw(x, int(k)),
        latex=r"W_{{{1}}}\left({0}\right)",
        domain=(Interval(_BRANCH_POINT, low_closed=True), REALS),
        outside=lambda f, x, k: (
            (x < _BRANCH_POINT) | ((k != 0) & (k != -1)) | ((k == -1) & (x > 0))
        ),
        pole=lambda f, x, k: (k == -1) & (x == 0),
    ),
    Op(
        name="ellipk",
        doc="complete elliptic integral K(m) of the parameter m = k^2, as in SciPy and SymPy",
        parameters=("m",),
        torch=BY_BALLS,
        ball=_elliptic(0.5),
        mpmath="ellipk",
        latex=r"K\left({0}\right)",
        aliases=("elliptic_k", "EllipticK"),
        domain=(Interval(high=1),),
    ),
    Op(
        name="ellipe",
        doc="complete elliptic integral E(m) of the parameter m = k^2, as in SciPy and SymPy",
        parameters=("m",),
        torch=BY_BALLS,
        ball=_elliptic(-0.5),
        mpmath="ellipe",
        latex=r"E\left({0}\right)",
        aliases=("elliptic_e", "EllipticE"),
        domain=(Interval(high=1, high_closed=True),),
        edge=lambda f, m: 1 - m,
    ),
)
