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


OPS = (
    Op(name="sinh", doc="hyperbolic sine", mpmath="sinh", aliases=("sh",), complex=True),
    Op(name="cosh", doc="hyperbolic cosine", mpmath="cosh", aliases=("ch",), complex=True),
    Op(
        name="tanh",
        doc="hyperbolic tangent",
        torch=_tanh,
        slope=(lambda f, x: f.sech_squared(x),),
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
        mpmath=lambda m, x: m.sech(x) ** 2,
        hidden=True,
    ),
    Op(
        name="sech",
        doc="hyperbolic secant, 1/cosh(x)",
        torch=_sech,
        slope=(lambda f, x: -f.sech(x) * f.tanh(x),),
        mpmath="sech",
        complex=True,
    ),
    Op(
        name="csch",
        doc="hyperbolic cosecant, 1/sinh(x)",
        torch=_csch,
        slope=(lambda f, x: -f.csch(x) * f.coth(x),),
        mpmath="csch",
        pole=lambda f, x: x == 0,
        complex=True,
    ),
    Op(
        name="coth",
        doc="hyperbolic cotangent, 1/tanh(x)",
        torch=lambda f, x: 1 / _tanh(f, x),
        slope=(lambda f, x: -f.csch(x) * f.csch(x),),
        mpmath="coth",
        pole=lambda f, x: x == 0,
        complex=True,
    ),
    Op(
        name="asinh",
        doc="inverse hyperbolic sine",
        slope=(lambda f, x: f.cos_atan(x),),
        mpmath="asinh",
        latex=r"\operatorname{{arsinh}}\left({0}\right)",
        aliases=("arsinh", "arcsinh"),
        complex=True,
    ),
    Op(
        name="acosh",
        doc="inverse hyperbolic cosine",
        slope=(lambda f, x: f.csch_acosh(x),),
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
        mpmath=lambda m, x: 1 / m.sqrt(x * x - 1),
        domain=(Interval(1),),
        hidden=True,
    ),
    Op(
        name="coth_acosh",
        doc="x/sqrt(x^2 - 1)",
        torch=lambda f, x: x * _csch_acosh(f, x),
        slope=(lambda f, x: -f.csch_acosh(x) * f.csch_acosh(x) * f.csch_acosh(x),),
        mpmath=lambda m, x: x / m.sqrt(x * x - 1),
        domain=(Interval(1),),
        hidden=True,
    ),
    Op(
        name="atanh",
        doc="inverse hyperbolic tangent",
        slope=(lambda f, x: f.sec_asin(x) * f.sec_asin(x),),
        mpmath="atanh",
        latex=r"\operatorname{{artanh}}\left({0}\right)",
        aliases=("artanh", "arctanh"),
        domain=(Interval(-1, 1),),
        complex=True,
    ),
)
