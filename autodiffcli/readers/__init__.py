"""What reads tables: one file here for each family of formats, imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from autodiffcli.diagnostics import did_you_mean, wrong
from autodiffcli.readers.complaints import bad_data
from autodiffcli.readers.inputs import Input, input_size
from autodiffcli.readers.part import (
    COMPRESSIONS,
    DELIMITERS,
    FORMATS,
    SUFFIXES,
    TEXTUAL,
    Part,
    Table,
    suffixes_of,
)
from autodiffcli.readers.paths import STDIN, expanded
from autodiffcli.readers.sniffing import sniffed

if TYPE_CHECKING:
    from autodiffcli.frames import Frame

__all__ = [
    "COMPRESSIONS",
    "DELIMITERS",
    "FORMATS",
    "SUFFIXES",
    "TEXTUAL",
    "Part",
    "Reader",
    "decode",
    "open_reader",
    "suffixes_of",
]

_OPENERS = {
    "csv": "delimited",
    "tsv": "delimited",
    "ndjson": "json_rows",
    "json": "json_documents",
    "parquet": "parquet",
    "arrow": "arrow",
    "npy": "arrays",
    "npz": "arrays",
}
_DECODERS = {**_OPENERS, "csv": "cells", "tsv": "cells", "parquet": "arrow"}


class Reader:
    """Files, one behind the other, as one table with the columns of the first.

    names       the columns; `column_1`, `column_2`, ... where no names are given
    headed      whether they are
    format      of the first file
    size        bytes of all files; None where a pipe is among them
    rows        where the format says; else None
    rereadable  whether `parts` can be asked for again
    floats      columns that are known to be of floats
    sample      the first bytes of the rows, for text
    """

    def __init__(
        self, paths: Sequence[str], format: str = "", wanted: Collection[str] | None = None
    ) -> None:
        self.given = format
        self.paths = expanded(paths, format)
        sizes = [input_size(path) for path in self.paths]
        known = [size for size in sizes if size is not None]
        self.size = sum(known) if len(known) == len(sizes) else None
        self.rereadable = self.size is not None and STDIN not in self.paths
        self._sizes = [size or 0 for size in sizes]
        self._input, self.format, self._table = self._open(self.paths[0])
        self._begun = False
        self.names, self.headed = self._table.names, self._table.headed
        self.rows = self._table.rows if len(self.paths) == 1 else None
        self.floats, self.sample = self._table.floats, self._table.sample
        self.wanted: tuple[str, ...] = ()
        try:
            self.want(self.names if wanted is None else wanted)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    @property
    def textual(self) -> bool:
        """Whether the parts are text, which takes time to decode."""
        return self.format in TEXTUAL

    def want(self, columns: Collection[str]) -> None:
        """Read these columns only, in the order of the file. Raises AdiffError for no column."""
        for name in columns:
            if name not in self.names and not self._table.open:
                hint = did_you_mean(name, self.names)
                message = f"'{self._input.shown}' has no column '{name}'"
                raise bad_data(self.paths[0], message, hint)
        known = [name for name in self.names if name in columns]
        self.wanted = (*known, *(name for name in columns if name not in self.names))

    def parts(self) -> Iterator[Part]:
        """All rows in order, reading only as far as asked. Raises AdiffError."""
        if self._begun and not self.rereadable:
            raise bad_data(self.paths[0], f"'{self._input.shown}' can be read once only")
        before = 0
        for place, path in enumerate(self.paths):
            if place == 0 and not self._begun:
                self._begun = True
            else:
                self._input.close()
                self._input, _, self._table = self._open(path)
                self._compare(self._table, self._input)
            for part in self._table.parts(self.wanted):
                yield replace(part, done=before + part.done) if before else part
            before += self._sizes[place] or self._input.taken
            self._input.close()

    def close(self) -> None:
        """Let go of the file that is open."""
        self._input.close()

    def _open(self, path: str) -> tuple[Input, str, Table]:
        source = Input(path)
        try:
            format = self.given or suffixes_of(path)[0] or sniffed(source.head())
            opened: Callable[[Input, str], Table] = _module(_OPENERS, format).opened
            return source, format, opened(source, format)
        except BaseException:
            source.close()
            raise

    def _compare(self, table: Table, source: Input) -> None:
        """Raise AdiffError where a later file has not the columns of the first."""
        first = self.paths[0]
        if table.headed != self.headed and table.names:
            has = "names its columns" if table.headed else "does not name its columns"
            message = f"'{source.shown}' {has}, and '{first}' {'does' if self.headed else 'not'}"
            raise bad_data(source.path, message)
        missing = [name for name in self.wanted if name not in table.names]
        if missing and not table.open and table.names:
            message = f"'{source.shown}' has no column '{missing[0]}', which '{first}' has"
            raise bad_data(source.path, message, did_you_mean(missing[0], table.names))
        if not self.headed and len(table.names) != len(self.names):
            message = (
                f"'{source.shown}' has {len(table.names)} columns, '{first}' {len(self.names)}"
            )
            raise bad_data(source.path, message)


def open_reader(
    paths: Sequence[str], format: str = "", wanted: Collection[str] | None = None
) -> Reader:
    """The files as one table. Raises AdiffError where there is none that can be read.

    paths   files, globs, directories, `-` for stdin
    format  of all of them; "" for what their names say, or else their first bytes
    wanted  the columns to be read; None for all
    """
    if format and format not in FORMATS:
        hint = did_you_mean(format, FORMATS)
        raise wrong("data", f"'{format}' is no format of data", hint=hint)
    return Reader(paths, format, wanted)


def decode(part: Part) -> Frame:
    """The rows of a part, in whatever process. Raises AdiffError for what is no text at all."""
    frame: Frame = _module(_DECODERS, part.format).decoded(part)
    return frame


def _module(modules: dict[str, str], format: str) -> Any:
    return import_module(f"autodiffcli.readers.{modules[format]}")
