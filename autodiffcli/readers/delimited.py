"""CSV and TSV: the header, and pieces of text. The cells stay text."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import chain

from autodiffcli.readers.complaints import bad_data
from autodiffcli.readers.inputs import Input
from autodiffcli.readers.part import DELIMITERS, Part, Table, numbered
from autodiffcli.readers.pieces import LONGEST, Piece, first_end, pieces

_SAMPLE = 256 << 10  # bytes
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # marks of UTF-16


def opened(source: Input, format: str) -> Table:
    """The table of a text. Raises AdiffError for an empty one, and for columns of one name."""
    delimiter = DELIMITERS[format].encode()
    text = pieces(source, delimiter)
    piece = next(text, None)
    if piece is None:
        raise bad_data(source.path, f"'{source.shown}' is empty")
    end = first_end(piece.text, delimiter)
    cells = _header(piece.text[:end], DELIMITERS[format], source)
    headed = not _is_row(cells)
    names = tuple(map(_named, cells)) if headed else numbered(len(cells))
    refuse_twins(names, source)
    begun = Piece(piece.text[end:], piece.rows - 1) if headed else piece

    def parts(wanted: tuple[str, ...]) -> Iterator[Part]:
        first = 0
        for found in chain([begun] if begun.text else [], text):
            yield Part(
                *(source.shown, first, found.text, source.taken, format),
                names=names,
                wanted=wanted,
                headed=headed,
            )
            first += found.rows

    return Table(names, headed, parts, sample=begun.text[:_SAMPLE])


def refuse_twins(names: Sequence[str], source: Input) -> None:
    """Raise AdiffError where two columns have one name."""
    if len(set(names)) < len(names):
        twin = next(name for place, name in enumerate(names) if name in names[:place])
        raise bad_data(source.path, f"two columns of '{source.shown}' are named '{twin}'")


def _header(line: bytes, delimiter: str, source: Input) -> list[str]:
    """The cells of the first record."""
    csv.field_size_limit(LONGEST)
    try:
        return next(csv.reader([line.decode("utf-8").rstrip("\r\n")], delimiter=delimiter))
    except UnicodeDecodeError:
        kind = "UTF-16" if line.startswith(_WIDE) else "no UTF-8"
        hint = "convert it: iconv -f utf-16 -t utf-8" if kind == "UTF-16" else ""
        message = f"'{source.shown}' is {kind} text: row 1 cannot be read"
        raise bad_data(source.path, message, hint or "convert it: iconv -t utf-8") from None
    except csv.Error as error:
        raise bad_data(source.path, f"row 1 of '{source.shown}' is no header: {error}") from None


def _named(cell: str) -> str:
    """A cell of the header, without the blanks and quotes around it."""
    name = cell.strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1].replace('""', '"').strip()
    return name


def _is_row(cells: Sequence[str]) -> bool:
    """Whether a first record is data: numbers, some of which may be missing."""
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and all(map(_is_number, filled))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell
