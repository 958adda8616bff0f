"""Sums, products, quotients, powers."""

from __future__ import annotations

import math
from typing import Any

from autodiffcli.ops.op import Infix, Op, Switch

SUM, PRODUCT, NEGATION, POWER, POSTFIX = 60, 70, 80, 90, 100
_REPEATED = 1024  # whole exponents below it are repeated products in a power series


def _power(f: Any, x: Any, y: Any) -> Any:
    """x**y with derivatives of every order.

    torch.pow is right with a number as exponent, at 0 too. With a tensor exponent its
    derivatives are wrong once the exponent passes 0 (pytorch#89757).
    """
    if y.requires_grad or y.dim():
        return f.exp(y * f.log(x)) if f.is_complex else f.power_derivative(0, 0, x, y)
    # torch.pow(-0.0, -0.5) is -inf, unlike IEEE's pow; the sum is 0.0
    return f.torch.pow(x if f.is_complex else x + 0.0, y.item())


def _power_derivative(f: Any, k: int, n: int, x: Any, y: Any) -> Any:
    """d^n/dy^n d^k/dx^k x**y = x**(y - k) sum_j binomial(n, j) p^(j)(y) log(x)^(n - j).

    p(y) = y (y - 1) ... (y - k + 1) by its Taylor coefficients at y, so that a whole exponent
    makes the terms beyond it vanish, at x = 0 too, where log(x) has no value.
    """
    t = f.torch
    falling = [t.ones_like(y)] + [t.zeros_like(y)] * n
    for i in range(k):
        shifted = [t.zeros_like(y), *falling[:-1]]
        falling = [(y - i) * a + b for a, b in zip(falling, shifted, strict=True)]
    total = t.zeros_like(x * y)
    for j, coefficient in enumerate(falling):
        term = coefficient * (math.comb(n, j) * math.factorial(j))
        if j < n:
            term = t.where(term == 0, 0.0, term * t.log(x) ** (n - j))
        total = total + term
    vanishes = (total == 0) | ((x == 0) & (y > k))
    return t.where(vanishes, 0.0, total * t.pow(x + 0.0, y - k))


def _whole(f: Any, y: Any) -> Any:
    return y == f.torch.round(y)


def _beyond_root(f: Any, x: Any, y: Any) -> Any:
    return (x < 0) & (y != f.torch.round(y))


def _mod_side(f: Any, sign: Any, a: Any, b: Any) -> Any:
    quotient = (a / b).detach()
    nearest = f.torch.round(quotient)
    beside = a - b * (nearest - (sign < 0) * 1.0)
    return f.torch.where(quotient == nearest, beside, f.mod(a, b))


def _edge_of_power(f: Any, x: Any, y: Any) -> Any:
    """Distance to where x**y stops being real: left of 0 it is so at whole exponents only.

    At 0 the product is negative just beyond if x turns negative and y does not stay whole.
    """
    where, whole = f.torch.where, _whole(f, y)
    if not y.requires_grad:
        return where(whole, 1.0, x)
    beside = y - f.torch.round(y.detach())
    gap = beside * beside
    return where((x > 0) | ~whole, x, where(x < 0, -gap, x * gap))


def _power_series(s: Any, x: Any, y: Any) -> Any:
    """x^y, from u v' = y v u' where y stands still, else as exp(y log(x)).

    Where x begins with 0 the first has no answer: a whole y > 0 is repeated products, any other
    y is composed with its expansion.
    """
    exponent = y.item() if y.dim() == 1 else y[0]
    n = _whole_number(exponent) if y.dim() == 1 else None
    if n == 2:
        return s.product(x, x)
    start = s.value("pow", x, y)
    if len(y) > 1:
        return _moving_power(s, start, x, y)
    if n is not None and n < _REPEATED:
        return s.with_value(s.whole_power(x, n), start) if n > 1 else x if n else start[None]
    if bool((x[0] == 0).any()):
        return s.with_value(s.compose(s.power_expansion(x[0], exponent), x), start)
    return s.root(start, x) if y.dim() == 1 and exponent == 0.5 else s.power(start, x, exponent)


