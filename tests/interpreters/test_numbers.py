"""Constant expressions as numbers: what they are, what has no value, and what is too large."""

from __future__ import annotations

import math
from typing import Any

import pytest
from mpmath import mp, mpf

from autodiffcli.diagnostics import AdiffError, Diagnostic, Span
from autodiffcli.interpreters.numbers import constant, on_one_denominator
from autodiffcli.ops import FUNCTIONS, OPS
from autodiffcli.parser import parse

# To 40 digits, from tables: OEIS A000796, A001113, A002193, A002162, A001622.
DIGITS = {
    "pi": "3.141592653589793238462643383279502884197",
    "tau/2": "3.141592653589793238462643383279502884197",
    "e": "2.718281828459045235360287471352662497757",
    "sqrt(2)": "1.414213562373095048801688724209698078570",
    "√2": "1.414213562373095048801688724209698078570",
    "log(2)": "0.6931471805599453094172321214581765680755",
    "(1 + sqrt(5))/2": "1.618033988749894848204586834365638117720",
    "1/3": "0.3333333333333333333333333333333333333333",
    "0.1 + 0.2": "0.3",
    "1e-300*1e-300": "1e-600",
}


@pytest.mark.parametrize("expression", DIGITS)
def test_forty_digits(expression: str) -> None:
    with mp.workdps(50):
        expected = mpf(DIGITS[expression])
        assert abs(constant(parse(expression)) - expected) <= expected * mpf(10) ** -38


def value(expression: str, imaginary: bool = False) -> complex:
    return complex(constant(parse(expression, imaginary=imaginary)))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("2 < 3", 1),
        ("(2 < 3) < 1", 0),
        ("(1 < 2)/(3 < 4)", 1),
        ("-(1 < 2)", -1),
        ("not 3", 0),
        ("2 and 3", 1),
        ("5 if 1 < 2 else 6", 5),
        ("exp(1000)/exp(999)", math.e),
        ("171!/170!", 171),
        ("(1 + 1e-20)^1e20", math.e),
        ("(-1)^(10^6000)", 1),
        ("0^(10^6000)", 0),
        ("inf", math.inf),
        ("-inf", -math.inf),
        ("1/inf", 0),
        ("sqrt(-1)", 1j),
        ("log(-1)", math.pi * 1j),
        ("gamma(0.5)^2", math.pi),
        ("7 % -3", -2),
        ("atan2(-1, -1)", -3 * math.pi / 4),
        ("round(2.5) + round(-0.5)", 2),
        ("max(1, 2, 3) - min(1, 2)", 2),
    ],
)
def test_value(expression: str, expected: complex) -> None:
    assert value(expression) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [("i^2", -1), ("e^(i*pi)", -1), ("(1+2i)*(3-i)", 5 + 5j), ("abs(3+4i)", 5), ("1/i", -1j)],
)
def test_complex_value(expression: str, expected: complex) -> None:
    assert value(expression, imaginary=True) == pytest.approx(expected, rel=1e-15, abs=1e-30)


@pytest.mark.parametrize(
    "expression",
    ["sin(pi)", "cos(pi/2)", "0.3 - 0.1*3", "1 - 0.9 - 0.1", "tan(pi)*1e20", "√2^2 - 2"],
)
def test_what_is_zero_but_for_rounding_is_zero(expression: str) -> None:
    assert constant(parse(expression)) == 0


def test_what_depends_on_such_a_zero_knows_it() -> None:
    assert refused("1/sin(pi)").message == "this has no value"
    assert value("5 if sin(pi) == 0 else 6") == 5
    assert value("atan2(2, 1 + sin(pi))") == math.atan2(2, 1)
    assert value("max(sin(pi), -1)") == 0


@pytest.mark.parametrize("expression", ["1e-45", "1e-30*1e-30", "exp(-100)", "2^-300", "erfc(20)"])
def test_what_is_small_is_not_zero(expression: str) -> None:
    assert 0 < value(expression).real < 1e-30


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("2*1." + "1" * 5_000, 20 / 9),
        ("2*0." + "0" * 290 + "1" * 5_000, 2e-290 / 9),
        ("1 + " + "0" * 5_000 + "1", 2),
        ("3*2e" + "0" * 5_000 + "1", 60),
        ("1 + 0e9999999999", 1),
        ("1 + 0." + "0" * 5_000, 1),
    ],
    ids=range(6),
)
def test_literals_of_thousands_of_digits(expression: str, expected: float) -> None:
    assert value(expression) == pytest.approx(expected, rel=1e-15)


