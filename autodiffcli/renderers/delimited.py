"""CSV and TSV: a header, one row per element, the status of the row in the last column."""

from __future__ import annotations

import csv

from autodiffcli.renderers import Style
from autodiffcli.renderers.number import exact_each
from autodiffcli.renderers.printable import encodable
from autodiffcli.renderers.rows import Quantity, blocks, flagged, free, headings
from autodiffcli.result import Result
from autodiffcli.terminal import Terminal


def comma_separated(result: Result, terminal: Terminal, style: Style) -> None:
    """Writes the result as CSV. A number that is not finite is an empty cell."""
    _delimited(result, terminal, ",")


def tab_separated(result: Result, terminal: Terminal, style: Style) -> None:
    """Writes the result as TSV. A number that is not finite is an empty cell."""
    _delimited(result, terminal, "\t")


def _delimited(result: Result, terminal: Terminal, delimiter: str) -> None:
    writer = csv.writer(terminal.stdout, delimiter=delimiter, lineterminator="\n")
    names = headings(result)
    header = [*names, free("status", names)]
    writer.writerow([encodable(name, terminal.stdout) for name in header])
    flags = flagged(result)
    for block in blocks(result, _numbers, lambda word: encodable(word, terminal.stdout)):
        writer.writerows(zip(*block.columns, flags.statuses(block.rows), strict=True))


def _numbers(quantity: Quantity, rows: slice) -> list[str]:
    return exact_each(quantity.values, rows)