def _whole_number(number: complex) -> int | None:
    whole = math.isfinite(number.real) and number == math.floor(number.real) >= 0
    return math.floor(number.real) if whole else None


def _moving_power(s: Any, start: Any, x: Any, y: Any) -> Any:
    """x^y = exp(y log(x)), and 0 all along where x stays at 0 and y > 0."""
    found = s.exponential(start, s.derivative(s.product(y, s.log(x))))
    stays = (x[0] == 0) & (s.algebra.real(y[0]) > 0) if len(x) == 1 else None
    return found if stays is None else s.torch.where(stays, 0.0, found)


def _mod_series(s: Any, a: Any, b: Any) -> Any:
    """a - b * floor(a/b), the whole number from the remainder, which is exact."""
    start = s.value("mod", a, b)
    whole = s.torch.round((a[0] - start) / b[0])[None]
    return s.with_value(s.total(a, b * whole, -1), start)


OPS = (
    Op(
        name="add",
        doc="sum a + b",
        parameters=("a", "b"),
        torch=lambda f, a, b: a + b,
        symbolic=(lambda f, a, b: f.one, lambda f, a, b: f.one),
        taylor=lambda s, a, b: s.total(a, b),
        ball=lambda b, a, c: a + c,
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
        symbolic=(lambda f, a, b: f.one, lambda f, a, b: -f.one),
        taylor=lambda s, a, b: s.total(a, b, -1),
        ball=lambda b, a, c: a - c,
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
        symbolic=(lambda f, a, b: b, lambda f, a, b: a),
        taylor=lambda s, a, b: s.product(a, b),
        ball=lambda b, a, c: a * c,
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
        symbolic=(lambda f, a, b: 1 / b, lambda f, a, b: -(a / b) / b),
        taylor=lambda s, a, b: s.quotient(a, b),
        ball=lambda b, a, c: b.quotient(a, c),
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
            # a / b may round up to the next whole number; the remainder is exact
            lambda f, a, b: -f.torch.round((a - f.torch.remainder(a, b)) / b).detach(),
        ),
        symbolic=(lambda f, a, b: f.one, lambda f, a, b: -f.floor(a / b)),
        taylor=_mod_series,
        ball=lambda b, a, c: a - c * b.floor(b.quotient(a, c)),
        mpmath=lambda m, a, b: a - b * m.floor(a / b),
        latex=r"{0} \bmod {1}",
        infix=Infix(("%",), PRODUCT),
        pole=lambda f, a, b: b == 0,
        switch=Switch(
            distance=lambda f, a, b: a / b - f.torch.round((a / b).detach()),
            side=_mod_side,
            continuous=False,
        ),
    ),
    Op(
        name="neg",
        doc="negative -x",
        torch=lambda f, x: -x,
        symbolic=(lambda f, x: -f.one,),
        taylor=lambda s, x: -x,
        ball=lambda b, x: -x,
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
        symbolic=(lambda f, x, y: y * f.pow(x, y - 1), lambda f, x, y: f.pow(x, y) * f.log(x)),
        taylor=_power_series,
        ball=lambda b, x, y: b.power(x, y),
        mpmath=lambda m, a, b: m.power(a, b),
        latex="{{{0}}}^{{{1}}}",
        infix=Infix(("^", "**"), POWER, right=True),
        outside=_beyond_root,
        pole=lambda f, x, y: (x == 0) & (f.real(y) < 0),
        edge=_edge_of_power,
        singular=lambda f, x, y: (x == 0) & (y <= 0) & y.requires_grad,
        complex=True,
    ),
    Op(
        name="power_derivative",
        doc="k-th derivative by x, n-th by y, of x^y",
        parameters=("k", "n", "x", "y"),
        torch=_power_derivative,
        slope=(
            None,
            None,
            lambda f, k, n, x, y: f.power_derivative(k + 1, n, x, y),
            lambda f, k, n, x, y: f.power_derivative(k, n + 1, x, y),
        ),
        hidden=True,
        source="y x^(y-1) for the next order is 0 * inf at x = 0 beyond a whole exponent",
    ),
)
