"""The table for people: on a terminal and in a pipe."""

import io
import math
import re
import subprocess
import sys
import tracemalloc
from array import array

from autodiffcli.arrays import Array, make
from autodiffcli.renderers import Style, load
from autodiffcli.result import Flag
from autodiffcli.terminal import Terminal
from tests.renderers.samples import boxed, page, piped, result

STYLE = Style()


QUADRATIC = result(
    {"x": make([1.0, 2.0, 3.0, 4.0])},
    make([2.0, 5.0, 10.0, 17.0]),
    [("x", make([2.0, 4.0, 6.0, 8.0])), ("x,x", make([2.0] * 4))],
)
KINK = result(
    {"x": make([-1.0, 0.0, 1.0])},
    make([1.0, 0.0, 1.0]),
    [("x", make([-1.0, math.nan, 1.0])), ("x,x", make([0.0] * 3))],
    [
        Flag((1,), ("x",), "kink", -1.0, 1.0, "abs(x) has its kink there"),
        Flag((1,), ("x", "x"), "kink", 0.0, 0.0),
    ],
)


def test_a_quadratic_in_a_pipe():
    assert piped(QUADRATIC) == page("""
        x   y  dy/dx  d²y/dx²
        1   2      2        2
        2   5      4        2
        3  10      6        2
        4  17      8        2
        """)


def test_a_quadratic_on_a_terminal():
    assert boxed(QUADRATIC) == page("""
        ╭───┬────┬───────┬─────────╮
        │ x │  y │ dy/dx │ d²y/dx² │
        ├───┼────┼───────┼─────────┤
        │ 1 │  2 │     2 │       2 │
        │ 2 │  5 │     4 │       2 │
        │ 3 │ 10 │     6 │       2 │
        │ 4 │ 17 │     8 │       2 │
        ╰───┴────┴───────┴─────────╯
        """)


def test_a_terminal_without_unicode():
    assert boxed(QUADRATIC, unicode=False) == page("""
        +---+----+-------+---------+
        | x |  y | dy/dx | d2y/dx2 |
        +---+----+-------+---------+
        | 1 |  2 |     2 |       2 |
        | 2 |  5 |     4 |       2 |
        | 3 | 10 |     6 |       2 |
        | 4 | 17 |     8 |       2 |
        +---+----+-------+---------+
        """)


def test_a_kink_has_a_mark_and_a_footnote():
    assert boxed(KINK) == page("""
        ╭────┬───┬───────────┬─────────────╮
        │  x │ y │ dy/dx     │ d²y/dx²     │
        ├────┼───┼───────────┼─────────────┤
        │ -1 │ 1 │    -1     │       0     │
        │  0 │ 0 │  none [1] │       0 [2] │
        │  1 │ 1 │     1     │       0     │
        ╰────┴───┴───────────┴─────────────╯
        [1] dy/dx at x = 0: kink, left -1, right 1; abs(x) has its kink there
        [2] d²y/dx² at x = 0: kink, left 0, right 0
        """)


def test_a_kink_in_a_pipe():
    assert piped(KINK) == page("""
         x  y  dy/dx      d²y/dx²
        -1  1     -1            0
         0  0   none [1]        0 [2]
         1  1      1            0

        [1] dy/dx at x = 0: kink, left -1, right 1; abs(x) has its kink there
        [2] d²y/dx² at x = 0: kink, left 0, right 0
        """)


def test_long_lines_below_a_table_are_broken_between_words():
    assert boxed(KINK, width=40).splitlines()[-4:] == [
        "[1] dy/dx at x = 0: kink, left -1,",
        "    right 1; abs(x) has its kink there",
        "[2] d²y/dx² at x = 0: kink, left 0,",
        "    right 0",
    ]


def test_a_number_that_is_not_finite_is_none_without_a_flag_too():
    assert piped(result({}, make([math.inf]))) == "   y\nnone\n"


