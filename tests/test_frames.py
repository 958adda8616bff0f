"""Cells as numbers, whatever library holds them."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any

import numpy as np
import polars
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiffcli.frames import cell_text, filtered, is_text, numbers_of

TEXTS = ["1.5", " 2 ", "", "x", "1_000", "0x10", "nan", "-inf", "٣", "1e400", "Infinity", "+.5"]
BAD = [2, 3, 4, 5, 8]
NUMBERS = [1.5, 2.0, *[math.nan] * 5, -math.inf, math.nan, math.inf, math.inf, 0.5]


def in_each_library(texts: list[str | None]) -> list[Any]:
    return [
        texts,
        polars.Series(texts, dtype=polars.String),
        pyarrow.array(texts, pyarrow.string()),
        pyarrow.chunked_array([texts[:1], texts[1:]], pyarrow.string()),
    ]


@pytest.mark.parametrize("column", [*in_each_library(TEXTS), np.array(TEXTS)])
def test_texts_are_numbers_by_their_whole(column: Any) -> None:
    numbers, bad = numbers_of(column)
    assert bad.tolist() == BAD
    np.testing.assert_array_equal(numbers, NUMBERS)
    assert is_text(column)


@pytest.mark.parametrize("column", in_each_library(["1", None]))
def test_what_is_missing_is_no_number(column: Any) -> None:
    assert numbers_of(column)[1].tolist() == [1]
    assert cell_text(column, 0) == "1"
    assert cell_text(column, 1) == ""


@given(st.lists(st.floats() | st.integers(-(2**70), 2**70)))
def test_every_library_reads_what_python_writes(cells: list[float]) -> None:
    for column in in_each_library([repr(cell) for cell in cells])[:3]:
        numbers, bad = numbers_of(column)
        assert not len(bad)
        np.testing.assert_array_equal(numbers, [float(cell) for cell in cells])


@pytest.mark.parametrize(
    ("column", "expected", "bad"),
    [
        (np.array([1, 2], np.int8), [1, 2], []),
        (np.array([2**53 + 1]), [2**53], []),
        (np.array([0.1], np.float32), [float(np.float32(0.1))], []),
        (np.array([True]), [math.nan], [0]),
        (np.array([1j]), [math.nan], [0]),
        (np.array([b"1"]), [math.nan], [0]),
        (np.array([1, None, "2"], object), [1, math.nan, 2], [1]),
        (np.array(["2020"], "M8[s]"), [math.nan], [0]),
        (pyarrow.array([1, None]), [1, math.nan], [1]),
        (pyarrow.chunked_array([[1.5], [None, math.nan]]), [1.5, math.nan, math.nan], [1]),
        (pyarrow.array([Decimal("1.5"), None]), [1.5, math.nan], [1]),
        (pyarrow.array([2**63 + 1], pyarrow.uint64()), [2**63], []),
        (pyarrow.array(["2", "x"]).dictionary_encode(), [2, math.nan], [1]),
        (pyarrow.array([True]), [math.nan], [0]),
        (pyarrow.array([None]), [math.nan], [0]),
        (pyarrow.array([[1]]), [math.nan], [0]),
        (pyarrow.array([datetime.date(2020, 1, 1)]), [math.nan], [0]),
        (polars.Series([1, None]), [1, math.nan], [1]),
        (polars.Series([1.5, math.nan]), [1.5, math.nan], []),
        (polars.Series(["2", "x"], dtype=polars.Categorical), [2, math.nan], [1]),
        (polars.Series([True]), [math.nan], [0]),
        (polars.Series([datetime.date(2020, 1, 1)]), [math.nan], [0]),
        (polars.Series([[1]]), [math.nan], [0]),
        ([1, 2.5, True, None, [1], 10**400, -(10**400)], None, [2, 3, 4]),
    ],
)
def test_kinds_of_columns(column: Any, expected: list[float] | None, bad: list[int]) -> None:
    numbers, found = numbers_of(column)
    assert found.tolist() == bad
    assert numbers.dtype == np.float64
    assert found.dtype == np.int64
    assert numbers.flags.writeable, "who asks may fill in what is bad"
    if expected is not None:
        np.testing.assert_array_equal(numbers, expected)


def test_an_integer_beyond_all_doubles_is_infinite() -> None:
    assert numbers_of([10**400, -(10**400)])[0].tolist() == [math.inf, -math.inf]


def test_numbers_are_no_view_of_the_column() -> None:
    for column in (np.array([1.0]), pyarrow.array([1.0]), polars.Series([1.0])):
        numbers_of(column)[0][0] = 5
        assert column[0] == (pyarrow.scalar(1.0) if "pyarrow" in str(type(column)) else 1.0)


@pytest.mark.parametrize("column", [*in_each_library(["a", None, "c"]), np.array(["a", "b", "c"])])
def test_filtered(column: Any) -> None:
    kept = filtered(column, np.array([True, False, True]))
    assert [cell_text(kept, row) for row in range(len(kept))] == ["a", "c"]
