"""Tensor literals of variables with several points each: [x*y, x+y] at x=1,2,3."""

from __future__ import annotations

import pytest
import torch
from mpmath import mp

from autodiffcli import differentiate
from autodiffcli.batches import batch_of
from autodiffcli.parser import parse
from autodiffcli.points import read_points
from tests.conftest import run_adiff


@pytest.mark.parametrize(
    ("expression", "slope"),
    [
        ("det([[x, 1], [2, x]])", lambda x: (x * x - 2, 2 * x)),
        ("[x, 1] @ [x, 1]", lambda x: (x * x + 1, 2 * x)),
        ("sum([x^2, 1])", lambda x: (x * x + 1, 2 * x)),
        ("trace([[x, 5], [5, x^3]])", lambda x: (x + x**3, 1 + 3 * x * x)),
        ("norm([x, 2*x])", lambda x: (abs(x) * mp.sqrt(5), mp.sign(x) * mp.sqrt(5))),
        ("([x, 3*x] @ [1, 2])*x", lambda x: (7 * x * x, 14 * x)),
    ],
)
def test_a_number_made_of_a_literal_is_one_at_every_point(expression: str, slope: object) -> None:
    points = [-2.0, 3.0, 4.5]
    r = differentiate(expression, at="x=-2,3,4.5")
    for row, x in enumerate(points):
        value, derivative = slope(x)  # type: ignore[operator]
        assert r.value[row].item() == pytest.approx(float(value), rel=1e-14)
        assert r.derivative("x")[row].item() == pytest.approx(float(derivative), rel=1e-14)


def test_a_tensor_is_one_at_every_point_and_derivatives_are_those_of_its_sum() -> None:
    r = differentiate("[x*y, x + y, 3]", at="x=1,2,y=5,7", order=2)
    assert r.value.tolist() == [[5, 6, 3], [14, 9, 3]]
    assert r.derivative("x").tolist() == [6, 8]
    assert r.derivative("x", "y").tolist() == [1, 1]
    assert "sum of the 3 entries" in " ".join(r.result.notes)
    r = differentiate("[[x, x^2], [0, 1]]", at="x=3,5", reduction="mean")
    assert r.value.shape == (2, 2, 2)
    assert r.derivative("x").tolist() == [7 / 8, 11 / 8]


def test_an_entry_without_a_value_is_flagged_by_itself() -> None:
    r = differentiate("[x, 1/x]", at="x=0,2")
    assert r.value[0, 0].item() == 0 and r.value[0, 1].isnan() and r.value[1].tolist() == [2, 0.5]
    flags = {(flag.index, flag.wrt): flag.status for flag in r.flags}
    assert flags == {((0, 1), ()): "pole", ((0,), ("x",)): "pole"}


def test_many_points_are_those_of_few() -> None:
    many = differentiate("[sin(x)*x, exp(x)]", at="x=linspace(0.5,3,40001)")
    few = differentiate("[sin(x)*x, exp(x)]", at="x=linspace(0.5,3,6)")
    assert torch.allclose(many.value[::8000], few.value, rtol=1e-14)
    assert torch.allclose(many.derivative("x")[::8000], few.derivative("x"), rtol=1e-13)


@pytest.mark.parametrize(
    ("expression", "at", "reduction"),
    [
        ("x*y", "x=1,2 y=1,2", "sum"),  # no tensor
        ("[x, y]", "x=1 y=2", "sum"),  # one point
        ("[x, x]", "x=[1,2]", "sum"),  # the variable is a tensor itself
        ("sum(x)", "x=1,2", "sum"),  # so it is here: the points are its entries
        ("[x, x^2]", "x=1,2", "none"),
        ("[x, x^2]", "x=1,2", "max"),
    ],
)
def test_all_else_is_no_batch(expression: str, at: str, reduction: str) -> None:
    program = parse(expression)
    assert batch_of(program, read_points(at.split(), program), reduction) is None


def test_sizes_that_do_not_fit_are_said() -> None:
    ran = run_adiff("[x, 1] @ [x, 1, 2]", "--at", "3,4")
    assert ran.code == 2 and "does not take operands of shape 2 and 3" in ran.stderr
