"""Options of `adiff warm`."""

from typing import Annotated

import typer

from autodiffcli.commands import Answer
from autodiffcli.commands.options import Debug, Format, format_named
from autodiffcli.launch.control import IDLE_MINUTES


def warm(
    action: Annotated[str, typer.Argument(metavar="ACTION", help="start, stop or status.")],
    idle: Annotated[
        str,
        typer.Option(
            metavar="MINUTES",
            help="A process without calls ends after that long.",
            show_default=f"{IDLE_MINUTES:g}",
        ),
    ] = "",
    format: Format = "",
    debug: Debug = False,
) -> Answer:
    """Keep a process ready that has everything loaded, so that calls take 20 ms.

    \b
    adiff warm start              from now on every `adiff` is quick
    adiff warm status             exit 1 where there is none
    adiff warm stop

    The process takes calls of this user with this environment only, and each call has a process
    of its own. ADIFF_WARM=0 goes past it; ADIFF_WARM=auto starts it by itself, but never in CI.
    """
    from autodiffcli.request import one_of, positive_number
    from autodiffcli.verbs.warm import ACTIONS, answer

    action = one_of(action, "action", ACTIONS)
    minutes, form = positive_number(idle or str(IDLE_MINUTES), "--idle"), format_named(format)
    return lambda terminal: answer(action, minutes, form, terminal)
