"""`adiff doctor`: what this adiff runs on, and whether it is right."""

from __future__ import annotations

import os
import platform
import sys
import time
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from math import e, pi, sqrt
from typing import NamedTuple

from autodiffcli import __version__
from autodiffcli.app import differentiated
from autodiffcli.destination import style_of
from autodiffcli.diagnostics import ExitStatus
from autodiffcli.launch import TORCH, WARM
from autodiffcli.parser import parse
from autodiffcli.points import read_points
from autodiffcli.renderers.listing import Cell, Listing, Table, write
from autodiffcli.request import Request
from autodiffcli.streams.cores import cores
from autodiffcli.terminal import Terminal
from autodiffcli.verbs.warm import described

LIBRARIES = ("torch", "numpy", "python-flint", "mpmath", "rich", "typer")
EXTRAS = {
    "polars": "data",
    "pyarrow": "data",
    "zstandard": "data",
    "distributed": "dask",
    "fsspec": "dask",
}
CLOSE = 1e-14  # of a right number, relative


class Known(NamedTuple):
    """A derivative that is known.

    order     of the derivative
    value     the number; None where there is none
    status    what is the matter there; "exact" where nothing is
    method    "autograd" asks torch; "auto" ball arithmetic, as for every few points
    """

    expression: str
    at: str
    order: int
    value: float | None
    status: str = "exact"
    method: str = "auto"

    @property
    def asked(self) -> str:
        """As one would type it."""
        method = f" --method {self.method}" if self.method != "auto" else ""
        order = f" --order {self.order}" if self.order > 1 else ""
        return f"{self.expression} --at {self.at}{order}{method}"


# From the closed forms: d/dx erf(x) at 0 is 2/√π, d³/dx³ x^x at 1 is 3, and so on.
TEN = (
    Known("x**2+1", "3", 1, 6.0),
    Known("x**2+1", "3", 2, 2.0, method="autograd"),
    Known("exp(-x^2)", "1", 2, 2 / e, method="autograd"),
    Known("sin(x)*cos(x)", "pi/8", 1, sqrt(0.5), method="taylor"),
    Known("erf(x)", "0", 1, 2 / sqrt(pi), method="autograd"),
    Known("x**x", "1", 3, 3.0),
    Known("sin(x)/x", "0", 2, -1 / 3, "removable"),
    Known("abs(x)", "0", 1, None, "kink"),
    Known("log(x)", "-1", 1, None, "outside"),
    Known("1/x", "0", 1, None, "pole"),
)


class Found(NamedTuple):
    """What adiff says of a known derivative, or of what it runs on.

    section  the heading that it stands under
    right    whether it is as it must be; None where it may be otherwise
    """

    section: str
    name: str
    text: str
    right: bool | None = None


def answer(format: str, terminal: Terminal) -> ExitStatus:
    """Print what is found. Exit code 1 where a derivative is wrong."""
    checked = [_checked(known) for known in TEN]  # loads torch, which the rest is asked about
    found = [*_versions(), *_torch(), *_machine(), *_warm(), *checked]
    write(_listing(found), terminal, format or "table", style_of(6, None, "", terminal))
    return ExitStatus.CHECK_FAILED if any(one.right is False for one in found) else ExitStatus.DONE


def _versions() -> list[Found]:
    rows = [
        Found("versions", "adiff", __version__),
        Found("versions", "python", f"{platform.python_version()} ({sys.executable})"),
        Found("versions", "system", platform.platform()),
    ]
    rows += [Found("versions", name, _version(name) or "missing") for name in LIBRARIES]
    rows += [Found("optional", name, _extra(name, extra)) for name, extra in EXTRAS.items()]
    return rows


def _extra(name: str, extra: str) -> str:
    """The version of an optional package, and whether it can be loaded."""
    found = _version(name)
    if not found:
        return f"not installed; pip install 'autodiffcli[{extra}]'"
    try:
        import_module(name)
    except Exception as error:  # it may raise anything
        return f"{found}, which cannot be loaded: {type(error).__name__}: {error}"
    return found


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _torch() -> list[Found]:
    try:
        from autodiffcli.engine.device import devices
    except Exception as error:  # of a torch that is not well
        return [Found("torch", "import", f"{type(error).__name__}: {error}", False)]
    from autodiffcli.launch.choice import outcome

    how = outcome()
    text = f"{how.path} in {how.seconds:.2f} s: {how.reason}" if how.seconds else "plain, not by us"
    return [
        Found("torch", "import", text),
        _setting("torch", TORCH),
        Found("torch", "devices", ", ".join(devices())),
    ]


def _machine() -> list[Found]:
    return [Found("threads", "processes for data", str(cores()))]


def _warm() -> list[Found]:
    from autodiffcli.launch import control

    text = described(control.state()) if control.is_possible() else "needs Linux"
    return [Found("warm", "process", text), _setting("warm", WARM)]


def _setting(section: str, name: str) -> Found:
    return Found(section, name, os.environ.get(name) or "not set")


def _checked(known: Known) -> Found:
    """Whether adiff says what is known."""
    begun = time.perf_counter()
    try:
        value, status = _said(known)
    except Exception as error:  # of a library that is not well, say
        return Found("self-test", known.asked, f"{type(error).__name__}: {error}", False)
    seconds = time.perf_counter() - begun
    right = status == known.status and _is_close(value, known.value)
    text = _shown(value, status)
    if not right:
        text += f", which must be {_shown(known.value, known.status)}"
    return Found("self-test", known.asked, f"{text} ({seconds * 1e3:.1f} ms)", right)


def _is_close(value: float | None, known: float | None) -> bool:
    if value is None or known is None:
        return value is known
    return abs(value - known) <= CLOSE * abs(known)


def _shown(value: float | None, status: str) -> str:
    """A number with what is the matter with it."""
    parts = [repr(value)] * (value is not None) + [status] * (status != "exact")
    return ", ".join(parts)


def _said(known: Known) -> tuple[float | None, str]:
    """The derivative and its status."""
    request = Request(known.expression, (known.at,), known.order, method=known.method)
    program = parse(known.expression)
    result = differentiated(program, read_points(request.at, program), request, threads=1)
    column = result.derivatives[-1]
    status = next((flag.status for flag in result.flags if flag.wrt == column.wrt), "exact")
    value = column.values.real[0]
    return (value, status) if value == value else (None, status)


def _listing(found: list[Found]) -> Listing:
    sections = list(dict.fromkeys(one.section for one in found))
    shown: list[Table | str] = []
    document: dict[str, object] = {}
    for section in sections:
        of = [one for one in found if one.section == section]
        judged = of[0].right is not None
        rows = [[one.name, one.text, *(["right" if one.right else "WRONG"] * judged)] for one in of]
        columns = ("name", "found", "verdict")[: len(rows[0])]
        shown.append(Table(columns, rows, title=section))
        document[section] = {one.name: one.text for one in of}
    right = all(one.right is not False for one in found)
    cells: list[list[Cell]] = [[one.section, one.name, one.text, one.right] for one in found]
    table = Table(("section", "name", "found", "right"), cells)
    return Listing(tuple(shown), table, {"right": right, **document})
