"""One sweep in several processes: the same bytes, whatever their number."""

from __future__ import annotations

import numpy as np
import pytest

from autodiffcli.diagnostics import AdiffError
from autodiffcli.engine import compiled_columns
from autodiffcli.engine.machine import LEAST, MOST, block_size


@pytest.mark.parametrize("rows", [1, 63, 64, 65, 1000, 40_001])
@pytest.mark.parametrize("processes", [2, 3])
def test_processes_and_blocks_do_not_change_a_bit(rows: int, processes: int) -> None:
    x = np.random.default_rng(rows).uniform(-3, 3, rows)
    expression = "exp(-x**2)*sin(3x) + sinh(x)/cosh(x) + x^2.5*log(abs(x))"
    one = compiled_columns(expression, 2, checked=True)({"x": x})
    several = compiled_columns(expression, 2, checked=True, processes=processes)({"x": x})
    for mine, theirs in zip(one, several, strict=True):
        assert mine.tobytes() == theirs.tobytes()


def test_columns_are_those_of_closed_formulas() -> None:
    a, t = np.array([0.5, 1.5, -2.0]), np.array([0.1, 2.0, 0.7])
    found = compiled_columns("a**2*sin(t)+exp(a*t)", 2)({"a": a, "t": t})
    e = np.exp(a * t)
    wanted = [
        a**2 * np.sin(t) + e,
        2 * a * np.sin(t) + t * e,
        a**2 * np.cos(t) + a * e,
        2 * np.sin(t) + t * t * e,
        2 * a * np.cos(t) + e + a * t * e,
        -(a**2) * np.sin(t) + a * a * e,
    ]
    for mine, theirs in zip(found, wanted, strict=True):
        assert np.allclose(mine, theirs, rtol=1e-14)


def test_what_is_not_to_be_trusted_is_nan_when_checked() -> None:
    x = np.array([0.0, 1.0])
    (_, slope) = compiled_columns("abs(x)", checked=True)({"x": x})
    assert np.isnan(slope[0]) and slope[1] == 1


def test_what_has_no_formula_is_refused() -> None:
    with pytest.raises(AdiffError):
        compiled_columns("besselj(0, x)")


def test_blocks_fit_the_cache_within_limits() -> None:
    assert block_size(1) == MOST
    assert block_size(10_000) == LEAST
    assert block_size(8) & (block_size(8) - 1) == 0
