"""What is to be made small: its value, its gradient and its Hessian at a point of doubles.

Few variables are answered in ball arithmetic, right to the last bit, many by torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import hypot, isfinite
from typing import Protocol

from flint import arb, ctx

from autodiffcli.certified import HALF_ULP, Place, Question, Seeds, power_series, refined
from autodiffcli.interpreters.balls import ROUNDED_BITS, Balls, Singular, precision
from autodiffcli.minimization.bends import Bend, bend_of
from autodiffcli.one_point import is_known
from autodiffcli.program import Program
from autodiffcli.rootfinding.brackets import is_continuous
from autodiffcli.rootfinding.krawczyk import Matrix, Point
from autodiffcli.sides import accurate
from autodiffcli.starts import Start
from autodiffcli.verdict import Verdict, judged

FEW = 16  # variables up to which the gradient is calculated in balls
SHORT = 5_000  # steps of the tape times variables, likewise
MOST_CURVED = 60  # variables up to which there is a Hessian in balls
OFF = HALF_ULP["float64"]


class Nowhere(Exception):
    """That there is no value, or no derivative, at a point.

    status  outside, pole, kink, jump, ...
    value   where there is one, but no derivative
    point   where, set by those who went there
    """

    def __init__(self, status: str, reason: str, value: arb | None = None) -> None:
        super().__init__(reason or status)
        self.status = status
        self.value = value
        self.point: Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class Local:
    """The objective at a point.

    value     as a ball of 60 right bits, or around a double of torch's
    gradient  likewise, a number per variable
    hessian   a row per variable; None where it was not asked for, or does not exist
    """

    point: tuple[float, ...]
    value: arb
    gradient: tuple[arb, ...]
    hessian: Matrix | None = None

    @property
    def slopes(self) -> tuple[float, ...]:
        """The gradient in doubles."""
        return tuple(float(g.mid()) + 0.0 for g in self.gradient)

    @property
    def height(self) -> float:
        """The value as a double."""
        return float(self.value.mid()) + 0.0

    @property
    def steepness(self) -> float:
        """The Euclidean length of the gradient."""
        return hypot(*self.slopes)

    @property
    def is_level(self) -> bool:
        """Whether the gradient is 0 exactly."""
        return all(g == 0 for g in self.gradient)

    @property
    def is_lost(self) -> bool:
        """Whether the gradient is 0 in float64, and not in truth for all that is known."""
        return not any(self.slopes) and not self.is_level

    @property
    def is_vague(self) -> bool:
        """Whether some number of the gradient cannot be told from 0."""
        return any(g.contains(0) and not g.is_zero() for g in self.gradient)


class Objective(Protocol):
    """Something to be made small."""

    @property
    def start(self) -> Start:
        """Where the search begins."""

    def at(self, point: Sequence[float], curved: bool = False) -> Local:
        """The objective at a point, with its Hessian where `curved`. Raises Nowhere."""

    @property
    def sign(self) -> float:
        """-1 where a maximum is sought and this is minus what was asked for."""

    @property
    def has_hessian(self) -> bool:
        """Whether Newton's method can have its Hessian."""

    def bend(self, point: Sequence[float]) -> Bend | None:
        """How it bends at a point; None where that is not known."""


