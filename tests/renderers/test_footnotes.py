"""Marks and footnotes."""

import sys

from autodiffcli.arrays import make
from autodiffcli.renderers.footnotes import footnotes
from autodiffcli.result import Flag
from autodiffcli.terminal import Terminal
from tests.renderers.samples import result


def noted(outcome, unicode=True):
    return footnotes(outcome, Terminal(sys.stdout, sys.stderr, unicode=unicode), 6)


def counted(count):
    return make([float(row) for row in range(count)])


def along(count, flags, derivatives=()):
    return result({"x": counted(count)}, counted(count), derivatives, flags)


def test_one_kink_has_one_footnote():
    flag = Flag((1,), ("x",), "kink", -1.0, 1.0, "abs(x - 1) has its kink there")
    notes = noted(along(3, [flag], [("x", counted(3))]))
    assert notes.of(("x",)) == {1: "[1]"}
    assert notes.of(()) == {}
    assert notes.of(None) == {}
    assert notes.lines == (
        "[1] dy/dx at x = 1: kink, left -1, right 1; abs(x - 1) has its kink there",
    )


def test_equal_flags_share_a_footnote():
    notes = noted(along(3, [Flag((row,), (), "jump") for row in range(3)]))
    assert notes.of(()) == {0: "[1]", 1: "[1]", 2: "[1]"}
    assert notes.lines == ("[1] y at 3 points (x = 0, 1, 2): jump",)


def test_beyond_three_points_the_rest_is_counted():
    notes = noted(along(20, [Flag((row,), (), "jump") for row in range(20)]))
    assert notes.lines == ("[1] y at 20 points (x = 0, 1, 2 and 17 more): jump",)


def test_points_of_two_variables_stay_together():
    points = {"x": counted(2), "t": make([5.0, 6.0])}
    flags = [Flag((0,), (), "pole"), Flag((1,), (), "pole"), Flag((1,), ("t",), "pole")]
    notes = noted(result(points, counted(2), [("t", counted(2))], flags))
    assert notes.lines == (
        "[1] y at 2 points (x = 0, t = 5; x = 1, t = 6): pole",
        "[2] ∂y/∂t at x = 1, t = 6: pole",
    )


def test_flags_that_differ_in_a_slope_have_footnotes_of_their_own():
    notes = noted(along(2, [Flag((0,), (), "kink", 0.0), Flag((1,), (), "kink", 1.0)]))
    assert notes.lines == ("[1] y at x = 0: kink, left 0", "[2] y at x = 1: kink, left 1")


def test_footnotes_are_numbered_as_the_table_is_read():
    flags = [Flag((1,), (), "c"), Flag((0,), ("x",), "b"), Flag((0,), (), "a")]
    notes = noted(along(2, flags, [("x", counted(2))]))
    assert notes.lines == ("[1] y at x = 0: a", "[2] dy/dx at x = 0: b", "[3] y at x = 1: c")


def test_two_flags_on_one_cell_have_two_marks():
    notes = noted(along(1, [Flag((0,), (), "kink"), Flag((0,), (), "undecided")]))
    assert notes.of(()) == {0: "[1][2]"}


def test_a_single_number_has_no_place():
    outcome = result({"x": counted(2)}, make([1.0], ()), flags=[Flag((), (), "overflow")])
    assert noted(outcome).lines == ("[1] y: overflow",)
    outcome = result({"x": counted(2)}, make([1.0]), flags=[Flag((0,), (), "overflow")])
    assert noted(outcome).lines == ("[1] y: overflow",)
    outcome = result({"x": make([3.0], ())}, make([1.0], ()), flags=[Flag((), (), "overflow")])
    assert noted(outcome).lines == ("[1] y at x = 3: overflow",)


def test_entries_of_a_jacobian_are_named_by_index_and_its_values_by_point():
    eye = make([1.0, 0.0, 0.0, 1.0], (2, 2))
    flags = [Flag((0, 1), ("x",), "kink"), Flag((1, 1), ("x",), "kink"), Flag((1,), (), "pole")]
    outcome = result({"x": counted(2)}, counted(2), [("x", eye)], flags, reduction="none")
    assert noted(outcome).lines == (
        "[1] y at x = 1: pole",
        "[2] dy/dx at 2 entries ([0,1], [1,1]): kink",
    )


def test_twenty_footnotes_are_printed_and_the_rest_is_counted():
    flags = [Flag((row,), (), "kink", float(row)) for row in range(23)]
    notes = noted(along(23, flags))
    assert len(notes.lines) == 21
    assert notes.lines[19] == "[20] y at x = 19: kink, left 19"
    assert notes.lines[20] == (
        "[21] to [23]: 3 more footnotes; a machine format (--format json) has them all"
    )
    assert notes.of(())[22] == "[23]"


def test_a_reason_cannot_send_escape_sequences():
    assert noted(along(1, [Flag((0,), (), "pole", reason="\x1b[2J")])).lines == (
        "[1] y at x = 0: pole; ?[2J",
    )


def test_a_flag_of_a_column_that_is_not_there_is_left_to_the_machine_formats():
    assert noted(along(1, [Flag((0,), ("x",), "kink")])).lines == ()


def test_columns_with_the_same_trouble_share_a_footnote():
    nowhere = float("nan")
    pole = {"index": (0,), "status": "pole", "reason": "1/x has a pole there"}
    found = noted(
        result(
            {"x": make([0.0, 1.0])},
            make([nowhere, 1.0]),
            [("x", make([nowhere, -1.0]))],
            [Flag(wrt=(), **pole), Flag(wrt=("x",), **pole)],
        )
    )
    assert found.lines == ("[1] y and dy/dx at x = 0: pole; 1/x has a pole there",)
    assert found.marks == {(): {0: "[1]"}, ("x",): {0: "[1]"}}
