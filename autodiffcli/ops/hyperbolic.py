"""Hyperbolic functions and their inverses."""

from __future__ import annotations

from typing import Any

from autodiffcli.ops.op import Interval, Op


def _sech_squared(f: Any, x: Any) -> Any:
    """1/cosh(x)^2 as 4a/(1+a)^2 with a = exp(-2|x|): neither overflow nor cancellation."""
    a = f.torch.exp(-2 * f.torch.abs(x))
    return 4 * a / ((1 + a) * (1 + a))


def _sech(f: Any, x: Any) -> Any:
    """1/cosh(x), and away from 0 as 2a/(1+a^2) with a = exp(-|x|), which does not overflow."""
    near, inner, outer = _near_zero(f, x)
    a = f.torch.exp(-_side(f, outer) * outer)
    return f.torch.where(near, 1 / f.torch.cosh(inner), 2 * a / (1 + a * a))


def _csch(f: Any, x: Any) -> Any:
    """1/sinh(x), and away from 0 as 2a/(1-a^2) with a = exp(-|x|), with the sign of x."""
    near, inner, outer = _near_zero(f, x)
    a = f.torch.exp(-_side(f, outer) * outer)
    return f.torch.where(near, 1 / f.torch.sinh(inner), _side(f, x) * 2 * a / (1 - a * a))


def _tanh(f: Any, x: Any) -> Any:
    """tanh(x); for complex numbers as (1-a)/(1+a), whose derivative torch does not cancel."""
    if not f.is_complex:
        return f.torch.tanh(x)
    near, inner, outer = _near_zero(f, x)
    a = f.torch.exp(-2 * _side(f, outer) * outer)
    ratio = f.torch.sinh(inner) / f.torch.cosh(inner)
    return f.torch.where(near, ratio, _side(f, x) * (1 - a) / (1 + a))


def _side(f: Any, x: Any) -> Any:
    """1 or -1: on which side of the imaginary axis x is."""
    return 1.0 - 2.0 * (f.real(x.detach()) < 0)


def _near_zero(f: Any, x: Any) -> tuple[Any, Any, Any]:
    """Whether |Re x| < 1, x where it is and x where it is not, 1 elsewhere."""
    near = f.torch.abs(f.real(x.detach())) < 1
    return near, f.torch.where(near, x, 1.0), f.torch.where(near, 1.0, x)


def _csch_acosh(f: Any, x: Any) -> Any:
    """1/sqrt(x^2 - 1) without squaring x."""
    return 1 / (f.torch.sqrt(x - 1) * f.torch.sqrt(x + 1))


def _tanh_series(s: Any, x: Any) -> Any:
    """v' = g u' with g = 1 - v^2, which cancels beyond 5 and so begins with its own kernel."""
    slope = s.value("sech", x) ** 2 if s.is_complex else s.value("sech_squared", x)
    return s.riccati(s.value("tanh", x), slope, x, -1)


def _tanh_ball(b: Any, x: Any) -> Any:
    """tanh(x) = (1 - a)/(1 + a) with a = exp(-2x), which vanishes faster than all powers at inf."""
    a = b.exp(-2 * x)
    return (1 - a) / (1 + a)


def _unfolded_tanh(b: Any, x: Any) -> Any:
    sign = b.side(x)
    return sign * _tanh_ball(b, sign * x)


