"""Text that a terminal can show: no control characters, nothing it cannot encode, known widths."""

from __future__ import annotations

import re
from typing import TextIO
from unicodedata import category, combining, east_asian_width

_CONTROL = frozenset({"Cc", "Cf", "Zl", "Zp"})
_BREAKS = r"(?<!=) (?!=|(?<!, )[-+]?\d)"
_JOINERS = "\u200c\u200d"  # of category Cf too, but they only shape letters and emoji
_UNSEEN = frozenset({"Mn", "Me", "Cf"})


def printable(text: str) -> str:
    """The text on one line without control characters: a tab is a space, the others are `?`.

    Characters that reverse the direction of writing count as control characters.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_printable_character, text))


def encodable(text: str, stream: TextIO) -> str:
    """The text with what the stream cannot encode as backslash escapes."""
    if text.isascii():
        return text
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        return text.encode(encoding, "backslashreplace").decode(encoding)
    except LookupError:
        return text.encode("ascii", "backslashreplace").decode("ascii")


def width(text: str) -> int:
    """How many cells of a terminal the text covers."""
    return len(text) if text.isascii() else sum(map(_character_width, text))


def padded(text: str, cells: int, *, left: bool = False) -> str:
    """The text at the right end of that many cells, or at the left end."""
    room = " " * (cells - width(text))
    return text + room if left else room + text


def wrapped(text: str, cells: int | None, indent: str = "    ") -> list[str]:
    """The text in lines of that many cells, broken between words; one line for None.

    An equation stays whole, and a number stays with the word before it. A word that is longer
    than a line is left to the terminal.

    indent  before every line but the first
    """
    if cells is None or width(text) <= cells:
        return [text]
    lines: list[str] = []
    for word in re.split(_BREAKS, text):
        if lines and width(lines[-1]) + 1 + width(word) <= cells:
            lines[-1] += f" {word}"
        else:
            lines.append(indent + word if lines else word)
    return lines


def _printable_character(character: str) -> str:
    if character == "\t":
        return " "
    if category(character) in _CONTROL and character not in _JOINERS:
        return "?"
    return character


def _character_width(character: str) -> int:
    # U+1160..U+11FF are vowels and finals of a Korean syllable, drawn into its first letter.
    if combining(character) or category(character) in _UNSEEN or "\u1160" <= character <= "\u11ff":
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
