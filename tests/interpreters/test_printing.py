"""How an expression was understood, in its own notation: brackets where they matter."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiffcli.interpreters.printing import LONGEST, read_as
from autodiffcli.parser import parse
from autodiffcli.program import Builder

READ_AS = {
    "x": "x",
    "2x": "2*x",
    "x**2+1": "x^2 + 1",
    "-x²": "-x^2",
    "(-x)^2": "(-x)^2",
    "x^-1": "x^(-1)",
    "(x^y)^z": "(x^y)^z",
    "x^y^z": "x^y^z",
    "a-(b-c)": "a - (b - c)",
    "a-b-c": "a - b - c",
    "a/(b*c)": "a/(b*c)",
    "a/b*c": "a/b*c",
    "a*(b/c)": "a*(b/c)",
    "a*(b+c)": "a*(b + c)",
    "-(a+b)": "-(a + b)",
    "-(a*b)": "-(a*b)",
    "(-a)*b": "-a*b",
    "a--b": "a - -b",
    "a%b": "a % b",
    "10%x": "10 % x",
    "e^x": "exp(x)",
    "1/2x": "1/2*x",
    "sin^2(x)": "sin(x)^2",
    "√x": "sqrt(x)",
    "√(x+1)": "sqrt(x + 1)",
    "|x|": "abs(x)",
    "x!": "gamma(x + 1)",
    "x^1/2": "(x^1)/2",
    "log(x, 10)": "log(x, 10)",
    "ln(x)": "log(x)",
    "max(x, y, z)": "max(max(x, y), z)",
    "max(x)": "amax(x)",
    "0<x<1": "0 < x and x < 1",
    "(0<x)<1": "(0 < x) < 1",
    "0<(x<1)": "0 < (x < 1)",
    "(a==b)==c": "(a == b) == c",
    "x ≤ 1 ∧ ¬y": "x <= 1 and not y != 0",
    "not (a<b and c<d)": "not (a < b and c < d)",
    "a<b or c<d and a<c": "a < b or c < d and a < c",
    "(a<b or c<d) and a<c": "(a < b or c < d) and a < c",
    "a if b<1 else c": "where(b < 1, a, c)",
    "piecewise(x<0: 1, x<1: 2, 3)": "where(x < 0, 1, where(x < 1, 2, 3))",
    "[[1,2],[3,x]]": "[[1, 2], [3, x]]",
    "x[0]": "x[0]",
    "(x+y)[1:, 0]": "(x + y)[1:,0]",
    "A.T": "transpose(A)",
    "(A@B)@C": "A @ B @ C",
    "A@(B@C)": "A @ (B @ C)",
    "A@B*C": "A @ B*C",
    "A*(B@C)": "A*(B @ C)",
    "u = x+1; f(z) = z^2; f(u)*u": "(x + 1)^2*(x + 1)",
    "f(y, x) = x - y": "x - y",
    "1_000.5": "1000.5",
    "2e-3x": "2e-3*x",
    "µ + x₁": "μ + x1",
    "f(e) = e^x": "f(e, x) = e^x",
    "g(π, e) = π*e": "g(π, e) = π*e",
}


@pytest.mark.parametrize("source", READ_AS)
def test_read_as(source: str) -> None:
    assert read_as(parse(source)) == READ_AS[source]


def test_a_reading_that_helps_nobody_is_left_out() -> None:
    assert read_as(parse("+".join(["x"] * 400))) == " + ".join(["x"] * 400)
    assert read_as(parse("+".join(["x"] * LONGEST))) == ""
    assert read_as(parse("sin(" * 10_000 + "x" + ")" * 10_000)) == ""
    assert read_as(parse("x" * LONGEST + "+1")) == ""


# -- what is printed reads as what was printed


@st.composite
def expressions(draw: st.DrawFn, depth: int) -> str:
    """An expression of every kind, with brackets where chance puts them."""
    if depth == 0:
        atoms = ["x", "y", "z", "A", "2", "0.5", "1e3", "pi", "e", "inf", "α", "x₁", "sin", "gamma"]
        return draw(st.sampled_from(atoms))
    inner = expressions(depth - 1)
    one, two, three = draw(inner), draw(inner), draw(inner)
    forms = [
        *("{0} + {1}", "{0} - {1}", "{0}*{1}", "{0}/{1}", "{0} % {1}", "{0} @ {1}", "{0}^{1}"),
        *("{0}**{1}", "({0})({1})", "({0}) ({1})", "({0})", "(-{0})", "-{0}", "-({0})", "({0})²"),
        *("({0})⁻³", "√({0})", "∛({0})", "√{0}", "({0})!", "|{0}|", "sin({0})", "sin^2({0})"),
        *("log({0}, {1})", "max({0}, {1}, {2})", "max({0})", "atan2({0}, {1})", "clip({0}, 0, 1)"),
        *("({0} < {1})", "({0} < {1} <= {2})", "({0} == {1} != {2})", "(({0} < {1}) < {2})"),
        *("({0} and {1})", "({0} or {1} and {2})", "(not {0})", "(not ({0} or {1}))"),
        *("({0} if {1} else {2})", "where({0}, {1}, {2})", "piecewise({0}: {1}, {1}: {2}, {0})"),
        *("[{0}, {1}]", "[[{0}, {1}], [{2}, 1]]", "({0})[0]", "({0})[1:, -1]", "({0}).T"),
        *("({0} + {1})*{2}", "{0} - ({1} - {2})", "{0}/({1}*{2})", "({0}^{1})^{2}", "({0})^({1})"),
    ]  # fmt: skip
    return draw(st.sampled_from(forms)).format(one, two, three)


def printable(source: str) -> bool:
    """Whether a made-up text is an expression: ||x|| and |x|y| are none."""
    return "||" not in re.sub(r"\s", "", source)


@settings(max_examples=500)
@given(expressions(3).filter(printable))
def test_what_is_printed_means_the_same(source: str) -> None:
    program = parse(source)
    text = read_as(program)
    again = parse(text)
    builder = Builder()
    assert builder.inline(program, {}) == builder.inline(again, {})
    assert again.readings == ()
    assert read_as(again) == text
