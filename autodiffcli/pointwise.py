"""Values and derivatives point by point in ball arithmetic, rounded to floating point.

For a few points this is faster than loading torch, and every digit is right.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from flint import arb

from autodiffcli.arrays import Array, Shape
from autodiffcli.certified import Place, Question, Seed, Seeds
from autodiffcli.diagnostics import wrong
from autodiffcli.directions import rays
from autodiffcli.interpreters.balls import Balls
from autodiffcli.interpreters.blocks import Misfit, block, items_of, shape_of
from autodiffcli.one_point import judged_at, narrow, narrowed, off, weighted
from autodiffcli.outcome import (
    Outcome,
    Verdicts,
    diagonal,
    for_literals,
    on_diagonal,
    outcome,
    refuse_jacobian,
    shares,
)
from autodiffcli.plan import Partial, Plan, is_elementwise
from autodiffcli.points import Points, paired
from autodiffcli.program import Program
from autodiffcli.verdict import Verdict, judged

WORK = 200_000  # steps times rays up to which this is faster than loading torch
FEW = 20  # points up to which this is faster than torch's calls, however long the program
_PACE = 5  # orders that cost as much as the first does; both measured


def has_batches(program: Program, points: Points) -> bool:
    """Whether matrices come in batches, which torch takes and ball arithmetic does not."""
    deep = any(len(values.shape) > 2 for values in points.values())
    return deep and not is_elementwise(program)


def is_little(program: Program, points: Points, plan: Plan) -> bool:
    """Whether this is sooner done here than by torch."""
    if has_batches(program, points):
        return False
    return work(program, points, plan) <= WORK + FEW * len(program.steps) * rays_of(plan)


def work(program: Program, points: Points, plan: Plan) -> float:
    """Roughly how many steps it takes to answer a plan at these points."""
    sizes = [max(len(values), 1) for values in points.values()] or [1]
    each = len(program.steps) * rays_of(plan)
    if is_elementwise(program):
        return each * max(max(sizes), prod(_common(points)))
    return each * max(sizes) * sum(sizes)


def _common(points: Points) -> Shape:
    return tuple(max(axis) for axis in zip(*(v.shape for v in points.values()), strict=False))


def rays_of(plan: Plan) -> float:
    """Series that one point takes, longer ones counted for more."""
    total = 0.0
    for variables in {frozenset(partial) for partial in plan.wanted} or {frozenset("x")}:
        own = [len(partial) for partial in plan.wanted if set(partial) == variables]
        order = max(own, default=0)
        count = order if len(variables) == 2 else 1
        if len(variables) > 2:
            count = len(rays(len(variables), min(order, 10)))
        total += max(count, 1) * (1 + order / _PACE)
    return total


def evaluate(program: Program, points: Points, plan: Plan) -> Outcome:
    """Values and derivatives at the points. Raises AdiffError where they do not fit.

    points  an array per variable, in the order of the variables
    """
    try:
        if is_elementwise(program):
            return _elementwise(program, paired(points), plan)
        return _mixing(program, for_literals(program, points), plan)
    except Misfit as error:
        span = error.step.span if error.step else None
        raise wrong("shapes", str(error), span, program.source) from None


# -- elementwise: every point by itself


def _elementwise(program: Program, points: Points, plan: Plan) -> Outcome:
    shape = next(iter(points.values())).shape if points else ()
    found = [judged_at(program, numbers, plan) for numbers in rows_of(points, plan.dtype)]
    weight = shares([verdicts[()].value for verdicts in found], plan.reduction)
    value = Array(shape, array("d", (verdicts[()].value for verdicts in found)))
    columns = {
        partial: Array(shape, array("d", (verdicts[partial].value for verdicts in found)))
        for partial in plan.wanted
    }
    verdicts: Verdicts = {}
    for row, own in enumerate(found):
        for partial, verdict in own.items():
            scaled = verdict if not partial else weighted(verdict, weight[row])
            verdicts[row, partial] = narrowed(scaled, plan.dtype)
    if plan.reduction == "none":
        rows = len(found)
        columns = {partial: diagonal(column, partial) for partial, column in columns.items()}
        verdicts = {(on_diagonal(row, rows, p), p): v for (row, p), v in verdicts.items()}
    return outcome(points, value, columns, verdicts, plan, True, "certified")


def rows_of(points: Points, dtype: str) -> Iterator[dict[str, float]]:
    """The points one by one, in the working precision."""
    lists = [[narrow(v, dtype) for v in values.real] for values in points.values()]
    if not lists:
        yield {}
    for numbers in zip(*lists, strict=True):
        yield dict(zip(points, numbers, strict=True))


# -- mixing: the tensors as they were given


def _mixing(program: Program, points: Points, plan: Plan) -> Outcome:
    place = Place(_tensors(points, plan.dtype), off(plan.dtype))
    found = shape_of_result(Question(program, place))
    size = prod(found)
    if not size:
        raise wrong("empty", "the expression has no entries at these points", source=program.source)
    value: list[Verdict] = []
    for entry in range(size):
        value.append(judged(Question(program, place, entry_of(entry)), ())[()])
    verdicts: Verdicts = {(row, ()): verdict for row, verdict in enumerate(value)}
    columns: dict[Partial, Array] = {}
    if plan.reduction == "none":
        picks = [entry_of(entry) for entry in range(size)]
        shapes = {p: (*found, *(n for v in p for n in points[v].shape)) for p in plan.wanted}
        seeds = {p: jacobian_seeds(p, points) for p in plan.wanted}
    else:
        picks = [shared(shares([verdict.value for verdict in value], plan.reduction))]
        shapes = {p: points[p[-1]].shape for p in plan.wanted}
        seeds = {p: gradient_seeds(p, points) for p in plan.wanted}
    for partial in plan.wanted:
        refuse_jacobian(prod(shapes[partial]))
        columns[partial] = Array(shapes[partial], array("d", bytes(8 * prod(shapes[partial]))))
    every = tuple(dict.fromkeys(own for partial in plan.wanted for own in seeds[partial]))
    for number, pick in enumerate(picks):
        own = judged(Question(program, place, pick), every) if every else {}
        for partial in plan.wanted:
            for n, item in enumerate(seeds[partial]):
                row = number * len(seeds[partial]) + n
                verdicts[row, partial] = narrowed(own[item], plan.dtype)
    real = array("d", (verdict.value for verdict in value))
    return outcome(points, Array(found, real), columns, verdicts, plan, False, "certified")


def _tensors(points: Points, dtype: str) -> Callable[[], Mapping[str, Any]]:
    found = {
        name: block(values.shape, [arb(narrow(v, dtype)) for v in values.real])
        for name, values in points.items()
    }
    return lambda: found


def shape_of_result(question: Question) -> Shape:
    """The shape of the program's result."""
    shape: list[Shape] = []

    def look(algebra: Balls, found: Any) -> Any:
        shape.append(shape_of(found))
        return arb(0)

    judged(Question(question.program, question.place, look), ())
    return shape[0]


