"""The command line: argv -> work to be done, and exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from autodiffcli import __version__
from autodiffcli.arguments import DefaultGroup
from autodiffcli.commands import COMMANDS, DEFAULT, Answer
from autodiffcli.diagnostics import AdiffError, Diagnostic, ExitStatus, nearest
from autodiffcli.launch import SETTINGS
from autodiffcli.renderers.report import report
from autodiffcli.terminal import Terminal, attached

app = typer.Typer(
    cls=DefaultGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"adiff {__version__}\n")
        raise typer.Exit()


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """The derivative calculator for the terminal."""


def main(argv: Sequence[str] | None = None, terminal: Terminal | None = None) -> int:
    """Run adiff; returns the exit code and never raises.

    argv      words after the command's name; the process's own if None
    terminal  where output goes; the process's own streams if None
    """
    words = list(sys.argv[1:] if argv is None else argv)
    terminal = terminal or attached()
    try:
        _refuse_unknown_settings()
        status = _parsed(words)(terminal)
        terminal.stdout.flush()
    except BrokenPipeError:
        return _closed_pipe()
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    except SystemExit as error:  # typer's way to end a completion, or at a closed pipe
        if isinstance(error.__context__, OSError):
            return _closed_pipe()
        return error.code if isinstance(error.code, int) else 0
    except AdiffError as error:
        report(
            error.diagnostic, terminal.stderr, colour=terminal.colour, width=terminal.stderr_width
        )
        return ExitStatus.WRONG_INPUT
    except OSError as error:
        message = f"the output cannot be written: {(error.strerror or str(error)).lower()}"
        report(Diagnostic("output", message), terminal.stderr, width=terminal.stderr_width)
        return ExitStatus.WRONG_INPUT
    except Exception as error:  # a bug of ours: a short report instead of a traceback
        return _bug(error, words, terminal)
    return status


def _refuse_unknown_settings() -> None:
    """Raise AdiffError where the environment asks for something that there is not."""
    for name, known in SETTINGS.items():
        given = os.environ.get(name)
        if given and given not in known:
            from autodiffcli.request import one_of

            one_of(given, name, known)


def _parsed(words: list[str]) -> Answer:
    """What the words ask for. Typer only reads them, so that its own handling of closed pipes
    and errors does not come between us and the shell.
    """
    try:
        found: Any = app(args=words, prog_name="adiff", standalone_mode=False)
    except Exception as error:
        if not _is_usage_error(error):
            raise
        if type(error).__name__ != "NoArgsIsHelpError":
            raise AdiffError(_usage(error)) from None
        page = error.format_message()  # type: ignore[attr-defined]
        return lambda terminal: _written(page, terminal)
    if callable(found):
        answer: Answer = found
        return answer
    return lambda terminal: ExitStatus(found or 0)  # --help and the like have answered themselves


def _written(page: str, terminal: Terminal) -> ExitStatus:
    terminal.stdout.write(f"{page}\n")
    return ExitStatus.DONE


def _is_usage_error(error: Exception) -> bool:
    return any(base.__name__ == "UsageError" for base in type(error).__mro__)


def _usage(error: Exception) -> Diagnostic:
    """A mistake in the options as a diagnostic."""
    message = str(error.format_message()).rstrip(".")  # type: ignore[attr-defined]
    message = f"{message[:1].lower()}{message[1:]}"
    command = getattr(getattr(error, "ctx", None), "info_name", None)
    known = f"{command} " if command in COMMANDS and command != DEFAULT else ""
    hint = f"`adiff {known}--help` shows how it is used"
    option = getattr(error, "option_name", "")
    if option and type(error).__name__ == "NoSuchOption":
        near = nearest(option, _options(error))
        message, hint = f"no such option: {option}", f"did you mean {near}?" if near else hint
    return Diagnostic("usage", message, hint=hint)


def _options(error: Exception) -> list[str]:
    """The long options of the command that an error is about."""
    ctx = getattr(error, "ctx", None)
    params = ctx.command.get_params(ctx) if ctx else []
    return [name for param in params for name in param.opts if name.startswith("--")]


def _closed_pipe() -> int:
    """Who read our output has seen enough: end quietly, as if all had been written."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    return ExitStatus.DONE


def _bug(error: BaseException, words: Sequence[str], terminal: Terminal) -> int:
    if "--debug" in words:
        traceback.print_exception(error, file=terminal.stderr)
    message = f"a bug in adiff {__version__}: {type(error).__name__}: {error}"
    hint = "please report it with the command that you typed; --debug shows the traceback"
    report(Diagnostic("bug", message, hint=hint), terminal.stderr, width=terminal.stderr_width)
    return ExitStatus.BUG
