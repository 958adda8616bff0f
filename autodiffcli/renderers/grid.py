"""Cells in rows and columns, and the widths that make them line up.

A grid never holds its cells: it makes them in blocks, as often as it is asked, so that a million
rows cost two passes and no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from autodiffcli.renderers.footnotes import Marks
from autodiffcli.renderers.printable import padded, width

Spans = tuple[tuple[int, int], ...]
"""Ranges of rows, start and stop, with something left out between them."""

_CELLS = 16384  # made at once
_BETWEEN = "  "  # between the strips of one column


@dataclass(frozen=True, slots=True)
class Strip:
    """Cells that stand exactly below each other.

    texts  the cells of the rows from start to stop
    marks  row -> what stands behind the cell
    left   whether the cells begin below each other; numbers end below each other
    """

    texts: Callable[[int, int], list[str]]
    marks: Marks = field(default_factory=dict)
    left: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """A heading over one or more strips: a row of a matrix takes several.

    numbers  cells of the terminal for the texts of each strip
    marks    cells for its marks and the space before them
    """

    heading: str
    strips: tuple[Strip, ...]
    numbers: tuple[int, ...] = ()
    marks: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        """Cells of the terminal, once the lane is measured."""
        gaps = len(_BETWEEN) * (len(self.strips) - 1)
        return sum(self.numbers) + sum(self.marks) + gaps


@dataclass(frozen=True, slots=True)
class Grid:
    """Lanes side by side.

    fixed   how many leading lanes say what the row is; every part of a split grid repeats them
    spans   rows shown
    gap     what stands in a row for those left out, `⋮`
    remark  a line to be said below: how many rows there are
    """

    lanes: tuple[Lane, ...]
    fixed: int
    spans: Spans
    gap: str = "⋮"
    remark: str = ""

    @property
    def shown(self) -> int:
        """How many rows are shown."""
        return sum(stop - start for start, stop in self.spans)


def measured(grid: Grid) -> Grid:
    """The grid with the widths of its lanes, which takes one pass over the rows shown."""
    return replace(grid, lanes=tuple(_measured(lane, grid) for lane in grid.lanes))


def heading_cell(lane: Lane) -> str:
    """The heading over the last number, or over the beginning of words."""
    if lane.strips[0].left:
        return padded(lane.heading, lane.width, left=True)
    return padded(lane.heading, lane.width - lane.marks[-1]) + " " * lane.marks[-1]


def rows(grid: Grid) -> Iterator[tuple[str, ...]]:
    """The cells of every row shown, as wide as their lanes, and a row of gaps between spans."""
    for position, (start, stop) in enumerate(grid.spans):
        if position:
            yield tuple(_gap_cell(lane, grid.gap) for lane in grid.lanes)
        for low, high in _blocks(grid, start, stop):
            yield from zip(*(_cells(lane, low, high) for lane in grid.lanes), strict=True)


def _measured(lane: Lane, grid: Grid) -> Lane:
    numbers = [_number_width(strip, grid) for strip in lane.strips]
    marks = tuple(_mark_width(strip, grid) for strip in lane.strips)
    over = Lane(lane.heading, lane.strips, tuple(numbers), marks)
    numbers[0] += max(0, width(lane.heading) - (over.width - marks[-1]))
    return replace(over, numbers=tuple(numbers))


def _number_width(strip: Strip, grid: Grid) -> int:
    widest = width(grid.gap) if len(grid.spans) > 1 else 0
    for start, stop in grid.spans:
        for low, high in _blocks(grid, start, stop):
            widest = max(widest, max(map(width if strip.left else len, strip.texts(low, high))))
    return widest


def _mark_width(strip: Strip, grid: Grid) -> int:
    seen = (
        len(mark) + 1
        for row, mark in strip.marks.items()
        if any(start <= row < stop for start, stop in grid.spans)
    )
    return max(seen, default=0)


def _blocks(grid: Grid, start: int, stop: int) -> Iterator[tuple[int, int]]:
    step = max(1, _CELLS // sum(len(lane.strips) for lane in grid.lanes))
    return ((low, min(low + step, stop)) for low in range(start, stop, step))


def _cells(lane: Lane, start: int, stop: int) -> list[str]:
    strips = [
        _strip_cells(strip, number, mark, start, stop)
        for strip, number, mark in zip(lane.strips, lane.numbers, lane.marks, strict=True)
    ]
    return strips[0] if len(strips) == 1 else list(map(_BETWEEN.join, zip(*strips, strict=True)))


def _strip_cells(strip: Strip, number: int, mark: int, start: int, stop: int) -> list[str]:
    if strip.left:
        return [padded(text, number, left=True) for text in strip.texts(start, stop)]
    texts = [text.rjust(number) for text in strip.texts(start, stop)]
    if not mark:
        return texts
    behind = strip.marks
    return [
        text + (f" {behind[row]}".ljust(mark) if row in behind else " " * mark)
        for row, text in enumerate(texts, start)
    ]


def _gap_cell(lane: Lane, gap: str) -> str:
    return _BETWEEN.join(
        padded(gap, number, left=strip.left) + " " * mark
        for strip, number, mark in zip(lane.strips, lane.numbers, lane.marks, strict=True)
    )
