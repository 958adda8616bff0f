"""What reads tables: one file here for each family of formats, imported when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, TypeAlias

from autodiffcli.readers.sources import COMPRESSIONS, Source, bad_data, sources_of

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".npy": "npy",
    ".npz": "npz",
}
TEXTUAL = frozenset({"csv", "tsv", "ndjson", "json"})
_MODULES = {
    "csv": "delimited",
    "tsv": "delimited",
    "ndjson": "json_rows",
    "json": "json_rows",
    "parquet": "arrow",
    "arrow": "arrow",
    "npy": "arrays",
    "npz": "arrays",
}


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows as they come out of a file; any process can make a `Frame` of them.

    source    what messages call the file
    first     number of the first row in its file, from 0
    payload   bytes of whole lines, a record batch, or arrays
    done      bytes of all files that are read so far
    format    how the payload is to be read
    settings  what else that takes
    """

    source: str
    first: int
    payload: Any
    done: int
    format: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Opened:
    """One file, ready to be read.

    names    its columns
    headed   whether they are names at all
    parts    given the columns that are wanted, all its rows in order
    numeric  the columns that are known to be numbers
    rows     where the file says
    sample   the first bytes of its rows, for text
    """

    names: tuple[str, ...]
    headed: bool
    parts: Callable[[frozenset[str] | None], Iterator[Part]]
    numeric: frozenset[str] = frozenset()
    rows: int | None = None
    sample: bytes = b""


Open: TypeAlias = Callable[[Source, str], Opened]


class Reader:
    """Several files, one after the other, as one table with the columns of the first.

    size        bytes of all of them; None where one is a pipe
    rows        None where a format does not say
    rereadable  whether `parts` can be asked for again
    """

    def __init__(self, paths: Sequence[str], format: str = "") -> None:
        self.sources = list(sources_of(paths))
        self.given = format
        self.first = self._open(self.sources[0])
        self.names, self.headed = self.first.names, self.first.headed
        self.numeric, self.sample = self.first.numeric, self.first.sample
        sizes = [source.size for source in self.sources]
        self.size = None if None in sizes else sum(size or 0 for size in sizes)
        self.rows = self.first.rows if len(self.sources) == 1 else None
        self.rereadable = self.size is not None
        self.wanted: frozenset[str] | None = None
        self._begun = False

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *unused: object) -> None:
        for source in self.sources:
            source.close()

    @property
    def textual(self) -> bool:
        """Whether parts are text."""
        return self.format in TEXTUAL

    def want(self, columns: Collection[str]) -> None:
        """Read these columns only."""
        self.wanted = frozenset(columns)

    def parts(self) -> Iterator[Part]:
        """All rows in order, reading as far as asked only."""
        before = 0
        for place, source in enumerate(self.sources):
            if place == 0 and not self._begun:
                opened, self._begun = self.first, True
            else:
                source = Source(source.path)
                opened = self._open(source)
                self._compare(opened, source)
            for part in opened.parts(self.wanted):
                yield Part(
                    part.source,
                    part.first,
                    part.payload,
                    before + part.done,
                    part.format,
                    part.settings,
                )
            before += source.size or 0
            source.close()

    def _open(self, source: Source) -> Opened:
        source.open()
        format = self.given or format_of(source)
        self.format = format
        module = import_module(f"autodiffcli.readers.{_MODULES[format]}")
        opened: Opened = module.opened(source, format)
        return opened

    def _compare(self, opened: Opened, source: Source) -> None:
        missing = [
            n
            for n in self.names
            if n not in opened.names and (self.wanted is None or n in self.wanted)
        ]
        if missing:
            raise bad_data(source.path, f"'{source.shown}' has no column '{missing[0]}'")


def open_reader(paths: Sequence[str], format: str = "") -> Reader:
    """The files as one table. Raises AdiffError where there is none that can be read.

    paths   files, globs, directories, `-` for stdin
    format  of all of them; "" for what their names and first bytes say
    """
    return Reader(paths, format)


def format_of(source: Source) -> str:
    """The format that a file's name says, else its first bytes."""
    stem, suffix = os.path.splitext(source.path.lower())
    if suffix in COMPRESSIONS:
        suffix = os.path.splitext(stem)[1]
    return SUFFIXES.get(suffix) or sniffed(source.head())


def sniffed(head: bytes) -> str:
    """The format that the first bytes of a file say."""
    for magic, format in (
        (b"PAR1", "parquet"),
        (b"ARROW1", "arrow"),
        (b"\xff\xff\xff\xff", "arrow"),
        (b"\x93NUMPY", "npy"),
        (b"PK\x03\x04", "npz"),
    ):
        if head.startswith(magic):
            return format
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"["):
        return "ndjson" if text[:1] == b"{" else "json"
    line = text.split(b"\n", 1)[0]
    return "tsv" if b"\t" in line and b"," not in line else "csv"


def decode(part: Part) -> Any:
    """The rows of a part as a `Frame`. Raises AdiffError for what is no such text at all."""
    module = import_module(f"autodiffcli.readers.{_MODULES[part.format]}")
    return module.decoded(part)
