"""The gamma function and its relatives: beta, binomial, incomplete gamma and beta."""

from __future__ import annotations

import math
from typing import Any

from autodiffcli.ops.op import BY_BALLS, NON_NEGATIVE, POSITIVE, REALS, Interval, Op
from autodiffcli.ops.recurrences import below_power, composed, degree, psi, series


def _gamma(f: Any, x: Any) -> Any:
    """Gamma(x) by the C library, element by element.

    torch has none, and exp(lgamma(x)) loses three digits and the sign.
    """
    flat = [_gamma_of(number) for number in x.detach().reshape(-1).tolist()]
    return f.torch.tensor(flat, dtype=x.dtype, device=x.device).reshape(x.shape)


def _gamma_of(number: float) -> float:
    try:
        return math.gamma(number)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


def _digamma_derivative(f: Any, n: int, x: Any) -> Any:
    """psi^(n)(x) = (-1)^(n+1) n! zeta(n+1, x), n >= 1. Abramowitz & Stegun 6.4.10."""
    sign = 1.0 if n % 2 else -1.0
    order = f.torch.full_like(x, float(n + 1))
    return sign * math.factorial(n) * f.torch.special.zeta(order, x)


def _at_pole(f: Any, x: Any) -> Any:
    return (x <= 0) & _whole(f, x)


def _whole(f: Any, x: Any) -> Any:
    return x == f.torch.round(x)


def _lgamma_ball(b: Any, x: Any) -> Any:
    """log|Gamma(x)|, left of 0 by 1/Gamma, which has no poles."""
    x = series(b, x)
    if x[0] > 0:
        return x.lgamma()
    inverse = x.rgamma()
    return -(inverse if inverse[0] > 0 else -inverse).log()


def _polygamma_ball(b: Any, n: Any, x: Any) -> Any:
    order = degree(b, n)

    def outer(start: Any, length: int) -> list[Any]:
        return [psi(b, order + k, start) / math.factorial(k) for k in range(length)]

    return composed(b, x, outer)


def _lbeta_ball(b: Any, x: Any, y: Any) -> Any:
    return _lgamma_ball(b, x) + _lgamma_ball(b, y) - _lgamma_ball(b, x + y)


def _beta_ball(b: Any, x: Any, y: Any) -> Any:
    return series(b, x).gamma() * series(b, y).gamma() * series(b, x + y).rgamma()


def _binomial_ball(b: Any, n: Any, k: Any) -> Any:
    return series(b, n + 1).gamma() * series(b, k + 1).rgamma() * series(b, n - k + 1).rgamma()


def _double_factorial_ball(b: Any, x: Any) -> Any:
    """x!! = 2^(x/2) Gamma(x/2 + 1) (2/pi)^((1 - cos(pi x))/4), Wolfram functions 06.02.02.0001."""
    x = series(b, x)
    odd = ((1 - x.cos_pi()) / 4 * (2 / b.pi).log()).exp()
    return (x * (b.arb(2).log() / 2)).exp() * (x / 2 + 1).gamma() * odd


def _gammainc_ball(b: Any, a: Any, x: Any) -> Any:
    order, x = b.fixed(a), series(b, x)
    if x[0] == 0 and not order.is_integer():
        return composed(b, x, lambda _, n: below_power(b, order, n))
    return b.series.gamma_lower(order, x, 1)


def _gammaincc_ball(b: Any, a: Any, x: Any) -> Any:
    x = series(b, x)
    if x[0] == 0:
        return 1 - _gammainc_ball(b, a, x)
    return b.series.gamma_upper(b.fixed(a), x, 1)


def _betainc_ball(b: Any, p: Any, q: Any, x: Any) -> Any:
    p, q, x = b.fixed(p), b.fixed(q), series(b, x)
    if x[0] == 0 and not p.is_integer():
        return composed(b, x, lambda _, n: below_power(b, p, n))
    if x[0] == 1 and not q.is_integer():
        return 1 - composed(b, 1 - x, lambda _, n: below_power(b, q, n))
    return b.series.beta_lower(p, q, x, 1)


def _rising_ball(b: Any, x: Any, n: Any) -> Any:
    return series(b, x).rising(degree(b, n))


def _no_degree(f: Any, x: Any, n: Any) -> Any:
    return (n < 0) | ~_whole(f, n)


