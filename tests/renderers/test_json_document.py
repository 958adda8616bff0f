"""The JSON document."""

import io
import json
import math
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiffcli.arrays import make
from autodiffcli.renderers import Style, load
from autodiffcli.renderers.rows import BLOCK
from autodiffcli.result import Column, Flag, Result
from autodiffcli.terminal import Terminal

QUADRATIC = Result(
    expression="x**2+1",
    read_as="x^2 + 1",
    name="y",
    variables=("x",),
    wrt=("x",),
    order=2,
    reduction="sum",
    method="autograd",
    dtype="float64",
    points={"x": make([1.0, 2.0, 3.0, 4.0])},
    value=make([2.0, 5.0, 10.0, 17.0]),
    reduced=34.0,
    derivatives=(
        Column(("x",), make([2.0, 4.0, 6.0, 8.0])),
        Column(("x", "x"), make([2.0, 2.0, 2.0, 2.0])),
    ),
)


def written(outcome, **terminal):
    stream = io.StringIO()
    load("json")(outcome, Terminal(stream, sys.stderr, **terminal), Style())
    return stream.getvalue()


def strict(text):
    """The document, where NaN and Infinity are no JSON."""

    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_the_document_of_the_schema():
    assert written(QUADRATIC) == (
        '{"schema": 1, "expression": "x**2+1", "read_as": "x^2 + 1", "variables": ["x"], '
        '"order": 2, "reduction": "sum", "method": "autograd", "dtype": "float64", '
        '"points": {"x": [1.0, 2.0, 3.0, 4.0]}, "value": [2.0, 5.0, 10.0, 17.0], '
        '"reduced": 34.0, "derivatives": '
        '[{"wrt": ["x"], "name": "dy/dx", "value": [2.0, 4.0, 6.0, 8.0]}, '
        '{"wrt": ["x", "x"], "name": "d2y/dx2", "value": [2.0, 2.0, 2.0, 2.0]}], '
        '"flags": [], "notes": []}\n'
    )


def test_a_terminal_gets_one_line_per_key():
    assert written(QUADRATIC, boxes=True) == (
        "{\n"
        '  "schema": 1,\n'
        '  "expression": "x**2+1",\n'
        '  "read_as": "x^2 + 1",\n'
        '  "variables": ["x"],\n'
        '  "order": 2,\n'
        '  "reduction": "sum",\n'
        '  "method": "autograd",\n'
        '  "dtype": "float64",\n'
        '  "points": {"x": [1.0, 2.0, 3.0, 4.0]},\n'
        '  "value": [2.0, 5.0, 10.0, 17.0],\n'
        '  "reduced": 34.0,\n'
        '  "derivatives": [{"wrt": ["x"], "name": "dy/dx", "value": [2.0, 4.0, 6.0, 8.0]}, '
        '{"wrt": ["x", "x"], "name": "d2y/dx2", "value": [2.0, 2.0, 2.0, 2.0]}],\n'
        '  "flags": [],\n'
        '  "notes": []\n'
        "}\n"
    )


def test_what_is_not_known_is_null_or_left_out():
    flags = (
        Flag((0,), ("x",), "kink", -1.0, 1.0, "abs(x) has its kink there"),
        Flag((1,), (), "pole"),
        Flag((2,), ("x", "x"), "infinite", right=math.inf),
    )
    outcome = replace(
        QUADRATIC, read_as="", reduced=None, value=make([math.nan, math.inf, 1.0]), flags=flags
    )
    text = written(outcome)
    assert '"read_as": null' in text
    assert '"value": [null, null, 1.0], "reduced": null' in text
    assert (
        '"flags": [{"index": [0], "wrt": ["x"], "status": "kink", "left": -1.0, "right": 1.0, '
        '"reason": "abs(x) has its kink there"}, {"index": [1], "wrt": [], "status": "pole"}, '
        '{"index": [2], "wrt": ["x", "x"], "status": "infinite", "right": null}]'
    ) in text


def test_complex_numbers_are_objects():
    text = written(replace(QUADRATIC, value=make([1 + 2j, complex(0, math.nan)]), reduced=1 - 0.5j))
    assert '"value": [{"re": 1.0, "im": 2.0}, null], "reduced": {"re": 1.0, "im": -0.5}' in text


def test_names_are_ascii_and_say_which_partial_it_is():
    columns = (Column(("a", "t"), make([1.0])),)
    text = written(replace(QUADRATIC, variables=("a", "t"), derivatives=columns))
    assert '{"wrt": ["a", "t"], "name": "d2y/da dt", "value": [1.0]}' in text


def test_text_keeps_its_letters_where_the_stream_has_them():
    outcome = replace(QUADRATIC, expression="λ²", notes=("a tie",))
    assert '"expression": "λ²"' in written(outcome)
    assert '"expression": "\\u03bb\\u00b2"' in written(outcome, unicode=False)
    assert '"notes": ["a tie"]' in written(outcome)


def test_an_expression_cannot_send_escape_sequences_nor_broken_text():
    text = written(replace(QUADRATIC, expression="\x1b[2J\x9b2J\x7f\udcff"))
    assert '"expression": "\\u001b[2J\\u009b2J\\u007f\\udcff"' in text
    assert '"expression": "λ\\u009b2J"' in written(replace(QUADRATIC, expression="λ\x9b2J"))


SHAPES = [(), (1,), (7,), (2, 3), (3, 1), (2, 1, 4), (2, BLOCK + 1), (2 * BLOCK + 1,), (BLOCK, 3)]


@pytest.mark.parametrize("shape", SHAPES)
def test_values_keep_their_shape(shape):
    numbers = [float(row) for row in range(math.prod(shape))]
    found = strict(written(replace(QUADRATIC, value=make(numbers, shape))))["value"]
    for size in shape:
        assert len(found) == size
        found = found[-1]
    assert found == numbers[-1]


@pytest.mark.parametrize(
    ("shape", "nested"), [((0,), []), ((2, 0), [[], []]), ((0, 2), []), ((2, 0, 3), [[], []])]
)
def test_empty_shapes_keep_their_shape(shape, nested):
    assert strict(written(replace(QUADRATIC, value=make([], shape))))["value"] == nested


def same(number, found):
    if not (math.isfinite(number.real) and math.isfinite(number.imag)):
        return found is None
    return found == (
        {"re": number.real, "im": number.imag} if isinstance(number, complex) else number
    )


@given(
    st.lists(st.floats()) | st.lists(st.complex_numbers(), min_size=1),
    st.text(),
    st.booleans(),
    st.booleans(),
)
def test_any_result_is_json_without_nan(numbers, text, boxes, unicode):
    flag = Flag((0,), ("x",), "kink", math.nan, 1.0, text)
    outcome = replace(
        QUADRATIC, expression=text, value=make(numbers), flags=(flag,), notes=(text, text)
    )
    document = strict(written(outcome, boxes=boxes, unicode=unicode))
    assert document["expression"] == text
    assert document["notes"] == [text, text]
    assert len(document["value"]) == len(numbers)
    assert all(map(same, make(numbers), document["value"]))
