"""Derivatives inside an expression: what they are, where there are none, in every engine."""

from __future__ import annotations

import csv
import io
import re
from math import isfinite, nan

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from autodiffcli import differentiate
from autodiffcli.diagnostics import AdiffError
from autodiffcli.one_point import judged_at
from autodiffcli.parser import parse
from autodiffcli.plan import Plan
from autodiffcli.program import Program
from autodiffcli.verdict import Verdict
from tests.conftest import run_adiff
from tests.judge import reference_of

VALUE = Plan((), (), "sum", "float64")


def value(expression: str, **numbers: float) -> Verdict:
    program = parse(expression)
    return judged_at(program, {name: numbers[name] for name in program.inputs}, VALUE)[()]


def outside(expression: str, *wrt: str, **numbers: float) -> Verdict:
    """The derivative as --order gives it."""
    program = parse(expression)
    plan = Plan((wrt,), program.inputs, "sum", "float64")
    given = {name: numbers[name] for name in program.inputs}
    return judged_at(program, given, plan)[wrt]


def same(one: Verdict, other: Verdict) -> bool:
    if one.value != one.value or other.value != other.value:
        return one.value != one.value and other.value != other.value
    return one.value == pytest.approx(other.value, rel=1e-14, abs=1e-300)


# -- random formulas

POINT = {"x": 0.8125, "y": -0.3125}
_UNARY = ("sin({})", "cos({})", "exp(sin({}))", "tanh({})", "atan({})", "erf({})", "({})^2")
_BINARY = ("({}) + ({})", "({}) - ({})", "({}) * ({})", "({}) / (2 + sin({}))")
_GROWING = ("log(1 + ({})^2)", "sqrt(1 + ({})^2)", "softplus({})", "abs({} - 7)*1.5")
formulas = st.recursive(
    st.sampled_from(["x", "y", "0.5", "x*y", "x^3"]),
    lambda inner: st.one_of(
        st.builds(str.format, st.sampled_from((*_UNARY, *_GROWING)), inner),
        st.builds(str.format, st.sampled_from(_BINARY), inner, inner),
    ),
    max_leaves=6,
).filter(lambda text: all(re.search(rf"\b{name}\b", text) for name in "xy"))


@settings(max_examples=60)
@given(formulas)
def test_a_derivative_inside_is_the_one_outside(u: str) -> None:
    for variables in (("x",), ("y",), ("x", "x"), ("x", "y"), ("y", "y", "x")):
        inside = value(f"d({u}, {', '.join(variables)})", **POINT)
        assert same(inside, outside(u, *sorted(variables), **POINT)), variables


@settings(max_examples=30)
@given(formulas)
def test_a_derivative_inside_is_that_of_mpmath(u: str) -> None:
    program = parse(u)
    reference = reference_of(program, POINT)
    orders = [int(name == "x") for name in program.inputs]
    expected = reference(*orders)
    found = value(f"d({u}, x)", **POINT).value
    assert abs(found - expected) <= mpf(10) ** -14 * abs(expected) + mpf(10) ** -300


@settings(max_examples=30)
@given(formulas)
def test_a_derivative_inside_is_differentiated_by_order(u: str) -> None:
    for inside, wrt, all_of_them in (
        (f"d({u}, x)", ("x",), ("x", "x")),
        (f"d({u}, x)", ("y",), ("x", "y")),
        (f"d({u}, x, 2)", ("x", "y"), ("x", "x", "x", "y")),
    ):
        assert same(outside(inside, *wrt, **POINT), outside(u, *all_of_them, **POINT))


@settings(max_examples=30)
@given(formulas)
def test_mixed_partials_commute(u: str) -> None:
    assert same(value(f"d({u}, x, y)", **POINT), value(f"d({u}, y, x)", **POINT))
    assert same(value(f"d(d({u}, x), y)", **POINT), value(f"hessian({u}, x, y)[1,0]", **POINT))


