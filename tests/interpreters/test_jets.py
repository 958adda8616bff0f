"""Jets: choices, what stands still, what has no series, and stochastic arithmetic."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

import pytest
import torch
from mpmath import mp, mpc

from autodiffcli.diagnostics import AdiffError
from autodiffcli.interpreters.jets import Jets, Noise, run
from autodiffcli.parser import parse
from autodiffcli.program import Step
from autodiffcli.taylor import taylor
from tests.judge import doubles


def jets(expression: str, *x: float, order: int = 3, noise: int | None = None) -> torch.Tensor:
    return taylor(parse(expression), {"x": doubles(*x)}, {"x": 1.0}, order, "float64", noise)


@pytest.mark.parametrize(
    "expression, values, slopes",
    [
        ("where(x > 0, sqrt(x), 0)", [0, 0, 2], [0, 0, 0.25]),
        ("where(x > 0, log(x), x)", [-1, 0, 1.3862943611198906], [1, 1, 0.25]),
        ("piecewise(x < 0: sqrt(-x), x > 1: sqrt(x - 3), 5)", [1, 5, 1], [-0.5, 0, 0.5]),
        ("where(x > 9, 1/(x - x), 7)", [7, 7, 7], [0, 0, 0]),
        ("where(1/x > 0, x^3, 2)", [2, 0, 64], [0, 0, 48]),
        ("where(x > 0 and not x > 3, x, x^2)", [1, 0, 16], [-2, 0, 8]),
        ("(x > 0)*x^2", [0, 0, 16], [0, 0, 8]),
        ("floor(x)*x", [1, 0, 16], [-1, 0, 4]),
        ("max(x, 2, 3*x)", [2, 2, 12], [0, 0, 3]),
        ("clamp(x, -2, 2)", [-1, 0, 2], [1, 1, 0]),
        ("mod(x, 3)", [2, 0, 1], [1, 1, 1]),
        ("7", [7, 7, 7], [0, 0, 0]),
    ],
)
def test_choices_take_the_rows_of_what_is_chosen(
    expression: str, values: list[float], slopes: list[float]
) -> None:
    for noise in (None, 5):
        found = jets(expression, -1.0, 0.0, 4.0, noise=noise)
        assert found[0].tolist() == pytest.approx(values, rel=1e-14)
        assert found[1].tolist() == pytest.approx(slopes, rel=1e-14)
        assert torch.isfinite(found).all()


def test_variables_without_a_step_stand_still() -> None:
    program = parse("a*sin(b*x)^n")
    inputs = {name: doubles(*numbers) for name, numbers in zip("abxn", _FOUR, strict=True)}
    found = taylor(program, inputs, {"x": 0.5}, 2, "float64")
    for column, (a, b, x, n) in enumerate(zip(*_FOUR, strict=True)):
        expected = mp.taylor(lambda t, a=a, b=b, x=x, n=n: a * mp.sin(b * (x + t / 2)) ** n, 0, 2)
        assert found[:, column].tolist() == pytest.approx([float(c) for c in expected], rel=1e-13)


_FOUR = ((2.0, -1.0), (0.5, 2.0), (0.7, -0.3), (2.0, 3.0))


def test_values_are_dropped_after_their_last_use() -> None:
    program = parse("+".join(f"sin({k}*x)" for k in range(200)))
    known: list[weakref.ref[torch.Tensor]] = []

    class Counting(Jets):
        def apply(self, step: Step, operands: Sequence[torch.Tensor]) -> torch.Tensor:
            found = super().apply(step, operands)
            known.append(weakref.ref(found))
            assert sum(jet() is not None for jet in known) < 5
            return found

    run(program, Counting(program, {"x": doubles(1.0)}, {"x": 1.0}, 2, "float64"))
    assert len(known) > 400


def test_complex_series() -> None:
    text = "tan(z)*exp(z^2) + asinh(z)^0.5 + sqrt(z)*atan(z) + coth(z) + acosh(z) + z^-1.5"
    start = 0.3 + 0.4j
    z = torch.tensor([start], dtype=torch.complex128)
    found = taylor(parse(text), {"z": z}, {"z": 1.0}, 6, "complex128")[:, 0].tolist()
    with mp.workdps(40):
        expected = mp.taylor(
            lambda z: (
                mp.tan(z) * mp.exp(z * z)
                + mp.sqrt(mp.asinh(z))
                + mp.sqrt(z) * mp.atan(z)
                + mp.coth(z)
                + mp.acosh(z)
                + z ** mp.mpf(-1.5)
            ),
            mpc(start),
            6,
        )
    for number, exact in zip(found, expected, strict=True):
        assert abs(number - complex(exact)) <= 1e-13 * abs(complex(exact))


@pytest.mark.parametrize(
    "expression, message",
    [
        ("besselj(x, 2)", "no derivative of besselj"),
        ("det(x)", "det has no power series"),
    ],
)
def test_what_has_no_series_is_refused(expression: str, message: str) -> None:
    with pytest.raises(AdiffError, match=message):
        jets(expression, 1.0)


def test_real_functions_of_complex_numbers_are_refused() -> None:
    z = torch.tensor([1j], dtype=torch.complex128)
    with pytest.raises(AdiffError, match="complex"):
        taylor(parse("abs(z)"), {"z": z}, {"z": 1.0}, 2, "complex128")


# -- stochastic arithmetic


def difference(expression: str, x: float, order: int) -> torch.Tensor:
    """The largest relative change by noise, per order."""
    plain = jets(expression, x, order=order)
    changes = [
        torch.abs(jets(expression, x, order=order, noise=seed) / plain - 1) for seed in (1, 2, 3)
    ]
    return torch.stack(changes).amax(0)[:, 0]


def test_noise_finds_lost_digits() -> None:
    """The power recurrence divides by log(1 + x^2), which is almost 0."""
    change = difference("log(1 + x^2)^1.5", 0.05, 20)
    assert change[2] < 1e-11
    assert (change[15:] > 1e-3).all()
    assert difference("x - sin(x)", 1e-4, 0)[0] > 1e-9


@pytest.mark.parametrize("expression", ["exp(x)", "1/(1 + x)", "x^7", "tanh(x)*exp(sin(x))"])
def test_noise_leaves_good_digits(expression: str) -> None:
    assert (difference(expression, 0.7, 7) < 1e-12).all()


def test_noise_keeps_what_rounds_nothing() -> None:
    plain, noisy = (jets("-max(abs(x), x)", -1.3, 2.7, noise=seed) for seed in (None, 1))
    assert torch.equal(plain, noisy)
    for text in ("x^(1/2)", "(x - 3)^(4/2)"):
        assert torch.isfinite(jets(text, 2.0, noise=1)).all()


def test_noise_disturbs_whole_numbers_that_were_rounded() -> None:
    """cos(1e-9) is 1 to the last bit: a value that is lost must look lost."""
    program = parse("(1 - cos(x))/x^2")
    at = {"x": torch.tensor([1e-9], dtype=torch.float64)}
    noise = Noise(7, torch.float64)
    plain = run(program, Jets(program, at, {}, 0, "float64"))
    shaken = run(program, Jets(program, at, {}, 0, "float64", noise))
    assert plain.item() == 0 and shaken.item() != 0
    whole = parse("2^60 + x - 2^60")
    at = {"x": torch.tensor([3.0], dtype=torch.float64)}
    assert run(whole, Jets(whole, at, {}, 0, "float64", Noise(7, torch.float64))).item() != 3


def test_noise_is_a_few_unit_roundoffs_by_chance() -> None:
    noise = Noise(7, torch.float64)
    ones = torch.ones(5, 1000, dtype=torch.float64)
    found = noise(ones)
    sizes = (found - 1).abs()
    assert sizes.min() >= 2**-51 and sizes.max() <= 2**-50
    assert abs((found - 1).mean().item()) < 2**-51 / 5
    assert not torch.equal(found, noise(ones))
    assert torch.equal(found, Noise(7, torch.float64)(ones))


def test_a_generator_serves_as_source() -> None:
    generator = torch.Generator().manual_seed(3)
    program, x = parse("sin(x)"), {"x": doubles(1.0, 2.0)}
    first = taylor(program, x, {"x": 1.0}, 3, "float64", generator)
    assert not torch.equal(first, taylor(program, x, {"x": 1.0}, 3, "float64", generator))
