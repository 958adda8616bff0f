"""The meaning of a tape as further steps of a tape: formulas out of formulas.

A `Symbol` is the number of a step, or a fraction that has not been written yet. Sums and products
with 0 and 1 are simplified as they arise, and constant factors gathered; nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from autodiffcli.diagnostics import Span, wrong
from autodiffcli.ops import OPS
from autodiffcli.ops.expansions import by_expansion
from autodiffcli.ops.op import Op, Rule
from autodiffcli.program import CONST, Builder, Step

_NAMED = frozenset({"pi", "e", "tau", "inf", "i"})
_LONGEST = 400  # characters of a literal that is calculated with


@dataclass(frozen=True, slots=True)
class Symbol:
    """A number of the tape that `symbols` writes.

    step   where it is; -1 for a constant that has no step yet
    value  of a constant; None for any other step
    """

    symbols: Symbols
    step: int
    value: Fraction | None = None

    def __add__(self, other: Any) -> Symbol:
        return self.symbols.sum(self, self.symbols.symbol(other))

    def __radd__(self, other: Any) -> Symbol:
        return self.symbols.symbol(other) + self

    def __neg__(self) -> Symbol:
        return self.symbols.negative(self)

    def __sub__(self, other: Any) -> Symbol:
        return self.symbols.difference(self, self.symbols.symbol(other))

    def __rsub__(self, other: Any) -> Symbol:
        return self.symbols.symbol(other) - self

    def __mul__(self, other: Any) -> Symbol:
        return self.symbols.product(self, self.symbols.symbol(other))

    def __rmul__(self, other: Any) -> Symbol:
        return self.symbols.symbol(other) * self

    def __truediv__(self, other: Any) -> Symbol:
        return self.symbols.quotient(self, self.symbols.symbol(other))

    def __rtruediv__(self, other: Any) -> Symbol:
        return self.symbols.symbol(other) / self


class Symbols:
    """The `f` of the symbolic rules: primitives as attributes, which write steps.

    builder  the tape that is written
    span     the place in the source that new steps come from
    ordered  numbers cannot be compared here
    """

    ordered = False

    def __init__(self, builder: Builder, span: Span) -> None:
        self.builder = builder
        self.span = span
        self.zero, self.one = (Symbol(self, -1, Fraction(n)) for n in (0, 1))

    def __getattr__(self, name: str) -> Callable[..., Symbol]:
        """The primitive of that name, `f.exp`."""
        if name not in OPS:
            raise AttributeError(name)
        bound = partial(self.primitive, name)
        setattr(self, name, bound)
        return bound

    @property
    def pi(self) -> Symbol:
        """Pi."""
        return Symbol(self, self.builder.add(CONST, (), "pi", self.span))

    # -- symbols and steps

    def symbol(self, number: Any) -> Symbol:
        """A number of Python as a symbol; a symbol as it is."""
        return number if isinstance(number, Symbol) else Symbol(self, -1, Fraction(number))

    def at(self, step: int) -> Symbol:
        """The symbol of a step that is on the tape."""
        found = self.builder.steps[step]
        literal = found.op == CONST and found.text not in _NAMED and len(found.text) < _LONGEST
        return Symbol(self, step, Fraction(found.text) if literal else None)

    def step_of(self, symbol: Symbol) -> int:
        """The step of a symbol, written now if there is none yet."""
        if symbol.step >= 0:
            return symbol.step
        value = symbol.value
        assert value is not None
        if value < 0:
            return self._add("neg", self.step_of(Symbol(self, -1, -value)))
        if value.denominator == 1:
            return self.builder.add(CONST, (), str(value.numerator), self.span)
        parts = (Symbol(self, -1, Fraction(n)) for n in (value.numerator, value.denominator))
        return self._add("div", *map(self.step_of, parts))

    def _add(self, op: str, *operands: int) -> int:
        return self.builder.add(op, operands, "", self.span)

    def _apply(self, op: str, *operands: Symbol) -> Symbol:
        return Symbol(self, self._add(op, *map(self.step_of, operands)))

    def primitive(self, name: str, *operands: Any) -> Symbol:
        """A primitive of these operands; arithmetic is simplified."""
        symbols = [self.symbol(u) for u in operands]
        simple = _ARITHMETIC.get(name)
        return simple(self, *symbols) if simple else self._apply(name, *symbols)

    def apply(self, op: Op, *operands: Any) -> Symbol:
        """Likewise, for a record."""
        return self.primitive(op.name, *operands)

    def begin(self, step: Step) -> None:
        """Called before the entries of a step, whose place the new ones get."""
        self.span = step.span

    def arb(self, number: int) -> Symbol:
        """A whole number, as the rules for tensors ask for it."""
        return self.symbol(number)

    # -- arithmetic

    def sum(self, a: Symbol, b: Symbol) -> Symbol:
        """a + b."""
        if a.value is not None and b.value is not None:
            return Symbol(self, -1, a.value + b.value)
        if a.value == 0 or b.value == 0:
            return b if a.value == 0 else a
        return self._apply("add", a, b)

    def negative(self, a: Symbol) -> Symbol:
        """-a."""
        if a.value is not None:
            return Symbol(self, -1, -a.value)
        found = self.builder.steps[a.step]
        return self.at(found.operands[0]) if found.op == "neg" else self._apply("neg", a)

    def difference(self, a: Symbol, b: Symbol) -> Symbol:
        """a - b."""
        if a.value is not None and b.value is not None:
            return Symbol(self, -1, a.value - b.value)
        if b.value == 0:
            return a
        return self.negative(b) if a.value == 0 else self._apply("sub", a, b)

    def product(self, a: Symbol, b: Symbol) -> Symbol:
        """a b."""
        if a.value is not None and b.value is not None:
            return Symbol(self, -1, a.value * b.value)
        for factor, other in ((a, b), (b, a)):
            if factor.value == 0:
                return self.zero
            if factor.value == 1:
                return other
            if factor.value == -1:
                return self.negative(other)
        for factor, other in ((a, b), (b, a)):
            if factor.value is not None and (scaled := self._scaled(other)) is not None:
                return Symbol(self, -1, factor.value * scaled[0]) * scaled[1]
        return self._apply("mul", a, b)

    def _scaled(self, a: Symbol) -> tuple[Fraction, Symbol] | None:
        """The constant factor of a product, and the rest; None where there is none."""
        found = self.builder.steps[a.step] if a.value is None else None
        if found is not None and found.op == "neg":
            return Fraction(-1), self.at(found.operands[0])
        if found is None or found.op != "mul":
            return None
        first, second = map(self.at, found.operands)
        if first.value is not None:
            return first.value, second
        return None if second.value is None else (second.value, first)

    def quotient(self, a: Any, b: Any) -> Symbol:
        """a / b."""
        a, b = self.symbol(a), self.symbol(b)
        if b.value is not None and b.value != 0:
            if a.value is not None:
                return Symbol(self, -1, a.value / b.value)
            if abs(b.value) == 1:
                return a if b.value == 1 else self.negative(a)
        return self.zero if a.value == 0 else self._apply("div", a, b)

    def power(self, a: Symbol, b: Symbol) -> Symbol:
        """a^b."""
        if b.value == 1:
            return a
        return self.one if b.value == 0 else self._apply("pow", a, b)

    def chosen(self, condition: Symbol, a: Symbol, b: Symbol) -> Symbol:
        """a where the condition holds, else b."""
        same = a.value is not None and a.value == b.value
        return a if same else self._apply("where", condition, a, b)


_ARITHMETIC: Mapping[str, Callable[..., Symbol]] = {
    "add": Symbols.sum,
    "sub": Symbols.difference,
    "mul": Symbols.product,
    "div": Symbols.quotient,
    "neg": Symbols.negative,
    "pow": Symbols.power,
    "where": Symbols.chosen,
}


# -- derivatives


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
