"""What the tests of writers share."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from autodiffcli.writers import Layout, encode, open_writer


def written(
    format: str,
    *parts: Mapping[str, Any],
    numeric: Sequence[str] = (),
    names: Sequence[str] = (),
    compression: str = "",
    out: Any = None,
) -> bytes:
    """What a writer makes of some parts."""
    stream = io.BytesIO() if out is None else out
    layout = Layout(format, tuple(names or parts[0]), frozenset(numeric))
    writer = open_writer(layout, stream, compression)
    for columns in parts:
        rows = len(next(iter(columns.values())))
        writer.write(encode(layout, columns, rows))
    writer.close()
    assert not stream.closed
    return bytes(stream.getvalue()) if hasattr(stream, "getvalue") else b""


class Pipe(io.BytesIO):
    """A stream in which nothing can be sought."""

    def seekable(self) -> bool:
        return False

    def seek(self, *unused: Any) -> int:
        raise OSError("a pipe")

    def tell(self) -> int:
        raise OSError("a pipe")
