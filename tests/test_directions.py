"""Weights of directions: exact for every polynomial, checked in whole numbers."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
from math import factorial, prod

import pytest

from autodiffcli.directions import rays, weights


@pytest.mark.parametrize("m, d", [(1, 5), (2, 1), (2, 2), (2, 5), (2, 10), (3, 3), (3, 6), (4, 4)])
def test_weights_read_every_partial_of_a_polynomial(m: int, d: int) -> None:
    chance = random.Random(d)
    for i in product(range(d + 1), repeat=m):
        n = sum(i)
        if not 0 < n <= d:
            continue
        powers = [a for a in product(range(n + 1), repeat=m) if sum(a) == n]
        polynomial = {a: chance.randint(-9, 9) for a in powers}
        found = Fraction(0)
        for ray, weight in weights(i, d).items():
            along = sum(c * prod(r**e for r, e in zip(ray, a)) for a, c in polynomial.items())  # noqa: B905
            found += weight * along
        assert found == polynomial[i] * prod(map(factorial, i))


def test_weights_by_hand() -> None:
    """d2f/dxdy = p(1, 1) - p(1, 0) - p(0, 1) for the quadratic part p."""
    assert weights((1, 1), 2) == {(1, 1): 1, (1, 0): -1, (0, 1): -1}
    assert weights((3,), 3) == {(1,): 6}


def test_rays_are_shared() -> None:
    assert rays(2, 2) == ((1, 0), (1, 1), (0, 1))
    assert len(rays(2, 10)) == 11
    assert all(set(weights(i, 6)) <= set(rays(2, 6)) for i in ((1, 1), (2, 1), (3, 3)))
    assert set(weights((1, 1), 6)) == set(rays(2, 2))
