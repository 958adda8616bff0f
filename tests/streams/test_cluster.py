"""Partitions on a real cluster of two worker processes; one of them is killed half way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import run_adiff
from tests.streams.conftest import Run, command

EXPRESSION = "exp(-x**2)*sin(3x)"
ROWS, FILES = 10_000_000, 20


def partitions(folder: Path, rows: int, files: int) -> None:
    folder.mkdir()
    for number in range(files):
        x = np.random.default_rng(number).uniform(-2, 2, rows // files)
        table = pa.table({"x": x, "n": np.arange(len(x)) + number * len(x)})
        pq.write_table(table, folder / f"p{number:02}.parquet", compression="none")


def workers_of(pid: int) -> list[int]:
    """Processes below one that were started by multiprocessing, as dask starts its workers."""
    found, waiting = [], [pid]
    while waiting:
        listed = subprocess.run(["pgrep", "-P", str(waiting.pop())], capture_output=True, text=True)
        for child in map(int, listed.stdout.split()):
            waiting.append(child)
            line = Path(f"/proc/{child}/cmdline").read_bytes()
            if b"spawn_main" in line:
                found.append(child)
    return found


def test_ten_million_rows_survive_the_loss_of_a_worker(tmp_path: Path, run: Run) -> None:
    partitions(tmp_path / "in", ROWS, FILES)
    words = (EXPRESSION, "--data", "in", "--order", "2")
    ours = subprocess.Popen(
        command(*words, "--engine", "dask", "--threads", "2", "-o", "out"),
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        env={**os.environ, "ADIFF_WARM": "0"},  # so that its processes are below this one
    )
    deadline = time.monotonic() + 120
    while len(list((tmp_path / "out").glob("*.parquet"))) < FILES // 3:
        assert time.monotonic() < deadline and ours.poll() is None
        time.sleep(0.05)
    os.kill(workers_of(ours.pid)[0], signal.SIGKILL)
    _, said = ours.communicate(timeout=180)
    assert ours.returncode == 0, said.decode()
    assert len(list((tmp_path / "out").iterdir())) == FILES
    assert run(*words, "-o", "local.parquet").returncode == 0
    cluster, local = pq.read_table(tmp_path / "out"), pq.read_table(tmp_path / "local.parquet")
    assert cluster.num_rows == ROWS
    assert cluster.equals(local)


def test_a_poisoned_partition_is_named_and_the_rest_is_written(tmp_path: Path, run: Run) -> None:
    partitions(tmp_path / "in", 2000, 4)
    (tmp_path / "in" / "p02.parquet").write_bytes(b"PAR1 nothing PAR1")
    ran = run("x^2", "--data", "in", "--engine", "dask", "--threads", "2", "-o", "out")
    assert ran.returncode == 2
    assert b"p02.parquet" in ran.stderr and b"1 of 4 partitions" in ran.stderr
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["part-00000.parquet", "part-00001.parquet", "part-00003.parquet"]


@pytest.mark.parametrize("reduction", ["mean", "max"])
def test_csv_and_row_groups_and_reductions(tmp_path: Path, run: Run, reduction: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    x = np.random.default_rng(5).uniform(-2, 2, 3000)
    pq.write_table(pa.table({"x": x}), folder / "a.parquet", row_group_size=1000)
    words = ("x^3", "--data", "in", "--reduction", reduction)
    ran = run(*words, "--engine", "dask", "--threads", "2", "-o", "out")
    assert ran.returncode == 0, ran.stderr.decode()
    assert len(list((tmp_path / "out").iterdir())) == 3
    assert run(*words, "-o", "local.parquet").returncode == 0
    cluster, local = pq.read_table(tmp_path / "out"), pq.read_table(tmp_path / "local.parquet")
    assert cluster.equals(local)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data", "-", "-o", "out"], b"not stdin"),
        (["--data", "a.csv"], b"-o DIRECTORY"),
        (["--data", "nope.csv", "-o", "out"], b"nope.csv"),
        (["--data", "a.csv", "-o", "full"], b"not an empty directory"),
        (["--data", "a.csv", "-o", "out", "-f", "csv"], b"writes Parquet"),
        (["--data", "a.csv", "-o", "o", "--scheduler", "tcp://127.0.0.1:9"], b"does not answer"),
    ],
)
def test_mistakes_are_one_clear_error(
    tmp_path: Path, run: Run, words: list[str], said: bytes
) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").write_text("")
    ran = run("x^2", "--engine", "dask", *words)
    assert ran.returncode == 2
    assert said in ran.stderr and ran.stderr.count(b"error:") == 1


@pytest.mark.parametrize("library", ["fsspec", "distributed"])
def test_a_missing_library_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    path = tmp_path / "a.csv"
    path.write_text("x\n1\n")
    ran = run_adiff("x^2", "--data", str(path), "--engine", "dask", "-o", str(tmp_path / "out"))
    assert ran.code == 2
    assert f"takes {library}" in ran.stderr and "autodiffcli[dask]" in ran.stderr
    assert not (tmp_path / "out").exists()
