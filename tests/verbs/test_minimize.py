"""`adiff minimize`: classic test functions, steps by hand, honest ends."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction
from math import exp, inf, isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from autodiffcli.verbs.minimize import minimize
from tests.conftest import Ran, run_adiff

# More, Garbow and Hillstrom, Testing unconstrained optimization software, ACM TOMS 7 (1981).
THETA = "piecewise(x > 0: atan(y/x)/(2*pi), atan(y/x)/(2*pi) + 0.5)"
BROWN_DENNIS = " + ".join(
    f"((a + {i}/5*b - exp({i}/5))^2 + (c + d*sin({i}/5) - cos({i}/5))^2)^2" for i in range(1, 21)
)
CLASSICS = {
    "rosenbrock": (
        "100*(y-x^2)^2 + (1-x)^2",
        {"x": -1.2, "y": 1},
        {"x": 1, "y": 1},
        0.0,
    ),
    "beale": (
        "(1.5-x*(1-y))^2 + (2.25-x*(1-y^2))^2 + (2.625-x*(1-y^3))^2",
        {"x": 1, "y": 1},
        {"x": 3, "y": 0.5},
        0.0,
    ),
    "powell singular": (
        "(a+10*b)^2 + 5*(c-d)^2 + (b-2*c)^4 + 10*(a-d)^4",
        {"a": 3, "b": -1, "c": 0, "d": 1},
        {"a": 0, "b": 0, "c": 0, "d": 0},
        0.0,
    ),
    "wood": (
        "100*(b-a^2)^2 + (1-a)^2 + 90*(d-c^2)^2 + (1-c)^2 + 10*(b+d-2)^2 + (b-d)^2/10",
        {"a": -3, "b": -1, "c": -3, "d": -1},
        {"a": 1, "b": 1, "c": 1, "d": 1},
        0.0,
    ),
    "helical valley": (
        f"t = {THETA}; 100*(z-10*t)^2 + 100*(sqrt(x^2+y^2)-1)^2 + z^2",
        {"x": -1, "y": 0, "z": 0},
        {"x": 1, "y": 0, "z": 0},
        0.0,
    ),
    "brown and dennis": (
        BROWN_DENNIS,
        {"a": 25, "b": 5, "c": -5, "d": -1},
        {"a": -11.5944, "b": 13.2036, "c": -0.403439, "d": 0.236778},
        85822.2,
    ),
}


@pytest.mark.parametrize("name", CLASSICS)
@pytest.mark.parametrize("method", ["newton", "lbfgs"])
def test_classic_minima_are_found(name: str, method: str) -> None:
    expression, start, minimum, value = CLASSICS[name]
    found = minimize(expression, start, method=method)
    assert found.status == "converged"
    assert found.value == pytest.approx(value, rel=1e-6, abs=1e-12)
    rough = 1e-3 if name == "powell singular" else 1e-5  # f is flat there: 1e-3 makes it 1e-12
    for label, x in zip(found.start.labels, found.point, strict=True):
        assert x == pytest.approx(minimum[label], rel=1e-5, abs=rough)
    assert found.kind in ("minimum", "stationary")


@pytest.mark.parametrize("name", ["rosenbrock", "beale", "wood"])
def test_newtons_method_ends_at_the_minimum_itself(name: str) -> None:
    expression, start, minimum, _ = CLASSICS[name]
    found = minimize(expression, start)
    assert found.method == "newton"
    assert dict(zip(found.start.labels, found.point, strict=True)) == minimum
    assert (found.value, found.steepness, found.kind) == (0.0, 0.0, "minimum")
    assert all(radius > 0 for radius in found.radii)


def test_the_singular_minimum_of_powell_is_not_called_proven() -> None:
    expression, start, _, _ = CLASSICS["powell singular"]
    found = minimize(expression, start)
    assert (found.kind, found.curvature, found.radii) == ("stationary", "singular", ())


def test_a_minimum_is_the_double_nearest_to_the_true_one() -> None:
    for expression, slope, start in (
        ("x^4 - 3x^2 + x", lambda x: 4 * x**3 - 6 * x + 1, 1),
        ("exp(x) - 2x", lambda x: mp.exp(x) - 2, 0),
        ("lgamma(x)", mp.digamma, 2),
        ("x*log(x)", lambda x: mp.log(x) + 1, 1),
    ):
        found = minimize(expression, start)
        with mp.workdps(50):
            assert found.point == (float(mp.findroot(slope, found.point[0])),)
        assert found.radii


# -- gradient descent


def rows_of(ran: Ran) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(ran.stdout)))


def test_a_step_of_descent_is_exactly_p_minus_lr_times_grad() -> None:
    argv = ["--from", "3", "--method", "descent", "--lr", "0.1", "--trace", "--format", "csv"]
    ran = run_adiff("minimize", "x^2", *argv, "--steps", "1")
    assert [row["x"] for row in rows_of(ran)] == ["3.0", "2.4"]
    assert ran.code == 0
    ran = run_adiff("minimize", "x^2", *argv, "--steps", "20")
    x = 3.0
    for row in rows_of(ran):
        assert float(row["x"]) == x
        x = x - 0.1 * (2 * x)


def test_steps_of_descent_in_two_variables_are_those_by_hand() -> None:
    ran = run_adiff(
        *("minimize", "(1-x)^2 + 100*(y-x^2)^2", "--from", "x=-1.2,y=1", "--method", "descent"),
        *("--lr", "0.001", "--steps", "50", "--trace", "--format", "csv"),
    )
    x, y = -1.2, 1.0
    for row in rows_of(ran):
        assert (float(row["x"]), float(row["y"])) == pytest.approx((x, y), rel=1e-13)
        slope_x = -2 * (1 - x) - 400 * x * (y - x * x)
        x, y = x - 0.001 * slope_x, y - 0.001 * (200 * (y - x * x))
        y = float(row["y"]) - 0.001 * (200 * (float(row["y"]) - float(row["x"]) ** 2))


@given(st.floats(-100, 100), st.sampled_from([0.1, 0.3, 0.05]), st.integers(1, 5))
def test_descent_of_a_square_is_that_of_plain_floats(start: float, rate: float, n: int) -> None:
    found = minimize("x^2", repr(start), method="descent", rate=rate, steps=n)
    x = start
    for step in found.steps:
        assert step.point == (x,)
        x = x - rate * (2 * x)


def test_adam_takes_the_steps_of_torch() -> None:
    import torch

    found = minimize("x^2 + exp(x)", 3, method="adam", rate=0.1, steps=20)
    x = torch.tensor([3.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([x], lr=0.1)
    for _ in range(20):
        optimizer.zero_grad()
        (x**2 + torch.exp(x)).sum().backward()
        optimizer.step()
    assert found.point[0] == pytest.approx(x.item(), rel=1e-14)
    assert found.status == "stopped"


# -- ends


@pytest.mark.parametrize(
    ("expression", "start", "status", "code"),
    [
        ("x", "3", "unbounded below", 1),
        ("-x^2", "1", "unbounded below", 1),
        ("x^3", "-1", "unbounded below", 1),
        ("x^2-y^2", "x=1,y=0.1", "unbounded below", 1),
        ("x^2-y^2", "x=1,y=0", "converged", 1),  # a saddle
        ("-x^2", "0", "converged", 1),  # a maximum
        ("exp(-x)", "0", "stopped", 1),
        ("abs(x)", "3", "no derivative", 3),
        ("abs(x)+y^2", "x=1,y=1", "no derivative", 3),
        ("abs(x-0.3)+y^2", "x=1,y=1", "no derivative", 3),
        ("max(x, -2x+1) + x^2", "3", "no derivative", 3),
        ("sqrt(x)", "-1", "left the domain", 1),
        ("x^2", "3", "converged", 0),
        ("x^4", "3", "converged", 0),
        ("x - log(x)", "100", "converged", 0),
        ("5", "x=1", "", 2),
    ],
)
def test_every_end_has_its_word_and_its_exit_code(
    expression: str, start: str, status: str, code: int
) -> None:
    ran = run_adiff("minimize", expression, f"--from={start}", "--format", "json")
    assert ran.code == code, ran.stderr
    if code == 2:
        assert ran.stdout == ""
        return
    (one,) = json.loads(ran.stdout)["results"]
    assert one["status"] == status
    assert ("no minimum is found" in ran.stderr) == (code != 0)


def test_a_rate_too_large_diverges() -> None:
    ran = run_adiff("minimize", "x^2", "--from", "3", "--method", "descent", "--lr", "2")
    assert (ran.code, "diverged" in ran.stdout) == (1, True)


def test_steps_that_were_asked_for_are_no_failure() -> None:
    few = run_adiff("minimize", "x^2", "--from", "3", "--method", "descent", "--steps", "2")
    assert (few.code, few.stderr) == (0, "")
    newton = run_adiff("minimize", "exp(-x)", "--from", "0", "--steps", "2")
    assert newton.code == 1


def test_a_saddle_is_stationary_and_no_minimum() -> None:
    found = minimize("x^2 - y^2", {"x": 1, "y": 0})
    assert (found.curvature, found.kind) == ("indefinite", "saddle, not a minimum")
    assert found.point == (0.0, 0.0)


def test_a_flat_minimum_is_not_claimed_to_be_strict() -> None:
    found = minimize("(x+y)^2", {"x": 1, "y": 2})
    assert (found.kind, found.curvature) == ("stationary", "singular")


def test_maxima_are_found_with_their_own_sign() -> None:
    found = minimize("x*exp(-x)", 0.5, maximize=True)
    assert found.point == (1.0,)
    assert found.value == pytest.approx(exp(-1), rel=1e-15)
    assert found.kind == "maximum"


@given(
    st.lists(st.fractions(-5, 5, max_denominator=8), min_size=3, max_size=3),
    st.lists(st.fractions(-5, 5, max_denominator=8), min_size=2, max_size=2),
)
def test_newton_solves_a_definite_quadratic_in_one_step(
    factor: list[Fraction], right: list[Fraction]
) -> None:
    """f = p'Ap/2 - b'p with A = L L' + I has its minimum where A p = b."""
    l11, l21, l22 = factor
    a, b, d = l11 * l11 + 1, l11 * l21, l21 * l21 + l22 * l22 + 1
    expression = f"({a})*x^2/2 + ({b})*x*y + ({d})*y^2/2 - ({right[0]})*x - ({right[1]})*y"
    found = minimize(expression, {"x": 3, "y": -2})
    determinant = a * d - b * b
    x = (right[0] * d - b * right[1]) / determinant
    y = (a * right[1] - b * right[0]) / determinant
    assert found.point == (float(x), float(y))
    assert found.steps[1].point == pytest.approx((float(x), float(y)), rel=1e-12, abs=1e-15)
    assert (found.kind, found.status) == ("minimum", "converged")


