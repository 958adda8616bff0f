"""What holds at a point: a derivative, or what is the matter.

Where the program is a power series in balls, that gives the derivatives. Elsewhere the point is
approached from either side by germs: equal sides are the derivative, unequal ones a kink's left
and right; a value that is missing at the point but has one limit is removable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import factorial, isfinite, isinf, nan, prod
from typing import Any

from flint import arb, ctx

from autodiffcli.certified import (
    Place,
    Question,
    Ray,
    Seed,
    Seeds,
    combined,
    counts,
    derivatives,
    inner_question,
    refined,
    seeds_of,
)
from autodiffcli.directions import rays
from autodiffcli.interpreters.balls import Singular, precision
from autodiffcli.interpreters.blocks import Guard, block, items_of, shape_of
from autodiffcli.interpreters.germs import Germs, Met
from autodiffcli.interpreters.terms import Germ, Short, germ
from autodiffcli.plan import ancestors, with_ancestors
from autodiffcli.program import Step
from autodiffcli.sides import Side, accurate, side_of, taylor

_BESIDE = 2.0**-30  # how far, relative to the point, derivatives inside are looked at once more
SLACK = 3  # terms beyond the order at the first attempt; leading zeros use them up
MOST_TERMS = 32


@dataclass(frozen=True, slots=True)
class Verdict:
    """What holds at one point of one column.

    value  the derivative, NaN where there is none
    left   one-sided derivative from below; of the value, the limit from below
    right  likewise from above
    ball   the derivative with a proven error, where there is one
    """

    status: str
    value: float
    left: float | None = None
    right: float | None = None
    reason: str = ""
    ball: arb | None = None


def judged(question: Question, wanted: Sequence[Seeds]) -> dict[Seeds, Verdict]:
    """The verdicts on the value, (), and the wanted partials."""
    order = max(map(len, wanted), default=0)
    bits = question.bits

    def attempt() -> dict[Seeds, arb]:
        found = derivatives(question, wanted)
        return {partial: accurate(ball, bits) for partial, ball in found.items()}

    try:
        balls = refined(attempt, max(order + 1, 4) if order else 1, bits)
    except Singular:
        return _Rough(question, wanted).verdicts()
    return {partial: plain(ball) for partial, ball in balls.items()}


def beside(question: Question, rays: Sequence[Ray], order: int) -> list[Side]:
    """What is seen from a point along rays: the derivatives by the way travelled, 0 .. order."""
    seed = next(iter(rays[0]))
    rough = _Rough(question, [(seed,) * order])
    found = []
    for ray in rays:
        side = rough.side(ray)
        back = len(ray) == 1 and next(iter(ray.values())) < 0  # then they are by the variable
        values = tuple((-1) ** (n * back) * v for n, v in enumerate(side.values))
        found.append(replace(side, values=values))
    return found


def plain(ball: arb) -> Verdict:
    """The verdict on a number that was calculated without trouble."""
    value = float(ball.mid())
    if isinf(value):
        return Verdict("overflow", nan, reason="it exceeds the number range", ball=ball)
    return Verdict("exact", value + 0.0, ball=ball)


def _formula(step: Step, formula: Any, inputs: Sequence[Any]) -> Any:
    return formula


class Undifferentiable(Singular):
    """That a derivative inside the expression does not exist at the point."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason, verdict.status)
        self.verdict = verdict


