"""Numbers of many rows against mpmath at 50 digits and more; none of them silently wrong."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiffcli.engine.answers import Answers, Engine, share
from autodiffcli.lowering import lowered
from autodiffcli.ops import OPS
from autodiffcli.parser import parse
from autodiffcli.plan import Plan, partials
from tests.judge import Neighbourhood, misses, program_of, reference_of

SPECIAL = [0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 1e-9, -1e-9, 1e-5, 30.0, -30.0, math.pi, math.pi / 2]
HARD = [1e-30, 1e160, 1000.0, -1000.0, 40.0, 1e308, -0.0, 1e-7]
RIGHT = 1e-9  # what the README promises of a number without a status


def answered(
    expression: str, order: int, dtype: str = "float64", **columns: list[float]
) -> Answers:
    program = parse(expression)
    plan = Plan(partials(program.inputs, order), program.inputs, "sum", dtype)
    engine = Engine(program, plan, lowered(program, plan.wanted))
    given = {name: np.array(column, float) for name, column in columns.items()}
    return engine(given, len(next(iter(given.values()))))


def statuses(answers: Answers, row: int) -> list[str]:
    count = len(answers.columns)
    found = (answers.verdicts.get((row, place)) for place in range(count))
    return [verdict.status if verdict else "exact" for verdict in found]


ONE = [
    *("x**2+1", "exp(-x**2)*sin(3x)", "x^3-2x", "(1-cos(x))/x^2", "sin(x)/x", "x^x", "2^x"),
    *("tanh(x)/sqrt(1+x^2)", "1/(1+exp(x))", "exp(x)-1", "log(1+x)", "x*abs(x)", "abs(x)^3"),
    *("where(x>0, log(x), x^2)", "max(x, x^2)", "sqrt(x)", "x^1.5", "x^(-2.5)", "cbrt(x)"),
    *("mish(x)", "softsign(x)", "acos(x)", "atanh(x)", "exp(-exp(x))", "(x^20)^(1/20)"),
    *("sinh(sin(3/x))", "cos(sin(2x))*sin(cos(x))", "sin(2/x)*tan(2/x)*cos(2/x)"),
    *("exp(-x^2)*exp(x^2)", "(x+1)-1", "floor(x)*x", "sin(1/x)", "log(x)^2", "erf(x)*x", "x%1"),
]


@pytest.mark.parametrize("expression", ONE)
@pytest.mark.parametrize("order", [1, 2])
def test_every_number_is_right_or_has_a_status(expression: str, order: int) -> None:
    points = [*SPECIAL, *HARD, 0.3, -0.7, 1.9, -2.4]
    if any(word in expression for word in ("exp", "mish", "^x", "tanh")):
        points = [x for x in points if abs(x) < 1e3]  # mpmath has no end of digits for exp(1e308)
    answers = answered(expression, order, x=points)
    program = parse(expression)
    for row, x in enumerate(points):
        for place, status in enumerate(statuses(answers, row)):
            got = float(answers.columns[place][row])
            if status != "exact":
                continue
            try:
                wanted = reference_of(program, {"x": x})(place)
            except (ValueError, ZeroDivisionError, ArithmeticError, OverflowError):
                side = Neighbourhood(program, x, place).derivative(place)
                assert side is not None, f"{got} for nothing at {x}"
                wanted = side
            wrong = misses(got, wanted, 0, relative=RIGHT, units=0, smallest=1e-290)
            assert not wrong, f"{'′' * place} at {x}: {wrong}"


@pytest.mark.parametrize(
    ("expression", "x", "expected"),
    [
        ("abs(x)", 0.0, ["exact", "kink"]),
        ("x*abs(x)", 0.0, ["exact", "exact"]),
        ("sign(x)", 0.0, ["exact", "jump"]),
        ("1/x", 0.0, ["pole", "pole"]),
        ("log(x)", -1.0, ["outside", "outside"]),
        ("sqrt(x)", 0.0, ["exact", "infinite"]),
        ("x^1.5", 0.0, ["exact", "endpoint"]),
        ("exp(x)", 1000.0, ["overflow", "overflow"]),
        ("sin(x)/x", 0.0, ["removable", "removable"]),
        ("x", math.nan, ["undecided", "undecided"]),
        ("x", math.inf, ["undecided", "undecided"]),
        ("where(x > 0, log(x), 1)", -1.0, ["exact", "exact"]),
        ("where(log(x) > 0, 1, 2)", -1.0, ["outside", "outside"]),
    ],
)
def test_a_row_that_is_not_smooth_says_so(expression: str, x: float, expected: list[str]) -> None:
    assert statuses(answered(expression, 1, x=[x, 2.0]), 0) == expected


def test_digits_that_cancel_are_found_again() -> None:
    answers = answered("(1-cos(x))/x^2", 0, x=[1e-9, 1e-12, 1.0])
    assert answers.columns[0].tolist() == pytest.approx([0.5, 0.5, 1 - math.cos(1)], rel=1e-12)


@pytest.mark.parametrize("expression", ["a**2*sin(t)+exp(a*t)", "atan2(a,t)", "hypot(a,t)", "a^t"])
def test_every_partial_of_two_variables(expression: str) -> None:
    points = [(a, t) for a, t in product([0.3, 1.0, 2.5, 1e-5, 3e4], [0.7, 1.0, 5.0, 1e-9])]
    answers = answered(expression, 3, a=[a for a, _ in points], t=[t for _, t in points])
    program = parse(expression)
    for row, (a, t) in enumerate(points):
        reference = reference_of(program, {"a": a, "t": t})
        for place, partial in enumerate(((), *partials(("a", "t"), 3))):
            if statuses(answers, row)[place] == "exact":
                orders = [partial.count(name) for name in program.inputs]
                got = float(answers.columns[place][row])
                wrong = misses(got, reference(*orders), 0, relative=RIGHT, units=0, smallest=1e-290)
                assert not wrong, f"{partial} at {a}, {t}: {wrong}"


FORMULAS = [
    name
    for name, op in OPS.items()
    if not (op.hidden or op.mixes or op.truth) and len(op.parameters) == 1
    if lowered(program_of(op), (("x",), ("x", "x"))) is not None
]


@pytest.mark.parametrize("name", FORMULAS)
def test_every_function_with_formulas(name: str) -> None:
    points = [0.31, 0.77, -0.42, 1.6, -2.3, 4.9]
    answers = answered(f"{name}(x)", 3, x=points)
    program = program_of(OPS[name])
    for row, x in enumerate(points):
        reference = reference_of(program, {program.inputs[0]: x})
        for place, status in enumerate(statuses(answers, row)):
            if status == "exact":
                got = float(answers.columns[place][row])
                wrong = misses(got, reference(place), 0, relative=RIGHT, units=0)
                assert not wrong, f"order {place} at {x}: {wrong}"


def test_functions_without_formulas_are_answered_by_torch() -> None:
    answers = answered("besselj(0, x)*x", 1, x=[0.5, 2.0])
    program = parse("besselj(0, x)*x")
    for row, x in enumerate([0.5, 2.0]):
        reference = reference_of(program, {"x": x})
        for place in (0, 1):
            assert float(answers.columns[place][row]) == pytest.approx(float(reference(place)))


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=40))
def test_a_row_does_not_depend_on_its_neighbours(points: list[float]) -> None:
    together = answered("exp(-x**2)*sin(3x)+abs(x)", 2, x=points)
    for row, x in enumerate(points):
        alone = answered("exp(-x**2)*sin(3x)+abs(x)", 2, x=[x])
        assert statuses(together, row) == statuses(alone, 0)
        for place in range(3):
            assert repr(together.columns[place][row]) == repr(alone.columns[place][0])


def test_single_precision_is_rounded_once() -> None:
    answers = answered("x^2/3", 1, dtype="float32", x=[0.1])
    x = float(np.float32(0.1))
    assert answers.columns[0][0] == np.float32(x * x / 3)
    assert answers.columns[1][0] == np.float32(2 * x / 3)


def test_shares_are_those_of_the_reduced_value() -> None:
    answers = answered("x^2", 1, x=[1.0, -3.0, 3.0])
    share(answers, np.array([0.0, 0.5, 0.5]))
    assert answers.columns[1].tolist() == [0.0, -3.0, 3.0]


def test_more_suspects_than_are_judged_still_have_a_status() -> None:
    points = [-1.0 - k / 10_000 for k in range(6_000)]
    answers = answered("log(x)", 1, x=points)
    assert all(statuses(answers, row) == ["outside", "outside"] for row in range(6_000))


def test_what_is_unstable_keeps_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autodiffcli.engine.answers.JUDGED", 0)
    monkeypatch.setattr("autodiffcli.evaluator.SETTLED", 0)
    monkeypatch.setattr("autodiffcli.pointwise.WORK", 0)
    answers = answered("(1-cos(x))/x", 1, x=[1e-7, 1e-7])
    assert statuses(answers, 0)[1] == "unstable"
    share(answers, np.array([0.5, 0.5]))
    assert answers.columns[1] == pytest.approx([0.25, 0.25], rel=0.1)
