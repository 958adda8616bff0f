"""The meaning of a tape as further steps of a tape: formulas out of formulas.

A `Symbol` is the number of a step, or a fraction that has not been written yet. Sums and products
with 0 and 1 are simplified as they arise, and constant factors gathered; nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from autodiffcli.diagnostics import Span
from autodiffcli.ops import OPS
from autodiffcli.ops.op import Op
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
