"""Columns of any kind as polars and as Python have them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiffcli.frames import Column


def series(column: Column, numeric: bool) -> Any:
    """A column as a series of polars; what is not finite in a numeric one is missing."""
    import polars

    if numeric:
        finite = np.isfinite(column)
        if not finite.all():
            return polars.Series("", np.where(finite, column, np.nan), nan_to_null=True)
        return polars.Series("", column)
    if isinstance(column, list):
        kinds = {type(cell) for cell in column} - {type(None)}
        if kinds <= {str} or len(kinds) == 1 or kinds <= {int, float}:
            return polars.Series("", column, strict=False)
        return polars.Series("", [cell if cell is None else str(cell) for cell in column])
    found = column if isinstance(column, polars.Series) else polars.Series("", column)
    if found.dtype == polars.Categorical or found.dtype == polars.Binary:
        return found.cast(polars.String)
    if found.dtype.is_nested():
        return polars.Series("", [str(cell) for cell in found.to_list()])
    return found


def plain(column: Column) -> list[Any]:
    """A column as a list of Python's own numbers and texts."""
    if isinstance(column, list):
        return column
    found: list[Any] = (
        column.to_pylist()
        if hasattr(column, "to_pylist")
        else column.tolist()
        if isinstance(column, np.ndarray)
        else column.to_list()
    )
    return found


def arrow(column: Column, numeric: bool) -> Any:
    """A column as an array of pyarrow; what is not finite in a numeric one is null."""
    import pyarrow

    if numeric:
        finite = np.isfinite(column)
        return pyarrow.array(column, mask=None if finite.all() else ~finite)
    if isinstance(column, (pyarrow.Array, pyarrow.ChunkedArray)):
        return column.combine_chunks() if isinstance(column, pyarrow.ChunkedArray) else column
    if isinstance(column, (list, np.ndarray)):
        found = plain(column)
        kinds = {type(cell) for cell in found} - {type(None)}
        if not kinds:
            return pyarrow.array(found, pyarrow.string())
        if kinds <= {int, float} and float in kinds:
            return pyarrow.array([u if u is None else float(u) for u in found], pyarrow.float64())
        if len(kinds) > 1:
            found = [u if u is None else str(u) for u in found]
        return pyarrow.array(found)
    found = column.to_arrow()
    if pyarrow.types.is_large_string(found.type) or str(found.type) == "string_view":
        found = found.cast(pyarrow.string())
    return found
