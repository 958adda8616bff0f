"""Operators as plain functions: right where there is a value, an exception where there is none."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from autodiffcli import AdiffError, compiled

# Each beside the same function in mpmath, and a box inside its domain.
FUNCTIONS: list[tuple[str, Any, tuple[float, float]]] = [
    ("x^2*y + sin(x*y)", lambda x, y: x**2 * y + mp.sin(x * y), (-2, 2)),
    ("exp(-x^2)*cos(3y)", lambda x, y: mp.exp(-(x**2)) * mp.cos(3 * y), (-2, 2)),
    ("log(x)*y^1.5", lambda x, y: mp.log(x) * mp.power(y, mpf(3) / 2), (0.5, 3)),
    ("atan(x*y)+tanh(x-y)", lambda x, y: mp.atan(x * y) + mp.tanh(x - y), (-2, 2)),
    ("asin(x/3)*acos(y/3)", lambda x, y: mp.asin(x / 3) * mp.acos(y / 3), (-2, 2)),
    ("hypot(x, y)/(1+x^2)", lambda x, y: mp.hypot(x, y) / (1 + x**2), (0.5, 2)),
    ("x^y", lambda x, y: mp.power(x, y), (0.5, 2)),
    ("sigmoid(x*y)", lambda x, y: 1 / (1 + mp.exp(-x * y)), (-2, 2)),
]
HESSIANS = {text: compiled(text, "hessian") for text, _, _ in FUNCTIONS}
_ORDERS = (((2, 0), (1, 1)), ((1, 1), (0, 2)))


@pytest.mark.parametrize(("text", "truth", "box"), FUNCTIONS, ids=[f[0] for f in FUNCTIONS])
@given(st.data())
def test_a_hessian_is_that_of_mpmath(
    text: str, truth: Any, box: tuple[float, float], data: st.DataObject
) -> None:
    place = st.floats(*box).map(lambda number: round(number, 3))
    point = {"x": data.draw(place), "y": data.draw(place)}
    found = HESSIANS[text]
    rows = found(*(point[name] for name in found.inputs))
    order = [("x", "y").index(name) for name in found.inputs]
    with mp.workdps(50):
        at = (mpf(point["x"]), mpf(point["y"]))
        for i in range(2):
            for j in range(2):
                wanted = mp.diff(truth, at, _ORDERS[order[i]][order[j]])
                assert rows[i][j] == pytest.approx(float(wanted), rel=1e-10, abs=1e-10)


def test_the_formula_itself_has_no_operator() -> None:
    assert compiled("x^2+1")(3.0) == 10
    assert compiled("x*y; x+y")(2.0, 3.0) == [6, 5]


def test_a_vector_is_given_as_a_sequence() -> None:
    found = compiled("sum(x^2)*a", "grad", {"x": 3})
    assert found.inputs == ("x", "a")
    assert found([1.0, 2.0, 3.0], 2.0) == [4, 8, 12, 14]


def test_only_what_is_not_0_by_its_form_is_calculated() -> None:
    found = compiled("sum(x^2)", "hessian", {"x": 3})
    assert (found.shape, found.entries) == ((3, 3), (0, 4, 8))
    assert found.values([1.0, 1.0, 1.0]) == [2, 2, 2]
    assert found([1.0, 1.0, 1.0]) == [[2, 0, 0], [0, 2, 0], [0, 0, 2]]


def test_arrays_are_many_points_at_once() -> None:
    found = compiled("sin(x)*y", "grad", library=np)
    x, y = np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])
    slopes = found.values(x, y)
    assert np.allclose(slopes[0], np.cos(x) * y) and np.allclose(slopes[1], np.sin(x))


@pytest.mark.parametrize(
    ("text", "point"), [("log(x)", -1.0), ("sqrt(x)", 0.0), ("1/x", 0.0), ("x^1.5", -1.0)]
)
def test_where_there_is_no_derivative_it_raises(text: str, point: float) -> None:
    with pytest.raises((ValueError, ZeroDivisionError)):
        compiled(text, "grad")(point)


@pytest.mark.parametrize(
    "text", ["abs(x)", "max(x, 1)", "floor(x)*x", "x if x > 0 else 0", "atan2(x, 1)"]
)
def test_what_has_kinks_is_refused(text: str) -> None:
    with pytest.raises(AdiffError, match="not to be had as a plain function"):
        compiled(text, "grad")


def test_an_operator_that_is_none_is_refused() -> None:
    with pytest.raises(AdiffError, match="'hesian' is no operator"):
        compiled("x^2", "hesian")


def test_names_of_variables_are_no_code() -> None:
    assert compiled("f*exp(math)", "grad")(2.0, 0.0) == [1, 2]
    assert math.isclose(compiled("lambda^2*t0", "grad")(3.0, 2.0)[0], 12)


@pytest.mark.parametrize("text", ["log(1+exp(x))", "log(cosh(x))"])
def test_an_overflow_on_the_way_is_no_number(text: str) -> None:
    with pytest.raises(OverflowError):
        compiled(text, "hessian")(600.0)


def test_arrays_raise_too() -> None:
    with np.errstate(all="ignore"), pytest.raises(OverflowError):
        compiled("log(x)", "grad", library=np).values(np.array([1.0, -1.0]))


def test_sizes_are_asked_for_and_checked() -> None:
    with pytest.raises(AdiffError, match="sizes are not given"):
        compiled("sum(x^2)", "grad")
    with pytest.raises(AdiffError, match="no variable"):
        compiled("sum(x^2)", "grad", {"y": 2})
    with pytest.raises(AdiffError, match="whole number"):
        compiled("sum(x^2)", "grad", {"x": -1})
    with pytest.raises(ValueError, match="'x' has 2 entries, and 3 are given"):
        compiled("sum(x^2)", "grad", {"x": 2})([1.0, 2.0, 3.0])


def test_the_order_of_the_arguments_can_be_chosen() -> None:
    found = compiled("log(y)*x", "grad", inputs=("x", "y"))
    assert found.inputs == ("x", "y") and found(2.0, 1.0) == [0, 2]
