"""Many points of `--at` by the engine: an outcome as the other methods give it."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np

from autodiffcli.arrays import Array
from autodiffcli.engine.answers import Engine, share, weights
from autodiffcli.engine.spread import LEAST
from autodiffcli.lowering import lowered
from autodiffcli.outcome import Outcome, Verdicts, diagonal, on_diagonal, outcome
from autodiffcli.plan import Plan, is_elementwise
from autodiffcli.points import Points, paired
from autodiffcli.program import Program


def evaluate(program: Program, points: Points, plan: Plan, processes: int = 1) -> Outcome | None:
    """Values and derivatives at the points; None for what is no tape of plain formulas.

    processes  to share the rows out to, where there are enough
    """
    if plan.dtype.startswith("complex") or not is_elementwise(program):
        return None
    tape = lowered(program, plan.wanted)
    if tape is None:
        return None
    points = paired(points)
    columns = {name: np.frombuffer(values.real) for name, values in points.items()}
    shape = next(iter(points.values())).shape if points else ()
    rows = len(next(iter(columns.values()))) if columns else 1
    engine = Engine(program, plan, tape)
    answers = engine(columns, rows, processes if rows >= LEAST else 1)
    if plan.reduction not in ("sum", "none"):
        share(answers, _shares(answers.columns[0], plan.reduction))
    wanted = ((), *plan.wanted)
    verdicts: Verdicts = {(row, wanted[k]): v for (row, k), v in answers.verdicts.items()}
    value, *partials = (_array(column, shape) for column in answers.columns)
    found = dict(zip(plan.wanted, partials, strict=True))
    if plan.reduction == "none":
        found = {partial: diagonal(column, partial) for partial, column in found.items()}
        verdicts = {(on_diagonal(row, rows, p), p): v for (row, p), v in verdicts.items()}
    return outcome(points, value, found, verdicts, plan, True, engine.method)


def _array(column: Any, shape: tuple[int, ...]) -> Array:
    return Array(shape, array("d", column.tobytes()))


def _shares(values: Any, reduction: str) -> Any:
    """What has no value is left out of max and min."""
    known = values[np.isfinite(values)]
    extreme = np.nan
    if len(known) and reduction != "mean":
        extreme = known.max() if reduction == "max" else known.min()
    return weights(
        values, reduction, len(values), extreme, int(np.count_nonzero(values == extreme))
    )
