"""Marks for cells that are not smooth, and the footnotes that say why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod

from autodiffcli.arrays import Array, Shape, unravel
from autodiffcli.diagnostics import listed
from autodiffcli.renderers.number import shown, shown_each
from autodiffcli.renderers.printable import encodable, printable
from autodiffcli.renderers.rows import flat, quantities, row_shape
from autodiffcli.result import Flag, Result, label
from autodiffcli.terminal import Terminal

MOST = 20  # footnotes printed
_NAMED = 3  # points named in one footnote

Marks = Mapping[int, str]
"""Flat row of a column -> `[1]`."""


@dataclass(frozen=True, slots=True)
class Footnotes:
    """What stands behind flagged cells and below the table.

    marks  by column
    lines  one per footnote, `[1] dy/dx at x = 0: kink, left -1, right 1`, and one for the rest
    """

    marks: Mapping[tuple[str, ...], Marks]
    lines: tuple[str, ...]

    def of(self, wrt: tuple[str, ...] | None) -> Marks:
        """The marks of a column; a variable has none."""
        return {} if wrt is None else self.marks.get(wrt, {})


@dataclass(slots=True)
class _Group:
    """Flags that differ in their place only, and the columns that have them at these places."""

    flag: Flag
    rows: list[int] = field(default_factory=list)
    columns: list[tuple[str, ...]] = field(default_factory=list)


def footnotes(result: Result, terminal: Terminal, precision: int) -> Footnotes:
    """Marks and footnotes, numbered in the order of reading."""
    shapes = {q.wrt: q.values.shape for q in quantities(result) if q.wrt is not None}
    groups = _groups(result, shapes)
    marks: dict[tuple[str, ...], dict[int, str]] = {}
    for number, group in enumerate(groups, 1):
        for wrt in group.columns:
            column = marks.setdefault(wrt, {})
            for row in group.rows:
                column[row] = f"{column.get(row, '')}[{number}]"
    lines = [
        f"[{number}] {_sentence(group, result, shapes, terminal, precision)}"
        for number, group in enumerate(groups[:MOST], 1)
    ]
    if len(groups) > MOST:
        lines.append(f"[{MOST + 1}] to [{len(groups)}]: {_rest(len(groups) - MOST)}")
    return Footnotes(marks, tuple(encodable(printable(line), terminal.stdout) for line in lines))


def _groups(result: Result, shapes: Mapping[tuple[str, ...], Shape]) -> list[_Group]:
    """Equal flags together, the groups by where they are first met: row by row, or column by
    column where the columns have rows of their own."""
    order = {wrt: position for position, wrt in enumerate(shapes)}
    placed = [
        (flat(flag.index, shapes[flag.wrt]), order[flag.wrt], number)
        for number, flag in enumerate(result.flags)
        if flag.wrt in shapes
    ]
    by_row = row_shape(result) is not None
    placed.sort(key=lambda place: place if by_row else (place[1], place[0], place[2]))
    groups: dict[tuple[object, ...], _Group] = {}
    for row, _, number in placed:
        flag = result.flags[number]
        key = (flag.wrt, flag.status, flag.left, flag.right, flag.reason)
        groups.setdefault(key, _Group(flag, columns=[flag.wrt])).rows.append(row)
    return _merged(list(groups.values())) if by_row else list(groups.values())


def _merged(groups: list[_Group]) -> list[_Group]:
    """One group in place of several that say the same of different columns at the same rows."""
    found: dict[tuple[object, ...], _Group] = {}
    for group in groups:
        flag = group.flag
        key = (tuple(group.rows), flag.status, flag.left, flag.right, flag.reason)
        first = found.setdefault(key, group)
        if first is not group:
            first.columns += group.columns
    return list(found.values())


def _sentence(
    group: _Group,
    result: Result,
    shapes: Mapping[tuple[str, ...], Shape],
    terminal: Terminal,
    precision: int,
) -> str:
    flag = group.flag
    count, unicode = len(result.variables), terminal.unicode
    name = listed(label(result.name, wrt, count, unicode=unicode) for wrt in group.columns)
    where = _where(group, result, shapes[flag.wrt], precision)
    sides = [
        f", {side} {shown(slope, precision)}"
        for side, slope in (("left", flag.left), ("right", flag.right))
        if slope is not None
    ]
    reason = f"; {flag.reason}" if flag.reason else ""
    return f"{name}{where}: {flag.status}{''.join(sides)}{reason}"


def _where(group: _Group, result: Result, shape: Shape, precision: int) -> str:
    """` at x = 0`, or ` at 20 points (x = 0, 1, 2 and 17 more)`; "" for a single number."""
    rows = group.rows
    names = _coordinates(group.flag.wrt, result, shape)
    if not names and prod(shape) == 1:
        return ""
    places = [
        ", ".join(f"{name} = {_point(result.points[name], row, precision)}" for name in names)
        or f"[{','.join(map(str, unravel(row, shape)))}]"
        for row in rows[:_NAMED]
    ]
    if len(rows) == 1:
        return f" at {places[0]}"
    if len(names) == 1:
        places[1:] = [place.removeprefix(f"{names[0]} = ") for place in places[1:]]
    more = f" and {len(rows) - _NAMED:,} more" if len(rows) > _NAMED else ""
    noun = "points" if names else "entries"
    return f" at {len(rows):,} {noun} ({('; ' if len(names) > 1 else ', ').join(places)}{more})"


def _point(values: Array, row: int, precision: int) -> str:
    if values.proven is None:
        return shown(values[row], precision)
    return shown_each(values, slice(row, row + 1), precision)[0]


def _coordinates(wrt: tuple[str, ...], result: Result, shape: Shape) -> list[str]:
    """The variables whose values say where an entry of a column is; none if its index must."""
    shapes = {points.shape for points in result.points.values()}
    beside_points = shapes == {shape} and (not wrt or row_shape(result) is not None)
    return [name for name in result.variables if name in result.points] if beside_points else []


def _rest(count: int) -> str:
    noun = "footnote" if count == 1 else "footnotes"
    return f"{count} more {noun}; a machine format (--format json) has them all"
