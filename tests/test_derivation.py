"""Derivatives inside an expression: formulas of tensors taken apart into their entries."""

from __future__ import annotations

import pytest

from autodiffcli import differentiate

# an entry of a vector inside a formula that is differentiated; by hand, at x = 3, t = 2
ENTRIES = {
    "d(2*[x^2, x][0], x) + 0*t": 12,
    "v = x^2*t; d(2*grad(v, x, t)[1], x)": 12,
    "v = x^2*t; d(x + sin(grad(v, x, t)[0])*0, x)": 1,
    "grad(t*[x, x^3][1] + x, x, t)[0]": 55,
}


@pytest.mark.parametrize("expression", ENTRIES)
def test_an_entry_inside_a_formula(expression: str) -> None:
    found = differentiate(expression, at={"x": 3, "t": 2}, order=0)
    assert found.value.item() == pytest.approx(ENTRIES[expression], rel=1e-14)
