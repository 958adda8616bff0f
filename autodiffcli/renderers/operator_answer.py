"""What an operator found, what its entries are called, and what is the matter with them."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import isfinite, nan, prod
from typing import Any

from autodiffcli.arrays import Shape, nested, unravel
from autodiffcli.fields import Found
from autodiffcli.positions import Positions
from autodiffcli.renderers import Style
from autodiffcli.renderers.number import shown
from autodiffcli.renderers.rows import EXACT
from autodiffcli.result import label
from autodiffcli.terminal import Terminal
from autodiffcli.verdict import Verdict

MOST_FOOTNOTES = 20
MOST_PAIRED = 4  # terms of a divergence that are written out in a heading
MATRICES = ("jacobian", "hessian")


@dataclass(frozen=True, slots=True)
class Answer:
    """An operator at some points.

    name        of the formula, `y`
    variables   what is differentiated by, entry by entry
    components  shape of the formula
    shape       of what the operator gives at one point
    entries     which of the numbers of `found` each entry is; -1 for 0
    value       likewise for the formula itself; empty where it is not shown
    """

    kind: str
    expression: str
    read_as: str
    name: str
    where: Positions
    variables: tuple[str, ...]
    components: Shape
    shape: Shape
    entries: tuple[int, ...]
    value: tuple[int, ...]
    found: Found
    sparse: bool

    def number(self, place: int, row: int) -> float:
        """One of the numbers at a point; NaN where there is none."""
        return self.found.values[place][row] if place >= 0 else 0.0

    def numbers(self, place: int) -> Sequence[float]:
        """One of the numbers at all points."""
        return self.found.values[place] if place >= 0 else array("d", bytes(8 * self.where.count))

    def verdict(self, place: int, row: int) -> Verdict | None:
        """What is the matter with it."""
        return self.found.verdicts.get((row, place))


# -- what entries are called


def labels(answer: Answer, unicode: bool) -> list[str]:
    """What the entries of a vector, or the one number, are called."""
    kind, count = answer.kind, len(answer.where.flat())
    if kind in ("gradient", "tangent"):
        slopes = ((variable,) for variable in answer.variables)
        return [label(answer.name, slope, count, unicode=unicode) for slope in slopes]
    if kind == "normal":
        return [f"n_{variable}" for variable in (*answer.variables, answer.name)]
    if not answer.shape:
        return [_paired(answer) if unicode and kind in ("divergence", "curl") else kind]
    if kind == "jvp":
        return [f"jvp[{','.join(map(str, unravel(n, answer.shape)))}]" for n in _each(answer)]
    return [f"{kind}_{variable}" for variable in answer.variables]


def _paired(answer: Answer) -> str:
    """`∂f[0]/∂x + ∂f[1]/∂y`: which component belongs to which variable."""
    if len(answer.variables) > MOST_PAIRED:
        return answer.kind
    count, names = len(answer.where.flat()), component_names(answer)
    if answer.kind == "curl":
        names.reverse()
    slopes = zip(names, answer.variables, strict=True)
    sign = " - " if answer.kind == "curl" else " + "
    return sign.join(label(name, (by,), count, unicode=True) for name, by in slopes)


def _each(answer: Answer) -> range:
    return range(prod(answer.shape))


def component_names(answer: Answer) -> list[str]:
    """What the components of the formula are called."""
    if not answer.components:
        return [answer.name]
    count = prod(answer.components)
    return [
        f"{answer.name}[{','.join(map(str, unravel(n, answer.components)))}]" for n in range(count)
    ]


def row_names(answer: Answer, unicode: bool = False) -> list[str]:
    """What the rows of a matrix are."""
    if answer.kind == "jacobian":
        return component_names(answer)
    count = len(answer.where.flat())
    return [label(answer.name, (v,), count, unicode=unicode) for v in answer.variables]


# -- numbers


def numbers_at(answer: Answer, row: int) -> list[float]:
    """The entries of a vector at a point."""
    found = [answer.number(place, row) for place in answer.entries]
    if answer.kind == "normal":
        return [*(-slope for slope in found), 1.0 if all(map(isfinite, found)) else nan]
    return found


def status_at(answer: Answer, row: int, places: Sequence[int]) -> str:
    """What holds for some of the numbers at a point: `exact`, or what is the matter."""
    found = (answer.verdict(place, row) for place in places)
    return "+".join(dict.fromkeys(v.status for v in found if v is not None)) or EXACT


@dataclass(slots=True)
class Footnotes:
    """Marks for numbers that are not exact, and the lines that say why."""

    answer: Answer
    terminal: Terminal
    style: Style
    groups: dict[tuple[Any, ...], int] = field(default_factory=dict)
    places: dict[int, list[tuple[str, int]]] = field(default_factory=dict)

    def mark(self, place: int, row: int, name: str) -> str:
        """What stands behind a number; "" for nothing."""
        verdict = self.answer.verdict(place, row)
        if verdict is None:
            return ""
        key = (verdict.status, verdict.left, verdict.right, verdict.reason, row)
        number = self.groups.setdefault(key, len(self.groups) + 1)
        named = self.places.setdefault(number, [])
        if (name, row) not in named:
            named.append((name, row))
        return f"[{number}]"

    def lines(self) -> Iterator[str]:
        """One line for each."""
        for key, number in list(self.groups.items())[:MOST_FOOTNOTES]:
            status, left, right, reason, row = key
            names = list(dict.fromkeys(name for name, _ in self.places[number]))
            what = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
            sides = "".join(
                f", {side} {shown(slope, self.style.precision)}"
                for side, slope in (("left", left), ("right", right))
                if slope is not None and isfinite(slope)
            )
            place = place_text(self.answer, row, self.style.precision)
            yield f"[{number}] {what} at {place}: {status}{sides}" + (
                f"; {reason}" if reason else ""
            )
        rest = len(self.groups) - MOST_FOOTNOTES
        if rest > 0:
            yield f"and {rest} more; a machine format (--format json) has them all"


def place_text(answer: Answer, row: int, precision: int) -> str:
    """`x = 1, y = 2`, vectors by their entries in brackets."""
    parts = []
    for name, entries in answer.where.columns.items():
        texts = [shown(entry[row], precision) for entry in entries]
        shape = answer.where.shapes[name]
        if len(shape) > 1 and len(texts) <= 9:
            parts.append(f"{name} = {str(nested(texts, shape)).replace(chr(39), '')}")
        elif shape:
            short = texts if len(texts) <= 4 else [*texts[:2], "...", texts[-1]]
            parts.append(f"{name} = [{', '.join(short)}]")
        else:
            parts.append(f"{name} = {texts[0]}")
    return ", ".join(parts)


def shown_or_none(answer: Answer, place: int, row: int, notes: Footnotes, name: str = "") -> str:
    """A number of the formula itself, with its mark."""
    number = answer.number(place, row)
    text = shown(number, notes.style.precision) if isfinite(number) else "none"
    return f"{text} {notes.mark(place, row, name or answer.name)}".rstrip()