def test_a_reduction_stands_above_unless_it_is_the_sum():
    points = {"x": make([1.0, 2.0])}
    mean = result(points, make([2.0, 5.0]), reduction="mean", reduced=3.5)
    assert piped(mean) == "mean of y = 3.5\n\nx  y\n1  2\n2  5\n"
    assert boxed(mean).startswith("mean of y = 3.5\n╭───┬───╮\n")
    least = result(points, make([2.0, math.nan]), reduction="min")
    assert piped(least).startswith("min of y = none\n")
    total = result(points, make([2.0, 5.0]), reduced=7.0)
    assert piped(total).startswith("x  y\n")


def test_a_single_value_stands_above_the_points():
    dot = result({"x": make([1.0, 3.0])}, make([10.0], ()), [("x", make([2.0, 6.0]))])
    assert piped(dot) == "y = 10\n\nx  dy/dx\n1      2\n3      6\n"
    assert boxed(dot) == page("""
        y = 10
        ╭───┬───────╮
        │ x │ dy/dx │
        ├───┼───────┤
        │ 1 │     2 │
        │ 3 │     6 │
        ╰───┴───────╯
        """)


def test_a_single_value_keeps_its_mark():
    flags = [Flag((), (), "overflow")]
    assert piped(result({"x": make([1.0, 3.0])}, make([math.inf], ()), flags=flags)) == page("""
        y = none [1]

        x
        1
        3

        [1] y: overflow
        """)


def test_complex_numbers():
    outcome = result({"z": make([1 + 2j, 0j])}, make([-3 + 4j, 0.5j]))
    assert piped(outcome) == "   z       y\n1+2i   -3+4i\n0+0i  0+0.5i\n"


def test_no_points_leave_the_headings():
    assert piped(result({"x": make([])}, make([]))) == "x  y\n"


def test_colour_is_bold_for_headings_and_yellow_for_marks():
    text = boxed(KINK, colour=True)
    assert "\x1b[1mdy/dx" in text
    assert "\x1b[33mnone\x1b[0m \x1b[33m[1]\x1b[0m" in text
    assert re.sub("\x1b\\[[0-9;]*m", "", text) == boxed(KINK)
    assert "\x1b" not in boxed(KINK)


def test_a_variable_cannot_be_markup_nor_an_emoji():
    one = make([1.0])
    assert "│ λ │" in boxed(result({"λ": one}, one))
    flag = Flag((0,), (), "kink", reason="[bold]x[/] :smile:")
    assert "kink; [bold]x[/] :smile:\n" in boxed(result({}, one, flags=[flag]))


def test_a_stream_that_cannot_write_greek_gets_an_escape():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    one = make([1.0])
    load("table")(result({"λ": one}, one), Terminal(stream, sys.stderr, unicode=False), Style())
    stream.flush()
    assert stream.buffer.getvalue() == b"\\u03bb  y\n     1  1\n"


def test_more_rows_than_a_box_holds_are_columns():
    numbers = make([float(number) for number in range(1001)])
    assert boxed(result({"x": numbers}, numbers)).startswith("   x     y\n   0     0\n")


def test_a_pipe_needs_no_rich():
    program = (
        "import sys\n"
        "from autodiffcli.arrays import make\n"
        "from autodiffcli.renderers import Style, load\n"
        "from autodiffcli.result import Result\n"
        "from autodiffcli.terminal import Terminal\n"
        "one = make([1.0])\n"
        "texts = dict(expression='x', read_as='', name='y', reduction='sum', method='', dtype='')\n"
        "outcome = Result(**texts, variables=('x',), wrt=('x',), order=0, points={'x': one},\n"
        "                 value=one, reduced=1.0, derivatives=())\n"
        "load('table')(outcome, Terminal(sys.stdout, sys.stderr), Style())\n"
        "print('rich' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout == "x  y\n1  1\nFalse\n", run.stderr


class Sink(io.TextIOBase):
    """A stream that keeps nothing."""

    def write(self, text):
        return len(text)


def test_a_long_table_in_a_pipe_is_never_in_memory_as_text():
    numbers = Array((100_000,), array("d", (row / 7 for row in range(100_000))))
    outcome = result({"x": numbers}, numbers)
    render = load("table")
    tracemalloc.start()
    try:
        render(outcome, Terminal(Sink(), sys.stderr), Style())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000  # bytes; the rows would take 20 MB as strings
