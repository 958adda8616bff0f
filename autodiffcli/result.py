"""What comes out: columns of derivatives, flags for rows that are not smooth, labels."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import groupby

from autodiffcli.arrays import Array, Proven, Shape

SCHEMA = 1  # of the JSON document; raised when a key changes its meaning or goes


@dataclass(frozen=True, slots=True)
class Column:
    """One partial derivative at every point.

    wrt     the variables in the order of differentiation, ("x", "x") for d2y/dx2
    values  shape of the points; with reduction none, shape of the value then of each variable
    """

    wrt: tuple[str, ...]
    values: Array


@dataclass(frozen=True, slots=True)
class Flag:
    """What is the matter at one place of one column.

    index   position in the column, one number per axis
    wrt     which column: () is the value itself
    status  kink, jump, outside, pole, overflow, infinite, endpoint, undecided
    left    one-sided derivative from below, where known
    right   one-sided derivative from above, where known
    reason  one clause for people: "abs(x) has its kink there"
    """

    index: Shape
    wrt: tuple[str, ...]
    status: str
    left: float | None = None
    right: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many digits of one column are right: 17 where it is exact, 16 where it is correctly
    rounded to float64.

    wrt       () for the value
    counted   how many numbers were compared
    unknown   how many could not be
    worst     the fewest, of the number at `index`; None where nothing was compared
    median    of all numbers that were compared
    second    the fewest of the other engine; None where it has none
    """

    wrt: tuple[str, ...]
    counted: int
    unknown: int
    worst: int | None
    median: int | None
    index: Shape
    second: int | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """A result beside its numbers in ball arithmetic.

    bits    of the balls
    points  how many were compared, of how many
    second  what else was calculated, `torch (taylor)`; "" for nothing
    """

    bits: int
    points: tuple[int, int]
    second: str
    columns: tuple[Agreement, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """Values and derivatives at the points, with all that is to be said about them.

    expression   the text as typed
    read_as      the text as understood; "" where it is too long to print
    name         what the value is called, `y`
    variables    in order of appearance
    wrt          those differentiated by
    value        shape of the points for elementwise expressions
    reduced      reduce(value), of the known values for max and min; None with reduction none,
                 or where a value is missing
    derivatives  by order, then by variable
    elementwise  whether every point's value depends on that point alone
    digits       how many of every number are proven; 0 for numbers of the dtype
    """

    expression: str
    read_as: str
    name: str
    variables: tuple[str, ...]
    wrt: tuple[str, ...]
    order: int
    reduction: str
    method: str
    dtype: str
    points: Mapping[str, Array]
    value: Array
    reduced: float | complex | None
    derivatives: tuple[Column, ...]
    flags: tuple[Flag, ...] = ()
    notes: tuple[str, ...] = ()
    elementwise: bool = True
    digits: int = 0
    reduced_proven: Proven | None = None
    verified: Verified | None = None


def value_name(own: str, taken: Collection[str]) -> str:
    """What a value is called: its own name, else the first of y, f, g that is free.

    own    of a definition; "" for none
    taken  names of the variables
    """
    named = next((name for name in (own, *_NAMES) if name and name not in taken), "")
    return named or "value_" + "_" * max(map(len, taken))


def label(name: str, wrt: tuple[str, ...], variables: int = 1, *, unicode: bool = False) -> str:
    """The field's notation for a partial derivative of `name`.

    name       what is differentiated, `y`
    wrt        ("x", "x") gives d2y/dx2; () gives the name itself
    variables  how many variables the expression has; more than one writes ∂ for d
    unicode    d²y/dx² and ∂²y/∂a∂t in place of d2y/dx2 and d2y/da dt
    """
    if not wrt:
        return name
    d = "∂" if unicode and variables > 1 else "d"
    below = [f"{d}{variable}{_power(len(list(run)), unicode)}" for variable, run in groupby(wrt)]
    return f"{d}{_power(len(wrt), unicode)}{name}/{('' if d == '∂' else ' ').join(below)}"


def _power(order: int, unicode: bool) -> str:
    if order == 1:
        return ""
    return str(order).translate(_SUPERSCRIPTS) if unicode else str(order)


_NAMES = ("y", "f", "g", "h", "value")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
