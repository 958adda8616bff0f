"""Entry point. What needs no library is answered before any is loaded."""

from __future__ import annotations

import os
import sys

from autodiffcli import __version__


def main() -> None:
    """Run adiff and leave with its exit code, without the interpreter's slow teardown."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"adiff {__version__}\n")
        code = 0
    else:
        import gc

        gc.disable()  # one short run: looking for cycles only costs time
        from autodiffcli import launch

        launch.arm()
        if any(word.startswith("--data") for word in sys.argv):
            from autodiffcli.streams.pool import prepare

            prepare(sys.argv[1:])
        from autodiffcli.cli import main as run

        code = int(run())
        pool = sys.modules.get("autodiffcli.streams.pool")
        if pool is not None:
            pool.end()
    _leave(code)


def _leave(code: int) -> None:
    """Flush and go. Output that cannot be written is an error, unless its reader has left."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        pass
    except OSError:
        code = code or 2
    os._exit(code)


if __name__ == "__main__":
    main()
