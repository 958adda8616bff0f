"""The Python interface."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from autodiffcli import AdiffError, differentiate


def test_the_designs_example() -> None:
    ones = [[1, 1], [1, 1]]
    r = differentiate("a**2 + t", at={"a": ones, "t": ones}, order=2)
    assert r.value.tolist() == [[2, 2], [2, 2]]
    assert r.derivative("a").tolist() == [[2, 2], [2, 2]]
    assert r.derivative("t").tolist() == [[1, 1], [1, 1]]
    assert r.derivative("a", "t").tolist() == [[0, 0], [0, 0]]
    assert r.status == ["exact"] * 4


def test_mixed_partials_are_found_in_any_order() -> None:
    r = differentiate("x*t", at={"x": 2.0, "t": 3.0}, order=2)
    assert r.derivative("t", "x").item() == r.derivative("x", "t").item() == 1


@pytest.mark.parametrize("points", [[1, 2], (1.0, 2.0), torch.tensor([1, 2]), "1,2", {"x": "1..2"}])
def test_points_come_in_many_shapes(points: object) -> None:
    assert differentiate("x^2", at=points).derivative("x").tolist() == [2, 4]


def test_numpy_arrays_are_points() -> None:
    numpy = pytest.importorskip("numpy")
    assert differentiate("x^2", at=numpy.array([1.0, 2.0])).value.tolist() == [1, 4]


def test_options_reach_the_evaluator() -> None:
    r = differentiate("x^2*t", at={"x": [1, 2], "t": [3]}, partial=["x,x,t"], grid=True)
    assert r.derivative("x", "x", "t").tolist() == [2, 2]
    assert differentiate("x^2", at=[1, 3], reduction="mean").derivative("x").tolist() == [1, 3]
    assert differentiate("x", at=[1], dtype="float32").value.dtype == torch.float32


def test_a_place_without_a_derivative_is_nan_with_a_flag() -> None:
    r = differentiate("abs(x)", at=[-1, 0, 1])
    assert torch.isnan(r.derivative("x")).tolist() == [False, True, False]
    assert r.status == ["exact", "kink", "exact"]
    assert [(flag.index, flag.left, flag.right) for flag in r.flags] == [((1,), -1.0, 1.0)]


def test_a_derivative_that_was_not_asked_for_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="x"):
        differentiate("x", at=[1]).derivative("x", "x")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"expression": "sine(x)", "at": [1]}, "sine"),
        ({"expression": "x*y", "at": [1]}, "names"),
        ({"expression": "x*y", "at": {"x": 1}}, "'y'"),
        ({"expression": "x", "at": [1], "order": -1}, "order"),
        ({"expression": "x", "at": [1], "order": True}, "order"),
        ({"expression": "x", "at": [1], "reduction": "median"}, "median"),
        ({"expression": "x", "at": {"x": object()}}, "'x'"),
    ],
    ids=str,
)
def test_mistakes_raise_adiff_error(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(AdiffError, match=message):
        differentiate(**arguments)  # type: ignore[arg-type]


def test_importing_the_package_does_not_import_torch() -> None:
    script = "import autodiffcli, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
