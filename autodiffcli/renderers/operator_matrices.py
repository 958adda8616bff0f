"""Jacobians and Hessians: a matrix per point, or the entries that are not 0 by their form."""

from __future__ import annotations

from collections.abc import Iterator

from autodiffcli.renderers import Style
from autodiffcli.renderers.listing import Cell, Table
from autodiffcli.renderers.operator_answer import (
    Answer,
    Footnotes,
    component_names,
    place_text,
    row_names,
    shown_or_none,
    status_at,
)
from autodiffcli.renderers.rows import free

WIDEST = 30  # columns of a matrix that is shown whole


def matrices(answer: Answer, notes: Footnotes, style: Style) -> Iterator[Table | str]:
    """A matrix per point, or its entries one by one."""
    height, width = _sizes(answer)
    if answer.sparse or width > WIDEST:
        yield from _entries(answer, notes)
        return
    several = answer.where.count > 1
    most = answer.where.count if style.rows is None else max(1, style.rows // max(height, 1))
    unicode = notes.terminal.unicode
    d = "∂" if unicode and len(answer.where.flat()) > 1 else "d"
    for row in range(min(answer.where.count, most)):
        rows: list[list[Cell]] = []
        marks = {}
        for n, name in enumerate(row_names(answer, unicode)):
            places = answer.entries[n * width : (n + 1) * width]
            rows.append([name, *(answer.number(place, row) for place in places)])
            for column, place in enumerate(places):
                mark = notes.mark(place, row, f"{d}({name})/{d}{answer.variables[column]}")
                if mark:
                    marks[n, column + 1] = mark
        title = f"at {place_text(answer, row, style.precision)}: {_value(answer, row, notes)}"
        columns = ("", *(f"{d}/{d}{variable}" for variable in answer.variables))
        yield Table(columns, rows, title=title, marks=marks)
    if several and most < answer.where.count:
        yield f"{answer.where.count:,} points, {most:,} shown; --rows N or --format csv shows more"


def _value(answer: Answer, row: int, notes: Footnotes) -> str:
    pairs = zip(component_names(answer), answer.value, strict=True)
    return ", ".join(
        f"{name} = {shown_or_none(answer, place, row, notes, name)}" for name, place in pairs
    )


def _sizes(answer: Answer) -> tuple[int, int]:
    width = len(answer.variables)
    return len(answer.entries) // max(width, 1), width


def _entries(answer: Answer, notes: Footnotes) -> Iterator[Table | str]:
    """The entries that are not 0 by their form."""
    height, width = _sizes(answer)
    filled = sum(place >= 0 for place in answer.entries)
    share = f"{filled:,} of {height * width:,} entries of the {answer.kind} are not 0 by their form"
    yield f"{height} x {width}: {share}"
    table = _sparse_rows(answer, notes)
    yield Table(table.columns[:-1], [row[:-1] for row in table.rows], marks=table.marks, fixed=2)


def _sparse_rows(answer: Answer, notes: Footnotes | None = None) -> Table:
    """A row per entry that is not 0 by its form: point, row, column, value, status."""
    _, width = _sizes(answer)
    several = answer.where.count > 1
    names = tuple(answer.where.flat()) if several else ()
    own = (free("row", names), free("column", names), free("value", names), free("status", names))
    rows: list[list[Cell]] = []
    marks = {}
    for row in range(answer.where.count):
        points = [column[row] for column in answer.where.flat().values()] if several else []
        for n, place in enumerate(answer.entries):
            if place < 0:
                continue
            line, column = row_names(answer)[n // width], answer.variables[n % width]
            if notes is not None:
                mark = notes.mark(place, row, f"d({line})/d{column}")
                if mark:
                    marks[len(rows), len(points) + 2] = mark
            number, status = answer.number(place, row), status_at(answer, row, (place,))
            rows.append([*points, line, column, number, status])
    return Table((*names, *own), rows, marks=marks)


def matrix_rows(answer: Answer) -> Table:
    """A row per row of the matrix at each point."""
    if answer.sparse:
        return _sparse_rows(answer)
    _, width = _sizes(answer)
    names = tuple(answer.where.flat())
    columns = (*names, free("row", names), *(f"d/d{v}" for v in answer.variables))
    rows: list[list[Cell]] = []
    for row in range(answer.where.count):
        points = [column[row] for column in answer.where.flat().values()]
        for n, name in enumerate(row_names(answer)):
            places = answer.entries[n * width : (n + 1) * width]
            numbers = [answer.number(place, row) for place in places]
            rows.append([*points, name, *numbers, status_at(answer, row, places)])
    return Table((*columns, free("status", columns)), rows)
