"""Tangents and normals as equations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

from autodiffcli.renderers.number import shown
from autodiffcli.renderers.operator_answer import Answer, place_text

EXACT = 17  # significant digits that tell all doubles apart
MOST = 50  # points whose equations are shown below a table


def equations(answer: Answer, precision: int) -> Iterator[str]:
    """The equations of tangents or normals at all points."""
    if answer.kind in ("tangent", "normal") and answer.where.count <= MOST:
        several = answer.where.count > 1
        for row in range(answer.where.count):
            text = equation(answer, row, precision)
            place = f"at {place_text(answer, row, precision)}: " if several else ""
            if text:
                yield f"{place}{text}"


def equation(answer: Answer, row: int, precision: int) -> str:
    """`y = 4 + 4*(x - 2)`, the line or plane that touches, or that stands on it."""
    value = answer.number(answer.value[0], row)
    slopes = [answer.number(place, row) for place in answer.entries]
    at = [answer.where.flat()[variable][row] for variable in answer.variables]
    if not all(map(isfinite, (value, *slopes))):
        return ""
    if answer.kind == "normal":
        return _normal_line(answer, value, slopes, at, precision)
    terms = zip(slopes, answer.variables, at, strict=True)
    parts = [_term(slope, variable, point, precision) for slope, variable, point in terms if slope]
    start = [_text(value, precision)] if value or not parts else []
    return f"{answer.name} = {_sum([*start, *parts])}"


def _normal_line(
    answer: Answer, value: float, slopes: Sequence[float], at: Sequence[float], precision: int
) -> str:
    if len(slopes) > 1:
        foot = ", ".join(_text(number, precision) for number in (*at, value))
        way = ", ".join(_text(number, precision) for number in (*(-s for s in slopes), 1.0))
        names = ", ".join((*answer.variables, answer.name))
        return f"({names}) = ({foot}) + s*({way})"
    if not slopes[0]:
        return f"{answer.variables[0]} = {_text(at[0], precision)}"
    term = _term(-1 / slopes[0], answer.variables[0], at[0], precision)
    return f"{answer.name} = {_sum([*([_text(value, precision)] if value else []), term])}"


def _term(slope: float, variable: str, point: float, precision: int) -> str:
    sign = "-" if point > 0 else "+"
    from_point = f"({variable} {sign} {_text(abs(point), precision)})" if point else variable
    factor = _text(slope, precision)
    return {"1": from_point, "-1": f"-{from_point}"}.get(factor, f"{factor}*{from_point}")


def _sum(parts: Sequence[str]) -> str:
    text = parts[0]
    for part in parts[1:]:
        text += f" - {part[1:]}" if part.startswith("-") else f" + {part}"
    return text


def _text(number: float, precision: int) -> str:
    """A number to so many digits; with all 17, as short as reads back as the same."""
    return repr(number).removesuffix(".0") if precision >= EXACT else shown(number, precision)
