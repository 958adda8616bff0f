"""What writes tables: one file here for each family of formats, imported when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, BinaryIO, Protocol, TypeAlias

Payload: TypeAlias = Any  # bytes of text, or what the library of a format writes

_MODULES = {
    "csv": "delimited",
    "tsv": "delimited",
    "ndjson": "json_rows",
    "json": "json_rows",
    "parquet": "arrow",
    "arrow": "arrow",
    "npy": "arrays",
    "npz": "arrays",
    "table": "people",
    "md": "people",
}
FORMATS = tuple(_MODULES)
TYPED = frozenset({"ndjson", "json", "parquet", "arrow", "npy", "npz"})  # tell numbers from text
SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
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
    ".md": "md",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of the output.

    names    in order
    numeric  those that are columns of doubles; not finite is missing there
    clean    those of text that never takes quotes
    """

    format: str
    names: tuple[str, ...]
    numeric: frozenset[str]
    clean: frozenset[str] = frozenset()


class Writer(Protocol):
    """Writes encoded parts, one after the other."""

    def write(self, payload: Payload) -> None:
        """One part. Raises OSError, as a full disk does."""

    def close(self) -> None:
        """What comes last. The stream stays open."""


def encode(layout: Layout, columns: Mapping[str, Any], rows: int) -> Payload:
    """Some rows as their format has them, in whatever process. Raises AdiffError."""
    return _module(layout.format).encoded(layout, columns, rows)


def open_writer(layout: Layout, stream: BinaryIO, compression: str = "") -> Writer:
    """What writes encoded parts to a stream.

    compression  of text: "gz", "zst" or ""
    """
    from autodiffcli.writers.compressed import compressing

    writer: Writer = _module(layout.format).Writer(layout, compressing(stream, compression))
    return writer


def _module(format: str) -> Any:
    return import_module(f"autodiffcli.writers.{_MODULES[format]}")
