"""What any engine hands back: columns with their verdicts written in, flags, notes."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import fsum, isfinite, nan
from typing import TypeAlias

from autodiffcli.arrays import Array, Proven, unravel
from autodiffcli.diagnostics import wrong
from autodiffcli.plan import Partial, Plan
from autodiffcli.points import Points
from autodiffcli.program import INPUT, Program, depends_on
from autodiffcli.result import Column, Flag
from autodiffcli.verdict import Verdict

Verdicts = dict[tuple[int, Partial], Verdict]  # by flat position and column; () is the value

Numbers: TypeAlias = "array[float] | list[float | complex]"
MAX_JACOBIAN = 4_000_000  # entries


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was computed; `app` adds what was asked to make a `Result`.

    points   as differentiated: on one shape for an elementwise expression
    reduced  reduce(value), of the known values for max and min; None with reduction none, or
             where a value is missing
    method   how: autograd, taylor, certified
    """

    points: Mapping[str, Array]
    value: Array
    reduced: float | complex | None
    columns: tuple[Column, ...]
    flags: tuple[Flag, ...]
    notes: tuple[str, ...]
    elementwise: bool
    method: str
    reduced_proven: Proven | None = None


def outcome(
    points: Points,
    value: Array,
    columns: Mapping[Partial, Array],
    verdicts: Verdicts,
    plan: Plan,
    elementwise: bool,
    method: str,
) -> Outcome:
    """The outcome of columns in which nothing has been settled yet."""
    _settle(value, columns, verdicts)
    known = _known(value)
    whole = len(known) == len(value)
    total = None
    if len(known) and (plan.reduction in ("max", "min") or (whole and plan.reduction != "none")):
        total = reduced(known, plan.reduction)
    return Outcome(
        points=dict(points),
        value=value,
        reduced=total,
        columns=tuple(Column(partial, columns[partial]) for partial in plan.wanted),
        flags=_flags(value, columns, verdicts),
        notes=tuple(_notes(known, len(value), plan, elementwise, _is_single(points))),
        elementwise=elementwise,
        method=method,
    )


def _known(value: Array) -> Numbers:
    """The finite numbers of an array."""
    if value.imag is None:
        whole = all(map(isfinite, value.real))
        return value.real if whole else array("d", filter(isfinite, value.real))
    return [number for number in value if isfinite(abs(number))]


def reduced(values: Numbers, reduction: str) -> float | complex:
    """reduce(values) of finite numbers, one at least."""
    if reduction in ("max", "min"):
        return (max if reduction == "max" else min)(value.real for value in values)
    total = fsum(values) if isinstance(values, array) else sum(values)
    return total / len(values) if reduction == "mean" else total


def shares(values: list[float], reduction: str) -> list[float]:
    """d reduce / d value for every value, NaN and infinite ones left out of max and min."""
    if reduction in ("sum", "none"):
        return [1.0] * len(values)
    if reduction == "mean":
        return [1 / len(values)] * len(values)
    known = [value for value in values if isfinite(value)]
    extreme = (max if reduction == "max" else min)(known, default=nan)
    ties = sum(value == extreme for value in known)
    return [1 / ties if value == extreme else 0.0 for value in values]


def _settle(value: Array, columns: Mapping[Partial, Array], verdicts: Verdicts) -> None:
    """Write what the verdicts say into the columns."""
    for (row, partial), verdict in verdicts.items():
        target = columns[partial] if partial else value
        if row < len(target):
            target.real[row] = verdict.value


def _flags(value: Array, columns: Mapping[Partial, Array], verdicts: Verdicts) -> tuple[Flag, ...]:
    shapes = {(): value.shape, **{partial: column.shape for partial, column in columns.items()}}
    order = {partial: number for number, partial in enumerate(shapes)}
    found = sorted(verdicts.items(), key=lambda item: (item[0][0], order[item[0][1]]))
    return tuple(
        Flag(unravel(row, shapes[p]), p, v.status, _side(v.left), _side(v.right), v.reason)
        for (row, p), v in found
        if v.status != "exact"
    )


