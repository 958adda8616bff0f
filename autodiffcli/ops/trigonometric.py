"""Circular functions, their inverses, and the plane's polar coordinates."""

from __future__ import annotations

from typing import Any

from autodiffcli.ops.op import Interval, Op, Switch

_UNIT = Interval(-1, 1, low_closed=True, high_closed=True)


def _sinc_derivative(f: Any, n: int, x: Any) -> Any:
    """n-th derivative of sin(z)/z by x, z = pi x; |error| a few ulp of pi^n/(n + 1).

    Near 0 the power series  sum (-1)^k z^(2k-n) / ((2k-n)! (2k+1)),  term by term from that of
    sin(z)/z; beyond, upwards by  z s_n = sin(z + n pi/2) - n s_(n-1),  which is the n-th
    derivative of  z s = sin z  and is stable once |z| > n.
    """
    t, z = f.torch, f.pi * x
    near = t.abs(z) < max(2.0, 0.75 * n + 1)
    small = t.where(near, z, 0.0)
    series = t.zeros_like(z)
    first = (n + 1) // 2
    term = t.ones_like(z) * (-1.0) ** first if n % 2 == 0 else small * (-1.0) ** first
    for k in range(first, first + 20 + n):
        series = series + term / (2 * k + 1)
        term = -term * small * small / ((2 * k - n + 1) * (2 * k - n + 2))
    large, sine, cosine = t.where(near, 1.0, z), *_of_half_turns(f, x)
    turns = (sine, cosine, -sine, -cosine)
    upwards = sine / large
    for k in range(1, n + 1):
        upwards = (turns[k % 4] - k * upwards) / large
    return t.where(near, series, upwards) * f.pi**n


def _of_half_turns(f: Any, x: Any) -> tuple[Any, Any]:
    """sin(pi x) and cos(pi x), exact where they are 0 or 1, however large x is."""
    turned = x - 2 * f.torch.round(x / 2)
    size = f.torch.abs(turned)
    sine = f.torch.sign(turned) * f.torch.sin(f.pi * f.torch.minimum(size, 1 - size))
    return sine, f.torch.sin(f.pi * (0.5 - size))


def _atan2_side(f: Any, sign: Any, y: Any, x: Any) -> Any:
    angle = f.atan2(y, x)
    return f.torch.where((y == 0) & (x < 0) & (sign < 0), angle - 2 * f.pi, angle)


