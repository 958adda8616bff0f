"""The uncertainty of a result from those of its inputs, by the law of propagation.

First order: u^2 = sum of c_i c_j u_i u_j r_ij with c_i = df/dx_i (GUM, 5.1.2 and 5.2.2). Second
order, for inputs that are jointly normal with the covariance matrix S:

    E[f] - f  = sum H_ij S_ij / 2
    Var[f]    = u^2 + tr(H S H S) / 2 + sum c_i S_ij T_jkl S_kl

with H and T the second and third derivatives. Without correlations the last line is the
sum of (f_ij^2 / 2 + f_i f_ijj) u_i^2 u_j^2 in the note to GUM 5.1.2.
Source: JCGM 100:2008, Guide to the expression of uncertainty in measurement (GUM); the moments
of normal variables by Isserlis, Biometrika 12 (1918).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement
from typing import Any

from flint import arb

from autodiffcli.certified import Place, Question, Seed, Seeds
from autodiffcli.interpreters.balls import Balls, exactly, precision
from autodiffcli.interpreters.blocks import Block, Misfit
from autodiffcli.program import Program
from autodiffcli.uncertainties.correlations import Correlations, Pair
from autodiffcli.uncertainties.measurements import Measured
from autodiffcli.verdict import Verdict, judged

BITS = 256
MOST = 300  # partial derivatives of the second and third order that are looked at unasked
LITTLE_BIAS = 0.1  # of the uncertainty, by which the value may move before it is told
LITTLE_CHANGE = 0.05  # relative change of the uncertainty, likewise
EXISTS = ("exact", "removable")


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one input adds.

    sensitivity   df/dx; None for an exact input
    contribution  |df/dx| u(x), likewise
    share         of the variance, 0 to 1 without correlations; None where that is 0
    """

    name: str
    value: float
    uncertainty: float
    sensitivity: float | None = None
    contribution: float | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Covariance:
    """What the correlation of two inputs adds: 2 c_i c_j u_i u_j r, as a share of the variance."""

    names: Pair
    correlation: float
    share: float | None


@dataclass(frozen=True, slots=True)
class SecondOrder:
    """What the next terms make of a result.

    bias         by how much the expected value is above f
    uncertainty  None where the terms found so far make the variance negative
    matters      whether they change what is said to first order
    """

    bias: float
    value: float
    uncertainty: float | None
    matters: bool


@dataclass(frozen=True, slots=True)
class Propagated:
    """A result with its standard uncertainty.

    second   None where it was not looked at, or does not exist; `missing` says why
    limit    why the value is a limit, "sin(x)/x is 0/0 there"; "" where it is plain
    """

    value: float
    uncertainty: float
    inputs: tuple[Contribution, ...]
    covariances: tuple[Covariance, ...]
    second: SecondOrder | None
    missing: str = ""
    limit: str = ""


class NoUncertainty(Exception):
    """That the result, or a derivative of it, does not exist.

    by  the input of the derivative; "" for the value
    """

    def __init__(self, by: str, verdict: Verdict) -> None:
        super().__init__(verdict.status)
        self.by = by
        self.verdict = verdict


def propagated(
    program: Program,
    inputs: Mapping[str, Measured],
    correlations: Correlations,
    asked: bool = False,
) -> Propagated:
    """The result and its uncertainty at one point. Raises NoUncertainty, Misfit.

    asked  look at the second order however many derivatives that takes
    """
    question = Question(
        program, Place(lambda: {name: one.value.ball() for name, one in inputs.items()}), _number
    )
    names = [name for name, one in inputs.items() if not one.is_exact]
    found = judged(question, [(Seed(name),) for name in names])
    value = _there(found[()], "")
    slopes = {name: _there(found[(Seed(name),)], name) for name in names}
    with precision(BITS, 1):
        u = {name: inputs[name].uncertainty.ball() for name in names}
        matrix = _Matrix(u, correlations)
        steps = {name: slopes[name] * u[name] for name in names}
        variance = _sum(steps[a] * steps[b] * matrix.r(a, b) for a in names for b in names)
        uncertainty = _root(variance)
        parts = tuple(_contribution(n, one, slopes, steps, variance) for n, one in inputs.items())
        pairs = tuple(_covariance(pair, r, steps, variance) for pair, r in correlations.items())
    second, missing = _second(question, names, matrix, (value, variance, slopes), asked)
    limit = found[()].reason if found[()].status == "removable" else ""
    return Propagated(
        float(value.mid()) + 0.0, float(uncertainty.mid()), parts, pairs, second, missing, limit
    )


def _number(algebra: Balls, found: Any) -> Any:
    """The result, which must be one number. Raises Misfit."""
    if isinstance(found, Block):
        raise Misfit("a result is one number, and this is a tensor")
    return found


def _there(verdict: Verdict, by: str) -> arb:
    if verdict.status not in EXISTS or verdict.ball is None:
        raise NoUncertainty(by, verdict)
    return verdict.ball


