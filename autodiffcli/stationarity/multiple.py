"""Boxes of a curve where several derivatives vanish: one multiple root of f', or none."""

from __future__ import annotations

from typing import NamedTuple

from flint import arb

from autodiffcli.stationarity.curve import TERMS, Branch, Curve
from autodiffcli.stationarity.roots import Root, is_nothing
from autodiffcli.stationarity.simplest import SHIFT, Box, dyadic

LONG = 32  # terms of the series where many derivatives vanish
FAR = 2_048  # bits to which a root is known before 300 digits of something there are compared
MOST_BITS = 8_192  # of balls, where the slope at the middle of a box cannot be told from 0


class Stationary(NamedTuple):
    """A root of f' and what it is.

    second  f'' there
    proven  whether it is; to 300 digits else
    """

    root: Root
    kind: str
    extremum: str
    second: float
    proven: bool = True
    reason: str = ""


def several(curve: Curve, box: Box, branch: Branch) -> tuple[Stationary, ...] | None:
    """The one multiple root of f' in a box, or none; None where that is not seen.

    Where f^(k) has no root, f^(k-1) has one, c, at most; if f', ..., f^(k-1) are 0 there, f'
    has a root of order k - 1 there and no other. Raises Singular, Vague.
    """
    over = curve.inside(box, LONG, branch)
    k = next((n for n in range(3, LONG - 1) if not over[n].contains(0)), None)
    if k is None:
        return None
    low, high = (curve.at(end, k, branch)[k - 1] for end in box)
    if low.contains(0) or high.contains(0) or bool(low > 0) == bool(high > 0):
        return None
    root = curve.root(box, k - 1, branch)
    exact = _vanish(curve, root, k, branch)
    if exact is None:
        return () if _is_apart(curve, root, k, over[k], branch) else None
    extremum = "" if k % 2 else "minimum" if over[k] > 0 else "maximum"
    reason = f"the first derivative that is not 0 is of order {k}"
    if not exact:
        reason += "; that the lower ones are 0 is known to 300 digits"
    return (Stationary(root, extremum or "inflection", extremum, 0.0, exact, reason),)


def _vanish(curve: Curve, root: Root, k: int, branch: Branch) -> bool | None:
    """Whether f', ..., f^(k-1) are proven to be 0 at a point; None where one is not 0."""
    if root.exact is not None:
        known = curve.fractions(root.exact, k) if not branch.held else None
        if known is not None:
            return True if not any(known[1:k]) else None
        found = curve.at(root.exact, k, branch)
        if all(c.is_zero() for c in found[1:]):
            return True
    found = curve.over(root.ball, k, branch)
    if not all(c.contains(0) for c in found[1:]):
        return None
    ball = root.within(FAR)
    found = curve.over(ball, k, branch, 2 * FAR)
    return False if all(is_nothing(c) for c in found[1:]) else None


def _is_apart(curve: Curve, root: Root, k: int, last: arb, branch: Branch) -> bool:
    """Whether f' has no root: its one extremum, at the root of f'', has the sign of f'''."""
    slope = curve.over(root.ball, 2, branch)[1]
    same = bool(slope > 0 and last > 0) or bool(slope < 0 and last < 0)
    return k == 3 and same


def is_constant(curve: Curve, box: Box, branch: Branch) -> bool:
    """Whether all derivatives somewhere in a box are 0 for all that 300 digits tell."""
    somewhere = dyadic(box[0] + (box[1] - box[0]) * SHIFT, box[1] - box[0])
    found = curve.at(somewhere, TERMS, branch, MOST_BITS)
    return all(is_nothing(c) for c in found[1:])