@dataclass(frozen=True)
class BallObjective:
    """A program of few variables in ball arithmetic."""

    program: Program
    start: Start
    sign: float = 1.0
    has_hessian: bool = True

    def at(self, point: Sequence[float], curved: bool = False) -> Local:
        """The objective at a point, with its Hessian where `curved`. Raises Nowhere."""
        place = Place(lambda: self.start.place([arb(x) for x in point]), OFF)
        question = Question(self.program, place)

        def attempt() -> Local:
            value, gradient, hessian = self._numbers(question, curved)
            rows = [[accurate(c, ROUNDED_BITS) for c in row] for row in hessian]
            slopes = tuple(accurate(g, ROUNDED_BITS) for g in gradient)
            height = accurate(value, ROUNDED_BITS)
            return Local(tuple(point), height, slopes, rows if curved else None)

        try:
            return refined(attempt, 3 if curved else 2)
        except Singular:
            return self._judged(question, point, curved)

    def bend(self, point: Sequence[float]) -> Bend | None:
        """How it bends at a point; None where there is no Hessian."""
        if len(point) > MOST_CURVED:
            return None
        try:
            here = self.at(point, curved=True)
        except Nowhere:
            return None
        return None if here.hessian is None else bend_of(here.hessian, here.gradient)

    def series(self, point: Sequence[float], terms: int) -> list[arb]:
        """Taylor coefficients by the only variable, however wide. Raises Singular."""
        place = Place(lambda: self.start.place([arb(x) for x in point]))
        question = Question(self.program, place)

        def attempt() -> list[arb]:
            found = power_series(question, {self.start.seeds[0]: 1})
            return [found[n] for n in range(terms)]

        return refined(attempt, terms)

    def is_continuous(self, low: float, high: float) -> bool:
        """Whether it is proven to be continuous between two values of the only variable."""
        return is_continuous(self.program, lambda ball: self.start.place([ball]), low, high)

    def _numbers(self, question: Question, curved: bool) -> tuple[arb, list[arb], Matrix]:
        """Value, gradient and Hessian from the series along the axes and the diagonals.

        Along e_i + e_j the coefficient of t^2 is those along e_i and e_j and f_ij.
        Raises Singular, Vague.
        """
        seeds = self.start.seeds
        own = [power_series(question, {seed: 1}) for seed in seeds]
        gradient = [series[1] for series in own]
        hessian: Matrix = [[2 * series[2]] * len(seeds) for series in own] if curved else []
        for i in range(len(seeds) if curved else 0):
            for j in range(i):
                slanted = power_series(question, {seeds[i]: 1, seeds[j]: 1})
                hessian[i][j] = hessian[j][i] = slanted[2] - own[i][2] - own[j][2]
        return own[0][0], gradient, hessian

    def _judged(self, question: Question, point: Sequence[float], curved: bool) -> Local:
        """Where the objective is no power series: every number by itself. Raises Nowhere."""
        firsts: list[Seeds] = [(seed,) for seed in self.start.seeds]
        found = judged(question, firsts + (self._seconds() if curved else []))
        value = found[()]
        if value.ball is None or value.status not in ("exact", "overflow"):
            raise Nowhere(value.status, value.reason)
        gradient = [found[first] for first in firsts]
        for verdict in gradient:
            if verdict.ball is None or verdict.status not in ("exact", "overflow"):
                raise Nowhere(verdict.status, verdict.reason, value.ball)
        balls = tuple(v.ball for v in gradient if v.ball is not None)
        return Local(tuple(point), value.ball, balls, self._hessian(found) if curved else None)

    def field(
        self, point: Point, algebra: Callable[[arb], Balls] = Balls
    ) -> tuple[list[arb], Matrix]:
        """The gradient and the Hessian at balls. Raises Singular, Vague."""
        with precision(ctx.prec, 3):
            place = Place(lambda: self.start.place(point))
            question = Question(self.program, place, algebra=algebra)
            _, gradient, hessian = self._numbers(question, curved=True)
        return gradient, hessian

    def _seconds(self) -> list[Seeds]:
        seeds = sorted(self.start.seeds)
        return [(a, b) for n, a in enumerate(seeds) for b in seeds[n:]]

    def _hessian(self, found: Mapping[Seeds, Verdict]) -> Matrix | None:
        seeds = self.start.seeds
        rows: Matrix = []
        for a in seeds:
            row = [found[min((a, b), (b, a))] for b in seeds]
            balls = [v.ball for v in row if v.ball is not None and v.status == "exact"]
            if len(balls) < len(row):
                return None
            rows.append(balls)
        return rows


def is_small(program: Program, start: Start) -> bool:
    """Whether the objective is sooner calculated in balls than by torch."""
    count = len(start.seeds)
    return is_known(program) and count <= FEW and count * len(program.steps) <= SHORT


def is_finite(local: Local) -> bool:
    """Whether value and gradient are within float64."""
    return isfinite(local.height) and all(map(isfinite, local.slopes))
