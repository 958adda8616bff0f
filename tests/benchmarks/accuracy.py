"""How accurate every function is, value and orders 1 to 4, by three methods of adiff.

    python tests/benchmarks/accuracy.py [--function NAME ...] [--worst N] [--markdown]

Methods: `autograd` and `taylor` are the numbers of the two torch engines before anything is
judged; `balls` is what is printed for few points. The truth is mpmath's own function by
differences of hundreds of digits (`tests.judge.Reference`), which share no rule with adiff.

With S = |f^(n)| + |x f^(n+1)|, summed over the operands, an error has two measures:

relative  error / |f^(n)|, where |f^(n)| > S/1000: away from zeros of the derivative and from the
          places where one ulp of x moves it by more than 1000 of its own; for balls everywhere
units     error / (2^-52 S), everywhere: about 1 is what the rounding of x does by itself

`flagged` says that adiff, asked for so many points that none is settled by balls, marks the number
(`unstable` by noise, `undecided`, ...) where it prints it; what is not flagged and wrong is a
finding. The list of findings follows the table.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf, isfinite, log10, nan
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
from mpmath import mp, mpf  # noqa: E402

from autodiffcli import evaluator, one_point, pointwise  # noqa: E402
from autodiffcli.arrays import Array  # noqa: E402
from autodiffcli.derive import derivatives, forward, leaves_of  # noqa: E402
from autodiffcli.evaluator import evaluate_plan  # noqa: E402
from autodiffcli.interpreters.tensors import from_tensor  # noqa: E402
from autodiffcli.ops import FAMILIES  # noqa: E402
from autodiffcli.ops.op import REALS, Interval, Op  # noqa: E402
from autodiffcli.parser import parse  # noqa: E402
from autodiffcli.plan import Partial, Plan  # noqa: E402
from autodiffcli.program import Program  # noqa: E402
from autodiffcli.taylor import sweep  # noqa: E402
from autodiffcli.verbs.functions import usage  # noqa: E402
from tests.judge import SMALLEST, ULP, Point, Reference, kernel, real  # noqa: E402
from tests.ops.test_ops import HARD  # noqa: E402

ORDER = 4
METHODS = ("autograd", "taylor", "balls")
AWAY = 1e-3  # of S, from which on a number is not next to a zero
WRONG, WRONG_BALLS, MANY_UNITS = 1e-13, 1e-15, 100.0  # from which on errors are findings
DIGITS = (25, 35, 60, 120, 180)  # of the steps of the differences; two must agree
GUARD = 40  # digits more than the judge asks, at ordinary sizes: a reference may lose some
NOTHING = 1e-20  # a relative error below is that of the truth

# Both signs of each, alternately for the small and large ones; the ends of the domain come on top.
SMALL = (1.3e-100, 1.1e-30, 1.7e-18, 1.1e-12, 2.3e-8, 1.9e-5, 1.3e-3, 0.021)
ORDINARY = (0.11, 0.23, 0.37, 0.61, 0.77, 1.1, 1.3, 1.7, 2.3, 3.1, 4.4, 5.9, 7.7, 10.3, 14.9)
LARGE = (19.7, 26.4, 38.2, 71.3, 120.7, 346.1, 703.1, 1234.6, 1.3e4, 1.7e6, 1e8 + 0.3)
HUGE = (1.9e15, 1e30, 1e100)
GAPS = (1e-15, 1e-12, 1e-8, 1e-5, 1e-3, 0.04)  # to the ends of a domain
PAIRS, DRAWN = 50, 400  # points of a function of several operands, of so many at most
# Singular places inside a domain, or ends that the record does not tell.
PLACES = {
    **dict.fromkeys(("asec", "acsc", "acoth"), (1.0, -1.0)),
    **dict.fromkeys(("gamma", "lgamma", "digamma", "trigamma"), (-1.0, -2.0)),
    **dict.fromkeys(("tan", "sec"), (1.5707963267948966,)),
    **dict.fromkeys(("tanpi", "logit"), (0.5,)),
    **dict.fromkeys(("li", "zeta", "asinh", "atan", "log"), (1.0,)),
}
# The least and the largest size besides 0; beyond, mpmath takes seconds or fails.
SIZES: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("pow", "power"), (1e-31, 800.0)),
    "exp10": (0, 400.0),
    "mod": (1e-31, 1e9),
    **dict.fromkeys(("floor", "ceil", "round", "trunc", "frac"), (0, 1e9)),
    **dict.fromkeys(("erf", "erfc", "ndtr"), (0, 39.0)),
    **dict.fromkeys(("gelu", "gelu_tanh", "erfi"), (0, 39.0)),
    **dict.fromkeys(("erfcinv", "ndtri"), (1e-31, 2.0)),
    **dict.fromkeys(("gamma", "factorial", "factorial2"), (1e-31, 171.0)),
    **dict.fromkeys(("rgamma", "digamma"), (0, 1e9)),
    **dict.fromkeys(("trigamma", "polygamma"), (1e-31, 800.0)),
    **dict.fromkeys(("rising_factorial", "falling_factorial"), (1e-19, 1e9)),
    **dict.fromkeys(("beta", "binomial"), (1e-13, 130.0)),
    "lbeta": (1e-31, 1e9),
    **dict.fromkeys(("gammainc", "gammaincc"), (1e-19, 130.0)),
    "zeta": (1e-9, 40.0),
    "zeta_hurwitz": (1e-31, 1e9),
    "polylog": (1e-31, 1e9),
    "ellipe": (0, 1e31),
    **dict.fromkeys(("ei", "e1"), (0, 350.0)),
    "expint": (1e-6, 130.0),
    "li": (0, 1e31),
    **dict.fromkeys(("fresnels", "fresnelc"), (0, 1e5)),
    **dict.fromkeys(("bessely", "y0", "y1", "besselk", "k0", "k1"), (1e-31, 45.0)),
    **dict.fromkeys(("kve", "k0e", "k1e"), (1e-31, 45.0)),
    **dict.fromkeys(("spherical_jn", "spherical_yn", "spherical_bessel_j0"), (1e-31, 1e5)),
    **dict.fromkeys(("airyai", "airybi", "airyaiprime", "airybiprime"), (1e-19, 45.0)),
}
# One point of so many, where the truth takes mpmath tenths of a second for each.
THINNED = {
    "zeta": 3,
    **dict.fromkeys(("bessely", "besselk", "kve", "expint"), 3),
    **dict.fromkeys(("zeta_hurwitz", "polylog", "polygamma", "gammaincc"), 2),
}
# What parameters without a derivative are tried at.
PARAMETERS: dict[str, tuple[Point, ...]] = {
    "nthroot": ((3.0,), (4.0,)),
    "polygamma": ((1.0,), (2.0,), (5.0,)),
    **dict.fromkeys(("rising_factorial", "falling_factorial"), ((5.0,), (8.0,))),
    **dict.fromkeys(("gammainc", "gammaincc"), ((0.5,), (1.0,), (7.5,))),
    "betainc": ((0.5, 0.5), (2.0, 3.5)),
    "zeta_hurwitz": ((2.0,), (3.5,)),
    "polylog": ((2.0,), (3.0,), (-1.0,)),
    "lambertw_branch": ((-1.0,),),
    "expint": ((1.0,), (2.0,), (5.0,)),
    **dict.fromkeys(("assoc_laguerre", "gegenbauer"), ((3.0, 0.5), (6.0, 2.0))),
    "jacobi": ((3.0, 0.5, 1.0), (6.0, 2.0, 0.0)),
}
ORDERS: tuple[Point, ...] = ((0.0,), (2.0,), (5.0,))  # of Bessel functions and polynomials
# What adiff finds at points of the grid where there is nothing to compare.
NOT_SMOOTH = ("pole", "outside", "infinite", "kink", "jump", "endpoint")


@dataclass(frozen=True, slots=True)
class Case:
    """A function, some parameters fixed, by one of its operands.

    text    the expression, "besselj(2, x)"
    place   position of the operand that it is differentiated by
    points  every operand of every point, fixed ones included
    """

    op: Op
    text: str
    place: int
    points: tuple[Point, ...]

    @property
    def wrt(self) -> str:
        """The variable differentiated by."""
        return self.op.parameters[self.place]


@dataclass(frozen=True, slots=True)
class Number:
    """One number of one method beside the truth.

    relative  error over truth; NaN next to a zero of the truth
    units     error in units of what one ulp of the operands does
    flagged   the status adiff prints beside it, among many points; "" for none
    """

    case: Case
    point: Point
    order: int
    got: float
    truth: Any
    relative: float
    units: float
    flagged: str

    @property
    def place(self) -> str:
        """Where it is, `besselj(2, x), order 3 at x = 1.3`."""
        op, own = self.case.op, self.case.wrt
        moving = [n for n in range(len(self.point)) if n not in op.fixed]
        by = f" by {own}" if len(moving) > 1 else ""
        at = ", ".join(f"{op.parameters[n]} = {self.point[n]!r}" for n in moving)
        return f"`{self.case.text}`{by}, order {self.order} at {at}"

    def __str__(self) -> str:
        flag = f", {self.flagged}" if self.flagged else ""
        return (
            f"{self.place}: {self.got!r} for {mp.nstr(self.truth, 17)}, "
            f"relative {self.relative:.1e}, {self.units:.2g} units{flag}"
        )


# -- the grid


def functions() -> Iterator[Op]:
    """The functions of numbers, in the order of the table."""
    for family in FAMILIES.values():
        for op in family:
            known = bool(op.mpmath) and op.name not in ("where", "piecewise")
            if known and not (op.hidden or op.truth or op.mixes):
                yield op


def axis(op: Op, place: int) -> list[float]:
    """Numbers all over the domain of an operand, shifted so that no two operands share one."""
    interval = op.domain[place] if op.domain else REALS
    shift = 1 + place / 16
    found = [shift * size for size in _signed(interval)]
    for end, inward in ((interval.low, 1), (interval.high, -1)):
        if isfinite(end) and end:
            found += [end + inward * gap * abs(end) for gap in GAPS]
    for end in PLACES.get(op.name, ()):
        found += [end + sign * gap for gap in GAPS[2:] for sign in (1, -1)]
    least, largest = SIZES.get(op.name, (0, inf))
    inside = {x for x in found if interval.low < x < interval.high}
    return sorted(x for x in inside if least <= abs(x) <= largest or x == 0)


def _signed(interval: Interval) -> Iterator[float]:
    both = interval.low < 0 < interval.high
    for n, size in enumerate((*SMALL, *LARGE, *HUGE)):
        if both:
            yield (-1) ** n * size
        else:
            yield from (size, -size)
    for size in ORDINARY:
        yield from (size, -size)
    if both:
        yield 0.0  # of a function of one operand alone: the judge's steps there are wide


def cases(op: Op) -> list[Case]:
    """What is measured of one function."""
    moving = [place for place in range(len(op.parameters)) if place not in op.fixed]
    hard = [p if isinstance(p, tuple) else (p,) for p in HARD.get(op.name, [])]
    if len(moving) > 1:
        points = tuple(dict.fromkeys((*_drawn(op), *hard)))
        return [Case(op, _text(op, ()), place, points) for place in moving]
    found: dict[Point, list[Point]] = {}
    line = axis(op, moving[0])[:: THINNED.get(op.name, 1)]
    for own in PARAMETERS.get(op.name, ORDERS) if op.fixed else ((),):
        found[own] = [point for x in line if _is_real(op, point := _joined(op, own, x))]
    for point in hard:
        found.setdefault(tuple(point[n] for n in op.fixed), []).append(point)
    return [Case(op, _text(op, own), moving[0], tuple(p)) for own, p in found.items() if p]


def _drawn(op: Op) -> list[Point]:
    """Points of several operands by chance, always the same ones."""
    chance, found = random.Random(op.name), list[Point]()
    axes = [[x for x in axis(op, place) if x] for place in range(len(op.parameters))]
    for _ in range(DRAWN):
        point = tuple(chance.choice(numbers) for numbers in axes)
        if len(found) < PAIRS and _is_real(op, point):
            found.append(point)
    return found


def _is_real(op: Op, point: Point) -> bool:
    """Whether there is a value, and a double can hold it."""
    try:
        return bool(abs(real(kernel(op)(*map(mpf, point)))) < mpf(2) ** 1024)
    except (ValueError, ArithmeticError, mp.NoConvergence):
        return False


def _joined(op: Op, fixed: Point, x: float) -> Point:
    waiting = iter(fixed)
    return tuple(next(waiting) if n in op.fixed else x for n in range(len(op.parameters)))


def _text(op: Op, fixed: Point) -> str:
    """The expression, fixed operands written as numbers."""
    if not op.fixed and not op.variadic:
        return usage(op)
    waiting = iter(fixed)
    operands = [
        f"{next(waiting):g}" if n in op.fixed else name for n, name in enumerate(op.parameters)
    ]
    return f"{op.name}({', '.join(operands)})"


# -- the methods: per order the numbers at the points


def _plan(case: Case) -> Plan:
    return Plan(tuple((case.wrt,) * n for n in range(1, ORDER + 1)), (case.wrt,), "sum", "float64")


def _inputs(case: Case, program: Program) -> dict[str, torch.Tensor]:
    columns = dict(zip(case.op.parameters, zip(*case.points, strict=True), strict=True))
    return {name: torch.tensor(columns[name], dtype=torch.float64) for name in program.inputs}


def by_autograd(case: Case, program: Program) -> list[list[float]]:
    plan = _plan(case)
    leaves = leaves_of(_inputs(case, program), plan.wrt)
    y = forward(program, leaves, plan.dtype).output.broadcast_to((len(case.points),))
    return _listed(y.detach(), derivatives(y.sum(), leaves, plan), plan)


def by_taylor(case: Case, program: Program) -> list[list[float]]:
    plan = _plan(case)
    y, found = sweep(program, _inputs(case, program), plan)
    return _listed(y.broadcast_to((len(case.points),)), found, plan)


def _listed(
    y: torch.Tensor, found: Mapping[Partial, torch.Tensor], plan: Plan
) -> list[list[float]]:
    return [y.tolist(), *(found[partial].tolist() for partial in plan.wanted)]


def by_balls(case: Case, program: Program) -> tuple[list[list[float]], list[list[str]]]:
    """The numbers, and the statuses beside them."""
    plan = _plan(case)
    values: list[list[float]] = [[] for _ in range(ORDER + 1)]
    statuses: list[list[str]] = [[] for _ in range(ORDER + 1)]
    for point in case.points:
        named = dict(zip(case.op.parameters, point, strict=True))
        verdicts = one_point.judged_at(program, {v: named[v] for v in program.inputs}, plan)
        for n, wanted in enumerate(((), *plan.wanted)):
            values[n].append(verdicts[wanted].value)
            statuses[n].append(verdicts[wanted].status)
    return values, statuses


def flags(case: Case, program: Program, method: str) -> dict[tuple[int, int], str]:
    """What is flagged among many points, by row and order; none is settled by balls."""
    inputs = {name: from_tensor(column) for name, column in _inputs(case, program).items()}
    points = {name: Array((len(case.points),), column.real) for name, column in inputs.items()}
    before = pointwise.WORK, evaluator.SETTLED
    pointwise.WORK = evaluator.SETTLED = 0
    try:
        found = evaluate_plan(program, points, _plan(case), method)
    finally:
        pointwise.WORK, evaluator.SETTLED = before
    return {(flag.index[0], len(flag.wrt)): flag.status for flag in found.flags}


# -- the truth


@dataclass
class Truth:
    """mpmath's derivatives of one function, and how many there are not, by the reason."""

    op: Op
    known: dict[Point, Reference] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)

    def __call__(self, point: Point, orders: tuple[int, ...]) -> tuple[Any, Any] | None:
        """The derivative and S; None where mpmath has none."""
        if point not in self.known:
            lost = sum(abs(int(log10(abs(x)))) for x in point if x)
            guarded = partial(self._guarded, GUARD + 3 * lost)
            self.known[point] = Reference(guarded, point, self.op.fixed, DIGITS)
        reference = self.known[point]
        try:
            return reference(*orders), reference.sensitivity(*orders)
        except (ValueError, ZeroDivisionError, OverflowError):
            self.skipped["not real"] += 1
        except (ArithmeticError, mp.NoConvergence):
            self.skipped["unsettled"] += 1
        return None

    def _guarded(self, more: int, *operands: Any) -> Any:
        with mp.workdps(mp.dps + more):
            return kernel(self.op)(*operands)


