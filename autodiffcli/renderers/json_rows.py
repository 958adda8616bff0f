"""NDJSON: one object per row, with the columns of CSV as its keys."""

from __future__ import annotations

from autodiffcli.renderers import Style
from autodiffcli.renderers.json_text import flag_object, numbers, string
from autodiffcli.renderers.rows import Quantity, blocks, flagged, free, headings
from autodiffcli.result import Flag, Result
from autodiffcli.terminal import Terminal


def json_rows(result: Result, terminal: Terminal, style: Style) -> None:
    """Writes the result as NDJSON: null where a number is not finite, flags where there are any."""
    names = headings(result)
    keys = [string(name, terminal) for name in [*names, free("status", names)]]
    row = ", ".join(key.replace("%", "%%") + ": %s" for key in keys)
    plain = f"{{{row}}}\n"
    with_flags = f"{{{row}, {string(free('flags', names), terminal)}: [%s]}}\n"
    flags = flagged(result)
    for block in blocks(result, _numbers, lambda word: string(word, terminal)):
        statuses = [f'"{status}"' for status in flags.statuses(block.rows)]
        cells = zip(block.rows, *block.columns, statuses, strict=True)
        terminal.stdout.writelines(
            with_flags % (*texts, _objects(found, terminal))
            if (found := flags.at(number))
            else plain % tuple(texts)
            for number, *texts in cells
        )


def _numbers(quantity: Quantity, rows: slice) -> list[str]:
    return numbers(quantity.values, rows)


def _objects(flags: tuple[Flag, ...], terminal: Terminal) -> str:
    return ", ".join(flag_object(one, terminal, index=False) for one in flags)
