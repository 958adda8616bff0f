"""What a child of the warm process does: take on all that is the client's, answer, end."""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn

from autodiffcli.launch.handover import (
    DONE,
    GO,
    HELLO,
    LENGTH_BYTES,
    PATIENCE,
    PID_BYTES,
    READY,
    REFUSED,
    STATUS,
    peer_of,
)

Run = Callable[[Sequence[str]], int]
_NAMESPACES = ("mnt", "pid", "user", "net", "ipc", "uts", "cgroup")
_SAME = ("Uid", "Gid", "Groups", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp")  # of /proc/*/status
_FIXED = {signal.SIGKILL, signal.SIGSTOP}
_ADDRESS_SPACE = (resource.RLIMIT_AS, resource.RLIMIT_DATA)
_LIMITS = [getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_")]


class Refusal(Exception):
    """Why a call has to be answered by its own process."""


class Call(NamedTuple):
    """A request.

    descriptors  stdin, stdout, stderr and the working directory
    """

    kind: str
    words: list[str]
    environment: dict[bytes, bytes]
    descriptors: Sequence[int]


def answer_next(parent: socket.socket, rehearse: Callable[[], None], run: Run) -> NoReturn:
    """Wait for a call, answer it, and end this process.

    parent    on which the line to the client comes, with what the warm process tells of itself
    rehearse  what is done before: it has the memory copied that a call writes to, so that the
              call does not wait for that
    run       what is done with the words of a call; returns the exit code, all output flushed
    """
    try:
        os.setpgid(0, 0)
        _ordinary_signals()
        rehearse()
        state, descriptors, _, _ = socket.recv_fds(parent, 4096, 1)
        line = socket.socket(fileno=descriptors[0])
        line.settimeout(PATIENCE)
        line.sendall(HELLO)
        call = _read(line)
        peer, _ = peer_of(line)
        _refuse_another_world(peer)
        _become(peer, call)
        if call.kind == STATUS:
            line.sendall(READY + state)
        elif _has_begun(line):
            line.settimeout(None)
            line.sendall(DONE + bytes([_answered(call.words, run, parent)]))
    except Refusal as refusal:
        line.sendall(REFUSED + str(refusal).encode())
    except (OSError, IndexError):
        pass  # the parent has ended, or the client does not keep to what was agreed
    finally:
        os._exit(0)


def _answered(words: list[str], run: Run, parent: socket.socket) -> int:
    """The exit code of a call, when all of it is done."""
    try:
        _count(parent)
        code = run(words)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:  # where nobody inside sees to it
        code = 130
    _let_go()
    return code


def _count(parent: socket.socket) -> None:
    """Have the warm process count this call."""
    try:
        parent.sendall(GO)
    except OSError:
        pass  # it has been killed, which is no matter of the call


def _has_begun(line: socket.socket) -> bool:
    """Say that this process is ready, and wait for the client's word."""
    line.sendall(READY + os.getpid().to_bytes(PID_BYTES, "big"))
    return line.recv(1) == GO


def _read(line: socket.socket) -> Call:
    """The request. Raises OSError where there is none in time, or where it is none."""
    head, descriptors, _, _ = socket.recv_fds(line, LENGTH_BYTES, 4)
    rest = int.from_bytes(head, "big")
    body = bytearray()
    while len(body) < rest:
        more = line.recv(min(rest - len(body), 1 << 20))
        if not more:
            raise ConnectionError
        body += more
    try:
        kind, count, *texts = bytes(body).split(b"\0")
        words = [os.fsdecode(text) for text in texts[: int(count)]]
        items = [text.partition(b"=") for text in texts[int(count) :]]
    except ValueError:
        raise ConnectionError from None
    if len(head) < LENGTH_BYTES or len(descriptors) != 4 or len(texts) < int(count):
        raise ConnectionError
    return Call(kind.decode(), words, {name: value for name, _, value in items}, descriptors)


def _let_go() -> None:
    """Leave the client's streams and directory, which may be removed once the client has ended."""
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)


def _ordinary_signals() -> None:
    """Signals as they are in a new process of Python."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - _FIXED:
        signal.signal(number, signal.SIG_DFL)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _status(process: int | str) -> dict[str, str]:
    """/proc/PROCESS/status by its names."""
    with open(f"/proc/{process}/status") as file:
        lines = (line.partition(":") for line in file)
        return {name: value.strip() for name, _, value in lines}


def _refuse_another_world(peer: int) -> None:
    """Refuse a client with other rights, or one for which the same paths are other files."""
    theirs, ours = _status(peer), _status("self")
    for name in _SAME:
        if theirs.get(name) != ours.get(name):
            raise Refusal(f"{name} of the calling process differs")
    for name in _NAMESPACES:
        if _identity(f"/proc/{peer}/ns/{name}") != _identity(f"/proc/self/ns/{name}"):
            raise Refusal(f"the {name} namespace of the calling process differs")
    if _identity(f"/proc/{peer}/root") != _identity("/"):
        raise Refusal("the root directory of the calling process differs")


def _identity(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino


def _become(peer: int, call: Call) -> None:
    """Take on the client's streams, directory, environment, limits and signals."""
    _limit_as(peer)
    status = _status(peer)
    os.umask(int(status["Umask"], 8))
    os.sched_setaffinity(0, os.sched_getaffinity(peer))
    try:
        os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, peer))
    except PermissionError:
        raise Refusal("the calling process runs at a higher priority") from None
    ignored, blocked = (_signals(status[name]) for name in ("SigIgn", "SigBlk"))
    for number in ignored - _FIXED:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    os.environ.clear()
    os.environb.update(call.environment)
    time.tzset()
    tempfile.tempdir = None
    *streams, directory = call.descriptors
    for place, descriptor in enumerate(streams):
        os.dup2(descriptor, place)
        os.close(descriptor)
    os.fchdir(directory)
    os.close(directory)
    _open_streams()


def _limit_as(peer: int) -> None:
    """The limits of `ulimit`. One on memory would mean something else here."""
    for limit in _LIMITS:
        theirs = resource.prlimit(peer, limit)
        if limit in _ADDRESS_SPACE and theirs[0] != resource.RLIM_INFINITY:
            raise Refusal("the memory of the calling process is limited")
        if theirs != resource.getrlimit(limit):
            try:
                resource.setrlimit(limit, theirs)
            except (ValueError, OSError):
                raise Refusal("the calling process has a higher limit") from None


def _signals(mask: str) -> set[int]:
    """The numbers of the signals in a mask of /proc/*/status that a process can deal with."""
    bits = int(mask, 16)
    return {number for number in signal.valid_signals() if bits >> (number - 1) & 1}


def _open_streams() -> None:
    """sys.stdin, sys.stdout and sys.stderr as Python opens them, on the descriptors 0, 1 and 2."""
    code, errors = sys.stdout.encoding, sys.stdout.errors
    opened = (
        os.fdopen(0, encoding=code, errors=errors, closefd=False),
        os.fdopen(1, "w", encoding=code, errors=errors, closefd=False),
        os.fdopen(2, "w", 1, encoding=code, errors="backslashreplace", closefd=False),
    )
    for name, stream in zip(("stdin", "stdout", "stderr"), opened, strict=True):
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
