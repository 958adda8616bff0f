"""Derivatives as the user gets them, against mpmath, closed forms and the design's table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations_with_replacement
from math import factorial, perm
from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpc, mpf
from torch import Tensor

from autodiffcli import AdiffError, differentiate
from autodiffcli.derive import BLOCK
from autodiffcli.ops import OPS
from autodiffcli.parser import parse
from tests.judge import Reference, doubles, misses, reference_of

# -- reductions


@pytest.mark.parametrize(
    "reduction, value, first, second",
    [
        ("sum", 34, [2, 4, 6, 8], [2, 2, 2, 2]),
        ("mean", 8.5, [0.5, 1, 1.5, 2], [0.5, 0.5, 0.5, 0.5]),
        ("max", 17, [0, 0, 0, 8], [0, 0, 0, 2]),
        ("min", 2, [2, 0, 0, 0], [2, 0, 0, 0]),
    ],
)
def test_the_designs_table_of_reductions(
    reduction: str, value: float, first: list[float], second: list[float]
) -> None:
    r = differentiate("x**2 + 1", at=[1, 2, 3, 4], order=3, reduction=reduction)
    assert r.result.reduced == value
    assert r.derivative("x").tolist() == first
    assert r.derivative("x", "x").tolist() == second
    assert r.derivative("x", "x", "x").tolist() == [0, 0, 0, 0]
    assert r.flags == ()


def test_without_a_reduction_there_is_a_jacobian() -> None:
    r = differentiate("x**2 + 1", at=[1, 2, 3, 4], order=2, reduction="none")
    assert torch.equal(r.derivative("x"), torch.diag(doubles(2, 4, 6, 8)))
    assert r.derivative("x", "x").shape == (4, 4, 4)
    assert r.derivative("x", "x").sum() == 8
    mixing = differentiate("x/sum(x)", at=[1, 2, 5], reduction="none").derivative("x")
    expected = (8 * torch.eye(3, dtype=torch.float64) - doubles(1, 2, 5)[:, None]) / 64
    assert torch.allclose(mixing, expected, rtol=1e-15, atol=1e-17)


def test_the_jacobian_of_two_variables_is_by_each_of_them() -> None:
    r = differentiate("a*t", at={"a": [1, 2], "t": [3, 4]}, reduction="none")
    assert r.derivative("a").tolist() == [[3, 0], [0, 4]]
    assert r.derivative("t").tolist() == [[1, 0], [0, 2]]


# -- powers


def _close(found: Tensor, expected: Sequence[Any], tolerance: float = 1e-13) -> bool:
    numbers = found.reshape(-1).tolist()
    return len(numbers) == len(expected) and all(
        abs(mpf(number) - e) <= tolerance * abs(e) + 1e-300
        for number, e in zip(numbers, expected, strict=True)
    )


@pytest.mark.parametrize(
    "expression, points",
    [
        ("x**x", (1.0, 2.0, 3.0, 0.5)),
        ("x**(x - 1)", (1.0, 2.0)),
        ("x**2.5", (0.5, 3.0, 1e-3)),
        ("x**(-3)", (0.5, -2.0, 3.0)),
        ("x^-0.5", (0.25, 9.0)),
        ("2**x", (-3.0, 0.0, 5.0)),
        ("0.5^x", (-3.0, 0.0, 5.0)),
        ("e^x", (-3.0, 0.0, 5.0)),
        ("x^(x^x)", (1.0, 2.0)),
        ("log(x)/x", (1.0, 3.0)),
        ("1/(1 + x^2)", (0.0, 1.0, -2.0)),
    ],
)
def test_derivatives_up_to_order_six_are_those_of_mpmath(
    expression: str, points: tuple[float, ...]
) -> None:
    r = differentiate(expression, at=doubles(*points), order=6)
    program = parse(expression)
    references = [reference_of(program, {"x": point}) for point in points]
    for order in range(1, 7):
        found = r.derivative(*["x"] * order)
        for number, reference in zip(found.tolist(), references, strict=True):
            close = {"relative": 1e-12, "units": 200.0}
            assert not misses(number, reference(order), reference.sensitivity(order), **close)
    assert r.flags == ()


@pytest.mark.parametrize("exponent", range(7))
@pytest.mark.parametrize("form", ["x**{}", "x**(n + {})", "x^({}/1)"])
def test_whole_powers_hold_at_zero_and_at_negative_numbers(exponent: int, form: str) -> None:
    points = {"x": doubles(0, -1, -2, 3)}
    if "n" in form:
        points["n"] = doubles(0, 0, 0, 0)
    r = differentiate(form.format(exponent), at=points, order=6, wrt=["x"])
    for order in range(1, 7):
        expected = [
            perm(exponent, order) * x ** (exponent - order) if order <= exponent else 0
            for x in (0, -1, -2, 3)
        ]
        assert r.derivative(*["x"] * order).tolist() == expected
    assert r.flags == ()


def test_a_variable_exponent_that_is_whole_gives_the_same_as_a_constant_one() -> None:
    r = differentiate("x**n", at={"x": doubles(0, 0, 2), "n": doubles(2, 3, 3)}, order=4)
    by_x = [r.derivative(*["x"] * order).tolist() for order in range(1, 5)]
    assert by_x == [[0, 0, 12], [2, 0, 12], [0, 6, 6], [0, 0, 0]]
    assert r.derivative("n")[:2].tolist() == [0, 0]


def test_nothing_to_the_power_of_nothing_is_one() -> None:
    assert differentiate("0**0 * x", at=[5]).value.tolist() == [5]
    assert differentiate("x**0", at=[0]).derivative("x").tolist() == [0]


@pytest.mark.parametrize("partial", ["a,t", "t,a"])
def test_the_order_of_differentiation_does_not_matter(partial: str) -> None:
    at = {"a": doubles(0.5, 2, 4), "t": doubles(0, 0, 1)}
    r = differentiate("a**t", at=at, partial=[partial])
    # a^(t-1) (1 + t log a)
    assert _close(r.derivative("a", "t"), [2, mpf("0.5"), 1 + mp.log(4)])


@given(st.permutations(["a", "a", "t", "t"]))
def test_any_order_of_four_differentiations_gives_one_number(wrt: list[str]) -> None:
    at = {"a": doubles(1.5), "t": doubles(0.75)}
    found = differentiate("a**t * sin(a*t)", at=at, partial=[",".join(wrt)])
    reference = reference_of(parse("a**t * sin(a*t)"), {"a": 1.5, "t": 0.75})
    assert _close(found.derivative(*wrt), [reference(2, 2)], 1e-12)


# -- choice


@pytest.mark.parametrize(
    "expression, at, derivatives",
    [
        ("where(x > 0, sqrt(x), 0)", [-1, 4], [[0, 0.25], [0, -0.03125]]),
        ("where(x > 0, log(x), 0) + x", [-1, 2], [[1, 1.5], [0, -0.25]]),
        ("where(x > 0, where(x > 1, sqrt(x - 1), 0), x^2)", [-3, 0.5, 5], [[-6, 0, 0.25]]),
        ("piecewise(x < 0: -x, x < 1: x^2, 2*x)", [-1, 0.5, 3], [[-1, 1, 2], [0, 2, 0]]),
        ("sqrt(x) if x > 0 else 1/(x - 1)", [-1, 4], [[-0.25, 0.25]]),
        ("where(x > 0 and x < 2, x^3, 0)", [-1, 1, 3], [[0, 3, 0], [0, 6, 0]]),
        ("where(not x > 0, 0, log(x))", [-1, 2], [[0, 0.5]]),
        ("(x > 1)*x^2", [0, 3], [[0, 6], [0, 2]]),
        ("where(x != 0, 1/x, 0)", [2, -1], [[-0.25, -1]]),
    ],
)
def test_a_choice_has_the_derivatives_of_what_is_chosen(
    expression: str, at: list[float], derivatives: list[list[float]]
) -> None:
    r = differentiate(expression, at=doubles(*at), order=len(derivatives))
    for order, expected in enumerate(derivatives, 1):
        assert r.derivative(*["x"] * order).tolist() == pytest.approx(expected, rel=1e-14)
    assert r.flags == ()


def test_a_choice_under_a_sum_leaks_nothing() -> None:
    r = differentiate("sum(where(x > 0, sqrt(x), 0))", at=doubles(-1, 4, 16))
    assert r.derivative("x").tolist() == [0, 0.25, 0.125]
    assert r.value.tolist() == 6


# -- linear algebra


def _matrix(*entries: Any) -> Any:
    size = round(len(entries) ** 0.5)
    return mp.matrix([list(entries[size * row : size * row + size]) for row in range(size)])


def _inverse_times(a: Any, b: Any, c: Any, d: Any) -> Any:
    product = _matrix(a, b, c, d).T * _matrix(a, b, c, d) ** -1
    return product[0, 0] + product[1, 1]


_TWO, _THREE = "[[a, b], [c, d]]", "[[a, b, c], [d, f, g], [h, k, m]]"
_REGULAR, _SINGULAR = (2.0, 1.0, 0.5, 3.0), (1.0, 2.0, 2.0, 4.0)
_REGULAR_3 = (2.0, 1.0, 0.5, 1.0, 3.0, -1.0, 0.0, 1.5, 4.0)
_SINGULAR_3 = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0)


def _points_of(names: Sequence[str], point: Sequence[float]) -> dict[str, Tensor]:
    """Single numbers, of shape ()."""
    return {name: doubles(number)[0] for name, number in zip(names, point, strict=True)}


@pytest.mark.parametrize(
    "expression, function, point, order",
    [
        (f"det({_TWO})", lambda a, b, c, d: a * d - b * c, _REGULAR, 3),
        (f"det({_TWO})", lambda a, b, c, d: a * d - b * c, _SINGULAR, 4),
        (f"det({_THREE})", lambda *entries: mp.det(_matrix(*entries)), _REGULAR_3, 2),
        (f"inv({_TWO})[0, 1]", lambda a, b, c, d: -b / (a * d - b * c), _REGULAR, 3),
        (f"sum(inv({_TWO}))", lambda a, b, c, d: (a + d - b - c) / (a * d - b * c), _REGULAR, 2),
        (f"logdet({_TWO})", lambda a, b, c, d: mp.log(a * d - b * c), _REGULAR, 3),
        (f"trace({_TWO} @ {_TWO})", lambda a, b, c, d: a * a + 2 * b * c + d * d, _REGULAR, 3),
        (f"trace({_TWO}.T @ inv({_TWO}))", _inverse_times, _REGULAR, 2),
        (
            f"solve({_TWO}, [1, 2])[0]",
            lambda a, b, c, d: (d - 2 * b) / (a * d - b * c),
            _REGULAR,
            3,
        ),
        ("norm([a, b, c])", lambda a, b, c: mp.sqrt(a * a + b * b + c * c), (3.0, 4.0, 12.0), 3),
        ("norm([a, b])", lambda a, b: mp.sqrt(a * a + b * b), (3e200, 4e200), 1),
        ("dot([a, b], [b, a^2])", lambda a, b: a * b + a * a * b, (2.0, 3.0), 3),
        ("prod([a, b, c])", lambda a, b, c: a * b * c, (0.0, 0.0, 5.0), 3),
        ("prod([a, a, b, 0])", lambda a, b: a - a + b - b, (0.0, 5.0), 2),
        ("mean([a, b^2])", lambda a, b: (a + b * b) / 2, (2.0, 3.0), 2),
        ("max([a, b])", lambda a, b: max(a, b), (2.0, 3.0), 2),
        ("min([a, b^2])", lambda a, b: min(a, b * b), (20.0, 3.0), 2),
    ],
)
def test_linear_algebra_has_the_partial_derivatives_of_mpmath(
    expression: str, function: Callable[..., Any], point: tuple[float, ...], order: int
) -> None:
    names = parse(expression).inputs
    r = differentiate(expression, at=_points_of(names, point), order=order)
    reference = Reference(function, point)
    for degree in range(1, order + 1):
        for partial in combinations_with_replacement(names, degree):
            expected = reference(*(partial.count(name) for name in names))
            found = r.derivative(*partial).item()
            assert found == pytest.approx(float(expected), rel=1e-13, abs=1e-14), partial
    assert r.flags == ()


def test_a_singular_matrix_of_three_rows_has_the_determinants_derivatives_to_order_three() -> None:
    wanted = ["a", "a,f", "a,f,m", "b,d,m", "c,f,h", "a,a", "a,b", "a,b,c"]
    at = _points_of("abcdfghkm", _SINGULAR_3)
    r = differentiate(f"det({_THREE})", at=at, partial=wanted)
    expected = [5 * 9 - 6 * 8, 9, 1, -1, -1, 0, 0, 0]
    assert r.value == 0
    for partial, number in zip(wanted, expected, strict=True):
        assert r.derivative(*partial.split(",")) == number


@pytest.mark.parametrize("size", [2, 3, 4, 5, 7])
def test_the_gradient_of_a_determinant_is_its_matrix_of_cofactors(size: int) -> None:
    numbers = torch.linspace(-1, 1, size * size, dtype=torch.float64).sin().reshape(size, size)
    matrix = numbers + torch.eye(size, dtype=torch.float64)
    r = differentiate("det(A)", at={"A": matrix})
    exact = mp.matrix(matrix.tolist())
    cofactors = (mp.det(exact) * exact**-1).T
    assert _close(r.derivative("A"), list(cofactors), 1e-12)
    assert float(r.value) == pytest.approx(float(mp.det(exact)), rel=1e-13)


def test_a_stack_of_matrices_has_the_determinant_and_the_trace_of_each() -> None:
    stack = doubles(2, 1, 1, 3, 4, 2, 2, 6).reshape(2, 2, 2)
    assert differentiate("det(A)", at={"A": stack}).value.tolist() == pytest.approx([5, 20])
    r = differentiate("trace(A)", at={"A": stack})
    assert r.value.tolist() == [5, 10]
    assert r.derivative("A").tolist() == torch.eye(2).expand(2, 2, 2).tolist()


@pytest.mark.parametrize("shape", [(4, 1), (2, 3), (3,)])
def test_only_square_matrices_have_determinants(shape: tuple[int, ...]) -> None:
    with pytest.raises(AdiffError, match="det"):
        differentiate("det(A)", at={"A": torch.ones(shape, dtype=torch.float64)})


def test_the_product_of_nothing_is_one_and_the_sum_is_zero() -> None:
    nothing = doubles()
    assert differentiate("prod(x) + sum(x) + norm(x)", at=nothing).value.item() == 1


def test_tensors_have_the_gradients_of_the_textbook() -> None:
    a, b = doubles(1, 2, 3, 5).reshape(2, 2), doubles(0, 1, -1, 2).reshape(2, 2)
    found = differentiate("trace(A @ B)", at={"A": a, "B": b})
    assert torch.equal(found.derivative("A"), b.T)
    assert torch.equal(found.derivative("B"), a.T)
    found = differentiate("sum(inv(A))", at={"A": a})
    inverse = doubles(-5, 2, 3, -1).reshape(2, 2)
    assert torch.allclose(found.derivative("A"), -torch.outer(inverse.sum(0), inverse.sum(1)))
    flipped = a.flip(0)  # of determinant 1
    found = differentiate("logdet(A)", at={"A": flipped})
    assert torch.allclose(found.derivative("A"), inverse.flip(1).T)
    assert differentiate("x @ x", at=doubles(1, 2)).derivative("x").tolist() == [2, 4]


# -- papers


def test_the_example_of_baydin_and_others() -> None:
    """Automatic differentiation in machine learning: a survey (2018), tables 2 and 3."""
    r = differentiate("log(x1) + x1*x2 - sin(x2)", at={"x1": [2], "x2": [5]})
    assert r.value.item() == pytest.approx(11.652071, abs=1e-6)
    assert r.derivative("x1").item() == 5.5
    assert r.derivative("x2").item() == pytest.approx(1.716338, abs=1e-6)


def test_the_exponential_of_baydin_has_factorials_in_its_geometric_series() -> None:
    r = differentiate("1/(1 - x)", at=doubles(0), order=8)
    for order in range(1, 9):
        assert r.derivative(*["x"] * order).item() == factorial(order)


# -- kinds of numbers


@pytest.mark.parametrize(
    "expression, function",
    [
        ("z^3 - 2*z", lambda z: z**3 - 2 * z),
        ("exp(z)*sin(z)", lambda z: mp.exp(z) * mp.sin(z)),
        ("1/(1 + z^2)", lambda z: 1 / (1 + z * z)),
        ("log(z)*sqrt(z)", lambda z: mp.log(z) * mp.sqrt(z)),
        ("z^z", lambda z: z**z),
        ("tanh(z)/z", lambda z: mp.tanh(z) / z),
        ("i*z^2 + e^(i*z)", lambda z: mpc(0, 1) * z * z + mp.exp(mpc(0, 1) * z)),
    ],
)
def test_holomorphic_derivatives_are_complex(
    expression: str, function: Callable[[Any], Any]
) -> None:
    points = (1 + 2j, -0.5 + 0.25j, 3 - 1j)
    at = {"z": torch.tensor(points, dtype=torch.complex128)}
    r = differentiate(expression, at=at, order=3, dtype="complex128")
    for order in range(1, 4):
        found = r.derivative(*["z"] * order).tolist()
        for number, point in zip(found, points, strict=True):
            expected = mp.diff(function, mpc(point), order)
            assert abs(number - expected) <= 1e-11 * abs(expected)
    assert r.flags == ()


def test_single_precision_gives_single_precision() -> None:
    r = differentiate("exp(x)*sin(x)", at=doubles(0.5, 2), order=2, dtype="float32")
    assert r.value.dtype == torch.float32
    for order in (1, 2):
        expected = [mp.diff(lambda x: mp.exp(x) * mp.sin(x), x, order) for x in (0.5, 2)]
        assert _close(r.derivative(*["x"] * order), expected, 1e-6)


@pytest.mark.parametrize("number", [0.1, 1e200, 16777217.0, 0.1 + 0.2j])
def test_numbers_of_python_keep_all_their_digits(number: complex) -> None:
    dtype = "complex128" if isinstance(number, complex) else "float64"
    for at in (number, [number], {"x": [number]}):
        assert differentiate("x", at=at, dtype=dtype).value.reshape(-1).tolist() == [number]


# -- shapes


def test_points_broadcast_and_make_grids() -> None:
    at = {"a": doubles(1, 2).reshape(2, 1), "t": doubles(3, 4, 5)}
    r = differentiate("a**2 * t", at=at, order=2)
    assert r.derivative("a").tolist() == [[6, 8, 10], [12, 16, 20]]
    assert r.derivative("a", "t").tolist() == [[2, 2, 2], [4, 4, 4]]
    grid = differentiate("a**2 * t", at={"a": doubles(1, 2), "t": doubles(3, 4, 5)}, grid=True)
    assert grid.derivative("a").tolist() == [6, 8, 10, 12, 16, 20]
    assert grid.derivative("t").tolist() == [1, 1, 1, 4, 4, 4]


def test_blocks_of_points_give_the_numbers_of_single_points() -> None:
    """Kinks, choices and faults included: every 10,000th point again, by itself."""
    expression = "where(x > 0, sqrt(x), abs(x + 1)) * log(2 - x)"
    points = torch.linspace(-3, 3, 2 * BLOCK + 5, dtype=torch.float64)
    points[7], points[BLOCK + 3] = -1, -1
    whole = differentiate(expression, at=points, order=2)
    chosen = [7, BLOCK - 1, BLOCK, BLOCK + 3, *range(0, len(points), 10_000)]
    small = differentiate(expression, at=points[chosen], order=2)
    for partial in ((), ("x",), ("x", "x")):
        together = whole.derivative(*partial)[chosen] if partial else whole.value[chosen]
        alone = small.derivative(*partial) if partial else small.value
        assert torch.allclose(together, alone, rtol=1e-13, atol=0, equal_nan=True)
    assert [whole.status[row] for row in chosen] == small.status


# -- what is exactly zero


@pytest.mark.parametrize(
    "expression, order",
    [
        ("x^3 - x", 4),
        ("3*x + 1", 2),
        ("x - x", 1),
        ("7", 1),
        ("floor(x)*5", 1),
        ("x*x*x/3", 4),
        ("det([[x, 1], [1, x]])", 3),
    ],
)
def test_a_derivative_that_vanishes_is_zero_without_a_rounding_error(
    expression: str, order: int
) -> None:
    r = differentiate(expression, at=_points_of("x", [0.7]), order=order)
    assert r.derivative(*["x"] * order).item() == 0
    assert r.flags == ()


def test_a_variable_that_does_not_occur_has_derivative_zero() -> None:
    r = differentiate("f(x, t) = x^2", at={"x": doubles(1, 2), "t": doubles(5, 6)}, order=2)
    assert r.derivative("t").tolist() == [0, 0]
    assert r.derivative("x", "t").tolist() == [0, 0]
    assert r.derivative("x").tolist() == [2, 4]


# -- any expression

_UNARY = [
    op
    for op in OPS.values()
    if op.mpmath
    and len(op.parameters) == 1
    and not (op.hidden or op.switch or op.truth or op.mixes or op.constant or op.infix)
    and op.name not in ("relu", "frac", "unit_step", "factorial")
]
_NUMBERS = ("0.5", "2", "3", "1.25")


def _deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    call = st.tuples(st.sampled_from([op.name for op in _UNARY]), inner)
    pair = st.tuples(inner, st.sampled_from("+-*/^"), inner)
    two = st.tuples(st.sampled_from(["atan2", "hypot", "logaddexp"]), inner, inner)
    return st.one_of(
        call.map("{0[0]}({0[1]})".format),
        pair.map("({0[0]} {0[1]} {0[2]})".format),
        two.map("{0[0]}({0[1]}, {0[2]})".format),
    )


_LEAVES = st.sampled_from(["x", "x", "t", *_NUMBERS])
_EXPRESSIONS = _deeper(_deeper(_LEAVES) | _LEAVES) | _deeper(_deeper(_deeper(_LEAVES)))
_PARTIALS = (("x",), ("x", "t"), ("t", "t"), ("x", "x", "x"), ("x", "x", "t"))


@settings(max_examples=150)
@given(_EXPRESSIONS, st.sampled_from([0.25, 0.75, 1.5, -0.5]), st.sampled_from([0.5, 1.25, 2.0]))
def test_any_expression_has_the_derivatives_of_mpmath_where_nothing_is_flagged(
    expression: str, x: float, t: float
) -> None:
    program = parse(expression)
    assume("x" in program.inputs)
    point = {name: {"x": x, "t": t}[name] for name in program.inputs}
    wanted = [partial for partial in _PARTIALS if set(partial) <= set(program.inputs)]
    at = {name: doubles(number) for name, number in point.items()}
    r = differentiate(expression, at=at, partial=[",".join(partial) for partial in wanted])
    flagged = {flag.wrt for flag in r.flags}
    assume(() not in flagged)
    reference = reference_of(program, point)
    for partial in wanted:
        if partial not in flagged:
            orders = [partial.count(name) for name in program.inputs]
            found, expected = r.derivative(*partial).item(), reference(*orders)
            if expected == 0:  # what cancels leaves a rounding error
                assert abs(found) < 1e-10, partial
                continue
            sensitivity = reference.sensitivity(*orders)
            assert not misses(found, expected, sensitivity, relative=1e-9, units=1e4), partial
