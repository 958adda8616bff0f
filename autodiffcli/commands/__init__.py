"""The commands by name. Each is a function that reads its options and returns its work.

One is imported, and its options declared to typer, only when it is called: declaring an option
takes a millisecond.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple, cast

from autodiffcli.diagnostics import ExitStatus
from autodiffcli.terminal import Terminal

Answer = Callable[[Terminal], ExitStatus]  # what a command returns: its work, yet to be done
DEFAULT = "diff"


class Command(NamedTuple):
    """Where a command is, and what it does in a line.

    function  module:function below `autodiffcli.commands`
    group     the heading it is listed under in the help
    """

    function: str
    summary: str
    group: str = "Commands"


COMMANDS: dict[str, Command] = {
    DEFAULT: Command("diff:diff", "Derivatives; the default command."),
    "taylor": Command("taylor:taylor", "The Taylor series at a point."),
    "residual": Command("residual:residual", "How far a candidate is from solving its equations."),
    "functions": Command("functions:functions", "What a formula may use."),
}


def load(name: str) -> Callable[..., Answer]:
    """The function of a command, imported now. Its docstring is its help."""
    module, function = COMMANDS[name].function.split(":")
    found: Any = getattr(import_module(f"autodiffcli.commands.{module}"), function)
    return cast(Callable[..., Answer], found)
