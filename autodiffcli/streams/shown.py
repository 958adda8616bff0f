"""The first rows of a stream as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autodiffcli.renderers import Style
from autodiffcli.renderers.listing import Listing, Rows, Table, write
from autodiffcli.terminal import Terminal
from autodiffcli.writers import Layout


class Shown:
    """Gathers rows and draws them when all are there."""

    def __init__(self, layout: Layout, terminal: Terminal, style: Style, most: int) -> None:
        self.layout, self.terminal, self.style, self.most = layout, terminal, style, most
        self.left = False
        self.columns: dict[str, list[Any]] = {name: [] for name in layout.names}

    def write(self, payload: Any) -> None:
        """Some rows."""
        for name, column in payload.items():
            room = self.most - len(self.columns[name])
            self.columns[name].extend(column[:room])
            self.left = self.left or len(column) > room

    def close(self) -> None:
        """Draw them."""
        columns: list[Sequence[Any]] = list(self.columns.values())
        table = Table(self.layout.names, Rows(columns), fixed=1)
        more = f"the first {self.most:,} rows; --rows shows more, -o FILE has all"
        shown = (table, more) if self.left else (table,)
        write(Listing(shown, table, {}), self.terminal, self.layout.format, self.style)
