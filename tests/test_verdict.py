"""What is said where a program is not smooth, against one-sided limits by mpmath."""

from __future__ import annotations

from collections.abc import Callable
from math import erfc, exp, isnan, nan, pi, sqrt
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from autodiffcli import Differentiated, differentiate
from autodiffcli.ops import FAMILIES, OPS
from autodiffcli.ops.op import Op
from autodiffcli.parser import parse
from autodiffcli.result import Flag
from tests.judge import Neighbourhood, doubles, kernel, near

HALF_PI = 1.5707963267948966


def _at(expression: str, x: float, order: int = 1) -> Differentiated:
    return differentiate(expression, at={"x": doubles(x)}, order=order)


def _flag(r: Differentiated, *wrt: str) -> Flag | None:
    return next((flag for flag in r.flags if flag.wrt == wrt), None)


def _status(r: Differentiated, *wrt: str) -> str:
    flag = _flag(r, *wrt)
    return flag.status if flag else "exact"


# -- kinks


@pytest.mark.parametrize(
    "expression, x, left, right",
    [
        ("abs(x)", 0, -1, 1),
        ("|x - 2|", 2, -1, 1),
        ("3*abs(x) + x", 0, -2, 4),
        ("max(x, 0)", 0, 0, 1),
        ("max(x^2, x^3)", 1, 2, 3),
        ("min(x^2, x^3)", 1, 3, 2),
        ("max(x, -x, 0)", 0, -1, 1),
        ("relu(x)", 0, 0, 1),
        ("clamp(x, 0, 1)", 0, 0, 1),
        ("clamp(x, 0, 1)", 1, 1, 0),
        ("where(x < 1, x^2, 2 - x)", 1, 2, -1),
        ("where(x > 0, sin(x), -2*x)", 0, -2, 1),
        ("piecewise(x < 0: -x, x < 1: x^2, 2*x - 1)", 0, -1, 0),
        ("sign(x)*x", 0, -1, 1),
        ("abs(x)*exp(x)", 0, -1, 1),
        ("abs(sin(x))", 0, -1, 1),
        ("abs(abs(x) - 1)", 0, 1, -1),
        ("floor(x)*(x - 2)", 2, 1, 2),
        ("(x % 1)*(x - 1)", 1, 1, 0),
        ("(x > 0)*x", 0, 0, 1),
        ("exp(-abs(x))", 0, 1, -1),
        ("atan2(abs(x), -1)", 0, 1, -1),
        ("-abs(x)^1", 0, 1, -1),
        ("log(1 + abs(x))", 0, -1, 1),
        ("sqrt(x^2)", 0, -1, 1),
        ("hypot(x, 0)", 0, -1, 1),
        ("hypot(x, x)", 0, -(2**0.5), 2**0.5),
        # The kink lies beside the double: rounding cannot tell them apart.
        ("abs(cos(x))", HALF_PI, -1, 1),
        ("abs(0.1*x - 0.3)", 3, -0.1, 0.1),
        ("abs(sin(pi*x))", 1, -pi, pi),
        ("abs(x^2 - 2)", 2**0.5, -(8**0.5), 8**0.5),
        ("min(hypot(x, x)^3, x^1.5)", 0.5, 1.5 * 0.5**0.5 * 2, 1.5 * 0.5**0.5),
    ],
)
def test_a_kink_has_a_slope_on_either_side(
    expression: str, x: float, left: float, right: float
) -> None:
    r = _at(expression, x)
    flag = _flag(r, "x")
    assert flag is not None and flag.status == "kink"
    assert (flag.left, flag.right) == (pytest.approx(left), pytest.approx(right))
    assert isnan(r.derivative("x").item())
    assert _status(r) == "exact"  # the value itself is fine


