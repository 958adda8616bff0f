"""CSV and TSV, by polars where it is installed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from autodiffcli.frames import Column
from autodiffcli.readers.part import DELIMITERS
from autodiffcli.writers import Layout
from autodiffcli.writers.cells import plain, series, text_of
from autodiffcli.writers.compression import finish


def encoded(layout: Layout, columns: Mapping[str, Column], rows: int) -> bytes:
    """Some rows as text. What is missing is an empty cell."""
    delimiter = DELIMITERS[layout.format]
    try:
        import polars
    except ImportError:
        cells = [map(text_of, plain(columns[name])) for name in layout.names]
        return _lines(zip(*cells, strict=True), delimiter).encode()
    found = {name: series(columns[name], name in layout.numeric) for name in layout.names}
    if len(found) > 1:
        found = {name: _without_empty(column) for name, column in found.items()}
    text = io.BytesIO()
    clean = layout.numeric | layout.clean >= frozenset(layout.names)
    quotes: Any = "never" if clean else "necessary"  # looking for what needs them takes time
    polars.DataFrame(found).write_csv(
        text, include_header=False, separator=delimiter, quote_style=quotes
    )
    return text.getvalue()


def _without_empty(column: Any) -> Any:
    """Null for empty texts, which polars would write as two quotes."""
    import polars

    if column.dtype != polars.String:
        return column
    empty = column == ""
    return column.set(empty, None) if empty.any() else column


def _lines(rows: Iterable[Iterable[str | None]], delimiter: str) -> str:
    """Rows as RFC 4180 has them, each with a line feed."""
    special = re.compile(f'[{delimiter}"\r\n]')

    def quoted(cell: str | None) -> str:
        if not cell:
            return ""
        return '"' + cell.replace('"', '""') + '"' if special.search(cell) else cell

    lines = (delimiter.join(map(quoted, row)) or '""' for row in rows)
    return "".join(f"{line}\n" for line in lines)


class _Writer:
    def __init__(self, layout: Layout, out: Any) -> None:
        self.out = out
        out.write(_lines([layout.names], DELIMITERS[layout.format]).encode())

    def write(self, payload: bytes) -> None:
        self.out.write(payload)
        self.out.flush()

    def close(self) -> None:
        finish(self.out)


def opened(layout: Layout, out: Any) -> _Writer:
    """A writer that has written the header."""
    return _Writer(layout, out)
