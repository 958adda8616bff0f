"""JSON: an array of objects, cut into lines as it comes; an object of arrays; numbers alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain

from autodiffcli.frames import Frame
from autodiffcli.readers.brackets import Items, items_of
from autodiffcli.readers.complaints import bad_data
from autodiffcli.readers.inputs import Input
from autodiffcli.readers.json_rows import column_of, keys_of, parsed, table_of
from autodiffcli.readers.json_rows import opened as opened_rows
from autodiffcli.readers.part import ROWS, Part, Table, numbered
from autodiffcli.readers.pieces import MARK, Piece, Reservoir

_BLANKS = b" \t\r\n"


def opened(source: Input, format: str) -> Table:
    """The table of a document. Raises AdiffError for what is none.

    A file that is called JSON and has one object a line is read as NDJSON.
    """
    begin = source.head().removeprefix(MARK).lstrip(_BLANKS)
    if not begin:
        raise bad_data(source.path, f"'{source.shown}' is empty")
    if begin.startswith(b"{"):
        row = parsed(begin.split(b"\n", 1)[0])
        if isinstance(row, dict) and not all(isinstance(cell, list) for cell in row.values()):
            return opened_rows(source, "ndjson")
        return _object(source)
    if not begin.startswith(b"["):
        raise bad_data(source.path, f"'{source.shown}' is no JSON array and no JSON object")
    return _array(source)


# -- an array


def _array(source: Input) -> Table:
    text = _pieces(source)
    piece = next(text, None)
    if piece is None:
        return Table((), True, lambda wanted: iter(()), rows=0)
    headed = isinstance(parsed(piece.text.split(b"\n", 1)[0]), dict)
    names = keys_of(piece.text) if headed else numbered(1)
    return table_of(source, chain([piece], text), names, headed=headed, sample=piece.text)


def _pieces(source: Input) -> Iterator[Piece]:
    """The items of an array, one a line. Raises AdiffError where it does not end."""
    reservoir = Reservoir(source)
    reservoir.skip(_BLANKS)
    reservoir.take(1)  # the bracket
    items = Items(0, b"", 0, False)
    while not items.whole:
        _, items, is_last = reservoir.window(items_of)
        if is_last and not items.whole:
            raise bad_data(source.path, f"'{source.shown}' ends within its JSON array")
        reservoir.take(items.place)
        if items.rows:
            yield Piece(items.lines, items.rows)
    reservoir.skip(_BLANKS)
    if reservoir.text:
        raise bad_data(source.path, f"'{source.shown}' goes on after its JSON array")


# -- an object of arrays


def _object(source: Input) -> Table:
    """{"x": [1, 2], "t": [3, 4]}, which is read whole."""
    text = b"".join(iter(source.read, b"")).removeprefix(MARK)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise bad_data(source.path, f"'{source.shown}' is no JSON: {error}") from None
    sizes = {len(cells) if isinstance(cells, list) else -1 for cells in found.values()}
    if len(sizes) != 1 or -1 in sizes:
        message = f"'{source.shown}' is neither an array of objects nor an object of equal arrays"
        raise bad_data(source.path, message)
    rows = sizes.pop()

    def parts(wanted: tuple[str, ...]) -> Iterator[Part]:
        for first in range(0, rows, ROWS):
            cells = {name: found[name][first : first + ROWS] for name in wanted}
            cells.setdefault("", range(first, min(first + ROWS, rows)))  # how many, at least
            yield Part(source.shown, first, cells, source.taken, "json", tuple(found), wanted)

    return Table(tuple(found), True, parts, rows=rows)


def decoded(part: Part) -> Frame:
    """The rows of some arrays."""
    columns = {name: column_of(part.payload[name]) for name in part.wanted}
    rows = len(next(iter(part.payload.values())))
    return Frame(part.first, rows, columns)
