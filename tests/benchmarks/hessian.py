"""Hessians of the chained Rosenbrock function, beside jax.hessian and torch.func.hessian.

    pip install jax && python tests/benchmarks/hessian.py [runs]

Every method runs in this one process, one thread each, in turn; shown are medians in ms and, in
brackets, the ratio to jax.hessian. "compiled" is `autodiffcli.compiled`, the entries that are not
0 by their form or the whole matrix; "adiff hessian" is what the command does, from the formula to
entries that are proven or have had a second look.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

os.environ.setdefault(
    "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
)

import jax
import jax.numpy as jnp
import numpy as np
import torch

from autodiffcli.arrays import make
from autodiffcli.parser import parse
from autodiffcli.straightline import compiled
from autodiffcli.verbs.calculus import CalculusRequest, calculated

ROSENBROCK = "sum(100*(x[1:]-x[:-1]^2)^2+(1-x[:-1])^2)"
Method = Callable[[], Any]


def of_jax(x: Any) -> Any:
    return jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def of_torch(x: Any) -> Any:
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def points(n: int, count: int) -> Any:
    return 1 + 0.01 * np.arange(n) + 0.001 * np.arange(count)[:, None]


def methods(n: int, count: int) -> Mapping[str, Method]:
    """One call of each method; those of JAX are compiled already."""
    at = points(n, count)
    tensor, array = torch.tensor(at), jnp.array(at)
    of_floats = compiled(ROSENBROCK, "hessian", {"x": n})
    of_arrays = compiled(ROSENBROCK, "hessian", {"x": n}, np)
    columns, single = np.ascontiguousarray(at.T), at[0].tolist()
    program = parse(ROSENBROCK)
    given = {"x": replace(make(at.reshape(-1).tolist(), (count, n)), rank=1)}
    request = CalculusRequest("hessian", ROSENBROCK)
    by_jax = jax.jit(jax.vmap(jax.hessian(of_jax)) if count > 1 else jax.hessian(of_jax))
    by_torch = torch.func.hessian(of_torch)
    if count > 1:
        by_torch = torch.func.vmap(by_torch)
    else:
        tensor, array = tensor[0], array[0]
    entries = (lambda: of_arrays.values(columns)) if count > 1 else lambda: of_floats.values(single)

    def whole() -> Any:
        if count == 1:
            return of_floats(single)
        found = np.zeros((n * n, count))
        for place, value in zip(of_arrays.entries, of_arrays.values(columns), strict=True):
            found[place] = value
        return found

    return {
        "compiled, entries": entries,
        "compiled, whole": whole,
        "jax.hessian, jit": lambda: by_jax(array).block_until_ready(),
        "torch.func.hessian": lambda: by_torch(tensor),
        "adiff hessian": lambda: calculated(program, given, request),
    }


def dense(n: int) -> None:
    """Stop if the methods disagree."""
    at = points(n, 1)[0]
    ours = np.array(compiled(ROSENBROCK, "hessian", {"x": n})(at.tolist()))
    theirs = np.array(jax.hessian(of_jax)(jnp.array(at)))
    assert np.allclose(ours, theirs, rtol=1e-12), "the Hessians differ"


def timed(run: Method, least: float = 0.02) -> float:
    """Milliseconds of one call, the mean of as many as take `least` seconds."""
    start, calls = time.perf_counter(), 0
    while calls == 0 or time.perf_counter() - start < least:
        run()
        calls += 1
    return (time.perf_counter() - start) / calls * 1000


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    torch.set_num_threads(1)
    jax.config.update("jax_enable_x64", True)
    dense(100)
    for n, count in ((10, 1), (100, 1), (300, 1), (100, 1000)):
        found = methods(n, count)
        for run in found.values():
            run()
        rounds = [{name: timed(run) for name, run in found.items()} for _ in range(runs)]
        base = [times["jax.hessian, jit"] for times in rounds]
        print(f"n = {n}, {count} point{'s' if count > 1 else ''}")
        for name in found:
            own = [times[name] for times in rounds]
            ratio = statistics.median(a / b for a, b in zip(own, base, strict=True))
            print(f"  {name:20} {statistics.median(own):10.3f} ms   ({ratio:.2f})")


if __name__ == "__main__":
    main()
