"""Bytes of gzip and Zstandard as what they were, a block at a time."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeAlias

from autodiffcli.readers.complaints import broken, missing_extra

Raw: TypeAlias = Callable[[int], bytes]

BLOCK = 64 << 10  # compressed bytes at a time: a thousand times as many may come of them
SHORT = "it ends too soon"


class _Plain:
    """Bytes as they are."""

    kind, pending = "", False

    def __init__(self, raw: Raw, begun: bytes) -> None:
        self.raw, self.begun = raw, begun

    def read(self, count: int) -> bytes:
        if self.begun:
            found, self.begun = self.begun, b""
            return found
        return self.raw(count)


class _Blocks:
    """Compressed bytes, a block at a time.

    left     those that are not decompressed yet
    pending  whether there are any without reading
    """

    def __init__(self, raw: Raw, begun: bytes) -> None:
        self.raw, self.left = raw, begun

    @property
    def pending(self) -> bool:
        return bool(self.left)

    def fill(self) -> bool:
        """Read a block where nothing is left. False at the end."""
        if not self.left:
            self.left = self.raw(BLOCK)
        return bool(self.left)


class _Gzip(_Blocks):
    """Members of gzip, one behind the other."""

    kind = "gzip"

    def __init__(self, raw: Raw, begun: bytes) -> None:
        super().__init__(raw, begun)
        self.begun = False
        self.member: Any = zlib.decompressobj(31)

    def read(self, count: int) -> bytes:
        while True:
            if not self.fill():
                return self._end()
            if self.member.eof:
                self.left = self.left.lstrip(b"\0")  # padding behind the last member
                self.begun = False
                if not self.left:
                    continue
                self.member = zlib.decompressobj(31)
            self.begun = True
            found: bytes = self.member.decompress(self.left, count)
            self.left = self.member.unused_data or self.member.unconsumed_tail
            if found:
                return found

    def _end(self) -> bytes:
        if self.begun and not self.member.eof:
            found: bytes = self.member.flush()
            if found:
                return found
            raise ValueError(SHORT)
        return b""


class _Zstandard(_Blocks):
    """Frames of Zstandard, one behind the other."""

    kind = "zst"

    def __init__(self, raw: Raw, begun: bytes) -> None:
        import zstandard

        super().__init__(raw, begun)
        self.open = True
        self.make: Any = lambda: zstandard.ZstdDecompressor().decompressobj()
        self.frame = self.make()

    def read(self, count: int) -> bytes:
        while True:
            if not self.fill():
                if self.open:
                    raise ValueError(SHORT)
                return b""
            if self.frame.eof:
                self.frame = self.make()
            found: bytes = self.frame.decompress(self.left)
            self.open = not self.frame.eof
            self.left = self.frame.unused_data if self.frame.eof else b""
            if found:
                return found


class _ArrowStream:
    """Zstandard by pyarrow, which wants a file."""

    kind, pending = "zst", False

    def __init__(self, raw: Raw, begun: bytes) -> None:
        pyarrow = import_module("pyarrow")
        file = pyarrow.PythonFile(_File(_Plain(raw, begun)), mode="r")
        self.stream = pyarrow.CompressedInputStream(file, "zstd")

    def read(self, count: int) -> bytes:
        found: bytes = self.stream.read(count)
        return found


class _File:
    """As little of a file as pyarrow needs."""

    closed = False

    def __init__(self, source: _Plain) -> None:
        self.source, self.left = source, b""

    def read(self, count: int) -> bytes:
        if not self.left:
            self.left = self.source.read(count)
        found, self.left = self.left[:count], self.left[count:]
        return found

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        """The input is closed by who opened it."""


class _Checked:
    """A decompressor whose errors name the file."""

    def __init__(self, stream: Any, path: str, shown: str) -> None:
        self.stream, self.path, self.shown, self.kind = stream, path, shown, stream.kind

    @property
    def pending(self) -> bool:
        return bool(self.stream.pending)

    def read(self, count: int) -> bytes:
        try:
            found: bytes = self.stream.read(count)
        except Exception as error:  # each library has its own
            if hasattr(error, "diagnostic"):
                raise
            raise broken(self.path, self.shown, self.kind, error) from None
        return found


def decompressing(raw: Raw, path: str, shown: str) -> Any:
    """What reads on from the first bytes, decompressing if those are of a compressed file.

    raw  gives at most so many bytes of the file, b"" at its end
    """
    begun = b""
    while len(begun) < 4:  # the longer of the two magic numbers
        more = raw(BLOCK)
        if not more:
            break
        begun += more
    if begun.startswith(b"\x1f\x8b"):
        return _Checked(_Gzip(raw, begun), path, shown)
    if begun.startswith(b"\x28\xb5\x2f\xfd") or _is_skippable(begun):
        return _Checked(_zstandard(raw, begun), path, shown)
    return _Plain(raw, begun)


def _is_skippable(begun: bytes) -> bool:
    """Whether a frame of Zstandard that holds no data comes first."""
    return len(begun) >= 4 and begun[1:4] == b"\x2a\x4d\x18" and begun[0] >> 4 == 5


def _zstandard(raw: Raw, begun: bytes) -> Any:
    for kind in (_Zstandard, _ArrowStream):
        try:
            return kind(raw, begun)
        except ImportError:
            continue
    raise missing_extra("reading .zst", "zstandard or pyarrow")
