"""Branches that are computed only where they are taken."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from autodiffcli.interpreters.branches import Evaluation, evaluate
from autodiffcli.interpreters.tensors import Tensors
from autodiffcli.parser import parse
from autodiffcli.program import run
from tests.judge import doubles


def _evaluation(expression: str, **inputs: Tensor) -> Evaluation:
    program = parse(expression)
    leaves = {name: value.clone().requires_grad_() for name, value in inputs.items()}
    return evaluate(program, Tensors(program, leaves, "float64"))


def _gradients(value: Tensor, leaves: dict[str, Tensor]) -> list[Tensor]:
    if not value.requires_grad:
        return [torch.zeros_like(leaf) for leaf in leaves.values()]
    found = torch.autograd.grad(
        value.sum(), list(leaves.values()), allow_unused=True, materialize_grads=True
    )
    return list(found)


def _slope(expression: str, x: Tensor) -> list[float]:
    program, leaves = parse(expression), {"x": x.clone().requires_grad_()}
    y = evaluate(program, Tensors(program, leaves, "float64")).output
    return _gradients(y, leaves)[0].tolist()


@pytest.mark.parametrize(
    "expression, values, slopes",
    [
        ("where(x > 0, sqrt(x), 0)", [0, 0, 2], [0, 0, 0.25]),
        ("where(x > 0, log(x), x)", [-1, 0, 1.3862943611198906], [1, 1, 0.25]),
        ("where(x != 0, sin(x)/x, 1)", [0.8414709848078965, 1, -0.18920062382698205], None),
        ("x if x <= 0 else 1/x", [-1, 0, 0.25], [1, 1, -0.0625]),
        ("where(x > 0, where(x > 3, sqrt(x - 3), log(x)), exp(x))", None, None),
        ("piecewise(x < 0: sqrt(-x), x > 1: sqrt(x - 1), 5)", [1, 5, 3**0.5], None),
        ("where(x > 9, 1/(x - x), 7)", [7, 7, 7], [0, 0, 0]),
    ],
)
def test_what_is_not_taken_leaves_no_trace(
    expression: str, values: list[float] | None, slopes: list[float] | None
) -> None:
    x = doubles(-1, 0, 4)
    found = _evaluation(expression, x=x).output
    assert bool(torch.isfinite(found).all())
    assert all(number == number for number in _slope(expression, x))
    assert values is None or found.tolist() == pytest.approx(values, rel=1e-15)
    assert slopes is None or _slope(expression, x) == pytest.approx(slopes, rel=1e-15)


def test_a_branch_is_computed_at_the_points_that_take_it_only() -> None:
    evaluation = _evaluation("where(x > 0, exp(x), sin(x))", x=doubles(-1, 2, -3, 4))
    sizes = {
        step.op: None if value is None else value.numel()
        for step, value in zip(evaluation.program.steps, evaluation.values, strict=True)
    }
    assert (sizes["exp"], sizes["sin"], sizes["where"]) == (2, 2, 4)


def test_a_branch_that_nobody_takes_is_not_computed() -> None:
    evaluation = _evaluation("where(x > 9, exp(x), x)", x=doubles(-1, 2))
    place = next(n for n, step in enumerate(evaluation.program.steps) if step.op == "exp")
    assert evaluation.values[place] is None


def test_a_step_that_two_branches_share_is_computed_for_both() -> None:
    evaluation = _evaluation(
        "u = exp(x); where(x > 0, u, 2*u) + where(x > 1, u, 0)", x=doubles(-1, 2)
    )
    expected = [2 * 0.36787944117144233, 2 * 7.38905609893065]
    assert evaluation.output.tolist() == pytest.approx(expected, rel=1e-15)


def test_a_condition_of_one_shape_chooses_among_values_of_another() -> None:
    inputs = {"c": doubles(-1, 1).reshape(2, 1), "x": doubles(1, 4, 9)}
    found = _evaluation("where(c > 0, sqrt(x), x)", **inputs).output
    assert found.tolist() == [[1, 4, 9], [1, 2, 3]]


def test_a_choice_under_a_sum_keeps_every_element_that_the_sum_needs() -> None:
    found = _evaluation("sum(where(x > 0, sqrt(x), 0)) * x", x=doubles(-1, 4, 9)).output
    assert found.tolist() == [-5, 20, 45]
    assert _slope("sum(where(x > 0, sqrt(x), 0))", doubles(-1, 4, 9)) == [0, 0.25, 1 / 6]


def test_operands_are_those_at_the_elements_that_matter() -> None:
    evaluation = _evaluation("where(x > 0, log(x + 1), 0)", x=doubles(-5, 1, 2))
    place = next(n for n, step in enumerate(evaluation.program.steps) if step.op == "log")
    assert [operand.tolist() for operand in evaluation.operands(place)] == [[2, 3]]


_SMOOTH = st.recursive(
    st.sampled_from(["x", "t", "1", "0.5"]),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["sin(%s)", "exp(-%s^2)", "atan(%s)"]), inner).map(
            lambda pair: pair[0] % pair[1]
        ),
        st.tuples(inner, st.sampled_from("+-*"), inner).map("({0[0]}{0[1]}{0[2]})".format),
        st.tuples(inner, st.sampled_from(["<", ">=", "=="]), inner, inner, inner).map(
            "where({0[0]} {0[1]} {0[2]}, {0[3]}, {0[4]})".format
        ),
    ),
    max_leaves=8,
)


@given(_SMOOTH)
def test_where_all_is_finite_nothing_differs_from_torch(expression: str) -> None:
    program = parse(expression)
    inputs = {"x": doubles(-1, 0, 0.5, 2).reshape(4, 1), "t": doubles(-1, 0.5, 1)}
    leaves = {name: value.requires_grad_() for name, value in inputs.items()}
    tensors = Tensors(program, leaves, "float64")
    ours, plain = evaluate(program, tensors).output, run(program, tensors)[program.output]
    assert ours.shape == plain.shape
    assert torch.allclose(ours, plain, rtol=1e-14, atol=0)
    if plain.requires_grad:
        for mine, theirs in zip(_gradients(ours, leaves), _gradients(plain, leaves), strict=True):
            assert torch.allclose(mine, theirs, rtol=1e-12, atol=1e-14)