def measured(case: Case, truth: Truth) -> Iterator[tuple[str, Number]]:
    """Every number of every method beside the truth."""
    program = parse(case.text)
    balls, statuses = by_balls(case, program)
    torches = (by_autograd(case, program), by_taylor(case, program))
    numbers = dict(zip(METHODS, (*torches, balls), strict=True))
    flagged = {method: flags(case, program, method) for method in METHODS[:2]}
    flagged["balls"] = {
        (row, order): status
        for order, column in enumerate(statuses)
        for row, status in enumerate(column)
        if status != "exact"
    }
    for row, point in enumerate(case.points):
        if statuses[ORDER][row] in NOT_SMOOTH:
            truth.skipped["not smooth"] += ORDER + 1
            continue
        for order in range(ORDER + 1):
            orders = tuple(order if n == case.place else 0 for n in range(len(point)))
            found = truth(point, orders)
            if found is None:
                continue
            for method in METHODS:
                got = numbers[method][order][row]
                marked = flagged[method].get((row, order), "")
                apart = errors(got, *found, method == "balls")
                yield method, Number(case, point, order, got, found[0], *apart, marked)


def errors(got: float, truth: Any, sensitivity: Any, everywhere: bool) -> tuple[float, float]:
    """The relative error, NaN next to a zero, and the units; infinite for what is no number."""
    if abs(truth) >= mpf(2) ** 1024:
        return (inf, inf) if isfinite(got) else (0.0, 0.0)
    if not isfinite(got):
        return inf, inf
    error = abs(mpf(got) - truth)
    if error <= SMALLEST:
        return 0.0, 0.0
    units = float(error / (ULP * sensitivity)) if sensitivity else inf
    if truth and (everywhere or abs(truth) > AWAY * sensitivity):
        return float(error / abs(truth)), units
    return nan, units


