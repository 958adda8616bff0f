"""`Op`: all that adiff knows about one primitive, in one record.

Parser, evaluator, help, tests and README read the same record, so that a new function is one
entry in one file of this folder. Library functions are named by strings or wrapped in lambdas:
the table loads without torch.

Rules are written over an algebra `f`, whose attributes are the primitives themselves
(`f.sin(u)`); `f.torch` is the library for what is no primitive. Operators act on what they are
given, so one rule serves tensors now and series later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from types import MappingProxyType
from typing import Any, NamedTuple

Rule = Callable[..., Any]
Kernel = str | Rule  # the name in the library, or f(algebra or library, *operands)
BY_BALLS = "by balls"  # a torch kernel: point by point in ball arithmetic, rounded to a double


class Interval(NamedTuple):
    """A real interval, by default open at both ends."""

    low: float = -inf
    high: float = inf
    low_closed: bool = False
    high_closed: bool = False

    def __str__(self) -> str:
        if (self.low, self.high) == (-inf, inf):
            return "all reals"
        left, right = "[" if self.low_closed else "(", "]" if self.high_closed else ")"
        return f"{left}{self.low:g}, {self.high:g}{right}"


REALS = Interval()
POSITIVE = Interval(0, inf)
NON_NEGATIVE = Interval(0, inf, low_closed=True)


@dataclass(frozen=True, slots=True)
class Infix:
    """How a primitive is written as an operator; read by the parser and the printer.

    symbols  spellings, the first one is printed
    power    binding power; the larger binds tighter
    right    groups from the right, a^b^c = a^(b^c)
    place    "infix", "prefix" or "postfix"
    """

    symbols: tuple[str, ...]
    power: int
    right: bool = False
    place: str = "infix"


@dataclass(frozen=True, slots=True)
class Switch:
    """Where a primitive changes from one smooth piece to another.

    distance    (f, *operands) -> zero exactly where the pieces meet
    side        (f, sign, *operands) -> the piece on the side where distance has that sign
    continuous  both pieces have the same value where they meet: a kink, not a jump
    """

    distance: Rule
    side: Rule
    continuous: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """One primitive.

    name        its spelling in expressions, and its key in the table
    doc         one line for `adiff functions`
    parameters  names of the operands, for help and for counting them
    variadic    the last operand may be repeated
    overloads   another primitive for another number of operands: log(x, b)
    definition  the primitive in terms of others, instead of a kernel
    torch       value; "" stands for torch's function of this name
    slope       derivative by each operand, (f, *operands) -> tensor, where torch's own does not
                hold at every order; () keeps torch's. Higher orders follow from it.
    symbolic    derivative by each operand as a formula, (f, *operands), where `slope` is none or
                is not made of primitives alone; `f` writes steps of a tape
    taylor      (s, *operands) -> truncated power series in torch, rules of `series`; without one
                the expansion in ball arithmetic, point by point, is composed with the operand
    ball        power series in ball arithmetic: a method of flint's arb_series, a function of
                `interpreters.blocks` for tensors, or (b, *operands)
    unfold      (b, *operands) -> the same in primitives that stand singular points: tan as
                sin/cos, asinh as it is; for germs
    fixed       positions of the operands that no derivative is known by: the order of a Bessel
                function
    mpmath      the reference, which shares no formula with `torch`, `slope`, `taylor` or `ball`
    domain      where each operand may lie; beyond, there is no real value
    outside     (f, *operands) -> mask, where the domain is not a product of intervals
    pole        (f, *operands) -> mask of the places without a finite value
    edge        (f, *operands) -> distance to the edge of a closed domain, negative beyond
    singular    (f, *operands) -> mask of the places where no derivative is claimed
    switch      kinks and jumps
    constant    piecewise constant: a derivative of 0 is the truth, not a lost graph
    truth       the result is true or false
    mixes       the result at one point depends on other points
    complex     holomorphic, and torch has it for complex numbers
    hidden      part of a rule; not a word of the language
    source      where a rule that is not obvious comes from
    """

    name: str
    doc: str
    parameters: tuple[str, ...] = ("x",)
    variadic: bool = False
    overloads: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    definition: str = ""
    torch: Kernel = ""
    slope: tuple[Rule | None, ...] = ()
    symbolic: tuple[Rule | None, ...] = ()
    taylor: Rule | None = None
    ball: Kernel = ""
    unfold: Rule | None = None
    fixed: tuple[int, ...] = ()
    mpmath: Kernel = ""
    latex: str = ""
    infix: Infix | None = None
    aliases: tuple[str, ...] = ()
    domain: tuple[Interval, ...] = ()
    outside: Rule | None = None
    pole: Rule | None = None
    edge: Rule | None = None
    singular: Rule | None = None
    switch: Switch | None = None
    constant: bool = False
    truth: bool = False
    mixes: bool = False
    complex: bool = False
    hidden: bool = False
    source: str = ""

    @property
    def signature(self) -> str:
        """The call as one writes it, `atan2(y, x)`."""
        repeated = ", ..." if self.variadic else ""
        return f"{self.name}({', '.join(self.parameters)}{repeated})"

    def takes(self, count: int) -> bool:
        """Whether the primitive itself, overloads aside, takes that many operands."""
        least = len(self.parameters)
        return count >= least if self.variadic else count == least
