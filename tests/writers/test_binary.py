"""Parquet, Arrow, NPY and NPZ, read back by their own libraries."""

from __future__ import annotations

import datetime
import io
import math
import sys
from typing import Any

import numpy as np
import polars
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import ipc, parquet

from autodiffcli.diagnostics import AdiffError
from autodiffcli.writers import arrow
from tests.writers.writing import Pipe, written


def table(format: str, data: bytes) -> Any:
    if format == "parquet":
        return parquet.read_table(io.BytesIO(data))
    return (ipc.open_file if data.startswith(b"ARROW1") else ipc.open_stream)(data).read_all()


def refused(*arguments: Any, **options: Any) -> str:
    with pytest.raises(AdiffError) as caught:
        written(*arguments, **options)
    return f"{caught.value.diagnostic.message} / {caught.value.diagnostic.hint}"


@pytest.mark.parametrize("out", [io.BytesIO, Pipe])
@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_columns_keep_their_kinds(format: str, out: Any) -> None:
    columns = {
        "x": np.array([1.5, math.nan]),
        "n": pyarrow.array([5, None]),
        "f": pyarrow.array([math.nan, None]),
        "d": pyarrow.array([datetime.date(2020, 1, 2), None]),
        "c": pyarrow.array(["a", None]).dictionary_encode(),
        "s": polars.Series(["a", ""]),
        "e": polars.Series(["a", None], dtype=polars.Categorical),
        "l": ["a", None],
        "i": [1, 2],
        "t": pyarrow.array([[1], None]),
        "u": np.array(["a", "b"]),
    }
    stream = out()
    assert isinstance(stream, io.BytesIO)
    found = table(format, written(format, columns, columns, numeric=["x"], out=stream))
    assert [str(field.type) for field in found.schema][:9] == [
        *("double", "int64", "double", "date32[day]"),
        *("string", "string", "string", "string", "int64"),
    ]
    twice = found.to_pydict()
    assert twice["x"] == [1.5, None] * 2
    assert twice["n"] == [5, None] * 2
    assert math.isnan(twice["f"][0])
    assert twice["f"][1] is None
    assert twice["c"] == twice["e"] == twice["l"] == ["a", None] * 2
    assert twice["s"] == ["a", ""] * 2
    assert twice["t"] == [[1], None] * 2


@given(st.lists(st.floats()))
def test_doubles_come_back(numbers: list[float]) -> None:
    expected = [number if math.isfinite(number) else None for number in numbers]
    for format in ("parquet", "arrow"):
        data = written(format, {"x": np.array(numbers, float)}, numeric=["x"])
        assert repr(table(format, data)["x"].to_pylist()) == repr(expected)
    data = written("npy", {"x": np.array(numbers, float)}, numeric=["x"])
    again = [math.nan if number is None else number for number in expected]
    assert repr(np.load(io.BytesIO(data))[:, 0].tolist()) == repr(again)


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_no_rows_have_a_schema(format: str) -> None:
    found = table(format, written(format, names=["x", "s"], numeric=["x"]))
    assert (found.num_rows, [str(kind) for kind in found.schema.types]) == (0, ["double", "string"])


def test_row_groups_gather_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow, "GROUP", 1000)
    parts = [{"x": np.arange(300.0)}] * 7
    file = parquet.ParquetFile(io.BytesIO(written("parquet", *parts, numeric=["x"])))
    groups = [file.metadata.row_group(place) for place in range(file.metadata.num_row_groups)]
    assert sum(group.num_rows for group in groups) == 2100
    assert len(groups) <= 4
    assert groups[0].column(0).compression == "ZSTD"
    assert "DICTIONARY" not in str(groups[0].column(0).encodings)


def test_kinds_that_only_later_parts_tell() -> None:
    """JSON may have whole numbers, or nothing, for a while."""
    parts = [{"k": [1, 2], "e": [None, None]}, {"k": [1.5, None], "e": ["a", "b"]}]
    found = table("parquet", written("parquet", *parts)).to_pydict()
    assert found == {"k": [1.0, 2.0, 1.5, None], "e": [None, None, "a", "b"]}


def test_a_column_that_changes_its_kind_too_late() -> None:
    parts = [{"k": [1, 2]}, {"k": ["a"]}]
    assert "the column 'k' is int64 first, and string later" in refused("arrow", *parts)


def test_npy_is_rows_and_columns() -> None:
    columns = {"x": np.array([1.5, math.inf]), "n": pyarrow.array([5, None])}
    for stream in (io.BytesIO(), Pipe(), io.BytesIO(b"before")):
        begin = stream.seek(0, io.SEEK_END) if stream.seekable() else 0
        data = written("npy", columns, columns, numeric=["x"], out=stream)
        found = np.load(io.BytesIO(data[begin:]))
        np.testing.assert_array_equal(found, [[1.5, 5], [math.nan, math.nan]] * 2)
        assert (len(data) - begin - 4 * 16) % 64 == 0, "numpy aligns the numbers"
    assert np.load(io.BytesIO(written("npy", names=["x", "y"], numeric=["x", "y"]))).shape == (0, 2)


@pytest.mark.parametrize("column", [["a"], ["1"], polars.Series(["a"]), pyarrow.array([True])])
def test_npy_has_no_texts(column: Any) -> None:
    found = refused("npy", {"x": np.array([1.0]), "s": column}, numeric=["x"])
    assert "column 's'" in found
    assert "--keep" in found


@pytest.mark.parametrize("stream", [io.BytesIO(), Pipe()])
def test_npz_has_an_array_for_each_column(stream: Any) -> None:
    parts = [
        {"x": np.array([1.5, math.inf]), "s": ["a", None], "n": [1, 2], "b": [True, False]},
        {"x": np.array([2.5]), "s": ["longer"], "n": [2.5], "b": [True]},
    ]
    found = np.load(io.BytesIO(written("npz", *parts, numeric=["x"], out=stream)))
    np.testing.assert_array_equal(found["x"], [1.5, math.nan, 2.5])
    assert found["s"].tolist() == ["a", "", "longer"]
    assert found["n"].tolist() == [1.0, 2.0, 2.5]
    assert found["b"].tolist() == [True, False, True]


def test_npz_without_rows() -> None:
    assert np.load(io.BytesIO(written("npz", names=["x"], numeric=["x"])))["x"].shape == (0,)


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_without_pyarrow(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    found = refused(format, {"x": np.array([1.0])}, numeric=["x"])
    assert "takes pyarrow / pip install 'autodiffcli[data]'" in found
