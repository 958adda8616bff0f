"""Runs probes in this process, once leanly or plainly imported, and prints what came out.

    python probing.py lean|plain together|apart [NAME]...

One line of JSON for each: its name, its outcome, and what had the deferred modules read. `apart`
runs each in a child of its own, which is forked from the process that has imported torch.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
import warnings
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))


def imported(how: str) -> Any:
    """The lean import, once torch is imported so; None for a plain one."""
    lean = None
    if how == "lean":
        from autodiffcli.launch.deferred import lists
        from autodiffcli.launch.lean import LeanImport

        lean = LeanImport(lists())
        lean.begin()
    import torch

    torch.set_num_threads(1)
    if lean is not None:
        lean.imported()
    return lean


def outcome(name: str) -> str:
    """The repr of what a probe gives back, or the error that it raises."""
    import torch
    from probes import PROBES

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return repr(PROBES[name](torch))
        except Exception as error:
            if os.environ.get("PROBING_TRACEBACK"):
                traceback.print_exc()
            return f"{type(error).__name__}: {error}"


def tell(name: str, lean: Any) -> None:
    """Run one and print it."""
    found = outcome(name)
    print(json.dumps([name, found, lean.trigger if lean is not None else ""]), flush=True)


def main() -> None:
    """Run those that are asked for."""
    how, where, *names = sys.argv[1:]
    from probes import PROBES

    lean = imported(how)
    for name in names or PROBES:
        if where == "together":
            tell(name, lean)
            continue
        child = os.fork()
        if not child:
            signal.alarm(60)
            tell(name, lean)
            os._exit(0)
        os.waitpid(child, 0)
    sys.stdout.flush()
    os._exit(0)


main()
