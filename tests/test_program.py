"""The tape: sharing, inlining, leaving out, and giving it a meaning."""

from __future__ import annotations

import pytest

from autodiffcli import program as tape
from autodiffcli.diagnostics import AdiffError, Span
from autodiffcli.parser import parse
from autodiffcli.program import CONST, INPUT, Builder, Program, Step, depends_on, run

HERE = Span(0, 1)


def test_a_tape_prints_its_steps() -> None:
    assert str(parse("x**2 + 1")).splitlines() == [
        "%0 = input x",
        "%1 = const 2",
        "%2 = pow %0 %1",
        "%3 = const 1",
        "%4 = add %2 %3",
    ]


def test_equal_steps_are_one_and_the_first_place_counts() -> None:
    builder = Builder("x + x")
    first = builder.add(INPUT, (), "x", Span(0, 1))
    assert builder.add(INPUT, (), "x", Span(4, 5)) == first
    assert builder.steps == [Step(INPUT, (), "x", Span(0, 1))]


@pytest.mark.parametrize(
    "other", [("sub", (0, 1), ""), ("add", (1, 0), ""), ("add", (0, 1), "0"), ("add", (0,), "")]
)
def test_steps_that_differ_in_anything_are_two(other: tuple[str, tuple[int, ...], str]) -> None:
    builder = Builder()
    builder.add(INPUT, (), "x", HERE)
    builder.add(INPUT, (), "y", HERE)
    assert builder.add("add", (0, 1), "", HERE) == 2
    assert builder.add(*other, HERE) == 3


def test_inlining_replaces_inputs_and_shares_what_is_there() -> None:
    body = parse("z^2 + t")
    builder = Builder()
    x = builder.add(INPUT, (), "x", HERE)
    two = builder.add(CONST, (), "2", HERE)
    square = builder.add("pow", (x, two), "", HERE)
    output = builder.inline(body, {"z": x})
    assert builder.steps[output].operands == (square, output - 1)
    assert builder.steps[output - 1] == Step(INPUT, (), "t", Span(6, 7))


def test_inlining_may_put_all_steps_in_one_place() -> None:
    builder = Builder()
    builder.inline(parse("z^2 + t"), {}, Span(3, 9))
    assert {step.span for step in builder.steps} == {Span(3, 9)}


def test_finishing_leaves_out_what_does_not_matter() -> None:
    builder = Builder("source")
    x = builder.add(INPUT, (), "x", HERE)
    builder.add("sin", (x,), "", HERE)
    y = builder.add(INPUT, (), "y", HERE)
    output = builder.add("cos", (y,), "", HERE)
    builder.add("tan", (output,), "", HERE)
    found = builder.finish(output, name="f", parameters=("z",))
    assert found.steps == (Step(INPUT, (), "y", HERE), Step("cos", (0,), "", HERE))
    assert (found.output, found.inputs, found.name, found.source) == (1, ("z", "y"), "f", "source")


def test_finishing_does_not_change_the_tape() -> None:
    builder = Builder()
    for n in range(5):
        builder.add(CONST, (), str(n), HERE)
    before = list(builder.steps)
    builder.finish(2)
    assert builder.steps == before


def test_a_tape_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tape, "MAX_STEPS", 3)
    builder = Builder("1 2 3 4")
    for n in range(3):
        builder.add(CONST, (), str(n), HERE)
    assert builder.add(CONST, (), "2", HERE) == 2  # a shared one is none more
    with pytest.raises(AdiffError) as caught:
        builder.add(CONST, (), "3", Span(6, 7))
    found = caught.value.diagnostic
    assert found.message == "the expression has more than 3 steps"
    assert (found.span, found.source) == (Span(6, 7), "1 2 3 4")


class Depth:
    """How many steps lie below each step: a meaning as simple as can be."""

    def input(self, name: str) -> int:
        return 0

    def const(self, literal: str) -> int:
        return 100

    def apply(self, step: Step, operands: list[int]) -> int:
        return 1 + max(operands)


def test_running_gives_every_step_a_meaning_in_the_order_of_the_tape() -> None:
    assert run(parse("sin(cos(x)) + 2"), Depth()) == [0, 1, 2, 100, 101]


def test_running_does_not_recurse() -> None:
    assert run(parse("sin(" * 5_000 + "x" + ")" * 5_000), Depth())[-1] == 5_000


def test_the_text_of_a_step() -> None:
    program = parse("2*sin( x )")
    assert [program.text_of(number) for number in range(4)] == ["2", "x", "sin( x )", "2*sin( x )"]


def test_which_steps_depend_on_which_variables() -> None:
    program = parse("(x + 2)*sin(3) + y")
    # x, 2, x+2, 3, sin(3), product, y, sum
    assert depends_on(program, ["x"]) == [True, False, True, False, False, True, False, True]
    assert depends_on(program, ["y"]) == [False] * 6 + [True, True]
    assert depends_on(program, []) == [False] * 8


def test_programs_are_compared_by_value() -> None:
    assert parse("x+1") == parse("x+1")
    assert parse("x+1") != parse("x + 1")  # places differ
    assert isinstance(parse("x"), Program)
