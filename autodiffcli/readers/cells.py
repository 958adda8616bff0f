"""The cells of a part of CSV or TSV: by polars where that is safe, else record by record."""

from __future__ import annotations

import csv
import re

import numpy as np

from autodiffcli.diagnostics import AdiffError, wrong
from autodiffcli.frames import Frame
from autodiffcli.readers.part import DELIMITERS, Part
from autodiffcli.readers.pieces import LONGEST, MARK, rows_of
from autodiffcli.readers.quotes import LINE_FEED, lines_of, masked

# What is quoted, if anything, and what is not; then the delimiter.
_CELL = r'(?:"((?:[^"]|"")*)"?)?(.*?)%s'


def decoded(part: Part) -> Frame:
    """The rows of a part. Raises AdiffError for bytes that are no UTF-8."""
    try:
        import polars
    except ImportError:
        return _carefully(part)
    if part.payload.startswith(MARK) or not _is_even(part):  # polars would drop the mark
        return _carefully(part)
    try:
        return _quickly(part)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException):
        return _carefully(part)  # it says what is wrong, if anything is


# -- the quick way


def _is_even(part: Part) -> bool:
    """Whether every record has as many cells as there are names, by its delimiters."""
    text, width = part.payload, len(part.names)
    delimiter = DELIMITERS[part.format].encode()
    if b"\r" in text and text.count(b"\r") != text.count(b"\r\n"):
        return False  # polars drops some carriage returns within cells
    quoted = b'"' in text
    if width == 1 and not quoted:
        return delimiter not in text
    shown = np.frombuffer(text, np.uint8)
    if quoted:
        shown, is_open, is_regular = masked(text, delimiter)
        if is_open or not is_regular:
            return False  # polars reads some of these in its own way
    marks = (shown == LINE_FEED) | (shown == delimiter[0])
    kinds = shown[marks]
    if not text.endswith(b"\n"):
        kinds = np.append(kinds, np.uint8(LINE_FEED))
    rows, left = divmod(len(kinds), width)
    ends = kinds[width - 1 :: width] == LINE_FEED
    return not left and bool(ends.all()) and int((kinds == LINE_FEED).sum()) == rows


def _quickly(part: Part) -> Frame:
    """Raises PolarsError for what polars reads in another way than RFC 4180 says."""
    import polars

    places = [part.names.index(name) for name in part.wanted]
    keys = [f"column_{place}" for place in range(1, len(part.names) + 1)]
    if not places:
        return Frame(part.first, rows_of(part.payload, DELIMITERS[part.format].encode()), {})
    table = polars.read_csv(
        part.payload,
        has_header=False,
        schema=dict.fromkeys(keys, polars.String),
        columns=sorted(places) if len(places) < len(keys) else None,
        separator=DELIMITERS[part.format],
        quote_char='"' if b'"' in part.payload else None,
    )
    columns = {}
    for name, place in zip(part.wanted, places, strict=True):
        column = table[keys[place]]
        columns[name] = column.fill_null("") if column.null_count() else column
    return Frame(part.first, table.height, columns)


# -- the careful way


def _carefully(part: Part) -> Frame:
    """Record by record, with what is wrong with each."""
    csv.field_size_limit(LONGEST)
    width = len(part.names)
    records, is_open = _records(part)
    columns: list[list[str]] = [[] for _ in part.names]
    faults: dict[int, str] = {}
    for row, record in enumerate(records):
        cells, fault = _cells(record, DELIMITERS[part.format], width)
        if fault:
            faults[row] = fault
            cells = [*cells, *[""] * width][:width]
        for column, cell in zip(columns, cells, strict=True):
            column.append(cell)
    if is_open:
        faults[len(records) - 1] = "has a quote that is not closed"
    found = dict(zip(part.names, columns, strict=True))
    return Frame(part.first, len(records), {name: found[name] for name in part.wanted}, faults)


def _records(part: Part) -> tuple[list[str], bool]:
    """The records without their line ends, and whether the last one ends between quotes."""
    text: bytes = part.payload
    shown, is_open, _ = masked(text, DELIMITERS[part.format].encode())
    ends = [*lines_of(shown).tolist(), *([] if text.endswith(b"\n") else [len(text)])]
    records, begin = [], 0
    for row, end in enumerate(ends):
        record = text[begin:end].removesuffix(b"\r")
        try:
            records.append(record.decode("utf-8"))
        except UnicodeDecodeError:
            raise _not_utf8(part, row) from None
        begin = end + 1
    return records, is_open


def _cells(record: str, delimiter: str, width: int) -> tuple[list[str], str]:
    """The cells of a record, and what is wrong with it."""
    if not record:
        return [""], "" if width == 1 else "is empty"
    try:
        cells = _split(record, delimiter) if "\r" in record else _parsed(record, delimiter)
    except csv.Error as error:
        return [], f"cannot be read: {error}"
    if len(cells) == width:
        return cells, ""
    count = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
    return cells, f"has {count}, and the header {width}"


def _parsed(record: str, delimiter: str) -> list[str]:
    return next(csv.reader([record], delimiter=delimiter))


def _split(record: str, delimiter: str) -> list[str]:
    """The cells of a record that has carriage returns, which the csv module takes for its end."""
    cells = []
    text = record + delimiter
    for found in re.finditer(_CELL % re.escape(delimiter), text, re.DOTALL):
        quoted, bare = found.groups()
        cells.append(bare if quoted is None else quoted.replace('""', '"') + bare)
    return cells


def _not_utf8(part: Part, row: int) -> AdiffError:
    place = f"row {part.first + row + 1:,} of '{part.source}'"
    return wrong("data", f"{place} is no UTF-8 text", hint="convert it: iconv -t utf-8")
