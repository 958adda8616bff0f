"""Roots as tables, rows and a document: one row per start, or one per step of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, hypot, log10
from typing import Any

from autodiffcli.interpreters.printing import read_as
from autodiffcli.program import Program
from autodiffcli.renderers.listing import Cell, Listing, Table
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
    summary, footnotes = _summary(found, terminal)
    return Listing(
        shown=(*shown, summary),
        table=_trace_rows(found) if trace else _rows(found),
        document=_document(found, programs, trace),
        footnotes=tuple(footnotes),
    )


# -- for people


def _summary(found: Sequence[Solution], terminal: Terminal) -> tuple[Table, list[str]]:
    """The table of roots, and the footnotes to it."""
    labels = found[0].start.labels
    several = len(found) > 1
    alone = len(labels) == 1
    size = f"f({labels[0]})" if alone else "|f|"
    begins = tuple(f"{label} from" for label in labels) if several else ()
    parameters = varied([one.start for one in found])
    headings = (*parameters, *begins, *labels, size, "steps", "status", "proven")
    rows: list[tuple[Cell, ...]] = []
    marks: dict[tuple[int, int], str] = {}
    footnotes: dict[str, str] = {}
    for number, one in enumerate(found):
        fixed = tuple(one.start.fixed[name].real[0] for name in parameters)
        start = one.start.values if several else ()
        point: tuple[Cell, ...] = one.texts or one.point or (None,) * len(labels)
        left = _norm(one.values) if one.values else None
        rows.append((*fixed, *start, *point, left, one.taken, one.status, _proven(one)))
        if one.reason:
            mark = footnotes.setdefault(one.reason, f"[{len(footnotes) + 1}]")
            marks[number, len(headings) - (1 if one.point else 2)] = mark
    table = Table(headings, rows, marks=marks, fixed=len(parameters) + 1)
    return table, [f"{mark} {text}" for text, mark in footnotes.items()]


def varied(starts: Sequence[Start]) -> tuple[str, ...]:
    """The parameters that are not the same for all starts."""
    return tuple(
        name
        for name, values in starts[0].fixed.items()
        if any(start.fixed[name].real != values.real for start in starts)
    )


def _proven(one: Solution) -> str:
    """`exactly one within 0.18`."""
    if not one.point:
        return ""
    if not one.radii:
        return one.proven
    return f"{one.proven} within {rounded_down(min(one.radii)):.2g}"


def rounded_down(number: float) -> float:
    """A positive number rounded down to two digits."""
    scale = 10.0 ** (floor(log10(number)) - 1) if number > 1e-300 else 0.0
    return floor(number / scale) * scale if scale else number


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
    labels, fixed = found[0].start.labels, tuple(found[0].start.fixed)
    columns = (
        *(f"{label} from" for label in labels),
        *(name for name in fixed if found[0].start.fixed[name].shape == ()),
        *labels,
        *("f" if len(labels) == 1 else "|f|", "steps", "status", "proven", "radius"),
        *("multiplicity", "reason"),
    )
    rows = []
    for one in found:
        numbers = [values.real[0] for values in one.start.fixed.values() if values.shape == ()]
        point: tuple[Cell, ...] = one.texts or one.point or (None,) * len(labels)
        size = _norm(one.values) if one.values else None
        radius = min(one.radii) if one.radii else None
        tail = (one.proven, radius, one.multiplicity or None, one.reason)
        rows.append((*one.start.values, *numbers, *point, size, one.taken, one.status, *tail))
    return Table(columns, rows)


def _trace_rows(found: Sequence[Solution]) -> Table:
    labels = found[0].start.labels
    tail = ("f", "f'", "step", "how") if len(labels) == 1 else ("|f|", "|step|", "how")
    several = len(found) > 1
    columns = (*(("start",) if several else ()), "n", *labels, *tail)
    rows = [
        (*((number,) if several else ()), *row)
        for number, one in enumerate(found, 1)
        for row in _trace(one)
    ]
    return Table(columns, rows)


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
        "from": dict(zip(labels, one.start.values, strict=True)),
        "at": {name: list(values.real) for name, values in one.start.fixed.items()},
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
