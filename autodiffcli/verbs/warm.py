"""`adiff warm`: the process that makes calls quick, started, stopped, asked."""

from __future__ import annotations

import time

from autodiffcli.destination import style_of
from autodiffcli.diagnostics import ExitStatus, wrong
from autodiffcli.launch import control
from autodiffcli.launch.control import Warm
from autodiffcli.renderers.listing import Cell, Listing, Table, write
from autodiffcli.terminal import Terminal

ACTIONS = ("start", "stop", "status")
NONE = "none; `adiff warm start` starts one"


def answer(action: str, idle: float, format: str, terminal: Terminal) -> ExitStatus:
    """Do it and say what has come of it.

    idle    minutes without a call after which a started process ends
    format  of what `status` says
    raises  AdiffError where it cannot be done
    """
    if not control.is_possible():
        raise wrong("warm", "a warm process needs Linux: without one every call is answered cold")
    if action == "status":
        found = control.state()
        write(_listing(found), terminal, format or "table", style_of(6, None, "", terminal))
        takes = found is not None and not found.refuses
        return ExitStatus.DONE if takes else ExitStatus.CHECK_FAILED
    if action == "stop":
        pid = control.stop()
        said = f"process {pid} takes no more calls" if pid else f"there was none{_elsewhere()}"
    else:
        said = _started(idle)
    terminal.stdout.write(f"{said}\n")
    return ExitStatus.DONE


def described(found: Warm | None) -> str:
    """A warm process, or that there is none, in a line."""
    if found is None:
        return f"{NONE}{_elsewhere()}"
    if found.refuses:
        return f"process {found.pid} would not take this call: {found.refuses}"
    calls = f"{found.calls:,} call{'' if found.calls == 1 else 's'}"
    size = f"{found.memory / 1e6:.0f} MB"
    return f"process {found.pid}, {calls}, {size}; ends after {found.idle / 60:g} idle minutes"


def _elsewhere() -> str:
    """How many there are that are not for calls like this one."""
    count = control.others()
    return f" ({count} for another version, interpreter or environment)" if count else ""


def _started(idle: float) -> str:
    begun = time.monotonic()
    found, new = control.start(60 * idle)
    if found is None:
        return "one is being started"
    if not new:
        return f"there is one already: {described(found)}"
    return f"{described(found)}; started in {time.monotonic() - begun:.1f} s"


def _listing(found: Warm | None) -> Listing:
    state: dict[str, Cell] = {"running": found is not None}
    if found is not None:
        state |= {
            "pid": found.pid,
            "seconds": round(time.time() - found.started, 3) if found.started else None,
            "idle_seconds": found.idle,
            "calls": found.calls,
            "calls_running": found.running,
            "memory_bytes": found.memory,
            "refuses": found.refuses or None,
        }
    table = Table(tuple(state), (tuple(state.values()),))
    return Listing((described(found),), table, state)