@settings(max_examples=30)
@given(formulas, formulas)
def test_d_is_linear_and_obeys_the_product_rule(u: str, v: str) -> None:
    pairs = [
        (f"d(3*({u}) - 2*({v}), x)", f"3*d({u}, x) - 2*d({v}, x)"),
        (f"d(({u})*({v}), x)", f"d({u}, x)*({v}) + ({u})*d({v}, x)"),
        (
            f"d(({u})/(3 + sin({v})), y)",
            f"(d({u}, y)*(3+sin({v}))-({u})*d(sin({v}), y))/(3+sin({v}))^2",
        ),
    ]
    for one, other in pairs:
        assert same(value(one, **POINT), value(other, **POINT)), one


@settings(max_examples=30)
@given(formulas, st.sampled_from(["x*y", "sin(x)", "x^2 - y"]))
def test_the_chain_rule_holds_for_a_function(u: str, inner: str) -> None:
    f = f"f(z, y) = {re.sub(chr(92) + 'bx' + chr(92) + 'b', 'z', u)}"
    whole = value(f"{f}; d(f({inner}, 0.5), x)", **POINT)
    parts = value(f"{f}; at(d(f(z, y), z), z={inner}, y=0.5) * d({inner}, x)", **POINT)
    assert same(whole, parts)


@settings(max_examples=30)
@given(formulas)
def test_operators_are_made_of_derivatives(u: str) -> None:
    pairs = [
        (f"laplacian({u}, x, y)", f"d({u}, x, x) + d({u}, y, y)"),
        (f"grad({u}, x, y)[1]", f"d({u}, y)"),
        (f"div([{u}, x*({u})], x, y)", f"d({u}, x) + x*d({u}, y)"),
        (f"curl([{u}, x*({u})], x, y)", f"({u}) + x*d({u}, x) - d({u}, y)"),
        (f"jacobian([{u}, y], [x, y])[0,1]", f"d({u}, y)"),
        (f"div(grad({u}, x, y), x, y)", f"laplacian({u}, x, y)"),
        (f"curl(grad({u}, x, y), x, y)", "0*x*y"),
    ]
    for one, other in pairs:
        a, b = value(one, **POINT), value(other, **POINT)
        assert a.value == pytest.approx(b.value, rel=1e-13, abs=1e-13), one


@settings(max_examples=30)
@given(formulas, st.sampled_from(["1/2", "y^2", "sin(y)"]))
def test_at_a_place_is_the_derivative_at_that_place(u: str, place: str) -> None:
    there = value(place + " + 0*y", **POINT).value
    found = value(f"at(d({u}, x), x={place})", **POINT)
    assert found.value == pytest.approx(outside(u, "x", x=there, y=POINT["y"]).value, rel=1e-13)


def test_curl_in_space_by_its_definition() -> None:
    x, y, z = 0.5, -1.25, 2.0  # curl (y z^2, sin x, x y^3) = (3 x y^2, 2 y z - y^3, cos x - z^2)
    expected = [3 * x * y * y, 2 * y * z - y**3, float(mp.cos(x)) - z * z]
    for n, number in enumerate(expected):
        text = f"curl([y*z^2, sin(x), x*y^3], x, y, z)[{n}]"
        assert value(text, x=x, y=y, z=z).value == pytest.approx(number, rel=1e-15)


# -- where there is no derivative

