"""Many points of --at: the reductions of torch, the numbers of ball arithmetic."""

from __future__ import annotations

import pytest
import torch

from autodiffcli import differentiate
from autodiffcli.engine.spread import LEAST
from tests.conftest import run_adiff

MANY = 50_000


@pytest.mark.parametrize("reduction", ["sum", "mean", "max", "min"])
def test_reductions_are_those_of_torch(reduction: str) -> None:
    points = torch.linspace(-2, 2, MANY, dtype=torch.float64)
    x = points.clone().requires_grad_()
    (first,) = torch.autograd.grad(getattr(x**3 - x, reduction)(), x, create_graph=True)
    found = differentiate("x**3 - x", at=points, reduction=reduction)
    assert found.result.method == "taylor"
    assert torch.allclose(found.derivative("x"), first, rtol=1e-12, atol=1e-18)


def test_a_flag_has_the_index_of_its_point() -> None:
    points = torch.arange(-MANY, 10, dtype=torch.float64).reshape(2, -1)
    (flag,) = differentiate("abs(x)", at=points).flags
    assert points[flag.index] == 0 and flag.status == "kink"


def test_shapes_are_those_of_the_points() -> None:
    a = torch.ones(100, 200, dtype=torch.float64)
    found = differentiate("a**2*t", at={"a": a, "t": 2 * a}, order=2)
    assert found.value.shape == (100, 200)
    assert bool((found.derivative("a", "t") == 2).all())


def test_a_million_points_on_the_command_line_are_shared_out() -> None:
    count = LEAST + 1
    alone, shared = (
        run_adiff("x^2", "--at", f"x=linspace(0,1,{count})", "-f", "csv", "--threads", threads)
        for threads in ("1", "2")
    )
    assert alone.code == 0 and alone.stdout.count("\n") == count + 1
    assert alone.stdout == shared.stdout
