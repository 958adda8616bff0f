"""Parquet, by pyarrow, some rows of a row group at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autodiffcli.readers.arrow import complaining, table_of
from autodiffcli.readers.complaints import library
from autodiffcli.readers.inputs import Input
from autodiffcli.readers.part import ROWS, Table

_BUFFER = 1 << 20  # bytes of a column chunk at a time: a row group need not be in memory


def opened(source: Input, format: str) -> Table:
    """The table of a file. Raises AdiffError for what is none, and for want of pyarrow."""
    with complaining(source, "Parquet"):
        parquet = library("pyarrow.parquet", "reading Parquet")
        place = source.path if source.is_plain() else source.seekable()
        file = parquet.ParquetFile(place, buffer_size=_BUFFER, pre_buffer=False)
        rows, size = file.metadata.num_rows, source.size or source.taken

        def batches(wanted: list[str]) -> Iterator[tuple[Any, int]]:
            done = 0
            chosen = wanted or file.schema_arrow.names[:1]  # rows are counted by some column
            for batch in file.iter_batches(batch_size=ROWS, columns=chosen):
                done += batch.num_rows
                yield batch, size * done // max(rows, 1)
            file.close()

        return table_of(source, file.schema_arrow, batches, "Parquet", rows)