@pytest.mark.parametrize(
    "expression, x, derivatives",
    [
        ("x*abs(x)", 0, [0]),
        ("abs(x)^2", 0, [0, 2, 0]),
        ("abs(x)^3", 0, [0, 0]),
        ("max(x^2, x^3)", 0, [0, 2, 0]),
        ("min(x^2, x^3)", 0, [0, 0, 6]),
        ("max(x, x^3)*min(x, x^3)", 1, [4, 12, 24]),
        ("relu(x)^2", 0, [0]),
        ("where(x >= 0, x^2, -x^2)", 0, [0]),
        ("where(x > 1, x^2, 2*x - 1)", 1, [2]),
        ("sign(x)*x^3", 0, [0, 0]),
        ("abs(x) - abs(x) + x^2", 0, [0, 2, 0]),
        ("0*abs(x) + x", 0, [1, 0]),
        ("abs(x)^1.5", 0, [0]),
        ("cos(abs(x))", 0, [0, -1, 0]),
        ("trunc(x)", 0, [0, 0]),
        ("frac(x)", 0, [1, 0]),
        ("floor(x^2)", 0, [0, 0]),
        ("floor(sin(x)^2)", 0, [0]),
        ("abs(x^2)", 0, [0, 2, 0]),
        ("max(x, x)", 1, [1, 0]),
        ("1000.5*max(x, x) % 0.7", 1, [1000.5, 0]),
        ("(x > 0)*x^3", 0, [0, 0]),
        ("sqrt(abs(x)^4)", 1, [2, 2]),
        ("cbrt(x)^3", 0, [1, 0]),
        ("where(x == 0, 1, sin(x)/x)", 0, [0, -1 / 3]),
        ("sqrt(x^4)", 0, [0, 2, 0]),
    ],
)
def test_an_edge_that_is_none_has_its_derivatives(
    expression: str, x: float, derivatives: list[float]
) -> None:
    r = _at(expression, x, len(derivatives))
    for order, expected in enumerate(derivatives, 1):
        assert r.derivative(*["x"] * order).item() == pytest.approx(expected, abs=1e-300)
    assert r.flags == ()


@pytest.mark.parametrize(
    "expression, x, order, left, right",
    [
        ("x*abs(x)", 0, 2, -2, 2),
        ("abs(x)^3", 0, 3, -6, 6),
        ("relu(x)^2", 0, 2, 0, 2),
        ("where(x >= 0, x^2, -x^2)", 0, 2, -2, 2),
        ("max(x^2, x^3)", 1, 2, 2, 6),
        ("where(x > 1, x^2, 2*x - 1)", 1, 2, 0, 2),
    ],
)
def test_a_kink_of_a_derivative_shows_at_its_order_and_none_lies_above_it(
    expression: str, x: float, order: int, left: float, right: float
) -> None:
    r = _at(expression, x, order + 2)
    flag = _flag(r, *["x"] * order)
    assert flag is not None and flag.status == "kink"
    assert (flag.left, flag.right) == (left, right)
    for higher in (order + 1, order + 2):
        assert isnan(r.derivative(*["x"] * higher).item())


# -- jumps


@pytest.mark.parametrize(
    "expression, places, between",
    [
        ("sign(x)", [0], [-1, 0.5]),
        ("floor(x)", [-1, 0, 2], [-0.5, 0.25, 2.5]),
        ("ceil(x)", [-1, 0, 2], [-0.5, 0.25, 2.5]),
        ("round(x)", [-0.5, 0.5, 1.5, 2.5], [-1, 0, 2.25]),
        ("trunc(x)", [-2, -1, 1, 2], [0, -0.5, 0.5, 1.5]),
        ("frac(x)", [-1, 1, 3], [0, 0.5, -2.5]),
        ("x % 2", [-2, 0, 2, 4], [1, -1, 3.5]),
        ("x % -3", [-3, 0, 3], [1, -1]),
        ("5 % x", [5, 2.5, -5], [1.5, 3, -2]),
        ("heaviside(x, 0.5)", [0], [-1, 1]),
        ("heaviside(x, 0)", [0], [-1, 1]),
        ("unit_step(x)", [0], [-1, 1]),
        ("where(x > 1, x, 3)", [1], [0, 2]),
        ("where(x == 0, 1, x)", [0], [1]),
        ("where(x != 2, 1, 3)", [2], [1]),
        ("x >= 1", [1], [0, 2]),
        ("0 < x < 1", [0, 1], [-1, 0.5, 2]),
        ("atan2(x, -1)", [0], [1, -1]),
        ("atan2(-x, -1)", [0], [1, -1]),
        ("x + 1e-3*sign(x)", [0], [1]),
    ],
)
def test_a_jump_is_one_at_its_places_and_none_between_them(
    expression: str, places: list[float], between: list[float]
) -> None:
    r = differentiate(expression, at={"x": doubles(*places, *between)}, order=2)
    assert r.status == ["jump"] * len(places) + ["exact"] * len(between)
    assert torch.isnan(r.derivative("x"))[: len(places)].all()


