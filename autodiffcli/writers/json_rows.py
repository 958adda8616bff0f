"""NDJSON, one object a line, and JSON, an array of such objects."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

from autodiffcli.frames import Column
from autodiffcli.writers import Layout
from autodiffcli.writers.cells import plain, series
from autodiffcli.writers.compression import finish


def encoded(layout: Layout, columns: Mapping[str, Column], rows: int) -> bytes:
    """One object a line, the keys in order; null for what is missing."""
    try:
        import polars
    except ImportError:
        return _lines(layout.names, [plain(columns[name]) for name in layout.names])
    found = {name: series(columns[name], name in layout.numeric) for name in layout.names}
    text = io.BytesIO()
    polars.DataFrame(found).write_ndjson(text)
    return text.getvalue()


def _lines(names: tuple[str, ...], cells: list[list[Any]]) -> bytes:
    keys = [json.dumps(name, ensure_ascii=False) for name in names]
    texts = [
        [f"{key}:{json.dumps(cell, ensure_ascii=False)}" for cell in column]
        for key, column in zip(keys, cells, strict=True)
    ]
    return "".join(f"{{{','.join(row)}}}\n" for row in zip(*texts, strict=True)).encode()


class _Lines:
    def __init__(self, out: Any) -> None:
        self.out = out

    def write(self, payload: bytes) -> None:
        self.out.write(payload)
        self.out.flush()

    def close(self) -> None:
        finish(self.out)


class _Array(_Lines):
    """Line feeds are between objects only: within texts they are escaped."""

    def __init__(self, out: Any) -> None:
        super().__init__(out)
        self.before = b"[\n"

    def write(self, payload: bytes) -> None:
        if payload:
            super().write(self.before + payload.removesuffix(b"\n").replace(b"\n", b",\n"))
            self.before = b",\n"

    def close(self) -> None:
        self.out.write((b"[" if self.before == b"[\n" else b"") + b"\n]\n")
        super().close()


def opened(layout: Layout, out: Any) -> _Lines:
    """A writer of lines, or of an array of them."""
    return _Array(out) if layout.format == "json" else _Lines(out)
