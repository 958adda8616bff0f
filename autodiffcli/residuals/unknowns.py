"""Unknown functions on a tape: u, u_x, u_xt as steps, and as inputs once their values are known.

A step "unknown" is a function without a formula, or one of its derivatives, of the operands at
which it is taken. The rules of calculus treat it as any other primitive: the derivative of an
unknown is the unknown with one more order. Whoever can calculate it (a network) puts numbers in
the place of these steps; all the rest is an ordinary program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autodiffcli.diagnostics import Span
from autodiffcli.differentiation import places_of, unknown_text
from autodiffcli.interpreters.printing import read_as
from autodiffcli.ops import OPS
from autodiffcli.program import INPUT, Builder, Program

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Slot:
    """An input that stands for an unknown or one of its derivatives.

    input      its name in the programs
    unknown    the function's name
    by         the operands it is differentiated by, by their numbers, in order
    operands   where the function is taken, one program each
    """

    input: str
    unknown: str
    by: tuple[int, ...]
    operands: tuple[Program, ...]


@dataclass(frozen=True, slots=True)
class Separated:
    """Programs in which inputs stand for the unknowns.

    slots   by the names of these inputs, operands before what is taken at them
    kinks   per program, what its derivatives are derivatives of where that has kinks or jumps
    """

    programs: tuple[Program, ...]
    slots: dict[str, Slot]
    kinks: tuple[tuple[Program, ...], ...]

    def needed(self, programs: Sequence[Program]) -> list[Slot]:
        """The slots that some programs need, in the order in which they can be filled."""
        wanted = {name for program in programs for name in program.inputs}
        for name in reversed(self.slots):
            if name in wanted:
                wanted.update(n for p in self.slots[name].operands for n in p.inputs)
        return [slot for name, slot in self.slots.items() if name in wanted]


def unknown(builder: Builder, name: str, variables: Sequence[int], span: Span) -> int:
    """The step of an unknown function of some steps."""
    return builder.add(UNKNOWN, tuple(variables), unknown_text(name, ()), span)


def separated(programs: Sequence[Program], variables: Mapping[str, Sequence[str]]) -> Separated:
    """The programs with inputs in place of their unknowns.

    variables  of each unknown, in order
    """
    work = _Work(programs[0].source if programs else "", variables)
    found = tuple(work.separate(program) for program in programs)
    kinks = tuple(tuple(work.inner_with_kinks(program)) for program in programs)
    return Separated(found, work.slots, kinks)


class _Work:
    def __init__(self, source: str, variables: Mapping[str, Sequence[str]]) -> None:
        self.source = source
        self.variables = variables
        self.slots: dict[str, Slot] = {}
        self.names: dict[tuple[str, tuple[str, ...]], str] = {}

    def separate(self, program: Program) -> Program:
        """The program with inputs in place of its unknowns, and of their derivatives."""
        builder, here = Builder(self.source), list[int]()
        for step in program.steps:
            operands = tuple(here[operand] for operand in step.operands)
            if step.op == UNKNOWN:
                name = self._slot(builder, step.text, operands)
                here.append(builder.add(INPUT, (), name, step.span))
            elif step.inner is not None and _has_unknowns(step.inner.program):
                here.append(operands[0])  # that it exists is not for ball arithmetic to say
            else:
                here.append(builder.add(step.op, operands, step.text, step.span, step.inner))
        return builder.finish(here[program.output], readings=program.readings)

    def _slot(self, builder: Builder, text: str, operands: tuple[int, ...]) -> str:
        """The name of the input for an unknown at some operands."""
        programs = tuple(builder.finish(operand) for operand in operands)
        key = (text, tuple(map(str, programs)))
        if key not in self.names:
            name, by = places_of(text)
            own = self.variables[name]
            label = f"{name}_{''.join(own[place] for place in by)}" if by else name
            at = tuple(map(read_as, programs))
            label = label if at == tuple(own) else f"{label}({', '.join(at)})"
            label = f"{label}.{len(self.slots)}" if label in self.slots else label
            self.names[key] = label
            self.slots[label] = Slot(label, name, by, programs)
        return self.names[key]

    def inner_with_kinks(self, program: Program) -> Iterator[Program]:
        """What derivatives in a program are of, if it has unknowns and is not smooth everywhere."""
        for step in program.steps:
            if step.inner is None or not _has_unknowns(step.inner.program):
                continue
            inner = step.inner.program
            if any(s.op in OPS and OPS[s.op].switch for s in inner.steps):
                builder = Builder(self.source)
                for s in program.steps:
                    builder.add(*s)
                inputs = dict(zip(inner.inputs, step.operands[2:], strict=True))
                yield self.separate(builder.finish(builder.inline(inner, inputs)))


def _has_unknowns(program: Program) -> bool:
    return any(step.op == UNKNOWN for step in program.steps)
