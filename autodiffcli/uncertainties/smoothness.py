"""Whether a formula is smooth on all of a box, and on which parts of it that cannot be told.

The program is run once over the whole box: as series of two terms whose coefficients are balls,
with every uncertain input on its way. What a ball is too wide for, a switch, a divisor that may
be 0, an end of a domain, is blamed on the step where it happens; the box is cut across the inputs
of that step, and what is left is asked again.
Source: R. E. Moore, R. B. Kearfott, M. J. Cloud, Introduction to Interval Analysis (2009),
chapter 6.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Any

from flint import arb, arb_series

from autodiffcli.boxes import around
from autodiffcli.certified import Place, Question
from autodiffcli.interpreters.across import Wide
from autodiffcli.interpreters.balls import (
    BITS,
    Singular,
    Vague,
    exactly,
    first,
    precision,
    series,
)
from autodiffcli.ops.op import Op
from autodiffcli.program import INPUT, Program, Step
from autodiffcli.typed import Constant
from autodiffcli.uncertainties.measurements import Measured

WIDTHS = 2  # standard uncertainties on either side
EFFORT = 30_000  # steps of the program that are run over parts of boxes, all in all
LEAST_SHARE = 4  # of that, for one of many points
FEWEST = 60  # parts of a box that are looked at nevertheless
MOST = 128  # of them for a first view
NARROWEST = Fraction(1, 2**20)  # part of a side that is cut no further

Unit = Mapping[str, tuple[Fraction, Fraction]]  # a part of a box whose sides run from -1 to 1
Spot = Mapping[str, Fraction]  # a point of it


class Unclear(Singular):
    """That a ball is too wide for a step: all may be well, or some part of it is not."""


@dataclass(frozen=True, slots=True)
class Blame:
    """Why nothing is known on some part.

    step  of the tape; None where that is not known
    kind  what may be the matter: kink, jump, pole, outside; "" for anything
    sure  whether it is the matter on all of the part
    """

    step: Step | None
    kind: str
    sure: bool


class Neighbourhood:
    """A formula around the values of its inputs.

    names  of the uncertain inputs, whose sides run from -1 to 1
    looks  at parts that are left
    """

    def __init__(self, program: Program, inputs: Mapping[str, Measured], share: int = 1) -> None:
        self.program = program
        self.inputs = inputs
        self.names = [name for name, one in inputs.items() if not one.is_exact]
        self.looks = max(FEWEST, EFFORT // len(program.steps) // min(share, LEAST_SHARE))
        self._needs = _needs(program)

    def needs(self, step: Step | None) -> list[str]:
        """The uncertain inputs that a step depends on; all of them for None."""
        known = self._needs.get(id(step))
        return [name for name in self.names if known is None or name in known]

    def blame(self, part: Unit) -> Blame | None:
        """What is in the way of smoothness on a part; None for nothing."""
        self.looks -= 1
        with precision(BITS, 2):
            try:
                found = self.series(lambda: self._balls(part), Near)
            except Singular as error:
                return Blame(error.step, error.status, not isinstance(error, Unclear))
            except Vague:
                return Blame(None, "", False)
            return None if _is_finite(found) else Blame(None, "", False)

    def series(self, balls: Callable[[], Mapping[str, arb]], algebra: type[Wide]) -> Any:
        """Value and slope on a way on which every uncertain input moves. Raises Singular, Vague."""
        question = Question(self.program, Place(balls), algebra=algebra)
        paces = {name: (2 * n + 3,) for n, name in enumerate(self.names)}
        return series(question.along(algebra(0), paces))

    def unclear(self, parts: Sequence[Unit], times: int = 1) -> list[tuple[Unit, Blame]]:
        """What is left of some parts, where something may be the matter.

        times  more parts are looked at than for a first view
        """
        waiting, found = deque(parts), list[tuple[Unit, Blame]]()
        enough = self.looks - min(times * MOST, self.looks // 4)
        while waiting:
            part = waiting.popleft()
            blame = self.blame(part)
            if blame is None:
                continue
            if blame.sure and blame.kind == "outside":
                return [(part, blame)]
            name = self._longest(part, blame)
            if self.looks <= enough or blame.sure or not name:
                found.append((part, blame))
                continue
            low, high = part[name]
            middle = (low + high) / 2
            waiting += [{**part, name: (low, middle)}, {**part, name: (middle, high)}]
        return found

    def _longest(self, part: Unit, blame: Blame) -> str:
        """The input across which a part is cut; "" where it is narrow enough."""
        names = self.needs(blame.step)
        name = max(names, key=lambda name: part[name][1] - part[name][0], default="")
        return name if name and part[name][1] - part[name][0] > NARROWEST else ""

    # -- where

    def whole(self) -> Unit:
        """All of the box."""
        return dict.fromkeys(self.names, (Fraction(-1), Fraction(1)))

    def _balls(self, part: Unit) -> dict[str, arb]:
        found = {}
        for name, one in self.inputs.items():
            if one.is_exact:
                found[name] = one.value.ball()
            elif one.value.exact is None or one.uncertainty.exact is None:
                spread = WIDTHS * one.uncertainty.ball() * around(*part[name])
                found[name] = one.value.ball() + spread
            else:
                centre, reach = one.value.exact, WIDTHS * one.uncertainty.exact
                low, high = part[name]
                found[name] = around(centre + reach * low, centre + reach * high)
        return found

    def at(self, spot: Spot) -> dict[str, Constant]:
        """The inputs at a point of the box."""
        return {name: _moved(one, spot.get(name, Fraction(0))) for name, one in self.inputs.items()}


def _moved(one: Measured, by: Fraction) -> Constant:
    if not by:
        return one.value
    if one.value.exact is None or one.uncertainty.exact is None:
        return Constant(lambda: one.value.ball() + WIDTHS * one.uncertainty.ball() * exactly(by))
    exact = one.value.exact + WIDTHS * one.uncertainty.exact * by
    return Constant(lambda: exactly(exact), exact)


def _needs(program: Program) -> dict[int, frozenset[str]]:
    """The inputs of every step."""
    found: list[frozenset[str]] = []
    for step in program.steps:
        own = frozenset({step.text}) if step.op == INPUT else frozenset[str]()
        found.append(own.union(*(found[operand] for operand in step.operands)))
    return {id(step): names for step, names in zip(program.steps, found, strict=True)}


# -- balls that say what they are too wide for


class Near(Wide):
    """The `b` of the ball rules where a step that nothing is known of is blamed for it."""

    def apply(self, op: Op, *operands: Any) -> Any:
        """The series of a primitive. Raises Singular."""
        try:
            found = super().apply(op, *operands)
        except (Vague, Unclear):
            raise Unclear(f"{op.name} is not known", _kind(op, operands)) from None
        if not _is_finite(found):
            raise Unclear(f"{op.name} is not known", _kind(op, operands))
        return found


def _is_finite(found: Any) -> bool:
    if isinstance(found, arb_series):
        return all(c.is_finite() for c in found.coeffs())
    return not isinstance(found, arb) or bool(found.is_finite())


def _kind(op: Op, operands: Sequence[Any]) -> str:
    """What may be the matter with a step whose operands are too wide."""
    divides = op.name in ("div", "mod") and first(operands[1]).contains(0)
    negative = op.name == "pow" and first(operands[1]) < 0
    if divides or negative:
        return "pole"
    if op.switch is not None:
        return "kink" if op.switch.continuous else "jump"
    ends = any(isfinite(interval.low) or isfinite(interval.high) for interval in op.domain)
    if ends or op.outside is not None:
        return "outside"
    return "pole" if op.pole is not None else ""
