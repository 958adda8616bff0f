"""Derivatives inside an expression: the words for them, and the primitives they stand on."""

from __future__ import annotations

from typing import Any, NamedTuple

from autodiffcli.ops.op import Op


class Operator(NamedTuple):
    """A word that makes derivatives out of a formula while it is read."""

    name: str
    usage: str
    doc: str
    aliases: tuple[str, ...] = ()


OPERATORS = (
    Operator(
        "d", "d(u, x, ...)", "derivative: d(u, x, t) by x and t, d(u, x, 3) thrice by x", ("diff",)
    ),
    Operator("grad", "grad(u, x, ...)", "gradient; by all variables if none", ("gradient",)),
    Operator("laplacian", "laplacian(u, x, ...)", "sum of the second derivatives"),
    Operator("div", "div([p, q], x, y)", "divergence of a vector field", ("divergence",)),
    Operator("curl", "curl([p, q, r], x, y, z)", "rotation of a field in 2 or 3 dimensions"),
    Operator("jacobian", "jacobian([f, g], [x, y])", "matrix of the first derivatives"),
    Operator("hessian", "hessian(u, [x, y])", "matrix of the second derivatives"),
    Operator("at", "at(u, x=0, ...)", "u with numbers or formulas in place of variables"),
)
NAMES: dict[str, str] = {
    word: operator.name for operator in OPERATORS for word in (operator.name, *operator.aliases)
}


def _never(*operands: Any) -> Any:
    raise AssertionError("this is replaced before anything is calculated")


OPS = (
    Op(
        name="derivative",
        doc="derivative of a program: its formula, the program's value, the program's inputs",
        parameters=("formula", "value", "inputs"),
        variadic=True,
        torch=lambda f, formula, value, *inputs: f.torch.where(
            f.torch.isfinite(value), formula, f.torch.nan
        ),
        taylor=lambda s, formula, value, *inputs: formula,
        ball=lambda b, formula, value, *inputs: b.trusted(formula),
        symbolic=(lambda f, *operands: f.one,),
        complex=True,
        hidden=True,
    ),
    Op(
        name="rows",
        doc="the entries of several formulas, one after the other",
        parameters=("f",),
        variadic=True,
        torch=_never,
        mixes=True,
        complex=True,
        hidden=True,
    ),
    Op(
        name="deferred",
        doc="derivatives of a formula of tensors, whose sizes are not known yet",
        parameters=("u", "variables"),
        variadic=True,
        torch=_never,
        mixes=True,
        complex=True,
        hidden=True,
    ),
    Op(
        name="unknown",
        doc="a function that no formula is known of, or one of its derivatives",
        parameters=("variables",),
        variadic=True,
        torch=_never,
        complex=True,
        hidden=True,
    ),
)
