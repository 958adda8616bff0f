"""Derivatives at one place in ball arithmetic, every bit of them proven.

The program is run over power series of balls along a few rays; precision is doubled until the
balls are as narrow as asked. Mixed partials are read off the series along several rays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from math import factorial
from typing import Any, NamedTuple, TypeVar

from flint import arb, arb_series, ctx

from autodiffcli.directions import rays, weights
from autodiffcli.interpreters.balls import (
    BITS,
    MAX_BITS,
    ROUNDED_BITS,
    Balls,
    Broken,
    Singular,
    Vague,
    exactly,
    last_bits,
    precision,
    series,
    start,
)
from autodiffcli.interpreters.blocks import Along, Guard, block, items_of, shape_of
from autodiffcli.program import Program, Step, run

NOT_OFF = Fraction(0)
_ONE_SIZE = 2.0**-20  # two variables whose quotient is above it are of one size
HALF_ULP = {"float64": Fraction(1, 2**53), "float32": Fraction(1, 2**24)}


class Seed(NamedTuple):
    """What moves: a variable, all of its entries together or one of them.

    entry  flat position in a tensor; -1 for all, and for a number
    """

    name: str
    entry: int = -1


Ray = Mapping[Seed, int]  # by how much each seed moves
Seeds = tuple[Seed, ...]  # a partial derivative: one seed per differentiation
T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """One point of an elementwise program, or the tensors of one that mixes.

    values  gives a ball or a Block per variable, at the working precision
    off     by how much a number may differ from what was meant, relative to it: half an ulp for
            what went through a double, 0 for what is exact
    """

    values: Callable[[], Mapping[str, Any]]
    off: Fraction = field(default=Fraction(0))

    def reach(self, paces: Mapping[str, Sequence[int]]) -> arb:
        """By how much the travel along a ray may be off.

        By the largest of the variables that move, where they are of one size; else by the
        smallest, which would pass its switch long before the largest is off by anything.
        """
        own = [
            abs(entry) / abs(n)
            for name, pace in (paces.items() if self.off else ())
            for entry, n in zip(items_of(self.values()[name]), pace, strict=True)
            if n
        ]
        if not own:
            return arb(0)
        least, most = own[0], own[0]
        for size in own[1:]:
            least, most = least.min(size), most.max(size)
        found: arb = least if least < most * _ONE_SIZE else most
        return found * exactly(self.off)

    def paces(self, ray: Ray) -> dict[str, list[int]]:
        """How fast the entries of each variable move."""
        values, found = self.values(), dict[str, list[int]]()
        for seed, pace in ray.items():
            size = len(items_of(values[seed.name]))
            own = found.setdefault(seed.name, [0] * size)
            for entry in range(size) if seed.entry < 0 else (seed.entry,):
                own[entry] += pace
        return found


@dataclass(frozen=True)
class Question:
    """What is differentiated.

    pick     takes the number in question from the program's result, which may be a tensor
    bits     relative bits that must be right; 60 give the nearest double
    algebra  what the steps mean, by how much the travel may be off
    """

    program: Program
    place: Place
    pick: Callable[[Balls, Any], Any] = field(default=lambda algebra, found: found)
    bits: int = ROUNDED_BITS
    algebra: Callable[[Any], Balls] = Balls

    def along(
        self,
        algebra: Balls,
        paces: Mapping[str, Sequence[int]],
        guard: Guard | None = None,
    ) -> Any:
        """The number in question on its way. Raises Singular.

        guard  of the derivatives in the program; by default each must exist at the place
        """
        meaning = Along(
            algebra, self.place.values(), paces, guard or existing(self.place.off, self.bits)
        )
        found = self.pick(algebra, run(self.program, meaning)[self.program.output])
        if isinstance(found, Broken):
            raise found.error
        return arb(int(found)) if isinstance(found, bool) else found


def existing(off: Fraction = NOT_OFF, bits: int = ROUNDED_BITS) -> Guard:
    """The guard of derivatives in a program: the formula of one, once it is seen to exist.

    Along a ray that leaves what it depends on where it is, its formula would not show.
    """

    def guard(step: Step, formula: Any, inputs: Sequence[Any]) -> Any:
        inner, seeds = inner_question(step, inputs, off, bits), seeds_of(step)
        with precision(ctx.prec, len(seeds) + 1):
            found = derivatives(inner, [seeds])[seeds]
        moving = any(not isinstance(entry, arb) for u in inputs for entry in items_of(u))
        return formula if moving else found

    return guard


def inner_question(step: Step, inputs: Sequence[Any], off: Fraction, bits: int) -> Question:
    """The program that a derivative is of, where the derivative is taken."""
    assert step.inner is not None
    program = step.inner.program
    still = [block(shape_of(u), [start(entry) for entry in items_of(u)]) for u in inputs]
    place = Place(lambda: dict(zip(program.inputs, still, strict=True)), off)
    return Question(program, place, bits=bits)


def seeds_of(step: Step) -> Seeds:
    """The seeds of a derivative on the tape."""
    assert step.inner is not None
    return tuple(Seed(name, entry) for name, entry in step.inner.seeds)


def refined(attempt: Callable[[], T], terms: int, wanted: int = ROUNDED_BITS) -> T:
    """The result of an attempt, made again with more bits while it raises Vague.

    wanted  relative bits that are asked for. Raises Singular where many more are not enough.
    """
    bits, most = max(BITS, 2 * wanted), last_bits(wanted)
    while True:
        with precision(bits, terms):
            try:
                return attempt()
            except Vague:
                if bits >= most:
                    raise Singular(f"{most} bits do not decide it") from None
        bits = min(2 * bits, most)


def power_series(question: Question, ray: Ray) -> arb_series:
    """The power series along a ray, of `ctx.cap` terms. Raises Singular, Vague."""
    place = question.place
    paces = place.paces(ray)
    found = series(question.along(question.algebra(place.reach(paces)), paces))
    if any(not c.is_finite() for c in found.coeffs()):
        if ctx.prec >= MAX_BITS:
            raise Singular("there is no power series there")
        raise Vague
    if found.length() and found.prec < ctx.cap and any(ray.values()):
        raise Singular("there is no power series there")
    return found


def derivatives(question: Question, wanted: Sequence[Seeds]) -> dict[Seeds, arb]:
    """The value, (), and partials as balls at the working precision. Raises Singular, Vague."""
    found: dict[Seeds, arb] = {}
    for seeds, partials in by_seeds(wanted).items():
        order = max(map(len, partials), default=0)
        table: dict[tuple[int, ...], arb_series] = {}
        for ray in rays(len(seeds), order) if order else ((),):
            table[ray] = power_series(question, dict(zip(seeds, ray, strict=True)))
        found.setdefault((), next(iter(table.values()))[0])
        for partial in partials:
            found[partial] = combined(table, counts(partial, seeds), order)
    return found


def combined(table: Mapping[tuple[int, ...], Any], i: tuple[int, ...], order: int) -> arb:
    """A partial from the series along the rays: i times by each seed."""
    total = sum(i)
    if len(i) == 1:
        alone: arb = table[(1,)][total] * factorial(total)
        return alone
    mixed = arb(0)
    for ray, weight in weights(i, order).items():
        mixed += _weight(weight, ctx.prec) * table[ray][total]
    return mixed


@cache
def _weight(weight: Fraction, bits: int) -> arb:
    return exactly(weight)


def by_seeds(wanted: Sequence[Seeds]) -> dict[Seeds, list[Seeds]]:
    """The partials by the seeds in them; the value alone where nothing is wanted."""
    groups: dict[Seeds, list[Seeds]] = {}
    for partial in wanted:
        groups.setdefault(tuple(sorted(set(partial))), []).append(partial)
    return groups or {(): []}


def counts(partial: Seeds, seeds: Seeds) -> tuple[int, ...]:
    """How often a partial is by each seed."""
    return tuple(partial.count(seed) for seed in seeds)
