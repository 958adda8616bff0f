"""Suggestions and lists in messages."""

from __future__ import annotations

import pytest

from autodiffcli.diagnostics import did_you_mean, listed, nearest

WORDS = ("sin", "asin", "sinh", "sqrt", "log", "tanh", "Gamma")


@pytest.mark.parametrize(
    ("word", "expected"),
    [("sine", "sin"), ("sqr", "sqrt"), ("sqt", "sqrt"), ("SIN", "sin"), ("gamma", "Gamma")],
)
def test_the_nearest_word_is_found(word: str, expected: str) -> None:
    assert nearest(word, WORDS) == expected


@pytest.mark.parametrize("word", ["x", "foo", "potential"])
def test_a_word_far_from_all_has_no_suggestion(word: str) -> None:
    assert did_you_mean(word, WORDS) == ""


def test_lists_read_as_sentences() -> None:
    assert [listed([]), listed("a"), listed("ab"), listed("abc", "or")] == [
        "",
        "a",
        "a and b",
        "a, b or c",
    ]
