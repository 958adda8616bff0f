"""Values and partials of a program over columns, with a verdict on every row that needs one."""

from __future__ import annotations

import functools
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiffcli.arrays import Array
from autodiffcli.engine.domains import Domains
from autodiffcli.engine.kernels import Column
from autodiffcli.engine.machine import Machine
from autodiffcli.engine.spread import shared_columns, spread
from autodiffcli.engine.sweep import Sweep
from autodiffcli.plan import Partial, Plan
from autodiffcli.program import Program

if TYPE_CHECKING:
    from autodiffcli.lowering import Lowered
    from autodiffcli.verdict import Verdict

JUDGED = 5_000  # suspects of one call that are judged one by one, at 0.1 to 2 ms each


@dataclass(slots=True)
class Answers:
    """What the numbers are.

    columns   the value and every wanted partial, in the plan's order; NaN where there is none
    verdicts  what is not exact, by row and by position in `columns`
    """

    columns: list[Column]
    verdicts: dict[tuple[int, int], Verdict] = field(default_factory=dict)


class Engine:
    """A program and a plan made ready for columns of any length.

    The numbers do not depend on how many rows are given at once. Beyond JUDGED suspects of one
    call, how much is said of a suspect does.

    tape      the program's plain formulas; None where it has none, or where `method` is another
    method    auto, taylor, autograd or certified
    device    of torch, on which the tape is run; cpu is numpy, unless it is `compiled`
    compiled  by torch.compile
    """

    def __init__(
        self,
        program: Program,
        plan: Plan,
        tape: Lowered | None,
        method: str = "auto",
        device: str = "cpu",
        compiled: bool = False,
    ) -> None:
        self.program, self.asked = program, method
        self.plan = replace(plan, reduction="sum")  # every row by itself
        self.sweep = None
        if tape is not None:
            by_torch = device != "cpu" or compiled
            self.sweep = Sweep(tape, make=_torch_machine(device, compiled) if by_torch else Machine)
        self.domains: Domains | None = None
        self.judged: dict[tuple[float, ...], dict[Partial, Verdict]] = {}

    @property
    def method(self) -> str:
        """How the numbers come about."""
        if self.asked != "auto":
            return self.asked
        return "taylor" if self.sweep is not None else "torch"

    @property
    def seconds(self) -> float:
        """How long torch has compiled."""
        if self.sweep is None:
            return 0.0
        machines = (self.sweep.machine, self.sweep.shadow)
        return sum(getattr(machine, "seconds", 0.0) for machine in machines)

    def __call__(self, columns: Mapping[str, Column], rows: int, processes: int = 1) -> Answers:
        """All rows, each by itself: `share` is what a reduction makes of them.

        columns    per variable `rows` numbers in double precision, contiguous
        processes  that the rows are shared out to, where this one may be forked
        """
        if self.plan.dtype == "float32":
            columns = {name: _narrowed(column) for name, column in columns.items()}
        answers = self._fresh(rows)
        if self.asked == "certified":
            self._judge(columns, np.arange(rows), answers)
            return answers
        if self.sweep is None:
            return self._by_torch(columns, np.arange(rows), answers)
        if processes > 1:
            answers.columns = shared_columns(len(answers.columns), rows)
            suspects = spread(self.sweep, columns, answers.columns, processes)
        else:
            suspects = self.sweep(columns, answers.columns)
        if self.plan.dtype == "float32":
            answers.columns = [_narrowed(column) for column in answers.columns]
        if len(suspects):
            self._settle(columns, suspects, answers)
        return answers

    def _fresh(self, rows: int) -> Answers:
        return Answers([np.empty(rows) for _ in range(1 + len(self.plan.wanted))])

    # -- a second look

    def _settle(self, columns: Mapping[str, Column], suspects: Any, answers: Answers) -> None:
        from autodiffcli.one_point import is_known

        if not is_known(self.program):
            self._by_torch(columns, suspects, answers)
            return
        if len(suspects) > JUDGED:
            suspects = self._without_outside(columns, suspects, answers)
        first = suspects[: self._reaching(columns, suspects)]
        self._judge(columns, first, answers)
        if len(first) < len(suspects):
            self._by_torch(columns, suspects[len(first) :], answers)

    def _without_outside(
        self, columns: Mapping[str, Column], suspects: Any, answers: Answers
    ) -> Any:
        """The suspects that are not plainly outside a domain; one of those speaks for all."""
        assert self.sweep is not None
        if self.domains is None:
            self.domains = Domains(self.sweep.tape)
        beyond = self.domains.first_beyond(columns, suspects)
        for place in range(len(self.domains.places)):
            rows = suspects[beyond == place]
            if not len(rows):
                continue
            point = {name: float(column[rows[0]]) for name, column in columns.items()}
            verdicts = self._at(point)
            if any(verdict.status != "outside" for verdict in verdicts.values()):
                beyond[beyond == place] = -1
                continue
            for position, partial in enumerate(((), *self.plan.wanted)):
                answers.columns[position][rows] = np.nan
                shared = verdicts[partial]
                answers.verdicts.update(((row, position), shared) for row in rows.tolist())
        return suspects[beyond < 0]

    def _reaching(self, columns: Mapping[str, Column], suspects: Any) -> int:
        """How many suspects there are up to the JUDGED-th that is like none before it."""
        if len(suspects) <= JUDGED or not columns:
            return len(suspects)
        points = np.column_stack([column[suspects] for column in columns.values()])
        _, places = np.unique(points, axis=0, return_index=True)
        if len(places) <= JUDGED:
            return len(suspects)
        return int(np.sort(places)[JUDGED])

    def _judge(self, columns: Mapping[str, Column], suspects: Any, answers: Answers) -> None:
        """Some rows in ball arithmetic, one by one."""
        lists = {name: column[suspects].tolist() for name, column in columns.items()}
        for place, row in enumerate(suspects.tolist()):
            verdicts = self._at({name: numbers[place] for name, numbers in lists.items()})
            for position, partial in enumerate(((), *self.plan.wanted)):
                self._enter(answers, row, position, verdicts[partial])

    def _at(self, numbers: Mapping[str, float]) -> dict[Partial, Verdict]:
        """The verdicts at one point, which are kept: data often repeats its special points."""
        key = tuple(numbers.values())
        found = self.judged.get(key)
        if found is None:
            if len(self.judged) > 2 * JUDGED:
                self.judged.clear()
            from autodiffcli.one_point import judged_at

            found = self.judged[key] = judged_at(self.program, numbers, self.plan)
        return found

    def _enter(self, answers: Answers, row: int, position: int, verdict: Verdict) -> None:
        number = np.float64(verdict.value)
        answers.columns[position][row] = (
            np.float32(number) if self.plan.dtype == "float32" else number
        )
        if verdict.status != "exact":
            answers.verdicts[row, position] = verdict

    def _by_torch(self, columns: Mapping[str, Column], rows: Any, answers: Answers) -> Answers:
        """Some rows by torch, which says what is the matter where there are too many to judge."""
        from autodiffcli.evaluator import evaluate_plan, set_threads
        from autodiffcli.verdict import Verdict

        set_threads(1)
        points = {
            name: Array((len(rows),), array("d", np.ascontiguousarray(column[rows]).tobytes()))
            for name, column in columns.items()
        }
        method = self.asked if self.sweep is None else "auto"
        found = evaluate_plan(self.program, points, self.plan, method)
        place = {partial: position for position, partial in enumerate(((), *self.plan.wanted))}
        given = {(): found.value, **{column.wrt: column.values for column in found.columns}}
        for partial, values in given.items():
            answers.columns[place[partial]][rows] = np.frombuffer(values.real)
        for flag in found.flags:
            row, position = int(rows[flag.index[0]]), place[flag.wrt]
            number = float(answers.columns[position][row])
            verdict = Verdict(flag.status, number, flag.left, flag.right, flag.reason)
            answers.verdicts[row, position] = verdict
        return answers


