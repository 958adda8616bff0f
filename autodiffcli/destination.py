"""Where an answer goes: stdout, or a file that appears whole or not at all; and how it looks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from autodiffcli.diagnostics import Span, listed, wrong
from autodiffcli.renderers import SUFFIXES, Style
from autodiffcli.terminal import Terminal

TERMINAL_ROWS = 50


def format_of(output: str) -> str:
    """The format that an output file's name asks for."""
    if output in ("", "-"):
        return "table"
    suffix = os.path.splitext(output)[1].lower()
    if suffix not in SUFFIXES:
        message = f"the format of '{output}' is not known by its name"
        hint = f"add --format, or end the name in {listed(SUFFIXES, 'or')}"
        raise wrong("format", message, Span(0, len(output)), output, origin="-o ", hint=hint)
    return SUFFIXES[suffix]


def style_of(precision: int, rows: int | None, output: str, terminal: Terminal) -> Style:
    """How tables look; a terminal shows some rows only, where none are asked for."""
    default = TERMINAL_ROWS if terminal.boxes and output in ("", "-") else None
    return Style(precision, default if rows is None else rows)


@contextmanager
def destination(output: str, terminal: Terminal) -> Iterator[Terminal]:
    """Where the result goes: stdout, or a file that appears whole or not at all."""
    if output in ("", "-", "/dev/stdout", "/dev/fd/1"):
        yield terminal
        return
    direct = output.startswith(("/dev/", "/proc/"))  # /dev/fd/3 may be a file, and open already
    target = output if direct else os.path.realpath(output)
    device = direct or (os.path.exists(target) and not os.path.isfile(target))
    beside = target if device else f"{target}.{os.getpid()}.part"
    try:
        with open(beside, "w", encoding="utf-8", newline="") as file:
            yield replace(
                terminal, stdout=file, boxes=False, colour=False, unicode=True, width=None
            )
        if not device:
            if os.path.exists(target):
                shutil.copymode(target, beside)
            os.replace(beside, target)
    except BaseException as error:
        if not device:
            _discard(beside)
        if isinstance(error, BrokenPipeError):
            raise
        if isinstance(error, OSError):
            message = f"'{output}' cannot be written: {(error.strerror or str(error)).lower()}"
            span = Span(0, len(output))
            raise wrong("output", message, span, output, origin="-o ") from error
        raise


def _discard(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
