"""Propagation against the GUM, the `uncertainties` package, moments in closed form, and samples."""

from __future__ import annotations

import random
from fractions import Fraction
from math import exp, sin, sqrt
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiffcli.parser import parse
from autodiffcli.uncertainties.correlations import read_correlations
from autodiffcli.uncertainties.measurements import read_measurements
from autodiffcli.uncertainties.uncertainty import NoUncertainty, Propagated, propagated


def answer(expression: str, at: str, *correlations: str) -> Propagated:
    program = parse(expression)
    points = read_measurements([at], program)
    return propagated(program, points[0], read_correlations(correlations, points))


# -- the GUM, JCGM 100:2008


def test_power_in_a_resistor() -> None:
    """5.1.3: P = V^2/(R0 (1 + alpha (t - t0))); c_V = 2 P/V and so on."""
    at = "V=10±0.05,R0=100±0.2,a=0.00393±0.00002,t=35±0.5,t0=20"
    found = answer("V^2/(R0*(1+a*(t-t0)))", at)
    p = 100 / (100 * (1 + 0.00393 * 15))
    expected = {
        "V": 2 * p / 10,
        "R0": -p / 100,
        "a": -p * 15 / (1 + 0.00393 * 15),
        "t": -p * 0.00393 / (1 + 0.00393 * 15),
    }
    assert {one.name: one.sensitivity for one in found.inputs if one.uncertainty} == (
        pytest.approx(expected, rel=1e-14)
    )
    # uncertainties 3.2.3
    assert found.uncertainty == pytest.approx(0.009792111485806002, rel=1e-13)


def test_end_gauge() -> None:
    """H.1: u_c(l) = 32 nm, and 34 nm with the second order (H.1.7), in nanometres."""
    at = "ls=50000623±25,d=215±9.7,da=0±0.58e-6,th=-0.1±0.41,as=11.5e-6±1.2e-6,dth=0±0.029"
    found = answer("ls + d - ls*(da*th + as*dth)", at)
    assert found.value == 50000838
    assert round(found.uncertainty) == 32
    parts = {one.name: one.contribution for one in found.inputs}
    assert parts["da"] == pytest.approx(2.9, abs=0.05)
    assert parts["dth"] == pytest.approx(16.6, abs=0.1)
    assert found.second is not None and found.second.matters
    assert round(found.second.uncertainty or 0) == 34
    # H.1.7: the two terms are 11.7 nm (11.9 nm from the numbers beside it) and 1.7 nm
    extra = (found.second.uncertainty or 0) ** 2 - found.uncertainty**2
    assert extra == pytest.approx(11.7**2 + 1.7**2, rel=0.04)


H2 = "V=4.9990±0.0032,I=0.019661±0.0000095,phi=1.04446±0.00075"
R2 = ("V,I=-0.36", "V,phi=0.86", "I,phi=-0.65")
# value and uncertainty of table H.4, and the uncertainty of uncertainties 3.2.3 with its
# correlated_values_norm: the GUM works with more digits of the correlations than it prints
IMPEDANCE = {
    "V/I*cos(phi)": (127.732, 0.071, 0.06997872798837173),
    "V/I*sin(phi)": (219.847, 0.295, 0.29571682684612366),
    "V/I": (254.260, 0.236, 0.23660297183529755),
}


@pytest.mark.parametrize("expression", IMPEDANCE)
def test_resistance_and_reactance(expression: str) -> None:
    found = answer(expression, H2, *R2)
    value, gum, package = IMPEDANCE[expression]
    assert found.value == pytest.approx(value, abs=0.0006)
    assert found.uncertainty == pytest.approx(gum, rel=0.02)
    assert found.uncertainty == pytest.approx(package, rel=1e-9)
    shares = [one.share or 0 for one in found.inputs] + [c.share or 0 for c in found.covariances]
    assert sum(shares) == pytest.approx(1, rel=1e-12)


# -- the package uncertainties 3.2.3, which has derivatives by finite differences for gamma

AT = "x=1.3±0.02,y=-0.7±0.05,z=2.2±0.1"
PACKAGE = {
    "exp(x*y)*sin(z) + atan2(y, x)": (-0.16850198133811545, 0.056236815856876954),
    "(x^z - log(z))/(1 + y^2)": (0.6661675292752643, 0.05115666116170144),
    "sqrt(x^2 + y^2 + z^2)": (2.6495282598983545, 0.08464859488133643),
    "cosh(y)/gamma(z)": (1.1391960138234738, 0.07092082541654278),
    "erf(x)*log10(z)": (0.31982550441581786, 0.01849298576648077),
}


@pytest.mark.parametrize("expression", PACKAGE)
def test_first_order_is_that_of_the_uncertainties_package(expression: str) -> None:
    found = answer(expression, AT)
    assert (found.value, found.uncertainty) == pytest.approx(PACKAGE[expression], rel=1e-8)


# -- moments of normal inputs in closed form