OPS = (
    Op(name="sin", doc="sine, x in radians", mpmath="sin", complex=True),
    Op(name="cos", doc="cosine, x in radians", mpmath="cos", complex=True),
    Op(
        name="tan",
        doc="tangent, x in radians",
        # far from the real axis torch's 1 + y*y cancels
        torch=lambda f, x: -1j * f.tanh(1j * x) if f.is_complex else f.torch.tan(x),
        mpmath="tan",
        aliases=("tg",),
        complex=True,
    ),
    Op(name="sec", doc="secant, 1/cos(x)", definition="1/cos(x)", mpmath="sec"),
    Op(
        name="csc",
        doc="cosecant, 1/sin(x)",
        definition="1/sin(x)",
        mpmath="csc",
        aliases=("cosec",),
    ),
    Op(
        name="cot",
        doc="cotangent, cos(x)/sin(x)",
        definition="cos(x)/sin(x)",
        mpmath="cot",
        aliases=("ctg",),
    ),
    Op(
        name="asin",
        doc="inverse sine, in [-pi/2, pi/2]",
        slope=(lambda f, x: f.sec_asin(x),),
        source="torch squares x; with c = sec(asin x) and t = tan(asin x): c' = t c^2, t' = c^3",
        mpmath="asin",
        latex=r"\arcsin\left({0}\right)",
        aliases=("arcsin",),
        domain=(_UNIT,),
        edge=lambda f, x: (1 - x) * (1 + x),
        complex=True,
    ),
    Op(
        name="sec_asin",
        doc="1/sqrt(1 - x^2)",
        torch=lambda f, x: 1 / (f.torch.sqrt(1 - x) * f.torch.sqrt(1 + x)),
        slope=(lambda f, x: f.tan_asin(x) * f.sec_asin(x) * f.sec_asin(x),),
        mpmath=lambda m, x: 1 / m.sqrt(1 - x * x),
        domain=(Interval(-1, 1),),
        hidden=True,
    ),
    Op(
        name="tan_asin",
        doc="x/sqrt(1 - x^2)",
        torch=lambda f, x: x / (f.torch.sqrt(1 - x) * f.torch.sqrt(1 + x)),
        slope=(lambda f, x: f.sec_asin(x) * f.sec_asin(x) * f.sec_asin(x),),
        mpmath=lambda m, x: x / m.sqrt(1 - x * x),
        domain=(Interval(-1, 1),),
        hidden=True,
    ),
    Op(
        name="acos",
        doc="inverse cosine, in [0, pi]",
        slope=(lambda f, x: -f.sec_asin(x),),
        mpmath="acos",
        latex=r"\arccos\left({0}\right)",
        aliases=("arccos",),
        domain=(_UNIT,),
        edge=lambda f, x: (1 - x) * (1 + x),
        complex=True,
    ),
    Op(
        name="atan",
        doc="inverse tangent, in (-pi/2, pi/2); atan(y, x) is atan2",
        overloads={2: "atan2"},
        slope=(lambda f, x: f.cos_atan(x) * f.cos_atan(x),),
        mpmath="atan",
        latex=r"\arctan\left({0}\right)",
        aliases=("arctan", "arctg"),
        complex=True,
        source="with c = cos(atan x) and s = sin(atan x): atan' = c^2, c' = -s c^2, s' = c^3, "
        "which never squares x",
    ),
    Op(
        name="cos_atan",
        doc="1/sqrt(1 + x^2)",
        torch=lambda f, x: 1 / f.torch.hypot(f.torch.ones_like(x), x),
        slope=(lambda f, x: -f.sin_atan(x) * f.cos_atan(x) * f.cos_atan(x),),
        mpmath=lambda m, x: 1 / m.sqrt(1 + x * x),
        hidden=True,
    ),
    Op(
        name="sin_atan",
        doc="x/sqrt(1 + x^2)",
        torch=lambda f, x: x / f.torch.hypot(f.torch.ones_like(x), x),
        slope=(lambda f, x: f.cos_atan(x) * f.cos_atan(x) * f.cos_atan(x),),
        mpmath=lambda m, x: x / m.sqrt(1 + x * x),
        hidden=True,
    ),
    Op(
        name="atan2",
        doc="angle of the point (x, y), in (-pi, pi]",
        parameters=("y", "x"),
        torch=lambda f, y, x: f.torch.atan2(y + 0.0, x + 0.0),  # of -0.0 it is -pi
        slope=(
            lambda f, y, x: f.direction(x, y) / f.hypot(x, y),
            lambda f, y, x: -f.direction(y, x) / f.hypot(x, y),
        ),
        mpmath="atan2",
        latex=r"\operatorname{{atan2}}\left({0}, {1}\right)",
        aliases=("arctan2",),
        outside=lambda f, y, x: (x == 0) & (y == 0),
        switch=Switch(
            distance=lambda f, y, x: f.torch.where(x < 0, y, 1.0),
            side=_atan2_side,
            continuous=False,
        ),
    ),
    Op(
        name="hypot",
        doc="sqrt(x^2 + y^2) without overflow",
        parameters=("x", "y"),
        slope=(lambda f, x, y: f.direction(x, y), lambda f, x, y: f.direction(y, x)),
        mpmath="hypot",
        latex=r"\sqrt{{{0}^2 + {1}^2}}",
        singular=lambda f, x, y: (x == 0) & (y == 0),
    ),
    Op(
        name="direction",
        doc="x/hypot(x, y)",
        parameters=("x", "y"),
        torch=lambda f, x, y: x / f.torch.hypot(x, y),
        slope=(
            lambda f, x, y: f.direction(y, x) * f.direction(y, x) / f.hypot(x, y),
            lambda f, x, y: -f.direction(x, y) * f.direction(y, x) / f.hypot(x, y),
        ),
        mpmath=lambda m, x, y: x / m.hypot(x, y),
        hidden=True,
    ),
    Op(
        name="sinc",
        doc="sin(pi x)/(pi x), and 1 at 0 (the convention of torch and numpy)",
        torch=lambda f, x: f.sinc_derivative(0, x),
        slope=(lambda f, x: f.sinc_derivative(1, x),),
        mpmath=lambda m, x: m.sincpi(x),
    ),
    Op(
        name="sinc_derivative",
        doc="n-th derivative of sinc",
        parameters=("n", "x"),
        torch=_sinc_derivative,
        slope=(None, lambda f, n, x: f.sinc_derivative(n + 1, x)),
        hidden=True,
        source="torch loses every digit near 0 from order 3 on (pytorch#196703), and pi x rounds",
    ),
)
