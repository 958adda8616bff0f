"""Columns as series of polars, or as Python's own numbers and texts, for formats of text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from math import isfinite
from typing import Any, TypeAlias

import numpy as np

from autodiffcli.frames import Column

Plain: TypeAlias = "str | int | float | bool | None"


# -- polars


def series(column: Column, numeric: bool) -> Any:
    """A column as a series that can be written as text; numbers that are not finite are null."""
    import polars

    if numeric:
        finite = np.isfinite(column)
        return polars.Series("", column) if finite.all() else _masked(column, finite)
    if isinstance(column, (list, np.ndarray)):
        return _of_python(column)
    found = column if isinstance(column, polars.Series) else polars.Series("", column)
    return _writable(found)


def _masked(column: Any, finite: Any) -> Any:
    import polars

    return polars.Series("", np.where(finite, column, np.nan), nan_to_null=True)


def _of_python(column: Column) -> Any:
    import polars

    if isinstance(column, np.ndarray):
        if column.dtype.kind == "f" and column.dtype.itemsize <= 8:
            return _masked(column, np.isfinite(column))
        if column.dtype.kind in "iub":
            return polars.Series("", column)
    cells = plain(column)
    kinds = {type(cell) for cell in cells} - {type(None)}
    if kinds == {int, float}:
        return polars.Series("", cells, dtype=polars.Float64, strict=False)
    if len(kinds) < 2:
        try:
            return polars.Series("", cells)
        except (OverflowError, TypeError):  # an integer of very many digits
            pass
    return polars.Series("", list(map(text_of, cells)), dtype=polars.String)


def _writable(found: Any) -> Any:
    import polars

    kind = found.dtype
    if kind in (polars.Float32, polars.Float64):
        finite = found.is_finite()  # null where it is null
        return found if finite.all() else found.set(~finite, None)
    if isinstance(kind, polars.Datetime):
        return found.dt.to_string("iso:strict")
    plainly = (polars.String, polars.Boolean, polars.Null, polars.Date, polars.Time)
    if kind in plainly or kind.is_numeric() or kind in (polars.Categorical, polars.Enum):
        return found
    return polars.Series("", list(map(text_of, plain(found))), dtype=polars.String)


# -- Python


def plain(column: Column, numeric: bool = False) -> list[Plain]:
    """A column as numbers, texts and booleans; None for what is missing or not finite."""
    if isinstance(column, np.ndarray) and column.dtype.kind == "f":
        return _floats(column)
    if isinstance(column, list):
        cells: Iterable[Any] = column
    elif hasattr(column, "to_pylist"):
        cells = column.to_pylist()
    else:
        cells = column.to_list() if hasattr(column, "to_list") else column.tolist()
    return [_PLAIN.get(type(cell), _other)(cell) for cell in cells]


def _floats(column: Any) -> list[Plain]:
    if column.dtype.itemsize < 8:  # 0.1 of fewer digits is 0.1, and no longer number
        column = column.astype("U").astype(np.float64)
    numbers: list[float] = column.astype(np.float64).tolist()
    if np.isfinite(column).all():
        return list(numbers)
    return [number if isfinite(number) else None for number in numbers]


def text_of(cell: Any) -> str | None:
    """A plain cell as CSV has it; None where it is missing."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return repr(cell)


def _same(cell: Any) -> Plain:
    return cell  # type: ignore[no-any-return]


def _iso(cell: date | time) -> str:
    return cell.isoformat()


def _other(cell: Any) -> str:
    if isinstance(cell, (list, dict)):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return str(cell)


_PLAIN: dict[type, Callable[[Any], Plain]] = {
    type(None): _same,
    str: _same,
    bool: _same,
    int: _same,
    float: lambda cell: cell if isfinite(cell) else None,
    date: _iso,
    datetime: _iso,
    time: _iso,
    bytes: lambda cell: cell.decode("utf-8", "backslashreplace"),
}
