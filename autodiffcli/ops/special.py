"""Zeta functions, polylogarithms, Lambert's W, elliptic integrals."""

from __future__ import annotations

from math import factorial
from typing import Any

from autodiffcli.ops.op import BY_BALLS, REALS, Interval, Op
from autodiffcli.ops.recurrences import MOST, composed, entire, fixed, series

_BRANCH_POINT = -0.36787944117144228  # the first double right of -1/e


def _hurwitz_ball(b: Any, s: Any, a: Any) -> Any:
    """zeta(s, a) by a: the k-th derivative is (-1)^k (s)_k zeta(s + k, a). DLMF 25.11.17.

    For s = 0, -1, ... it is a Bernoulli polynomial, DLMF 25.11.14.
    """
    s = fixed(b, s)
    if s.is_integer() and s < 1:
        return _bernoulli(b, int(1 - s.unique_fmpz()), a)
    if series(b, a)[0] == 0 and s < 0:
        return composed(b, a, lambda start, n: [s.zeta()])
    if series(b, a)[0] < 0:
        return _shifted_hurwitz(b, s, a)

    def outer(start: Any, n: int) -> list[Any]:
        signs = ((-1) ** k for k in range(n))
        return [
            sign * s.rising(b.arb(k)) / factorial(k) * (s + k).zeta(start)
            for k, sign in enumerate(signs)
        ]

    return composed(b, a, outer)


def _shifted_hurwitz(b: Any, s: Any, a: Any) -> Any:
    """zeta(s, a) = sum_(k<m) (a + k)^-s + zeta(s, a + m). DLMF 25.11.4."""
    s = fixed(b, s) if isinstance(a, b.series) else b.fixed(s)
    m = 1 - round(float(b.limit(a).mid()))
    if s == 1 or not 1 <= m <= MOST:
        raise ValueError("a pole, or too far left")
    return sum((b.power(a + k, -s) for k in range(m)), b.zeta_hurwitz(s, a + m))


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
        if start == 1 and s > 1:
            return [s.zeta()]
        known = [start.polylog(s - j) for j in range(n)]
        stirling, found, scale = [b.arb(1)], [], b.arb(1)
        for k in range(n):
            terms = (c * li for c, li in zip(stirling, known, strict=False) if c != 0)
            found.append(sum(terms, b.arb(0)) / scale)
            shifted = [b.arb(0), *stirling]
            stirling = [p - k * q for p, q in zip(shifted, [*stirling, b.arb(0)], strict=True)]
            scale = scale * start * (k + 1)
        return found

    return composed(b, x, outer)


def _unfolded_polylog(b: Any, s: Any, x: Any) -> Any:
    """Li_s(exp(u)) at u = 0: a power or a logarithm, and what has a power series.

    u^(s-1)/(s-1)! (psi(s) - psi(1) - log(-u)), or Gamma(1 - s) (-u)^(s-1), and the sum of
    zeta(s - k) u^k/k!. DLMF 25.12.12
    """
    s, u = b.fixed(s), b.log(x)
    pole = int(b.whole(s)) - 1 if s.is_integer() and s > 0 else -1

    def coefficient(k: int) -> Any:
        return b.arb(0) if k == pole else (s - k).zeta() / b.arb(k + 1).gamma()

    if not 0 <= pole <= MOST:
        return (1 - s).gamma() * b.power(-u, s - 1) + entire(b, u, coefficient)
    weight = 1 / b.arb(pole + 1).gamma()
    harmonic = s.digamma() - b.arb(1).digamma()
    return weight * (harmonic - b.log(-u)) * u**pole + entire(b, u, coefficient)


def _elliptic(a: float) -> Any:
    """pi/2 2F1(a, 1/2; 1; m) and its derivatives, DLMF 19.5.1, 19.5.2 and 15.5.2."""

    def rule(b: Any, m: Any) -> Any:
        first, second = b.arb(a), b.arb(0.5)

        def outer(start: Any, n: int) -> list[Any]:
            if start == 1 and a < 0:
                return [b.arb(1)]
            found, weight = [], b.pi / 2
            for k in range(n):
                found.append(weight * start.hypgeom_2f1(first + k, second + k, b.arb(1 + k)))
                weight = weight * (first + k) * (second + k) / (k + 1) ** 2
            return found

        return composed(b, m, outer)

    return rule


def _unfolded_ellipk(b: Any, m: Any) -> Any:
    """K(m) at m = 1, with u = 1 - m and half of log(1/u). DLMF 19.12.1."""
    half = b.arb(0.5)

    def weight(k: int) -> Any:
        return (half.rising(b.arb(k)) / b.arb(k + 1).gamma()) ** 2

    rest = entire(b, 1 - m, lambda k: weight(k) * _gap(b, k))
    return rest - b.log(1 - m) / 2 * entire(b, 1 - m, weight)


def _unfolded_ellipe(b: Any, m: Any) -> Any:
    """E(m) at m = 1, likewise. DLMF 19.12.2."""
    half = b.arb(0.5)

    def weight(k: int) -> Any:
        if k == 0:
            return b.arb(0)
        rising = half.rising(b.arb(k - 1)) * (half + 1).rising(b.arb(k - 1))
        return rising / b.arb(k + 1).gamma() / b.arb(k).gamma() / 2

    def coefficient(k: int) -> Any:
        less = b.arb(1) / (2 * k * (2 * k - 1)) if k else 0
        return weight(k) * (_gap(b, k - 1) - less) if k else b.arb(1)

    return entire(b, 1 - m, coefficient) - b.log(1 - m) / 2 * entire(b, 1 - m, weight)


def _gap(b: Any, k: int) -> Any:
    """psi(k + 1) - psi(k + 1/2)."""
    return b.arb(k + 1).digamma() - b.arb(k + 0.5).digamma()


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
        ball=lambda b, s: b.series_of("zeta", s, 1e15),  # flint takes forever beyond 1e100
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
        unfold=_shifted_hurwitz,
        fixed=(0,),
        mpmath="zeta",
        latex=r"\zeta\left({0}, {1}\right)",
        aliases=("HurwitzZeta",),
        outside=lambda f, s, a: (a < 0) & (s != f.torch.round(s)),
        pole=lambda f, s, a: (s == 1) | ((a <= 0) & (a == f.torch.round(a)) & (s > 0)),
        singular=lambda f, s, a: (a == 0) & (s != f.torch.round(s)),
    ),
    Op(
        name="polylog",
        doc="polylogarithm Li_s(x), sum of x^k/k^s",
        parameters=("s", "x"),
        torch=BY_BALLS,
        ball=_polylog_ball,
        unfold=_unfolded_polylog,
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
        unfold=lambda b, x: b.polylog(b.arb(2), 1 - x),
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
        unfold=_unfolded_ellipk,
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
        unfold=_unfolded_ellipe,
        mpmath="ellipe",
        latex=r"E\left({0}\right)",
        aliases=("elliptic_e", "EllipticE"),
        domain=(Interval(high=1, high_closed=True),),
        edge=lambda f, m: 1 - m,
    ),
)
