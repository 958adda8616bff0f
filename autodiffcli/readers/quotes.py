"""Quotes of RFC 4180: what of a text is between them, so that the rest can be counted."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

QUOTE, LINE_FEED, RETURN = 34, 10, 13


class Masked(NamedTuple):
    """A text with zeros for what is quoted.

    shown    its bytes, uint8
    open     whether it ends between quotes
    regular  whether all quotes are where RFC 4180 has them
    """

    shown: NDArray[np.uint8]
    open: bool
    regular: bool


def masked(text: bytes, delimiter: bytes) -> Masked:
    """The text without what is quoted. It begins at the beginning of a cell.

    A quote opens at the beginning of a cell only; `5" pipe` has none. Where all quotes are of
    cells, which is soon seen, those at odd places open.
    """
    data = np.frombuffer(text, np.uint8)
    quotes = np.flatnonzero(data == QUOTE)
    if not _is_regular(data, quotes, delimiter[0]):
        return _by_cell(text, delimiter)
    inside = np.bitwise_xor.accumulate((data == QUOTE).view(np.uint8)).view(np.bool_)
    return Masked(np.where(inside, np.uint8(0), data), len(quotes) % 2 == 1, True)


def _is_regular(data: NDArray[np.uint8], quotes: NDArray[Any], delimiter: int) -> bool:
    """Whether each quote is at an end of its cell, or one of two in succession."""
    opening, closing = quotes[0::2], quotes[1::2]
    before = data[np.maximum(opening - 1, 0)]
    begins = (opening == 0) | (before == delimiter) | (before == LINE_FEED) | (before == QUOTE)
    if not begins.all():
        return False
    after = data[np.minimum(closing + 1, len(data) - 1)]
    ends = (closing == len(data) - 1) | (after == delimiter) | (after == LINE_FEED)
    return bool((ends | (after == RETURN) | (after == QUOTE)).all())


def _by_cell(text: bytes, delimiter: bytes) -> Masked:
    cell = re.compile(rb'(?<![^%b\n])"[^"]*(?:""[^"]*)*("?)' % re.escape(delimiter))
    is_open = False

    def blank(found: re.Match[bytes]) -> bytes:
        nonlocal is_open
        is_open = not found[1]
        return bytes(len(found[0]))

    return Masked(np.frombuffer(cell.sub(blank, text), np.uint8), is_open, False)


def lines_of(shown: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where the records end, at their line feeds."""
    return np.flatnonzero(shown == LINE_FEED)
