"""Files of data, and adiff as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]
ADIFF = [sys.executable, "-m", "autodiffcli"]


def command(*words: str) -> list[str]:
    return [*ADIFF, *words]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run adiff in the folder of the test: real processes, real pipes."""

    def ran(*words: str, stdin: bytes = b"", **more: Any) -> subprocess.CompletedProcess[bytes]:
        here = str(Path(__file__).parents[2])
        env = {**os.environ, "PYTHONPATH": here}
        return subprocess.run(
            command(*words), input=stdin, capture_output=True, cwd=tmp_path, env=env, **more
        )

    return ran


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], str]:
    """Write a file into the folder of the test."""

    def written(name: str, text: str | bytes) -> str:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    return written


def rows(text: bytes) -> list[Sequence[str]]:
    return [line.split(",") for line in text.decode().splitlines()]
