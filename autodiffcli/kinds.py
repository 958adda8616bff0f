"""The operators that are commands: what each makes of a formula, its variables, and a direction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from autodiffcli.derivation import Operands, operator_of
from autodiffcli.diagnostics import wrong
from autodiffcli.entries import Value
from autodiffcli.interpreters.blocks import Block, items_of, shape_of
from autodiffcli.interpreters.symbols import Symbol


@dataclass(frozen=True, slots=True)
class Kind:
    """An operator.

    build      (operands, direction) -> what is shown, by its entries
    directed   it takes a --direction
    several    it takes `f; g`
    value      the value of the formula is shown beside it
    paired     each component belongs to a variable, in the order in which --at has them
    """

    build: Callable[[Operands, Sequence[Symbol]], Value]
    directed: bool = False
    several: bool = False
    value: bool = True
    paired: bool = False


def _along(o: Operands, slopes: Sequence[Symbol], direction: Sequence[Symbol]) -> Symbol:
    total = o.symbols.zero
    for slope, pace in zip(slopes, direction, strict=True):
        total = total + slope * pace
    return total


def _jvp(o: Operands, direction: Sequence[Symbol]) -> Value:
    rows = [_along(o, o.by(entry, o.flat), direction) for entry in items_of(o.u)]
    return Block(shape_of(o.u), tuple(rows)) if isinstance(o.u, Block) else rows[0]


def _vjp(o: Operands, weights: Sequence[Symbol]) -> Value:
    total = o.symbols.zero
    for entry, weight in zip(items_of(o.u), weights, strict=True):
        total = total + entry * weight
    return Block((len(o.flat),), tuple(o.by(total, o.flat)))


def _hvp(o: Operands, direction: Sequence[Symbol]) -> Value:
    slope = _along(o, o.by(o.scalar("Hessian"), o.flat), direction)
    if slope.step < 0:
        return Block((len(o.flat),), tuple([o.symbols.zero] * len(o.flat)))
    return Block((len(o.flat),), tuple(o.by(slope, o.flat)))


def _directional(o: Operands, direction: Sequence[Symbol]) -> Value:
    """The slope per unit of length along the direction."""
    squares = sum(((d.value or Fraction(0)) ** 2 for d in direction), Fraction(0))
    if not squares:
        raise wrong("direction", "the direction is 0: it points nowhere")
    length = o.symbols.primitive("sqrt", squares)
    root = _root(squares)
    along = _along(o, o.by(o.scalar("slope along a direction"), o.flat), direction)
    return along / (length if root is None else root)


def _root(square: Fraction) -> Fraction | None:
    """The square root of a fraction where it is one."""
    parts = isqrt(square.numerator), isqrt(square.denominator)
    return Fraction(*parts) if Fraction(*parts) ** 2 == square else None


def _plane(name: str) -> Callable[[Operands, Sequence[Symbol]], Value]:
    def build(o: Operands, direction: Sequence[Symbol]) -> Value:
        return Block((len(o.flat),), tuple(o.by(o.scalar(name), o.flat)))

    return build


def _word(name: str) -> Callable[[Operands, Sequence[Symbol]], Value]:
    return lambda o, direction: operator_of(name)(o)


KINDS: dict[str, Kind] = {
    "gradient": Kind(_plane("gradient")),
    "jacobian": Kind(_word("jacobian"), several=True),
    "hessian": Kind(_word("hessian")),
    "jvp": Kind(_jvp, directed=True, several=True),
    "vjp": Kind(_vjp, directed=True, several=True),
    "hvp": Kind(_hvp, directed=True),
    "directional": Kind(_directional, directed=True),
    "laplacian": Kind(_word("laplacian")),
    "divergence": Kind(_word("div"), several=True, value=False, paired=True),
    "curl": Kind(_word("curl"), several=True, value=False, paired=True),
    "tangent": Kind(_plane("tangent")),
    "normal": Kind(_plane("normal")),
}
