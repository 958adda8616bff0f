"""Equations as programs: where the sides are, what defines, places of mistakes."""

from __future__ import annotations

import pytest

from autodiffcli import AdiffError
from autodiffcli.equations import read_equations
from autodiffcli.interpreters.printing import read_as


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("cos(x) = x", "cos(x) - x"),
        ("x^2-2", "x^2 - 2"),
        ("x = cos(x)", "x - cos(x)"),
        ("f(z) = z^2; f(x) = 2", "x^2 - 2"),
        ("f(z) = z^2\nf(x) = 2\n", "x^2 - 2"),
        ("f(x) = x^2 - 2", "x^2 - 2"),
        ("where(x == 1, 2, x) = 3", "where(x == 1, 2, x) - 3"),
    ],
)
def test_an_equation_is_left_minus_right(source: str, read: str) -> None:
    assert read_as(read_equations(source)[0]) == read


def test_several_equations_are_separated() -> None:
    found = read_equations("x = cos(y); y = sin(x);")
    assert [read_as(program) for program in found] == ["x - cos(y)", "y - sin(x)"]
    assert all(program.source == "x = cos(y); y = sin(x);" for program in found)


def test_steps_keep_their_places_in_the_whole_text() -> None:
    (program,) = read_equations("exp(x) = 1 + sin(x)")
    texts = {program.text_of(n) for n in range(len(program.steps))}
    assert {"exp(x)", "sin(x)", "1 + sin(x)", "exp(x) = 1 + sin(x)"} <= texts


@pytest.mark.parametrize(
    ("source", "place", "code"),
    [
        ("1 = sqt(x)", "sqt", "unknown-function"),
        ("sine(x) = x", "sine", "unknown-function"),
        ("x = 1; y = 2*(x", "(", "unclosed"),
        ("x = 1 = 2", "=", "equals"),
        ("cos(x = x", "=", "equals"),
        ("x =", "=", "empty"),
        ("= x", "=", "empty"),
        ("x == 2", "x == 2", "condition"),
        ("1 = 1", "=", "variables"),
        ("", "", "empty"),
    ],
)
def test_mistakes_are_shown_where_they_are(source: str, place: str, code: str) -> None:
    with pytest.raises(AdiffError) as caught:
        read_equations(source)
    told = caught.value.diagnostic
    assert told.span is not None
    assert (told.source[slice(*told.span)], told.source, told.code) == (place, source, code)


def test_what_could_be_read_two_ways_is_noted_once() -> None:
    (reading,) = read_equations("1/2x = 3")[0].readings
    assert reading.source == "1/2x = 3"
