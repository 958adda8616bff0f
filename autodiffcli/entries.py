"""A step of a tape taken apart into its entries: tensors as elementwise steps."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TypeAlias

from autodiffcli.arrays import Shape, unravel
from autodiffcli.diagnostics import wrong
from autodiffcli.interpreters.blocks import Block, Misfit, block, items_of, lifted
from autodiffcli.interpreters.symbols import Symbol, Symbols
from autodiffcli.ops import OPS
from autodiffcli.program import INPUT, Builder, Step

Value: TypeAlias = "Symbol | Block"
Shapes = Mapping[str, Shape]  # of the variables; those left out are single numbers


class Unshaped(Exception):
    """That a formula treats variables as tensors, whose sizes are not known yet."""


def entries(symbols: Symbols, output: int, shapes: Shapes | None) -> Value:
    """A step as a tensor of elementwise steps. Raises Unshaped, AdiffError.

    shapes  None while they are not known
    """
    builder = symbols.builder
    values: dict[int, Value] = {}
    for number in builder.live(output):
        step = builder.steps[number]
        symbols.begin(step)
        if step.op == INPUT:
            values[number] = variable_entries(symbols, number, (shapes or {}).get(step.text, ()))
        elif not step.operands or step.op == "derivative":
            values[number] = symbols.at(number)
        else:
            operands = [values[operand] for operand in step.operands]
            values[number] = _entries_of(symbols, number, step, operands, shapes)
    return values[output]


def variable_entries(symbols: Symbols, number: int, shape: Shape) -> Value:
    """A variable by its entries."""
    if not shape:
        return symbols.at(number)
    places = (",".join(map(str, unravel(row, shape))) for row in range(prod(shape)))
    span = symbols.span
    found = [symbols.builder.add("index", (number,), place, span) for place in places]
    return Block(shape, tuple(map(symbols.at, found)))


def _entries_of(
    symbols: Symbols, number: int, step: Step, operands: list[Value], shapes: Shapes | None
) -> Value:
    pairs = zip(operands, step.operands, strict=True)
    if not OPS[step.op].mixes and all(isinstance(u, Symbol) and u.step == n for u, n in pairs):
        return symbols.at(number)
    if step.op == "rows":
        found = [entry for u in operands for entry in items_of(u)]
        return Block((len(found),), tuple(found))
    loose = step.op not in ("stack", "transpose") and not isinstance(operands[0], Block)
    if step.op == "deferred" or (OPS[step.op].mixes and loose and shapes is None):
        raise Unshaped
    try:
        return lifted(symbols, step, operands)  # type: ignore[no-any-return]
    except Misfit as error:
        place = error.step.span if error.step else step.span
        raise wrong("shapes", str(error), place, symbols.builder.source) from None


def is_elementwise(builder: Builder, output: int) -> bool:
    """Whether the steps that matter to a step mix no entries."""
    steps = (builder.steps[number] for number in builder.live(output))
    return not any(step.op in OPS and OPS[step.op].mixes for step in steps)


def written(symbols: Symbols, value: Value) -> int:
    """The step of a tensor of symbols."""
    if not isinstance(value, Block):
        return symbols.step_of(value)
    height, *rest = value.shape
    size = prod(rest)
    parts = [
        written(symbols, block(tuple(rest), value.items[first : first + size]))
        for first in range(0, height * size, size)
    ]
    return symbols.builder.add("stack", tuple(parts), "", symbols.span)
