"""The warm process: what it answers, how calls end, and when a call is answered cold.

Each test of a call goes the way of a user: the command as a process, with a warm process beside.
What must come out is what the same command gives without one.
"""

from __future__ import annotations

import fcntl
import os
import pty
import resource
import shlex
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autodiffcli.launch import handover
from tests.test_transcripts import FILES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a warm process needs Linux")

ADIFF = [sys.executable, "-m", "autodiffcli"]
EXAMPLE = ("x**2+1", "--at", "1,2,3,4", "--order", "2")


class Command:
    """adiff as a process of one environment."""

    def __init__(self, runtime: Path, **more: str) -> None:
        unset = ("ADIFF_WARM", "CI", "COLUMNS")
        inherited = {name: value for name, value in os.environ.items() if name not in unset}
        self.environment = {**inherited, "XDG_RUNTIME_DIR": str(runtime), **more}

    def __call__(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        environment = {**self.environment, **options.pop("env", {})}
        if "stdout" not in options:
            options["stdout"] = subprocess.PIPE
        options = {"stderr": subprocess.PIPE, "text": True, "timeout": 60, **options}
        return subprocess.run([*ADIFF, *words], env=environment, **options)

    def begun(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """A call that goes on."""
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        settings = {**pipes, "text": True, "env": self.environment, **options}
        return subprocess.Popen([*ADIFF, *words], **settings)

    def calls(self) -> int:
        """How many calls the warm process has answered, when all have ended."""
        assert is_true(lambda: self._state()["calls_running"] == "0")
        return int(self._state()["calls"])

    def pid(self) -> int:
        """Of the warm process."""
        return int(self._state()["pid"])

    def _state(self) -> dict[str, str]:
        done = self("warm", "status", "--format", "csv")
        names, values = (row.split(",") for row in done.stdout.splitlines())
        return dict(zip(names, values, strict=True))


def private(path: Path) -> Path:
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def is_true(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether it comes true in that time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.01)
    return condition()


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """A command beside a warm process that all tests share."""
    command = Command(tmp_path_factory.mktemp("run"))
    assert command("warm", "start").returncode == 0
    yield command
    command("warm", "stop")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Command]:
    """A command beside a warm process of its own."""
    command = Command(private(tmp_path / "run"))
    assert command("warm", "start", "--idle", "1").returncode == 0
    yield command
    command("warm", "stop")


def children(pid: int) -> list[int]:
    """The children of a process."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def states(pids: list[int]) -> str:
    """A letter for each process: S for asleep, T for stopped, nothing for one that has ended."""
    found = ""
    for pid in pids:
        try:
            found += Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            pass
    return found


def waiting(command: Command, **options: Any) -> tuple[subprocess.Popen[str], int]:
    """A call that waits for its formula, and the process that answers it."""
    process = command.begun("-", "--at", "2", "--format", "csv", **options)
    server = command.pid()

    def answering() -> list[int]:
        return [pid for pid in children(server) if os.readlink(f"/proc/{pid}/fd/0") != os.devnull]

    assert is_true(lambda: len(answering()) == 1)
    return process, answering()[0]


def finished(process: subprocess.Popen[str], text: str | None = None) -> tuple[int, str, str]:
    stdout, stderr = process.communicate(text, timeout=30)
    return process.returncode, stdout, stderr


# -- answers


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_transcript_is_the_same(warm: Command, path: Path) -> None:
    blocks = path.read_text(encoding="utf-8").split("$ adiff ")[1:]
    before = warm.calls()
    for block in blocks:
        command, _, rest = block.partition("\n")
        done = warm(*shlex.split(command))
        errors = "".join(f"! {line}\n" for line in done.stderr.splitlines())
        assert f"{done.stdout}{errors}[exit {done.returncode}]" == rest.strip("\n"), command
    cold = sum(block.startswith("--version") for block in blocks)
    assert warm.calls() - before == len(blocks) - cold


def test_a_terminal_gets_its_size_and_colours(warm: Command) -> None:
    def shown(setting: str) -> bytes:
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
        warm(*EXAMPLE, stdout=follower, env={"ADIFF_WARM": setting, "TERM": "xterm-256color"})
        os.close(follower)
        found = b""
        try:
            while more := os.read(leader, 4096):
                found += more
        except OSError:
            pass
        os.close(leader)
        return found

    assert "╭".encode() in shown("1")
    assert shown("1") == shown("0")


def test_the_directory_the_mask_and_the_variables_are_those_of_the_call(
    warm: Command, tmp_path: Path
) -> None:
    before = warm.calls()
    options = {"cwd": tmp_path, "preexec_fn": lambda: os.umask(0o077)}
    assert warm("x", "--at", "1", "-o", "out.csv", **options).returncode == 0
    assert (tmp_path / "out.csv").stat().st_mode & 0o777 == 0o600
    table = warm("x", "--at", "1", env={"COLUMNS": "60", "NO_COLOR": "1"})
    assert table.stdout.split() == ["x", "y", "dy/dx", "1", "1", "1"]
    assert warm.calls() == before + 2


def test_a_formula_and_data_come_from_stdin(warm: Command) -> None:
    assert warm("-", "--at", "2", "--format", "csv", input="x^3").stdout.endswith(
        "2.0,8.0,12.0,exact\n"
    )
    done = warm("x^2", "--data", "-", "--format", "csv", input="1\n2\n")
    assert done.stdout == "x,y,dy/dx,status\n1,1.0,2.0,exact\n2,4.0,4.0,exact\n"


def test_fifty_calls_at_once_are_all_right(warm: Command) -> None:
    processes = [
        warm.begun(f"x^2+{n}", "--at", "3", "--format", "csv", stdin=subprocess.DEVNULL)
        for n in range(50)
    ]
    for n, process in enumerate(processes):
        assert finished(process) == (0, f"x,y,dy/dx,status\n3.0,{9.0 + n},6.0,exact\n", "")


def test_nothing_is_left_behind(warm: Command) -> None:
    server = warm.pid()
    descriptors = len(os.listdir(f"/proc/{server}/fd"))
    for _ in range(100):
        assert warm("x", "--at", "1").returncode == 0
    assert is_true(lambda: len(children(server)) == 1)  # the one for the next call
    assert len(os.listdir(f"/proc/{server}/fd")) == descriptors
    assert len(os.listdir(f"/proc/{server}/task")) == 1


# -- ends


@pytest.mark.parametrize(
    "words",
    [("x++",), ("abs(x)", "--at", "0", "--strict"), ("exp(x)-1", "--at", "1e-9", "--verify=17")],
)
def test_exit_codes_are_those_of_a_cold_call(warm: Command, words: tuple[str, ...]) -> None:
    cold = warm(*words, env={"ADIFF_WARM": "0"})
    done = warm(*words)
    assert (done.returncode, done.stdout, done.stderr) == (
        cold.returncode,
        cold.stdout,
        cold.stderr,
    )
    assert cold.returncode > 0


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP)],
)
def test_a_signal_ends_both(warm: Command, number: signal.Signals, code: int) -> None:
    process, answering = waiting(
        warm, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    )
    process.send_signal(number)
    process.wait(30)
    assert finished(process) == (code, "", "")
    assert is_true(lambda: states([answering]) == "")


def test_a_signal_that_is_ignored_stays_ignored(warm: Command) -> None:
    process, _ = waiting(warm, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    assert finished(process, "x")[0] == 0


def test_a_killed_client_takes_its_answer_along(warm: Command) -> None:
    process, answering = waiting(warm)
    process.kill()
    process.communicate()
    assert is_true(lambda: states([answering]) == "")


def test_a_stopped_call_goes_on(warm: Command) -> None:
    process, answering = waiting(warm, preexec_fn=os.setpgrp)
    both = [process.pid, answering]
    process.send_signal(signal.SIGTSTP)
    assert is_true(lambda: states(both) == "TT")
    process.send_signal(signal.SIGCONT)
    assert is_true(lambda: states(both) == "SS")
    assert finished(process, "x^2")[:2] == (0, "x,y,dy/dx,status\n2.0,4.0,4.0,exact\n")


def test_a_crash_is_told_and_hurts_nobody_else(warm: Command) -> None:
    process, answering = waiting(warm)
    os.kill(answering, signal.SIGSEGV)
    assert finished(process)[0] == -signal.SIGSEGV
    assert warm("x", "--at", "1").returncode == 0


def test_a_child_that_is_killed_takes_its_client_along(warm: Command) -> None:
    process, answering = waiting(warm)
    os.kill(answering, signal.SIGKILL)
    process.wait(30)
    assert finished(process) == (-signal.SIGKILL, "", "")


def test_help_for_a_reader_that_has_left_is_no_error(warm: Command) -> None:
    for setting in ("0", "1"):
        reader, writer = os.pipe()
        os.close(reader)
        done = warm("--help", stdout=writer, env={"ADIFF_WARM": setting})
        os.close(writer)
        assert (done.returncode, done.stderr) == (0, "")


def test_a_directory_is_free_once_a_call_has_ended(warm: Command, tmp_path: Path) -> None:
    """No process of a call is in its directory when the command returns."""
    server = warm.pid()
    warm("x", "--at", "1", cwd=tmp_path)
    for pid in children(server):
        try:
            assert os.readlink(f"/proc/{pid}/cwd") == "/"
        except FileNotFoundError:
            pass  # it has ended


def test_a_reader_that_leaves_early_is_no_error(warm: Command) -> None:
    words = shlex.join([*ADIFF, "x**2", "--at", "0..1..0.00001", "--format", "csv"])
    script = f"set -o pipefail; {words} | head -2"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env=warm.environment
    )
    assert done.stdout.splitlines() == ["x,y,dy/dx,status", "0.0,0.0,0.0,exact"]
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a full device")
def test_output_that_cannot_be_written_is_an_error(warm: Command) -> None:
    with open("/dev/full", "w") as full:
        done = warm("x", "--at", "1", stdout=full)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_limits_hold(warm: Command, tmp_path: Path) -> None:
    before = warm.calls()

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    out = tmp_path / "out.csv"
    done = warm("x", "--at", "0..1..0.001", "-o", str(out), preexec_fn=limited)
    assert done.returncode == 2 and "too large" in done.stderr
    assert not out.exists()
    assert warm.calls() == before + 1


# -- cold


def cold_calls(command: Command, **options: Any) -> int:
    """How many of one call are answered cold. It must be answered rightly."""
    before = command.calls()
    done = command("x^2", "--at", "3", "--format", "csv", **options)
    assert done.stdout == "x,y,dy/dx,status\n3.0,9.0,6.0,exact\n", done.stderr
    return 1 - (command.calls() - before)


def test_a_call_like_the_others_is_warm(warm: Command) -> None:
    assert cold_calls(warm) == 0
    assert cold_calls(warm, env={"ADIFF_WARM": "auto"}) == 0


@pytest.mark.parametrize(
    "setting",
    [{"ADIFF_WARM": "0"}, {"PYTHONHASHSEED": "1"}, {"OMP_NUM_THREADS": "1"}, {"LC_ALL": "C.utf8"}],
    ids=str,
)
def test_another_environment_goes_cold(warm: Command, setting: dict[str, str]) -> None:
    assert cold_calls(warm, env=setting) == 1


def test_limited_memory_goes_cold(warm: Command) -> None:
    eight = 8 << 30

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (eight, eight))

    assert cold_calls(warm, preexec_fn=limited) == 1


def test_a_descriptor_by_its_path_goes_cold(warm: Command, tmp_path: Path) -> None:
    before = warm.calls()
    script = f"{shlex.join(ADIFF)} x^2 --data <(printf '3\\n') --format csv"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env=warm.environment
    )
    assert done.stdout.splitlines()[1] == "3,9.0,6.0,exact", done.stderr
    assert warm.calls() == before


def test_what_is_read_from_the_terminal_goes_cold(warm: Command) -> None:
    leader, follower = pty.openpty()
    before = warm.calls()
    os.write(leader, b"3\n" + 4 * b"\x04")  # each read that meets the end takes one
    done = warm("x^2", "--data=-", "--format", "csv", stdin=follower)
    os.close(leader)
    os.close(follower)
    assert done.stdout.endswith("3,9.0,6.0,exact\n")
    assert warm.calls() == before


def test_a_wrong_setting_is_an_error(warm: Command) -> None:
    done = warm("x", "--at", "1", env={"ADIFF_WARM": "yes"})
    assert done.returncode == 2
    assert "ADIFF_WARM" in done.stderr and "auto" in done.stderr


def test_requests_that_are_none_do_no_harm(warm: Command) -> None:
    runtime = Path(warm.environment["XDG_RUNTIME_DIR"]) / "adiff"
    (path,) = runtime.glob("*.sock")
    for garbage in (b"", b"\0", b"GET / HTTP/1.0\r\n\r\n", b"\0" * 7 + b"\5run\0x"):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(path))
            assert line.recv(1) == handover.HELLO
            line.sendall(garbage)
            line.shutdown(socket.SHUT_WR)
            assert line.recv(1) == b""
    assert cold_calls(warm) == 0


def test_a_client_that_says_nothing_keeps_nobody_waiting(warm: Command) -> None:
    runtime = Path(warm.environment["XDG_RUNTIME_DIR"]) / "adiff"
    (path,) = runtime.glob("*.sock")
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(path))
        started = time.monotonic()
        assert warm("x", "--at", "1").returncode == 0
        assert time.monotonic() - started < handover.PATIENCE


def test_what_was_not_begun_is_not_run_twice(warm: Command) -> None:
    """A client that leaves before its word to begin: nothing is answered."""
    runtime = Path(warm.environment["XDG_RUNTIME_DIR"]) / "adiff"
    (path,) = runtime.glob("*.sock")
    reader, writer = os.pipe()
    here = os.open(".", os.O_PATH)
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(path))
        assert line.recv(1) == handover.HELLO
        body = b"\0".join([b"run", b"3", b"x", b"--at", b"1"])
        socket.send_fds(line, [len(body).to_bytes(8, "big")], [0, writer, 2, here])
        line.sendall(body)
        assert line.recv(5)[:1] == handover.READY
    os.close(writer)
    assert os.read(reader, 100) == b""


def test_a_server_that_hangs_is_gone_past(own: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    server = own.pid()
    os.kill(server, signal.SIGSTOP)
    try:
        started = time.monotonic()
        done = own("x^2", "--at", "3", "--format", "csv")
        assert done.stdout.endswith("3.0,9.0,6.0,exact\n")
        assert time.monotonic() - started >= handover.PATIENCE
    finally:
        os.kill(server, signal.SIGCONT)


# -- beginning and end


def test_status_says_whether_there_is_one(tmp_path: Path) -> None:
    command = Command(private(tmp_path / "run"))
    done = command("warm", "status")
    assert (done.returncode, done.stdout[:4]) == (1, "none")
    assert command("warm", "stop").returncode == 0
    assert command("warm", "start").returncode == 0
    try:
        assert command("warm", "status").returncode == 0
        again = command("warm", "start")
        assert again.returncode == 0 and "already" in again.stdout
    finally:
        assert command("warm", "stop").returncode == 0
    assert command("warm", "status").returncode == 1


def test_a_killed_process_leaves_nothing_in_the_way(own: Command) -> None:
    os.kill(own.pid(), signal.SIGKILL)
    assert is_true(lambda: own("warm", "status").returncode == 1)
    assert own("x^2", "--at", "3", "--format", "csv").stdout.endswith("3.0,9.0,6.0,exact\n")
    assert own("warm", "start").returncode == 0
    assert cold_calls(own) == 0


def test_a_process_whose_socket_was_replaced_leaves_the_new_one(own: Command) -> None:
    first = own.pid()
    for path in Path(own.environment["XDG_RUNTIME_DIR"]).glob("adiff/*"):
        path.unlink()
    assert own("warm", "start").returncode == 0
    second = own.pid()
    assert second != first
    os.kill(first, signal.SIGTERM)
    assert is_true(lambda: states([first]) in ("", "Z"))
    assert own.pid() == second
    assert cold_calls(own) == 0


def test_an_idle_process_ends(tmp_path: Path) -> None:
    command = Command(private(tmp_path / "run"))
    assert command("warm", "start", "--idle", "0.02").returncode == 0
    assert is_true(lambda: command("warm", "status").returncode == 1)
    assert not list((tmp_path / "run" / "adiff").glob("*.sock"))


def test_a_call_outlives_the_stop(own: Command) -> None:
    process, _ = waiting(own)
    assert own("warm", "stop").returncode == 0
    assert own("warm", "status").returncode == 1
    assert finished(process, "x^2")[:2] == (0, "x,y,dy/dx,status\n2.0,4.0,4.0,exact\n")


def test_a_call_outlives_the_process_that_was_killed(own: Command) -> None:
    process, _ = waiting(own)
    os.kill(own.pid(), signal.SIGKILL)
    assert finished(process, "x^2")[:2] == (0, "x,y,dy/dx,status\n2.0,4.0,4.0,exact\n")


def test_changed_files_end_it(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    package = Path(handover.__file__).parents[1]
    subprocess.run(["cp", "-r", str(package), f"{private(copy)}/"], check=True)
    command = Command(private(tmp_path / "run"))
    assert command("warm", "start", cwd=copy).returncode == 0
    try:
        words = ("x^2", "--at", "3", "--format", "csv")
        module = copy / "autodiffcli" / "constants.py"
        module.write_text(module.read_text() + "\n")
        assert command(*words, cwd=copy).stdout.endswith("3.0,9.0,6.0,exact\n")
        assert command("warm", "status", cwd=copy).returncode == 1
        assert command("warm", "start", cwd=copy).returncode == 0
        os.utime(module)
        assert command("warm", "start", cwd=copy).stdout.startswith("process")
        assert command("warm", "status", cwd=copy).returncode == 0
    finally:
        command("warm", "stop", cwd=copy)


def test_a_directory_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    command = Command(private(tmp_path / "run"))
    (tmp_path / "run" / "adiff").mkdir(mode=0o755)
    done = command("warm", "start")
    assert done.returncode == 2 and "private" in done.stderr


def test_it_starts_by_itself_only_where_that_is_wanted(tmp_path: Path) -> None:
    command = Command(private(tmp_path / "run"))
    sockets = tmp_path / "run" / "adiff"
    command("x", "--at", "1")
    command("x", "--at", "1", env={"ADIFF_WARM": "auto", "CI": "true"})
    assert not sockets.exists()
    command("x", "--at", "1", env={"ADIFF_WARM": "auto"})
    try:
        assert is_true(lambda: command("warm", "status").returncode == 0, 30)
        assert cold_calls(command) == 0
    finally:
        command("warm", "stop")


@pytest.mark.parametrize("idle", ["0", "-1", "soon", "nan", "inf"])
def test_idle_is_a_number_of_minutes(warm: Command, idle: str) -> None:
    done = warm("warm", "start", f"--idle={idle}")
    assert done.returncode == 2 and "--idle" in done.stderr


def test_an_action_that_is_none_is_named(warm: Command) -> None:
    done = warm("warm", "strat")
    assert done.returncode == 2 and "did you mean 'start'" in done.stderr
