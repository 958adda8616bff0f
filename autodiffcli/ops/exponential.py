"""Exponentials, logarithms, roots."""

from __future__ import annotations

import math
from typing import Any

from autodiffcli.ops.op import BY_BALLS, NON_NEGATIVE, POSITIVE, REALS, Infix, Interval, Op
from autodiffcli.ops.recurrences import composed, fixed, series


def _log_base(f: Any, x: Any, base: Any) -> Any:
    """log(x) / log(base), through log2 and log10 where those are exact."""
    if not base.requires_grad and base.dim() == 0 and base.item() in (2, 10):
        return f.log2(x) if base.item() == 2 else f.log10(x)
    return f.log(x) / f.log(base)


def _cube_root(f: Any, x: Any) -> Any:
    """Real cube root: torch has none. One Newton step repairs the rounded exponent 1/3."""
    root = f.torch.sign(x) * f.torch.abs(x) ** (1 / 3)
    step = (root - x / (root * root)) / 3
    return f.torch.where(f.torch.isfinite(step), root - step, root)


def _logaddexp_series(s: Any, a: Any, b: Any) -> Any:
    """large + softplus(small - large), which does not cancel."""
    larger = a[0] > b[0]
    large, small = s.select(larger, a, b), s.select(larger, b, a)
    found = s.total(large, s.softplus(s.total(small, large, -1)))
    return s.with_value(found, s.value("logaddexp", a, b))


def _nth_root_ball(b: Any, x: Any, n: Any) -> Any:
    count = _count_of_root(b, fixed(b, n))
    if series(b, x)[0] == 0 and count > 1:
        return composed(b, x, lambda _, length: [b.arb(0)])
    return b.root(x, count) if count > 1 else x


def _count_of_root(b: Any, n: Any) -> int:
    count = int(b.whole(n))
    if count < 1:
        raise ValueError("a root is the first, the second or a later one")
    return count


