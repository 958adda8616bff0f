"""`adiff implicit`: formats, several points, refining, options."""

from __future__ import annotations

import csv
import io
import json

import pytest
from mpmath import mp

from autodiffcli.curves.curve_points import NoRoot
from autodiffcli.diagnostics import AdiffError
from autodiffcli.verbs.implicit import implicit_derivatives
from tests.conftest import run_adiff

CIRCLE = ["implicit", "x^2 + y^2 = 25"]


def test_csv_has_every_number_in_full() -> None:
    ran = run_adiff(*CIRCLE, "--at", "x=3,4", "--at", "y=4,3", "--order", "3", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.stdout)))
    assert [float(row["d3y/dx3"]) for row in rows] == [-225 / 1024, -100 / 81]
    assert [row["status"] for row in rows] == ["exact", "exact"]


def test_json_names_what_is_missing() -> None:
    ran = run_adiff(*CIRCLE, "--at", "x=3,5", "--at", "y=4,0", "--format", "json")
    found = json.loads(ran.stdout)
    assert found["schema"] == 1 and found["of"] == "y" and found["by"] == "x"
    assert found["derivatives"][0]["value"] == [-0.75, None]
    assert found["flags"] == [
        {"index": [1], "wrt": ["x"], "status": "infinite", "reason": "vertical tangent"}
    ]


def test_a_grid_is_refined_point_by_point() -> None:
    argv = [*CIRCLE, "--at", "x=0,3,4", "--at", "y=-4,4", "--grid", "--refine", "-f", "csv"]
    rows = list(csv.DictReader(io.StringIO(run_adiff(*argv).stdout)))
    assert [(row["x"], float(row["y"])) for row in rows] == [
        *(("0.0", -5), ("0.0", 5), ("3.0", -4), ("3.0", 4), ("4.0", -3), ("4.0", 3))
    ]


def test_refining_says_what_it_found() -> None:
    ran = run_adiff(*CIRCLE, "--at", "x=3,y=4.1", "--refine")
    assert ran.stderr == "note: y = 4.1 is refined to 4 at x = 3\n"
    assert run_adiff(*CIRCLE, "--at", "x=3,y=4", "--refine").stderr == ""


def test_digits_are_proven() -> None:
    argv = ["implicit", "y*exp(y) = x", "--at", "x=e,y=1", "--digits", "60", "-f", "csv"]
    (row,) = csv.DictReader(io.StringIO(run_adiff(*argv).stdout))
    with mp.workdps(90):
        assert row["dy/dx"] == mp.nstr(1 / (2 * mp.e), 60)


def test_digits_of_a_point_that_was_moved() -> None:
    """0.9428090415820634 is sqrt(8)/3 to 16 digits; the fortieth digit is another point's."""
    argv = ["implicit", "x^2 + y^2 = 1", "--digits", "40"]
    ran = run_adiff(*argv, "--at", "x=1/3,y=0.9428090415820634")
    with mp.workdps(60):
        there = mp.nstr(mp.sqrt(8) / 3, 40)
    assert ran.stderr == (
        "note: y = 0.9428090415820634 misses the curve by its rounding "
        f"and is moved to {there} at x = 0.333333\n"
    )
    assert run_adiff(*argv, "--at", "x=1/3,y=sqrt(8)/3").stderr == ""
    assert run_adiff(*argv, "--at", "x=0.6,y=0.8").stderr == ""


def test_a_hint_to_refine_is_given_where_it_helps() -> None:
    near = run_adiff(*CIRCLE, "--at", "x=3,y=4.1")
    assert "hint: --refine moves y onto the curve, to 4" in near.stderr
    far = run_adiff("implicit", "x^2 + y^2 = -1", "--at", "x=1,y=1")
    assert far.code == 2 and "--refine" not in far.stderr


def test_a_point_without_a_value_is_off_the_curve() -> None:
    ran = run_adiff("implicit", "y = 1/x", "--at", "x=0,1", "--at", "y=0,1")
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr == "error: y = 0, x = 0 is not on the curve: 1/x has a pole there\n"


@pytest.mark.parametrize("option", [["--strict"], []])
def test_strict_makes_a_flag_an_exit_code(option: list[str]) -> None:
    assert run_adiff(*CIRCLE, "--at", "x=5,y=0", *option).code == (3 if option else 0)


def test_one_bad_point_is_an_error_and_nothing_is_printed() -> None:
    ran = run_adiff(*CIRCLE, "--at", "x=3,3", "--at", "y=4,4.5")
    assert ran.code == 2 and ran.stdout == "" and "y is off by" in ran.stderr


def test_far_from_the_curve_is_off_it_too() -> None:
    ran = run_adiff("implicit", "x^2*y = exp(y)", "--at", "x=3,y=1e4")
    assert ran.code == 2 and "differ by more than 1e308" in ran.stderr


def test_a_misspelt_variable_is_known_by_its_neighbour() -> None:
    ran = run_adiff("implicit", "alpha^2 + beta = 2", "--of", "bet", "--at", "alpha=1,beta=1")
    assert ran.code == 2 and "did you mean 'beta'?" in ran.stderr


def test_the_equation_comes_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("x^2 + y^2 = 25\n"))
    assert "-0.75" in run_adiff("implicit", "-", "--at", "x=3,y=4").stdout


def test_the_function_behind_it() -> None:
    found = implicit_derivatives("x^2 + y^2 = 25", {"x": "3", "y": 4.1}, 2, refine=True)
    assert [one.value for one in found] == [-0.75, -0.390625]
    with pytest.raises(AdiffError, match="is not on the curve"):
        implicit_derivatives("x^2 + y^2 = 25", {"x": 3, "y": 4.1})
    with pytest.raises(NoRoot):
        implicit_derivatives("x^2 + y^2 = 25", {"x": 6, "y": 4}, refine=True)