# -- the report


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one function: the numbers of each method."""

    op: Op
    numbers: Mapping[str, Sequence[Number]]
    skipped: Mapping[str, int]

    def worst(self, method: str, flagged: bool = True) -> Number | None:
        """The number of order 1 or more that is farthest off, relatively, if there are any."""
        known = (
            n
            for n in self.numbers[method]
            if n.order and isfinite(n.got) and n.relative >= 0 and (flagged or not n.flagged)
        )
        return max(known, key=lambda n: n.relative, default=None)

    def hidden(self, method: str) -> bool:
        """Whether numbers that are flagged are farther off than those that are not."""
        return self.worst(method) != self.worst(method, flagged=False)

    def findings(self, method: str) -> list[Number]:
        """What is wrong and not flagged; of balls also what is not answered."""
        limit = WRONG_BALLS if method == "balls" else WRONG
        return [
            n
            for n in self.numbers[method]
            if (not n.flagged or (method == "balls" and n.flagged != "overflow"))
            and (n.flagged or n.relative > limit or n.units > MANY_UNITS)
        ]


def row_of(op: Op) -> Row:
    """One function, measured."""
    truth = Truth(op)
    numbers: dict[str, list[Number]] = {method: [] for method in METHODS}
    for case in cases(op):
        for method, number in measured(case, truth):
            numbers[method].append(number)
    return Row(op, numbers, truth.skipped)


def rows(chosen: Sequence[str]) -> Iterator[Row]:
    """The functions that were chosen, all if none, with progress to stderr."""
    for op in functions():
        if not chosen or op.name in chosen:
            started = time.perf_counter()
            row = row_of(op)
            took, skipped = time.perf_counter() - started, dict(row.skipped)
            text = f"{op.name}: {len(row.numbers['balls'])} numbers, {took:.1f} s {skipped or ''}"
            print(text, file=sys.stderr, flush=True)
            yield row


def size(number: Number | None) -> str:
    """A relative error as a table has it."""
    if number is None:
        return "-"
    if number.relative < NOTHING:
        return "0"
    return f"{number.relative:.0e}".replace("e-0", "e-").replace("e+00", "")


def markdown(found: Iterable[Row]) -> Iterator[str]:
    """The table of the README: the worst error of what is not flagged."""
    yield "| function | autograd | taylor | few points |"
    yield "|---|---|---|---|"
    for row in found:
        cells = [
            size(row.worst(method, flagged=False)) + (" *" if row.hidden(method) else "")
            for method in METHODS
        ]
        yield f"| `{usage(row.op)}` | {' | '.join(cells)} |"


def located(found: Iterable[Row]) -> Iterator[str]:
    """The table with places: the worst error, flagged or not, with the order and the point."""
    yield f"| function | {' | '.join(METHODS)} |"
    yield "|---|---|---|---|"
    for row in found:
        yield f"| `{usage(row.op)}` | {' | '.join(_cell(row.worst(m)) for m in METHODS)} |"


def _cell(number: Number | None) -> str:
    if number is None or number.relative < NOTHING:
        return size(number)
    place = number.place.removeprefix(f"`{usage(number.case.op)}`").lstrip(", ")
    flag = f" {number.flagged}" if number.flagged else ""
    return f"{size(number)}, {number.units:.1g} u ({place}){flag}"


def report(found: Sequence[Row], count: int) -> Iterator[str]:
    """The table, the worst numbers of each method, the findings and what was skipped."""
    yield from located(found)
    for method in METHODS:
        listed = [number for row in found if (number := row.worst(method))]
        listed.sort(key=lambda number: -number.relative)
        yield f"\nThe worst of {method}:\n"
        yield from (f"- {number}" for number in listed[:count])
    for method in METHODS:
        wrong = [number for row in found for number in row.findings(method)]
        marked = [number for row in found for number in row.numbers[method] if number.flagged]
        bad = sum(number.relative > WRONG for number in marked)
        yield f"\n{method}: {len(wrong)} findings; {len(marked)} flagged, {bad} of them wrong\n"
        yield from (f"- {number}" for number in wrong)
    total = sum(len(row.numbers["balls"]) for row in found)
    skipped = sum((Counter(row.skipped) for row in found), Counter())
    yield f"\n{total} numbers a method; left out: {dict(skipped)}"
    for row in found:
        if row.skipped:
            yield f"- `{usage(row.op)}`: {dict(row.skipped)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--function", action="append", default=[], metavar="NAME")
    parser.add_argument("--worst", type=int, default=15, metavar="N", help="length of the lists")
    parser.add_argument("--markdown", action="store_true", help="the table of the README alone")
    options = parser.parse_args()
    torch.set_num_threads(1)
    found = list(rows(options.function))
    for line in markdown(found) if options.markdown else report(found, options.worst):
        print(line)


if __name__ == "__main__":
    main()