class _Rough:
    """A place that is no plain power series."""

    def __init__(self, question: Question, wanted: Sequence[Seeds]) -> None:
        self.question = question
        self.program = question.program
        self.place = question.place
        self.wanted = with_ancestors(wanted)
        self.asked = tuple(wanted)
        self.has_derivatives = any(step.inner is not None for step in self.program.steps)
        self.order = max(map(len, wanted), default=0)
        self.size: dict[tuple[Step, int], arb] = {}
        self.origin: Step | None = None
        self.missing: Verdict | None = None  # a derivative inside that there is not
        self.noted: Verdict | None = None  # one that is one-sided, or that of a limit
        seeds = {seed for partial in wanted for seed in partial}
        seeds = seeds or self._every_seed()
        self.sides = {seed: (self.side({seed: -1}), self.side({seed: 1})) for seed in sorted(seeds)}
        met: dict[tuple[Step, int], int] = {}
        for pair in self.sides.values():
            for side in pair:
                met.update(side.met or {})
        self.met = met
        self.there = self._there()

    def verdicts(self) -> dict[Seeds, Verdict]:
        """The verdicts on the value and on what was wanted."""
        found: dict[Seeds, Verdict] = {(): self._value()}
        for partial in self.wanted:
            lower = [found[p] for p in ((), *ancestors(partial)) if p in found]
            if len(set(partial)) == 1:
                found[partial] = self._pure(partial, found[()], lower)
            else:
                found[partial] = self._mixed(partial, found[()], lower)
        return {partial: found[partial] for partial in ((), *self.asked)}

    def _every_seed(self) -> set[Seed]:
        """All variables, those with several entries entry by entry."""
        values = self.place.values()
        sizes = {name: len(items_of(values[name])) for name in self.program.inputs}
        return {
            Seed(name, entry if size > 1 else -1)
            for name, size in sizes.items()
            for entry in range(size)
        }

    # -- the value

    def _there(self) -> Side:
        """The value at the point itself, where switches that are met stand still."""
        try:
            return side_of(self._attempt({}, self._constant, None, {}, self._existing))
        except Singular as error:
            if isinstance(error, Undifferentiable):
                self.missing = error.verdict
                if error.step != self.program.steps[self.program.output]:
                    self.missing = replace(error.verdict, left=None, right=None)
            return Side((), (), error.status, self._reason(error))

    def _existing(self, step: Step, formula: Any, inputs: Sequence[Any]) -> Any:
        """The derivative inside the expression at the point itself. Raises Undifferentiable."""
        verdict = self._inside(step, inputs)
        if not isfinite(verdict.value):
            raise Undifferentiable(verdict)
        if verdict.status != "exact":
            self.noted = verdict
        return verdict.ball

    def _inside(self, step: Step, inputs: Sequence[Any]) -> Verdict:
        """The verdict on a derivative inside the expression where its inputs are."""
        bits = max(self.question.bits, ctx.prec // 2)
        inner, seeds = inner_question(step, inputs, self.place.off, bits), seeds_of(step)
        return judged(inner, (seeds,))[seeds]

    def _value(self) -> Verdict:
        there = self.there
        if self.missing is not None:
            return self.missing
        if there.values:
            found = plain(there.balls[0])
            if self.noted is None or found.status != "exact":
                return found
            return replace(found, status=self.noted.status, reason=self.noted.reason)
        sides = [side for pair in self.sides.values() for side in pair]
        limits = [side.values[0] for side in sides if side.values]
        unknown = next((s for s in sides if s.status not in ("", "outside", "pole")), None)
        if unknown is not None:
            return Verdict("undecided", nan, reason=there.reason)
        if there.status == "outside" or all(s.status == "outside" for s in sides):
            return Verdict(there.status, nan, reason=there.reason)
        if any(isinf(limit) for limit in limits) or any(s.status == "pole" for s in sides):
            return Verdict("pole", nan, reason=there.reason)
        left, right = _left_right(self.sides)
        if len(set(limits)) > 1:
            return Verdict("jump", nan, left, right, there.reason)
        if len(self.sides) > 1 and not self._limit_everywhere(limits[0]):
            return Verdict("undecided", nan, reason=there.reason)
        ball = next(side.balls[0] for side in sides if side.balls)
        return Verdict("removable", limits[0], left, right, there.reason, ball)

    def _limit_everywhere(self, limit: float) -> bool:
        """Whether the value tends to the limit along slanted directions too."""
        seeds = sorted(self.sides)
        for paces in ((1, 1), (1, 2), (2, 1), (-1, 1), (-1, -1), (1, -3)):
            ray = {seed: paces[n % 2] * (1 + n // 2) for n, seed in enumerate(seeds)}
            side = self.side(ray)
            if not side.values or side.values[0] != limit:
                return False
        return True

    # -- derivatives by one variable

    def _pure(self, partial: Seeds, value: Verdict, lower: Sequence[Verdict]) -> Verdict:
        n, (left, right) = len(partial), self.sides[partial[0]]
        if not isfinite(value.value):
            return replace(value, left=None, right=None, value=nan)
        inside = [side for side in (left, right) if side.status != "outside"]
        if not inside:
            return Verdict("undecided", nan, reason="it is real at that point only")
        blocked = self._blocked(value, inside)
        if blocked is not None:
            return blocked
        seen = [side.values[n] if side.values else None for side in (left, right)]
        below, above = (None if v is None or not isfinite(v) else v for v in seen)
        if any(v is not None and isinf(v) for v in seen):
            ways = zip((" from below", " from above"), seen, strict=True)
            text = " and ".join(f"{v:+g}{w}" for w, v in ways if v is not None and isinf(v))
            place = next((side.origin for side in inside if side.origin), "that point")
            return Verdict("infinite", nan, seen[0], seen[1], f"{text} at {place}")
        if len(inside) == 2 and not self._equal(n, left, right):
            return Verdict("kink", nan, below, above, self._kink())
        missing = next((known for known in lower if not isfinite(known.value)), None)
        chosen = next(side for side in (right, left) if side.values)
        number, ball = chosen.values[n], chosen.balls[n]
        if missing is not None:
            return Verdict(missing.status, nan, below, above, missing.reason)
        if value.status == "removable":
            return Verdict("removable", number, below, above, value.reason, ball)
        if len(inside) == 1:
            gone = left if inside[0] is right else right
            reason = f"{gone.origin or 'the expression'} ends there"
            return Verdict("endpoint", number, below, above, reason, ball)
        return Verdict("exact", number, ball=ball)

    def _blocked(self, value: Verdict, inside: Sequence[Side]) -> Verdict | None:
        """Why the sides cannot give a derivative: one is unknown, or not what the value is."""
        doubtful = next((side for side in inside if side.status), None)
        if doubtful is not None and doubtful.status == "pole":
            return Verdict("jump", nan, reason=f"beside that point {doubtful.reason}")
        if doubtful is not None:
            status = "undecided" if doubtful.status == "kink" else doubtful.status
            return Verdict(status, nan, reason=doubtful.reason)
        if all(self._same(side.values[0], value.value, inside) for side in inside):
            return None
        where = f" where {self._switch()} does" if self.met else ""
        return Verdict("jump", nan, reason=f"the value jumps{where}")

    def _equal(self, n: int, left: Side, right: Side) -> bool:
        a, b = left.values[n], right.values[n]
        return self._same(a, b, (left, right), n)

    def _same(self, a: float, b: float, sides: Sequence[Side], n: int = 0) -> bool:
        """Whether two numbers are equal; but for the point's rounding where a switch is met."""
        if a == b:
            return True
        if not any(side.met for side in sides) or isinf(a) or isinf(b):
            return False
        slopes = [abs(s.values[n + 1]) for s in sides if n + 1 < len(s.values)]
        values = self.place.values().values()
        off = [float(abs(entry)) for value in values for entry in items_of(value)]
        allowed = 4 * float(self.place.off) * max(off, default=0) * sum(slopes)
        return abs(a - b) <= allowed + 1e-14 * max(abs(a), abs(b))

    # -- derivatives by several variables

    def _mixed(self, partial: Seeds, value: Verdict, lower: Sequence[Verdict]) -> Verdict:
        missing = next((known for known in lower if not isfinite(known.value)), None)
        if missing is not None:
            return Verdict(missing.status, nan, reason=missing.reason)
        seeds = tuple(sorted(set(partial)))
        found: list[tuple[arb, ...]] = []
        gone = ""
        for signs in product((-1, 1), repeat=len(seeds)):
            for paces in (range(2, len(seeds) + 2), range(len(seeds) + 1, 1, -1)):
                ahead = {v: s * n for v, s, n in zip(seeds, signs, paces, strict=True)}
                try:
                    seen_here = self._piece(partial, seeds, signs, ahead)
                except Singular as error:
                    return Verdict("undecided", nan, reason=self._reason(error))
                if seen_here is not None:
                    found.append(seen_here)
                else:
                    gone = self.side(ahead).origin or "the expression"
        if not found:
            return Verdict("undecided", nan, reason="it is real at that point only")
        # The lower ones must be the same all around too, and what they are at the point.
        known = [None, *(verdict.value for verdict in lower)]
        for here, balls in zip(known, zip(*found, strict=True), strict=True):
            seen = [float(ball.mid()) for ball in balls] + ([] if here is None else [here])
            if max(seen) - min(seen) > 1e-13 * max(map(abs, seen)):
                return Verdict("kink", nan, reason=self._kink())
        ball = found[-1][0]
        status, reason = ("endpoint", f"{gone} ends there") if gone else ("exact", "")
        if value.status == "removable":
            status, reason = value.status, value.reason
        return Verdict(status, float(ball.mid()) + 0.0, reason=reason, ball=ball)

    def _piece(
        self, partial: Seeds, seeds: Seeds, signs: Sequence[int], ahead: Ray
    ) -> tuple[arb, ...] | None:
        """The mixed partial, the value and the ancestors on the smooth piece ahead.

        None where it is outside. Raises Singular where it is no power series.
        """
        order, piece = len(partial), self.side(ahead)
        if piece.status == "outside":
            return None
        table: dict[tuple[int, ...], Sequence[arb]] = {}
        for steps in rays(len(seeds), order):
            ray = {v: s * r for v, s, r in zip(seeds, signs, steps, strict=True) if r}
            side = self.side(ray, piece.met)
            if len(side.balls) <= order:
                raise Singular(side.reason or "no power series there", side.status or "undecided")
            flip = -1 if len(ray) == 1 and next(iter(ray.values())) < 0 else 1  # see side
            with precision(2 * self.question.bits, 1):
                table[steps] = [flip**n * b / factorial(n) for n, b in enumerate(side.balls)]
        found = []
        for own in (partial, *ancestors(partial)):
            i = counts(own, seeds)
            flips = prod(sign**n for sign, n in zip(signs, i, strict=True))
            with precision(2 * self.question.bits, 1):
                found.append(flips * combined(table, i, order))
        return (found[0], next(iter(table.values()))[0], *found[1:])

    # -- one direction

    def _stands(self, ray: Ray) -> None:
        """Whether derivatives inside exist beside the point, where their formulas are used.

        A ray may run along a kink, as x = 0 does for d(max(x*y, 0), x): then a formula gives a
        number all along it, and there is no derivative. Raises Singular, Vague.
        """
        values, paces = self.place.values(), self.place.paces(ray)
        sizes = [abs(entry) for name in paces for entry in items_of(values[name])]
        step = max(filter(None, map(float, sizes)), default=1.0) * _BESIDE
        moved = dict(values)
        for name, pace in paces.items():
            entries = [u + n * step for u, n in zip(items_of(values[name]), pace, strict=True)]
            moved[name] = block(shape_of(values[name]), entries)
        question = replace(self.question, place=Place(lambda: moved, self.place.off))
        question.along(question.algebra(0), {}, self._beside)

    def _beside(self, step: Step, formula: Any, inputs: Sequence[Any]) -> Any:
        """The derivative inside the expression beside the point. Raises Singular."""
        verdict = self._inside(step, inputs)
        if not isfinite(verdict.value):
            raise Singular(f"beside that point {verdict.reason}", verdict.status)
        return verdict.ball

    def side(self, ray: Ray, held: Met | None = None) -> Side:
        """What is seen along a ray, switches held where told."""
        met: dict[tuple[Step, int], int] = {}
        sign = next(iter(ray.values())) if len(ray) == 1 else 1
        flip = -1 if sign < 0 and len(ray) == 1 else 1

        def look(found: Germ) -> list[arb | float]:
            known = taylor(found, self.order + 1, self.question.bits)
            return [flip**n * v for n, v in enumerate(known)]

        try:
            seen = side_of(self._attempt(ray, look, held, met), met)
            if self.has_derivatives and held is None:
                try:
                    refined(lambda: self._stands(ray), 1, self.question.bits)
                except Singular as error:
                    return Side((), (), "undecided", str(error), met)
            return replace(seen, origin=self._text(self.origin) if self.origin else "")
        except Singular as error:
            last = error.step == self.program.steps[self.program.output]
            status = "undecided" if error.status == "pole" and not last else error.status
            origin = self._text(error.step) if error.step else ""
            return Side((), (), status, self._reason(error), met, origin)

    def _attempt(
        self,
        ray: Ray,
        look: Callable[[Germ], list[arb | float]],
        held: Met | None,
        met: dict[tuple[Step, int], int],
        guard: Guard = _formula,
    ) -> list[arb | float]:
        """Run the tape over germs with more bits and terms until `look` can see.

        guard  of derivatives inside; beside the point their formulas hold
        """
        paces = self.place.paces(ray)

        def attempt() -> list[arb | float]:
            germs = Germs(self.place.reach(paces), held, None if ray else self.size)
            found = germ(self.question.along(germs, paces, guard))
            met.clear()
            met.update(germs.met)
            self.size.update(germs.size)
            self.origin = germs.origin
            return look(found)

        terms = self.order + 1 + SLACK
        while True:
            try:
                return refined(attempt, terms, self.question.bits)
            except Short:
                terms *= 2
                if terms > MOST_TERMS + self.order:
                    raise Singular("its leading term is not found") from None

    def _constant(self, found: Germ) -> list[arb | float]:
        return [accurate(found.constant(), self.question.bits)]

    # -- words

    def _reason(self, error: Singular) -> str:
        text = self._text(error.step) if error.step else ""
        words = {
            "outside": f"{text} is not real there",
            "pole": f"{text} has a pole there",
            "0/0": f"{text} is 0/0 there",
        }
        key = str(error) if str(error) in words else error.status
        reason = words.get(key, f"{text}: {error}")
        return reason if text else str(error)

    def _text(self, step: Step) -> str:
        return shortened(self.program.source[slice(*step.span)])

    def _switch(self) -> str:
        step = next(iter(self.met), (None, 0))[0]
        return self._text(step) if step is not None else "it"

    def _kink(self) -> str:
        return f"{self._switch()} has its kink there" if self.met else "its two sides differ"


def _left_right(
    sides: Mapping[Seed, tuple[Side, Side]],
) -> tuple[float | None, float | None]:
    if len(sides) != 1:
        return None, None
    (pair,) = sides.values()
    left, right = (side.values[0] if side.values else None for side in pair)
    return left, right


def shortened(text: str, limit: int = 40) -> str:
    """A piece of source for a message, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
