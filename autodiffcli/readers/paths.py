"""Which files are meant: globs that the shell has left, directories, `-` for stdin."""

from __future__ import annotations

import os
from collections.abc import Sequence
from glob import glob, has_magic

from autodiffcli.diagnostics import did_you_mean, listed
from autodiffcli.readers.complaints import bad_data, unreadable
from autodiffcli.readers.part import suffixes_of

STDIN = "-"


def expanded(paths: Sequence[str], format: str = "") -> list[str]:
    """All files, in order. Raises AdiffError where there is none, or stdin comes twice.

    format  of the files that count in a directory; "" for the one format that it has
    """
    found: list[str] = []
    for path in paths:
        if path == STDIN:
            found.append(path)
        elif os.path.isdir(path):
            found += _listed(path, format)
        elif has_magic(path) and not os.path.exists(path):
            found += _matching(path)
        else:
            _look(path)
            found.append(path)
    if not found:
        raise bad_data("", "no file is named")
    if found.count(STDIN) > 1:
        raise bad_data(STDIN, "stdin can be read once only")
    return found


def _matching(pattern: str) -> list[str]:
    names = sorted(name for name in glob(pattern, recursive=True) if not os.path.isdir(name))
    if not names:
        raise bad_data(pattern, f"no file is named like '{pattern}'")
    return names


def _listed(folder: str, format: str) -> list[str]:
    """The files of one format in a directory; names that begin with `.` or `_` are no data."""
    try:
        names = sorted(name for name in os.listdir(folder) if name[0] not in "._")
    except OSError as error:
        raise unreadable(folder, folder, error) from None
    files = [name for name in names if os.path.isfile(os.path.join(folder, name))]
    found: dict[str, list[str]] = {}
    for name in files:
        found.setdefault(suffixes_of(name)[0], []).append(os.path.join(folder, name))
    found.pop("", None)
    kinds = [format] if format in found else [] if format else list(found)
    if not kinds:
        what = f"{format} file" if format else "data file"
        raise bad_data(folder, f"the directory '{folder}' has no {what}")
    if len(kinds) > 1:
        hint = f"name the files of one: '{os.path.join(folder, '*.' + kinds[0])}'"
        message = f"the directory '{folder}' has files of more than one format: {listed(kinds)}"
        raise bad_data(folder, message, hint)
    return found[kinds[0]]


def _look(path: str) -> None:
    """Raise AdiffError where there is no such file."""
    try:
        os.stat(path)
    except FileNotFoundError:
        folder, name = os.path.split(path)
        try:
            near = did_you_mean(name, os.listdir(folder or "."))
        except OSError:
            near = ""
        raise bad_data(path, f"there is no file '{path}'", near) from None
    except (OSError, ValueError) as error:
        failed = error if isinstance(error, OSError) else OSError(str(error))
        raise unreadable(path, path, failed) from None
