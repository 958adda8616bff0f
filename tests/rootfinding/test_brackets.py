"""Brackets: what is continuous between two places, and the middle of doubles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiffcli.parser import parse
from autodiffcli.rootfinding.brackets import are_adjacent, is_continuous, middle, shifted


@pytest.mark.parametrize(
    ("expression", "low", "high", "continuous"),
    [
        ("x^3 - x", -10, 10, True),
        ("abs(x) - 1", -3, 3, True),
        ("max(x, -2x)", -3, 3, True),
        ("cbrt(x)", -8, 8, True),
        ("tan(x)", -1.5, 1.5, True),
        ("tan(x)", 1, 2, False),
        ("1/x", -1, 1, False),
        ("1/(x - 0.1)^2", 0, 1, False),
        ("floor(x)", 0.25, 0.75, True),
        ("floor(x)", 0.5, 1.5, False),
        ("sign(x)", -1, 1, False),
        ("where(x > 0, x, x - 1)", -1, 1, False),
        ("round(x)", 0, 1, False),
        ("x % 1", 0.5, 1.5, False),
        ("log(x)", -1, 1, False),
    ],
)
def test_only_what_is_continuous_is_called_so(
    expression: str, low: float, high: float, continuous: bool
) -> None:
    program = parse(expression)
    assert is_continuous(program, lambda ball: {"x": ball}, low, high) is continuous


doubles = st.floats(allow_nan=False, allow_infinity=False)


@given(doubles, doubles)
def test_the_middle_lies_between(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    assert low <= middle(low, high) <= high


@given(doubles, doubles)
def test_bisection_of_all_doubles_ends_soon(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    steps = 0
    while not are_adjacent(low, high) and steps < 200:
        place = middle(low, high)
        low, high = (place, high) if steps % 3 else (low, place)
        steps += 1
    assert steps < 130


@given(st.floats(-1e300, 1e300))
def test_a_double_shifted_there_and_back(x: float) -> None:
    assert shifted(shifted(x, 3), -3) == x
