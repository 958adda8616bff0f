"""Runs `mutated.py`, leanly and plainly; by itself: with every entry of the lists left out.

    python mutations.py

Prints what is wrong, and how many imports were lean all the same and how many fell back.
"""

from __future__ import annotations

import collections
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SECONDS = 120  # a run that takes longer stands still


def answered(field: str, entry: str, setting: str) -> tuple[str, list[Any]]:
    """Of the first run with such a torch and of the second one: the paths that the imports took,
    and all the answers; or what went wrong.
    """
    with tempfile.TemporaryDirectory() as cache:
        told = [_answered(field, entry, setting, cache) for _ in range(2)]
    return " ".join(path for path, _ in told), [found for _, found in told]


def _answered(field: str, entry: str, setting: str, cache: str) -> tuple[str, Any]:
    env = {**os.environ, "ADIFF_TORCH": setting, "XDG_CACHE_HOME": cache}
    env["PYTHONPATH"] = f"{HERE.parents[1]}{os.pathsep}{env.get('PYTHONPATH', '')}"
    argv = [sys.executable, str(HERE / "mutated.py"), field, entry]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=SECONDS, env=env)
    except subprocess.TimeoutExpired:
        return "hangs", None
    if done.returncode:
        return "fails", done.stderr[-500:]
    path, *found = json.loads(done.stdout.splitlines()[-1])
    return path, found


def main() -> None:
    """Leave out every entry in turn."""
    sys.path[:0] = [str(HERE), str(HERE.parents[1])]
    from mutated import entries

    counts: collections.Counter[str] = collections.Counter()
    _, right = answered("none", "", "plain")
    for field, entry in [("none", ""), *sorted(entries())]:
        path, found = answered(field, entry, "auto")
        kind = path if found == right else f"wrong: {path}"
        counts[kind] += 1
        print(f"{kind:18} {field} {entry}", found if "fails" in path else "", flush=True)
    print(dict(counts))


if __name__ == "__main__":
    main()
