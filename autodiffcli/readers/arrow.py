"""Arrow's files and streams, by pyarrow, batch by batch; and what becomes of any record batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from autodiffcli.frames import Frame
from autodiffcli.readers.complaints import broken, library
from autodiffcli.readers.delimited import refuse_twins
from autodiffcli.readers.inputs import Input
from autodiffcli.readers.part import ROWS, Part, Table

Batches: TypeAlias = Callable[[list[str]], Iterable[tuple[Any, int]]]

_WHAT = "reading Arrow"


def opened(source: Input, format: str) -> Table:
    """The table of a file or of a stream. Raises AdiffError for what is neither."""
    with complaining(source, "Arrow"):
        is_file = source.head().startswith(b"ARROW1")
        return _file(source) if is_file else _stream(source)


def _file(source: Input) -> Table:
    pyarrow, ipc = library("pyarrow", _WHAT), library("pyarrow.ipc", _WHAT)
    place = pyarrow.memory_map(source.path) if source.is_plain() else source.seekable()
    file = ipc.open_file(place)
    count, size = file.num_record_batches, source.size or source.taken

    def batches(wanted: list[str]) -> Iterator[tuple[Any, int]]:
        for number in range(count):
            for batch, share in _cut(_selected(file.get_batch(number), wanted)):
                yield batch, int(size * (number + share) / count)

    return table_of(source, file.schema, batches, "Arrow", _rows(file))


def _rows(file: Any) -> int | None:
    count = getattr(file, "count_rows", None)
    return count() if count is not None else None


def _stream(source: Input) -> Table:
    ipc = library("pyarrow.ipc", _WHAT)
    stream = ipc.open_stream(_Readable(source))

    def batches(wanted: list[str]) -> Iterator[tuple[Any, int]]:
        for batch in stream:
            for piece, _ in _cut(_selected(batch, wanted)):
                yield piece, source.taken

    return table_of(source, stream.schema, batches, "Arrow", None)


def _selected(batch: Any, wanted: list[str]) -> Any:
    return batch.select(wanted) if wanted else batch  # of no columns there are no rows


def _cut(batch: Any) -> Iterator[tuple[Any, float]]:
    """A batch in parts that are not too long, and what share of it there is by then."""
    for first in range(0, batch.num_rows, ROWS):
        piece = batch.slice(first, ROWS)
        yield piece, (first + piece.num_rows) / batch.num_rows


class _Readable:
    """An input as pyarrow reads it."""

    closed = False

    def __init__(self, source: Input) -> None:
        self.source = source

    def read(self, count: int) -> bytes:
        return self.source.exactly(count)

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        """The input is closed by who opened it."""


@contextmanager
def complaining(source: Input, kind: str) -> Iterator[None]:
    """What pyarrow says of a file, as one AdiffError."""
    pyarrow = library("pyarrow", f"reading {kind}")
    try:
        yield
    except (pyarrow.ArrowException, OSError, EOFError) as error:
        raise broken(source.path, source.shown, kind, error) from None


def table_of(source: Input, schema: Any, batches: Batches, kind: str, rows: int | None) -> Table:
    """The table of record batches, each with the bytes that are read by then."""
    types = library("pyarrow.types", f"reading {kind}")
    names = tuple(schema.names)
    refuse_twins(names, source)

    def parts(wanted: tuple[str, ...]) -> Iterator[Part]:
        first = 0
        with complaining(source, kind):
            for batch, done in batches(list(wanted)):
                yield Part(source.shown, first, batch, done, "arrow", names, wanted)
                first += batch.num_rows

    floats = frozenset(field.name for field in schema if types.is_floating(field.type))
    return Table(names, True, parts, rows=rows, floats=floats)


def decoded(part: Part) -> Frame:
    """The rows of a record batch."""
    pyarrow = library("pyarrow", _WHAT)
    columns = {name: part.payload.column(name) for name in part.wanted}
    for name, column in columns.items():
        if pyarrow.types.is_string_view(column.type):  # which cannot be filtered yet
            columns[name] = column.cast(pyarrow.string())
    return Frame(part.first, part.payload.num_rows, columns)
