"""Kernels of our own against mpmath: the ones numpy has not, or has too slowly."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp, mpf

from autodiffcli.engine import kernels
from autodiffcli.engine.kernels import kernel_of
from autodiffcli.ops import OPS
from tests.judge import kernel

PLACES = np.concatenate(
    (
        np.linspace(-20, 20, 801),
        np.pi * np.arange(-50, 50),
        np.pi * (np.arange(-50, 50) + 0.5),
        np.pi * (np.arange(-50, 50) + 0.5) + 1e-9,
        10.0 ** np.linspace(-300, 300, 200),
    )
)


@pytest.mark.parametrize("name", ["sin", "cos"])
@pytest.mark.parametrize("own", [kernels._BY_TANGENT, {}])
def test_circular_functions_keep_their_digits_everywhere(name: str, own: dict) -> None:  # type: ignore[type-arg]
    out = np.empty_like(PLACES)
    own.get(name, getattr(np, name))(PLACES, out)
    with mp.workdps(350):
        for x, got in zip(PLACES.tolist(), out.tolist(), strict=True):
            wanted = getattr(mp, name)(mpf(x))
            units = 4 if name == "sin" or not own else 60
            assert abs(got - wanted) <= abs(wanted) * units * mpf(1.2e-16), x


def test_a_sine_and_a_cosine_together_are_those_alone() -> None:
    together = [np.empty_like(PLACES) for _ in range(2)]
    alone = [np.empty_like(PLACES) for _ in range(2)]
    kernels.sine_and_cosine(PLACES, *together)
    kernels._cosine(PLACES, alone[0])
    kernels._sine(PLACES, alone[1])
    for one, other in zip(together, alone, strict=True):
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_signs_of_zero_and_what_is_not_finite(name: str) -> None:
    places = np.array([0.0, -0.0, np.inf, np.nan])
    out = np.empty(4)
    with np.errstate(all="ignore"):
        kernels._BY_TANGENT[name](places, out)
        wanted = getattr(np, name)(places)
    assert [repr(u) for u in out] == [repr(u) for u in wanted]


@pytest.mark.parametrize("name", ["sech_squared", "sigmoid", "cos_atan", "sech", "csch", "sinpi"])
def test_functions_that_numpy_has_not(name: str) -> None:
    places = np.array([-30.0, -3.0, -0.4, 1e-9, 0.2, 1.7, 12.0])
    out = np.empty_like(places)
    kernel_of(name)(places, out)
    with mp.workdps(50):
        for x, got in zip(places.tolist(), out.tolist(), strict=True):
            assert got == pytest.approx(float(kernel(OPS[name])(mpf(x))), rel=2e-15)


def test_where_takes_numbers_and_truths_as_its_condition() -> None:
    out = np.empty(3)
    for condition in (np.array([True, False, True]), np.array([2.0, 0.0, -1.0])):
        kernel_of("where")(condition, np.array([1.0, 2.0, 3.0]), 0.0, out)
        assert out.tolist() == [1.0, 0.0, 3.0]
