"""Handing a call over to the warm process, before anything is imported.

Only C modules, and what the interpreter itself has loaded, come in here: the standard `socket`,
`signal` or `typing` would each take as long as half of a warm call.

The client connects to the socket of its key. A child of the warm process greets it, and gets the
client's streams and working directory as descriptors, its words and its environment as text. (Sent
to a process that hangs, the descriptors would keep the pipes open that they belong to.) The child
says that it is ready and with which process id, and begins at the client's word only. So a call
whose client has given up, or has never heard that it was taken, has not begun, and can be answered
cold.
"""

from __future__ import annotations

import os
import stat
import sys

from autodiffcli import __version__
from autodiffcli.launch import TORCH, WARM

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from collections.abc import Sequence

PATIENCE = 5.0  # seconds until a silent warm process is given up
HELLO, READY, REFUSED, GO, DONE, KILLED = b"H", b"A", b"N", b"G", b"X", b"S"
PID_BYTES, LENGTH_BYTES = 4, 8
RUN, STATUS = "run", "status"  # what a client may ask for
SERVE = "--serve"  # the first word of a process that is to be the warm one
COLD = ("warm", "doctor")  # commands that speak of the process that they run in
_OF_THE_SHELL = ("--install-completion", "--show-completion")

# The interpreter and the libraries read these once, when they are loaded.
_READ_ONCE = (
    *("PYTHON", "LC_", "LANG", "LD_", "GLIBC_", "MALLOC_", "TMP", "TEMP", "TYPER_", "_TYPER_"),
    *("OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "ATEN_", "TORCH", "PYTORCH_", "CUDA_"),
    TORCH,
)


def directory() -> str:
    """Where the sockets are: private to the user, and gone when the machine starts anew."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return f"{runtime}/adiff" if runtime.startswith("/") else f"/tmp/adiff-{os.getuid()}"


def is_private(path: str) -> bool:
    """Whether a path is a directory of this user that nobody else may enter."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    private = not stat.S_IMODE(found.st_mode) & 0o077
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and private


def key() -> str:
    """The name of the warm process that this call may go to.

    It tells apart what a process cannot change once it runs: adiff, the interpreter and its
    flags, and the environment that was read while they were loaded.
    """
    read = sorted(f"{k}={v}" for k, v in os.environ.items() if k.startswith(_READ_ONCE))
    flags = f"{sys.flags}{sys.warnoptions}{sys._xoptions}"
    text = "\0".join([sys.prefix, sys.version, __file__, flags, *read])
    # Unlike a text's, the hash of a tuple of whole numbers is the same in every process.
    code = hash(tuple(text.encode("utf-8", "surrogateescape"))) & (1 << 64) - 1
    return f"{__version__}-{code:016x}"


def socket_path() -> str:
    """Where the warm process of this call listens, if there is one."""
    return f"{directory()}/{key()}.sock"


def hand_over(words: Sequence[str]) -> int | None:
    """Have the warm process answer. Returns the exit code; None where nothing has been done."""
    if os.environ.get(WARM, "") not in ("", "1", "auto") or not _can_be_handed(words):
        return None
    try:
        line = connected()
        if line is None:
            return None
        pid = _accepted(line, words)
        return _followed(line, pid) if pid else None
    except KeyboardInterrupt:  # before the client's word to begin
        return 130


def _can_be_handed(words: Sequence[str]) -> bool:
    """Whether another process would do the same with these words.

    Descriptors beyond the three streams are not handed over, nor what a process has by its place:
    its terminal, from which a shell lets one job at a time read, and the shell that started it.
    """
    if not words or words[0] in COLD or None in (sys.stdin, sys.stdout, sys.stderr):
        return False
    if any("/dev/" in word or "/proc/" in word or word in _OF_THE_SHELL for word in words):
        return False
    return not any(word == "-" or word.endswith("=-") for word in words) or not os.isatty(0)


def connected() -> _socket.socket | None:
    """A line to the warm process of this call; None where there is none."""
    if sys.platform != "linux" or not is_private(directory()):
        return None
    import _socket

    line = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    line.settimeout(PATIENCE)
    try:
        line.connect(socket_path())
        if peer_of(line)[1] == os.geteuid():
            return line
    except OSError:
        pass  # nobody listens
    line.close()
    return None


def peer_of(line: _socket.socket) -> tuple[int, int]:
    """Process id and user of who is at the other end."""
    import _socket

    word = 4
    found = line.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 3 * word)
    return (
        int.from_bytes(found[:word], sys.byteorder),
        int.from_bytes(found[word : 2 * word], sys.byteorder),
    )


