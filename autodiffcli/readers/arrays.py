"""NPY and NPZ: one array of rows and columns, or an array for each column."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np

from autodiffcli.frames import Frame
from autodiffcli.readers import Opened, Part
from autodiffcli.readers.sources import Source, bad_data

ROWS = 131_072  # of a part


def opened(source: Source, format: str) -> Opened:
    """The table of a file. Raises AdiffError for what is none."""
    try:
        return _array(source) if format == "npy" else _archive(source)
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        why = str(error).splitlines()[0] if str(error) else "it is broken"
        raise bad_data(source.path, f"'{source.shown}' is no {format} file: {why}") from None


def _array(source: Source) -> Opened:
    file = source.seekable()
    if (
        source.path != "-"
        and os.path.isfile(source.path)
        and not source.head().startswith(b"\x1f\x8b")
    ):
        whole = np.load(source.path, mmap_mode="r", allow_pickle=False)
    else:
        file.seek(0)
        whole = np.load(file, allow_pickle=False)
    headed, columns = _columns(whole, source)
    return _opened(source, columns, len(whole), headed)


def _columns(whole: Any, source: Source) -> tuple[bool, dict[str, Any]]:
    """Whether columns have names, and the columns."""
    if whole.dtype.names:
        return True, {name: whole[name] for name in whole.dtype.names}
    if whole.dtype.kind not in "iuf" or whole.ndim not in (1, 2):
        what = f"of {whole.ndim} axes" if whole.ndim not in (1, 2) else f"of {whole.dtype}"
        raise bad_data(source.path, f"'{source.shown}' is an array {what}, and no table of numbers")
    if whole.ndim == 1:
        return False, {"column_1": whole}
    return False, {f"column_{place + 1}": whole[:, place] for place in range(whole.shape[1])}


def _opened(source: Source, columns: dict[str, Any], rows: int, headed: bool) -> Opened:
    size = source.size or 0

    def parts(wanted: frozenset[str] | None) -> Iterator[Part]:
        chosen = {name: c for name, c in columns.items() if wanted is None or name in wanted}
        for first in range(0, rows, ROWS):
            last = min(first + ROWS, rows)
            payload = {name: np.ascontiguousarray(c[first:last]) for name, c in chosen.items()}
            yield Part(source.shown, first, payload, size * last // rows, "npy")

    numeric = frozenset(name for name, column in columns.items() if column.dtype.kind == "f")
    return Opened(tuple(columns), headed, parts, numeric, rows)


def _archive(source: Source) -> Opened:
    """An array for each column, read side by side out of the archive."""
    archive = zipfile.ZipFile(source.seekable())
    shapes: dict[str, Any] = {}
    for member in archive.namelist():
        with archive.open(member) as file:
            shape, _, dtype = _header(file)
        if len(shape) != 1 or dtype.kind not in "iufUS":
            raise bad_data(source.path, f"'{member}' in '{source.shown}' is no column of numbers")
        shapes[member.removesuffix(".npy")] = (member, shape[0], dtype)
    lengths = {length for _, length, _ in shapes.values()}
    if len(lengths) != 1:
        raise bad_data(source.path, f"the arrays of '{source.shown}' are not of one length")
    rows, size = lengths.pop(), source.size or 0

    def parts(wanted: frozenset[str] | None) -> Iterator[Part]:
        files = {}
        for name, (member, _, dtype) in shapes.items():
            if wanted is None or name in wanted:
                file = archive.open(member)
                _header(file)
                files[name] = (file, dtype)
        for first in range(0, rows, ROWS):
            count = min(ROWS, rows - first)
            payload = {
                name: np.frombuffer(_exactly(file, count * dtype.itemsize), dtype)
                for name, (file, dtype) in files.items()
            }
            yield Part(source.shown, first, payload, size * (first + count) // rows, "npy")

    numeric = frozenset(name for name, (_, _, dtype) in shapes.items() if dtype.kind == "f")
    return Opened(tuple(shapes), True, parts, numeric, rows)


def _header(file: Any) -> tuple[Any, bool, Any]:
    version = np.lib.format.read_magic(file)
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        raise ValueError("it has objects of Python")
    return shape, fortran, dtype


def _exactly(file: Any, count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        more = file.read(count - len(found))
        if not more:
            raise ValueError("it ends too soon")
        found += more
    return bytes(found)


def decoded(part: Part) -> Frame:
    """The rows of some arrays."""
    columns = part.payload
    rows = len(next(iter(columns.values()))) if columns else 0
    return Frame(part.first, rows, dict(columns))
