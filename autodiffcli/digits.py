"""Any number of proven digits: the points are what was typed, every number is a narrow ball.

Precision is doubled until the rounding of every number to so many digits is proven.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from math import ceil, copysign, isfinite, log2, nan, prod

from flint import arb

from autodiffcli.arrays import Array, Proven, Shape
from autodiffcli.enclosures import nothing, of_fraction, proven, proven_fraction
from autodiffcli.interpreters.balls import exactly, precision
from autodiffcli.judgement import Judgement, extreme, judgement, refuse_unknown, typed_of
from autodiffcli.outcome import (
    Outcome,
    Verdicts,
    outcome,
)
from autodiffcli.plan import Partial, Plan
from autodiffcli.points import Points
from autodiffcli.program import Program
from autodiffcli.typed import Constant
from autodiffcli.verdict import Verdict

SPARE = 24  # bits beyond the digits that are asked for
ATTEMPTS = 3  # each with twice the bits of the one before
LARGEST = sys.float_info.max
NOUGHT = Proven("0", "0", "0")
ZEROS = "what is shown as 0 is proven to be below 1e-{} only"


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


# -- text


class _UnprovenError(ArithmeticError):
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
        except _UnprovenError:
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
        return replace(result, reduced=reduced, reduced_proven=total, notes=(*result.notes, *notes))

    def text(self, ball: arb, exact: Fraction | None = None) -> Proven:
        """A number rounded. Raises _UnprovenError where more bits may decide it."""
        if exact is not None and ball.contains(exactly(exact)):
            return proven_fraction(exact, self.digits)
        text = proven(ball, self.digits)
        if text is None and ball.contains(0):
            self.zeros = True
            return nothing(ball)
        if text is None and not self.last:
            raise _UnprovenError
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
        return replace(values, proven=tuple(self._point(number) for number in typed_of(values)))

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