def ask(line: _socket.socket, kind: str, words: Sequence[str]) -> bytes:
    """Send a request, once greeted; returns the first byte of the answer.

    kind  RUN, to be followed by GO, or STATUS

    raises  OSError where the line is broken or nothing comes
    """
    import _socket

    if line.recv(1) != HELLO:
        return b""
    here = os.open(".", os.O_PATH | os.O_DIRECTORY)
    descriptors = b"".join(n.to_bytes(4, sys.byteorder) for n in (0, 1, 2, here))
    environment = (b"%s=%s" % item for item in os.environb.items())
    head = (kind.encode(), b"%d" % len(words), *map(os.fsencode, words))
    body = b"\0".join([*head, *environment])
    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, descriptors)]
    try:
        line.sendmsg([len(body).to_bytes(LENGTH_BYTES, "big")], rights)
        line.sendall(body)
        return line.recv(1)
    finally:
        os.close(here)


def _accepted(line: _socket.socket, words: Sequence[str]) -> int:
    """The process that is ready to answer; 0 where none is."""
    try:
        if ask(line, RUN, words) != READY:
            return 0
        return int.from_bytes(line.recv(PID_BYTES), "big")
    except OSError:
        return 0


def _followed(line: _socket.socket, pid: int) -> int | None:
    """Let the process begin, pass signals on to it, and end as it ends."""
    line.settimeout(None)
    try:
        line.sendall(GO)
    except OSError:
        return None
    _pass_on_signals(pid)
    try:
        end = line.recv(2)
    except OSError:
        end = b""
    if end[:1] == DONE:
        return end[1]
    if end[:1] == KILLED:
        return _killed_by(end[1])
    sys.stderr.write("adiff: error: the warm process has died in the middle of this call\n")
    return 4


def _pass_on_signals(pid: int) -> None:
    """What a terminal or another process tells this one, the other one is told.

    A signal that was ignored when this process began stays ignored.
    """
    import _signal  # type: ignore[import-not-found]

    def tell_group(number: int, frame: object) -> None:
        _told(os.killpg, pid, number)

    def tell(number: int, frame: object) -> None:
        _told(os.kill, pid, number)

    def stop(number: int, frame: object) -> None:
        _told(os.killpg, pid, _signal.SIGSTOP)
        _signal.signal(_signal.SIGTSTP, _signal.SIG_DFL)
        os.kill(os.getpid(), _signal.SIGTSTP)  # goes on below when SIGCONT has come
        _signal.signal(_signal.SIGTSTP, stop)

    ways = {
        **dict.fromkeys((_signal.SIGINT, _signal.SIGQUIT, _signal.SIGCONT), tell_group),
        **dict.fromkeys((_signal.SIGTERM, _signal.SIGHUP), tell),
        _signal.SIGTSTP: stop,
    }
    for number, way in ways.items():
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, way)


def _told(kill: object, pid: int, number: int) -> None:
    try:
        kill(pid, number)  # type: ignore[operator]
    except OSError:
        pass  # it has ended, and says so on the line


def _killed_by(number: int) -> int:
    """End by the signal that ended the other process, for who waits for this one."""
    import _signal
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the core of interest is the other's
    if number != _signal.SIGKILL:  # which has no other way
        _signal.signal(number, _signal.SIG_DFL)
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, [number])
    os.kill(os.getpid(), number)
    return 128 + number
