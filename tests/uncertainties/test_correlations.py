"""Which correlations there can be."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiffcli.diagnostics import AdiffError
from autodiffcli.parser import parse
from autodiffcli.uncertainties.correlations import is_semidefinite, read_correlations
from autodiffcli.uncertainties.measurements import read_measurements

POINTS = read_measurements(["a=1±0.1,b=2±0.1,c=3±0.1,d=4"], parse("a*b*c*d"))


def test_a_coefficient_is_taken_as_typed() -> None:
    found = read_correlations(["a,b=0.3", " b , c = -1/3"], POINTS)
    assert found == {("a", "b"): Fraction(3, 10), ("b", "c"): Fraction(-1, 3)}


WRONG = {
    ("a=0.3",): "this is no correlation",
    ("a,b",): "this is no correlation",
    ("",): "this is no correlation",
    ("a,a=0.3",): "'a' is correlated with itself anyway",
    ("a,e=0.3",): "there is no input 'e'",
    ("a,d=0.3",): "'d' has no uncertainty that could be correlated",
    ("a,b=1.1",): "a correlation is between -1 and 1",
    ("a,b=-2",): "a correlation is between -1 and 1",
    ("a,b=x",): "'x' is not a number",
    ("a,b=",): "a number is missing here",
    ("a,b=0.1,0.2",): "a correlation is one number",
    ("a,b=[0..1]",): "a correlation is one number",
    ("a,b=0.1", "b,a=0.1"): "the correlation of b and a is given twice",
    ("a,b=0.9", "b,c=0.9", "a,c=-0.9"): "a, b and c cannot be correlated like that",
    ("a,b=1", "b,c=1", "a,c=0.9"): "a, b and c cannot be correlated like that",
}


@pytest.mark.parametrize("texts", WRONG, ids=str)
def test_what_cannot_be(texts: tuple[str, ...]) -> None:
    with pytest.raises(AdiffError) as raised:
        read_correlations(texts, POINTS)
    assert raised.value.diagnostic.message == WRONG[texts]


def test_perfect_correlations_can_be() -> None:
    assert read_correlations(["a,b=1", "b,c=-1", "a,c=-1"], POINTS)


@given(st.lists(st.lists(st.integers(-3, 3), min_size=3, max_size=3), min_size=4, max_size=4))
def test_vectors_in_space_have_angles_that_can_be(vectors: list[list[int]]) -> None:
    """Cosines of four vectors in three dimensions: a singular, semidefinite matrix."""
    names = "abcd"
    found = {}
    for i, j in combinations(range(4), 2):
        dot = sum(u * v for u, v in zip(vectors[i], vectors[j], strict=True))
        size = sum(u * u for u in vectors[i]) * sum(v * v for v in vectors[j])
        found[names[i], names[j]] = Fraction(dot / size**0.5) if size else Fraction(0)
    assert is_semidefinite(names, found)


@given(st.fractions(-1, 1), st.fractions(-1, 1), st.fractions(-1, 1))
def test_three_correlations_can_be_where_the_determinant_is_not_negative(
    p: Fraction, q: Fraction, r: Fraction
) -> None:
    can = 1 + 2 * p * q * r - p * p - q * q - r * r >= 0
    assert is_semidefinite("abc", {("a", "b"): p, ("b", "c"): q, ("a", "c"): r}) == can
