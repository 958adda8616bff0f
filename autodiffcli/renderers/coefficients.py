"""Taylor polynomials in every format of `adiff taylor`: tables, rows for machines, formulas."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite

from autodiffcli.expansion import Coefficient
from autodiffcli.polynomial import TaylorPolynomial
from autodiffcli.renderers.grid import Grid, Lane, Strip
from autodiffcli.renderers.json_text import number, string
from autodiffcli.renderers.piece import Piece
from autodiffcli.renderers.printable import encodable, width
from autodiffcli.renderers.rows import free
from autodiffcli.renderers.table import draw
from autodiffcli.terminal import Terminal

SCHEMA = 1  # of the JSON document
LINE = 100  # cells that a polynomial may take below a table where there is no terminal
LONGEST = 40  # characters of a fraction in a table


@dataclass(frozen=True, slots=True)
class Series:
    """What `adiff taylor` found.

    read_as   the expression as understood; "" where it is too long to print
    digits    significant digits that were asked for; None for doubles
    polynomials  one per point
    """

    expression: str
    read_as: str
    variable: str
    order: int
    digits: int | None
    polynomials: tuple[TaylorPolynomial, ...]
    notes: tuple[str, ...] = ()


Renderer = Callable[[Series, Terminal], None]


# -- for people


def table(series: Series, terminal: Terminal) -> None:
    """Writes a table per point, the polynomial below where it fits."""
    several = len(series.polynomials) > 1
    for position, found in enumerate(series.polynomials):
        title = found.place if several or len(found.at) > 1 else ""
        if position:
            terminal.stdout.write("\n")
        draw(Piece(encodable(title, terminal.stdout), _grid(found)), terminal)
        if width(found.text) <= (terminal.width or LINE):
            gap = "" if terminal.boxes else "\n"
            terminal.stdout.write(f"{gap}{encodable(found.text, terminal.stdout)}\n")


def _grid(found: TaylorPolynomial) -> Grid:
    columns = _columns(found)
    lanes = tuple(Lane(name, (Strip(_part(cells)),)) for name, cells in columns.items())
    return Grid(lanes, 1, ((0, len(found.expansion.coefficients)),))


def _part(cells: Sequence[str]) -> Callable[[int, int], list[str]]:
    return lambda start, stop: list(cells[start:stop])


def _columns(found: TaylorPolynomial) -> dict[str, list[str]]:
    """What a table shows, by heading; without fractions where there are none."""
    listed = found.expansion.coefficients
    columns = {
        "n": [str(c.order) for c in listed],
        "coefficient": [c.decimal for c in listed],
        "exact": [_short(c.exact) for c in listed],
        "derivative": [c.derivative_decimal for c in listed],
    }
    if not any(columns["exact"]):
        del columns["exact"]
    return columns


def _short(exact: Fraction | None) -> str:
    """A fraction for a table; of a long one only how long it is."""
    words = "" if exact is None else str(exact)
    return words if len(words) <= LONGEST else f"({len(words)} characters)"


def markdown(series: Series, terminal: Terminal) -> None:
    """Writes a Markdown table per point, with the polynomial as a formula below."""
    write = terminal.stdout.write
    several = len(series.polynomials) > 1
    for position, found in enumerate(series.polynomials):
        write("\n" if position else "")
        if several or len(found.at) > 1:
            write(f"`{encodable(found.place, terminal.stdout)}`\n\n")
        columns = _columns(found)
        write(f"| {' | '.join(columns)} |\n|{' --: |' * len(columns)}\n")
        for row in zip(*columns.values(), strict=True):
            write(f"| {' | '.join(row)} |\n")
        write(f"\n$${encodable(found.latex, terminal.stdout)}$$\n")


def text(series: Series, terminal: Terminal) -> None:
    """Writes the polynomials, one per line."""
    for found in series.polynomials:
        terminal.stdout.write(f"{encodable(found.text, terminal.stdout)}\n")


def latex(series: Series, terminal: Terminal) -> None:
    """Writes the polynomials in LaTeX, one per line, without delimiters."""
    for found in series.polynomials:
        terminal.stdout.write(f"{encodable(found.latex, terminal.stdout)}\n")


# -- for machines


def _header(series: Series) -> list[str]:
    names = list(series.polynomials[0].at) if series.polynomials else []
    own = ("order", "coefficient", "exact", "derivative", "status")
    return [*names, *(free(name, names) for name in own)]


def _values(c: Coefficient, series: Series) -> tuple[str, str]:
    """Coefficient and derivative: doubles that read back as themselves, or the digits asked for.

    returns  "" for what exceeds a double
    """
    if series.digits is not None:
        return c.decimal, c.derivative_decimal
    value, derivative = (repr(v) if isfinite(v) else "" for v in (c.value, c.derivative))
    return value, derivative


def _rows(series: Series) -> Iterator[tuple[TaylorPolynomial, Coefficient]]:
    for found in series.polynomials:
        for c in found.expansion.coefficients:
            yield found, c


def _delimited(series: Series, terminal: Terminal, delimiter: str) -> None:
    writer = csv.writer(terminal.stdout, delimiter=delimiter, lineterminator="\n")
    writer.writerow([encodable(name, terminal.stdout) for name in _header(series)])
    for found, c in _rows(series):
        value, derivative = _values(c, series)
        exact = "" if c.exact is None else str(c.exact)
        points = map(repr, found.at.values())
        writer.writerow([*points, c.order, value, exact, derivative, c.status])


def comma_separated(series: Series, terminal: Terminal) -> None:
    """Writes one row per point and order as CSV."""
    _delimited(series, terminal, ",")


def tab_separated(series: Series, terminal: Terminal) -> None:
    """Writes one row per point and order as TSV."""
    _delimited(series, terminal, "\t")


def json_rows(series: Series, terminal: Terminal) -> None:
    """Writes one object per point and order, with the columns of CSV as its keys."""
    keys = [string(name, terminal) for name in _header(series)]
    for found, c in _rows(series):
        cells = [
            *map(number, found.at.values()),
            str(c.order),
            *_json_values(c, series),
            f'"{c.status}"',
        ]
        pairs = (f"{key}: {cell}" for key, cell in zip(keys, cells, strict=True))
        terminal.stdout.write(f"{{{', '.join(pairs)}}}\n")


def _json_values(c: Coefficient, series: Series) -> tuple[str, str, str]:
    """Coefficient, exact, derivative; with --digits all of them are strings."""
    exact = "null" if c.exact is None else f'"{c.exact}"'
    if series.digits is not None:
        return f'"{c.decimal}"', exact, f'"{c.derivative_decimal}"'
    return number(c.value), exact, number(c.derivative)


def json_document(series: Series, terminal: Terminal) -> None:
    """Writes one JSON object: one line in a pipe, one line per key on a terminal."""
    start, between, end = ("{\n  ", ",\n  ", "\n}\n") if terminal.boxes else ("{", ", ", "}\n")
    expansions = [_expansion(found, series, terminal) for found in series.polynomials]
    members = {
        "schema": str(SCHEMA),
        "expression": string(series.expression, terminal),
        "read_as": string(series.read_as, terminal) if series.read_as else "null",
        "variable": string(series.variable, terminal),
        "order": str(series.order),
        "digits": "null" if series.digits is None else str(series.digits),
        "expansions": _listed(expansions),
        "notes": _listed([string(words, terminal) for words in series.notes]),
    }
    body = between.join(f'"{key}": {value}' for key, value in members.items())
    terminal.stdout.write(f"{start}{body}{end}")


def _expansion(found: TaylorPolynomial, series: Series, terminal: Terminal) -> str:
    listed = found.expansion.coefficients
    cells = [_json_values(c, series) for c in listed]
    coefficients, exact, derivatives = (list(column) for column in zip(*cells, strict=True))
    points = (f"{string(name, terminal)}: {number(value)}" for name, value in found.at.items())
    members = {
        "at": f"{{{', '.join(points)}}}",
        "coefficients": _listed(coefficients),
        "exact": _listed(exact),
        "derivatives": _listed(derivatives),
        "statuses": _listed([f'"{c.status}"' for c in listed]),
        "evidence": f'"{found.expansion.evidence.value}"',
        "text": string(found.text, terminal),
        "latex": string(found.latex, terminal),
        "notes": _listed([string(words, terminal) for words in found.notes]),
    }
    return "{" + ", ".join(f'"{key}": {value}' for key, value in members.items()) + "}"


def _listed(items: Sequence[str]) -> str:
    return f"[{', '.join(items)}]"


FORMATS: dict[str, Renderer] = {
    "table": table,
    "json": json_document,
    "ndjson": json_rows,
    "csv": comma_separated,
    "tsv": tab_separated,
    "md": markdown,
    "text": text,
    "latex": latex,
}
