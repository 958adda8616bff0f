"""What could be read two ways: the reading that is given, its place, and what to write instead."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiffcli.diagnostics import AdiffError, Diagnostic, Span
from autodiffcli.lexer import words
from autodiffcli.parser import parse
from autodiffcli.program import Builder
from autodiffcli.readings import doubtful_name, doubts, strictly


def same(one: str, other: str) -> bool:
    builder = Builder()
    return builder.inline(parse(one), {}) == builder.inline(parse(other), {})


def readings(source: str) -> tuple[Diagnostic, ...]:
    return parse(source).readings


def marked(carets: str) -> Span:
    return Span(len(carets) - len(carets.lstrip()), len(carets))


# -- functions whose names are those of variables


@pytest.mark.parametrize(
    ("source", "place", "product"),
    [
        ("gamma^2(x + 1)", "^^^^^^^", "gamma^2*(...)"),
        ("2*psi**2 (x)", "  ^^^^^^", "psi**2*(...)"),
        ("zeta³(x)", "^^^^^", "zeta³*(...)"),
        ("1 + k0 ^ 2(x)", "    ^^^^^^", "k0 ^ 2*(...)"),
        ("gamma (x + 1)", "^^^^^", "gamma*(...)"),
    ],
)
def test_a_call_that_looks_like_a_product_is_doubtful(
    source: str, place: str, product: str
) -> None:
    (reading,) = readings(source)
    assert reading.span == marked(place)
    assert reading.hint == f"for a product write {product}"


@pytest.mark.parametrize(
    "source",
    ["gamma(x + 1)", "sin^2(x)", "sin (x)", "gamma^2*(x + 1)", "gamma (x, 1)[0]", "gamma(x)^2"],
)
def test_a_call_that_is_clear_is_not(source: str) -> None:
    assert list(doubts(source)) == []


# -- products without a sign

# The text, its place, what the note says, and the same with all brackets.
PRODUCTS = [
    ("1/2x",
     "^^^^", "(1/2)*x", "(1/2)*x"),
    ("y + 1/2 x",
     "    ^^^^^", "(1/2)*x", "y + (1/2)*x"),
    ("x/2y",
     "^^^^", "(x/2)*y", "(x/2)*y"),
    ("1/(2)x",
     "^^^^^^", "(1/(2))*x", "(1/2)*x"),
    ("1/2(x+1)",
     "^^^^", "(1/2)*(...)", "(1/2)*(x+1)"),
    ("1/sin(x)cos(x)",
     "^^^^^^^^^^^", "(1/sin(x))*cos", "(1/sin(x))*cos(x)"),
    ("1/2√x",
     "^^^^", "(1/2)*√", "(1/2)*√x"),
    ("a/-2b",
     "^^^^^", "(a/-2)*b", "(a/-2)*b"),
    ("a/b^2c",
     "^^^^^^", "(a/b^2)*c", "(a/(b^2))*c"),
    ("5%3x",
     "^^^^", "(5%3)*x", "(5%3)*x"),
    ("A@B c",
     "^^^^^", "(A@B)*c", "(A@B)*c"),
    ("8÷2(x)",
     "^^^^", "(8÷2)*(...)", "(8÷2)*x"),
    ("2^3x",
     "^^^^", "(2^3)*x", "(2^3)*x"),
    ("e^2x",
     "^^^^", "(e^2)*x", "(e^2)*x"),
    ("e^-2x",
     "^^^^^", "(e^-2)*x", "(e^(-2))*x"),
    ("-e^2x",
     "^^^^^", "(-e^2)*x", "(-(e^2))*x"),
    ("1 - 2^3x",
     "    ^^^^", "(2^3)*x", "1 - (2^3)*x"),
    ("3*2^3x",
     "  ^^^^", "(2^3)*x", "3*(2^3)*x"),
    ("10**-3 x",
     "^^^^^^^^", "(10**-3)*x", "(10^(-3))*x"),
    ("e^x y",
     "^^^^^", "(e^x)*y", "(e^x)*y"),
    ("e^sin(x)y",
     "^^^^^^^^^", "(e^sin(x))*y", "(e^sin(x))*y"),
    ("e^-(x)y",
     "^^^^^^^", "(e^-(x))*y", "(e^(-x))*y"),
    ("e^x²y",
     "^^^^^", "(e^x²)*y", "(e^(x^2))*y"),
    ("√2x",
     "^^^", "(√2)*x", "(√2)*x"),
    ("3√2 x",
     " ^^^^", "(√2)*x", "3*(√2)*x"),
    ("∛2x",
     "^^^", "(∛2)*x", "(∛2)*x"),
    ("√sin(x)y",
     "^^^^^^^^", "(√sin(x))*y", "(√sin(x))*y"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "carets", "reading", "means"), PRODUCTS, ids=[row[0] for row in PRODUCTS]
)
def test_product_of_two_readings(source: str, carets: str, reading: str, means: str) -> None:
    (found,) = readings(source)
    place = marked(carets)
    assert found.message == f"'{source[place.start : place.end]}' is read as {reading}"
    assert found.hint == f"write {reading}, or brackets for the other reading"
    assert (found.span, found.source) == (place, source)
    assert same(source, means)


FUNCTIONS = [
    # (source, place, function)
    ("sin x", "^^^^^", "sin"),
    ("2 + sin 2x", "    ^^^^^", "sin"),
    ("sin x^2", "^^^^^", "sin"),
    ("sin^2 x", "^^^^^^^", "sin"),
    ("sin² x", "^^^^^^", "sin"),
    ("sin^(2)(x)", "^^^^^^^^", "sin"),
    ("log x", "^^^^^", "log"),
    ("ln(2) + ln 3", "        ^^^^", "ln"),
    ("x mod y", "  ^^^^^", "mod"),
    ("x * sqrt 2", "    ^^^^^^", "sqrt"),
]


@pytest.mark.parametrize(
    ("source", "carets", "function"), FUNCTIONS, ids=[row[0] for row in FUNCTIONS]
)
def test_function_without_brackets(source: str, carets: str, function: str) -> None:
    found = readings(source)[0]
    assert found.message == f"'{function}' is read as a variable, times what follows"
    assert found.hint == f"for the function write {function}(...)"
    assert found.span == marked(carets)
    assert function in parse(source).inputs


DOUBTS = [
    # (source, place, message, hint)
    ("x^1/2", " ^^^", "'^1/' divides the power by what follows",
     "for a root write ^(1/n), for the quotient put brackets around the power"),
    ("y*x**-1 / n", "   ^^^^^^", "'**-1 /' divides the power by what follows",
     "for a root write ^(1/n), for the quotient put brackets around the power"),
    ("x^−1÷3", " ^^^^", "'^−1÷' divides the power by what follows",
     "for a root write ^(1/n), for the quotient put brackets around the power"),
    ("√x^2", "^^^^", "the root in '√x^2' is that of x alone",
     "put brackets around the root, or around all that is under it"),
    ("1+√x²", "  ^^^", "the root in '√x²' is that of x alone",
     "put brackets around the root, or around all that is under it"),
    ("∛2^x", "^^^^", "the root in '∛2^x' is that of 2 alone",
     "put brackets around the root, or around all that is under it"),
    ("x²^3", " ^^", "'²^' raises a power to a power",
     "put brackets around the power that comes first"),
    ("10%x", "^^^", "'10%' is read as a remainder, not as a percentage",
     "for percent write 10/100, for the remainder 10 % ... with spaces"),
    ("x*5% + 1", "  ^^", "'5%' is read as a remainder, not as a percentage",
     "for percent write 5/100, for the remainder 5 % ... with spaces"),
    ("(2.5%-x)", " ^^^^", "'2.5%' is read as a remainder, not as a percentage",
     "for percent write 2.5/100, for the remainder 2.5 % ... with spaces"),
    ("2e-3x", "^^^^", "'2e-3' is read as one number, times what follows",
     "write 2e-3*... for that, 2*e... for a product by e"),
    ("y+1.5e3(x)", "  ^^^^^", "'1.5e3' is read as one number, times what follows",
     "write 1.5e3*... for that, 1.5*e... for a product by e"),
    ("2E3x", "^^^", "'2E3' is read as one number, times what follows",
     "write 2E3*... for that, 2*E... for a product by E"),
    ("1e -3", "^^^^^", "the e in '1e -3' is read as the number e",
     "write a power of ten without spaces, or 1*e for the number e"),
    ("x*2.5 e+3", "  ^^^^^^^", "the e in '2.5 e+3' is read as the number e",
     "write a power of ten without spaces, or 2.5*e for the number e"),
    ("5 if x == 1 or 2 else 3", "            ^^^^",
     "the number in 'or 2' is a condition by itself, true unless it is 0",
     "write every comparison in full, x == 1 or x == 2"),
    ("where(x != 1 and 2.5, x, 0)", "             ^^^^^^^",
     "the number in 'and 2.5' is a condition by itself, true unless it is 0",
     "write every comparison in full, x == 1 or x == 2"),
    ("x!!", " ^^", "'!!' is read as the factorial of a factorial",
     "write (x!)! for that; adiff has no double factorial"),
    ("max(x, 1,000)", "       ^^^^^", "'1,000' is read as two numbers",
     "write 1000 or 1_000"),
    ("[12,050]", " ^^^^^^", "'12,050' is read as two numbers",
     "write 12050 or 12_050"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "carets", "message", "hint"), DOUBTS, ids=[row[0] for row in DOUBTS]
)
def test_what_means_something_else_elsewhere(
    source: str, carets: str, message: str, hint: str
) -> None:
    (found,) = readings(source)
    assert (found.message, found.span, found.hint) == (message, marked(carets), hint)
    assert found.source == source


CLEAR = [
    *("2x", "2(x+1)", "x^2y", "3x^2y^3", "(x+1)(x-1)", "2sin(x)", "sin(x)cos(x)", "x y z", "2πr"),
    *("1/(2x)", "(1/2)x", "1/2*x", "x*y/2", "x y/2", "2/3*4x", "2x/3", "-2x", "2(3)(4)", "-x^2y"),
    *("e^(2)x", "e^(-x)sin(x)", "e²x", "10⁻³x", "2²x", "e^|x|y", "(e^2)x", "exp(2)x", "exp(2^3)x"),
    *("√(2)x", "√(x)y", "2√x", "x√2", "√x*y", "√x+1", "√(x)^2", "√(x^2)", "sqrt(2)x", "√(x+1)²"),
    *("x^2/3", "x^10/2", "x^1*2", "x^(1)/2", "x^(1/2)", "x^1.0/2", "x¹/2", "x^21/2", "x/1/2"),
    *("x^2^3", "x^2³", "(x²)^3", "x%3", "x^2%y", "x**2%y", "10 % x", "x%y", "5%3", "(10)%x"),
    *("2e-3*x", "2e-3", "2e-3 x", "2*e-3", "2e - 3", "2e-x", "2e^x", "x2e5y", "2ex"),
    *("x == 1 or 2 == x", "x or 2*x", "x and 2 < x", "x or 2 - x", "floor and 2x", "or2", "x and1"),
    *("x!", "x!=2", "x!!=2", "(x!)!", "3!y", "max(1,2,3)", "max(1, 000)", "[1,100]", "[0,010]"),
    *("x[1,0]", "max(x1,000)", "[1.5,000]", "sin*x", "sin + x", "sin(2)x", "u = e^2; u x", "x^2 y"),
    *("u = √2; u x", "sin = 2; sin x", "x^y z", "2 (x)", "|x|y", "A.T y", "x[0]y", "x!y"),
]  # fmt: skip


@pytest.mark.parametrize("source", CLEAR)
def test_what_can_be_read_one_way_only_gets_no_note(source: str) -> None:
    assert readings(source) == ()


def test_notes_of_definitions_are_kept_too() -> None:
    found = readings("u = 1/2x; f(z) = sin z; u + f(y)")
    assert [note.span for note in found] == [Span(4, 8), Span(17, 22)]


def test_every_doubt_is_noted() -> None:
    assert len(readings("1/2x + 1/3y + x^1/2 + x^1/3")) == 4


# -- strictly


def test_a_clear_program_passes() -> None:
    strictly(parse("2x + x^2y"))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("1/2x", "this product could be read two ways; '1/2x' is read as (1/2)*x"),
        (
            "sin 2x",
            "this product could be read two ways; 'sin' is read as a variable, times what follows",
        ),
        ("x!!", "this could be read two ways; '!!' is read as the factorial of a factorial"),
    ],
)
def test_what_could_be_read_two_ways_is_refused(source: str, message: str) -> None:
    program = parse(source)
    with pytest.raises(AdiffError) as caught:
        strictly(program)
    found = caught.value.diagnostic
    assert found.message == message
    assert (found.span, found.hint) == (program.readings[0].span, program.readings[0].hint)


# -- names


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("sinx", "for the function write sin(x)"),
        ("sin2x", "for the function write sin(2x)"),
        ("lnx", "for the function write ln(x)"),
        ("log2x", "for the function write log2(x)"),
        ("cosθ", "for the function write cos(θ)"),
        ("sqrt2", "for the function write sqrt(2)"),
        ("xlnx", "for the function write x*ln(x)"),
        ("tsin2t", "for the function write t*sin(2t)"),
        ("sin", "for the function write sin(...)"),
        ("πx", "for the product write π*x"),
        ("rπ2", "for the product write rπ*2"),
        ("pix", "for the product write pi*x"),
        ("ex", "for the exponential write e^(x)"),
        ("e2t", "for the exponential write e^(2t)"),
    ],
)
def test_a_name_that_was_more_likely_meant_otherwise(name: str, hint: str) -> None:
    assert doubtful_name(name) == hint


@pytest.mark.parametrize(
    "name",
    [
        *(
            "x",
            "xy",
            "x0",
            "x1",
            "x_2",
            "x2",
            "xx",
            "cost",
            "x₂",
            "x12",
            "alpha",
            "theta",
            "chi",
            "phi",
            "rate",
            "mass",
        ),
        *("energy", "x_max", "signal", "mean_x", "sinus", "cosine", "maximum2", "tsinx"),
        *("pivot", "exit", "τ1", "E2x", "T", "π", "pi_0"),
    ],
)
def test_a_name_like_any_other(name: str) -> None:
    assert doubtful_name(name) == ""


# -- properties

PARTS = ["x", "2", "1", "e", "E", ".", "%", "!", "^", "**", "/", "√", "∛", "²", ",", "0", "00", " ",
         "-", "+", "(", ")", "sin", "\n", "_"]  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PARTS), max_size=15).map("".join))
def test_doubts_have_a_place_in_any_text(source: str) -> None:
    for found in doubts(source):
        assert found.span is not None
        assert source[found.span.start : found.span.end] == found.message.split("'")[1]
        assert "{" not in found.message + found.hint


@pytest.mark.parametrize(
    "source",
    [
        *("1_" * 50_000 + "1", "1" * 100_000 + "e", "√" + "x" * 100_000, "*" + " " * 100_000 + "%"),
        *("^1" * 50_000, "1e5" * 30_000, "!" * 100_000, ",000" * 30_000, "√ " * 50_000),
    ],
    ids=lambda source: re.sub(r"(.)\1{9,}", r"\1...", source)[:12],
)
def test_the_search_for_doubts_takes_no_longer_than_the_text_is(source: str) -> None:
    # A pattern that backtracks would take hours for these.
    assert len(list(doubts(source))) <= len(words("x").texts) * len(source)
