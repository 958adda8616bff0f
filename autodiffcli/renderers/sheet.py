"""Quantities of one shape side by side: a grid with one row per element or per tensor row."""

from __future__ import annotations

from math import prod

from autodiffcli.arrays import Shape
from autodiffcli.renderers.footnotes import Marks
from autodiffcli.renderers.grid import Grid, Lane, Spans, Strip
from autodiffcli.renderers.number import shown_each
from autodiffcli.renderers.piece import Look, Piece
from autodiffcli.renderers.rows import Quantity, free, index_headings, index_texts

WIDEST_ROW = 8  # numbers of a tensor's row that are shown in one cell


def sheet(columns: tuple[Quantity, ...], shape: Shape, look: Look) -> Piece:
    """Points, value and derivatives side by side.

    columns  all of the one shape
    """
    if len(shape) == 2 and shape[0] > 0 and 0 < shape[1] <= WIDEST_ROW:
        wide = _grid((), columns, shape[0], shape[1], look)
        return Piece(grid=wide, otherwise=lambda: _by_element(columns, shape, look))
    return _by_element(columns, shape, look)


def number_strips(quantity: Quantity, step: int, look: Look) -> tuple[Strip, ...]:
    """The numbers of a quantity as the columns of a matrix of `step` columns."""
    marks: list[dict[int, str]] = [{} for _ in range(step)]
    for at, mark in look.notes.of(quantity.wrt).items():
        marks[at % step][at // step] = mark
    return tuple(_strip(quantity, first, step, marks[first], look) for first in range(step))


def some(count: int, most: int | None) -> Spans:
    """The rows to show: all, or the first and the last, `most` together."""
    if most is None or count <= most:
        return ((0, count),)
    last = most // 2
    return ((0, most - last), (count - last, count))


def remark(count: str, shown: str) -> str:
    """What is said below a grid that leaves something out.

    count, shown  of what there are how many, `1,000 rows`, and how many of them are seen
    """
    return f"{count}, {shown} shown; --rows N or a machine format (--format csv) shows more"


def _by_element(columns: tuple[Quantity, ...], shape: Shape, look: Look) -> Piece:
    labels = [quantity.label for quantity in columns]
    index = tuple(
        Lane(free(name, labels), (_index_strip(shape, axis),))
        for axis, name in enumerate(index_headings(shape))
    )
    return Piece(grid=_grid(index, columns, prod(shape), 1, look))


def _grid(
    index: tuple[Lane, ...], columns: tuple[Quantity, ...], count: int, step: int, look: Look
) -> Grid:
    lanes = (
        Lane(look.safe(quantity.label), number_strips(quantity, step, look)) for quantity in columns
    )
    spans = some(count, look.style.rows)
    cut = remark(f"{count:,} rows", f"{look.style.rows:,}") if len(spans) > 1 else ""
    fixed = len(index) + sum(quantity.wrt is None for quantity in columns)
    return Grid((*index, *lanes), fixed, spans, look.gap, cut)


def _strip(quantity: Quantity, first: int, step: int, marks: Marks, look: Look) -> Strip:
    def texts(start: int, stop: int) -> list[str]:
        numbers = slice(first + start * step, first + stop * step, step)
        return shown_each(quantity.values, numbers, look.style.precision)

    return Strip(texts, marks)


def _index_strip(shape: Shape, axis: int) -> Strip:
    return Strip(lambda start, stop: index_texts(shape, axis, range(start, stop)))
