"""Streams that compress what is written to them, and leave the stream below open."""

from __future__ import annotations

import zlib
from importlib import import_module
from typing import Any, BinaryIO

from autodiffcli.readers.complaints import missing_extra

_LEVEL = 6


class _Compressed:
    """As much of a binary stream as writers of text need."""

    def __init__(self, stream: BinaryIO, compressor: Any) -> None:
        self.stream, self.compressor = stream, compressor

    def write(self, data: bytes, /) -> int:
        """Compress some bytes."""
        self.stream.write(self.compressor.compress(data))
        return len(data)

    def flush(self) -> None:
        """Nothing: blocks that are cut short compress worse."""

    def finish(self) -> None:
        """The end of the compressed data."""
        self.stream.write(self.compressor.flush())
        self.stream.flush()


class _ByArrow:
    """Zstandard by pyarrow."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.out = import_module("pyarrow").CompressedOutputStream(_Below(stream), "zstd")

    def write(self, data: bytes, /) -> int:
        self.out.write(data)
        return len(data)

    def flush(self) -> None:
        """Nothing: blocks that are cut short compress worse."""

    def finish(self) -> None:
        self.out.close()
        self.stream.flush()


class _Below:
    """The stream, which pyarrow may not close."""

    closed, mode = False, "wb"

    def __init__(self, stream: BinaryIO) -> None:
        self.write, self.flush = stream.write, stream.flush

    def close(self) -> None:
        """It stays open."""


def compressing(stream: BinaryIO, compression: str) -> Any:
    """A stream that compresses: "gz" or "zst". Raises AdiffError for want of a library."""
    if compression == "gz":
        return _Compressed(stream, zlib.compressobj(_LEVEL, zlib.DEFLATED, 31))
    try:
        return _Compressed(stream, import_module("zstandard").ZstdCompressor().compressobj())
    except ImportError:
        pass
    try:
        return _ByArrow(stream)
    except ImportError:
        raise missing_extra("writing .zst", "zstandard or pyarrow") from None


def finish(out: Any) -> None:
    """Write what is held back, of a compressor as of any other stream."""
    getattr(out, "finish", out.flush)()
