"""`adiff solve`: roots against mpmath at 50 digits, honest ends, systems, proofs."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction
from math import copysign

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from autodiffcli import AdiffError
from autodiffcli.verbs.solve import solve
from tests.conftest import run_adiff

ROOTS = {
    ("cos(x) = x", 1): lambda x: mp.cos(x) - x,
    ("x^2 = 2", 1): lambda x: x * x - 2,
    ("x*exp(x) = 1", 1): lambda x: x * mp.exp(x) - 1,
    ("tan(x) = x", 4): lambda x: mp.tan(x) - x,
    ("x^3 - 2x - 5", 2): lambda x: x**3 - 2 * x - 5,  # Wallis's own example, 1685
    ("x^3 - 2x + 2", 0): lambda x: x**3 - 2 * x + 2,
    ("besselj(0, x)", 2): lambda x: mp.besselj(0, x),
    ("lgamma(x) = 1", 3): lambda x: mp.loggamma(x) - 1,
    ("log(x) + x^2 = 3", 1): lambda x: mp.log(x) + x**2 - 3,
    ("exp(exp(x)) = 1e300", 1): lambda x: mp.exp(x) - 300 * mp.log(10),
    ("x^5 = 1e-10", 1): lambda x: x**5 - mp.mpf(10) ** -10,
    ("sin(1/x)", 0.3): lambda x: mp.sin(1 / x),
    ("erf(x) = 0.999", 1): lambda x: mp.erf(x) - mp.mpf(999) / 1000,
}


@pytest.mark.parametrize(("equation", "start"), ROOTS, ids=str)
def test_a_root_is_the_double_nearest_to_the_true_one(equation: str, start: float) -> None:
    found = solve(equation, start, digits=40)
    with mp.workdps(60):
        true = mp.findroot(ROOTS[equation, start], found.root["x"], verify=False)
        assert found.root["x"] == float(true)
        assert abs(mp.mpf(found.texts[0]) / true - 1) < mp.mpf(10) ** -39
    assert (found.status, found.proven) == ("converged", "exactly one")


def test_many_digits_are_those_of_mpmath() -> None:
    found = solve("cos(x) = x", 1, digits=500)
    with mp.workdps(520):
        assert found.texts[0] == mp.nstr(mp.findroot(lambda x: mp.cos(x) - x, 0.7), 500)


def test_no_other_root_lies_within_the_proven_radius() -> None:
    found = solve("sin(x)", 3)
    assert found.root["x"] == float(mp.pi)
    assert 0 < found.radii[0] < mp.pi  # 0 and 2 pi are roots too


@pytest.mark.parametrize("start", [0.5, 1.4, 2, 10, -3])
def test_atan_is_solved_from_where_newtons_method_diverges(start: float) -> None:
    assert solve("atan(x)", start).root == {"x": 0.0}


@pytest.mark.parametrize(
    ("equation", "start", "root", "multiplicity"),
    [
        ("x^2", 1, 0.0, 2),
        ("x^10", 1, 0.0, 10),
        ("(3x-1)^2", 1, 1 / 3, 2),
        ("(x-0.1)^3*(x+2)", 1, 0.1, 3),
        ("1 - cos(x)", 1, 0.0, 2),
        ("tan(x) = x", 1, 0.0, 3),
    ],
)
def test_multiple_roots_are_found_in_few_steps(
    equation: str, start: float, root: float, multiplicity: int
) -> None:
    found = solve(equation, start)
    assert found.root == {"x": root}
    assert (found.multiplicity, found.proven) == (multiplicity, "exactly one")
    assert found.taken < 20
    assert any(step.how.startswith("multiple") for step in found.steps)


def test_a_multiple_root_that_is_irrational_is_found_and_not_proven() -> None:
    found = solve("(x^2-2)^2", 1)
    assert found.root == {"x": float(mp.sqrt(2))}
    assert (found.proven, found.multiplicity) == ("no", 2)
    cube = solve("(x-pi)^3", 1)
    assert (cube.proven, cube.multiplicity) == ("at least one", 3)  # its sign changes


@pytest.mark.parametrize(
    ("equation", "start", "status"),
    [
        ("x^2 + 1", 1, "derivative 0"),
        ("x^2 + 1", 0.5, "stuck"),
        ("x^2 + 1e-20", 1, "derivative 0"),
        ("1/x", 1, "diverged"),
        ("1/x", -1e-9, "diverged"),
        ("exp(x)", 0, "diverged"),
        ("exp(-x)*x", 2, "diverged"),
        ("x^2 = 2", 0, "derivative 0"),
        ("tan(x)", "1.5707963267948966", "pole"),
        ("1/(x-1)^3", "1.0000000000000002", "pole"),
        ("(x^2-1)/(x-1) = 2", 2, "no value"),
        ("floor(x) = 0.5", 0.3, "derivative 0"),
        ("sign(x-1) + 0.5*cos(x)", 2, "stuck"),
        ("abs(x) = 1", 0, "no derivative"),
        ("sqrt(x) = 2", -1, "left the domain"),
        ("sqrt(x) = -1", 1, "no derivative"),
    ],
)
def test_what_is_no_root_is_never_called_one(
    equation: str, start: float | str, status: str
) -> None:
    found = solve(equation, start)
    assert found.point == ()
    assert found.status in (status, "stuck", "steps used up", "left the domain")
    ran = run_adiff("solve", equation, f"--from={start}")
    assert ran.code == 1
    assert "no root is found" in ran.stderr


def test_the_status_words_are_those_documented() -> None:
    assert solve("x^2 + 1", 1).status == "derivative 0"
    assert solve("1/x", 1).status == "diverged"
    assert solve("abs(x) = 1", 0).status == "no derivative"
    assert solve("sqrt(x) = 2", -1).status == "left the domain"
    assert solve("x^20 = 1e30", 1, steps=1).status == "steps used up"


@pytest.mark.parametrize(
    ("equation", "start", "root"),
    [
        ("exp(x) = 1e300", 1, lambda: 300 * mp.log(10)),
        ("x^1000 - 1", 0.1, lambda: mp.mpf(1)),
        ("x^x = 1e300", 2, lambda: 300 * mp.log(10) / mp.lambertw(300 * mp.log(10))),
        ("x^3 - 2x + 2", 0, lambda: mp.findroot(lambda x: x**3 - 2 * x + 2, -1.77)),
    ],
)
def test_far_roots_are_found_downhill(equation: str, start: float, root: object) -> None:
    found = solve(equation, start)
    with mp.workdps(60):
        assert callable(root)
        assert found.root["x"] == float(root())
    assert found.proven == "exactly one"


@pytest.mark.parametrize(
    ("equation", "start", "has_minimum"),
    [
        ("x^2 + 1", 0.5, True),
        ("x^4 + x^2 + 2", 3, True),
        ("exp(x) + 1", 3, False),  # |f| falls forever
        ("exp(-x^2) + 1", 0.3, False),
    ],
)
def test_a_minimum_of_f_is_claimed_only_where_its_slope_is_0(
    equation: str, start: float, has_minimum: bool
) -> None:
    found = solve(equation, start)
    assert found.point == ()
    assert ("has a minimum" in found.reason) == has_minimum


def test_leaps_go_downhill_and_not_far() -> None:
    for equation, start in (("x^2 + 1", 0.5), ("exp(x) = 1e300", 1), ("exp(-x^2) + 1", 0.3)):
        leaps = [step for step in solve(equation, start).steps if step.how == "leap"]
        assert leaps
        for step in leaps:
            assert step.step is not None
            assert step.slope is not None
            assert copysign(1, step.step[0]) * copysign(1, step.slope * step.values[0]) < 0
            assert abs(step.step[0]) <= 1000


def test_newtons_method_alone_is_the_textbooks() -> None:
    ran = run_adiff("solve", "x^2 = 2", "--from", "1", "--plain", "--trace", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.stdout)))
    x = Fraction(1)
    for row in rows[:4]:
        assert float(row["x"]) == pytest.approx(float(x), rel=1e-15)
        assert float(row["f"]) == pytest.approx(float(x * x - 2), rel=1e-12)
        assert float(row["f'"]) == pytest.approx(float(2 * x), rel=1e-15)
        x -= (x * x - 2) / (2 * x)
    assert rows[-1]["step"] == ""


def test_newtons_method_alone_cycles_and_diverges() -> None:
    cycle = run_adiff("solve", "x^3 - 2x + 2", "--from", "0", "--plain")
    assert (cycle.code, "cycle" in cycle.stdout) == (1, True)
    away = run_adiff("solve", "atan(x)", "--from", "2", "--plain")
    assert (away.code, "diverged" in away.stdout) == (1, True)


def test_a_change_of_sign_at_a_pole_or_a_jump_is_no_bracket() -> None:
    for equation in ("1/x", "tan(x) - 1e9", "floor(x) - 0.5"):
        found = solve(equation, 1)
        if found.point:
            with mp.workdps(50):
                assert abs(mp.tan(mp.mpf(found.point[0])) / 10**9 - 1) < 1e-5


# -- several equations


def test_a_circle_and_a_line() -> None:
    found = solve("x^2+y^2 = 25; y = x+1", {"x": 1, "y": 1})
    assert found.root == {"x": 3.0, "y": 4.0}
    other = solve("x^2+y^2 = 25; y = x+1", {"x": -1, "y": -1})
    assert other.root == {"x": -4.0, "y": -3.0}


def test_a_system_is_solved_to_the_last_bit() -> None:
    found = solve("x^2+y^2 = 4; y = exp(x) - 1", {"x": 1, "y": 1}, digits=30)
    with mp.workdps(50):
        true = mp.findroot(lambda x, y: [x * x + y * y - 4, y - mp.exp(x) + 1], (1, 1.7))
        assert found.point == (float(true[0]), float(true[1]))
        assert abs(mp.mpf(found.texts[1]) - true[1]) < mp.mpf(10) ** -29
    assert found.proven == "exactly one"


def test_a_double_root_of_a_system_is_found() -> None:
    found = solve("x^2+y^2 = 2; x+y = 2", {"x": 3, "y": 0})
    assert found.root == {"x": 1.0, "y": 1.0}
    assert found.proven == "at least one"  # it is one exactly; the Jacobian is singular


@pytest.mark.parametrize(
    ("equations", "start", "root", "proven"),
    [
        ("x^2+y^2 = 1; x^2-y^2 = 1", {"x": 2, "y": 0.5}, {"x": 1, "y": 0}, "at least one"),
        ("x^2+y^2 = 2; x*y = 1", {"x": 1.5, "y": 0.2}, {"x": 1, "y": 1}, "at least one"),
        (
            "x^2+y^2+z^2 = 3; x+y+z = 3; x*y*z = 1",
            {"x": 1.1, "y": 0.9, "z": 1.2},
            {"x": 1, "y": 1, "z": 1},
            "at least one",
        ),
        ("x^2+y^2 = 4; x*y = 2", {"x": 1, "y": 2}, {"x": 2**0.5, "y": 2**0.5}, "no"),
        ("x^2+y^2 = 4; x*y = 2", {"x": 1, "y": 1}, {"x": 2**0.5, "y": 2**0.5}, "no"),
    ],
)
def test_singular_roots_of_systems_are_found_and_told_from_proven_ones(
    equations: str, start: dict[str, str | int | float], root: dict[str, float], proven: str
) -> None:
    found = solve(equations, start)
    assert (found.status, found.proven) == ("converged", proven)
    assert found.root == pytest.approx(root, rel=1e-7, abs=1e-12)
    assert "singular" in found.reason


@pytest.mark.parametrize(
    "equations",
    [
        "x^2+1e-17 = 0; y = 1",
        "(x-1)^2+1e-17 = 0; y = 1",
        "x^2+y^2 = 1; x+y = 3",
        "x^2+y^2; x+y = 1",
    ],
)
def test_a_singular_point_that_is_no_root_is_not_called_one(equations: str) -> None:
    assert solve(equations, {"x": 2.5, "y": 2}).point == ()


def test_a_vector_equation_is_a_linear_system() -> None:
    ran = run_adiff(
        "solve", "A@x = [1, 2]", "--from", "x=[0,0]", "--at", "A=[[2,1],[1,3]]", "-f", "json"
    )
    (one,) = json.loads(ran.stdout)["results"]
    assert one["root"] == {"x[0]": 0.2, "x[1]": 0.6}


numbers = st.integers(-20, 20)


@given(st.lists(numbers, min_size=2, max_size=4, unique=True), st.integers(-30, 30))
def test_every_root_reported_of_a_polynomial_is_one_of_its_roots(
    roots: list[int], start: int
) -> None:
    equation = "*".join(f"(x - ({root}))" for root in roots)
    found = solve(equation, start)
    if found.status == "converged":
        assert found.point[0] in roots
        assert found.proven == "exactly one"
        others = [abs(root - found.point[0]) for root in roots if root != found.point[0]]
        assert found.radii[0] < min(others)
    else:
        assert found.status == "derivative 0"  # it started between two roots


@given(
    st.lists(st.lists(numbers, min_size=2, max_size=2), min_size=2, max_size=2),
    st.lists(numbers, min_size=2, max_size=2),
)
def test_linear_systems_take_one_step(matrix: list[list[int]], right: list[int]) -> None:
    (a, b), (c, d) = matrix
    determinant = a * d - b * c
    equations = f"({a})*x + ({b})*y = {right[0]}; ({c})*x + ({d})*y = {right[1]}"
    found = solve(equations, {"x": 1, "y": 1})
    if not determinant:
        assert found.status in ("derivative 0", "converged")
        return
    x = Fraction(right[0] * d - b * right[1], determinant)
    y = Fraction(a * right[1] - c * right[0], determinant)
    assert found.point == (float(x), float(y))
    assert found.taken <= 2  # the second one where the first was rounded


# -- options and formats


def test_one_row_per_start_and_per_parameter() -> None:
    ran = run_adiff("solve", "x^2 = a", "--from", "1", "--at", "a=4,9,16", "--format", "csv")
    assert [row["x"] for row in csv.DictReader(io.StringIO(ran.stdout))] == ["2.0", "3.0", "4.0"]


def test_a_parameter_is_taken_as_it_is_typed() -> None:
    found = solve("x^2 = a", 1, at={"a": "0.01"}, digits=30)
    assert Fraction(found.texts[0]) == Fraction(1, 10)


def test_a_tolerance_ends_sooner() -> None:
    few = run_adiff("solve", "x^2 = 2", "--from", "1", "--tol", "0.1", "--format", "csv")
    all_ = run_adiff("solve", "x^2 = 2", "--from", "1", "--format", "csv")
    steps = [int(next(csv.DictReader(io.StringIO(ran.stdout)))["steps"]) for ran in (few, all_)]
    assert steps[0] < steps[1]


def test_digits_that_are_not_proven_are_not_shown() -> None:
    ran = run_adiff("solve", "(x^2-2)^2", "--from", "1", "--digits", "30")
    assert ran.code == 1
    assert "1.4142135623730950" not in ran.stdout
    assert "not proven" in ran.stderr


def test_f_is_that_of_all_the_digits_shown() -> None:
    found = solve("x^2 = 2", 1, digits=25)
    with mp.workdps(60):
        assert found.values[0] == pytest.approx(float(mp.mpf(found.texts[0]) ** 2 - 2), rel=1e-9)
    assert abs(found.values[0]) < 1e-23


def test_an_equation_without_a_variable_says_so() -> None:
    for verb, expression in (("solve", "0"), ("minimize", "5")):
        ran = run_adiff(verb, expression, "--from", "1")
        assert (ran.code, ran.stdout) == (2, "")
        assert "the expression has no variable" in ran.stderr


def test_letters_in_another_order_are_the_likeliest_slip() -> None:
    ran = run_adiff("solve", "x^2 = 2", "--form", "1")
    assert (ran.code, "did you mean --from?" in ran.stderr) == (2, True)


def test_what_is_missing_is_null_and_empty() -> None:
    ran = run_adiff("solve", "x^2+1", "--from", "1", "--format", "json")
    (one,) = json.loads(ran.stdout)["results"]
    assert (one["root"], one["f"], one["status"]) == (None, None, "derivative 0")
    row = run_adiff("solve", "x^2+1", "--from", "1", "--format", "csv").stdout.splitlines()[1]
    assert row.startswith("1.0,,,1,derivative 0,no,")


@pytest.mark.parametrize(
    ("equation", "start"), [("sum(x) = 1", "x=[1,2]"), ("x+y = 1", "x=1,y=2"), ("x; x^2", "1")]
)
def test_as_many_equations_as_unknowns(equation: str, start: str) -> None:
    ran = run_adiff("solve", equation, "--from", start)
    assert (ran.code, ran.stdout) == (2, "")


def test_a_wrong_start_is_an_error_with_its_place() -> None:
    with pytest.raises(AdiffError) as caught:
        solve("x = 1", "zwei")
    assert caught.value.diagnostic.origin == "--from "
