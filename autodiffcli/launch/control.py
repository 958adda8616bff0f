"""Starting, stopping and asking the warm process."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

from autodiffcli.diagnostics import AdiffError, wrong
from autodiffcli.launch.handover import (
    READY,
    SERVE,
    STATUS,
    ask,
    connected,
    directory,
    is_private,
    peer_of,
    socket_path,
)

IDLE_MINUTES = 15.0
_LONGEST_PATH = 107  # bytes of the name of a socket
_RUNNERS = (
    *("CI", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "BUILD_NUMBER", "BUILDKITE", "TRAVIS"),
    *("CIRCLECI", "TF_BUILD", "TEAMCITY_VERSION", "CODEBUILD_BUILD_ID", "APPVEYOR"),
)


class Warm(NamedTuple):
    """A warm process.

    started  seconds since the epoch
    idle     seconds without a call after which it ends
    calls    how many it has taken
    running  how many of them have not ended
    memory   resident bytes
    refuses  why it would not take a call of this process; "" where it would
    """

    pid: int
    started: float = 0.0
    idle: float = 0.0
    calls: int = 0
    running: int = 0
    memory: int = 0
    refuses: str = ""


def is_possible() -> bool:
    """Whether this system has what a warm process takes."""
    return sys.platform == "linux" and hasattr(os, "fork")


def start(idle: float) -> tuple[Warm | None, bool]:
    """The warm process for calls like this one, and whether it is a new one.

    idle    seconds without a call after which it ends
    raises  AdiffError where there can be none
    """
    _made_private()
    _swept()
    for _ in range(10):
        said = _spawned(idle)
        if said not in ("ready", "running"):
            raise wrong("warm", f"the warm process did not start: {said or 'it died'}")
        found = state()
        if found is not None and not found.refuses:
            break
        time.sleep(0.2)  # one whose files have changed is about to end
    return found, said == "ready"


def start_unasked() -> None:
    """Start one for the calls to come, without a word and without waiting; never in CI."""
    if not is_possible() or any(os.environ.get(name, "") not in ("", "0") for name in _RUNNERS):
        return
    try:
        _made_private()
        _spawned(60 * IDLE_MINUTES, wait=False)
    except (AdiffError, OSError):
        pass  # the call itself has been answered


def stop() -> int:
    """End the warm process for calls like this one. Returns its process id, 0 where none is.

    raises  AdiffError where it cannot be ended from here
    """
    until = time.monotonic() + 5
    path = socket_path()
    while (line := connected()) is None:
        if not _is_held(f"{path}.lock") or time.monotonic() > until:
            return 0
        time.sleep(0.02)  # one is being started
    pid, _ = peer_of(line)
    line.close()
    if not pid:
        raise wrong("warm", "the warm process is in another PID namespace: stop it there")
    os.kill(pid, signal.SIGTERM)
    while os.path.exists(path):
        if time.monotonic() > until:
            raise wrong("warm", f"process {pid} does not react", hint=f"kill -9 {pid} ends it")
        time.sleep(0.005)
    return pid


def state() -> Warm | None:
    """What the warm process for calls like this one tells of itself; None where there is none."""
    line = connected()
    if line is None:
        return None
    pid, _ = peer_of(line)
    try:
        answer = ask(line, STATUS, ())
        text = b"".join(iter(lambda: line.recv(4096), b"")).decode()
        if answer != READY:
            return Warm(pid, memory=_memory(pid), refuses=text or "its files have changed")
        found = dict(row.split(" ", 1) for row in text.splitlines())
        return Warm(
            pid,
            started=float(found["started"]),
            idle=float(found["idle"]),
            calls=int(found["calls"]),
            running=int(found["running"]),
            memory=_memory(pid),
        )
    except (OSError, ValueError, KeyError):
        return Warm(pid, refuses="it does not answer as it should")
    finally:
        line.close()


def others() -> int:
    """How many warm processes there are for other versions, interpreters or environments."""
    if not is_possible() or not is_private(directory()):
        return 0
    return sum(_is_held(path) for path in _locks() if path != f"{socket_path()}.lock")


def _made_private() -> None:
    """Make the directory of the sockets. Raises AdiffError where it cannot be private."""
    path = directory()
    try:
        os.makedirs(path, 0o700, exist_ok=True)
    except OSError as error:
        raise wrong("warm", f"{path} cannot be made: {(error.strerror or '').lower()}") from None
    if not is_private(path):
        hint = f"chmod 700 {path}" if os.path.isdir(path) else ""
        raise wrong("warm", f"{path} is not a private directory of this user", hint=hint)
    if len(os.fsencode(socket_path())) + len(f".{os.getpid()}") > _LONGEST_PATH:
        raise wrong("warm", f"{path} is too long a name for a directory of sockets")


def _spawned(idle: float, wait: bool = True) -> str:
    """Start a process of its own session; what it says when it is ready, or what is wrong."""
    listen, tell = os.pipe()
    os.set_inheritable(tell, True)
    null = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in (0, 1, 2)]
    words = [*_this_program(), SERVE, str(idle), str(tell)]
    os.posix_spawn(words[0], words, os.environ, file_actions=null, setsid=True)
    os.close(tell)
    try:
        return b"".join(iter(lambda: os.read(listen, 4096), b"")).decode() if wait else ""
    finally:
        os.close(listen)


def _this_program() -> list[str]:
    """The words that this process was started with, but for those of the call."""
    own = len(sys.argv) - 1
    ours = sys.orig_argv[len(sys.orig_argv) - own :] == sys.argv[1:]
    before = sys.orig_argv[1 : len(sys.orig_argv) - own] if ours else []
    return [sys.executable, *(before or ["-m", "autodiffcli"])]


def _swept() -> None:
    """Remove the sockets that killed processes have left."""
    for path in _locks():
        if not _is_held(path):
            try:
                os.unlink(path.removesuffix(".lock"))
            except OSError:
                pass


def _locks() -> Iterator[str]:
    for name in os.listdir(directory()):
        if name.endswith(".sock.lock"):
            yield f"{directory()}/{name}"


def _is_held(path: str) -> bool:
    """Whether a process holds that lock."""
    try:
        lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def _memory(pid: int) -> int:
    """Resident bytes of a process; 0 where it has ended."""
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
