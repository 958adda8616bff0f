"""The meaning of a tape along a ray, on numbers and tensors of balls or germs.

What is elementwise is done entry by entry, the rest is here.

A `Block` holds its entries in row-major order; a lone number stays what it is. The algebra `b`
is that of the entries, `Balls` or `Germs`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import Any

from autodiffcli.arrays import Shape, broadcast_shape, source_row, unravel
from autodiffcli.interpreters.balls import Balls, Broken, Singular, applied, is_lost, number, start
from autodiffcli.ops import OPS
from autodiffcli.program import Step

LARGEST_CRAMER = 6  # rows


class Misfit(Exception):
    """That tensors do not fit an operation.

    step  of the tape, where it happened
    """

    def __init__(self, message: str, step: Step | None = None) -> None:
        super().__init__(message)
        self.step = step


Guard = Callable[[Step, Any, Sequence[Any]], Any]


def unguarded(step: Step, formula: Any, inputs: Sequence[Any]) -> Any:
    """The guard where nobody can say whether a derivative exists. Raises Singular."""
    raise Singular("whether there is a derivative is not known here")


@dataclass(frozen=True, slots=True)
class Block:
    """A tensor of entries.

    shape  sizes of the axes
    items  prod(shape) entries in row-major order
    """

    shape: Shape
    items: tuple[Any, ...]


class Along:
    """Applies the steps of a tape where the variables move along a ray.

    points  per variable a ball or a Block of them
    paces   per variable how fast its entries move, one number each; missing ones stand still
    guard   (step, formula, inputs) -> a derivative where there is one. Raises Singular
    """

    def __init__(
        self,
        algebra: Balls,
        points: Mapping[str, Any],
        paces: Mapping[str, Sequence[int]],
        guard: Guard = unguarded,
    ) -> None:
        self.algebra = algebra
        self.points = points
        self.paces = paces
        self.guard = guard

    def input(self, name: str) -> Any:
        """A variable on its way."""
        point = self.points[name]
        paces = self.paces.get(name) or [0] * len(items_of(point))
        moved = [self.algebra.moved(p, n) for p, n in zip(items_of(point), paces, strict=True)]
        return block(shape_of(point), moved)

    def const(self, literal: str) -> Any:
        """A number of the source."""
        return number(literal)

    def apply(self, step: Step, operands: Sequence[Any]) -> Any:
        """What becomes of one step, or why it has no value. Raises Vague and the like."""
        self.algebra.begin(step)
        if step.inner is None:
            return lifted(self.algebra, step, operands)
        if not any(isinstance(u, Block) for u in operands[:2]):
            return self._guarded(step, operands)
        shape = broadcast_shape([shape_of(u) for u in operands])
        if shape is None:
            raise misfit(step, operands)
        spread = [_spread(u, shape) for u in operands]
        return block(shape, [self._guarded(step, entry) for entry in zip(*spread, strict=True)])

    def _guarded(self, step: Step, operands: Sequence[Any]) -> Any:
        """A derivative, or why there is none."""
        formula, value, *inputs = operands
        broken = next((i for u in inputs for i in items_of(u) if isinstance(i, Broken)), None)
        if broken is not None:
            return formula if isinstance(formula, Broken) else broken
        try:
            found = self.guard(step, formula, inputs)
        except Singular as error:
            error.step = error.step or step
            return Broken(error)
        beyond = found is formula and not isinstance(formula, Broken) and is_lost(value)
        return value if beyond else found


def items_of(u: Any) -> tuple[Any, ...]:
    """The entries of a tensor, or the one number."""
    return u.items if isinstance(u, Block) else (u,)


def shape_of(u: Any) -> Shape:
    """The sizes of the axes; () for a number."""
    return u.shape if isinstance(u, Block) else ()


def block(shape: Shape, items: Sequence[Any]) -> Any:
    """A tensor of entries; the entry itself for the shape ()."""
    return Block(shape, tuple(items)) if shape else items[0]


def lifted(algebra: Any, step: Step, operands: Sequence[Any]) -> Any:
    """A step on tensors or numbers; what has no value is Broken, entry by entry or as a whole."""
    op = OPS[step.op]
    if op.mixes:
        return _mixed(algebra, step, operands)
    if not any(isinstance(u, Block) for u in operands):
        return applied(algebra, step, operands)
    shape = broadcast_shape([shape_of(u) for u in operands])
    if shape is None:
        raise misfit(step, operands)
    spread = [_spread(u, shape) for u in operands]
    return block(shape, [applied(algebra, step, entry) for entry in zip(*spread, strict=True)])


def _spread(u: Any, shape: Shape) -> Sequence[Any]:
    """The entries of a tensor repeated to a shape, as torch broadcasts."""
    if shape_of(u) == shape:
        return items_of(u)
    if not isinstance(u, Block):
        return [u] * prod(shape)
    return [u.items[source_row(unravel(row, shape), u.shape)] for row in range(prod(shape))]


def _mixed(algebra: Any, step: Step, operands: Sequence[Any]) -> Any:
    try:
        if step.op == "stack":
            return stack(operands)
        if step.op == "index":
            return indexed(operands[0], step.text)
        if step.op == "transpose":
            return transpose(operands[0])
        return _by_rule(algebra, step, operands)
    except Misfit:
        raise misfit(step, operands) from None


def misfit(step: Step, operands: Sequence[Any]) -> Misfit:
    """What does not fit, in words."""
    shapes = " and ".join("x".join(map(str, shape_of(u))) or "()" for u in operands)
    if step.op == "index":
        return Misfit(f"the index does not fit a tensor of shape {shapes}", step)
    if step.op == "stack":
        return Misfit(f"the entries of a list have different shapes: {shapes}", step)
    return Misfit(f"{OPS[step.op].signature} does not take operands of shape {shapes}", step)


def _by_rule(algebra: Any, step: Step, operands: Sequence[Any]) -> Any:
    broken = next((i for u in operands for i in items_of(u) if isinstance(i, Broken)), None)
    if broken is not None:
        return _all_broken(step, operands, broken)
    rule: Callable[..., Any] = getattr(sys.modules[__name__], str(OPS[step.op].ball))
    try:
        return rule(algebra, *operands)
    except Singular as error:
        error.step = error.step or step
        return _all_broken(step, operands, Broken(error))


def _all_broken(step: Step, operands: Sequence[Any], broken: Broken) -> Any:
    """What is broken as a whole, in the shape that it would have."""
    shape: Shape = ()
    if step.op in ("inv", "solve"):
        shape = shape_of(operands[-1])
    elif step.op == "matmul":
        shape = (*shape_of(operands[0])[:-1], *shape_of(operands[1])[1:])
    return block(shape, [broken] * prod(shape))


def stack(parts: Sequence[Any]) -> Block:
    """[a, b, ...]: a new first axis."""
    shape = broadcast_shape([shape_of(part) for part in parts])
    if shape is None:
        raise Misfit("shapes do not fit")
    entries = [entry for part in parts for entry in _spread(part, shape)]
    return Block((len(parts), *shape), tuple(entries))


def indexed(x: Any, text: str) -> Any:
    """`x[...]` for an index as the parser writes it: `0`, `1:`, `:,-1`."""
    if not isinstance(x, Block):
        raise Misfit("a number has no index")
    rows, shape, sizes, parts = [0], [], x.shape, text.split(",")
    strides = [prod(sizes[axis + 1 :]) for axis in range(len(sizes))]
    if len(parts) > len(sizes):
        raise Misfit("the index does not fit")
    for axis, size in enumerate(sizes):
        part = parts[axis] if axis < len(parts) else ":"
        numbers = [int(n) if n else None for n in part.split(":")]
        picked = range(size)[slice(*numbers)] if len(numbers) > 1 else [_place(numbers[0], size)]
        if len(numbers) > 1:
            shape.append(len(picked))
        rows = [row + strides[axis] * place for row in rows for place in picked]
    return block(tuple(shape), [x.items[row] for row in rows])


def _place(number: int | None, size: int) -> int:
    if number is None or not -size <= number < size:
        raise Misfit("the index does not fit")
    return number % size


def transpose(x: Any) -> Any:
    """The last two axes exchanged; a vector stays as it is."""
    if len(shape_of(x)) < 2:
        return x
    *front, rows, columns = x.shape
    picks = [
        layer * rows * columns + row * columns + column
        for layer in range(prod(front))
        for column in range(columns)
        for row in range(rows)
    ]
    return Block((*front, columns, rows), tuple(x.items[pick] for pick in picks))


def total(b: Any, x: Any) -> Any:
    """The sum of all entries."""
    return reduce(lambda a, c: a + c, items_of(x), b.arb(0))


def average(b: Any, x: Any) -> Any:
    """The mean of all entries."""
    return b.quotient(total(b, x), b.arb(len(items_of(x))))


def product(b: Any, x: Any) -> Any:
    """The product of all entries."""
    return reduce(lambda a, c: a * c, items_of(x), b.arb(1))


def largest(b: Any, x: Any) -> Any:
    """The largest entry."""
    return reduce(b.max, items_of(x))


def smallest(b: Any, x: Any) -> Any:
    """The smallest entry."""
    return reduce(b.min, items_of(x))


def length(b: Any, x: Any) -> Any:
    """The Euclidean norm of all entries."""
    return b.sqrt(total(b, Block((), tuple(entry * entry for entry in items_of(x)))))


def inner(b: Any, a: Any, c: Any) -> Any:
    """The sum of the products of entries."""
    return total(b, lifted(b, _PRODUCT, [a, c]))


_PRODUCT = Step("mul", (), "", None)  # type: ignore[arg-type]


def matmul(b: Any, a: Any, c: Any) -> Any:
    """The matrix product of one or two axes each."""
    left, right = shape_of(a), shape_of(c)
    if not (1 <= len(left) <= 2 and 1 <= len(right) <= 2 and left[-1] == right[0]):
        raise Misfit("shapes do not fit")
    rows, columns = _rows(a), _rows(transpose(c)) if len(right) == 2 else [items_of(c)]
    entries = [
        reduce(lambda p, q: p + q, (u * v for u, v in zip(row, column, strict=True)))
        for row in rows
        for column in columns
    ]
    return block((*left[:-1], *right[1:]), entries)


def _rows(a: Block) -> list[tuple[Any, ...]]:
    width = a.shape[-1]
    return [a.items[first : first + width] for first in range(0, len(a.items), width)]


def _square(a: Any) -> list[list[Any]]:
    shape = shape_of(a)
    if len(shape) != 2 or shape[0] != shape[1]:
        raise Misfit("the matrix is not square")
    return [list(row) for row in _rows(a)]


def trace(b: Any, a: Any) -> Any:
    """The sum of the diagonal."""
    if len(shape_of(a)) != 2:
        raise Misfit("the trace is that of one matrix")
    rows = _rows(a)
    return reduce(lambda p, q: p + q, (row[n] for n, row in enumerate(rows) if n < len(row)))


def determinant(b: Any, a: Any) -> Any:
    """det(A) by Bird's division-free recurrence. Source: R. S. Bird, IPL 111 (2011)."""
    matrix = _square(a)
    size = len(matrix)
    x = matrix
    for _ in range(size - 1):
        below = [
            reduce(lambda p, q: p + q, (x[k][k] for k in range(i + 1, size)), b.arb(0))
            for i in range(size)
        ]
        x = [
            [x[i][j] if j > i else -below[i] if j == i else b.arb(0) for j in range(size)]
            for i in range(size)
        ]
        x = [
            [
                reduce(lambda p, q: p + q, (x[i][k] * matrix[k][j] for k in range(i, size)))
                for j in range(size)
            ]
            for i in range(size)
        ]
    return x[0][0] if size % 2 else -x[0][0]


