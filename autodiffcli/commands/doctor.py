"""Options of `adiff doctor`."""

from autodiffcli.commands import Answer
from autodiffcli.commands.options import Debug, Format, format_named


def doctor(format: Format = "", debug: Debug = False) -> Answer:
    """What this adiff runs on, and whether it is right: versions, torch, ten derivatives.

    Exit codes: 0 all is well, 1 a derivative is not what it must be.
    """
    from autodiffcli.verbs.doctor import answer

    form = format_named(format)
    return lambda terminal: answer(form, terminal)
