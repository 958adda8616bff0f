"""CSV and TSV: what RFC 4180 says, and what becomes of rows that do not."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiffcli.frames import numbers_of
from autodiffcli.readers import decode, open_reader, pieces
from tests.readers.reading import complaint, parts_of, read, rows_of

WITHOUT = pytest.mark.parametrize("polars", [True, False], ids=["polars", "csv"])
CELL = st.text(st.sampled_from('a1 ,"\n\r\té😀'), max_size=5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "f.csv"


def hide(monkeypatch: pytest.MonkeyPatch, *, shown: bool) -> None:
    if not shown:
        monkeypatch.setitem(sys.modules, "polars", None)


@WITHOUT
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"x,y\n1,2\n3,4\n", {"x": ["1", "3"], "y": ["2", "4"]}),
        (b"x,y\r\n1,2\r\n3,4", {"x": ["1", "3"], "y": ["2", "4"]}),
        (b"\xef\xbb\xbfx\n1\n", {"x": ["1"]}),
        (b"\n\nx\n1\n\n2\n\n\n", {"x": ["1", "", "2"]}),
        (b' x , "y" \n 1 , 2\n', {"x": [" 1 "], "y": [" 2"]}),
        (b'x,y\n"a\nb","q""t"\n"1.5",\n', {"x": ["a\nb", "1.5"], "y": ['q"t', ""]}),
        (b'x,y\n5" pipe,6\n7,8\n', {"x": ['5" pipe', "7"], "y": ["6", "8"]}),
        (b'x,y\n""a"",\n"b"c,"d" \n', {"x": ['a""', "bc"], "y": ["", "d "]}),
        (b"x,y\n,\n1,\n", {"x": ["", "1"], "y": ["", ""]}),
        (b"1.5,nan\n3,inf\n", {"column_1": ["1.5", "3"], "column_2": ["nan", "inf"]}),
        (b"1,,3\n", {"column_1": ["1"], "column_2": [""], "column_3": ["3"]}),
        (b"x,y\n", {"x": [], "y": []}),
        (b",x\n0,1\n", {"": ["0"], "x": ["1"]}),
    ],
)
def test_cells(
    path: Path,
    data: bytes,
    expected: dict[str, list[str]],
    polars: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hide(monkeypatch, shown=polars)
    assert read(path, data) == (expected, {})


@WITHOUT
def test_rows_with_too_few_and_too_many_cells(
    path: Path, polars: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, shown=polars)
    columns, faults = read(path, b'x,y\n1\n2,3,4\n\n5,6\n"7"\n')
    assert faults == {
        0: "has 1 cell, and the header 2",
        1: "has 3 cells, and the header 2",
        2: "is empty",
        4: "has 1 cell, and the header 2",
    }
    assert columns == {"x": ["1", "2", "", "5", "7"], "y": ["", "3", "", "6", ""]}


@WITHOUT
def test_a_quote_that_is_not_closed(
    path: Path, polars: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, shown=polars)
    assert read(path, b'x,y\n1,2\n3,"4\n5,6\n')[1] == {1: "has a quote that is not closed"}


def test_tabs(tmp_path: Path) -> None:
    expected = ({"x": ["1"], "y": ["a,b"]}, {})
    assert read(tmp_path / "f.tsv", b"x\ty\n1\ta,b\n") == expected
    assert read(tmp_path / "f.data", b"x\ty\n1\ta,b\n") == expected


def test_wanted_columns_only(path: Path) -> None:
    data = b"x,y,z\n1,2,3\n"
    assert read(path, data, wanted=["z", "x"])[0] == {"x": ["1"], "z": ["3"]}
    assert read(path, data.replace(b"2", b'"2"'), wanted=["y"])[0] == {"y": ["2"]}


def test_numbers_of_a_part(path: Path) -> None:
    path.write_bytes(b"x\n1.5\n 2 \n\nx\n")
    (part,) = parts_of(path)
    numbers, bad = numbers_of(decode(part).columns["x"])
    assert numbers[:2].tolist() == [1.5, 2.0]
    assert bad.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\n\r\n", "is empty"),
        (b"x,x\n1,2\n", "two columns of '{}' are named 'x'"),
        ("x,y\n1,2\n".encode("utf-16"), "is UTF-16 text"),
        (b"x,\xff\n1,2\n", "row 1 cannot be read"),
    ],
)
def test_what_is_no_table(path: Path, data: bytes, message: str) -> None:
    found = complaint(path, data)
    assert message.format(path) in found.message
    assert (found.origin, found.source) == ("--data ", str(path))


@WITHOUT
def test_bytes_that_are_no_text(path: Path, polars: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, shown=polars)
    found = complaint(path, b"x,y\n1,2\n3,\xff\n")
    assert found.message == f"row 2 of '{path}' is no UTF-8 text"


def test_a_record_that_does_not_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 10)
    monkeypatch.setattr(pieces, "LONGEST", 1 << 20)
    found = complaint(path, b'x\n"' + b"1\n" * (1 << 20))
    assert "longer than 1 MB" in found.message


@given(
    st.integers(1, 3).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n))),
    st.sampled_from(["\n", "\r\n"]),
)
def test_cells_are_those_of_the_csv_module(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], end: str
) -> None:
    width = len(rows[0]) if rows else 1
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([[f"name{place}" for place in range(width)], *rows])
    path = tmp_path_factory.getbasetemp() / "f.csv"
    columns, faults = read(path, text.getvalue().encode())
    assert [list(row) for row in zip(*columns.values(), strict=True)] == rows
    assert not faults


TEXT = 'x,yé\r\n1,"a\nb"\n\n22,5" pipe\n"3","""4"""\n5\n,"7,\r\n"\r\n6,8\n\n\n'.encode()


@WITHOUT
def test_the_cut_is_nowhere_to_be_seen(
    path: Path, polars: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, shown=polars)
    whole = read(path, TEXT)
    assert whole[0]["x"] == ["1", "", "22", "3", "5", "", "6"]
    assert whole[0]["yé"] == ["a\nb", "", '5" pipe', '"4"', "", "7,\r\n", "8"]
    assert list(whole[1]) == [1, 4]
    for size in range(1, len(TEXT) + 2):
        monkeypatch.setattr(pieces, "FIRST", size)
        monkeypatch.setattr(pieces, "PIECE", size)
        assert read(path, TEXT) == whole, size


@given(st.text(st.sampled_from('a,"\n\r'), max_size=30), st.integers(1, 8))
def test_any_text_is_cut_anywhere(
    tmp_path_factory: pytest.TempPathFactory, text: str, size: int
) -> None:
    """Parts follow each other without a gap; together they are what one part would be."""
    path = tmp_path_factory.getbasetemp() / "f.csv"
    data = b"x,y\n1,2\n" + text.encode() + b"\n3,4\n"
    with pytest.MonkeyPatch.context() as patch:
        whole = read(path, data)
        patch.setattr(pieces, "FIRST", size)
        patch.setattr(pieces, "PIECE", size)
        assert read(path, data) == whole
        first = 0
        for part in parts_of(path):
            assert part.first == first
            first += decode(part).rows


@given(st.text(st.sampled_from('a,"\n\r'), max_size=30))
def test_polars_reads_as_the_careful_way_does(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "f.csv"
    data = b"x,y\n1,2\n" + text.encode() + b"\n3,4\n"
    with pytest.MonkeyPatch.context() as patch:
        quick = read(path, data)
        patch.setitem(sys.modules, "polars", None)
        careful = read(path, data)
    assert quick == careful


def test_parts_can_be_asked_for_again(path: Path) -> None:
    path.write_bytes(b"x\n1\n")
    with open_reader([str(path)]) as reader:
        assert reader.rereadable
        assert rows_of(reader) == rows_of(reader) == ({"x": ["1"]}, {})
