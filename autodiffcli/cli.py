"""The command line: argv -> `Request`, and exit codes. The only file that talks to typer."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from autodiffcli import __version__
from autodiffcli.arguments import COUNT_ONLY, DEFAULT, DefaultGroup, ExpressionCommand
from autodiffcli.diagnostics import AdiffError, Diagnostic, ExitStatus, nearest
from autodiffcli.manual import HELP, METHOD_HELP, TAYLOR_HELP
from autodiffcli.plan import MAX_ORDER
from autodiffcli.renderers import RENDERERS
from autodiffcli.renderers.report import report
from autodiffcli.request import (
    DTYPES,
    MAX_DIGITS,
    METHODS,
    REDUCTIONS,
    Request,
    names,
    one_of,
    refuse_contradictions,
    whole_number,
)
from autodiffcli.terminal import Terminal, attached

Answer = Callable[[Terminal], ExitStatus]  # what a command returns: its work, yet to be done

SERIES_FORMATS = (*RENDERERS, "text", "latex")

Expression = Annotated[str, typer.Argument(metavar="EXPR", help="The formula, or - for stdin.")]
Output = Annotated[
    str,
    typer.Option("--output", "-o", metavar="FILE", help="Write there; the name says the format."),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of a bug.")]

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


@app.command(
    DEFAULT, cls=ExpressionCommand, help=HELP, short_help="Derivatives; the default command."
)
def diff(
    expression: Expression,
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="POINTS", help="Where: 1,2,3 or x=1,2 or x=0..1..0.1 or x=[[1,2],[3,4]]."
        ),
    ] = None,
    order: Annotated[
        str, typer.Option("--order", "-n", metavar="N", help="Highest order; 0 for values alone.")
    ] = "1",
    wrt: Annotated[
        str | None, typer.Option(metavar="VARS", help="Differentiate by these variables only: a,t.")
    ] = None,
    partial: Annotated[
        list[str] | None, typer.Option(metavar="VARS", help="One partial derivative only: x,x,t.")
    ] = None,
    reduction: Annotated[
        str, typer.Option(metavar="NAME", help=f"What is differentiated: {', '.join(REDUCTIONS)}.")
    ] = "sum",
    grid: Annotated[
        bool, typer.Option("--grid", help="All combinations of the points, not pairs.")
    ] = False,
    dtype: Annotated[str, typer.Option(metavar="NAME", help=f"{', '.join(DTYPES)}.")] = "float64",
    method: Annotated[str, typer.Option(metavar="NAME", help=METHOD_HELP)] = "auto",
    format: Annotated[
        str, typer.Option("--format", "-f", metavar="NAME", help=f"{', '.join(RENDERERS)}.")
    ] = "",
    output: Output = "",
    precision: Annotated[
        str, typer.Option(metavar="N", help="Significant digits in tables.", show_default="6")
    ] = "",
    digits: Annotated[
        str,
        typer.Option(metavar="N", help="Prove N digits of every number, at the points as typed."),
    ] = "",
    verify: Annotated[
        str,
        typer.Option(
            metavar="[=N]",
            help="Count the right digits by ball arithmetic; exit 1 below N of them.",
        ),
    ] = "",
    rows: Annotated[
        str, typer.Option(metavar="N", help="Rows shown in tables, 50 on a terminal; 0 for all.")
    ] = "",
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit 3 when a derivative does not exist; no two readings."),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say on stderr how the formula was read.")
    ] = False,
    debug: Debug = False,
) -> Answer:
    """Read the options of the default command."""
    request = Request(
        expression=_expression(expression),
        at=tuple(at or ()),
        order=whole_number(order, "--order", 0, MAX_ORDER),
        wrt=names(wrt, "--wrt") if wrt is not None else (),
        partials=tuple(names(text, "--partial") for text in partial or ()),
        reduction=one_of(reduction, "--reduction", REDUCTIONS),
        method=one_of(method, "--method", METHODS) if method else "auto",
        dtype=one_of(dtype, "--dtype", DTYPES),
        grid=grid,
        format=one_of(format, "--format", tuple(RENDERERS)) if format else "",
        output=output,
        precision=whole_number(precision or "6", "--precision", 1, 17),
        digits=whole_number(digits, "--digits", 1, MAX_DIGITS) if digits else 0,
        verify=_verify(verify),
        rows=(whole_number(rows, "--rows", 0, 10**9) or 10**9) if rows else None,
        strict=strict,
        verbose=verbose,
    )
    refuse_contradictions(request, precise=bool(precision))
    from autodiffcli.app import answer

    return lambda terminal: answer(request, terminal)


def _verify(text: str) -> int | None:
    """How many digits must be right; 0 to be told only, None for not to verify."""
    if not text or text == COUNT_ONLY:
        return 0 if text else None
    return whole_number(text, "--verify", 1, 17)


@app.command(
    "taylor", cls=ExpressionCommand, help=TAYLOR_HELP, short_help="The Taylor series at a point."
)
def taylor(
    expression: Expression,
    at: Annotated[
        list[str] | None,
        typer.Option(metavar="POINTS", help="Where, exactly as typed: 0 or x=pi/2 or x=0,a=2."),
    ] = None,
    order: Annotated[str, typer.Option("--order", "-n", metavar="N", help="Highest power.")] = "6",
    wrt: Annotated[
        str | None, typer.Option(metavar="VAR", help="The variable, where there are several.")
    ] = None,
    digits: Annotated[str, typer.Option(metavar="N", help="Prove N significant digits.")] = "",
    format: Annotated[
        str, typer.Option("--format", "-f", metavar="NAME", help=f"{', '.join(SERIES_FORMATS)}.")
    ] = "",
    output: Output = "",
    debug: Debug = False,
) -> Answer:
    """Read the options of `adiff taylor`."""
    chosen = names(wrt, "--wrt") if wrt is not None else ("",)
    if len(chosen) > 1:
        message = f"a Taylor series is in one variable, and --wrt names {len(chosen)}"
        raise AdiffError(Diagnostic("variables", message))
    asked: dict[str, Any] = {
        "expression": _expression(expression),
        "at": tuple(at or ()),
        "order": whole_number(order, "--order", 0, MAX_ORDER),
        "wrt": chosen[0],
        "digits": whole_number(digits, "--digits", 1, MAX_DIGITS) if digits else None,
        "format": one_of(format, "--format", SERIES_FORMATS) if format else "",
        "output": output,
    }
    from autodiffcli.verbs.taylor import TaylorRequest, answer

    return lambda terminal: answer(TaylorRequest(**asked), terminal)


@app.command("functions", short_help="What a formula may use.")
def functions(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One of them.")] = None,
    debug: Debug = False,
) -> Answer:
    """List the functions and operators of the language, or describe one."""
    from autodiffcli.verbs.functions import answer

    return lambda terminal: answer(name, terminal)


def _expression(text: str) -> str:
    """The expression itself; read from stdin for `-`."""
    if text != "-":
        return text
    return sys.stdin.read().strip()


def main(argv: Sequence[str] | None = None, terminal: Terminal | None = None) -> int:
    """Run adiff; returns the exit code and never raises.

    argv      words after the command's name; the process's own if None
    terminal  where output goes; the process's own streams if None
    """
    words = list(sys.argv[1:] if argv is None else argv)
    terminal = terminal or attached()
    try:
        status = _parsed(words)(terminal)
        terminal.stdout.flush()
    except BrokenPipeError:
        return _closed_pipe()
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    except AdiffError as error:
        report(error.diagnostic, terminal.stderr, colour=terminal.colour)
        return ExitStatus.WRONG_INPUT
    except OSError as error:
        message = f"the output cannot be written: {(error.strerror or str(error)).lower()}"
        report(Diagnostic("output", message), terminal.stderr)
        return ExitStatus.WRONG_INPUT
    except Exception as error:  # a bug of ours: a short report instead of a traceback
        return _bug(error, words, terminal)
    return status


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
    hint = "`adiff --help` shows how it is used"
    option = getattr(error, "option_name", "")
    if option and type(error).__name__ == "NoSuchOption":
        known = (
            "--at",
            "--order",
            "--wrt",
            "--partial",
            "--reduction",
            "--grid",
            "--digits",
            "--verify",
            "--method",
            "--dtype",
            "--format",
        )
        near = nearest(option, known)
        message, hint = f"no such option: {option}", f"did you mean {near}?" if near else hint
    return Diagnostic("usage", message, hint=hint)


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
    report(Diagnostic("bug", message, hint=hint), terminal.stderr)
    return ExitStatus.BUG
