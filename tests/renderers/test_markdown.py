"""Markdown."""

import io
import math
import sys

from autodiffcli.arrays import make
from autodiffcli.renderers import Style, load
from autodiffcli.result import Flag
from autodiffcli.terminal import Terminal
from tests.renderers.samples import result

STYLE = Style()


def written(outcome, style=STYLE, **terminal):
    stream = io.StringIO()
    load("md")(outcome, Terminal(stream, sys.stderr, **terminal), style)
    return stream.getvalue()


KINK = result(
    {"x": make([-1.0, 0.0])},
    make([1.0, 0.0]),
    [("x", make([-1.0, math.nan])), ("x,x", make([0.0, 0.0]))],
    [
        Flag((1,), ("x",), "kink", -1.0, 1.0, "abs(x) has its kink there"),
        Flag((1,), ("x", "x"), "kink", 0.0, 0.0),
    ],
)


def test_a_kink():
    assert written(KINK) == (
        "| x | y | dy/dx | d²y/dx² |\n"
        "| --: | --: | --: | --: |\n"
        "| -1 | 1 | -1 | 0 |\n"
        "| 0 | 0 | none [1] | 0 [2] |\n"
        "\n"
        "- [1] dy/dx at x = 0: kink, left -1, right 1; abs(x) has its kink there\n"
        "- [2] d²y/dx² at x = 0: kink, left 0, right 0\n"
    )


def test_headings_are_ascii_where_the_stream_has_no_unicode():
    assert written(KINK, unicode=False).startswith("| x | y | dy/dx | d2y/dx2 |\n")


def test_numbers_have_the_digits_of_the_style():
    assert "| 0.33 |" in written(result({}, make([1 / 3])), Style(precision=2))


def test_markup_in_the_users_text_is_escaped():
    flag = Flag((0,), (), "kink", reason="|x*y| < 1 at _x, x_1")
    assert written(result({}, make([1.0]), flags=[flag])) == (
        "| y |\n| --: |\n| 1 [1] |\n\n- [1] y: kink; \\|x\\*y\\| \\< 1 at \\_x, x_1\n"
    )


def test_the_reduced_value_stands_above():
    outcome = result({"x": make([1.0, 2.0])}, make([2.0, 5.0]), reduction="mean", reduced=3.5)
    assert written(outcome) == (
        "mean of y = 3.5\n\n| x | y |\n| --: | --: |\n| 1 | 2 |\n| 2 | 5 |\n"
    )


def test_mixed_shapes_are_long_and_keep_their_marks():
    outcome = result(
        {"A": make([1.0, 2.0], (1, 2)), "x": make([3.0])},
        make([5.0, 6.0]),
        flags=[Flag((1,), (), "pole")],
    )
    assert written(outcome) == (
        "| quantity | index | value |\n"
        "| --: | --: | --: |\n"
        "| A | 0,0 | 1 |\n"
        "| A | 0,1 | 2 |\n"
        "| x | 0 | 3 |\n"
        "| y | 0 | 5 |\n"
        "| y | 1 | 6 [1] |\n"
        "\n"
        "- [1] y at [1]: pole\n"
    )


def test_all_rows_are_written():
    numbers = make([float(row) for row in range(10_000)])
    assert written(result({"x": numbers}, numbers), Style(rows=5)).count("\n") == 10_002


def test_a_mark_far_down_is_on_its_own_row():
    numbers = make([float(row) for row in range(10_000)])
    text = written(result({}, numbers, flags=[Flag((9_000,), (), "pole")]))
    assert [line for line in text.splitlines() if line.endswith("[1] |")] == ["| 9000 [1] |"]
