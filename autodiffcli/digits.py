"""Any number of proven digits: the points are what was typed, every number is a narrow ball.

Precision is doubled until the rounding of every number to so many digits is proven.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, copysign, isfinite, log2, nan, prod
from typing import Any

from flint import arb

from autodiffcli.arrays import Array, Proven, Shape
from autodiffcli.boxes import fractions as fractions_at
from autodiffcli.certified import Place, Question, Seed, Seeds
from autodiffcli.constants import Constant
from autodiffcli.diagnostics import wrong
from autodiffcli.enclosures import nothing, of_fraction, proven, proven_fraction
from autodiffcli.interpreters.balls import exactly, precision
from autodiffcli.interpreters.blocks import Misfit, block
from autodiffcli.ops import OPS
from autodiffcli.outcome import (
    Outcome,
    Verdicts,
    for_literals,
    on_diagonal,
    outcome,
    refuse_jacobian,
)
from autodiffcli.plan import Partial, Plan
from autodiffcli.pointwise import (
    entry_of,
    gradient_seeds,
    is_elementwise,
    is_known,
    jacobian_seeds,
    shape_of_result,
    shared,
)
from autodiffcli.points import Points, paired
from autodiffcli.program import Program
from autodiffcli.verdict import Verdict, judged

SPARE = 24  # bits beyond the digits that are asked for
ATTEMPTS = 3  # each with twice the bits of the one before
LARGEST = sys.float_info.max
NOT_OFF = Fraction(0)
NOUGHT = Proven("0", "0", "0")
ZEROS = "what is shown as 0 is proven to be below 1e-{} only"


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


def evaluate(program: Program, points: Points, plan: Plan, digits: int) -> Outcome:
    """Values and derivatives to so many proven digits.

    points  with the numbers that were typed
    raises  AdiffError where they do not fit, or where a function has no ball rule
    """
    refuse_unknown(program, "--digits")
    bits = ceil(digits * log2(10)) + SPARE
    for attempt in range(ATTEMPTS):
        found = judgement(program, points, plan, bits << attempt)
        with precision(4 * bits << attempt, 1):
            settled = _Texts(digits, last=attempt == ATTEMPTS - 1)
            result = settled.outcome(found, plan)
        if result is not None:
            return result
    raise AssertionError("the last attempt always ends")


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
        typed = {name: _typed(values)[row] for name, values in points.items()}
        question = Question(program, Place(_ball_of_each(typed), off), bits=bits)
        found.append(judged(question, tuple(wanted.values())))
        exact.append(_fractions(program, typed, tuple(wanted.values())))
    verdicts: Verdicts = {(row, ()): own[()] for row, own in enumerate(found)}
    fractions = {(row, ()): own[()] for row, own in enumerate(exact) if () in own}
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


def _typed(values: Array) -> tuple[Constant, ...]:
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
    sides = [None if side is None else float(share) * side for side in (verdict.left, verdict.right)]
    value = float(share) * verdict.value
    return Verdict(verdict.status, value, sides[0], sides[1], verdict.reason, ball)


# -- mixing: the tensors as they were given


def _mixing(
    program: Program, points: Points, plan: Plan, bits: int, off: Fraction
) -> Judgement:
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
        name: block(values.shape, [number.ball() for number in _typed(values)])
        for name, values in points.items()
    }


# -- text


class _Unproven(ArithmeticError):
    """That more bits are needed to round a number."""


class _Texts:
    """Rounds the numbers of a judgement.

    last  what is not decided now is left open
    """

    def __init__(self, digits: int, last: bool) -> None:
        self.digits = digits
        self.last = last
        self.zeros = False

    def outcome(self, found: Judgement, plan: Plan) -> Outcome | None:
        """The outcome; None where more bits are needed."""
        try:
            return self._outcome(found, plan)
        except _Unproven:
            return None

    def _outcome(self, found: Judgement, plan: Plan) -> Outcome:
        texts: dict[tuple[int, Partial], Proven] = {}
        verdicts: Verdicts = {}
        for key, verdict in found.verdicts.items():
            if verdict.ball is None or verdict.status in ("kink", "jump", "pole", "infinite"):
                verdicts[key] = verdict if not isfinite(verdict.value) else _open(verdict)
                continue
            texts[key] = self.text(verdict.ball, found.fractions.get(key))
            verdicts[key] = _in_range(verdict)
        sparse = found.elementwise and plan.reduction == "none"
        columns = {
            partial: self._array(partial, shape, texts, NOUGHT if sparse and partial else None)
            for partial, shape in found.shapes.items()
        }
        value = columns.pop(())
        points = {name: self._points(values) for name, values in found.points.items()}
        result = outcome(points, value, columns, verdicts, plan, found.elementwise, "certified")
        reduced, total = self._reduced(found, plan)
        notes = (ZEROS.format(300),) if self.zeros else ()
        return replace(
            result, reduced=reduced, reduced_proven=total, notes=(*result.notes, *notes)
        )

    def text(self, ball: arb, exact: Fraction | None = None) -> Proven:
        """A number rounded. Raises _Unproven where more bits may decide it."""
        if exact is not None and ball.contains(exactly(exact)):
            return proven_fraction(exact, self.digits)
        text = proven(ball, self.digits)
        if text is None and ball.contains(0):
            self.zeros = True
            return nothing(ball)
        if text is None and not self.last:
            raise _Unproven
        # For all that can be told it is half-way: one digit more is its end.
        return text or proven(ball, self.digits + 1) or Proven("none", "none", "none")

    def _array(
        self,
        partial: Partial,
        shape: Shape,
        texts: Mapping[tuple[int, Partial], Proven],
        other: Proven | None,
    ) -> Array:
        size = prod(shape)
        given = [texts.get((row, partial), other) for row in range(size)]
        return Array(shape, array("d", bytes(8 * size)), proven=tuple(given))

    def _points(self, values: Array) -> Array:
        return replace(values, proven=tuple(self._point(number) for number in _typed(values)))

    def _point(self, number: Constant) -> Proven:
        if number.exact is None:
            return self.text(number.ball())
        text = of_fraction(number.exact, self.digits)
        if Fraction(text) == number.exact:
            return Proven(text, text, text)
        return proven_fraction(number.exact, self.digits)

    def _reduced(self, found: Judgement, plan: Plan) -> tuple[float | None, Proven | None]:
        balls = found.values()
        known = [ball for ball in balls if ball is not None]
        if plan.reduction == "none" or not known:
            return None, None
        whole: Fraction | None = None
        if plan.reduction in ("max", "min"):
            total = extreme(known, plan.reduction)
        elif len(known) < len(balls):
            return None, None
        else:
            total = sum(known[1:], known[0])
            share = Fraction(1, len(known)) if plan.reduction == "mean" else Fraction(1)
            total = total * exactly(share)
            exact = [found.fractions.get((row, ())) for row in range(len(balls))]
            whole = share * sum(v for v in exact if v is not None) if None not in exact else None
        return _double(total), self.text(total, whole)


def _open(verdict: Verdict) -> Verdict:
    """A number without proven digits."""
    return replace(verdict, status="undecided", value=nan, reason="its digits are not proven")


def _in_range(verdict: Verdict) -> Verdict:
    """The verdict where float64 sets no limits; its double is the nearest one there is."""
    assert verdict.ball is not None
    status = "exact" if verdict.status == "overflow" else verdict.status
    return replace(verdict, status=status, value=_double(verdict.ball))


def _double(ball: arb) -> float:
    value = float(ball.mid())
    return value if isfinite(value) else copysign(LARGEST, value)
