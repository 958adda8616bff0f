"""Derivatives as they are written: words, variables, orders, at(), u_xx, and mistakes."""

from __future__ import annotations

from time import perf_counter

import pytest

from autodiffcli.diagnostics import AdiffError
from autodiffcli.one_point import judged_at
from autodiffcli.ops.calculus import NAMES, OPERATORS
from autodiffcli.parser import parse
from autodiffcli.plan import Plan
from autodiffcli.program import Program

VALUE = Plan((), (), "sum", "float64")


def at(source: str, **numbers: float) -> float:
    program = parse(source)
    found = judged_at(program, {name: numbers[name] for name in program.inputs}, VALUE)[()]
    assert found.status == "exact"
    return found.value


def outline(program: Program) -> list[tuple[str, tuple[int, ...], str]]:
    return [(step.op, step.operands, step.text) for step in program.steps]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("d(x^3*t, x, t)", "d(d(x^3*t, x), t)"),
        ("d(x^3*t, x, 2, t)", "d(x^3*t, x, x, t)"),
        ("d(x^3, x, 3)", "d(d(d(x^3, x), x), x)"),
        ("d(x^3, x, 1)", "d(x^3, x)"),
        ("diff(x^3, x)", "d(x^3, x)"),
        ("d (x^3 ,\n x)", "d(x^3,x)"),
        ("gradient(x*y)", "grad(x*y, x, y)"),
        ("grad(x*y, [x, y])", "grad(x*y, x, y)"),
        ("hessian(x^2*y)", "hessian(x^2*y, [x, y])"),
        ("jacobian([x*y, x], [y, x])", "jacobian([x*y, x], y, x)"),
        ("divergence([x, y], x, y)", "div([x, y], x, y)"),
        ("u = x^2*t; u_xxt", "d(x^2*t, x, 2, t)"),
        ("u = x^2*t; u_x*u_t", "u = x^2*t; d(u, x)*d(u, t)"),
        ("u(x, t) = x^2*t; u_xt", "d(x^2*t, x, t)"),
        ("f(z) = z^3; d(f, z)", "d(z^3, z)"),
        ("f(z) = z^3; d(f(x^2), x)", "d((x^2)^3, x)"),
        ("u = x_1*x_2; u_x_1", "d(x_1*x_2, x_1)"),
        ("α = 3; d(α*θ^2, θ)", "d(3*θ^2, θ)"),
        ("2d(x^2, x)", "2*d(x^2, x)"),
        ("at(x^2 + y, x=3, y=x)", "3^2 + x"),
        ("at(d(x^2, x), x=y)", "at(d(x^2, x),x = y)"),
        ("|d(x^3, x)|", "abs(d(x^3, x))"),
    ],
)
def test_there_are_several_ways_to_write_the_same(one: str, other: str) -> None:
    first, second = parse(one), parse(other)
    if outline(first) != outline(second):  # other steps, but the same numbers
        numbers = dict(zip(first.inputs, (0.75, 1.5, 2.0), strict=False))
        assert sorted(first.inputs) == sorted(second.inputs)
        found, known = (judged_at(p, numbers, VALUE) for p in (first, second))
        if "stack" not in {step.op for step in first.steps}:
            assert found[()].value == pytest.approx(known[()].value, rel=1e-15)


def test_the_numbers_are_the_ones_meant() -> None:
    assert at("d(x^3*t, x, 2, t)", x=2, t=9) == 12
    assert at("u = x^2*t; u_xxt + u", x=2, t=9) == 38
    assert at("at(x^2 + y, x=y, y=x)", x=2, y=3) == 11  # both at once
    assert at("d(d^2, d)", d=3) == 6
    assert at("at(d(sin(x)*y, x), x=0)", y=5) == 5


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("d*x", ("d", "x")),
        ("at*x + d", ("at", "x", "d")),
        ("grad + div", ("grad", "div")),
        ("u_x + 1", ("u_x",)),
        ("u = x^2; u_y + u", ("u_y", "x")),
        ("laplacian^2", ("laplacian",)),
    ],
)
def test_the_words_are_variables_where_they_are_not_called(
    source: str, names: tuple[str, ...]
) -> None:
    assert sorted(parse(source).inputs) == sorted(names)


def test_a_defined_name_is_what_it_was_defined_to_be() -> None:
    assert at("u = x^2; u_x = 3; u_x + 0*x", x=9) == 3
    assert at("u_x = 3; u = x^2; u_x + 0*x", x=9) == 3
    assert at("d(x) = x + 1; d(4)") == 5
    assert at("at(x) = x + 1; at(4)") == 5
    assert at("div(6, 3)") == 2  # of numbers: a quotient