# -- edges of a domain


@pytest.mark.parametrize(
    "expression, x, order, expected, side",
    [
        ("x^1.5", 0, 1, 0, "right"),
        ("x^2.5", 0, 2, 0, "right"),
        ("(1 - x)^1.5", 1, 1, 0, "left"),
        ("x^1.5 + 3*x", 0, 1, 3, "right"),
        ("abs(x)*x^1.5", 0, 1, 0, "right"),
        ("x^(2 + sin(x))", 0, 1, 0, "right"),
        ("sin(x)^(1 + x)", 0, 1, 1, "right"),
        ("sqrt(x)*sqrt(x)", 0, 1, 1, "right"),
        ("x*sqrt(x)", 0, 1, 0, "right"),
        ("acos(x)^2", 1, 1, -2, "left"),
        ("cos(sqrt(x))", 0, 2, 1 / 12, "right"),
    ],
)
def test_an_endpoint_has_a_derivative_from_inside(
    expression: str, x: float, order: int, expected: float, side: str
) -> None:
    r = _at(expression, x, order)
    flag = _flag(r, *["x"] * order)
    assert flag is not None and flag.status == "endpoint"
    sides = {"left": flag.left, "right": flag.right}
    assert sides.pop(side) == expected and set(sides.values()) == {None}
    assert r.derivative(*["x"] * order).item() == expected


@pytest.mark.parametrize(
    "expression, x, order, ways",
    [
        ("sqrt(x)", 0, 1, "+inf from above"),
        ("sqrt(-x)", 0, 1, "-inf from below"),
        ("-sqrt(x)", 0, 1, "-inf from above"),
        ("sqrt(x)", 0, 2, "-inf from above"),
        ("x^1.5", 0, 2, "+inf from above"),
        ("(-x)^1.5", 0, 2, "+inf from below"),
        ("x^0.5", 0, 1, "+inf from above"),
        ("cbrt(x)", 0, 1, "+inf from below and +inf from above"),
        ("x^(1/3)", 0, 1, "+inf from above"),
        ("asin(x)", 1, 1, "+inf from below"),
        ("asin(x)", -1, 1, "+inf from above"),
        ("acos(x)", 1, 1, "-inf from below"),
        ("acosh(x)", 1, 1, "+inf from above"),
        ("x^x", 0, 1, "-inf from above"),
        ("where(x > 0, sqrt(x), 0)", 0, 1, "+inf from above"),
        ("abs(x)^0.5", 0, 1, "-inf from below and +inf from above"),
    ],
)
def test_a_vertical_tangent_is_infinite_on_the_sides_where_it_is(
    expression: str, x: float, order: int, ways: str
) -> None:
    flag = _flag(_at(expression, x, order), *["x"] * order)
    assert flag is not None and flag.status == "infinite"
    assert flag.reason.startswith(ways)