NOT_SMOOTH = [
    *(("abs(x)", 0), ("x*abs(x)", 0), ("abs(x)^3", 0), ("sign(x)", 0), ("floor(x)", 1)),
    *(("mod(x, 1)", 0), ("round(x)", 0.5), ("frac(x)", 2), ("floor(x)*x", 0), ("x*sign(x)", 0)),
    *(("max(x, 0)", 0), ("max(x, x^2)", 1), ("where(x >= 0, x, 1)", 0), ("relu(x)^2", 0)),
    *(("where(x > 0, x, x + 1)", 0), ("where(x == 0, 1, x)", 0), ("atan2(0, x)", 0)),
    *(("sqrt(x)", 0), ("x*sqrt(x)", 0), ("x^2*sqrt(x)", 0), ("sqrt(x)^2", 0), ("sqrt(x^2)", 0)),
    *(("cbrt(x)", 0), ("cbrt(x)^3", 0), ("cbrt(x)^4", 0), ("x^1.5", 0), ("x^0", 0)),
    *(("sin(x)/x", 0), ("(1 - cos(x))/x^2", 0), ("x^2/x", 0), ("abs(x)/x", 0), ("1/x", 0)),
    *(("x^x", 0), ("x*log(x)", 0), ("log(x)", -1), ("log(x)", 0), ("log(x^2)", -1)),
    *(("x^2*sin(1/x)", 0), ("exp(-1/x^2)", 0), ("acos(x)", 1), ("acosh(x)^2", 1)),
    *(("tan(x)*cos(x)", 0), ("gamma(x)", -1), ("x*gamma(x)", 0), ("sinc(x)", 0), ("elu(x)", 0)),
    *(("hypot(x, x)", 0), ("abs(abs(x) - 1)", 1), ("where(x > 0, log(x), x)", -1)),
    *(("where(x > 0, exp(-1/x), 0)", 0), ("clamp(x, 0, 1)", 1), ("leaky_relu(x)", 0)),
]


@pytest.mark.parametrize(("u", "x"), NOT_SMOOTH)
def test_points_that_are_not_smooth_get_the_verdict_of_the_derivative_outside(
    u: str, x: float
) -> None:
    for inside, order in ((f"d({u}, x)", 1), (f"d({u}, x, 2)", 2), (f"d(d({u}, x), x)", 2)):
        found, known = value(inside, x=x), outside(u, *["x"] * order, x=x)
        assert (found.status, same(found, known)) == (known.status, True), inside
        if found.left is not None or found.right is not None:
            assert (found.left, found.right) == (known.left, known.right)


@pytest.mark.parametrize(("u", "x"), NOT_SMOOTH)
def test_a_derivative_that_is_missing_is_missing_in_all_that_uses_it(u: str, x: float) -> None:
    if isfinite(outside(u, "x", x=x).value):
        return
    for whole in ("0*{}", "{} - {}", "1 + x*{}", "{}^0", "cos({})", "max({}, -9)", "d({}, x)"):
        assert not isfinite(value(whole.replace("{}", f"d({u}, x)"), x=x).value), whole
    assert value(f"where(x > 90, d({u}, x), 5)", x=x).value == 5


PLANE = [
    *(("abs(x*y)", 0, 2), ("abs(x*y)", 0, 0), ("abs(x - y)*x", 1, 1), ("max(x, y)", 1, 1)),
    *(("where(x > y, x^2, y^2)", 2, 2), ("where(y > 0, x, x + 1)", 1, 0), ("x*abs(y)", 1, 0)),
    *(
        ("x*y + abs(y)", 1, 0),
        ("x + floor(y)", 1, 2),
        ("sign(x)*y", 0, 2),
        ("floor(x)*y", 1, 0),
        ("x/y", 1, 0),
    ),
    *(("log(y) + x", 1, -1), ("sqrt(x^2 + y^2)", 0, 0), ("hypot(x, y)", 0, 0)),
    *(("atan2(y, x)", -1, 0), ("atan2(y, x)", 0, 0), ("x*y/(x^2 + y^2)", 0, 0)),
    *(("x^y", 0, 2), ("x^y", -1, 2), ("sin(x*y)/y", 1, 0), ("(x^2 - y^2)/(x - y)", 1, 1)),
    *(("relu(x)*relu(y)", 0, 1), ("mod(x, y)", 4, 2), ("xlogy(x, y)", 0, 0)),
]


@pytest.mark.parametrize(("u", "x", "y"), PLANE)
def test_so_do_points_of_two_variables(u: str, x: float, y: float) -> None:
    for variables in (("x",), ("y",), ("x", "x"), ("y", "y"), ("x", "y")):
        inside = value(f"d({u}, {', '.join(variables)})", x=x, y=y)
        known = outside(u, *variables, x=x, y=y)
        assert (inside.status, same(inside, known)) == (known.status, True), variables


