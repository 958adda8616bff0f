"""All stationary points of one variable: against exact roots, closed forms and mpmath."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import pytest
from flint import fmpz_poly
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from autodiffcli.constants import fraction
from autodiffcli.parser import parse
from autodiffcli.stationarity.curve import Curve
from autodiffcli.stationarity.frame import joined, merged
from autodiffcli.stationarity.landmarks import Landmark, Landscape
from autodiffcli.stationarity.simplest import candidate, shortest
from autodiffcli.stationarity.stationary import stationary_points
from autodiffcli.typed import Interval

LIMIT = 20_000


def land(
    expression: str, low: str | int | Fraction, high: str | int | Fraction, limit: int = LIMIT
) -> Landscape:
    interval = Interval(fraction(Fraction(low)), fraction(Fraction(high)))
    return stationary_points(parse(expression), "x", interval, {}, limit)


def listed(expression: str, low: str | int, high: str | int) -> list[tuple[float, str]]:
    found = land(expression, low, high)
    assert not found.unsearched
    return [(one.point["x"], one.kind) for one in found.found]


def proven(found: Landscape) -> bool:
    return not found.unsearched and all(one.proven for one in found.found)


# -- polynomials


def text_of(coefficients: list[Fraction]) -> str:
    """A polynomial in x, the constant first."""
    terms = (f"({c.numerator}/{c.denominator})*x^{k}" for k, c in enumerate(coefficients))
    return " + ".join(terms)


def times(a: list[Fraction], root: Fraction) -> list[Fraction]:
    """A polynomial times (x - root)."""
    found = [Fraction(0), *a]
    for k, c in enumerate(a):
        found[k] -= root * c
    return found


def kind_of(slope: list[Fraction], root: Fraction, multiplicity: int) -> str:
    """What a root of f' is: by the first derivative of f' there that is not 0."""
    if multiplicity % 2 == 0:
        return "inflection"
    rest = slope
    for _ in range(multiplicity):  # divided by (x - root), Horner's scheme
        quotient = [Fraction(0)] * (len(rest) - 1)
        carry = Fraction(0)
        for k in range(len(rest) - 1, 0, -1):
            carry = rest[k] + root * carry
            quotient[k - 1] = carry
        rest = quotient
    value = sum((c * root**k for k, c in enumerate(rest)), Fraction(0))
    return "minimum" if value > 0 else "maximum"


ROOTS = st.fractions(min_value=-4, max_value=4, max_denominator=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(ROOTS, st.integers(1, 3)), min_size=1, max_size=3), st.booleans())
def test_the_roots_that_a_derivative_was_made_of_are_found(
    chosen: list[tuple[Fraction, int]], turned: bool
) -> None:
    roots = dict(chosen)
    slope = [Fraction(-3 if turned else 3)]
    for root, multiplicity in roots.items():
        for _ in range(multiplicity):
            slope = times(slope, root)
    integral = [Fraction(1), *(c / (k + 1) for k, c in enumerate(slope))]
    found = land(text_of(integral), -5, 5)
    assert proven(found)
    expected = [(float(r), kind_of(slope, r, m)) for r, m in sorted(roots.items())]
    assert [(one.point["x"], one.kind) for one in found.found] == expected
    for one, root in zip(found.found, sorted(roots), strict=True):
        value = sum((c * root**k for k, c in enumerate(integral)), Fraction(0))
        assert one.value == float(value)
        assert one.box["x"][0] <= root <= one.box["x"][1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=3, max_size=7))
def test_polynomials_with_whole_coefficients(coefficients: list[int]) -> None:
    slope = [k * c for k, c in enumerate(coefficients)][1:]
    if not any(slope):
        return
    known = {}
    for root, multiplicity in fmpz_poly(slope).complex_roots():
        if root.imag == 0 and -3 <= float(root.real.mid()) <= 3:
            known[float(root.real.mid())] = multiplicity
    found = land(text_of([Fraction(c) for c in coefficients]), -3, 3)
    assert not found.unsearched
    assert [one.point["x"] for one in found.found] == pytest.approx(sorted(known), rel=1e-15)
    for one, x in zip(found.found, sorted(known), strict=True):
        assert (one.kind == "inflection") == (known[x] % 2 == 0)


# -- closed forms


def test_a_cubic() -> None:
    low, high = land("x^3-3x", -5, 5).found
    assert (low.point, low.kind, low.value, low.second) == ({"x": -1.0}, "maximum", 2.0, (-6.0,))
    assert (high.point, high.kind, high.value, high.second) == ({"x": 1.0}, "minimum", -2.0, (6.0,))


@pytest.mark.parametrize(("expression", "factor"), [("sin(x)", 1), ("cos(3x)", 3)])
def test_every_turn_of_a_wave_is_found_at_the_nearest_double(expression: str, factor: int) -> None:
    found = land(expression, 0, 1000)
    with mp.workdps(50):
        start = mpf(1) / 2 if expression.startswith("sin") else mpf(0)
        count = int(mp.floor(1000 * factor / mp.pi - start)) + 1
        assert [one.point["x"] for one in found.found] == [
            float((start + k) * mp.pi / factor) for k in range(count)
        ]
    assert {one.value for one in found.found} == {-1.0, 1.0}
    assert {one.second[0] for one in found.found} == {-1.0 * factor**2, 1.0 * factor**2}
    assert proven(found)


def test_points_that_crowd_towards_zero() -> None:
    found = land("sin(1/x)", "0.001", 1)
    with mp.workdps(50):
        expected = sorted(float(1 / ((mpf(k) + 0.5) * mp.pi)) for k in range(318))
    assert [one.point["x"] for one in found.found] == expected
    assert proven(found)


def test_a_mixture_of_gaussians() -> None:
    expression = "exp(-(x+2)^2) + 2exp(-(x-1)^2/2) + exp(-(x-4)^2*3)"
    found = land(expression, -6, 6)

    def slope(x: mpf) -> mpf:
        return (
            -2 * (x + 2) * mp.exp(-((x + 2) ** 2))
            - 2 * (x - 1) * mp.exp(-((x - 1) ** 2) / 2)
            - 6 * (x - 4) * mp.exp(-((x - 4) ** 2) * 3)
        )

    with mp.workdps(50):
        steps = [mpf(k) / 50 for k in range(-300, 301)]
        turns = [a for a, b in pairwise(steps) if slope(a) * slope(b) < 0]
        expected = [
            float(mp.findroot(slope, (a, a + mpf(1) / 50), solver="anderson")) for a in turns
        ]
    assert [one.point["x"] for one in found.found] == expected
    assert len(expected) == 5
    assert proven(found)


@pytest.mark.parametrize(
    ("expression", "low", "high", "x", "kind"),
    [
        ("x*exp(-x)", -5, 5, 1.0, "maximum"),
        ("x^x", "0.01", 2, 1 / mp.e, "minimum"),
        ("x^x", 0, 2, 1 / mp.e, "minimum"),
        ("1/(1+x^2)", -50, 50, 0.0, "maximum"),
        ("x^4", -5, 5, 0.0, "minimum"),
        ("-x^20", -1, 1, 0.0, "maximum"),
        ("x^3", -5, 5, 0.0, "inflection"),
        ("(3x-1)^4", -5, 5, 1 / 3, "minimum"),
        ("gamma(x)", "0.1", 9, 1.4616321449683623, "minimum"),  # DLMF 5.4.19
        ("cosh(x)-x^2/2", -3, 3, 0.0, "minimum"),
        ("x*abs(x)", -1, 1, 0.0, "inflection"),
    ],
)
def test_one_point(expression: str, low: int, high: int, x: float, kind: str) -> None:
    assert listed(expression, low, high) == [(float(x), kind)]
    assert proven(land(expression, low, high))


def turn(slope: Callable[[mpf], mpf], k: int) -> mpf:
    """The root between k pi and (k + 1/2) pi."""
    return mp.findroot(slope, (k * mp.pi, (k + mpf(1) / 2) * mp.pi), solver="anderson")


def test_sine_over_x_has_its_maximum_where_it_is_removable() -> None:
    found = land("sin(x)/x", -20, 20).found
    with mp.workdps(50):
        positive = [float(turn(lambda u: mp.sin(u) - u * mp.cos(u), k)) for k in range(1, 6)]
    assert [one.point["x"] for one in found] == [*(-x for x in reversed(positive)), 0.0, *positive]
    middle = found[5]
    assert (middle.kind, middle.value, middle.reason) == ("maximum", 1.0, "removable")
    assert middle.second == (pytest.approx(-1 / 3, rel=1e-16),)
    assert all(one.proven for one in found)


# -- several derivatives that vanish where there is no fraction


def test_an_inflection_at_two_pi_is_told_but_not_called_proven() -> None:
    found = land("x-sin(x)", -10, 10).found
    assert [one.point["x"] for one in found] == [-2 * float(mp.pi), 0.0, 2 * float(mp.pi)]
    assert [one.kind for one in found] == ["inflection"] * 3
    assert [one.proven for one in found] == [False, True, False]


def test_a_slope_that_almost_vanishes_is_no_stationary_point() -> None:
    assert land("x^3+1e-20*x", -1, 1).found == []
    assert len(land("x^3-1e-20*x", -1, 1).found) == 2


# -- kinks and the like


def extremum(one: Landmark) -> tuple[float, str, str]:
    return one.point["x"], one.kind, one.extremum


def test_kinks_are_listed_with_their_extremum() -> None:
    found = land("abs(x^2-1)", -3, 3).found
    assert [extremum(one) for one in found] == [
        (-1.0, "kink", "minimum"),
        (0.0, "maximum", "maximum"),
        (1.0, "kink", "minimum"),
    ]
    assert found[0].sides == (-2.0, 2.0)
    assert all(one.proven for one in found)


def test_kinks_need_no_fraction() -> None:
    found = land("max(x^2-2, 2-x^2)", -3, 3).found
    assert [extremum(one) for one in found] == [
        (-(2**0.5), "kink", "minimum"),
        (0.0, "maximum", "maximum"),
        (2**0.5, "kink", "minimum"),
    ]


def test_a_switch_without_a_kink_is_not_listed() -> None:
    assert land("where(x < 1, x, 2x - 1) + where(x < 1, x, 1)", -3, 3).found == []
    assert land("where(x < 1, 3x, 3x)", -3, 3).found == []


def test_a_cusp_is_a_minimum() -> None:
    (one,) = land("sqrt(abs(x))", -1, 1).found
    assert extremum(one) == (0.0, "kink", "minimum")


def test_intervals_of_stationary_points_are_one_row_each() -> None:
    flat, kink = land("max(x, 0)", -5, 5).found
    assert (flat.kind, flat.box, flat.value) == ("constant", {"x": (-5, 0)}, 0.0)
    assert (kink.kind, kink.sides) == ("kink", (0.0, 1.0))
    steps = land("floor(x)", -1, 2).found
    assert [one.kind for one in steps] == ["constant", "jump", "constant", "jump", "constant"]
    assert [one.value for one in steps] == [-1.0, 0.0, 0.0, 1.0, 1.0]
    assert steps[3].reason == "the limits are 0 and 1"


def test_what_is_constant_as_far_as_can_be_seen() -> None:
    (one,) = land("sin(x)^2+cos(x)^2", -5, 5).found
    assert (one.kind, one.proven, one.value) == ("constant", False, 1.0)


def test_poles_and_ends_of_the_domain() -> None:
    assert listed("1/x", -5, 5) == [(0.0, "pole")]
    assert listed("tan(x)", 0, 3) == [(float(mp.pi) / 2, "pole")]
    found = land("log(x)", -1, 3)
    assert found.outside == [{"x": (-1, 0)}]
    assert [one.kind for one in found.found] == ["pole"]


# -- the interval


def test_a_stationary_point_at_an_end_counts_and_says_so() -> None:
    at_zero, at_pi = stationary_points(
        parse("cos(x)"), "x", Interval(fraction(0), pi_constant()), {}, LIMIT
    ).found
    assert (at_zero.at_end, at_pi.at_end) == (True, True)
    (near,) = land("cos(x)", 0, "3.1415926535897932").found  # less than pi
    assert near.point == {"x": 0.0}
    (one,) = land("abs(x)^3", 0, 1).found
    assert (one.kind, one.at_end) == ("minimum", True)


def pi_constant() -> object:
    from autodiffcli.stationarity.extents import read_extents

    return read_extents(["x=0..pi"], [], parse("x")).intervals["x"].high


def test_kinks_and_ends_of_the_domain_at_an_end_are_not_listed() -> None:
    assert land("abs(x)", 0, 1).found == []
    assert land("sqrt(x)", 0, 5).found == []


def test_a_limit_ends_the_search_honestly() -> None:
    found = land("x^2*sin(1/x)", -1, 1, limit=500)
    assert found.unsearched
    assert found.boxes == 500
    with mp.workdps(30):
        ends = [tuple(map(float, box["x"])) for box in found.unsearched]
        for k in range(1, 200):
            # x^2 sin(1/x) turns where tan(1/x) = 1/(2x)
            u = turn(lambda u: 2 * mp.sin(u) - u * mp.cos(u), k)
            x = 1 / u
            seen = any(abs(one.point["x"] - x) < 1e-14 for one in found.found)
            assert seen or any(low <= x <= high for low, high in ends)


def test_boxes_that_touch_are_merged() -> None:
    one = Fraction(1)
    assert merged([(one, 2 * one), (0 * one, one), (3 * one, 4 * one)]) == [(0, 2), (3, 4)]
    assert joined([]) == []


# -- values given where something is 0/0, and what is nearly constant


def test_a_0_over_0_with_a_value_of_its_own() -> None:
    found = land("where(x==0, 1, sin(x)/x)", -5, 5)
    assert [one.kind for one in found.found] == ["minimum", "maximum", "minimum"]
    assert proven(found)
    odd = land("where(x==0, 5, sin(x)/x)", -5, 5).found[1]
    assert (odd.kind, odd.value, odd.reason) == ("jump", 5.0, "the limit is 1")


def test_a_slope_below_every_double_is_no_slope_of_0() -> None:
    found = land("tanh(1000x)", -1, 1)
    assert (found.found, found.unsearched) == ([], [])


@pytest.mark.parametrize("radius", [1e-3, 0.5, 3.0])
def test_tanh_over_a_wide_ball(radius: float) -> None:
    low, high = Fraction(3, 10) - Fraction(radius), Fraction(3, 10) + Fraction(radius)
    over = Curve(parse("tanh(x)"), "x", {}).inside((low, high), 4)
    for k in range(9):
        x = float(low + (high - low) * k / 8)
        for ball, c in zip(over, mp.taylor(mp.tanh, x, 3), strict=True):
            assert ball.lower() - 1e-9 <= float(c) <= ball.upper() + 1e-9


# -- what is left over


@pytest.mark.parametrize(
    ("expression", "x"),
    [
        ("abs(x)^1.5", Fraction(0)),
        ("abs(x-1/3)^1.5", Fraction(1, 3)),
        ("abs(x-0.12345678)^1.5", Fraction("0.12345678")),
        ("abs(x+2^-30)^1.5", Fraction(-1, 2**30)),
        ("cbrt(x)^4", Fraction(0)),
    ],
)
def test_a_simple_number_where_the_slope_is_0_is_shown(expression: str, x: Fraction) -> None:
    (one,) = land(expression, -1, 1).found
    assert (one.point["x"], one.value, one.kind, one.proven) == (float(x), 0.0, "minimum", False)
    assert "the slope is 0 there" in one.reason


@pytest.mark.parametrize(
    ("expression", "second"), [("abs(x^3)", 0.0), ("abs(x^2)", 2.0), ("max(x^3,-x^3)", 0.0)]
)
def test_a_switch_that_turns_at_a_multiple_root(expression: str, second: float) -> None:
    (one,) = land(expression, -1, 1).found
    assert (one.point["x"], one.value, one.kind, one.proven) == (0.0, 0.0, "minimum", True)
    assert one.second == (second,)


def test_a_second_derivative_that_may_be_0_has_no_digits() -> None:
    found = land("abs(sin(x))^3", -4, 4).found
    seconds = [one.second for one in found if one.kind == "minimum"]
    assert seconds == [(0.0,)] * 3


def test_what_is_no_simple_number_has_a_value_within_its_bounds() -> None:
    _, one = land("abs(x^2-2)^1.5", 0, 2).found
    assert (one.point["x"], one.value, one.kind) == (float(mp.sqrt(2)), 0.0, "minimum")
    low, high = one.box["x"]
    assert low**2 < 2 < high**2


@pytest.mark.parametrize("interval", [(0, 3), (-3, 5), (0, 5), (-7, 7), (1, 2)])
def test_a_jump_of_a_composed_function_is_one_row(interval: tuple[int, int]) -> None:
    found = land("atan(tan(x))", *interval).found
    inside = [
        x for k in range(-5, 6) if interval[0] < (x := (k + 0.5) * float(mp.pi)) < interval[1]
    ]
    assert [one.point["x"] for one in found] == pytest.approx(inside, rel=1e-15)
    assert {one.kind for one in found} == {"jump"}


def test_a_switch_that_is_touched_and_not_crossed() -> None:
    found = land("floor(sin(x))", -3, 3)
    assert not found.unsearched
    assert [(one.kind, one.value) for one in found.found] == [
        ("constant", -1.0),
        ("undecided", None),
        ("constant", -1.0),
        ("jump", 0.0),
        ("constant", 0.0),
        ("undecided", None),
        ("constant", 0.0),
    ]


@pytest.mark.parametrize("limit", [10, 100, 2000])
def test_a_search_that_ends_early_has_found_everything_before_what_is_left(limit: int) -> None:
    found = land("sin(x)", 0, 100_000, limit)
    start = min(float(box["x"][0]) for box in found.unsearched)
    count = round((start - float(mp.pi) / 2) / float(mp.pi) + 0.5)
    first = [one.point["x"] for one in found.found if one.point["x"] < start]
    with mp.workdps(30):
        assert first == [float((k + mpf("0.5")) * mp.pi) for k in range(count)]
    assert limit < 100 or len(first) > limit // 20


# -- simple numbers


@given(st.fractions(-10, 10, max_denominator=1000), st.integers(20, 60))
def test_the_simplest_fraction_of_a_small_box_is_found(x: Fraction, bits: int) -> None:
    width = Fraction(1, 2**bits)
    found = candidate((x - width / 3, x + width))
    assert found is not None and found.denominator <= x.denominator


def test_a_box_around_no_simple_fraction_has_no_candidate() -> None:
    with mp.workdps(40):
        root = Fraction(str(mp.sqrt(2)))
    for bits in range(30, 100, 5):
        assert candidate((root - Fraction(1, 2**bits), root + Fraction(1, 2**bits))) is None


@given(st.fractions(), st.fractions())
def test_the_shortest_decimal_of_a_box(a: Fraction, b: Fraction) -> None:
    low, high = sorted((a, b))
    if low == high:
        return
    found = shortest((low, high))
    assert low <= found <= high
    unit = Fraction(1)  # one unit of the last digit that is not 0
    while found and (found / unit).denominator > 1:
        unit /= 10
    while found and (found / (10 * unit)).denominator == 1:
        unit *= 10
    if found:  # there is no number of one digit fewer
        coarser = 10 * unit
        assert (low / coarser).__ceil__() * coarser > high


def test_shortest_decimals() -> None:
    assert shortest((Fraction(-1), Fraction(1))) == 0
    assert shortest((Fraction("0.1234"), Fraction("0.1299"))) == Fraction("0.124")
    assert shortest((Fraction(99), Fraction(101))) == 100
    assert shortest((Fraction("-31.7"), Fraction("-29.2"))) == -30
