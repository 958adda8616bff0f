"""`adiff critical`: the stationary points of an expression in a box, and what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from autodiffcli.app import destination, format_of, style_of
from autodiffcli.constants import Constant, Interval
from autodiffcli.diagnostics import ExitStatus, wrong
from autodiffcli.enclosures import bounded, of_fraction
from autodiffcli.interpreters.blocks import Misfit
from autodiffcli.judgement import refuse_unknown
from autodiffcli.parser import parse
from autodiffcli.program import Program
from autodiffcli.readings import strictly
from autodiffcli.renderers.listing import Cell, Listing, Table, write
from autodiffcli.renderers.number import shown
from autodiffcli.renderers.report import note
from autodiffcli.result import label
from autodiffcli.stationarity.extents import Extents, read_extents
from autodiffcli.stationarity.landmarks import Landmark, Landscape
from autodiffcli.terminal import Terminal

DIGITS = 17  # of bounds


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
    listing = _listing(program, extents, land, notes, request, terminal.unicode)
    with destination(request.output, terminal) as opened:
        write(listing, opened, format, style)
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


# -- what is said beside the table


def _notes(land: Landscape, extents: Extents, request: CriticalRequest) -> list[str]:
    found = list(land.notes)
    found += [f"not real{_place(box)}" for box in land.outside[:3]]
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
        found.append(f"{words},{_place(hull)}; --boxes N allows more")
    return found


def _place(box: Mapping[str, tuple[Fraction, Fraction]]) -> str:
    """Where a box is, in words; one variable without its name."""
    if len(box) == 1:
        ((low, high),) = box.values()
        return f" from {_short(low)} to {_short(high)}"
    ranges = (f"{name} from {_short(low)} to {_short(high)}" for name, (low, high) in box.items())
    return f" for {', '.join(ranges)}"


def _short(number: Fraction, digits: int = 6) -> str:
    return of_fraction(number, digits)


# -- the listing


def _listing(
    program: Program,
    extents: Extents,
    land: Landscape,
    notes: Sequence[str],
    request: CriticalRequest,
    unicode: bool,
) -> Listing:
    variables = tuple(extents.intervals)
    name = next(
        word for word in (program.name, "y", "f", "g", "h", "value")
        if word and word not in (*variables, *extents.fixed)
    )  # fmt: skip
    people, footnotes = _for_people(name, variables, land, request.precision, unicode)
    where = _place({n: _ends(interval) for n, interval in extents.intervals.items()})
    shown_: tuple[Table | str, ...] = (people,)
    if not land.found:
        shown_ = (f"no stationary point{where}" if not land.unsearched else
                  f"no stationary point found{where}",)  # fmt: skip
    return Listing(
        shown_,
        _for_programs(name, variables, land),
        _document(program, extents, land, notes, name, request),
        footnotes,
    )


def _ends(interval: Interval) -> tuple[Fraction, Fraction]:
    low, high = (_near(end) for end in (interval.low, interval.high))
    return low, high


def _near(number: Constant) -> Fraction:
    return number.exact if number.exact is not None else Fraction(float(number.ball().mid()))


def _for_people(
    name: str, variables: tuple[str, ...], land: Landscape, precision: int, unicode: bool
) -> tuple[Table, tuple[str, ...]]:
    alone = len(variables) == 1
    rows: list[tuple[Cell, ...]] = []
    texts: dict[str, str] = {}
    for one in land.found:
        places = tuple(_coordinate(one, variable, precision) for variable in variables)
        kind = f"{one.extremum} ({one.kind})" if _is_rough_extremum(one) else one.kind
        second = _second(one, alone, precision)
        text = _remark(one)
        if text:
            kind += " " + texts.setdefault(text, f"[{len(texts) + 1}]")
        rows.append((*places, one.value, kind, second, one.proven))
    curvature = label(name, variables * 2, unicode=unicode) if alone else "eigenvalues"
    columns = (*variables, name, "kind", curvature, "proven")
    table = Table(columns, rows, fixed=len(variables))
    return table, tuple(f"{mark} {text}" for text, mark in texts.items())


def _is_rough_extremum(one: Landmark) -> bool:
    return bool(one.extremum) and one.kind != one.extremum


def _coordinate(one: Landmark, variable: str, precision: int) -> Cell:
    if one.point:
        return one.point[variable]
    return bounded(*one.box[variable], precision).text


def _second(one: Landmark, alone: bool, precision: int) -> Cell:
    if not one.second:
        return None
    return one.second[0] if alone else ", ".join(shown(v, precision) for v in one.second)


def _remark(one: Landmark) -> str:
    parts = []
    if one.sides:
        parts.append("slope {} from the left, {} from the right".format(*map(shown, one.sides)))
    parts += [one.reason] if one.reason else []
    parts += ["at the end of the interval"] if one.at_end else []
    return "; ".join(parts)


def _for_programs(name: str, variables: tuple[str, ...], land: Landscape) -> Table:
    alone = len(variables) == 1
    names = [f"{variable}_{end}" for variable in variables for end in ("low", "high")]
    seconds = (label(name, variables * 2),) if alone else tuple(
        f"eigenvalue{n + 1}" for n in range(len(variables))
    )  # fmt: skip
    columns = (
        *variables, name, "kind", "extremum", *seconds, "left", "right", "proven", "at_end",
        *names, "reason",
    )  # fmt: skip
    rows = []
    for one in land.found:
        second: tuple[Cell, ...] = one.second or (None,) * len(seconds)
        bounds = [text for variable in variables for text in _texts(one.box[variable])]
        rows.append((
            *(one.point.get(variable) for variable in variables), one.value, one.kind,
            one.extremum, *second, *(one.sides or (None, None)), one.proven, one.at_end,
            *bounds, one.reason,
        ))  # fmt: skip
    return Table(columns, rows)


def _texts(box: tuple[Fraction, Fraction]) -> tuple[str, str]:
    """The ends of a box, rounded outwards."""
    found = bounded(*box, DIGITS)
    return found.low, found.high


def _document(
    program: Program,
    extents: Extents,
    land: Landscape,
    notes: Sequence[str],
    name: str,
    request: CriticalRequest,
) -> dict[str, Any]:
    def boxes(found: Sequence[Mapping[str, tuple[Fraction, Fraction]]]) -> list[dict[str, Any]]:
        return [{variable: list(_texts(box)) for variable, box in one.items()} for one in found]

    return {
        "schema": 1,
        "expression": request.expression,
        "name": name,
        "from": {n: [float(end) for end in _ends(i)] for n, i in extents.intervals.items()},
        "at": {n: float(_near(number)) for n, number in extents.fixed.items()},
        "complete": not land.unsearched,
        "proven": not land.unsearched and all(one.proven for one in land.found),
        "points": [
            {
                "point": dict(one.point) or None,
                "bounds": boxes([one.box])[0],
                "value": one.value,
                "kind": one.kind,
                "extremum": one.extremum or None,
                "second": list(one.second),
                "left": one.sides[0] if one.sides else None,
                "right": one.sides[1] if one.sides else None,
                "proven": one.proven,
                "at_end": one.at_end,
                "reason": one.reason,
            }
            for one in land.found
        ],
        "outside": boxes(land.outside),
        "unsearched": boxes(land.unsearched),
        "boxes": land.boxes,
        "notes": list(notes),
    }
