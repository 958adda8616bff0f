"""Several processes: the same bytes, an end at any time, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autodiffcli.readers import SUFFIXES, TEXTUAL
from autodiffcli.streams import pool
from tests.streams.conftest import Run, command

Write = Callable[[str, str | bytes], str]


def many(count: int) -> bytes:
    return b"x,name\n" + b"".join(b"%d.5,n%d\n" % (k % 977, k) for k in range(count))


def test_the_bytes_do_not_depend_on_the_processes(run: Run, write: Write) -> None:
    write("a.csv", many(400_000))
    words = ("abs(x-40.5)*sin(x)", "--data", "a.csv", "--order", "2")
    found = {run(*words, "--threads", str(n)).stdout for n in (1, 2, 3)}
    found.add(run(*words, "--threads", "2", "-o", "o.csv").stdout or b"")
    (text,) = found - {b""}
    assert text.count(b"\n") == 400_001 and text.count(b",kink\n") == 400_000 // 977 + 1
    run(*words, "--threads", "2", "-o", "o.csv")
    assert (Path(write("x", "")).parent / "o.csv").read_bytes() == text


def test_a_column_of_numbers_needs_no_header(run: Run) -> None:
    ran = run("x^2", "--data", "-", "--format", "csv", stdin=b"1\n2\n3\n4\n5\n")
    assert ran.stdout.decode().splitlines() == [
        "x,y,dy/dx,status",
        *(f"{x},{x * x}.0,{2 * x}.0,exact" for x in range(1, 6)),
    ]


def test_a_reader_that_has_seen_enough_ends_it(tmp_path: Path) -> None:
    start = time.monotonic()
    endless = subprocess.Popen(
        [sys.executable, "-c", "while True: print('1.5\\n' * 10000, end='')"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    ours = subprocess.Popen(
        command("x^2", "--data", "-", "-f", "ndjson"), stdin=endless.stdout, stdout=subprocess.PIPE
    )
    assert endless.stdout is not None and ours.stdout is not None
    endless.stdout.close()
    first = [ours.stdout.readline() for _ in range(3)]
    ours.stdout.close()
    assert ours.wait(timeout=20) == 0
    endless.wait(timeout=20)
    assert first[0].startswith(b'{"x":1.5,"y":2.25')
    assert time.monotonic() - start < 20


def test_rows_flow_while_the_pipe_is_open() -> None:
    ours = subprocess.Popen(
        command("x^2", "--data", "-", "-f", "csv"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert ours.stdin is not None and ours.stdout is not None
    ours.stdin.write(b"x\n3\n")
    ours.stdin.flush()
    assert ours.stdout.readline() == b"x,y,dy/dx,status\n"
    assert ours.stdout.readline() == b"3,9.0,6.0,exact\n"
    ours.stdin.write(b"4\n")
    ours.stdin.flush()
    assert ours.stdout.readline() == b"4,16.0,8.0,exact\n"
    ours.stdin.close()
    assert ours.wait(timeout=20) == 0
    ours.stdout.close()


def test_an_interrupt_leaves_no_file_and_no_process(write: Write, tmp_path: Path) -> None:
    write("a.csv", many(1_500_000))
    ours = subprocess.Popen(
        command("exp(-x**2)*sin(3x)", "--data", "a.csv", "-n", "4", "-o", "o.csv"),
        cwd=tmp_path,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    )
    deadline = time.monotonic() + 20
    while not list(tmp_path.glob("o.csv*.part")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(ours.pid, signal.SIGINT)
    assert ours.wait(timeout=20) == 130
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv"]
    with pytest.raises(ProcessLookupError):
        for _ in range(100):
            os.killpg(ours.pid, 0)
            time.sleep(0.05)


def test_a_process_that_dies_is_a_clear_error(run: Run, write: Write, tmp_path: Path) -> None:
    write("a.csv", many(1_500_000))
    ours = subprocess.Popen(
        command("exp(-x**2)*sin(3x)", "--data", "a.csv", "-n", "4", "-o", "o.csv"),
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        env={**os.environ, "ADIFF_WARM": "0"},  # so that its processes are below this one
    )
    deadline = time.monotonic() + 20
    while not list(tmp_path.glob("o.csv*.part")) and time.monotonic() < deadline:
        time.sleep(0.01)
    children = subprocess.run(["pgrep", "-P", str(ours.pid)], capture_output=True, text=True)
    os.kill(int(children.stdout.split()[0]), signal.SIGKILL)
    _, said = ours.communicate(timeout=30)
    assert ours.returncode == 2 and b"a process of adiff has died" in said
    assert not list(tmp_path.glob("o.csv*"))


def test_a_full_disk_is_a_clear_error(run: Run, write: Write) -> None:
    write("a.csv", many(10_000))
    with open("/dev/full", "wb") as full:
        words = command("x^2", "--data", "a.csv", "-f", "csv")
        folder = Path(write("b", "")).parent
        ran = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, cwd=folder)
    assert ran.returncode == 2
    assert ran.stderr.decode().count("error:") == 1 and b"no space left" in ran.stderr


def test_reductions_of_a_pipe_are_kept_in_memory_or_refused(run: Run) -> None:
    text = many(200_000)
    ran = run("x^2", "--data", "-", "--reduction", "mean", "--keep", "x", stdin=text)
    assert ran.returncode == 0 and ran.stdout.count(b"\n") == 200_001
    ran = run("x^2", "--data", "-", "--reduction", "mean", "--memory", "1M", stdin=text)
    assert ran.returncode == 2 and b"--memory" in ran.stderr and not ran.stdout


def test_processes_are_forked_for_text_alone() -> None:
    binary = {suffix for suffix, format in SUFFIXES.items() if format not in TEXTUAL}
    assert set(pool._BINARY) == binary
