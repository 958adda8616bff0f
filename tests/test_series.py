"""Taylor series of every primitive with a rule, against mpmath: nothing here is our own algebra.

References are mpmath's numerical derivatives at many digits of the `mpmath` kernels of the
records, which `tests/ops/test_ops.py` checks against known constants.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from mpmath import mp, mpf

from autodiffcli import powers, series
from autodiffcli.ops import OPS
from autodiffcli.parser import parse
from autodiffcli.taylor import taylor
from tests.judge import doubles, kernel, program_of

ORDER = 12
# Points of functions of one variable: where they bend, in their tails, at 0 and beside an edge.
EVERYWHERE = (-30.5, -2.3, -0.4, 0.0, 0.7, 3.1, 20.25)
RIGHT = (1e-3, 0.4, 1.25, 7.5, 300.0)
INSIDE = (-0.9375, -0.3, 0.0, 0.45, 0.9921875)
POINTS: dict[str, tuple[float, ...]] = {
    **dict.fromkeys(("log", "log2", "log10", "sqrt", "lgamma", "digamma", "gamma"), RIGHT[:4]),
    **dict.fromkeys(("li", "ci", "chi"), (0.25, 0.75, 1.75, 9.5)),
    **dict.fromkeys(("cbrt", "coth", "csch", "acot"), (-20.25, -2.3, -0.4, 0.7, 3.1)),
    **dict.fromkeys(("asin", "acos", "atanh"), INSIDE),
    **dict.fromkeys(("abs", "softsign", "ei"), (-20.25, -2.3, -0.4, 0.7, 3.1)),
    **dict.fromkeys(("erf", "erfc"), (-3.5, -0.4, 0.0, 0.7, 6.5, 20.0)),
    **dict.fromkeys(("erfi", "fresnels", "fresnelc", "si", "sinc"), (-2.25, -0.4, 0.0, 0.7, 3.1)),
    **dict.fromkeys(("sinpi", "cospi", "tan"), (-2.25, -0.4, 0.0, 0.7, 3.125)),
    **dict.fromkeys(("expm1", "log1p"), (-0.96875, -1e-9, 0.4, 12.0)),
    "acosh": (1.0078125, 1.7, 12.0, 1e5),
    "asinh": (-1e5, -2.3, 0.0, 0.7, 40.0),
    "atan": (-1e5, -2.3, 0.0, 0.7, 40.0),
    "tanhshrink": (-20.25, -2.3, -0.4, 0.0, 0.7),
}
# Two operands along (1, 0), (0, 1) and both at once.
PAIRS: dict[str, tuple[float, float]] = {
    "mod": (7.25, 2.0),
    "pow": (1.7, 2.3),
    "log_base": (5.5, 3.0),
    "max": (1.0, 0.5),
    "min": (1.0, 0.5),
    "nthroot": (5.5, 3.0),
}
ONE = [
    op for op in OPS.values() if op.taylor is not None and len(op.parameters) == 1 and not op.hidden
]
TWO = [
    op for op in OPS.values() if op.taylor is not None and len(op.parameters) == 2 and not op.hidden
]


def reference(f: Callable[[Any], Any], start: Any, order: int = ORDER) -> list[Any]:
    """Taylor coefficients by mpmath's differences, at digits that outlast them."""
    with mp.workdps(60):
        return [+c for c in mp.taylor(f, mpf(start), order)]


def assert_close(found: torch.Tensor, expected: list[Any], what: str, units: float = 4) -> None:
    """Equal up to units * order ulp of the coefficients nearby, in their own scale."""
    sizes = [abs(c) for c in expected]
    ratio = max((s ** (mpf(1) / k) for k, s in enumerate(sizes) if k and s), default=mpf(1))
    for k, (number, exact) in enumerate(zip(found.tolist(), expected, strict=True)):
        near = max(sizes[j] * ratio ** (k - j) for j in range(max(k - 2, min(k, 1)), k + 1))
        bound = units * (k + 2) * mpf(2) ** -52 * near + mpf(10) ** -40
        assert abs(mpf(number) - exact) <= bound, f"{what}, order {k}: {number} for {exact}"


