"""Streams that compress what is written to them."""

from __future__ import annotations

import zlib
from typing import Any, BinaryIO, Protocol

from autodiffcli.readers.sources import missing_extra

_LEVEL = 6


class Out(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> Any:
        """Some bytes."""

    def flush(self) -> Any:
        """Let the reader have them."""

    def finish(self) -> None:
        """What comes last; the stream below stays open."""


class Plain:
    """Bytes as they are."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.write, self.flush = stream.write, stream.flush

    def finish(self) -> None:
        """Flush."""
        self.stream.flush()


class _Compressed:
    def __init__(self, stream: BinaryIO, compressor: Any, ending: tuple[Any, ...]) -> None:
        self.stream, self.compressor, self.ending = stream, compressor, ending

    def write(self, data: bytes, /) -> None:
        self.stream.write(self.compressor.compress(data))

    def flush(self) -> None:
        """A block is better compressed whole."""

    def finish(self) -> None:
        self.stream.write(self.compressor.flush(*self.ending))
        self.stream.flush()


def compressing(stream: BinaryIO, compression: str) -> Out:
    """The stream, or one that compresses by "gz" or "zst"; AdiffError without its library."""
    if not compression:
        return Plain(stream)
    if compression == "gz":
        return _Compressed(stream, zlib.compressobj(_LEVEL, zlib.DEFLATED, 31), ())
    try:
        import zstandard
    except ImportError:
        raise missing_extra("writing .zst", "zstandard") from None
    return _Compressed(stream, zstandard.ZstdCompressor().compressobj(), ())
