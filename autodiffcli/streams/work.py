"""What is to be done with every part of the input, and what has become of one. Plain records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING, Any

from autodiffcli.diagnostics import Diagnostic
from autodiffcli.plan import Plan
from autodiffcli.program import Program
from autodiffcli.readers import Part
from autodiffcli.writers import Layout

if TYPE_CHECKING:
    from autodiffcli.lowering import Lowered
    from autodiffcli.streams.kinds import Kind
    from autodiffcli.streams.matching import Match


@dataclass(frozen=True, slots=True)
class Reduced:
    """What the first pass has found out about all values, for the weights of the second.

    rows     that count
    extreme  the largest or the smallest value
    ties     how many values are the extreme one
    """

    rows: int
    extreme: float
    ties: int


@dataclass(slots=True)
class Tally:
    """What became of the rows of some parts.

    rows      written, or counted
    bad       skipped or left without numbers
    statuses  how many rows of each that is not exact
    known     rows with a value
    largest   of the values; likewise the smallest
    ties      how many rows have the largest value, "max", and the smallest, "min"
    first     the first row that was bad, as it would have been reported
    """

    rows: int = 0
    bad: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    known: int = 0
    largest: float = -inf
    smallest: float = inf
    ties: Counter[str] = field(default_factory=Counter)
    first: Diagnostic | None = None

    def add(self, other: Tally) -> None:
        """Count the rows of later parts too."""
        self.rows += other.rows
        self.bad += other.bad
        self.known += other.known
        self.statuses.update(other.statuses)
        self.first = self.first or other.first
        for name, mine, theirs, better in (
            ("max", self.largest, other.largest, other.largest > self.largest),
            ("min", self.smallest, other.smallest, other.smallest < self.smallest),
        ):
            if better:
                self.ties[name] = other.ties[name]
            elif mine == theirs:
                self.ties[name] += other.ties[name]
        self.largest = max(self.largest, other.largest)
        self.smallest = min(self.smallest, other.smallest)


@dataclass(frozen=True, slots=True)
class Done:
    """One part, done: what is to be written, what became of its rows, how far the input is read.

    payload  None where nothing is to be written
    error    why the work stops here
    """

    payload: Any
    tally: Tally
    read: int
    error: Diagnostic | None = None


@dataclass(frozen=True, eq=False)
class Work:
    """All that it takes to do a part. Plain things only, so that other processes can have it.

    program     of the columns, constants written in
    tape        of its plain formulas; None where it has none
    on_error    stop, skip or null: what becomes of rows that cannot be read
    kinds       of the text columns that become numbers in a typed format
    reduced     of the first pass; None where the reduction needs none
    counting    the first pass itself: values are looked at, and nothing is written
    """

    program: Program
    tape: Lowered | None
    plan: Plan
    method: str
    match: Match
    layout: Layout
    on_error: str
    kinds: Mapping[str, Kind]
    reduced: Reduced | None = None
    counting: bool = False
    device: str = "cpu"
    compiled: bool = False

    def counted(self) -> Work:
        """The first pass of this work: values alone."""
        from autodiffcli.lowering import lowered

        plan = replace(self.plan, wanted=())
        tape = lowered(self.program, ()) if self.tape is not None else None
        return replace(self, counting=True, plan=plan, tape=tape)

    def __call__(self, part: Part) -> Done:
        """Do one part, in whatever process this is."""
        from autodiffcli.streams.part import done

        return done(self, part)
