"""What went wrong and where: spans, diagnostics, the one exception, the exit codes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class ExitStatus(IntEnum):
    """What the process tells its caller."""

    DONE = 0
    CHECK_FAILED = 1
    WRONG_INPUT = 2
    NO_DERIVATIVE = 3
    BUG = 4
    INTERRUPTED = 130


class Span(NamedTuple):
    """A half-open range of characters, counted in code points from 0."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake, with its place.

    code     a stable word, `unknown-function`
    message  what was found, in the user's own words; lower case, no full stop
    span     where in `source`; None when the mistake has no place
    source   the text that the span counts in
    origin   what stands before the source on the command line, `--at `
    hint     what to type instead
    """

    code: str
    message: str
    span: Span | None = None
    source: str = ""
    origin: str = ""
    hint: str = ""


class AdiffError(Exception):
    """The only exception raised on purpose. Carries one `Diagnostic`."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def wrong(
    code: str,
    message: str,
    span: Span | None = None,
    source: str = "",
    *,
    origin: str = "",
    hint: str = "",
) -> AdiffError:
    """An `AdiffError` around one `Diagnostic`, ready to raise."""
    return AdiffError(Diagnostic(code, message, span, source, origin, hint))


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that `word` is most likely a misspelling of, or ""."""
    names = list(known)
    folded = {name.lower(): name for name in names}
    if word.lower() in folded:
        return folded[word.lower()]
    swapped = [name for name in names if sorted(name) == sorted(word)]
    if swapped:
        return swapped[0]  # --form is --from sooner than --format
    found = difflib.get_close_matches(word, names, n=1, cutoff=0.7 if len(word) > 3 else 0.6)
    return found[0] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, or "" where none is near."""
    near = nearest(word, known)
    return f"did you mean '{near}'?" if near else ""


def listed(words: Iterable[str], conjunction: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {conjunction} {items[-1]}"
