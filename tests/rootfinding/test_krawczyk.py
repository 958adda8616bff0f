"""Proofs of solutions: what holds one, what holds none or two."""

from __future__ import annotations

import pytest
from flint import arb

from autodiffcli.equations import read_equations, variables_of
from autodiffcli.interpreters.balls import precision
from autodiffcli.rootfinding.krawczyk import contracted, narrowed, unique_box
from autodiffcli.rootfinding.system import System
from autodiffcli.starts import read_starts


def system(equations: str, start: str) -> System:
    programs = read_equations(equations)
    (one,) = read_starts(variables_of(programs), equations, [start], [])
    return System(programs, one)


def test_a_box_with_two_roots_is_no_proof() -> None:
    field = system("x^2 = 1e-4", "0").field
    with precision(192, 2):
        assert contracted(field, [arb(0)], [arb(1)]) is None
        assert contracted(field, [arb("0.01")], [arb("0.03")]) is None


def test_a_box_without_a_root_is_no_proof() -> None:
    with precision(192, 2):
        assert contracted(system("x^2 = 2", "0").field, [arb(3)], [arb("0.5")]) is None


@pytest.mark.parametrize(
    "equation", ["x^2", "abs(x)", "1/x", "(x-1)*(x-1)", "floor(x)", "x^2 + 1e-30", "sqrt(x)"]
)
def test_no_box_is_found_around_what_is_no_simple_root(equation: str) -> None:
    assert unique_box(system(equation, "1").field, (0.0,)) is None


def test_the_box_holds_the_root_and_no_other() -> None:
    (box,) = unique_box(system("sin(x)", "3").field, (3.14159,)) or [None]
    assert box is not None
    assert box.contains(arb.pi()) and not box.contains(0)


def test_a_root_is_narrowed_to_any_number_of_bits() -> None:
    field = system("x^2 = 2", "1").field
    box = unique_box(field, (1.414,))
    assert box is not None
    (root,) = narrowed(field, box, 5000) or [None]
    assert root is not None and root.rel_accuracy_bits() > 4990
    with precision(20_000, 1):
        assert root.contains(arb(2).sqrt())


def test_a_root_at_0_is_narrowed_too() -> None:
    field = system("sin(x) + x^2", "1").field
    box = unique_box(field, (1e-20,), (1.0,))
    assert box is not None
    (root,) = narrowed(field, box, 80) or [None]
    assert root is not None and root.contains(0) and abs(root) < 1e-20
