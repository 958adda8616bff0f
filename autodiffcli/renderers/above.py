"""The lines above a table: single numbers that have no row of their own."""

from __future__ import annotations

from autodiffcli.renderers.number import finite, shown
from autodiffcli.result import Result

_SAID = ("mean", "max", "min")  # a sum is what everyone expects, and `none` has no number


def equation(name: str, value: float | complex | None, precision: int, mark: str = "") -> str:
    """`y = 10`, `y = none [1]`."""
    text = "none" if value is None or not finite(value) else shown(value, precision)
    return f"{name} = {text} {mark}".rstrip()


def reduction_line(result: Result, precision: int) -> str:
    """`mean of y = 8.5`, or "" for a reduction that goes without saying."""
    if result.reduction not in _SAID:
        return ""
    return equation(f"{result.reduction} of {result.name}", result.reduced, precision)
