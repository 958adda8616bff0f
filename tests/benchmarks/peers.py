"""Formulas, and the ways to have their values and derivatives as columns, for `throughput.py`.

Each library is imported by its own function, so that one that is not there is only left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

Columns = Sequence[Any]
Run = Callable[[Any], Columns]


@dataclass(frozen=True)
class Formula:
    """One formula as text, `{c}` being its constant, and as Python over a library's functions."""

    text: str
    of: Callable[..., Any]  # (library, constant, *variables)
    constant: float
    variables: tuple[str, ...] = ("x",)

    def outputs(self, order: int) -> int:
        n = len(self.variables)
        return 1 + n + (n * (n + 1) // 2 if order == 2 else 0)


FORMULAS = {
    "poly": Formula("x**2+{c}", lambda m, c, x: x**2 + c, 1),
    "gauss": Formula("exp(-x**2)*sin({c}x)", lambda m, c, x: m.exp(-(x**2)) * m.sin(c * x), 3),
    # 30 operations, 9 of them transcendental, and a square root
    "big": Formula(
        "exp(-x**2/2)*sin({c}*x) + log(1+x**2)*cos(x)/(2+x) + tanh(x)*sqrt(1+x)"
        " - atan(2*x)*exp(-x) + sin(x)*log(3+x)",
        lambda m, c, x: (
            m.exp(-(x**2) / 2) * m.sin(c * x)
            + m.log(1 + x**2) * m.cos(x) / (2 + x)
            + m.tanh(x) * m.sqrt(1 + x)
            - m.atan(2 * x) * m.exp(-x)
            + m.sin(x) * m.log(3 + x)
        ),
        3,
    ),
    "two": Formula(
        "a**2*sin(t)+exp(a*t)", lambda m, c, a, t: a**2 * m.sin(t) + m.exp(a * t), 0, ("a", "t")
    ),
}


@dataclass(frozen=True)
class Form:
    """One way to get the columns.

    bind: float64 arrays, one for each variable -> the library's own arrays; not timed.
    build: formula, constant, order -> what is run on those; gives the columns of `Formula.outputs`
    in the order value, first derivatives, second derivatives.
    """

    bind: Callable[[Columns], Any]
    build: Callable[..., Run]


def partials(value: Any, wrt: Sequence[Any], order: int, derived: Callable[..., Any]) -> list[Any]:
    """The value and all its symbolic derivatives up to the order, mixed ones once."""
    first = [derived(value, v) for v in wrt]
    second = [derived(one, v) for i, one in enumerate(first) for v in wrt[i:]] if order == 2 else []
    return [value, *first, *second]


def adiff() -> list[Form]:
    """The engine; whatever it wants to be called with is said here and nowhere else."""
    from autodiffcli.engine import compiled_columns

    def build(formula: Formula, c: float, order: int, **more: Any) -> Run:
        run = compiled_columns(formula.text.format(c=c), order, **more)
        return lambda at: run(dict(zip(formula.variables, at, strict=True)))

    return [Form(list, build)]


def copies() -> list[Form]:
    def build(formula: Formula, c: float, order: int) -> Run:
        return lambda at: [at[0].copy() for _ in range(formula.outputs(order))]

    return [Form(list, build)]


def autograd(block: int = 0) -> list[Form]:
    """Nested torch.autograd.grad with create_graph, on whole arrays or on blocks."""
    import torch

    torch.set_num_threads(1)
    empty = partial(torch.empty, dtype=torch.float64)

    def build(formula: Formula, c: float, order: int) -> Run:
        def whole(at: Columns) -> list[Any]:
            at = [v.detach().requires_grad_() for v in at]
            y = formula.of(torch, c, *at)
            first = torch.autograd.grad(y.sum(), at, create_graph=order == 2)
            second: list[Any] = []
            for i, one in enumerate(first if order == 2 else ()):
                more = i + 1 < len(first)
                second += torch.autograd.grad(one.sum(), at[i:], retain_graph=more)
            return [y.detach(), *(one.detach() for one in first), *second]

        return in_blocks(whole, block, formula.outputs(order), empty) if block else whole

    return [Form(lambda at: [torch.from_numpy(v) for v in at], build)]


def in_blocks(run: Run, block: int, outputs: int, empty: Callable[..., Any] = np.empty) -> Run:
    """The same in blocks of so many points; `empty` gives the fresh columns, numpy's or torch's."""

    def blocked(at: Columns) -> list[Any]:
        n = len(at[0])
        found = [empty(n) for _ in range(outputs)]
        for start in range(0, n, block):
            stop = min(start + block, n)
            parts = run([v[start:stop] for v in at])
            for column, part in zip(found, parts, strict=True):
                column[start:stop] = part
        return found

    return blocked


def jax() -> list[Form]:
    """Compiled: vmap of grad of grad, and grad of a sum of grad of a sum."""
    import jax
    import jax.numpy as jnp

    def form(vmapped: bool) -> Form:
        def build(formula: Formula, c: float, order: int) -> Run:
            wrt = range(len(formula.variables))
            gradient = jax.grad(lambda *at: formula.of(jnp, c, *at).sum(), argnums=tuple(wrt))

            def everything(*at: Any) -> tuple[Any, ...]:
                found = [formula.of(jnp, c, *at), *gradient(*at)]
                for i in wrt if order == 2 else ():
                    one = jax.grad(lambda *v, i=i: gradient(*v)[i].sum(), argnums=tuple(wrt[i:]))
                    found += one(*at)
                return tuple(found)

            run = jax.jit(jax.vmap(everything) if vmapped else everything)
            return lambda at: jax.block_until_ready(run(*at))

        return Form(lambda at: [jnp.array(v) for v in at], build)

    return [form(True), form(False)]


def symbolic(formula: Formula, c: float, order: int) -> tuple[list[Any], list[Any]]:
    """Symbols and expressions of sympy."""
    import sympy

    symbols = list(sympy.symbols(formula.variables))
    return symbols, partials(formula.of(sympy, c, *symbols), symbols, order, sympy.diff)


def lambdified(block: int = 0) -> list[Form]:
    """sympy.lambdify for numpy, equal parts once, on whole arrays or on blocks."""
    import sympy

    def build(formula: Formula, c: float, order: int) -> Run:
        run = sympy.lambdify(*symbolic(formula, c, order), "numpy", cse=True)
        if block:
            return in_blocks(lambda at: run(*at), block, formula.outputs(order))
        return lambda at: [filled(v, len(at[0])) for v in run(*at)]

    return [Form(list, build)]


def filled(value: Any, n: int) -> Any:
    """A column, also where a formula is a constant."""
    return value if np.ndim(value) else np.full(n, float(value))


def numexpr() -> list[Form]:
    """The symbolic derivatives, each as it stands; and equal parts once, in own columns."""
    import numexpr
    import sympy

    numexpr.set_num_threads(1)

    def compiled(expression: Any) -> tuple[list[str], Any]:
        names = sorted(str(symbol) for symbol in expression.free_symbols)
        text = sympy.sstr(expression).replace("atan", "arctan")
        signature = [(name, np.float64) for name in names]
        constant = float(expression) if expression.is_number else None
        return names, constant if not names else numexpr.NumExpr(text, signature, truediv=True)

    def form(shared: bool) -> Form:
        def build(formula: Formula, c: float, order: int) -> Run:
            found = symbolic(formula, c, order)[1]
            steps, found = sympy.cse(found) if shared else ([], found)
            program = [(str(name), *compiled(step)) for name, step in steps]
            program += [(f"output {i}", *compiled(one)) for i, one in enumerate(found)]

            def run(at: Columns) -> list[Any]:
                known = dict(zip(formula.variables, at, strict=True))
                for name, operands, step in program:
                    value = step(*(known[v] for v in operands)) if operands else step
                    known[name] = filled(value, len(at[0]))
                return [known[f"output {i}"] for i in range(len(found))]

            return run

        return Form(list, build)

    return [form(False), form(True)]


def heyoka() -> list[Form]:
    """LLVM code of the symbolic derivatives, over all points in one call; strict arithmetic.

    Without its caches, the one on disk among them: what was built in an earlier run is built again.
    """
    import heyoka

    heyoka.set_nthreads(1)
    if hasattr(heyoka.llvm_state, "set_diskcache_enabled"):
        heyoka.llvm_state.set_diskcache_enabled(False)

    def build(formula: Formula, c: float, order: int) -> Run:
        heyoka.llvm_state.clear_memcache()
        wrt = [heyoka.make_vars(name) for name in formula.variables]
        found = partials(formula.of(heyoka, c, *wrt), wrt, order, heyoka.diff)
        run = heyoka.cfunc(found, vars=wrt, parjit=False)
        return lambda at: list(run(at))

    return [Form(lambda at: np.stack(at), build)]


METHODS: Mapping[str, Callable[[], list[Form]]] = {
    "adiff": adiff,
    "heyoka cfunc": heyoka,
    "JAX jit": jax,
    "numexpr": numexpr,
    "sympy lambdify, 16 k blocks": lambda: lambdified(16_384),
    "sympy lambdify": lambdified,
    "torch.autograd, 64 k blocks": lambda: autograd(65_536),
    "torch.autograd": autograd,
    "copy of the data": copies,
}
FLOOR = "copy of the data"
Methods = Mapping[str, list[Form]]