@pytest.mark.parametrize(("u", "x", "y"), PLANE)
def test_a_hessian_has_no_number_where_there_is_no_second_derivative(
    u: str, x: float, y: float
) -> None:
    if not isfinite(value(u, x=x, y=y).value):
        return
    for n, variables in enumerate((("x", "x"), ("x", "y"), ("y", "y"))):
        found = value(f"hessian({u}, x, y)[{n // 2},{(n + 1) // 2}]", x=x, y=y)
        known = outside(u, *variables, x=x, y=y)
        if isfinite(found.value) and not isfinite(known.value):
            # 0 by its form: the slope by one variable has nothing to do with the other
            assert found.value == 0 and u in ("x + floor(y)", "log(y) + x")
            assert variables != ("y", "y")
        else:
            assert same(found, known), variables


def test_a_kink_that_a_composite_argument_takes_away_is_gone() -> None:
    squared = "f(z) = z*abs(z); g(x) = d(f(2x), x); g(x^2)"
    assert value(squared, x=0).status == "exact"
    assert outside(squared, "x", x=-1) == Verdict(
        "exact", -16.0, ball=outside(squared, "x", x=-1).ball
    )


# -- every engine

ENGINES = [
    ("d(exp(x)*sin(x), x)", "exp(x)*(sin(x) + cos(x))"),
    ("d(x^x, x, 2)", "x^x*((log(x) + 1)^2 + 1/x)"),
    ("u = sqrt(1 + x^2); u_xx + u", "1/(1 + x^2)^1.5 + sqrt(1 + x^2)"),
    ("laplacian(log(x^2 + 1), x)", "(2 - 2*x^2)/(1 + x^2)^2"),
    ("at(d(sin(t)^2, t), t=x^2)", "sin(2*x^2)"),
    ("f(z) = z^3; d(f(x^2), x)", "6*x^5"),
    ("d(besselj(0, x), x)", "-besselj(1, x)"),
    ("d(d(cosh(x), x)*x, x)", "x*cosh(x) + sinh(x)"),
]
IN_TORCH = [pair for pair in ENGINES if "bessel" not in pair[0]]


@pytest.mark.parametrize(("inside", "closed"), ENGINES)
@pytest.mark.parametrize("method", ["auto", "autograd", "taylor"])
def test_methods_agree_with_the_closed_formula(inside: str, closed: str, method: str) -> None:
    at = {"x": [0.5, 1.25, 3.0]}
    found = differentiate(inside, at=at, order=2, method=method)
    truth = differentiate(closed, at=at, order=2)
    for wrt in ((), ("x",), ("x", "x")):
        one = found.derivative(*wrt) if wrt else found.value
        other = truth.derivative(*wrt) if wrt else truth.value
        assert torch.allclose(one, other, rtol=1e-11, atol=1e-13), wrt


@pytest.mark.parametrize(
    ("inside", "closed"), [pair for pair in ENGINES if "bessel" not in pair[0]]
)
def test_many_points_have_the_numbers_of_the_closed_formula(inside: str, closed: str) -> None:
    at = {"x": torch.linspace(0.25, 4, 30_000, dtype=torch.float64)}
    found, truth = differentiate(inside, at=at, order=1), differentiate(closed, at=at, order=1)
    assert found.result.method != "certified"
    assert torch.allclose(found.value, truth.value, rtol=1e-9, atol=1e-11)
    assert torch.allclose(found.derivative("x"), truth.derivative("x"), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("inside", "closed"), ENGINES)
def test_digits_are_those_of_the_closed_formula(inside: str, closed: str) -> None:
    one, other = (run_adiff(text, "--at", "x=1.25", "--digits", "40") for text in (inside, closed))
    assert one.code == other.code == 0
    assert one.stdout == other.stdout


