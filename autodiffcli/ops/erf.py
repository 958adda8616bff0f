"""Error functions, their inverses, and the normal distribution."""

from __future__ import annotations

from typing import Any

from autodiffcli.ops.op import BY_BALLS, Interval, Op, Rule
from autodiffcli.ops.recurrences import composed, integrated, inverse, series

_PROBABILITY = Interval(0, 1)


def _erfcx_ball(b: Any, x: Any) -> Any:
    x = series(b, x)
    return (x * x).exp() * x.erfc()


def _dawson_ball(b: Any, x: Any) -> Any:
    """F(x) = sqrt(pi)/2 exp(-x^2) erfi(x). DLMF 7.5.1."""
    x = series(b, x)
    return b.pi.sqrt() / 2 * (-x * x).exp() * x.erfi()


def _erfinv_ball(b: Any, x: Any) -> Any:
    return inverse(b, x, lambda p: p.erfinv(), lambda y: y.erf())


def _erfcinv_ball(b: Any, x: Any) -> Any:
    return inverse(b, x, lambda p: p.erfcinv(), lambda y: y.erfc())


def _erfcinv_reference(m: Any, x: Any) -> Any:
    """Newton's method for log(erfc(y)) = log(x), concave in y: from 0 it comes from above."""
    if x > 1:
        return -_erfcinv_reference(m, 2 - x)

    def step(y: Any) -> Any:
        found = m.erfc(y)
        return m.log(found / x) * found * m.sqrt(m.pi) / 2 * m.exp(y * y)

    return _newton(m, step)


def _erfinv_reference(m: Any, x: Any) -> Any:
    """Newton's method for erf(y) = |x|, concave in y > 0."""
    if x < 0:
        return -_erfinv_reference(m, -x)
    if x > 1:
        raise ValueError("not real")
    if x == 1:
        return m.inf
    return _newton(m, lambda y: (x - m.erf(y)) * m.sqrt(m.pi) / 2 * m.exp(y * y))


def _newton(m: Any, step: Rule) -> Any:
    """Where Newton's method goes from 0, with twice the digits at each step once it converges."""
    y, move, digits = m.mpf(0), m.mpf(1), 20
    with m.workdps(2 * digits):
        while abs(move) > abs(y) * m.mpf(10) ** -digits:
            move = step(y)
            y += move
    while digits < m.dps:
        digits = 2 * digits - 4
        with m.workdps(min(digits, m.dps) + 20):
            y += step(y)
    return +y


def _log_ndtr_tail(b: Any, x: Any) -> Any:
    """log(erfc(-x/sqrt(2))/2), x < 0, by erfc(y) = exp(-y^2)/sqrt(pi) U(1/2, 1/2, y^2).

    DLMF 7.11.5, and 13.3.22 for the derivatives of U.
    """
    z = series(b, x * x / 2)

    def outer(start: Any, n: int) -> list[Any]:
        found, weight, half = [], b.arb(1), b.arb(0.5)
        for k in range(n):
            found.append(weight * start.hypgeom_u(half + k, half + k))
            weight = -weight * (half + k) / (k + 1)
        return found

    return composed(b, z, outer).log() - z - (2 * b.pi.sqrt()).log()


def _log_ndtr_ball(b: Any, x: Any) -> Any:
    """log(erfc(-x/sqrt(2))/2), right of 0 from the small erfc(x/sqrt(2))."""
    if series(b, x)[0] < -4:
        return _log_ndtr_tail(b, x)
    root = b.arb(2).sqrt()

    def value(start: Any) -> Any:
        if start > 0:
            return (-(start / root).erfc() / 2).log1p()
        return ((-start / root).erfc() / 2).log()

    def slope(u: Any) -> Any:
        density = (-u * u / 2).exp() / (2 * b.pi).sqrt()
        return 2 * density / (u * (-1 / root)).erfc()

    return integrated(b, x, value, slope)


