"""Parts done by several processes, and handed back in their order.

The processes are forked before anything heavy is loaded: the first one loads what the work takes
while the command line is still being read, and forks the others then. Where a text goes to a
file they write their rows to it themselves, each at the place that it is told.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import socket
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from autodiffcli.diagnostics import wrong
from autodiffcli.streams.beside import Ahead
from autodiffcli.streams.cores import cores

# The suffixes of `readers.part` that are no text: to load it takes longer than all this.
_BINARY = (".parquet", ".pq", ".arrow", ".feather", ".ipc", ".npy", ".npz")
_PARENT_DEATH = 1  # of Linux's prctl
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # of glibc's mallopt
_LENGTH = 8  # bytes before each message, which say how long it is
_crew: Crew | None = None


def prepare(words: Sequence[str]) -> None:
    """Fork processes if a command line is going to have work for them.

    To be called while this process has one thread and has loaded nothing. `crew` has them then.
    """
    global _crew
    paths = [word for before, word in pairwise(words) if before == "--data"]
    paths += [word.removeprefix("--data=") for word in words if word.startswith("--data=")]
    binary = any(path.lower().endswith(_BINARY) for path in paths)
    if not paths or binary or not hasattr(os, "fork"):
        return
    count = _asked(words) or cores()
    if count > 1:
        _crew = Crew(count)


def _asked(words: Sequence[str]) -> int:
    """The number behind --threads; 0 where there is none."""
    for place, word in enumerate(words):
        given = word[10:] if word.startswith("--threads=") else ""
        if word == "--threads" and place + 1 < len(words):
            given = words[place + 1]
        if given.isdigit():
            return min(int(given), 256)
    return 0


def crew() -> Crew | None:
    """The processes that were forked; None where this one works alone."""
    return _crew


def in_order(parts: Iterable[Any], work: Any, file: File | None = None) -> Iterator[Any]:
    """Every part done, in the order of the parts.

    file    where the processes write their rows themselves
    raises  AdiffError where a process has died, as it does for want of memory
    """
    if _crew is None:
        yield from map(work, parts)
        return
    try:
        yield from _crew.do(parts, work, file)
    except (EOFError, ConnectionError):
        message = "a process of adiff has died, perhaps for want of memory"
        raise wrong("process", message, hint="--threads 1 works in one process") from None


class File:
    """A file of text that several processes write to.

    end  where the next rows begin
    """

    def __init__(self, path: str, end: int) -> None:
        self.path, self.end = path, end


class Crew:
    """Processes that do parts, one part at a time each."""

    def __init__(self, count: int) -> None:
        pairs = [socket.socketpair() for _ in range(count)]
        self.lines = [_Line(ours) for ours, _ in pairs]
        sys.stdout.flush()
        self.first = os.fork()
        if not self.first:
            for ours, _ in pairs:
                ours.close()
            _serve([theirs for _, theirs in pairs])
        for _, theirs in pairs:
            theirs.close()
        self.pids = [self.first]

    def do(self, parts: Iterable[Any], work: Any, file: File | None) -> Iterator[Any]:
        """Every part done, in order; no process waits for more than the one before it."""
        for line in self.lines:
            line.send((work, file.path if file is not None else ""))
        source, busy, free = Ahead(parts), deque[_Line](), deque(self.lines)

        def hand_out(wait: bool) -> None:
            while free and source.has_next(wait and not busy):
                free[0].send(source.next())
                busy.append(free.popleft())

        hand_out(wait=True)
        while busy:
            line = busy.popleft()
            done = line.receive()
            if isinstance(done, Exception):
                raise done
            if file is not None and done.error is None:
                line.send(file.end)
                file.end += done.payload
                done = replace(done, payload=None)
            free.append(line)
            hand_out(wait=False)  # before what is slow: to write what was done
            yield done
            hand_out(wait=True)
        if file is not None:
            for line in self.lines:
                line.send(None)
                problem = line.receive()
                if problem is not None:
                    raise problem

    def end(self) -> None:
        """Stop whatever is under way; a process without us ends by itself."""
        for line in self.lines:
            line.close()
        try:
            os.killpg(self.first, signal.SIGKILL)
            os.waitpid(self.first, 0)
        except (ProcessLookupError, ChildProcessError):
            pass


def end() -> None:
    """Let the processes go, if there are any."""
    global _crew
    if _crew is not None:
        _crew.end()
        _crew = None


class _Line:
    """Messages to and from one process."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link

    def send(self, message: Any) -> None:
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self.link.sendall(len(data).to_bytes(_LENGTH, "little"))
        self.link.sendall(data)

    def receive(self) -> Any:
        return pickle.loads(self._exactly(int.from_bytes(self._exactly(_LENGTH), "little")))

    def _exactly(self, count: int) -> bytearray:
        found = bytearray(count)
        view, place = memoryview(found), 0
        while place < count:
            more = self.link.recv_into(view[place:], count - place)
            if not more:
                raise EOFError
            place += more
        return found

    def close(self) -> None:
        self.link.close()


# -- in the processes


def _serve(links: list[socket.socket]) -> None:
    """Load what the work takes, fork a process for each link, and work until it closes."""
    try:
        os.setpgid(0, 0)  # all of them can be ended at once, and a Ctrl-C is for the parent
        _end_with_parent()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1):
            os.dup2(nowhere, stream)  # or a reader of our output would wait for this process too
        os.environ.setdefault("POLARS_MAX_THREADS", "1")
        _keep_memory()
        _load()
        own = links[0]
        for link in links[1:]:
            if not os.fork():
                _end_with_parent()
                own = link
                break
        for link in links:
            if link is not own:
                link.close()
        if not select.select([own], [], [], 0)[0]:
            import autodiffcli.one_point  # noqa: F401  what suspects will need, while there is time
        _work(_Line(own))
    except (EOFError, ConnectionError):
        pass
    finally:
        os._exit(0)


def _end_with_parent() -> None:
    """Have the system end this process when its parent has gone, however that came."""
    import ctypes

    try:
        ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL)
    except (OSError, AttributeError):
        pass  # not Linux: it ends with the part that it is at


def _keep_memory() -> None:
    """Have freed memory kept for the next part: a page that is new costs more than its numbers."""
    import ctypes

    try:
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, 1 << 30)
        library.mallopt(_TRIM_THRESHOLD, 1 << 30)
    except (OSError, AttributeError):
        pass  # not glibc


def _load() -> None:
    import autodiffcli.readers.cells
    import autodiffcli.streams.part
    import autodiffcli.writers.delimited  # noqa: F401

    try:
        import polars  # noqa: F401
    except ImportError:
        pass


def _work(line: _Line) -> None:
    work, target, problem = None, -1, None
    while True:
        message = line.receive()
        if isinstance(message, tuple):
            work, path = message
            target = os.open(path, os.O_WRONLY) if path else -1
            continue
        if message is None:
            os.close(target)
            line.send(problem)
            continue
        try:
            done = work(message)  # type: ignore[misc]
        except Exception as error:  # a bug, which the parent reports
            line.send(RuntimeError(f"{type(error).__name__}: {error}"))
            continue
        if target < 0 or done.error is not None:
            line.send(done)
            continue
        line.send(replace(done, payload=len(done.payload)))
        try:
            _write_at(target, done.payload, line.receive())
        except OSError as error:
            problem = error


def _write_at(target: int, data: bytes, place: int) -> None:
    view = memoryview(data)
    while view:
        count = os.pwrite(target, view, place)
        view, place = view[count:], place + count
