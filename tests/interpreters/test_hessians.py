"""Hessians over boxes: they hold those of mpmath at points of the box."""

from __future__ import annotations

import pytest
from flint import arb
from mpmath import mp

from autodiffcli.interpreters.balls import precision
from autodiffcli.parser import parse
from autodiffcli.stationarity.box_gradients import Gradient
from autodiffcli.stationarity.eigenvalues import eigenvalues

FUNCTIONS = {
    "x^2*y-3x/y": lambda x, y: x**2 * y - 3 * x / y,
    "exp(x*y)+log(x+2y)": lambda x, y: mp.exp(x * y) + mp.log(x + 2 * y),
    "x^y-y^x": lambda x, y: x**y - y**x,
    "atan2(y,x)*sqrt(x)": lambda x, y: mp.atan2(y, x) * mp.sqrt(x),
    "max(x,y^2)-abs(x-5)": lambda x, y: max(x, y**2) - abs(x - 5),
    "hypot(x,y)": lambda x, y: mp.sqrt(x**2 + y**2),
    "(x-y)*(x-y)+2-x": lambda x, y: (x - y) ** 2 + 2 - x,
}
ORDERS = {(1, 0): (0, 0), (0, 1): (1, 1), (2, 0): (0, 0), (1, 1): (0, 1), (0, 2): (1, 1)}


@pytest.mark.parametrize("expression", FUNCTIONS)
@pytest.mark.parametrize("radius", [0.0, 0.05])
def test_derivatives_over_a_box(expression: str, radius: float) -> None:
    gradient = Gradient(parse(expression), ("x", "y"), {})
    with precision(128, 1):
        found = gradient.over({"x": arb(1.25, radius), "y": arb(0.75, radius)})
    with mp.workdps(60):
        for dx, dy in ((0, 0), (1, 1), (-1, 1), (1, -1)):
            at = (1.25 + dx * radius, 0.75 + dy * radius)
            for orders, (i, j) in ORDERS.items():
                truth = float(mp.diff(FUNCTIONS[expression], at, orders))
                ball = found.gradient[i] if sum(orders) == 1 else found.hessian[i][j]
                assert ball.lower() <= truth + 1e-12 * (1 + abs(truth))
                assert ball.upper() >= truth - 1e-12 * (1 + abs(truth))


def test_eigenvalues_of_a_matrix_that_is_known() -> None:
    # the second difference has the eigenvalues 2 - 2 cos(k pi / (n + 1))
    size = 4
    matrix = [
        [arb(2 if i == j else -1 if abs(i - j) == 1 else 0) for j in range(size)]
        for i in range(size)
    ]
    expected = [float(2 - 2 * mp.cos(k * mp.pi / (size + 1))) for k in range(1, size + 1)]
    assert [float(v.mid()) for v in eigenvalues(matrix, 128)] == pytest.approx(expected, rel=1e-15)
