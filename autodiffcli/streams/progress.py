"""How far the work is, on a terminal, once it takes more than half a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from autodiffcli.terminal import Terminal

PATIENCE = 0.5  # seconds without a bar

Advance = Callable[[int, int], None]  # rows done, and bytes read, so far


@contextmanager
def progress(terminal: Terminal, size: int | None, what: str, wanted: bool) -> Iterator[Advance]:
    """A bar on stderr, if that is a terminal.

    size  of all input in bytes; None where it is not known
    """
    if not (wanted and terminal.talk):
        yield lambda rows, read: None
        return
    bar = _Bar(terminal, size, what)
    try:
        yield bar.advance
    finally:
        bar.stop()


class _Bar:
    def __init__(self, terminal: Terminal, size: int | None, what: str) -> None:
        self.terminal, self.size, self.what = terminal, size, what
        self.start = time.monotonic()
        self.update: Callable[[int, int, float], None] | None = None
        self.stop: Callable[[], None] = lambda: None

    def advance(self, rows: int, read: int) -> None:
        passed = time.monotonic() - self.start
        if passed < PATIENCE:
            return
        if self.update is None:
            self.update = self._shown()
        self.update(rows, read, rows / passed)

    def _shown(self) -> Callable[[int, int, float], None]:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(
            file=self.terminal.stderr,
            width=self.terminal.stderr_width,
            no_color=not self.terminal.colour,
        )
        left = [BarColumn(bar_width=16), TimeRemainingColumn()] if self.size else []
        shown = Progress(
            TextColumn("{task.description}"),
            *left,
            TextColumn("{task.fields[rows]}"),
            console=console,
            transient=True,
        )
        task = shown.add_task(self.what, total=self.size, rows="")
        shown.start()
        self.stop = shown.stop

        def update(rows: int, read: int, rate: float) -> None:
            text = f"{rows:,} rows, {rate:,.0f} rows/s"
            shown.update(task, completed=read, rows=text)

        return update
