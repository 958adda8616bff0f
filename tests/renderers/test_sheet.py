"""Quantities of one shape in the table: matrices, long tables."""

import math

from autodiffcli.arrays import make
from autodiffcli.renderers import Style
from autodiffcli.result import Flag
from tests.renderers.samples import boxed, page, piped, result

STYLE = Style()


MATRICES = result(
    {"a": make([1.0] * 4, (2, 2)), "t": make([1.0, 2.0, -3.0, 4.5], (2, 2))},
    make([2.0, 3.0, -2.0, 5.5], (2, 2)),
    [("a", make([2.0] * 4, (2, 2))), ("t", make([math.nan, 1.0, 1.0, 1.0], (2, 2)))],
    [Flag((0, 0), ("t",), "pole")],
)


def test_small_matrices_are_seen_as_matrices():
    assert boxed(MATRICES) == page("""
        ╭──────┬─────────┬─────────┬───────┬─────────────╮
        │    a │       t │       y │ ∂y/∂a │       ∂y/∂t │
        ├──────┼─────────┼─────────┼───────┼─────────────┤
        │ 1  1 │  1    2 │  2    3 │  2  2 │ none [1]  1 │
        │ 1  1 │ -3  4.5 │ -2  5.5 │  2  2 │    1      1 │
        ╰──────┴─────────┴─────────┴───────┴─────────────╯
        [1] ∂y/∂t at a = 1, t = 1: pole
        """)


def test_matrices_that_are_too_wide_have_index_columns():
    thirds = make([number / 3 for number in range(1, 9)], (1, 8))
    outcome = result({"a": thirds}, make([0.0] * 8, (1, 8)))
    assert boxed(outcome, width=100).splitlines()[1].startswith("│                   ")
    assert boxed(outcome, width=60).splitlines()[:5] == [
        "╭─────────┬─────────┬──────────┬───╮",
        "│ index_0 │ index_1 │        a │ y │",
        "├─────────┼─────────┼──────────┼───┤",
        "│       0 │       0 │ 0.333333 │ 0 │",
        "│       0 │       1 │ 0.666667 │ 0 │",
    ]


def test_matrices_of_more_than_eight_columns_have_index_columns():
    nine = make([float(number) for number in range(9)], (1, 9))
    assert piped(result({"a": nine}, nine)).splitlines()[:3] == [
        "index_0  index_1  a  y",
        "      0        0  0  0",
        "      0        1  1  1",
    ]


def test_long_tables_show_their_first_and_last_rows():
    numbers = make([float(number) for number in range(1000)])
    outcome = result({"x": numbers}, numbers)
    assert boxed(outcome, style=Style(rows=5)) == page("""
        ╭─────┬─────╮
        │   x │   y │
        ├─────┼─────┤
        │   0 │   0 │
        │   1 │   1 │
        │   2 │   2 │
        │   ⋮ │   ⋮ │
        │ 998 │ 998 │
        │ 999 │ 999 │
        ╰─────┴─────╯
        1,000 rows, 5 shown; --rows N or a machine format (--format csv) shows more
        """)
    assert boxed(outcome, style=Style(rows=2), unicode=False).splitlines()[3:6] == [
        "|   0 |   0 |",
        "| ... | ... |",
        "| 999 | 999 |",
    ]


def test_a_table_of_just_as_many_rows_is_shown_whole():
    numbers = make([1.0, 2.0, 3.0])
    assert piped(result({"x": numbers}, numbers), Style(rows=3)) == "x  y\n1  1\n2  2\n3  3\n"


def test_three_dots_do_not_shift_narrow_columns():
    numbers = make([1.0, 2.0, 3.0, 4.0])
    text = piped(result({"x": numbers}, numbers), Style(rows=2), unicode=False)
    assert text.splitlines()[:4] == ["  x    y", "  1    1", "...  ...", "  4    4"]
