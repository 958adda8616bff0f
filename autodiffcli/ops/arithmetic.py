"""Sums, products, quotients, powers."""

from __future__ import annotations

from typing import Any

from autodiffcli.ops.op import Infix, Op, Switch

SUM, PRODUCT, NEGATION, POWER, POSTFIX = 60, 70, 80, 90, 100


def _power(f: Any, x: Any, y: Any) -> Any:
    """x**y with derivatives of every order.

    torch.pow is right with a number as exponent, at 0 too. With a tensor exponent its
    derivatives are wrong once the exponent passes 0 (pytorch#89757).
    """
    if y.requires_grad or y.dim():
        return f.exp(y * f.log(x)) if f.is_complex else f.power_log(0, x, y)
    return f.torch.pow(x, y.item())


def _power_log(f: Any, n: int, x: Any, y: Any) -> Any:
    """x**y * log(x)**n, which is 0 at x = 0 for every y > 0."""
    if n == 0:
        return f.torch.pow(x, y)
    value = f.torch.pow(x, y) * f.torch.log(x) ** n
    return f.torch.where((x == 0) & (y > 0), 0.0, value)


def _whole(f: Any, y: Any) -> Any:
    return y == f.torch.round(y)


def _beyond_root(f: Any, x: Any, y: Any) -> Any:
    return (x < 0) & ~_whole(f, y)


OPS = (
    Op(
        name="add",
        doc="sum a + b",
        parameters=("a", "b"),
        torch=lambda f, a, b: a + b,
        mpmath=lambda m, a, b: a + b,
        latex="{0} + {1}",
        infix=Infix(("+",), SUM),
        complex=True,
    ),
    Op(
        name="sub",
        doc="difference a - b",
        parameters=("a", "b"),
        torch=lambda f, a, b: a - b,
        mpmath=lambda m, a, b: a - b,
        latex="{0} - {1}",
        infix=Infix(("-", "−"), SUM),
        complex=True,
    ),
    Op(
        name="mul",
        doc="product a * b",
        parameters=("a", "b"),
        torch=lambda f, a, b: a * b,
        mpmath=lambda m, a, b: a * b,
        latex="{0} {1}",
        infix=Infix(("*", "×", "·", "⋅"), PRODUCT),
        complex=True,
    ),
    Op(
        name="div",
        doc="quotient a / b",
        parameters=("a", "b"),
        torch=lambda f, a, b: a / b,
        mpmath=lambda m, a, b: a / b,
        latex=r"\frac{{{0}}}{{{1}}}",
        infix=Infix(("/", "÷"), PRODUCT),
        pole=lambda f, a, b: (b == 0) & (a != 0),
        complex=True,
    ),
    Op(
        name="mod",
        doc="remainder of a / b, with the sign of b",
        parameters=("a", "b"),
        torch="remainder",
        slope=(
            lambda f, a, b: f.torch.ones_like(a),
            lambda f, a, b: -f.floor(a / b),
        ),
        mpmath=lambda m, a, b: a - b * m.floor(a / b),
        latex=r"{0} \bmod {1}",
        infix=Infix(("%",), PRODUCT),
        pole=lambda f, a, b: b == 0,
        switch=Switch(
            distance=lambda f, a, b: a / b - f.torch.round((a / b).detach()),
            side=lambda f, sign, a, b: a - b * (f.torch.round((a / b).detach()) - (sign < 0) * 1.0),
            continuous=False,
        ),
    ),
    Op(
        name="neg",
        doc="negative -x",
        torch=lambda f, x: -x,
        mpmath=lambda m, x: -x,
        latex="-{0}",
        infix=Infix(("-", "−"), NEGATION, place="prefix"),
        complex=True,
    ),
    Op(
        name="pow",
        doc="power a^b; 0^0 is 1; negative a with whole b only",
        parameters=("a", "b"),
        torch=_power,
        mpmath=lambda m, a, b: m.power(a, b),
        latex="{{{0}}}^{{{1}}}",
        infix=Infix(("^", "**"), POWER, right=True),
        outside=_beyond_root,
        pole=lambda f, x, y: (x == 0) & (f.real(y) < 0),
        edge=lambda f, x, y: f.torch.where(_whole(f, y), 1.0, x),
        singular=lambda f, x, y: (x == 0) & (y <= 0) & y.requires_grad,
        complex=True,
    ),
    Op(
        name="power_log",
        doc="x^y * log(x)^n, closed under differentiation",
        parameters=("n", "x", "y"),
        torch=_power_log,
        slope=(
            None,
            lambda f, n, x, y: (
                y * f.power_log(n, x, y - 1) + (n * f.power_log(n - 1, x, y - 1) if n else 0.0)
            ),
            lambda f, n, x, y: f.power_log(n + 1, x, y),
        ),
        hidden=True,
    ),
)
