"""What an operator gives, in every format and at every width."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.conftest import run_adiff

KINDS = {
    "gradient": ("x^2*y",),
    "jacobian": ("x*y; x + y",),
    "hessian": ("x^2*y",),
    "jvp": ("x*y; x", "--direction", "x=1,y=0"),
    "vjp": ("x*y; x", "--direction", "1,2"),
    "hvp": ("x^2*y", "--direction", "x=1,y=0"),
    "directional": ("x^2*y", "--direction", "x=1,y=0"),
    "laplacian": ("x^2*y",),
    "divergence": ("x*y; y",),
    "curl": ("x*y; y",),
    "tangent": ("x^2*y",),
    "normal": ("x^2*y",),
}
AT = ("--at", "x=1,2,y=3")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("format", ["table", "json", "ndjson", "csv", "tsv", "md"])
def test_every_operator_has_every_format(kind: str, format: str) -> None:
    ran = run_adiff(kind, *KINDS[kind], *AT, "--format", format)
    assert (ran.code, ran.stderr) == (0, "") and ran.stdout.endswith("\n")
    if format == "json":
        found = json.loads(ran.stdout)
        assert next(iter(found)) == "schema" and found["command"] == kind
        assert kind == "jacobian" or len(found[kind]) == 2
    elif format == "ndjson":
        lines = [json.loads(line) for line in ran.stdout.splitlines()]
        assert len(lines) == (4 if kind in ("jacobian", "hessian") else 2)
        assert all(line["status"] == "exact" and line["y"] == 3 for line in lines)
    elif format in ("csv", "tsv"):
        delimiter = "," if format == "csv" else "\t"
        lines = list(csv.DictReader(io.StringIO(ran.stdout), delimiter=delimiter))
        assert all(None not in line and None not in line.values() for line in lines)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [30, 60, 200])
def test_no_line_is_wider_than_the_terminal(kind: str, width: int) -> None:
    ran = run_adiff(kind, *KINDS[kind], *AT, boxes=True, width=width)
    assert ran.code == 0
    assert max(map(len, ran.stdout.splitlines())) <= width


def test_machines_get_every_digit_and_nothing_for_what_is_not_there() -> None:
    ran = run_adiff("gradient", "sin(x)/3 + abs(x)", "--at", "x=0,1", "--format", "csv")
    first, second = csv.DictReader(io.StringIO(ran.stdout))
    assert (first["dy/dx"], first["status"]) == ("", "kink")
    assert float(second["dy/dx"]) == 1.1801007686227132  # 1 + cos(1)/3
    document = json.loads(run_adiff("gradient", "abs(x)", "--at", "x=0", "--format", "json").stdout)
    assert document["gradient"] == [[None]]
    (flag,) = document["flags"]
    assert (flag["of"], flag["index"], flag["left"], flag["right"]) == ("gradient", [0], -1, 1)


def test_names_that_the_columns_need_are_not_taken_twice() -> None:
    ran = run_adiff("gradient", "status*f + y", "--at", "status=1,f=2,y=3", "--format", "csv")
    header = next(csv.reader(io.StringIO(ran.stdout)))
    assert len(set(header)) == len(header)
    ran = run_adiff(
        "hessian", "row*column", "--at", "row=1,column=2", "--format", "csv", "--sparse"
    )
    header = next(csv.reader(io.StringIO(ran.stdout)))
    assert len(set(header)) == len(header)


def test_a_long_gradient_at_one_point_is_a_column() -> None:
    numbers = ",".join(map(str, range(1, 13)))
    ran = run_adiff("gradient", "sum(x^2)", "--at", f"x=[{numbers}]")
    lines = ran.stdout.splitlines()
    assert lines[0] == "y = 650" and lines[-1].split() == ["x[11]", "12", "24"]
    ran = run_adiff("gradient", "sum(abs(x - 3))", "--at", f"x=[{numbers}]")
    assert "x[2]" in ran.stdout and "kink" in ran.stdout and "[1]" in ran.stdout


def test_rows_that_are_left_out_are_said_to_be() -> None:
    ran = run_adiff("gradient", "x^2", "--at", "x=1..100", "--rows", "6")
    assert "100 rows" in ran.stdout and len(ran.stdout.splitlines()) < 15
    ran = run_adiff("hessian", "x^2*y", "--at", "x=1..50,y=1", "--rows", "6")
    assert "50" in ran.stdout and len(ran.stdout.splitlines()) < 40


def test_flags_are_footnotes_and_there_are_not_too_many() -> None:
    ran = run_adiff("gradient", "abs(sin(pi*x))", "--at", "x=1..40")
    notes = [line for line in ran.stdout.splitlines() if line.startswith("[")]
    assert len(notes) == 20 and "and 20 more" in ran.stdout


def test_ascii_alone_where_the_stream_takes_no_more() -> None:
    class Ascii(io.StringIO):
        encoding = "ascii"

    from autodiffcli.cli import main
    from autodiffcli.terminal import Terminal

    stream = Ascii()
    argv = ["hessian", "x^2*y", "--at", "x=1,y=2"]
    code = main(argv, Terminal(stream, io.StringIO(), boxes=True, width=60))
    assert int(code) == 0 and stream.getvalue().isascii()


def test_the_answer_goes_into_a_file(tmp_path) -> None:
    path = tmp_path / "found.csv"
    ran = run_adiff("gradient", "x^2", "--at", "x=1,2", "-o", str(path))
    assert (ran.code, ran.stdout) == (0, "")
    assert path.read_text().splitlines() == [
        "x,y,dy/dx,status",
        "1.0,1.0,2.0,exact",
        "2.0,4.0,4.0,exact",
    ]
