"""Verdicts on every number of a plan in ball arithmetic of any precision, at points as typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import prod
from typing import Any

from flint import arb

from autodiffcli.arrays import Array, Shape
from autodiffcli.boxes import fractions as fractions_at
from autodiffcli.certified import NOT_OFF, Place, Question, Seed, Seeds
from autodiffcli.diagnostics import wrong
from autodiffcli.interpreters.balls import exactly, precision
from autodiffcli.interpreters.blocks import Misfit, block
from autodiffcli.one_point import is_known
from autodiffcli.ops import OPS
from autodiffcli.outcome import (
    Verdicts,
    for_literals,
    on_diagonal,
    refuse_jacobian,
)
from autodiffcli.plan import Partial, Plan, is_elementwise
from autodiffcli.points import Points, paired
from autodiffcli.pointwise import (
    entry_of,
    gradient_seeds,
    jacobian_seeds,
    shape_of_result,
    shared,
)
from autodiffcli.program import Program
from autodiffcli.typed import Constant
from autodiffcli.verdict import Verdict, judged


@dataclass(frozen=True, slots=True)
class Judgement:
    """Verdicts on every number, with their balls.

    points    on one shape for an elementwise expression
    shapes    of the value, (), and of each column
    verdicts  by flat position and column; what is left out is 0
    fractions  numbers that are known to be these
    """

    points: Points
    shapes: Mapping[Partial, Shape]
    verdicts: Verdicts
    elementwise: bool
    fractions: Mapping[tuple[int, Partial], Fraction] = field(default_factory=dict)

    def values(self) -> list[arb | None]:
        """The balls of the values."""
        return [self.verdicts[row, ()].ball for row in range(prod(self.shapes[()]))]


def refuse_unknown(program: Program, asked: str) -> None:
    """Raise AdiffError for a function that is not known in ball arithmetic.

    asked  the option that needs it
    """
    for step in program.steps:
        if step.op in OPS and not is_known(replace(program, steps=(step,))):
            message = f"{asked} is not to be had for {OPS[step.op].name}"
            hint = "it has no rule in ball arithmetic"
            raise wrong("method", message, step.span, program.source, hint=hint)


def judgement(
    program: Program, points: Points, plan: Plan, bits: int, off: Fraction = NOT_OFF
) -> Judgement:
    """What holds at points that were typed, to so many bits. Raises AdiffError.

    off  by how much a point may be off what was meant, relative to it
    """
    try:
        if is_elementwise(program):
            return _elementwise(program, paired(points), plan, bits, off)
        return _mixing(program, for_literals(program, points), plan, bits, off)
    except Misfit as error:
        span = error.step.span if error.step else None
        raise wrong("shapes", str(error), span, program.source) from None


# -- elementwise: every point by itself


def _elementwise(
    program: Program, points: Points, plan: Plan, bits: int, off: Fraction
) -> Judgement:
    shape = next(iter(points.values())).shape if points else ()
    rows = prod(shape)
    wanted = {partial: tuple(map(Seed, partial)) for partial in plan.wanted}
    found: list[dict[Seeds, Verdict]] = []
    exact: list[dict[Seeds, Fraction]] = []
    for row in range(rows):
        typed = {name: typed_of(values)[row] for name, values in points.items()}
        question = Question(program, Place(_ball_of_each(typed), off), bits=bits)
        found.append(judged(question, tuple(wanted.values())))
        exact.append(_fractions(program, typed, tuple(wanted.values())))
    verdicts: Verdicts = {(row, ()): own[()] for row, own in enumerate(found)}
    fractions: dict[tuple[int, Partial], Fraction] = {
        (row, ()): own[()] for row, own in enumerate(exact) if () in own
    }
    with precision(2 * bits, 1):
        weight = shares([own[()].ball for own in found], plan.reduction)
        for row, own in enumerate(found):
            for partial, seeds in wanted.items():
                at = on_diagonal(row, rows, partial) if plan.reduction == "none" else row
                verdicts[at, partial] = _weighted(own[seeds], weight[row])
                if seeds in exact[row]:
                    fractions[at, partial] = exact[row][seeds] * weight[row]
    shapes = {(): shape, **dict.fromkeys(plan.wanted, shape)}
    if plan.reduction == "none":
        shapes.update({partial: shape * (len(partial) + 1) for partial in plan.wanted})
    return Judgement(points, shapes, verdicts, True, fractions)


def _fractions(
    program: Program, typed: Mapping[str, Constant], wanted: Sequence[Seeds]
) -> dict[Seeds, Fraction]:
    """The numbers that are known to be fractions."""
    point = {name: number.exact for name, number in typed.items() if number.exact is not None}
    if len(point) < len(typed):
        return {}
    return {q: low for q, (low, _) in fractions_at(program, point, ((), *wanted)).items()}


def typed_of(values: Array) -> tuple[Constant, ...]:
    """The numbers that were typed."""
    assert values.typed is not None
    return values.typed


def _ball_of_each(typed: Mapping[str, Constant]) -> Callable[[], dict[str, arb]]:
    return lambda: {name: number.ball() for name, number in typed.items()}


def shares(values: Sequence[arb | None], reduction: str) -> list[Fraction]:
    """d reduce / d value for every value; values that cannot be told apart tie."""
    if reduction in ("sum", "none"):
        return [Fraction(1)] * len(values)
    if reduction == "mean":
        return [Fraction(1, len(values))] * len(values)
    known = [value for value in values if value is not None]
    if not known:
        return [Fraction(0)] * len(values)
    best = extreme(known, reduction)
    ties = [value is not None and value.overlaps(best) for value in values]
    return [Fraction(tie, sum(ties)) for tie in ties]


def extreme(values: Sequence[arb], reduction: str) -> arb:
    """The largest or smallest of some balls, by their middles."""
    best = values[0]
    for value in values[1:]:
        larger = value.mid() > best.mid()
        best = value if larger == (reduction == "max") else best
    return best


def _weighted(verdict: Verdict, share: Fraction) -> Verdict:
    """The verdict on share * derivative; a value that does not count has derivative 0."""
    if share == 1:
        return verdict
    if share == 0:
        return Verdict("exact", 0.0, ball=arb(0))
    ball = None if verdict.ball is None else verdict.ball * exactly(share)
    each = float(share)
    sides = [None if side is None else each * side for side in (verdict.left, verdict.right)]
    value = each * verdict.value
    return Verdict(verdict.status, value, sides[0], sides[1], verdict.reason, ball)


# -- mixing: the tensors as they were given


def _mixing(program: Program, points: Points, plan: Plan, bits: int, off: Fraction) -> Judgement:
    place = Place(_blocks(points), off)
    shape = shape_of_result(Question(program, place))
    size = prod(shape)
    if not size:
        raise wrong("empty", "the expression has no entries at these points", source=program.source)
    picks = [entry_of(entry) for entry in range(size)]
    value = [judged(Question(program, place, pick, bits), ())[()] for pick in picks]
    verdicts: Verdicts = {(row, ()): verdict for row, verdict in enumerate(value)}
    shapes: dict[Partial, Shape] = {(): shape}
    if plan.reduction == "none":
        axes = {p: tuple(n for v in p for n in points[v].shape) for p in plan.wanted}
        shapes.update({partial: (*shape, *axes[partial]) for partial in plan.wanted})
        seeds = {partial: jacobian_seeds(partial, points) for partial in plan.wanted}
    else:
        weights = shares([verdict.ball for verdict in value], plan.reduction)
        picks = [shared([float(weight) for weight in weights])]
        shapes.update({partial: points[partial[-1]].shape for partial in plan.wanted})
        seeds = {partial: gradient_seeds(partial, points) for partial in plan.wanted}
    for partial in plan.wanted:
        refuse_jacobian(prod(shapes[partial]))
    every = tuple(dict.fromkeys(own for partial in plan.wanted for own in seeds[partial]))
    for number, pick in enumerate(picks if every else ()):
        own = judged(Question(program, place, pick, bits), every)
        for partial in plan.wanted:
            first = number * len(seeds[partial])
            verdicts.update({(first + n, partial): own[s] for n, s in enumerate(seeds[partial])})
    return Judgement(points, shapes, verdicts, False)


def _blocks(points: Points) -> Callable[[], Mapping[str, Any]]:
    return lambda: {
        name: block(values.shape, [number.ball() for number in typed_of(values)])
        for name, values in points.items()
    }
