"""Options that are numbers, words and names."""

from __future__ import annotations

import pytest

from autodiffcli.diagnostics import AdiffError
from autodiffcli.request import names, one_of, whole_number


def test_a_whole_number_within_its_limits_is_read() -> None:
    assert whole_number("12", "--order", 0, 100) == 12


@pytest.mark.parametrize("text", ["-1", "101", "1.5", "two", "", "1e2", "٣٣٣"])
def test_other_numbers_are_refused_with_the_option_and_the_place(text: str) -> None:
    with pytest.raises(AdiffError) as caught:
        whole_number(text, "--order", 0, 100)
    diagnostic = caught.value.diagnostic
    assert "--order" in diagnostic.message
    assert (diagnostic.origin, diagnostic.span) == ("--order ", (0, len(text)))


def test_a_word_that_is_no_choice_gets_the_nearest_one_or_all() -> None:
    choices = ("sum", "mean")
    assert one_of("mean", "--reduction", choices) == "mean"
    with pytest.raises(AdiffError) as near:
        one_of("maen", "--reduction", choices)
    with pytest.raises(AdiffError) as far:
        one_of("median-of-means", "--reduction", choices)
    assert near.value.diagnostic.hint == "did you mean 'mean'?"
    assert far.value.diagnostic.hint == "it is one of sum or mean"


def test_names_between_commas_are_read() -> None:
    assert names("x, t,αβ", "--wrt") == ("x", "t", "αβ")


@pytest.mark.parametrize(("text", "place"), [("", (0, 0)), ("x,", (2, 2)), ("x,2,t", (2, 3))])
def test_what_is_no_name_is_pointed_at(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(AdiffError) as caught:
        names(text, "--wrt")
    assert caught.value.diagnostic.span == place
