"""One JSON document for the whole result, schema 1, written piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from math import prod

from autodiffcli.arrays import Array, Shape, proven_alone
from autodiffcli.renderers import Style
from autodiffcli.renderers.agreement import verified_object
from autodiffcli.renderers.json_text import enclosures, flag_object, number, numbers, string
from autodiffcli.renderers.rows import BLOCK
from autodiffcli.result import SCHEMA, Column, Result, label
from autodiffcli.terminal import Terminal

Texts = Callable[[Array, slice], list[str]]


def json_document(result: Result, terminal: Terminal, style: Style) -> None:
    """Writes the result as one JSON object: one line in a pipe, one line per key on a terminal."""
    start, between, end = ("{\n  ", ",\n  ", "\n}\n") if terminal.boxes else ("{", ", ", "}\n")
    write = terminal.stdout.write
    for position, (key, pieces) in enumerate(_members(result, terminal)):
        write(f'{between if position else start}"{key}": ')
        for piece in pieces:
            write(piece)
    write(end)


def _members(result: Result, terminal: Terminal) -> Iterator[tuple[str, Iterable[str]]]:
    """Every key with the pieces of its value, in the order of the schema."""
    texts = {"reduction": result.reduction, "method": result.method, "dtype": result.dtype}
    read_as = string(result.read_as, terminal) if result.read_as else "null"
    yield "schema", [str(SCHEMA)]
    yield "expression", [string(result.expression, terminal)]
    yield "read_as", [read_as]
    yield "variables", _listed([string(name, terminal)] for name in result.variables)
    yield "order", [str(result.order)]
    for key, text in texts.items():
        yield key, [string(text, terminal)]
    if result.digits:
        yield "digits", [str(result.digits)]
    yield "points", _points(result, terminal)
    yield "value", _tensor(result.value)
    if result.digits:
        yield "enclosure", _tensor(result.value, enclosures)
    yield "reduced", [_reduced(result)]
    yield (
        "derivatives",
        _listed(_derivative(column, result, terminal) for column in result.derivatives),
    )
    if result.verified is not None:
        yield "verified", [verified_object(result, terminal)]
    yield "flags", _listed([flag_object(one, terminal)] for one in result.flags)
    yield "notes", _listed([string(text, terminal)] for text in result.notes)


def _points(result: Result, terminal: Terminal) -> Iterator[str]:
    members = (
        chain([string(name, terminal), ": "], _tensor(values))
        for name, values in result.points.items()
    )
    return _listed(members, "{", "}")


def _derivative(column: Column, result: Result, terminal: Terminal) -> Iterator[str]:
    wrt = ", ".join(string(name, terminal) for name in column.wrt)
    name = string(label(result.name, column.wrt, len(result.variables)), terminal)
    yield f'{{"wrt": [{wrt}], "name": {name}, "value": '
    yield from _tensor(column.values)
    if result.digits:
        yield ', "enclosure": '
        yield from _tensor(column.values, enclosures)
    yield "}"


def _reduced(result: Result) -> str:
    one = result.reduced_proven
    return number(result.reduced) if one is None else numbers(proven_alone(one), slice(0, 1))[0]


def _tensor(values: Array, write: Texts = numbers) -> Iterator[str]:
    """Nested lists of the array's shape; a single number for shape ()."""
    if not values.shape:
        return iter(write(values, slice(0, 1)))
    return _axis(values, values.shape, 0, write)


def _axis(values: Array, shape: Shape, first: int, write: Texts) -> Iterator[str]:
    """The list along the first axis of a part of the array that begins at flat row `first`.

    Small parts are written many at a time; large ones call this again, once per axis.
    """
    stride = prod(shape[1:])
    if not 0 < stride <= BLOCK:
        starts = range(first, first + shape[0] * stride, stride) if stride else [0] * shape[0]
        yield from _listed(_axis(values, shape[1:], start, write) for start in starts)
        return
    stop, step = first + shape[0] * stride, BLOCK // stride * stride
    blocks = (slice(start, min(start + step, stop)) for start in range(first, stop, step))
    yield from _listed([_bracketed(write(values, block), shape[1:])] for block in blocks)


def _bracketed(texts: list[str], shape: Shape) -> str:
    """The items of a list, each of them a nested list of the given shape."""
    for size in reversed(shape):
        starts = range(0, len(texts), size)
        texts = [f"[{', '.join(texts[start : start + size])}]" for start in starts]
    return ", ".join(texts)


def _listed(
    items: Iterable[Iterable[str]], opening: str = "[", closing: str = "]"
) -> Iterator[str]:
    yield opening
    for position, pieces in enumerate(items):
        if position:
            yield ", "
        yield from pieces
    yield closing
