"""The lines above a table: single numbers that have no row of their own."""

from __future__ import annotations

from math import nan

from autodiffcli.arrays import Array, make, proven_alone
from autodiffcli.renderers.number import shown_each
from autodiffcli.result import Result

_SAID = ("mean", "max", "min")  # a sum is what everyone expects, and `none` has no number


def equation(name: str, values: Array, precision: int, mark: str = "") -> str:
    """`y = 10`, `y = none [1]`, from the first number of an array."""
    text = shown_each(values, slice(0, 1), precision)[0]
    return f"{name} = {text} {mark}".rstrip()


def reduction_line(result: Result, precision: int) -> str:
    """`mean of y = 8.5`, or "" for a reduction that goes without saying."""
    if result.reduction not in _SAID:
        return ""
    if result.reduced_proven is not None:
        number = proven_alone(result.reduced_proven)
    else:
        number = make([nan if result.reduced is None else result.reduced])
    return equation(f"{result.reduction} of {result.name}", number, precision)
