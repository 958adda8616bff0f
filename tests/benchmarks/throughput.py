"""Columns of values and derivatives, beside what else a Python programmer could take for them.

    pip install heyoka jax numexpr sympy
    python tests/benchmarks/throughput.py [ROUNDS] [--points 1e3,1e5,1e7] [--only gauss,big]
                                          [--tables 1,2,3]

Every method runs in this one process, one thread each, in turn, and gives value and derivatives in
fresh float64 arrays; its numbers are compared before it is timed. Shown are medians over the rounds
and, in brackets, the ratio to adiff: 2.00 is a method that takes twice its time. Where a method has
two forms (JAX, numexpr), each cell has the faster one. A peer that is not installed is left out.

Table 1 is the steady state, by number of points; table 2 is from the text of a formula that is new
in every round to its first result; table 3 is two processes beside one, and peak memory. Tables 2
and 3 have sizes of their own; what table 3 measures runs in processes of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from peers import FLOOR, FORMULAS, METHODS, Columns, Form, Formula, adiff

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_ENABLE_X64": "1",
    "JAX_PLATFORMS": "cpu",
    "JAX_ENABLE_COMPILATION_CACHE": "false",
}
FIRST, LARGE = 1_000_000, 10_000_000  # points of tables 2 and 3
NEWS = count(1)
Methods = Mapping[str, list[Form]]
Calls = Sequence[tuple[str, Callable[[], Any]]]
Times = Mapping[str, list[float]]  # seconds by method, one for each round


def installed() -> Methods:
    """The methods whose libraries are there; a word on the others."""
    found = {}
    for name, method in METHODS.items():
        try:
            found[name] = method()
        except ImportError as error:
            print(f"{name}: not there ({error})\n")
    return found


def points(formula: Formula, n: int) -> list[Any]:
    """Columns between 0.1 and 2, evenly spaced, every second one downwards.

    In order, which is kind to the peers: shuffled points take JAX about 1.5 times as long.
    """
    column = np.linspace(0.1, 2, n)
    return [column[:: (-1) ** i].copy() for i in range(len(formula.variables))]


def agree(found: Columns, expected: Columns, name: str) -> None:
    """Stop if a method differs by more than 1e-9, near a zero by more than 1e-12 of the largest."""
    if name == FLOOR:
        return
    for i, (own, theirs) in enumerate(zip(found, expected, strict=True)):
        own = np.asarray(own)
        assert own.shape == theirs.shape and own.dtype == np.float64, f"{name}: column {i}"
        near = 1e-12 * np.abs(theirs).max()
        assert np.allclose(own, theirs, rtol=1e-9, atol=near), f"{name} differs in column {i}"


def calls_of(methods: Methods, formula: Formula, order: int, n: int) -> tuple[Calls, Times]:
    """One call of each form at n points, once it agrees; seconds of building and the first call."""
    at, calls, set_up = points(formula, n), [], {}
    expected: Columns = ()
    for name, form in ((name, form) for name, forms in methods.items() for form in forms):
        bound, start = form.bind(at), time.perf_counter()
        run = form.build(formula, formula.constant, order)
        found = run(bound)
        set_up.setdefault(name, []).append(time.perf_counter() - start)
        expected = expected or [np.array(column) for column in found]
        agree(found, expected, name)
        del found
        calls.append((name, lambda run=run, bound=bound: run(bound)))
    return calls, set_up


def timed(call: Callable[[], Any], least: float) -> float:
    """Seconds of one call, the mean of as many as take `least` seconds."""
    start, count = time.perf_counter(), 0
    while count == 0 or time.perf_counter() - start < least:
        call()
        count += 1
    return (time.perf_counter() - start) / count


def settle(floats: int) -> None:
    """Touch as much fresh memory as the outputs take, and let it go.

    Whoever comes after autograd on 1e7 points would pay for the pages that it has left in pieces:
    a copy then takes 40 ns per point, and 5 otherwise.
    """
    np.ones(floats)


def in_turn(calls: Calls, rounds: int, floats: int, least: float = 0.02) -> Times:
    """Every call once in each round; of the forms of a method, the one with the best median.

    floats: how many numbers the outputs of a call have together.
    """
    times: list[list[float]] = []
    for _ in range(rounds):
        times.append([])
        for _, call in calls:
            settle(floats)
            times[-1].append(timed(call, least))
    best: dict[str, list[float]] = {}
    for (name, _), own in zip(calls, zip(*times, strict=True), strict=True):
        if name not in best or statistics.median(own) < statistics.median(best[name]):
            best[name] = list(own)
    return best


def cell(times: Times, name: str, unit: float) -> str:
    """The median in the unit and, where adiff is there, the median of the ratios to it."""
    own = times[name]
    median = statistics.median(own) / unit
    text = f"{median:.0f}" if median >= 100 else f"{median:#.3g}"
    if "adiff" not in times:
        return text
    ratios = (a / b for a, b in zip(own, times["adiff"], strict=True))
    return f"{text} ({statistics.median(ratios):.2f})"


def row(*cells: str) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)


def heading(*cells: str) -> None:
    row(*cells)
    row("---", *["---:"] * (len(cells) - 1))


def steady(methods: Methods, only: Sequence[str], sizes: Sequence[int], rounds: int) -> None:
    for name, order in ((name, order) for name in only for order in (1, 2)):
        formula = FORMULAS[name]
        print(f"\n{name}, order {order}: ns per point, and ms of building with the first call\n")
        heading("method", *(f"{n:,} points" for n in sizes), f"set-up, {sizes[0]:,}")
        columns, set_up = [], {}
        for n in sizes:
            calls, first = calls_of(methods, formula, order, n)
            set_up = set_up or first
            columns.append((n, in_turn(calls, rounds, n * formula.outputs(order))))
            del calls
        for method in methods:
            cells = [cell(times, method, n * 1e-9) for n, times in columns]
            row(method, *cells, f"{min(set_up[method]) * 1000:.1f}")


def new(form: Form, formula: Formula, order: int, bound: Any) -> Callable[[], Any]:
    """From the text to the columns, each time with a constant that no call has had before."""

    def call() -> None:
        form.build(formula, formula.constant + next(NEWS) / 8192, order)(bound)

    return call


def first_results(methods: Methods, only: Sequence[str], rounds: int) -> None:
    print(f"\nFrom a new formula to its first result, {FIRST:,} points: ms\n")
    cases = [(name, order) for name in only if name in ("gauss", "big") for order in (1, 2)]
    kept = {name: forms for name, forms in methods.items() if name != FLOOR}
    found = []
    for name, order in cases:
        formula = FORMULAS[name]
        calls_of(kept, formula, order, FIRST)  # compares, and loads what the libraries load late
        at = points(formula, FIRST)
        calls = [
            (method, new(form, formula, order, form.bind(at)))
            for method, forms in kept.items()
            for form in forms
        ]
        found.append(in_turn(calls, rounds, FIRST * formula.outputs(order), least=0))
    heading("method", *(f"{name}, order {order}" for name, order in cases))
    for method in kept:
        row(method, *(cell(times, method, 1e-3) for times in found))


def high_water() -> int:
    """Bytes of memory that this process had at most so far.

    Linux hands ru_maxrss on to a child, even over exec: it would be the parent's; VmHWM is not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def peak(method: str, which: int, name: str, order: int) -> float:
    """Bytes per point above inputs and outputs, in a process that does nothing else."""
    formula, form = FORMULAS[name], METHODS[method]()[which]
    run = form.build(formula, formula.constant, order)
    run(form.bind(points(formula, 100_000)))
    bound = form.bind(points(formula, LARGE))
    held = [np.ones(LARGE) for _ in range(formula.outputs(order))]
    before = high_water()
    del held
    found = run(bound)
    assert len(found) == formula.outputs(order)
    return max(0, high_water() - before) / LARGE


