"""Several numbers on one tape at a point: plain where all is smooth, else judged one by one."""

from __future__ import annotations

from array import array
from math import isnan

import pytest
from mpmath import mp, mpf

from autodiffcli.derivation import operands_of, operator_of
from autodiffcli.diagnostics import Span
from autodiffcli.fields import Fields, by_balls
from autodiffcli.interpreters.blocks import items_of
from autodiffcli.interpreters.symbols import Symbols
from autodiffcli.one_point import judged_at
from autodiffcli.parser import parse
from autodiffcli.plan import Plan
from autodiffcli.program import INPUT, Builder


def gradient(source: str, **shapes: tuple[int, ...]) -> Fields:
    """The gradient of a formula, as the command makes it."""
    program = parse(source)
    builder = Builder(program.source)
    u = builder.inline(program, {})
    symbols = Symbols(builder, program.steps[program.output].span)
    sizes = {name: shapes.get(name, ()) for name in program.inputs}
    steps = [builder.add(INPUT, (), name, Span(0, 0)) for name in program.inputs]
    found = operator_of("grad")(operands_of(symbols, u, steps, sizes))
    return Fields(builder, tuple(map(symbols.step_of, items_of(found))), sizes)


def columns(**numbers: list[float]) -> dict[str, list[array[float]]]:
    return {name: [array("d", values)] for name, values in numbers.items()}


def test_a_gradient_at_smooth_points_is_that_of_mpmath() -> None:
    found = by_balls(gradient("exp(x*y)/x"), columns(x=[0.5, -2.0], y=[1.5, 0.25]), 2)
    assert found.verdicts == {} and found.method == "certified"
    for row, (x, y) in enumerate(((0.5, 1.5), (-2.0, 0.25))):
        with mp.workdps(40):
            e = mp.exp(mpf(x) * y)
            expected = [e * y / x - e / mpf(x) ** 2, e]
        assert [numbers[row] for numbers in found.values] == [float(v) for v in expected]


NASTY = [
    *("abs(x)*y", "max(x, y)", "x*abs(y) + floor(x)", "sqrt(x^2 + y^2)", "x^2*y/(x^2 + y^2)"),
    *("log(x)*y", "sqrt(x)*y", "x/y", "sin(x*y)/x", "where(x > y, x^2, y)", "cbrt(x)^3*y"),
    *("atan2(y, x)", "relu(x)*relu(y)", "mod(x, 1)*y", "x^y", "gamma(x)*y", "sign(y)*x^2"),
]


@pytest.mark.parametrize("source", NASTY)
def test_every_entry_has_the_verdict_that_it_has_by_itself(source: str) -> None:
    program = parse(source)
    places = [(x, y) for x in (-1.0, 0.0, 0.5, 1.0) for y in (-1.0, 0.0, 0.5, 1.0)]
    at = columns(x=[x for x, _ in places], y=[y for _, y in places])
    found = by_balls(gradient(source), at, len(places))
    for row, (x, y) in enumerate(places):
        for position, name in enumerate(program.inputs):
            verdict = found.verdicts.get((row, position))
            status = verdict.status if verdict else "exact"
            number = found.values[position][row]
            plan = Plan(((name,),), program.inputs, "sum", "float64")
            truth = judged_at(program, {"x": x, "y": y}, plan)[(name,)]
            assert status == truth.status, f"{name} at {x}, {y}"
            assert number == truth.value or (isnan(number) and isnan(truth.value))


def test_entries_of_vectors_move_by_themselves() -> None:
    fields = gradient("max(x)*sum(x^2) + abs(x[0])", x=(3,))
    at = {"x": [array("d", [number]) for number in (0.0, 2.0, 1.0)]}
    found = by_balls(fields, at, 1)
    assert [numbers[0] for numbers in found.values[1:]] == [5 + 2 * 2 * 2, 2 * 2 * 1]
    assert found.verdicts[0, 0].status == "kink" and set(found.verdicts) == {(0, 0)}


def test_an_entry_that_nothing_depends_on() -> None:
    found = by_balls(gradient("x + 0*y"), columns(x=[1.0], y=[2.0]), 1)
    assert [numbers[0] for numbers in found.values] == [1, 0]
