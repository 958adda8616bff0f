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


def test_the_singular_minimum_of_powell_is_not_called_a_minimum() -> None:
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


@pytest.mark.parametrize("method", ["descent", "adam"])
def test_just_so_many_steps_are_taken_as_are_asked_for(method: str) -> None:
    for expression, start, count in (("cos(x)", "0", 3), ("x^2", "0", 1), ("x^2", "3", 3000)):
        ran = run_adiff(
            *("minimize", expression, "--from", start, "--method", method),
            *("--steps", str(count), "--format", "csv"),
        )
        (row,) = rows_of(ran)
        assert (ran.code, int(row["steps"]), row["status"]) == (0, count, "stopped")


def test_steps_that_overshoot_are_taken_too() -> None:
    argv = ["--from", "2.971066", "--method", "descent", "--lr", "0.7", "--steps", "3"]
    ran = run_adiff("minimize", "x^4", *argv, "--format", "csv")
    x = 2.971066
    for _ in range(3):
        x = x - 0.7 * (4 * x**3)
    (row,) = rows_of(ran)
    assert (ran.code, row["steps"]) == (0, "3")
    assert float(row["x"]) == pytest.approx(x, rel=1e-12)


def test_the_last_step_may_lead_to_a_kink_and_no_further() -> None:
    argv = ["--from", "3", "--method", "descent", "--lr", "1", "--format", "csv"]
    three = run_adiff("minimize", "abs(x)", *argv, "--steps", "3")
    (row,) = rows_of(three)
    assert (three.code, row["x"], row["f"], row["|grad|"]) == (0, "0.0", "0.0", "")
    four = run_adiff("minimize", "abs(x)", *argv, "--steps", "4")
    (row,) = rows_of(four)
    assert (four.code, row["x"], row["steps"], row["status"]) == (3, "0.0", "3", "no derivative")


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
        ("(x-1/3)^4", "3", "converged", 0),
        ("abs(x)^1.5", "1", "converged", 0),
        ("x^3", "3", "converged", 1),  # an inflection
        ("x^3", "0", "converged", 1),
        ("(x-1/3)^3", "3", "converged", 1),
        ("(x+y)^2", "x=1,y=2", "converged", 1),  # a minimum, which its Hessian does not show
        ("floor(x)", "0.5", "converged", 1),
        ("x > 3", "1", "converged", 1),
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


# Functions that have no minimum where these starts lead, however small their gradients are.
WITHOUT_MINIMUM = [
    ("x*exp(-x)", "3", ""),
    ("x^2*exp(-x)", "5", ""),
    ("exp(-x)*(x^2-1)", "4", ""),
    ("exp(-x^2)", "30", ""),
    ("exp(-x)", "1e5", ""),
    ("exp(-(x-1e6))", "1e6", "lbfgs"),
    ("erfc(x)", "30", ""),
    ("exp(-x)", "800", "lbfgs"),
    ("exp(-x)", "800", "descent"),
    ("exp(-1/x^2)", "0.5", ""),  # its minimum, 0, is no value of the formula
    ("exp(-1/x^2)", "0.03", ""),
    ("exp(-1/x^2)", "1e-6", ""),
    ("exp(-1/x^2)", "1e-8", ""),
    ("1-exp(-(x-3)^2)", "40", ""),  # a minimum at 3, out of sight
    ("exp(-x^2-y^2)", "x=20,y=20", ""),
    ("exp(-x^2-y^2)", "x=2,y=2", "lbfgs"),
    ("x^3", "3", "lbfgs"),
    ("tanh(x)", "1e-9", ""),
    ("exp(-x)", "10", "descent"),
    ("exp(-x)", "30", "adam"),
    ("cosh(x)-x + 1e10+(y-1/3)^3", "x=-2,y=3.7", "lbfgs"),  # falls on, below the rounding of f
]


@pytest.mark.parametrize(("expression", "start", "method"), WITHOUT_MINIMUM)
def test_no_minimum_is_claimed_where_f_only_underflows_or_runs_away(
    expression: str, start: str, method: str
) -> None:
    chosen = ["--method", method] if method else []
    ran = run_adiff("minimize", expression, f"--from={start}", *chosen, "--format", "json")
    assert ran.code == 1
    (one,) = json.loads(ran.stdout)["results"]
    assert one["found"] in ("", "inflection, not a minimum", "stationary")
    assert one["reason"] or one["found"]


def test_a_minimum_is_found_from_where_everything_is_tiny() -> None:
    for start in ("30", "40"):
        found = minimize("-exp(-x^2)", start)
        assert (found.point, found.value, found.kind) == ((0.0,), -1.0, "minimum")
    assert minimize("x^4", 1e-110).point == (0.0,)


def test_a_hundred_variables_that_run_away_are_no_minimum() -> None:
    zeros = ",".join(["0"] * 100)
    found = minimize("sum(exp(-x))", {"x": f"[{zeros}]"}, steps=200)
    assert (found.status, found.is_found) == ("stopped", False)


@pytest.mark.parametrize(
    ("expression", "start", "kind"),
    [
        ("x^4", "3", "minimum"),
        ("x^12", "3", "minimum"),
        ("-x^4", "0", "maximum, not a minimum"),
        ("x^3", "3", "inflection, not a minimum"),
        ("x^5 + x^7", "0", "inflection, not a minimum"),
        ("(x-1/3)^3", "3", "stationary, not a minimum"),
        ("(x-1/3)^4", "0.3333333333333333", "minimum"),
        ("(x^2-2)^4", "1", "minimum"),
        ("1 - cos(x)^4", "1", "minimum"),
        ("x*abs(x)", "1", "stationary, not a minimum"),
        ("abs(x)^1.5", "1", "minimum"),
        ("floor(x)", "0.5", "flat"),
        ("max(x, 0)^2", "-1", "flat"),
    ],
)
def test_what_the_hessian_does_not_show_is_told_by_higher_derivatives_or_slopes(
    expression: str, start: str, kind: str
) -> None:
    found = minimize(expression, start)
    assert (found.status, found.kind) == ("converged", kind)
    assert found.is_found == (kind == "minimum")


def test_a_maximum_is_described_as_what_f_is_there() -> None:
    found = minimize("x^2", 0, maximize=True)
    assert (found.kind, found.curvature) == ("minimum, not a maximum", "positive definite")
    assert minimize("-x^2", 0).curvature == "negative definite"
    top = minimize("-x^4", 1, maximize=True)
    assert (top.kind, top.reason) == (
        "maximum",
        "the 4th derivative is the first that is not 0 there; it is below 0",
    )
    away = minimize("x^2", 1, maximize=True)
    assert away.status == "unbounded above"
    assert away.value > 1e18
    assert f"f is {away.value:.6g}" in away.reason


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
    assert (found.kind, found.curvature) == ("minimum", "positive definite")


def test_a_long_formula_of_one_variable_goes_by_newtons_method() -> None:
    found = minimize(" + ".join(f"(x-{i})^2" for i in range(2000)), 1)
    assert (found.method, found.point, found.kind) == ("newton", (999.5,), "minimum")


def test_a_very_long_formula_says_that_it_goes_by_another_method() -> None:
    terms = " + ".join(f"(x{i % 8}-{i})^2" for i in range(1200))
    start = ",".join(f"x{i}=1" for i in range(8))
    ran = run_adiff("minimize", terms, "--from", start, "--steps", "2")
    assert "note: the formula is long: L-BFGS instead of Newton's method" in ran.stderr


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