def _side(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None


def _is_single(points: Points) -> bool:
    """Whether every variable has one number."""
    return all(len(values) == 1 for values in points.values())


def _notes(known: Numbers, count: int, plan: Plan, elementwise: bool, single: bool) -> list[str]:
    notes = []
    deep = any(len(partial) > 1 for partial in plan.wanted)
    mixing = not elementwise and plan.reduction != "none" and bool(plan.wanted)
    if mixing and (count > 1 or deep):
        higher = ", higher ones are row sums of the Hessian" if deep else ""
        if single:
            whole, why = f"the {plan.reduction} of its {count} entries", ""
        else:
            whole, why = f"the {plan.reduction} of all values", "the expression mixes points: "
        if count > 1 or not single:
            notes.append(f"{why}derivatives are those of {whole}{higher}")
    if plan.reduction in ("max", "min"):
        if len(known) < count:
            notes.append(f"points without a value are left out of the {plan.reduction}")
        extreme = reduced(known, plan.reduction) if len(known) else nan
        ties = sum(value == extreme for value in known)
        if ties > 1:
            notes.append(
                f"{ties} points tie for the {plan.reduction} and share its derivative equally"
            )
    return notes


# -- reduction none: Jacobians


def diagonal(column: Array, partial: Partial) -> Array:
    """The Jacobian of an elementwise expression from its derivatives point by point."""
    rows, axes = len(column), len(partial) + 1
    refuse_jacobian(rows**axes)
    step = sum(rows**power for power in range(axes))
    parts = []
    for part in (column.real, column.imag):
        if part is None:
            continue
        full = array("d", bytes(8 * rows**axes))
        full[::step] = part
        parts.append(full)
    return Array(column.shape * axes, parts[0], parts[1] if len(parts) > 1 else None)


def on_diagonal(row: int, rows: int, partial: Partial) -> int:
    """The flat position of a point on the diagonal of its Jacobian."""
    return sum(row * rows**power for power in range(len(partial) + 1))


def refuse_jacobian(entries: int) -> None:
    """Raise AdiffError where a Jacobian would have too many entries."""
    if entries > MAX_JACOBIAN:
        message = f"the Jacobian has more than {MAX_JACOBIAN:,} entries"
        raise wrong("too-large", message, hint="leave out --reduction none")


# -- points of programs that mix them


def for_literals(program: Program, points: Points) -> Points:
    """The points, single ones as numbers if the program has tensor literals such as [x, 1].

    Raises AdiffError for a literal whose entries have several points each, and for several
    tensors: their axes and those of the points would be mixed up.
    """
    for name, values in points.items():
        if values.rank and len(values.shape) > values.rank and values.shape[0] > 1:
            message = f"the expression mixes entries, and '{name}' is given several tensors"
            hint = "give one; `adiff gradient` and `adiff jacobian` take several"
            raise wrong("literal", message, source=program.source, hint=hint)
    moving = depends_on(program, program.inputs)
    literals = [step for step in program.steps if step.op == "stack"]
    literals = [step for step in literals if any(moving[operand] for operand in step.operands)]
    if not literals:
        return points
    single = {
        name: replace(values, shape=()) if values.shape == (1,) else values
        for name, values in points.items()
    }
    whole = _numbers_or_literals(program, single)
    for step in literals:
        if not all(whole[operand] for operand in step.operands):
            message = "a tensor literal with a variable takes one point at a time"
            hint = "give one point, or a tensor variable such as --at A=[[1,2],[3,4]]"
            raise wrong("literal", message, step.span, program.source, hint=hint)
    return single


_TO_ONE_NUMBER = frozenset({"sum", "mean", "prod", "amax", "amin", "norm", "dot", "trace", "det"})


def _numbers_or_literals(program: Program, points: Points) -> list[bool]:
    """For each step, whether it is a single number or a tensor literal."""
    found: list[bool] = []
    for step in program.steps:
        if step.op == INPUT:
            found.append(points[step.text].shape == ())
        elif step.op in ("stack", *_TO_ONE_NUMBER):
            found.append(True)
        elif step.inner is not None:
            found.append(found[step.operands[0]])
        elif step.op == "index":
            found.append(":" not in step.text)
        else:
            found.append(all(found[operand] for operand in step.operands))
    return found
