"""Formulas nobody would write, against mpmath: registers, shared steps, twins."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiffcli.engine.answers import Engine
from autodiffcli.lowering import lowered
from autodiffcli.parser import parse
from autodiffcli.plan import Plan, partials
from tests.judge import misses, reference_of

SMOOTH = ("sin", "cos", "exp", "tanh", "atan", "sinh", "asinh", "sigmoid", "softplus", "erf")
LEAVES = st.sampled_from(["x", "t", "2", "3", "0.1", "pi"])


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    calls = st.builds("{}({})".format, st.sampled_from(SMOOTH), inner)
    pairs = st.builds("({}{}{})".format, inner, st.sampled_from("+-*/"), inner)
    powers = st.builds("({})^{}".format, inner, st.sampled_from(["2", "3", "-1"]))
    return calls | pairs | powers


FORMULAS = st.recursive(LEAVES, _joined, max_leaves=8)
POINTS = st.lists(
    st.tuples(st.floats(0.2, 3.0), st.floats(0.2, 3.0)), min_size=1, max_size=4, unique=True
)


@settings(max_examples=150)
@given(FORMULAS, POINTS)
def test_what_has_no_status_is_right(expression: str, points: list[tuple[float, float]]) -> None:
    program = parse(expression)
    names = program.inputs
    plan = Plan(partials(names, 2), names, "sum", "float64")
    tape = lowered(program, plan.wanted)
    if not names or tape is None:
        return
    columns = {name: np.array([point[k] for point in points]) for k, name in enumerate(names)}
    answers = Engine(program, plan, tape)(columns, len(points))
    for row in range(len(points)):
        reference = reference_of(program, {name: columns[name][row] for name in names})
        for place, partial in enumerate(((), *plan.wanted)):
            if (row, place) in answers.verdicts:
                continue
            try:
                wanted = reference(*(partial.count(name) for name in names))
            except (ValueError, ArithmeticError):  # too large for the reference
                continue
            got = float(answers.columns[place][row])
            wrong = misses(got, wanted, 0, relative=1e-9, units=0, smallest=1e-290)
            assert not wrong, f"{partial}: {wrong}"