@pytest.mark.parametrize(
    "status, expression, places",
    [
        ("pole", "log(x)", [0]),
        ("pole", "1/x", [0]),
        ("pole", "x^-2", [0]),
        ("pole", "gamma(x)", [0, -1, -7]),
        ("pole", "lgamma(x)", [0, -3]),
        ("pole", "digamma(x)", [0, -3]),
        ("pole", "x!", [-1, -2]),
        ("pole", "atanh(x)", [-1, 1]),
        ("pole", "log1p(x)", [-1]),
        ("pole", "coth(x) + csch(x)", [0]),
        ("undecided", "5 % x", [0]),
        ("undecided", "sin(1/x)", [0]),
        ("undecided", "x^2*sin(1/x)", [0]),
        ("jump", "atan(1/x)", [0]),
        ("jump", "tanh(1/x)", [0]),
        ("jump", "abs(x)/x", [0]),
        ("jump", "atan2(x, x)", [0]),
        ("pole", "log(abs(x))", [0]),
        ("pole", "log(2, x)", [1]),
        ("pole", "0^(-x)", [1]),
        ("outside", "log(x)", [-1, -1e-300]),
        ("outside", "sqrt(x)", [-1]),
        ("outside", "sqrt(x)^2", [-1]),
        ("outside", "x^0.5", [-4]),
        ("outside", "x^(1/3)", [-8]),
        ("outside", "asin(x) + acos(x)", [1.5, -1.5]),
        ("outside", "acosh(x)", [0.5]),
        ("outside", "atanh(x)", [2, -2]),
        ("outside", "(-2)^x", [0.5]),
        ("outside", "xlogy(x, x)", [-1]),
        ("overflow", "exp(x)", [1000]),
        ("overflow", "exp(exp(x))", [10]),
        ("overflow", "x^200", [1e10]),
        ("overflow", "gamma(x)", [200]),
    ],
)
def test_where_there_is_no_value_there_is_no_derivative(
    status: str, expression: str, places: list[float]
) -> None:
    r = differentiate(expression, at={"x": doubles(*places)}, order=2)
    assert r.status == [status] * len(places)
    for numbers in (r.value, r.derivative("x"), r.derivative("x", "x")):
        assert torch.isnan(numbers).all()


@pytest.mark.parametrize(
    "expression, x",
    [
        ("where(x != 0, x^2*sin(1/x), 0)", 0),
        ("sqrt(-x^2)", 0),
        ("x^x", -1),
        ("(-1)^x", 2),
    ],
)
def test_what_cannot_be_settled_is_not_guessed(expression: str, x: float) -> None:
    r = _at(expression, x)
    assert _status(r, "x") == "undecided"
    assert isnan(r.derivative("x").item())


# -- what must not be flagged


@pytest.mark.parametrize(
    "expression, x, expected",
    [
        ("where(x > 0, x, abs(x + 1))", 1, 1),
        ("where(x < 5, x^2, abs(x - 1))", 1, 2),
        ("where(x > 0, 3*x, sqrt(x))", 2, 3),
        ("where(x > -1, x, 1/x)", 0, 1),
        ("abs(x)", 1e-300, 1),
        ("floor(x)", 0.9999999999999999, 0),
        ("sqrt(x)", 1e-300, 5e149),
        ("log(x)", 1e-300, 1e300),
        ("max(x, 1)", 1.0000000000000002, 1),
    ],
)
def test_an_edge_nearby_or_in_a_branch_not_taken_is_no_edge(
    expression: str, x: float, expected: float
) -> None:
    r = _at(expression, x)
    assert r.flags == ()
    assert r.derivative("x").item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "expression, slope",
    [
        ("abs(t)*x", 0),
        ("floor(t) + x", 1),
        ("cbrt(t) + x^2", 2),
        ("max(t, 0) + sqrt(t)*x", 0),
        ("where(t > 0, x, 2*x)", 2),
        ("x*hypot(t, t)", 0),
        ("x + x^t", 1),
    ],
)
def test_a_kink_in_what_stands_still_is_none(expression: str, slope: float) -> None:
    r = differentiate(expression, at={"x": doubles(1), "t": doubles(0)}, wrt=["x"])
    assert r.flags == ()
    assert r.derivative("x").item() == slope


# -- several variables


