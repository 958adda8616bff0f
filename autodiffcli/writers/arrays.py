"""NPY, rows and columns of doubles; NPZ, an array for each column."""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autodiffcli.diagnostics import wrong
from autodiffcli.frames import Column, is_text, numbers_of
from autodiffcli.writers import Layout
from autodiffcli.writers.cells import plain, text_of

_HEADER = 128  # bytes: the number of rows is known at the end only
_PIECE = 65_536  # cells at a time


def encoded(layout: Layout, columns: Mapping[str, Column], rows: int) -> Any:
    """Some rows as an array of shape (rows, columns) for NPY, as arrays by name for NPZ."""
    if layout.format == "npz":
        return {name: _array(columns[name], name in layout.numeric) for name in layout.names}
    found = np.empty((rows, len(layout.names)))
    for place, name in enumerate(layout.names):
        column = columns[name]
        if name in layout.numeric:
            found[:, place] = np.where(np.isfinite(column), column, np.nan)
        elif rows:
            found[:, place] = _doubles(column, name)
    return found


def _doubles(column: Column, name: str) -> NDArray[np.float64]:
    """The cells as doubles, NaN for empty ones. Raises AdiffError for texts."""
    numbers, bad = numbers_of(column)
    if is_text(column) or (len(bad) and any(plain(column)[row] is not None for row in bad)):
        message = f"the column '{name}' is no numbers, and NPY holds nothing else"
        raise wrong("data", message, hint="leave it out by --keep, or write NPZ")
    return numbers


def _array(column: Column, numeric: bool) -> NDArray[Any]:
    """A column by itself: doubles, integers, booleans, or texts."""
    if numeric:
        return np.where(np.isfinite(column), column, np.nan)
    if isinstance(column, np.ndarray) and column.dtype.kind in "iufbUM":
        return column
    cells = plain(column)
    kinds = {type(cell) for cell in cells}
    if kinds in ({int}, {bool}):
        found = np.array(cells)
        if found.dtype.kind in "ib":
            return found
    if kinds <= {int, float, type(None)} and kinds != {type(None)}:
        return numbers_of(cells)[0]
    return np.array([text_of(cell) or "" for cell in cells], np.str_)


# -- rows and columns


class _Table:
    """The header comes first, and is written last."""

    def __init__(self, layout: Layout, out: Any) -> None:
        self.out, self.width, self.rows = out, len(layout.names), 0
        self.file: Any = out if out.seekable() else tempfile.TemporaryFile()  # noqa: SIM115
        self.begin = self.file.tell()
        self.file.write(bytes(_HEADER))

    def write(self, payload: NDArray[np.float64]) -> None:
        self.file.write(np.ascontiguousarray(payload, "<f8").data)
        self.rows += len(payload)

    def close(self) -> None:
        self.file.seek(self.begin)
        self.file.write(_header((self.rows, self.width), np.dtype("<f8"), _HEADER))
        if self.file is self.out:
            self.file.seek(0, io.SEEK_END)
        else:
            with self.file:
                self.file.seek(0)
                shutil.copyfileobj(self.file, self.out)
        self.out.flush()


def _header(shape: tuple[int, ...], dtype: np.dtype[Any], size: int = 0) -> bytes:
    """The header of an array, with blanks up to `size` bytes."""
    text = io.BytesIO()
    kind = np.lib.format.dtype_to_descr(dtype)
    np.lib.format.write_array_header_1_0(
        text, {"descr": kind, "fortran_order": False, "shape": shape}
    )
    found = text.getvalue()
    if size:
        words = found[10:].rstrip(b" \n").ljust(size - 11) + b"\n"
        found = found[:8] + len(words).to_bytes(2, "little") + words
    return found


# -- an archive


class _Column:
    """One column in a temporary file: its cells may be wider in later parts."""

    def __init__(self) -> None:
        self.file: Any = tempfile.TemporaryFile()  # noqa: SIM115  closed when it is copied
        self.parts: list[tuple[np.dtype[Any], int]] = []

    def add(self, cells: NDArray[Any]) -> None:
        self.file.write(np.ascontiguousarray(cells).tobytes())
        self.parts.append((cells.dtype, len(cells)))

    def copy(self, member: Any) -> None:
        """All cells as one array of the widest kind, some at a time."""
        kind = np.result_type(*{kind for kind, _ in self.parts}) if self.parts else np.dtype("f8")
        member.write(_header((sum(rows for _, rows in self.parts),), kind))
        self.file.seek(0)
        for own, rows in self.parts:
            for first in range(0, rows, _PIECE):
                count = min(_PIECE, rows - first)
                cells = np.frombuffer(self.file.read(count * own.itemsize), own, count)
                member.write(cells.astype(kind).tobytes())


class _Archive:
    def __init__(self, layout: Layout, out: Any) -> None:
        self.out = out
        self.columns = {name: _Column() for name in layout.names}

    def write(self, payload: Mapping[str, NDArray[Any]]) -> None:
        for name, cells in payload.items():
            self.columns[name].add(cells)

    def close(self) -> None:
        with ExitStack() as files:
            for column in self.columns.values():
                files.enter_context(column.file)
            archive = files.enter_context(zipfile.ZipFile(self.out, "w", zipfile.ZIP_STORED))
            for name, column in self.columns.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    column.copy(member)
        self.out.flush()


def opened(layout: Layout, out: Any) -> Any:
    """A writer of one array, or of an archive of them."""
    return _Archive(layout, out) if layout.format == "npz" else _Table(layout, out)
