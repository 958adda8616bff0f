"""What the tests of readers share: rows of a file as Python's own cells."""

from __future__ import annotations

import io
import sys
from collections.abc import Collection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autodiffcli.diagnostics import AdiffError, Diagnostic
from autodiffcli.readers import Part, Reader, decode, open_reader


def cells_of(column: Any) -> list[Any]:
    """A column of any library as a list of Python's cells."""
    for method in ("to_pylist", "to_list", "tolist"):
        if hasattr(column, method):
            return list(getattr(column, method)())
    return list(column)


def rows_of(reader: Reader) -> tuple[dict[str, list[Any]], dict[int, str]]:
    """All cells by column, and all faults by row of the whole input."""
    columns: dict[str, list[Any]] = {name: [] for name in reader.wanted}
    faults: dict[int, str] = {}
    count = 0
    for part in reader.parts():
        frame = decode(part)
        assert frame.first == part.first
        assert list(frame.columns) == list(reader.wanted)
        for name, column in frame.columns.items():
            cells = cells_of(column)
            assert len(cells) == frame.rows
            columns[name] += cells
        faults.update({count + row: fault for row, fault in frame.faults.items()})
        count += frame.rows
    return columns, faults


def read(
    path: Path, data: bytes, format: str = "", wanted: Collection[str] | None = None
) -> tuple[dict[str, list[Any]], dict[int, str]]:
    """The cells and the faults of a file with these bytes."""
    path.write_bytes(data)
    with open_reader([str(path)], format, wanted) as reader:
        return rows_of(reader)


def parts_of(path: object, wanted: Collection[str] | None = None) -> list[Part]:
    """All parts of a file."""
    with open_reader([str(path)], wanted=wanted) as reader:
        return list(reader.parts())


def complaint(path: Path, data: bytes | None = None, format: str = "") -> Diagnostic:
    """What is said of a file that cannot be read."""
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(AdiffError) as caught, open_reader([str(path)], format) as reader:
        rows_of(reader)
    return caught.value.diagnostic


def given_on_stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Bytes on stdin, which cannot be read twice."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
