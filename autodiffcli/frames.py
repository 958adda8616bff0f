"""`Frame`: successive rows of a table, as a file has them.

A column is a list of texts, a numpy array, a series of polars or an array of pyarrow: whatever
read it. Text cells stay text, so that they are written back as they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Column: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Frame:
    """Successive rows.

    first    number of the first one in its file, from 0
    columns  in the file's order, of `rows` cells each
    faults   rows within the frame that are no rows, and why: "has 2 cells, and the header 3"
    """

    first: int
    rows: int
    columns: dict[str, Column]
    faults: Mapping[int, str] = field(default_factory=dict)
