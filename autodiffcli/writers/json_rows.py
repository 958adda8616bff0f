"""NDJSON, one object a line, and JSON, an array of such objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from autodiffcli.frames import Column
from autodiffcli.writers import Layout
from autodiffcli.writers.cells import plain, series
from autodiffcli.writers.compressed import Out


def encoded(layout: Layout, columns: Mapping[str, Column], rows: int) -> bytes:
    """One object a line, its keys in the order of the columns; null where a number is missing."""
    try:
        import polars
    except ImportError:
        return _by_hand(layout, columns)
    table = polars.DataFrame(
        {name: series(columns[name], name in layout.numeric) for name in layout.names}
    )
    return table.write_ndjson().encode()


def _by_hand(layout: Layout, columns: Mapping[str, Column]) -> bytes:
    cells = []
    for name in layout.names:
        column = plain(columns[name])
        if name in layout.numeric:
            finite = np.isfinite(columns[name]).tolist()
            column = [u if good else None for u, good in zip(column, finite, strict=True)]
        cells.append(column)
    rows = (dict(zip(layout.names, row, strict=True)) for row in zip(*cells, strict=True))
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()


class Writer:
    """Objects, and for JSON the array around them."""

    def __init__(self, layout: Layout, out: Out) -> None:
        self.out, self.array, self.started = out, layout.format == "json", False
        if self.array:
            out.write(b"[\n")

    def write(self, payload: Any) -> None:
        """Some objects."""
        if self.array and payload:
            before = b",\n" if self.started else b""
            payload = before + payload.rstrip(b"\n").replace(b"}\n{", b"},\n{")
            self.started = True
        self.out.write(payload)
        self.out.flush()

    def close(self) -> None:
        """The end of the array."""
        if self.array:
            self.out.write(b"\n]\n" if self.started else b"]\n")
        self.out.finish()
