"""NDJSON."""

import io
import json
import math
import sys

from autodiffcli.arrays import make
from autodiffcli.renderers import Style, load
from autodiffcli.result import Flag
from autodiffcli.terminal import Terminal
from tests.renderers.samples import result


def written(outcome, **terminal):
    stream = io.StringIO()
    load("ndjson")(outcome, Terminal(stream, sys.stderr, **terminal), Style())
    return stream.getvalue()


def test_one_object_per_row_with_flags_where_there_are_any():
    outcome = result(
        {"x": make([-1.0, 0.0])},
        make([1.0, 0.0]),
        [("x", make([-1.0, math.nan]))],
        [Flag((1,), ("x",), "kink", -1.0, 1.0, "abs(x) has its kink there")],
    )
    assert written(outcome) == (
        '{"x": -1.0, "y": 1.0, "dy/dx": -1.0, "status": "exact"}\n'
        '{"x": 0.0, "y": 0.0, "dy/dx": null, "status": "kink", "flags": [{"wrt": ["x"], '
        '"status": "kink", "left": -1.0, "right": 1.0, "reason": "abs(x) has its kink there"}]}\n'
    )


def test_matrices_have_index_keys():
    two = make([1.0, 2.0], (2, 1))
    assert written(result({"a": two}, two)) == (
        '{"index_0": 0, "index_1": 0, "a": 1.0, "y": 1.0, "status": "exact"}\n'
        '{"index_0": 1, "index_1": 0, "a": 2.0, "y": 2.0, "status": "exact"}\n'
    )


def test_mixed_shapes_are_long():
    outcome = result({"A": make([1.0, 2.0], (1, 2)), "x": make([3.0])}, make([5.0], ()))
    assert written(outcome) == (
        '{"quantity": "A", "index": "0,0", "value": 1.0, "status": "exact"}\n'
        '{"quantity": "A", "index": "0,1", "value": 2.0, "status": "exact"}\n'
        '{"quantity": "x", "index": "0", "value": 3.0, "status": "exact"}\n'
        '{"quantity": "y", "index": "", "value": 5.0, "status": "exact"}\n'
    )


def test_complex_numbers_are_objects():
    assert written(result({}, make([1 - 2j]))) == (
        '{"y": {"re": 1.0, "im": -2.0}, "status": "exact"}\n'
    )


def test_variables_keep_their_names():
    outcome = result({"status": make([1.0]), "flags": make([2.0]), "λ": make([3.0])}, make([4.0]))
    flagged = result(dict(outcome.points), outcome.value, flags=[Flag((0,), (), "pole")])
    assert json.loads(written(flagged, unicode=False)) == {
        "status": 1.0,
        "flags": 2.0,
        "λ": 3.0,
        "y": 4.0,
        "status_": "pole",
        "flags_": [{"wrt": [], "status": "pole"}],
    }
    assert '"λ": 3.0' in written(outcome)
    assert '"\\u03bb": 3.0' in written(outcome, unicode=False)


def test_a_repeated_value_brings_its_flag_to_every_row():
    outcome = result(
        {"x": make([1.0, 2.0])}, make([math.inf], ()), flags=[Flag((), (), "overflow")]
    )
    rows = [json.loads(line) for line in written(outcome).splitlines()]
    assert [row["status"] for row in rows] == ["overflow", "overflow"]
    assert [row["flags"] for row in rows] == [[{"wrt": [], "status": "overflow"}]] * 2
    assert [row["y"] for row in rows] == [None, None]


def test_a_name_with_a_percent_sign_is_only_a_name():
    assert written(result({}, make([1.0]), name="%s")) == '{"%s": 1.0, "status": "exact"}\n'
