"""The output formats by name, each imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias, cast

from autodiffcli.diagnostics import did_you_mean, listed, wrong
from autodiffcli.terminal import Terminal

if TYPE_CHECKING:
    from autodiffcli.result import Result


@dataclass(frozen=True, slots=True)
class Style:
    """What a person may choose about a table.

    precision  significant digits
    rows       the most rows shown, the first and the last ones; None shows all
    """

    precision: int = 6
    rows: int | None = None


Renderer: TypeAlias = "Callable[[Result, Terminal, Style], None]"

RENDERERS: dict[str, str] = {
    "table": "autodiffcli.renderers.table:table",
    "json": "autodiffcli.renderers.json_document:json_document",
    "ndjson": "autodiffcli.renderers.json_rows:json_rows",
    "csv": "autodiffcli.renderers.delimited:comma_separated",
    "tsv": "autodiffcli.renderers.delimited:tab_separated",
    "md": "autodiffcli.renderers.markdown:markdown",
}

SUFFIXES: dict[str, str] = {
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".csv": "csv",
    ".tsv": "tsv",
    ".md": "md",
    ".txt": "table",
}


def load(name: str) -> Renderer:
    """The renderer of a format, imported now.

    raises  unknown-format
    """
    if name not in RENDERERS:
        hint = did_you_mean(name, RENDERERS) or f"formats: {listed(RENDERERS)}"
        raise wrong("unknown-format", f"no format called '{name}'", hint=hint)
    module, function = RENDERERS[name].split(":")
    return cast(Renderer, getattr(import_module(module), function))
