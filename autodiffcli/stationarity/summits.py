"""What a root of the gradient is, and what is said of boxes that were not decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import isfinite

from flint import arb

from autodiffcli.boxes import fractions
from autodiffcli.certified import Seed, power_series
from autodiffcli.interpreters.balls import BITS, MAX_BITS, Singular, Vague, exactly, precision
from autodiffcli.interpreters.held import Held
from autodiffcli.stationarity.box_gradients import Box, Gradient
from autodiffcli.stationarity.corners import EVERY, corner, lines
from autodiffcli.stationarity.eigenvalues import eigenvalues
from autodiffcli.stationarity.landmarks import STATIONARY, Landmark
from autodiffcli.stationarity.roots import is_nothing
from autodiffcli.stationarity.zeros import Zero, simple_zero

UNDECIDED = "neither proven nor left aside: the Hessian is singular, or there is none"
ORDER = 12  # of derivatives along lines, where the Hessian does not tell what a point is


class Summits:
    """Tells what is at the roots of a gradient."""

    def __init__(self, gradient: Gradient) -> None:
        self.gradient = gradient

    def landmark(self, zero: Zero, ends: Box) -> Landmark | None:
        """A root with what it is; None outside of the box that was asked for."""
        bounds = zero.bounds()
        places = [_against(bounds[name], ends[name]) for name in self.gradient.names]
        if "outside" in places:
            return None
        bits = BITS
        while True:
            here = self.gradient.over(zero.balls, bits=2 * bits)
            values = eigenvalues(here.hessian, 2 * bits)
            if all(abs(v).lower() > 0 for v in values) or bits > MAX_BITS:
                break
            bits *= 2
        signs = {v > 0 for v in values}
        kind = "saddle" if len(signs) > 1 else "minimum" if True in signs else "maximum"
        extremum = "" if kind == "saddle" else kind
        return Landmark(
            bounds,
            zero.nearest(),
            kind,
            extremum,
            self._value(zero),
            tuple(float(v.mid()) + 0.0 for v in values),
            at_end="end" in places,
        )

    def _value(self, zero: Zero) -> float | None:
        """f at a root of the gradient: the mean value form, the slope being nearly 0."""
        bits = 2 * BITS
        with precision(bits, 1):
            middle = {name: ball.mid() for name, ball in zero.balls.items()}
            found = self.gradient.over(middle, bits=bits).value
            wide = self.gradient.over(zero.balls, bits=bits)
            for name, g in zip(self.gradient.names, wide.gradient, strict=True):
                found += g * (zero.balls[name] - middle[name])
        known = self._fraction(zero)
        if known is not None:
            found = exactly(known)
        value = float(found.mid()) + 0.0
        if found.contains(0) and abs(value) < 1e-30:
            value = 0.0
        return value if isfinite(value) else None

    def _fraction(self, zero: Zero) -> Fraction | None:
        """f at a root, where it is known to be a fraction."""
        fixed = {name: number.exact for name, number in self.gradient.fixed.items()}
        others = {name: number for name, number in fixed.items() if number is not None}
        if zero.exact is None or len(others) < len(fixed):
            return None
        wanted = ((), *self.gradient.firsts)
        found = fractions(self.gradient.program, {**zero.exact, **others}, wanted).get(())
        return None if found is None else found[0]

    def told(self, group: Sequence[Box], ends: Box, alone: bool) -> Landmark | None:
        """What is said about boxes that were neither left aside nor proven to hold a point."""
        hull = _hull(group)
        places = [_against(hull[name], ends[name]) for name in self.gradient.names]
        if "outside" in places:
            return None
        at_end = "end" in places
        point = simple_zero(self.gradient, hull) if alone else None
        if point is None:
            inside = clipped(hull, ends)
            seen = corner(self.gradient, inside, at_end) if alone else None
            if seen is None or not at_end or seen.kind in STATIONARY:
                return seen or Landmark(inside, {}, "undecided", proven=False, reason=UNDECIDED)
            return None
        zero = Zero({name: exactly(number) for name, number in point.items()}, point)
        values = eigenvalues(self.gradient.over(zero.balls).hessian, BITS)
        seen = Landmark(
            hull,
            zero.nearest(),
            "degenerate",
            "",
            self._value(zero),
            tuple(float(v.mid()) + 0.0 for v in values),
            proven=False,
            at_end=at_end,
        )
        return self._by_lines(seen, zero, values)

    def flat(self, group: Sequence[Box], ends: Box) -> list[Landmark]:
        """What is said about boxes over which the gradient is 0; nothing outside."""
        hull = _hull(group)
        if "outside" in (_against(hull[name], ends[name]) for name in self.gradient.names):
            return []
        inside = clipped(hull, ends)
        middle = {name: exactly((low + high) / 2) for name, (low, high) in group[0].items()}
        value = float(self.gradient.over(middle).value.mid()) + 0.0
        whole = len(group) == 1
        return [
            Landmark(
                inside,
                {},
                "constant",
                value=value if isfinite(value) else None,
                proven=whole,
                reason="" if whole else "it is constant over a part of the box",
            )
        ]

    def _by_lines(self, seen: Landmark, zero: Zero, values: Sequence[arb]) -> Landmark:
        """What the first derivatives that are not 0 along straight lines say about a point."""
        signs = {1 if v > 0 else -1 for v in values if not v.contains(0)}
        for line in lines(len(self.gradient.names)):
            found = self._along(zero, line)
            if found is None:
                continue
            order, sign = found
            signs |= {1, -1} if order % 2 else {sign}
        if len(signs) > 1:
            reason = "the Hessian is singular; f rises along one line and falls along another"
            return replace(seen, kind="saddle", reason=reason)
        reason = "the Hessian is singular"
        for way in signs:
            reason += f"; {EVERY.format('minimum' if way > 0 else 'maximum')}"
        return replace(seen, reason=reason)

    def _along(self, zero: Zero, line: tuple[int, ...]) -> tuple[int, int] | None:
        """Order and sign of the first derivative along a line that is not 0."""
        ray = {
            Seed(name): pace for name, pace in zip(self.gradient.names, line, strict=True) if pace
        }
        try:
            with precision(2 * BITS, ORDER + 1):
                series = power_series(self.gradient.question(zero.balls, Held({}, {})), ray)
                for order in range(1, ORDER + 1):
                    c = series[order]
                    if c.is_zero() or is_nothing(c):
                        continue
                    return None if c.contains(0) else (order, 1 if c > 0 else -1)
        except (Singular, Vague):
            pass
        return None


def _hull(group: Sequence[Box]) -> Box:
    """The smallest box around some."""
    return {
        name: (min(box[name][0] for box in group), max(box[name][1] for box in group))
        for name in group[0]
    }


def clipped(box: Box, ends: Box) -> Box:
    """The part of a box that is within some ends."""
    return {
        name: (max(low, ends[name][0]), min(high, ends[name][1]))
        for name, (low, high) in box.items()
    }


def _against(bounds: tuple[Fraction, Fraction], ends: tuple[Fraction, Fraction]) -> str:
    """Where something lies in an interval: inside, at an end of it, or outside."""
    if bounds[1] < ends[0] or bounds[0] > ends[1]:
        return "outside"
    return "end" if bounds[0] <= ends[0] or bounds[1] >= ends[1] else "inside"
