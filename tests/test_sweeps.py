"""Many points by torch: the numbers and statuses of few points in balls."""

from __future__ import annotations

import random
from array import array
from math import isnan

import pytest

from autodiffcli.derivation import operands_of, operator_of
from autodiffcli.diagnostics import Span
from autodiffcli.fields import Fields, Found, by_balls
from autodiffcli.interpreters.blocks import items_of
from autodiffcli.interpreters.symbols import Symbols
from autodiffcli.parser import parse
from autodiffcli.program import INPUT, Builder
from autodiffcli.sweeps import by_torch, flat_tape

COUNT = 20_000
LOOKED_AT = 60  # of those, besides the special ones


def made(kind: str, source: str, **shapes: tuple[int, ...]) -> Fields:
    program = parse(source)
    builder = Builder(program.source)
    u = builder.inline(program, {})
    symbols = Symbols(builder, program.steps[program.output].span)
    sizes = {name: shapes.get(name, ()) for name in program.inputs}
    steps = [builder.add(INPUT, (), name, Span(0, 0)) for name in program.inputs]
    found = items_of(operator_of(kind)(operands_of(symbols, u, steps, sizes)))
    distinct = dict.fromkeys(symbols.step_of(entry) for entry in found)
    return Fields(builder, tuple(distinct), sizes)


def points(names: list[str], special: list[float]) -> dict[str, list[array[float]]]:
    """Random ones, and every combination of the special ones first."""
    chance = random.Random(7)
    first = (
        [(a, b) for a in special for b in special] if len(names) > 1 else [(a,) for a in special]
    )
    rest = [tuple(chance.uniform(-3, 3) for _ in names) for _ in range(COUNT - len(first))]
    return {
        name: [array("d", (row[place] for row in (*first, *rest)))]
        for place, name in enumerate(names)
    }


def status(found: Found, row: int, position: int) -> str:
    verdict = found.verdicts.get((row, position))
    return verdict.status if verdict else "exact"


@pytest.mark.parametrize("kind", ["grad", "hessian"])
@pytest.mark.parametrize(
    "source",
    [
        "exp(sin(x*y)) + x^3",
        "abs(x)*y + max(x, y)",
        "where(x > y, x^2, y^3)",
        "floor(x)*y",
        "relu(x)^2*y",
        "(x^2 - y^2)/(x^2 + y^2)",
        "sqrt(1 + x^2 + y^2)/x",
        "(1 - cos(x))/x^2 + y",
        "cbrt(x)^3 + y",
        "x*abs(x) + x*y",
    ],
)
def test_many_points_are_those_of_few(kind: str, source: str) -> None:
    fields = made(kind, source)
    special = [0.0, -1.0, 1.0, 2.0, 1e-9]
    at = points(list(parse(source).inputs), special)
    found = by_torch(fields, at, COUNT)
    assert found.method == "torch"
    count = 25 + LOOKED_AT
    few = {name: [entry[:count] for entry in entries] for name, entries in at.items()}
    truth = by_balls(fields, few, count)
    for row in range(count):
        for position in range(len(fields.outputs)):
            one, other = found.values[position][row], truth.values[position][row]
            assert status(found, row, position) in (status(truth, row, position), "unstable")
            if status(found, row, position) != "unstable":
                assert (isnan(one) and isnan(other)) or one == pytest.approx(other, rel=3e-11)


def test_vectors_are_taken_apart_by_entry() -> None:
    fields = made("grad", "sum(x^2)*x[0]", x=(2,))
    assert flat_tape(fields).inputs == ("x[0]", "x[1]")
    chance = random.Random(3)
    at = {"x": [array("d", (chance.uniform(-1, 1) for _ in range(COUNT))) for _ in range(2)]}
    found = by_torch(fields, at, COUNT)
    for row in range(0, COUNT, 997):
        a, b = at["x"][0][row], at["x"][1][row]
        assert found.values[0][row] == pytest.approx(3 * a * a + b * b, rel=1e-13)
        assert found.values[1][row] == pytest.approx(2 * a * b, rel=1e-13)
    assert not found.verdicts


def test_a_fault_that_is_not_settled_is_no_number() -> None:
    fields = made("grad", "log(x)")
    at = {"x": [array("d", [-1.0] * 5_000 + [2.0] * 15_000)]}
    found = by_torch(fields, at, COUNT)
    assert all(isnan(number) for number in found.values[0][:5_000])
    assert {status(found, row, 0) for row in range(5_000)} == {"outside"}
    assert found.values[0][-1] == 0.5 and status(found, COUNT - 1, 0) == "exact"
