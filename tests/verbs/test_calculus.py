"""`adiff gradient`, `jacobian`, `hessian` and their kin: numbers, against mpmath, and mistakes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from mpmath import mp, mpf

from tests.conftest import run_adiff


def document(*argv: str) -> dict[str, Any]:
    ran = run_adiff(*argv, "--format", "json")
    assert ran.code == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def rows(*argv: str) -> list[dict[str, str]]:
    ran = run_adiff(*argv, "--format", "csv")
    assert ran.code == 0, ran.stderr
    return list(csv.DictReader(io.StringIO(ran.stdout)))


def derivative(f: Callable[..., Any], point: Sequence[float], orders: Sequence[int]) -> Any:
    """A partial derivative by mpmath, at the doubles that adiff was given."""
    with mp.workdps(60):
        return mp.diff(f, tuple(map(mpf, point)), tuple(orders))


def unit(n: int, *places: int) -> list[int]:
    return [places.count(k) for k in range(n)]


# J. J. More, B. S. Garbow, K. E. Hillstrom, Testing unconstrained optimization software,
# ACM Transactions on Mathematical Software 7 (1981): functions and standard starting points.


def rosenbrock(x: Any, y: Any) -> Any:
    return (10 * (y - x**2)) ** 2 + (1 - x) ** 2


def beale(x: Any, y: Any) -> Any:
    return sum((b - x * (1 - y**n)) ** 2 for n, b in ((1, mpf(3) / 2), (2, 2.25), (3, 2.625)))


def powell(a: Any, b: Any, c: Any, d: Any) -> Any:
    return (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4


def wood(a: Any, b: Any, c: Any, d: Any) -> Any:
    first = 100 * (b - a**2) ** 2 + (1 - a) ** 2 + 90 * (d - c**2) ** 2 + (1 - c) ** 2
    return first + 10 * (b + d - 2) ** 2 + (b - d) ** 2 / 10


def helical(x: Any, y: Any, z: Any) -> Any:
    turn = mp.atan2(y, x) / (2 * mp.pi)
    return 100 * ((z - 10 * turn) ** 2 + (mp.sqrt(x**2 + y**2) - 1) ** 2) + z**2


def brown_dennis(a: Any, b: Any, c: Any, d: Any) -> Any:
    times = [mpf(n) / 5 for n in range(1, 21)]
    return sum(
        ((a + t * b - mp.exp(t)) ** 2 + (c + d * mp.sin(t) - mp.cos(t)) ** 2) ** 2 for t in times
    )


BROWN_DENNIS = " + ".join(
    f"((a + {t}*b - exp({t}))^2 + (c + d*sin({t}) - cos({t}))^2)^2"
    for t in (f"{n}/5" for n in range(1, 21))
)


def named(given: object) -> str:
    return getattr(given, "__name__", "")


STANDARD: list[tuple[str, Callable[..., Any], str, tuple[float, ...]]] = [
    ("(10*(y - x^2))^2 + (1 - x)^2", rosenbrock, "xy", (-1.2, 1)),
    ("(1.5-x*(1-y))^2 + (2.25-x*(1-y^2))^2 + (2.625-x*(1-y^3))^2", beale, "xy", (1, 1)),
    ("(a + 10b)^2 + 5(c - d)^2 + (b - 2c)^4 + 10(a - d)^4", powell, "abcd", (3, -1, 0, 1)),
    (
        "100(b-a^2)^2 + (1-a)^2 + 90(d-c^2)^2 + (1-c)^2 + 10(b+d-2)^2 + 0.1(b-d)^2",
        wood,
        "abcd",
        (-3, -1, -3, -1),
    ),
    (
        "100*((z - 10*atan2(y, x)/(2*pi))^2 + (sqrt(x^2 + y^2) - 1)^2) + z^2",
        helical,
        "xyz",
        (-1, 0.125, 0),  # beside (-1, 0, 0), which lies on the cut of atan2
    ),
    (BROWN_DENNIS, brown_dennis, "abcd", (25, 5, -5, -1)),
]


@pytest.mark.parametrize(("source", "f", "names", "start"), STANDARD, ids=named)
def test_gradients_and_hessians_of_the_standard_problems(
    source: str, f: Callable[..., Any], names: str, start: tuple[float, ...]
) -> None:
    at = [f"--at={name}={number}" for name, number in zip(names, start, strict=True)]
    at += ["--wrt", ",".join(names)]
    n = len(names)
    gradient, hessian = document("gradient", source, *at), document("hessian", source, *at)
    assert gradient["variables"] == list(names)
    with mp.workdps(60):
        value = f(*map(mpf, start))
    assert abs(gradient["value"][0] - value) <= mpf(10) ** -12 * abs(value)
    assert hessian["value"] == gradient["value"]
    for i in range(n):
        expected = derivative(f, start, unit(n, i))
        assert abs(gradient["gradient"][0][i] - expected) <= mpf(10) ** -12 * abs(expected)
        for j in range(n):
            expected = derivative(f, start, unit(n, i, j))
            error = abs(hessian["hessian"][0][i][j] - expected)
            assert error <= mpf(10) ** -12 * abs(expected) + mpf(10) ** -12


def test_the_helical_valley_starts_on_the_cut_of_its_angle() -> None:
    source = STANDARD[4][0]
    found = document("gradient", source, "--at", "x=-1,y=0,z=0")
    assert found["gradient"] == [[None] * 3] or None in found["gradient"][0]
    assert {flag["status"] for flag in found["flags"]} <= {"jump", "kink"} and found["flags"]


# -- the other operators


FIELD = ("x^2*y", "sin(y*z)", "exp(x)*z")
PLACE = (0.75, -0.5, 1.25)


def field(k: int) -> Callable[..., Any]:
    functions: list[Callable[..., Any]] = [
        lambda x, y, z: x**2 * y,
        lambda x, y, z: mp.sin(y * z),
        lambda x, y, z: mp.exp(x) * z,
    ]
    return functions[k]


def slope(component: int, variable: int) -> float:
    return float(derivative(field(component), PLACE, unit(3, variable)))


AT = ("--at", "x=0.75,y=-0.5,z=1.25")
DIRECTION = (2.0, -1.0, 0.5)
TOWARDS = ("--direction", "x=2,y=-1,z=0.5")


def test_jacobians_and_products_with_them() -> None:
    matrix = [[slope(i, j) for j in range(3)] for i in range(3)]
    text = "; ".join(FIELD)
    found = document("jacobian", text, *AT)["jacobian"][0]
    assert found == [pytest.approx(row, rel=1e-14) for row in matrix]
    along = [sum(a * b for a, b in zip(row, DIRECTION, strict=True)) for row in matrix]
    assert document("jvp", text, *AT, *TOWARDS)["jvp"][0] == pytest.approx(along, rel=1e-13)
    back = [sum(w * row[j] for w, row in zip((1, 2, -3), matrix, strict=True)) for j in range(3)]
    found = document("vjp", text, *AT, "--direction", "1,2,-3")["vjp"][0]
    assert found == pytest.approx(back, rel=1e-13)


def test_divergence_and_curl() -> None:
    text = "; ".join(FIELD)
    found = document("divergence", text, *AT)["divergence"]
    assert found == [pytest.approx(sum(slope(k, k) for k in range(3)), rel=1e-14)]
    turned = [slope(2, 1) - slope(1, 2), slope(0, 2) - slope(2, 0), slope(1, 0) - slope(0, 1)]
    assert document("curl", text, *AT)["curl"][0] == pytest.approx(turned, rel=1e-14)
    assert document("curl", "[-y, x]", "--at", "x=1,y=5")["curl"] == [2.0]


def test_variables_pair_with_components_in_the_order_of_the_points() -> None:
    field = "y; 3*x^2"
    assert document("divergence", field, "--at", "x=1,y=2")["divergence"] == [0.0]
    assert document("divergence", field, "--at", "y=2,x=1")["divergence"] == [7.0]
    assert document("divergence", field, "--at", "x=1,y=2", "--wrt", "y,x")["divergence"] == [7.0]


def test_second_order_operators() -> None:
    def f(x: Any, y: Any, z: Any) -> Any:
        return mp.exp(x * y) * mp.cos(z) + x * z**3

    text = "exp(x*y)*cos(z) + x*z^3"
    second = [[float(derivative(f, PLACE, unit(3, i, j))) for j in range(3)] for i in range(3)]
    found = document("laplacian", text, *AT)["laplacian"]
    assert found == [pytest.approx(sum(second[k][k] for k in range(3)), rel=1e-13)]
    expected = [sum(a * b for a, b in zip(row, DIRECTION, strict=True)) for row in second]
    assert document("hvp", text, *AT, *TOWARDS)["hvp"][0] == pytest.approx(expected, rel=1e-13)
    first = [float(derivative(f, PLACE, unit(3, k))) for k in range(3)]
    along = sum(a * b for a, b in zip(first, DIRECTION, strict=True)) / float(mp.sqrt(5.25))
    found = document("directional", text, *AT, *TOWARDS)["directional"]
    assert found == [pytest.approx(along, rel=1e-13)]


def test_tangents_and_normals() -> None:
    found = document("tangent", "exp(x)", "--at", "x=0")
    assert (found["tangent"], found["equation"]) == ([[1.0]], ["y = 1 + x"])
    found = document("normal", "x^2", "--at", "x=1")
    assert (found["normal"], found["equation"]) == ([[-2.0, 1.0]], ["y = 1 - 0.5*(x - 1)"])
    found = document("normal", "x^2 + y^2", "--at", "x=1,y=2")
    assert found["normal"] == [[-2.0, -4.0, 1.0]]
    assert document("tangent", "abs(x)", "--at", "x=0")["equation"] == [None]
    assert document("normal", "3 + 0*x", "--at", "x=5")["equation"] == ["x = 5"]


# -- points, vectors, statuses


def test_vectors_and_several_of_them() -> None:
    found = document("gradient", "log(sum(exp(x)))", "--at", "x=[1,2,3],[0,0,0]")
    assert found["variables"] == ["x[0]", "x[1]", "x[2]"]
    with mp.workdps(40):
        weights = [mp.exp(n) for n in (1, 2, 3)]
        softmax = [float(w / sum(weights)) for w in weights]
    assert found["gradient"][0] == pytest.approx(softmax, rel=1e-15)
    assert found["gradient"][1] == pytest.approx([1 / 3] * 3, rel=1e-15)
    assert found["points"]["x"] == [[1, 2, 3], [0, 0, 0]]


def test_numbers_made_of_tensors_go_on_in_a_formula() -> None:
    found = document("gradient", "sum(x)^2 + exp(x[0]*mean(x))", "--at", "x=[1,2]")["gradient"][0]
    e = float(mp.exp(1.5))  # 2 sum + e^(x0 m) (m + x0/2), 2 sum + e^(x0 m) x0/2
    assert found == pytest.approx([6 + 2 * e, 6 + e / 2], rel=1e-14)


def test_every_combination_and_pairs() -> None:
    one = rows("gradient", "x*y", "--at", "x=1,2", "--at", "y=3,4")
    assert [(row["x"], row["y"]) for row in one] == [("1.0", "3.0"), ("2.0", "4.0")]
    all_of_them = rows("gradient", "x*y", "--at", "x=1,2", "--at", "y=3,4", "--grid")
    assert [(row["df/dx"], row["df/dy"]) for row in all_of_them] == [
        *(("3.0", "1.0"), ("4.0", "1.0"), ("3.0", "2.0"), ("4.0", "2.0"))
    ]


def test_what_does_not_exist_is_empty_and_named_at_its_point() -> None:
    found = rows("gradient", "abs(x)*y", "--at", "x=-1,0,1,y=2")
    assert [row["df/dx"] for row in found] == ["-2.0", "", "2.0"]
    assert [row["df/dy"] for row in found] == ["1.0", "0.0", "1.0"]
    assert [row["status"] for row in found] == ["exact", "kink", "exact"]


@pytest.mark.parametrize(
    ("source", "at", "status"),
    [
        ("floor(x)", "x=1", "jump"),
        ("mod(x, 1)", "x=2", "jump"),
        ("where(x > y, x, x + 1)", "x=1,y=1", "jump"),
        ("abs(x) + y^2", "x=0,y=1", "kink"),
        ("floor(x)*y", "x=1,y=0", "kink"),
        ("x/y", "x=1,y=0", "pole"),
        ("log(y) + x", "x=1,y=-1", "outside"),
        ("sqrt(x)*y", "x=0,y=1", "infinite"),
    ],
)
@pytest.mark.parametrize("kind", ["hessian", "laplacian"])
def test_second_derivatives_that_are_0_by_their_form_do_not_hide_that_there_are_none(
    kind: str, source: str, at: str, status: str
) -> None:
    ran = run_adiff(kind, source, "--at", at, "--strict", "--format", "json")
    if (kind, source) == ("laplacian", "floor(x)*y"):  # along x it is 0 there, along y a line
        assert ran.code == 0
        return
    assert ran.code == 3
    assert status in {flag["status"] for flag in json.loads(ran.stdout)["flags"]}


def test_sparse_leaves_out_what_is_0_by_its_form() -> None:
    chain = " + ".join(f"(x[{n}] - x[{n + 1}]^2)^2" for n in range(9))
    found = document("hessian", chain, "--at", "x=[1,2,3,4,5,6,7,8,9,10]", "--sparse")["hessian"]
    assert found["shape"] == [10, 10]
    assert all(abs(i - j) <= 1 for i, j in zip(found["rows"], found["columns"], strict=True))
    assert len(found["rows"]) == 28
    whole = document("hessian", chain, "--at", "x=[1,2,3,4,5,6,7,8,9,10]")["hessian"][0]
    pairs = zip(found["rows"], found["columns"], found["values"][0], strict=True)
    assert all(whole[i][j] == value for i, j, value in pairs)
    assert sum(1 for row in whole for entry in row if entry) == 28
    linear = document("hessian", "x/2 + y/3 + x/y", "--at", "x=1,y=2", "--sparse")["hessian"]
    assert sorted(zip(linear["rows"], linear["columns"], strict=True)) == [(0, 1), (1, 0), (1, 1)]


# -- mistakes


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("gradient", "x^2*y", "--at", "x=3"), "no points for 'y'"),
        (("gradient", "x^2*y", "--at", "x=3,y=2", "--wrt", "yy"), "has no variable 'yy'"),
        (("gradient", "x^2", "--at", "x=3", "--wrt", ""), "--wrt"),
        (("gradient", "3"), "the gradient of a constant"),
        (("gradient", "sin(x)", "--at", "x in [0,1]"), "takes points"),
        (("gradient", "[x, y]", "--at", "x=1,y=2"), "gradient is that of a number"),
        (("hessian", "[x, y]", "--at", "x=1,y=2"), "the Hessian is that of a number"),
        (("laplacian", "x; y", "--at", "x=1,y=2"), "no effect"),
        (("jvp", "x*y", "--at", "x=2,y=3"), "jvp needs a --direction"),
        (("jvp", "x*y", "--at", "x=2,y=3", "--direction", "x=1"), "a number for each of"),
        (("jvp", "x*y", "--at", "x=2,y=3", "--direction", "x=1,y=1,z=1"), "names 'z'"),
        (("jvp", "x*y", "--at", "x=2,y=3", "--direction", "x=1,y=one"), "one"),
        (("jvp", "x*y", "--at", "x=2,y=3", "--direction", "x=1,2,y=3"), "has 2 numbers"),
        (("directional", "x", "--at", "x=2", "--direction", "x=0"), "the direction is 0"),
        (("hvp", "sum(x^2)", "--at", "x=[1,2]", "--direction", "x=[1,2,3]"), "has 3 numbers"),
        (("vjp", "x; x^2", "--at", "x=1", "--direction", "1"), "2 numbers, not 1"),
        (("curl", "x; y", "--at", "x=1,y=1", "--wrt", "x"), "2 components and 1 variable"),
        (("curl", "x; y; x; y", "--at", "x=1,y=1"), "as many variables as components"),
        (("divergence", "x + y", "--at", "x=1,y=1"), "that of a vector"),
        (("gradient", "", "--at", "x=1"), "the expression is empty"),
        (("gradient", "x", "--at", "x="), "x="),
        (("gradient", "x", "--at", "x=1", "--format", "yaml"), "yaml"),
        (("gradient", "x", "--at", "x=1", "--precision", "0"), "--precision"),
    ],
)
def test_a_mistake_is_one_error_and_no_output(argv: tuple[str, ...], message: str) -> None:
    ran = run_adiff(*argv)
    assert (ran.code, ran.stdout) == (2, "")
    assert message in ran.stderr and ran.stderr.count("error:") == 1


def test_a_point_that_is_not_finite_is_refused() -> None:
    for number in ("inf", "-inf", "1e999"):
        ran = run_adiff("gradient", "x^2", f"--at=x={number}")
        assert ran.code == 2 and ran.stdout == "", number
