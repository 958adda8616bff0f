"""Where bytes come from: files, globs, directories, pipes, compressed or not."""

from __future__ import annotations

import os
import select
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from glob import glob, has_magic
from typing import Any, BinaryIO

from autodiffcli.diagnostics import AdiffError, Span, wrong

ORIGIN = "--data "
IDLE = 0.1  # seconds without a byte after which what a pipe has given is handed on
_BLOCK = 1 << 20
COMPRESSIONS = {".gz": "gz", ".zst": "zst"}
_MAGIC = {b"\x1f\x8b": "gz", b"\x28\xb5\x2f\xfd": "zst"}


def bad_data(path: str, message: str, hint: str = "") -> AdiffError:
    """An error that points at a path as it was typed."""
    return wrong("data", message, Span(0, len(path)), path, origin=ORIGIN, hint=hint)


def missing_extra(what: str, library: str) -> AdiffError:
    """An error that says what to install."""
    hint = "pip install 'autodiffcli[data]'"
    return wrong("extra", f"{what} takes {library}, which is not installed", hint=hint)


def expanded(paths: Sequence[str]) -> list[str]:
    """All files, in order: globs that the shell has left, and what is in directories.

    Raises AdiffError where there is none.
    """
    found: list[str] = []
    for path in paths:
        if path == "-":
            found.append(path)
        elif os.path.isdir(path):
            found += _listed(path)
        elif has_magic(path) and not os.path.exists(path):
            names = sorted(name for name in glob(path, recursive=True) if os.path.isfile(name))
            if not names:
                raise bad_data(path, f"no file is named like '{path}'")
            found += names
        else:
            found.append(path)
    if found.count("-") > 1:
        raise bad_data("-", "stdin can be read once only")
    return found


def _listed(folder: str) -> list[str]:
    names = sorted(name for name in os.listdir(folder) if not name.startswith((".", "_")))
    files = [os.path.join(folder, name) for name in names]
    files = [file for file in files if os.path.isfile(file)]
    if not files:
        raise bad_data(folder, f"the directory '{folder}' has no file")
    return files


@dataclass
class Source:
    """One file, or stdin, read once from its beginning.

    path   as typed
    taken  bytes that have been read of it so far, as they are in the file
    """

    path: str
    taken: int = 0
    _file: BinaryIO | None = None
    _ahead: bytes = b""
    _inflate: Any = None
    _ended: bool = False
    _scratch: list[Any] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """What messages call it."""
        return "stdin" if self.path == "-" else self.path

    @property
    def size(self) -> int | None:
        """Bytes of the file; None for a pipe."""
        if self.path == "-":
            return None
        status = os.stat(self.path)
        return status.st_size if os.path.isfile(self.path) else None

    def open(self) -> BinaryIO:
        """The file itself. Raises AdiffError where there is none that can be read."""
        if self._file is None:
            try:
                self._file = self._opened()
            except OSError as error:
                why = (error.strerror or str(error)).lower()
                raise bad_data(self.path, f"'{self.path}' cannot be read: {why}") from None
        return self._file

    def _opened(self) -> BinaryIO:
        return sys.stdin.buffer if self.path == "-" else open(self.path, "rb")

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None and self.path != "-":
            self._file.close()
        for scratch in self._scratch:
            scratch.close()

    def head(self) -> bytes:
        """The first bytes, decompressed; they will be read again."""
        if not self._ahead and not self._ended:
            self._ahead = self._more()
            while not self._ended and len(self._ahead) < 8:
                self._ahead += self._more()
        return self._ahead

    def read(self) -> bytes:
        """The next bytes, decompressed, as many as there are at once; b"" at the end."""
        if self._ahead:
            found, self._ahead = self._ahead, b""
            return found
        return self._more()

    def _more(self) -> bytes:
        first = self.taken == 0
        while not self._ended:
            block = self._block()
            if first and block:
                self._begin(block)
                first = False
            found = self._inflated(block)
            if not block:
                self._ended = True
            if found:
                return found
        return b""

    def _block(self) -> bytes:
        try:
            block = (
                os.read(self.open().fileno(), _BLOCK)
                if self.path == "-"
                else self.open().read(_BLOCK)
            )
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise bad_data(self.path, f"'{self.path}' cannot be read: {why}") from None
        self.taken += len(block)
        return block

    def _begin(self, block: bytes) -> None:
        kind = next((kind for magic, kind in _MAGIC.items() if block.startswith(magic)), "")
        if kind == "gz":
            self._inflate = _Gzip()
        elif kind == "zst":
            self._inflate = _zstandard()

    def _inflated(self, block: bytes) -> bytes:
        if self._inflate is None:
            return block
        try:
            found: bytes = self._inflate.decompress(block)
            if not block and not self._inflate.whole:
                raise ValueError("it ends too soon")
        except Exception as error:
            message = f"'{self.shown}' is not what its first bytes say: {str(error).lower()}"
            raise bad_data(self.path, message) from None
        return found

    def is_idle(self) -> bool:
        """Whether a pipe has nothing to give for a moment."""
        if self.path != "-" or self._ahead or self._ended:
            return False
        try:
            return not select.select([self.open().fileno()], [], [], IDLE)[0]
        except (OSError, ValueError):
            return False

    def seekable(self) -> BinaryIO:
        """All of it as a file that can be read anywhere: a pipe is put into a temporary one."""
        file = self.open()
        if self.path != "-" and self._inflate is None and os.path.isfile(self.path):
            file.seek(0)
            return file
        scratch = tempfile.TemporaryFile()  # noqa: SIM115  closed with the source
        self._scratch.append(scratch)
        while found := self.read():
            scratch.write(found)
        scratch.seek(0)
        return scratch


class _Gzip:
    """Members of gzip, one after the other."""

    def __init__(self) -> None:
        self.member: Any = zlib.decompressobj(31)
        self.whole = False

    def decompress(self, block: bytes) -> bytes:
        found = []
        while block:
            if self.member.eof:
                block = block.lstrip(b"\0")  # padding behind the last member
                if not block:
                    break
                self.member = zlib.decompressobj(31)
            found.append(self.member.decompress(block))
            block = self.member.unused_data
        self.whole = bool(self.member.eof)
        return b"".join(found)


def _zstandard() -> Any:
    try:
        import zstandard
    except ImportError:
        raise missing_extra("reading .zst", "zstandard") from None

    class Frames:
        """Frames of Zstandard, one after the other."""

        def __init__(self) -> None:
            self.frame: Any = zstandard.ZstdDecompressor().decompressobj()
            self.whole = False

        def decompress(self, block: bytes) -> bytes:
            found = []
            while block:
                if self.frame.eof:
                    self.frame = zstandard.ZstdDecompressor().decompressobj()
                found.append(self.frame.decompress(block))
                block = self.frame.unused_data
            self.whole = bool(self.frame.eof)
            return b"".join(found)

    return Frames()


def sources_of(paths: Sequence[str]) -> Iterator[Source]:
    """A source for every file."""
    return (Source(path) for path in expanded(paths))
