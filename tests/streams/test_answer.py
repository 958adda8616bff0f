"""Columns in, columns out, through the whole command."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import run_adiff

Write = Callable[[str, str], str]


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_columns_are_matched_by_name_and_all_stay(write: Write) -> None:
    path = write("a.csv", 'x,name,t\n1,a,2\n2,"b, c",3\n')
    ran = run_adiff("x^2*t", "--data", path)
    assert ran.code == 0
    assert ran.stdout == (
        'x,name,t,y,dy/dx,dy/dt,status\n1,a,2,2.0,4.0,1.0,exact\n2,"b, c",3,12.0,12.0,4.0,exact\n'
    )


def test_cells_are_written_as_they_were(write: Write) -> None:
    path = write("a.csv", "x,id\n1.10,007\n+2e0,8\n")
    ran = run_adiff("x", "--data", path, "--order", "0")
    assert ran.stdout == "x,id,y,status\n1.10,007,1.1,exact\n+2e0,8,2.0,exact\n"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_numbers_come_back_as_they_went(tmp_path: Path, numbers: list[float]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x\n" + "".join(f"{x!r}\n" for x in numbers))
    for format in ("csv", "ndjson"):
        ran = run_adiff("x", "--data", str(path), "--order", "0", "-f", format)
        if format == "csv":
            found = [row["y"] for row in table(ran.stdout)]
        else:
            found = [json.loads(line)["y"] for line in ran.stdout.splitlines()]
        assert [float(y) for y in found] == numbers


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--map", "x=temperature"], ["temperature", "p", "y", "dy/dx", "status"]),
        (["--map", "x=1"], ["temperature", "p", "y", "dy/dx", "status"]),
        (["--map", "x=p", "--keep", "p"], ["p", "y", "dy/dx", "status"]),
        (["--map", "x=p", "--keep", ""], ["y", "dy/dx", "status"]),
        (["--map", "x=p", "--keep", "p,temperature"], ["p", "temperature", "y", "dy/dx", "status"]),
    ],
)
def test_columns_are_renamed_and_chosen(
    write: Write, words: list[str], expected: list[str]
) -> None:
    path = write("a.csv", "temperature,p\n1,5\n2,6\n")
    ran = run_adiff("x^2", "--data", path, *words)
    assert ran.stdout.splitlines()[0].split(",") == expected


def test_names_that_are_taken_make_room(write: Write) -> None:
    path = write("a.csv", "x,y,df/dx,status\n3,1,2,old\n")
    ran = run_adiff("x^2", "--data", path)
    assert ran.stdout == "x,y,df/dx,status,f,df/dx_,status_\n3,1,2,old,9.0,6.0,exact\n"


def test_constants_are_no_columns(write: Write) -> None:
    path = write("a.csv", "x\n2\n")
    ran = run_adiff("k*x^2+c", "--data", path, "--at", "k=3,c=-pi")
    (row,) = table(ran.stdout)
    assert float(row["y"]) == 12 - math.pi
    assert list(row) == ["x", "y", "dy/dx", "status"]


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("t\n1\n", [], "no column 'x'"),
        ("X\n1\n", [], "--map x=X"),
        ("x\n1\nabc\n", [], "row 2 of"),
        ("x\n1\nabc\n", [], "column 'x': 'abc' is no number"),
        ("x,t\n1,2\n3\n", [], "row 2 of"),
        ("x,t\n1,2\n3,4,5\n", [], "3 cells"),
        ("x,t\n1,2\n,4\n", [], "row 2 of"),
        ("", [], "is empty"),
        ("x,x\n1,2\n", [], "named 'x'"),
        ("x\n1\n", ["--map", "z=x"], "no variable 'z'"),
        ("x\n1\n", ["--map", "x"], "no mapping"),
        ("x\n1\n", ["--keep", "nope"], "no column 'nope'"),
        ("x\n1\n", ["--on-error", "ignore"], "no choice 'ignore'"),
        ("x\n1\n", ["--grid"], "--grid does not go with --data"),
        ("x\n1\n", ["--reduction", "none"], "--reduction none does not go with --data"),
        ("x\n1\n", ["--at", "x=1"], "every variable is constant"),
        ("x\n1\n", ["--at", "k=1"], "no variable 'k'"),
        ("x\n1\n", ["--memory", "much"], "'much' is no size"),
        ("x\n1\n", ["--threads", "0"], "--threads is between"),
        ("x\n1\n", ["--device", "tpu"], "no device 'tpu'"),
        ("x\n1\n", ["--scheduler", "tcp://h:1"], "--engine dask"),
        ("x\n1\n", ["-f", "xml"], "no choice 'xml'"),
        ("x\n1\n", ["-o", "a.xyz"], "not known by its name"),
    ],
)
def test_a_mistake_is_one_clear_error(write: Write, text: str, words: list[str], said: str) -> None:
    path = write("a.csv", text)
    ran = run_adiff("x^2", "--data", path, *words)
    assert ran.code == 2
    assert said in ran.stderr
    assert ran.stderr.count("error:") == 1


def test_a_column_to_keep_is_pointed_at_where_it_stands(write: Write) -> None:
    ran = run_adiff("x^2", "--data", write("a.csv", "x,ab\n1,2\n"), "--keep", "ab, b")
    assert "\n  --keep ab, b\n             ^\n" in ran.stderr


@pytest.mark.parametrize(
    ("expression", "said"),
    [("x/sum(x)", "mixes its points"), ("3", "no variable"), ("x[0]", "mixes its points")],
)
def test_what_does_not_go_row_by_row_is_refused(write: Write, expression: str, said: str) -> None:
    ran = run_adiff(expression, "--data", write("a.csv", "x\n1\n"))
    assert ran.code == 2 and said in ran.stderr


BAD = "x,t\n1,2\nabc,3\n4\n,6\n5,7\n"


def test_bad_rows_are_left_out_and_counted(write: Write) -> None:
    ran = run_adiff("x*t", "--data", write("a.csv", BAD), "--on-error", "skip")
    assert [row["x"] for row in table(ran.stdout)] == ["1", "5"]
    assert ran.code == 0 and "3 rows left out" in ran.stderr and "row 2 of" in ran.stderr


@pytest.mark.parametrize("format", ["csv", "ndjson"])
def test_bad_rows_are_left_empty_and_counted(write: Write, format: str) -> None:
    ran = run_adiff("x*t", "--data", write("a.csv", BAD), "--on-error", "null", "-f", format)
    if format == "csv":
        found = [(row["y"] or None, row["status"]) for row in table(ran.stdout)]
    else:
        lines = [json.loads(line) for line in ran.stdout.splitlines()]
        found = [(None if row["y"] is None else str(row["y"]), row["status"]) for row in lines]
    none = (None, "invalid")
    assert found == [("2.0", "exact"), none, none, none, ("35.0", "exact")]
    assert ran.code == 0 and "3 rows left without numbers" in ran.stderr


def test_rows_without_a_derivative_are_told_and_strict_says_so(write: Write) -> None:
    path = write("a.csv", "x\n-1\n0\n1\n")
    ran = run_adiff("abs(x)", "--data", path)
    assert [row["status"] for row in table(ran.stdout)] == ["exact", "kink", "exact"]
    assert table(ran.stdout)[1]["dy/dx"] == ""
    assert ran.code == 0 and "1 kink" in ran.stderr
    assert run_adiff("abs(x)", "--data", path, "--strict").code == 3


@pytest.mark.parametrize(
    ("reduction", "expected"),
    [
        ("sum", [2.0, 4.0, 6.0, 8.0]),
        ("mean", [0.5, 1.0, 1.5, 2.0]),
        ("max", [0.0, 0.0, 0.0, 8.0]),
        ("min", [2.0, 0.0, 0.0, 0.0]),
    ],
)
def test_reductions_are_those_of_all_rows(
    write: Write, reduction: str, expected: list[float]
) -> None:
    path = write("a.csv", "x\n1\n2\n3\n4\n")
    ran = run_adiff("x**2+1", "--data", path, "--reduction", reduction)
    assert [float(row["dy/dx"]) for row in table(ran.stdout)] == expected


@pytest.mark.parametrize("method", ["auto", "autograd", "taylor", "certified"])
def test_reductions_are_the_same_by_every_method(write: Write, method: str) -> None:
    path = write("a.csv", "x\n1\n2\n3\n")
    words = ("besselj(0, x)", "--data", path, "--method", method, "--reduction", "mean")
    found = [float(row["dy/dx"]) for row in table(run_adiff(*words).stdout)]
    assert found == pytest.approx([float(-mpmath.besselj(1, x) / 3) for x in (1, 2, 3)], rel=1e-12)


@pytest.mark.parametrize("method", ["auto", "autograd"])
def test_ties_share_the_extreme_value(write: Write, method: str) -> None:
    path = write("a.csv", "x\n-2\n1\n2\n")
    ran = run_adiff("x^2", "--data", path, "--reduction", "max", "--method", method)
    assert [float(row["dy/dx"]) for row in table(ran.stdout)] == [-2.0, 0.0, 2.0]
    assert "2 rows tie" in ran.stderr


def test_a_mean_counts_the_rows_that_are_left(write: Write) -> None:
    path = write("a.csv", "x\n1\nabc\n3\n")
    for what, expected in (("skip", [1.0, 3.0]), ("null", [1.0, 3.0])):
        ran = run_adiff("x^2", "--data", path, "--reduction", "mean", "--on-error", what)
        found = [float(row["dy/dx"]) for row in table(ran.stdout) if row["dy/dx"]]
        assert found == expected


def test_several_files_are_one_table(write: Write, tmp_path: Path) -> None:
    write("a1.csv", "x,n\n1,a\n")
    write("a2.csv", "n,x\nb,2\n")
    ran = run_adiff("x^2", "--data", str(tmp_path / "a*.csv"))
    assert [(row["x"], row["n"], row["y"]) for row in table(ran.stdout)] == [
        ("1", "a", "1.0"),
        ("2", "b", "4.0"),
    ]


def test_a_file_appears_whole_or_not_at_all(write: Write, tmp_path: Path) -> None:
    path = write("a.csv", "x\n1\nabc\n")
    out = tmp_path / "o.csv"
    assert run_adiff("x^2", "--data", path, "-o", str(out)).code == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv"]


def test_a_terminal_gets_a_table_of_the_first_rows(write: Write) -> None:
    path = write("a.csv", "x,name\n" + "".join(f"{k},n{k}\n" for k in range(200)))
    ran = run_adiff("x^2", "--data", path, boxes=True, width=60)
    lines = ran.stdout.splitlines()
    assert "│" in lines[1] and "name" in lines[1] and "dy/dx" in lines[1]
    assert 50 <= len(lines) < 60 and all(len(line) <= 60 for line in lines)


def test_a_data_run_has_the_numbers_of_a_run_with_points(write: Write) -> None:
    numbers = [0.1, 0.7, -2.3, 5.0]
    path = write("a.csv", "x\n" + "".join(f"{x}\n" for x in numbers))
    ran = run_adiff("exp(-x**2)*sin(3x)", "--data", path, "--order", "2")
    same = run_adiff(
        "exp(-x**2)*sin(3x)", f"--at={','.join(map(str, numbers))}", "-n2", "-f", "csv"
    )
    for mine, theirs in zip(table(ran.stdout), table(same.stdout), strict=True):
        for name in ("y", "dy/dx", "d2y/dx2"):
            assert float(mine[name]) == pytest.approx(float(theirs[name]), rel=1e-9)


@pytest.mark.parametrize("method", ["autograd", "certified", "taylor"])
def test_methods_agree(write: Write, method: str) -> None:
    path = write("a.csv", "x,t\n0.3,1\n2,0.5\n")
    ran = run_adiff("sin(x*t)*exp(t)", "--data", path, "--method", method)
    for row in table(ran.stdout):
        x, t = float(row["x"]), float(row["t"])
        assert float(row["dy/dx"]) == pytest.approx(t * math.cos(x * t) * math.exp(t), rel=1e-12)


def test_single_precision_is_single(write: Write) -> None:
    ran = run_adiff("x/3", "--data", write("a.csv", "x\n1\n"), "--dtype", "float32", "-n0")
    assert float(table(ran.stdout)[0]["y"]) == float(np.float32(1 / 3))


def test_options_of_data_need_data() -> None:
    for words in (["--map", "x=a"], ["--keep", "x"], ["--compile"], ["--engine", "dask"]):
        ran = run_adiff("x", "--at", "1", *words)
        assert ran.code == 2 and "goes with --data" in ran.stderr
