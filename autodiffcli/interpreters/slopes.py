"""Rules for slopes, which calculate with primitives, given series in place of numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from autodiffcli.ops import OPS


class Factor:
    """A series in such a rule: products are those of series.

    s  the `Formulas` that it is of
    """

    def __init__(self, s: Any, series: Any) -> None:
        self.s, self.series = s, series

    def _of(self, other: Any) -> Any:
        return other.series if isinstance(other, Factor) else self.s.number(other)

    def __neg__(self) -> Factor:
        return Factor(self.s, -self.series)

    def __add__(self, other: Any) -> Factor:
        return Factor(self.s, self.s.total(self.series, self._of(other)))

    __radd__ = __add__

    def __sub__(self, other: Any) -> Factor:
        return Factor(self.s, self.s.total(self.series, self._of(other), -1))

    def __rsub__(self, other: Any) -> Factor:
        return Factor(self.s, self.s.total(self._of(other), self.series, -1))

    def __mul__(self, other: Any) -> Factor:
        return Factor(self.s, self.s.product(self.series, self._of(other)))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Factor:
        return Factor(self.s, self.s.quotient(self.series, self._of(other)))

    def __rtruediv__(self, other: Any) -> Factor:
        return Factor(self.s, self.s.quotient(self._of(other), self.series))


class Over:
    """The `f` of the rules: primitives as attributes, of series and of numbers."""

    def __init__(self, s: Any) -> None:
        self.s = s

    @property
    def one(self) -> Factor:
        """1."""
        return Factor(self.s, self.s.number(1))

    @property
    def pi(self) -> Factor:
        """Pi."""
        return Factor(self.s, self.s.number(self.s.symbols.pi))

    def __getattr__(self, name: str) -> Callable[..., Factor]:
        """The primitive of that name."""
        if name not in OPS:
            raise AttributeError(name)
        return partial(self.primitive, name)

    def primitive(self, name: str, *operands: Any) -> Factor:
        """A primitive of series and numbers."""
        given = [u.series if isinstance(u, Factor) else self.s.number(u) for u in operands]
        return Factor(self.s, self.s.primitive(OPS[name], *given))
