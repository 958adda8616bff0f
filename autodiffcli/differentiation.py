"""Derivatives of an elementwise tape as further steps of it: forward and reverse mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autodiffcli.diagnostics import wrong
from autodiffcli.interpreters.symbols import Symbol, Symbols
from autodiffcli.ops import OPS
from autodiffcli.ops.expansions import by_expansion
from autodiffcli.ops.op import Op, Rule
from autodiffcli.program import Step


def tangent(symbols: Symbols, target: int, seeds: Mapping[int, Symbol]) -> Symbol:
    """The derivative of a step along a direction: forward mode on an elementwise tape.

    seeds  steps of variables, and how fast each moves
    Source: Griewank & Walther, Evaluating Derivatives (2008), section 3.1.
    """
    builder = symbols.builder
    moving: dict[int, Symbol] = {}
    for number in builder.live(target, formulas=True):
        step = builder.steps[number]
        if number in seeds:
            moving[number] = seeds[number]
            continue
        operands = step.operands if step.inner is None else step.operands[:1]
        if not moving.keys().isdisjoint(operands):
            dots = [moving.get(operand) for operand in operands]
            found = _tangent_of(symbols, number, step, dots)
            if found is not None and found.value != 0:
                moving[number] = found
    return moving.get(target, symbols.zero)


class Tangents:
    """The derivatives of several steps by one variable at a time, each in one forward pass.

    A pass looks at those steps only that the variable reaches.
    """

    def __init__(self, symbols: Symbols, targets: Sequence[int]) -> None:
        self.symbols = symbols
        self.users: dict[int, list[int]] = {}
        steps = symbols.builder.steps
        for number in symbols.builder.live(*targets, formulas=True):
            step = steps[number]
            for operand in step.operands if step.inner is None else step.operands[:1]:
                self.users.setdefault(operand, []).append(number)

    def by(self, variable: int) -> dict[int, Symbol]:
        """The derivatives of all steps that a variable reaches; those of the others are 0."""
        symbols, reached, waiting = self.symbols, {variable}, [variable]
        while waiting:
            for user in self.users.get(waiting.pop(), ()):
                if user not in reached:
                    reached.add(user)
                    waiting.append(user)
        moving = {variable: symbols.one}
        for number in sorted(reached - {variable}):
            step = symbols.builder.steps[number]
            operands = step.operands if step.inner is None else step.operands[:1]
            found = _tangent_of(symbols, number, step, [moving.get(o) for o in operands])
            if found is not None and found.value != 0:
                moving[number] = found
        return moving


def _tangent_of(
    symbols: Symbols, number: int, step: Step, dots: Sequence[Symbol | None]
) -> Symbol | None:
    op = OPS[step.op]
    if op.constant:
        return None
    symbols.begin(step)
    operands = [symbols.at(operand) for operand in step.operands]
    if op.name in ("where", "max", "min"):
        condition = _condition(symbols, op, operands)
        a, b = (dot or symbols.zero for dot in dots[-2:])
        return symbols.chosen(condition, a, b)
    total = symbols.zero
    for place, dot in enumerate(dots):
        if dot is not None and dot.value != 0:
            total = total + _slope(symbols, number, step, place, operands) * dot
    return total


def adjoints(symbols: Symbols, target: int, inputs: Sequence[int]) -> list[Symbol]:
    """The derivatives of a step by each of some inputs: reverse mode on an elementwise tape.

    Source: Griewank & Walther, Evaluating Derivatives (2008), section 3.2.
    """
    builder = symbols.builder
    live = builder.live(target, formulas=True)
    reached = set(inputs)
    for number in live:
        if number not in reached and reached.intersection(builder.steps[number].operands):
            reached.add(number)
    bars: dict[int, Symbol] = {target: symbols.one} if target in reached else {}
    for number in reversed(live):
        bar, step = bars.get(number), builder.steps[number]
        if bar is None or not step.operands or OPS[step.op].constant or number in inputs:
            continue
        symbols.begin(step)
        for place, share in _shares(symbols, number, step, bar, reached):
            operand = step.operands[place]
            bars[operand] = bars[operand] + share if operand in bars else share
    return [bars.get(number, symbols.zero) for number in inputs]


def _shares(
    symbols: Symbols, number: int, step: Step, bar: Symbol, reached: set[int]
) -> list[tuple[int, Symbol]]:
    """What each operand of a step gets of its adjoint."""
    op, operands = OPS[step.op], [symbols.at(operand) for operand in step.operands]
    if op.name in ("where", "max", "min"):
        condition = _condition(symbols, op, operands)
        first = len(operands) - 2
        found = [
            (first, symbols.chosen(condition, bar, symbols.zero)),
            (first + 1, symbols.chosen(condition, symbols.zero, bar)),
        ]
        return [(place, share) for place, share in found if step.operands[place] in reached]
    return [
        (place, bar * _slope(symbols, number, step, place, operands))
        for place, operand in enumerate(step.operands[:1] if step.inner else step.operands)
        if operand in reached
    ]


def _condition(symbols: Symbols, op: Op, operands: Sequence[Symbol]) -> Symbol:
    """Where the first of two branches counts."""
    if op.name == "where":
        return operands[0]
    return symbols.primitive("ge" if op.name == "max" else "le", *operands)


def _slope(
    symbols: Symbols, number: int, step: Step, place: int, operands: Sequence[Symbol]
) -> Symbol:
    """The derivative of a step by one operand. Raises AdiffError where none is known."""
    op = OPS[step.op]
    if op.name == "unknown":
        name, by = places_of(step.text)
        text = unknown_text(name, (*by, place))
        return symbols.at(symbols.builder.add(step.op, step.operands, text, step.span))
    rule = _rule(op, place)
    if rule is None:
        message = f"no derivative of {op.signature} is known by its operand {op.parameters[place]}"
        raise wrong("no-derivative", message, step.span, symbols.builder.source)
    found: Symbol = symbols.symbol(rule(symbols, *operands))
    return found


def unknown_text(name: str, by: Sequence[int]) -> str:
    """The text of an unknown function's step: its name, and the operands it is derived by."""
    return ".".join((name, *map(str, sorted(by))))


def places_of(text: str) -> tuple[str, tuple[int, ...]]:
    """The name of an unknown function, and the operands it is derived by."""
    name, *by = text.split(".")
    return name, tuple(map(int, by))


def _rule(op: Op, place: int) -> Rule | None:
    """How the derivative by one operand is written."""
    if place in op.fixed:
        return None
    rules = op.symbolic or op.slope
    if rules:
        return rules[place]
    return by_expansion(op.name)
