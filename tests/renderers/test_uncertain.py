"""A value rounded to match its uncertainty, GUM 7.2.6."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiffcli.renderers.uncertain import with_uncertainty

ROUNDED = {
    (19.62, 2.0224822): "19.6 ± 2.0",
    (196.2, 20.3): "196 ± 20",
    (10.05762, 0.027): "10.058 ± 0.027",  # GUM 7.2.6
    (1.0, 0.0996): "1.00 ± 0.10",
    (1.0, 0.996): "1.0 ± 1.0",
    (50000838.0, 31.7): "50000838 ± 32",
    (1330.0, 250.0): "1330 ± 250",
    (0.0, 0.1): "0.00 ± 0.10",
    (-0.001, 0.1): "0.00 ± 0.10",
    (0.1, 12.0): "0 ± 12",
    (6.02214e23, 8e18): "(6.022140 ± 0.000080)e+23",
    (1.2e-5, 3e-6): "(1.20 ± 0.30)e-05",
    (1e-300, 2e-301): "(1.00 ± 0.20)e-300",
    (1e300, 1e-300): "1e+300 ± 1e-300",
    (19.62, 0.0): "19.62 ± 0",
    (0.0, 0.0): "0 ± 0",
}


@pytest.mark.parametrize("pair", ROUNDED)
def test_the_uncertainty_has_two_figures(pair: tuple[float, float]) -> None:
    assert with_uncertainty(*pair) == ROUNDED[pair]


@given(
    st.floats(-1e30, 1e30, allow_nan=False),
    st.floats(1e-30, 1e30, allow_nan=False, exclude_min=True),
)
def test_rounding_moves_neither_by_more_than_half_a_last_digit(value: float, u: float) -> None:
    text = with_uncertainty(value, u, "+/-")
    inside, _, power = text.removeprefix("(").partition(")")
    scale = 10.0 ** float(power.lstrip("e") or 0)
    left, right = (float(part) * scale for part in inside.split("+/-"))
    assert abs(right - u) <= 0.051 * u
    assert abs(left - value) <= 0.051 * u * (1 + 1e-9) + 1e-12 * abs(value)
