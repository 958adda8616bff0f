"""What is proven about a root that was found: that it is there, that it is the only one near.

A simple root is proven by a box that holds exactly one (`krawczyk`). A multiple root that is a
fraction is proven by exact arithmetic: where f and its first m - 1 derivatives are 0 and the
m-th is not 0 in a ball around, f(x) = (x - r)^m f^(m)(y)/m! has no other zero there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite

from flint import arb

from autodiffcli.boxes import around
from autodiffcli.boxes import fractions as exact_numbers
from autodiffcli.certified import Place, Question, Seed, derivatives
from autodiffcli.enclosures import exact_ends, proven
from autodiffcli.interpreters.across import Wide
from autodiffcli.interpreters.balls import Singular, Vague, exactly, precision
from autodiffcli.rootfinding.brackets import is_continuous, shifted
from autodiffcli.rootfinding.krawczyk import narrowed, unique_box
from autodiffcli.rootfinding.lows import exact_near
from autodiffcli.rootfinding.system import NoValue, System

DOUBLE_BITS = (80, 200)  # of a root, to round it to the nearest double
HIGHEST = 12  # multiplicity that is looked for
DENOMINATOR = 10**6  # of a root that is tried as a fraction
NEARBY = 8  # doubles on either side where |f| must be larger than at a root
BITS = 192
ONE, SOME, NOTHING = "exactly one", "at least one", "no"


@dataclass(frozen=True, slots=True)
class Proof:
    """What is known about a root.

    known         `exactly one` in the box, `at least one`, `no` for neither
    point         the doubles nearest to the root where it is proven, else those that were found
    box           half the width of the box of each unknown; empty without one
    root          balls around the root, narrower on demand; None where only doubles are known
    multiplicity  1 where it is proven simple; 0 where it is not known
    reason        why it is not proven to be the only one
    """

    known: str
    point: tuple[float, ...]
    box: tuple[float, ...] = ()
    root: list[arb] | None = None
    multiplicity: int = 0
    reason: str = ""
    exact: Fraction | None = field(default=None)


def prove(system: System, point: tuple[float, ...]) -> Proof | None:
    """What is proven about a root near a point; None where there is none, but a pole."""
    box = unique_box(system.field, point)
    if box is not None:
        return _simple(system, point, box)
    if len(point) > 1:
        exact = exact_near(system, point)
        known, point = (NOTHING, point) if exact is None else (SOME, exact)
        return Proof(known, point, reason=_why(system, point))
    return _multiple(system, point[0] + 0.0)


def digits_of(system: System, found: Proof, digits: int) -> list[str] | None:
    """The root, every number rounded to so many proven digits; None where they are not."""
    if found.exact is not None:
        with precision(4 * digits + 64, 1):
            text = proven(exactly(found.exact), digits)
        return None if text is None else [text.text]
    if found.known != ONE or found.root is None:
        return None
    bits = int(digits * 3.33) + 24
    for attempt in range(4):
        balls = _root(system, found, bits << attempt)
        if balls is None:
            return None
        with precision(4 * bits << attempt, 1):
            texts = [proven(ball, digits) for ball in balls]
        if all(text is not None for text in texts):
            return [text.text for text in texts if text is not None]
    return None


def values_at(system: System, texts: Sequence[str], digits: int) -> tuple[float, ...]:
    """The equations at a root of so many digits, as they are written. Raises Singular, Vague."""
    with precision(4 * digits + BITS, 2):
        values, _ = system.field([exactly(Fraction(text)) for text in texts])
    return tuple(float(value.mid()) + 0.0 for value in values)


def _root(system: System, found: Proof, bits: int) -> list[arb] | None:
    """The root to so many bits. Exact where the doubles are the root."""
    if found.root is not None and all(ball.is_exact() for ball in found.root):
        return found.root
    pairs = zip(found.point, found.box, strict=True)
    return narrowed(system.field, [arb(x) + arb(0, r) for x, r in pairs], bits)


def _simple(system: System, point: tuple[float, ...], box: list[arb]) -> Proof:
    """A root that is the only one in a box."""
    radii = tuple(float(ball.rad()) for ball in box)
    here = system.at(point)
    if all(value == 0 for value in here.values):
        return Proof(ONE, point, radii, [arb(x) for x in point], 1)
    found = None
    for bits in DOUBLE_BITS:
        found = narrowed(system.field, box, bits)
        if found is None:
            break
        ends = [(float(ball.lower()), float(ball.upper())) for ball in found]
        if all(low == high for low, high in ends):
            break
    if found is None:
        return Proof(ONE, point, radii, box, 1)
    nearest = tuple(float(ball.mid()) + 0.0 for ball in found)
    # The box is told around the nearest doubles; a little less of it is sure to lie inside.
    shrunk = tuple(r * (1 - 2.0**-20) for r in radii)
    return Proof(ONE, nearest, shrunk, found, 1)


# -- one unknown, and no box: a multiple root, a kink, a pole


def _multiple(system: System, x: float) -> Proof | None:
    exact = _exact(system, x)
    if exact is not None:
        return exact
    if not _falls(system, x):
        return None
    reason = _why(system, (x,))
    many = _multiplicity(system, x)
    if many > 1:
        reason = f"the derivative is 0 there, as far as can be told: multiplicity {many}"
    if _changes(system, x):
        return Proof(SOME, (x,), multiplicity=many, reason=reason)
    here = system.at((x,))
    if here.values[0] == 0 and not here.limits:
        return Proof(SOME, (x,), root=[arb(x)], multiplicity=many, reason=reason)
    return Proof(NOTHING, (x,), multiplicity=many, reason=reason)


def _exact(system: System, x: float) -> Proof | None:
    """A root at a fraction, of any multiplicity, by exact arithmetic."""
    for number in dict.fromkeys((Fraction(x), Fraction(x).limit_denominator(DENOMINATOR))):
        if float(number) != x:
            continue
        order = _order(system, number)
        if not order:
            continue
        radius = _alone(system, number, order)
        if radius:
            point, ball = (x,), None if float(number) != number else arb(x)
            root = None if ball is None else [ball]
            return Proof(ONE, point, (radius,), root, order, exact=number)
    return None


def _order(system: System, number: Fraction) -> int:
    """The first derivative that is not 0 at a fraction where f is 0; 0 where it is not known."""
    name = system.start.seeds[0].name
    fixed = {n: (values.typed or ())[0] for n, values in system.start.fixed.items()}
    exact = {name: number, **{n: t.exact for n, t in fixed.items()}}
    program = system.programs[0]
    if all(value is not None for value in exact.values()):
        point = {n: exact[n] for n in program.inputs}
        wanted = [(), *((Seed(name),) * k for k in range(1, HIGHEST + 1))]
        found = exact_numbers(program, point, wanted)
        for k, partial in enumerate(wanted):
            if partial not in found:
                break
            if found[partial][0] != 0:
                return k
    return _order_by_balls(system, number)


def _order_by_balls(system: System, number: Fraction) -> int:
    """The same where the number is a double and all that vanishes is exactly 0 in balls."""
    if Fraction(float(number)) != number:
        return 0
    try:
        found = system.series((float(number),), HIGHEST + 1)
    except Singular:
        return 0
    for k, coefficient in enumerate(found):
        if coefficient != 0:
            return k
        if not coefficient.is_zero():
            return 0
    return 0


def _alone(system: System, number: Fraction, order: int) -> float:
    """How far around a root its first derivative that is not 0 stays so; 0 for nowhere."""
    whole = abs(number) or Fraction(1)
    seed = system.start.seeds[0]
    for exponent in (2, 5, 9, 14, 20, 30, 40, 50):
        radius = whole / 2**exponent
        with precision(BITS, order + 1):
            ball = around(number - radius, number + radius)
            place = Place(lambda ball=ball: system.start.place([ball]))  # type: ignore[misc]
            try:
                question = Question(system.programs[0], place, algebra=Wide)
                found = derivatives(question, [(seed,) * order])[(seed,) * order]
                low, high = exact_ends(found)
            except (Singular, Vague):
                continue
            if low > 0 or high < 0:
                return float(radius)
    return 0.0


def _falls(system: System, x: float) -> bool:
    """Whether |f| is smaller than on both sides, as it is at a root and not at a pole."""
    here = abs(system.at((x,)).values[0])
    for way in (-NEARBY, NEARBY):
        try:
            there = system.at((shifted(x, way),))
        except NoValue:
            continue
        if abs(there.values[0]) < here:
            return False
    return True


def _multiplicity(system: System, x: float) -> int:
    """The multiplicity m by f'^2/(f'^2 - f f''), which tends to m; 0 where it tells none."""
    try:
        with precision(BITS, 1):
            f, slope, half = system.series((x,), 3)
            below = slope * slope - 2 * f * half
            ratio = float((slope * slope / below).mid()) if below != 0 else 0.0
    except Singular:
        return 0
    near = isfinite(ratio) and abs(ratio - round(ratio)) < 0.05 and 1 < round(ratio) <= HIGHEST
    return round(ratio) if near else 0


def _changes(system: System, x: float) -> bool:
    """Whether f is continuous around a double and changes its sign there."""
    low, high = shifted(x, -1), shifted(x, 1)
    try:
        below, above = (system.at((end,)).values[0] for end in (low, high))
    except NoValue:
        return False
    opposite = bool((below < 0 and above > 0) or (below > 0 and above < 0))
    place = system.start.place
    return opposite and is_continuous(system.programs[0], lambda ball: place([ball]), low, high)


def _why(system: System, point: Sequence[float]) -> str:
    """Why no box holds exactly one root."""
    try:
        here = system.at(point)
    except NoValue:
        return "it has no value there"
    if here.slopes is None:
        return here.missing.reason if here.missing and here.missing.reason else "there is a kink"
    what = "derivative is 0" if len(point) == 1 else "Jacobian is singular"
    return f"the {what} there, or nearly so"
