"""--verify: how many digits are right, counted by balls and counted again here by mpmath."""

from __future__ import annotations

import json
import math
import re
from fractions import Fraction

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from autodiffcli import verify
from autodiffcli.interpreters.balls import exactly, precision
from autodiffcli.verify import right_digits
from tests.conftest import run_adiff


def document(*argv: str, code: int = 0) -> dict:
    ran = run_adiff(*argv, "--format", "json")
    assert ran.code == code, ran.stderr
    found: dict = json.loads(ran.stdout)
    return found


def columns(*argv: str, code: int = 0) -> list[dict]:
    found: list[dict] = document(*argv, code=code)["verified"]["columns"]
    return found


def test_the_power_that_torch_gets_wrong_is_right_in_every_column() -> None:
    found = document("x**x", "--at=1", "--order=8", "--verify")
    assert found["method"] == "certified"
    assert found["verified"]["second"] == "torch (taylor)"
    assert len(found["verified"]["columns"]) == 9
    for column in found["verified"]["columns"]:
        assert column["worst"] >= 16 and column["second"] >= 13
        assert column["counted"] == 1 and column["unverified"] == 0


@pytest.mark.parametrize("method", ["auto", "autograd", "taylor", "certified"])
def test_every_method_is_verified(method: str) -> None:
    argv = ["log(1+x^2)*sin(x)", "--at=0.1,2,30", "--order=3", f"--method={method}", "--verify=13"]
    for column in columns(*argv):
        assert column["worst"] >= 13 and column["counted"] == 3


def test_the_count_is_that_of_mpmath() -> None:
    found = document("exp(sin(x))*x^3", "--at=0.1,1.7,9.3", "--method=autograd", "--verify")
    numbers = [found["value"], found["derivatives"][0]["value"]]
    with mp.workdps(50):
        functions = [
            lambda x: mp.exp(mp.sin(x)) * x**3,
            lambda x: mp.exp(mp.sin(x)) * (x**3 * mp.cos(x) + 3 * x**2),
        ]
        for f, values, column in zip(functions, numbers, found["verified"]["columns"], strict=True):
            worst = 17
            for x, value in zip(found["points"]["x"], values, strict=True):
                truth = f(mpf(x))
                if value == float(truth):
                    worst = min(worst, 16)
                    continue
                gap = abs(mpf(value) - truth) / abs(truth)
                worst = min(worst, 15, math.floor(-mp.log10(gap)))
            assert column["worst"] == worst


def test_lost_digits_fail_and_are_named() -> None:
    argv = ["(1-cos(x))/x^2", "--at=1e-8,1", "--method=autograd"]
    ran = run_adiff(*argv, "--verify=12")
    assert ran.code == 1
    assert "error: y at x = 1e-08 has 0 right digits, not 12" in ran.stderr
    assert run_adiff(*argv, "--verify").code == 0
    assert run_adiff("(1-cos(x))/x^2", "--at=1e-8,1", "--verify=16").code == 0


def test_numbers_without_a_derivative_are_not_counted() -> None:
    value, slope = columns("abs(x)", "--at=-1,0,1", "--verify=17")
    assert (value["counted"], slope["counted"]) == (3, 2)
    value, slope = columns("1/x", "--at=0", "--verify=17")
    assert (value["counted"], slope["counted"]) == (0, 0)
    assert value["worst"] is None


@pytest.mark.parametrize("reduction", ["sum", "mean", "max", "min", "none"])
def test_reductions_are_verified(reduction: str) -> None:
    argv = ["x^2*sin(x)", "--at=0.3,0.7,2.1,2.1", "--order=2", f"--reduction={reduction}"]
    for method in ("certified", "autograd"):
        for column in columns(*argv, f"--method={method}", "--verify=13"):
            assert column["worst"] >= 13


def test_mixing_and_float32_are_verified() -> None:
    for column in columns("x/sum(x)", "--at=0.3,0.7,2.1", "--verify=13"):
        assert column["worst"] >= 13 and column["counted"] == 3
    for column in columns("sin(x)", "--at=0.3,0.7", "--dtype=float32", "--verify=6"):
        assert column["worst"] >= 6


def test_many_points_are_sampled_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "MOST", 1_000)
    ran = run_adiff("exp(sin(x)*cos(x))+x", "--at=0..1..0.0002", "--verify=10", "--order=3")
    assert ran.code == 0
    first = ran.stderr.splitlines()[0]
    assert re.fullmatch(r"right digits at \d+ of 5,001 points, by ball .* 192 bits:", first)
    ran = run_adiff("x/sum(x)", "--at=0..1..0.01", "--verify")
    assert ran.code == 2 and "too much to verify" in ran.stderr


def test_what_is_printed() -> None:
    ran = run_adiff("x^3", "--at=0.5,2", "--verify")
    assert ran.stderr.splitlines() == [
        "right digits, by ball arithmetic of 192 bits:",
        "       worst  median  torch (autograd)",
        "y         17      17                17",
        "dy/dx     17      17                17",
    ]


@pytest.mark.parametrize("words", [["--verify", "x", "--at=1"], ["x", "--at=1", "--verify"]])
def test_the_number_is_optional_wherever_the_option_stands(words: list[str]) -> None:
    ran = run_adiff(*words)
    assert ran.code == 0 and ran.stderr.startswith("right digits")


@pytest.mark.parametrize(
    "argv, message",
    [
        (["--verify=0"], "between 1 and 17"),
        (["--verify=18"], "between 1 and 17"),
        (["--verify=x"], "a whole number"),
        (["--verify", "--dtype=complex128"], "real numbers"),
    ],
)
def test_mistakes(argv: list[str], message: str) -> None:
    ran = run_adiff("x^2", "--at=1", *argv)
    assert ran.code == 2 and message in ran.stderr


@given(st.floats(min_value=1e-3, max_value=1e3), st.integers(2, 15))
def test_right_digits_of_a_number_that_is_off(number: float, digits: int) -> None:
    with precision(192, 1):
        ball = arb(number) * 3 / 3
        off = number * (1 + 0.4 * 10.0**-digits)
        assert digits - 1 <= right_digits(off, ball) <= digits + 1
        assert right_digits(number, arb(number)) == 17
        assert right_digits(number, ball) in (16, 17)
        assert right_digits(-number, ball) == 0


def test_right_digits_at_the_ends() -> None:
    with precision(192, 1):
        third = exactly(Fraction(1, 3))
        assert right_digits(1 / 3, third) == 16
        assert right_digits(math.nextafter(1 / 3, 1), third) == 15
        assert right_digits(1.0, None) == 0
        assert right_digits(0.0, arb(0)) == 17
        assert right_digits(1e-30, arb(0)) == 0
