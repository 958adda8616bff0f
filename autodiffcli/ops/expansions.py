"""Derivatives of functions by their Taylor expansions, where no formula is known for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import perm
from typing import Any

from autodiffcli.ops.op import BY_BALLS, REALS, Op, Rule
from autodiffcli.ops.recurrences import fixed

_SUFFIX = "_nth"


def by_expansion(name: str, n: int = 1) -> Rule:
    """The rule that the n-th derivative of a primitive is the one that its expansion gives."""
    return lambda f, *operands: f.primitive(f"{name}{_SUFFIX}", n, *operands)


def nth_derivatives(ops: Iterable[Op]) -> Iterator[Op]:
    """The records of the n-th derivatives of the primitives that have no formula for the first."""
    for op in ops:
        moving = [place for place in range(len(op.parameters)) if place not in op.fixed]
        plain = op.ball and not (op.constant or op.mixes or op.name == "derivative")
        formula = (op.symbolic or op.slope) and op.name not in _WITHOUT_FORMULA
        if plain and not formula and len(moving) == 1:
            yield _nth_derivative(op, moving[0])


# Their slopes are kernels of torch.
_WITHOUT_FORMULA = frozenset({"sinc"})


def _nth_derivative(op: Op, moving: int) -> Op:
    def ball(b: Any, n: Any, *operands: Any) -> Any:
        return _derivative(b, op, moving, int(b.whole(fixed(b, n))), operands)

    def following(f: Any, n: Any, *operands: Any) -> Any:
        return f.primitive(f"{op.name}{_SUFFIX}", n + 1, *operands)

    rules: list[Rule | None] = [None] * (len(op.parameters) + 1)
    rules[moving + 1] = following
    return Op(
        name=f"{op.name}{_SUFFIX}",
        doc=f"n-th derivative of {op.signature} by {op.parameters[moving]}",
        parameters=("n", *op.parameters),
        torch=BY_BALLS,
        ball=ball,
        symbolic=tuple(rules),
        fixed=(0, *(place + 1 for place in op.fixed)),
        domain=(REALS, *op.domain) if op.domain else (),
        hidden=True,
    )


def _derivative(b: Any, op: Op, moving: int, n: int, operands: tuple[Any, ...]) -> Any:
    """f^(n)(u), u a power series or a germ: the expansion of f, differentiated n times."""

    def outer(start: Any, length: int) -> list[Any]:
        given = [b.fixed(u) if place != moving else start for place, u in enumerate(operands)]
        coefficients = b.expanded(op, given, moving, length + n)
        return [coefficients[k + n] * perm(k + n, n) for k in range(length)]

    return b.compose(operands[moving], outer)
