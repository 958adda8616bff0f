"""What is wrong with an expression: the message, the exact place, and the hint."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiffcli.diagnostics import AdiffError, Diagnostic, Span
from autodiffcli.parser import parse


def refused(source: str) -> Diagnostic:
    with pytest.raises(AdiffError) as caught:
        parse(source)
    return caught.value.diagnostic


def marked(carets: str) -> Span:
    """The place under carets; under a bar the empty place before a character."""
    start = len(carets) - len(carets.lstrip())
    return Span(start, start if "|" in carets else len(carets))


EXPECTED = "a number, a name or '(' is expected here, not '{}'"
CHOICE = "write `a if c else b` or where(c, a, b)"
POWER = "a power is written ** or ^"
EQUALS = "for equality write ==, for a definition `u = ...; ...`"
NO_INDEX = "write x[0], x[1:3], x[:, -1] or x[::2], with a step above 0"
INDEX = "an index is a whole number or a slice like 1:3"

MISTAKES = [
    # -- an operand is missing
    ("x+*2",
     "  ^", EXPECTED.format("*"), POWER),
    ("x * * 2",
     "    ^", EXPECTED.format("*"), POWER),
    ("x***2",
     "   ^", EXPECTED.format("*"), POWER),
    ("x^^2",
     "  ^", EXPECTED.format("^"), POWER),
    ("*x",
     "^", EXPECTED.format("*"), ""),
    ("/x",
     "^", EXPECTED.format("/"), ""),
    ("x // 2",
     "   ^", EXPECTED.format("/"), "write floor(a/b)"),
    ("x <> 2",
     "   ^", EXPECTED.format(">"), "write !="),
    ("x === 2",
     "    ^", EXPECTED.format("="), "write =="),
    ("x =< 2",
     "   ^", EXPECTED.format("<"), "write <="),
    ("x => 2",
     "   ^", EXPECTED.format(">"), "write >="),
    ("=x^2",
     "^", EXPECTED.format("="), "leave the '=' out"),
    ("!x",
     "^", EXPECTED.format("!"), "write 'not'"),
    ("if(x>0, x, 0)",
     "^^", EXPECTED.format("if"), CHOICE),
    ("1 + if x else 2",
     "    ^^", EXPECTED.format("if"), CHOICE),
    ("and x",
     "^^^", EXPECTED.format("and"), ""),
    ("x or or y",
     "     ^^", EXPECTED.format("or"), ""),
    ("x else",
     "  ^^^^", "'else' without 'if'", ""),
    ("²",
     "^", EXPECTED.format("²"), ""),
    ("sin^²(x)",
     "    ^", EXPECTED.format("²"), ""),
    ("()",
     " ^", EXPECTED.format(")"), ""),
    ("[]",
     " ^", EXPECTED.format("]"), ""),
    ("[1, ]",
     "    ^", EXPECTED.format("]"), ""),
    ("sin(x,)",
     "      ^", EXPECTED.format(")"), ""),
    ("max(, x)",
     "    ^", EXPECTED.format(","), ""),
    ("(x+)",
     "   ^", EXPECTED.format(")"), ""),
    (".T",
     "^^", EXPECTED.format(".T"), ""),
    ("..2",
     "^^", EXPECTED.format(".."), ""),
    ("x +",
     "   |", "the expression ends after '+'", ""),
    ("x^2 + y *  ",
     "           |", "the expression ends after '*'", ""),
    ("10%",
     "   |", "the expression ends after '%'", "% is the remainder; for percent write /100"),
    ("x if y else",
     "           |", "the expression ends after 'else'", ""),
    ("not",
     "   |", "the expression ends after 'not'", ""),
    # -- an operator is missing, or something stands where one should
    ("x 2",
     "  ^", "an operator is missing before '2'", "write x*2 or x^2"),
    ("2 3",
     "  ^", "an operator is missing before '3'", "write 2*3 or 2^3"),
    ("1/2 3",
     "    ^", "an operator is missing before '3'", "write 2*3 or 2^3"),
    ("√2 3",
     "   ^", "an operator is missing before '3'", "write 2*3 or 2^3"),
    ("(x)2",
     "   ^", "an operator is missing before '2'", "write * before it"),
    ("1.2.3",
     "   ^^", "an operator is missing before '.3'", "write 1.2*.3 or 1.2^.3"),
    ("x.5",
     " ^^", "an operator is missing before '.5'", "write x*.5 or x^.5"),
    ("x² 3",
     "   ^", "an operator is missing before '3'", "write ²*3 or ²^3"),
    ("x not y",
     "  ^^^", "an operator is expected here, not 'not'", ""),
    ("2 not x",
     "  ^^^", "an operator is expected here, not 'not'", ""),
    ("2 * not x",
     "    ^^^", "'not' stands behind an operator that binds tighter", "write (not ...)"),
    ("x == ¬y",
     "     ^", "'¬' stands behind an operator that binds tighter", "write (not ...)"),
    ("-not x",
     " ^^^", "'not' stands behind an operator that binds tighter", "write (not ...)"),
    ("x^2 = 4",
     "    ^", "'=' cannot stand inside an expression", EQUALS),
    ("u = v = 4",
     "      ^", "'=' cannot stand inside an expression", EQUALS),
    ("1..2",
     " ^^", "'..' cannot stand inside an expression", "a range belongs into --at x=0..1..0.25"),
    ("x, y",
     " ^", "a comma separates the operands of a function", "points are given with --at"),
    ("(x, y)",
     "  ^", "a comma separates the operands of a function", ""),
    ("1,5*x",
     " ^", "a comma separates the operands of a function",
     "a decimal point is a '.', and thousands are not separated"),
    ("2,5e3x",
     " ^", "a comma separates the operands of a function",
     "a decimal point is a '.', and thousands are not separated"),
    ("x : y",
     "  ^", "':' belongs into an index or into piecewise(c: a, otherwise)", ""),
    ("x := 2",
     "  ^", "':' belongs into an index or into piecewise(c: a, otherwise)",
     "a definition is written `u = ...`"),
    ("sin(x: 2)",
     "     ^", "':' belongs into an index or into piecewise(c: a, otherwise)", ""),
    # -- brackets
    ("sin(x",
     "^^^", "'sin(' is never closed", ""),
    ("2*(x+1",
     "  ^", "'(' is never closed", ""),
    ("((x)",
     "^", "'(' is never closed", ""),
    ("[1, 2",
     "^", "'[' is never closed", ""),
    ("|x",
     "^", "'|' is never closed", ""),
    ("x[1:",
     " ^", "'[' is never closed", ""),
    ("(",
     "^", "'(' is never closed", ""),
    ("sin^2(x",
     "^^^", "'sin(' is never closed", ""),
    ("x)",
     " ^", "')' closes nothing", ""),
    ("[x]]",
     "   ^", "']' closes nothing", ""),
    ("x + (y]",
     "    ^^^", "'(' is closed by ']'", ""),
    ("[x)",
     "^^^", "'[' is closed by ')'", ""),
    ("sin(x]",
     "^^^^^^", "'(' is closed by ']'", ""),
    ("(|x)|",
     " ^^^", "'|' is closed by ')'", ""),
    ("(x if y)",
     "   ^^", "'if' without 'else'", ""),
    ("x if y",
     "  ^^", "'if' without 'else'", ""),
    ("(x if y) else z",
     "   ^^", "'if' without 'else'", ""),
    ("x if a if b else c",
     "  ^^", "'if' without 'else'", ""),
    # -- bars
    ("2|x|",
     " ^", "this bar could open or close", "write * before the bar, or abs(...)"),
    ("|x|y|z|",
     "    ^", "this bar could open or close", "write * before the bar, or abs(...)"),
    ("|x| - y|",
     "       ^", "this bar could open or close", "write * before the bar, or abs(...)"),
    ("ln|x|",
     "  ^", "this bar could open or close", "write ln(abs(...))"),
    ("log |x|",
     "    ^", "this bar could open or close", "write log(abs(...))"),
    ("x>0 || y>0",
     "    ^", "this bar could open or close",
     "write 'or' for a choice, * before the bars for a product"),
    ("1 + ||x||",
     "    ^^^^^", "double bars have two meanings", "write norm(...) or abs(...)"),
    # -- indices
    ("x[i]",
     "  ^", INDEX, ""),
    ("x[1.5]",
     "  ^^^", INDEX, ""),
    ("x[1 2]",
     "    ^", INDEX, ""),
    ("x[²]",
     "  ^", INDEX, ""),
    ("x[1_0]",
     "  ^^^", INDEX, ""),
    ("sin[x]",
     "    ^", INDEX, "for the function write sin(...)"),
    ("Sin[x]",
     "    ^", INDEX, "for the function write sin(...)"),
    ("2*x[]",
     "   ^^", "this is no index", NO_INDEX),
    ("x[1:2:3:4]",
     " ^^^^^^^^^", "this is no index", NO_INDEX),
    ("x[--1]",
     " ^^^^^", "this is no index", NO_INDEX),
    ("x[::0]",
     " ^^^^^", "this is no index", NO_INDEX),
    ("x[5:1:-1]",
     " ^^^^^^^^", "this is no index", NO_INDEX),
    ("x[10000000000]",
     " ^^^^^^^^^^^^^", "this is no index", NO_INDEX),
    ("x[" + "9" * 5_000 + "]",
     " " + "^" * 5_002, "this is no index", NO_INDEX),
    ("x[1-]",
     " ^^^^", "this is no index", NO_INDEX),
    ("x[0,]",
     " ^^^^", "this is no index", NO_INDEX),
    # -- powers of functions
    ("sin^-1(x)",
     "^^^^^^", "'sin^-1' has two meanings",
     "for the inverse function write asin(...), for the reciprocal 1/sin(...)"),
    ("1 + sin⁻¹(x)",
     "    ^^^^^", "'sin^-1' has two meanings",
     "for the inverse function write asin(...), for the reciprocal 1/sin(...)"),
    ("tan**−1(x)",
     "^^^^^^^", "'tan^-1' has two meanings",
     "for the inverse function write atan(...), for the reciprocal 1/tan(...)"),
    ("exp^-2(x)",
     "^^^^^^", "'exp^-2' has two meanings", "for the reciprocal 1/exp(...)"),
    ("2*sin^n(x)",
     "  ^^^^^", "the power of 'sin' is no whole number", "write sin(...)^n"),
    # -- numbers
    ("x + 1e400",
     "    ^^^^^", "1e400 exceeds float64", ""),
    ("1e-400",
     "^^^^^^", "1e-400 is below float64, it would become 0", ""),
    ("0.0001e-330x",
     "^^^^^^^^^^^", "0.0001e-330 is below float64, it would become 0", ""),
    ("1" * 400,
     "^" * 400, "11111111111111111111... exceeds float64", ""),
    ("x" + "²" * 400,
     " " + "^" * 400, "²²²²²²²²²²²²²²²²²²²²... exceeds float64", ""),
    ("sin^" + "9" * 400 + "(x)",
     "    " + "^" * 400, "99999999999999999999... exceeds float64", ""),
    ("x + 0x1F",
     "    ^^^^", "numbers are read in base ten only", ""),
    ("0b101",
     "^^^^^", "numbers are read in base ten only", ""),
    ("0o17",
     "^^^^", "numbers are read in base ten only", ""),
    ("1_",
     "^^", "an underscore in a number stands between digits", ""),
    ("2*1__0",
     "  ^^^^", "an underscore in a number stands between digits", ""),
    ("1_x",
     "^^", "an underscore in a number stands between digits", ""),
    ("1_.5",
     "^^^^", "an underscore in a number stands between digits", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "carets", "message", "hint"), MISTAKES, ids=[row[0][:20] for row in MISTAKES]
)
def test_mistake(source: str, carets: str, message: str, hint: str) -> None:
    found = refused(source)
    assert (found.message, found.span, found.hint) == (message, marked(carets), hint)
    assert found.source == source
    assert found.code


@pytest.mark.parametrize("source", ["0", "0.0", "0e5", "0.000e-400", "0x", "0 x1", "0b + 1", ".0"])
def test_a_zero_is_no_number_that_is_too_small(source: str) -> None:
    parse(source)


@pytest.mark.parametrize("source", ["1.7976931348623157e308", "5e-324", "1e308"])
def test_the_ends_of_float64_can_be_written(source: str) -> None:
    assert parse(source).steps[0].text == source


WORDS = (
    "x y e pi i f sin log max where piecewise if else and or not 1 2 .5 1e5 1_0 + - * / ^ ** % @ ! "
    "| ( ) [ ] , : ; = == != < >= .T .. ² ⁻¹ √ ∛ ∞ ∧ ¬ − × ÷ d gamma norm x₁ A _ ' # $ . \n"
)


def in_source(source: str) -> None:
    """Whatever is typed has a meaning, or a diagnostic with a place; nothing else happens."""
    try:
        program = parse(source)
    except AdiffError as error:
        found = error.diagnostic
        assert found.source == source
        assert found.span is not None
        assert 0 <= found.span.start <= found.span.end <= len(source)
        assert found.message
        assert not found.message.endswith(".")
        return
    for step in program.steps:
        assert 0 <= step.span.start < step.span.end <= len(source)
    for reading in program.readings:
        assert source[reading.span.start : reading.span.end].strip()


@settings(max_examples=500)
@given(st.text(max_size=30))
def test_any_text_at_all(source: str) -> None:
    in_source(source)


@settings(max_examples=1_000)
@given(st.lists(st.sampled_from(WORDS.split(" ")), max_size=12), st.sampled_from(["", " "]))
def test_any_soup_of_words(found: list[str], blank: str) -> None:
    in_source(blank.join(found))


def test_what_is_left_of_good_expressions_when_characters_are_lost_or_swapped() -> None:
    shuffler = random.Random(0)
    good = (
        "f(z) = piecewise(z<0: -z², |z|<1: √z, z!); u = [f(x), 2e-3y][0]; sin^2(u)/2 if u else A.T"
    )
    for _ in range(3_000):
        letters = list(good)
        for _ in range(shuffler.randint(1, 4)):
            place = shuffler.randrange(len(letters))
            if shuffler.random() < 0.5:
                del letters[place]
            else:
                letters[place] = shuffler.choice(good)
        in_source("".join(letters))
