"""Residuals for people and for programs: a row per equation, or a row per point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

from autodiffcli.renderers.listing import Cell, Listing, Table
from autodiffcli.renderers.number import finite, shown
from autodiffcli.residuals.residual import Residual
from autodiffcli.result import SCHEMA, Flag

MOST = 20  # footnotes
_NAMED = 3  # points named in one footnote
SMOOTH = "exact"


def listing(
    found: Sequence[Residual], precision: int, each: bool, facts: Mapping[str, Any]
) -> Listing:
    """What is printed of some residuals.

    each   a row per point instead of a row per equation
    facts  what else stands in the document
    """
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "equations": [_object(one) for one in found],
        **facts,
    }
    notes = tuple(_footnotes(found, precision))
    if each:
        table = _per_point(found)
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        document["points"] = rows
        return Listing((table,), table, document, notes)
    lines = []
    if len(found) > 1:
        width = max(len(one.equation.name) for one in found)
        lines = [f"{one.equation.name:{width}}  {_one_line(one)}" for one in found]
    return Listing((*lines, _for_people(found, precision)), _summary(found), document, notes)


def _one_line(one: Residual) -> str:
    return " ".join(one.equation.text.split())


def place(one: Residual, row: int, precision: int) -> str:
    """`x = 0.5, t = 1`."""
    numbers = ((name, values[row]) for name, values in one.points.items())
    return ", ".join(f"{name} = {shown(number, precision)}" for name, number in numbers)


# -- a row per equation


def _for_people(found: Sequence[Residual], precision: int) -> Table:
    several = len(found) > 1
    missing = any(one.missing for one in found)
    labels = [*(["of"] if several else []), "worst", "at", "mean", "rms", "scale", "points"]
    labels += ["without"] if missing else []
    rows: list[list[Cell]] = [
        [
            *([one.equation.name] if several else []),
            one.worst,
            place(one, one.row, precision) if one.worst > 0 else "",
            one.mean,
            one.rms,
            one.scale,
            len(one.values),
            *([one.missing] if missing else []),
        ]
        for one in found
    ]
    return Table(tuple(labels), rows, fixed=int(several))


def _summary(found: Sequence[Residual]) -> Table:
    variables = tuple(dict.fromkeys(name for one in found for name in one.points))
    columns = (
        *("name", "text", "worst"),
        *(f"worst_{name}" for name in variables),
        *("mean", "rms", "scale", "relative", "points", "without"),
    )
    rows: list[list[Cell]] = []
    for one in found:
        at = one.place
        numbers: list[Cell] = [one.mean, one.rms, one.scale, one.relative]
        counts: list[Cell] = [len(one.values), one.missing]
        head: list[Cell] = [one.equation.name, one.equation.text, one.worst]
        rows.append([*head, *(at.get(name) for name in variables), *numbers, *counts])
    return Table(columns, rows)


def _object(one: Residual) -> dict[str, Any]:
    statuses: dict[str, int] = {}
    for flag in one.flags.values():
        statuses[flag.status] = statuses.get(flag.status, 0) + 1
    return {
        "name": one.equation.name,
        "kind": one.equation.kind,
        "text": one.equation.text,
        "worst": _number(one.worst),
        "bound": _number(one.bound),
        "at": one.place,
        "mean": _number(one.mean),
        "rms": _number(one.rms),
        "scale": one.scale,
        "relative": _number(one.relative),
        "points": len(one.values),
        "without": one.missing,
        "statuses": statuses,
        "method": one.method,
    }


def _number(value: float) -> float | None:
    return value if isfinite(value) else None


# -- a row per point


def _per_point(found: Sequence[Residual]) -> Table:
    """The points of the equations, which they share, then those of each condition."""
    variables = tuple(dict.fromkeys(name for one in found for name in one.points))
    names = [one.equation.name.replace(" ", "_") for one in found]
    rows: list[list[Cell]] = []
    shared = [n for n, one in enumerate(found) if one.equation.kind == "equation"]
    alone = [[n] for n, one in enumerate(found) if one.equation.kind != "equation"]
    for group in filter(None, [shared, *alone]):
        points = found[group[0]].points
        for row in range(len(found[group[0]].values)):
            cells: list[Cell] = [None] * len(found)
            for n in group:
                value = found[n].values[row]
                cells[n] = value if finite(value) else None
            flags = [found[n].flags[row].status for n in group if row in found[n].flags]
            at = [points[name][row] if name in points else None for name in variables]
            rows.append([*at, *cells, flags[0] if flags else SMOOTH])
    columns = _distinct([*variables, *names, "status"])
    return Table(tuple(columns), rows, fixed=len(variables))


def _distinct(names: Sequence[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        while name in found:
            name += "_"
        found.append(name)
    return found


# -- what is the matter where there is no residual


def _footnotes(found: Sequence[Residual], precision: int) -> Iterator[str]:
    number = 0
    for one in found:
        groups: dict[tuple[Any, ...], tuple[Flag, list[int]]] = {}
        for row, flag in sorted(one.flags.items()):
            key = (flag.status, flag.left, flag.right, flag.reason)
            groups.setdefault(key, (flag, []))[1].append(row)
        for flag, rows in groups.values():
            number += 1
            if number <= MOST:
                yield _sentence(one, flag, rows, precision)
    if number > MOST:
        yield f"{number - MOST} more footnotes; --points --format json has every status"


def _sentence(one: Residual, flag: Flag, rows: Sequence[int], precision: int) -> str:
    places = "; ".join(place(one, row, precision) for row in rows[:_NAMED])
    more = f" and {len(rows) - _NAMED:,} more" if len(rows) > _NAMED else ""
    where = f"at {places}" if len(rows) == 1 else f"at {len(rows):,} points ({places}{more})"
    sides = "".join(
        f", {side} {shown(slope, precision)}"
        for side, slope in (("left", flag.left), ("right", flag.right))
        if slope is not None
    )
    reason = f"; {flag.reason}" if flag.reason else ""
    return f"{one.equation.name} {where}: {flag.status}{sides}{reason}"
