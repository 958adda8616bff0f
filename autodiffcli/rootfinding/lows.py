"""Where |f| gets no smaller: at a singular root, to rounding, or at a minimum of |f|."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from flint import arb, arb_mat

from autodiffcli.interpreters.balls import precision
from autodiffcli.rootfinding.krawczyk import Matrix
from autodiffcli.rootfinding.strides import sign, size
from autodiffcli.rootfinding.system import SOLVING_BITS, NoValue, Sample, System

ROUNDING = 2.0**-48  # of the terms J x of an equation: its error where x is off by some last bits
LEVEL = 1e-6  # of |J| |f|, below which the slope of |f|^2 / 2 is 0 for all that is known
WEAK = 2.0**-40  # of |J|: a singular value below it is taken for 0
NEAR = 1e-3  # of the point, or of the way: the two sides at which a minimum of |f| shows
DENOMINATOR = 1000  # of roots that are tried as fractions
NEARBY = 1e-6  # relative, how far off they are


def is_at_rounding(here: Sample, point: Sequence[float]) -> bool:
    """Whether the equations are 0 but for the last bits of the point."""
    if here.slopes is None:
        return False
    for value, row in zip(here.values, here.slopes, strict=True):
        terms = sum((abs(c.mid()) * abs(x) for c, x in zip(row, point, strict=True)), arb(0))
        if not abs(value.mid()) <= ROUNDING * terms:
            return False
    return True


def is_lowest(system: System, here: Sample, point: Sequence[float]) -> bool:
    """Whether |f| has a minimum near by, for all that can be seen from a point.

    One unknown: |f| falls towards the point from both sides. Several: the slope of |f| is 0.
    """
    if len(point) > 1:
        return here.slopes is not None and _is_level(here.slopes, here.values)
    x = point[0]
    reach = NEAR * max(abs(x), abs(x - system.start.values[0]))
    try:
        return [_rise(system.at((x + way,))) for way in (-reach, reach)] == [-1, 1]
    except NoValue:
        return False


def _is_level(slopes: Matrix, values: Sequence[arb]) -> bool:
    """Whether |f|^2 / 2 has the slope 0, which is J^T f."""
    slope = [
        sum((c * v for c, v in zip(column, values, strict=True)), arb(0))
        for column in zip(*slopes, strict=True)
    ]
    whole = size([c for row in slopes for c in row]) * size(values)
    return bool(size(slope) <= LEVEL * whole)


def _rise(here: Sample) -> int:
    """Whether |f| of one unknown rises, 1, or falls, -1; 0 where that is not known."""
    return 0 if here.slopes is None else sign(here.slopes[0][0] * here.values[0])


def least_squares(here: Sample) -> list[arb] | None:
    """The shortest step to the linear least squares of a Jacobian that is singular, or nearly so.

    Singular values below a part of |J| are left aside by a tiny regularization.
    Source: K. Levenberg, A method for the solution of certain non-linear problems in least
    squares, Quarterly of Applied Mathematics 2 (1944).
    """
    if here.slopes is None:
        return None
    with precision(SOLVING_BITS, 1):
        matrix = arb_mat(here.slopes).mid()
        whole = size([c for row in here.slopes for c in row])
        turned = matrix.transpose()
        count = matrix.ncols()
        shift = (WEAK * whole) ** 2
        unit = arb_mat([[shift * int(i == j) for j in range(count)] for i in range(count)])
        right = turned * arb_mat([[v.mid()] for v in here.values])
        try:
            found = (turned * matrix + unit).mid().solve(right)
        except ZeroDivisionError:
            return None
        return [found[n, 0].mid() for n in range(count)]


def exact_near(system: System, point: Sequence[float]) -> tuple[float, ...] | None:
    """A point of short fractions near by at which all equations are 0 exactly."""
    tried = tuple(float(Fraction(x).limit_denominator(DENOMINATOR)) for x in point)
    pairs = zip(point, tried, strict=True)
    if any(abs(x - t) > NEARBY * max(1.0, abs(x)) for x, t in pairs):
        return None
    try:
        values = system.at(tried).values
    except NoValue:
        return None
    return tried if all(value == 0 for value in values) else None