def _sum(terms: Any) -> arb:
    return sum(terms, arb(0))


def _root(variance: arb) -> arb:
    """The square root; 0 for what is 0 but for the rounding of correlations."""
    return arb(0) if variance.contains(0) else variance.sqrt()


class _Matrix:
    """The covariances of the inputs."""

    def __init__(self, u: Mapping[str, arb], correlations: Correlations) -> None:
        self.u = u
        self.known = {frozenset(pair): r for pair, r in correlations.items()}

    def r(self, a: str, b: str) -> arb:
        """The correlation coefficient."""
        return arb(1) if a == b else exactly(self.known.get(frozenset((a, b)), Fraction(0)))

    def related(self, a: str, b: str) -> bool:
        """Whether there is a covariance."""
        return a == b or bool(self.known.get(frozenset((a, b))))

    def s(self, a: str, b: str) -> arb:
        """The covariance."""
        return self.u[a] * self.u[b] * self.r(a, b)


def _share(part: arb, variance: arb) -> float | None:
    return None if variance.contains(0) else float((part / variance).mid()) + 0.0


def _contribution(
    name: str,
    one: Measured,
    slopes: Mapping[str, arb],
    steps: Mapping[str, arb],
    variance: arb,
) -> Contribution:
    value, u = (float(number.ball().mid()) for number in (one.value, one.uncertainty))
    if name not in slopes:
        return Contribution(name, value, 0.0)
    return Contribution(
        name,
        value,
        u,
        float(slopes[name].mid()) + 0.0,
        float(abs(steps[name]).mid()),
        _share(steps[name] ** 2, variance),
    )


def _covariance(pair: Pair, r: Fraction, steps: Mapping[str, arb], variance: arb) -> Covariance:
    if not set(pair) <= steps.keys():
        return Covariance(pair, float(r), 0.0)
    part = 2 * steps[pair[0]] * steps[pair[1]] * exactly(r)
    return Covariance(pair, float(r), _share(part, variance))


# -- second order


def _second(
    question: Question,
    names: Sequence[str],
    matrix: _Matrix,
    first: tuple[arb, arb, Mapping[str, arb]],
    asked: bool,
) -> tuple[SecondOrder | None, str]:
    """The second-order terms, or why there are none."""
    twos, threes = _wanted(names, matrix)
    wanted = [_seeds(partial) for partial in (*twos, *threes)]
    if len(wanted) > MOST and not asked:
        return None, f"they take {len(wanted):,} derivatives; --second-order has them"
    found = judged(question, wanted) if wanted else {}
    for seeds in wanted:
        if found[seeds].status not in EXISTS or found[seeds].ball is None:
            by = ", ".join(seed.name for seed in seeds)
            reason = found[seeds].reason
            return None, f"a derivative by {by} is missing: {found[seeds].status}; {reason}"
    balls = {seeds: found[seeds].ball or arb(0) for seeds in wanted}
    with precision(BITS, 1):
        return _terms(names, matrix, first, balls), ""


def _wanted(names: Sequence[str], matrix: _Matrix) -> tuple[list[Pair], list[tuple[str, ...]]]:
    """The second derivatives, and the third ones with two inputs that have a covariance."""
    pairs = list(combinations_with_replacement(names, 2))
    triples = {
        tuple(sorted((name, *pair))) for name in names for pair in pairs if matrix.related(*pair)
    }
    return pairs, sorted(triples)


def _seeds(names: Sequence[str]) -> Seeds:
    return tuple(sorted(Seed(name) for name in names))


def _terms(
    names: Sequence[str],
    matrix: _Matrix,
    first: tuple[arb, arb, Mapping[str, arb]],
    balls: Mapping[Seeds, arb],
) -> SecondOrder:
    value, variance, slopes = first

    def h(*by: str) -> arb:
        return balls[_seeds(by)]

    related = [(a, b) for a in names for b in names if matrix.related(a, b)]
    bias = _sum(h(a, b) * matrix.s(a, b) for a, b in related) / 2
    # H S, then tr(H S H S)
    hs = {
        (a, c): _sum(h(a, b) * matrix.s(b, c) for b in names if matrix.related(b, c))
        for a in names
        for c in names
    }
    square = _sum(hs[a, b] * hs[b, a] for a in names for b in names) / 2
    cubic = _sum(
        slopes[i] * matrix.s(i, j) * h(j, k, m) * matrix.s(k, m)
        for i, j in related
        for k, m in related
    )
    total = variance + square + cubic
    before = float(_root(variance).mid())
    after = None if total < 0 else float(_root(total).mid())
    moved = float(bias.mid()) + 0.0
    matters = (
        after is None
        or abs(after - before) > LITTLE_CHANGE * before
        or abs(moved) > LITTLE_BIAS * before
    )
    return SecondOrder(moved, float((value + bias).mid()) + 0.0, after, matters)