@pytest.mark.parametrize(
    ("expression", "slope"),
    [
        ("acos(1 - x^2)", 2**0.5),
        ("acosh(1 + x^2)", 2**0.5),
        ("asin(cos(x))", -1),
        ("acos(cos(x))", 1),
    ],
)
def test_an_end_that_is_touched_is_a_kink(expression: str, slope: float) -> None:
    """The first power of x is not there: whether the operand moves shows in the next one only."""
    flag = _flag(_at(expression, 0), "x")
    assert flag is not None and flag.status == "kink"
    assert (flag.left, flag.right) == (pytest.approx(-slope), pytest.approx(slope))


def test_an_end_that_is_touched_from_outside_or_flatly() -> None:
    assert _status(_at("acos(1 + x^2)", 0), "x") == "undecided"
    for expression in ("acos(1 - x^4)", "acosh(1 + x^4)", "acos(x - x + 1)"):
        r = _at(expression, 0)
        assert (r.derivative("x").item(), _status(r, "x")) == (0, "exact")


def test_a_mixed_partial_at_a_kink_does_not_exist() -> None:
    r = differentiate("abs(x)*t", at={"x": doubles(0, 0, 1), "t": doubles(1, 0, 0)}, order=2)
    columns = {partial: r.derivative(*partial).tolist() for partial in ("x", "t", "xt", "tt")}
    assert columns["x"] == [pytest.approx(nan, nan_ok=True), 0, 0]
    assert columns["t"] == [0, 0, 1]
    assert [isnan(number) for number in columns["xt"]] == [True, True, False]
    assert columns["tt"] == [0, 0, 0]


def test_two_variables_that_meet_kink_along_each() -> None:
    r = differentiate("max(x, t)", at={"x": doubles(1), "t": doubles(1)})
    for name in ("x", "t"):
        flag = _flag(r, name)
        assert flag is not None and (flag.status, flag.left, flag.right) == ("kink", 0, 1)
    smooth = differentiate("max(x, t)*min(x, t)", at={"x": doubles(1), "t": doubles(1)}, order=2)
    assert smooth.flags == () and smooth.derivative("x", "t").item() == 1


@pytest.mark.parametrize(
    "expression, order, statuses",
    [
        ("sum(abs(x))", 1, ["kink", "exact", "exact"]),
        ("sum(x*abs(x))", 1, ["exact", "exact", "exact"]),
        ("sum(floor(x))", 1, ["jump", "jump", "jump"]),
        ("sum(where(x > 0, x, 0))", 1, ["kink", "exact", "exact"]),
        ("norm(x - x[0])", 1, ["exact", "exact", "exact"]),
        ("norm(0*x)", 1, ["exact", "exact", "exact"]),
        ("max(x^2)", 1, ["exact", "exact", "exact"]),
        ("max(abs(x) + [2, 1, 0])", 1, ["kink", "kink", "kink"]),
    ],
)
def test_points_that_are_mixed_are_moved_one_by_one(
    expression: str, order: int, statuses: list[str]
) -> None:
    r = differentiate(expression, at={"x": doubles(0, 1, -2)}, order=order)
    found = ["exact"] * 3
    for flag in r.flags:
        found[flag.index[0]] = flag.status
    assert found == statuses
    flagged = [isnan(number) for number in r.derivative("x").tolist()]
    assert flagged == [status != "exact" for status in statuses]


