"""All stationary points of several variables: counts from the literature, roots from mpmath."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from autodiffcli.constants import fraction
from autodiffcli.parser import parse
from autodiffcli.stationarity.landmarks import Landscape
from autodiffcli.stationarity.surface import stationary_points
from autodiffcli.typed import Interval

HIMMELBLAU = "(x^2+y-11)^2+(x+y^2-7)^2"
CAMEL = "(4-2.1x^2+x^4/3)x^2+x*y+(4y^2-4)y^2"


def land(expression: str, limit: int = 20_000, **sides: tuple[float, float]) -> Landscape:
    intervals = {
        name: Interval(fraction(Fraction(low)), fraction(Fraction(high)))
        for name, (low, high) in sides.items()
    }
    return stationary_points(parse(expression), intervals, {}, limit)


def kinds(found: Landscape) -> Counter[str]:
    assert not found.unsearched
    return Counter(one.kind for one in found.found)


def test_himmelblau() -> None:
    found = land(HIMMELBLAU, x=(-6, 6), y=(-6, 6))
    # D. M. Himmelblau, Applied Nonlinear Programming (1972): four minima, and their pass points
    assert kinds(found) == {"minimum": 4, "saddle": 4, "maximum": 1}
    assert all(one.proven for one in found.found)
    assert [one.value for one in found.found if one.kind == "minimum"] == [0.0] * 4
    with mp.workdps(50):
        for one in found.found:
            x, y = mp.findroot(
                lambda x, y: (
                    4 * x * (x**2 + y - 11) + 2 * (x + y**2 - 7),
                    2 * (x**2 + y - 11) + 4 * y * (x + y**2 - 7),
                ),
                (one.point["x"], one.point["y"]),
            )
            assert (one.point["x"], one.point["y"]) == (float(x), float(y))


def test_six_hump_camel() -> None:
    found = land(CAMEL, x=(-3, 3), y=(-2, 2))
    # Dixon and Szego (1978): six minima, two of them global, f = -1.0316 at (0.0898, -0.7126)
    assert kinds(found) == {"minimum": 6, "saddle": 7, "maximum": 2}
    best = min(found.found, key=lambda one: one.value or 0)
    assert best.value == pytest.approx(-1.0316284534898774, rel=1e-15)
    with mp.workdps(50):
        x, y = mp.findroot(
            lambda x, y: (8 * x - 42 * x**3 / 5 + 2 * x**5 + y, x - 8 * y + 16 * y**3),
            tuple(best.point.values()),
        )
    assert best.point == {"x": float(x), "y": float(y)}


def test_rosenbrock() -> None:
    (one,) = land("(1-x)^2+100(y-x^2)^2", x=(-5, 5), y=(-5, 5)).found
    assert (one.point, one.kind, one.value, one.proven) == ({"x": 1, "y": 1}, "minimum", 0, True)
    # the Hessian is [[802, -400], [-400, 200]]
    expected = [501 - (501**2 - 400) ** 0.5, 501 + (501**2 - 400) ** 0.5]
    assert one.second == pytest.approx(expected, rel=1e-12)


def test_a_saddle() -> None:
    (one,) = land("x^2-y^2", x=(-1, 1), y=(-1, 1)).found
    assert (one.kind, one.second, one.extremum) == ("saddle", (-2.0, 2.0), "")


def test_a_saddle_of_higher_order() -> None:
    (one,) = land("x^3-3x*y^2", x=(-1, 1), y=(-1, 1)).found
    assert (one.kind, one.point, one.proven) == ("saddle", {"x": 0, "y": 0}, False)


def test_what_the_hessian_does_not_tell_is_called_degenerate() -> None:
    (one,) = land("x^4+y^4", x=(-1, 1), y=(-1, 1)).found
    assert (one.kind, one.point, one.proven) == ("degenerate", {"x": 0, "y": 0}, False)


def test_a_line_of_stationary_points_is_a_box_that_is_undecided() -> None:
    (one,) = land("(x-y)^2", x=(-1, 1), y=(-1, 1)).found
    assert (one.kind, one.proven, one.point) == ("undecided", False, {})
    assert one.box == {"x": (-1, 1), "y": (-1, 1)}


def test_a_grid_of_points() -> None:
    found = land("sin(x)*sin(y)", x=(-7, 7), y=(-7, 7))
    assert kinds(found) == {"saddle": 25, "maximum": 8, "minimum": 8}


def test_rastrigin() -> None:
    # each coordinate by itself: 2x + 20 pi sin(2 pi x) = 0 has 9 roots, of which 5 are minima
    found = land("20+x^2+y^2-10(cos(2pi*x)+cos(2pi*y))", x=(-2, 2), y=(-2, 2))
    assert kinds(found) == {"minimum": 25, "maximum": 16, "saddle": 40}


def test_three_variables() -> None:
    found = land("x^2+y^2+z^2-x*y*z", x=(-3, 3), y=(-3, 3), z=(-3, 3))
    points = {tuple(one.point.values()): one.kind for one in found.found}
    saddles = [(2, 2, 2), (2, -2, -2), (-2, 2, -2), (-2, -2, 2)]
    assert points == {(0, 0, 0): "minimum", **dict.fromkeys(saddles, "saddle")}


def test_a_point_on_the_edge_of_the_box() -> None:
    (one,) = land("x*y", x=(0, 1), y=(0, 1)).found
    assert (one.kind, one.at_end) == ("saddle", True)


ROOT2 = float(mp.sqrt(2))


@pytest.mark.parametrize(
    ("expression", "point", "value"),
    [
        ("abs(x)+y^2", (0, 0), 0),
        ("abs(x)+abs(y)", (0, 0), 0),
        ("max(abs(x),abs(y))", (0, 0), 0),
        ("abs(x)-abs(y)/2+y^2", (0, 0.25), -0.0625),  # also at -1/4, and no extremum at 0
        ("2-abs(x-1)-(y+1)^2", (1, -1), 2),
    ],
)
def test_an_extremum_on_a_kink_is_proven_by_the_slopes_beside_it(
    expression: str, point: tuple[float, float], value: float
) -> None:
    found = land(expression, x=(-2, 2), y=(-3, 2))
    assert found.notes == []
    (one,) = (one for one in found.found if tuple(one.point.values()) == point)
    assert (one.kind, one.value) == ("kink", value)
    assert one.extremum == ("maximum" if value == 2 else "minimum")


@pytest.mark.parametrize(
    ("expression", "point"),
    [
        ("abs(x-y)+x^2+y^2", (0, 0)),
        ("abs(x-1/3)+(y-1)^2", (1 / 3, 1)),
        ("abs(x-sqrt(2))+abs(y-pi/4)", (ROOT2, float(mp.pi / 4))),
        ("max(x^2+y^2,(x-1)^2+y^2)", (0.5, 0)),
        ("max(3x+y,-x+2y,-2x-3y)", (0, 0)),
        ("abs(x-abs(y))+y^2", (0, 0)),
    ],
)
def test_another_one_is_a_row_that_proves_nothing(
    expression: str, point: tuple[float, float]
) -> None:
    (one,) = land(expression, x=(-2, 2), y=(-2, 2)).found
    assert (tuple(one.point.values()), one.kind, one.extremum) == (point, "kink", "")
    assert "a minimum along every line that was tried" in one.reason
    for name, x in one.point.items():
        assert float(one.box[name][0]) <= x <= float(one.box[name][1])


@settings(max_examples=20)
@given(*(st.integers(-8, 8).map(lambda n: n / 8) for _ in range(3)), st.sampled_from([0.5, 1.5, 3]))
def test_the_minimum_of_a_convex_function_is_never_left_aside(
    a: float, b: float, d: float, c: float
) -> None:
    def f(x: float, y: float) -> float:
        return abs(x - a) + c * abs(y - b - d * x) + (y + x) ** 2

    text = f"abs(x-({a}))+{c}*abs(y-({b})-({d})*x)+(y+x)^2"
    found = land(text, x=(-5, 5), y=(-5, 5))
    best = _lowest(lambda x: f(x, _lowest(lambda y: f(x, y))))
    x, y = best, _lowest(lambda y: f(best, y))
    near = 1e-5
    assert any(
        one.box["x"][0] - near <= x <= one.box["x"][1] + near
        and one.box["y"][0] - near <= y <= one.box["y"][1] + near
        for one in found.found
    )


def _lowest(f: Callable[[float], float]) -> float:
    """Where a convex function of a number is lowest, by sections of its interval."""
    low, high = -5.0, 5.0
    for _ in range(80):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, right) if f(left) <= f(right) else (left, high)
    return (low + high) / 2


def test_a_kink_where_the_function_rises_and_falls() -> None:
    (one,) = land("abs(x)-y^2", x=(-1, 1), y=(-1, 1)).found
    assert (one.kind, one.extremum) == ("kink", "")
    assert "rises along one line and falls along another" in one.reason


@pytest.mark.parametrize("expression", ["abs(x)+y", "max(x,y)", "abs(x-y)+3x", "abs(x^2-y)+x+y/2"])
def test_kinks_with_a_direction_downhill_are_left_aside(expression: str) -> None:
    found = land(expression, x=(-1, 1), y=(-1, 1))
    assert (found.found, found.notes, found.unsearched) == ([], [], [])


def test_a_line_of_kinks_is_a_box_that_is_undecided() -> None:
    (one,) = land("abs(x-y)", x=(-1, 1), y=(-1, 1)).found
    assert (one.kind, one.point, one.proven) == ("undecided", {}, False)
    assert one.box == {"x": (-1, 1), "y": (-1, 1)}


def test_jumps_are_mentioned() -> None:
    found = land("where(x>0,x-1,x)-y^2", x=(-1, 1), y=(-1, 1))  # a maximum at 0, not looked for
    assert found.found == []
    assert "jumps" in found.notes[0]


def test_kinks_at_an_end_are_not_listed() -> None:
    assert land("abs(x)+y^2", x=(0, 1), y=(-1, 1)).found == []


def test_a_smooth_point_where_branches_meet() -> None:
    (one,) = land("x*abs(x)+y^2", x=(-1, 1), y=(-1, 1)).found
    assert (one.kind, one.point) == ("degenerate", {"x": 0, "y": 0})


def test_where_a_function_is_constant() -> None:
    (one,) = land("max(x^2+y^2-4,0)", x=(-1, 1), y=(-1, 1)).found
    assert (one.kind, one.value, one.proven) == ("constant", 0.0, True)
    edge, inside = land("max(x^2+y^2-4,0)", x=(-4, 4), y=(-4, 4)).found
    assert (edge.kind, inside.kind) == ("undecided", "constant")
    assert (inside.value, inside.proven) == (0.0, False)


def test_a_constant_that_is_a_function_of_numbers() -> None:
    (one,) = land("x^2-sqrt(2)*x+y^2", x=(-3, 3), y=(-3, 3)).found
    assert (one.kind, one.value) == ("minimum", -0.5)
    with mp.workdps(30):
        assert one.point == {"x": float(1 / mp.sqrt(2)), "y": 0.0}


def test_a_search_that_ends_early_has_found_something() -> None:
    found = land("sin(x)*sin(y)", limit=1_000, x=(-300, 300), y=(-300, 300))
    assert found.unsearched
    assert len(found.found) > 10


def test_a_cone_and_a_pole() -> None:
    (cone,) = land("sqrt(x^2+y^2)", x=(-1, 1), y=(-1, 1)).found
    assert (cone.kind, cone.point, cone.value) == ("kink", {"x": 0, "y": 0}, 0.0)
    (pole,) = land("1/(x^2+y^2)", x=(-1, 1), y=(-1, 1)).found
    assert pole.kind == "pole"


def test_a_limit_ends_the_search_honestly() -> None:
    found = land(HIMMELBLAU, limit=20, x=(-6, 6), y=(-6, 6))
    assert found.unsearched
    assert found.boxes == 20
