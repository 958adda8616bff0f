"""What to do with a grid that is wider than the terminal: several grids, or one line per number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from autodiffcli.renderers.grid import Grid, Lane, rows
from autodiffcli.renderers.printable import padded, width


@dataclass(frozen=True, slots=True)
class Frame:
    """What a grid needs besides the cells of its lanes, in cells of the terminal.

    lane  for each lane
    once  for the grid
    """

    lane: int
    once: int

    def width(self, lanes: tuple[Lane, ...]) -> int:
        """What a grid of these measured lanes takes, in cells."""
        return self.once + sum(lane.width + self.lane for lane in lanes)


def parts(grid: Grid, frame: Frame, room: int | None) -> list[Grid]:
    """The measured grid as grids that fit, each with the fixed lanes; none where one cannot.

    room  cells of the terminal; None for as many as it takes
    """
    if room is None or frame.width(grid.lanes) <= room:
        return [grid]
    fixed, movable = grid.lanes[: grid.fixed], grid.lanes[grid.fixed :]
    taken: list[tuple[Lane, ...]] = []
    for lane in movable:
        if frame.width((*fixed, lane)) > room:
            return []
        if taken and frame.width((*fixed, *taken[-1], lane)) <= room:
            taken[-1] += (lane,)
        else:
            taken.append((lane,))
    return [replace(grid, lanes=(*fixed, *lanes)) for lanes in taken]


def records(grid: Grid) -> Iterator[str]:
    """The measured grid as lines `x = 1`, one per number, with an empty line between the rows."""
    room = max(width(lane.heading) for lane in grid.lanes)
    names = [padded(lane.heading, room) for lane in grid.lanes]
    gap = padded(grid.gap, room + 2)
    place = grid.spans[0][1] if len(grid.spans) > 1 else None
    for number, row in enumerate(rows(grid)):
        if number:
            yield ""
        if number == place:
            yield gap
            continue
        for name, cell in zip(names, row, strict=True):
            yield f"{name} = {cell.strip()}"
