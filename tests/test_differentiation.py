"""Formulas of derivatives: every function of the table, forwards and backwards, against mpmath."""

from __future__ import annotations

import random
from itertools import combinations_with_replacement

import pytest

from autodiffcli.diagnostics import AdiffError, Span
from autodiffcli.differentiation import adjoints, tangent
from autodiffcli.interpreters.symbols import Symbol, Symbols
from autodiffcli.one_point import judged_at
from autodiffcli.ops import OPS
from autodiffcli.ops.op import Op
from autodiffcli.parser import parse
from autodiffcli.plan import Plan
from autodiffcli.program import INPUT, Builder
from tests.judge import misses, program_of
from tests.ops.test_ops import BALL_OPS, COSTLY, moving_of, points_of, reference_at

SOME, FEW = 8, 3  # points of a function, and of one that costs mpmath seconds
NOWHERE = Span(0, 0)
VALUE = Plan((), (), "sum", "float64")


def tape(source: str) -> tuple[Symbols, int, list[int]]:
    """A tape that symbols write on, the step of an expression and those of its variables."""
    builder = Builder(source)
    target = builder.inline(parse(source), {})
    return Symbols(builder, NOWHERE), target, builder.inputs_of(target)


def written(symbols: Symbols, found: Symbol) -> str:
    return str(symbols.builder.finish(symbols.step_of(found))).replace("\n", "; ")


def formulas(op: Op, places: tuple[int, ...]) -> dict[str, tuple[Builder, int]]:
    """The derivative by some operands, one after the other, found in every way."""
    program = program_of(op)
    known: dict[str, tuple[Builder, int]] = {}
    for ways in ("f", "b") if len(places) == 1 else ("ff", "fb", "bf", "bb"):
        builder = Builder()
        step = builder.inline(program, {})
        symbols = Symbols(builder, NOWHERE)
        inputs = [builder.add(INPUT, (), name, NOWHERE) for name in op.parameters]
        for way, place in zip(ways, places, strict=True):
            if way == "f":
                found = tangent(symbols, step, {inputs[place]: symbols.one})
            else:
                (found,) = adjoints(symbols, step, [inputs[place]])
            step = symbols.step_of(found)
        known[ways] = builder, step
    return known


@pytest.mark.parametrize("op", BALL_OPS, ids=lambda op: op.name)
def test_formulas_up_to_order_two_give_the_derivatives_of_mpmath(op: Op) -> None:
    points = [point for point in points_of(op) if all(abs(u) < 1e6 for u in point)]
    count = FEW if op.name in COSTLY else SOME
    points = random.Random(op.name).sample(points, min(count, len(points)))
    moving = [op.parameters.index(name) for name in moving_of(op)]
    orders = [(place,) for place in moving] + list(combinations_with_replacement(moving, 2))
    checked = 0
    for places in orders:
        ways = formulas(op, places)
        for point in points:
            try:
                expected = reference_at(op, point)(*map(places.count, range(len(point))))
            except (ValueError, ZeroDivisionError):
                continue  # not real there
            for way, (builder, step) in ways.items():
                program = builder.finish(step)
                numbers = dict(zip(op.parameters, point, strict=True))
                found = judged_at(program, {n: numbers[n] for n in program.inputs}, VALUE)[()]
                if found.status not in ("exact", "overflow"):
                    continue  # the formula has no value there, which the guard sees
                checked += 1
                miss = misses(found.value, expected, 0, relative=1e-15, units=0)
                assert not miss, f"{way} by {places} at {point}: {miss}"
    assert checked >= len(points) * len(orders)


def test_every_function_is_differentiated_or_says_by_what_it_is_not() -> None:
    for op in BALL_OPS:
        for place, name in enumerate(op.parameters):
            if place not in op.fixed:
                continue
            builder = Builder()
            step = builder.inline(program_of(op), {})
            seed = builder.add(INPUT, (), name, NOWHERE)
            symbols = Symbols(builder, NOWHERE)
            with pytest.raises(AdiffError, match=f"by its operand {name}"):
                tangent(symbols, step, {seed: symbols.one})


# -- the algebra


@pytest.mark.parametrize(
    ("source", "formula"),
    [
        ("x", "%0 = const 1"),
        ("5 + 0*x", "%0 = const 0"),
        ("2*x + 1", "%0 = const 2"),
        ("x/4", "%0 = const 4; %1 = const 1; %2 = div %1 %0"),
        ("-x", "%0 = const 1; %1 = neg %0"),
        ("x^2", "%0 = input x; %1 = const 2; %2 = mul %1 %0"),
        ("sin(x)", "%0 = input x; %1 = cos %0"),
        ("floor(x)", "%0 = const 0"),
        ("max(x, 3)", None),
    ],
)
def test_formulas_are_simplified_where_0_and_1_allow_it(source: str, formula: str | None) -> None:
    symbols, target, inputs = tape(source)
    forwards = tangent(symbols, target, {inputs[0]: symbols.one})
    (backwards,) = adjoints(symbols, target, inputs[:1])
    assert written(symbols, forwards) == written(symbols, backwards)
    if formula is not None:
        assert written(symbols, forwards) == formula


def test_arithmetic_of_constants_is_exact() -> None:
    symbols, *_ = tape("x")
    third = symbols.one / 3
    assert (third + third + third).value == 1
    assert (third * 3 - 1).value == 0
    assert (-(2 / symbols.symbol(4))).value == -symbols.symbol(1).value / 2  # type: ignore[operator]
    assert (symbols.one / symbols.zero).value is None  # written, and a pole where it is evaluated


def test_what_nothing_depends_on_gets_0() -> None:
    symbols, target, (x,) = tape("sin(x)")
    y = symbols.builder.add(INPUT, (), "y", NOWHERE)
    assert tangent(symbols, target, {y: symbols.one}).value == 0
    cosine, none = adjoints(symbols, target, [x, y])
    assert cosine.value is None and none.value == 0


def test_a_gradient_costs_a_few_values_however_many_variables_there_are() -> None:
    names = [f"x_{n}" for n in range(1, 301)]
    symbols, target, inputs = tape("sin(" + " * ".join(names) + ")")
    before = len(symbols.builder.steps)
    adjoints(symbols, target, inputs)
    assert len(symbols.builder.steps) < 5 * before


def test_functions_of_the_table_are_attributes_and_nothing_else_is() -> None:
    symbols, *_ = tape("x")
    assert symbols.exp(symbols.one).step >= 0
    with pytest.raises(AttributeError):
        symbols.no_such_function  # noqa: B018


def test_formulas_stand_where_what_they_are_derivatives_of_stands() -> None:
    symbols, target, inputs = tape("1 + sin(x)")
    found = tangent(symbols, target, {inputs[0]: symbols.one})
    assert symbols.builder.source[slice(*symbols.builder.steps[found.step].span)] == "sin(x)"


def test_there_is_a_formula_for_every_primitive_that_is_no_tensor() -> None:
    """Whatever can be written can be differentiated."""
    plain = [op for op in OPS.values() if not op.mixes and not op.definition and not op.hidden]
    without = [
        op.name
        for op in plain
        if not (op.constant or op.symbolic or op.slope or f"{op.name}_nth" in OPS)
        and op.name not in ("where", "piecewise", "max", "min")
        and len(op.fixed) < len(op.parameters)
    ]
    assert without == []
