"""Whether a formula stays smooth where its uncertain inputs may well be.

First order says nothing of a kink, a pole or the end of a domain beside the values. Here the
inputs run through two standard uncertainties on either side, as balls, and where these are too
wide to tell, as boxes that are cut.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass

from flint import arb

from autodiffcli.arrays import Array
from autodiffcli.certified import Place, Question, Seed, derivatives
from autodiffcli.constants import Constant, Interval, Typed
from autodiffcli.interpreters.balls import BITS, Singular, Vague, precision
from autodiffcli.intervals import evaluate
from autodiffcli.plan import Plan, partials
from autodiffcli.program import Program
from autodiffcli.uncertainties.measurements import Measured, double

WIDTHS = 2  # standard uncertainties on either side
MOST_INPUTS = 4  # whose boxes are cut; more take seconds
TOLD = ("kink", "jump", "pole", "outside", "infinite")


@dataclass(frozen=True, slots=True)
class _Within:
    """The numbers within some uncertainties of a value."""

    one: Measured

    def low(self) -> arb:
        return self.one.value.ball() - WIDTHS * self.one.uncertainty.ball()

    def high(self) -> arb:
        return self.one.value.ball() + WIDTHS * self.one.uncertainty.ball()

    def all(self) -> arb:
        return self.low().union(self.high())

    def typed(self) -> Typed:
        if self.one.is_exact:
            return self.one.value
        return Interval(Constant(self.low), Constant(self.high))


def trouble_near(program: Program, inputs: Mapping[str, Measured]) -> str:
    """What is the matter within two standard uncertainties, and where; "" for nothing known."""
    within = {name: _Within(one) for name, one in inputs.items()}
    names = [name for name, one in inputs.items() if not one.is_exact]
    place = Place(lambda: {name: one.all() for name, one in within.items()})
    wanted = [(Seed(name),) for name in names]
    with precision(BITS, 2):
        try:
            found = derivatives(Question(program, place), wanted)
            if all(ball.is_finite() for ball in found.values()):
                return ""
        except (Singular, Vague):
            pass
    if len(names) > MOST_INPUTS:
        return ""
    points = {
        name: Array((1,), array("d", [double(one.one.value)]), typed=(one.typed(),))
        for name, one in within.items()
    }
    plan = Plan(partials(names, 1), tuple(names), "sum", "float64")
    flags = evaluate(program, points, plan, digits=6).flags
    return next((flag.reason for flag in flags if flag.status in TOLD), "")
