"""How many digits are right, said on stderr and in JSON."""

from __future__ import annotations

from collections.abc import Iterator

from autodiffcli.diagnostics import Diagnostic
from autodiffcli.renderers.json_text import string
from autodiffcli.renderers.number import exact_each
from autodiffcli.renderers.printable import encodable, padded, width
from autodiffcli.renderers.rows import row_shape
from autodiffcli.result import Agreement, Result, Verified, label
from autodiffcli.terminal import Terminal


def agreement(result: Result, terminal: Terminal) -> Iterator[str]:
    """A line per column: the fewest right digits, the median, the fewest of the other engine."""
    found = _verified(result)
    done, there = found.points
    some = f" at {done:,} of {there:,} points" if done < there else ""
    yield f"right digits{some}, by ball arithmetic of {found.bits} bits:"
    head = ["", "worst", "median", *([found.second] if found.second else [])]
    rows = [head, *(_cells(one, result, found, terminal) for one in found.columns)]
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for first, *cells in rows:
        others = (padded(cell, room) for cell, room in zip(cells, widths[1:], strict=True))
        yield "  ".join([padded(first, widths[0], left=True), *others])
    for one in found.columns:
        if one.unknown:
            noun = "number" if one.unknown == 1 else "numbers"
            yield f"{_name(one, result, terminal)}: {one.unknown:,} {noun} could not be verified"


def shortfall(result: Result, least: int) -> Diagnostic | None:
    """What is said where a number has fewer right digits than asked for."""
    short = [one for one in _verified(result).columns if one.worst is not None]
    one = min(short, key=lambda found: found.worst or 0, default=None)
    if one is None or (one.worst or 0) >= least:
        return None
    digits = "digit" if one.worst == 1 else "digits"
    name = label(result.name, one.wrt, len(result.variables))
    message = f"{name}{_where(one, result)} has {one.worst} right {digits}, not {least}"
    return Diagnostic("verify", message)


def verified_object(result: Result, terminal: Terminal) -> str:
    """The same as a JSON object."""
    found = _verified(result)
    columns = ", ".join(_object(one, result, terminal) for one in found.columns)
    second = string(found.second, terminal) if found.second else "null"
    return (
        f'{{"bits": {found.bits}, "points": {found.points[0]}, "second": {second}, '
        f'"columns": [{columns}]}}'
    )


def _verified(result: Result) -> Verified:
    assert result.verified is not None
    return result.verified


def _name(one: Agreement, result: Result, terminal: Terminal) -> str:
    text = label(result.name, one.wrt, len(result.variables), unicode=terminal.unicode)
    return encodable(text, terminal.stderr)


def _cells(one: Agreement, result: Result, found: Verified, terminal: Terminal) -> list[str]:
    numbers = [one.worst, one.median, *([one.second] if found.second else [])]
    cells = ["-" if number is None else str(number) for number in numbers]
    return [_name(one, result, terminal), *cells]


def _where(one: Agreement, result: Result) -> str:
    """` at x = 0.7`; the index where a point does not say it."""
    shapes = {values.shape for values in result.points.values()}
    beside = not one.wrt or row_shape(result) is not None
    if not (result.elementwise and beside and shapes == {result.value.shape}):
        return f" at [{','.join(map(str, one.index))}]" if one.index else ""
    row = 0
    for size, place in zip(result.value.shape, one.index, strict=True):
        row = row * size + place
    points = (
        f"{name} = {exact_each(values, slice(row, row + 1))[0].removesuffix('.0')}"
        for name, values in result.points.items()
    )
    return f" at {', '.join(points)}"


def _object(one: Agreement, result: Result, terminal: Terminal) -> str:
    wrt = ", ".join(string(name, terminal) for name in one.wrt)
    name = string(label(result.name, one.wrt, len(result.variables)), terminal)
    numbers = {
        "counted": one.counted,
        "unverified": one.unknown,
        "worst": one.worst,
        "median": one.median,
        "second": one.second,
    }
    known = ", ".join(f'"{key}": {"null" if n is None else n}' for key, n in numbers.items())
    index = ", ".join(map(str, one.index))
    return f'{{"wrt": [{wrt}], "name": {name}, {known}, "index": [{index}]}}'
