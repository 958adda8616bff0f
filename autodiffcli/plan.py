"""`Plan`: which derivatives are asked for. Counted and limited before anything is calculated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import comb
from typing import TypeVar

from autodiffcli.diagnostics import wrong
from autodiffcli.ops import OPS
from autodiffcli.program import Program, depends_on

Partial = tuple[str, ...]  # variables in the order of differentiation; () is the value
K = TypeVar("K")

MAX_COLUMNS = 10_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of a program.

    wanted     the partial derivatives to report, by order, then by variable
    wrt        the variables differentiated by
    reduction  sum, mean, max, min or none
    dtype      float64, float32 or complex128
    """

    wanted: tuple[Partial, ...]
    wrt: tuple[str, ...]
    reduction: str
    dtype: str


def partials(wrt: Sequence[str], order: int) -> tuple[Partial, ...]:
    """Every partial derivative up to an order, mixed ones once. Raises AdiffError when too many."""
    count = comb(len(wrt) + order, order) - 1
    if count > MAX_COLUMNS:
        message = f"{len(wrt)} variables have {count:,} partial derivatives up to order {order}"
        hint = f"choose some by --wrt or --partial, {MAX_COLUMNS:,} at most"
        raise wrong("order", message, hint=hint)
    return tuple(p for k in range(1, order + 1) for p in combinations_with_replacement(wrt, k))


def is_elementwise(program: Program) -> bool:
    """Whether the result at a point depends on that point alone."""
    return not any(step.op in OPS and OPS[step.op].mixes for step in program.steps)


def refuse_unknown(program: Program, wrt: Sequence[str]) -> None:
    """Raise AdiffError where an operand moves that no derivative is known by."""
    moving = depends_on(program, wrt)
    for step in program.steps:
        for position in OPS[step.op].fixed if step.op in OPS else ():
            if moving[step.operands[position]]:
                op, place = OPS[step.op], program.steps[step.operands[position]].span
                operand = op.parameters[position]
                message = f"no derivative of {op.signature} is known by its operand {operand}"
                raise wrong("no-derivative", message, place, program.source)


def ancestors(partial: tuple[K, ...]) -> list[tuple[K, ...]]:
    """The derivatives that must exist before this one can: prefixes and single variables."""
    prefixes = [partial[:k] for k in range(1, len(partial))]
    singles = [(variable,) for variable in dict.fromkeys(partial)] if len(partial) > 1 else []
    return list(dict.fromkeys([*prefixes, *singles]))


def with_ancestors(wanted: Sequence[tuple[K, ...]]) -> tuple[tuple[K, ...], ...]:
    """The partials and all that must exist before them, lower orders first."""
    every = {p for partial in wanted for p in (*ancestors(partial), partial)}
    return tuple(sorted(every, key=lambda p: (len(p), p)))
