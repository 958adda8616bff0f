"""Cells of a column as numbers, as text, and some of them; whatever library the column is of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiffcli.frames import Column


def numbers_of(column: Column) -> tuple[Any, Any]:
    """The cells as doubles, and the positions of those that are no numbers.

    Blanks around a number are no part of it; `nan` and `inf` are numbers, `1_000` is none.
    """
    return _NUMBERS[_library(column)](column)


def cell_text(column: Column, row: int) -> str:
    """One cell as text; "" for an empty one."""
    cell = column[row]
    if hasattr(cell, "as_py"):
        cell = cell.as_py()
    return "" if cell is None else str(cell)


def filtered(column: Column, keep: Any) -> Column:
    """The cells of the rows where a mask holds."""
    library = _library(column)
    if library == "list":
        return [cell for cell, wanted in zip(column, keep.tolist(), strict=True) if wanted]
    if library == "numpy":
        return column[keep]
    return column.filter(keep)


def _library(column: Column) -> str:
    return type(column).__module__.split(".")[0] if not isinstance(column, list) else "list"


def _of_list(column: list[str | None]) -> tuple[Any, Any]:
    found, bad = np.empty(len(column)), []
    for row, cell in enumerate(column):
        try:
            if cell is None or isinstance(cell, bool) or "_" in str(cell):
                raise ValueError
            found[row] = float(cell)
        except (ValueError, TypeError, OverflowError):
            found[row] = np.nan
            bad.append(row)
    return found, np.array(bad, np.int64)


def _of_numpy(column: Any) -> tuple[Any, Any]:
    if column.dtype.kind in "iuf":
        return column.astype(np.float64), np.empty(0, np.int64)
    return _of_list(column.tolist())


def _of_polars(column: Any) -> tuple[Any, Any]:
    import polars

    if column.dtype == polars.Boolean:
        return np.full(len(column), np.nan), np.arange(len(column))
    cast = column.cast(polars.Float64, strict=False)
    if column.dtype == polars.String and cast.null_count() > column.null_count():
        cast = column.str.strip_chars().cast(polars.Float64, strict=False)
    if not cast.null_count():
        return cast.to_numpy(), np.empty(0, np.int64)
    bad = cast.is_null().arg_true().to_numpy().astype(np.int64)
    return cast.fill_null(np.nan).to_numpy(), bad


def _of_pyarrow(column: Any) -> tuple[Any, Any]:
    import pyarrow
    from pyarrow import compute

    kind = column.type
    if pyarrow.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pyarrow.types.is_decimal(kind):
        column = compute.cast(column, pyarrow.float64())
    elif not (pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind)):
        return _of_list(column.to_pylist())
    bad = np.empty(0, np.int64)
    if column.null_count:
        bad = compute.is_null(column).to_numpy(zero_copy_only=False).nonzero()[0]
    return column.to_numpy(zero_copy_only=False).astype(np.float64), bad


_NUMBERS: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "list": _of_list,
    "numpy": _of_numpy,
    "polars": _of_polars,
    "pyarrow": _of_pyarrow,
}
