"""The pieces that the table format is made of, and what making them takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from autodiffcli.renderers import Style
from autodiffcli.renderers.footnotes import Footnotes
from autodiffcli.renderers.grid import Grid
from autodiffcli.renderers.printable import encodable
from autodiffcli.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Look:
    """The choices that every cell depends on."""

    notes: Footnotes
    terminal: Terminal
    style: Style

    def safe(self, label: str) -> str:
        """The label as the terminal can write it."""
        return encodable(label, self.terminal.stdout)

    @property
    def gap(self) -> str:
        """What stands for rows left out."""
        return "⋮" if self.terminal.unicode else "..."


@dataclass(frozen=True, slots=True)
class Piece:
    """A line, the grid below it, or both.

    bare       without headings and box, set in by two cells
    otherwise  what to show where the grid is too wide; one line per number if there is nothing
    """

    title: str = ""
    grid: Grid | None = None
    bare: bool = False
    otherwise: Callable[[], Piece] | None = None
