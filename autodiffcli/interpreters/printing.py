"""The meaning of a tape as text: how an expression was understood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autodiffcli.ops import OPS
from autodiffcli.ops.op import Infix, Op
from autodiffcli.parser import CONSTANTS
from autodiffcli.program import Program, Step, run

LONGEST = 2_000  # characters; a longer reading helps nobody
ATOM = 1_000  # binding power of what needs no brackets
DERIVED = ATOM + 1  # likewise, of a derivative
CHOICE = 10


class Phrase(NamedTuple):
    """A piece of text and how tightly its outermost operator binds; "" when it got too long."""

    text: str
    power: int


TOO_LONG = Phrase("", ATOM)


class _Printing:
    def input(self, name: str) -> Phrase:
        return Phrase(name, ATOM)

    def const(self, literal: str) -> Phrase:
        return Phrase(literal, ATOM)

    def apply(self, step: Step, operands: Sequence[Phrase]) -> Phrase:
        if not all(operand.text for operand in operands):
            return TOO_LONG
        phrase = _phrase(step, operands)
        return phrase if len(phrase.text) <= LONGEST else TOO_LONG


def read_as(program: Program) -> str:
    """The program in adiff's own notation, fully bracketed where it matters; "" if too long."""
    text = run(program, _Printing())[program.output].text
    if text and not CONSTANTS.keys().isdisjoint(program.inputs):
        return f"{program.name or 'f'}({', '.join(program.inputs)}) = {text}"  # e is a variable
    return text


def _derivative(step: Step, operands: Sequence[Phrase]) -> Phrase:
    """d(u, x), or the formula where what is differentiated by has been replaced."""
    assert step.inner is not None
    formula, value, *inputs = operands
    name, entry = step.inner.seeds[-1]
    place = inputs[step.inner.inputs.index(name)].text
    if not place.isidentifier() or entry >= 0:
        return formula
    if value.text.startswith("d(") and value.power == DERIVED:
        return Phrase(f"{value.text[:-1]}, {place})", DERIVED)
    return Phrase(f"d({value.text}, {place})", DERIVED)


def _phrase(step: Step, operands: Sequence[Phrase]) -> Phrase:
    if step.inner is not None:
        return _derivative(step, operands)
    op, texts = OPS[step.op], [operand.text for operand in operands]
    if op.name == "rows":
        return Phrase("; ".join(texts), 0)
    if op.name == "deferred":
        return Phrase(f"{step.text}({', '.join(texts)})", ATOM)
    if op.name == "index":
        return Phrase(f"{_bracketed(operands[0], ATOM)}[{step.text}]", ATOM)
    if op.name == "stack":
        return Phrase(f"[{', '.join(texts)}]", ATOM)
    if op.infix is None or not op.infix.symbols[0].isascii():
        return Phrase(f"{op.name.removesuffix('_base')}({', '.join(texts)})", ATOM)
    if op.infix.place == "prefix":
        space = " " if op.infix.symbols[0].isalpha() else ""
        inner = _bracketed(operands[0], op.infix.power)
        return Phrase(f"{op.infix.symbols[0]}{space}{inner}", op.infix.power)
    return Phrase(_operator(op, op.infix, operands), op.infix.power)


def _operator(op: Op, infix: Infix, operands: Sequence[Phrase]) -> str:
    symbol, chains = infix.symbols[0], op.truth and op.switch is not None
    left = _bracketed(operands[0], infix.power + (1 if infix.right or chains else 0))
    right = _bracketed(operands[1], infix.power + (0 if infix.right else 1))
    if symbol == "/" and left.endswith("^1"):
        left = f"({left})"  # x^1/2 is a doubtful way of writing
    return f"{left}{symbol}{right}" if symbol in ("^", "*", "/") else f"{left} {symbol} {right}"


def _bracketed(phrase: Phrase, power: int) -> str:
    return phrase.text if phrase.power >= power else f"({phrase.text})"
