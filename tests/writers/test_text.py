"""CSV, TSV, NDJSON and JSON: what is read back is what was written."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
import math
import sys
from decimal import Decimal
from typing import Any

import numpy as np
import polars
import pyarrow
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from autodiffcli.readers import decode
from tests.readers.reading import cells_of, parts_of
from tests.writers.writing import written

NUMBERS = st.lists(st.floats(), min_size=1)
TEXT = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('",\n\r\t\\ '), max_size=6
)


@pytest.fixture(params=["polars", "without"])
def polars_or_not(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without":
        monkeypatch.setitem(sys.modules, "polars", None)


def both_ways(*arguments: Any, **options: Any) -> list[bytes]:
    """What is written with polars, and without it."""
    found = [written(*arguments, **options)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "polars", None)
        return [*found, written(*arguments, **options)]


def same(found: float | None, number: float) -> bool:
    if not math.isfinite(number):
        return found is None
    return found == number and math.copysign(1, found) == math.copysign(1, number)


@given(NUMBERS)
def test_doubles_come_back_from_csv(numbers: list[float]) -> None:
    for text in both_ways("csv", {"x": np.array(numbers), "y": numbers}, numeric=["x"]):
        rows = list(csv.reader(io.StringIO(text.decode())))
        assert rows[0] == ["x", "y"]
        for row, number in zip(rows[1:], numbers, strict=True):
            assert row[0] == row[1]
            assert same(float(row[0]) if row[0] else None, number)
            assert not row[0] or set(row[0]) & set(".e")


@given(NUMBERS)
def test_doubles_come_back_from_json(numbers: list[float]) -> None:
    columns = {"x": np.array(numbers), "y": numbers}
    for text in both_ways("json", columns, columns, numeric=["x"]):
        for row, number in zip(json.loads(text), [*numbers, *numbers], strict=True):
            assert list(row) == ["x", "y"]
            assert same(row["x"], number)
            assert same(row["y"], number)


@given(st.lists(TEXT, min_size=1), st.sampled_from(["csv", "tsv"]))
def test_texts_come_back(texts: list[str], format: str) -> None:
    delimiter = {"csv": ",", "tsv": "\t"}[format]
    for text in both_ways(format, {"a": texts, "b": polars.Series(texts)}):
        rows = list(csv.reader(io.StringIO(text.decode(), newline=""), delimiter=delimiter))
        assert rows == [["a", "b"], *([cell, cell] for cell in texts)]


@given(st.lists(TEXT, min_size=1))
def test_texts_come_back_from_json(texts: list[str]) -> None:
    for text in both_ways("ndjson", {"a": texts, 'b"': pyarrow.array(texts)}):
        lines = text.decode().removesuffix("\n").split("\n")
        assert [json.loads(line) for line in lines] == [{"a": cell, 'b"': cell} for cell in texts]


@given(st.lists(TEXT, min_size=1))
def test_what_csv_had_it_has_again(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "again.csv"
    columns = {"a": texts, "b": ["x"] * len(texts)}
    path.write_bytes(written("csv", columns))
    frames = [decode(part) for part in parts_of(path)]
    assert [cell for frame in frames for cell in cells_of(frame.columns["a"])] == texts
    assert written("csv", *(frame.columns for frame in frames)) == path.read_bytes()


KINDS: dict[str, tuple[Any, list[str], list[Any]]] = {
    "int": (pyarrow.array([5, None]), ["5", ""], [5, None]),
    "int64": (np.array([5, 2**62]), ["5", str(2**62)], [5, 2**62]),
    "huge": ([10**40, None], [str(10**40), ""], [10**40, None]),
    "bool": (np.array([True, False]), ["true", "false"], [True, False]),
    "bools": (pyarrow.array([True, None]), ["true", ""], [True, None]),
    "float32": (np.array([0.1, math.nan], np.float32), ["0.1", ""], [0.1, None]),
    "floats": (pyarrow.array([2.0, math.inf]), ["2.0", ""], [2.0, None]),
    "series": (polars.Series([None, math.nan, 1.5]), ["", "", "1.5"], [None, None, 1.5]),
    "date": (pyarrow.array([datetime.date(2020, 1, 2)]), ["2020-01-02"], ["2020-01-02"]),
    "category": (pyarrow.array(["a", None]).dictionary_encode(), ["a", ""], ["a", None]),
    "decimal": (pyarrow.array([Decimal("1.50"), None]), ["1.50", ""], ["1.50", None]),
    "null": (pyarrow.array([None, None]), ["", ""], [None, None]),
    "bytes": (pyarrow.array([b"a", b"\xff"]), ["a", "\\xff"], ["a", "\\xff"]),
    "nested": (pyarrow.array([[1, None], None]), ["[1, null]", ""], ["[1, null]", None]),
    "struct": (pyarrow.array([{"a": 1}]), ['{"a": 1}'], ['{"a": 1}']),
    "duration": (np.array([5], "m8[s]"), ["0:00:05"], ["0:00:05"]),
    "mixed": ([1, "a", True, None], ["1", "a", "true", ""], ["1", "a", "true", None]),
    "texts": (np.array(["a", ""]), ["a", ""], ["a", ""]),
}  # fmt: skip


@pytest.mark.usefixtures("polars_or_not")
@pytest.mark.parametrize("kind", KINDS)
def test_columns_of_every_kind(kind: str) -> None:
    column, texts, cells = KINDS[kind]
    more = {"k": column, "n": np.arange(len(column))}
    rows = list(csv.reader(io.StringIO(written("csv", more).decode())))[1:]
    assert [row[0] for row in rows] == texts
    found = [json.loads(line)["k"] for line in written("ndjson", more).splitlines()]
    if kind in ("huge", "mixed"):  # as text where polars has no such kind
        found, cells = [str(cell).lower() for cell in found], [str(cell).lower() for cell in cells]
    assert found == cells


@pytest.mark.usefixtures("polars_or_not")
def test_moments_are_iso_texts() -> None:
    moment = datetime.datetime(2020, 1, 2, 3, 4, 5)
    zoned = moment.replace(tzinfo=datetime.timezone.utc)
    for column in (pyarrow.array([moment]), polars.Series([moment]), np.array([moment], "M8[s]")):
        for text in (
            written("csv", {"t": column}).decode().split("\n")[1],
            json.loads(written("json", {"t": column}))[0]["t"],
        ):
            assert datetime.datetime.fromisoformat(text) == moment
            assert text[10] == "T"
    text = written("csv", {"t": pyarrow.array([zoned])}).decode().split("\n")[1]
    assert datetime.datetime.fromisoformat(text) == zoned


@pytest.mark.usefixtures("polars_or_not")
def test_one_column_that_is_empty_is_no_empty_line() -> None:
    assert written("csv", {"a": ["", "x"]}) == b'a\n""\nx\n'


@pytest.mark.usefixtures("polars_or_not")
def test_no_rows() -> None:
    names = ["x", "a,b"]
    assert written("csv", names=names) == b'x,"a,b"\n'
    assert written("tsv", names=names) == b"x\ta,b\n"
    assert written("ndjson", names=names) == b""
    assert json.loads(written("json", names=names)) == []
    none = {"x": np.array([]), "a,b": []}
    assert json.loads(written("json", none, none, numeric=["x"])) == []
    assert written("csv", none, none, numeric=["x"]) == b'x,"a,b"\n'


def test_compressed() -> None:
    parts = [{"x": np.arange(1e4)}] * 3
    plain = written("csv", *parts, numeric=["x"])
    packed = written("csv", *parts, numeric=["x"], compression="gz")
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain)
    packed = written("csv", *parts, numeric=["x"], compression="zst")
    assert zstandard.ZstdDecompressor().stream_reader(packed).read() == plain


def test_zstandard_by_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    packed = written("json", {"x": ["a"]}, compression="zst")
    monkeypatch.undo()
    assert json.loads(zstandard.ZstdDecompressor().stream_reader(packed).read()) == [{"x": "a"}]


@pytest.mark.parametrize("compression", ["", "gz", "zst"])
@pytest.mark.parametrize("format", ["csv", "json", "parquet", "arrow", "npy", "npz"])
def test_a_full_disk_is_an_oserror(format: str, compression: str) -> None:
    if compression and format not in ("csv", "json"):
        return
    stream = open("/dev/full", "r+b" if format == "npy" else "wb", buffering=0)  # noqa: SIM115
    with stream, pytest.raises(OSError, match="space"):
        written(format, {"x": np.arange(3.0)}, numeric=["x"], compression=compression, out=stream)
