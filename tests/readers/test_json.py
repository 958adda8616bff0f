"""NDJSON and JSON: objects by rows, arrays by columns, numbers alone."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiffcli.frames import numbers_of
from autodiffcli.readers import decode, pieces
from tests.readers.reading import complaint, parts_of, read

CELL = st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)
CELL |= st.integers(-(2**60), 2**60) | st.text(st.sampled_from('a1 ,:"\\{}[]\n\té😀'), max_size=5)
NESTED = (
    CELL | st.lists(CELL, max_size=2) | st.dictionaries(st.sampled_from("ab"), CELL, max_size=2)
)
ROWS = st.lists(st.fixed_dictionaries({"x": NESTED, "y": CELL}), min_size=1, max_size=6)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "f.json"


@pytest.fixture(params=["polars", "json"])
def polars_or_not(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "json":
        monkeypatch.setitem(sys.modules, "polars", None)


def numbers(path: Path) -> tuple[list[float], list[int]]:
    """The first column of a file as numbers."""
    (part,) = parts_of(path)
    frame = decode(part)
    found, bad = numbers_of(next(iter(frame.columns.values())))
    return found.tolist(), bad.tolist()


@pytest.mark.usefixtures("polars_or_not")
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('{"x":1,"y":"a"}\n{"x":1.5}\n', {"x": [1.0, 1.5], "y": ["a", None]}),
        ('{"x":1}\r\n{"y":2}', {"x": [1, None], "y": [None, 2]}),
        ('{"x":null}\n{"x":null}\n\n', {"x": [None, None]}),
        ('{"x":[1,{"q":"é"}],"y":1}\n', {"x": ['[1, {"q": "é"}]'], "y": [1]}),
        ('{"x":true}\n{"x":false}\n', {"x": [True, False]}),
    ],
)
def test_lines(path: Path, data: str, expected: dict[str, list[Any]]) -> None:
    assert read(path.with_suffix(".ndjson"), data.encode()) == (expected, {})
    assert read(path.with_suffix(".data"), data.encode()) == (expected, {})
    assert read(path, data.encode()) == (expected, {}), "called JSON, and one object a line"


@pytest.mark.usefixtures("polars_or_not")
@pytest.mark.parametrize("bad", ["5", "null", "[1]", '{"x":', "", '{"x":1} {"x":2}', "x"])
def test_lines_that_are_no_objects(path: Path, bad: str) -> None:
    data = f'{{"x":1}}\n{bad}\n{{"x":2}}\n'.encode()
    columns, faults = read(path.with_suffix(".jsonl"), data)
    assert columns == {"x": [1, None, 2]}
    assert faults == {1: "is no JSON object"}


@pytest.mark.usefixtures("polars_or_not")
def test_what_is_no_number_in_a_column_of_numbers(path: Path) -> None:
    lines = ['{"x":1}', '{"x":"2.5"}', "{}", '{"x":true}', '{"x":"a"}', '{"x":NaN}', '{"x":1e999}']
    path = path.with_suffix(".ndjson")
    path.write_text("\n".join(lines))
    found, bad = numbers(path)
    assert bad == [2, 3, 4]
    assert found[:2] == [1.0, 2.5]
    assert math.isnan(found[5])
    assert math.isinf(found[6])


@pytest.mark.usefixtures("polars_or_not")
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            '[{"x":1,"y":"a,]}\\"["},\n {"x":1.5,\n "y":[1,2]}\n]\n',
            ([1.0, 1.5], ['a,]}"[', "[1, 2]"]),
        ),
        ('{\n"x":[1,2],\n"y":["a",null]}', ([1, 2], ["a", None])),
        ('{"x":[1,2.5],"y":[[1],{}]}', ([1.0, 2.5], ["[1]", "{}"])),
    ],
)
def test_documents(path: Path, data: str, expected: tuple[list[Any], list[Any]]) -> None:
    assert read(path, data.encode()) == (dict(zip("xy", expected, strict=True)), {})


@pytest.mark.parametrize("data", ["[1, 2.5,null\n,3]", " [\n1,2.5,null,3\n]\n"])
def test_numbers_alone_are_a_column_without_a_name(path: Path, data: str) -> None:
    assert read(path, data.encode()) == ({"column_1": [1.0, 2.5, None, 3.0]}, {})
    assert not any(part.headed for part in parts_of(path))


def test_an_item_that_is_no_json(path: Path) -> None:
    assert read(path, b"[1,,2 3,4]") == (
        {"column_1": [1, None, None, 4]},
        {1: "is no JSON", 2: "is no JSON"},
    )


def test_no_items(path: Path) -> None:
    assert read(path, b" [ ] ") == ({}, {})
    assert read(path, b'{"x": []}') == ({"x": []}, {})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"[1,2", "ends within its JSON array"),
        (b"[1,2] 3", "goes on after its JSON array"),
        (b'{"x":[1],"y":[1,2]}', "is neither an array of objects nor an object of equal arrays"),
        (b'{"x":[1]', "is no JSON"),
        (b"5", "is no JSON array and no JSON object"),
    ],
)
def test_what_is_no_document(path: Path, data: bytes, message: str) -> None:
    assert message in complaint(path, data).message


def test_a_first_line_that_is_no_object(path: Path) -> None:
    assert "row 1 of" in complaint(path.with_suffix(".ndjson"), b'5\n{"x":1}\n').message


@given(ROWS, st.integers(0, 2))
def test_documents_are_cut_anywhere(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], indent: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "f.json"
    text = json.dumps(rows, indent=indent or None, ensure_ascii=bool(indent))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "polars", None)
        for size in (1, 7, 1000):
            patch.setattr(pieces, "FIRST", size)
            patch.setattr(pieces, "PIECE", size)
            columns, faults = read(path, text.encode())
            assert not faults
            assert [json.loads(as_json(cell)) for cell in columns["x"]] == [
                json.loads(as_json(as_text(row["x"]))) for row in rows
            ] or len({type(row["x"]) for row in rows}) > 1


def as_text(cell: Any) -> Any:
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, (list, dict)) else cell


def as_json(cell: Any) -> str:
    return json.dumps(cell)


@given(st.lists(st.fixed_dictionaries({"x": CELL, "y": CELL}), min_size=1, max_size=5))
def test_polars_reads_the_numbers_that_json_reads(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "f.ndjson"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    with pytest.MonkeyPatch.context() as patch:
        quick = numbers(path)
        patch.setitem(sys.modules, "polars", None)
        careful = numbers(path)
    assert quick[1] == careful[1]
    assert repr(quick[0]) == repr(careful[0])


LINES = b'{"x":1,"y":"a"}\n{"x":"\\n,"}\n5\n\n{"y":[1]}\n'


def test_lines_are_cut_anywhere(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = path.with_suffix(".ndjson")
    monkeypatch.setattr(pieces, "FIRST", len(LINES))
    whole = read(path, LINES, wanted=["x", "y"])
    assert list(whole[1]) == [2, 3]
    for size in range(1, len(LINES)):
        monkeypatch.setattr(pieces, "PIECE", size)
        monkeypatch.setattr(pieces, "FIRST", size)
        found = read(path, LINES, wanted=["x", "y"])
        assert found[1] == whole[1]
        assert list(map(str, found[0]["x"])) == list(map(str, whole[0]["x"]))


def test_a_wanted_key_that_comes_late(path: Path) -> None:
    path = path.with_suffix(".ndjson")
    data = b'{"x":1}\n' * 200 + b'{"x":1,"z":2}\n'
    columns, _ = read(path, data, wanted=["z"])
    assert columns["z"][-2:] == [None, 2]
    assert {part.names for part in parts_of(path)} == {("x",)}