@pytest.mark.parametrize(("inside", "closed"), ENGINES)
def test_bounds_over_an_interval_enclose_what_is_there(inside: str, closed: str) -> None:
    ran = run_adiff(inside, "--at", "x in [1, 1.25]", "--format", "csv")
    assert ran.code == 0
    (cells,) = csv.DictReader(io.StringIO(ran.stdout))
    for number in (1.0, 1.1, 1.25):
        for name, truth in (
            ("y", value(closed, x=number)),
            ("dy/dx", outside(closed, "x", x=number)),
        ):
            low, high = map(float, cells[name].strip("[]").split(","))
            assert low <= truth.value <= high


@pytest.mark.parametrize(("inside", "closed"), ENGINES)
def test_verify_finds_nothing_wrong(inside: str, closed: str) -> None:
    assert run_adiff(inside, "--at", "x=0.5,1.25", "--verify").code == 0


@pytest.mark.parametrize(("inside", "closed"), IN_TORCH)
def test_complex_points(inside: str, closed: str) -> None:
    at = {"x": [0.5 + 0.25j, 1 - 1j]}
    one, other = (differentiate(u, at=at, order=1, dtype="complex128") for u in (inside, closed))
    assert torch.allclose(one.value, other.value, rtol=1e-11)
    assert torch.allclose(one.derivative("x"), other.derivative("x"), rtol=1e-11)


def test_kinks_among_many_points_are_the_ones_of_few() -> None:
    at = torch.cat((torch.arange(-15_000, 15_001, dtype=torch.float64) / 4096, torch.zeros(1)))
    for u in ("x*abs(x)", "where(x > 0, x, x + 1)", "cbrt(x)^3"):
        found = differentiate(f"d({u}, x, 2)", at=at, order=0)
        few = outside(u, "x", "x", x=0)
        assert found.status[15_000] == found.status[-1] == few.status
        assert str(found.value[-1].item()) == str(few.value)
        assert isfinite(found.value[1].item())


def test_what_cancels_among_many_points_is_not_shown_as_exact() -> None:
    near = torch.tensor([1e-9, -1e-9, 1e-7], dtype=torch.float64)
    at = torch.cat((near, torch.linspace(-3, 3, 30_000, dtype=torch.float64)))
    found = differentiate("d((1 - cos(x))/x^2, x)", at=at, order=0)
    for row, x in enumerate(near.tolist()):
        assert found.value[row].item() == pytest.approx(-x / 12, rel=1e-9)


# -- tensors


def test_tensors_are_taken_apart() -> None:
    r = differentiate("grad(sum(x^2)*x[0], x)", at={"x": [1.0, 2.0, 3.0]}, order=0)
    assert r.value.tolist() == [16.0, 4.0, 6.0]  # x.x + 2 x0^2, 2 x1 x0, 2 x2 x0
    r = differentiate("hessian(x[0]^2*x[1], x)", at={"x": [3.0, 5.0]}, order=0)
    assert r.value.tolist() == [[10.0, 6.0], [6.0, 0.0]]
    r = differentiate("laplacian(norm(x)^2, x)", at={"x": [3.0, 4.0]}, order=0)
    assert r.value.item() == pytest.approx(4)


_VECTOR = {"x": [0.75, -1.25, 2.0], "y": [0.5, 1.5, -0.25]}
_SCALARS = ("sum({})", "mean({})", "prod({})", "norm({})", "max({})", "({})[1]", "det(({})[1]*A)")
vectors = st.sampled_from(["x", "y", "[x[0], 2, y[1]*x[2]]", "A @ x", "solve(A, y)", "A.T @ y"])
scalars = st.recursive(
    st.builds(str.format, st.sampled_from(_SCALARS), vectors),
    lambda inner: st.one_of(
        st.builds("({})^2 + x[0]*({})".format, inner, inner),
        st.builds("exp(tanh({}))*y[2]".format, inner),
        st.builds("sum(({})*x*y + sin(x))".format, inner),
        st.builds("([{}, x[1], y[0]] @ y)/3".format, inner),
    ),
    max_leaves=4,
)


