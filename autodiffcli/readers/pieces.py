"""Text in pieces of whole records, of a few megabytes each, whatever a pipe delivers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol, TypeVar

from autodiffcli.readers.complaints import bad_data
from autodiffcli.readers.inputs import Input

FIRST, PIECE = 256 << 10, 4 << 20  # bytes: the first piece is small, so that answers come soon
LONGEST = 64 << 20  # bytes of one record
MARK = b"\xef\xbb\xbf"  # of UTF-8, as some programs begin their files
_NEW_LINES = b"\r\n"
_TAIL = 4096  # bytes


class Piece(NamedTuple):
    """Whole records, the last one perhaps without its line feed."""

    text: bytes
    rows: int


class Placed(Protocol):
    """What is found in a window; `place` is where the last whole record ends, 0 for nowhere."""

    @property
    def place(self) -> int:
        """A number of bytes."""


Found = TypeVar("Found", bound=Placed)


class Cut(NamedTuple):
    """Where the last whole record of a window ends, and how many there are before it."""

    place: int
    rows: int


class Reservoir:
    """What has been read of an input and not been handed on.

    text   those bytes
    ended  whether no more will come
    """

    def __init__(self, source: Input) -> None:
        self.source = source
        self.text = bytearray()
        self.ended = False
        self.size = FIRST
        self._seen = 0  # bytes in which no record ended when the pipe paused

    def window(self, look: Callable[[bytes], Found]) -> tuple[bytes, Found, bool]:
        """The next bytes, what `look` finds in them, and whether they are the last ones.

        That is FIRST bytes, later PIECE, or twice as many until there is a record in them: where
        a window ends depends on the bytes alone, unless a pipe pauses. Only the last window may
        be without a whole record. Raises AdiffError for a record that is too long.
        """
        size = self.size
        while True:
            paused = self._fill(size)
            with memoryview(self.text) as view:
                seen = bytes(view[:size])
            is_last = self.ended and len(self.text) <= size
            found = look(seen)
            if found.place or is_last:
                self.size = PIECE
                return seen, found, is_last
            if paused:
                self._seen = len(seen)
            elif size >= LONGEST:
                message = f"a record of '{self.source.shown}' is longer than {LONGEST >> 20} MB"
                raise bad_data(self.source.path, message, "perhaps a quote is not closed")
            else:
                size = min(2 * size, LONGEST)

    def take(self, count: int) -> None:
        """Let go of bytes that are handed on."""
        del self.text[:count]
        self._seen = 0

    def skip(self, blanks: bytes) -> None:
        """Let go of a mark of UTF-8, and of some bytes as long as no others come."""
        while len(self.text) < len(MARK) and self._read():
            pass
        if self.text.startswith(MARK):
            self.take(len(MARK))
        while True:
            self.text = self.text.lstrip(blanks)
            if self.text or not self._read():
                return

    def _fill(self, size: int) -> bool:
        """Read until there are `size` bytes. True where a pipe has paused after a line."""
        while len(self.text) < size and not self.ended:
            has_news = len(self.text) > self._seen and b"\n" in self.text
            if has_news and self.source.is_idle():
                return True
            self._read()
        return False

    def _read(self) -> bool:
        more = self.source.read()
        self.text += more
        self.ended = not more
        return bool(more)


def pieces(source: Input, delimiter: bytes = b"") -> Iterator[Piece]:
    """All records. Empty lines are left out before the first and behind the last of them.

    delimiter  of cells that may have line feeds between quotes; "" where every line is a record
    """
    reservoir = Reservoir(source)
    reservoir.skip(_NEW_LINES)
    while True:
        seen, cut, is_last = reservoir.window(lambda text: _cut(text, delimiter))
        if is_last:
            text = seen.rstrip(_NEW_LINES)
            if text:
                yield Piece(text, rows_of(text, delimiter))
            return
        reservoir.take(cut.place)
        yield Piece(seen[: cut.place], cut.rows)


def _cut(seen: bytes, delimiter: bytes) -> Cut:
    """Where to cut: behind the last whole record, before the empty lines that may follow it."""
    ends = _ends(seen, delimiter)
    if ends is None:
        end = seen.rfind(b"\n") + 1
        rows = seen.count(b"\n")
    else:
        end, rows = (int(ends[-1]) + 1, len(ends)) if len(ends) else (0, 0)
    kept = _filled(seen, end)
    if not kept:
        return Cut(0, 0)
    place = seen.index(b"\n", kept) + 1
    return Cut(place, rows - seen.count(b"\n", place, end))


def _filled(seen: bytes, end: int) -> int:
    """Where the text before `end` ends without the empty lines, or one line feed, behind it."""
    while end:
        begin = max(end - _TAIL, 0)
        kept = len(seen[begin:end].rstrip(_NEW_LINES))
        if kept:
            return begin + kept
        end = begin
    return 0


def rows_of(text: bytes, delimiter: bytes) -> int:
    """How many records there are."""
    ends = _ends(text, delimiter)
    rows = text.count(b"\n") if ends is None else len(ends)
    return rows + (not text.endswith(b"\n"))


def first_end(text: bytes, delimiter: bytes) -> int:
    """Where the first record ends, behind its line feed."""
    ends = _ends(text, delimiter)
    end = text.find(b"\n") if ends is None else (int(ends[0]) if len(ends) else -1)
    return end + 1 or len(text)


def _ends(text: bytes, delimiter: bytes) -> Any:
    """The places of the line feeds that end records; None where all of them do."""
    if not delimiter or b'"' not in text:
        return None
    from autodiffcli.readers.quotes import lines_of, masked

    return lines_of(masked(text, delimiter).shown)
