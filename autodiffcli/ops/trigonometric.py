"""Circular functions, their inverses, and the plane's polar coordinates."""

from __future__ import annotations

import math
from typing import Any

from autodiffcli.ops.expansions import by_expansion
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
    large, sine, cosine = t.where(near, 1.0, z), *of_half_turns(f, x)
    turns = (sine, cosine, -sine, -cosine)
    upwards = sine / large
    for k in range(1, n + 1):
        upwards = (turns[k % 4] - k * upwards) / large
    return t.where(near, series, upwards) * f.pi**n


def of_half_turns(f: Any, x: Any) -> tuple[Any, Any]:
    """sin(pi x) and cos(pi x), exact where they are 0 or 1, however large x is."""
    turned = x - 2 * f.torch.round(x / 2)
    size = f.torch.abs(turned)
    sine = f.torch.sign(turned) * f.torch.sin(f.pi * f.torch.minimum(size, 1 - size))
    return sine, f.torch.sin(f.pi * (0.5 - size))


def _unfolded_asin(b: Any, x: Any) -> Any:
    """asin(x) = s (pi/2 - 2 asin(sqrt((1 - s x)/2))), s the sign of x: a root at |x| = 1."""
    sign = b.side(x)
    return sign * (b.pi / 2 - 2 * b.asin(b.root((1 - sign * x) / 2, 2)))


def _unfolded_atan(b: Any, x: Any) -> Any:
    """atan(x) = s pi/2 - atan(1/x), s the sign of x: for large x."""
    return b.side(x) * b.pi / 2 - b.atan(b.quotient(1, x))


def _angle(b: Any, y: Any, x: Any) -> Any:
    """atan2(y, x) by the arc tangent of the smaller quotient, by the signs of x and y."""
    if b.side_or_plus(x * x - y * y) > 0:  # where they are equal either will do
        turned = 0 if b.side(x) > 0 else b.pi if b.side(y) >= 0 else -b.pi
        return b.atan(b.quotient(y, x)) + turned
    return b.side(y) * b.pi / 2 - b.atan(b.quotient(x, y))


def _sinc_ball(b: Any, x: Any) -> Any:
    """sin(z)/z, z = pi x, by the Taylor coefficients that Balls.sinc gives at z."""
    return b.compose(b.pi * x, b.sinc_coefficients)


def _atan2_side(f: Any, sign: Any, y: Any, x: Any) -> Any:
    angle = f.atan2(y, x)
    return f.torch.where((y == 0) & (x < 0) & (sign < 0), angle - 2 * f.pi, angle)


def _tan_series(s: Any, x: Any) -> Any:
    """v' = (1 + v^2) u'; far from the real axis 1 + v^2 cancels, and is sech(i u)^2."""
    start = s.value("tan", x)
    slope = s.value("sech", 1j * x[:1]) ** 2 if s.is_complex else 1 + start * start
    return s.riccati(start, slope, x, 1)


def _in_unit(s: Any, x: Any, y: Any) -> tuple[Any, Any, Any, Any]:
    """hypot(x, y), x and y by it, and the sum of their squares, so that none overflows."""
    length = s.value("hypot", x, y)
    x, y = x / length[None], y / length[None]
    squares = s.total(s.product(x, x), s.product(y, y))
    return length, x, y, s.with_value(squares, s.torch.ones_like(length))


def _hypot_series(s: Any, x: Any, y: Any) -> Any:
    length, _, _, squares = _in_unit(s, x, y)
    return s.root(length, squares)


def _atan2_series(s: Any, y: Any, x: Any) -> Any:
    """v' = (x y' - y x') / (x^2 + y^2)."""
    start = s.value("atan2", y, x)
    _, x, y, squares = _in_unit(s, x, y)
    turn = s.total(s.product(x, s.derivative(y)), s.product(y, s.derivative(x)), -1)
    return s.integral(start, s.quotient(turn, squares))


def _sinc_series(s: Any, x: Any) -> Any:
    outer = [s.algebra.sinc_derivative(n, x[0]) / math.factorial(n) for n in range(s.rows)]
    return s.compose(s.torch.stack(outer), x)


