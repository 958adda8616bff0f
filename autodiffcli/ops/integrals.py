"""Exponential, logarithmic, trigonometric and Fresnel integrals."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from autodiffcli.ops.op import BY_BALLS, NON_NEGATIVE, POSITIVE, REALS, Op, Rule
from autodiffcli.ops.recurrences import MOST, composed, entire, fixed, ladder, series


def _expint_ball(b: Any, n: Any, x: Any) -> Any:
    """E_n(x), with E_n' = -E_(n-1). DLMF 8.19.13."""
    n = fixed(b, n)

    def outer(start: Any, length: int) -> list[Any]:
        return ladder(
            b,
            lambda m: start.expint(n + m),
            lambda m: {m - 1: Fraction(-1)},
            length,
        )

    return composed(b, x, outer)


def _unfolded_expint(b: Any, n: Any, x: Any) -> Any:
    """E_n(x) at 0: a power or a logarithm, and what has a power series. DLMF 8.19.8 and 8.19.10."""
    n = b.fixed(n)
    pole = int(b.whole(n)) - 1 if n.is_integer() and n > 0 else -1  # where the logarithm stands
    if pole > MOST:
        raise ValueError("of too high an order")

    def coefficient(k: int) -> Any:
        return b.arb(0) if k == pole else -((-1) ** k) / b.arb(k + 1).gamma() / (1 - n + k)

    smooth = entire(b, x, coefficient)
    if pole < 0:
        return (1 - n).gamma() * b.power(x, n - 1) + smooth
    weight = b.arb((-1) ** pole) / b.arb(pole + 1).gamma()
    return weight * (n.digamma() - b.log(x)) * x**pole + smooth


def _log_and_rest(even: int, odd: int) -> Rule:
    """Euler's gamma + log|x| + sum of x^k/(k k!), with signs of x^2, x^6, ... and of odd powers.

    DLMF 6.6.2, 6.6.6 and 6.6.7
    """

    def rule(b: Any, x: Any) -> Any:
        def coefficient(k: int) -> Any:
            sign = odd if k % 2 else even ** (k // 2)
            return sign / b.arb(k + 1).gamma() / k if k else b.arb.const_euler()

        return b.log(b.side_or_plus(x) * x) + entire(b, x, coefficient)

    return rule


def _li_ball(b: Any, x: Any) -> Any:
    x = series(b, x)
    return composed(b, x, lambda _, n: [b.arb(0)]) if x[0] == 0 else x.li()


OPS = (
    Op(
        name="ei",
        doc="exponential integral Ei(x), the principal value of int_-inf^x e^t/t dt",
        torch=BY_BALLS,
        taylor=lambda s, x: s.along(s.value("ei", x), s.quotient(s.exp(x), x), x),
        ball="ei",
        unfold=_log_and_rest(1, 1),
        mpmath="ei",
        latex=r"\operatorname{{Ei}}\left({0}\right)",
        aliases=("Ei", "expi", "ExpIntegralEi"),
        pole=lambda f, x: x == 0,
    ),
    Op(
        name="expint",
        doc="generalised exponential integral E_n(x) = int_1^inf e^(-xt)/t^n dt",
        parameters=("n", "x"),
        torch=BY_BALLS,
        ball=_expint_ball,
        unfold=_unfolded_expint,
        fixed=(0,),
        mpmath="expint",
        latex=r"\operatorname{{E}}_{{{0}}}\left({1}\right)",
        aliases=("expn", "ExpIntegralE"),
        domain=(REALS, NON_NEGATIVE),
        pole=lambda f, n, x: (x == 0) & (n <= 1),
        edge=lambda f, n, x: x,
    ),
    Op(
        name="e1",
        doc="exponential integral E_1(x) = int_x^inf e^(-t)/t dt",
        definition="expint(1, x)",
        mpmath="e1",
        aliases=("E1", "exp1"),
        domain=(POSITIVE,),
    ),
    Op(
        name="li",
        doc="logarithmic integral, the principal value of int_0^x dt/log(t)",
        torch=BY_BALLS,
        taylor=lambda s, x: s.along(s.value("li", x), s.quotient(s.number(1), s.log(x)), x),
        ball=_li_ball,
        unfold=lambda b, x: b.ei(b.log(x)),
        mpmath="li",
        latex=r"\operatorname{{li}}\left({0}\right)",
        aliases=("LogIntegral",),
        domain=(NON_NEGATIVE,),
        pole=lambda f, x: x == 1,
        singular=lambda f, x: x == 0,
    ),
    Op(
        name="si",
        doc="sine integral int_0^x sin(t)/t dt",
        torch=BY_BALLS,
        taylor=lambda s, x: s.along(s.value("si", x), s.sinc(x / math.pi), x),
        ball="si",
        mpmath="si",
        latex=r"\operatorname{{Si}}\left({0}\right)",
        aliases=("Si", "sinint", "SinIntegral"),
    ),
    Op(
        name="ci",
        doc="cosine integral -int_x^inf cos(t)/t dt",
        torch=BY_BALLS,
        taylor=lambda s, x: s.along(s.value("ci", x), s.quotient(s.cos(x), x), x),
        ball="ci",
        unfold=_log_and_rest(-1, 0),
        mpmath="ci",
        latex=r"\operatorname{{Ci}}\left({0}\right)",
        aliases=("Ci", "cosint", "CosIntegral"),
        domain=(POSITIVE,),
    ),
    Op(
        name="shi",
        doc="hyperbolic sine integral int_0^x sinh(t)/t dt",
        torch=BY_BALLS,
        ball="shi",
        mpmath="shi",
        latex=r"\operatorname{{Shi}}\left({0}\right)",
        aliases=("Shi", "sinhint", "SinhIntegral"),
    ),
    Op(
        name="chi",
        doc="hyperbolic cosine integral, Euler's gamma + log(x) + int_0^x (cosh(t) - 1)/t dt",
        torch=BY_BALLS,
        taylor=lambda s, x: s.along(s.value("chi", x), s.quotient(s.cosh(x), x), x),
        ball="chi",
        unfold=_log_and_rest(1, 0),
        mpmath="chi",
        latex=r"\operatorname{{Chi}}\left({0}\right)",
        aliases=("Chi", "coshint", "CoshIntegral"),
        domain=(POSITIVE,),
    ),
    Op(
        name="fresnels",
        doc="Fresnel integral S(x) = int_0^x sin(pi t^2/2) dt",
        torch=BY_BALLS,
        taylor=lambda s, x: s.along(s.value("fresnels", x), s.sinpi(s.square(x) / 2), x),
        ball="fresnel_s",
        mpmath="fresnels",
        latex=r"S\left({0}\right)",
        aliases=("FresnelS",),
    ),
    Op(
        name="fresnelc",
        doc="Fresnel integral C(x) = int_0^x cos(pi t^2/2) dt",
        torch=BY_BALLS,
        taylor=lambda s, x: s.along(s.value("fresnelc", x), s.cospi(s.square(x) / 2), x),
        ball="fresnel_c",
        mpmath="fresnelc",
        latex=r"C\left({0}\right)",
        aliases=("FresnelC",),
    ),
)
