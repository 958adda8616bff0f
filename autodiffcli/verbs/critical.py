"""`adiff critical`: the stationary points of an expression in a box, and what they are."""

from __future__ import annotations

from dataclasses import dataclass

from autodiffcli.destination import destination, format_of, style_of
from autodiffcli.diagnostics import ExitStatus, wrong
from autodiffcli.interpreters.blocks import Misfit
from autodiffcli.judgement import refuse_unknown
from autodiffcli.parser import parse
from autodiffcli.program import Program
from autodiffcli.readings import strictly
from autodiffcli.renderers.landmarks import listing, place, significant
from autodiffcli.renderers.listing import write
from autodiffcli.renderers.report import note
from autodiffcli.stationarity.extents import Extents, read_extents
from autodiffcli.stationarity.landmarks import Landscape
from autodiffcli.terminal import Terminal

SHORT = 6  # significant digits of numbers in notes


@dataclass(frozen=True, slots=True)
class CriticalRequest:
    """One question to `adiff critical`.

    between    texts of --from
    at         texts of --at
    boxes      the most that are looked at
    precision  significant digits in tables
    rows       shown in tables; None for the terminal's default
    """

    expression: str
    between: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    boxes: int = 10_000
    format: str = ""
    output: str = ""
    precision: int = 6
    rows: int | None = None
    strict: bool = False


def answer(request: CriticalRequest, terminal: Terminal) -> ExitStatus:
    """List what was found. Raises AdiffError."""
    format = request.format or format_of(request.output)
    program = parse(request.expression)
    if request.strict or not terminal.talk:
        strictly(program)
    refuse_unknown(program, "a search for stationary points")
    extents = read_extents(request.between, request.at, program)
    land = searched(program, extents, request.boxes)
    notes = [*(reading.message for reading in program.readings), *_notes(land, extents, request)]
    for text in notes:
        note(text, terminal.stderr, terminal.stderr_width)
    style = style_of(request.precision, request.rows, request.output, terminal)
    found = listing(program, extents, land, notes, request.precision, terminal.unicode)
    with destination(request.output, terminal) as opened:
        write(found, opened, format, style)
    if land.unsearched:
        return ExitStatus.CHECK_FAILED
    if request.strict and not all(one.proven for one in land.found):
        return ExitStatus.NO_DERIVATIVE
    return ExitStatus.DONE


def searched(program: Program, extents: Extents, boxes: int) -> Landscape:
    """Everything of note in a box. Raises AdiffError where the expression is no number."""
    try:
        if len(extents.intervals) == 1:
            from autodiffcli.stationarity.stationary import stationary_points

            ((name, interval),) = extents.intervals.items()
            return stationary_points(program, name, interval, extents.fixed, boxes)
        from autodiffcli.stationarity.surface import stationary_points as over_boxes

        return over_boxes(program, extents.intervals, extents.fixed, boxes)
    except Misfit as error:
        span = error.step.span if error.step else None
        raise wrong("shapes", str(error), span, program.source) from None


def _notes(land: Landscape, extents: Extents, request: CriticalRequest) -> list[str]:
    found, digits = list(land.notes), significant(extents, SHORT)
    found += [f"not real{place(box, digits)}" for box in land.outside[:3]]
    if len(land.outside) > 3:
        found.append(f"not real in {len(land.outside) - 3:,} places more")
    if land.unsearched:
        hull = {
            name: (min(box[name][0] for box in land.unsearched),
                   max(box[name][1] for box in land.unsearched))
            for name in land.unsearched[0]
        }  # fmt: skip
        parts = f"{len(land.unsearched):,} parts" if len(land.unsearched) > 1 else "a part"
        words = f"{request.boxes:,} boxes are not enough: {parts} not searched"
        found.append(f"{words},{place(hull, digits)}; --boxes N allows more")
    return found
