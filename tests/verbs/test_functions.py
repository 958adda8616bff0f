"""`adiff functions` tells of every record."""

from __future__ import annotations

import pytest

from autodiffcli.ops import FUNCTIONS, OPS
from autodiffcli.ops.calculus import NAMES as OPERATORS
from autodiffcli.verbs.functions import usage
from tests.conftest import run_adiff


def test_every_function_is_listed_with_its_line() -> None:
    shown = run_adiff("functions").stdout
    for op in OPS.values():
        assert (op.doc in shown) == (not op.hidden), op.name


@pytest.mark.parametrize("word", ["sin", "arcsin", "^", "**", "√", "max", "and", "%"])
def test_a_function_is_described_by_any_of_its_names(word: str) -> None:
    ran = run_adiff("functions", word)
    assert ran.code == 0 and ": " in ran.stdout.splitlines()[0]


@pytest.mark.parametrize("word", [word for word in FUNCTIONS if word not in OPERATORS])
def test_every_word_is_described(word: str) -> None:
    first = run_adiff("functions", word).stdout.splitlines()[0]
    assert first == f"{usage(FUNCTIONS[word])}: {FUNCTIONS[word].doc}"


def test_an_unknown_name_is_an_error_with_a_suggestion() -> None:
    ran = run_adiff("functions", "sine")
    assert (ran.code, ran.stdout) == (2, "")
    assert "did you mean 'sin'?" in ran.stderr