_SINGULAR = [[[1, 2], [2, 4]], [[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[0.1, 0.3], [0.2, 0.6]]]


@pytest.mark.parametrize("expression", ["inv(A)[0, 0]", "logdet(A)", "sum(inv(A)^2)"])
@pytest.mark.parametrize("matrix", _SINGULAR)
def test_a_matrix_that_is_singular_but_for_rounding_has_no_inverse(
    expression: str, matrix: list[list[float]]
) -> None:
    r = differentiate(expression, at={"A": torch.tensor(matrix, dtype=torch.float64)})
    assert {flag.status for flag in r.flags} <= {"pole", "undecided"}
    assert torch.isnan(r.derivative("A")).all()


def test_a_matrix_of_unequal_scales_is_not_singular() -> None:
    matrix = torch.diag(doubles(1, 1e-20, 1e20))
    r = differentiate("sum(inv(A))", at={"A": matrix})
    assert r.flags == () and r.value.item() == pytest.approx(1e20)


# -- every primitive

_SPECIAL = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0)
_FEWER = (-1.0, 0.0, 0.5, 1.0)  # of functions with more than two operands
# What mpmath defines otherwise than adiff, or not at all.
_CONVENTIONS = {
    ("atan2", (0.0, 0.0)): "jump",  # mpmath: 0
    ("div", (0.0, 0.0)): "pole",
    ("acoth", (0.0,)): "pole",  # of 1/x
    **{("mod", (a, 0.0)): "undecided" if a else "pole" for a in _SPECIAL},
    # mpmath takes limits there, which are others on other ways
    **{("binomial", (n, k)): "pole" for n in (-1.0, -2.0) for k in (-1.0, -2.0)},
    # mpmath continues the series to where it diverges
    **{("polylog", (s, 1.0)): "pole" for s in _SPECIAL if s <= 1},
}
_POLYNOMIALS = tuple(op.name for op in FAMILIES["polynomials"])
# Where the help says that a function is not defined, although mpmath continues some there.
_LEFT_OUT: dict[str, Callable[..., bool]] = {
    **dict.fromkeys(
        (*_POLYNOMIALS, "spherical_jn", "spherical_yn", "polygamma"),
        lambda n, *others: n < 0 or n % 1 != 0,
    ),
    **dict.fromkeys(("rising_factorial", "falling_factorial"), lambda x, n: n < 0 or n % 1 != 0),
    **dict.fromkeys(("beta", "lbeta"), lambda a, b: a < 0 or b < 0),
    **dict.fromkeys(("gammainc", "gammaincc"), lambda a, x: a < 0 or x < 0 or a == x == 0),
    "betainc": lambda a, b, x: (
        min(a, b, x) < 0 or x > 1 or (a == 0 and b * x == 0) or (b == 0 and x == 1)
    ),
    "nthroot": lambda x, n: n < 1 or n % 1 != 0,
    "log_base": lambda x, b: x < 0 or b <= 0,  # although log(-2)/log(-2) is 1
    "xlogy": lambda x, y: y < 0,
    "xlog1py": lambda x, y: y < -1,
    "erfinv": lambda x: abs(x) > 1,
    "lambertw_branch": lambda x, k: k not in (0, -1),
    "expint": lambda n, x: x < 0,
    "polylog": lambda s, x: x > 1,
    "zeta_hurwitz": lambda s, a: a < 0 and s % 1 != 0,
    "celu": lambda x, a: a < 0,
}
# Where mpmath has no value, or does not find that it is 0.
_DEFINED: dict[str, Callable[..., bool]] = {
    **dict.fromkeys(_POLYNOMIALS, lambda *operands: True),
    **dict.fromkeys(("gammainc", "gammaincc"), lambda a, x: a == 0),
    "betainc": lambda a, b, x: a == 0 or b == 0,
}
_WRITTEN = [
    op
    for op in OPS.values()
    if op.mpmath
    and not (op.hidden or op.truth or op.mixes)
    and op.name not in ("where", "piecewise")
]


def _text(op: Op) -> str:
    """A call of the primitive on variables of its parameters' names."""
    if op.infix is None or not op.infix.symbols[0].isascii():
        return f"{op.name.removesuffix('_base')}({', '.join(op.parameters)})"
    if op.infix.place == "prefix":
        return f"{op.infix.symbols[0]}{op.parameters[0]}"
    return op.infix.symbols[0].join(op.parameters)


