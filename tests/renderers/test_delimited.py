"""CSV and TSV."""

import csv
import io
import math
import sys
import tracemalloc
from array import array

from hypothesis import given
from hypothesis import strategies as st

from autodiffcli.arrays import Array, make
from autodiffcli.renderers import Style, load
from autodiffcli.result import Flag
from autodiffcli.terminal import Terminal
from tests.renderers.samples import result


def written(outcome, name="csv"):
    stream = io.StringIO()
    load(name)(outcome, Terminal(stream, sys.stderr), Style())
    return stream.getvalue()


QUADRATIC = result(
    {"x": make([1.0, 2.0])},
    make([2.0, 5.0]),
    [("x", make([2.0, 4.0])), ("x,x", make([2.0, 2.0]))],
)
KINK = result(
    {"x": make([-1.0, 0.0])},
    make([1.0, 0.0]),
    [("x", make([-1.0, math.nan]))],
    [Flag((1,), ("x",), "kink", -1.0, 1.0)],
)


def test_a_quadratic():
    assert written(QUADRATIC) == (
        "x,y,dy/dx,d2y/dx2,status\n"
        "1.0,2.0,2.0,2.0,exact\n"
        "2.0,5.0,4.0,2.0,exact\n"
    )  # fmt: skip


def test_tsv_has_tabs():
    assert written(QUADRATIC, "tsv") == (
        "x\ty\tdy/dx\td2y/dx2\tstatus\n"
        "1.0\t2.0\t2.0\t2.0\texact\n"
        "2.0\t5.0\t4.0\t2.0\texact\n"
    )  # fmt: skip


def test_a_kink_is_an_empty_cell_and_a_status():
    assert written(KINK) == "x,y,dy/dx,status\n-1.0,1.0,-1.0,exact\n0.0,0.0,,kink\n"


def test_a_number_that_is_not_finite_is_empty_without_a_flag_too():
    outcome = result({"x": make([1.0, 2.0])}, make([math.inf, math.nan]))
    assert written(outcome) == "x,y,status\n1.0,,exact\n2.0,,exact\n"


def test_matrices_have_index_columns():
    ones = make([1.0] * 4, (2, 2))
    assert written(result({"a": ones}, ones)) == (
        "index_0,index_1,a,y,status\n"
        "0,0,1.0,1.0,exact\n"
        "0,1,1.0,1.0,exact\n"
        "1,0,1.0,1.0,exact\n"
        "1,1,1.0,1.0,exact\n"
    )


def test_mixed_shapes_are_long_and_indices_are_quoted():
    outcome = result({"A": make([1.0, 2.0], (1, 2)), "x": make([3.0, 4.0])}, make([11.0]))
    assert written(outcome) == (
        "quantity,index,value,status\n"
        'A,"0,0",1.0,exact\n'
        'A,"0,1",2.0,exact\n'
        "x,0,3.0,exact\n"
        "x,1,4.0,exact\n"
        "y,0,11.0,exact\n"
    )


def test_complex_numbers():
    outcome = result({"z": make([1 + 2j])}, make([complex(-3, math.inf)]))
    assert written(outcome) == "z,y,status\n1+2i,,exact\n"


def test_no_points_leave_the_header():
    assert written(result({"x": make([])}, make([]))) == "x,y,status\n"


def test_a_variable_called_status_keeps_its_name():
    one = make([1.0])
    assert written(result({"status": one}, one)).startswith("status,y,status_\n")


def test_a_stream_that_cannot_write_greek_gets_an_escape():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    one = make([1.0])
    load("csv")(result({"λ": one}, one), Terminal(stream, sys.stderr, unicode=False), Style())
    stream.flush()
    assert stream.buffer.getvalue() == b"\\u03bb,y,status\n1.0,1.0,exact\n"


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_read_back_as_they_were(numbers):
    text = written(result({"x": make(numbers)}, make(numbers)))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [float(row["x"]) for row in rows] == numbers
    assert [float(row["y"]) for row in rows] == numbers


@given(st.lists(st.floats(), min_size=1), st.data())
def test_every_row_has_every_cell_and_its_own_status(numbers, data):
    bad = data.draw(st.sets(st.integers(0, len(numbers) - 1)))
    flags = [Flag((row,), (), "pole") for row in bad]
    rows = list(csv.reader(io.StringIO(written(result({}, make(numbers), flags=flags)))))
    assert rows[0] == ["y", "status"]
    assert [row[1] for row in rows[1:]] == [
        "pole" if row in bad else "exact" for row in range(len(numbers))
    ]
    assert [row[0] == "" for row in rows[1:]] == [not math.isfinite(number) for number in numbers]


class Sink(io.TextIOBase):
    """A stream that keeps nothing."""

    def write(self, text):
        return len(text)


def test_a_long_result_is_never_in_memory_as_text():
    numbers = Array((100_000,), array("d", (row / 7 for row in range(100_000))))
    outcome = result({"x": numbers}, numbers)
    render = load("csv")
    tracemalloc.start()
    try:
        render(outcome, Terminal(Sink(), sys.stderr), Style())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000  # bytes; the text has 4.5 million characters, the rows 20 MB as strings


def test_a_flag_far_down_is_on_its_own_row():
    numbers = make([float(row) for row in range(10_000)])
    lines = written(result({}, numbers, flags=[Flag((9_000,), (), "pole")])).splitlines()
    assert [line for line in lines if "pole" in line] == ["9000.0,pole"]
