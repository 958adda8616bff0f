"""Parquet, and Arrow's files and streams, by pyarrow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autodiffcli.diagnostics import wrong
from autodiffcli.frames import Column
from autodiffcli.readers.sources import missing_extra
from autodiffcli.writers import Layout
from autodiffcli.writers.cells import arrow
from autodiffcli.writers.compressed import Out

GROUP = 1 << 20  # rows of a row group


def encoded(layout: Layout, columns: Mapping[str, Column], rows: int) -> Any:
    """Some rows as a table of pyarrow."""
    pyarrow = _pyarrow(layout)
    arrays = [arrow(columns[name], name in layout.numeric) for name in layout.names]
    return pyarrow.Table.from_arrays(arrays, names=list(layout.names))


def _pyarrow(layout: Layout) -> Any:
    try:
        import pyarrow
    except ImportError:
        raise missing_extra(f"writing {layout.format}", "pyarrow") from None
    return pyarrow


class Writer:
    """Row groups of Parquet, or batches of Arrow: a file where it can be one, else a stream."""

    def __init__(self, layout: Layout, out: Out) -> None:
        self.layout, self.out, self.library = layout, out, _pyarrow(layout)
        self.sink: Any = None
        self.schema: Any = None
        self.waiting: list[Any] = []
        self.rows = 0

    def write(self, payload: Any) -> None:
        """Some rows, which wait until there are enough for a row group."""
        if self.sink is None:
            self._open(payload.schema)
        if payload.schema != self.schema:
            payload = self._fitted(payload)
        self.waiting.append(payload)
        self.rows += payload.num_rows
        if self.rows >= GROUP or self.layout.format == "arrow":
            self._flush()

    def close(self) -> None:
        """What waits, and the end of the file."""
        if self.sink is None:
            kinds = [
                (
                    name,
                    self.library.float64()
                    if name in self.layout.numeric
                    else self.library.string(),
                )
                for name in self.layout.names
            ]
            self._open(self.library.schema(kinds))
        self._flush()
        self.sink.close()
        self.out.finish()

    def _open(self, schema: Any) -> None:
        fields = [
            self.library.field(f.name, self.library.string()) if str(f.type) == "null" else f
            for f in schema
        ]
        self.schema = self.library.schema(fields)
        stream: Any = getattr(self.out, "stream", self.out)
        if self.layout.format == "parquet":
            from pyarrow import parquet

            texts = [f.name for f in self.schema if str(f.type) in ("string", "large_string")]
            self.sink = parquet.ParquetWriter(
                stream, self.schema, compression="zstd", use_dictionary=texts
            )
            return
        from pyarrow import ipc

        make = ipc.new_file if stream.seekable() else ipc.new_stream
        self.sink = make(stream, self.schema)

    def _fitted(self, payload: Any) -> Any:
        try:
            return payload.cast(self.schema)
        except (self.library.ArrowException, ValueError) as error:
            message = f"a column is not of one kind in all rows: {str(error).splitlines()[0]}"
            raise wrong("kind", message, hint="leave the column out by --keep") from None

    def _flush(self) -> None:
        if self.waiting:
            self.sink.write_table(self.library.concat_tables(self.waiting))
            self.waiting, self.rows = [], 0
            self.out.flush()
