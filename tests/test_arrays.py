"""Arrays: shapes, flat positions, nesting, broadcasting as torch does."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiffcli.arrays import Array, broadcast, broadcast_shape, make, nested, unravel

SHAPES = st.lists(st.integers(0, 3), max_size=4).map(tuple)


def test_numbers_without_a_shape_have_one_axis() -> None:
    made = make([1.0, 2.0, 3.0])
    assert (made.shape, list(made), made.imag) == ((3,), [1.0, 2.0, 3.0], None)
    assert len(made) == 3
    assert made[1] == 2.0


def test_no_numbers_are_an_axis_of_none() -> None:
    assert make([]).shape == (0,)
    assert list(make([])) == []


def test_one_complex_number_makes_all_complex() -> None:
    made = make([1.0, 2 + 3j])
    assert list(made) == [1 + 0j, 2 + 3j]
    assert made.imag is not None
    assert list(made.imag) == [0.0, 3.0]


def test_a_shape_is_kept_also_without_axes() -> None:
    assert make([5.0], ()).shape == ()
    assert make([1.0, 2.0], (2, 1)).index(1) == (1, 0)


@given(SHAPES)
def test_flat_positions_run_in_row_major_order(shape: tuple[int, ...]) -> None:
    positions = [unravel(row, shape) for row in range(math.prod(shape))]
    assert positions == list(product(*(range(size) for size in shape)))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((), 0),
        ((6,), [0, 1, 2, 3, 4, 5]),
        ((2, 3), [[0, 1, 2], [3, 4, 5]]),
        ((3, 2), [[0, 1], [2, 3], [4, 5]]),
        ((2, 1, 3), [[[0, 1, 2]], [[3, 4, 5]]]),
        ((1, 6), [[0, 1, 2, 3, 4, 5]]),
    ],
)
def test_nested(shape: tuple[int, ...], expected: object) -> None:
    assert nested(range(math.prod(shape)), shape) == expected


def test_nested_does_not_recurse() -> None:
    assert nested([1.0], (1,) * 5_000) != 1.0


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ([], ()),
        ([()], ()),
        ([(3,)], (3,)),
        ([(3,), ()], (3,)),
        ([(3,), (1,)], (3,)),
        ([(2, 1), (3,)], (2, 3)),
        ([(2, 1), (1, 3), (4, 1, 1)], (4, 2, 3)),
        ([(0,), (1,)], (0,)),
        ([(3,), (2,)], None),
        ([(0,), (3,)], None),
        ([(2, 3), (3, 2)], None),
        ([(2,), (1,), (3,)], None),
    ],
)
def test_common_shape(shapes: list[tuple[int, ...]], expected: tuple[int, ...] | None) -> None:
    assert broadcast_shape(shapes) == expected


def test_an_array_of_the_right_shape_is_not_copied() -> None:
    made = make([1.0, 2.0])
    assert broadcast(made, (2,)) is made


def test_complex_numbers_are_broadcast_with_both_parts() -> None:
    assert list(broadcast(make([1 + 2j, 3.0]), (2, 2))) == [1 + 2j, 3 + 0j, 1 + 2j, 3 + 0j]


@given(st.lists(SHAPES, min_size=1, max_size=3))
def test_shapes_and_numbers_are_broadcast_as_torch_does(shapes: list[tuple[int, ...]]) -> None:
    import torch

    arrays = [
        Array(shape, make([float(n) for n in range(math.prod(shape))]).real) for shape in shapes
    ]
    tensors = [
        torch.arange(math.prod(shape), dtype=torch.float64).reshape(shape) for shape in shapes
    ]
    try:
        expected = torch.broadcast_tensors(*tensors)
    except RuntimeError:
        assert broadcast_shape(shapes) is None
        return
    common = broadcast_shape(shapes)
    assert common == tuple(expected[0].shape)
    for array, tensor in zip(arrays, expected, strict=True):
        found = broadcast(array, common)
        assert found.shape == common
        assert list(found) == tensor.reshape(-1).tolist()
