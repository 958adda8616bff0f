"""Programs as tapes of plain formulas: which have one, and how long it is."""

from __future__ import annotations

import pytest

from autodiffcli.lowering import MAX_ORDER, lowered
from autodiffcli.parser import parse
from autodiffcli.plan import partials


def steps(expression: str, order: int) -> int:
    program = parse(expression)
    tape = lowered(program, partials(program.inputs, order))
    assert tape is not None
    return sum(bool(step.operands) for step in tape.steps)


@pytest.mark.parametrize(
    ("expression", "order", "most"),
    [("x**2+1", 2, 3), ("exp(-x**2)*sin(3x)", 2, 30), ("exp(x)", 8, 2), ("1/(1+x^2)", 3, 30)],
)
def test_nothing_is_calculated_twice(expression: str, order: int, most: int) -> None:
    assert steps(expression, order) <= most


@pytest.mark.parametrize("expression", ["x*y", "sin(x*y)", "x^y"])
def test_mixed_partials_are_formulas_too(expression: str) -> None:
    assert steps(expression, 2) > 0


@pytest.mark.parametrize(
    "expression", ["besselj(0, x)", "d(x^3, x)", "zeta(x)", "dawson(x)", "x[0]"]
)
def test_what_has_no_plain_formula(expression: str) -> None:
    program = parse(expression)
    assert lowered(program, partials(program.inputs, 1)) is None


def test_high_orders_are_left_to_series() -> None:
    program = parse("exp(x)")
    assert lowered(program, partials(("x",), MAX_ORDER)) is not None
    assert lowered(program, partials(("x",), MAX_ORDER + 1)) is None


def test_a_value_alone_needs_no_derivative() -> None:
    program = parse("x^2")
    tape = lowered(program, ())
    assert tape is not None and len(tape.outputs) == 1
