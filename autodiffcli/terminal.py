"""`Terminal`: where output goes and what it can show, passed in so that tests need no tty."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO


@dataclass(frozen=True, slots=True)
class Terminal:
    """The two streams, and what a person sees there.

    boxes         stdout is a terminal: draw boxes and shorten long tables
    colour        colour on stdout
    unicode       stdout can encode ∂ and ²
    width         columns of the terminal; None where there is none, so nothing is cut
    talk          stderr is a terminal
    stderr_width  its columns; None where there is none, so nothing is wrapped
    """

    stdout: TextIO
    stderr: TextIO
    boxes: bool = False
    colour: bool = False
    unicode: bool = True
    width: int | None = None
    talk: bool = False
    stderr_width: int | None = None


def attached(environ: Mapping[str, str] | None = None) -> Terminal:
    """The process's own streams. NO_COLOR beats FORCE_COLOR beats TERM=dumb beats isatty."""
    env = os.environ if environ is None else environ
    tty = sys.stdout.isatty()
    dumb = env.get("TERM") == "dumb"
    forced = env.get("FORCE_COLOR", "") not in ("", "0")
    return Terminal(
        stdout=sys.stdout,
        stderr=sys.stderr,
        boxes=tty and not dumb,
        colour=not env.get("NO_COLOR") and (forced or (tty and not dumb)),
        unicode=_encodes(sys.stdout, "∂²│"),
        width=_columns(env, sys.stdout) if tty else None,
        talk=sys.stderr.isatty(),
        stderr_width=_columns(env, sys.stderr) if sys.stderr.isatty() else None,
    )


def _encodes(stream: TextIO, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _columns(env: Mapping[str, str], stream: TextIO) -> int:
    if env.get("COLUMNS", "").isdigit() and int(env["COLUMNS"]) > 0:
        return int(env["COLUMNS"])
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80
