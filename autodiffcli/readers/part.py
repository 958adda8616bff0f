"""`Part`: some rows as they come out of a file. `Table`: one open file. Formats by suffix."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".npy": "npy",
    ".npz": "npz",
}
FORMATS = tuple(dict.fromkeys(SUFFIXES.values()))
DELIMITERS = {"csv": ",", "tsv": "\t"}
TEXTUAL = frozenset({"csv", "tsv", "ndjson", "json"})
COMPRESSIONS = {".gz": "gz", ".zst": "zst"}
ROWS = 131_072  # of a part, where the format is not text


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows, from which any process can make a `Frame`.

    source   what messages call the file
    first    number of the first row in its file, from 0
    payload  bytes of whole lines, a record batch, or arrays
    done     bytes of all files that are read so far, as they are on the disk
    format   what the payload is to be read as
    names    all columns of its file, in the order of the payload
    wanted   the columns of the frame, in order
    headed   whether the names are the file's own
    """

    source: str
    first: int
    payload: Any
    done: int
    format: str
    names: tuple[str, ...]
    wanted: tuple[str, ...]
    headed: bool = True


Parts: TypeAlias = Callable[[tuple[str, ...]], Iterator[Part]]


@dataclass(frozen=True, slots=True)
class Table:
    """One open file.

    names    its columns; `column_1`, `column_2`, ... where it does not name them
    headed   whether it names them
    parts    all rows in order, for the columns that are wanted; can be asked once
    rows     how many there are, where the format says; else None
    open     whether rows can have columns beside the names, as JSON has
    floats   columns that are known to be of floats
    sample   the first bytes of the rows, for text
    """

    names: tuple[str, ...]
    headed: bool
    parts: Parts
    rows: int | None = None
    open: bool = False
    floats: frozenset[str] = frozenset()
    sample: bytes = b""


def numbered(count: int) -> tuple[str, ...]:
    """The names of columns that have none."""
    return tuple(f"column_{place}" for place in range(1, count + 1))


def suffixes_of(path: str) -> tuple[str, str]:
    """The format and the compression that a name says; "" for what it does not."""
    stem, suffix = os.path.splitext(path.lower())
    compression = COMPRESSIONS.get(suffix, "")
    if compression:
        suffix = os.path.splitext(stem)[1]
    return SUFFIXES.get(suffix, ""), compression
