"""What the user sees: each file of transcripts/ is commands with what must come out."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.conftest import run_adiff

FILES = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))


def commands(text: str) -> list[str]:
    return [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]


def replay(text: str) -> str:
    """The transcript that the commands give now: stdout, then stderr marked, then the exit code."""
    parts = []
    for command in commands(text):
        name, *argv = shlex.split(command)
        assert name == "adiff"
        ran = run_adiff(*argv)
        errors = "".join(f"! {line}\n" for line in ran.stderr.splitlines())
        parts.append(f"$ {command}\n{ran.stdout}{errors}[exit {ran.code}]\n")
    return "\n".join(parts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_transcript(path: Path, request: pytest.FixtureRequest) -> None:
    before = path.read_text(encoding="utf-8")
    after = replay(before)
    if request.config.getoption("--update-transcripts"):
        path.write_text(after, encoding="utf-8")
    assert after == before


def test_there_are_transcripts() -> None:
    assert len(FILES) > 10
