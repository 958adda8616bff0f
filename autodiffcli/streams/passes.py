"""The first of two passes: mean, max and min need to know of all rows before any is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from autodiffcli.diagnostics import AdiffError, wrong
from autodiffcli.readers import Part, Reader
from autodiffcli.renderers.number import exact
from autodiffcli.renderers.report import note
from autodiffcli.streams.pool import in_order
from autodiffcli.streams.progress import progress
from autodiffcli.streams.work import Reduced, Tally, Work
from autodiffcli.terminal import Terminal


def look_first(
    reader: Reader, work: Work, memory: int, terminal: Terminal
) -> tuple[Callable[[], Iterator[Part]], Work]:
    """The parts once more, and the work with what the first pass has found.

    memory  bytes of a pipe that may be kept for the second pass
    raises  AdiffError for a row that cannot be read, and for a pipe that holds more
    """
    kept: list[Part] | None = None if reader.rereadable else []
    tally = Tally()
    parts = reader.parts() if kept is None else _keeping(reader, kept, memory, work.plan.reduction)
    with progress(terminal, reader.size, "first pass", True) as advance:
        for done in in_order(parts, work.counted()):
            if done.error is not None:
                raise AdiffError(done.error)
            tally.add(done.tally)
            advance(tally.rows, done.read)
    again = reader.parts if kept is None else lambda: iter(kept)
    known = replace(work, reduced=found_by(tally, work))
    tell(known, tally, terminal)
    return again, known


def found_by(tally: Tally, work: Work) -> Reduced:
    """What the weights of the second pass take of a first one."""
    reduction = work.plan.reduction
    extreme = tally.largest if reduction == "max" else tally.smallest
    ties = tally.ties[reduction] if reduction in ("max", "min") else 0
    return Reduced(tally.rows - (tally.bad if work.on_error == "null" else 0), extreme, ties)


def tell(work: Work, tally: Tally, terminal: Terminal) -> None:
    """Say what the value is that is differentiated."""
    reduction, found = work.plan.reduction, work.reduced
    assert found is not None
    texts = []
    if reduction in ("max", "min") and tally.known:
        texts.append(f"the {reduction} of the values is {exact(found.extreme)}")
        if found.ties > 1:
            texts.append(f"{found.ties:,} rows tie for it and share its derivative equally")
        if tally.known < found.rows:
            texts.append(f"rows without a value are left out of the {reduction}")
    elif reduction == "mean":
        missing = found.rows - tally.known
        but = f", {missing:,} of them without a value" if missing else ""
        texts.append(f"the mean is over {found.rows:,} rows{but}")
    for text in texts:
        note(text, terminal.stderr, terminal.stderr_width)


def _keeping(reader: Reader, kept: list[Part], memory: int, reduction: str) -> Iterator[Part]:
    size = 0
    for part in reader.parts():
        size += _size(part.payload)
        if size > memory:
            what = "the number of rows" if reduction == "mean" else "the extreme value"
            message = (
                f"--reduction {reduction} needs {what} first, and stdin holds more than --memory"
            )
            raise wrong("memory", message, hint="give a file, or more of --memory, 4G")
        kept.append(part)
        yield part


def _size(payload: Any) -> int:
    if isinstance(payload, bytes):
        return len(payload)
    if isinstance(payload, dict):
        return sum(column.nbytes for column in payload.values())
    return int(getattr(payload, "nbytes", 200 * len(payload) if isinstance(payload, list) else 0))
