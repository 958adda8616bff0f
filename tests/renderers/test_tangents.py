"""Tangents and normals as equations: read back, they hold."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiffcli import differentiate
from tests.conftest import run_adiff


def equation(kind: str, source: str, at: str) -> str | None:
    ran = run_adiff(kind, source, f"--at={at}", "--format", "json")
    assert ran.code == 0
    found: str | None = json.loads(ran.stdout)["equation"][0]
    return found


@pytest.mark.parametrize(
    ("source", "at", "tangent", "normal"),
    [
        ("x^2", "x=2", "y = 4 + 4*(x - 2)", "y = 4 - 0.25*(x - 2)"),
        ("x^2", "x=-2", "y = 4 - 4*(x + 2)", "y = 4 + 0.25*(x + 2)"),
        ("x^2", "x=0", "y = 0", "x = 0"),
        ("x", "x=0", "y = x", "y = -x"),
        ("-x", "x=5", "y = -5 - (x - 5)", "y = -5 + (x - 5)"),
        ("x^3 - x", "x=0", "y = -x", "y = x"),
        ("x*y", "x=1,y=2", "f = 2 + 2*(x - 1) + (y - 2)", "(x, y, f) = (1, 2, 2) + s*(-2, -1, 1)"),
        ("x - y", "x=0,y=0", "f = x - y", "(x, y, f) = (0, 0, 0) + s*(-1, 1, 1)"),
        ("abs(x)", "x=0", None, None),
        ("1/x", "x=0", None, None),
    ],
)
def test_equations_as_one_writes_them(
    source: str, at: str, tangent: str | None, normal: str | None
) -> None:
    assert (equation("tangent", source, at), equation("normal", source, at)) == (tangent, normal)


@settings(max_examples=40)
@given(st.floats(-3, 3, allow_subnormal=False), st.sampled_from(["exp(x)", "x^3 - x", "sin(3*x)"]))
def test_a_tangent_read_back_has_the_value_and_the_slope(x: float, source: str) -> None:
    text = equation("tangent", source, f"x={x!r}")
    assert text is not None
    curve, line = (differentiate(u, at={"x": [x]}) for u in (source, text.removeprefix("y = ")))
    assert line.value.item() == pytest.approx(curve.value.item(), rel=1e-14, abs=1e-14)
    if text != "y = 0" and "x" in text:
        assert line.derivative("x").item() == pytest.approx(curve.derivative("x").item(), rel=1e-14)


def test_many_equations_are_left_to_the_machine_formats() -> None:
    few = run_adiff("tangent", "x^2", "--at", "x=1..50").stdout
    many = run_adiff("tangent", "x^2", "--at", "x=1..51").stdout
    assert few.count("y = ") == 50 and many.count("y = ") == 0
    ran = run_adiff("tangent", "x^2", "--at", "x=1..51", "--format", "csv")
    assert ran.stdout.count("y = ") == 51
