"""Implicit derivatives against mpmath's root finder, closed forms, and fractions by hand."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import comb, factorial
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mpmath import mp

from autodiffcli.constants import fraction, typed_item
from autodiffcli.curves.curve_points import Curve, NoRoot, OffCurve, moved, on_curve
from autodiffcli.curves.implicit import derivatives
from autodiffcli.parser import parse
from autodiffcli.typed import Constant


def at(**typed: str) -> dict[str, Constant]:
    found = {}
    for name, text in typed.items():
        (number,) = typed_item(text, [1.0])
        assert isinstance(number, Constant)
        found[name] = number
    return found


def curve(equation: str, of: str = "y", by: str = "x") -> Curve:
    return Curve(parse(equation, equation=True), of, by)


def values(equation: str, order: int, of: str = "y", by: str = "x", **typed: str) -> list[float]:
    there = on_curve(curve(equation, of, by), at(**typed))
    assert there is not None
    found = derivatives(curve(equation, of, by), there, order)
    assert {verdict.status for verdict in found} == {"exact"}
    return [verdict.value for verdict in found]


# -- closed forms


def test_a_circle_at_a_pythagorean_point() -> None:
    assert values("x^2 + y^2 = 25", 2, x="3", y="4") == [-3 / 4, -25 / 64]


def test_every_order_of_a_circle() -> None:
    """y^2 = 25 - x^2 as the square of a power series, by fractions."""
    c = [Fraction(4)]
    square = [Fraction(16), Fraction(-6), Fraction(-1)]
    for n in range(1, 101):
        inner = sum((c[k] * c[n - k] for k in range(1, n)), Fraction(0))
        c.append(((square[n] if n < 3 else 0) - inner) / 8)
    expected = [float(c[n] * factorial(n)) for n in range(1, 101)]
    assert values("x^2 + y^2 = 25", 100, x="3", y="4") == expected


def test_a_point_is_taken_as_typed() -> None:
    # 0.6 and 0.8 are no doubles, and 0.6^2 + 0.8^2 = 1 exactly
    assert values("x^2 + y^2 = 1", 1, x="0.8", y="0.6") == [float(Fraction(-4, 3))]
    assert values("x^2 + y^2 = 4", 2, x="sqrt(2)", y="sqrt(2)") == [-1.0, -float(mp.sqrt(2))]


def test_lambert_w_at_e() -> None:
    """W'(e) = 1/(2e), W''(e) = -3/(8 e^2): DLMF 4.13.4 and its derivative."""
    with mp.workdps(30):
        expected = [float(1 / (2 * mp.e)), float(-3 / (8 * mp.e**2))]
    assert values("y*exp(y) = x", 2, x="e", y="1") == expected


# -- mpmath: the root of F(x, .) as a function of x

REFERENCES: dict[str, tuple[Callable[..., Any], str, str, dict[str, str]]] = {
    "x^3 + y^3 = 3x*y": (lambda x, y: x**3 + y**3 - 3 * x * y, "y", "x", {"x": "1.5", "y": "1.5"}),
    "y*exp(y) = x": (lambda x, y: y * mp.exp(y) - x, "y", "x", {"x": "1", "y": "0.6"}),
    "x*sin(y) + cos(x*y) = 1.2": (
        lambda x, y: x * mp.sin(y) + mp.cos(x * y) - mp.mpf("1.2"),
        "y",
        "x",
        {"x": "1.1", "y": "0.4"},
    ),
    "y^y = x": (lambda x, y: y**y - x, "y", "x", {"x": "3", "y": "1.8"}),
    "gamma(y) = x": (lambda x, y: mp.gamma(y) - x, "y", "x", {"x": "2.5", "y": "3.2"}),
}


@pytest.mark.parametrize("equation", REFERENCES)
def test_derivatives_agree_with_mpmath(equation: str) -> None:
    rule, of, by, start = REFERENCES[equation]
    here = curve(equation, of, by)
    there = moved(here, at(**start))
    found = derivatives(here, there, 6)
    with mp.workdps(90):
        x0 = mp.mpf(start[by])

        def root(x: Any) -> Any:
            return mp.findroot(lambda y: rule(x, y), mp.mpf(start[of]), tol=mp.eps)

        expected = mp.taylor(root, x0, 6)
        for n, verdict in enumerate(found, 1):
            assert verdict.value == pytest.approx(float(expected[n] * mp.factorial(n)), rel=3e-16)


@pytest.mark.parametrize("by", ["M", "ecc"])
def test_keplers_equation_by_either_parameter(by: str) -> None:
    here = curve("M = E - ecc*sin(E)", "E", by)
    found = derivatives(here, moved(here, at(M="1", E="1", ecc="0.2")), 4)
    with mp.workdps(90):
        place = {"M": mp.mpf(1), "ecc": mp.mpf(1) / 5}

        def root(t: Any) -> Any:
            p = {**place, by: t}
            return mp.findroot(lambda v: v - p["ecc"] * mp.sin(v) - p["M"], 1, tol=mp.eps)

        expected = mp.taylor(root, place[by], 4)
        for n, verdict in enumerate(found, 1):
            assert verdict.value == pytest.approx(float(expected[n] * mp.factorial(n)), rel=3e-16)


# -- any polynomial curve

POWERS = [(i, j) for i in range(4) for j in range(4 - i)]
SMALL = st.fractions(min_value=-3, max_value=3, max_denominator=9)


