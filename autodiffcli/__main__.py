"""Entry point. What needs no library is answered before any is loaded."""

from __future__ import annotations

import os
import sys

from autodiffcli import __version__
from autodiffcli.launch import WARM, handover, watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main() -> None:
    """Run adiff and leave with its exit code, without the interpreter's slow teardown."""
    words = sys.argv[1:]
    if words in (["--version"], ["-V"]):
        sys.stdout.write(f"adiff {__version__}\n")
        code = _flushed(0)
    elif words[:1] == [handover.SERVE]:
        from autodiffcli.launch.server import serve

        code = serve(float(words[1]), int(words[2]), run)
    else:
        code = _answered(words)
    os._exit(code)


def _answered(words: Sequence[str]) -> int:
    """The exit code of a call, answered by the warm process or by this one."""
    code = handover.hand_over(words)
    if code is None:
        code = run(words)
        if os.environ.get(WARM) == "auto" and not {*words[:1]} & {*handover.COLD}:
            from autodiffcli.launch.control import start_unasked

            start_unasked()
    return code


def run(words: Sequence[str]) -> int:
    """Answer in this process; returns the exit code, all output flushed."""
    import gc

    gc.disable()  # one short run: looking for cycles only costs time
    watch.arm()
    try:
        code = _worked(words)
    except KeyboardInterrupt:  # before the command line could see to it
        code = 130
    return _flushed(code)


def _worked(words: Sequence[str]) -> int:
    if any(word.startswith("--data") for word in words):
        from autodiffcli.streams.pool import prepare

        prepare(words)
    from autodiffcli.cli import main as answer

    code = int(answer(words))
    pool = sys.modules.get("autodiffcli.streams.pool")
    if pool is not None:
        pool.end()
    return code


def _flushed(code: int) -> int:
    """The code to leave with. Output that cannot be written is an error, unless its reader has
    left."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        pass
    except OSError:
        code = code or 2
    return code


if __name__ == "__main__":
    main()
