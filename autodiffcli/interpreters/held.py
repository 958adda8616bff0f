"""Balls across a switch or a 0/0: one smooth branch at a time, continued over the whole box.

A switch (of abs, max, floor, a comparison) whose side cannot be told over a box is held on one
side; the branch is then smooth over all of the box, and is the function where the switch is on
that side. A quotient of two functions that vanish at the centre c is divided by (x - c)^m: by
Taylor's theorem with the remainder as an integral, the coefficients of N(x)/(x - c)^m over a box
around c are among those of N, m places further on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import arb, arb_series, ctx

from autodiffcli.interpreters.across import Wide
from autodiffcli.interpreters.balls import Singular, Vague, first, precision, series, whole
from autodiffcli.ops.op import Op
from autodiffcli.program import Step

Key = tuple[int, ...]  # a step of the tape, which of its own calls, and of floor which jump


_NARROW = 1e-6  # the radius of a ball up to which other formulas are as good


class Undecided(Vague):
    """That a switch is met: its side is not the same over the box.

    key       of the switch
    distance  from it, as a series; its sign is the side
    """

    def __init__(self, key: Key, distance: Any) -> None:
        super().__init__()
        self.key = key
        self.distance = distance


class Held(Wide):
    """The `b` of the ball rules for one branch.

    held    the sides of switches
    shifts  by how many places the two sides of a quotient are shifted
    centre  whether the point is the centre itself, so that shifts are found
    until   the switch whose distance is wanted: it is raised there
    sides   what was seen or held at each switch
    """

    def __init__(
        self,
        held: Mapping[Key, int],
        shifts: Mapping[Key, int],
        centre: bool = False,
        until: Key | None = None,
    ) -> None:
        super().__init__(0)
        self.held = held
        self.shifts = dict(shifts)
        self.centre = centre
        self.until = until
        self.sides: dict[Key, int] = {}
        self.now = (0, 0)

    def begin(self, step: Step) -> None:
        """Called before the entries of a step."""
        self.now = (id(step), 0)

    def _key(self) -> Key:
        step, call = self.now
        self.now = (step, call + 1)
        return step, call

    def apply(self, op: Op, *operands: Any) -> Any:
        """The series of a primitive. Raises Singular, Vague.

        Around a 0/0, x == c is taken for false: it holds at the centre only, if anywhere.
        """
        if op.name in ("eq", "ne") and (self.centre or self.shifts):
            distance = series(operands[0]) - series(operands[1])
            if distance.length() > 1 and not distance[1].contains(0):
                return op.name == "ne"
        wide = op.name == "tanh" and first(operands[0]).rad() > _NARROW
        found = _tanh(operands[0]) if wide else None
        return super().apply(op, *operands) if found is None else found

    def sinc_coefficients(self, z: arb, n: int) -> list[arb]:
        """Taylor coefficients of sin(z)/z, by the same division around 0."""
        if z == 0 or not z.contains(0):
            return super().sinc_coefficients(z, n)
        with precision(ctx.prec, n + 1):
            found = arb_series([z, 1]).sin()
            return [found[k + 1] for k in range(n)]

    def side(self, d: Any) -> int:
        """The sign of a distance over the box, as held or as it is. Raises Undecided."""
        return self._side(d, self._key())

    def _side(self, d: Any, key: Key) -> int:
        if key == self.until:
            raise Undecided(key, d)
        if key in self.held:
            self.sides[key] = self.held[key]
            return self.held[key]
        start = first(d)
        if not isinstance(d, arb_series):
            return super().side(d)
        if not (start > 0 or start < 0):
            raise Undecided(key, d)
        self.sides[key] = 1 if start > 0 else -1
        return self.sides[key]

    def floor(self, x: Any) -> Any:
        """The largest whole number that is not above x; its switch is at the nearest one."""
        start = first(x)
        near = (start.mid() + arb(0.5)).floor()
        if not (start > near - 1 and start < near + 1):
            raise Vague
        if not isinstance(x, arb_series) and start == near:
            return near
        key = (*self._key(), whole(near))
        return near if self._side(x - near, key) > 0 else near - 1

    def quotient(self, a: Any, c: Any) -> Any:
        """a / c, with what vanishes at the centre divided out of both."""
        key = self._key()
        start = first(c)
        if not start.is_finite() or not start.contains(0):
            return super().quotient(a, c)
        if self.centre and start == 0:
            self.shifts[key] = _order(c)
            if _order(a) < self.shifts[key] or not self.shifts[key]:
                raise Singular("division by 0", "pole")
        places = self.shifts.get(key, 0)
        if not places:
            return super().quotient(a, c)
        return super().quotient(shifted(a, places), shifted(c, places))


def _tanh(u: Any) -> Any:
    """tanh(u) by its slope 4 exp(2u)/(exp(2u) + 1)^2, which stays above 0 over a wide ball.

    None where the ball is so wide that this does no better.
    """
    start = first(u)
    value = start.lower().tanh().union(start.upper().tanh())
    if not isinstance(u, arb_series):
        return value
    power = (2 * u).exp()
    below = (power + 1) * (power + 1)
    if below[0].contains(0):
        return None
    return value + (4 * power / below * u.derivative()).integral()


def _order(u: Any) -> int:
    """How many leading coefficients are exactly 0."""
    full = series(u)
    return next((n for n, c in enumerate(full.coeffs()) if not c.is_zero()), int(full.prec))


def shifted(u: Any, places: int) -> Any:
    """The series without its first places."""
    full = series(u)
    if full.prec - places < 1:
        raise Vague
    return arb_series(full.coeffs()[places:], full.prec - places)
