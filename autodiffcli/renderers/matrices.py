"""Quantities of different shapes, one after the other: matrices, Jacobians, lists of entries."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import replace

from autodiffcli.arrays import Shape, picked, unravel
from autodiffcli.renderers.above import equation
from autodiffcli.renderers.grid import Grid, Lane, Spans, Strip
from autodiffcli.renderers.piece import Look, Piece
from autodiffcli.renderers.rows import Quantity, quantities
from autodiffcli.renderers.sheet import number_strips, remark, sheet, some
from autodiffcli.result import Result

WIDEST_MATRIX = 100  # columns; a wider one is a list of entries even where lines have no end


def matrices(result: Result, look: Look) -> Iterator[Piece]:
    """Points and value, side by side if they have one shape, and every derivative by itself."""
    columns = quantities(result, unicode=look.terminal.unicode)
    given = tuple(quantity for quantity in columns if not quantity.wrt)
    shapes = {quantity.values.shape for quantity in given}
    together = len(shapes) == 1 and result.value.shape != ()
    if together:
        yield sheet(given, result.value.shape, look)
    for quantity in columns[len(given) if together else 0 :]:
        variable = _differentiated_once(quantity, result)
        if variable:
            yield _jacobian(quantity, result.name, variable, look)
        else:
            yield _by_itself(quantity, look)


def _differentiated_once(quantity: Quantity, result: Result) -> str:
    """The variable of a Jacobian of one vector by another; "" for any other quantity."""
    if result.reduction != "none" or not quantity.wrt or len(quantity.wrt) > 1:
        return ""
    variable = quantity.wrt[0]
    vectors = len(result.value.shape) == len(result.points[variable].shape) == 1
    return variable if vectors else ""


def _jacobian(quantity: Quantity, name: str, variable: str, look: Look) -> Piece:
    """A row per number of the value, a column per number of the variable."""
    height, breadth = quantity.values.shape
    strips = number_strips(quantity, breadth, look)
    rows, columns = some(height, look.style.rows), some(breadth, look.style.rows)
    labels = Strip(
        lambda start, stop: [look.safe(f"{name}[{row}]") for row in range(start, stop)], left=True
    )
    lanes = [Lane("", (labels,))]
    for position, (start, stop) in enumerate(columns):
        if position:
            lanes.append(_left_out(look))
        for column in range(start, stop):
            lanes.append(Lane(look.safe(f"{variable}[{column}]"), (strips[column],)))
    grid = Grid(tuple(lanes), 1, rows, look.gap, _left_out_of(height, breadth, rows, columns))
    return Piece(look.safe(quantity.label), grid, otherwise=lambda: _entries(quantity, look))


def _left_out(look: Look) -> Lane:
    dots = "…" if look.terminal.unicode else "..."
    return Lane(dots, (Strip(lambda start, stop: [dots] * (stop - start)),))


def _left_out_of(height: int, breadth: int, rows: Spans, columns: Spans) -> str:
    cut = [
        (f"{count:,} {noun}", f"{sum(stop - start for start, stop in spans):,}")
        for count, noun, spans in ((height, "rows", rows), (breadth, "columns", columns))
        if len(spans) > 1
    ]
    return remark(*(" and ".join(words) for words in zip(*cut, strict=True))) if cut else ""


def _by_itself(quantity: Quantity, look: Look) -> Piece:
    """A number as an equation, a vector or matrix as its rows, anything else as its entries."""
    shape = quantity.values.shape
    if not shape:
        mark = look.notes.of(quantity.wrt).get(0, "")
        value = equation(quantity.label, quantity.values, look.style.precision, mark)
        return Piece(look.safe(value))
    if len(shape) > 2 or not len(quantity.values) or shape[-1] > WIDEST_MATRIX:
        return _entries(quantity, look)
    height = shape[0] if len(shape) == 2 else 1
    spans = some(height, look.style.rows)
    cut = remark(f"{height:,} rows", f"{look.style.rows:,}") if len(spans) > 1 else ""
    grid = Grid((Lane("", number_strips(quantity, shape[-1], look)),), 0, spans, look.gap, cut)
    title = look.safe(quantity.label)
    return Piece(title, grid, bare=True, otherwise=lambda: _entries(quantity, look))


def _entries(quantity: Quantity, look: Look) -> Piece:
    """The entries that are not 0, or that have a footnote, with their indices."""
    values = quantity.values
    marks = look.notes.of(quantity.wrt)
    listed = array("q", (at for at, value in enumerate(values) if value != 0 or at in marks))
    numbers = replace(quantity, values=picked(values, listed, (len(listed),)))
    own = {row: marks[at] for row, at in enumerate(listed) if at in marks} if marks else {}
    strip = replace(number_strips(replace(numbers, wrt=None), 1, look)[0], marks=own)
    index = Strip(
        lambda start, stop: [_index(at, values.shape) for at in listed[start:stop]], left=True
    )
    spans = some(len(listed), look.style.rows)
    cut = remark(f"{len(listed):,} entries", f"{look.style.rows:,}") if len(spans) > 1 else ""
    grid = Grid((Lane("", (index, strip)),), 0, spans, look.gap, cut)
    title = f"{quantity.label}, {_sizes(values.shape, look)}: {_counted(len(listed), len(values))}"
    return Piece(look.safe(title), grid if listed else None, bare=True)


def _index(at: int, shape: Shape) -> str:
    return f"[{','.join(map(str, unravel(at, shape)))}]"


def _sizes(shape: Shape, look: Look) -> str:
    return ("×" if look.terminal.unicode else "x").join(map(str, shape))


def _counted(listed: int, there: int) -> str:
    if listed == there:
        return f"{there:,} entries"
    if not listed:
        return f"all {there:,} entries are 0"
    return f"{listed:,} of {there:,} entries, the others are 0"
