"""The two stacks of operator precedence: what has been read, and what waits for its right side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from autodiffcli.calls import Call, truth_of
from autodiffcli.diagnostics import Span
from autodiffcli.ops import OPS
from autodiffcli.program import CONST, Builder

TRUTHS = frozenset(op.name for op in OPS.values() if op.truth)
COMPARISONS = frozenset(op.name for op in OPS.values() if op.truth and op.switch)


class Pending(NamedTuple):
    """Something that waits for what is to its right.

    power   binding power; 0 for brackets, which only their closer ends; -1 at the bottom
    kind    name of the primitive; or if, else, (, [, |, call; "" at the bottom
    word    number of the word where it began
    start   where that word begins in the source
    base    for brackets, how many operands lie below; for prefixes, -1
    call    for a call, what has been read of it
    chain   for a comparison, the truth of the comparisons before it, and where they begin
    """

    power: int
    kind: str
    word: int
    start: int
    base: int = 0
    call: Call | None = None
    chain: tuple[int, int] | None = None


@dataclass(slots=True)
class Stack:
    """What has been read and what is pending, above the tape that it goes onto.

    operands  steps that have been read and not yet used
    starts    where each of them begins in the source
    pending   operators and brackets that are open
    """

    builder: Builder
    operands: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=lambda: [Pending(-1, "", 0, 0)])

    def push(self, step: int, start: int) -> None:
        """Enter an operand."""
        self.operands.append(step)
        self.starts.append(start)

    def replace(self, base: int, step: int, start: int) -> None:
        """Put one operand in place of all above `base`."""
        self.operands[base:] = [step]
        self.starts[base:] = [start]

    def operator(self, power: int, right: bool, op: str, word: int, start: int, end: int) -> None:
        """Enter an infix operator, after applying what binds tighter.

        word   its number
        start  where it begins in the source
        end    where its left side ends
        """
        pending, chain = self.pending, None
        if op in COMPARISONS:
            self.reduce(power + 1, end)
            if pending[-1].kind in COMPARISONS:
                chain = self._chain_link(end)
        elif pending[-1].power >= power + right:
            self.reduce(power + right, end)
        pending.append(Pending(power, op, word, start, 0, None, chain))

    def _chain_link(self, end: int) -> tuple[int, int]:
        """Close the comparison on top but keep its right operand: 0 < x < 1."""
        right, start = self.operands[-1], self.starts[-1]
        self.apply_top(end)
        link = self.operands.pop(), self.starts.pop()
        self.push(right, start)
        return link

    def reduce(self, power: int, end: int) -> None:
        """Apply what is pending and binds at least as tightly as `power`; `if` stays open."""
        pending = self.pending
        while pending[-1].power >= power and pending[-1].kind != "if":
            self.apply_top(end)

    def apply_top(self, end: int) -> None:
        """Apply the operator on top to the operands on top, whose text ends at `end`."""
        _, op, _, start, base, _, chain = self.pending.pop()
        operands, starts, builder = self.operands, self.starts, self.builder
        right = operands.pop()
        if base < 0:
            starts[-1] = start
            step = truth_of(builder, right) if op in TRUTHS else right
            operands.append(builder.add(op, (step,), "", Span(start, end)))
            return
        left = operands.pop()
        starts.pop()
        span = Span(starts[-1], end)
        if op == "pow":
            step = power_of(builder, left, right, span)
        elif op == "else":
            starts.pop()
            span = Span(starts[-1], end)
            step = builder.add("where", (truth_of(builder, left), operands.pop(), right), "", span)
        elif op in TRUTHS and op not in COMPARISONS:
            truths = (truth_of(builder, left), truth_of(builder, right))
            step = builder.add(op, truths, "", span)
        else:
            step = builder.add(op, (left, right), "", span)
        if chain is not None:
            truth, starts[-1] = chain
            step = builder.add("and", (truth, step), "", Span(starts[-1], end))
        operands.append(step)


def power_of(builder: Builder, base: int, exponent: int, span: Span) -> int:
    """The step of a power; that of exp where the base is the constant e."""
    found = builder.steps[base]
    if found.op == CONST and found.text == "e":
        return builder.add("exp", (exponent,), "", span)
    return builder.add("pow", (base, exponent), "", span)


def whole_number(builder: Builder, text: str, span: Span) -> int:
    """The step of a whole number with a sign."""
    step = builder.add(CONST, (), text.lstrip("+-"), span)
    return builder.add("neg", (step,), "", span) if text.startswith("-") else step