@pytest.mark.parametrize("op", ONE, ids=lambda op: op.name)
def test_series_of_a_variable(op: Any) -> None:
    points = POINTS.get(op.name, EVERYWHERE)
    program = program_of(op)
    found = taylor(program, {"x": doubles(*points)}, {"x": 1.0}, ORDER, "float64")
    for column, x in enumerate(points):
        expected = reference(kernel(op), x)
        assert_close(found[:, column], expected, f"{op.name}({x})", 16)


@pytest.mark.parametrize("op", ONE, ids=lambda op: op.name)
def test_series_of_a_series(op: Any) -> None:
    """f(x + t/2 - t^2/4): the recurrences with an operand of three rows."""
    points = POINTS.get(op.name, EVERYWHERE)[-3:]
    program = parse(f"{op.name}(x + t/2 - t^2/4)")
    inputs = {"x": doubles(*points), "t": torch.zeros(len(points), dtype=torch.float64)}
    found = taylor(program, inputs, {"t": 1.0}, 8, "float64")
    f = kernel(op)
    for column, x in enumerate(points):
        expected = reference(lambda t, x=x: f(x + t / 2 - t * t / 4), 0, 8)  # type: ignore[misc]
        assert_close(found[:, column], expected, f"{op.name} at {x}", 64)


@pytest.mark.parametrize("op", TWO, ids=lambda op: op.name)
@pytest.mark.parametrize("step", [(1.0, 0.0), (0.0, 1.0), (1.0, -0.5)], ids=str)
def test_series_of_two_variables(op: Any, step: tuple[float, float]) -> None:
    if any(step[place] for place in op.fixed):
        return
    start = PAIRS.get(op.name, (1.25, 0.75))
    program = program_of(op)
    inputs = {n: doubles(x, x) for n, x in zip(op.parameters, start, strict=True)}
    direction = dict(zip(op.parameters, step, strict=True))
    found = taylor(program, inputs, direction, 8, "float64")
    f = kernel(op)
    expected = reference(lambda t: f(start[0] + step[0] * t, start[1] + step[1] * t), 0, 8)
    assert_close(found[:, 1], expected, f"{op.name}{start} along {step}", 32)


@pytest.mark.parametrize(
    "expression, f, x",
    [
        ("x^7", lambda x: x**7, 0.0),
        ("x^7", lambda x: x**7, -2.5),
        ("(x^2 + x)^3", lambda x: (x * x + x) ** 3, 0.0),
        ("(x^2 + x)^13", lambda x: (x * x + x) ** 13, 0.25),
        ("x^-3", lambda x: x**-3, -2.5),
        ("(1 + x + x^2)^-2.5", lambda x: (1 + x + x * x) ** -2.5, 0.7),
        ("(2 + sin(x))^0.5", lambda x: mp.sqrt(2 + mp.sin(x)), 0.7),
        ("x^x", lambda x: x**x, 0.7),
        ("2^sin(x)", lambda x: 2 ** mp.sin(x), 0.7),
        ("x/(1 + x + x^2 + x^3)", lambda x: x / (1 + x + x**2 + x**3), 0.7),
        ("1/sin(x)", mp.csc, 0.7),
        ("log(1 + x^2)^1.5", lambda x: mp.log(1 + x * x) ** 1.5, 2.0),
        ("sinh(x^2)*cos(exp(x))", lambda x: mp.sinh(x * x) * mp.cos(mp.exp(x)), 0.7),
        ("tanh(x^2 - 3)/sech(x)", lambda x: mp.tanh(x * x - 3) / mp.sech(x), 0.7),
        ("0*x + 3", lambda x: mpf(3) + 0 * x, 0.7),
        ("besselj(2, sin(x) + x)", lambda x: mp.besselj(2, mp.sin(x) + x), 0.7),
        ("erfinv(x^2)", lambda x: mp.erfinv(x * x), 0.25),
    ],
)
def test_series_of_expressions(expression: str, f: Callable[[Any], Any], x: float) -> None:
    found = taylor(parse(expression), {"x": doubles(x)}, {"x": 1.0}, ORDER, "float64")
    assert_close(found[:, 0], reference(f, x), f"{expression} at {x}", 64)


