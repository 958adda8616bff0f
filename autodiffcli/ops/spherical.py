"""Spherical Bessel functions."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

from autodiffcli.ops.op import BY_BALLS, Op, Rule
from autodiffcli.ops.recurrences import composed, degree, entire, ladder


def _spherical(b: Any, m: int, x: Any) -> Any:
    """j_m(x) = sqrt(pi)/2 (x/2)^m/Gamma(m + 3/2) 0F1(; m + 3/2; -x^2/4), m < 0 too. DLMF 10.53."""
    c = b.arb(m) + b.arb(1.5)
    power = prod([x / 2] * m if m >= 0 else [2 / x] * -m, start=b.arb(1))
    return b.pi.sqrt() / 2 * power * c.rgamma() * (-x * x / 4).hypgeom_0f1(c)


def _spherical_rule(value: Rule) -> Rule:
    """f_n' = (n f_(n-1) - (n + 1) f_(n+1))/(2n + 1). DLMF 10.51.2."""

    def rule(b: Any, n: Any, x: Any) -> Any:
        order = degree(b, n)

        def step(m: int) -> dict[int, Fraction]:
            k = order + m
            shares = {m - 1: Fraction(k, 2 * k + 1), m + 1: Fraction(-k - 1, 2 * k + 1)}
            return {target: share for target, share in shares.items() if share}

        def outer(start: Any, length: int) -> list[Any]:
            return ladder(b, lambda m: value(b, order + m, start), step, length)

        return composed(b, x, outer)

    return rule


def _unfolded_yn(b: Any, n: Any, x: Any) -> Any:
    """y_n(x) = (-1)^(n+1) j_(-n-1)(x) at 0. DLMF 10.47.14 and 10.53."""
    order = degree(b, b.fixed(n))
    c = b.arb(0.5) - order
    even = entire(b, x * x, lambda k: b.arb(-0.25) ** k * (c + k).rgamma() / b.arb(k + 1).gamma())
    weight = (-1) ** (order + 1) * b.pi.sqrt() / 2 * b.arb(2) ** (order + 1)
    return b.quotient(weight * even, x ** (order + 1))


def _no_degree(f: Any, n: Any, x: Any) -> Any:
    return (n < 0) | (n != f.torch.round(n))


def _reference_j(m: Any, n: Any, x: Any) -> Any:
    if x < 0:
        return (-1) ** n * _reference_j(m, n, -x)
    return m.sqrt(m.pi / (2 * x)) * m.besselj(n + m.mpf(1) / 2, x) if x else m.mpf(n == 0)


def _reference_y(m: Any, n: Any, x: Any) -> Any:
    if x < 0:
        return (-1) ** (n + 1) * _reference_y(m, n, -x)
    return m.sqrt(m.pi / (2 * x)) * m.bessely(n + m.mpf(1) / 2, x)


OPS = (
    Op(
        name="spherical_jn",
        doc="spherical Bessel function j_n(x) of the first kind, n whole and not negative",
        parameters=("n", "x"),
        torch=BY_BALLS,
        ball=_spherical_rule(_spherical),
        fixed=(0,),
        mpmath=_reference_j,
        latex=r"j_{{{0}}}\left({1}\right)",
        aliases=("sphericalbesselj", "SphericalBesselJ"),
        outside=_no_degree,
    ),
    Op(
        name="spherical_yn",
        doc="spherical Bessel function y_n(x) of the second kind, n whole and not negative",
        parameters=("n", "x"),
        torch=BY_BALLS,
        ball=_spherical_rule(lambda b, n, x: (-1) ** (n + 1) * _spherical(b, -n - 1, x)),
        fixed=(0,),
        mpmath=_reference_y,
        unfold=_unfolded_yn,
        latex=r"y_{{{0}}}\left({1}\right)",
        aliases=("sphericalbessely", "SphericalBesselY"),
        outside=_no_degree,
        pole=lambda f, n, x: x == 0,
    ),
    Op(
        name="spherical_bessel_j0",
        doc="spherical Bessel function j_0(x) = sin(x)/x",
        definition="spherical_jn(0, x)",
        mpmath=lambda m, x: m.sinc(x),
    ),
)