def log_determinant(b: Any, a: Any) -> Any:
    """log(det(A))."""
    return b.log(determinant(b, a))


def inverse(b: Any, a: Any) -> Any:
    """A^-1 by elimination, by Cramer's rule where pivots cannot be compared."""
    if not b.ordered:
        size = len(_square(a))
        unit = [[b.arb(int(row == column)) for row in range(size)] for column in range(size)]
        columns = [_cramer(b, _square(a), column) for column in unit]
        return Block(
            (size, size), tuple(entry for row in zip(*columns, strict=True) for entry in row)
        )
    size = len(_square(a))
    unit = [[b.arb(int(row == column)) for column in range(size)] for row in range(size)]
    found = _eliminated(b, _square(a), unit)
    return Block((size, size), tuple(entry for row in found for entry in row))


def solution(b: Any, a: Any, c: Any) -> Any:
    """x in A x = c."""
    if not b.ordered:
        given = [items_of(c)] if len(shape_of(c)) == 1 else _rows(transpose(c))
        columns = [_cramer(b, _square(a), column) for column in given]
        return Block(
            shape_of(c), tuple(entry for row in zip(*columns, strict=True) for entry in row)
        )
    right = [[entry] for entry in items_of(c)] if len(shape_of(c)) == 1 else _rows(c)
    found = _eliminated(b, _square(a), [list(row) for row in right])
    return Block(shape_of(c), tuple(entry for row in found for entry in row))


