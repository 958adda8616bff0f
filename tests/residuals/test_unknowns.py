"""Unknown functions on a tape: calculus on them, and inputs in their place."""

from __future__ import annotations

import pytest

from autodiffcli.interpreters.printing import read_as
from autodiffcli.residuals.problem import Asked, Unknown, read_problem
from autodiffcli.residuals.unknowns import separated

# an equation in an unknown u(x, t), and what is left where inputs stand for u and its derivatives
WRITTEN = {
    "d(u, t) - d(u, x, x)": "u_t - u_xx",
    "u_t - u_xx": "u_t - u_xx",
    "d(u, t, x) - d(u, x, t)": "u_xt - u_xt",
    "d(u^2, x)": "2*u*u_x",
    "d(u*u_x, x)": "u*u_xx + u_x*u_x",
    "laplacian(u, x, t)": "u_xx + u_tt",
    "div([u, x*u], x, t)": "u_x + x*u_t",
    "d(sin(x)*u, t)": "sin(x)*u_t",
    "at(u, x=0) + u": "u(0, t) + u",
    "u(0, t) - at(u, x=0)": "u(0, t) - u(0, t)",
    "d(at(u, x=t^2), t)": "u_x(t^2, t)*2*t + u_t(t^2, t)",
}


@pytest.mark.parametrize("equation", WRITTEN)
def test_calculus_on_an_unknown(equation: str) -> None:
    asked, unknown = Asked([equation]), Unknown("u", ("x", "t"))
    (one,) = read_problem(asked, [unknown]).equations
    (program,) = separated([one.program], {"u": ("x", "t")}).programs
    found = read_as(program)
    assert _plain(found) == _plain(WRITTEN[equation])


def _plain(text: str) -> set[str]:
    """The summands, whose order and factors may be written otherwise."""
    summands = text.replace("(", "").replace(")", "").replace("^1", "").split(" + ")
    return {"*".join(sorted(summand.split("*"))) for summand in summands}


def test_operands_come_before_what_is_taken_at_them() -> None:
    asked = Asked(["at(u, x=u) + d(u, t)"])
    (one,) = read_problem(asked, [Unknown("u", ("x", "t"))]).equations
    found = separated([one.program], {"u": ("x", "t")})
    needed = found.needed(found.programs)
    names = [slot.input for slot in needed]
    nested = next(slot for slot in needed if slot.operands[0].inputs == ("u",))
    assert names.index("u") < names.index(nested.input)
    assert {slot.by for slot in needed} == {(), (1,)}
