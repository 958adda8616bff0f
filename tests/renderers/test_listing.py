"""What a command found, in every format."""

from __future__ import annotations

import csv
import io
import json
from math import inf, nan

import pytest

from autodiffcli.renderers import Style
from autodiffcli.renderers.listing import Listing, Table, write
from autodiffcli.terminal import Terminal

ROWS = [
    [1.0, 'one, "two"', 0.1, True, 3],
    [2.0, "a\tb\x1b[0m", nan, False, None],
    [3.0, "|", inf, True, 10**20],
]
TABLE = Table(("x", "word", "number", "truth", "count"), ROWS, marks={(1, 2): "[1]"})
LISTING = Listing(
    ("a line", TABLE, "another"), TABLE, {"schema": 1, "rows": [1.5, None, nan]}, ("[1] why",)
)


STYLE = Style()


def shown(format: str, listing: Listing = LISTING, style: Style = STYLE, **terminal: object) -> str:
    stream = io.StringIO()
    write(listing, Terminal(stream, io.StringIO(), **terminal), format, style)  # type: ignore[arg-type]
    return stream.getvalue()


def test_a_table_for_people() -> None:
    lines = shown("table").splitlines()
    assert lines[0] == "a line" and "another" in lines and lines[-1] == "[1] why"
    (missing,) = (line for line in lines if "[1]" in line and line != "[1] why")
    assert "none [1]" in missing and "no" in missing.split()
    assert "\x1b" not in shown("table") and "\t" not in shown("table")


@pytest.mark.parametrize(("format", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_delimited_text_reads_back(format: str, delimiter: str) -> None:
    header, *rows = csv.reader(io.StringIO(shown(format)), delimiter=delimiter)
    assert header == list(TABLE.columns)
    assert rows[0] == ["1.0", 'one, "two"', "0.1", "true", "3"]
    assert [row[2] for row in rows] == ["0.1", "", ""]  # what is not finite is empty
    assert [row[4] for row in rows] == ["3", "", "100000000000000000000"]


def test_json_rows_and_a_document() -> None:
    rows = [json.loads(line) for line in shown("ndjson").splitlines()]
    assert rows[0] == {"x": 1, "word": 'one, "two"', "number": 0.1, "truth": True, "count": 3}
    assert rows[1]["number"] is None and rows[2]["number"] is None and rows[2]["count"] == 10**20
    assert json.loads(shown("json")) == {"schema": 1, "rows": [1.5, None, None]}
    assert json.loads(shown("json", boxes=True)) == json.loads(shown("json"))
    assert shown("json").count("\n") == 1 and shown("json", boxes=True).count("\n") > 2


def test_markdown_escapes_what_would_end_a_cell() -> None:
    lines = shown("md").splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == 5 and rows[1] == "| --: | --: | --: | --: | --: |"
    assert r"\|" in rows[-1] and "none [1]" in rows[3]
    assert lines[-1].startswith("- ") and "why" in lines[-1]


def test_a_table_that_is_too_long_says_how_much_is_left_out() -> None:
    table = Table(("n",), [[n] for n in range(1000)])
    text = shown("table", Listing((table,), table, {}), Style(rows=10))
    assert "1,000 rows" in text and len(text.splitlines()) < 16
    assert len(shown("csv", Listing((table,), table, {}), Style(rows=10)).splitlines()) == 1001


def test_a_heading_above_and_nothing_below() -> None:
    table = Table(("n",), [[1]], title="ones")
    assert shown("table", Listing((table,), table, {})).splitlines()[0] == "ones"
    assert shown("md", Listing((table,), table, {})).startswith("ones\n\n| n |")
    empty = Table(("n", "m"), [])
    assert shown("csv", Listing((empty,), empty, {})) == "n,m\n"
    assert shown("ndjson", Listing((empty,), empty, {})) == ""
    assert "n" in shown("table", Listing((empty,), empty, {}))


@pytest.mark.parametrize("width", [20, 40, 60])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    wide = Table(tuple(f"column_{n}" for n in range(12)), [[n / 7 for n in range(12)]] * 3)
    listing = Listing(("a line that is much longer than the terminal is wide",), wide, {})
    text = shown("table", Listing((*listing.shown, wide), wide, {}), boxes=True, width=width)
    assert max(map(len, text.splitlines())) <= width
