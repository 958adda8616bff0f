"""What is wrong with data: a path that cannot be read, a library that is not there."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from autodiffcli.diagnostics import AdiffError, Span, wrong

ORIGIN = "--data "


def bad_data(path: str, message: str, hint: str = "") -> AdiffError:
    """An error that points at a path as the user has typed it."""
    return wrong("data", message, Span(0, len(path)), path, origin=ORIGIN, hint=hint)


def unreadable(path: str, shown: str, error: OSError, hint: str = "") -> AdiffError:
    """What the system says of a file."""
    why = error.strerror or str(error) or type(error).__name__
    return bad_data(path, f"'{shown}' cannot be read: {why[:1].lower()}{why[1:]}", hint)


def broken(path: str, shown: str, kind: str, error: BaseException | str) -> AdiffError:
    """A file that is not of the kind that its name or its first bytes say."""
    lines = str(error).strip().splitlines()
    why = f": {lines[0].rstrip('.')}" if lines else ""
    return bad_data(path, f"'{shown}' is no whole {kind} file{why}")


def library(name: str, what: str, extra: str = "data") -> Any:
    """A module of a library that is needed for something. Raises AdiffError where it is not there.

    what   "reading Parquet"
    extra  of ours, that brings the library
    """
    try:
        return import_module(name)
    except ImportError:
        raise missing_extra(what, name.partition(".")[0], extra) from None


def missing_extra(what: str, library: str, extra: str = "data") -> AdiffError:
    """An error that says what to install: "reading Parquet" takes "pyarrow"."""
    return wrong("extra", f"{what} takes {library}", hint=f"pip install 'autodiffcli[{extra}]'")
