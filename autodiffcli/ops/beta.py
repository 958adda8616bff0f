"""Beta and binomial coefficients, and the incomplete gamma and beta functions."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any, cast

from autodiffcli.ops.gamma import at_pole, lgamma_ball
from autodiffcli.ops.op import BY_BALLS, NON_NEGATIVE, POSITIVE, Interval, Op, Rule
from autodiffcli.ops.recurrences import MOST, composed, degree, entire, fixed, psi, series


def _lbeta_ball(b: Any, x: Any, y: Any) -> Any:
    return lgamma_ball(b, x) + lgamma_ball(b, y) - lgamma_ball(b, x + y)


def _beta_ball(b: Any, x: Any, y: Any) -> Any:
    return series(b, x).gamma() * series(b, y).gamma() * series(b, x + y).rgamma()


def _binomial_ball(b: Any, n: Any, k: Any) -> Any:
    """By gammas; for whole k a polynomial in n, which has no poles."""
    if isinstance(k, b.arb) and k.is_integer() and 0 <= k <= MOST:
        count = degree(b, k)
        return series(b, n - k + 1).rising(count) / math.factorial(count)
    return series(b, n + 1).gamma() * series(b, k + 1).rgamma() * series(b, n - k + 1).rgamma()


def _log_gamma_coefficient(b: Any, k: int, x: Any) -> Any:
    """lgamma^(k)(x)/k!, k >= 1."""
    return psi(b, k - 1, x) / math.factorial(k)


def _log_beta_coefficient(b: Any, i: int, j: int, x: Any, y: Any) -> Any:
    """Of s^i t^j in lbeta(x + s, y + t), i + j >= 1."""
    total = -math.comb(i + j, i) * _log_gamma_coefficient(b, i + j, x + y)
    if j == 0:
        total += _log_gamma_coefficient(b, i, x)
    return total + _log_gamma_coefficient(b, j, y) if i == 0 else total


def _log_binomial_coefficient(b: Any, i: int, j: int, n: Any, k: Any) -> Any:
    """Of s^i t^j in log(binomial(n + s, k + t)), i + j >= 1."""
    shares = -((-1) ** j) * math.comb(i + j, i)
    total = shares * _log_gamma_coefficient(b, i + j, n - k + 1)
    if j == 0:
        total += _log_gamma_coefficient(b, i, n + 1)
    return total - _log_gamma_coefficient(b, j, k + 1) if i == 0 else total


def _mixed_ball(value: Rule, coefficient: Rule, logarithm: bool) -> Rule:
    """d^i/dx^i d^j/dy^j of f = exp(g), by i f_ij = sum of p g_pq f_(i-p)(j-q) from g = log(f).

    value        (b, x, y) -> f, or g where that is wanted
    coefficient  (b, i, j, x, y) -> g_ij, of s^i t^j in g(x + s, y + t)
    """

    def rule(b: Any, i: Any, j: Any, x: Any, y: Any) -> Any:
        i, j = degree(b, i), degree(b, j)
        if i + j == 0:
            return value(b, x, y)
        y = series(b, y)[0]
        count = math.factorial(i) * math.factorial(j)
        if logarithm:
            return count * coefficient(b, i, j, x, y)
        places = list(itertools.product(range(i + 1), range(j + 1)))
        g = {place: coefficient(b, *place, x, y) for place in places[1:]}
        f = {(0, 0): series(b, value(b, x, y))[0]}
        for n, m in places[1:]:
            total = b.arb(0)
            for p, q in itertools.product(range(n + 1), range(m + 1)):
                weight = p if n else q
                if weight:
                    total += weight * g[p, q] * f[n - p, m - q]
            f[n, m] = total / (n or m)
        return count * f[i, j]

    return rule


def _with_mixed_derivatives(op: Op, coefficient: Rule, logarithm: bool = False) -> tuple[Op, ...]:
    """A function of two operands with its partial derivatives, which the product rule cancels."""
    name, point = f"{op.name}_derivative", f"{op.name}_point"
    x, y = op.parameters

    def derivative(i: int, j: int) -> Rule:
        return lambda f, x, y: getattr(f, name)(i, j, x, y)

    def kernel(f: Any, i: int, j: int, x: Any, y: Any) -> Any:
        orders = (f.torch.full_like(x, float(order)) for order in (i, j))
        return getattr(f, point)(*orders, x, y)

    def further(p: int, q: int) -> Rule:
        return lambda f, i, j, x, y: getattr(f, name)(i + p, j + q, x, y)

    return (
        replace(op, torch=derivative(0, 0), slope=(derivative(1, 0), derivative(0, 1))),
        Op(
            name=name,
            doc=f"i-th derivative by {x}, j-th by {y}, of {op.signature}",
            parameters=("i", "j", x, y),
            torch=kernel,
            slope=(None, None, further(1, 0), further(0, 1)),
            hidden=True,
        ),
        Op(
            name=point,
            doc=f"{name} point by point",
            parameters=("i", "j", x, y),
            torch=BY_BALLS,
            ball=_mixed_ball(cast(Rule, op.ball), coefficient, logarithm),
            fixed=(0, 1, 2),
            hidden=True,
        ),
    )


def _gammainc_ball(b: Any, a: Any, x: Any) -> Any:
    order, x = fixed(b, a), series(b, x)
    if x[0] == 0 and not order.is_integer():
        return composed(b, x, lambda _, n: [b.arb(0)])
    return b.series.gamma_lower(order, x, 1)


def _gammaincc_ball(b: Any, a: Any, x: Any) -> Any:
    x = series(b, x)
    if x[0] == 0:
        return 1 - _gammainc_ball(b, a, x)
    return b.series.gamma_upper(fixed(b, a), x, 1)


def _unfolded_gammainc(b: Any, a: Any, x: Any) -> Any:
    """P(a, x) at 0: x^a/Gamma(a) times the sum of (-x)^k/(k! (a + k)). DLMF 8.7.1."""
    a = b.fixed(a)
    if a == 0:
        raise ValueError("1 or nothing")
    smooth = entire(b, x, lambda k: (-1) ** k / b.arb(k + 1).gamma() / (a + k))
    return b.power(x, a) * (a.rgamma() * smooth)


def _betainc_ball(b: Any, p: Any, q: Any, x: Any) -> Any:
    p, q, x = fixed(b, p), fixed(b, q), series(b, x)
    if p == 0 or q == 0:
        return series(b, b.arb(1 if p == 0 else 0))
    if (x[0] == 0 and not p.is_integer()) or (x[0] == 1 and not q.is_integer()):
        return composed(b, x, lambda start, n: [start])
    return b.series.beta_lower(p, q, x, 1)


def _unfolded_betainc(b: Any, p: Any, q: Any, x: Any) -> Any:
    """I_x(p, q) at 0: x^p/B(p, q) times the sum of (1 - q)_k x^k/(k! (p + k)). DLMF 8.17.7."""
    p, q = b.fixed(p), b.fixed(q)
    if p == 0 or q == 0:
        raise ValueError("1, 0 or nothing")
    if b.limit(x) == 1:
        return 1 - _unfolded_betainc(b, q, p, 1 - x)
    smooth = entire(b, x, lambda k: (1 - q).rising(b.arb(k)) / b.arb(k + 1).gamma() / (p + k))
    return b.power(x, p) * ((p + q).gamma() * p.rgamma() * q.rgamma() * smooth)


def _beta_series(s: Any, a: Any, b: Any) -> Any:
    if len(a) == 1 or len(b) == 1:
        return _along_one(s.beta_point, s, a, b)
    return s.exponential(s.value("beta", a, b), s.derivative(s.lbeta(a, b)))


def _along_one(point: Rule, s: Any, a: Any, b: Any) -> Any:
    """What is symmetric, along the one operand that moves: the sum of lgammas would cancel."""
    zero = s.number(0)
    return point(zero, zero, *((a, b) if len(a) == 1 else (b, a)))


def _lbeta_series(s: Any, a: Any, b: Any) -> Any:
    if len(a) == 1 or len(b) == 1:
        return _along_one(s.lbeta_point, s, a, b)
    each = s.total(s.lgamma(a), s.lgamma(b))
    return s.with_value(s.total(each, s.lgamma(s.total(a, b)), -1), s.value("lbeta", a, b))


def _binomial_series(s: Any, n: Any, k: Any) -> Any:
    """By the logarithm of gamma(n + 1)/(gamma(k + 1) gamma(n - k + 1)), if both operands move."""
    if len(k) == 1:
        return s.binomial_by_n(k, n)
    if len(n) == 1:
        return s.binomial_point(s.number(0), s.number(0), n, k)
    one = s.number(1)
    below = s.total(s.lgamma(s.total(k, one)), s.lgamma(s.total(s.total(n, k, -1), one)))
    logarithm = s.total(s.lgamma(s.total(n, one)), below, -1)
    return s.exponential(s.value("binomial", n, k), s.derivative(logarithm))


def _binomial_reference(m: Any, n: Any, k: Any) -> Any:
    if k == m.floor(k) and 0 <= k < MOST:
        return m.fprod((n - j) / (j + 1) for j in range(int(k)))
    return m.binomial(n, k)


def _beyond_gammainc(f: Any, a: Any, x: Any) -> Any:
    return (a < 0) | (x < 0) | ((a == 0) & (x == 0))


def _beyond_betainc(f: Any, a: Any, b: Any, x: Any) -> Any:
    beyond = (a < 0) | (b < 0) | (x < 0) | (x > 1)
    corner = ((a == 0) & ((b == 0) | (x == 0))) | ((b == 0) & (x == 1))
    return beyond | corner


OPS = (
    *_with_mixed_derivatives(
        Op(
            name="beta",
            doc="beta function gamma(a) gamma(b)/gamma(a + b), of positive numbers",
            parameters=("a", "b"),
            taylor=_beta_series,
            symbolic=(
                lambda f, a, b: f.beta(a, b) * (f.digamma(a) - f.digamma(a + b)),
                lambda f, a, b: f.beta(a, b) * (f.digamma(b) - f.digamma(a + b)),
            ),
            ball=_beta_ball,
            unfold=lambda b, x, y: b.gamma(x) * b.gamma(y) * b.rgamma(x + y),
            mpmath="beta",
            latex=r"\mathrm{{B}}\left({0}, {1}\right)",
            aliases=("Beta",),
            domain=(POSITIVE, POSITIVE),
        ),
        _log_beta_coefficient,
    ),
    *_with_mixed_derivatives(
        Op(
            name="lbeta",
            doc="log of beta(a, b)",
            parameters=("a", "b"),
            taylor=_lbeta_series,
            symbolic=(
                lambda f, a, b: f.digamma(a) - f.digamma(a + b),
                lambda f, a, b: f.digamma(b) - f.digamma(a + b),
            ),
            ball=_lbeta_ball,
            unfold=lambda b, x, y: b.lgamma(x) + b.lgamma(y) - b.lgamma(x + y),
            mpmath=lambda m, a, b: m.loggamma(a) + m.loggamma(b) - m.loggamma(a + b),
            latex=r"\ln \mathrm{{B}}\left({0}, {1}\right)",
            aliases=("betaln", "logbeta"),
            domain=(POSITIVE, POSITIVE),
        ),
        _log_beta_coefficient,
        logarithm=True,
    ),
    *_with_mixed_derivatives(
        Op(
            name="binomial",
            doc="binomial coefficient gamma(n + 1)/(gamma(k + 1) gamma(n - k + 1))",
            parameters=("n", "k"),
            taylor=_binomial_series,
            symbolic=(
                lambda f, n, k: f.binomial(n, k) * (f.digamma(n + 1) - f.digamma(n - k + 1)),
                lambda f, n, k: f.binomial(n, k) * (f.digamma(n - k + 1) - f.digamma(k + 1)),
            ),
            ball=_binomial_ball,
            unfold=lambda b, n, k: b.gamma(n + 1) * b.rgamma(k + 1) * b.rgamma(n - k + 1),
            mpmath=_binomial_reference,
            latex=r"\binom{{{0}}}{{{1}}}",
            aliases=("binom", "comb", "nchoosek", "choose", "Binomial"),
            pole=lambda f, n, k: at_pole(f, n + 1) & ((k < 0) | (k != f.torch.round(k))),
            singular=lambda f, n, k: at_pole(f, n + 1) | at_pole(f, k + 1) | at_pole(f, n - k + 1),
        ),
        _log_binomial_coefficient,
    ),
    Op(
        name="binomial_by_n",
        doc="binomial(n, k) along n",
        parameters=("k", "n"),
        torch=BY_BALLS,
        ball=lambda b, k, n: _binomial_ball(b, n, fixed(b, k)),
        fixed=(0,),
        hidden=True,
    ),
    Op(
        name="gammainc",
        doc="regularised lower incomplete gamma function P(a, x), as in SciPy and torch",
        parameters=("a", "x"),
        torch=BY_BALLS,
        ball=_gammainc_ball,
        unfold=_unfolded_gammainc,
        fixed=(0,),
        mpmath=lambda m, a, x: m.gammainc(a, 0, x, regularized=True),
        latex=r"P\left({0}, {1}\right)",
        aliases=("igamma", "gammap"),
        domain=(NON_NEGATIVE, NON_NEGATIVE),
        outside=_beyond_gammainc,
        edge=lambda f, a, x: x,
    ),
    Op(
        name="gammaincc",
        doc="regularised upper incomplete gamma function Q(a, x), as in SciPy and torch",
        parameters=("a", "x"),
        torch=BY_BALLS,
        ball=_gammaincc_ball,
        unfold=lambda b, a, x: 1 - _unfolded_gammainc(b, a, x),
        fixed=(0,),
        mpmath=lambda m, a, x: m.gammainc(a, x, regularized=True),
        latex=r"Q\left({0}, {1}\right)",
        aliases=("igammac", "gammaq", "GammaRegularized"),
        domain=(NON_NEGATIVE, NON_NEGATIVE),
        outside=_beyond_gammainc,
        edge=lambda f, a, x: x,
    ),
    Op(
        name="betainc",
        doc="regularised incomplete beta function I_x(a, b), as in SciPy",
        parameters=("a", "b", "x"),
        torch=BY_BALLS,
        ball=_betainc_ball,
        unfold=_unfolded_betainc,
        fixed=(0, 1),
        mpmath=lambda m, a, b, x: m.betainc(a, b, 0, x, regularized=True),
        latex=r"I_{{{2}}}\left({0}, {1}\right)",
        aliases=("ibeta",),
        domain=(NON_NEGATIVE, NON_NEGATIVE, Interval(0, 1, low_closed=True, high_closed=True)),
        outside=_beyond_betainc,
        edge=lambda f, a, b, x: x * (1 - x),
    ),
)