@settings(max_examples=40)
@given(scalars)
def test_gradients_of_tensors_are_those_of_torch(u: str) -> None:
    matrix = "A = [[2, 1, 0], [1, 3, x[0]], [0, 0.5, 1]]; "
    known = differentiate(f"{matrix}{u} + 0*sum(x*y)", at=_VECTOR, order=1, method="autograd")
    for name in ("x", "y"):
        source = f"{matrix}grad({u} + 0*sum(x*y), {name}) + 0*sum(x*y)"
        found = differentiate(source, at=_VECTOR, order=0)
        assert torch.allclose(found.value, known.derivative(name), rtol=1e-11, atol=1e-12)


def test_sizes_are_asked_for_where_they_are_needed_and_checked() -> None:
    with pytest.raises(AdiffError):
        differentiate("jacobian(x @ x, x)", at={"x": [[[1.0, 2.0, 3.0]]]}, order=0)


# -- cost


def test_derivatives_of_long_and_deep_formulas() -> None:
    long = " + ".join(f"sin({n}*x)" for n in range(1, 3001))
    expected = sum(n * float(mp.cos(n * mpf(0.5))) for n in range(1, 3001))
    assert value(f"d({long}, x)", x=0.5).value == pytest.approx(expected, rel=1e-12)
    deep = "sin(" * 2000 + "x" + ")" * 2000
    assert value(f"d({deep}, x)", x=0.5).status == "exact"


def steps(expression: str) -> int:
    program: Program = parse(expression)
    return len(program.steps)


def test_a_formula_does_not_explode() -> None:
    assert steps("d(exp(sin(x))*x, x, 6)") < 3000
    assert steps("laplacian(" + " + ".join(f"x_{n}^2" for n in range(1, 201)) + ")") < 3000


def test_an_order_has_a_limit() -> None:
    assert value("d(x^30, x, 30)", x=1.0).value == float(mp.factorial(30))
    with pytest.raises(AdiffError, match="between 1 and 30"):
        parse("d(x^31, x, 31)")
    with pytest.raises(AdiffError, match="of order 30 at most"):
        parse("d(x^31, x, 30, x)")


def test_a_point_that_is_not_finite_has_no_derivative() -> None:
    assert value("d(x^2, x)", x=nan).status == "undecided"


@pytest.mark.parametrize(
    ("inside", "x", "y"),
    [
        ("d(max(x*y, 0), x)", 0, 0),  # at x = 0 there is a derivative where y = 0, and nowhere else
        ("d(min(x, x*y), x)", 0, 1),
        ("d(where(y > 0, abs(x) + x, x), x)", 0, 0),
        ("d(acos(hypot(1, y)) + x*y, x)", 2, 0),  # real where y = 0, and nowhere else
        ("d(sqrt(-y^2) + x*y, x)", 2, 0),
    ],
)
def test_a_ray_along_a_kink_or_beyond_a_domain_has_no_derivatives(
    inside: str, x: float, y: float
) -> None:
    assert isfinite(value(inside, x=x, y=y).value)
    assert not isfinite(outside(inside, "y", x=x, y=y).value)


def test_a_ray_along_a_kink_that_is_smoothed_has_them() -> None:
    assert outside("d(x^2*abs(x)*y^2, x)", "x", "y", x=0, y=3).value == 0
    assert outside("d(x*abs(x)*y, y)", "x", x=0, y=3).value == 0
    assert outside("d(mod(x*y, 1), y)", "x", x=0, y=1).value == 1


# an entry of a vector inside a formula that is differentiated; by hand, at x = 3, t = 2
ENTRIES = {
    "d(2*[x^2, x][0], x) + 0*t": 12,
    "v = x^2*t; d(2*grad(v, x, t)[1], x)": 12,
    "v = x^2*t; d(x + sin(grad(v, x, t)[0])*0, x)": 1,
    "grad(t*[x, x^3][1] + x, x, t)[0]": 55,
}


@pytest.mark.parametrize("expression", ENTRIES)
def test_an_entry_inside_a_formula(expression: str) -> None:
    found = differentiate(expression, at={"x": 3, "t": 2}, order=0)
    assert found.value.item() == pytest.approx(ENTRIES[expression], rel=1e-14)
