"""`Frame`: successive rows of a table as a file has them, and their cells as numbers.

A column is what read it made: a list, a numpy array, a series of polars, an array of pyarrow.
Text cells stay text, so that they can be written back as they were.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Column: TypeAlias = Any
Numbers: TypeAlias = tuple[NDArray[np.float64], NDArray[np.int64]]

_NONE = np.empty(0, np.int64)
_GROUPED = re.compile(r"_|[^\x00-\x7f]")  # what float() takes and no file of numbers means


@dataclass(frozen=True, slots=True)
class Frame:
    """Successive rows.

    first    number of the first one in its file, from 0
    columns  in the order of the file, of `rows` cells each
    faults   rows within the frame that are no rows, and why: "has 2 cells, and the header 3"
    """

    first: int
    rows: int
    columns: dict[str, Column]
    faults: dict[int, str] = field(default_factory=dict)


def numbers_of(column: Column) -> Numbers:
    """The cells as doubles in fresh memory, and the positions of those that are no numbers.

    Text is a number by its whole, blanks around it apart; `nan` and `inf` are numbers. Empty
    cells, nulls, booleans, dates and whatever is nested are none; they are NaN.
    """
    return _NUMBERS[_library(column)](column)


def cell_text(column: Column, row: int) -> str:
    """One cell as text; "" for an empty one."""
    cell = column[row]
    if hasattr(cell, "as_py"):
        cell = cell.as_py()
    return "" if cell is None else str(cell)


def filtered(column: Column, keep: NDArray[np.bool_]) -> Column:
    """The cells of the rows where a mask holds."""
    library = _library(column)
    if library == "list":
        return [cell for cell, kept in zip(column, keep.tolist(), strict=True) if kept]
    return column[keep] if library == "numpy" else column.filter(keep)


def is_text(column: Column) -> bool:
    """Whether the cells are texts, all or some."""
    library = _library(column)
    if library == "list":
        return any(isinstance(cell, str) for cell in column)
    if library == "numpy":
        return column.dtype.kind in "USO"
    kind = str(column.dtype if library == "polars" else column.type)
    return kind.lower().startswith(("str", "large_str", "cat", "enum", "dictionary"))


def _library(column: Column) -> str:
    return "list" if isinstance(column, list) else type(column).__module__.partition(".")[0]


def _all_bad(rows: int) -> Numbers:
    return np.full(rows, np.nan), np.arange(rows, dtype=np.int64)


def _of_list(column: list[Any]) -> Numbers:
    found, bad = np.full(len(column), np.nan), []
    for row, cell in enumerate(column):
        try:
            found[row] = _number(cell)
        except (ValueError, TypeError):
            bad.append(row)
    return found, np.array(bad, np.int64)


def _number(cell: Any) -> float:
    """One cell of Python. Raises ValueError or TypeError for what is no number."""
    if isinstance(cell, (bool, bytes)) or (isinstance(cell, str) and _GROUPED.search(cell)):
        raise ValueError
    try:
        return float(cell)
    except OverflowError:  # an integer beyond all doubles, as 1e400 is
        return np.inf if cell > 0 else -np.inf


def _of_numpy(column: Any) -> Numbers:
    if column.dtype.kind in "iuf":
        return np.array(column, np.float64), _NONE
    if column.dtype.kind in "UO":
        return _of_list(column.tolist())
    return _all_bad(len(column))


def _of_polars(column: Any) -> Numbers:
    import polars

    if column.dtype in (polars.Categorical, polars.Enum):
        column = column.cast(polars.String)
    if column.dtype == polars.String:
        return _of_texts(column)
    if not column.dtype.is_numeric():
        return _all_bad(len(column))
    return _nulls_apart(column.cast(polars.Float64))


def _of_texts(column: Any) -> Numbers:
    import polars

    found = column.cast(polars.Float64, strict=False)
    if found.null_count():  # strip only where it may help: it costs as much as the cast
        again = column.str.strip_chars().cast(polars.Float64, strict=False)
        found = again if again.null_count() < found.null_count() else found
    return _nulls_apart(found)


def _nulls_apart(found: Any) -> Numbers:
    if not found.null_count():
        return np.array(found.to_numpy()), _NONE
    bad = found.is_null().arg_true().to_numpy().astype(np.int64)
    return np.array(found.fill_null(float("nan")).to_numpy()), bad


def _of_pyarrow(column: Any) -> Numbers:
    pyarrow = import_module("pyarrow")
    compute, types = import_module("pyarrow.compute"), pyarrow.types
    if types.is_dictionary(column.type):
        column = compute.cast(column, column.type.value_type)
    kind = column.type
    if types.is_decimal(kind):
        column = compute.cast(column, pyarrow.float64())
    elif types.is_string(kind) or types.is_large_string(kind):
        return _of_arrow_texts(column)
    elif not (types.is_integer(kind) or types.is_floating(kind)):
        return _all_bad(len(column))
    single = column.combine_chunks() if isinstance(column, pyarrow.ChunkedArray) else column
    values = np.array(single.to_numpy(zero_copy_only=False), np.float64)
    if not column.null_count:
        return values, _NONE
    bad = compute.is_null(single).to_numpy(zero_copy_only=False)
    return values, bad.nonzero()[0].astype(np.int64)


def _of_arrow_texts(column: Any) -> Numbers:
    try:
        import polars
    except ImportError:
        return _of_list(column.to_pylist())
    return _of_texts(polars.Series("", column))


_NUMBERS: dict[str, Callable[[Any], Numbers]] = {
    "list": _of_list,
    "numpy": _of_numpy,
    "polars": _of_polars,
    "pyarrow": _of_pyarrow,
}
