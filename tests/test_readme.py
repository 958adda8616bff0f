"""The README tells the truth: its commands are run, its function table comes from the records."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from autodiffcli import differentiate
from autodiffcli.verbs.functions import shown
from tests.conftest import run_adiff

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def examples() -> list[tuple[str, str]]:
    """Commands with the output shown under them."""
    found = []
    for block in blocks("console"):
        for part in block.split("$ adiff ")[1:]:
            command, _, shown = part.partition("\n")
            found.append((command, shown))
    return found


@pytest.mark.parametrize(("command", "shown"), examples(), ids=[c for c, _ in examples()])
def test_example_prints_what_the_readme_shows(command: str, shown: str) -> None:
    ran = run_adiff(*shlex.split(command), boxes=True, width=80, talk=True)
    assert (ran.stdout + ran.stderr).strip() == shown.strip()


def pipelines() -> list[str]:
    """Blocks of commands for the shell, each with what it prints under it."""
    return blocks("shell")


@pytest.mark.parametrize("block", pipelines())
def test_pipelines_print_what_the_readme_shows(block: str, tmp_path: Path) -> None:
    home = Path(__file__).parents[1]
    (tmp_path / "decay.csv").write_text("time,b,sample\n0,0.5,a\n1,0.5,b\n2,oops,c\n")
    known = f'adiff() {{ PYTHONPATH="{home}" {sys.executable} -m autodiffcli "$@"; }}'
    for part in block.split("$ ")[1:]:
        line, _, expected = part.partition("\n")
        ran = subprocess.run(
            ["bash", "-c", f"{known}; {line}"], capture_output=True, text=True, cwd=tmp_path
        )
        assert ran.stdout + ran.stderr == expected


def test_there_are_ten_examples() -> None:
    assert len(examples()) >= 10


def test_the_json_document_is_the_one_shown() -> None:
    (shown,) = [json.loads(block) for block in blocks("json")]
    argv = ["x**2+1", "--at", "1,2,3,4", "--order", "2", "--format", "json"]
    assert json.loads(run_adiff(*argv).stdout) == shown


def test_the_python_example_runs() -> None:
    code, plain = blocks("python")
    scope: dict[str, object] = {}
    exec(code, scope)
    assert scope["differentiate"] is differentiate
    exec(plain, scope)
    assert scope["hessian"].shape == (100, 100)  # type: ignore[attr-defined]
    result = scope["r"]
    assert result.value.tolist() == [[2, 2], [2, 2]]  # type: ignore[attr-defined]


def function_table() -> str:
    lines = ["| family | functions |", "|---|---|"]
    for family, words in shown().items():
        written = ", ".join(f"`{usage}`".replace("|", "\\|") for usage, _ in words)
        lines.append(f"| {family} | {written} |")
    return "\n".join(lines)


def test_the_function_table_comes_from_the_records() -> None:
    found = re.search(r"<!-- functions -->\n(.*?)\n<!-- end functions -->", README, re.DOTALL)
    assert found and found.group(1) == function_table()
