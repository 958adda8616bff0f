"""CSV and TSV, by polars where it is installed, else by the standard library. Cells stay text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from autodiffcli.diagnostics import wrong
from autodiffcli.frames import Frame
from autodiffcli.readers import Opened, Part
from autodiffcli.readers.lines import first_line, pieces
from autodiffcli.readers.sources import Source, bad_data

_DELIMITERS = {"csv": ",", "tsv": "\t"}


def opened(source: Source, format: str) -> Opened:
    """The table of a text. Raises AdiffError for an empty one, and for columns of one name."""
    delimiter = _DELIMITERS[format]
    text = pieces(source, quoted=True)
    piece = next(text, b"")
    if not piece.strip():
        raise bad_data(source.path, f"'{source.shown}' is empty")
    end = first_line(piece, quoted=True)
    cells = _cells(piece[:end], delimiter, source)
    headed = not all(map(_is_number, cells))
    names = tuple(cell.strip() for cell in cells) if headed else _numbered(len(cells))
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        raise bad_data(source.path, f"two columns of '{source.shown}' are named '{twice[0]}'")
    body = piece[end:] if headed else piece

    def parts(wanted: frozenset[str] | None) -> Iterator[Part]:
        settings = {"names": names, "delimiter": delimiter, "wanted": wanted}
        first = 0
        for lines in _chained(body, text):
            yield Part(source.shown, first, lines, source.taken, format, settings)
            first += _count(lines)

    return Opened(names, headed, parts, sample=body)


def _chained(body: bytes, text: Iterator[bytes]) -> Iterator[bytes]:
    if body.strip():
        yield body
    yield from text


def _count(lines: bytes) -> int:
    """How many records there are."""
    if b'"' not in lines:
        return lines.count(b"\n") + (not lines.endswith(b"\n"))
    return sum(1 for _ in csv.reader(io.StringIO(lines.decode("utf-8", "replace"))))


def _cells(line: bytes, delimiter: str, source: Source) -> list[str]:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise bad_data(source.path, f"the header of '{source.shown}' is no UTF-8 text") from None
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [""])


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"column_{place}" for place in range(1, count + 1))


# -- one part


def decoded(part: Part) -> Frame:
    """The rows of a part. Raises AdiffError for bytes that are no UTF-8."""
    names: Sequence[str] = part.settings["names"]
    wanted = part.settings["wanted"]
    chosen = [name for name in names if wanted is None or name in wanted]
    try:
        import polars
    except ImportError:
        return _carefully(part, names, chosen)
    try:
        table = polars.read_csv(
            part.payload,
            has_header=False,
            schema=dict.fromkeys(names, polars.String),
            separator=part.settings["delimiter"],
        )
    except Exception:  # whatever polars takes no part with, the careful way says why
        return _carefully(part, names, chosen)
    if _has_short_rows(part, table):
        return _carefully(part, names, chosen)
    return Frame(part.first, table.height, {name: table[name] for name in chosen})


def _has_short_rows(part: Part, table: Any) -> bool:
    """Whether cells are missing at the end of a row: polars takes them for empty ones."""
    missing = table[table.columns[-1]].null_count()
    if not missing:
        return False
    if len(table.columns) == 1:
        return False
    mark = part.settings["delimiter"].encode()
    text: bytes = part.payload
    empty = text.count(mark + b"\n") + text.count(mark + b"\r\n") + text.endswith(mark)
    return bool(missing != empty)


def _carefully(part: Part, names: Sequence[str], chosen: Sequence[str]) -> Frame:
    """Row by row, with what is wrong with each."""
    text = _text(part)
    columns: list[list[str]] = [[] for _ in names]
    faults: dict[int, str] = {}
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=part.settings["delimiter"])
    count = 0
    try:
        for row in rows:
            if not row and len(names) == 1:
                row = [""]
            if len(row) != len(names):
                cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
                faults[count] = f"has {cells}, and the header {len(names)}"
                row = [*row, *[""] * len(names)][: len(names)]
            for column, cell in zip(columns, row, strict=True):
                column.append(cell)
            count += 1
    except csv.Error as error:
        place = f"row {part.first + count + 1:,} of {part.source}"
        raise wrong("row", f"{place} cannot be read: {error}") from None
    found = dict(zip(names, columns, strict=True))
    return Frame(part.first, count, {name: found[name] for name in chosen}, faults)


def _text(part: Part) -> str:
    try:
        return str(part.payload, "utf-8")
    except UnicodeDecodeError as error:
        row = part.first + part.payload.count(b"\n", 0, error.start) + 1
        message = f"row {row:,} of {part.source} is no UTF-8 text"
        hint = "convert the file: iconv -f latin1 -t utf-8"
        raise wrong("encoding", message, hint=hint) from None
