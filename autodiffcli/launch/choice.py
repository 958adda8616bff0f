"""Lean, plain, or a process of its own with the plain import: which one, and what came of it."""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from autodiffcli.launch import TORCH
from autodiffcli.launch.builds import NO, OK, Build, build_of, marker_of, remember, remembered
from autodiffcli.launch.deferred import lists
from autodiffcli.launch.lean import LeanImport, Phase, Unexpected
from autodiffcli.launch.rehearsal import differences, kernels, rehearsed

_INSTEAD = "ADIFF_TORCH_INSTEAD"  # why a process took over from the one before, and the setting

# Torch's own settings that change nothing in what adiff has it do.
_HARMLESS = ("TORCH_HOME", "TORCH_DEVICE_BACKEND_AUTOLOAD", "TORCH_EXTENSIONS_DIR")


@dataclass(frozen=True)
class Outcome:
    """How torch was imported.

    path     "none" so far, "lean", "promoted" (lean, then all of it read), "rehearsed" (all of it
             read, for the first time with this build), "plain", or "instead" (plain, in a process
             that took over from one whose lean import failed)
    reason   why this way
    seconds  that the import took; of what was read later too
    build    None where there was no file to tell it by
    marker   the file that remembers it
    """

    path: str
    reason: str
    seconds: float = 0.0
    build: Build | None = None
    marker: Path | None = None


_outcome = Outcome("none", "torch is not needed so far")
_lean: LeanImport | None = None


def outcome() -> Outcome:
    """How torch was imported in this process."""
    if _outcome.path == "lean" and _lean is not None and _lean.phase is not Phase.LEAN:
        return replace(_outcome, path="promoted", reason=f"{_lean.trigger} was needed")
    return _outcome


def setting() -> str:
    """How torch is to be imported. `auto` and `lean` differ where it failed before: `lean` tries
    again, each time.
    """
    return os.environ.get(TORCH) or "auto"


def load(module: ModuleType, loader: Any, process: int) -> None:
    """Fill torch's module as the setting, the build and the process have it.

    process  the one that was started by the command; others are its children
    """
    global _outcome
    wanted, start = setting(), time.perf_counter()
    took_over = os.environ.pop(_INSTEAD, None)
    build = _build(module)
    marker = marker_of(build) if build is not None else None
    if took_over is not None:
        before, _, why = took_over.partition(" ")
        os.environ[TORCH] = before  # for processes that this one starts
        path, reason = "instead", why
    else:
        path, reason = _way(wanted, build, process)
    if path in ("lean", "rehearsed"):
        assert build is not None
        _load_leanly(module, loader, build, path)
    else:
        loader.exec_module(module)
    _outcome = Outcome(path, reason, time.perf_counter() - start, build, marker)


def _build(module: ModuleType) -> Build | None:
    try:
        return build_of(str(module.__file__))
    except (OSError, ValueError, AttributeError, RuntimeError):
        return None


def _way(wanted: str, build: Build | None, process: int) -> tuple[str, str]:
    """The path and the reason."""
    if wanted == "plain":
        return "plain", f"{TORCH}=plain"
    obstacle = _obstacle(process)
    if build is None or obstacle:
        return "plain", obstacle or "torch's files are not where they are looked for"
    if build.verified:
        return "lean", f"torch {build.version} was tested with adiff"
    known, why = remembered(build)
    if known == OK:
        return "lean", f"torch {build.version} was rehearsed"
    if known == NO and wanted != "lean":
        return "plain", f"it failed before with torch {build.version}: {why}"
    return "rehearsed", f"torch {build.version} is new to adiff: the next run knows"


def _obstacle(process: int) -> str:
    """Why another process could not take over from this one; "" where it could."""
    if os.name != "posix" or not sys.executable or not getattr(sys, "orig_argv", None):
        return "no process can take over on this system"
    if os.getpid() != process:
        return "this process is a part of another"
    if any(word == "-" or word.endswith("=-") for word in sys.argv[1:]):
        return "stdin may have been read"
    if any(word.startswith("--data") for word in sys.argv[1:]):
        return "data are being read"
    if threading.active_count() > 1:
        return "several threads are running"
    for name in os.environ:
        if name.startswith(("TORCH_", "PYTORCH_")) and name not in _HARMLESS:
            return f"{name} is set"
    return ""


def _load_leanly(module: ModuleType, loader: Any, build: Build, path: str) -> None:
    """Import torch leanly; where that fails, have another process do the work."""
    global _lean
    _lean = lean = LeanImport(lists(build.cuda), lambda why: remember(build, NO, why))
    lean.begin()
    try:
        loader.exec_module(module)
        lean.imported()
        if path == "rehearsed":
            _rehearse(lean)
            remember(build, OK)
    except (Exception, Unexpected) as error:
        kind = "" if isinstance(error, Unexpected) else f"{type(error).__name__}: "
        _instead(f"{kind}{error}", build)


def _rehearse(lean: LeanImport) -> None:
    """Have torch answer leanly, read all of it, and have it answer again. Raises Unexpected."""
    told, before = rehearsed(), kernels()
    lean.promote("the rehearsal")
    different = differences(told)
    different += [f"kernels of {key}" for key, now in kernels().items() if now != before[key]]
    if different:
        raise Unexpected(f"other answers than plainly: {', '.join(different)}")


def _instead(why: str, build: Build) -> NoReturn:
    """Have a fresh process with the plain import do what this one was to do.

    Nothing was read from stdin or written so far. Modules cannot be taken back: torch's C++ keeps
    what it has been given, and a second import of its `__init__` fails or ends in a crash.
    """
    why = " ".join(why.split())[:300]
    remember(build, NO, why)
    os.environ[_INSTEAD] = f"{os.environ.get(TORCH) or 'auto'} {why}"
    os.environ[TORCH] = "plain"
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
