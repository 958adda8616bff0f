"""NPY, rows and columns or named fields; NPZ, an array for each column, read side by side."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autodiffcli.diagnostics import AdiffError
from autodiffcli.frames import Frame
from autodiffcli.readers.complaints import bad_data, broken
from autodiffcli.readers.delimited import refuse_twins
from autodiffcli.readers.inputs import Input
from autodiffcli.readers.part import ROWS, Part, Table, numbered

_KINDS = "iufbUSM"  # of cells that a column can have
_HEADER_ALONE = 128  # bytes


class Header(NamedTuple):
    """What is written before the numbers of an array."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]


def opened(source: Input, format: str) -> Table:
    """The table of a file. Raises AdiffError for what is none."""
    with _complaining(source, format):
        return _array(source) if format == "npy" else _archive(source)


@contextmanager
def _complaining(source: Input, format: str) -> Iterator[None]:
    try:
        yield
    except AdiffError:
        raise
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise broken(source.path, source.shown, format.upper(), error) from None


# -- one array


def _array(source: Input) -> Table:
    if source.is_plain():
        has_bytes = (source.size or 0) > _HEADER_ALONE  # of no bytes there is no map
        whole: Any = np.load(source.path, "r" if has_bytes else None, allow_pickle=False)
        header = Header(whole.shape, False, whole.dtype)
        _refuse(header, source, source.shown)
        return _table(source, header, lambda first, last: whole[first:last])
    stream = _Streamed(source)
    header = _header(stream)
    _refuse(header, source, source.shown)
    if header.fortran and len(header.shape) == 2:  # column behind column: all must be there
        file: Any = source.seekable()
        whole = np.memmap(file, header.dtype, "r", 0, header.shape, "F")
        return _table(source, header, lambda first, last: whole[first:last])
    width = prod(header.shape[1:])

    def rows(first: int, last: int) -> NDArray[Any]:
        return _cells(stream, header.dtype, (last - first) * width).reshape(-1, *header.shape[1:])

    return _table(source, header, rows)


class _Streamed:
    """An input as numpy reads it."""

    def __init__(self, source: Input) -> None:
        self.read = source.exactly


def _header(file: Any) -> Header:
    """Raises ValueError for what is no array, or one of Python's objects."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        found = Header(*np.lib.format.read_array_header_1_0(file))
    else:
        found = Header(*np.lib.format.read_array_header_2_0(file))
    if found.dtype.hasobject:
        raise ValueError("it has objects of Python")
    return found


def _refuse(header: Header, source: Input, what: str) -> None:
    """Raise AdiffError for an array that is no table."""
    axes, kinds = len(header.shape), header.dtype
    if axes not in (1, 2) or (kinds.names and axes != 1):
        raise bad_data(source.path, f"'{what}' is an array of {axes} axes, and no table")
    found = [kinds[name] for name in kinds.names] if kinds.names else [kinds]
    for kind in found:
        if kind.kind not in _KINDS or kind.shape:
            raise bad_data(source.path, f"'{what}' is an array of {kind}, and no table of numbers")


def _table(source: Input, header: Header, rows_of: Any) -> Table:
    """rows_of  gives the rows from one to before another, shape (rows,) or (rows, columns)."""
    rows, kinds = header.shape[0], header.dtype
    names = kinds.names or numbered(1 if len(header.shape) == 1 else header.shape[1])

    def parts(wanted: tuple[str, ...]) -> Iterator[Part]:
        for first in range(0, rows, ROWS):
            last = min(first + ROWS, rows)
            with _complaining(source, "npy"):
                cells = rows_of(first, last)
            payload = {name: _column(cells, names, name) for name in wanted}
            yield _part(source, first, last - first, rows, payload, names, wanted)

    floats = {name for name in names if (kinds[name] if kinds.names else kinds).kind == "f"}
    return Table(tuple(names), bool(kinds.names), parts, rows=rows, floats=frozenset(floats))


def _column(cells: NDArray[Any], names: tuple[str, ...], name: str) -> NDArray[Any]:
    if cells.dtype.names:
        return native(cells[name])
    return native(cells if cells.ndim == 1 else cells[:, names.index(name)])


def native(cells: NDArray[Any]) -> NDArray[Any]:
    """The cells in this machine's order of bytes, in memory of their own; bytes as text."""
    if cells.dtype.kind == "S":
        return np.char.decode(cells, "utf-8", "replace")
    return np.array(cells, cells.dtype.newbyteorder("="), order="C")


def _part(
    source: Input,
    first: int,
    count: int,
    rows: int,
    payload: Mapping[str, Any],
    names: tuple[str, ...],
    wanted: tuple[str, ...],
) -> Part:
    done = source.size * (first + count) // rows if source.size is not None else source.taken
    return Part(source.shown, first, (count, payload), done, "npy", tuple(names), wanted)


# -- an archive


def _archive(source: Input) -> Table:
    archive = zipfile.ZipFile(source.seekable())
    headers: dict[str, Header] = {}
    for member in archive.namelist():
        with archive.open(member) as file:
            name = member.removesuffix(".npy")
            headers[name] = _header(file)
            _refuse(headers[name], source, f"{source.shown}: {name}")
            if len(headers[name].shape) != 1 or headers[name].dtype.names:
                raise bad_data(source.path, f"'{name}' in '{source.shown}' is no single column")
    refuse_twins([member.removesuffix(".npy") for member in archive.namelist()], source)
    lengths = {header.shape[0] for header in headers.values()}
    if not lengths:
        raise bad_data(source.path, f"'{source.shown}' is empty")
    if len(lengths) > 1:
        raise bad_data(source.path, f"the arrays of '{source.shown}' are not of one length")
    rows, names = lengths.pop(), tuple(headers)

    def parts(wanted: tuple[str, ...]) -> Iterator[Part]:
        files = {name: _member(archive, name) for name in wanted}
        for first in range(0, rows, ROWS):
            count = min(ROWS, rows - first)
            with _complaining(source, "npz"):
                payload = {
                    name: native(_cells(file, headers[name].dtype, count))
                    for name, file in files.items()
                }
            yield _part(source, first, count, rows, payload, names, wanted)

    floats = frozenset(name for name, header in headers.items() if header.dtype.kind == "f")
    return Table(names, True, parts, rows=rows, floats=floats)


def _member(archive: zipfile.ZipFile, name: str) -> Any:
    """A member of the archive, behind its header."""
    stored = f"{name}.npy" if f"{name}.npy" in archive.NameToInfo else name
    file = archive.open(stored)
    _header(file)
    return file


def _cells(file: Any, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
    """The next cells. Raises ValueError where there are not so many."""
    size, found = count * dtype.itemsize, bytearray()
    while len(found) < size:
        more = file.read(size - len(found))
        if not more:
            raise ValueError("it ends too soon")
        found += more
    return np.frombuffer(found, dtype, count)


# -- one part


def decoded(part: Part) -> Frame:
    """The rows of some arrays."""
    rows, columns = part.payload
    return Frame(part.first, rows, dict(columns))
