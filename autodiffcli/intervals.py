"""Intervals in place of points: bounds of every number, or why there are none."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import isfinite, nan, prod

from autodiffcli.arrays import Array, Proven, Shape
from autodiffcli.boxes import Box, Range, Search, outer
from autodiffcli.certified import Place, Question, Seed, Seeds
from autodiffcli.diagnostics import wrong
from autodiffcli.enclosures import bounded, of_fraction
from autodiffcli.entries import entries
from autodiffcli.interpreters.balls import exactly, precision
from autodiffcli.interpreters.blocks import Block, Misfit
from autodiffcli.interpreters.symbols import Symbols
from autodiffcli.judgement import refuse_unknown
from autodiffcli.outcome import Outcome, Verdicts, on_diagonal, outcome
from autodiffcli.plan import Partial, Plan, is_elementwise
from autodiffcli.points import Points, paired, shapes_of
from autodiffcli.program import Builder, Program
from autodiffcli.typed import Interval, Typed
from autodiffcli.verdict import Verdict, judged

SIMPLE = 1000  # denominators of the places that are tried first where something is the matter
_NEAR = Fraction(1, 2**50)


def _refuse_tensors(program: Program, points: Points) -> None:
    """Raise AdiffError where the result is no single number."""
    if is_elementwise(program):
        return
    builder = Builder(program.source)
    symbols = Symbols(builder, program.steps[program.output].span)
    found = entries(symbols, builder.inline(program, {}), shapes_of(program, points))
    if isinstance(found, Block):
        shape = "x".join(map(str, found.shape))
        message = f"bounds over intervals are those of a number, not of a tensor of shape {shape}"
        raise wrong("intervals", message, source=program.source)


def evaluate(program: Program, points: Points, plan: Plan, digits: int) -> Outcome:
    """Bounds of the value and of its derivatives, with as many digits in tables.

    points  with the intervals and numbers that were typed
    raises  AdiffError where they do not fit, and for what has no bounds
    """
    refuse_unknown(program, "an interval")
    if plan.reduction in ("max", "min") and plan.wanted:
        message = f"which value is the {plan.reduction} is not known over intervals"
        raise wrong("intervals", message, hint="leave out --reduction")
    single = all(len(values) == 1 for values in points.values())
    if not is_elementwise(program) and not single:
        message = "with intervals an expression must take its points one by one"
        raise wrong("intervals", message, source=program.source)
    _refuse_tensors(program, points)
    points = paired(points)
    shape = next(iter(points.values())).shape if points else ()
    wanted = {partial: tuple(sorted(map(Seed, partial))) for partial in plan.wanted}
    found: dict[tuple[int, Partial], Range | Verdict] = {}
    for row in range(prod(shape)):
        typed = {name: (values.typed or ())[row] for name, values in points.items()}
        own = _row(program, typed, tuple(dict.fromkeys(wanted.values())))
        found[row, ()] = own[()]
        found.update({(row, partial): own[seeds] for partial, seeds in wanted.items()})
    return _outcome(points, shape, found, plan, digits)


def _row(
    program: Program, typed: Mapping[str, Typed], wanted: Sequence[Seeds]
) -> dict[Seeds, Range | Verdict]:
    """Bounds over one box, or what is the matter with it."""
    try:
        search = Search(program, typed, wanted)
        found: dict[Seeds, Range | Verdict] = dict(search.bounds())
        if not found:
            found.update(_blamed(program, search, wanted))
            alone = Search(program, typed, (), across=True).bounds()
            found.update(alone)
        return found
    except Misfit as error:
        span = error.step.span if error.step else None
        raise wrong("shapes", str(error), span, program.source) from None


# -- what is the matter


def _blamed(program: Program, search: Search, wanted: Sequence[Seeds]) -> dict[Seeds, Verdict]:
    """What the places of a failing piece say about every quantity."""
    found: dict[Seeds, Verdict] = {}
    for place in _places(search.failing[0].box):
        for quantity, verdict in _judged(program, place, wanted).items():
            if not isfinite(verdict.value):
                said = replace(verdict, value=nan, ball=None, reason=_told(place, verdict))
                found.setdefault(quantity, said)
    where = _named(_places(search.failing[0].box)[0])
    reason = f"no bounds are found near {where}"
    for quantity in ((), *wanted):
        found.setdefault(quantity, Verdict("undecided", nan, reason=reason))
    return found


def _judged(
    program: Program, place: Mapping[str, Fraction], wanted: Sequence[Seeds]
) -> dict[Seeds, Verdict]:
    question = Question(
        program, Place(lambda: {name: exactly(number) for name, number in place.items()}, _NEAR)
    )
    return judged(question, wanted)


def _places(box: Box) -> list[dict[str, Fraction]]:
    """A simple point of a small box, its middle, and its ends."""
    middle = {name: (low + high) / 2 for name, (low, high) in box.items()}
    simple = {}
    for name, (low, high) in box.items():
        near = middle[name].limit_denominator(SIMPLE)
        simple[name] = near if low <= near <= high else middle[name]
    ends = [{name: pair[end] for name, pair in box.items()} for end in (0, 1)]
    return [simple, *ends, middle]


def _named(place: Mapping[str, Fraction]) -> str:
    return ", ".join(f"{name} = {of_fraction(number, 6)}" for name, number in place.items())


def _told(place: Mapping[str, Fraction], verdict: Verdict) -> str:
    return f"{verdict.reason}: {_named(place)}" if verdict.reason else _named(place)


# -- the outcome


def _outcome(
    points: Points,
    shape: Shape,
    found: Mapping[tuple[int, Partial], Range | Verdict],
    plan: Plan,
    digits: int,
) -> Outcome:
    rows = prod(shape)
    texts: dict[tuple[int, Partial], Proven] = {}
    verdicts: Verdicts = {}
    for (row, partial), one in found.items():
        spread = bool(partial) and plan.reduction == "none"
        at = on_diagonal(row, rows, partial) if spread else row
        if isinstance(one, Verdict):
            verdicts[at, partial] = one
            continue
        share = Fraction(1, rows) if partial and plan.reduction == "mean" else Fraction(1)
        low, high = one[0] * share, one[1] * share
        texts[at, partial] = bounded(low, high, digits)
        verdicts[at, partial] = Verdict("exact", _middle(low, high))
    columns: dict[Partial, Array] = {}
    for partial in ((), *plan.wanted):
        axes = len(partial) + 1 if plan.reduction == "none" and partial else 1
        size = rows**axes
        other = bounded(Fraction(0), Fraction(0), digits) if axes > 1 else None
        given = tuple(texts.get((at, partial), other) for at in range(size))
        columns[partial] = Array(shape * axes, array("d", bytes(8 * size)), proven=given)
    value = columns.pop(())
    shown = {name: _points(values, digits) for name, values in points.items()}
    result = outcome(shown, value, columns, verdicts, plan, True, "certified")
    reduced, total = _reduced(found, rows, plan, digits)
    return replace(result, reduced=reduced, reduced_proven=total)


def _middle(low: Fraction, high: Fraction) -> float:
    try:
        return float((low + high) / 2)
    except OverflowError:
        return 0.0


def _reduced(
    found: Mapping[tuple[int, Partial], Range | Verdict], rows: int, plan: Plan, digits: int
) -> tuple[float | None, Proven | None]:
    values = [found[row, ()] for row in range(rows)]
    known = [one for one in values if not isinstance(one, Verdict)]
    if plan.reduction == "none" or len(known) < rows or not known:
        return None, None
    lows, highs = [low for low, _ in known], [high for _, high in known]
    share = Fraction(1, rows) if plan.reduction == "mean" else Fraction(1)
    total = {"max": max, "min": min}.get(plan.reduction, sum)
    low, high = share * total(lows), share * total(highs)
    return _middle(low, high), bounded(low, high, digits)


def _points(values: Array, digits: int) -> Array:
    with precision(256, 1):
        return replace(values, proven=tuple(_point(t, digits) for t in values.typed or ()))


def _point(typed: Typed, digits: int) -> Proven:
    if not isinstance(typed, Interval):
        number = typed.exact
        if number is not None and Fraction(of_fraction(number, digits)) == number:
            text = of_fraction(number, digits)
            return Proven(text, text, text)
    return bounded(*outer(typed), digits)