OPS = (
    Op(
        name="gamma",
        doc="gamma function; gamma(n + 1) = n!",
        torch=_gamma,
        slope=(lambda f, x: f.gamma(x) * f.digamma(x),),
        taylor=lambda s, x: s.exponential(s.value("gamma", x), s.derivative(s.lgamma(x))),
        ball="gamma",
        mpmath="gamma",
        latex=r"\Gamma\left({0}\right)",
        aliases=("Gamma", "Γ"),
        pole=_at_pole,
    ),
    Op(
        name="lgamma",
        doc="log of |gamma(x)|",
        slope=(lambda f, x: f.digamma(x),),
        taylor=lambda s, x: s.along(s.value("lgamma", x), s.digamma(x), x),
        ball=_lgamma_ball,
        mpmath=lambda m, x: m.log(abs(m.gamma(x))),
        latex=r"\ln\left|\Gamma\left({0}\right)\right|",
        aliases=("loggamma", "gammaln", "LogGamma"),
        pole=_at_pole,
    ),
    Op(
        name="rgamma",
        doc="1/gamma(x), 0 at the poles of gamma",
        torch=BY_BALLS,
        ball="rgamma",
        mpmath="rgamma",
        latex=r"\frac{{1}}{{\Gamma\left({0}\right)}}",
    ),
    Op(
        name="digamma",
        doc="derivative of lgamma",
        slope=(lambda f, x: f.digamma_derivative(1, x),),
        taylor=lambda s, x: s.compose(s.digamma_expansion(s.value("digamma", x), x[0]), x),
        ball=lambda b, x: _polygamma_ball(b, b.arb(0), x),
        mpmath=lambda m, x: m.digamma(x),
        latex=r"\psi\left({0}\right)",
        aliases=("psi",),
        pole=_at_pole,
        source="torch's trigamma is good to 5e-10 only; the zeta rule to 1e-15",
    ),
    Op(
        name="digamma_derivative",
        doc="n-th derivative of digamma, n >= 1",
        parameters=("n", "x"),
        torch=_digamma_derivative,
        slope=(None, lambda f, n, x: f.digamma_derivative(n + 1, x)),
        hidden=True,
    ),
    Op(
        name="trigamma",
        doc="second derivative of lgamma",
        torch=lambda f, x: f.digamma_derivative(1, x),
        slope=(lambda f, x: f.digamma_derivative(2, x),),
        ball=lambda b, x: _polygamma_ball(b, b.arb(1), x),
        mpmath=lambda m, x: m.zeta(2, x),
        latex=r"\psi'\left({0}\right)",
        pole=_at_pole,
    ),
    Op(
        name="polygamma",
        doc="n-th derivative of digamma, n whole",
        parameters=("n", "x"),
        torch=BY_BALLS,
        ball=_polygamma_ball,
        fixed=(0,),
        mpmath=lambda m, n, x: m.psi(int(n), x),
        latex=r"\psi^{{({0})}}\left({1}\right)",
        aliases=("PolyGamma",),
        outside=lambda f, n, x: (n < 0) | ~_whole(f, n),
        pole=lambda f, n, x: _at_pole(f, x),
    ),
    Op(
        name="factorial",
        doc="x! = gamma(x + 1)",
        definition="gamma(x + 1)",
        mpmath="factorial",
    ),
    Op(
        name="factorial2",
        doc="double factorial x!! = x (x - 2) (x - 4) ...",
        torch=BY_BALLS,
        ball=_double_factorial_ball,
        mpmath="fac2",
        latex="{0}!!",
        aliases=("Factorial2",),
        pole=lambda f, x: (x < 0) & _whole(f, x / 2),
    ),
    Op(
        name="rising_factorial",
        doc="x (x + 1) ... (x + n - 1), n whole",
        parameters=("x", "n"),
        torch=BY_BALLS,
        ball=_rising_ball,
        fixed=(1,),
        mpmath="rf",
        latex=r"{0}^{{\overline{{{1}}}}}",
        aliases=("rf", "poch", "pochhammer", "Pochhammer", "RisingFactorial"),
        outside=_no_degree,
    ),
    Op(
        name="falling_factorial",
        doc="x (x - 1) ... (x - n + 1), n whole",
        parameters=("x", "n"),
        torch=BY_BALLS,
        ball=lambda b, x, n: _rising_ball(b, x - n + 1, n),
        fixed=(1,),
        mpmath="ff",
        latex=r"{0}^{{\underline{{{1}}}}}",
        aliases=("ff", "FallingFactorial", "FactorialPower"),
        outside=_no_degree,
    ),
    Op(
        name="beta",
        doc="beta function gamma(a) gamma(b)/gamma(a + b), of positive numbers",
        parameters=("a", "b"),
        torch=lambda f, a, b: f.beta_value(a, b),
        slope=(
            lambda f, a, b: f.beta(a, b) * f.psi_gap(0, a, b),
            lambda f, a, b: f.beta(a, b) * f.psi_gap(0, b, a),
        ),
        ball=_beta_ball,
        mpmath="beta",
        latex=r"\mathrm{{B}}\left({0}, {1}\right)",
        aliases=("Beta",),
        domain=(POSITIVE, POSITIVE),
    ),
    Op(
        name="lbeta",
        doc="log of beta(a, b)",
        parameters=("a", "b"),
        torch=lambda f, a, b: f.lbeta_value(a, b),
        slope=(lambda f, a, b: f.psi_gap(0, a, b), lambda f, a, b: f.psi_gap(0, b, a)),
        ball=_lbeta_ball,
        mpmath=lambda m, a, b: m.loggamma(a) + m.loggamma(b) - m.loggamma(a + b),
        latex=r"\ln \mathrm{{B}}\left({0}, {1}\right)",
        aliases=("betaln", "logbeta"),
        domain=(POSITIVE, POSITIVE),
    ),
    Op(
        name="binomial",
        doc="binomial coefficient gamma(n + 1)/(gamma(k + 1) gamma(n - k + 1))",
        parameters=("n", "k"),
        torch=lambda f, n, k: f.binomial_value(n, k),
        slope=(
            lambda f, n, k: -f.binomial(n, k) * f.psi_gap(0, n - k + 1, k),
            lambda f, n, k: f.binomial(n, k) * f.psi_gap(0, n - k + 1, 2 * k - n),
        ),
        ball=_binomial_ball,
        mpmath="binomial",
        latex=r"\binom{{{0}}}{{{1}}}",
        aliases=("binom", "comb", "nchoosek", "choose", "Binomial"),
        pole=lambda f, n, k: _at_pole(f, n + 1),
        singular=lambda f, n, k: _at_pole(f, k + 1) | _at_pole(f, n - k + 1),
    ),
    *(
        Op(
            name=f"{name}_value",
            doc=f"{name} point by point",
            parameters=("a", "b"),
            torch=BY_BALLS,
            ball=ball,
            fixed=(0,),
            hidden=True,
        )
        for name, ball in (
            ("beta", _beta_ball),
            ("lbeta", _lbeta_ball),
            ("binomial", _binomial_ball),
        )
    ),
    Op(
        name="psi_gap",
        doc="psi^(n)(x) - psi^(n)(x + d), without their cancellation",
        parameters=("n", "x", "d"),
        torch=lambda f, n, x, d: f.psi_gap_value(f.torch.full_like(x, float(n)), x, d),
        slope=(
            None,
            lambda f, n, x, d: f.psi_gap(n + 1, x, d),
            lambda f, n, x, d: -f.digamma_derivative(n + 1, x + d),
        ),
        hidden=True,
    ),
    Op(
        name="psi_gap_value",
        doc="psi_gap point by point",
        parameters=("n", "x", "d"),
        torch=BY_BALLS,
        ball=lambda b, n, x, d: _polygamma_ball(b, n, x) - _polygamma_ball(b, n, x + d),
        fixed=(0, 1),
        hidden=True,
    ),
    Op(
        name="gammainc",
        doc="regularised lower incomplete gamma function P(a, x), as in SciPy and torch",
        parameters=("a", "x"),
        torch=BY_BALLS,
        ball=_gammainc_ball,
        fixed=(0,),
        mpmath=lambda m, a, x: m.gammainc(a, 0, x, regularized=True),
        latex=r"P\left({0}, {1}\right)",
        aliases=("igamma", "gammap"),
        domain=(POSITIVE, NON_NEGATIVE),
        edge=lambda f, a, x: x,
    ),
    Op(
        name="gammaincc",
        doc="regularised upper incomplete gamma function Q(a, x), as in SciPy and torch",
        parameters=("a", "x"),
        torch=BY_BALLS,
        ball=_gammaincc_ball,
        fixed=(0,),
        mpmath=lambda m, a, x: m.gammainc(a, x, regularized=True),
        latex=r"Q\left({0}, {1}\right)",
        aliases=("igammac", "gammaq", "GammaRegularized"),
        domain=(POSITIVE, NON_NEGATIVE),
        edge=lambda f, a, x: x,
    ),
    Op(
        name="betainc",
        doc="regularised incomplete beta function I_x(a, b), as in SciPy",
        parameters=("a", "b", "x"),
        torch=BY_BALLS,
        ball=_betainc_ball,
        fixed=(0, 1),
        mpmath=lambda m, a, b, x: m.betainc(a, b, 0, x, regularized=True),
        latex=r"I_{{{2}}}\left({0}, {1}\right)",
        aliases=("ibeta",),
        domain=(POSITIVE, POSITIVE, Interval(0, 1, low_closed=True, high_closed=True)),
        edge=lambda f, a, b, x: x * (1 - x),
    ),
)
