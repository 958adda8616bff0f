"""The one place that prints a `Diagnostic`: message, source line, carets, hint."""

from __future__ import annotations

from typing import NamedTuple, TextIO

from autodiffcli.diagnostics import Diagnostic
from autodiffcli.renderers.printable import encodable, printable, wrapped
from autodiffcli.renderers.printable import width as cells

WIDTH = 100  # cells of a source line where the stream has no width of its own
NARROWEST = 12  # cells of source that are shown however narrow the stream is

_INDENT = "  "
_RED, _BOLD_RED, _CYAN, _PLAIN = "\x1b[31m", "\x1b[1;31m", "\x1b[36m", "\x1b[0m"


def report(
    diagnostic: Diagnostic, stream: TextIO, *, colour: bool = False, width: int | None = None
) -> None:
    """Prints what went wrong, where, and what to type instead.

    width  cells of the stream, None for no end: text is wrapped there; a source line that is
           longer (without an end, than `WIDTH`) is cut to a window around the span
    """
    lines = _told("error:", _BOLD_RED, diagnostic.message, stream, colour, width)
    lines += _excerpt(diagnostic, stream, colour, width or WIDTH)
    if diagnostic.hint:
        lines += _told("hint:", _CYAN, diagnostic.hint, stream, colour, width)
    stream.write("\n".join(lines) + "\n")


def note(text: str, stream: TextIO, width: int | None = None) -> None:
    """Prints what is worth knowing and no mistake.

    width  cells of the stream, where the text is wrapped; None for one line
    """
    stream.writelines(f"{line}\n" for line in _told("note:", "", text, stream, False, width))


def _told(
    word: str, paint: str, text: str, stream: TextIO, colour: bool, width: int | None
) -> list[str]:
    """A word of what sort this is, and text behind it."""
    first, *rest = wrapped(f"{word} {_safe(text, stream)}", width, _INDENT)
    return [_painted(word, paint, colour) + first.removeprefix(word), *rest]


class _Line(NamedTuple):
    """The source line where a span starts.

    number      1 for the first; 0 where the source has one line only
    characters  each as it is printed
    start, end  of the span, clipped to the line; equal where the span is empty
    """

    number: int
    characters: list[str]
    start: int
    end: int


def _excerpt(diagnostic: Diagnostic, stream: TextIO, colour: bool, width: int) -> list[str]:
    if diagnostic.span is None or not (diagnostic.source or diagnostic.origin):
        return []
    line = _line(diagnostic, stream)
    place = f"line {line.number}: " if line.number else ""
    before = _INDENT + _safe(diagnostic.origin, stream) + place
    cut = "…" if encodable("…", stream) == "…" else "..."
    low, high = _window(line, width - cells(before), cells(cut))
    text = "".join(line.characters[low:high])
    left, right = cut if low > 0 else "", cut if high < len(line.characters) else ""
    indent = before + left + "".join(line.characters[low : line.start])
    carets = "^" * max(1, cells("".join(line.characters[line.start : min(line.end, high)])))
    return [f"{before}{left}{text}{right}", " " * cells(indent) + _painted(carets, _RED, colour)]


def _line(diagnostic: Diagnostic, stream: TextIO) -> _Line:
    source, span = diagnostic.source, diagnostic.span
    assert span is not None
    start = min(max(span.start, 0), len(source))
    first = source.rfind("\n", 0, start) + 1
    text = source[first:].split("\n", 1)[0].rstrip("\r")
    characters = [_safe(character, stream) for character in text]
    number = source.count("\n", 0, start) + 1 if "\n" in source.rstrip() else 0
    low = min(start - first, len(text))
    return _Line(number, characters, low, min(max(span.end - first, low), len(text)))


def _window(line: _Line, room: int, mark: int) -> tuple[int, int]:
    """The characters to show: all, or as much of the span as fits and equal parts around it.

    room  cells for the characters and for the marks on the cut sides
    mark  cells of one mark
    """
    widths = [cells(character) for character in line.characters]
    # A caret behind the last character takes a cell of its own.
    if sum(widths) + (line.start == len(widths)) <= room:
        return 0, len(widths)
    left = max(room, NARROWEST) - 2 * mark - (line.start == len(widths))
    low = high = line.start
    while high < line.end and widths[high] <= left:
        left -= widths[high]
        high += 1
    while True:
        before, after = low, high
        if low > 0 and widths[low - 1] <= left:
            low -= 1
            left -= widths[low]
        if high < len(widths) and widths[high] <= left:
            left -= widths[high]
            high += 1
        if (before, after) == (low, high):
            return low, high


def _safe(text: str, stream: TextIO) -> str:
    return encodable(printable(text), stream)


def _painted(text: str, code: str, colour: bool) -> str:
    return f"{code}{text}{_PLAIN}" if colour else text
