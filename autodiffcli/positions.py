"""Points as columns of numbers: every entry of every variable at every point."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, prod
from typing import TypeAlias

from autodiffcli.arrays import Array, Shape, make, unravel
from autodiffcli.diagnostics import wrong
from autodiffcli.points import Points, paired, product
from autodiffcli.typed import Interval

Columns: TypeAlias = "Mapping[str, list[array[float]]]"


@dataclass(frozen=True, slots=True)
class Positions:
    """Where several numbers are evaluated.

    shapes   of each variable at one point; () for a number
    columns  per variable, the numbers of each of its entries at all points
    count    of points
    """

    shapes: Mapping[str, Shape]
    columns: Columns
    count: int

    def flat(self) -> dict[str, array[float]]:
        """The columns by what the entries are called, `x[0]`."""
        return {
            entry_name(name, n, self.shapes[name]): numbers
            for name, entries in self.columns.items()
            for n, numbers in enumerate(entries)
        }


def entry_name(name: str, entry: int, shape: Shape) -> str:
    """What an entry of a variable is called: `x[0]`; `x` itself where it is a number."""
    return f"{name}[{','.join(map(str, unravel(entry, shape)))}]" if shape else name


def positions(points: Points, grid: bool = False) -> Positions:
    """The points, paired, or every combination of them. Raises AdiffError.

    A list of numbers is several points; a tensor is one.
    """
    counts: dict[str, Array] = {}
    shapes: dict[str, Shape] = {}
    for name, values in points.items():
        if any(isinstance(typed, Interval) for typed in values.typed or ()):
            raise wrong("interval", f"'{name}' is given an interval, and this takes points")
        if values.imag is not None or not all(map(isfinite, values.real)):
            raise wrong("point", f"the points of '{name}' must be finite real numbers")
        shapes[name] = values.shape[len(values.shape) - values.rank :]
        counts[name] = make(range(len(values) // max(prod(shapes[name]), 1)))
        if not len(values):
            raise wrong("empty", f"'{name}' is given no point")
    picks = product(counts) if grid else paired(counts)
    count = max(map(len, picks.values()), default=1)
    columns = {
        name: _entries(values, [int(n) for n in picks[name].real], prod(shapes[name]))
        for name, values in points.items()
    }
    return Positions(shapes, columns, count)


def _entries(values: Array, picks: list[int], size: int) -> list[array[float]]:
    real = values.real
    return [array("d", (real[pick * size + entry] for pick in picks)) for entry in range(size)]
