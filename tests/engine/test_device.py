"""The tape by torch: the numbers of the other machine, compiled or not."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from autodiffcli.diagnostics import AdiffError
from autodiffcli.engine.answers import Engine
from autodiffcli.engine.device import DeviceMachine, check
from autodiffcli.engine.sweep import Sweep
from autodiffcli.lowering import Lowered, lowered
from autodiffcli.parser import parse
from autodiffcli.plan import Plan, partials

EXPRESSION = "exp(-x**2)*sin(3x) + abs(x)*erf(x) + where(x > 1, log(x), x^3) + tanh(x)"


def tape_of(expression: str, order: int) -> Lowered:
    program = parse(expression)
    tape = lowered(program, partials(program.inputs, order))
    assert tape is not None
    return tape


def test_eager_torch_agrees_and_finds_the_same_suspects() -> None:
    tape = tape_of(EXPRESSION, 2)
    x = np.concatenate(([0.0, 1.0, np.nan, 1e-9], np.linspace(-3, 3, 1000)))
    found = []
    for make in (
        None,
        lambda *given: DeviceMachine(*given, device="cpu", compiled=False),
    ):
        outputs = [np.empty(len(x)) for _ in tape.outputs]
        sweep = Sweep(tape) if make is None else Sweep(tape, make=make)
        found.append((sweep({"x": x}, outputs).tolist(), outputs))
    (mine, numbers), (theirs, others) = found
    assert mine == theirs
    good = np.setdiff1d(np.arange(len(x)), mine)
    for column, other in zip(numbers, others, strict=True):
        assert np.allclose(column[good], other[good], rtol=1e-9, atol=1e-300)


@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile takes a C++ compiler")
def test_compiled_formulas_agree() -> None:
    program = parse("exp(-x**2)*sin(3x)")
    plan = Plan(partials(("x",), 1), ("x",), "sum", "float64")
    tape = lowered(program, plan.wanted)
    x = np.linspace(-2, 2, 5000)
    plain = Engine(program, plan, tape)({"x": x}, len(x))
    engine = Engine(program, plan, tape, compiled=True)
    compiled = engine({"x": x}, len(x))
    for column, other in zip(plain.columns, compiled.columns, strict=True):
        assert np.allclose(column, other, rtol=1e-9, atol=1e-12)
    assert engine.seconds > 0


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(AdiffError):
        check("cuda:99")