# -- many variables


def test_many_variables_go_to_torch_and_lbfgs() -> None:
    count = 100
    start = ",".join(["-1.2", "1"] * (count // 2))
    rosenbrock = "sum(100*(x[1::2] - x[::2]^2)^2 + (1 - x[::2])^2)"
    found = minimize(rosenbrock, f"[{start}]")
    assert (found.method, found.status) == ("lbfgs", "converged")
    assert all(abs(x - 1) < 1e-6 for x in found.point)
    assert found.curvature == "unknown"


def test_a_vector_is_minimized_entry_by_entry() -> None:
    found = minimize("sum((x-[1,2,3])^2)", {"x": "[0,0,0]"})
    assert dict(zip(found.start.labels, found.point, strict=True)) == {
        "x[0]": 1.0,
        "x[1]": 2.0,
        "x[2]": 3.0,
    }


def test_a_kink_is_met_by_torch_too() -> None:
    zeros = ",".join(["0"] * 30)
    ran = run_adiff("minimize", "sum(abs(x))", "--from", f"x=[{zeros}]")
    assert ran.code == 3
    assert "abs(x)" in ran.stderr


def test_the_start_without_a_value_has_none_in_the_document() -> None:
    ran = run_adiff("minimize", "sqrt(x)", "--from=-1", "--format", "json")
    (one,) = json.loads(ran.stdout)["results"]
    assert (one["point"], one["f"]) == (None, None)
    assert isnan(minimize("sqrt(x)", -1).value)
    assert minimize("sqrt(x)", -1).value != inf
