"""What a command must not load: a start is quick for as long as it loads little."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Each takes longer to load than the commands below take in all, or than a third of them.
LIBRARIES = {"torch", "numpy", "sympy", "pyarrow", "polars", "pydantic", "mpmath", "rich"}
ANSWERS = {"flint", "autodiffcli.renderers.table", "autodiffcli.streams.pool"}
READERS = {"autodiffcli.readers", "tempfile", "json"}
FORMULAS = {"autodiffcli.ops", "autodiffcli.parser", "fractions"}

UNUSED = [
    (["--help"], ANSWERS | READERS | FORMULAS),
    (["-h"], ANSWERS | READERS | FORMULAS),
    (["solve", "--help"], ANSWERS | READERS | FORMULAS),
    (["taylor", "--help"], ANSWERS | READERS | FORMULAS),
    (["implicit", "--help"], ANSWERS | READERS | FORMULAS),
    (["critical", "--help"], ANSWERS | READERS | FORMULAS),
    (["x", "--ordr", "2"], ANSWERS | READERS | FORMULAS),
    (["x", "--order", "two"], ANSWERS | READERS | FORMULAS),
    (["x", "--order"], ANSWERS | READERS | FORMULAS),
    (["x", "--format", "xml"], ANSWERS | READERS | FORMULAS),
    (["x", "--map", "x=1"], ANSWERS | READERS | FORMULAS),
    (["solv", "x"], ANSWERS | READERS | FORMULAS),
    (["x++"], ANSWERS | READERS),
    (["sine(x)", "--at", "1"], ANSWERS | READERS),
    (["sin x"], ANSWERS | READERS),
    (["functions"], ANSWERS | READERS),
    (["x", "--at", "1,,"], ANSWERS | READERS),
    (["x", "--at", "y=1"], ANSWERS | READERS),
    (["x*y", "--at", "1"], ANSWERS | READERS),
    (["x**2+1", "--at", "1,2,3,4", "--order", "2"], READERS | {"autodiffcli.streams.pool"}),
    (["x**2+1", "--at", "1", "--format", "csv"], READERS | {"autodiffcli.renderers.table"}),
]

SCRIPT = """
import sys
from autodiffcli.cli import main
main(sys.argv[2:])
loaded = sorted(set(sys.argv[1].split()) & set(sys.modules))
sys.exit(f"loaded {loaded}" if loaded else 0)
"""


@pytest.mark.parametrize(("argv", "unused"), UNUSED, ids=[" ".join(argv) for argv, _ in UNUSED])
def test_a_command_loads_what_it_uses(argv: list[str], unused: set[str]) -> None:
    names = " ".join(LIBRARIES | unused)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, names, *argv], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_version_needs_next_to_nothing() -> None:
    script = "import sys, autodiffcli.__main__; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", script], cwd=ROOT, capture_output=True, text=True
    )
    assert not {"typing", "re", "enum", "dataclasses", "typer"} & set(done.stdout.split())
    assert "autodiffcli.__main__" in done.stdout
