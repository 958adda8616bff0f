"""What first order does not see: a kink, a pole or an end within two standard uncertainties."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autodiffcli.parser import parse
from autodiffcli.uncertainties.measurements import read_measurements
from autodiffcli.uncertainties.nearby import trouble_near


def trouble(expression: str, at: str) -> str:
    program = parse(expression)
    return trouble_near(program, read_measurements([at], program)[0])


NEAR = {
    ("abs(x)", "0.19±0.1"): "abs(x) has its kink there: x = 0",
    ("log(x) + y", "x=1±0.6,y=0"): "log(x) is not real there",
    ("sqrt(1 - x^2)", "0.9±0.1"): "is not real there",
    ("1/x", "1±0.6"): "1/x has a pole there: x = 0",
    ("floor(x)", "1.5±0.3"): "the value jumps where floor(x) does: x = 1",
    ("1/(x^2 - 2)", "1.5±0.1"): "1/(x^2 - 2) has a pole there: x = 1.41421",
    ("tan(x)", "1.5±0.1"): "tan(x) has a pole there: x = 1.5708",
    ("gamma(x)", "-0.9±0.1"): "gamma(x) has a pole there: x = -1",
    ("cbrt(x)", "0.1±0.1"): "cbrt(x) is infinitely steep there: x = 0",
    ("x^(1/3)", "0.1±0.1"): "x^(1/3) is not real there: x = -0.075",
    ("abs(a-b)", "a=1±0.1,b=1.1±0.1"): "abs(a-b) has its kink there: a = 1.1, b = 1.1",
    ("1/(a*b)", "a=0.15±0.1,b=1±0.1"): "1/(a*b) has a pole there: a = 0, b = 1",
    ("1/a*b", "a=0.15±0.1,b=1±0.1"): "1/a has a pole there: a = 0",
    ("max(a,b)", "a=1±.1,b=1.05±.1"): "max(a,b) has its kink there: a = 1.05, b = 1.05",
    ("floor(a/b)", "a=7.2±.1,b=3.3±.2"): "the value jumps where floor(a/b) does",
    ("a%b", "a=7.2±.1,b=3.3±.2"): "the value jumps where a%b does",
    ("1/(a-b)", "a=1±.1,b=1.15±.1"): "1/(a-b) has a pole there: a = 1.15, b = 1.15",
    ("log(a/b-1)", "a=2±.3,b=1.2±.2"): "log(a/b-1) is not real there",
    ("where(a>b, a^2, b^2)", "a=1±.1,b=1.1±.1"): "a>b has its kink there: a = 1.1, b = 1.1",
    ("sqrt(a^2+b^2)", "a=.1±.1,b=.15±.1"): "sqrt(a^2+b^2) has a kink there: a = 0, b = 0",
    ("atan2(a,b)", "a=.1±.1,b=-1±.1"): "the value jumps where atan2(a,b) does: a = 0, b = -1",
    ("1/(a-pi)*b", "a=3±.1,b=sqrt(2)±.1"): "1/(a-pi) has a pole there: a = 3.14159",
    ("d(abs(x)*y, x)", "x=0.1±0.1,y=1±.1"): "abs(x) has its kink there: x = 0, y = 1",
    ("sum(inv([[a,b],[b,c]]))", "a=1±0.1,b=0.8±0.1,c=1±.1"): "the formula has a pole there",
    (
        "abs(a-b)+c*d*f*g",
        "a=1±.1,b=1.1±.1,c=1±.1,d=2±.1,f=1±.1,g=3±.1",
    ): "abs(a-b) has its kink there: a = 1.1, b = 1.1",
}


@pytest.mark.parametrize(("expression", "at"), NEAR)
def test_trouble_that_is_near(expression: str, at: str) -> None:
    assert NEAR[expression, at] in trouble(expression, at)


SPREAD = ",".join(f"x{k}={1 + k}±0.1" for k in range(10))
FAR = [
    ("abs(x)", "0.21±0.1"),
    ("log(x) + y", "x=1±0.4,y=0±9"),
    ("1/x", "1±0.4"),
    ("floor(x)", "1.5±0.2"),
    ("m*g*h", "m=1±0.1,g=9.81±0.01,h=2±0.05"),
    ("sin(x)/x", "0±0.1"),
    ("abs(x) + y", "x=0,y=1±1"),
    ("abs(a-b)", "a=1±0.1,b=1.41±0.1"),
    ("1/(a*b)", "a=0.21±0.1,b=1±0.1"),
    ("abs(x)^2", "0.1±0.1"),
    ("abs(a-b)^3", "a=1±.1,b=1.1±.1"),
    ("sin(x*y)/(x*y)", "x=0.1±0.1,y=1±0.1"),
    ("where(b>0.5, 1/(b-0.2), 0)*a", "a=1±.1,b=1±.1"),
    ("where(a>b, a, a)", "a=1±.1,b=1.1±.1"),
    ("1/((a-b)^2+0.001)", "a=1.5±.1,b=1.45±.1"),
    ("+".join(f"abs(x{k}-x{k + 1})" for k in range(9)), SPREAD),
]


@pytest.mark.parametrize(("expression", "at"), FAR)
def test_trouble_that_is_far(expression: str, at: str) -> None:
    assert trouble(expression, at) == ""


LOOSE = {
    "log(x^2+y^2+z^2-2*x*y-2*y*z+2*x*z+0.001)": "may not be real there",
    "1/(x^2+y^2+z^2-2*x*y-2*y*z+2*x*z+0.001)": "may have a pole there",
    "abs(x^2+y^2+z^2-2*x*y-2*y*z+2*x*z+0.001)": "may have its kink there",
}


@pytest.mark.parametrize("expression", LOOSE)
def test_what_is_neither_found_nor_ruled_out(expression: str) -> None:
    """(x - y + z)^2 + 0.001 is never 0, and many small boxes would be needed to see it."""
    assert trouble(expression, "x=1±0.1,y=3.1±0.1,z=2±.1").endswith(LOOSE[expression])


numbers = st.integers(-300, 300).filter(bool)


@given(st.lists(st.tuples(numbers, numbers, st.integers(1, 50)), min_size=1, max_size=5))
@pytest.mark.parametrize("formula", ["abs({0})", "1/({0})", "max({0}, 0)"])
def test_a_linear_switch_is_met_where_its_range_holds_0(
    formula: str, terms: list[tuple[int, int, int]]
) -> None:
    """sum c x is within 2 sum |c| u of its value, exactly."""
    centre = sum(c * x for c, x, _ in terms)
    reach = 2 * sum(abs(c) * u for c, _, u in terms)
    assume(centre and 10 * abs(abs(centre) - reach) > reach)
    text = formula.format("+".join(f"({c})*x{n}" for n, (c, _, _) in enumerate(terms)))
    found = trouble(text, ",".join(f"x{n}={x}±{u}" for n, (_, x, u) in enumerate(terms)))
    assert ("has" in found) == (abs(centre) < reach)
    assert "may" not in found
