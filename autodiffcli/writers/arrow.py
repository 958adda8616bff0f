"""Parquet, and Arrow's files and streams, by pyarrow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autodiffcli.diagnostics import wrong
from autodiffcli.frames import Column
from autodiffcli.readers.complaints import library
from autodiffcli.writers import Layout
from autodiffcli.writers.cells import plain, text_of

GROUP = 1 << 20  # rows of a row group of Parquet
_KINDS = {"parquet": "Parquet", "arrow": "Arrow"}


def encoded(layout: Layout, columns: Mapping[str, Column], rows: int) -> Any:
    """Some rows as a record batch."""
    pyarrow = _pyarrow(layout)
    arrays = [
        _numbers(columns[name]) if name in layout.numeric else array_of(columns[name])
        for name in layout.names
    ]
    return pyarrow.RecordBatch.from_arrays(arrays, names=list(layout.names))


def _pyarrow(layout: Layout, part: str = "") -> Any:
    return library(f"pyarrow{part}", f"writing {_KINDS[layout.format]}")


def _numbers(column: Any) -> Any:
    pyarrow = library("pyarrow", "writing columns")
    finite = np.isfinite(column)
    return pyarrow.array(column, mask=None if finite.all() else ~finite)


# -- any column as an array of pyarrow


def array_of(column: Column) -> Any:
    """A column as it is. Dictionaries become their values: other batches may have others."""
    pyarrow = library("pyarrow", "writing columns")
    if isinstance(column, list):
        return _of_list(column)
    if isinstance(column, np.ndarray):
        return pyarrow.array(
            column
            if column.dtype.itemsize < 16 or column.dtype.kind in "US"
            else column.astype(np.float64)
        )
    found = column if hasattr(column, "to_pylist") else _of_series(column)
    if isinstance(found, pyarrow.ChunkedArray):
        found = found.combine_chunks()
    types = pyarrow.types
    if types.is_dictionary(found.type):
        found = found.cast(found.type.value_type)
    if types.is_large_string(found.type) or types.is_string_view(found.type):
        return found.cast(pyarrow.string())
    return found


def _of_series(column: Any) -> Any:
    import polars

    if column.dtype in (polars.Categorical, polars.Enum):
        column = column.cast(polars.String)
    if column.dtype == polars.Int128:
        return _of_list(column.to_list())
    return column.to_arrow()


def _of_list(column: list[Any]) -> Any:
    pyarrow = library("pyarrow", "writing columns")
    kinds = {type(cell) for cell in column} - {type(None)}
    if kinds == {int, float}:
        return pyarrow.array([cell if cell is None else float(cell) for cell in column])
    if len(kinds) < 2:
        try:
            return pyarrow.array(column)
        except OverflowError:  # integers beyond 64 bits
            return pyarrow.array(column, pyarrow.float64())
    return pyarrow.array(list(map(text_of, plain(column))), pyarrow.string())


# -- the file


class _Writer:
    """Batches wait until they fill a row group of Parquet; Arrow's are written as they come."""

    def __init__(self, layout: Layout, out: Any) -> None:
        self.layout, self.out, self.pyarrow = layout, out, _pyarrow(layout)
        self.waiting: list[Any] = []
        self.rows = 0
        self.file: Any = None
        self.schema: Any = None

    def write(self, payload: Any) -> None:
        self.waiting.append(payload)
        self.rows += payload.num_rows
        if self.rows >= GROUP or self.layout.format == "arrow":
            self._flush()

    def close(self) -> None:
        self._flush()
        self.file.close()
        self.out.flush()

    def _flush(self) -> None:
        if self.file is None:
            self._open()
        if self.waiting:
            batches = [self._fitted(batch) for batch in self.waiting]
            table = self.pyarrow.Table.from_batches(batches, self.schema)
            size = {"row_group_size": GROUP} if self.layout.format == "parquet" else {}
            self.file.write_table(table, **size)
        self.waiting, self.rows = [], 0
        self.out.flush()

    def _open(self) -> None:
        self.schema = self._schema()
        if self.layout.format == "parquet":
            texts = [field.name for field in self.schema if field.type == self.pyarrow.string()]
            make = _pyarrow(self.layout, ".parquet").ParquetWriter
            self.file = make(self.out, self.schema, compression="zstd", use_dictionary=texts)
            return
        ipc = _pyarrow(self.layout, ".ipc")
        make = ipc.new_file if self.out.seekable() else ipc.new_stream
        self.file = make(self.out, self.schema)

    def _schema(self) -> Any:
        """The kinds of the columns by the batches that wait; text where nothing tells."""
        fields = []
        for name in self.layout.names:
            kinds = {batch.schema.field(name).type for batch in self.waiting}
            kinds.discard(self.pyarrow.null())
            if not kinds and name in self.layout.numeric:
                kinds = {self.pyarrow.float64()}
            fields.append(self.pyarrow.field(name, self._common(kinds)))
        return self.pyarrow.schema(fields)

    def _common(self, kinds: set[Any]) -> Any:
        if len(kinds) == 1:
            return kinds.pop()
        types = self.pyarrow.types
        if kinds and all(types.is_integer(kind) or types.is_floating(kind) for kind in kinds):
            return self.pyarrow.float64()
        return self.pyarrow.string()

    def _fitted(self, batch: Any) -> Any:
        """A batch as the first ones have it. Raises AdiffError where it is of another kind."""
        if batch.schema == self.schema:
            return batch
        arrays = []
        for field in self.schema:
            try:
                arrays.append(batch.column(field.name).cast(field.type))
            except self.pyarrow.ArrowException:
                kind = batch.schema.field(field.name).type
                message = f"the column '{field.name}' is {field.type} first, and {kind} later"
                hint = "leave it out by --keep, or write CSV or NDJSON"
                raise wrong("data", message, hint=hint) from None
        return self.pyarrow.RecordBatch.from_arrays(arrays, schema=self.schema)


def opened(layout: Layout, out: Any) -> _Writer:
    """A writer of row groups, or of batches: in a file where there can be one, else a stream."""
    return _Writer(layout, out)
