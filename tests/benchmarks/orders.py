"""Time of all derivatives 0..n as the order n grows, against the peers in the same run.

    python tests/benchmarks/orders.py [orders ...]

f(x) = exp(sin(x)) tanh(x) / (1 + x^2) at one point and at 10^4 points, one thread. Peers: nested
torch.autograd.grad, jax.experimental.jet and algopy; the last two come into the interpreter by
hand, `pip install jax==0.10.2 algopy`, and are left out where they are missing. Each method works
in a process of its own, which is ended once a run, compilation included, takes more than LIMIT
seconds or more than MEMORY.
"""

from __future__ import annotations

import importlib
import importlib.util
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from math import factorial
from multiprocessing.connection import Connection
from typing import Any

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

from autodiffcli.parser import parse
from autodiffcli.taylor import taylor

EXPRESSION = "exp(sin(x))*tanh(x)/(1 + x^2)"
ORDERS = (1, 2, 3, 5, 8, 10, 20, 50)
LIMIT = 20.0  # seconds of one run
MEMORY = 6 * 2**30  # bytes of a process
Run = Callable[[], Any]  # all derivatives 0..n, a row per order


def ours(points: torch.Tensor, order: int) -> Run:
    program = parse(EXPRESSION)
    scale = torch.tensor([float(factorial(k)) for k in range(order + 1)], dtype=torch.float64)
    return lambda: taylor(program, {"x": points}, {"x": 1.0}, order, "float64") * scale[:, None]


def by_autograd(points: torch.Tensor, order: int) -> Run:
    """What one would write by hand."""

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


def work(name: str, count: int, orders: Sequence[int], answers: Connection) -> None:
    """In a process of its own: (first run, best run) in milliseconds per order."""
    torch.set_num_threads(1)
    points = torch.linspace(0.7, 2, count, dtype=torch.float64)
    for order in orders:
        started = time.perf_counter()
        run = METHODS[name](points, order)
        run()
        first = time.perf_counter() - started
        answers.send((first * 1000, fastest(run)))


def resident(process: int) -> int:
    """Bytes of memory that a process holds; 0 where the system does not tell."""
    try:
        with open(f"/proc/{process}/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def answer(worker: Any, answers: Connection, limit: float) -> tuple[float, float] | str:
    """The next answer of a worker, or why there is none."""
    until = time.perf_counter() + limit
    while not answers.poll(0.05):
        if not worker.is_alive():
            return "the method failed"
        if time.perf_counter() > until:
            return f"> {LIMIT:.0f} s"
        if resident(worker.pid) > MEMORY:
            return f"> {MEMORY >> 30} GB"
    try:
        found: tuple[float, float] = answers.recv()
    except EOFError:
        return "the method failed"
    return found if found[0] < LIMIT * 1000 else f"> {LIMIT:.0f} s"


def times(name: str, count: int, orders: Sequence[int]) -> list[tuple[float, float] | str]:
    """Per order the times, up to the first that cannot be had."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    worker = context.Process(target=work, args=(name, count, orders, there), daemon=True)
    worker.start()
    found: list[tuple[float, float] | str] = []
    for order in orders:
        # the libraries are imported before the first answer, and a run is followed by others
        found.append(answer(worker, here, LIMIT + (30 if not found else 5)))
        print(f"  {count} points, order {order}, {name}: {found[-1]}", file=sys.stderr, flush=True)
        if isinstance(found[-1], str):
            break
    worker.kill()
    worker.join()
    return found + ["-"] * (len(orders) - len(found))


def cells(
    found: Sequence[tuple[float, float] | str], base: Sequence[tuple[float, float] | str]
) -> list[str]:
    """Milliseconds, how many times ours, and seconds before the second run."""
    shown = []
    for entry, own in zip(found, base, strict=True):
        if isinstance(entry, str) or isinstance(own, str):
            shown.append(str(entry))
            continue
        first, best = entry
        ratio = "" if found is base else f" {best / own[1]:.3g}x"
        compiled = f" +{first / 1000:.1f}s" if first > best + 200 else ""
        shown.append(f"{best:.3g}{ratio}{compiled}")
    return shown


def main() -> None:
    torch.set_num_threads(1)
    orders = tuple(map(int, sys.argv[1:])) or ORDERS
    names = list(METHODS)
    for name, module in MODULES.items():
        if importlib.util.find_spec(module) is None:
            print(f"{name}: left out, {module} is not installed here")
            names.remove(name)
    for count in (1, 10_000):
        found = {name: times(name, count, orders) for name in names}
        table = [["order", *map(str, orders)]]
        table += [[name, *cells(found[name], found["adiff"])] for name in names]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        print(f"\nms for derivatives 0..n at {count:,} points, x adiff's time, + s of a first run")
        for row in table:
            print("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
