"""The measuring of accuracy, on one function: that it sees what is right and what is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mpmath import mpf

from autodiffcli.ops import OPS
from autodiffcli.verbs.functions import usage
from tests.benchmarks import accuracy

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_every_method_is_right_about_the_hyperbolic_tangent() -> None:
    row = accuracy.row_of(OPS["tanh"])
    for method in accuracy.METHODS:
        assert row.findings(method) == []
        assert row.worst(method).relative < 1e-14  # type: ignore[union-attr]
        assert len(row.numbers[method]) > 5 * 40


def test_a_wrong_digit_is_a_finding_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    right = accuracy.by_taylor

    def wrong(case: accuracy.Case, program: accuracy.Program) -> list[list[float]]:
        columns = right(case, program)
        columns[2] = [y * (1 + 1e-9) for y in columns[2]]
        return columns

    monkeypatch.setattr(accuracy, "by_taylor", wrong)
    row = accuracy.row_of(OPS["sqrt"])
    assert row.findings("autograd") == []
    found = row.findings("taylor")
    assert {number.order for number in found} == {2}
    assert str(found[0]).startswith("`sqrt(x)`, order 2 at x = ")
    assert accuracy.size(row.worst("taylor")) == "1e-9"


def test_functions_of_several_operands_are_measured_by_each_of_them() -> None:
    assert [case.wrt for case in accuracy.cases(OPS["atan2"])] == ["y", "x"]
    texts = [case.text for case in accuracy.cases(OPS["besselj"])]
    assert texts[:3] == ["besselj(0, x)", "besselj(2, x)", "besselj(5, x)"]


@pytest.mark.parametrize(
    ("got", "truth", "sensitivity", "expected"),
    [
        (1.0, 1, 1, (0, 0)),
        (1.5, 1, 2, (0.5, 2.0**50)),
        (1e-16, 2e-16, 1, (float("nan"), 0.45)),
        (float("inf"), mpf(10) ** 400, mpf(10) ** 400, (0, 0)),
        (1.0, mpf(10) ** 400, mpf(10) ** 400, (float("inf"), float("inf"))),
        (float("nan"), 1, 1, (float("inf"), float("inf"))),
    ],
)
def test_an_error_is_relative_and_in_units_of_an_ulp(
    got: float, truth: float, sensitivity: float, expected: tuple[float, float]
) -> None:
    found = accuracy.errors(got, mpf(truth), mpf(sensitivity), False)
    assert found == pytest.approx(expected, rel=1e-2, nan_ok=True)


def test_the_table_of_the_readme_has_every_function() -> None:
    table = re.search(r"<!-- accuracy -->\n(.*?)<!-- end accuracy -->", README, re.DOTALL)
    assert table
    shown = re.findall(r"^\| `(.*?)` \|", table.group(1), re.MULTILINE)
    assert shown == [usage(op) for op in accuracy.functions()]
