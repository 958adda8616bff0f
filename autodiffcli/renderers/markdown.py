"""A table in GitHub's Markdown, with the footnotes as a list below."""

from __future__ import annotations

import re

from autodiffcli.renderers import Style
from autodiffcli.renderers.above import reduction_line
from autodiffcli.renderers.footnotes import Footnotes, footnotes
from autodiffcli.renderers.number import shown_each
from autodiffcli.renderers.printable import encodable
from autodiffcli.renderers.rows import Numbers, Quantity, blocks, headings
from autodiffcli.result import Result
from autodiffcli.terminal import Terminal

_MARKUP = re.compile(r"[\\`*<>|~]|\b_|_\b")  # an underscore inside a word is none


def markdown(result: Result, terminal: Terminal, style: Style) -> None:
    """Writes the result as a Markdown table, all rows of it, `style.precision` digits each."""
    write = terminal.stdout.write
    above = reduction_line(result, style.precision)
    if above:
        write(f"{escaped(above, terminal)}\n\n")
    names = headings(result, unicode=terminal.unicode)
    write(f"| {' | '.join(escaped(name, terminal) for name in names)} |\n")
    write(f"|{' --: |' * len(names)}\n")
    notes = footnotes(result, terminal, style.precision)
    rows = blocks(
        result,
        _numbers(notes, style.precision),
        lambda word: escaped(word, terminal),
        unicode=terminal.unicode,
    )
    for block in rows:
        cells = zip(*block.columns, strict=True)
        terminal.stdout.writelines(f"| {' | '.join(row)} |\n" for row in cells)
    if notes.lines:
        write("\n")
    terminal.stdout.writelines(f"- {escaped(line, terminal)}\n" for line in notes.lines)


def _numbers(notes: Footnotes, precision: int) -> Numbers:
    def texts(quantity: Quantity, rows: slice) -> list[str]:
        cells = shown_each(quantity.values, rows, precision)
        marks = notes.of(quantity.wrt)
        if not marks:
            return cells
        numbered = enumerate(cells, rows.start)
        return [f"{cell} {marks[row]}" if row in marks else cell for row, cell in numbered]

    return texts


def escaped(text: str, terminal: Terminal) -> str:
    """The text without what Markdown would take for its own signs."""
    return _MARKUP.sub(r"\\\g<0>", encodable(text, terminal.stdout))
