"""Tensors of balls against mpmath's matrices."""

from __future__ import annotations

from typing import Any

import pytest
from flint import arb
from mpmath import matrix, mp

from autodiffcli.interpreters.balls import Balls, Broken, first, precision
from autodiffcli.interpreters.blocks import Along, Block, Misfit, items_of, shape_of
from autodiffcli.parser import parse
from autodiffcli.program import run

A = [[4, 1, -2], [1, 3, 0.5], [-2, 0.5, 5]]
B = [1, 2, 3]


def result(expression: str) -> Any:
    """An expression of A and b at the tensors above."""
    program = parse(expression)
    flat = tuple(arb(number) for row in A for number in row)
    points = {"A": Block((3, 3), flat), "b": Block((3,), tuple(map(arb, B)))}
    with precision(128, 1):
        meaning = Along(Balls(), {name: points[name] for name in program.inputs}, {})
        return run(program, meaning)[program.output]


@pytest.mark.parametrize(
    "expression, truth",
    [
        ("det(A)", lambda: [mp.det(matrix(A))]),
        ("inv(A)", lambda: list(matrix(A) ** -1)),
        ("solve(A, b)", lambda: list(mp.lu_solve(matrix(A), matrix(B)))),
        ("A @ b", lambda: list(matrix(A) * matrix(B))),
        ("A @ A", lambda: list(matrix(A) * matrix(A))),
        ("trace(A)", lambda: [12]),
        ("norm(b)", lambda: [mp.sqrt(14)]),
        ("dot(b, b)", lambda: [14]),
        ("sum(b)", lambda: [6]),
        ("mean(b)", lambda: [2]),
        ("prod(b)", lambda: [6]),
        ("amax(A)", lambda: [5]),
        ("amin(A)", lambda: [-2]),
        ("A[1:, 0]", lambda: [1, -2]),
        ("A[-1]", lambda: [-2, 0.5, 5]),
        ("A.T[0]", lambda: [4, 1, -2]),
        ("[b[0], 7]", lambda: [1, 7]),
        ("logdet(A)", lambda: [mp.log(mp.det(matrix(A)))]),
        ("A*b", lambda: [4, 2, -6, 1, 6, 1.5, -2, 1, 15]),
    ],
)
def test_tensors_are_those_of_mpmath(expression: str, truth: Any) -> None:
    with mp.workdps(40):
        expected = truth()
        found = items_of(result(expression))
        assert len(found) == len(expected)
        for ball, number in zip(found, expected, strict=True):
            assert abs(mp.mpf(first(ball).mid().str(35, radius=False)) - number) < 1e-30


def test_a_singular_matrix_breaks_every_entry_of_its_inverse() -> None:
    found = result("inv(A - A)")
    assert shape_of(found) == (3, 3)
    assert all(isinstance(entry, Broken) for entry in items_of(found))


@pytest.mark.parametrize("expression", ["A @ [1, 2]", "A + [1, 2]", "b[3]", "det(b)", "A[0, 0, 0]"])
def test_what_does_not_fit_is_said(expression: str) -> None:
    with pytest.raises(Misfit):
        result(expression)
