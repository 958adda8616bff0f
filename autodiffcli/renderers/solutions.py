"""Roots as tables, rows and a document: one row per start, or one per step of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any

from autodiffcli.interpreters.printing import read_as
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
from autodiffcli.rootfinding.strides import Step
from autodiffcli.starts import Start
from autodiffcli.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Solution:
    """What was found from one start.

    status        `converged`, or why it did not
    reason        the same in a clause; of a root, why it is not proven to be the only one
    point         the root, a number per unknown; empty where there is none
    values        left minus right of every equation there
    proven        exactly one, at least one, no
    radii         around each unknown, where there is exactly one root
    multiplicity  0 where it is not known
    texts         the root in as many proven digits as were asked for
    """

    start: Start
    status: str
    reason: str
    steps: tuple[Step, ...]
    point: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    proven: str = "no"
    radii: tuple[float, ...] = ()
    multiplicity: int = 0
    texts: tuple[str, ...] = ()

    @property
    def root(self) -> dict[str, float]:
        """The root by the names of the unknowns, `x`, `x[0]`; empty where there is none."""
        return dict(zip(self.start.labels, self.point, strict=False))

    @property
    def taken(self) -> int:
        """How many steps were taken."""
        return max(len(self.steps) - 1, 0)


def listing(
    found: Sequence[Solution], programs: Sequence[Program], trace: bool, terminal: Terminal
) -> Listing:
    """The solutions in every form.

    trace  show the steps as well; for CSV and its like, the steps alone
    """
    shown: list[Table | str] = []
    if trace:
        shown += [_steps(one, len(found) > 1, terminal) for one in found]
    ends, footnotes = _summary(found)
    return Listing(
        shown=(*shown, ends),
        table=_trace_rows(found) if trace else _rows(found),
        document=_document(found, programs, trace),
        footnotes=tuple(footnotes),
    )


# -- for people


def _summary(found: Sequence[Solution]) -> tuple[Table, list[str]]:
    """The table of roots, and the footnotes to it."""
    labels = found[0].start.labels
    size = f"f({labels[0]})" if len(labels) == 1 else "|f|"
    ends = []
    for one in found:
        left = _norm(one.values) if one.values else None
        tail = (left, one.taken, one.status, _proven(one))
        ends.append(End(one.start, _point(one), tail, one.reason, -1 if one.point else -2))
    return summary(ends, labels, (size, "steps", "status", "proven"))


def _point(one: Solution) -> tuple[Cell, ...]:
    return one.texts or one.point or missing(one.start)


def _proven(one: Solution) -> str:
    """`exactly one within 0.18`."""
    if not one.point:
        return ""
    if not one.radii:
        return one.proven
    return f"{one.proven} within {rounded_down(min(one.radii)):.2g}"


def _norm(values: Sequence[float]) -> float:
    return values[0] if len(values) == 1 else hypot(*values)


def _steps(one: Solution, titled: bool, terminal: Terminal) -> Table:
    labels = one.start.labels
    prime = "′" if terminal.unicode else "'"
    headings: tuple[str, ...] = ("n", *labels, "|f|", "|step|", "how")
    if len(labels) == 1:
        name = labels[0]
        headings = ("n", name, f"f({name})", f"f{prime}({name})", "step", "how")
    begin = ", ".join(f"{n} = {x:.6g}" for n, x in zip(labels, one.start.values, strict=True))
    return Table(headings, _trace(one), title=f"from {begin}" if titled else "")


def _trace(one: Solution) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for number, step in enumerate(one.steps):
        length = None if step.step is None else _norm(step.step)
        slope = (step.slope,) if len(step.point) == 1 else ()
        rows.append((number, *step.point, _norm(step.values), *slope, length, step.how))
    return rows


# -- for programs


def _rows(found: Sequence[Solution]) -> Table:
    size = "f" if len(found[0].start.labels) == 1 else "|f|"
    ends = []
    for one in found:
        left = _norm(one.values) if one.values else None
        radius = min(one.radii) if one.radii else None
        proof = (one.proven, radius, one.multiplicity or None, one.reason)
        ends.append((one.start, _point(one), (left, one.taken, one.status, *proof)))
    proven = ("proven", "radius", "multiplicity", "reason")
    return full(ends, (size, "steps", "status", *proven))


def _trace_rows(found: Sequence[Solution]) -> Table:
    labels = found[0].start.labels
    tail = ("f", "f'", "step", "how") if len(labels) == 1 else ("|f|", "|step|", "how")
    return traces([_trace(one) for one in found], ("n", *labels, *tail))


def _document(
    found: Sequence[Solution], programs: Sequence[Program], trace: bool
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "command": "solve",
        "expression": programs[0].source,
        "read_as": [f"{read_as(program)} = 0" for program in programs],
        "unknowns": list(found[0].start.labels),
        "results": [_result(one, trace) for one in found],
    }


def _result(one: Solution, trace: bool) -> dict[str, Any]:
    labels = one.start.labels
    told: dict[str, Any] = {
        **begun(one.start),
        "status": one.status,
        "reason": one.reason,
        "root": one.root if one.point else None,
        "f": list(one.values) if one.values else None,
        "steps": one.taken,
        "proven": one.proven,
        "radius": dict(zip(labels, one.radii, strict=True)) if one.radii else None,
        "multiplicity": one.multiplicity or None,
    }
    if one.texts:
        told["digits"] = dict(zip(labels, one.texts, strict=True))
    if trace:
        told["trace"] = [_step(number, step, labels) for number, step in enumerate(one.steps)]
    return told


def _step(number: int, step: Step, labels: Sequence[str]) -> dict[str, Any]:
    moved = None if step.step is None else dict(zip(labels, step.step, strict=True))
    told: dict[str, Any] = {
        "n": number,
        "at": dict(zip(labels, step.point, strict=True)),
        "f": list(step.values),
    }
    if len(labels) == 1:
        told["f'"] = step.slope
    return {**told, "step": moved, "how": step.how}
