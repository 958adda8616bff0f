"""Whole-process time of adiff, in pairs with peers, as ratios.

    python tests/benchmarks/start.py [rounds]

Each round runs every command once, in random order; a ratio is the median over the rounds of
command / `python -c "import torch"` within one round, so that drift of the machine cancels.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time

BASE = "import torch"
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    BASE: [sys.executable, "-c", "import torch"],
    "adiff --version": [sys.executable, "-m", "autodiffcli", "--version"],
    "adiff --help": [sys.executable, "-m", "autodiffcli", "--help"],
    "a syntax error": [sys.executable, "-m", "autodiffcli", "x+*2"],
    "the example": [
        *(sys.executable, "-m", "autodiffcli"),
        *("x**2+1", "--at", "1,2,3,4", "--order", "2"),
    ],
    "by autograd": [
        *(sys.executable, "-m", "autodiffcli"),
        *("x**2+1", "--at", "1,2,3,4", "--order", "2", "--method", "autograd"),
    ],
    "torch leanly": [
        *(sys.executable, "-c"),
        "import os; from autodiffcli import launch; launch.arm(); import torch; os._exit(0)",
    ],
}
COMMANDS["by autograd, plain"] = ["env", "ADIFF_TORCH=plain", *COMMANDS["by autograd"]]


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def main(rounds: int) -> None:
    for command in COMMANDS.values():
        seconds(command)  # warms the caches of the file system
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name in random.sample(list(COMMANDS), len(COMMANDS)):
            times[name].append(seconds(COMMANDS[name]))
    print(f"{'command':18} {'median s':>9} {'of import torch':>16}")
    for name, found in times.items():
        ratios = [a / b for a, b in zip(found, times[BASE], strict=True)]
        print(f"{name:18} {statistics.median(found):9.3f} {statistics.median(ratios):16.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
