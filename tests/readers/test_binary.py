"""Parquet, Arrow, NPY and NPZ, as their own libraries have written them."""

from __future__ import annotations

import datetime
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from pyarrow import ipc, parquet

from autodiffcli.frames import numbers_of
from autodiffcli.readers import arrays, arrow, decode, open_reader
from autodiffcli.readers import parquet as parquet_reader
from tests.readers.reading import complaint, given_on_stdin, parts_of, rows_of

TABLE = pyarrow.table(
    {
        "x": [1.5, None, 2.0],
        "a.b": [1, 2, 3],
        "s": ["a", None, "b"],
        "d": [datetime.date(2020, 1, 1)] * 3,
    }
)
SHORT = pytest.mark.usefixtures("short_parts")


@pytest.fixture
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (arrow, parquet_reader, arrays):
        monkeypatch.setattr(module, "ROWS", 2)


def saved(path: Path) -> Path:
    if path.suffix == ".parquet":
        parquet.write_table(TABLE, path)
    else:
        make = ipc.new_stream if path.suffix == ".stream" else ipc.new_file
        with pyarrow.OSFile(str(path), "wb") as file, make(file, TABLE.schema) as writer:
            writer.write_table(TABLE)
            writer.write_table(TABLE)
    return path


@pytest.fixture(params=["f.parquet", "f.arrow", "f.stream"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return saved(tmp_path / request.param)


@SHORT
@pytest.mark.parametrize("by_pipe", [False, True])
def test_tables(table: Path, by_pipe: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    times = 1 if table.suffix == ".parquet" else 2
    given_on_stdin(monkeypatch, table.read_bytes())
    with open_reader(["-" if by_pipe else str(table)]) as reader:
        assert reader.names == ("x", "a.b", "s", "d")
        assert reader.rows == (None if table.suffix == ".stream" else 3 * times)
        assert reader.size == (None if by_pipe else table.stat().st_size)
        assert reader.floats == {"x"}
        parts = [pickle.loads(pickle.dumps(part)) for part in reader.parts()]
    assert [part.first for part in parts] == [0, 2, 3, 5][: 2 * times]
    assert parts[-1].done == table.stat().st_size
    found = [cell for part in parts for cell in decode(part).columns["a.b"].to_pylist()]
    assert found == [1, 2, 3] * times
    assert numbers_of(decode(parts[0]).columns["x"])[1].tolist() == [1]


def test_wanted_columns_in_the_order_of_the_file(table: Path) -> None:
    with open_reader([str(table)], wanted=["s", "x"]) as reader:
        frame = decode(next(reader.parts()))
    assert list(frame.columns) == ["x", "s"]
    with open_reader([str(table)], wanted=[]) as reader:
        frame = decode(next(reader.parts()))
    assert (frame.rows, frame.columns) == (3, {})


def test_views_are_texts(tmp_path: Path) -> None:
    views = pyarrow.table({"s": pyarrow.array(["a", "b"], pyarrow.string_view())})
    path = tmp_path / "f.arrow"
    with pyarrow.OSFile(str(path), "wb") as file, ipc.new_file(file, views.schema) as writer:
        writer.write_table(views)
    column = decode(parts_of(path)[0]).columns["s"]
    assert column.filter(np.array([False, True])).to_pylist() == ["b"]


@pytest.mark.parametrize("left", [20, 0.5, -9])
def test_a_file_that_is_cut_off(table: Path, left: float) -> None:
    data = table.read_bytes()
    kept = data[: int(left * len(data))] if left == 0.5 else data[: int(left)]
    kind = "Parquet" if table.suffix == ".parquet" else "Arrow"
    assert f"'{table}' is no whole {kind} file" in complaint(table, kept).message


def test_without_pyarrow(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    found = complaint(table)
    kind = "Parquet" if table.suffix == ".parquet" else "Arrow"
    assert (found.code, found.message) == ("extra", f"reading {kind} takes pyarrow")
    assert found.hint == "pip install 'autodiffcli[data]'"


# -- numpy

ARRAYS: dict[str, tuple[Any, dict[str, list[Any]]]] = {
    "vector": (np.arange(5.0), {"column_1": [0.0, 1.0, 2.0, 3.0, 4.0]}),
    "matrix": (np.arange(6).reshape(3, 2), {"column_1": [0, 2, 4], "column_2": [1, 3, 5]}),
    "fortran": (
        np.asfortranarray(np.arange(6).reshape(3, 2)),
        {"column_1": [0, 2, 4], "column_2": [1, 3, 5]},
    ),
    "big endian": (np.arange(3, dtype=">f8"), {"column_1": [0.0, 1.0, 2.0]}),
    "named": (
        np.array([(1, 2.5, "x", b"y")], [("a", "i4"), ("b", ">f4"), ("c", "U3"), ("d", "S1")]),
        {"a": [1], "b": [2.5], "c": ["x"], "d": ["y"]},
    ),
    "no rows": (np.empty((0, 2)), {"column_1": [], "column_2": []}),
    "booleans": (np.array([True]), {"column_1": [True]}),
}


@SHORT
@pytest.mark.parametrize("by_pipe", [False, True])
@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays(tmp_path: Path, kind: str, by_pipe: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    array, expected = ARRAYS[kind]
    path = tmp_path / "f.npy"
    np.save(path, array)
    given_on_stdin(monkeypatch, path.read_bytes())
    with open_reader(["-" if by_pipe else str(path)]) as reader:
        assert reader.headed == (kind == "named")
        assert reader.rows == len(array)
        assert reader.names == tuple(expected)
        assert rows_of(reader) == (expected, {})


@pytest.mark.parametrize("by_pipe", [False, True])
@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 2, 2)), "is an array of 3 axes, and no table"),
        (np.array(3.0), "is an array of 0 axes, and no table"),
        (np.array([1j]), "is an array of complex128, and no table of numbers"),
        (np.array([None]), "is no whole NPY file"),
    ],
)
def test_arrays_that_are_no_table(
    tmp_path: Path, array: Any, message: str, by_pipe: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f.npy"
    np.save(path, array, allow_pickle=True)
    given_on_stdin(monkeypatch, path.read_bytes())
    assert message in complaint(Path("-") if by_pipe else path).message


@SHORT
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("by_pipe", [False, True])
def test_archives(
    tmp_path: Path, save: Any, by_pipe: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f.npz"
    save(path, x=np.arange(3.0), t=np.array(["a", "b", "cd"]))
    given_on_stdin(monkeypatch, path.read_bytes())
    with open_reader(["-" if by_pipe else str(path)]) as reader:
        assert reader.rows == 3
        assert rows_of(reader) == ({"x": [0.0, 1.0, 2.0], "t": ["a", "b", "cd"]}, {})


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"x": np.arange(2), "y": np.arange(3)}, "are not of one length"),
        ({"x": np.zeros((2, 2))}, "'x' in"),
        ({}, "is empty"),
    ],
)
def test_archives_that_are_no_table(tmp_path: Path, columns: Any, message: str) -> None:
    path = tmp_path / "f.npz"
    np.savez(path, **columns)
    assert message in complaint(path).message


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
@pytest.mark.parametrize("by_pipe", [False, True])
def test_an_array_that_is_cut_off(
    tmp_path: Path, suffix: str, by_pipe: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"f{suffix}"
    (np.save if suffix == ".npy" else np.savez)(path, np.arange(1000.0))
    path.write_bytes(path.read_bytes()[:-10])
    given_on_stdin(monkeypatch, path.read_bytes())
    found = complaint(Path("-") if by_pipe else path)
    assert f"is no whole {suffix[1:].upper()} file" in found.message