def processes(name: str, order: int, rounds: int, cores: Sequence[int]) -> list[float]:
    """Seconds of one process, of two, and how much faster two are; on these cores."""
    if cores:
        os.sched_setaffinity(0, cores)
    formula, form = FORMULAS[name], adiff()[0]
    bound = form.bind(points(formula, LARGE))
    runs = [form.build(formula, formula.constant, order, processes=n) for n in (1, 2)]
    agree(runs[1](bound), [np.asarray(column) for column in runs[0](bound)], "two processes")
    calls = [(str(n), lambda run=run: run(bound)) for n, run in enumerate(runs, 1)]
    times = in_turn(calls, rounds, LARGE * formula.outputs(order))
    gain = statistics.median(a / b for a, b in zip(times["1"], times["2"], strict=True))
    return [*(statistics.median(own) for own in times.values()), gain]


def alone(*what: Any) -> Any:
    """The answer of `peak` or `processes` in a process of its own; None where it failed."""
    command = [sys.executable, __file__, "--alone", json.dumps(what)]
    done = subprocess.run(command, stdout=subprocess.PIPE)
    return json.loads(done.stdout) if done.returncode == 0 else None


def large(methods: Methods, only: Sequence[str], rounds: int, cores: set[int]) -> None:
    names = [name for name in only if name in ("gauss", "big")]
    if "adiff" in methods:
        print(f"\nadiff, one process and two, order 2, {LARGE:,} points: ns per point\n")
        heading("formula", "one", "two", "times faster")
        for name in names:
            found = alone("processes", name, 2, rounds, sorted(cores))
            one, two, gain = found or [float("nan")] * 3
            row(name, f"{one / LARGE * 1e9:.1f}", f"{two / LARGE * 1e9:.1f}", f"{gain:.2f}")
    print(f"\nPeak memory above inputs and outputs, order 2, {LARGE:,} points: bytes per point\n")
    heading("method", *names)
    for method, forms in methods.items():
        cells = []
        for name in names:
            found = [alone("peak", method, i, name, 2) for i in range(len(forms))]
            cells.append(" / ".join("failed" if one is None else f"{one:.1f}" for one in found))
        row(method, *cells)


def one_core() -> set[int]:
    """Keep this process on one core, where that can be said; the cores it had."""
    if not hasattr(os, "sched_setaffinity"):
        return set()
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    return cores


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    parser.add_argument("--points", default="1e3,1e5,1e7")
    parser.add_argument("--only", default=",".join(FORMULAS))
    parser.add_argument("--tables", default="1,2,3")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | ONE_THREAD)
    if given.alone:
        what, *rest = json.loads(given.alone)
        print(json.dumps({"peak": peak, "processes": processes}[what](*rest)))
        return
    only, tables = given.only.split(","), given.tables.split(",")
    sizes = [int(float(n)) for n in given.points.split(",")]
    cores = one_core()
    methods = installed()
    warm = replace(FORMULAS["big"], constant=2.5)
    calls_of(methods, warm, 2, 1000)  # loads what the libraries load late
    if "1" in tables:
        steady(methods, only, sizes, given.rounds)
    if "2" in tables:
        first_results(methods, only, given.rounds)
    if "3" in tables:
        large(methods, only, given.rounds, cores)


if __name__ == "__main__":
    main()
