"""A result as rows: which columns, which rows, which flags."""

import math

import pytest

from autodiffcli.arrays import make, unravel
from autodiffcli.renderers.rows import BLOCK, blocks, flagged, flat, free, headings, row_shape
from autodiffcli.result import Flag
from tests.renderers.samples import result


def listed(outcome):
    """All rows, each a tuple of texts, as %g writes the numbers."""

    def numbers(quantity, rows):
        return [f"{number:g}" for number in quantity.values.real[rows]]

    found = blocks(outcome, numbers, repr)
    return [row for block in found for row in zip(*block.columns, strict=True)]


PAIR = make([1.0, 2.0])
SQUARE = make([1.0, 2.0, 3.0, 4.0], (2, 2))


def test_points_value_and_derivatives_of_one_shape_stand_side_by_side():
    outcome = result({"x": PAIR}, make([1.0, 4.0]), [("x", make([2.0, 4.0]))])
    assert headings(outcome) == ["x", "y", "dy/dx"]
    assert listed(outcome) == [("1", "1", "2"), ("2", "4", "4")]


def test_two_axes_have_index_columns():
    outcome = result({"a": SQUARE, "t": SQUARE}, SQUARE, [("a,t", SQUARE)])
    assert headings(outcome) == ["index_0", "index_1", "a", "t", "y", "d2y/da dt"]
    assert headings(outcome, unicode=True)[-1] == "∂²y/∂a∂t"
    assert listed(outcome) == [
        ("0", "0", "1", "1", "1", "1"),
        ("0", "1", "2", "2", "2", "2"),
        ("1", "0", "3", "3", "3", "3"),
        ("1", "1", "4", "4", "4", "4"),
    ]


def test_a_single_point_is_one_row():
    one = make([3.0], ())
    outcome = result({"x": one}, make([9.0], ()), [("x", make([6.0], ()))])
    assert listed(outcome) == [("3", "9", "6")]


def test_an_expression_without_variables_is_one_row():
    assert listed(result({}, make([5.0], ()))) == [("5",)]


def test_a_value_with_one_number_is_repeated():
    outcome = result({"x": PAIR}, make([5.0], ()), [("x", make([2.0, 4.0]))])
    assert headings(outcome) == ["x", "y", "dy/dx"]
    assert listed(outcome) == [("1", "5", "2"), ("2", "5", "4")]


def test_mixed_shapes_are_listed_in_long_form():
    outcome = result({"A": SQUARE, "x": PAIR}, make([5.0, 11.0]), [("x", make([4.0, 6.0]))])
    assert row_shape(outcome) is None
    assert headings(outcome) == ["quantity", "index", "value"]
    assert listed(outcome) == [
        ("'A'", "'0,0'", "1"),
        ("'A'", "'0,1'", "2"),
        ("'A'", "'1,0'", "3"),
        ("'A'", "'1,1'", "4"),
        ("'x'", "'0'", "1"),
        ("'x'", "'1'", "2"),
        ("'y'", "'0'", "5"),
        ("'y'", "'1'", "11"),
        ("'dy/dx'", "'0'", "4"),
        ("'dy/dx'", "'1'", "6"),
    ]


def test_in_long_form_a_single_number_has_no_index():
    outcome = result({"A": SQUARE, "x": PAIR}, make([5.0], ()))
    assert ("'y'", "''", "5") in listed(outcome)


def test_a_jacobian_needs_the_long_form():
    outcome = result({"x": PAIR}, PAIR, [("x", SQUARE)], reduction="none")
    assert row_shape(outcome) is None


def test_rows_come_in_blocks_without_a_seam():
    count = 2 * BLOCK + 1
    numbers = make([float(row) for row in range(count)])
    rows = listed(result({"x": numbers}, numbers))
    assert rows == [(f"{row:g}", f"{row:g}") for row in range(count)]


def test_no_points_are_no_rows():
    assert listed(result({"x": make([])}, make([]))) == []


def test_statuses_are_those_of_the_row_by_column_and_each_once():
    flags = [
        Flag((1,), ("x", "x"), "kink"),
        Flag((1,), ("x",), "jump"),
        Flag((1,), (), "jump"),
    ]
    outcome = result({"x": PAIR}, PAIR, [("x", PAIR), ("x,x", PAIR)], flags)
    assert flagged(outcome).statuses(range(2)) == ["exact", "jump+kink"]
    assert flagged(outcome).at(1) == (flags[2], flags[1], flags[0])


def test_a_flag_of_a_repeated_value_is_on_every_row():
    flags = [Flag((1,), ("x",), "kink"), Flag((), (), "overflow")]
    outcome = result({"x": PAIR}, make([5.0], ()), [("x", PAIR)], flags)
    assert flagged(outcome).statuses(range(2)) == ["overflow", "overflow+kink"]


def test_flags_find_their_rows_in_long_form():
    flags = [Flag((1, 0), ("x",), "kink"), Flag((1,), (), "pole")]
    outcome = result({"x": PAIR}, PAIR, [("x", SQUARE)], flags, reduction="none")
    statuses = flagged(outcome).statuses(range(8))
    assert statuses == ["exact"] * 3 + ["pole", "exact", "exact", "kink", "exact"]


@pytest.mark.parametrize("shape", [(), (5,), (2, 3), (2, 1, 4)])
def test_flat_undoes_unravel(shape):
    rows = range(math.prod(shape))
    assert [flat(unravel(row, shape), shape) for row in rows] == list(rows)


def test_a_column_of_ours_gives_way_to_a_variable():
    assert free("status", ["x", "y"]) == "status"
    assert free("status", ["status", "status_"]) == "status__"
    outcome = result({"index_0": SQUARE}, SQUARE)
    assert headings(outcome) == ["index_0_", "index_1", "index_0", "y"]
