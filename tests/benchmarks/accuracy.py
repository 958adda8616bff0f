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
from dataclasses import dataclass
from math import inf, isfinite, nan
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
from mpmath import mp, mpf  # noqa: E402

from autodiffcli import evaluator, pointwise  # noqa: E402
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
from tests.judge import SMALLEST, ULP, Point, Reference, kernel  # noqa: E402
from tests.ops.test_ops import HARD  # noqa: E402

ORDER = 4
METHODS = ("autograd", "taylor", "balls")
AWAY = 1e-3  # of S, from which on a number is not next to a zero
WRONG, WRONG_BALLS = 1e-13, 1e-15  # relative errors from which on they are findings
DIGITS = (25, 35, 60, 120, 180)  # of the steps of the differences; two must agree

# Both signs of each, alternately for the small and large ones; the ends of the domain come on top.
SMALL = (1.3e-100, 1.1e-30, 1.7e-18, 1.1e-12, 2.3e-8, 1.9e-5, 1.3e-3, 0.021)
ORDINARY = (0.11, 0.23, 0.37, 0.61, 0.77, 1.1, 1.3, 1.7, 2.3, 3.1, 4.4, 5.9, 7.7, 10.3, 14.9)
LARGE = (19.7, 26.4, 38.2, 71.3, 120.7, 346.1, 703.1, 1234.6, 1.3e4, 1.7e6, 1e8 + 0.3)
HUGE = (1.9e15, 1e30, 1e100)
GAPS = (1e-15, 1e-12, 1e-8, 1e-5, 1e-3, 0.04)  # to the ends of a domain
PAIRS = 50  # points of a function of several operands
# The largest number; beyond, mpmath takes seconds or fails, or there is nothing to see.
LARGEST: dict[str, float] = {}
# Every so many points only, where the truth takes mpmath tenths of a second a point.
THINNED: dict[str, int] = {}
# What whole-number and other parameters without a derivative are tried at.
PARAMETERS: dict[str, tuple[Point, ...]] = {
    "nthroot": ((3.0,), (4.0,)),
    "polygamma": ((1.0,), (2.0,), (5.0,)),
    **dict.fromkeys(("rising_factorial", "falling_factorial"), ((2.0,), (5.0,))),
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
# Not smooth at whole numbers, at 0 or at other points of the grid.
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

    def __str__(self) -> str:
        names = self.case.op.parameters
        fixed = self.case.op.fixed
        at = ", ".join(
            f"{v} = {x!r}" for n, (v, x) in enumerate(zip(names, self.point, strict=True))
            if n not in fixed
        )
        by = f" by {self.case.wrt}" if len(names) - len(fixed) > 1 else ""
        return (
            f"{self.case.text}{by}, order {self.order} at {at}: {self.got!r} for "
            f"{mp.nstr(self.truth, 17)}, relative {self.relative:.1e}, {self.units:.2g} units"
            + (f", {self.flagged}" if self.flagged else "")
        )


# -- the grid


def functions() -> Iterator[Op]:
    """The functions of numbers, in the order of the table."""
    for name, family in FAMILIES.items():
        for op in family:
            known = bool(op.mpmath) and op.name not in ("where", "piecewise")
            if known and not (op.hidden or op.truth or op.mixes) and name != "tensor":
                yield op


def axis(op: Op, place: int) -> list[float]:
    """Numbers all over the domain of an operand, shifted so that no two operands share one."""
    interval = op.domain[place] if op.domain else REALS
    shift = 1 + place / 16
    found = [shift * size * sign for size, sign in _signed(interval)]
    for end, inward in ((interval.low, 1), (interval.high, -1)):
        if isfinite(end) and end:
            found += [end + inward * gap * abs(end) for gap in GAPS]
    largest = LARGEST.get(op.name, inf)
    inside = {x for x in found if interval.low < x < interval.high and abs(x) <= largest}
    return sorted(inside)


def _signed(interval: Interval) -> Iterator[tuple[float, int]]:
    both = interval.low < 0 < interval.high
    for n, size in enumerate((*SMALL, *LARGE, *HUGE)):
        yield from ((size, sign) for sign in ((-1) ** n,) if both)
        yield from ((size, sign) for sign in (1, -1) if not both)
    for size in ORDINARY:
        yield from ((size, 1), (size, -1))
    if both:
        yield 0.0, 1


def cases(op: Op) -> list[Case]:
    """What is measured of one function."""
    moving = [place for place in range(len(op.parameters)) if place not in op.fixed]
    if len(moving) > 1:
        return [Case(op, usage(op), place, _sampled(op)) for place in moving]
    (place,), found = moving, dict[Point, list[Point]]()
    parameters = PARAMETERS.get(op.name, ORDERS) if op.fixed else ((),)
    points = axis(op, place)[:: THINNED.get(op.name, 1)]
    for own in parameters:
        found[own] = [_joined(op, own, x) for x in points]
    for hard in HARD.get(op.name, []):
        point = hard if isinstance(hard, tuple) else (hard,)
        own = tuple(point[n] for n in op.fixed)
        found.setdefault(own, []).append(point)
    return [Case(op, _text(op, own), place, tuple(own_points)) for own, own_points in found.items()]


def _sampled(op: Op) -> tuple[Point, ...]:
    chance = random.Random(op.name)
    axes = [axis(op, place) for place in range(len(op.parameters))]
    points = [tuple(chance.choice(numbers) for numbers in axes) for _ in range(PAIRS)]
    points += [point for point in HARD.get(op.name, []) if isinstance(point, tuple)]
    return tuple(dict.fromkeys(points))


def _joined(op: Op, fixed: Point, x: float) -> Point:
    waiting = iter(fixed)
    return tuple(next(waiting) if n in op.fixed else x for n in range(len(op.parameters)))


def _text(op: Op, fixed: Point) -> str:
    if not op.fixed:
        return usage(op).replace(", ...", "")
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
        verdicts = pointwise.judged_at(program, {v: named[v] for v in program.inputs}, plan)
        for n, partial in enumerate(((), *plan.wanted)):
            values[n].append(verdicts[partial].value)
            statuses[n].append(verdicts[partial].status)
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
class Skips:
    """Numbers that are not measured, counted by the reason."""

    reasons: Counter[str]

    def truth(self, reference: Reference, orders: Point) -> tuple[Any, Any] | None:
        """The derivative and S; None where mpmath has none."""
        try:
            whole = tuple(map(int, orders))
            return reference(*whole), reference.sensitivity(*whole)
        except (ValueError, ZeroDivisionError, OverflowError):
            self.reasons["no real number"] += 1
        except (ArithmeticError, mp.NoConvergence):
            self.reasons["mpmath unsettled"] += 1
        return None


def measured(case: Case, skips: Skips) -> dict[str, list[Number]]:
    """Every number of every method beside the truth."""
    program = parse(case.text)
    balls, statuses = by_balls(case, program)
    numbers = {
        "autograd": by_autograd(case, program), "taylor": by_taylor(case, program), "balls": balls
    }
    flagged = {method: flags(case, program, method) for method in METHODS[:2]}
    found: dict[str, list[Number]] = {method: [] for method in METHODS}
    for row, point in enumerate(case.points):
        if statuses[ORDER][row] in NOT_SMOOTH:
            skips.reasons["not smooth"] += 1
            continue
        reference = Reference(kernel(case.op), point, case.op.fixed, DIGITS)
        for order in range(ORDER + 1):
            orders = tuple(order if n == case.place else 0 for n in range(len(point)))
            truth = skips.truth(reference, orders)
            if truth is None:
                continue
            status = statuses[order][row]
            flagged["balls"] = {(row, order): "" if status == "exact" else status}
            for method in METHODS:
                got, flag = numbers[method][order][row], flagged[method].get((row, order), "")
                found[method].append(
                    Number(case, point, order, got, truth[0], *errors(got, *truth, method), flag)
                )
    return found


def errors(got: float, truth: Any, sensitivity: Any, method: str) -> tuple[float, float]:
    """The relative error, NaN next to a zero, and the units. Infinite for a number that is none."""
    if abs(truth) >= mpf(2) ** 1024:
        return (0.0, 0.0) if not isfinite(got) else (inf, inf)
    if not isfinite(got):
        return inf, inf
    error = abs(mpf(got) - truth)
    if error <= SMALLEST:
        return 0.0, 0.0
    away = abs(truth) > AWAY * sensitivity or (method == "balls" and truth)
    units = float(error / (ULP * sensitivity)) if sensitivity else inf
    return float(error / abs(truth)) if away else nan, units


# -- the report


def worst(numbers: Iterable[Number], least: int = 1) -> Number | None:
    """The number with the largest relative error among those that are numbers."""
    known = [
        n for n in numbers if n.order >= least and isfinite(n.got) and n.relative == n.relative
    ]
    return max(known, key=lambda n: n.relative, default=None)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--function", action="append", default=[])
    args = parser.parse_args()
    torch.set_num_threads(1)
    started=time.time()
    for op in functions():
        if args.function and op.name not in args.function: continue
        t=time.time()
        skips=Skips(Counter())
        all_={m:[] for m in METHODS}
        for case in cases(op):
            for m,v in measured(case,skips).items(): all_[m]+=v
        print(f"{op.name}: {time.time()-t:.1f} s, {len(all_['balls'])} numbers, {dict(skips.reasons)}",flush=True)
        for m in METHODS:
            w=worst(all_[m]); u=max((n for n in all_[m] if isfinite(n.got)), key=lambda n:n.units,default=None)
            print('   ',m,w); print('        u',u)
            bad=[n for n in all_[m] if not isfinite(n.got) and abs(n.truth)<mpf(2)**1024]
            if bad: print('        nonfinite',len(bad),'unflagged',sum(not n.flagged for n in bad),bad[0])
    print(time.time()-started)

if __name__ == "__main__":
    main()
