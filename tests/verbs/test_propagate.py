"""`adiff propagate`: formats, several points, what is missing."""

from __future__ import annotations

import csv
import io
import json

import pytest

from autodiffcli.diagnostics import AdiffError
from autodiffcli.verbs.propagate import propagate_uncertainty
from tests.conftest import run_adiff

ENERGY = ["propagate", "m*g*h", "--at", "m=1.0±0.1,g=9.81±0.01,h=2±0.05"]


def test_the_first_line_is_the_result() -> None:
    lines = run_adiff(*ENERGY).stdout.splitlines()
    assert lines[0] == "y = 19.6 ± 2.0"
    assert lines[1] == "value 19.62, standard uncertainty 2.02248 (10.3 %)"


def test_json_has_it_all() -> None:
    (found,) = json.loads(run_adiff(*ENERGY, "-f", "json").stdout)["results"]
    assert found["value"] == 19.62 and found["uncertainty"] == pytest.approx(2.02248220016889)
    assert found["text"] == "19.6 ± 2.0" and found["status"] == "exact"
    assert [one["sensitivity"] for one in found["inputs"]] == [19.62, 2.0, 9.81]
    assert sum(one["percent"] for one in found["inputs"]) == pytest.approx(100)
    assert found["second_order"]["matters"] is False


def test_csv_has_a_row_for_each_point() -> None:
    ran = run_adiff("propagate", "x^2/a", "--at", "x=1±0.1,2±0.1", "--at", "a=2", "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.stdout)))
    assert [float(row["u(y)"]) for row in rows] == [pytest.approx(0.1), pytest.approx(0.2)]
    assert [row["dy/da"] for row in rows] == ["", ""]  # a is exact
    assert [row["percent(x)"] for row in rows] == ["100.0", "100.0"]


def test_a_correlation_has_its_own_share() -> None:
    argv = ["propagate", "a+b", "--at", "a=1±0.3,b=2±0.4", "--correlation", "a,b=0.5"]
    (found,) = json.loads(run_adiff(*argv, "-f", "json").stdout)["results"]
    assert found["uncertainty"] == pytest.approx((0.09 + 0.16 + 0.12) ** 0.5)
    assert found["covariances"][0]["percent"] == pytest.approx(100 * 0.12 / 0.37)


def test_a_point_without_a_derivative_leaves_the_others() -> None:
    argv = ["propagate", "abs(x)", "--at", "x=0±1,2±0.1"]
    ran = run_adiff(*argv)
    assert ran.code == 3 and "none [1]" in ran.stdout and "2.00 ± 0.10" in ran.stdout
    assert "[1] no uncertainty at x = 0" in ran.stdout
    rows = list(csv.DictReader(io.StringIO(run_adiff(*argv, "-f", "csv").stdout)))
    assert [(row["y"], row["status"]) for row in rows] == [("", "kink"), ("2.0", "exact")]


def test_without_any_nothing_is_printed() -> None:
    ran = run_adiff("propagate", "1/x", "--at", "0±1")
    assert (ran.code, ran.stdout) == (3, "")
    assert ran.stderr == (
        "error: no uncertainty at x = 0: the value is missing (pole; 1/x has a pole there)\n"
    )


def test_the_second_order_is_shown_where_it_matters_or_is_asked_for() -> None:
    quiet = ["propagate", "x^2", "--at", "10±0.1"]
    assert "second" not in run_adiff(*quiet).stdout
    assert "second order: the uncertainty becomes" in run_adiff(*quiet, "--second-order").stdout
    assert "second-order terms matter" in run_adiff("propagate", "x^2", "--at", "1±1").stdout


def test_the_result_has_the_name_of_the_definition() -> None:
    ran = run_adiff("propagate", "E(m, v) = m*v^2/2", "--at", "m=2±0.1,v=3±0.1")
    assert ran.stdout.startswith("E = 9.00 ± 0.75\n")


def test_a_name_that_is_an_input_is_left_to_it() -> None:
    assert run_adiff("propagate", "2y", "--at", "y=1±0.1").stdout.startswith("f = 2.00 ± 0.20\n")


def test_a_mean_over_several_points_is_refused() -> None:
    ran = run_adiff("propagate", "mean(x)", "--at", "x=1±0.1,2±0.1")
    assert ran.code == 2 and "must take them one by one" in ran.stderr


def test_footnotes_of_many_points_end() -> None:
    ran = run_adiff("propagate", "x^2", "--at", "x=0..99±9")
    assert ran.stdout.rstrip().endswith("more; --format json has them all")
    assert ran.stdout.count("second-order") == 20


def test_the_function_behind_it() -> None:
    found = propagate_uncertainty("a+b", {"a": "1.0(3)", "b": "2±0.4"}, {("a", "b"): 0.5})
    assert found.uncertainty == pytest.approx(0.37**0.5)
    with pytest.raises(AdiffError, match="these are 2"):
        propagate_uncertainty("a", {"a": "1±1,2±1"})