OPS = (
    Op(
        name="erf",
        doc="error function",
        torch="special.erf",
        symbolic=(lambda f, x: 2 / f.sqrt(f.pi) * f.exp(-x * x),),
        taylor=lambda s, x: s.along(s.value("erf", x), s.bell(x, -1), x),
        ball="erf",
        mpmath="erf",
        aliases=("Erf",),
    ),
    Op(
        name="erfc",
        doc="complementary error function 1 - erf(x), exact in the tail",
        torch="special.erfc",
        symbolic=(lambda f, x: -2 / f.sqrt(f.pi) * f.exp(-x * x),),
        taylor=lambda s, x: s.along(s.value("erfc", x), -s.bell(x, -1), x),
        ball="erfc",
        mpmath="erfc",
        aliases=("Erfc",),
    ),
    Op(
        name="erfi",
        doc="imaginary error function erf(ix)/i",
        torch=BY_BALLS,
        taylor=lambda s, x: s.along(s.value("erfi", x), s.bell(x, 1), x),
        ball="erfi",
        mpmath="erfi",
        aliases=("Erfi",),
    ),
    Op(
        name="erfcx",
        doc="scaled complementary error function exp(x^2) erfc(x)",
        torch=BY_BALLS,
        ball=_erfcx_ball,
        mpmath=lambda m, x: m.exp(x * x) * m.erfc(x),
    ),
    Op(
        name="erfinv",
        doc="inverse error function",
        torch="special.erfinv",
        symbolic=(lambda f, x: f.sqrt(f.pi) / 2 * f.exp(f.erfinv(x) * f.erfinv(x)),),
        ball=_erfinv_ball,
        mpmath=_erfinv_reference,
        latex=r"\operatorname{{erf}}^{{-1}}\left({0}\right)",
        aliases=("inverf", "InverseErf"),
        domain=(Interval(-1, 1),),
    ),
    Op(
        name="erfcinv",
        doc="inverse of erfc, exact near 0",
        torch=BY_BALLS,
        ball=_erfcinv_ball,
        mpmath=_erfcinv_reference,
        latex=r"\operatorname{{erfc}}^{{-1}}\left({0}\right)",
        aliases=("inverfc", "InverseErfc"),
        domain=(Interval(0, 2),),
    ),
    Op(
        name="dawson",
        doc="Dawson's integral exp(-x^2) int_0^x exp(t^2) dt",
        torch=BY_BALLS,
        ball=_dawson_ball,
        mpmath=lambda m, x: x * m.hyp1f1(1, m.mpf(3) / 2, -x * x),
        aliases=("dawsn", "DawsonF"),
    ),
    Op(
        name="ndtr",
        doc="standard normal distribution function",
        definition="erfc(-x/sqrt(2))/2",
        mpmath=lambda m, x: m.ncdf(x),
        latex=r"\Phi\left({0}\right)",
        aliases=("normcdf", "ncdf"),
    ),
    Op(
        name="log_ndtr",
        doc="logarithm of ndtr, exact in both tails",
        torch=BY_BALLS,
        ball=_log_ndtr_ball,
        mpmath=lambda m, x: (
            m.log(m.erfc(-x / m.sqrt(2)) / 2) if x < 0 else m.log1p(-m.erfc(x / m.sqrt(2)) / 2)
        ),
        latex=r"\ln \Phi\left({0}\right)",
        aliases=("log_normcdf",),
    ),
    Op(
        name="ndtri",
        doc="inverse of ndtr, the normal quantile",
        torch=BY_BALLS,
        ball=lambda b, p: -b.arb(2).sqrt() * _erfcinv_ball(b, 2 * p),
        mpmath=lambda m, p: -m.sqrt(2) * _erfcinv_reference(m, 2 * p),
        latex=r"\Phi^{{-1}}\left({0}\right)",
        aliases=("norminv", "probit"),
        domain=(_PROBABILITY,),
    ),
)
