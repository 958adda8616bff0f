"""What all tests share: a fixed hypothesis profile, and running adiff in this process."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import settings

from autodiffcli.cli import main
from autodiffcli.terminal import Terminal

if os.environ.get("ADIFF_TEST_LEAN"):  # all tests on torch as a command imports it
    from autodiffcli import launch

    launch.arm()
    import torch

    # pytest and hypothesis look into whatever they come by, and all would be read at once
    torch._mock_name = None
    for name in ("torch.ops", "torch.classes"):
        sys.modules.pop(name, None)

settings.register_profile("fixed", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("fixed")


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