OPS = (
    Op(
        name="sinh",
        doc="hyperbolic sine",
        symbolic=(lambda f, x: f.cosh(x),),
        taylor=lambda s, x: s.wave(s.value("sinh", x), s.value("cosh", x), x, 1),
        ball=lambda b, x: (b.exp(x) - b.exp(-x)) / 2,
        mpmath="sinh",
        aliases=("sh",),
        complex=True,
    ),
    Op(
        name="cosh",
        doc="hyperbolic cosine",
        symbolic=(lambda f, x: f.sinh(x),),
        taylor=lambda s, x: s.wave(s.value("cosh", x), s.value("sinh", x), x, 1),
        ball=lambda b, x: (b.exp(x) + b.exp(-x)) / 2,
        mpmath="cosh",
        aliases=("ch",),
        complex=True,
    ),
    Op(
        name="tanh",
        doc="hyperbolic tangent",
        torch=_tanh,
        slope=(lambda f, x: f.sech_squared(x),),
        taylor=_tanh_series,
        ball=_tanh_ball,
        unfold=_unfolded_tanh,
        mpmath="tanh",
        aliases=("th",),
        complex=True,
        source="torch's 1 - y*y is 0 beyond 19 (pytorch#195685)",
    ),
    Op(
        name="sech_squared",
        doc="1/cosh(x)^2",
        torch=_sech_squared,
        slope=(lambda f, x: -2 * f.tanh(x) * f.sech_squared(x),),
        ball=lambda b, x: 4 / ((b.exp(x) + b.exp(-x)) ** 2),
        mpmath=lambda m, x: m.sech(x) ** 2,
        hidden=True,
    ),
    Op(
        name="sech",
        doc="hyperbolic secant, 1/cosh(x)",
        torch=_sech,
        slope=(lambda f, x: -f.sech(x) * f.tanh(x),),
        taylor=lambda s, x: s.exponential(
            s.value("sech", x), -s.product(s.tanh(x), s.derivative(x))
        ),
        ball=lambda b, x: 2 / (b.exp(x) + b.exp(-x)),
        mpmath="sech",
        complex=True,
    ),
    Op(
        name="csch",
        doc="hyperbolic cosecant, 1/sinh(x)",
        torch=_csch,
        slope=(lambda f, x: -f.csch(x) * f.coth(x),),
        taylor=lambda s, x: s.exponential(
            s.value("csch", x), -s.product(s.coth(x), s.derivative(x))
        ),
        ball=lambda b, x: b.quotient(2, b.exp(x) - b.exp(-x)),
        mpmath="csch",
        pole=lambda f, x: x == 0,
        complex=True,
    ),
    Op(
        name="coth",
        doc="hyperbolic cotangent, 1/tanh(x)",
        torch=lambda f, x: 1 / _tanh(f, x),
        slope=(lambda f, x: -f.csch(x) * f.csch(x),),
        taylor=lambda s, x: s.riccati(s.value("coth", x), -(s.value("csch", x) ** 2), x, -1),
        ball=lambda b, x: 1 + b.quotient(2, b.exp(2 * x) - 1),
        mpmath="coth",
        pole=lambda f, x: x == 0,
        complex=True,
    ),
    Op(
        name="asinh",
        doc="inverse hyperbolic sine",
        slope=(lambda f, x: f.cos_atan(x),),
        taylor=lambda s, x: s.arc(s.value("asinh", x), x, s.cosine_of_atan(x), 1, -0.5),
        ball=lambda b, x: b.side_or_plus(x) * b.log(b.side_or_plus(x) * x + b.sqrt(1 + x * x)),
        mpmath="asinh",
        latex=r"\operatorname{{arsinh}}\left({0}\right)",
        aliases=("arsinh", "arcsinh"),
        complex=True,
    ),
    Op(
        name="acosh",
        doc="inverse hyperbolic cosine",
        slope=(lambda f, x: f.csch_acosh(x),),
        taylor=lambda s, x: s.arc(s.value("acosh", x), x, s.value("csch_acosh", x), 1, -0.5),
        ball=lambda b, x: b.log(x + b.sqrt((x - 1) * (x + 1))),
        unfold=lambda b, x: 2 * b.asinh(b.root((x - 1) / 2, 2)),
        mpmath="acosh",
        latex=r"\operatorname{{arcosh}}\left({0}\right)",
        aliases=("arcosh", "arccosh"),
        domain=(Interval(1, low_closed=True),),
        edge=lambda f, x: x - 1,
        complex=True,
        source="with c = 1/sqrt(x^2 - 1) and r = x c: acosh' = c, c' = -r c^2, r' = -c^3",
    ),
    Op(
        name="csch_acosh",
        doc="1/sqrt(x^2 - 1)",
        torch=_csch_acosh,
        slope=(lambda f, x: -f.coth_acosh(x) * f.csch_acosh(x) * f.csch_acosh(x),),
        ball=lambda b, x: 1 / b.sqrt((x - 1) * (x + 1)),
        mpmath=lambda m, x: 1 / m.sqrt(x * x - 1),
        domain=(Interval(1),),
        hidden=True,
    ),
    Op(
        name="coth_acosh",
        doc="x/sqrt(x^2 - 1)",
        torch=lambda f, x: x * _csch_acosh(f, x),
        slope=(lambda f, x: -f.csch_acosh(x) * f.csch_acosh(x) * f.csch_acosh(x),),
        ball=lambda b, x: x / b.sqrt((x - 1) * (x + 1)),
        mpmath=lambda m, x: x / m.sqrt(x * x - 1),
        domain=(Interval(1),),
        hidden=True,
    ),
    Op(
        name="atanh",
        doc="inverse hyperbolic tangent",
        slope=(lambda f, x: f.sec_asin(x) * f.sec_asin(x),),
        taylor=lambda s, x: s.arc(s.value("atanh", x), x, s.value("sec_asin", x), -1, -1),
        ball=lambda b, x: b.log((1 + x) / (1 - x)) / 2,
        unfold=lambda b, x: b.log(b.quotient(1 + x, 1 - x)) / 2,
        mpmath="atanh",
        latex=r"\operatorname{{artanh}}\left({0}\right)",
        aliases=("artanh", "arctanh"),
        domain=(Interval(-1, 1),),
        complex=True,
    ),
    Op(
        name="asech",
        doc="inverse hyperbolic secant, acosh(1/x)",
        definition="acosh(1/x)",
        mpmath="asech",
        aliases=("arsech", "arcsech"),
        domain=(Interval(0, 1, high_closed=True),),
    ),
    Op(
        name="acsch",
        doc="inverse hyperbolic cosecant, asinh(1/x)",
        definition="asinh(1/x)",
        mpmath="acsch",
        aliases=("arcsch", "arccsch"),
    ),
    Op(
        name="acoth",
        doc="inverse hyperbolic cotangent, atanh(1/x)",
        definition="atanh(1/x)",
        mpmath="acoth",
        aliases=("arcoth", "arccoth"),
    ),
    Op(
        name="gd",
        doc="Gudermannian int_0^x sech(t) dt = atan(sinh(x))",
        torch=lambda f, x: 2 * f.torch.atan(f.torch.tanh(x / 2)),
        slope=(lambda f, x: f.sech(x),),
        taylor=lambda s, x: s.along(s.value("gd", x), s.sech(x), x),
        ball=lambda b, x: b.side_or_plus(x) * 2 * b.atan(b.tanh(b.side_or_plus(x) * x / 2)),
        mpmath=lambda m, x: m.atan(m.sinh(x)),
        latex=r"\operatorname{{gd}}\left({0}\right)",
        aliases=("gudermannian", "Gudermannian"),
        source="DLMF 4.23.40 and 4.23.39",
    ),
)
