"""Whole-process time of adiff, cold and warm, in pairs with peers, as ratios.

    python tests/benchmarks/start.py [rounds]

Each round runs every command once, in random order; a ratio is the median over the rounds of
command / `python -c "import torch"` within one round, so that drift of the machine cancels. The
adiff is the one beside this Python, installed (an editable install takes 11 ms more per process).
Peers are those that there are: SymPy where it can be imported, qalc, gp, maxima and ginsh.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

BASE = "import torch"
PYTHON = sys.executable
ADIFF = [str(Path(PYTHON).parent / "adiff")]
EXAMPLE = ["x**2+1", "--at", "1,2,3,4", "--order", "2"]
AUTOGRAD = [*ADIFF, *EXAMPLE, "--method", "autograd"]
SYMPY = "from sympy import *; x = symbols('x'); print(diff(x**2+1, x))"

COLD = {"ADIFF_WARM": "0"}
COMMANDS: dict[str, tuple[Sequence[str], Mapping[str, str]]] = {
    "python -c pass": ([PYTHON, "-c", "pass"], {}),
    "python -I -S -c pass": ([PYTHON, "-I", "-S", "-c", "pass"], {}),
    BASE: ([PYTHON, "-c", "import torch"], {}),
    "--version": ([*ADIFF, "--version"], {}),
    "--help": ([*ADIFF, "--help"], COLD),
    "a bad option": ([*ADIFF, "x", "--ordr", "2"], COLD),
    "a syntax error": ([*ADIFF, "x+*2"], COLD),
    "a bad point": ([*ADIFF, "x", "--at", "1,,"], COLD),
    "the example, cold": ([*ADIFF, *EXAMPLE], COLD),
    "by autograd, lean torch": (AUTOGRAD, {**COLD, "ADIFF_TORCH": "lean"}),
    "by autograd, plain torch": (AUTOGRAD, {**COLD, "ADIFF_TORCH": "plain"}),
    "the example, warm": ([*ADIFF, *EXAMPLE], {}),
    "by autograd, warm": (AUTOGRAD, {}),
}
PEERS: dict[str, tuple[Sequence[str], str]] = {
    "sympy, diff": ([PYTHON, "-c", SYMPY], ""),
    "qalc, diff": (["qalc", "-t", "diff(x^2+1, x)"], ""),
    "gp, deriv": (["gp", "-q", "-f"], "deriv(x^2+1)\n"),
    "maxima, diff": (["maxima", "--very-quiet"], "diff(x^2+1, x);\n"),
    "ginsh, diff": (["ginsh"], "diff(x^2+1, x);\n"),
}


def seconds(command: Sequence[str], setting: Mapping[str, str], text: str = "") -> float:
    """The time of one run."""
    started = time.perf_counter()
    subprocess.run(
        command,
        input=text.encode(),
        env={**os.environ, **setting},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - started


def found_peers() -> dict[str, tuple[Sequence[str], str]]:
    """Those peers that are installed."""
    asked = [PYTHON, "-c", "import sympy"]
    has_sympy = subprocess.run(asked, stderr=subprocess.DEVNULL).returncode == 0
    return {
        name: peer
        for name, peer in PEERS.items()
        if (has_sympy if peer[0][0] == PYTHON else shutil.which(peer[0][0]))
    }


def at_once(count: int) -> float:
    """The time of that many warm calls at once, each of which must be right."""
    command = [*ADIFF, "x^3", "--at", "2", "--format", "csv"]
    started = time.perf_counter()
    calls = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(count)]
    answers = [call.communicate()[0] for call in calls]
    took = time.perf_counter() - started
    assert all(answer.endswith(b"2.0,8.0,12.0,exact\n") for answer in answers)
    return took


def main(rounds: int) -> None:
    """Print the table."""
    runs = {name: (command, setting, "") for name, (command, setting) in COMMANDS.items()}
    runs |= {name: (command, {}, text) for name, (command, text) in found_peers().items()}
    with tempfile.TemporaryDirectory() as runtime:
        os.environ["XDG_RUNTIME_DIR"] = runtime
        subprocess.run([*ADIFF, "warm", "start"], check=True)
        try:
            for run in runs.values():
                seconds(*run)  # warms the caches of the file system
            times: dict[str, list[float]] = {name: [] for name in runs}
            for _ in range(rounds):
                for name in random.sample(list(runs), len(runs)):
                    times[name].append(seconds(*runs[name]))
            parallel = statistics.median(at_once(50) for _ in range(3))
        finally:
            subprocess.run([*ADIFF, "warm", "stop"], check=True)
    print(f"{'command':25} {'median ms':>9} {'of import torch':>16}")
    for name, found in times.items():
        ratios = [a / b for a, b in zip(found, times[BASE], strict=True)]
        print(f"{name:25} {statistics.median(found) * 1e3:9.1f} {statistics.median(ratios):16.4f}")
    print(f"\n50 warm calls at once, all right: {parallel:.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
