"""Tables that are wider than the terminal."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiffcli.arrays import make
from autodiffcli.renderers import Style
from autodiffcli.renderers.printable import width as cells
from autodiffcli.result import Flag
from tests.renderers.samples import boxed, page, piped, result

STYLE = Style()


NARROW = result(
    {"x": make([0.123456789, -3.0]), "t": make([1.0, 2.0])},
    make([1 / 3, 2e30]),
    [("x", make([1 / 7, -3.12345678e-9])), ("t", make([2.0, 3.0])), ("x,t", make([0.0, 0.0]))],
)


def test_a_table_that_is_too_wide_is_stacked():
    assert boxed(NARROW, width=44) == page("""
        ╭──────────┬───┬──────────┬──────────────╮
        │        x │ t │        y │        ∂y/∂x │
        ├──────────┼───┼──────────┼──────────────┤
        │ 0.123457 │ 1 │ 0.333333 │     0.142857 │
        │       -3 │ 2 │    2e+30 │ -3.12346e-09 │
        ╰──────────┴───┴──────────┴──────────────╯
        ╭──────────┬───┬───────┬──────────╮
        │        x │ t │ ∂y/∂t │ ∂²y/∂x∂t │
        ├──────────┼───┼───────┼──────────┤
        │ 0.123457 │ 1 │     2 │        0 │
        │       -3 │ 2 │     3 │        0 │
        ╰──────────┴───┴───────┴──────────╯
        """)


def test_a_table_that_just_fits_is_not_split():
    assert boxed(NARROW, width=42) == boxed(NARROW, width=44)
    assert boxed(NARROW, width=41).count("╭") == 3
    assert boxed(NARROW, width=61).count("╭") == 1
    assert boxed(NARROW, width=60).count("╭") == 2
    assert piped(NARROW, width=28) == piped(NARROW, width=30)


def test_a_stacked_table_without_boxes():
    assert piped(NARROW, width=30) == page("""
               x  t         y
        0.123457  1  0.333333
              -3  2     2e+30

               x  t         ∂y/∂x
        0.123457  1      0.142857
              -3  2  -3.12346e-09

               x  t  ∂y/∂t  ∂²y/∂x∂t
        0.123457  1      2         0
              -3  2      3         0
        """)


def test_where_not_even_one_derivative_fits_every_number_has_a_line():
    assert boxed(NARROW, width=28) == page("""
               x = 0.123457
               t = 1
               y = 0.333333
           ∂y/∂x = 0.142857
           ∂y/∂t = 2
        ∂²y/∂x∂t = 0

               x = -3
               t = 2
               y = 2e+30
           ∂y/∂x = -3.12346e-09
           ∂y/∂t = 3
        ∂²y/∂x∂t = 0
        """)


def test_lines_of_a_long_table_leave_out_its_middle():
    numbers = make([123456.0, 2.0, 3.0])
    assert boxed(result({"x": numbers}, numbers), width=12, style=Style(rows=2)) == page("""
        x = 123456
        y = 123456

          ⋮

        x = 3
        y = 3

        3 rows, 2
            shown;
            --rows N
            or a
            machine
            format
            (--format
            csv)
            shows
            more
        """)


def test_a_pipe_is_never_cut():
    assert len(piped(NARROW).splitlines()) == 3


NUMBERS = st.floats() | st.sampled_from([0.0, 1.0, -2.5])


@st.composite
def results(draw):
    """Elementwise results of up to three variables with flags anywhere."""
    shape = draw(st.sampled_from([(1,), (4,), (2, 2), (3, 8), (2, 1, 2)]))
    count = math.prod(shape)

    def column():
        return make(draw(st.lists(NUMBERS, min_size=count, max_size=count)), shape)

    names = draw(st.lists(st.sampled_from(["x", "beta", "数学"]), min_size=1, unique=True))
    orders = draw(st.lists(st.sampled_from(names), max_size=3))
    wrts = list(dict.fromkeys(",".join(orders[: end + 1]) for end in range(len(orders))))
    derivatives = [(wrt, column()) for wrt in wrts]
    flags = [
        Flag(column_index, tuple(wrt.split(",")), draw(st.sampled_from(["kink", "pole"])))
        for wrt in wrts
        for column_index in [tuple(draw(st.integers(0, size - 1)) for size in shape)]
    ]
    return result({name: column() for name in names}, column(), derivatives, flags)


@settings(deadline=None)
@given(results(), st.integers(40, 130), st.booleans(), st.booleans())
def test_a_table_is_never_wider_than_the_terminal(outcome, width, boxes, unicode):
    text = piped(outcome, boxes=boxes, width=width, unicode=unicode)
    assert max(map(cells, text.splitlines())) <= width


@settings(deadline=None)
@given(results(), st.integers(40, 130), st.booleans())
def test_no_number_is_lost_nor_cut(outcome, width, boxes):
    words = re.split(r"[\s│]+", piped(outcome, boxes=boxes, width=width))
    for values in (outcome.value, *(column.values for column in outcome.derivatives)):
        for number in values.real:
            assert (f"{number + 0.0:.6g}" if math.isfinite(number) else "none") in words


@pytest.mark.parametrize("width", [1, 10, 40])
def test_the_narrowest_terminal_still_gets_every_number_in_one_piece(width):
    text = boxed(NARROW, width=width)
    assert "-3.12346e-09" in text
    assert "0.123457" in text
