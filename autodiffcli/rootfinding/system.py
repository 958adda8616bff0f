"""Equations with their slopes: at doubles to the last bit, at balls, and over boxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

from flint import arb, arb_mat

from autodiffcli.certified import Place, Question, existing, power_series, refined
from autodiffcli.interpreters.balls import ROUNDED_BITS, Balls, Broken, Singular, precision, series
from autodiffcli.interpreters.blocks import Along, items_of
from autodiffcli.pointwise import entry_of, shape_of_result
from autodiffcli.program import Program, run
from autodiffcli.rootfinding.krawczyk import Matrix, Point
from autodiffcli.sides import accurate
from autodiffcli.starts import Start
from autodiffcli.verdict import Verdict, judged

SOLVING_BITS = 1024  # of the elimination, so that only a singular matrix is one
KNOWN = ("exact", "removable", "endpoint")


class NoValue(Exception):
    """That an equation has no value at a point.

    verdict  on the value
    """

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


@dataclass(frozen=True, slots=True)
class Sample:
    """The equations at a point of doubles, every number with 60 right bits.

    values   left minus right of each
    slopes   the Jacobian, a row per equation; None where it does not exist
    missing  what is the matter with the slopes
    limits   whether a value is a limit only
    """

    values: list[arb]
    slopes: Matrix | None
    missing: Verdict | None = None
    limits: bool = False

    @property
    def is_zero(self) -> bool:
        """Whether all values are 0, or below 10^-343, for all that can be told."""
        return all(value.contains(0) for value in self.values)

    def newton(self) -> list[arb] | None:
        """J^-1 f; None where J is singular or does not exist."""
        return None if self.slopes is None else solved(self.slopes, self.values)


@dataclass(frozen=True)
class System:
    """Equations f = 0 in the unknowns of a start, the other variables fixed."""

    programs: tuple[Program, ...]
    start: Start

    def place(self, point: Sequence[arb]) -> Place:
        """Where all variables are, with the unknowns at a point."""
        return Place(lambda: self.start.place(point))

    def field(
        self, point: Point, algebra: Callable[[arb], Balls] = Balls
    ) -> tuple[list[arb], Matrix]:
        """f and its Jacobian at balls, in the working precision. Raises Singular, Vague."""
        place, columns = self.place(point), list[list[arb]]()
        values: list[arb] = []
        for seed in self.start.seeds:
            paces = place.paces({seed: 1})
            meaning = Along(algebra(arb(0)), place.values(), paces, existing(place.off))
            found = [
                item
                for program in self.programs
                for item in items_of(run(program, meaning)[program.output])
            ]
            values = [series(_whole(item))[0] for item in found]
            columns.append([series(_whole(item))[1] for item in found])
        return values, [list(row) for row in zip(*columns, strict=True)]

    def size(self) -> int:
        """How many numbers the equations are. Raises Misfit where shapes do not fit."""
        place = self.place([arb(x) for x in self.start.values])
        return sum(prod(shape_of_result(Question(program, place))) for program in self.programs)

    def at(self, point: Sequence[float]) -> Sample:
        """The equations at doubles. Raises NoValue."""

        def attempt() -> Sample:
            values, slopes = self.field([arb(x) for x in point])
            return Sample(
                [accurate(v, ROUNDED_BITS) for v in values],
                [[accurate(c, ROUNDED_BITS) for c in row] for row in slopes],
            )

        try:
            return refined(attempt, 2)
        except Singular:
            return self._judged(point)

    def _judged(self, point: Sequence[float]) -> Sample:
        """Where the equations are no power series: each number by itself."""
        place = self.place([arb(x) for x in point])
        seeds = tuple((seed,) for seed in self.start.seeds)
        values: list[arb] = []
        slopes: Matrix = []
        limits, missing = False, None
        for program in self.programs:
            for entry in range(prod(shape_of_result(Question(program, place)))):
                found = judged(Question(program, place, entry_of(entry)), seeds)
                value = found[()]
                if value.status not in KNOWN or value.ball is None:
                    raise NoValue(value)
                limits = limits or value.status == "removable"
                values.append(value.ball)
                row = [found[seed] for seed in seeds]
                bad = next((v for v in row if v.status not in KNOWN or v.ball is None), None)
                missing = missing or bad
                slopes.append([v.ball for v in row if v.ball is not None])
        return Sample(values, None if missing else slopes, missing, limits)

    def series(self, point: Sequence[float], terms: int) -> list[arb]:
        """Taylor coefficients of one equation in one unknown. Raises Singular."""
        place = self.place([arb(x) for x in point])
        question = Question(self.programs[0], place)
        ray = {self.start.seeds[0]: 1}

        def attempt() -> list[arb]:
            found = power_series(question, ray)
            return [accurate(found[n], ROUNDED_BITS) for n in range(terms)]

        return refined(attempt, terms)


def solved(matrix: Matrix, right: Sequence[arb]) -> list[arb] | None:
    """The solution of a linear system whose numbers are taken as exact; None if singular."""
    if len(matrix) == 1:
        (slope,), value = matrix[0], right[0]
        return None if slope == 0 else [value.mid() / slope.mid()]
    with precision(SOLVING_BITS, 1):
        try:
            found = arb_mat(matrix).mid().solve(arb_mat([[v.mid()] for v in right]))
        except ZeroDivisionError:
            return None
        return [found[i, 0].mid() for i in range(len(right))]


def _whole(item: object) -> object:
    if isinstance(item, Broken):
        raise item.error
    return arb(int(item)) if isinstance(item, bool) else item
