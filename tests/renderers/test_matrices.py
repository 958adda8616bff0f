"""Quantities of different shapes in the table."""

import math

from autodiffcli.arrays import Array, make
from autodiffcli.renderers import Style
from autodiffcli.result import Flag
from tests.renderers.samples import boxed, page, piped, result

STYLE = Style()


JACOBIAN = result(
    {"x": make([1.0, 2.0])},
    make([1.0, 4.0]),
    [
        ("x", make([2.0, 0.0, 0.0, math.nan], (2, 2))),
        ("x,x", make([2.0] + [0.0] * 6 + [2.0], (2, 2, 2))),
    ],
    [Flag((1, 1), ("x",), "kink", -1.0, 1.0)],
    reduction="none",
)
PRODUCT = result(
    {"A": make([1.0, 2.0, 3.0, 4.0], (2, 2)), "x": make([5.0, 6.0])},
    make([17.0, 39.0]),
    [("A", make([5.0, 6.0, 5.0, 6.0], (2, 2))), ("x", make([4.0, 6.0]))],
)


def test_a_jacobian_is_a_matrix_and_higher_orders_are_lists():
    assert boxed(JACOBIAN) == page("""
        ╭───┬───╮
        │ x │ y │
        ├───┼───┤
        │ 1 │ 1 │
        │ 2 │ 4 │
        ╰───┴───╯

        dy/dx
        ╭──────┬──────┬──────────╮
        │      │ x[0] │ x[1]     │
        ├──────┼──────┼──────────┤
        │ y[0] │    2 │    0     │
        │ y[1] │    0 │ none [1] │
        ╰──────┴──────┴──────────╯

        d²y/dx², 2×2×2: 2 of 8 entries, the others are 0
          [0,0,0]  2
          [1,1,1]  2

        [1] dy/dx at [1,1]: kink, left -1, right 1
        """)


def test_a_jacobian_in_a_pipe():
    assert piped(JACOBIAN, unicode=False) == page("""
        x  y
        1  1
        2  4

        dy/dx
              x[0]  x[1]
        y[0]     2     0
        y[1]     0  none [1]

        d2y/dx2, 2x2x2: 2 of 8 entries, the others are 0
          [0,0,0]  2
          [1,1,1]  2

        [1] dy/dx at [1,1]: kink, left -1, right 1
        """)


def test_mixed_shapes_stand_under_their_own_headings():
    assert boxed(PRODUCT) == page("""
        A
          1  2
          3  4

        x
          5  6

        y
          17  39

        ∂y/∂A
          5  6
          5  6

        ∂y/∂x
          4  6
        """)


def test_a_single_number_among_mixed_shapes_is_an_equation():
    form = result(
        {"A": make([1.0, 2.0], (1, 2)), "x": make([5.0, 6.0])},
        make([17.0], ()),
        [("x", make([1.0, 2.0]))],
    )
    assert "\ny = 17\n" in piped(form)


def test_a_vector_that_is_too_wide_is_a_list_of_its_entries():
    long = make([0.0] + [float(number) for number in range(1, 30)])
    form = result({"A": make([1.0, 2.0], (1, 2)), "x": long}, make([17.0]))
    text = boxed(form, width=50)
    assert "\nx, 30: 29 of 30 entries, the others are 0\n  [1]    1\n  [2]    2\n" in text
    assert "\n  [29]  29\n" in text
    assert "\nx\n  0  1  2  3  4" in piped(form)


def test_a_tensor_of_zeros_is_one_line():
    zeros = make([0.0] * 8, (2, 2, 2))
    outcome = result({"x": make([1.0, 2.0])}, make([1.0, 2.0]), [("x,x", zeros)])
    assert piped(outcome).endswith("\n\nd²y/dx², 2×2×2: all 8 entries are 0\n")


def test_long_lists_of_entries_and_wide_jacobians_are_shortened_too():
    count = 30
    eye = make([float(row == column) for row in range(count) for column in range(count)])
    numbers = make([float(number) for number in range(count)])
    outcome = result(
        {"x": numbers},
        numbers,
        [
            ("x", Array((count, count), eye.real)),
            ("x,x", make([1.0] * 27, (3, 3, 3))),
        ],
        reduction="none",
    )
    text = boxed(outcome, width=60, style=Style(rows=4))
    jacobian = page("""
        dy/dx
        ╭───────┬──────┬──────┬───┬───────┬───────╮
        │       │ x[0] │ x[1] │ … │ x[28] │ x[29] │
        ├───────┼──────┼──────┼───┼───────┼───────┤
        │ y[0]  │    1 │    0 │ … │     0 │     0 │
        │ y[1]  │    0 │    1 │ … │     0 │     0 │
        │ ⋮     │    ⋮ │    ⋮ │ ⋮ │     ⋮ │     ⋮ │
        │ y[28] │    0 │    0 │ … │     1 │     0 │
        │ y[29] │    0 │    0 │ … │     0 │     1 │
        ╰───────┴──────┴──────┴───┴───────┴───────╯
        30 rows and 30 columns, 4 and 4 shown; --rows N or a machine
            format (--format csv) shows more
        """)
    assert jacobian in text
    assert "\n  [0,0,1]  1\n  ⋮        ⋮\n  [2,2,1]  1\n" in text
    assert "\n27 entries, 4 shown; --rows N or a machine format" in text


def test_a_zero_with_a_footnote_is_listed():
    zeros = make([0.0] * 8, (2, 2, 2))
    flags = [Flag((0, 1, 0), ("x", "x"), "kink", 0.0, 0.0)]
    outcome = result({"x": make([1.0, 2.0])}, make([1.0, 2.0]), [("x,x", zeros)], flags)
    assert piped(outcome).endswith(
        "d²y/dx², 2×2×2: 1 of 8 entries, the others are 0\n"
        "  [0,1,0]  0 [1]\n"
        "\n"
        "[1] d²y/dx² at [0,1,0]: kink, left 0, right 0\n"
    )


def test_a_jacobian_that_is_too_wide_is_a_list_of_its_entries():
    assert boxed(JACOBIAN, width=15) == page("""
        ╭───┬───╮
        │ x │ y │
        ├───┼───┤
        │ 1 │ 1 │
        │ 2 │ 4 │
        ╰───┴───╯

        dy/dx, 2×2: 2
            of 4
            entries,
            the others
            are 0
          [0,0]     2
          [1,1]  none [1]

        d²y/dx²,
            2×2×2: 2
            of 8
            entries,
            the others
            are 0
          [0,0,0]  2
          [1,1,1]  2

        [1] dy/dx at
            [1,1]:
            kink,
            left -1,
            right 1
        """)
