"""What writes tables: one file here for each family of formats, imported when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeAlias

if TYPE_CHECKING:
    from autodiffcli.frames import Column

Payload: TypeAlias = Any  # bytes of text, a record batch, or arrays: what the format writes

_MODULES = {
    "csv": "delimited",
    "tsv": "delimited",
    "ndjson": "json_rows",
    "json": "json_rows",
    "parquet": "arrow",
    "arrow": "arrow",
    "npy": "arrays",
    "npz": "arrays",
}
FORMATS = tuple(_MODULES)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of the output.

    format   one of FORMATS
    names    in order, no two of them alike
    numeric  those that are numpy arrays of doubles; what is not finite in them is missing
    clean    those of text that never takes quotes
    """

    format: str
    names: tuple[str, ...]
    numeric: frozenset[str]
    clean: frozenset[str] = frozenset()


class Writer(Protocol):
    """Writes payloads one behind the other."""

    def write(self, payload: Payload) -> None:
        """Some rows. Raises OSError, as for a full disk."""

    def close(self) -> None:
        """What comes last; the stream is flushed and stays open. Raises OSError."""


def encode(layout: Layout, columns: Mapping[str, Column], rows: int) -> Payload:
    """Some rows as their format has them, in whatever process.

    columns  at least those of the layout, of `rows` cells each
    Raises AdiffError for what the format cannot hold.
    """
    return _module(layout).encoded(layout, columns, rows)


def open_writer(layout: Layout, stream: BinaryIO, compression: str = "") -> Writer:
    """What writes the payloads of a layout.

    stream       is written to from where it stands
    compression  of text: "gz", "zst" or ""
    """
    from autodiffcli.writers.compression import compressing

    out = compressing(stream, compression) if compression else stream
    writer: Writer = _module(layout).opened(layout, out)
    return writer


def _module(layout: Layout) -> Any:
    return import_module(f"autodiffcli.writers.{_MODULES[layout.format]}")