def _torch_machine(device: str, compiled: bool) -> Callable[..., Any]:
    """What makes the machines of a sweep by torch. Raises AdiffError for a device that is none."""
    from autodiffcli.engine.device import DeviceMachine, check

    check(device)
    return functools.partial(DeviceMachine, device=device, compiled=compiled)


def _narrowed(column: Column) -> Column:
    with np.errstate(all="ignore"):
        return column.astype(np.float32).astype(np.float64)


def weights(values: Column, reduction: str, rows: int, extreme: float, ties: int) -> Column:
    """d reduce / d value of every row for the mean, max or min.

    rows     that count in the mean
    extreme  the largest or the smallest value of all rows, which `ties` of them have
    """
    if reduction == "mean":
        return np.full(len(values), 1 / max(rows, 1))
    found: Column = (values == extreme) / max(ties, 1)
    return found


def share(answers: Answers, shares: Column) -> None:
    """Multiply every derivative by its row's share in the reduced value, in place.

    shares  of `weights`
    """
    from autodiffcli.one_point import weighted

    for position in range(1, len(answers.columns)):
        column = answers.columns[position]
        np.multiply(column, shares, out=column, where=shares != 0)
        column[shares == 0] = 0.0
    for (row, position), verdict in list(answers.verdicts.items()):
        if position:
            found = weighted(verdict, float(shares[row]))
            answers.columns[position][row] = found.value
            if found.status == "exact":
                del answers.verdicts[row, position]
            else:
                answers.verdicts[row, position] = found
