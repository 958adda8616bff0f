"""Exponential, logarithmic, trigonometric and Fresnel integrals."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from autodiffcli.ops.op import BY_BALLS, POSITIVE, REALS, Interval, Op
from autodiffcli.ops.recurrences import composed, fixed, ladder


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


OPS = (
    Op(
        name="ei",
        doc="exponential integral Ei(x), the principal value of int_-inf^x e^t/t dt",
        torch=BY_BALLS,
        taylor=lambda s, x: s.along(s.value("ei", x), s.quotient(s.exp(x), x), x),
        ball="ei",
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
        fixed=(0,),
        mpmath="expint",
        latex=r"\operatorname{{E}}_{{{0}}}\left({1}\right)",
        aliases=("expn", "ExpIntegralE"),
        domain=(REALS, Interval(0, low_closed=True)),
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
        ball="li",
        mpmath="li",
        latex=r"\operatorname{{li}}\left({0}\right)",
        aliases=("LogIntegral",),
        domain=(POSITIVE,),
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
