"""Parquet, and Arrow's files and streams, by pyarrow, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autodiffcli.frames import Frame
from autodiffcli.readers import Opened, Part
from autodiffcli.readers.sources import Source, bad_data, missing_extra

ROWS = 131_072  # of a part


def opened(source: Source, format: str) -> Opened:
    """The table of a file. Raises AdiffError for what is none."""
    try:
        import pyarrow
    except ImportError:
        raise missing_extra(f"reading {format}", "pyarrow") from None
    try:
        return _parquet(source) if format == "parquet" else _arrow(source)
    except (pyarrow.ArrowException, OSError) as error:
        why = str(error).splitlines()[0] if str(error) else "it is broken"
        raise bad_data(source.path, f"'{source.shown}' is no {format} file: {why}") from None


def _parquet(source: Source) -> Opened:
    from pyarrow import parquet

    file = parquet.ParquetFile(source.seekable(), pre_buffer=False, buffer_size=1 << 20)
    size, rows = source.size or 0, file.metadata.num_rows

    def batches(wanted: list[str]) -> Iterator[Any]:
        return iter(file.iter_batches(batch_size=ROWS, columns=wanted))

    return _opened(source, file.schema_arrow, batches, size, rows)


def _arrow(source: Source) -> Opened:
    from pyarrow import ipc

    if not source.head().startswith(b"ARROW1"):
        stream = ipc.open_stream(_Readable(source))

        def streamed(wanted: list[str]) -> Iterator[Any]:
            for batch in stream:
                yield from _cut(batch.select(wanted))

        return _opened(source, stream.schema, streamed, source.size or 0, None)
    file = ipc.open_file(source.seekable())
    rows = sum(file.get_batch(n).num_rows for n in range(file.num_record_batches))

    def batches(wanted: list[str]) -> Iterator[Any]:
        for number in range(file.num_record_batches):
            yield from _cut(file.get_batch(number).select(wanted))

    return _opened(source, file.schema, batches, source.size or 0, rows)


class _Readable:
    """A source as pyarrow reads it."""

    closed = False

    def __init__(self, source: Source) -> None:
        self.source, self.left = source, b""

    def read(self, count: int = -1) -> bytes:
        while count < 0 or len(self.left) < count:
            more = self.source.read()
            if not more:
                break
            self.left += more
        end = len(self.left) if count < 0 else count
        found, self.left = self.left[:end], self.left[end:]
        return found

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def writable(self) -> bool:
        return False

    def flush(self) -> None:
        """Nothing is written."""

    def close(self) -> None:
        """The source is closed by who opened it."""


def _cut(batch: Any) -> Iterator[Any]:
    for first in range(0, batch.num_rows, ROWS):
        yield batch.slice(first, ROWS)


def _opened(source: Source, schema: Any, batches: Any, size: int, rows: int | None) -> Opened:
    import pyarrow

    names = tuple(schema.names)
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        raise bad_data(source.path, f"two columns of '{source.shown}' are named '{twice[0]}'")
    numbers = frozenset(field.name for field in schema if pyarrow.types.is_floating(field.type))

    def parts(wanted: frozenset[str] | None) -> Iterator[Part]:
        chosen = [name for name in names if wanted is None or name in wanted]
        first = 0
        try:
            for batch in batches(chosen):
                done = size * (first + batch.num_rows) // rows if rows else source.taken
                yield Part(source.shown, first, batch, done, "arrow")
                first += batch.num_rows
        except (pyarrow.ArrowException, OSError) as error:
            why = str(error).splitlines()[0] if str(error) else "it is broken"
            raise bad_data(source.path, f"'{source.shown}' cannot be read: {why}") from None

    return Opened(names, True, parts, numbers, rows)


def decoded(part: Part) -> Frame:
    """The rows of a batch."""
    batch = part.payload
    columns = {name: batch.column(place) for place, name in enumerate(batch.schema.names)}
    return Frame(part.first, batch.num_rows, columns)
