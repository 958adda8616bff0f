"""NDJSON: one object a line, its keys the columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from autodiffcli.frames import Column, Frame
from autodiffcli.readers.complaints import bad_data
from autodiffcli.readers.inputs import Input
from autodiffcli.readers.part import Part, Table
from autodiffcli.readers.pieces import Piece, pieces

SAMPLE = 100  # lines whose keys are the columns
NO_OBJECT = "is no JSON object"
_NOTHING = object()


def opened(source: Input, format: str) -> Table:
    """The table of a text. Raises AdiffError where the first line is no object."""
    text = pieces(source)
    piece = next(text, None)
    if piece is None:
        raise bad_data(source.path, f"'{source.shown}' is empty")
    if not isinstance(parsed(piece.text.split(b"\n", 1)[0]), dict):
        raise bad_data(source.path, f"row 1 of '{source.shown}' {NO_OBJECT}")
    names = keys_of(piece.text)
    return table_of(source, chain([piece], text), names, headed=True, sample=piece.text)


def table_of(
    source: Input, text: Iterator[Piece], names: tuple[str, ...], *, headed: bool, sample: bytes
) -> Table:
    """The table of pieces of lines."""

    def parts(wanted: tuple[str, ...]) -> Iterator[Part]:
        first = 0
        for piece in text:
            yield Part(
                *(source.shown, first, piece.text, source.taken, "ndjson"),
                names=names,
                wanted=wanted,
                headed=headed,
            )
            first += piece.rows

    return Table(names, headed, parts, open=headed, sample=sample)


def keys_of(lines: bytes) -> tuple[str, ...]:
    """The keys of the first objects, in order."""
    found: dict[str, None] = {}
    for line in islice(lines.split(b"\n", SAMPLE), SAMPLE):
        row = parsed(line)
        if isinstance(row, dict):
            found.update(dict.fromkeys(row))
    return tuple(found)


def parsed(line: bytes) -> Any:
    """What a line of JSON says; an object that is equal to no other where it is none."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return _NOTHING


# -- one part


def decoded(part: Part) -> Frame:
    """The rows of a part. What is nested stays JSON text."""
    if part.headed:
        return _quickly(part) or _carefully(part)
    return _values(part)


def _quickly(part: Part) -> Frame | None:
    """By polars, if it takes the part in the same way; else None."""
    try:
        import polars
    except ImportError:
        return None
    table = None
    for sample in (SAMPLE, None):  # a column that is of another kind later is an error at first
        try:
            table = polars.read_ndjson(part.payload, infer_schema_length=sample)
        except (polars.exceptions.PolarsError, polars.exceptions.PanicException):
            continue
        if set(part.wanted) <= set(table.columns):
            break
    if table is None:
        return None
    rows = part.payload.count(b"\n") + (not part.payload.endswith(b"\n"))
    found = {name: table[name] for name in part.wanted if name in table.columns}
    if table.height != rows or any(column.dtype.is_nested() for column in found.values()):
        return None
    nothing = polars.Series("", [None] * rows, dtype=polars.String)
    return Frame(part.first, rows, {name: found.get(name, nothing) for name in part.wanted})


def _carefully(part: Part) -> Frame:
    """Line by line, with what is wrong with each."""
    columns: list[list[Any]] = [[] for _ in part.wanted]
    faults: dict[int, str] = {}
    lines = _lines(part.payload)
    for row, line in enumerate(lines):
        found = parsed(line)
        if not isinstance(found, dict):
            faults[row], found = NO_OBJECT, {}
        for name, column in zip(part.wanted, columns, strict=True):
            column.append(found.get(name))
    named = zip(part.wanted, columns, strict=True)
    return Frame(part.first, len(lines), {name: column_of(cells) for name, cells in named}, faults)


def _values(part: Part) -> Frame:
    """The items of an array, which are one column."""
    lines, faults = _lines(part.payload), {}
    try:
        cells = json.loads(b"[" + b",".join(lines) + b"]")
    except (ValueError, RecursionError):
        cells = []
    if len(cells) != len(lines):
        cells = [parsed(line) for line in lines]
        faults = {row: "is no JSON" for row, cell in enumerate(cells) if cell is _NOTHING}
        cells = [None if cell is _NOTHING else cell for cell in cells]
    column = column_of(cells)
    return Frame(part.first, len(lines), dict.fromkeys(part.wanted, column), faults)


def _lines(text: bytes) -> list[bytes]:
    return text.removesuffix(b"\n").split(b"\n")


def column_of(cells: Iterable[Any]) -> Column:
    """Cells of JSON as a column: all of one kind with None, else their texts."""
    found = [cell if not isinstance(cell, (dict, list)) else _text(cell) for cell in cells]
    kinds = {type(cell) for cell in found} - {type(None)}
    if len(kinds) < 2:
        return found
    if kinds == {int, float}:
        return [float(cell) if _is_double(cell) else cell for cell in found]
    return [cell if cell is None or isinstance(cell, str) else _text(cell) for cell in found]


def _is_double(cell: Any) -> bool:
    return cell is not None and abs(cell) < 1 << 1023


def _text(cell: Any) -> str:
    return json.dumps(cell, ensure_ascii=False)
