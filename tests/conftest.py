"""What all tests share: a fixed hypothesis profile, and running adiff in this process."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from autodiffcli.cli import main
from autodiffcli.terminal import Terminal

if os.environ.get("ADIFF_TEST_LEAN"):  # all tests on torch as a command imports it
    from autodiffcli.launch import watch

    watch.arm()
    import torch

    # pytest and hypothesis look into whatever they come by, and all would be read at once
    torch._mock_name = None
    for name in ("torch.ops", "torch.classes"):
        sys.modules.pop(name, None)

settings.register_profile("fixed", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("fixed")


@pytest.fixture(autouse=True)
def _same_environment() -> Iterator[None]:
    """What a test or a library (dask does) leaves in the environment goes with the test."""
    before = dict(os.environ)
    yield
    if os.environ != before:
        os.environ.clear()
        os.environ.update(before)


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    stdout: str
    stderr: str


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-transcripts", action="store_true", help="write what came out as what must"
    )
    parser.addoption("--warm", action="store_true", help="have commands answered by a warm process")


@pytest.fixture(scope="session", autouse=True)
def _cold_or_warm(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Processes of the tests answer for themselves, or all by one warm process of the tests."""
    os.environ["ADIFF_WARM"] = "0"
    if not request.config.getoption("--warm"):
        yield
        return
    os.environ["ADIFF_WARM"] = "1"
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])  # as some tests have it
    os.environ["XDG_RUNTIME_DIR"] = str(tmp_path_factory.mktemp("run"))
    command = [sys.executable, "-m", "autodiffcli", "warm"]
    subprocess.run([*command, "start"], check=True)
    yield
    subprocess.run([*command, "status"], check=True)
    subprocess.run([*command, "stop"], check=True)


def run_adiff(*argv: str, boxes: bool = False, width: int | None = None, talk: bool = False) -> Ran:
    """Run a command in this process, by default as in a pipe."""
    stdout, stderr = io.StringIO(), io.StringIO()
    terminal = Terminal(
        *(stdout, stderr),
        boxes=boxes,
        width=width,
        talk=talk,
        stderr_width=width if talk else None,
    )
    code = main(list(argv), terminal)
    return Ran(int(code), stdout.getvalue(), stderr.getvalue())


@pytest.fixture
def adiff() -> Callable[..., Ran]:
    return run_adiff
