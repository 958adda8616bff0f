"""Rows for people: the first ones, as they are drawn at the end."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from autodiffcli.frames import Column
from autodiffcli.writers import Layout
from autodiffcli.writers.cells import plain


def encoded(layout: Layout, columns: Mapping[str, Column], rows: int) -> dict[str, list[Any]]:
    """Some rows as lists."""
    return {name: [_cell(u) for u in plain(columns[name])] for name in layout.names}


def _cell(cell: Any) -> Any:
    if cell is None or isinstance(cell, (str, bool, int)):
        return cell
    return (
        cell
        if isinstance(cell, float) and isfinite(cell)
        else None
        if isinstance(cell, float)
        else str(cell)
    )
