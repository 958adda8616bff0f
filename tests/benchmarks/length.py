"""Time of long expressions and many points, against plain torch in the same run.

    python tests/benchmarks/length.py

The peer for many points is what one would write by hand: y = f(x), grad(y.sum(), x).
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import torch

from autodiffcli import differentiate
from autodiffcli.parser import parse

TERMS = "+".join(f"sin({k}*x)" for k in range(10_000))
LONG = "+".join(["x"] * 100_000)
LONGER = "+".join(f"sin({k}*x)" for k in range(100_000))
NESTED = "(" * 10_000 + "x" + ")" * 10_000


def by_hand(points: torch.Tensor) -> None:
    x = points.clone().requires_grad_()
    y = torch.exp(-(x**2)) * torch.sin(3 * x)
    first = torch.autograd.grad(y.sum(), x, create_graph=True)[0]
    torch.autograd.grad(first.sum(), x)


def median(call: Callable[[], object], rounds: int = 5) -> float:
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        found.append(time.perf_counter() - started)
    return sorted(found)[rounds // 2]


def timed(what: str, call: Callable[[], object]) -> None:
    print(f"{what:34} {median(call):7.3f} s")


def main() -> None:
    torch.set_num_threads(1)
    timed("parse 100,000 terms x+x+...", lambda: parse(LONG))
    timed("parse 100,000 terms sin(k*x)+...", lambda: parse(LONGER))
    timed("10,000 terms sin(k*x), order 1", lambda: differentiate(TERMS, at=[0.5]))
    timed("10,000 nested brackets, order 1", lambda: differentiate(NESTED, at=[0.5]))
    points = torch.linspace(0, 1, 1_000_000, dtype=torch.float64)
    ours = median(lambda: differentiate("exp(-x**2)*sin(3*x)", at=points, order=2))
    hand = median(lambda: by_hand(points))
    print(f"10^6 points, order 2: {ours:.3f} s, {ours / hand:.2f} of torch by hand")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