OPS = (
    Op(
        name="exp",
        doc="exponential e^x",
        symbolic=(lambda f, x: f.exp(x),),
        taylor=lambda s, x: s.exponential(s.value("exp", x), s.derivative(x)),
        ball="exp",
        unfold=lambda b, x: b.exponential(x),
        mpmath="exp",
        latex="e^{{{0}}}",
        complex=True,
    ),
    Op(
        name="exp2",
        doc="2^x",
        torch=lambda f, x: f.power_derivative(0, 0, f.number(2), x),
        symbolic=(lambda f, x: f.exp2(x) * f.log(2),),
        taylor=lambda s, x: s.exponential(s.value("exp2", x), s.derivative(x) * math.log(2)),
        ball=lambda b, x: b.exp(x * b.log_of(2)),
        mpmath=lambda m, x: m.mpf(2) ** x,
        latex="2^{{{0}}}",
    ),
    Op(
        name="expm1",
        doc="exp(x) - 1, exact near 0",
        slope=(lambda f, x: f.exp(x),),
        taylor=lambda s, x: s.with_value(s.exp(x), s.value("expm1", x)),
        ball=lambda b, x: b.exp(x) - 1,
        mpmath="expm1",
        latex=r"\left(e^{{{0}}} - 1\right)",
        source="torch differentiates through y + 1, which is 0 below -37 (pytorch#192406)",
    ),
    Op(
        name="log",
        doc="natural logarithm; log(x, b) is to base b",
        overloads={2: "log_base"},
        symbolic=(lambda f, x: 1 / x,),
        taylor=lambda s, x: s.logarithm(s.value("log", x), x),
        ball="log",
        unfold=lambda b, x: b.logarithm(x),
        mpmath="log",
        latex=r"\ln\left({0}\right)",
        aliases=("ln",),
        domain=(POSITIVE,),
        complex=True,
    ),
    Op(
        name="log_base",
        doc="logarithm of x to base b",
        parameters=("x", "b"),
        torch=_log_base,
        symbolic=(
            lambda f, x, b: 1 / (x * f.log(b)),
            lambda f, x, b: -f.log(x) / (b * f.log(b) * f.log(b)),
        ),
        taylor=lambda s, x, b: s.with_value(
            s.quotient(s.log(x), s.log(b)), s.value("log_base", x, b)
        ),
        ball=lambda b, x, base: b.quotient(b.log(x), b.log(base)),
        mpmath=lambda m, x, b: m.log(x) / m.log(b),
        latex=r"\log_{{{1}}}\left({0}\right)",
        domain=(POSITIVE, POSITIVE),
        outside=lambda f, x, b: (x < 0) | (b <= 0),  # no power of 0 is x
        pole=lambda f, x, b: (x == 0) | (b == 1),
    ),
    Op(
        name="log2",
        doc="logarithm to base 2",
        symbolic=(lambda f, x: 1 / (x * f.log(2)),),
        taylor=lambda s, x: s.with_value(s.log(x) / math.log(2), s.value("log2", x)),
        ball=lambda b, x: b.log(x) * (1 / b.log_of(2)),
        mpmath=lambda m, x: m.log(x, 2),
        latex=r"\log_2\left({0}\right)",
        aliases=("lb",),
        domain=(POSITIVE,),
    ),
    Op(
        name="log10",
        doc="logarithm to base 10",
        symbolic=(lambda f, x: 1 / (x * f.log(10)),),
        taylor=lambda s, x: s.with_value(s.log(x) / math.log(10), s.value("log10", x)),
        ball=lambda b, x: b.log(x) * (1 / b.log_of(10)),
        mpmath="log10",
        latex=r"\log_{{10}}\left({0}\right)",
        aliases=("lg",),
        domain=(POSITIVE,),
    ),
    Op(
        name="log1p",
        doc="log(1 + x), exact near 0",
        symbolic=(lambda f, x: 1 / (1 + x),),
        taylor=lambda s, x: s.logarithm(s.value("log1p", x), s.total(x, s.number(1))),
        ball=lambda b, x: b.log(1 + x),
        mpmath="log1p",
        latex=r"\ln\left(1 + {0}\right)",
        domain=(Interval(-1),),
    ),
    Op(
        name="logaddexp",
        doc="log(exp(a) + exp(b) + ...) without overflow",
        parameters=("a", "b"),
        variadic=True,
        slope=(lambda f, a, b: f.sigmoid(a - b), lambda f, a, b: f.sigmoid(b - a)),
        taylor=_logaddexp_series,
        ball=lambda b, a, c: b.log(b.exp(a) + b.exp(c)),
        mpmath=lambda m, a, b: max(a, b) + m.log1p(m.exp(-abs(a - b))),
        latex=r"\ln\left(e^{{{0}}} + e^{{{1}}}\right)",
        aliases=("logsumexp",),
    ),
    Op(
        name="xlogy",
        doc="x * log(y), and 0 at x = 0",
        parameters=("x", "y"),
        slope=(lambda f, x, y: f.log(y), lambda f, x, y: x / y),
        taylor=lambda s, x, y: s.with_value(s.product(x, s.log(y)), s.value("xlogy", x, y)),
        ball=lambda b, x, y: b.product_or_zero(x, b.log, y),
        mpmath=lambda m, x, y: m.mpf(0) if x == 0 else x * m.log(y),
        latex=r"{0} \ln\left({1}\right)",
        domain=(REALS, NON_NEGATIVE),
        pole=lambda f, x, y: (y == 0) & (x != 0),
        singular=lambda f, x, y: y == 0,
    ),
    Op(
        name="sqrt",
        doc="square root",
        # sqrt(-0.0) is -0.0, and its slope then -inf; the sum is 0.0
        torch=lambda f, x: f.torch.sqrt(x if f.is_complex else x + 0.0),
        symbolic=(lambda f, x: 1 / (2 * f.sqrt(x)),),
        taylor=lambda s, x: s.root(s.value("sqrt", x), x),
        ball="sqrt",
        unfold=lambda b, x: b.root(x, 2),
        mpmath="sqrt",
        latex=r"\sqrt{{{0}}}",
        infix=Infix(("√",), 95, place="prefix"),
        domain=(NON_NEGATIVE,),
        edge=lambda f, x: x,
        complex=True,
    ),
    Op(
        name="cbrt",
        doc="real cube root, of negative numbers too",
        torch=_cube_root,
        slope=(lambda f, x: 1 / (3 * f.cbrt(x) * f.cbrt(x)),),
        taylor=lambda s, x: s.power(s.value("cbrt", x), x, 1 / 3),
        ball=lambda b, x: b.root(x, 3),
        mpmath=lambda m, x: m.sign(x) * m.cbrt(abs(x)),
        latex=r"\sqrt[3]{{{0}}}",
        infix=Infix(("∛",), 95, place="prefix"),
        singular=lambda f, x: x == 0,
    ),
    Op(
        name="nthroot",
        doc="real n-th root, n whole and positive, odd ones of negative numbers too",
        parameters=("x", "n"),
        torch=BY_BALLS,
        taylor=lambda s, x, n: s.power(s.value("nthroot", x, n), x, 1 / n[0]),
        ball=_nth_root_ball,
        unfold=lambda b, x, n: b.root(x, _count_of_root(b, n)),
        fixed=(1,),
        mpmath=lambda m, x, n: -m.root(-x, int(n)) if x < 0 and n % 2 else m.root(x, int(n)),
        latex=r"\sqrt[{1}]{{{0}}}",
        aliases=("root", "real_root", "surd", "Surd"),
        outside=lambda f, x, n: (
            (n < 1) | (n != f.torch.round(n)) | ((x < 0) & (f.torch.remainder(n, 2) == 0))
        ),
        singular=lambda f, x, n: (x == 0) & (n > 1),
    ),
    Op(
        name="square",
        doc="x^2",
        definition="x^2",
        mpmath=lambda m, x: x * x,
    ),
    Op(
        name="reciprocal",
        doc="1/x",
        definition="1/x",
        mpmath=lambda m, x: 1 / x,
    ),
    Op(
        name="rsqrt",
        doc="1/sqrt(x)",
        definition="x^(-1/2)",
        mpmath=lambda m, x: 1 / m.sqrt(x),
        domain=(POSITIVE,),
    ),
    Op(
        name="power",
        doc="a^b",
        parameters=("a", "b"),
        definition="a^b",
        mpmath="power",
    ),
    Op(
        name="exp10",
        doc="10^x",
        definition="10^x",
        mpmath=lambda m, x: m.mpf(10) ** x,
    ),
    Op(
        name="xlog1py",
        doc="x * log(1 + y), exact for small y, and 0 at x = 0",
        parameters=("x", "y"),
        torch="special.xlog1py",
        slope=(lambda f, x, y: f.log1p(y), lambda f, x, y: x / (1 + y)),
        taylor=lambda s, x, y: s.with_value(s.product(x, s.log1p(y)), s.value("xlog1py", x, y)),
        ball=lambda b, x, y: b.product_or_zero(x, b.log1p, y),
        mpmath=lambda m, x, y: m.mpf(0) if x == 0 else x * m.log1p(y),
        latex=r"{0} \ln\left(1 + {1}\right)",
        domain=(REALS, Interval(-1, low_closed=True)),
        pole=lambda f, x, y: (y == -1) & (x != 0),
        singular=lambda f, x, y: y == -1,
    ),
    Op(
        name="entr",
        doc="entropy -x log(x), and 0 at 0",
        definition="-xlogy(x, x)",
        mpmath=lambda m, x: -x * m.log(x) if x else m.mpf(0),
        aliases=("entropy",),
        domain=(NON_NEGATIVE,),
    ),
    Op(
        name="logit",
        doc="log(x/(1 - x)), the inverse of sigmoid",
        definition="log(x) - log1p(-x)",
        mpmath=lambda m, x: m.log(x / (1 - x)),
        domain=(Interval(0, 1),),
    ),
)
