"""The gamma function, the derivatives of its logarithm, factorials."""

from __future__ import annotations

import math
from typing import Any

from autodiffcli.ops.op import BY_BALLS, Op
from autodiffcli.ops.recurrences import composed, degree, psi, series


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


def at_pole(f: Any, x: Any) -> Any:
    """Where gamma has its poles, 0, -1, -2, ..."""
    return (x <= 0) & _whole(f, x)


def _whole(f: Any, x: Any) -> Any:
    return x == f.torch.round(x)


def lgamma_ball(b: Any, x: Any) -> Any:
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


def _unfolded_polygamma(b: Any, n: Any, x: Any) -> Any:
    """psi^(n)(x) = psi^(n)(x + m) - (-1)^n n! sum_(k<m) (x + k)^-(n+1). DLMF 5.15.5."""
    order = degree(b, b.fixed(n))
    steps = max(1, 1 - round(float(b.limit(x).mid())))
    if steps > 100:
        raise TypeError("too far from 0 to be worth while")
    poles = sum((b.quotient(1, (x + k) ** (order + 1)) for k in range(steps)), b.arb(0))
    regular = b.polygamma(b.arb(order), x + steps)
    return regular - (-1) ** order * math.factorial(order) * poles


def _double_factorial_ball(b: Any, x: Any) -> Any:
    """x!! = 2^(x/2) Gamma(x/2 + 1) (2/pi)^((1 - cos(pi x))/4), Wolfram functions 06.02.02.0001."""
    x = series(b, x)
    odd = ((1 - x.cos_pi()) / 4 * (2 / b.pi).log()).exp()
    return (x * (b.arb(2).log() / 2)).exp() * (x / 2 + 1).gamma() * odd


def _rising_ball(b: Any, x: Any, n: Any) -> Any:
    return series(b, x).rising(degree(b, n))


def _no_degree(f: Any, x: Any, n: Any) -> Any:
    return (n < 0) | (n != f.torch.round(n))


OPS = (
    Op(
        name="gamma",
        doc="gamma function; gamma(n + 1) = n!",
        torch=_gamma,
        slope=(lambda f, x: f.gamma(x) * f.digamma(x),),
        taylor=lambda s, x: s.exponential(s.value("gamma", x), s.derivative(s.lgamma(x))),
        ball="gamma",
        unfold=lambda b, x: b.quotient(1, b.rgamma(x)),
        mpmath="gamma",
        latex=r"\Gamma\left({0}\right)",
        aliases=("Gamma", "Γ"),
        pole=at_pole,
    ),
    Op(
        name="lgamma",
        doc="log of |gamma(x)|",
        slope=(lambda f, x: f.digamma(x),),
        taylor=lambda s, x: s.along(s.value("lgamma", x), s.digamma(x), x),
        ball=lgamma_ball,
        unfold=lambda b, x: -b.log(b.absolute(b.rgamma(x))),
        mpmath=lambda m, x: m.log(abs(m.gamma(x))),
        latex=r"\ln\left|\Gamma\left({0}\right)\right|",
        aliases=("loggamma", "gammaln", "LogGamma"),
        pole=at_pole,
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
        symbolic=(lambda f, x: f.trigamma(x),),
        taylor=lambda s, x: s.compose(s.digamma_expansion(s.value("digamma", x), x[0]), x),
        ball=lambda b, x: _polygamma_ball(b, b.arb(0), x),
        unfold=lambda b, x: _unfolded_polygamma(b, b.arb(0), x),
        mpmath=lambda m, x: m.digamma(x),
        latex=r"\psi\left({0}\right)",
        aliases=("psi",),
        pole=at_pole,
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
        symbolic=(lambda f, x: f.polygamma(2, x),),
        ball=lambda b, x: _polygamma_ball(b, b.arb(1), x),
        unfold=lambda b, x: _unfolded_polygamma(b, b.arb(1), x),
        mpmath=lambda m, x: m.zeta(2, x),
        latex=r"\psi'\left({0}\right)",
        pole=at_pole,
    ),
    Op(
        name="polygamma",
        doc="n-th derivative of digamma, n whole and not negative",
        parameters=("n", "x"),
        torch=BY_BALLS,
        symbolic=(None, lambda f, n, x: f.polygamma(n + 1, x)),
        ball=_polygamma_ball,
        unfold=_unfolded_polygamma,
        fixed=(0,),
        mpmath=lambda m, n, x: m.psi(int(n), x),
        latex=r"\psi^{{({0})}}\left({1}\right)",
        aliases=("PolyGamma",),
        outside=lambda f, n, x: (n < 0) | (n != f.torch.round(n)),
        pole=lambda f, n, x: at_pole(f, x),
    ),
    Op(
        name="factorial",
        doc="x! = gamma(x + 1)",
        definition="gamma(x + 1)",
        mpmath="factorial",
    ),
    Op(
        name="factorial2",
        doc="double factorial x (x - 2) (x - 4) ..., written x!!",
        torch=BY_BALLS,
        ball=_double_factorial_ball,
        mpmath="fac2",
        latex="{0}!!",
        aliases=("Factorial2",),
        pole=lambda f, x: (x < 0) & _whole(f, x / 2),
    ),
    Op(
        name="rising_factorial",
        doc="x (x + 1) ... (x + n - 1), n whole and not negative",
        parameters=("x", "n"),
        torch=BY_BALLS,
        ball=_rising_ball,
        fixed=(1,),
        mpmath=lambda m, x, n: m.fprod(x + k for k in range(int(n))),
        latex=r"{0}^{{\overline{{{1}}}}}",
        aliases=("rf", "poch", "pochhammer", "Pochhammer", "RisingFactorial"),
        outside=_no_degree,
    ),
    Op(
        name="falling_factorial",
        doc="x (x - 1) ... (x - n + 1), n whole and not negative",
        parameters=("x", "n"),
        torch=BY_BALLS,
        ball=lambda b, x, n: _rising_ball(b, x - n + 1, n),
        fixed=(1,),
        mpmath=lambda m, x, n: m.fprod(x - k for k in range(int(n))),
        latex=r"{0}^{{\underline{{{1}}}}}",
        aliases=("ff", "FallingFactorial", "FactorialPower"),
        outside=_no_degree,
    ),
)
