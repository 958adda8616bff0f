"""The language's functions and operators: `OPS`, one record each, and ways to look them up."""

from __future__ import annotations

from autodiffcli.ops import (
    activation,
    airy,
    angles,
    arithmetic,
    bessel,
    beta,
    calculus,
    erf,
    exponential,
    gamma,
    hyperbolic,
    integrals,
    piecewise,
    polynomials,
    special,
    spherical,
    tensor,
    trigonometric,
)
from autodiffcli.ops.expansions import nth_derivatives
from autodiffcli.ops.op import Op

FAMILIES: dict[str, tuple[Op, ...]] = {
    module.__name__.rpartition(".")[2]: module.OPS
    for module in (
        arithmetic,
        exponential,
        trigonometric,
        angles,
        hyperbolic,
        erf,
        gamma,
        beta,
        special,
        integrals,
        bessel,
        spherical,
        airy,
        polynomials,
        activation,
        piecewise,
        tensor,
        calculus,
    )
}
FAMILIES["calculus"] += tuple(nth_derivatives(op for ops in FAMILIES.values() for op in ops))
OPS: dict[str, Op] = {op.name: op for family in FAMILIES.values() for op in family}

# Words that may be called in an expression: names and aliases of what is not hidden.
FUNCTIONS: dict[str, Op] = {
    word: op for op in OPS.values() if not op.hidden for word in (op.name, *op.aliases)
}
