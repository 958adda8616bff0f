"""Ways downhill as tables, rows and a document: one row per start, or one per step of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autodiffcli.interpreters.printing import read_as
from autodiffcli.minimization.extrema import LEVEL, PASSING, STATIONARY
from autodiffcli.minimization.minimizers import CONVERGED, Step
from autodiffcli.program import Program
from autodiffcli.renderers.listing import Cell, Listing, Table
from autodiffcli.renderers.searches import (
    End,
    begun,
    full,
    missing,
    rounded_down,
    summary,
    traces,
)
from autodiffcli.result import SCHEMA
from autodiffcli.starts import Start
from autodiffcli.terminal import Terminal

WIDEST = 8  # variables that are columns of a table for people
_BY = {
    "newton": "Newton's method",
    "lbfgs": "L-BFGS",
    "descent": "gradient descent, rate {0:g}",
    "adam": "Adam, rate {0:g}",
}


@dataclass(frozen=True, slots=True)
class Descended:
    """What was found from one start.

    sought     minimum or maximum
    status     converged, stopped, diverged, unbounded below, no derivative, ...
    reason     the same in a clause
    point      the end, a number per variable; the doubles nearest to a minimum that is proven
    steepness  Euclidean length of the gradient there
    nature     what is there: minimum, maximum, saddle, inflection, flat, passing, stationary
    curvature  what the Hessian is there: positive definite, singular, ...; "" where there is no
               end, unknown where there is no Hessian
    radii      of each variable, within which a proven minimum is the only stationary point
    """

    start: Start
    method: str
    rate: float
    sought: str
    status: str
    reason: str
    steps: tuple[Step, ...]
    point: tuple[float, ...]
    value: float
    steepness: float
    nature: str
    curvature: str
    radii: tuple[float, ...] = ()

    @property
    def taken(self) -> int:
        """How many steps were taken."""
        return max(len(self.steps) - 1, 0)

    @property
    def is_found(self) -> bool:
        """Whether what was sought is there."""
        return self.status == CONVERGED and self.nature == self.sought

    @property
    def kind(self) -> str:
        """What was found, in words."""
        if self.status != CONVERGED:
            return ""
        if self.is_found or self.nature in (STATIONARY, LEVEL):
            return self.nature
        what = STATIONARY if self.nature == PASSING else self.nature
        return f"{what}, not a {self.sought}"


def listing(
    found: Sequence[Descended], program: Program, trace: bool, terminal: Terminal
) -> Listing:
    """The ends in every form.

    trace  show the steps as well; for CSV and its like, the steps alone
    """
    shown: list[Table | str] = []
    if trace:
        shown += [_steps(one, len(found) > 1, terminal) for one in found]
    ends, footnotes = _ends(found, terminal)
    wide = len(found[0].start.labels) > WIDEST
    points = [_point(one, len(found) > 1) for one in found if one.point] if wide else []
    return Listing(
        shown=(*shown, *points, ends),
        table=_trace_rows(found) if trace else _rows(found),
        document=_document(found, program, trace),
        footnotes=tuple(footnotes),
    )


# -- for people


def _by(one: Descended) -> str:
    return _BY[one.method].format(one.rate)


def _ends(found: Sequence[Descended], terminal: Terminal) -> tuple[Table, list[str]]:
    """The table of ends, and the footnotes to it."""
    labels = found[0].start.labels
    shown = labels if len(labels) <= WIDEST else ()
    grad = "|∇f|" if terminal.unicode else "|grad f|"
    ends = []
    for one in found:
        point = (one.point or missing(one.start)) if shown else ()
        tail = (one.value, one.steepness, one.taken, one.status, _kind(one))
        ends.append(End(one.start, point, tail, footnote(one), -1 if one.kind else -2))
    headings = ("f", grad, "steps", "status", "found")
    return summary(ends, shown, headings, title=f"by {_by(found[0])}")


def _kind(one: Descended) -> str:
    """`minimum, the only one within 0.18`."""
    if not one.radii:
        return one.kind
    return f"{one.kind}, the only one within {rounded_down(min(one.radii)):.2g}"


def footnote(one: Descended) -> str:
    """What is to be said about an end beyond its name."""
    if one.status != CONVERGED:
        return one.reason
    hessian = f"the Hessian is {one.curvature} there"
    if one.nature == STATIONARY:
        why = one.reason or f"{hessian}, or nearly so"
        return f"whether it is a {one.sought} is not known: {why}"
    if one.reason or one.radii:
        return one.reason
    return f"{hessian}; that it is a {one.sought} is not proven" if one.is_found else hessian


def _point(one: Descended, titled: bool) -> Table:
    title = f"from {one.start.values[0]:.6g}, ..." if titled else ""
    labels = one.start.labels
    rows: list[tuple[Cell, ...]] = [
        (labels[n], one.start.values[n], one.point[n]) for n in range(len(labels))
    ]
    return Table(("", "from", "to"), rows, title=title)


def _steps(one: Descended, titled: bool, terminal: Terminal) -> Table:
    labels = one.start.labels
    shown = labels if len(labels) <= WIDEST else ()
    grad = "|∇f|" if terminal.unicode else "|grad f|"
    begin = ", ".join(f"{n} = {x:.6g}" for n, x in zip(shown, one.start.values, strict=False))
    title = f"from {begin or 'the start'}" if titled else ""
    return Table(("n", *shown, "f", grad, "how"), _trace(one, bool(shown)), title=title)


def _trace(one: Descended, pointed: bool) -> list[tuple[Cell, ...]]:
    return [
        (number, *(step.point if pointed else ()), step.value, step.steepness, step.how)
        for number, step in enumerate(one.steps)
    ]


# -- for programs


def _rows(found: Sequence[Descended]) -> Table:
    ends = []
    for one in found:
        radius = min(one.radii) if one.radii else None
        told = (one.status, one.kind, one.curvature, radius, one.method, one.reason)
        tail = (one.value, one.steepness, one.taken, *told)
        ends.append((one.start, one.point or missing(one.start), tail))
    told_of = ("status", "found", "hessian", "radius", "method", "reason")
    return full(ends, ("f", "|grad|", "steps", *told_of))


def _trace_rows(found: Sequence[Descended]) -> Table:
    columns = ("n", *found[0].start.labels, "f", "|grad|", "how")
    return traces([_trace(one, True) for one in found], columns)


def _document(found: Sequence[Descended], program: Program, trace: bool) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "command": "minimize",
        "expression": program.source,
        "read_as": read_as(program),
        "sought": found[0].sought,
        "method": found[0].method,
        "rate": found[0].rate if found[0].method in ("descent", "adam") else None,
        "variables": list(found[0].start.labels),
        "results": [_result(one, trace) for one in found],
    }


def _result(one: Descended, trace: bool) -> dict[str, Any]:
    labels = one.start.labels
    told: dict[str, Any] = {
        **begun(one.start),
        "status": one.status,
        "reason": one.reason,
        "point": dict(zip(labels, one.point, strict=True)) if one.point else None,
        "f": one.value,
        "gradient_norm": one.steepness,
        "steps": one.taken,
        "found": one.kind,
        "hessian": one.curvature,
        "radius": dict(zip(labels, one.radii, strict=True)) if one.radii else None,
    }
    if trace:
        told["trace"] = [
            {
                "n": number,
                "at": dict(zip(labels, step.point, strict=True)),
                "f": step.value,
                "gradient_norm": step.steepness,
                "how": step.how,
            }
            for number, step in enumerate(one.steps)
        ]
    return told
