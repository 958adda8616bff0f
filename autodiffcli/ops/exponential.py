"""Exponentials, logarithms, roots."""

from __future__ import annotations

from typing import Any

from autodiffcli.ops.op import NON_NEGATIVE, POSITIVE, REALS, Infix, Interval, Op


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


OPS = (
    Op(
        name="exp",
        doc="exponential e^x",
        mpmath="exp",
        latex="e^{{{0}}}",
        complex=True,
    ),
    Op(
        name="exp2",
        doc="2^x",
        torch=lambda f, x: f.power_derivative(0, 0, f.number(2), x),
        mpmath=lambda m, x: m.mpf(2) ** x,
        latex="2^{{{0}}}",
    ),
    Op(
        name="expm1",
        doc="exp(x) - 1, exact near 0",
        slope=(lambda f, x: f.exp(x),),
        mpmath="expm1",
        latex=r"\left(e^{{{0}}} - 1\right)",
        source="torch differentiates through y + 1, which is 0 below -37 (pytorch#192406)",
    ),
    Op(
        name="log",
        doc="natural logarithm; log(x, b) is to base b",
        overloads={2: "log_base"},
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
        mpmath=lambda m, x, b: m.log(x) / m.log(b),
        latex=r"\log_{{{1}}}\left({0}\right)",
        domain=(POSITIVE, POSITIVE),
        pole=lambda f, x, b: (x == 0) | (b == 0) | (b == 1),
    ),
    Op(
        name="log2",
        doc="logarithm to base 2",
        mpmath=lambda m, x: m.log(x, 2),
        latex=r"\log_2\left({0}\right)",
        aliases=("lb",),
        domain=(POSITIVE,),
    ),
    Op(
        name="log10",
        doc="logarithm to base 10",
        mpmath="log10",
        latex=r"\log_{{10}}\left({0}\right)",
        aliases=("lg",),
        domain=(POSITIVE,),
    ),
    Op(
        name="log1p",
        doc="log(1 + x), exact near 0",
        mpmath="log1p",
        latex=r"\ln\left(1 + {0}\right)",
        domain=(Interval(-1),),
    ),
    Op(
        name="logaddexp",
        doc="log(exp(a) + exp(b)) without overflow",
        parameters=("a", "b"),
        slope=(lambda f, a, b: f.sigmoid(a - b), lambda f, a, b: f.sigmoid(b - a)),
        mpmath=lambda m, a, b: m.log(m.exp(a) + m.exp(b)),
        latex=r"\ln\left(e^{{{0}}} + e^{{{1}}}\right)",
    ),
    Op(
        name="xlogy",
        doc="x * log(y), and 0 at x = 0",
        parameters=("x", "y"),
        slope=(lambda f, x, y: f.log(y), lambda f, x, y: x / y),
        mpmath=lambda m, x, y: m.mpf(0) if x == 0 else x * m.log(y),
        latex=r"{0} \ln\left({1}\right)",
        domain=(REALS, POSITIVE),
        outside=lambda f, x, y: y < 0,
        pole=lambda f, x, y: (y == 0) & (x != 0),
        singular=lambda f, x, y: y == 0,
    ),
    Op(
        name="sqrt",
        doc="square root",
        # sqrt(-0.0) is -0.0, and its slope then -inf; the sum is 0.0
        torch=lambda f, x: f.torch.sqrt(x if f.is_complex else x + 0.0),
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
        mpmath=lambda m, x: m.sign(x) * m.cbrt(abs(x)),
        latex=r"\sqrt[3]{{{0}}}",
        infix=Infix(("∛",), 95, place="prefix"),
        singular=lambda f, x: x == 0,
    ),
)
