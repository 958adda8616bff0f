"""Which way a switch goes, against mpmath a hair's breadth away."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from mpmath import mp, mpf
from torch import Tensor

from autodiffcli.derive import forward
from autodiffcli.interpreters.sides import sides_along
from autodiffcli.interpreters.tensors import Algebra
from autodiffcli.ops import OPS
from autodiffcli.ops.op import Op
from autodiffcli.parser import parse
from tests.judge import Point, doubles, kernel, program_of

HAIR = mpf(10) ** -30
SPECIAL = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
SWITCHES = [op for op in OPS.values() if op.switch]


def _anywhere(masks: dict[int, Tensor]) -> bool:
    return any(bool(mask.any()) for mask in masks.values())


def _meeting_points(op: Op) -> list[Point]:
    """Points where two pieces of a primitive meet, and where it has a value."""
    f, found = Algebra(torch.float64), []
    assert op.switch is not None
    for point in product(SPECIAL, repeat=len(op.parameters)):
        operands = [torch.tensor(u, dtype=torch.float64) for u in point]
        masks = [rule(f, *operands) for rule in (op.pole, op.outside) if rule]
        if not any(masks) and bool(op.switch.distance(f, *operands) == 0):
            found.append(point)
    return found


@pytest.mark.parametrize("op", SWITCHES, ids=lambda op: op.name)
def test_a_switch_goes_the_way_that_mpmath_goes(op: Op) -> None:
    points = _meeting_points(op)
    assert points
    inputs = {
        name: doubles(*(point[place] for point in points))
        for place, name in enumerate(op.parameters)
    }
    program = program_of(op)
    for (place, moving), sign in product(enumerate(op.parameters), (-1.0, 1.0)):
        direction = {moving: torch.full((len(points),), sign, dtype=torch.float64)}
        sides = sides_along(program, inputs, direction, "float64", 3)
        found = forward(program, inputs, "float64", sides.signs).output
        for row, point in enumerate(points):
            with mp.workdps(50):
                beside = [mpf(u) + sign * HAIR * (k == place) for k, u in enumerate(point)]
                expected = float(kernel(op)(*beside))
            assert float(found[row]) == pytest.approx(expected, abs=1e-15), (point, moving, sign)


@pytest.mark.parametrize("op", SWITCHES, ids=lambda op: op.name)
def test_a_switch_that_claims_to_be_continuous_is_and_a_jump_jumps(op: Op) -> None:
    assert op.switch is not None
    jumps = False
    for point in _meeting_points(op):
        with mp.workdps(50):
            here = float(kernel(op)(*map(mpf, point)))
            for place, sign in product(range(len(point)), (-1, 1)):
                beside = [mpf(u) + sign * HAIR * (k == place) for k, u in enumerate(point)]
                jumps |= abs(float(kernel(op)(*beside)) - here) > 1e-9
    assert jumps is not op.switch.continuous


@pytest.mark.parametrize(
    "expression, below, above",
    [
        ("abs(x)", -1, 1),
        ("abs(x^2)", 1, 1),  # by the second derivative
        ("abs(x^3)", -1, 1),
        ("abs(-x^3)", 1, -1),
        ("abs(sin(x) - x)", 1, -1),  # sin x - x = -x^3/6 + ...
        ("abs(x^9)", 0, 0),  # deeper than one looks: both pieces have the same derivatives
        ("abs(2)", 1, 1),
    ],
)
def test_the_first_derivative_that_is_not_zero_decides(
    expression: str, below: int, above: int
) -> None:
    program = parse(expression)
    number = next(n for n, step in enumerate(program.steps) if step.op == "abs")
    for sign, expected in ((-1.0, below), (1.0, above)):
        sides = sides_along(program, {"x": doubles(0)}, {"x": doubles(sign)}, "float64", 3)
        assert float(sides.signs[number]) == expected


def test_a_jump_at_an_unknown_side_is_unsettled_and_one_that_stands_still_is_not() -> None:
    deep, still = parse("sign(x^9)"), parse("sign(t) * x")
    for sign in (-1.0, 1.0):
        sides = sides_along(deep, {"x": doubles(0)}, {"x": doubles(sign)}, "float64", 3)
        assert _anywhere(sides.unsettled)
        zeros = {"x": doubles(0), "t": doubles(0)}
        sides = sides_along(still, zeros, {"x": doubles(sign)}, "float64", 3)
        assert not _anywhere(sides.unsettled)


@pytest.mark.parametrize(
    "expression, at, below, above",
    [
        ("sqrt(x)", 0.0, True, False),
        ("sqrt(-x)", 0.0, False, True),
        ("sqrt(x^2)", 0.0, False, False),
        ("sqrt(-x^2)", 0.0, True, True),
        ("acos(x)", 1.0, False, True),
        ("acosh(x)", 1.0, True, False),
        ("x^1.5", 0.0, True, False),
        ("x^3", 0.0, False, False),
        ("x^x", -1.0, True, True),
        ("x^(2 + sin(x))", 0.0, True, False),
        ("log(x)^floor(x)", 1.0, False, False),
        ("abs(x)^2.5^1.5", 0.0, False, False),
    ],
)
def test_a_step_out_of_the_domain_is_seen(
    expression: str, at: float, below: bool, above: bool
) -> None:
    program = parse(expression)
    for sign, expected in ((-1.0, below), (1.0, above)):
        sides = sides_along(program, {"x": doubles(at)}, {"x": doubles(sign)}, "float64", 4)
        assert _anywhere(sides.beyond) is expected


def test_every_point_moves_by_itself_or_one_moves_alone() -> None:
    program = parse("abs(x)")
    x, step = doubles(0, 1, -1), doubles(1, 1, 1)
    (signs,) = sides_along(program, {"x": x}, {"x": step}, "float64", 3).signs.values()
    assert signs.tolist() == [1, 1, -1]
    first = doubles(1, 0, 0)
    sides = sides_along(program, {"x": x}, {"x": first}, "float64", 3, one_travel=True)
    assert next(iter(sides.signs.values())).tolist() == [1, 1, -1]
