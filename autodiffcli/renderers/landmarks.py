"""Stationary points and what else is of note, as a table, rows and a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, log10
from typing import Any

from autodiffcli.enclosures import bounded, of_fraction
from autodiffcli.program import Program
from autodiffcli.renderers.listing import Cell, Listing, Table
from autodiffcli.renderers.number import shown
from autodiffcli.result import SCHEMA, label, value_name
from autodiffcli.stationarity.extents import Extents
from autodiffcli.stationarity.landmarks import Landmark, Landscape, Range
from autodiffcli.typed import Constant, Interval

DIGITS = 17  # of bounds
MOST = 30  # of the ends of a part, where fewer do not tell them apart
WITHIN = 3  # digits that tell numbers of an interval apart, at least


def listing(
    program: Program,
    extents: Extents,
    land: Landscape,
    notes: Sequence[str],
    precision: int,
    unicode: bool,
) -> Listing:
    """What was found in a box.

    precision  significant digits in tables; more where rows would look the same
    """
    variables = tuple(extents.intervals)
    name = value_name(program.name, (*variables, *extents.fixed))
    digits = _digits(land, extents, precision)
    people, footnotes = _for_people(name, variables, land, precision, digits, unicode)
    where = place({n: ends(interval) for n, interval in extents.intervals.items()}, digits)
    words = "no stationary point" + (" found" if land.unsearched else "") + where
    return Listing(
        (people,) if land.found else (words,),
        _for_programs(name, variables, land),
        _document(program, extents, land, notes, name),
        footnotes,
    )


def ends(interval: Interval) -> Range:
    """Fractions near the ends of an interval."""
    low, high = (_near(end) for end in (interval.low, interval.high))
    return low, high


def place(box: Mapping[str, Range], digits: int) -> str:
    """Where a box is, in words; one variable without its name.

    digits  significant ones; more where both ends would look the same
    """
    ranges = [f"{name} from {_ends_of(ends, digits)}" for name, ends in box.items()]
    if len(ranges) == 1:
        return f" {ranges[0].partition(' ')[2]}"
    return f" for {', '.join(ranges)}"


def _ends_of(ends: Range, digits: int) -> str:
    low, high = (of_fraction(end, digits) for end in ends)
    return _ends_of(ends, digits + 1) if low == high and digits < MOST else f"{low} to {high}"


def significant(extents: Extents, precision: int) -> int:
    """Digits that tell numbers of each interval apart, as many as are asked for at least."""
    for low, high in map(ends, extents.intervals.values()):
        scale = max(abs(low), abs(high)) / (high - low)
        precision = max(precision, ceil(log10(scale)) + WITHIN if scale > 1 else 0)
    return min(precision, DIGITS)


def _digits(land: Landscape, extents: Extents, precision: int) -> int:
    """Digits that tell the rows apart, as far as doubles do."""
    digits = significant(extents, precision)
    rows = {tuple(_coordinates(one, DIGITS)) for one in land.found}
    while digits < DIGITS:
        if len({tuple(_coordinates(one, digits)) for one in land.found}) == len(rows):
            break
        digits += 1
    return digits


def _coordinates(one: Landmark, digits: int) -> list[str]:
    """The place of a landmark as it is shown."""
    if one.point:
        return [shown(number, digits) for number in one.point.values()]
    return [bounded(*box, digits).text for box in one.box.values()]


def _near(number: Constant) -> Fraction:
    return number.exact if number.exact is not None else Fraction(float(number.ball().mid()))


def _for_people(
    name: str,
    variables: tuple[str, ...],
    land: Landscape,
    precision: int,
    digits: int,
    unicode: bool,
) -> tuple[Table, tuple[str, ...]]:
    alone = len(variables) == 1
    rows: list[tuple[Cell, ...]] = []
    texts: dict[str, str] = {}
    for one in land.found:
        places = tuple(one.point.values()) if one.point else tuple(_coordinates(one, digits))
        kind = f"{one.extremum} ({one.kind})" if _is_rough_extremum(one) else one.kind
        second = _second(one, alone, precision)
        text = _remark(one)
        if text:
            kind += " " + texts.setdefault(text, f"[{len(texts) + 1}]")
        rows.append((*places, one.value, kind, second, one.proven))
    curvature = label(name, variables * 2, unicode=unicode) if alone else "eigenvalues"
    columns = (*variables, name, "kind", curvature, "proven")
    raised = dict.fromkeys(range(len(variables)), digits)
    table = Table(columns, rows, fixed=len(variables), digits=raised)
    return table, tuple(f"{mark} {text}" for text, mark in texts.items())


def _is_rough_extremum(one: Landmark) -> bool:
    return bool(one.extremum) and one.kind != one.extremum


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


def _texts(box: Range) -> tuple[str, str]:
    """The ends of a box, rounded outwards."""
    found = bounded(*box, DIGITS)
    return found.low, found.high


def _document(
    program: Program,
    extents: Extents,
    land: Landscape,
    notes: Sequence[str],
    name: str,
) -> dict[str, Any]:
    searched = not land.unsearched and not any(one.kind == "undecided" for one in land.found)

    def boxes(found: Sequence[Mapping[str, Range]]) -> list[dict[str, Any]]:
        return [{variable: list(_texts(box)) for variable, box in one.items()} for one in found]

    return {
        "schema": SCHEMA,
        "expression": program.source,
        "name": name,
        "from": {n: [float(end) for end in ends(i)] for n, i in extents.intervals.items()},
        "at": {n: float(_near(number)) for n, number in extents.fixed.items()},
        "complete": searched,
        "proven": searched and all(one.proven for one in land.found),
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
