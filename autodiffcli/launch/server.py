"""The warm process: it has everything loaded, and a child of its own for each call.

It never has more than one thread: a process that is forked while another thread holds a lock, or
after a parallel region of OpenMP, may hang. It never reads from a client either: that is done by
the child, so that one bad client or child is nobody else's trouble. The child of the next call
is forked ahead: that takes as long as to answer.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain

from autodiffcli.launch.child import Run, answer_next
from autodiffcli.launch.handover import KILLED, peer_of, socket_path
from autodiffcli.launch.loading import is_current, load, rehearse

BACKLOG = 256
_LONGEST_SLEEP = 60.0  # seconds, after which it looks whether its socket is still there


@dataclass
class Served:
    """What a warm process has to tell of itself.

    idle     seconds without a call after which it ends
    path     of the socket
    lock     descriptor of the lock that stands for it
    written  when the files were written that it was loaded from
    inode    number of the socket, by which another one at its path is told
    started  seconds since the epoch
    last     when a call last ended, by the monotonic clock
    lines    by the process id of each child: the lines to its client and to the child
    spare    the child of the next call, and the line to it; None when it could not be made
    """

    idle: float
    path: str
    lock: int
    written: Mapping[str, int]
    started: float = field(default_factory=time.time)
    last: float = field(default_factory=time.monotonic)
    calls: int = 0
    ending: bool = False
    inode: int = 0
    lines: dict[int, tuple[socket.socket, socket.socket]] = field(default_factory=dict)
    spare: tuple[int, socket.socket] | None = None


def serve(idle: float, tell: int, run: Run) -> int:
    """Be the warm process until it is stopped or has been idle; returns its exit code.

    idle  seconds without a call after which it ends
    tell  descriptor on which `ready`, `running` or what is wrong is written
    run   what a child does with the words of its call
    """
    _alone(tell)
    path = socket_path()
    try:
        lock = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        return _say(tell, str(error))
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a lock that children do not inherit
    except OSError:
        return _say(tell, "running")
    try:
        served = Served(idle, path, lock, load())
        if threads() != 1:
            return _say(tell, f"the libraries have started {threads() - 1} threads of their own")
        listener = _listening(path)
        served.inode = os.stat(path).st_ino
    except Exception as error:
        return _say(tell, f"{type(error).__name__}: {error}")
    _say(tell, "ready")
    try:
        _calls(listener, served, run)
    finally:
        _gone(listener, served)
    return 0


def threads() -> int:
    """How many threads this process has."""
    return len(os.listdir("/proc/self/task"))


def _alone(tell: int) -> None:
    """Leave everything that belongs to who started this process."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.closerange(3, tell)
    os.closerange(tell + 1, os.sysconf("SC_OPEN_MAX"))
    os.set_inheritable(tell, False)
    os.chdir("/")


def _say(tell: int, text: str) -> int:
    try:
        os.write(tell, text.encode())
    except OSError:
        pass  # nobody waits for it
    os.close(tell)
    return 0


def _listening(path: str) -> socket.socket:
    """The socket of this process, there for clients from the moment that it listens."""
    made = f"{path}.{os.getpid()}"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.setblocking(False)
    listener.bind(made)
    listener.listen(BACKLOG)
    os.rename(made, path)  # over one that a killed process has left
    return listener


def _is_own(served: Served) -> bool:
    """Whether the socket is still the one that this process has made."""
    try:
        return os.stat(served.path).st_ino == served.inode
    except OSError:
        return False


def _gone(listener: socket.socket, served: Served) -> None:
    """Take no more calls, and make way for another warm process."""
    if listener.fileno() < 0:
        return
    if _is_own(served):
        os.unlink(served.path)
    listener.close()
    os.close(served.lock)
    if served.spare:
        served.spare[1].close()  # at which it ends


def _calls(listener: socket.socket, served: Served, run: Run) -> None:
    """Fork for each call, watch over clients and children, until there is reason to end."""
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, frame: setattr(served, "ending", True))
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    poll.register(woken, select.POLLIN)
    while not served.ending or served.lines:
        if served.spare is None and not served.ending:
            served.spare = _forked(listener, served, run)
        rest = served.idle - (time.monotonic() - served.last)
        if not served.lines and (rest <= 0 or not _is_own(served)):
            return
        sleep = None if served.lines else 1000 * min(rest, _LONGEST_SLEEP) + 1
        for descriptor, _ in poll.poll(sleep):
            if descriptor == woken:
                os.read(woken, 4096)
                _reaped(served, poll)
            elif descriptor == listener.fileno():
                _taken(listener, served, poll)
            else:
                _left(descriptor, served)
        if served.ending and listener.fileno() >= 0:
            poll.unregister(listener)
            _gone(listener, served)


def _forked(listener: socket.socket, served: Served, run: Run) -> tuple[int, socket.socket] | None:
    """A child that waits for a call; None, and no more calls, where there is a second thread."""
    if threads() != 1:
        served.ending = True
        return None
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if not pid:
        for other in (listener, ours, *chain.from_iterable(served.lines.values())):
            other.close()
        answer_next(theirs, rehearse, run)
    theirs.close()
    return pid, ours


def _taken(listener: socket.socket, served: Served, poll: select.poll) -> None:
    """Give one call to the child that waits for it."""
    if served.spare is None:
        return  # in the next round
    try:
        line, _ = listener.accept()
    except OSError:
        return  # the client has left
    if peer_of(line)[1] != os.geteuid():
        line.close()
        return
    if not is_current(served.written):
        line.close()  # the client answers for itself, and so do the next
        served.ending = True
        return
    (pid, spare), served.spare = served.spare, None
    try:
        socket.send_fds(spare, [_state(served).encode()], [line.fileno()])
    except OSError:  # somebody has killed it
        line.close()
        spare.close()
        return
    served.lines[pid] = line, spare
    poll.register(line, 0)  # to be told when the client hangs up; the child reads


def _state(served: Served) -> str:
    """What `adiff warm status` shows, as lines of a name and a value."""
    found = {
        "started": served.started,
        "idle": served.idle,
        "calls": served.calls,
        "running": len(served.lines),
    }
    return "\n".join(f"{name} {value}" for name, value in found.items())


def _reaped(served: Served, poll: select.poll) -> None:
    """Tell the clients of children that a signal has ended."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        lines = served.lines.pop(pid, None)
        if lines is None:  # a spare that somebody has killed, or the last one
            if served.spare and served.spare[0] == pid:
                served.spare[1].close()
                served.spare = None
            continue
        line, own = lines
        poll.unregister(line)
        if os.WIFSIGNALED(status):
            _send(line, KILLED + bytes([os.WTERMSIG(status)]))
        if _has_called(own):
            served.calls += 1
            served.last = time.monotonic()
        line.close()
        own.close()


def _send(line: socket.socket, text: bytes) -> None:
    try:
        line.send(text, socket.MSG_DONTWAIT)
    except OSError:
        pass  # the client has left


def _has_called(own: socket.socket) -> bool:
    """Whether a child has begun to answer."""
    try:
        return bool(own.recv(1, socket.MSG_DONTWAIT))
    except OSError:
        return False


def _left(descriptor: int, served: Served) -> None:
    """A client has hung up: killed, as long as its child is there. So is the child then."""
    for pid, (line, _) in served.lines.items():
        if line.fileno() == descriptor:
            try:
                os.killpg(pid, signal.SIGKILL)
            except OSError:
                pass  # it has just ended
