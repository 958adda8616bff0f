"""Derivatives of one variable by another at a list of points, as a listing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isfinite, nan

from autodiffcli.diagnostics import listed
from autodiffcli.enclosures import of_fraction, rounded
from autodiffcli.interpreters.balls import precision
from autodiffcli.interpreters.printing import read_as
from autodiffcli.program import Program
from autodiffcli.renderers.listing import Cell, Listing, Table
from autodiffcli.renderers.number import shown
from autodiffcli.renderers.rows import free
from autodiffcli.result import SCHEMA, label
from autodiffcli.typed import Constant
from autodiffcli.verdict import Verdict

MOST = 20  # footnotes printed
_NAMED = 3  # points named in one footnote


@dataclass(frozen=True, slots=True)
class Column:
    """What the columns are: derivatives of `of` by `by`, 1 to `order`.

    expression  the equation as typed
    digits      significant ones of every number; 0 for doubles
    """

    expression: str
    program: Program
    of: str
    by: str
    order: int
    digits: int = 0

    def labels(self, unicode: bool) -> tuple[str, ...]:
        """The headings of the derivatives."""
        return tuple(self.label(n, unicode) for n in range(1, self.order + 1))

    def label(self, n: int, unicode: bool) -> str:
        """The heading of the n-th derivative."""
        others = len(self.program.inputs) - 1
        return label(self.of, (self.by,) * n, others, unicode=unicode)


@dataclass(frozen=True, slots=True)
class Row:
    """One point with the verdicts on its derivatives."""

    point: Mapping[str, Constant]
    verdicts: tuple[Verdict, ...]

    @property
    def status(self) -> str:
        """That of the first derivative which has something the matter."""
        return next((v.status for v in self.verdicts if v.status != "exact"), "exact")


def listing(
    column: Column, rows: Sequence[Row], notes: Sequence[str], unicode: bool, digits: int
) -> Listing:
    """The derivatives for people and for programs.

    digits  of the points named in footnotes
    """
    names = tuple(rows[0].point)
    bare = column.labels(unicode=False)
    cells = [_cells(column, row) for row in rows]
    groups = _groups(rows)
    marks = {
        (row, len(names) + n): f"[{number}]"
        for number, (key, members) in enumerate(groups.items(), 1)
        for row in members
        for n in range(key.first - 1, key.last)
    }
    shown_table = Table(
        (*names, *bare), cells, (*names, *column.labels(unicode)), "", marks, len(names)
    )
    status = free("status", (*names, *bare))
    every = [(*row, one.status) for row, one in zip(cells, rows, strict=True)]
    return Listing(
        (shown_table,),
        Table((*names, *bare, status), every, fixed=len(names)),
        _document(column, rows, cells, notes),
        _footnotes(column, rows, groups, unicode, digits),
    )


def _cells(column: Column, row: Row) -> tuple[Cell, ...]:
    if not column.digits:
        point = (float(number.ball().mid()) for number in row.point.values())
        return (*point, *(verdict.value for verdict in row.verdicts))
    bits = 4 * column.digits + 64
    with precision(bits, 1):
        typed = (_typed(number, column.digits) for number in row.point.values())
        return (*typed, *(_text(verdict, column.digits) for verdict in row.verdicts))


def _typed(number: Constant, digits: int) -> Cell:
    if number.exact is not None:
        return of_fraction(number.exact, digits)
    return rounded(number.ball(), digits) or float(number.ball().mid())


def _text(verdict: Verdict, digits: int) -> Cell:
    if verdict.ball is None or verdict.status not in ("exact", "overflow"):
        return nan
    return "0" if verdict.ball.contains(0) else rounded(verdict.ball, digits) or nan


# -- what is the matter


@dataclass(frozen=True, slots=True)
class _Run:
    """Derivatives first .. last of which the same is to be said."""

    status: str
    reason: str
    first: int
    last: int


def _groups(rows: Sequence[Row]) -> dict[_Run, list[int]]:
    """Runs of flagged derivatives, and the rows that have them."""
    found: dict[_Run, list[int]] = {}
    for number, row in enumerate(rows):
        runs = groupby(enumerate(row.verdicts, 1), lambda pair: (pair[1].status, pair[1].reason))
        for (status, reason), members in runs:
            if status != "exact":
                orders = [n for n, _ in members]
                found.setdefault(_Run(status, reason, orders[0], orders[-1]), []).append(number)
    return found


def _footnotes(
    column: Column,
    rows: Sequence[Row],
    groups: Mapping[_Run, Sequence[int]],
    unicode: bool,
    digits: int,
) -> tuple[str, ...]:
    lines: list[str] = []
    for number, (run, members) in enumerate(groups.items(), 1):
        if number > MOST:
            lines.append(f"and {len(groups) - MOST} more; --format json has them all")
            break
        places = [_where(rows[row], digits) for row in members[:_NAMED]]
        more = f" and {len(members) - _NAMED:,} more" if len(members) > _NAMED else ""
        where = f"{'; '.join(places)}{more}"
        reason = f"; {run.reason}" if run.reason else ""
        lines.append(f"[{number}] {_named(column, run, unicode)} at {where}: {run.status}{reason}")
    return tuple(lines)


def _named(column: Column, run: _Run, unicode: bool) -> str:
    first = column.label(run.first, unicode)
    if run.last - run.first < 2:
        return listed(column.label(n, unicode) for n in range(run.first, run.last + 1))
    return f"{first} to {column.label(run.last, unicode)}"


def _where(row: Row, digits: int) -> str:
    return ", ".join(
        f"{name} = {shown(float(number.ball().mid()), digits)}"
        for name, number in row.point.items()
    )


def _document(
    column: Column, rows: Sequence[Row], cells: Sequence[Sequence[Cell]], notes: Sequence[str]
) -> dict[str, object]:
    """The keys of `adiff diff`, as far as they make sense here."""
    names = tuple(rows[0].point)
    flags = [
        {
            "index": [number],
            "wrt": [column.by] * n,
            "status": verdict.status,
            "reason": verdict.reason,
        }
        for number, row in enumerate(rows)
        for n, verdict in enumerate(row.verdicts, 1)
        if verdict.status != "exact"
    ]
    return {
        "schema": SCHEMA,
        "expression": column.expression,
        "read_as": f"{text} = 0" if (text := read_as(column.program)) else "",
        "of": column.of,
        "by": column.by,
        "order": column.order,
        "points": {name: [row[n] for row in cells] for n, name in enumerate(names)},
        "derivatives": [
            {
                "wrt": [column.by] * n,
                "name": column.label(n, unicode=False),
                "value": [_or_none(row[len(names) + n - 1]) for row in cells],
            }
            for n in range(1, column.order + 1)
        ],
        "flags": flags,
        "notes": list(notes),
    }


def _or_none(cell: Cell) -> Cell:
    return None if isinstance(cell, float) and not isfinite(cell) else cell
