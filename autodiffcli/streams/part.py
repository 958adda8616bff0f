"""One part of the input, done: read, differentiated, written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from math import nan
from typing import Any

import numpy as np

from autodiffcli.diagnostics import AdiffError, Diagnostic, Span
from autodiffcli.engine.answers import Answers, Engine, share, weights
from autodiffcli.frames import Frame, cell_text, filtered, numbers_of
from autodiffcli.readers import Part, decode
from autodiffcli.streams.work import Done, Tally, Work
from autodiffcli.writers import FORMATS, encode

EXACT, INVALID = "exact", "invalid"
_HINT = "--on-error skip leaves such rows out, --on-error null leaves them empty"


def done(work: Work, part: Part) -> Done:
    """What becomes of a part; an error of its rows is part of the answer."""
    try:
        return _done(work, part, decode(part))
    except AdiffError as error:
        return Done(None, Tally(), part.done, error.diagnostic)


def _done(work: Work, part: Part, frame: Frame) -> Done:
    tally = Tally()
    numbers, bad = _numbers(work, part, frame, tally)
    if work.on_error == "skip" and bad is not None:
        frame, numbers = _without(frame, numbers, bad)
        bad = None
    answers = engine_of(work)(_filled(numbers, bad), frame.rows)
    _count(tally, answers, bad, frame.rows)
    if work.counting:
        return Done(None, tally, part.done)
    if work.reduced is not None:
        found = work.reduced
        values, reduction = answers.columns[0], work.plan.reduction
        share(answers, weights(values, reduction, found.rows, found.extreme, found.ties))
    columns = _columns(work, frame, numbers, answers, bad)
    columns[work.match.status], statuses = _statuses(work, answers, bad, frame.rows)
    tally.statuses.update(statuses)
    return Done(_encoded(work, columns, frame.rows), tally, part.done)


def _encoded(work: Work, columns: Mapping[str, Any], rows: int) -> Any:
    if work.layout.format in FORMATS:
        return encode(work.layout, columns, rows)
    from autodiffcli.writers.cells import plain

    return {name: plain(columns[name]) for name in work.layout.names}  # for people


@cache
def engine_of(work: Work) -> Engine:
    """The engine of some work, made ready once per process."""
    return Engine(work.program, work.plan, work.tape, work.method, work.device, work.compiled)


# -- numbers


def _numbers(work: Work, part: Part, frame: Frame, tally: Tally) -> tuple[dict[str, Any], Any]:
    """The numbers of every variable, and a mask of the rows that cannot be read, or None."""
    numbers: dict[str, Any] = {}
    bad = dict.fromkeys(frame.faults, "")
    for variable, column in work.match.column_of.items():
        values, places = numbers_of(frame.columns[column])
        numbers[variable] = np.ascontiguousarray(values)
        for row in places.tolist():
            bad.setdefault(row, column)
    if not bad:
        return numbers, None
    tally.bad, tally.first = len(bad), _reported(part, frame, min(bad), bad[min(bad)])
    if work.on_error == "stop":
        raise AdiffError(tally.first)
    mask = np.zeros(frame.rows, bool)
    mask[list(bad)] = True
    return numbers, mask


def _reported(part: Part, frame: Frame, row: int, column: str) -> Diagnostic:
    """What is wrong with a row, with its file, its number from 1 and its column."""
    place = f"row {frame.first + row + 1:,} of {part.source}"
    if not column:
        return Diagnostic("row", f"{place} {frame.faults[row]}", hint=_HINT)
    cell = cell_text(frame.columns[column], row)
    if not cell.strip():
        return Diagnostic("cell", f"{place} has no number in column '{column}'", hint=_HINT)
    message = f"{place}, column '{column}': '{cell}' is no number"
    return Diagnostic("cell", message, Span(0, len(cell)), cell, f"{column}: ", _HINT)


def _filled(numbers: dict[str, Any], bad: Any) -> dict[str, Any]:
    """The numbers with any one where there is none: what comes of it is not shown."""
    if bad is None:
        return numbers
    return {name: np.where(bad, 1.0, values) for name, values in numbers.items()}


def _without(frame: Frame, numbers: Mapping[str, Any], bad: Any) -> tuple[Frame, dict[str, Any]]:
    """The rows that can be read."""
    keep = ~bad
    columns = {name: filtered(column, keep) for name, column in frame.columns.items()}
    left = Frame(frame.first, int(keep.sum()), columns)
    return left, {name: values[keep] for name, values in numbers.items()}


# -- columns


def _columns(
    work: Work, frame: Frame, numbers: Mapping[str, Any], answers: Answers, bad: Any
) -> dict[str, Any]:
    """The columns of the output by name, but for the status."""
    if bad is not None:
        for column in answers.columns:
            column[bad] = nan
    match, found = work.match, dict[str, Any]()
    variable_of = {column: variable for variable, column in match.column_of.items()}
    for name, shown in match.kept.items():
        if shown in work.layout.numeric:
            found[shown] = numbers[variable_of[name]]
        elif name in work.kinds:
            from autodiffcli.streams.kinds import typed

            found[shown] = typed(frame.columns[name], work.kinds[name])
        else:
            found[shown] = frame.columns[name]
    found.update(zip((match.value, *match.derived), answers.columns, strict=True))
    return found


def _count(tally: Tally, answers: Answers, bad: Any, rows: int) -> None:
    """Count the rows, and look for the extreme values."""
    values = answers.columns[0]
    good = np.isfinite(values)
    if bad is not None:
        good &= ~bad
    known = values if good.all() else values[good]
    tally.rows, tally.known = rows, len(known)
    if len(known):
        tally.largest, tally.smallest = float(known.max()), float(known.min())
        tally.ties["max"] = int(np.count_nonzero(known == tally.largest))
        tally.ties["min"] = int(np.count_nonzero(known == tally.smallest))


def _statuses(work: Work, answers: Answers, bad: Any, rows: int) -> tuple[Any, Counter[str]]:
    """The status of every row, `exact` or what its numbers have, and how many are not exact."""
    of: dict[int, list[str]] = {}
    for row, position in sorted(answers.verdicts):
        of.setdefault(row, []).append(answers.verdicts[row, position].status)
    texts = {row: "+".join(dict.fromkeys(found)) for row, found in of.items()}
    if bad is not None:
        texts.update(dict.fromkeys(bad.nonzero()[0].tolist(), INVALID))
    counts = Counter(texts.values())
    words = [EXACT, *counts]
    codes = np.zeros(rows, np.uint32)
    number = {word: code for code, word in enumerate(words)}
    for row, text in texts.items():
        codes[row] = number[text]
    counts.pop(INVALID, None)
    return _spelled(words, codes, work.layout.format), counts


def _spelled(words: list[str], codes: Any, format: str) -> Any:
    """Words by their numbers, as a column of the library that will write it."""
    try:
        if format in ("parquet", "arrow"):
            import pyarrow

            return pyarrow.array(words).take(pyarrow.array(codes))
        import polars
    except ImportError:
        return [words[code] for code in codes]
    return polars.Series("", words).gather(codes)
