"""Sorting the words of a command line, so that an expression may begin with a minus.

A word is an option only if it is spelled like a declared one or looks like a misspelt long one;
everything else is positional and is handed to typer behind `--`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from typer.core import TyperCommand, TyperGroup

from autodiffcli.diagnostics import nearest

DEFAULT = "diff"
COUNT_ONLY = "count"  # what `--verify` without a number stands for
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
    """A group that reads a first word which is no command as an expression for `diff`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command before an expression."""
        if args and not self._is_ours(ctx, args[0]):
            args = [DEFAULT, *args]
        return list(super().parse_args(ctx, args))

    def _is_ours(self, ctx: Any, word: str) -> bool:
        """Whether a first word is a command, an option of the group, or a misspelt command."""
        if word in self.commands or word.partition("=")[0] in _spellings(self.get_params(ctx)):
            return True
        return bool(_WORD.match(word)) and bool(nearest(word, self.commands))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """One page: the default command's help, then the other commands and options."""
        command = self.commands[DEFAULT]
        inner = type(ctx)(command, info_name=ctx.info_name, help_option_names=ctx.help_option_names)
        command.format_help(inner, formatter)
        self.format_commands(ctx, formatter)
        records = [param.get_help_record(ctx) for param in self.get_params(ctx)]
        with formatter.section("About adiff"):
            formatter.write_dl(
                [record for record in records if record and "--help" not in record[0]]
            )

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Commands, and the options of the default command."""
        command = self.commands[DEFAULT]
        inner = type(ctx)(command, info_name=DEFAULT, parent=ctx)
        return [
            *super().shell_complete(ctx, incomplete),
            *command.shell_complete(inner, incomplete),
        ]


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
