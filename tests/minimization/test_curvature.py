"""Hessians: definiteness, eigenvalues, directions."""

from __future__ import annotations

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from autodiffcli.minimization.curvature import definiteness, direction, eigen


def balls(matrix: list[list[float]]) -> list[list[arb]]:
    return [[arb(entry) for entry in row] for row in matrix]


@pytest.mark.parametrize(
    ("matrix", "kind"),
    [
        ([[2, 0], [0, 3]], "positive definite"),
        ([[2, 1], [1, 3]], "positive definite"),
        ([[-2, 1], [1, -3]], "negative definite"),
        ([[1, 2], [2, 1]], "indefinite"),
        ([[0, 1], [1, 0]], "indefinite"),
        ([[1, 1], [1, 1]], "singular"),
        ([[0, 0], [0, 0]], "singular"),
        ([[1, 0, 0], [0, 0, 0], [0, 0, -1]], "indefinite"),
        ([[1e-30, 0], [0, 1e30]], "positive definite"),  # a matter of units
    ],
)
def test_definiteness(matrix: list[list[float]], kind: str) -> None:
    assert definiteness(balls(matrix)) == kind


entries = st.integers(-9, 9)


@given(st.lists(entries, min_size=6, max_size=6))
def test_eigenvalues_have_their_trace_and_their_vectors(numbers: list[int]) -> None:
    a, b, c, d, e, f = map(float, numbers)
    matrix = [[a, b, c], [b, d, e], [c, e, f]]
    values, vectors = eigen(matrix)
    assert sum(values) == pytest.approx(a + d + f, abs=1e-12)
    for value, vector in zip(values, vectors, strict=True):
        for row, v in zip(matrix, vector, strict=True):
            product = sum(p * q for p, q in zip(row, vector, strict=True))
            assert product == pytest.approx(value * v, abs=1e-11)


@given(st.lists(entries, min_size=3, max_size=3), st.lists(entries, min_size=2, max_size=2))
def test_a_direction_leads_down(hessian: list[int], gradient: list[int]) -> None:
    a, b, d = hessian
    step, _ = direction(balls([[a, b], [b, d]]), [arb(g) for g in gradient])
    promise = sum(g * s for g, s in zip(gradient, step, strict=True))
    assert promise > 0 or not any(gradient)
