"""CSV and TSV, by polars where it is installed, else by the standard library."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from autodiffcli.frames import Column
from autodiffcli.writers import Layout
from autodiffcli.writers.cells import plain, series
from autodiffcli.writers.compressed import Out

_DELIMITERS = {"csv": ",", "tsv": "\t"}


def encoded(layout: Layout, columns: Mapping[str, Column], rows: int) -> bytes:
    """Some rows as text. A number that is not finite is an empty cell."""
    delimiter = _DELIMITERS[layout.format]
    try:
        import polars
    except ImportError:
        return _by_hand(layout, columns, delimiter)
    table = polars.DataFrame(
        {name: series(columns[name], name in layout.numeric) for name in layout.names}
    )
    text = io.BytesIO()
    clean = layout.numeric | layout.clean >= frozenset(layout.names)
    quotes: Any = "never" if clean else "necessary"  # to look for what needs them takes time
    table.write_csv(text, include_header=False, separator=delimiter, quote_style=quotes)
    return text.getvalue()


def _by_hand(layout: Layout, columns: Mapping[str, Column], delimiter: str) -> bytes:
    text = io.StringIO()
    cells = []
    for name in layout.names:
        column = plain(columns[name])
        if name in layout.numeric:
            finite = np.isfinite(columns[name]).tolist()
            column = [repr(u) if good else "" for u, good in zip(column, finite, strict=True)]
        cells.append(column)
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(zip(*cells, strict=True))
    return text.getvalue().encode()


class Writer:
    """A header, then rows."""

    def __init__(self, layout: Layout, out: Out) -> None:
        header = io.StringIO()
        names = csv.writer(header, delimiter=_DELIMITERS[layout.format], lineterminator="\n")
        names.writerow(layout.names)
        self.out = out
        out.write(header.getvalue().encode())

    def write(self, payload: Any) -> None:
        """Some rows."""
        self.out.write(payload)
        self.out.flush()

    def close(self) -> None:
        """Nothing comes behind the rows."""
        self.out.finish()