def entry_of(entry: int) -> Callable[[Balls, Any], Any]:
    """What picks one entry of the result."""
    return lambda algebra, found: items_of(found)[entry]


def shared(weights: Sequence[float]) -> Callable[[Balls, Any], Any]:
    """The sum of the values that count, each with its share."""
    counting = [(n, Fraction(w).limit_denominator(10**9)) for n, w in enumerate(weights) if w]

    def pick(algebra: Balls, found: Any) -> Any:
        total: Any = arb(0)
        items = items_of(found)
        for n, weight in counting:
            if not hasattr(items[n], "__add__"):
                return items[n]  # Broken
            total = total + items[n] * (arb(weight.numerator) / weight.denominator)
        return total

    return pick


def _seed(name: str, entry: int, points: Points) -> Seed:
    return Seed(name, entry if len(points[name]) > 1 else -1)


def gradient_seeds(partial: Partial, points: Points) -> list[Seeds]:
    """For each entry of the last variable: all others move as a whole, it moves alone."""
    before = tuple(map(Seed, partial[:-1]))
    last = partial[-1]
    return [(*before, _seed(last, entry, points)) for entry in range(len(points[last]))]


def jacobian_seeds(partial: Partial, points: Points) -> list[Seeds]:
    """For every choice of entries of the variables, one each."""
    sizes = [range(len(points[name])) for name in partial]
    return [
        tuple(_seed(name, entry, points) for name, entry in zip(partial, entries, strict=True))
        for entries in product(*sizes)
    ]
