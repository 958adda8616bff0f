"""Germs against expansions that books give."""

from __future__ import annotations

from fractions import Fraction

import pytest

from autodiffcli.interpreters.balls import Singular, exactly, precision
from autodiffcli.interpreters.blocks import Along
from autodiffcli.interpreters.germs import Germs
from autodiffcli.interpreters.terms import Germ, by_size, germ
from autodiffcli.parser import parse
from autodiffcli.program import run

TERMS = 6
HALF = Fraction(1, 2)


def expansion(expression: str) -> Germ:
    """The germ of an expression of x at x = 0, from above."""
    program = parse(expression)
    meaning = Along(Germs(), {"x": exactly(Fraction(0))}, {"x": [1]})
    return germ(run(program, meaning)[program.output])


@pytest.mark.parametrize(
    "expression, terms",
    [
        ("sin(x)/x", {(0, 0): 1, (2, 0): Fraction(-1, 6), (4, 0): Fraction(1, 120)}),
        ("(1 - cos(x))/x^2", {(0, 0): HALF, (2, 0): Fraction(-1, 24)}),
        ("x/(exp(x) - 1)", {(0, 0): 1, (1, 0): -HALF, (2, 0): Fraction(1, 12)}),
        ("x*log(x)", {(1, 1): 1}),
        ("log(x)^2/x", {(-1, 2): 1}),
        ("x^x", {(0, 0): 1, (1, 1): 1, (2, 2): HALF}),
        ("sqrt(x + x^2)", {(HALF, 0): 1, (3 * HALF, 0): HALF, (5 * HALF, 0): Fraction(-1, 8)}),
        ("cos(sqrt(x))", {(0, 0): 1, (1, 0): -HALF, (2, 0): Fraction(1, 24)}),
        ("cbrt(x)^2", {(Fraction(2, 3), 0): 1}),
        ("1/sin(x)", {(-1, 0): 1, (1, 0): Fraction(1, 6), (3, 0): Fraction(7, 360)}),
        ("log(sin(x))", {(0, 1): 1, (2, 0): Fraction(-1, 6)}),
        ("sqrt(x^2)", {(1, 0): 1}),
        ("abs(x - x^2)", {(1, 0): 1, (2, 0): -1}),
        ("x^(1/3)/sqrt(x)", {(Fraction(-1, 6), 0): 1}),
    ],
)
def test_leading_terms_are_those_of_the_books(
    expression: str, terms: dict[tuple[Fraction | int, int], Fraction | int]
) -> None:
    with precision(256, TERMS):
        found = expansion(expression)
        kept = [
            (key, c) for key, c in sorted(found.terms.items(), key=by_size) if not c.contains(0)
        ]
        for (key, c), (wanted, number) in zip(kept, terms.items(), strict=False):
            assert key == wanted
            assert abs(c - exactly(Fraction(number))) < 1e-60
        assert len(kept) >= len(terms)


def test_what_vanishes_faster_than_every_power_is_flat() -> None:
    with precision(128, TERMS):
        found = expansion("exp(-1/x^2) + x")
        assert found.flat and list(found.terms) == [(1, 0)]


@pytest.mark.parametrize("expression", ["sin(1/x)", "log(log(1/x))", "x/exp(-1/x)", "exp(1/x)"])
def test_what_cannot_be_settled_is_singular(expression: str) -> None:
    program = parse(expression)
    with precision(128, TERMS):
        meaning = Along(Germs(), {"x": exactly(Fraction(0))}, {"x": [1]})
        found = run(program, meaning)[program.output]
        assert isinstance(found.error, Singular)


@pytest.mark.parametrize(
    "expression, sign",
    [("x^3", 1), ("-x^5 + x^9", -1), ("log(x)", -1), ("x*log(x)^2", 1), ("x - x", 0)],
)
def test_the_sign_is_that_of_the_leading_term(expression: str, sign: int) -> None:
    with precision(128, TERMS):
        assert Germs().side(expansion(expression)) == sign
