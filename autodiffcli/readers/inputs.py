"""`Input`: the bytes of a file or of a pipe, decompressed, read once from the beginning."""

from __future__ import annotations

import os
import select
import stat
import sys
import tempfile
from typing import Any, BinaryIO

from autodiffcli.readers.complaints import unreadable
from autodiffcli.readers.decompression import decompressing
from autodiffcli.readers.paths import STDIN

IDLE = 0.1  # seconds without a byte after which what a pipe has given is handed on
BLOCK = 256 << 10
HEAD = 64 << 10  # bytes within which a format must show


class Input:
    """One file, or stdin.

    path   as typed
    shown  what messages call it
    size   bytes on the disk; None for a pipe
    taken  how many of them have been read
    """

    def __init__(self, path: str) -> None:
        self.path, self.shown = path, "stdin" if path == STDIN else path
        self.taken = 0
        self._ahead = b""
        self._ended = False
        self._spooled: list[Any] = []
        try:
            self._file: Any = _opened(path)
        except OSError as error:
            raise unreadable(path, self.shown, error) from None
        self.size = _size(self._file)
        self._bytes: Any = None

    def close(self) -> None:
        """Let go of the file; stdin stays open."""
        if self.path != STDIN:
            self._file.close()
        for spooled in self._spooled:
            spooled.close()

    def head(self) -> bytes:
        """The first bytes: the first line that is not empty, or `HEAD`. They are read again."""
        while len(self._ahead) < HEAD and b"\n" not in self._ahead.lstrip():
            more = self._more(HEAD)
            if not more:
                break
            self._ahead += more
        return self._ahead

    def read(self, count: int = BLOCK) -> bytes:
        """The next bytes, at most `count`, as they come; b"" at the end."""
        if not self._ahead:
            return self._more(count)
        found, self._ahead = self._ahead[:count], self._ahead[count:]
        return found

    def is_idle(self) -> bool:
        """Whether this is a pipe that has had nothing to give for a moment."""
        if self.size is not None or self._ahead or self._ended:
            return False
        if self._bytes is not None and self._bytes.pending:
            return False
        try:
            return not select.select([self._file.fileno()], [], [], IDLE)[0]
        except (OSError, ValueError):
            return False

    def is_plain(self) -> bool:
        """Whether this is a file on the disk, as it is, that can be opened by its path."""
        self.head()
        is_compressed = self._bytes is not None and self._bytes.kind != ""
        return self.path != STDIN and self.size is not None and not is_compressed

    def exactly(self, count: int) -> bytes:
        """The next bytes, fewer at the end only."""
        found = bytearray()
        while len(found) < count and (more := self.read(count - len(found))):
            found += more
        return bytes(found)

    def seekable(self) -> BinaryIO:
        """All of it as a file to be read anywhere; a pipe is put into a temporary one first."""
        if self.is_plain():
            self._file.seek(0)
            return self._file  # type: ignore[no-any-return]
        spooled = tempfile.TemporaryFile()  # noqa: SIM115  closed with the input
        self._spooled.append(spooled)
        while found := self.read():
            spooled.write(found)
        spooled.seek(0)
        return spooled

    def _more(self, count: int) -> bytes:
        if self._ended:
            return b""
        if self._bytes is None:
            self._bytes = decompressing(self._raw, self.path, self.shown)
        found: bytes = self._bytes.read(count)
        self._ended = not found
        return found

    def _raw(self, count: int) -> bytes:
        """Bytes as they are on the disk, one read of the system's."""
        try:
            read = getattr(self._file, "read1", self._file.read)
            found = read(count) or b""
        except OSError as error:
            raise unreadable(self.path, self.shown, error) from None
        self.taken += len(found)
        return found


def _opened(path: str) -> Any:
    return sys.stdin.buffer if path == STDIN else open(path, "rb", buffering=0)


def _size(file: Any) -> int | None:
    """Bytes of a regular file; None for a pipe and whatever else has no end of its own."""
    try:
        status = os.fstat(file.fileno())
    except (OSError, ValueError):
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def input_size(path: str) -> int | None:
    """Bytes of what will be read, without opening it; None for a pipe."""
    if path == STDIN:
        return _size(sys.stdin.buffer)
    try:
        status = os.stat(path)
    except OSError as error:
        raise unreadable(path, path, error) from None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
