"""The items of a JSON array, found by its brackets and commas without parsing them."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_QUOTE, _COMMA, _OPENS, _CLOSES = 0x22, 0x2C, 0x7B, 0x7D
_LOWER = 0x20  # what sets `[` and `]` apart from `{` and `}`


class Items(NamedTuple):
    """Items at the beginning of a text.

    place  behind the last of them and its comma or bracket; 0 where there is none
    lines  the items, one a line
    rows   how many there are
    whole  whether the array ends there
    """

    place: int
    lines: bytes
    rows: int
    whole: bool


def items_of(text: bytes) -> Items:
    """The whole items at the beginning of a text, which begins within an array."""
    commas, end = _marks(text)
    is_whole = end >= 0
    stop = end if is_whole else int(commas[-1]) if len(commas) else -1
    if stop < 0:
        return Items(0, b"", 0, False)
    lines = np.frombuffer(text[:stop], np.uint8).copy()
    lines[(lines == 10) | (lines == 13)] = 32  # blanks: within strings they are written as \n
    inner = commas[commas < stop]
    lines[inner] = 10
    rows = len(inner) + 1
    if is_whole and rows == 1 and not lines.tobytes().strip():
        rows = 0  # an empty array, or nothing behind the last comma
    return Items(stop + 1, lines.tobytes(), rows, is_whole)


def _marks(text: bytes) -> tuple[NDArray[Any], int]:
    """The commas between items, and the bracket that closes the array, -1 for none."""
    plain = _ESCAPE.sub(b"__", text) if b"\\" in text else text
    data = np.frombuffer(plain, np.uint8)
    inside = np.bitwise_xor.accumulate((data == _QUOTE).view(np.uint8)).view(np.bool_)
    folded = data | _LOWER
    found = ((folded == _OPENS) | (folded == _CLOSES) | (data == _COMMA)) & ~inside
    places = np.flatnonzero(found)
    kinds = folded[places]
    steps = (kinds == _OPENS).astype(np.int8) - (kinds == _CLOSES).astype(np.int8)
    depth = np.cumsum(steps, dtype=np.int32)
    ends = np.flatnonzero(depth < 0)
    end = int(places[ends[0]]) if len(ends) else -1
    commas = places[(depth == 0) & (data[places] == _COMMA)]
    return commas[commas < end] if end >= 0 else commas, end