OPS = (
    Op(
        name="sin",
        doc="sine, x in radians",
        symbolic=(lambda f, x: f.cos(x),),
        taylor=lambda s, x: s.wave(s.value("sin", x), s.value("cos", x), x, -1),
        ball="sin",
        mpmath="sin",
        complex=True,
    ),
    Op(
        name="cos",
        doc="cosine, x in radians",
        symbolic=(lambda f, x: -f.sin(x),),
        taylor=lambda s, x: s.wave(s.value("cos", x), -s.value("sin", x), x, -1),
        ball="cos",
        mpmath="cos",
        complex=True,
    ),
    Op(
        name="tan",
        doc="tangent, x in radians",
        # far from the real axis torch's 1 + y*y cancels
        torch=lambda f, x: -1j * f.tanh(1j * x) if f.is_complex else f.torch.tan(x),
        symbolic=(lambda f, x: 1 / (f.cos(x) * f.cos(x)),),
        taylor=_tan_series,
        ball="tan",
        unfold=lambda b, x: b.quotient(b.sin(x), b.cos(x)),
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
        taylor=lambda s, x: s.arc(s.value("asin", x), x, s.value("sec_asin", x), -1, -0.5),
        ball="asin",
        unfold=_unfolded_asin,
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
        ball=lambda b, x: 1 / b.sqrt((1 - x) * (1 + x)),
        mpmath=lambda m, x: 1 / m.sqrt(1 - x * x),
        domain=(Interval(-1, 1),),
        hidden=True,
    ),
    Op(
        name="tan_asin",
        doc="x/sqrt(1 - x^2)",
        torch=lambda f, x: x / (f.torch.sqrt(1 - x) * f.torch.sqrt(1 + x)),
        slope=(lambda f, x: f.sec_asin(x) * f.sec_asin(x) * f.sec_asin(x),),
        ball=lambda b, x: x / b.sqrt((1 - x) * (1 + x)),
        mpmath=lambda m, x: x / m.sqrt(1 - x * x),
        domain=(Interval(-1, 1),),
        hidden=True,
    ),
    Op(
        name="acos",
        doc="inverse cosine, in [0, pi]",
        slope=(lambda f, x: -f.sec_asin(x),),
        taylor=lambda s, x: s.with_value(-s.asin(x), s.value("acos", x)),
        ball="acos",
        unfold=lambda b, x: b.pi / 2 - _unfolded_asin(b, x),
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
        taylor=lambda s, x: s.arc(s.value("atan", x), x, s.cosine_of_atan(x), 1, -1),
        ball="atan",
        unfold=_unfolded_atan,
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
        ball=lambda b, x: 1 / b.sqrt(1 + x * x),
        mpmath=lambda m, x: 1 / m.sqrt(1 + x * x),
        hidden=True,
    ),
    Op(
        name="sin_atan",
        doc="x/sqrt(1 + x^2)",
        torch=lambda f, x: x / f.torch.hypot(f.torch.ones_like(x), x),
        slope=(lambda f, x: f.cos_atan(x) * f.cos_atan(x) * f.cos_atan(x),),
        ball=lambda b, x: x / b.sqrt(1 + x * x),
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
        symbolic=(
            lambda f, y, x: x / (x * x + y * y),
            lambda f, y, x: -y / (x * x + y * y),
        ),
        taylor=_atan2_series,
        ball=_angle,
        mpmath="atan2",
        latex=r"\operatorname{{atan2}}\left({0}, {1}\right)",
        aliases=("arctan2",),
        pole=lambda f, y, x: (x == 0) & (y == 0),
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
        symbolic=(lambda f, x, y: x / f.hypot(x, y), lambda f, x, y: y / f.hypot(x, y)),
        taylor=_hypot_series,
        ball=lambda b, x, y: b.sqrt(x * x + y * y),
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
        ball=lambda b, x, y: b.quotient(x, b.sqrt(x * x + y * y)),
        mpmath=lambda m, x, y: x / m.hypot(x, y),
        hidden=True,
    ),
    Op(
        name="sinc",
        doc="sin(pi x)/(pi x), and 1 at 0 (the convention of torch and numpy)",
        torch=lambda f, x: f.sinc_derivative(0, x),
        slope=(lambda f, x: f.sinc_derivative(1, x),),
        symbolic=(by_expansion("sinc"),),
        taylor=_sinc_series,
        ball=_sinc_ball,
        unfold=lambda b, x: b.quotient(b.sin(b.pi * x), b.pi * x),
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
    Op(
        name="sincu",
        doc="sin(x)/x, and 1 at 0; sinc(x) is that of pi x",
        definition="sinc(x/pi)",
        mpmath="sinc",
        aliases=("sinc_unnormalized",),
    ),
    Op(
        name="asec",
        doc="inverse secant, acos(1/x), in [0, pi]",
        definition="acos(1/x)",
        mpmath="asec",
        aliases=("arcsec",),
    ),
    Op(
        name="acsc",
        doc="inverse cosecant, asin(1/x), in [-pi/2, pi/2]",
        definition="asin(1/x)",
        mpmath="acsc",
        aliases=("arccsc",),
    ),
    Op(
        name="acot",
        doc="inverse cotangent, atan(1/x), in (-pi/2, pi/2] with a jump at 0",
        torch=lambda f, x: f.torch.atan(1 / (x + 0.0)),
        slope=(lambda f, x: -f.cos_atan(x) * f.cos_atan(x),),
        taylor=lambda s, x: s.with_value(-s.atan(x), s.value("acot", x)),
        ball=lambda b, x: (1 if b.side(x) >= 0 else -1) * b.pi / 2 - b.atan(x),
        mpmath="acot",
        latex=r"\operatorname{{arccot}}\left({0}\right)",
        aliases=("arccot", "arcctg"),
        switch=Switch(
            distance=lambda f, x: x,
            side=lambda f, sign, x: sign * (f.pi / 2) - f.atan(x),
            continuous=False,
        ),
    ),
)
