"""A second opinion: how many digits of a result are right, by ball arithmetic of three times the
precision, and of torch beside it where the result itself came from balls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from math import isfinite, log10
from statistics import median_low
from typing import TYPE_CHECKING

from flint import arb

from autodiffcli import one_point, pointwise
from autodiffcli.arrays import Array, picked, unravel
from autodiffcli.certified import HALF_ULP
from autodiffcli.constants import doubles
from autodiffcli.diagnostics import AdiffError, wrong
from autodiffcli.interpreters.balls import exactly, precision
from autodiffcli.judgement import judgement, refuse_unknown
from autodiffcli.outcome import Outcome, Verdicts, on_diagonal, shares
from autodiffcli.plan import Partial, Plan
from autodiffcli.points import Points
from autodiffcli.program import Program
from autodiffcli.result import Agreement, Verified
from autodiffcli.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

BITS = 192  # three times those of a double and its guard
MOST = 400_000  # steps times series that are calculated again, about ten seconds
EXACT = 17
ROUNDED = {"float64": 16, "float32": 7}  # digits of what is correctly rounded
NOTHING = arb(2) ** -1074
AUTOGRAD_ORDER = 2  # up to which nested gradients are the other engine


def verified(program: Program, points: Points, plan: Plan, outcome: Outcome) -> Verified:
    """How many digits of an outcome are right.

    points  as they were given
    raises  AdiffError where a function has no ball rule, or where it is too much to do
    """
    refuse_unknown(program, "--verify")
    taken = _taken(program, outcome, plan)
    truth = _truth(program, outcome, plan, taken)
    second, name = _second(program, points, plan, outcome)
    total = len(next(iter(outcome.points.values()))) if outcome.points else 1
    columns = []
    for partial, values in _columns(outcome).items():
        own = {row: verdict for (row, p), verdict in truth.items() if p == partial}
        found = _agreement(partial, values, own, plan.dtype)
        if second is not None:
            other = _agreement(partial, _columns(second)[partial], own, plan.dtype)
            found = replace(found, second=other.worst)
        columns.append(found)
    return Verified(BITS, (len(taken), total), name, tuple(columns))


def _columns(outcome: Outcome) -> dict[Partial, Array]:
    return {(): outcome.value, **{column.wrt: column.values for column in outcome.columns}}


def _taken(program: Program, outcome: Outcome, plan: Plan) -> Sequence[int]:
    """The rows that are compared: all, or as many as there is time for, evenly spread."""
    rows = len(next(iter(outcome.points.values()))) if outcome.points else 1
    each = len(program.steps) * pointwise.rays_of(plan)
    if not outcome.elementwise:
        if pointwise.work(program, outcome.points, plan) > MOST:
            message = "this is too much to verify in ball arithmetic"
            raise wrong("verify", message, hint="give smaller tensors, or a lower --order")
        return range(rows)
    count = max(2, int(MOST / each))
    if rows <= count:
        return range(rows)
    return [round(n * (rows - 1) / (count - 1)) for n in range(count)]


def _truth(program: Program, outcome: Outcome, plan: Plan, taken: Sequence[int]) -> Verdicts:
    """The verdicts of narrow balls on the numbers of an outcome, by their place in it."""
    off = HALF_ULP[plan.dtype]
    points = {name: doubles(_narrowed(v, plan.dtype)) for name, v in outcome.points.items()}
    if not outcome.elementwise:
        return judgement(program, points, plan, BITS, off).verdicts
    rows = len(outcome.value)
    some = {name: picked(values, taken, (len(taken),)) for name, values in points.items()}
    found = judgement(program, some, replace(plan, reduction="sum"), BITS, off).verdicts
    weight = shares([value.real for value in outcome.value], plan.reduction)
    placed: Verdicts = {}
    for (number, partial), verdict in found.items():
        row = taken[number]
        if not partial:
            placed[row, ()] = verdict
        elif plan.reduction == "none":
            placed[on_diagonal(row, rows, partial), partial] = verdict
        else:
            placed[row, partial] = _scaled(verdict, weight[row])
    return placed


def _narrowed(values: Array, dtype: str) -> Array:
    real = values.real[:0]
    real.extend(one_point.narrow(number, dtype) for number in values.real)
    return replace(values, real=real)


def _scaled(verdict: Verdict, share: float) -> Verdict:
    if share == 1 or verdict.ball is None:
        return verdict if share else Verdict("exact", 0.0, ball=arb(0))
    with precision(2 * BITS, 1):
        factor = exactly(Fraction(share).limit_denominator(10**9))
        return replace(verdict, ball=verdict.ball * factor)


def _second(
    program: Program, points: Points, plan: Plan, outcome: Outcome
) -> tuple[Outcome | None, str]:
    """The same by torch, where the outcome is not by torch already, and what it is called."""
    if outcome.method != "certified":
        return None, ""
    from autodiffcli.evaluator import evaluate_plan

    order = max(map(len, plan.wanted), default=0)
    method = "taylor" if outcome.elementwise and order > AUTOGRAD_ORDER else "autograd"
    try:
        return evaluate_plan(program, points, plan, method), f"torch ({method})"
    except AdiffError:  # of torch alone: an order that it cannot do, a function that it has not
        return None, ""


def _agreement(
    partial: Partial, values: Array, truth: Mapping[int, Verdict], dtype: str
) -> Agreement:
    digits: dict[int, int] = {}
    unknown = 0
    for row, verdict in sorted(truth.items()):
        number = values.real[row]
        if not isfinite(number):
            continue
        if verdict.ball is None and verdict.status == "undecided":
            unknown += 1
        else:
            digits[row] = right_digits(number, verdict.ball, dtype)
    if not digits:
        return Agreement(partial, 0, unknown, None, None, ())
    worst = min(digits, key=digits.__getitem__)
    middle = median_low(digits.values())
    place = unravel(worst, values.shape)
    return Agreement(partial, len(digits), unknown, digits[worst], middle, place)


def right_digits(number: float, ball: arb | None, dtype: str = "float64") -> int:
    """How many digits of a number are right: 17 where it is exact, 0 where there is none.

    dtype  correctly rounded to it a number has 16 or 7
    """
    if ball is None:
        return 0
    if ball.is_exact() and ball == number:
        return EXACT
    rounded = ROUNDED[dtype]
    if number == one_point.narrow(float(ball.mid()), dtype):
        return rounded
    with precision(2 * BITS, 1):
        if not abs(ball) > NOTHING:
            return rounded if abs(number) <= NOTHING else 0
        gap = float((abs(ball - arb(number)) / abs(ball)).mid())
    return max(0, min(rounded - 1, int(-log10(gap)))) if gap else rounded
