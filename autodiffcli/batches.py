"""Tensor literals of variables with several points each: [x*y, x+y] at x=1,2,3.

Every entry is an elementwise expression, evaluated by itself; derivatives are those of their sum
or mean, which is elementwise too.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import prod

from autodiffcli.arrays import Array, Shape, unravel
from autodiffcli.diagnostics import AdiffError
from autodiffcli.entries import Unshaped, entries
from autodiffcli.interpreters.blocks import Block, items_of
from autodiffcli.interpreters.symbols import Symbols
from autodiffcli.outcome import Outcome, for_literals, reduced
from autodiffcli.plan import Plan, is_elementwise
from autodiffcli.points import Points, paired
from autodiffcli.program import Builder, Program

Evaluate = Callable[[Program, Mapping[str, Array], Plan], Outcome]


@dataclass(frozen=True, slots=True)
class Batch:
    """A tensor by its entries, each an elementwise program.

    total  the sum of the entries; with a mean theirs
    """

    shape: Shape
    parts: tuple[Program, ...]
    total: Program


def batch_of(program: Program, points: Points, reduction: str) -> Batch | None:
    """The entries of a tensor with several points; None where it is no such thing."""
    several = any(len(values) > 1 for values in points.values())
    tensors = any(values.rank for values in points.values())
    if is_elementwise(program) or tensors or not several or reduction not in ("sum", "mean"):
        return None
    if _stands_as_it_is(program, points):
        return None
    builder = Builder(program.source)
    output = builder.inline(program, {})
    symbols = Symbols(builder, program.steps[program.output].span)
    try:
        found = entries(symbols, output, None)
    except Unshaped:
        return None
    if not isinstance(found, Block):
        found = Block((), (found,))
    total = symbols.zero
    for entry in found.items:
        total = total + entry
    if reduction == "mean":
        total = total / len(found.items)

    def alone(step: int) -> Program:
        return builder.finish(step, name=program.name, parameters=program.inputs)

    parts = tuple(alone(symbols.step_of(entry)) for entry in items_of(found))
    return Batch(found.shape, parts, alone(symbols.step_of(total)))


def _stands_as_it_is(program: Program, points: Points) -> bool:
    """Whether no literal has entries with several points each: [2, 1, 0] beside three points."""
    try:
        for_literals(program, points)
    except AdiffError:
        return False
    return True


def evaluated(batch: Batch, points: Points, plan: Plan, evaluate: Evaluate) -> Outcome:
    """Values of every entry and derivatives of all together.

    evaluate  an elementwise program
    """
    points = paired(points)
    whole = evaluate(batch.total, points, plan)
    alone = replace(plan, wanted=(), reduction="sum")
    parts = [evaluate(part, points, alone) for part in batch.parts]
    size, rows = prod(batch.shape), len(whole.value)
    shape = (*whole.value.shape, *batch.shape)
    value = Array(
        shape, array("d", (part.value.real[row] for row in range(rows) for part in parts))
    )
    flags = [flag for flag in whole.flags if flag.wrt]
    for number, part in enumerate(parts):
        own = unravel(number, batch.shape)
        flags += [replace(flag, index=(*flag.index, *own)) for flag in part.flags]
    known = all(number == number for number in value.real)
    deep = ", higher ones likewise" if any(len(p) > 1 for p in plan.wanted) else ""
    of = f"the {plan.reduction} of the {size} entries{deep}"
    note = f"derivatives are those of {of}; `adiff jacobian` has each"
    return replace(
        whole,
        value=value,
        reduced=reduced(value.real, plan.reduction) if known else None,
        flags=tuple(sorted(flags, key=lambda flag: flag.index)),
        notes=(*whole.notes, *([note] if plan.wanted and size > 1 else [])),
        elementwise=False,
    )
