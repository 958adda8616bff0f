"""Points as columns: pairs, combinations, vectors and several of them."""

from __future__ import annotations

import pytest

from autodiffcli.diagnostics import AdiffError
from autodiffcli.parser import parse
from autodiffcli.points import ordered, read_points
from autodiffcli.positions import Positions, entry_name, positions


def at(expression: str, *specs: str, grid: bool = False) -> Positions:
    program = parse(expression)
    return positions(ordered(read_points(specs, program, exact=True), program), grid)


def columns(found: Positions) -> dict[str, list[float]]:
    return {name: list(numbers) for name, numbers in found.flat().items()}


def test_lists_are_paired_and_a_lone_number_goes_with_all() -> None:
    found = at("x*y*z", "x=1,2,3", "y=4,5,6", "z=7")
    assert columns(found) == {"x": [1, 2, 3], "y": [4, 5, 6], "z": [7, 7, 7]}
    assert found.count == 3 and found.shapes == {"x": (), "y": (), "z": ()}


def test_a_grid_is_every_combination() -> None:
    found = at("x*y", "x=1,2", "y=3,4,5", grid=True)
    assert columns(found) == {"x": [1, 1, 1, 2, 2, 2], "y": [3, 4, 5, 3, 4, 5]}


def test_a_vector_is_one_point_by_its_entries() -> None:
    found = at("sum(x)*y", "x=[1,2]", "y=3,4")
    assert columns(found) == {"x[0]": [1, 1], "x[1]": [2, 2], "y": [3, 4]}
    assert found.shapes["x"] == (2,) and found.count == 2


def test_several_vectors_are_several_points() -> None:
    found = at("sum(x)", "x=[1,2],[3,4],[5,6]")
    assert columns(found) == {"x[0]": [1, 3, 5], "x[1]": [2, 4, 6]}
    found = at("sum(x)*y", "x=[1,2],[3,4]", "y=7,8", grid=True)
    assert columns(found) == {"x[0]": [1, 1, 3, 3], "x[1]": [2, 2, 4, 4], "y": [7, 8, 7, 8]}


def test_a_matrix_is_one_point_by_its_entries_row_by_row() -> None:
    found = at("det(A)", "A=[[1,2],[3,4]]")
    assert columns(found) == {"A[0,0]": [1], "A[0,1]": [2], "A[1,0]": [3], "A[1,1]": [4]}
    assert entry_name("A", 2, (2, 2)) == "A[1,0]" and entry_name("x", 0, ()) == "x"


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        (("x in [0, 1]", "y=1"), "'x' is given an interval"),
        (("x=1,2,3", "y=1,2"), "3"),
    ],
)
def test_what_does_not_fit_is_refused(specs: tuple[str, ...], message: str) -> None:
    with pytest.raises(AdiffError, match=message):
        at("x*y", *specs)
