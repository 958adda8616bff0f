"""Imports torch leanly with one entry of the lists left out, and prints what torch answers then.

    python mutated.py FIELD ENTRY

As with a torch that is new to adiff: it has a name that no list knows. A line of JSON: the path
that the import took, and the answers, before and after all of torch was read.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from autodiffcli.launch import builds, choice, deferred, watch

DEEPER = ("hessian", "make_fx", "func_jvp", "nested", "sets", "library_define", "ops")


def entries() -> list[tuple[str, str]]:
    """Every entry of every list."""
    whole = deferred.lists()
    return [(field.name, entry) for field in fields(whole) for entry in getattr(whole, field.name)]


def without(field: str, entry: str) -> deferred.Lists:
    """The lists with an entry left out."""
    whole = deferred.lists()
    found: Any = getattr(whole, field)
    if isinstance(found, Mapping):
        left: Any = {name: value for name, value in found.items() if name != entry}
    else:
        left = type(found)(name for name in found if name != entry)
    return replace(whole, **{field: left})


def main() -> None:
    """Import torch and ask it."""
    field, entry = sys.argv[1:]
    builds.VERIFIED = frozenset()  # type: ignore[misc]
    if field != "none":
        choice.lists = lambda cuda=False: without(field, entry)  # type: ignore[attr-defined]
    watch.arm()
    import torch
    from probes import PROBES

    from autodiffcli.launch.rehearsal import answers

    torch.set_num_threads(1)
    found = [answers()]
    path = choice.outcome().path
    lean = choice._lean
    if lean is not None:
        lean.promote("the test")
    found.append(answers())
    deeper = {name: repr(PROBES[name](torch)) for name in DEEPER}
    print(json.dumps([path, found, deeper]), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
