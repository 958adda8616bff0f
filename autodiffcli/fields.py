"""Several numbers on one elementwise tape, a gradient or a matrix, in ball arithmetic.

Where what is differentiated is a plain power series the numbers are those of their formulas;
elsewhere each is judged by itself.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from flint import arb, arb_series, ctx

from autodiffcli.certified import Place, Question, refined
from autodiffcli.interpreters.balls import Balls, Broken, Singular
from autodiffcli.interpreters.blocks import Along, block, items_of
from autodiffcli.one_point import off
from autodiffcli.program import CONST, INPUT, Builder, Program, Step
from autodiffcli.sides import accurate
from autodiffcli.verdict import Verdict, judged, plain

Columns: TypeAlias = (
    "Mapping[str, Sequence[array[float]]]"  # per variable, its entries at every point
)


@dataclass(frozen=True)
class Fields:
    """Numbers that are wanted of an elementwise tape, whose inputs may be taken apart by index.

    outputs  steps of the builder
    shapes   of each variable at one point; () for a number
    """

    builder: Builder
    outputs: tuple[int, ...]
    shapes: Mapping[str, tuple[int, ...]]

    @cached_property
    def _new(self) -> dict[int, int]:
        """The numbers that the steps which matter have on the tape."""
        live = self.builder.live(*self.outputs)
        return {step: number for number, step in enumerate(live)}

    @cached_property
    def tape(self) -> Program:
        """The steps that matter, without those that do not."""
        new = self._new
        steps = tuple(
            step._replace(operands=tuple(new[i] for i in step.operands))
            for step in (self.builder.steps[number] for number in new)
        )
        inputs = tuple(dict.fromkeys(step.text for step in steps if step.op == INPUT))
        return Program(self.builder.source, steps, new[self.outputs[-1]], inputs)

    @cached_property
    def places(self) -> tuple[int, ...]:
        """The outputs as steps of the tape."""
        return tuple(self._new[output] for output in self.outputs)

    def alone(self, position: int) -> Program:
        """The program of one output."""
        return self.builder.finish(self.outputs[position])


@dataclass(frozen=True, slots=True)
class Found:
    """What the numbers are.

    values    per output a number for every point, NaN where there is none
    verdicts  by point and output, what is not exact
    method    certified or torch
    """

    values: list[array[float]]
    verdicts: dict[tuple[int, int], Verdict]
    method: str


def by_balls(fields: Fields, columns: Columns, count: int) -> Found:
    """All outputs at all points, point by point."""
    values = [array("d", bytes(8 * count)) for _ in fields.outputs]
    verdicts: dict[tuple[int, int], Verdict] = {}
    for row in range(count):
        for position, verdict in enumerate(judged_at(fields, columns, row)):
            values[position][row] = verdict.value
            if verdict.status != "exact":
                verdicts[row, position] = verdict
    return Found(values, verdicts, "certified")


# -- one point in ball arithmetic


def judged_at(fields: Fields, columns: Columns, row: int) -> list[Verdict]:
    """The verdicts on all outputs at one point."""
    known = {
        name: block(fields.shapes[name], [arb(entry[row]) for entry in entries])
        for name, entries in columns.items()
    }
    place = Place(lambda: known, off("float64"))
    try:
        if refined(lambda: _is_smooth(fields.tape, place), 2):
            return refined(lambda: _all_plain(fields, place), 1)
    except Singular:
        pass
    return [
        judged(Question(fields.alone(position), place), ())[()]
        for position in range(len(fields.outputs))
    ]


def _trusted(step: Step, formula: Any, inputs: Sequence[Any]) -> Any:
    return formula


def _is_smooth(tape: Program, place: Place) -> bool:
    """Whether all that is differentiated on the tape is a plain power series at the point.

    One ray on which all variables move, each at a pace of its own, shows every switch that is
    met, every pole and every end of a domain.
    """
    roots = {
        step.operands[1]
        for step in tape.steps
        if step.inner is not None and tape.steps[step.operands[1]].inner is None
    }
    if not roots:
        return True
    values = place.values()
    paces: dict[str, list[int]] = {}
    for name in tape.inputs:
        first = 2 + sum(map(len, paces.values()))
        paces[name] = [first + n for n in range(len(items_of(values[name])))]
    meaning = Along(Balls(place.reach(paces)), values, paces, _trusted)
    found = _run(tape, roots, meaning)
    return all(_is_series(found[root]) for root in roots)


def _is_series(found: Any) -> bool:
    if isinstance(found, Broken):
        return False
    if not isinstance(found, arb_series):
        return True
    short = found.length() and found.prec < ctx.cap
    return not short and all(c.is_finite() for c in found.coeffs())


def _run(tape: Program, targets: set[int], meaning: Along) -> dict[int, Any]:
    """The values of the steps that some steps need, themselves included."""
    needed, values = set(targets), dict[int, Any]()
    for number in range(max(targets), -1, -1):
        if number in needed:
            needed.update(tape.steps[number].operands)
    for number in sorted(needed):
        step = tape.steps[number]
        if step.op == INPUT:
            values[number] = meaning.input(step.text)
        elif step.op == CONST:
            values[number] = meaning.const(step.text)
        else:
            values[number] = meaning.apply(step, [values[i] for i in step.operands])
    return values


def _all_plain(fields: Fields, place: Place) -> list[Verdict]:
    """All outputs as plain numbers. Raises Singular where one is none, Vague."""
    values = _run(fields.tape, set(fields.places), Along(Balls(), place.values(), {}, _trusted))
    verdicts = []
    for number in fields.places:
        found = values[number]
        if isinstance(found, Broken):
            raise found.error
        number_found = arb(int(found)) if isinstance(found, bool) else _constant(found)
        verdicts.append(plain(accurate(number_found, 60)))
    return verdicts


def _constant(found: Any) -> arb:
    return found[0] if isinstance(found, arb_series) else arb(found)
