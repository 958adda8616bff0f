"""Roots of a gradient: Krawczyk's test of a box, and the one root in it to a double.

Source: R. Krawczyk, Newton-Algorithmen zur Bestimmung von Nullstellen mit Fehlerschranken,
Computing 4 (1969).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, arb_mat

from autodiffcli.boxes import around, fractions
from autodiffcli.enclosures import exact_ends
from autodiffcli.interpreters.balls import (
    BITS,
    MAX_BITS,
    Singular,
    Vague,
    exactly,
    is_narrow,
    precision,
)
from autodiffcli.stationarity.box_gradients import Balls, Box, Gradient, Local, around_box
from autodiffcli.stationarity.roots import is_nothing
from autodiffcli.stationarity.simplest import candidate, dyadic

GRAIN = 5  # bits by which a box is made narrower in one step, at the most


@dataclass(frozen=True, slots=True)
class Test:
    """What Krawczyk's test says about a box.

    narrowed  where all roots in the box are
    inside    whether that is inside the box, so that there is exactly one root
    regular   whether the Hessian is regular all over the box
    """

    narrowed: Balls
    inside: bool
    regular: bool


@dataclass(frozen=True, slots=True)
class Zero:
    """A root of the gradient, the only one in a box around it.

    balls  around it, narrow enough for doubles
    exact  the same as fractions, where it is proven to be those
    """

    balls: Balls
    exact: Mapping[str, Fraction] | None = None

    def bounds(self) -> Box:
        """Fractions on either side of each coordinate."""
        if self.exact is not None:
            return {name: (number, number) for name, number in self.exact.items()}
        return {name: exact_ends(ball) for name, ball in self.balls.items()}

    def nearest(self) -> dict[str, float]:
        """The nearest doubles."""
        if self.exact is not None:
            return {name: float(number) for name, number in self.exact.items()}
        return {
            name: 0.0 if ball.contains(0) else float(ball.mid())
            for name, ball in self.balls.items()
        }


def krawczyk(gradient: Gradient, box: Box, over: Local, bits: int = BITS) -> Test | None:
    """Krawczyk's test; None where the Hessian is singular at the middle."""
    with precision(bits, 1):
        middle = {name: dyadic((a + b) / 2, b - a) if a < b else a
                  for name, (a, b) in box.items()}  # fmt: skip
        there = gradient.over({name: exactly(x) for name, x in middle.items()}, bits=bits)
        size = len(gradient.names)
        matrix = arb_mat([[entry.mid() for entry in row] for row in there.hessian])
        try:
            inverse = matrix.inv()
        except ZeroDivisionError:
            return None
        y = arb_mat([[inverse[i, j].mid() for j in range(size)] for i in range(size)])
        rest = _identity(size) - y * arb_mat(over.hessian)
        column = arb_mat([[g] for g in there.gradient])
        step = y * column
        reach = arb_mat([[around(*box[n]) - exactly(middle[n])] for n in gradient.names])
        spread = rest * reach
        narrowed = {
            n: exactly(middle[n]) - step[k, 0] + spread[k, 0] for k, n in enumerate(gradient.names)
        }
        inside = all(
            narrowed[n].lower() > exactly(box[n][0]) and narrowed[n].upper() < exactly(box[n][1])
            for n in gradient.names
        )
        norm = max(
            (sum((abs(rest[i, j]).upper() for j in range(size)), arb(0)) for i in range(size)),
            key=float,
        )
        return Test(narrowed, inside, bool(norm < 1))


def intersection(box: Box, balls: Balls) -> Box | None:
    """The part of a box that is in some balls too; None where there is none."""
    found = {}
    for name, (low, high) in box.items():
        start, stop = exact_ends(balls[name])
        grain = (high - low) / 2**GRAIN  # not much narrower than the other sides
        start, stop = dyadic(start - grain, grain), dyadic(stop + grain, grain)
        found[name] = max(low, start), min(high, stop)
        if found[name][0] > found[name][1]:
            return None
    return found


def zero(gradient: Gradient, box: Box) -> Zero:
    """The one root in a box. Raises Singular, Vague."""
    bits, tried = BITS, False
    while True:
        balls = around_box(box)
        width = max((high - low for low, high in box.values()), default=Fraction(0))
        if not tried and width < Fraction(1, 2**48):
            tried = True
            simple = simple_zero(gradient, box)
            if simple is not None:
                return Zero({name: exactly(number) for name, number in simple.items()}, simple)
        if tried and all(map(_is_one_double, balls.values())):
            return Zero(balls)
        if bits > 4 * MAX_BITS:
            raise Vague
        test = krawczyk(gradient, box, gradient.over(balls, bits=bits), bits)
        narrower = None if test is None else _within(box, test.narrowed)
        if narrower is None:
            raise Vague
        if max(b - a for a, b in narrower.values()) > width * Fraction(9, 10):
            bits *= 2
        box = narrower


def _within(box: Box, balls: Balls) -> Box | None:
    found = {}
    for name, (low, high) in box.items():
        start, stop = exact_ends(balls[name])
        found[name] = max(low, start), min(high, stop)
        if found[name][0] > found[name][1]:
            return None
    return found


def simple_zero(gradient: Gradient, box: Box) -> dict[str, Fraction] | None:
    """The simplest point of a box, if the gradient is proven to be 0 there."""
    point: dict[str, Fraction] = {}
    for name, ends in box.items():
        number = candidate(ends)
        if number is None:
            return None
        point[name] = number
    try:
        found = gradient.over({name: exactly(number) for name, number in point.items()})
    except (Singular, Vague):
        return None
    if all(g.is_zero() for g in found.gradient):
        return point
    known = {name: number.exact for name, number in gradient.fixed.items()}
    if not all(g.contains(0) for g in found.gradient) or None in known.values():
        return None
    whole = {**point, **{n: number for n, number in known.items() if number is not None}}
    slopes = fractions(gradient.program, whole, gradient.firsts)
    return point if all(s in slopes and not any(slopes[s]) for s in gradient.firsts) else None


def _identity(size: int) -> arb_mat:
    return arb_mat([[arb(int(i == j)) for j in range(size)] for i in range(size)])


def _is_one_double(x: arb) -> bool:
    with precision(MAX_BITS, 1):
        if not is_narrow(x, 80):
            return bool(x.contains(0)) and is_nothing(x)
        return float(x.lower()) == float(x.upper()) or is_narrow(x, 400)
