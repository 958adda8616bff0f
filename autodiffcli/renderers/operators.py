"""What an operator gives at the points, in every format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite, nan
from typing import Any

from autodiffcli.arrays import nested, unravel
from autodiffcli.renderers import Style
from autodiffcli.renderers.listing import Cell, Listing, Rows, Table, write
from autodiffcli.renderers.operator_answer import (
    MATRICES,
    Answer,
    Footnotes,
    component_names,
    labels,
    numbers_at,
    shown_or_none,
    status_at,
)
from autodiffcli.renderers.operator_matrices import matrices, matrix_rows
from autodiffcli.renderers.rows import EXACT, free
from autodiffcli.renderers.tangents import equation, equations
from autodiffcli.terminal import Terminal

SCHEMA = 1  # of the JSON document
TALL = 8  # entries from which on those of one point are listed below each other


def show(answer: Answer, terminal: Terminal, format: str, style: Style) -> None:
    """Writes the answer in a format."""
    notes = Footnotes(answer, terminal, style)
    matrix = answer.kind in MATRICES
    parts: Iterator[Table | str] = iter(())
    rows, document = Table((), ()), dict[str, Any]()
    if format == "json":
        document = _document(answer)
    elif format in ("table", "md"):
        parts = matrices(answer, notes, style) if matrix else _vectors(answer, notes, terminal)
    else:
        rows = matrix_rows(answer) if matrix else _vector_rows(answer)
    shown = tuple(parts)
    write(Listing(shown, rows, document, tuple(notes.lines())), terminal, format, style)


# -- vectors and numbers


def _vectors(answer: Answer, notes: Footnotes, terminal: Terminal) -> Iterator[Table | str]:
    """A row per point; for one point of many entries a row per entry."""
    columns = (*answer.where.flat(), *_values(answer), *labels(answer, terminal.unicode))
    if answer.where.count == 1 and len(answer.variables) >= TALL and answer.shape:
        yield from _tall(answer, notes, terminal)
        return
    marks: dict[tuple[int, int], str] = {}
    fixed = len(answer.where.flat())
    for row in sorted({row for row, _ in answer.found.verdicts}):
        for column, place in enumerate((*answer.value, *answer.entries), fixed):
            mark = notes.mark(place, row, columns[column])
            if mark:
                marks[row, column] = mark
    yield Table(columns, Rows(_columns(answer)), marks=marks, fixed=fixed)
    yield from equations(answer, notes.style.precision)


def _values(answer: Answer) -> list[str]:
    """The columns of the formula itself."""
    return component_names(answer) if answer.value else []


def _columns(answer: Answer) -> list[Sequence[Cell]]:
    """Points, values and entries, a column each."""
    points = answer.where.flat().values()
    value = [answer.numbers(place) for place in answer.value]
    entries = [answer.numbers(place) for place in answer.entries]
    if answer.kind == "normal":
        entries = [[-slope for slope in column] for column in entries]
        entries.append(
            [1.0 if all(map(isfinite, row)) else nan for row in zip(*entries, strict=True)]
        )
    return [*points, *value, *entries]


def _tall(answer: Answer, notes: Footnotes, terminal: Terminal) -> Iterator[Table | str]:
    if answer.value:
        pairs = zip(_values(answer), answer.value, strict=True)
        yield "  ".join(
            f"{name} = {shown_or_none(answer, place, 0, notes, name)}" for name, place in pairs
        )
    names, points = labels(answer, terminal.unicode), answer.where.flat()
    rows: list[list[Cell]] = []
    marks = {}
    for n, (name, number) in enumerate(zip(names, numbers_at(answer, 0), strict=True)):
        variable = answer.variables[n] if n < len(answer.variables) else answer.name
        point = points[variable][0] if variable in points else None
        rows.append([variable, point, number])
        mark = notes.mark(answer.entries[n], 0, name) if n < len(answer.entries) else ""
        if mark:
            marks[n, 2] = mark
    heading = answer.kind
    if heading == "gradient":
        heading = f"∂{answer.name}/∂" if terminal.unicode else f"d{answer.name}/d"
    yield Table(("variable", "at", heading), rows, marks=marks, fixed=2)
    yield from equations(answer, notes.style.precision)


def _vector_rows(answer: Answer) -> Table:
    names = (*answer.where.flat(), *_values(answer), *labels(answer, unicode=False))
    written = [free("equation", names)] if answer.kind in ("tangent", "normal") else []
    columns = (*names, *written, free("status", names))
    places = (*answer.value, *answer.entries)
    statuses = [EXACT] * answer.where.count
    for row in {row for row, _ in answer.found.verdicts}:
        statuses[row] = status_at(answer, row, places)
    end = [[equation(answer, row, 17) for row in _rows(answer)]] if written else []
    return Table(columns, Rows([*_columns(answer), *end, statuses]))


# -- JSON


def _document(answer: Answer) -> dict[str, Any]:
    where = answer.where
    points = {
        name: [
            nested([entry[row] for entry in entries], where.shapes[name]) for row in _rows(answer)
        ]
        for name, entries in where.columns.items()
    }
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "command": answer.kind,
        "expression": answer.expression,
        "read_as": answer.read_as or None,
        "variables": list(answer.variables),
        "method": answer.found.method,
        "points": points,
    }
    if answer.value:
        found["value"] = [
            nested([answer.number(place, row) for place in answer.value], answer.components)
            for row in _rows(answer)
        ]
    if answer.sparse and answer.kind in MATRICES:
        found[answer.kind] = _sparse_document(answer)
    else:
        shape = answer.shape
        if answer.kind == "normal":
            shape = (answer.shape[0] + 1,)
        found[answer.kind] = [nested(numbers_at(answer, row), shape) for row in _rows(answer)]
    if answer.kind in ("tangent", "normal"):
        found["equation"] = [equation(answer, row, 17) or None for row in _rows(answer)]
    found["flags"] = list(_flags(answer))
    return found


def _rows(answer: Answer) -> range:
    return range(answer.where.count)


def _sparse_document(answer: Answer) -> dict[str, Any]:
    width = len(answer.variables)
    kept = [(n, place) for n, place in enumerate(answer.entries) if place >= 0]
    return {
        "shape": [len(answer.entries) // width, width],
        "rows": [n // width for n, _ in kept],
        "columns": [n % width for n, _ in kept],
        "values": [[answer.number(place, row) for _, place in kept] for row in _rows(answer)],
    }


def _flags(answer: Answer) -> Iterator[dict[str, Any]]:
    """What is the matter, entry by entry; an empty `index` and `of` "value" for the formula."""
    by_place: dict[int, list[tuple[str, list[int]]]] = {}
    for n, place in enumerate(answer.value):
        index = list(unravel(n, answer.components))
        by_place.setdefault(place, []).append(("value", index))
    for n, place in enumerate(answer.entries):
        by_place.setdefault(place, []).append((answer.kind, list(unravel(n, answer.shape))))
    for (row, place), verdict in sorted(answer.found.verdicts.items()):
        for of, index in by_place.get(place, ()):
            sides = {"left": verdict.left, "right": verdict.right}
            known = {side: slope for side, slope in sides.items() if slope is not None}
            end = {"status": verdict.status, **known, "reason": verdict.reason}
            yield {"point": row, "of": of, "index": index, **end}
