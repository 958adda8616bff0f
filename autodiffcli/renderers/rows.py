"""A result as rows, which CSV, NDJSON, Markdown and the table share.

Points, value and derivatives of one shape stand side by side, one row per element; a value with
one element is repeated. Everything else is listed in long form, one row per number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod

from autodiffcli.arrays import Array, Shape, unravel
from autodiffcli.result import Flag, Result, label

BLOCK = 4096  # rows made at once: many enough to be fast, few enough to be nothing in memory

EXACT = "exact"  # the status of a row without flags


@dataclass(frozen=True, slots=True)
class Quantity:
    """One thing with numbers: a variable, the value or a derivative.

    wrt  () for the value, None for a variable
    """

    label: str
    wrt: tuple[str, ...] | None
    values: Array


Numbers = Callable[[Quantity, slice], list[str]]
"""The text of some of a quantity's numbers."""


@dataclass(frozen=True, slots=True)
class Block:
    """The cells of some successive rows.

    start    number of the first row
    columns  cells of each column, as many as rows
    """

    start: int
    columns: list[list[str]]

    @property
    def rows(self) -> range:
        """The numbers of the rows."""
        return range(self.start, self.start + len(self.columns[0]))


@dataclass(frozen=True, slots=True)
class Flagged:
    """The flags of every row, by column within a row.

    rows        only the rows that have flags of their own
    everywhere  flags of a value that is repeated on every row
    """

    rows: Mapping[int, tuple[Flag, ...]]
    everywhere: tuple[Flag, ...] = ()

    def at(self, row: int) -> tuple[Flag, ...]:
        """All flags of a row."""
        return self.everywhere + self.rows.get(row, ())

    def statuses(self, rows: range) -> list[str]:
        """`exact`, or what the flags of a row say, joined by `+`."""
        usual = _status(self.everywhere)
        if not self.rows:
            return [usual] * len(rows)
        return [_status(self.at(row)) if row in self.rows else usual for row in rows]


def quantities(result: Result, *, unicode: bool = False) -> tuple[Quantity, ...]:
    """The variables, the value and the derivatives, in this order."""
    many = len(result.variables)
    points = [name for name in result.variables if name in result.points]
    return (
        *(Quantity(name, None, result.points[name]) for name in points),
        Quantity(result.name, (), result.value),
        *(
            Quantity(label(result.name, c.wrt, many, unicode=unicode), c.wrt, c.values)
            for c in result.derivatives
        ),
    )


def row_shape(result: Result) -> Shape | None:
    """The shape that the rows run through, or None where only the long form will do."""
    shapes = {quantity.values.shape for quantity in quantities(result) if quantity.wrt != ()}
    if len(result.value) != 1 or not shapes:
        shapes.add(result.value.shape)
    return shapes.pop() if len(shapes) == 1 else None


def headings(result: Result, *, unicode: bool = False) -> list[str]:
    """The names of the columns; without `unicode` in ASCII but for the user's own letters."""
    shape = row_shape(result)
    if shape is None:
        return ["quantity", "index", "value"]
    labels = [quantity.label for quantity in quantities(result, unicode=unicode)]
    return [*(free(name, labels) for name in index_headings(shape)), *labels]


def index_headings(shape: Shape) -> list[str]:
    """`index_0`, `index_1` for rows of rank 2; none where the row's number says it all."""
    return [f"index_{axis}" for axis in range(len(shape))] if len(shape) > 1 else []


def free(name: str, taken: Iterable[str]) -> str:
    """The name, with as many `_` behind it as the user's own variables make necessary."""
    words = set(taken)
    while name in words:
        name += "_"
    return name


def blocks(
    result: Result, numbers: Numbers, word: Callable[[str], str], *, unicode: bool = False
) -> Iterator[Block]:
    """All rows in order, some at a time. The columns are those of `headings`.

    word  how a quantity's name and an index such as `0,1` are written
    """
    columns, shape = quantities(result, unicode=unicode), row_shape(result)
    if shape is None:
        return _long(columns, numbers, word)
    return _side_by_side(columns, shape, numbers)


def flagged(result: Result) -> Flagged:
    """The flags by the rows that `blocks` gives."""
    shape = row_shape(result)
    first: dict[tuple[str, ...], int] = {}
    shapes: dict[tuple[str, ...], Shape] = {}
    rows = 0
    for quantity in quantities(result):
        if quantity.wrt is not None:
            first[quantity.wrt] = 0 if shape is not None else rows
            shapes[quantity.wrt] = quantity.values.shape
        rows += len(quantity.values)
    order = {wrt: position for position, wrt in enumerate(first)}
    repeated = shape is not None and shape != result.value.shape
    own: dict[int, tuple[Flag, ...]] = {}
    everywhere: tuple[Flag, ...] = ()
    for flag in sorted((f for f in result.flags if f.wrt in order), key=lambda f: order[f.wrt]):
        if repeated and not flag.wrt:
            everywhere += (flag,)
            continue
        row = first[flag.wrt] + flat(flag.index, shapes[flag.wrt])
        own[row] = (*own.get(row, ()), flag)
    return Flagged(own, everywhere)


def flat(index: Shape, shape: Shape) -> int:
    """The row-major position of an index, the inverse of `arrays.unravel`."""
    position = 0
    for size, place in zip(shape, index, strict=True):
        position = position * size + place
    return position


def index_texts(shape: Shape, axis: int, rows: range) -> list[str]:
    """The index on one axis for each of some flat rows."""
    stride = prod(shape[axis + 1 :])
    return [str(row // stride % shape[axis]) for row in rows]


def _side_by_side(columns: tuple[Quantity, ...], shape: Shape, numbers: Numbers) -> Iterator[Block]:
    count = prod(shape)
    axes = range(len(index_headings(shape)))
    for start in range(0, count, BLOCK):
        rows = range(start, min(start + BLOCK, count))
        cells = [index_texts(shape, axis, rows) for axis in axes]
        for quantity in columns:
            if quantity.values.shape == shape:
                cells.append(numbers(quantity, slice(rows.start, rows.stop)))
            else:
                cells.append(numbers(quantity, slice(0, 1)) * len(rows))
        yield Block(start, cells)


def _long(
    listed: tuple[Quantity, ...], numbers: Numbers, word: Callable[[str], str]
) -> Iterator[Block]:
    first = 0
    for quantity in listed:
        name, shape = word(quantity.label), quantity.values.shape
        for start in range(0, len(quantity.values), BLOCK):
            stop = min(start + BLOCK, len(quantity.values))
            index = [word(",".join(map(str, unravel(row, shape)))) for row in range(start, stop)]
            texts = numbers(quantity, slice(start, stop))
            yield Block(first + start, [[name] * len(texts), index, texts])
        first += len(quantity.values)


def _status(flags: tuple[Flag, ...]) -> str:
    return "+".join(dict.fromkeys(flag.status for flag in flags)) or EXACT
