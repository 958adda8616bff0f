"""NDJSON, one object a line, and JSON: an array of objects, an object of arrays, or numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from autodiffcli.frames import Frame
from autodiffcli.readers import Opened, Part
from autodiffcli.readers.lines import pieces
from autodiffcli.readers.sources import Source, bad_data

SAMPLE = 100  # lines whose keys are the columns
ROWS = 16_384  # objects of a JSON array in one part
ALONE = "column_1"  # the column of an array of numbers
_BLANK = " \t\r\n"


def opened(source: Source, format: str) -> Opened:
    """The table of a text. Raises AdiffError for what is no JSON."""
    return _lines(source) if format == "ndjson" else _document(source)


# -- one object a line


def _lines(source: Source) -> Opened:
    text = pieces(source, quoted=False)
    piece = next(text, b"")
    if not piece.strip():
        raise bad_data(source.path, f"'{source.shown}' is empty")
    found: dict[str, None] = {}
    for number, line in zip(range(SAMPLE), piece.splitlines(), strict=False):
        row = _parsed(line)
        if isinstance(row, dict):
            found.update(dict.fromkeys(row))
        elif number == 0:
            raise bad_data(source.path, f"the first line of '{source.shown}' is no JSON object")
    names = tuple(found)

    def parts(wanted: frozenset[str] | None) -> Iterator[Part]:
        settings = {"names": names, "wanted": wanted}
        first = 0
        for lines in _both(piece, text):
            yield Part(source.shown, first, lines, source.taken, "ndjson", settings)
            first += lines.count(b"\n") + (not lines.endswith(b"\n"))

    return Opened(names, True, parts)


def _both(piece: bytes, text: Iterator[bytes]) -> Iterator[bytes]:
    yield piece
    yield from text


def _parsed(line: bytes | str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


# -- one document


def _document(source: Source) -> Opened:
    start = source.head().lstrip()[:1]
    if start == b"{":
        return _of_columns(source)
    if start != b"[":
        raise bad_data(source.path, f"'{source.shown}' is no JSON array of objects")
    items = _items(source)
    first = next(items, None)
    headed = isinstance(first, dict)
    if first is None:
        raise bad_data(source.path, f"'{source.shown}' is empty")
    names = tuple(first) if isinstance(first, dict) else (ALONE,)

    def parts(wanted: frozenset[str] | None) -> Iterator[Part]:
        settings = {"names": names, "wanted": wanted}
        rows: list[Any] = [first]
        begun = 0
        for item in items:
            rows.append(item)
            if len(rows) == ROWS:
                yield Part(source.shown, begun, rows, source.taken, "json", settings)
                begun += len(rows)
                rows = []
        if rows:
            yield Part(source.shown, begun, rows, source.taken, "json", settings)

    return Opened(names, headed, parts)


def _of_columns(source: Source) -> Opened:
    """{"x": [1, 2], "t": [3, 4]}."""
    text = b"".join(iter(source.read, b""))
    try:
        found = json.loads(text)
    except ValueError as error:
        raise bad_data(source.path, f"'{source.shown}' is no JSON: {error}") from None
    columns = {name: cells for name, cells in found.items() if isinstance(cells, list)}
    sizes = {len(cells) for cells in columns.values()}
    if len(columns) != len(found) or len(sizes) != 1:
        message = f"'{source.shown}' is neither an array of objects nor an object of equal arrays"
        raise bad_data(source.path, message)

    def parts(wanted: frozenset[str] | None) -> Iterator[Part]:
        settings = {"names": tuple(columns), "wanted": wanted}
        rows = [
            dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)
        ]
        for begun in range(0, len(rows), ROWS):
            part = rows[begun : begun + ROWS]
            yield Part(source.shown, begun, part, source.taken, "json", settings)

    return Opened(tuple(columns), True, parts, rows=sizes.pop())


def _items(source: Source) -> Iterator[Any]:
    """The items of an array, read as far as asked. Raises AdiffError where it is none."""
    decoder, text, place = json.JSONDecoder(), _Text(source), 0
    place = text.after_blanks(0) + 1  # the bracket
    while True:
        place = text.after_blanks(place)
        if text.at(place) == "]":
            return
        if not text.at(place):
            raise bad_data(source.path, f"'{source.shown}' ends within its array")
        while True:
            try:
                item, end = decoder.raw_decode(text.text, place)
                if text.is_whole or end < len(text.text):
                    break
            except ValueError as error:
                if text.is_whole:
                    raise bad_data(source.path, f"'{source.shown}' is no JSON: {error}") from None
            text.more()
        yield item
        place = text.after_blanks(end)
        if text.at(place) == ",":
            place += 1
        elif text.at(place) != "]":
            raise bad_data(source.path, f"'{source.shown}' lacks a comma between two items")
        place = text.drop(place)


class _Text:
    """What of a document is in memory."""

    def __init__(self, source: Source) -> None:
        self.source, self.text, self.is_whole, self.left = source, "", False, b""
        self.more()

    def more(self) -> None:
        found = self.source.read()
        self.is_whole = not found
        self.left += found
        if not found:
            self.text += self.left.decode("utf-8", "replace")
            self.left = b""
            return
        cut = len(self.left)
        while cut > len(self.left) - 4 and cut and self.left[cut - 1] >= 0x80:
            cut -= 1  # the bytes of one letter may be apart
        self.text += self.left[:cut].decode("utf-8", "replace")
        self.left = self.left[cut:]

    def at(self, place: int) -> str:
        while place >= len(self.text) and not self.is_whole:
            self.more()
        return self.text[place : place + 1]

    def after_blanks(self, place: int) -> int:
        while self.at(place) and self.at(place) in _BLANK + "\ufeff":
            place += 1
        return place

    def drop(self, place: int) -> int:
        if place > 1 << 20:
            self.text = self.text[place:]
            return 0
        return place


# -- one part


def decoded(part: Part) -> Frame:
    """The rows of a part."""
    names = part.settings["names"]
    wanted = part.settings["wanted"]
    chosen = [name for name in names if wanted is None or name in wanted]
    if part.format == "ndjson":
        quick = _quickly(part, chosen)
        if quick is not None:
            return quick
        lines = part.payload.splitlines()
        return _carefully(part, chosen, map(_parsed, lines))
    return _carefully(part, chosen, part.payload)


def _quickly(part: Part, chosen: list[str]) -> Frame | None:
    try:
        import polars
    except ImportError:
        return None
    try:
        table = polars.read_ndjson(part.payload, infer_schema_length=None)
    except Exception:  # whatever polars takes no part with, the careful way says why
        return None
    lines = part.payload.count(b"\n") + (not part.payload.endswith(b"\n"))
    if table.height != lines or any(
        table[name].dtype.is_nested() for name in chosen if name in table.columns
    ):
        return None
    nothing = [None] * table.height
    columns = {name: table[name] if name in table.columns else nothing for name in chosen}
    return Frame(part.first, table.height, columns)


def _carefully(part: Part, chosen: list[str], rows: Iterable[Any]) -> Frame:
    columns: dict[str, list[Any]] = {name: [] for name in chosen}
    faults: dict[int, str] = {}
    count = 0
    for row in rows:
        if isinstance(row, (int, float)) and not isinstance(row, bool) and chosen == [ALONE]:
            row = {ALONE: row}
        if not isinstance(row, dict):
            faults[count] = "is no JSON object"
            row = {}
        for name, column in columns.items():
            cell = row.get(name)
            column.append(json.dumps(cell) if isinstance(cell, (dict, list)) else cell)
        count += 1
    return Frame(part.first, count, dict(columns), faults)
