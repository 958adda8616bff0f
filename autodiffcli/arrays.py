"""`Array`: numbers with a shape, in the standard library's terms.

Points come in and columns go out as arrays, so that reading and printing need neither torch
nor numpy.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

Shape = tuple[int, ...]


class Proven(NamedTuple):
    """What is proven of a number, as decimal text.

    text  the number correctly rounded, or `[low, high]`
    low   a bound from below
    high  a bound from above
    """

    text: str
    low: str
    high: str

    @property
    def is_interval(self) -> bool:
        """Whether all numbers between the bounds are meant."""
        return self.text.startswith("[")


@dataclass(frozen=True, slots=True)
class Array:
    """Numbers in row-major order.

    shape   sizes of the axes; () is a single number
    real    prod(shape) doubles
    imag    the imaginary parts, as many; None for real numbers
    typed   of points that are to be taken exactly: a `constants.Typed` for each
    proven  what is known of each number beyond its double; None for one that there is not
    rank    of points, how many of the last axes belong to each: 0 for numbers
    """

    shape: Shape
    real: array[float]
    imag: array[float] | None = None
    typed: tuple[Any, ...] | None = None
    proven: tuple[Proven | None, ...] | None = None
    rank: int = 0

    def __len__(self) -> int:
        return len(self.real)

    def __getitem__(self, row: int) -> float | complex:
        """The number at a flat, row-major position."""
        if self.imag is None:
            return self.real[row]
        return complex(self.real[row], self.imag[row])

    def __iter__(self) -> Iterator[float | complex]:
        return (self[row] for row in range(len(self)))

    def index(self, row: int) -> Shape:
        """The position on each axis of a flat, row-major position."""
        return unravel(row, self.shape)


def proven_alone(number: Proven) -> Array:
    """One proven number as an array."""
    return Array((), array("d", [0.0]), proven=(number,))


def make(numbers: Sequence[float | complex], shape: Shape | None = None) -> Array:
    """An `Array` of numbers; one axis where no shape is given."""
    if any(isinstance(number, complex) for number in numbers):
        values = [complex(number) for number in numbers]
        real, imag = array("d", (v.real for v in values)), array("d", (v.imag for v in values))
        return Array(shape if shape is not None else (len(real),), real, imag)
    real = array("d", numbers)  # type: ignore[arg-type]
    return Array(shape if shape is not None else (len(real),), real)


def unravel(row: int, shape: Shape) -> Shape:
    """The index on each axis of flat row-major position `row`."""
    index: list[int] = []
    for size in reversed(shape):
        row, position = divmod(row, size)
        index.append(position)
    return tuple(reversed(index))


def nested(flat: Sequence[Any], shape: Shape) -> Any:
    """Flat row-major items as nested lists of the given shape; the item itself for ()."""
    if not shape:
        return flat[0]
    items: list[Any] = list(flat)
    for size in reversed(shape[1:]):
        if size == 0:
            return []
        items = [items[start : start + size] for start in range(0, len(items), size)]
    return items


def broadcast_shape(shapes: Sequence[Shape]) -> Shape | None:
    """The common shape by torch's rules, or None where there is none."""
    rank = max(map(len, shapes), default=0)
    sizes: list[int] = []
    for axis in range(-rank, 0):
        wanted = {shape[axis] for shape in shapes if len(shape) >= -axis} - {1}
        if len(wanted) > 1:
            return None
        sizes.append(wanted.pop() if wanted else 1)
    return tuple(sizes)


def broadcast(values: Array, shape: Shape) -> Array:
    """The array repeated to `shape`, as torch broadcasts. The shapes must fit."""
    if values.shape == shape:
        return values
    rows = range(prod(shape))
    if len(values) == 1:
        picks: Sequence[int] = [0] * len(rows)
    else:
        picks = [source_row(unravel(row, shape), values.shape) for row in rows]
    return picked(values, picks, shape)


def picked(values: Array, picks: Sequence[int], shape: Shape) -> Array:
    """The numbers at some flat positions, as an array of that shape."""
    imag = None if values.imag is None else array("d", (values.imag[pick] for pick in picks))
    typed = None if values.typed is None else tuple(values.typed[pick] for pick in picks)
    proven = None if values.proven is None else tuple(values.proven[pick] for pick in picks)
    return Array(shape, array("d", (values.real[pick] for pick in picks)), imag, typed, proven)


def source_row(index: Shape, shape: Shape) -> int:
    """The flat position in an array of `shape` of what broadcasting puts at `index`."""
    row = 0
    own = index[len(index) - len(shape) :]
    for size, position in zip(shape, own, strict=True):
        row = row * size + (position if size > 1 else 0)
    return row
