"""The table for people: boxes on a terminal, plain columns in a pipe. The only user of rich."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from autodiffcli.renderers import Style
from autodiffcli.renderers.above import equation, reduction_line
from autodiffcli.renderers.fitting import Frame, parts, records
from autodiffcli.renderers.footnotes import footnotes
from autodiffcli.renderers.grid import Grid, heading_cell, measured, rows
from autodiffcli.renderers.matrices import matrices
from autodiffcli.renderers.piece import Look, Piece
from autodiffcli.renderers.printable import wrapped
from autodiffcli.renderers.rows import quantities, row_shape
from autodiffcli.renderers.sheet import sheet
from autodiffcli.result import Result
from autodiffcli.terminal import Terminal

LONGEST_BOX = 1000  # rows in a box: rich holds the whole table and takes 0.2 ms for each

_BARE = Frame(lane=0, once=2)
_BOXED = Frame(lane=3, once=1)
_PLAIN = Frame(lane=2, once=-2)

_MARKED = r"\bnone\b|(?<=[ \]])\[\d+\]"


def table(result: Result, terminal: Terminal, style: Style) -> None:
    """Writes the result as a table, with footnotes for what is not smooth."""
    look = Look(footnotes(result, terminal, style.precision), terminal, style)
    before: Piece | None = None
    closed = False
    for piece in _pieces(result, look):
        if before is not None and _apart(before, piece, terminal):
            _lines([""], terminal)
        closed = draw(piece, terminal)
        before = piece
    if look.notes.lines and not closed:
        _lines([""], terminal)
    for line in look.notes.lines:
        _say(line, terminal)


def _pieces(result: Result, look: Look) -> Iterator[Piece]:
    """What is shown, from top to bottom."""
    above = reduction_line(result, look.style.precision)
    if above:
        yield Piece(look.safe(above))
    shape = row_shape(result)
    if shape is None:
        yield from matrices(result, look)
        return
    columns = quantities(result, unicode=look.terminal.unicode)
    if result.value.shape != shape:
        mark = look.notes.of(()).get(0, "")
        value = equation(result.name, result.value, look.style.precision, mark)
        yield Piece(look.safe(value))
        columns = tuple(quantity for quantity in columns if quantity.wrt != ())
    yield sheet(columns, shape, look)


def _apart(before: Piece, piece: Piece, terminal: Terminal) -> bool:
    """Whether an empty line goes between: none between two lines, nor between a line and a box."""
    if before.grid is not None:
        return True
    return piece.grid is not None and not (terminal.boxes and not piece.title)


def draw(piece: Piece, terminal: Terminal) -> bool:
    """Writes a piece. Returns whether its end is plain to see, as that of a box is."""
    if piece.grid is None:
        _say(piece.title, terminal)
        return False
    grid = measured(piece.grid)
    frame = _frame(piece, grid, terminal)
    fitting = parts(grid, frame, terminal.width)
    if not fitting and piece.otherwise is not None:
        return draw(piece.otherwise(), terminal)
    if piece.title:
        _say(piece.title, terminal)
    if fitting or piece.bare:
        _write_parts(fitting or [grid], frame, terminal)
    else:
        _lines(records(grid), terminal)
    closed = frame is _BOXED and bool(fitting)
    if grid.remark:
        _lines([] if closed else [""], terminal)
        _say(grid.remark, terminal)
    return closed


def _frame(piece: Piece, grid: Grid, terminal: Terminal) -> Frame:
    if piece.bare:
        return _BARE
    return _BOXED if terminal.boxes and grid.shown <= LONGEST_BOX else _PLAIN


def _write_parts(fitting: list[Grid], frame: Frame, terminal: Terminal) -> None:
    for position, part in enumerate(fitting):
        if frame is _BOXED:
            _write_box(part, terminal)
        elif frame is _BARE:
            _lines((f"  {row[0]}" for row in rows(part)), terminal)
        else:
            heading = "  ".join(map(heading_cell, part.lanes))
            _lines(["", heading] if position else [heading], terminal)
            _lines(map("  ".join, rows(part)), terminal)


def _write_box(grid: Grid, terminal: Terminal) -> None:
    from rich.box import ASCII2, ROUNDED
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(
        file=terminal.stdout,
        width=_BOXED.width(grid.lanes),
        force_terminal=terminal.colour,
        no_color=not terminal.colour,
        color_system="standard" if terminal.colour else None,
        force_jupyter=False,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    box = Table(box=ROUNDED if terminal.unicode else ASCII2, border_style="dim")
    for lane in grid.lanes:
        box.add_column(Text(heading_cell(lane), style="bold"), no_wrap=True)
    for row in rows(grid):
        cells = [Text(cell, overflow="ignore") for cell in row]
        for cell in cells:
            cell.highlight_regex(_MARKED, "yellow")
        box.add_row(*cells)
    console.print(box)


def _say(line: str, terminal: Terminal) -> None:
    _lines(wrapped(line, terminal.width), terminal)


def _lines(lines: Iterable[str], terminal: Terminal) -> None:
    terminal.stdout.writelines(f"{line.rstrip()}\n" for line in lines)