def test_lists_are_nested_lists() -> None:
    assert constant(parse("[[1, 2], [3, 2+2]]")) == [[1, 2], [3, 4]]


def refused(expression: str, imaginary: bool = False) -> Diagnostic:
    program = parse(expression, imaginary=imaginary)
    with pytest.raises(AdiffError) as caught:
        constant(program)
    return caught.value.diagnostic


@pytest.mark.parametrize(
    ("expression", "place"),
    [
        ("2 + 1/0", "1/0"),
        ("5 % 0", "5 % 0"),
        ("1 + gamma(-1)", "gamma(-1)"),
        ("(-2)!", "(-2)!"),
        ("0^-1", "0^-1"),
        ("max(sqrt(-1), 1)", "max(sqrt(-1), 1)"),
        ("2*(sqrt(-1) < 1)", "sqrt(-1) < 1"),
        ("atan2(sqrt(-1), 1)", "atan2(sqrt(-1), 1)"),
        ("hypot(sqrt(-1), 1)", "hypot(sqrt(-1), 1)"),
        ("clamp(sqrt(-1), 0, 1)", "clamp(sqrt(-1), 0, 1)"),
    ],
)
def test_what_has_no_value(expression: str, place: str) -> None:
    found = refused(expression)
    start = expression.index(place)
    assert found.message == "this has no value"
    assert (found.span, found.source) == (Span(start, start + len(place)), expression)


@pytest.mark.parametrize(
    ("expression", "place"),
    [
        ("1 + 10^10^10", "10^10^10"),
        ("9^9^9^9", "9^9^9"),
        ("gamma(10^1000)", "gamma(10^1000)"),
        ("exp(exp(100))", "exp(exp(100))"),
        ("exp(-exp(100))", "exp(-exp(100))"),
        ("10^-10^10", "10^-10^10"),
        ("2 + (10^6000)^(10^6000)", "(10^6000)^(10^6000)"),
        ("0.5^(10^6000)", "0.5^(10^6000)"),
    ],
)
def test_what_would_take_all_memory_is_refused(expression: str, place: str) -> None:
    found = refused(expression)
    start = expression.rindex(place)
    assert found.message == "this is too large or too small to calculate with"
    assert found.span == Span(start, start + len(place))


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("sum([1, 2])", "sum"),
        ("max([1, 2])", "amax"),
        ("[1, 2][0]", "index"),
        ("[1, 2] + 1", "add"),
        ("sin([1, 2])", "sin"),
        ("[1, 2] @ [3, 4]", "matmul"),
        ("[1, 2].T", "transpose"),
        ("where([1], 2, 3)", "ne"),
    ],
)
def test_what_tensors_cannot_do_in_a_point(expression: str, name: str) -> None:
    assert refused(expression).message == f"{name} cannot be used in a point"


POINTS = ["0", "1", "-1", "0.5", "-2.5", "1e300", "-1e-300", "inf", "-inf", "sqrt(-1)", "1+i", "3"]


@pytest.mark.parametrize("word", sorted(FUNCTIONS.keys() - {"and", "or", "piecewise"}))
def test_every_function_has_a_value_or_a_diagnostic_everywhere(word: str) -> None:
    count = len(FUNCTIONS[word].parameters)
    for number, point in enumerate(POINTS):
        operands = [point, *(POINTS[(number * 5 + k) % 4] for k in range(1, count))]
        program = parse(f"{word}({', '.join(operands)})", imaginary=True)
        try:
            found: Any = constant(program)
        except AdiffError as error:
            assert error.diagnostic.span is not None
            continue
        assert isinstance(complex(found), complex)


def test_every_primitive_but_those_on_tensors_has_a_reference() -> None:
    missing = {name for name, op in OPS.items() if not op.mpmath and not op.hidden}
    assert missing == {name for name, op in OPS.items() if op.mixes and not op.hidden}


def test_numbers_on_one_denominator() -> None:
    assert on_one_denominator(mpf("0.5"), mpf("-0.75"), mpf(3)) == ([2, -3, 12], 4)
    assert on_one_denominator(mpf(0), mpf(2) ** 100) == ([0, 2**100], 1)
