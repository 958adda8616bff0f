"""A proof in ball arithmetic that equations have exactly one solution in a box.

With C near the inverse of the Jacobian at the middle x of a box X,

    K(X) = x - C f(x) + (I - C J(X)) (X - x),

and where K(X) lies in the interior of X, there is exactly one solution in X, it is simple, and
it lies in K(X).
Source: R. Krawczyk, Newton-Algorithmen zur Bestimmung von Nullstellen mit Fehlerschranken,
Computing 4 (1969); R. E. Moore, A test for existence of solutions to nonlinear systems,
SIAM Journal on Numerical Analysis 14 (1977).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flint import arb, arb_mat

from autodiffcli.interpreters.across import Wide
from autodiffcli.interpreters.balls import Balls, Singular, Vague, precision

BITS = 192
EXPONENTS = (2, 5, 9, 14, 20, 27, 34, 41, 46, 49, 51, 60, 90)  # of the boxes, largest first
NARROWER = (0, 8, 16, 32)  # bits by which a box may have to be wider than what is asked for

Point = Sequence[arb]
Matrix = list[list[arb]]
Field = Callable[[Point, Callable[[arb], Balls]], tuple[list[arb], Matrix]]


def unique_box(
    field: Field, middle: Sequence[float], sizes: Sequence[float] = ()
) -> list[arb] | None:
    """The largest box tried around a point that holds exactly one solution; None for none.

    field  gives f and its Jacobian on a point or a box; it raises Singular, Vague where there
           is none
    sizes  of the unknowns, next to which boxes are small; those of the point where none are given
    """
    sizes = [abs(x) for x in sizes or middle]
    whole = max(sizes, default=0.0) or 1.0
    with precision(BITS, 2):
        point = [arb(x) for x in middle]
        for exponent in EXPONENTS:
            radii = [arb(size or whole) * arb(2) ** -exponent for size in sizes]
            if contracted(field, point, radii) is not None:
                return [x + arb(0, r.upper()) for x, r in zip(point, radii, strict=True)]
    return None


def contracted(field: Field, point: Point, radii: Point) -> list[arb] | None:
    """K(X) of the box of these radii where that proves a solution in it; else None."""
    box = [x + arb(0, r.upper()) for x, r in zip(point, radii, strict=True)]
    try:
        values, slopes = field(point, Balls)
        _, over = field(box, Wide)
        inverse = arb_mat(slopes).mid().inv().mid()
    except (Singular, Vague, ZeroDivisionError):
        return None
    size = len(box)
    unit = arb_mat([[arb(int(i == j)) for j in range(size)] for i in range(size)])
    rest = unit - inverse * arb_mat(over)
    away = arb_mat([[r.upper() * arb(0, 1)] for r in radii])
    step = inverse * arb_mat([[v] for v in values])
    spread = rest * away
    found = [x - step[i, 0] + spread[i, 0] for i, x in enumerate(point)]
    proven = all(ball.is_finite() for ball in found) and all(
        whole.contains_interior(part) for whole, part in zip(box, found, strict=True)
    )
    return found if proven else None


def narrowed(field: Field, box: Point, bits: int) -> list[arb] | None:
    """The solution in a box that holds exactly one, each number to about so many bits.

    None where that is not reached.
    """
    for slack in NARROWER:
        with precision(2 * bits + 64, 2):
            point = _approached(field, [x.mid() for x in box], bits)
            if point is None:
                return None
            small = arb(2) ** (slack - bits)
            radii = [
                abs(x).max(whole.rad() * arb(2) ** -bits) * small
                for x, whole in zip(point, box, strict=True)
            ]
            found = contracted(field, point, radii)
            if found is not None and all(
                old.contains(x + arb(0, r.upper()))
                for old, x, r in zip(box, point, radii, strict=True)
            ):
                return found
    return None


def _approached(field: Field, point: list[arb], bits: int) -> list[arb] | None:
    """The solution by Newton's method in many digits; None where it does not come nearer."""
    for _ in range(bits.bit_length() + 4):
        try:
            values, slopes = field(point, Balls)
            right = arb_mat([[v.mid()] for v in values])
            step = arb_mat(slopes).mid().solve(right)
        except (Singular, Vague, ZeroDivisionError):
            return None
        following = [(x - step[i, 0]).mid() for i, x in enumerate(point)]
        still = all(
            abs(new - x) <= abs(new) * arb(2) ** (-bits - 8)
            for new, x in zip(following, point, strict=True)
        )
        point = following
        if still:
            break
    return point
