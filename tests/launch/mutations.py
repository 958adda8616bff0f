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


def answered(field: str, entry: str, setting: str, cache: str) -> tuple[str, Any]:
    """The path that the import took, and all the answers; or what went wrong."""
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
    with tempfile.TemporaryDirectory() as cache:
        _, right = answered("none", "", "plain", cache)
        for field, entry in [("none", ""), *entries()]:
            path, found = answered(field, entry, "lean", cache)
            kind = path if found == right else f"wrong ({path})"
            counts[kind] += 1
            print(f"{kind:8} {field} {entry}", found if path == "fails" else "", flush=True)
    print(dict(counts))


if __name__ == "__main__":
    main()
