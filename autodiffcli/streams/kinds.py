"""What sort of thing the cells of a text column are, for formats that tell numbers from text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from autodiffcli.diagnostics import Span, wrong
from autodiffcli.readers import DELIMITERS, Reader
from autodiffcli.streams.matching import Match

Kind: TypeAlias = Literal["int", "float", "text"]
SAMPLE = 1_000  # rows that the kinds of columns are told by


def kind_of(cells: Sequence[str]) -> Kind:
    """What all of some cells are; `007` and `+1` are text, which a number would not give back."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return "text"
    if all(_is_whole(cell) for cell in filled):
        return "int"
    return "float" if all(_is_number(cell) for cell in filled) else "text"


def _is_whole(cell: str) -> bool:
    digits = cell.removeprefix("-")
    return (
        digits.isdecimal()
        and digits.isascii()
        and (digits == "0" or digits[0] != "0")
        and len(digits) < 16
    )


def _is_number(cell: str) -> bool:
    digits = cell.removeprefix("-")
    if digits.isdecimal() and len(digits) > 15:  # an identifier, which a double would not keep
        return False
    if "_" in cell or cell[0] == "+" or (cell[0] == "0" and cell[1:2].isdigit()):
        return False
    try:
        float(cell)
    except ValueError:
        return False
    return True


def sampled(text: bytes, delimiter: str, names: Sequence[str]) -> dict[str, Kind]:
    """The kinds of columns by the first rows of a text without a header."""
    rows = csv.reader(io.StringIO(text.decode("utf-8", "replace")), delimiter=delimiter)
    columns: list[list[str]] = [[] for _ in names]
    for _, row in zip(range(SAMPLE), rows, strict=False):
        for column, cell in zip(columns, row, strict=False):
            column.append(cell)
    return {name: kind_of(cells) for name, cells in zip(names, columns, strict=True)}


def kinds_of(reader: Reader, match: Match) -> dict[str, Kind]:
    """The kinds of the columns of text that stay and are no variables."""
    if reader.format not in DELIMITERS:
        return {}
    kinds = sampled(reader.sample, DELIMITERS[reader.format], reader.names)
    variables = set(match.column_of.values())
    return {
        name: kinds[name] for name in match.kept if name not in variables and kinds[name] != "text"
    }


def typed(column: Any, kind: Kind) -> Any:
    """A text column as numbers of its kind, with None for empty cells.

    Raises AdiffError for a cell that is of another kind.
    """
    if kind == "text":
        return column
    if isinstance(column, list):
        return [_typed_cell(cell, kind) for cell in column]
    import polars

    texts = column.str.strip_chars()
    found = texts.cast(polars.Int64 if kind == "int" else polars.Float64, strict=False)
    lost = (found.is_null() & (texts != "")).arg_true()
    if len(lost):
        _typed_cell(texts[lost[0]], kind)
    return found


def _typed_cell(cell: str | None, kind: Kind) -> int | float | None:
    text = (cell or "").strip()
    try:
        return None if not text else int(text) if kind == "int" else float(text)
    except ValueError:
        message = f"'{text}' is no number, as the first {SAMPLE:,} cells of its column are"
        hint = "leave the column out by --keep, or write CSV"
        raise wrong("kind", message, Span(0, len(text)), text, hint=hint) from None
