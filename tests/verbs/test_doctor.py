"""`adiff doctor`: what it tells, and that it notices what is wrong."""

from __future__ import annotations

import json

import mpmath
import pytest

from autodiffcli.verbs import doctor
from tests.conftest import run_adiff


def test_all_is_well_here() -> None:
    ran = run_adiff("doctor", "--format", "json")
    assert (ran.code, ran.stderr) == (0, "")
    found = json.loads(ran.stdout)
    assert found["right"] is True
    assert len(found["self-test"]) == 10
    assert {"versions", "optional", "torch", "threads", "warm"} < set(found)


@pytest.mark.parametrize("known", [k for k in doctor.TEN if k.value], ids=lambda known: known.asked)
def test_what_it_knows_is_so(known: doctor.Known) -> None:
    functions = {name: getattr(mpmath, name) for name in ("sin", "cos", "exp", "erf")}

    def value(x: object) -> object:
        return eval(known.expression.replace("^", "**"), functions, {"x": x})  # our own texts

    with mpmath.workdps(50):
        point = eval(known.at, {"pi": mpmath.pi})
        series = mpmath.taylor(lambda h: value(point + h + mpmath.mpf("1e-40")), 0, known.order)
        true = series[known.order] * mpmath.factorial(known.order)
        assert abs(true - known.value) < 2e-15 * abs(true)


def test_a_wrong_derivative_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = doctor.Known("x**2", "3", 1, 6.0 + 1e-12)
    monkeypatch.setattr(doctor, "TEN", (wrong,))
    ran = run_adiff("doctor")
    assert ran.code == 1
    assert "WRONG" in ran.stdout and "must be 6.000000000001" in ran.stdout


def test_what_fails_is_a_finding_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "TEN", (doctor.Known("x**", "3", 1, 6.0),))
    ran = run_adiff("doctor")
    assert (ran.code, ran.stderr) == (1, "")
    assert "AdiffError" in ran.stdout
