"""The command as a process: streams, exit codes, closed pipes, interruption, its arguments."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autodiffcli import cli
from tests.conftest import run_adiff

ADIFF = [sys.executable, "-m", "autodiffcli"]


def spawn(*argv: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*ADIFF, *argv], capture_output=True, text=True, **options)  # type: ignore[call-overload,no-any-return]


def test_the_example_prints_its_table_on_stdout_only() -> None:
    done = spawn("x**2+1", "--at", "1,2,3,4", "--order", "2")
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[0] == ["x", "y", "dy/dx", "d²y/dx²"]
    assert rows[1:] == [
        list(row)
        for row in (
            ["1", "2", "2", "2"],
            ["2", "5", "4", "2"],
            ["3", "10", "6", "2"],
            ["4", "17", "8", "2"],
        )
    ]
    assert (done.stderr, done.returncode) == ("", 0)


def test_version_is_printed_alone() -> None:
    done = spawn("--version")
    assert done.stdout.startswith("adiff ") and done.stderr == "" and done.returncode == 0


def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = f'"{sys.executable}" -m autodiffcli "x**2" --at 0..1..0.00001 --format csv | head -2'
    script = f"set -o pipefail; {command}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["x,y,dy/dx,status", "0.0,0.0,0.0,exact"]
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a full device")
def test_output_that_cannot_be_written_is_an_error() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*ADIFF, "x", "--at", "1"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_an_expression_is_read_from_stdin_for_a_dash() -> None:
    done = spawn("-", "--at", "2", "--format", "csv", input="u = x^2\nu*x\n")
    assert done.stdout.splitlines()[1] == "2.0,8.0,12.0,exact"


def test_interruption_ends_with_130_and_without_a_traceback() -> None:
    terms = "+".join(f"sin({k}*x)" for k in range(100_000))
    process = subprocess.Popen(
        [*ADIFF, "-", "--at", "1", "--order", "4", "--method", "autograd"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background
    )
    assert process.stdin
    process.stdin.write(terms)
    process.stdin.close()
    process.stdin = None
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout, stderr) == (130, "", "")


def test_a_terminal_gets_boxes_and_a_pipe_does_not() -> None:
    leader, follower = pty.openpty()
    subprocess.run(
        [*ADIFF, "x", "--at", "1"],
        stdout=follower,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "60"},
    )
    os.close(follower)
    shown = b""
    while chunk := _read(leader):
        shown += chunk
    assert "╭" in shown.decode() and "\x1b" not in shown.decode()
    assert "╭" not in spawn("x", "--at", "1").stdout


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # the other end is closed
        return b""


def test_forced_colour_reaches_a_pipe_and_no_color_beats_it() -> None:
    plain = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    both = spawn("x", "--at", "1", env={**plain, "FORCE_COLOR": "1", "NO_COLOR": "1"})
    assert "\x1b" not in both.stdout


def test_a_bug_of_ours_is_a_short_report_and_its_traceback_is_for_debug(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(words: list[str]) -> cli.Answer:
        raise ZeroDivisionError("a planted bug")

    monkeypatch.setattr(cli, "_parsed", broken)
    short, long = run_adiff("x"), run_adiff("x", "--debug")
    assert short.code == long.code == 4
    assert "a planted bug" in short.stderr and "Traceback" not in short.stderr
    assert "Traceback" in long.stderr and short.stdout == ""


def test_an_output_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    assert run_adiff("x^2", "--at", "1,2", "-o", str(target)).code == 0
    assert target.read_text() == "x,y,dy/dx,status\n1.0,1.0,2.0,exact\n2.0,4.0,4.0,exact\n"
    failed = run_adiff(
        "A @ B", "--at", "A=[[1,2]]", "--at", "B=[[1,2]]", "-o", str(tmp_path / "no.csv")
    )
    assert failed.code == 2 and sorted(p.name for p in tmp_path.iterdir()) == ["out.csv"]


def test_a_file_in_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    ran = run_adiff("x", "--at", "1", "-o", str(tmp_path / "none" / "out.csv"))
    assert ran.code == 2 and "no such file" in ran.stderr


UNDERSTOOD = [
    (["x**2+1", "--at", "1,2"], ["x", "y", "dy/dx"]),
    (["--at", "1,2", "x**2+1"], ["x", "y", "dy/dx"]),
    (["-x**2", "--at", "1"], ["x", "y", "dy/dx"]),
    (["--at", "1", "-x**2"], ["x", "y", "dy/dx"]),
    (["--at", "1", "--", "-x**2"], ["x", "y", "dy/dx"]),
    (["--at=-1", "x"], ["x", "y", "dy/dx"]),
    (["-n*x", "--at", "n=1,x=1"], ["n", "x", "y"]),
    (["-x+n", "--at", "n=1,x=1"], ["x", "n", "y"]),
    (["-2"], ["y"]),
    (["--x", "--at", "1"], ["x", "y", "dy/dx"]),
    (["-sin(x)*y", "--at", "x=-1", "--at", "y=2"], ["x", "y", "f"]),
    (["-(x+1)", "--at", "-1", "-n2"], ["x", "y", "dy/dx"]),
    (["x==1", "--at", "1"], ["x", "y"]),
    (["-x==1", "--at", "1"], ["x", "y"]),
    (["x", "--at", "1"], ["x", "y"]),
    (["diff", "functions", "--at", "1"], ["functions", "y"]),
    (["diff", "x^3", "--at", "1"], ["x", "y"]),
]


@pytest.mark.parametrize(("argv", "columns"), UNDERSTOOD, ids=[" ".join(a) for a, _ in UNDERSTOOD])
def test_arguments_are_understood(argv: list[str], columns: list[str]) -> None:
    ran = run_adiff(*argv)
    assert ran.code == 0, ran.stderr
    assert ran.stdout.split()[: len(columns)] == columns


def test_no_arguments_print_the_help() -> None:
    ran = run_adiff()
    assert ran.code == 0 and "--at" in ran.stdout


def test_help_shows_examples_options_and_commands() -> None:
    done = spawn("--help")
    assert done.returncode == 0
    for part in (
        'adiff "x**2+1" --at 1,2,3,4 --order 2',
        "--reduction",
        "functions",
        "--install-completion",
    ):
        assert part in done.stdout


def test_completion_offers_options_of_the_default_command() -> None:
    env = {
        **os.environ,
        "_ADIFF_COMPLETE": "complete_bash",
        "COMP_WORDS": "adiff --re",
        "COMP_CWORD": "1",
    }
    assert "--reduction" in spawn(env=env).stdout