def _truth(op: Op, point: tuple[float, ...]) -> str:
    """Whether mpmath has a real value there."""
    if (op.name, point) in _CONVENTIONS:
        return _CONVENTIONS[op.name, point]
    if op.name in _LEFT_OUT and _LEFT_OUT[op.name](*point):
        return "outside"
    if op.name in _DEFINED and _DEFINED[op.name](*point):
        return "exact"
    try:
        value = mp.chop(kernel(op)(*map(mp.mpf, point)))
    except (ZeroDivisionError, ValueError):
        return "pole"
    if getattr(value, "imag", 0) != 0:
        return "outside"
    return "exact" if mp.isfinite(value) else "pole"


@pytest.mark.parametrize("op", _WRITTEN, ids=lambda op: op.name)
def test_a_primitive_has_a_value_exactly_where_mpmath_has_a_real_one(op: Op) -> None:
    special = _SPECIAL if len(op.parameters) < 3 else _FEWER
    axes = [torch.tensor(special, dtype=torch.float64)] * len(op.parameters)
    at = dict(zip(op.parameters, axes, strict=True))
    r = differentiate(_text(op), at=at, order=0, grid=True)
    points = [
        tuple(point) for point in torch.cartesian_prod(*axes).reshape(len(r.status), -1).tolist()
    ]
    expected = {point: _truth(op, point) for point in points}
    assert dict(zip(points, r.status, strict=True)) == expected


# -- any expression

_CONTINUOUS = (
    *("abs({})", "relu({})", "clamp({}, -1, 1)", "sin({})", "exp({})", "tanh({})", "sinc({})"),
    *("({})^2", "({})^3", "({})^0", "-({})", "erf({})", "cbrt({})", "softplus({})"),
)
_JUMPING = ("sign({})", "floor({})", "ceil({})", "round({})", "trunc({})", "frac({})", "({}) % 2")
_PAIRS = ("({}) + ({})", "({}) - ({})", "({})*({})", "max({}, {})", "min({}, {})")
_BOUNDED = ("sqrt({})", "({})^1.5", "asin({})", "acosh({})", "log({})", "1/({})", "gamma({})")
_LEAVES = st.sampled_from(["x", "x", "x", "0", "1", "2", "0.5"])