def test_order_50() -> None:
    """Of the performance study, at 80 digits."""
    program = parse("exp(sin(x))*tanh(x)/(1 + x^2)")
    found = taylor(program, {"x": doubles(0.7)}, {"x": 1.0}, 50, "float64")[:, 0]
    with mp.workdps(80):
        f = lambda x: mp.exp(mp.sin(x)) * mp.tanh(x) / (1 + x * x)  # noqa: E731
        expected = mp.taylor(f, mpf(0.7), 50)
        errors = [abs(mpf(a) / b - 1) for a, b in zip(found.tolist(), expected, strict=True)]
    assert max(errors) < 1e-13


def test_a_power_with_an_exponent_per_point() -> None:
    bases, exponents = (-2.0, 0.0, 0.0, 1.5, 0.0), (3.0, 2.0, 1.0, -0.5, 2.5)
    inputs = {"x": doubles(*bases), "n": doubles(*exponents)}
    found = taylor(parse("x^n"), inputs, {"x": 1.0}, 3, "float64")
    assert found[:, 0].tolist() == [-8, 12, -6, 1]
    assert found[:, 1].tolist() == [0, 0, 1, 0]
    assert found[:, 2].tolist() == [0, 1, 0, 0]
    assert found[:3, 4].tolist() == [0, 0, 0]
    expected = reference(lambda x: x**-0.5, 1.5, 3)
    assert_close(found[:, 3], expected, "1.5^-0.5")


def test_known_zeros_are_no_rows() -> None:
    x = torch.stack((doubles(3.0, -1.0), doubles(1.0, 1.0)))
    assert len(series.square(x, 9)) == 3
    assert len(powers.whole_power(x, 5, 9)) == 6
    assert len(powers.whole_power(x, 5, 4)) == 4
    assert series.product(x, x[:1], 9).shape == (2, 2)
    assert series.total(x, doubles(1.0)).tolist() == [[4, 0], [1, 1]]
    assert series.quotient(x, x, 4).tolist() == [[1, 1], [0, 0], [0, 0], [0, 0]]


def test_an_infinite_coefficient_does_not_reach_lower_orders() -> None:
    found = taylor(parse("exp(sin(x))/x"), {"x": doubles(1e-200)}, {"x": 1.0}, 4, "float64")
    assert torch.isfinite(found[:1]).all()
    assert found[0, 0].item() == pytest.approx(1e200)


def test_far_out_and_at_the_edge() -> None:
    """Where a formula that squares, or subtracts from 1, has no digits left."""
    inf, bell = float("inf"), 2 / mp.sqrt(mp.pi) * mp.exp(-400)
    for text, x, expected in [
        ("sqrt(x)", 0.0, [0, inf, -inf]),
        ("x^2.5", 0.0, [0, 0, 0, inf]),
        ("atan(x)", 1e200, [float(mp.pi / 2), 0, 0]),
        ("asinh(x)", 1e200, [461.21016577936908, 1e-200, 0]),
        ("acosh(x)", 1e200, [461.21016577936908, 1e-200, 0]),
        ("hypot(x, 2*x)", 1e200, [5**0.5 * 1e200, 5**0.5, 0]),
        ("tanh(x)", 30.0, [1, 3.5026043050786081e-26, -3.5026043050786081e-26]),
        ("sigmoid(x)", 1e-18, [0.5, 0.25, -6.25e-20]),
        ("softplus(x)", -700.0, [9.8596765437597708e-305, 9.8596765437597708e-305, None]),
        ("erfc(x)", 20.0, [float(mp.erfc(20)), -float(bell), 20 * float(bell)]),
    ]:
        order = len(expected) - 1
        found = taylor(parse(text), {"x": doubles(x)}, {"x": 1.0}, order, "float64")
        for number, exact in zip(found[:, 0].tolist(), expected, strict=True):
            assert exact is None or number == pytest.approx(exact, rel=1e-13, abs=1e-310), text