def _cramer(b: Any, matrix: list[list[Any]], right: Sequence[Any]) -> list[Any]:
    """x in A x = c as quotients of determinants: Cramer's rule."""
    size = len(matrix)
    if len(right) != size:
        raise Misfit("shapes do not fit")
    if size > LARGEST_CRAMER:
        raise Misfit(f"a formula for the inverse takes {LARGEST_CRAMER} rows at most")
    below = determinant(b, Block((size, size), tuple(u for row in matrix for u in row)))
    found = []
    for place in range(size):
        above = [[*row[:place], c, *row[place + 1 :]] for row, c in zip(matrix, right, strict=True)]
        entries = tuple(u for row in above for u in row)
        found.append(b.quotient(determinant(b, Block((size, size), entries)), below))
    return found


def _eliminated(b: Any, left: list[list[Any]], right: list[list[Any]]) -> list[list[Any]]:
    """Gauss and Jordan, with the largest pivot of each column."""
    size = len(left)
    if len(right) != size:
        raise Misfit("shapes do not fit")
    rows = [[*u, *v] for u, v in zip(left, right, strict=True)]
    for n in range(size):
        best = max(range(n, size), key=lambda k: _magnitude(rows[k][n]))
        rows[n], rows[best] = rows[best], rows[n]
        rows[n] = [b.quotient(entry, rows[n][n]) for entry in rows[n]]
        for k in range(size):
            if k != n:
                factor = rows[k][n]
                rows[k] = [u - factor * v for u, v in zip(rows[k], rows[n], strict=True)]
    return [row[size:] for row in rows]


def _magnitude(u: Any) -> float:
    return float(abs(start(u)).lower())