def _calls(forms: tuple[str, ...], *operands: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(str.format, st.sampled_from(forms), *operands)


def _continuous(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return _calls(_CONTINUOUS, inner) | _calls(_PAIRS, inner, inner)


def _any(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    comparison = st.sampled_from(["<", ">=", "==", "!="])
    choice = st.builds("where({} {} {}, {}, {})".format, inner, comparison, inner, inner, inner)
    return _continuous(inner) | _calls(_JUMPING, inner) | choice


_EXPRESSIONS = st.recursive(
    _LEAVES, lambda inner: _any(inner) | _calls(_BOUNDED, inner), max_leaves=5
)


@settings(max_examples=300)
@given(_EXPRESSIONS, st.sampled_from([0.0, 1.0, -1.0, 2.0, 0.5]))
def test_a_finite_answer_at_a_special_point_is_what_the_limits_from_both_sides_say(
    expression: str, x: float
) -> None:
    program = parse(expression)
    r = _at(expression, x, 2)
    truth = Neighbourhood(program, x, 2)
    if truth.at is None and _status(r) == "removable":
        limits = [side[0] for side in (truth.below, truth.above) if side]
        assert limits and all(near(r.value.item(), limit) for limit in limits)
        return
    if truth.at is None:
        assert isnan(r.value.item())
    for order in (1, 2):
        wrt = ["x"] * order
        found, flag = r.derivative(*wrt).item(), _flag(r, *wrt)
        if not isnan(found):
            expected = truth.derivative(order)
            assert expected is not None and near(found, expected)
            assert (_status(r, *wrt) == "endpoint") is (len(truth.sides) == 1)
        elif flag is not None and flag.status == "kink":
            assert _agrees(flag.left, truth.below, order)
            assert _agrees(flag.right, truth.above, order)


def _agrees(one_sided: float | None, limits: Any, order: int) -> bool:
    return one_sided is None or (limits is not None and near(one_sided, limits[order]))


# -- kinks and jumps that are small beside what they stand on, sides without a value


@pytest.mark.parametrize(
    "expression, x, truth",
    [
        ("1e16 + abs(x)", 0, "kink"),
        ("x + 1e-10*abs(x)", 0, "kink"),
        ("1e12 + sign(x)", 0, "jump"),
        ("floor(x)", 1e10, "jump"),
        ("atanh(sign(x))", 0, "jump"),
        ("gamma(where(x == 0, 2, -1))", 0, "jump"),
        ("1/ceil(x)", -1, "jump"),
        ("sign(x^9)", 0, "jump"),
        ("floor(x/0.1)", 0.3, "jump"),
        ("where(x > 0, x^1.5, x)", 0, "kink"),
        ("where(x > 0, sqrt(x), abs(x + 1))", -1, "kink"),
        ("abs(where(x > 2, sqrt(x), x))", 0, "kink"),
        ("unit_step(where(x == 2, 1/x, x))", 0, "jump"),
    ],
)
def test_what_is_hard_to_see_is_seen(expression: str, x: float, truth: str) -> None:
    assert _status(_at(expression, x), "x") == truth


@pytest.mark.parametrize("expression", ["abs(x*t)", "max(x*t, 0)", "where(x*t > 0, x*t, -2*x*t)"])
def test_a_mixed_partial_where_pieces_meet_in_a_corner_does_not_exist(expression: str) -> None:
    r = differentiate(expression, at={"x": doubles(0), "t": doubles(0)}, order=2)
    assert isnan(r.derivative("x", "t").item())


def test_an_inverse_that_there_is_not_has_no_numbers() -> None:
    matrix = torch.arange(1, 10, dtype=torch.float64).reshape(3, 3)
    assert torch.isnan(differentiate("inv(A)", at={"A": matrix}).value).all()


def test_a_second_derivative_above_a_kink_under_a_sum_does_not_exist() -> None:
    assert isnan(differentiate("sum(abs(x))", at=doubles(0, 1), order=2).derivative("x", "x")[0])


# -- digits that float64 would lose


@pytest.mark.parametrize(
    "expression, x, value, slope",
    [
        ("(1 - cos(x))/x^2", 1e-8, 0.5, -1e-8 / 12),
        ("1e300*x^2", 1e-200, 1e-100, 2e100),
        ("log(1 + exp(x))", 400, 400, 1),
        ("x^3/(exp(x) - 1)", 500, 500**3 / exp(500), (3 * 500**2 - 500**3) / exp(500)),
        ("log(exp(x))", -800, -800, 1),
        ("1/(1 + exp(x))", 1000, 0, 0),
        ("x^4/x^3", 1e-90, 1e-90, 1),
        ("1 - erf(x)", 5, erfc(5), -2 / sqrt(pi) * exp(-25)),
    ],
)
def test_a_few_points_keep_every_digit(
    expression: str, x: float, value: float, slope: float
) -> None:
    r = _at(expression, x)
    assert r.value.item() == pytest.approx(value, rel=1e-14, abs=1e-320)
    assert r.derivative("x").item() == pytest.approx(slope, rel=1e-14, abs=1e-320)
    assert r.flags == ()


@pytest.mark.parametrize("method", ["autograd", "taylor"])
def test_a_method_that_loses_digits_says_how_many_are_left(method: str) -> None:
    r = differentiate("(1 - cos(x))/x^2", at=doubles(1e-8), method=method)
    assert [flag.status for flag in r.flags] == ["unstable", "unstable"]
    assert r.flags[0].reason == "0 digits are right"


@pytest.mark.parametrize(
    "expression", ["where(x > 0, 0, t)", "relu(min(t, x))", "min(max(x, t), 0)"]
)
def test_a_mixed_partial_beside_unequal_first_ones_does_not_exist(expression: str) -> None:
    r = differentiate(expression, at={"x": doubles(0), "t": doubles(0)}, order=2)
    assert isnan(r.derivative("x", "t").item())
