"""Several numbers on one tape at many points, by torch in blocks, and a second look in balls."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from math import log10

import torch
from torch import Tensor

from autodiffcli.arrays import unravel
from autodiffcli.evaluator import SETTLED, SHAKY, certainty, set_threads, unjudged
from autodiffcli.faults import Edge, Fault, edges, faults
from autodiffcli.fields import Columns, Fields, Found, judged_at
from autodiffcli.interpreters.branches import evaluate
from autodiffcli.interpreters.shaken import Shaken, change
from autodiffcli.interpreters.tensors import Tensors
from autodiffcli.one_point import is_known
from autodiffcli.program import CONST, INPUT, Program, Step, run
from autodiffcli.verdict import Verdict

_ROOM = 1 << 23  # numbers that a block may hold in all its steps

Suspects = dict[int, "Fault | Edge | float"]


def by_torch(fields: Fields, columns: Columns, count: int) -> Found:
    """All outputs at all points."""
    set_threads(1)
    found = torch.empty(len(fields.outputs), count, dtype=torch.float64)
    shaky = torch.zeros(len(fields.outputs), count, dtype=torch.float64)
    suspects: Suspects = {}
    tape = flat_tape(fields)
    for first, block in _blocks(tape, _entries(fields, columns), count):
        rows = slice(first, first + next(map(len, block.values()), count))
        _fill(tape, fields.places, block, found[:, rows], shaky[:, rows], first, suspects)
    verdicts = _settled(fields, columns, found, shaky, suspects)
    for (row, position), verdict in verdicts.items():
        found[position, row] = verdict.value
    values = [_array(line) for line in found]
    kept = {place: verdict for place, verdict in verdicts.items() if verdict.status != "exact"}
    return Found(values, kept, "torch")


def _array(line: Tensor) -> array[float]:
    numbers = array("d", bytes(8 * line.numel()))
    torch.frombuffer(numbers, dtype=torch.float64).copy_(line)
    return numbers


def flat_tape(fields: Fields) -> Program:
    """The tape with an input `x[0]` for every entry of a variable, so that all is elementwise."""
    tape, steps = fields.tape, list[Step]()
    for step in tape.steps:
        whole = tape.steps[step.operands[0]] if step.op == "index" else None
        if whole is not None and whole.op == INPUT:
            step = Step(INPUT, (), f"{whole.text}[{step.text}]", step.span)
        elif step.inner is not None:
            step = step._replace(operands=step.operands[:2])
        steps.append(step)
    used = {operand for step in steps for operand in step.operands} | set(fields.places)
    steps = [
        step if number in used or step.op != INPUT else Step(CONST, (), "0", step.span)
        for number, step in enumerate(steps)
    ]
    inputs = tuple(dict.fromkeys(step.text for step in steps if step.op == INPUT))
    return Program(tape.source, tuple(steps), tape.output, inputs)


def _entries(fields: Fields, columns: Columns) -> dict[str, Tensor]:
    """The points of every entry, by the names of `flat_tape`."""
    found: dict[str, Tensor] = {}
    for name, entries in columns.items():
        shape = fields.shapes[name]
        for row, numbers in enumerate(entries):
            place = f"{name}[{','.join(map(str, unravel(row, shape)))}]" if shape else name
            found[place] = torch.frombuffer(numbers, dtype=torch.float64)
    return found


def _blocks(
    tape: Program, columns: Mapping[str, Tensor], count: int
) -> Iterator[tuple[int, Mapping[str, Tensor]]]:
    """The points some at a time, each block with its first row."""
    size = max(256, min(16_384, _ROOM // max(len(tape.steps), 1)))
    for first in range(0, count, size):
        yield first, {name: columns[name][first : first + size] for name in tape.inputs}


def _fill(
    tape: Program,
    places: Sequence[int],
    block: Mapping[str, Tensor],
    found: Tensor,
    shaky: Tensor,
    first: int,
    suspects: Suspects,
) -> None:
    """The outputs at a block of points, how much noise moves them, and what is suspicious."""
    rows = found.shape[1]
    tensors = Tensors(tape, block, "float64")
    with torch.no_grad():
        evaluation = evaluate(tape, tensors, places)
        noisy = run(tape, Shaken(tensors, rows))
    for position, number in enumerate(places):
        value = evaluation.values[number]
        assert value is not None
        found[position] = value
        shaky[position] = change(found[position], noisy[number])
    for row, size in enumerate(shaky.amax(0).tolist()):
        if size > SHAKY:
            suspects[row + first] = max(0.0, -log10(size))
    for row, edge in edges(evaluation, tensors, rows, tape.inputs).items():
        suspects[row + first] = edge
    for row, fault in faults(evaluation, tensors, rows).items():
        suspects[row + first] = fault


def _settled(
    fields: Fields, columns: Columns, found: Tensor, shaky: Tensor, suspects: Suspects
) -> dict[tuple[int, int], Verdict]:
    """Verdicts on the rows that need one."""
    verdicts: dict[tuple[int, int], Verdict] = {}
    known = is_known(fields.tape)
    order = sorted(suspects, key=lambda row: (certainty(suspects[row]), row))
    for number, row in enumerate(order):
        suspect = suspects[row]
        if known and number < SETTLED:
            for position, verdict in enumerate(judged_at(fields, columns, row)):
                verdicts[row, position] = verdict
            continue
        for position in range(len(fields.outputs)):
            value = float(found[position, row])
            safe = False
            if isinstance(suspect, float):
                size = float(shaky[position, row])
                safe, suspect = size <= SHAKY, max(0.0, -log10(size)) if size else 16.0
            if not safe:
                verdicts[row, position] = unjudged(suspect, value)
    return verdicts
