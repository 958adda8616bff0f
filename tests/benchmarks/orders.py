"""Time of all derivatives 0..n as the order n grows, against the peers in the same run.

    python tests/benchmarks/orders.py [orders ...]

f(x) = exp(sin(x)) tanh(x) / (1 + x^2) at one point and at 10^4 points, one thread. Peers: nested
torch.autograd.grad, jax.experimental.jet and algopy; the last two come into the interpreter by
hand, `pip install jax==0.10.2 algopy`, and are left out where they are missing. A method stops
for good once a run (with its compilation) took more than LIMIT seconds or would take too much
memory.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from math import factorial
from typing import Any

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

from autodiffcli.parser import parse
from autodiffcli.taylor import taylor

EXPRESSION = "exp(sin(x))*tanh(x)/(1 + x^2)"
ORDERS = (1, 2, 3, 5, 8, 10, 20, 50)
LIMIT = 20.0  # seconds of one run
MEMORY = 6 * 2**30  # bytes of the process
GRAPH = {1: 8, 10_000: 5}  # the order up to which nested gradients fit into memory, by points
Run = Callable[[], Any]  # all derivatives 0..n, a row per order


def ours(points: torch.Tensor, order: int) -> Run:
    program = parse(EXPRESSION)
    scale = torch.tensor([float(factorial(k)) for k in range(order + 1)], dtype=torch.float64)
    return lambda: taylor(program, {"x": points}, {"x": 1.0}, order, "float64") * scale[:, None]


def by_autograd(points: torch.Tensor, order: int) -> Run:
    """What one would write by hand."""
    if order > GRAPH[len(points)]:
        raise MemoryError("the graph of nested gradients does not fit into memory")

    def run() -> list[torch.Tensor]:
        x = points.clone().requires_grad_()
        found = [torch.exp(torch.sin(x)) * torch.tanh(x) / (1 + x**2)]
        for _ in range(order):
            found.append(torch.autograd.grad(found[-1].sum(), x, create_graph=True)[0])
        return [y.detach() for y in found]

    return run


def by_jet(points: torch.Tensor, order: int) -> Run:
    jax = importlib.import_module("jax")
    jet = importlib.import_module("jax.experimental.jet").jet
    jax.config.update("jax_enable_x64", True)
    j = jax.numpy
    x = j.asarray(points.tolist())
    steps = [j.ones_like(x)] + [j.zeros_like(x)] * (order - 1)

    def f(x: Any) -> Any:
        return j.exp(j.sin(x)) * j.tanh(x) / (1 + x**2)

    compiled = jax.jit(lambda x: jet(f, (x,), (steps,)))
    return lambda: jax.block_until_ready(compiled(x))


def by_algopy(points: torch.Tensor, order: int) -> Run:
    algopy = importlib.import_module("algopy")
    numpy = importlib.import_module("numpy")
    start = numpy.zeros((order + 1, 1, len(points)))
    start[0, 0], start[1, 0] = points.tolist(), 1
    x = algopy.UTPM(start)
    scale = numpy.array([float(factorial(k)) for k in range(order + 1)])[:, None, None]

    def run() -> Any:
        found = algopy.exp(algopy.sin(x)) * algopy.tanh(x) / (1 + x * x)
        return found.data * scale

    return run


METHODS: dict[str, Callable[[torch.Tensor, int], Run]] = {
    "adiff": ours,
    "torch.autograd.grad nested": by_autograd,
    "jax.experimental.jet, jit": by_jet,
    "algopy": by_algopy,
}
MODULES = {"jax.experimental.jet, jit": "jax", "algopy": "algopy"}


def fastest(run: Run) -> float:
    """Milliseconds of the best of several runs; at least two, for a second at most."""
    started, found = time.perf_counter(), float("inf")
    for count in range(50):
        before = time.perf_counter()
        run()
        now = time.perf_counter()
        found = min(found, now - before)
        if count and now - started > 1:
            break
    return found * 1000


def measured(make: Callable[[torch.Tensor, int], Run], points: torch.Tensor, order: int) -> Any:
    """(first run, best run) in milliseconds, or why there is none."""
    started = time.perf_counter()
    try:
        run = make(points, order)
        run()
    except MemoryError as error:
        return str(error)
    first = time.perf_counter() - started
    if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > MEMORY:
        return f"over {MEMORY >> 30} GB"
    if first > LIMIT:
        return f"first run {first:.0f} s"
    return first * 1000, fastest(run)


def rows_of(count: int, orders: Sequence[int], names: Sequence[str]) -> list[list[str]]:
    """A row of cells per method; a ratio is to adiff in the same run."""
    points = torch.linspace(0.7, 2, count, dtype=torch.float64)
    rows = {name: [name] for name in names}
    stopped: dict[str, str] = {}
    for order in orders:
        base = 0.0
        for name in names:
            found = stopped.get(name) or measured(METHODS[name], points, order)
            if isinstance(found, str):
                cell = "-" if name in stopped else f"stopped: {found}"
                stopped[name] = found
            else:
                first, best = found
                base = base or best
                cell = f"{best:.3g}" + (f" ({best / base:.3g}x)" if name != "adiff" else "")
                cell += f" +{first / 1000:.1f}s" if first > best + 500 else ""
            rows[name].append(cell)
            print(f"  {count} points, order {order}, {name}: {cell}", file=sys.stderr, flush=True)
    return list(rows.values())


def main() -> None:
    torch.set_num_threads(1)
    orders = tuple(map(int, sys.argv[1:])) or ORDERS
    names = list(METHODS)
    for name, module in MODULES.items():
        if importlib.util.find_spec(module) is None:
            print(f"{name}: left out, {module} is not installed here")
            names.remove(name)
    for count in (1, 10_000):
        print(f"\nmilliseconds for orders 0..n, {count:,} points (ratio to adiff) +first run")
        table = [["order", *map(str, orders)], *rows_of(count, orders, names)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for row in table:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


if __name__ == "__main__":
    main()
