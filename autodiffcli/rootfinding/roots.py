"""Newton's method for equations, with its safeguards, and a word on how it ended.

Values and slopes are right to the last bit, so that a step that no longer moves the doubles is
the end. A step is halved until J^-1 f falls (the natural monotonicity test); for one unknown a
bracket, once there is one, is never left; where steps shrink by a constant factor the root is
multiple, and the step is made as many times longer; where no part of a step makes |f| smaller, a
leap goes past that place.
Source: P. Deuflhard, Newton Methods for Nonlinear Problems (2011), section 3.3; E. Schroeder,
Mathematische Annalen 2 (1870); D. W. Decker, H. B. Keller, C. T. Kelley, Convergence rates for
Newton's method at singular points, SIAM Journal on Numerical Analysis 20 (1983).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, inf, isfinite

from flint import arb

from autodiffcli.interpreters.balls import precision
from autodiffcli.rootfinding.brackets import are_adjacent, is_continuous, middle
from autodiffcli.rootfinding.lows import is_at_rounding, is_lowest, least_squares
from autodiffcli.rootfinding.strides import (
    RUNNING,
    Ending,
    Step,
    moved,
    multiplicity,
    named,
    run_away,
    sign,
    size,
)
from autodiffcli.rootfinding.system import NoValue, Sample, System

BITS = 192  # of the arithmetic with steps
HALVINGS = 24
STRIDE = 16  # halvings at a time after so many that led where there is no value
MOST_BITS = 1023  # of the exponent of a double
CLOSER = 0.5  # times the width of a change of sign that was no bracket, to look at another
LEAPS = 6
FAST = 8  # times shorter than the last one is a step that converges fast
PATIENCE = 4  # slow steps in a row before a bisection
LEAP = 10.0  # times the size of the point, by how far the first leap goes

CONVERGED, STEPS, STUCK, FLAT = "converged", "steps used up", "stuck", "derivative 0"
OUTSIDE, DIVERGED, CYCLE, KINK = "left the domain", "diverged", "cycle", "no derivative"
LIMIT, POLE = "no value", "pole"


def _finite_from(step: Sequence[arb]) -> int:
    """How often a step is halved until its length is within float64."""
    parts = [s.mid().man_exp() for s in step if s.mid() != 0]
    return max(0, *(int(m).bit_length() + int(e) - MOST_BITS for m, e in parts))


class _End(Exception):
    def __init__(self, status: str, reason: str = "") -> None:
        self.status = status
        self.reason = reason


def search(system: System, most: int, tolerance: float = 0.0, plain: bool = False) -> Ending:
    """Newton's method from the start of a system.

    most       steps
    tolerance  a step no longer than this, relative to unknowns above 1, is the last one;
               0 for one that does not move the doubles
    plain      without any safeguard
    """
    found = _Search(system, tolerance)
    try:
        with precision(BITS, 2):
            found.go(most, plain)
    except _End as end:
        return Ending(end.status, end.reason, tuple(found.steps))
    except NoValue as missing:
        reason = missing.verdict.reason or missing.verdict.status
        return Ending(OUTSIDE, f"{reason}: {found.named()}", tuple(found.steps))
    raise AssertionError("a search has an end")


class _Search:
    """A search on its way."""

    def __init__(self, system: System, tolerance: float) -> None:
        self.system = system
        self.tolerance = tolerance
        self.labels = system.start.labels
        self.point = system.start.values
        self.steps: list[Step] = []
        self.bracket: tuple[float, float, int] | None = None  # low, high, sign at low
        self.last: dict[int, float] = {}  # by sign, the last place of it
        self.refused = inf  # width where a change of sign was no bracket
        self.multiplicity = 1
        self.newtons: list[list[arb]] = []  # the last full steps, one after the other
        self.leaps = 0
        self.slow = 0  # Newton steps in a row that were hardly shorter than those before

    # -- the loop

    def go(self, most: int, plain: bool) -> None:
        """Step until an end is reached. Raises _End, NoValue."""
        here = self.system.at(self.point)
        seen: dict[tuple[float, ...], int] = {}
        for number in range(most + 1):
            self._check(here)
            step = here.newton()
            if step is not None and self._is_small(self._scaled(step)):
                self._record(here, None, "")
                raise self._converged(here)
            if plain and self.point in seen:
                self._record(here, None, "")
                raise _End(CYCLE, f"step {number} is where step {seen[self.point]} was")
            seen[self.point] = number
            if number == most:
                self._record(here, None, "")
                raise self._used_up()
            here = self._plain(here, step) if plain else self._guarded(here, step)

    def _check(self, here: Sample) -> None:
        if here.is_zero:
            self._record(here, None, "")
            raise self._converged(here)
        if here.slopes is None and self.bracket is None:
            self._record(here, None, "")
            assert here.missing is not None
            reason = here.missing.reason or here.missing.status
            raise _End(KINK, f"{reason}: {self.named()}")

    def _converged(self, here: Sample) -> _End:
        if here.limits:
            return _End(LIMIT, f"only the limit is 0 at {self.named()}: there is no value")
        return _End(CONVERGED)

    def _plain(self, here: Sample, step: list[arb] | None) -> Sample:
        if step is None:
            return self._flat(here)
        following = self._moved(step, 1)
        self._go_to(here, following, "newton")
        return self.system.at(following)

    def _guarded(self, here: Sample, step: list[arb] | None) -> Sample:
        if self.bracket is not None:
            return self._within(here, step)
        if step is None:
            return self._nearly_singular(here) or self._flat(here)
        found = self._longer(here, step) or self._damped(here, step)
        return found or self._nearly_singular(here) or self._leap(here, step)

    def _nearly_singular(self, here: Sample) -> Sample | None:
        """A step among the directions in which several equations are not flat; or the end.

        At a singular root the other direction brings nothing but rounding.
        """
        if len(self.point) == 1:
            return None
        step = least_squares(here)
        if step is not None:
            following = self._moved(step, 1)
            there = self._try(following)
            if there is not None and 2 * size(there.values) <= size(here.values):
                self._go_to(here, following, "least squares")
                return there
        if is_at_rounding(here, self.point):
            self._record(here, None, "")
            raise self._converged(here)
        return None

    def _flat(self, here: Sample) -> Sample:
        self._record(here, None, "")
        what = "the derivative is 0" if len(self.point) == 1 else "the Jacobian is singular"
        left = float(size(here.values))
        raise _End(FLAT, f"{what} at {self.named()}, where |f| is {left:.6g}")

    # -- kinds of steps

    def _longer(self, here: Sample, step: list[arb]) -> Sample | None:
        """A step to a multiple root, where the last ones shrank as on the way to one."""
        self.newtons = [*self.newtons[-2:], step]
        if self.multiplicity == 1:
            self.multiplicity = multiplicity(self.newtons)
        if self.multiplicity == 1:
            return None
        following = self._moved(step, self.multiplicity)
        there = self._try(following)
        once = self._try(self._moved(step, 1))
        better = there is not None and (once is None or size(there.values) < size(once.values))
        if there is None or not better:
            self.multiplicity, self.newtons = 1, []
            return None
        self._look(here, following, there)
        self._go_to(here, following, f"multiple {self.multiplicity}")
        return there

    def _damped(self, here: Sample, step: list[arb]) -> Sample | None:
        """The longest of the step and its halves that leads to smaller values.

        Parts that lead where there is no value do not count: near-flat ground makes steps of any
        length.
        """
        before = size(step)
        halvings, halving, missed = 0, _finite_from(step), 0
        while halvings < HALVINGS:
            part = arb(2) ** -halving
            following = self._moved([s * part for s in step], 1)
            if following == self.point:
                return None
            there = self._try(following)
            halving += 1 if missed < HALVINGS else STRIDE
            if there is None:
                missed += 1
                continue
            halvings += 1
            self._look(here, following, there)
            after = self._level(here, there)
            if after <= (1 - part / 4) * before:
                whole = part == 1
                if not whole:
                    self.newtons = []
                self._go_to(here, following, "newton" if whole else "damped")
                return there
            if self.bracket is not None:
                return self._within(here, step)
        return None

    def _level(self, here: Sample, there: Sample) -> arb:
        """The size of J^-1 f with the Jacobian of here."""
        found = Sample(there.values, here.slopes).newton()
        assert found is not None
        return size(found)

    def _leap(self, here: Sample, step: list[arb]) -> Sample:
        """On in the direction of the step, past a place where |f| gets no smaller.

        Farther each time, and no farther than the size of the start allows.
        """
        self.newtons, self.multiplicity = [], 1
        whole = max(1.0, *map(abs, self.system.start.values))
        length = size(step)
        while self.leaps < LEAPS and length > 0:
            self.leaps += 1
            reach = (length * 2**self.leaps).min(LEAP * whole * 4.0 ** (self.leaps // 2))
            following = self._moved([s / length * reach for s in step], 1)
            there = self._try(following)
            if there is not None:
                self._look(here, following, there)
                self._go_to(here, following, "leap")
                return there
        self._record(here, None, "")
        left = float(size(here.values))
        if is_lowest(self.system, here, self.point):
            raise _End(STUCK, f"|f| has a minimum, {left:.6g}, near {self.named()}")
        raise _End(STUCK, f"no step from {self.named()} makes |f|, {left:.6g}, smaller")

    def _within(self, here: Sample, step: list[arb] | None) -> Sample:
        """A step inside of the bracket: Newton's where it halves both |f| and the step before."""
        assert self.bracket is not None
        low, high, _ = self.bracket
        x = self.point[0]
        if step is not None:
            for times in dict.fromkeys((self.multiplicity, 1)):
                following = self._moved(step, times)
                inside = low < following[0] < high and self._is_shorter(following[0])
                there = self._try(following) if inside else None
                if there is not None and 2 * abs(there.values[0]) <= abs(here.values[0]):
                    self._narrow(following[0], there)
                    self._note_ratio(step)
                    how = f"multiple {times}" if times > 1 else "newton"
                    self._go_to(here, following, how)
                    return there
        if are_adjacent(low, high):
            self._record(here, None, "")
            raise self._converged(here)
        following = (middle(low, high),)
        there = self.system.at(following)
        self.newtons, self.slow = [], 0
        self._narrow(following[0], there)
        self._go_to(here, following, "bisection" if following[0] != x else "newton")
        return there

    def _is_shorter(self, x: float) -> bool:
        """Whether a step is much shorter than the last one, or half as long a few times."""
        last = self.steps[-1].step if self.steps else None
        if last is None:
            return True
        length, before = abs(x - self.point[0]), abs(last[0])
        self.slow = 0 if FAST * length <= before else self.slow + 1
        return 2 * length <= before and self.slow < PATIENCE

    def _note_ratio(self, step: list[arb]) -> None:
        self.newtons = [*self.newtons[-2:], step]
        if self.multiplicity == 1:
            self.multiplicity = multiplicity(self.newtons)

    # -- brackets

    def _look(self, here: Sample, following: tuple[float, ...], there: Sample) -> None:
        """Take note of a change of sign between two points of a continuous function."""
        if len(self.point) > 1 or self.bracket is not None:
            return
        after = sign(there.values[0])
        self.last[sign(here.values[0])] = self.point[0]
        other = self.last.get(-after)
        if after == 0 or other is None:
            return
        low, high = sorted((other, following[0]))
        if high - low > CLOSER * self.refused:
            return
        place = self.system.start.place
        if is_continuous(self.system.programs[0], lambda ball: place([ball]), low, high):
            self.bracket = (low, high, after if low == following[0] else -after)
        else:
            self.refused = high - low

    def _narrow(self, x: float, there: Sample) -> None:
        """The part of the bracket where the sign changes."""
        assert self.bracket is not None
        low, high, known = self.bracket
        if sign(there.values[0]) == known:
            self.bracket = (x, high, known)
        else:
            self.bracket = (low, x, known)

    # -- points

    def _moved(self, step: Sequence[arb], times: float) -> tuple[float, ...]:
        return moved(self.point, step, times)

    def _try(self, point: tuple[float, ...]) -> Sample | None:
        """What holds at a point; None where something has no value."""
        if not all(map(isfinite, point)):
            return None
        try:
            return self.system.at(point)
        except NoValue:
            return None

    def _scaled(self, step: list[arb]) -> list[arb]:
        return [self.multiplicity * s for s in step]

    def _is_small(self, step: Sequence[arb]) -> bool:
        if self.tolerance:
            return all(
                abs(s) <= self.tolerance * max(1.0, abs(x))
                for s, x in zip(step, self.point, strict=True)
            )
        return self._moved(step, 1) == self.point

    def _go_to(self, here: Sample, following: tuple[float, ...], how: str) -> None:
        step = tuple(new - old for new, old in zip(following, self.point, strict=True))
        self._record(here, step, how)
        if not all(map(isfinite, following)):
            raise _End(DIVERGED, f"the steps lead beyond float64 from {self.named()}")
        self.point = following

    def _record(self, here: Sample, step: tuple[float, ...] | None, how: str) -> None:
        slope = None
        if len(self.point) == 1 and here.slopes is not None:
            slope = float(here.slopes[0][0].mid())
        values = tuple(float(v.mid()) for v in here.values)
        self.steps.append(Step(self.point, values, slope, step, how))

    def named(self) -> str:
        """The point in words."""
        return named(self.labels, self.point)

    def _used_up(self) -> _End:
        taken = [one.step for one in self.steps if one.step is not None]
        last = taken[-RUNNING:]
        points = [one.point for one in self.steps[-RUNNING - 1 :]]
        if len(last) == RUNNING and run_away(last, points):
            return _End(DIVERGED, f"the steps run away, {self.named()} after {len(taken)}")
        best = min(self.steps, key=lambda one: hypot(*one.values))
        left = hypot(*best.values)
        place, told = named(self.labels, best.point), f"{left:.6g}" if left else "below 1e-323"
        return _End(STEPS, f"after {len(taken)} steps |f| is {told} at best, at {place}")
