"""What roots and minima have in common as tables: where each search began, and where it ended."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10
from typing import Any, NamedTuple

from autodiffcli.renderers.listing import Cell, Table
from autodiffcli.starts import Start


class End(NamedTuple):
    """One row of a summary.

    point   a cell per column of the point
    tail    what follows
    told    the footnote; "" for none
    marked  the cell of the tail that it belongs to, -1 for the last
    """

    start: Start
    point: tuple[Cell, ...]
    tail: tuple[Cell, ...]
    told: str
    marked: int


def summary(
    ends: Sequence[End], shown: Sequence[str], tail: Sequence[str], title: str = ""
) -> tuple[Table, list[str]]:
    """The table of ends for people, and the footnotes to it.

    shown  labels of the unknowns that are columns
    tail   headings of what follows
    """
    parameters = _varied([end.start for end in ends])
    begins = tuple(f"{label} from" for label in shown) if len(ends) > 1 else ()
    headings = (*parameters, *begins, *shown, *tail)
    rows: list[tuple[Cell, ...]] = []
    marks: dict[tuple[int, int], str] = {}
    footnotes: dict[str, str] = {}
    for number, end in enumerate(ends):
        fixed = tuple(end.start.fixed[name].real[0] for name in parameters)
        rows.append((*fixed, *(end.start.values if begins else ()), *end.point, *end.tail))
        if end.told:
            mark = footnotes.setdefault(end.told, f"[{len(footnotes) + 1}]")
            marks[number, len(headings) + end.marked] = mark
    table = Table(headings, rows, title=title, marks=marks, fixed=len(parameters) + 1)
    return table, [f"{mark} {text}" for text, mark in footnotes.items()]


def full(
    ends: Sequence[tuple[Start, tuple[Cell, ...], tuple[Cell, ...]]], tail: Sequence[str]
) -> Table:
    """The table of ends for programs: where each began, what was fixed, the point, the tail."""
    first = ends[0][0]
    fixed = tuple(name for name, values in first.fixed.items() if values.shape == ())
    columns = (*(f"{label} from" for label in first.labels), *fixed, *first.labels, *tail)
    rows = [
        (*start.values, *(start.fixed[name].real[0] for name in fixed), *point, *rest)
        for start, point, rest in ends
    ]
    return Table(columns, rows)


def traces(steps: Sequence[Sequence[tuple[Cell, ...]]], columns: Sequence[str]) -> Table:
    """The steps of every search for programs, numbered where there are several searches."""
    if len(steps) == 1:
        return Table(tuple(columns), list(steps[0]))
    rows = [(number, *row) for number, one in enumerate(steps, 1) for row in one]
    return Table(("start", *columns), rows)


def begun(start: Start) -> dict[str, Any]:
    """Where a search began, for a document."""
    return {
        "from": dict(zip(start.labels, start.values, strict=True)),
        "at": {name: list(values.real) for name, values in start.fixed.items()},
    }


def missing(start: Start) -> tuple[Cell, ...]:
    """The cells of a point that is not there."""
    return (None,) * len(start.labels)


def rounded_down(number: float) -> float:
    """A positive number rounded down to two digits."""
    scale = 10.0 ** (floor(log10(number)) - 1) if number > 1e-300 else 0.0
    return floor(number / scale) * scale if scale else number


def _varied(starts: Sequence[Start]) -> tuple[str, ...]:
    """The parameters that are not the same for all starts."""
    return tuple(
        name
        for name, values in starts[0].fixed.items()
        if any(start.fixed[name].real != values.real for start in starts)
    )
