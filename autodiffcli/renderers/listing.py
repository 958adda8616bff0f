"""What a command found, in every format: tables for people, rows and a document for programs."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, TypeAlias

from autodiffcli.renderers import Style
from autodiffcli.renderers.grid import Grid, Lane, Strip
from autodiffcli.renderers.json_text import number, string
from autodiffcli.renderers.markdown import escaped
from autodiffcli.renderers.number import exact, finite, shown
from autodiffcli.renderers.piece import Piece
from autodiffcli.renderers.printable import encodable, printable, wrapped
from autodiffcli.renderers.sheet import remark, some
from autodiffcli.renderers.table import draw
from autodiffcli.terminal import Terminal

Cell: TypeAlias = "float | complex | int | str | bool | None"


class Rows(Sequence[Sequence[Cell]]):
    """Rows out of columns, made as they are asked for.

    columns  of one length each
    """

    def __init__(self, columns: Sequence[Sequence[Cell]]) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def __getitem__(self, place: Any) -> Any:
        """A row, or the rows of a slice."""
        if isinstance(place, slice):
            return Rows([column[place] for column in self.columns])
        return [column[place] for column in self.columns]

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        return iter(zip(*self.columns, strict=True))


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells. A number that is not finite is a missing one.

    columns  names of the columns for programs, in ASCII but for the user's own letters
    labels   headings for people; the columns' names where there are none
    title    a line above
    marks    row and column -> what stands behind the cell, `[1]`
    fixed    leading columns that say what the row is
    digits   column -> significant digits for people, where not those of the table's style
    """

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    labels: tuple[str, ...] = ()
    title: str = ""
    marks: Mapping[tuple[int, int], str] = field(default_factory=dict)
    fixed: int = 1
    digits: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a command found.

    shown      for people, from top to bottom: tables, and lines of text
    table      for CSV, TSV and NDJSON: all of it, one row per thing
    document   for JSON: names -> texts, numbers, lists and objects; not finite is `null`
    footnotes  lines below the tables
    """

    shown: tuple[Table | str, ...]
    table: Table
    document: Mapping[str, Any]
    footnotes: tuple[str, ...] = ()


def write(listing: Listing, terminal: Terminal, format: str, style: Style) -> None:
    """Writes the listing in one of the formats of `renderers.RENDERERS`."""
    _WRITERS[format](listing, terminal, style)


# -- for people


def _table(listing: Listing, terminal: Terminal, style: Style) -> None:
    closed, before = True, False
    for position, part in enumerate(listing.shown):
        alone = isinstance(part, str)
        if position and not closed and not (alone and before):
            terminal.stdout.write("\n")
        if isinstance(part, str):
            _say(part, terminal)
            closed = False
        else:
            closed = draw(_piece(part, terminal, style), terminal)
        before = alone
    if listing.footnotes and not closed:
        terminal.stdout.write("\n")
    for line in listing.footnotes:
        _say(line, terminal)


def _say(text: str, terminal: Terminal) -> None:
    safe = encodable(printable(text), terminal.stdout)
    terminal.stdout.writelines(f"{line}\n" for line in wrapped(safe, terminal.width))


def _piece(table: Table, terminal: Terminal, style: Style) -> Piece:
    labels = table.labels or table.columns
    lanes = tuple(
        Lane(encodable(printable(label), terminal.stdout), (_strip(table, n, terminal, style),))
        for n, label in enumerate(labels)
    )
    spans = some(len(table.rows), style.rows)
    cut = remark(f"{len(table.rows):,} rows", f"{style.rows:,}") if len(spans) > 1 else ""
    gap = "⋮" if terminal.unicode else "..."
    title = encodable(printable(table.title), terminal.stdout)
    return Piece(title, Grid(lanes, table.fixed, spans, gap, cut))


def _strip(table: Table, column: int, terminal: Terminal, style: Style) -> Strip:
    def texts(start: int, stop: int) -> list[str]:
        cells = (row[column] for row in table.rows[start:stop])
        shown = [encodable(_shown(cell, precision), terminal.stdout) for cell in cells]
        behind = [marks.get(row, "") for row in range(start, stop)] if words else [""] * len(shown)
        return [f"{text} {mark}".strip() for text, mark in zip(shown, behind, strict=False)]

    precision = table.digits.get(column, style.precision)
    marks = {row: mark for (row, place), mark in table.marks.items() if place == column}
    words = len(table.rows) > 0 and all(isinstance(row[column], str) for row in table.rows)
    return Strip(texts, {} if words else marks, left=words)


def _shown(cell: Cell, precision: int) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if cell is None:
        return ""
    if isinstance(cell, str):
        return printable(cell)
    if isinstance(cell, int):
        return str(cell)
    return shown(cell, precision) if finite(cell) else "none"


def _markdown(listing: Listing, terminal: Terminal, style: Style) -> None:
    say = terminal.stdout.write
    for position, part in enumerate(listing.shown):
        say("\n" if position else "")
        if isinstance(part, str):
            say(f"{escaped(part, terminal)}\n")
            continue
        if part.title:
            say(f"{escaped(part.title, terminal)}\n\n")
        labels = part.labels or part.columns
        say(f"| {' | '.join(escaped(label, terminal) for label in labels)} |\n")
        say(f"|{' --: |' * len(labels)}\n")
        for row, cells in enumerate(part.rows):
            written = (
                f"{escaped(_shown(cell, part.digits.get(column, style.precision)), terminal)} "
                f"{part.marks.get((row, column), '')}".strip()
                for column, cell in enumerate(cells)
            )
            say(f"| {' | '.join(written)} |\n")
    say("\n" if listing.footnotes else "")
    terminal.stdout.writelines(f"- {escaped(line, terminal)}\n" for line in listing.footnotes)


# -- for programs


def _exact(cell: Cell) -> str:
    """A cell for CSV: numbers read back as themselves, nothing for what is missing."""
    if isinstance(cell, float):  # most cells are
        return repr(cell) if isfinite(cell) else ""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (str, int)):
        return str(cell)
    return exact(cell) if finite(cell) else ""


def _delimited(delimiter: str) -> Writer:
    def written(listing: Listing, terminal: Terminal, style: Style) -> None:
        writer = csv.writer(terminal.stdout, delimiter=delimiter, lineterminator="\n")
        for row in (listing.table.columns, *listing.table.rows):
            writer.writerow([encodable(_exact(cell), terminal.stdout) for cell in row])

    return written


def _json_rows(listing: Listing, terminal: Terminal, style: Style) -> None:
    keys = [string(name, terminal) for name in listing.table.columns]
    for row in listing.table.rows:
        pairs = (f"{key}: {_json(cell, terminal)}" for key, cell in zip(keys, row, strict=True))
        terminal.stdout.write(f"{{{', '.join(pairs)}}}\n")


def _json_document(listing: Listing, terminal: Terminal, style: Style) -> None:
    """One object: one line in a pipe, one line per key on a terminal."""
    start, between, end = ("{\n  ", ",\n  ", "\n}\n") if terminal.boxes else ("{", ", ", "}\n")
    terminal.stdout.write(start + between.join(_members(listing.document, terminal)) + end)


def _members(found: Mapping[str, Any], terminal: Terminal) -> Iterator[str]:
    return (f"{string(key, terminal)}: {_json(value, terminal)}" for key, value in found.items())


def _json(value: Any, terminal: Terminal) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, (float, complex)):
        return number(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return string(value, terminal)
    if isinstance(value, Mapping):
        return f"{{{', '.join(_members(value, terminal))}}}"
    return f"[{', '.join(_json(item, terminal) for item in value)}]"


Writer: TypeAlias = Callable[[Listing, Terminal, Style], None]

_WRITERS: dict[str, Writer] = {
    "table": _table,
    "json": _json_document,
    "ndjson": _json_rows,
    "csv": _delimited(","),
    "tsv": _delimited("\t"),
    "md": _markdown,
}
