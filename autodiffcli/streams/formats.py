"""Where the output goes, and in which format."""

from __future__ import annotations

import os
from dataclasses import dataclass
from io import TextIOBase
from typing import Any, BinaryIO, cast

from autodiffcli.destination import style_of
from autodiffcli.diagnostics import Span, wrong
from autodiffcli.readers import DELIMITERS, TEXTUAL, suffixes_of
from autodiffcli.renderers import Style
from autodiffcli.request import Request
from autodiffcli.streams.matching import Match
from autodiffcli.streams.pool import File
from autodiffcli.terminal import Terminal
from autodiffcli.writers import Layout, Writer, open_writer

PEOPLE = ("table", "md")
MOST = 100_000  # rows of a table


@dataclass(frozen=True, slots=True)
class Sink:
    """The output.

    compression  "gz", "zst" or ""
    rows         the most that are wanted; None for all
    """

    format: str
    compression: str
    style: Style
    rows: int | None

    @property
    def typed(self) -> bool:
        """Whether the format tells numbers from text."""
        return self.format not in DELIMITERS

    def layout(self, match: Match, cells: bool, whole: bool) -> Layout:
        """The columns of the output.

        cells  the input is text, whose variables become numbers in a format that tells
        whole  what cannot be read is not written either
        """
        variables = set(match.column_of.values())
        kept = {shown for name, shown in match.kept.items() if name in variables}
        numeric = {match.value, *match.derived} | (kept if self.typed and cells else set())
        clean = {match.status} | (kept if whole and cells else set())
        names = match.names
        if self.format == "npy":  # numbers only: what has a status is NaN there
            names = tuple(name for name in names if name != match.status)
        return Layout(self.format, names, frozenset(numeric), frozenset(clean - numeric))

    def shared(self, opened: Terminal) -> File | None:
        """The output as a file that several processes may write to; None where it is none."""
        stream = opened.stdout
        if self.format not in (*DELIMITERS, "ndjson") or self.compression:
            return None
        path = getattr(stream, "name", "")
        if not isinstance(path, str) or not os.path.isfile(path):
            return None
        stream.flush()
        return File(path, stream.buffer.tell())

    def writer(self, layout: Layout, opened: Terminal) -> Writer:
        """What writes to an output that is open."""
        if self.format in PEOPLE:
            from autodiffcli.streams.shown import Shown

            return Shown(layout, opened, self.style, self.rows or MOST)
        return open_writer(layout, binary(opened), self.compression)


def sink_of(request: Request, given: str, terminal: Terminal) -> Sink:
    """The output that is asked for. Raises AdiffError for a format that is none.

    given  the format of the input, which is that of a pipe too
    """
    if request.data is not None and request.data.engine == "dask":
        if request.format not in ("", "parquet"):
            raise wrong("contradiction", "--engine dask writes Parquet", hint="leave out --format")
        return Sink("parquet", "", Style(), None)
    format, compression = _format(request, given, terminal)
    style = style_of(request.precision, request.rows, request.output, terminal)
    rows = None
    if format in PEOPLE:
        rows = MOST if style.rows is None else min(style.rows, MOST)
    return Sink(format, compression, Style(request.precision, None), rows)


def _format(request: Request, given: str, terminal: Terminal) -> tuple[str, str]:
    format, compression = suffixes_of(request.output)
    if request.output.lower().endswith(".md"):
        format = "md"
    if request.format:
        return request.format, compression if request.format in TEXTUAL else ""
    if request.output in ("", "-"):
        return ("table" if terminal.boxes else given if given in TEXTUAL else "csv"), ""
    if not format or (compression and format not in TEXTUAL):
        message = f"the format of '{request.output}' is not known by its name"
        if format:
            message = f"{format} is not compressed by {compression}"
        hint = "end the name in .csv, .tsv, .ndjson, .json, .parquet, .arrow, .npy or .npz"
        span = Span(0, len(request.output))
        raise wrong("format", message, span, request.output, origin="-o ", hint=hint)
    return format, compression


def binary(opened: Terminal) -> BinaryIO:
    """The bytes below a text stream."""
    opened.stdout.flush()
    below = getattr(opened.stdout, "buffer", None)
    return cast(BinaryIO, below if below is not None else _Encoded(opened.stdout))


class _Encoded:
    """A stream of text that takes bytes: the stand-in of a test."""

    def __init__(self, text: Any) -> None:
        self.text: TextIOBase = text
        self.flush = text.flush

    def write(self, data: bytes) -> int:
        self.text.write(data.decode())
        return len(data)

    def seekable(self) -> bool:
        return False
