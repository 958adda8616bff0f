"""Text in pieces of whole lines, of a few megabytes each, whatever the pipe delivers."""

from __future__ import annotations

from collections.abc import Iterator

from autodiffcli.readers.sources import Source, bad_data

FIRST, PIECE = 256 << 10, 4 << 20  # bytes: the first piece is small, so that answers come soon
LONGEST = 64 << 20  # bytes of one line
_MARK = b"\xef\xbb\xbf"


def pieces(source: Source, quoted: bool) -> Iterator[bytes]:
    """Whole lines, about PIECE bytes at a time; a pipe that pauses is not waited for.

    quoted  a line does not end within double quotes
    """
    rest, target, started = bytearray(), FIRST, False
    while True:
        ended = not _filled(source, rest, target, quoted)
        if not started and rest.startswith(_MARK):
            del rest[: len(_MARK)]
        started = True
        cut = len(rest) if ended else _last_line(rest, quoted)
        if cut:
            piece = bytes(rest[:cut])
            del rest[:cut]
            if ended:  # empty lines at the end are no rows
                piece = piece.rstrip(b"\r\n")
            if piece:
                yield piece
            target = PIECE
        elif len(rest) > LONGEST:
            raise bad_data(source.path, f"a line of '{source.shown}' is longer than 64 MB")
        else:
            target = len(rest) + PIECE
        if ended:
            return


def _filled(source: Source, rest: bytearray, target: int, quoted: bool) -> bool:
    """Read until there are `target` bytes, or the pipe pauses after a line. False at the end."""
    while len(rest) < target:
        if rest and source.is_idle() and _last_line(rest, quoted):
            return True
        more = source.read()
        if not more:
            return False
        rest += more
    return True


def _last_line(text: bytearray, quoted: bool) -> int:
    """Where the last whole line ends; 0 where there is none."""
    end = text.rfind(b"\n") + 1
    if not quoted or not end or b'"' not in text:
        return end
    quotes = text.count(b'"', 0, end)
    while quotes % 2 and end:
        before = text.rfind(b"\n", 0, end - 1) + 1
        quotes -= text.count(b'"', before, end)
        end = before
    return end


def first_line(text: bytes, quoted: bool) -> int:
    """Where the first line ends, with its line feed."""
    end = text.find(b"\n") + 1
    while quoted and end and text.count(b'"', 0, end) % 2:
        end = text.find(b"\n", end) + 1
    return end or len(text)
