"""One point in ball arithmetic: the verdicts on a value and its derivatives there."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from fractions import Fraction
from math import inf, isfinite, nan

from flint import arb

from autodiffcli.certified import HALF_ULP, Place, Question, Seed
from autodiffcli.ops import OPS
from autodiffcli.plan import Partial, Plan
from autodiffcli.program import CONST, INPUT, Program
from autodiffcli.verdict import Verdict, judged

_WITHOUT_VALUE = ("jump", "pole", "outside", "overflow", "undecided")
NOT_FINITE = Verdict("undecided", nan, reason="the point is not finite")


def is_known(program: Program) -> bool:
    """Whether every step has a rule in ball arithmetic."""
    return all(
        step.op in (INPUT, CONST, "stack", "index", "transpose") or bool(OPS[step.op].ball)
        for step in program.steps
    )


def judged_at(program: Program, numbers: Mapping[str, float], plan: Plan) -> dict[Partial, Verdict]:
    """The verdicts on the value and every wanted partial at one point."""
    if not all(map(isfinite, numbers.values())):
        return {partial: NOT_FINITE for partial in ((), *plan.wanted)}
    balls = {name: arb(number) for name, number in numbers.items()}
    question = Question(program, Place(lambda: balls, off(plan.dtype)))
    wanted = {partial: tuple(map(Seed, partial)) for partial in plan.wanted}
    found = judged(question, tuple(wanted.values()))
    return {(): found[()], **{partial: found[seeds] for partial, seeds in wanted.items()}}


def off(dtype: str) -> Fraction:
    """Half an ulp, relative."""
    return HALF_ULP[dtype]


def weighted(verdict: Verdict, share: float) -> Verdict:
    """The verdict on share * derivative; a value that does not count has derivative 0."""
    if share == 1:
        return verdict
    if share == 0:
        return verdict if verdict.status in _WITHOUT_VALUE else Verdict("exact", 0.0)
    sides = [None if side is None else share * side for side in (verdict.left, verdict.right)]
    return Verdict(verdict.status, share * verdict.value, sides[0], sides[1], verdict.reason)


def narrow(number: float, dtype: str) -> float:
    """The number in the working precision, as a double."""
    if dtype != "float32" or not isfinite(number):
        return number
    try:
        return array("f", [number])[0]
    except OverflowError:
        return inf if number > 0 else -inf


def narrowed(verdict: Verdict, dtype: str) -> Verdict:
    """The verdict in the working precision."""
    if dtype != "float32" or not isfinite(verdict.value):
        return verdict
    value = narrow(verdict.value, dtype)
    if not isfinite(value):
        return Verdict("overflow", nan, reason="it exceeds the number range")
    return Verdict(verdict.status, value, verdict.left, verdict.right, verdict.reason)
