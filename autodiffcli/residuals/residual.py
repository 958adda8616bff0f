"""How far equations are from holding: left - right over points, the worst place first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from math import fsum, inf, isfinite, nan, sqrt

from flint import arb

from autodiffcli import one_point, pointwise
from autodiffcli.arrays import Array, picked, unravel
from autodiffcli.diagnostics import wrong
from autodiffcli.interpreters.balls import Balls, Broken, Singular, Vague, precision, start
from autodiffcli.interpreters.blocks import Along
from autodiffcli.outcome import Outcome
from autodiffcli.plan import Plan, is_elementwise
from autodiffcli.points import Points, paired, product
from autodiffcli.program import Program, Step, run
from autodiffcli.residuals.problem import Equation
from autodiffcli.result import Flag

LOOKS = (20, 300)  # points calculated once more after torch, the largest first, at least and most
LOOKED = 60_000  # steps in all between these limits: a step takes ball arithmetic 20 to 50 us
HALF_ULP = {"float64": 2.0**-53, "float32": 2.0**-24, "complex128": 2.0**-53}
ROUNDING = 8 * 2.0**-53  # relative to the largest term; a residual below that may be noise
_BITS = 64
_SEED = 1993  # of the noise: the same points give the same answer
_SUMS = frozenset({"add", "sub", "neg"})

Numbers = Callable[[Program, Points], Points]  # what the inputs of a program are at points


@dataclass(frozen=True, slots=True)
class Residual:
    """left - right of one equation over points.

    points   of the variables, on one shape
    values   NaN where there is none
    flags    by row, what is the matter there
    row      of the worst value; -1 where there is no value at all
    mean     of the absolute values
    rms      root of the mean square
    scale    the largest absolute value of a term of the equation, at any point
    missing  how many points have no value
    bound    what the worst may be, given how much rounding may have changed every value
    method   certified or autograd
    """

    equation: Equation
    points: Points
    values: Array
    flags: Mapping[int, Flag]
    row: int
    worst: float
    mean: float
    rms: float
    scale: float
    missing: int
    bound: float
    method: str

    @property
    def place(self) -> dict[str, float | complex]:
        """The numbers of the variables at the worst point."""
        if self.row < 0:
            return {}
        return {name: values[self.row] for name, values in self.points.items()}

    @property
    def relative(self) -> float:
        """The worst residual by the largest term; NaN where all are 0."""
        return self.worst / self.scale if self.scale else 0.0 if self.worst == 0 else nan


def points_of(equation: Equation, points: Points, grid: bool) -> Points:
    """The points of one equation: a condition's own numbers with those of the other variables.

    points  as they were given, neither paired nor multiplied out
    """
    others = {name: values for name, values in points.items() if name not in equation.fixed}
    spread = product(others) if grid else paired(others)
    if not equation.fixed:
        return spread
    # Every place of the condition with every point of the other variables.
    flat = {name: replace(values, shape=(len(values),)) for name, values in spread.items()}
    places = paired(equation.fixed)
    count = max(map(len, flat.values()), default=1)
    if any(len(values) == 0 for values in (*flat.values(), *places.values())):
        raise wrong("empty", "there is no point")
    outer = [row for row in range(max(map(len, places.values()))) for _ in range(count)]
    found = {name: picked(values, outer, (len(outer),)) for name, values in places.items()}
    inner = list(range(count)) * (len(outer) // count)
    found.update({name: picked(values, inner, (len(inner),)) for name, values in flat.items()})
    return {name: found[name] for name in (*points, *found) if name in found}


def residual(
    equation: Equation,
    points: Points,
    dtype: str,
    program: Program,
    inputs: Points,
    unsettled: Mapping[int, str] | None = None,
) -> Residual:
    """The residual of an equation.

    points     of the variables, on one shape
    program    of the equation, in which inputs stand for unknowns without a formula
    inputs     numbers of the program's inputs, on the same shape
    unsettled  rows at which a derivative may not exist, and why
    """
    found = evaluated(program, inputs, dtype)
    terms = list(terms_of(program, equation.start))
    scale = _scale(program, terms, inputs, dtype, found.method)
    values, flags = found.value, {_row(f, found.value): f for f in found.flags}
    real = not dtype.startswith("complex")
    noise = [0.0] * len(values)
    if found.method != "certified":
        least = HALF_ULP[dtype] * scale
        noise = [max(own, least) for own in _noise(program, inputs, values, dtype)]
        if dtype == "float64" and one_point.is_known(program):
            _look_again(program, inputs, values, flags, noise, ROUNDING * scale)
    for row, reason in (unsettled or {}).items():
        values.real[row] = nan
        flags[row] = Flag(unravel(row, values.shape), (), "undecided", reason=reason)
    sizes = [abs(value) for value in values] if not real else list(map(abs, values.real))
    known = [size for size in sizes if isfinite(size)]
    limits = (size + own for size, own in zip(sizes, noise, strict=True) if isfinite(size))
    worst = max(known, default=nan)
    row = sizes.index(worst) if known else -1
    return Residual(
        equation=equation,
        points=points,
        values=values,
        flags=flags,
        row=row,
        worst=worst,
        mean=fsum(known) / len(known) if known else nan,
        rms=_rms(known),
        scale=scale,
        missing=len(sizes) - len(known),
        bound=max(limits, default=nan),
        method=found.method,
    )


def evaluated(program: Program, inputs: Points, dtype: str) -> Outcome:
    """The values of a program: a few in ball arithmetic, many by torch."""
    if not is_elementwise(program):
        step = program.steps[program.output]
        raise wrong("mixes", "the equation mixes points", step.span, program.source)
    plan = Plan((), (), "none", dtype)
    known = not dtype.startswith("complex") and one_point.is_known(program)
    if known and pointwise.is_little(program, inputs, plan):
        return pointwise.evaluate(program, inputs, plan)
    from autodiffcli.evaluator import evaluate_plan, set_threads

    set_threads(1)
    return evaluate_plan(program, inputs, plan, absolute=True)


def _row(flag: Flag, values: Array) -> int:
    row = 0
    for size, place in zip(values.shape, flag.index, strict=True):
        row = row * size + place
    return row


def _rms(sizes: Sequence[float]) -> float:
    """The root of the mean square, scaled so that no square leaves the doubles."""
    if not sizes:
        return nan
    most = max(sizes)
    return most * sqrt(fsum((size / most) ** 2 for size in sizes) / len(sizes)) if most else 0.0


def _noise(program: Program, inputs: Points, values: Array, dtype: str) -> list[float]:
    """By how much a disturbance of every rounding changes the values; 0 where there is none.

    Source: J. Vignes, A stochastic arithmetic for reliable scientific computation,
    Mathematics and Computers in Simulation 35 (1993).
    """
    from autodiffcli.interpreters.tensors import to_tensor
    from autodiffcli.taylor import sweep

    tensors = {name: to_tensor(given, dtype).reshape(-1) for name, given in inputs.items()}
    noisy, _ = sweep(program, tensors, Plan((), (), "none", dtype), noise=_SEED)
    apart = (to_tensor(values, dtype).reshape(-1) - noisy).abs().tolist()
    return [size if isfinite(size) else 0.0 for size in apart]


def _look_again(
    program: Program,
    inputs: Points,
    values: Array,
    flags: dict[int, Flag],
    noise: list[float],
    least: float,
) -> None:
    """Put the right numbers in place of the largest ones, until the largest is right.

    What torch says of something that is meant to be 0 may be all rounding. What is below `least`
    with its noise is not looked at.
    """
    sizes = [abs(v) + own for v, own in zip(values.real, noise, strict=True)]
    heap = [(-size, row) for row, size in enumerate(sizes) if least < size < inf]
    heapify(heap)
    plan, seen = Plan((), (), "none", "float64"), set[int]()
    most = min(max(LOOKED // len(program.steps), LOOKS[0]), LOOKS[1])
    while heap and len(seen) < most:
        _, row = heappop(heap)
        if row in seen:
            return
        seen.add(row)
        numbers = {name: given.real[row] for name, given in inputs.items()}
        verdict = one_point.judged_at(program, numbers, plan)[()]
        values.real[row], noise[row] = verdict.value, 0.0
        if verdict.status != "exact":
            index, sides = unravel(row, values.shape), (verdict.left, verdict.right)
            flags[row] = Flag(index, (), verdict.status, *sides, verdict.reason)
        if isfinite(verdict.value):
            heappush(heap, (-abs(verdict.value), row))


# -- the size of the terms


def terms_of(program: Program, start: int) -> Iterator[int]:
    """The summands of a program, as steps of it.

    start  where the equations begin in the source: sums in definitions before are not taken apart
    """
    waiting = [program.output]
    while waiting:
        number = waiting.pop()
        step = program.steps[number]
        if step.op in _SUMS and step.span.start >= start:
            waiting.extend(step.operands)
        else:
            yield number


def _scale(
    program: Program, terms: Sequence[int], inputs: Points, dtype: str, method: str
) -> float:
    """The largest absolute value of a term at any point."""
    if method != "certified":
        from autodiffcli.derive import largest
        from autodiffcli.interpreters.tensors import to_tensor

        tensors = {name: to_tensor(values, dtype) for name, values in inputs.items()}
        return largest(program, tensors, terms, dtype)
    count = max(map(len, inputs.values()), default=1)
    rows = (
        {name: arb(values.real[row]) for name, values in inputs.items()} for row in range(count)
    )
    with precision(_BITS, 1):
        return max((size for row in rows for size in _sizes(program, terms, row)), default=0.0)


def _sizes(program: Program, terms: Sequence[int], point: Mapping[str, arb]) -> Iterator[float]:
    """The absolute values of some steps at a point, as far as they can be had without effort."""

    def formula(step: Step, found: arb, inputs: Sequence[arb]) -> arb:
        return found

    try:
        found = run(program, Along(Balls(arb(0)), point, {}, formula))
    except (Singular, Vague):
        return
    for term in terms:
        value = found[term]
        if not isinstance(value, (Broken, bool)):
            middle = start(value)
            size = 0.0 if middle.contains(0) else abs(float(middle.mid()))
            if isfinite(size):
                yield size
