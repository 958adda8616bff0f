"""Wanted derivatives from Taylor series: pure, mixed, in blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from mpmath import mp, mpf

from autodiffcli import taylor as module
from autodiffcli.parser import parse
from autodiffcli.plan import Partial, Plan, partials
from autodiffcli.taylor import sweep, taylor
from tests.judge import Reference, doubles


def swept(
    expression: str, point: dict[str, float], wanted: tuple[Partial, ...], dtype: str = "float64"
) -> tuple[float, dict[Partial, float]]:
    """The value and the derivatives at one point."""
    inputs = {name: doubles(x).to(getattr(torch, dtype)) for name, x in point.items()}
    plan = Plan(wanted, tuple(point), "none", dtype)
    value, columns = sweep(parse(expression), inputs, plan)
    assert value.shape == (1,)
    return value.item(), {partial: column.item() for partial, column in columns.items()}


@pytest.mark.parametrize(
    "expression, f, point, order",
    [
        ("exp(x*y)*sin(x + y)", lambda x, y: mp.exp(x * y) * mp.sin(x + y), (0.3, 0.7), 5),
        ("x^y", lambda x, y: x**y, (1.3, 2.7), 4),
        ("log(x + y*z)/z", lambda x, y, z: mp.log(x + y * z) / z, (1.5, 0.7, 2.0), 4),
        ("a*b*c*d", lambda a, b, c, d: a * b * c * d, (1.5, 2.0, -3.0, 0.5), 4),
    ],
)
def test_every_partial(
    expression: str, f: Callable[..., Any], point: tuple[float, ...], order: int
) -> None:
    program = parse(expression)
    at = dict(zip(sorted(program.inputs), point, strict=True))
    value, found = swept(expression, at, partials(tuple(at), order))
    reference = Reference(f, point)
    assert value == pytest.approx(float(f(*map(mpf, point))), rel=1e-15)
    for partial, number in found.items():
        exact = float(reference(*(partial.count(name) for name in at)))
        scale = abs(exact) + 1e-3
        assert abs(number - exact) <= 1e-12 * scale, partial


def test_order_10_of_two_variables() -> None:
    """exp(x + 2y): every partial is 2^n times the value."""
    value, found = swept("exp(x + 2*y)", {"x": 0.25, "y": -0.5}, partials(("x", "y"), 10))
    for partial, number in found.items():
        assert number == pytest.approx(value * 2 ** partial.count("y"), rel=1e-10), partial


def test_a_partial_sweeps_its_own_variables_only(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[dict[str, float], int]] = []

    def counted(program: Any, inputs: Any, direction: Any, order: int, *rest: Any) -> Any:
        seen.append((dict(direction), order))
        return taylor(program, inputs, direction, order, *rest)

    monkeypatch.setattr(module, "taylor", counted)
    _, found = swept("a*x^3*t^2", {"a": 2.0, "x": 3.0, "t": 5.0}, (("x",), ("t", "t"), ("x", "t")))
    assert found == {("x",): 1350, ("t", "t"): 108, ("x", "t"): 540}
    assert sorted(seen, key=str) == [({"t": 1, "x": 1}, 2), ({"t": 1}, 2), ({"x": 1}, 2)]


def test_nothing_wanted_is_the_value() -> None:
    assert swept("x^2 + 1", {"x": 3.0}, ()) == (10, {})


def test_float32() -> None:
    _, found = swept("exp(x)", {"x": 0.5}, (("x",) * 20,), "float32")
    assert found[("x",) * 20] == pytest.approx(float(mp.exp(0.5)), rel=1e-4)


def test_blocks_are_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    program, points = parse("exp(sin(x))/x"), torch.linspace(1, 2, 101, dtype=torch.float64)
    whole = taylor(program, {"x": points}, {"x": 1.0}, 6, "float64")
    monkeypatch.setattr(module, "block_rows", lambda order: 7)
    assert torch.equal(whole, taylor(program, {"x": points}, {"x": 1.0}, 6, "float64"))


def test_results_may_meet_autograd() -> None:
    """They are no tensors of inference mode."""
    found = taylor(parse("x^2"), {"x": doubles(3.0)}, {"x": 1.0}, 2, "float64")
    weight = torch.ones(1, dtype=torch.float64, requires_grad=True)
    (found[1] * weight).sum().backward()
    assert weight.grad is not None and weight.grad.item() == 6