@given(st.lists(st.integers(-5, 5), min_size=len(POWERS), max_size=len(POWERS)), SMALL, SMALL)
def test_slopes_of_cubic_curves_are_correctly_rounded(
    c: list[int], x: Fraction, y: Fraction
) -> None:
    def slope(a: int, b: int) -> Fraction:
        """d^(a+b) F / dx^a dy^b."""
        terms = (
            n
            * comb(i, a)
            * factorial(a)
            * comb(j, b)
            * factorial(b)
            * x ** max(i - a, 0)
            * y ** max(j - b, 0)
            for n, (i, j) in zip(c, POWERS, strict=True)
        )
        return sum(terms, Fraction(0))

    fx, fy, fxx, fxy, fyy = slope(1, 0), slope(0, 1), slope(2, 0), slope(1, 1), slope(0, 2)
    assume(fy != 0)
    text = " + ".join(f"({n})*x^{i}*y^{j}" for n, (i, j) in zip(c, POWERS, strict=True))
    equation = f"{text} + 0*x*y = {slope(0, 0)}"
    found = derivatives(curve(equation), {"x": fraction(x), "y": fraction(y)}, 2)
    first = -fx / fy
    second = -(fxx + 2 * fxy * first + fyy * first**2) / fy
    assert [verdict.value for verdict in found] == [float(first), float(second)]


# -- where there is none

MATTERS = {
    ("x^2 + y^2 = 25", "5", "0"): ("infinite", "vertical tangent"),
    ("x^3 + y^3 = 3x*y", "cbrt(4)", "cbrt(2)"): ("infinite", "vertical tangent"),
    ("x^3 + y^3 = 3x*y", "0", "0"): ("undecided", "crosses itself there, with slopes 0 and inf"),
    ("y^2 = x^2*(x+1)", "0", "0"): ("undecided", "crosses itself there, with slopes -1 and 1"),
    ("y^2 = x^3", "0", "0"): ("undecided", "may cross itself or have a cusp there"),
    ("y^3 = x^5", "0", "0"): ("undecided", "may cross itself or have a cusp there"),
    ("(y-x)^2 = 0", "1", "1"): ("undecided", "may cross itself or have a cusp there"),
    ("x^2 + y^2 = 0", "0", "0"): ("undecided", "no other point of the curve is near"),
    ("abs(x) + abs(y) = 1", "0", "1"): ("kink", "abs(x)"),
    ("x*abs(x) + y = 0", "0", "0"): ("undecided", "abs(x)"),
    ("sqrt(x) + y = 1", "0", "1"): ("infinite", ""),
    ("floor(x) + y = 1", "1", "0"): ("jump", ""),
    ("sin(x)/x = y", "0", "1"): ("undecided", "sin(x)/x is 0/0 there"),
}


@pytest.mark.parametrize(("equation", "x", "y"), MATTERS, ids=str)
def test_what_is_no_derivative_is_named(equation: str, x: str, y: str) -> None:
    there = on_curve(curve(equation), at(x=x, y=y))
    assert there is not None
    status, reason = MATTERS[equation, x, y]
    for verdict in derivatives(curve(equation), there, 3):
        assert verdict.status == status and verdict.value != verdict.value
        assert reason in verdict.reason


# -- points beside the curve

VALUELESS = {
    ("log(x) + y = 0", "-1", "0"): "log(x) is not real there",
    ("1/x + y = 0", "0", "0"): "1/x has a pole there",
    ("y = tan(x)", "pi/2", "0"): "tan(x) has a pole there",
}


@pytest.mark.parametrize(("equation", "x", "y"), VALUELESS, ids=str)
def test_where_the_equation_has_no_value_there_is_no_curve(equation: str, x: str, y: str) -> None:
    with pytest.raises(OffCurve) as raised:
        on_curve(curve(equation), at(x=x, y=y))
    assert raised.value.reason == VALUELESS[equation, x, y]


def test_a_point_off_by_rounding_is_moved_onto_the_curve() -> None:
    there = on_curve(curve("x^2 + y^2 = 2"), at(x="0.7", y="1.2288205727444508"))
    assert there is not None
    (slope,) = derivatives(curve("x^2 + y^2 = 2"), there, 1)
    with mp.workdps(30):
        exact = -mp.mpf("0.7") / mp.sqrt(2 - mp.mpf("0.49"))
    assert slope.value == float(exact)


def test_a_point_off_the_curve_is_told_how_far() -> None:
    with pytest.raises(OffCurve) as raised:
        on_curve(curve("x^2 + y^2 = 25"), at(x="3", y="4.1"))
    assert raised.value.residual == pytest.approx(0.81)
    assert raised.value.distance == pytest.approx(0.81 / 8.2)


@pytest.mark.parametrize("y", ["4.1", "1", "100", "0.01"])
def test_refining_finds_the_root_to_any_precision(y: str) -> None:
    there = moved(curve("x^2 + y^2 = 24"), at(x="3", y=y))
    from autodiffcli.interpreters.balls import precision

    with precision(700, 1), mp.workdps(200):
        low, high = (mp.mpf(str(end.str(190, radius=False))) for end in _ends(there["y"].ball()))
        assert low <= mp.sqrt(15) * (1 + mp.mpf(10) ** -185)
        assert high >= mp.sqrt(15) * (1 - mp.mpf(10) ** -185)
        assert high - low < mp.mpf(10) ** -180


def _ends(ball: Any) -> tuple[Any, Any]:
    return ball.lower(), ball.upper()


def test_a_root_of_0_is_0() -> None:
    there = moved(curve("y^3 + y = x"), at(x="0", y="0.1"))
    assert there["y"].exact == 0


@pytest.mark.parametrize(("x", "y"), [("6", "4"), ("5", "0.1"), ("0", "0")])
def test_refining_fails_where_there_is_nothing_to_find(x: str, y: str) -> None:
    with pytest.raises(NoRoot):
        moved(curve("x^2 + y^2 = 25"), at(x=x, y=y))
