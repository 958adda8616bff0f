"""Numbers as text."""

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiffcli.arrays import Array, make
from autodiffcli.renderers.number import exact, exact_each, finite, shown, shown_each

ANY = slice(None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "2"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1 / 3, "0.333333"),
        (123456.0, "123456"),
        (1234567.0, "1.23457e+06"),
        (-1e-20, "-1e-20"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (1 + 2j, "1+2i"),
        (1 - 2j, "1-2i"),
        (complex(-0.0, -0.0), "0+0i"),
        (complex(1 / 3, -1e-20), "0.333333-1e-20i"),
    ],
)
def test_shown_rounds_to_six_digits(value, text):
    assert shown(value) == text


def test_shown_rounds_to_the_precision():
    assert shown(math.pi, 3) == "3.14"
    assert shown(math.pi, 17) == "3.1415926535897931"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "2.0"),
        (0.1, "0.1"),
        (-0.0, "-0.0"),
        (1e22, "1e+22"),
        (5e-324, "5e-324"),
        (1 + 2j, "1+2i"),
        (0.5 - 1e-5j, "0.5-1e-05i"),
        (complex(0.0, -0.0), "0-0i"),
    ],
)
def test_exact_keeps_every_digit(value, text):
    assert exact(value) == text


@given(st.floats(allow_nan=False))
def test_exact_reads_back_as_the_same_number(value):
    back = float(exact(value))
    assert back == value
    assert math.copysign(1, back) == math.copysign(1, value)


@given(st.complex_numbers(allow_nan=False, allow_infinity=False))
def test_exact_complex_reads_back_as_the_same_number(value):
    assert complex(exact(value).replace("i", "j")) == value


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 17))
def test_shown_is_never_longer_than_its_digits_sign_point_and_exponent(value, precision):
    assert len(shown(value, precision)) <= precision + len("-0.000e-308") - len("0.000") + 5


@given(st.lists(st.floats() | st.complex_numbers()), st.integers(1, 17))
def test_many_numbers_are_written_as_each_of_them_is(numbers, precision):
    values = make(numbers)
    assert shown_each(values, ANY, precision) == [
        shown(value, precision) if finite(value) else "none" for value in values
    ]
    assert exact_each(values, ANY) == [exact(value) if finite(value) else "" for value in values]


def test_finite_numbers_whose_sum_overflows_are_all_written():
    assert exact_each(make([1.7e308, 1.7e308]), ANY) == ["1.7e+308", "1.7e+308"]
    assert shown_each(make([1.7e308, 1.7e308]), ANY, 2) == ["1.7e+308", "1.7e+308"]


def test_infinities_that_cancel_are_still_missing():
    assert exact_each(make([math.inf, -math.inf]), ANY, "null") == ["null", "null"]


def test_a_complex_number_with_one_part_that_is_not_finite_is_missing():
    values = Array((1,), array("d", [1.0]), array("d", [math.nan]))
    assert exact_each(values, ANY) == [""]
    assert shown_each(values, ANY, 6) == ["none"]


def test_no_table_has_a_negative_zero():
    assert shown_each(make([-0.0, 1.0]), ANY, 6) == ["0", "1"]
    assert shown_each(make([-0.0, math.nan]), ANY, 6) == ["0", "none"]
