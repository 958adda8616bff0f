"""Points and a plan in; an outcome out."""

from __future__ import annotations

import pytest
import torch

from autodiffcli import differentiate
from autodiffcli.derive import BLOCK
from tests.conftest import run_adiff


def test_points_beyond_one_block_give_the_same_numbers_as_alone() -> None:
    points = torch.linspace(0.1, 2, BLOCK + 7, dtype=torch.float64)
    whole = differentiate("exp(-x)*sin(x)", at=points, order=2)
    for row in (0, BLOCK - 1, BLOCK, BLOCK + 6):
        alone = differentiate("exp(-x)*sin(x)", at=[points[row]], order=2)
        for wrt in (("x",), ("x", "x")):
            together = whole.derivative(*wrt)[row]
            assert torch.isclose(together, alone.derivative(*wrt)[0], rtol=1e-14)


@pytest.mark.parametrize("reduction", ["mean", "max", "min"])
def test_a_reduction_is_over_all_blocks(reduction: str) -> None:
    points = torch.linspace(-1, 1, BLOCK + 2, dtype=torch.float64)
    x = points.clone().requires_grad_()
    y = x**3 - x / 2
    (expected,) = torch.autograd.grad(getattr(y, reduction)(), x)
    found = differentiate("x**3 - x/2", at=points, reduction=reduction)
    assert torch.allclose(found.derivative("x"), expected, rtol=1e-13, atol=1e-20)


def test_a_flag_in_a_later_block_has_its_own_row() -> None:
    points = torch.arange(-BLOCK - 3, 3, dtype=torch.float64)
    (flag,) = differentiate("abs(x)", at=points).flags
    assert flag.index == (BLOCK + 3,)


def test_ties_share_the_gradient_and_are_noted() -> None:
    r = differentiate("x**2", at=[-2, 1, 2], reduction="max")
    assert r.derivative("x").tolist() == [-2, 0, 2]
    assert any("tie" in note for note in r.result.notes)


def test_an_extreme_leaves_out_points_without_a_value_and_says_so() -> None:
    r = differentiate("log(x)", at=[-1, 1, 2], reduction="max")
    assert r.result.reduced == pytest.approx(0.6931471805599453)
    assert r.derivative("x")[1:].tolist() == [0, 0.5]
    assert any("left out" in note for note in r.result.notes)


def test_a_sum_with_a_missing_value_has_no_reduced_value() -> None:
    assert differentiate("log(x)", at=[-1, 1]).result.reduced is None


def test_no_points_give_no_numbers() -> None:
    assert differentiate("x**2", at=[]).derivative("x").tolist() == []


def test_a_jacobian_that_would_not_fit_is_refused() -> None:
    ran = run_adiff("x", "--at", "0..5000", "--reduction", "none")
    assert ran.code == 2 and "Jacobian" in ran.stderr


def test_an_order_whose_graph_explodes_is_refused() -> None:
    ran = run_adiff("tan(x)", "--at", "1", "--order", "30", "--method", "autograd")
    assert ran.code == 2 and "order" in ran.stderr


def test_a_high_order_that_is_cheap_is_answered() -> None:
    r = differentiate("x**20", at=[1.0], order=20)
    assert r.derivative(*"x" * 20).item() == pytest.approx(2432902008176640000)


@pytest.mark.parametrize(
    ("expression", "at", "value", "slope"),
    [
        ("det([[x, 1], [2, x]])", {"x": [3]}, 7, 6),
        ("norm([x, 3])", {"x": [4]}, 5, 0.8),
        ("[x, 1] @ [x, 1]", {"x": [3]}, 10, 6),
        ("sum([x, x^2, [1, 2] @ [x, x]])", {"x": [2]}, 12, 8),
    ],
)
def test_a_literal_with_a_variable_has_the_axes_that_are_written(
    expression: str, at: dict[str, list[float]], value: float, slope: float
) -> None:
    r = differentiate(expression, at=at)
    assert (r.value.item(), r.derivative("x").item()) == (value, pytest.approx(slope))


def test_a_literal_of_entries_keeps_its_points() -> None:
    r = differentiate("sum([x[0], x[1]^2])", at=[3, 4])
    assert (r.value.item(), r.derivative("x").tolist()) == (19, [1, 8])


def test_an_edge_that_is_met_by_rounding_is_not_called_infinite() -> None:
    r = differentiate("asin(sin(x))", at="pi/2")  # the double lies 6e-17 below the edge
    assert r.flags == () and r.derivative("x").item() == 1
