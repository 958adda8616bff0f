"""`adiff critical`: what is printed, the exit codes, the machine formats, the mistakes."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction

import pytest
from mpmath import mp

from tests.conftest import run_adiff


def test_the_table_of_a_cubic() -> None:
    ran = run_adiff("critical", "x^3-3x", "--from", "-5..5")
    assert (ran.code, ran.stderr) == (0, "")
    assert [line.split() for line in ran.stdout.splitlines()[1:]] == [
        ["-1", "2", "maximum", "-6", "yes"],
        ["1", "-2", "minimum", "6", "yes"],
    ]


@pytest.mark.parametrize(
    "interval", ["-5..5", "x=-5..5", "x in [-5, 5]", "x=[-5..5]", "x = -10/2 .. sqrt(25)"]
)
def test_ways_to_write_an_interval(interval: str) -> None:
    ran = run_adiff("critical", "x^2", "--from", interval)
    assert (ran.code, ran.stderr) == (0, "")
    assert "minimum" in ran.stdout


def test_ends_that_are_constant_expressions_are_exact() -> None:
    ran = run_adiff("critical", "cos(x)", "--from", "-2pi..2pi", "--format", "json")
    points = json.loads(ran.stdout)["points"]
    assert [one["at_end"] for one in points] == [True, False, False, False, True]
    assert points[0]["point"]["x"] == -2 * float(mp.pi)


def test_json_has_bounds_around_every_point() -> None:
    ran = run_adiff("critical", "x^3-2x", "--from", "-5..5", "--format", "json")
    found = json.loads(ran.stdout)
    assert (found["schema"], found["complete"], found["proven"]) == (1, True, True)
    assert found["from"] == {"x": [-5.0, 5.0]}
    for one, sign in zip(found["points"], (-1, 1), strict=True):
        low, high = map(Fraction, one["bounds"]["x"])
        assert low < high < low + Fraction(1, 10**15)
        assert sorted([low**2, high**2])[0] <= Fraction(2, 3) <= sorted([low**2, high**2])[1]
        assert one["point"]["x"] == sign * float(mp.sqrt(mp.mpf(2) / 3))


def test_csv_has_a_row_per_point_and_a_column_per_fact() -> None:
    ran = run_adiff("critical", "abs(x)", "--from", "-1..1", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(ran.stdout))
    assert row["kind"], row["extremum"] == ("kink", "minimum")
    assert (row["left"], row["right"], row["d2y/dx2"]) == ("-1.0", "1.0", "")
    assert row["proven"] == "true"


def test_ndjson_of_several_variables() -> None:
    sides = "x=-1..1,y=-1..1"
    ran = run_adiff("critical", "x^2-y^2", "--from", sides, "--format", "ndjson")
    row = json.loads(ran.stdout)
    assert (row["x"], row["y"], row["f"], row["kind"]) == (0.0, 0.0, 0.0, "saddle")
    assert (row["eigenvalue1"], row["eigenvalue2"]) == (-2.0, 2.0)


def test_a_parameter_stands_still() -> None:
    argv = ["critical", "x^4-a*x^2", "--from", "x=-5..5", "--at", "a=2", "--format", "json"]
    points = json.loads(run_adiff(*argv).stdout)["points"]
    assert [one["point"]["x"] for one in points] == [-1.0, 0.0, 1.0]


def test_nothing_found_is_said() -> None:
    ran = run_adiff("critical", "x", "--from", "-3..3")
    assert (ran.code, ran.stdout) == (0, "no stationary point from -3 to 3\n")


def test_a_search_that_ends_early_says_where_and_exits_1() -> None:
    ran = run_adiff("critical", "sin(x)", "--from", "0..1000", "--boxes", "50", "--rows", "2")
    assert ran.code == 1
    assert "50 boxes are not enough" in ran.stderr
    assert "not searched" in ran.stderr


def test_strict_exits_3_for_what_is_not_proven() -> None:
    argv = ["critical", "x-sin(x)", "--from", "-7..7"]
    assert run_adiff(*argv).code == 0
    assert run_adiff(*argv, "--strict").code == 3
    assert run_adiff("critical", "x^2", "--from", "-7..7", "--strict").code == 0


def test_rows_that_would_look_the_same_have_more_digits() -> None:
    ran = run_adiff("critical", "(x-1)^2*(x-1.0000001)^2", "--from", "-3..3")
    shown = [line.split()[0] for line in ran.stdout.splitlines()[1:]]
    assert shown == ["1", "1.00000005", "1.0000001"]


def test_numbers_of_a_short_interval_far_away_have_digits_within_it() -> None:
    ran = run_adiff("critical", "sin(x)", "--from", "1e10..1e10+10")
    shown = [line.split()[0] for line in ran.stdout.splitlines()[1:]]
    with mp.workdps(30):
        first = mp.ceil((10**10 - mp.pi / 2) / mp.pi)
        assert shown == [mp.nstr(mp.pi / 2 + (first + k) * mp.pi, 13) for k in range(3)]


def test_what_was_found_is_shown_where_the_boxes_run_out() -> None:
    ran = run_adiff("critical", "sin(x)", "--from", "0..1e5", "--boxes", "300", "--format", "json")
    found = json.loads(ran.stdout)
    assert (ran.code, found["complete"], found["proven"]) == (1, False, False)
    assert len(found["points"]) > 10
    assert [one["point"]["x"] for one in found["points"][:2]] == [
        float(mp.pi / 2),
        float(3 * mp.pi / 2),
    ]


def test_a_box_that_is_undecided_is_not_complete() -> None:
    argv = ["critical", "(x-y)^2", "--from", "x=-1..1,y=-1..1", "--format", "json"]
    found = json.loads(run_adiff(*argv).stdout)
    assert (found["complete"], found["proven"]) == (False, False)
    assert found["points"][0]["kind"] == "undecided"


def test_a_minimum_on_a_kink_of_several_variables() -> None:
    argv = ["critical", "abs(x)+y^2", "--from", "x=-1..1,y=-1..1", "--format", "csv"]
    (row,) = csv.DictReader(io.StringIO(run_adiff(*argv).stdout))
    assert (row["x"], row["y"], row["f"]) == ("0.0", "0.0", "0.0")
    assert (row["kind"], row["extremum"], row["proven"]) == ("kink", "minimum", "false")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["x^2"], "no interval for 'x'"),
        (["x^2", "--from", "1"], "this is no interval"),
        (["x^2", "--from", "5..1"], "ends before it begins"),
        (["x^2", "--from", "1..1"], "no length"),
        (["x^2", "--from", "y=0..1"], "no variable 'y'"),
        (["x*y", "--from", "0..1"], "needs a name"),
        (["x*y", "--from", "x=0..1"], "no interval for 'y'"),
        (["x*y", "--from", "x=0..1", "--at", "y=1,2"], "held at one number"),
        (["x^2", "--from", "-inf..inf"], "must be finite"),
        (["x^2", "--from", "0..1,x=2..3"], "given twice"),
        (["x^2", "--from", "0..one"], "'one' is not a number"),
        (["[x, 2x]", "--from", "0..1"], "this is a tensor"),
        (["x^2", "--from", "0..1", "--boxes", "none"], "--boxes is a whole number"),
        (["", "--from", "0..1"], "empty"),
    ],
)
def test_mistakes_are_told_and_exit_2(argv: list[str], words: str) -> None:
    ran = run_adiff("critical", *argv)
    assert (ran.code, ran.stdout) == (2, "")
    assert words in ran.stderr


def test_carets_stand_under_what_was_typed() -> None:
    ran = run_adiff("critical", "x*y", "--from", "x=-1..1,y=0..zwei")
    line, carets = ran.stderr.splitlines()[1:3]
    assert line[carets.index("^") :].startswith("zwei")
    assert carets.count("^") == 4
