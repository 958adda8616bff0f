"""`Program`: an expression as a linear tape of numbered steps, and the loop that gives it meaning.

    x**2 + 1   ->   %0 = input x    %1 = const 2    %2 = pow %0 %1    %3 = const 1    %4 = add %2 %3

Operands come before the steps that use them and equal steps are shared, so a meaning is one pass
over the tape: no recursion, whatever the depth. Nothing here knows torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol, TypeVar

from autodiffcli.diagnostics import Diagnostic, Span, wrong

INPUT, CONST = "input", "const"
MAX_STEPS = 2_000_000

T = TypeVar("T")
_NONE: frozenset[int] = frozenset()


class Step(NamedTuple):
    """One operation of the tape.

    op        key of `ops.OPS`, or "input", or "const"
    operands  numbers of earlier steps
    text      an input's name, a literal as written, an index; "" otherwise
    span      the place in the source that this step came from
    inner     of a derivative: what it is the derivative of
    """

    op: str
    operands: tuple[int, ...]
    text: str
    span: Span
    inner: Derivative | None = None


@dataclass(frozen=True, eq=False)
class Derivative:
    """What a step "derivative" stands for: a partial derivative of a program.

    The step's operands are the formula of the derivative, the value of the program, and what the
    program's inputs are there, in their order. The formula says what the derivative is where there
    is one; whether there is one, the program itself must say.

    inputs  of the program
    seeds   the inputs it is by, one after the other, each with the flat position of an entry where
            it is a tensor; -1 for a number
    make    gives the program, which few need
    """

    inputs: tuple[str, ...]
    seeds: tuple[tuple[str, int], ...]
    make: Callable[[], Program]

    @cached_property
    def program(self) -> Program:
        """What it is the derivative of."""
        return self.make()


@dataclass(frozen=True, slots=True)
class Program:
    """An expression in single-assignment form.

    inputs    names of the variables, in the order of their appearance
    output    number of the step that is the result
    name      what the expression calls itself, `f` of `f(x) = x^2`; "" otherwise
    readings  what could be read two ways, and how it was read
    """

    source: str
    steps: tuple[Step, ...]
    output: int
    inputs: tuple[str, ...]
    name: str = ""
    readings: tuple[Diagnostic, ...] = ()

    def __str__(self) -> str:
        return "\n".join(
            " ".join(
                [f"%{number} =", step.op, *(f"%{i}" for i in step.operands), step.text]
            ).strip()
            for number, step in enumerate(self.steps)
        )

    def text_of(self, step: int) -> str:
        """The source text that a step came from."""
        start, end = self.steps[step].span
        return self.source[start:end]


class Meaning(Protocol[T]):
    """What the steps of a tape mean: numbers, tensors, series, text."""

    def input(self, name: str) -> T:
        """What a variable means."""

    def const(self, literal: str) -> T:
        """What a number of the source means."""

    def apply(self, step: Step, operands: Sequence[T]) -> T:
        """What a primitive makes of its operands."""


def run(program: Program, meaning: Meaning[T]) -> list[T]:
    """The meaning of every step, in the order of the tape."""
    values: list[T] = []
    for step in program.steps:
        if step.op == INPUT:
            values.append(meaning.input(step.text))
        elif step.op == CONST:
            values.append(meaning.const(step.text))
        else:
            values.append(meaning.apply(step, [values[i] for i in step.operands]))
    return values


@dataclass(slots=True)
class Builder:
    """Appends steps, sharing equal ones.

    source  the text that spans count in, for the error when the tape grows too long
    """

    source: str = ""
    steps: list[Step] = field(default_factory=list)
    known: dict[tuple[str, tuple[int, ...], str], int] = field(default_factory=dict)
    reached: list[frozenset[int]] = field(default_factory=list)

    def add(
        self,
        op: str,
        operands: tuple[int, ...],
        text: str,
        span: Span,
        inner: Derivative | None = None,
    ) -> int:
        """The number of the step that does this, an earlier one where there is one."""
        steps = self.steps
        fresh = len(steps)
        number = self.known.setdefault((op, operands, text), fresh)
        if number == fresh:
            if fresh >= MAX_STEPS:
                message = f"the expression has more than {MAX_STEPS:,} steps"
                raise wrong("too-long", message, span, self.source)
            steps.append(Step(op, operands, text, span, inner))
        return number

    def inline(
        self,
        body: Program,
        arguments: dict[str, int],
        span: Span | None = None,
    ) -> int:
        """Repeat another tape's steps with its inputs replaced; returns its output here.

        arguments  the step here for each input of the body; other inputs stay inputs
        span       replaces the spans of the body, which may belong to another text
        """
        here: list[int] = []
        for step in body.steps:
            place = span or step.span
            if step.op == INPUT and step.text in arguments:
                here.append(arguments[step.text])
            else:
                operands = tuple(here[i] for i in step.operands)
                here.append(self.add(step.op, operands, step.text, place, step.inner))
        return here[body.output]

    def finish(
        self,
        output: int,
        *,
        name: str = "",
        parameters: tuple[str, ...] = (),
        readings: tuple[Diagnostic, ...] = (),
    ) -> Program:
        """The program that computes step `output`, without the steps that do not matter to it.

        parameters  variables that come first, also where they do not occur
        """
        live = self.live(output)
        steps = self.steps if len(live) == len(self.steps) else self._renumbered(live)
        found = [step.text for step in steps if step.op == INPUT]
        inputs = tuple(dict.fromkeys((*parameters, *found)))
        return Program(self.source, tuple(steps), len(live) - 1, inputs, name, readings)

    def _renumbered(self, live: list[int]) -> list[Step]:
        new = {step: number for number, step in enumerate(live)}
        found = (self.steps[number] for number in live)
        return [step._replace(operands=tuple(new[i] for i in step.operands)) for step in found]

    def inputs_of(self, output: int) -> list[int]:
        """The steps of the variables that matter to a step, in the order of the tape."""
        for step in self.steps[len(self.reached) : output + 1]:
            own = frozenset((len(self.reached),)) if step.op == INPUT else _NONE
            parts = [self.reached[operand] for operand in step.operands]
            widest = max(parts, key=len, default=own)
            self.reached.append(widest if all(p <= widest for p in parts) else own.union(*parts))
        return sorted(self.reached[output])

    def live(self, *outputs: int, formulas: bool = False) -> list[int]:
        """The steps that matter to some steps, in order; the others are not looked at.

        formulas  of a derivative only what its formula is made of
        """
        steps, reached, waiting = self.steps, set(outputs), list(outputs)
        while waiting:
            step = steps[waiting.pop()]
            operands = step.operands[:1] if formulas and step.inner is not None else step.operands
            for operand in operands:
                if operand not in reached:
                    reached.add(operand)
                    waiting.append(operand)
        return sorted(reached)


def depends_on(program: Program, variables: Sequence[str]) -> list[bool]:
    """For each step, whether one of these variables reaches it."""
    reached: list[bool] = []
    for step in program.steps:
        own = step.op == INPUT and step.text in variables
        reached.append(own or any(reached[i] for i in step.operands))
    return reached
