"""Options of `adiff functions`."""

from typing import Annotated

import typer

from autodiffcli.commands import Answer
from autodiffcli.commands.options import Debug


def functions(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One of them.")] = None,
    debug: Debug = False,
) -> Answer:
    """List the functions and operators of the language, or describe one."""
    from autodiffcli.verbs.functions import answer

    return lambda terminal: answer(name, terminal)
