"""Sorting the words of a command line, so that an expression may begin with a minus.

A word is an option only if it is spelled like a declared one or looks like a misspelt long one;
everything else is positional and is handed to typer behind `--`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from autodiffcli.commands import COMMANDS, DEFAULT, load
from autodiffcli.commands.diff import COUNT_ONLY
from autodiffcli.diagnostics import nearest

_NUMBER_TAIL = re.compile(r"-[A-Za-z]-?[0-9]+")  # -n2
_LONG = re.compile(r"--[a-z][\w-]*(=.*)?", re.DOTALL)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]+\Z")


class ExpressionCommand(TyperCommand):
    """A command whose arguments are expressions, with options anywhere among them."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Hand typer the options first and the expressions behind `--`."""
        words = [f"--verify={COUNT_ONLY}" if word == "--verify" else word for word in args]
        options, positional = sort_words(self.get_params(ctx), words)
        rest = super().parse_args(ctx, [*options, "--", *positional] if positional else options)
        return list(rest)


class DefaultGroup(TyperGroup):
    """A group that reads a first word which is no command as an expression for `diff`.

    Its commands are those of `commands.COMMANDS`, each declared to typer when it is looked up.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command before an expression."""
        if args and not self._is_ours(ctx, args[0]):
            args = [DEFAULT, *args]
        return list(super().parse_args(ctx, args))

    def _is_ours(self, ctx: Any, word: str) -> bool:
        """Whether a first word is a command, an option of the group, or a misspelt command."""
        if word in COMMANDS or word.partition("=")[0] in _spellings(self.get_params(ctx)):
            return True
        return bool(_WORD.match(word)) and bool(nearest(word, COMMANDS))

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, its options declared now; None where there is none."""
        return declared(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first word names, or an error that names the nearest one."""
        if args and args[0] not in COMMANDS:
            near = nearest(args[0], COMMANDS)
            ctx.fail(f"no such command '{args[0]}'" + (f"; did you mean '{near}'?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """One page: the default command's help, then the other commands and options."""
        command = declared(DEFAULT)
        inner = type(ctx)(command, info_name=ctx.info_name, help_option_names=ctx.help_option_names)
        command.format_help(inner, formatter)
        for group, names in groupby(COMMANDS, lambda name: COMMANDS[name].group):
            with formatter.section(group):
                formatter.write_dl([(name, COMMANDS[name].summary) for name in names])
        records = [param.get_help_record(ctx) for param in self.get_params(ctx)]
        with formatter.section("About adiff"):
            formatter.write_dl(
                [record for record in records if record and "--help" not in record[0]]
            )

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Commands, and the options of the default command."""
        from typer._click.shell_completion import CompletionItem

        command = declared(DEFAULT)
        inner = type(ctx)(command, info_name=DEFAULT, parent=ctx)
        named = [name for name in COMMANDS if name.startswith(incomplete)]
        return [
            *(CompletionItem(name, help=COMMANDS[name].summary) for name in named),
            *command.shell_complete(inner, incomplete),
        ]


def _coerce_ourselves() -> None:
    """Take the values of options as typer gives them: texts, lists of texts, and flags.

    From 0.29 on typer has pydantic build an adapter for each option, which takes longer than all
    the rest of a start. A typer that looks otherwise inside is left as it is.
    """
    try:
        from typer import core
        from typer._coercion import RuntimeParam

        build: Any = core.build_runtime_param  # type: ignore[attr-defined]
    except (ImportError, AttributeError):
        return

    class AsItIs(RuntimeParam):
        def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
            return list(value) if isinstance(value, tuple) else value

    def plain(descriptor: Any) -> Any:
        if descriptor.annotation in (str, bool, list[str]) and descriptor.file_annotation is None:
            return AsItIs(descriptor.parameter_info, descriptor.annotation)
        return build(descriptor)

    core.build_runtime_param = plain  # type: ignore[attr-defined]


_coerce_ourselves()


@cache
def declared(name: str) -> Any:
    """A command as typer has it."""
    typed = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    typed.command(name, cls=ExpressionCommand)(load(name))
    return typer.main.get_command(typed)


def sort_words(params: Sequence[Any], words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The options with their values, and the positional words."""
    spellings = _spellings(params)
    flags = {name[1] for name, values in spellings.items() if values == 0 and len(name) == 2}
    options: list[str] = []
    positional: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            positional.extend(rest)
        elif word in spellings:
            values = [value for _, value in zip(range(spellings[word]), rest, strict=False)]
            options += [word, *values]
            if len(values) < spellings[word]:
                return options, []  # a value is missing: typer says so
        elif _is_option(word, spellings, flags):
            options.append(word)
        else:
            positional.append(word)
    return options, positional


def _is_option(word: str, spellings: dict[str, int], flags: set[str]) -> bool:
    if _LONG.fullmatch(word) and (word.partition("=")[0] in spellings or len(word) > 3):
        return True
    if _NUMBER_TAIL.fullmatch(word) and spellings.get(word[:2]):
        return True
    return len(word) > 2 and word[0] == "-" and word[1] != "-" and set(word[1:]) <= flags


def _spellings(params: Sequence[Any]) -> dict[str, int]:
    """Every declared spelling of an option, and how many values follow it."""
    return {
        spelling: 0 if param.is_flag or param.count else param.nargs
        for param in params
        if param.param_type_name == "option"
        for spelling in (*param.opts, *param.secondary_opts)
    }