@pytest.mark.parametrize(
    ("source", "message", "marked"),
    [
        ("d(x^2, 3)", "'3' is no variable", "3"),
        ("d(x^2, 2, x)", "'2' is no variable", "2"),
        ("d(x^2, x, 1.5)", "'1.5' is no variable", "1.5"),
        ("d(x^2, x, -1)", "'-1' is no variable", "-1"),
        ("d(x^2, sin(x))", "'sin(x)' is no variable", "sin(x)"),
        ("d(x^2, 2*x)", "'2*x' is no variable", "2*x"),
        ("d(x^2, (x+1))", "'(x+1)' is no variable", "(x+1)"),
        ("d(x^2, e)", "'e' is no variable", "e"),
        ("d(x^2, [x])", "'[x]' is no variable", "[x]"),
        ("d(sum(x^2), x[0])", "'x[0]' is no variable", "x[0]"),
        ("t = 2x; d(t^2, t)", "'t' is no variable", "t"),
        ("d(x^2, x, 0)", "between 1 and 30", "0"),
        ("d(x^2, x, 31)", "between 1 and 30", "31"),
        ("d(x^2, x, 99999999999999999999)", "between 1 and 30", "99999999999999999999"),
        ("d(5, x)", "d of a constant", "5"),
        ("1 + d(pi*2, x)", "d of a constant", "pi*2"),
        ("grad(7)", "grad of a constant", "7"),
        ("d(x)", "needs a variable to differentiate by", "d(x)"),
        ("d()", "'d' has no operand", "d()"),
        ("hessian(x*y, [x, 2])", "'[x, 2]' is no variable", "[x, 2]"),
        ("at(x^2, y=0)", "'y' does not occur in the formula", "y"),
        ("at(x^2, 3=x)", "'3' is no variable", "3"),
        ("at(x^2, sin(x)=1)", "'sin(x)' is no variable", "sin(x)"),
        ("at(x^2, x=1, x=2)", "'x' is replaced twice", "x"),
        ("at(x^2)", "at takes a formula and what its variables are replaced by", "at(x^2)"),
        ("at(x^2, x)", "at takes a formula and what its variables are replaced by", "at(x^2, x)"),
        ("at()", "'at' has no operand", "at()"),
        ("d(x^2, x=3)", "'=' cannot stand inside an expression", "="),
        ("curl([x, y, z])", "needs the variables of the components", "curl([x, y, z])"),
        ("div([x, y])", "needs the variables of the components", "div([x, y])"),
        ("curl([x, y], x)", "not 2 components and 1 variable", "curl([x, y], x)"),
        ("div([x], x, y)", "not 1 component and 2 variables", "div([x], x, y)"),
        ("curl([x, y, x, y], x, y, z, t)", "in 2 or 3 dimensions, not 4", None),
        ("div(x, y, z)", "the divergence is that of a vector field", "div(x, y, z)"),
        ("div([x, y], x, x)", "a variable occurs twice", "x"),
        ("grad(x, x, x)", "a variable occurs twice", "x"),
        ("laplacian([x, y], x, y)", "the Laplacian is that of a number", None),
        ("grad([x, y], x)", "the gradient is that of a number", None),
        ("hessian([x^2, y], x)", "the Hessian is that of a number", None),
        ("d(polygamma(x, 2), x)", "no derivative of polygamma", None),
        ("d(besselj(x, 1), x)", "no derivative of besselj", None),
        ("derivative(x^2, x)", "no function called 'derivative'", "derivative"),
        ("d(x^2, x)(3)", "a derivative is no function", "("),
    ],
)
def test_mistakes_are_said_where_they_are(source: str, message: str, marked: str | None) -> None:
    with pytest.raises(AdiffError) as caught:
        parse(source)
    found = caught.value.diagnostic
    assert message in found.message
    assert found.span is not None and found.source == source
    if marked is not None:
        assert source[found.span.start : found.span.end] == marked


def test_every_word_has_a_usage_that_can_be_typed() -> None:
    for operator in OPERATORS:
        usage = operator.usage.replace(", ...", "")
        usage = (
            usage.replace("(u,", "(x^2*y,").replace("[f, g]", "[x*y, x]").replace("[p, q", "[y, x")
        )
        assert parse(usage.replace("r]", "x*y*z]")).steps
        assert NAMES[operator.name] == operator.name
        assert all(NAMES[alias] == operator.name for alias in operator.aliases)


def test_reading_a_derivative_takes_time_in_proportion_to_its_formula() -> None:
    def seconds(terms: int) -> float:
        source = "d(" + " + ".join(f"x^{n}*sin(x)" for n in range(2, terms + 2)) + ", x)"
        start = perf_counter()
        parse(source)
        return perf_counter() - start

    seconds(10)
    assert seconds(8000) < 20 * max(seconds(1000), 0.005)


def test_long_and_deep_formulas_are_read() -> None:
    assert len(parse("d(" + "x + " * 10_000 + "x, x)").steps) > 10_000
    assert parse("d(" + "sin(" * 5_000 + "x" + ")" * 5_000 + ", x)").inputs == ("x",)
    assert parse("d(" * 20 + "exp(x)" + ", x)" * 20).inputs == ("x",)
