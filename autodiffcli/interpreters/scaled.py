"""Formulas with few constant factors: what is 2 (3 x) / 4 by its form is written as 1.5 x."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from autodiffcli.interpreters.symbols import Symbol, Symbols


class Scaled(Symbols):
    """Writes steps with few constant factors: those of a product or quotient are gathered."""

    def at(self, step: int) -> Symbol:
        """The symbol of a step; a quotient of literals is a constant too."""
        found = super().at(step)
        own = self.builder.steps[step]
        if found.value is not None or own.op not in ("neg", "div"):
            return found
        parts = [super(Scaled, self).at(operand).value for operand in own.operands]
        if own.op == "neg":
            return found if parts[0] is None else Symbol(self, step, -parts[0])
        above, below = parts
        return found if above is None or not below else Symbol(self, step, above / below)

    def sum(self, a: Symbol, b: Symbol) -> Symbol:
        """a + b."""
        for first, second in ((a, b), (b, a)):
            if second.step >= 0 and self.builder.steps[second.step].op == "neg":
                return self.difference(first, self.at(self.builder.steps[second.step].operands[0]))
        return super().sum(a, b)

    def product(self, a: Symbol, b: Symbol) -> Symbol:
        """a b; the sign is left to the sum that it ends in."""
        if a.value is None and b.value is None:
            for first, second in ((a, b), (b, a)):
                step = self.builder.steps[first.step]
                if step.op == "neg":
                    return self.negative(self.product(self.at(step.operands[0]), second))
        return super().product(a, b)

    def quotient(self, a: Any, b: Any) -> Symbol:
        """a / b; by a power of two it is a product, which rounds nothing."""
        a, b = self.symbol(a), self.symbol(b)
        n = b.value
        if n is None or a.value is not None or n == 0:
            return super().quotient(a, b)
        scaled = self._scaled(a)
        if scaled is not None:
            return self.product(self.symbol(scaled[0] / n), scaled[1])
        if abs(n.numerator).bit_count() == 1:
            return self.product(self.symbol(1 / n), a)
        return super().quotient(a, b)

    def _scaled(self, a: Symbol) -> tuple[Fraction, Symbol] | None:
        found = self.builder.steps[a.step] if a.value is None else None
        if found is not None and found.op == "div":
            above, below = map(self.at, found.operands)
            return (1 / below.value, above) if below.value and above.value is None else None
        return super()._scaled(a)
