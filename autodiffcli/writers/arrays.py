"""NPY, a table of doubles by rows, and NPZ, an array for each column."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from autodiffcli.cells import numbers_of
from autodiffcli.diagnostics import wrong
from autodiffcli.frames import Column
from autodiffcli.writers import Layout
from autodiffcli.writers.cells import plain
from autodiffcli.writers.compressed import Out

_HEADER = 128  # bytes kept free for the header of an array, whose length is known at the end


def encoded(layout: Layout, columns: Mapping[str, Column], rows: int) -> Any:
    """Some rows as arrays by name; statuses, which are texts, are left out of NPY."""
    found = {}
    for name in layout.names:
        column = columns[name]
        if name in layout.numeric:
            found[name] = np.where(np.isfinite(column), column, np.nan)
            continue
        numbers, bad = numbers_of(column)
        if not len(bad):
            found[name] = numbers
        elif layout.format == "npz":
            found[name] = np.array(["" if u is None else str(u) for u in plain(column)])
        elif name != layout.names[-1]:
            message = f"the column '{name}' is text, which an array of numbers cannot hold"
            raise wrong("npy", message, hint="leave it out by --keep, or write NPZ")
    return found


class Writer:
    """Arrays whose length is written when it is known."""

    def __init__(self, layout: Layout, out: Out) -> None:
        self.layout = layout
        self.stream: Any = getattr(out, "stream", out)
        self.rows = 0
        self.scratch: dict[str, Any] = {}
        self.widths: dict[str, int] = {}  # letters of the longest text in a column
        self.table: Any = None

    def write(self, payload: Any) -> None:
        """Some rows."""
        self.rows += len(next(iter(payload.values())))
        if self.layout.format == "npz":
            for name, column in payload.items():
                self._column(name, column)
            return
        if self.table is None:
            self.table = self.stream if self.stream.seekable() else tempfile.TemporaryFile()  # noqa: SIM115
            self.table.write(b"\0" * _HEADER)
        self.width = len(payload)
        self.table.write(np.column_stack(list(payload.values())).tobytes())

    def _column(self, name: str, column: Any) -> None:
        if name not in self.scratch:
            self.scratch[name] = tempfile.TemporaryFile()  # noqa: SIM115  closed with the writer
        if column.dtype.kind == "U":
            self.widths[name] = max(self.widths.get(name, 1), column.dtype.itemsize // 4)
            self.scratch[name].writelines(f"{json.dumps(u)}\n".encode() for u in column.tolist())
            return
        self.scratch[name].write(np.ascontiguousarray(column, np.float64).tobytes())

    def close(self) -> None:
        """The headers, and for NPZ the archive."""
        if self.layout.format == "npz":
            self._archive()
        elif self.table is None:
            np.save(self.stream, np.empty((0, len(self.layout.names) - 1)))
        else:
            self.table.seek(0)
            self.table.write(_header((self.rows, self.width), _HEADER))
            if self.table is not self.stream:
                self.table.seek(0)
                shutil.copyfileobj(self.table, self.stream)
                self.table.close()
            else:
                self.table.seek(0, 2)
        self.stream.flush()

    def _archive(self) -> None:
        with zipfile.ZipFile(self.stream, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            for name, column in self.scratch.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    column.seek(0)
                    kind = f"<U{self.widths[name]}" if name in self.widths else "<f8"
                    member.write(_header((self.rows,), 0, kind))
                    if name in self.widths:
                        for line in column:
                            member.write(np.array(json.loads(line), kind).tobytes())
                    else:
                        shutil.copyfileobj(column, member)
                    column.close()


def _header(shape: tuple[int, ...], size: int, kind: str = "<f8") -> bytes:
    """The header of an array, padded to `size` bytes."""
    text = io.BytesIO()
    description = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(text, description)
    found = text.getvalue()
    if size and len(found) != size:
        body = found[10:].rstrip(b" \n")
        found = found[:8] + (size - 10).to_bytes(2, "little") + body.ljust(size - 11) + b"\n"
    return found
