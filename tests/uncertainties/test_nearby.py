"""What first order does not see: a kink, a pole or an end within two standard uncertainties."""

from __future__ import annotations

import pytest

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
}


@pytest.mark.parametrize(("expression", "at"), NEAR)
def test_trouble_that_is_near(expression: str, at: str) -> None:
    assert NEAR[expression, at] in trouble(expression, at)


FAR = [
    ("abs(x)", "0.21±0.1"),
    ("log(x) + y", "x=1±0.4,y=0±9"),
    ("1/x", "1±0.4"),
    ("floor(x)", "1.5±0.2"),
    ("m*g*h", "m=1±0.1,g=9.81±0.01,h=2±0.05"),
    ("sin(x)/x", "0±0.1"),
    ("abs(x) + y", "x=0,y=1±1"),
]


@pytest.mark.parametrize(("expression", "at"), FAR)
def test_trouble_that_is_far(expression: str, at: str) -> None:
    assert trouble(expression, at) == ""