@given(st.fractions(-3, 3, max_denominator=20), st.fractions(0, 2, max_denominator=20))
def test_a_square_is_exact_to_second_order(m: Fraction, s: Fraction) -> None:
    found = answer("x^2", f"{m}±{s}")
    assert found.second is not None
    assert found.second.value == pytest.approx(float(m * m + s * s), rel=1e-15)
    variance = float(4 * m * m * s * s + 2 * s**4)
    assert found.second.uncertainty == pytest.approx(sqrt(variance), rel=1e-15)


@given(
    st.fractions(-3, 3, max_denominator=20),
    st.fractions(-3, 3, max_denominator=20),
    st.fractions(-1, 1, max_denominator=20),
)
def test_a_product_of_correlated_inputs_is_exact_to_second_order(
    a: Fraction, b: Fraction, r: Fraction
) -> None:
    """E[xy] = ab + r s t; Var[xy] by Bohrnstedt and Goldberger, JASA 64 (1969)."""
    s, t = Fraction(1, 5), Fraction(3, 10)
    found = answer("x*y", f"x={a}±{s},y={b}±{t}", f"x,y={r}")
    assert found.second is not None
    first = a * a * t * t + b * b * s * s + 2 * a * b * r * s * t
    assert found.uncertainty == pytest.approx(sqrt(float(first)), rel=1e-12, abs=1e-20)
    assert found.second.value == pytest.approx(float(a * b + r * s * t), rel=1e-15)
    variance = float(first + s * s * t * t * (1 + r * r))
    assert found.second.uncertainty == pytest.approx(sqrt(variance), rel=1e-12)


def test_a_cube_lacks_the_sixth_moment_only() -> None:
    """Var[x^3] = 9 m^4 s^2 + 36 m^2 s^4 + 15 s^6."""
    found = answer("x^3", "2±0.1")
    assert found.second is not None and found.second.uncertainty is not None
    assert found.second.uncertainty**2 == pytest.approx(9 * 16 * 0.01 + 36 * 4 * 1e-4, rel=1e-14)
    assert found.second.bias == pytest.approx(3 * 2 * 0.01, rel=1e-14)


def test_a_lognormal_is_right_to_the_next_order() -> None:
    s = 0.1
    found = answer("exp(x)", f"0±{s}")
    assert found.second is not None and found.second.uncertainty is not None
    assert found.second.value == pytest.approx(exp(s * s / 2), rel=s**4)
    exact = sqrt((exp(s * s) - 1) * exp(s * s))
    assert abs(found.second.uncertainty - exact) < s**5 < abs(found.uncertainty - exact) / 50


def test_samples_agree() -> None:
    """Monte Carlo, JCGM 101:2008: 200,000 samples of a mildly curved formula."""
    found = answer("x^2/y + sin(x*y)", "x=1.2±0.15,y=2±0.2")
    assert found.second is not None and found.second.uncertainty is not None
    source = random.Random(7)
    samples = []
    for _ in range(200_000):
        x, y = source.gauss(1.2, 0.15), source.gauss(2, 0.2)
        samples.append(x * x / y + sin(x * y))
    mean, deviation = fmean(samples), pstdev(samples)
    noise = deviation / sqrt(len(samples))
    assert abs(mean - found.second.value) < 8 * noise < abs(mean - found.value)
    assert found.second.uncertainty == pytest.approx(deviation, rel=0.02)


# -- edges


def test_opposite_inputs_cancel() -> None:
    found = answer("x - y", "x=1±0.1,y=1±0.1", "x,y=1")
    assert found.uncertainty == 0 and [one.share for one in found.inputs] == [None, None]


def test_an_exact_input_may_sit_at_a_kink() -> None:
    assert answer("abs(x) + y", "x=0,y=1±0.5").uncertainty == 0.5


MISSING = {
    ("abs(x)", "0±1"): ("x", "kink"),
    ("1/x", "0±1"): ("", "pole"),
    ("log(x)", "-1±1"): ("", "outside"),
    ("x^1.5", "0±1"): ("x", "endpoint"),
    ("cbrt(x)", "0±1"): ("x", "infinite"),
    ("floor(x)", "2±1"): ("x", "jump"),
}


@pytest.mark.parametrize(("expression", "at"), MISSING)
def test_where_there_is_none(expression: str, at: str) -> None:
    with pytest.raises(NoUncertainty) as raised:
        answer(expression, at)
    assert (raised.value.by, raised.value.verdict.status) == MISSING[expression, at]


def test_a_missing_second_derivative_is_told() -> None:
    found = answer("x*abs(x) + y", "x=0±1,y=0±2")
    assert found.uncertainty == 2 and found.second is None and "kink" in found.missing


def test_a_limit_is_told() -> None:
    found = answer("sin(x)/x", "0±0.1")
    assert found.value == 1 and found.limit == "sin(x)/x is 0/0 there"
    assert found.second is not None
    assert found.second.bias == pytest.approx(-0.01 / 6, rel=1e-14)
