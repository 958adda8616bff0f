"""File to file: a table of x in, the table with derivatives out, beside scripts of others.

    pip install pandas polars pyarrow
    python tests/benchmarks/files.py [ROUNDS] [--rows 2e6] [--memory 1e6,1e7] [--huge]
                                     [--threads 1] [--folder DIR]

Each run is a whole process, imports included, on files that are in the page cache; the methods run
in turn, and shown are medians. `polars` has its derivatives written out by hand, `pandas and torch`
has them from torch.autograd, and pyarrow only copies: of CSV its input, of Parquet a file that has
the output's columns already. Every output is compared before anything is timed. `--threads` goes
to all, as cores and as threads; adiff takes it as `--threads`.

Peak memory is the sum of what each process of a run had resident at most, looked up every 20 ms:
pages that processes share count once for each. `--huge` adds 1e8 rows: 10 GB of disk.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EXPRESSION = "exp(-x**2)*sin(3x)"
ADIFF = "adiff"

# Arguments: rows, x.csv, x.parquet, xyy.parquet; in pieces, so that any number of rows fits.
MAKE = """
import sys, numpy as np, pyarrow as pa, pyarrow.csv as csv, pyarrow.parquet as pq
rows = int(sys.argv[1])
one = pa.schema({"x": pa.float64()})
three = pa.schema({"x": pa.float64(), "y": pa.float64(), "dy/dx": pa.float64()})
plain = {"compression": "zstd", "use_dictionary": False}
with (
    csv.CSVWriter(sys.argv[2], one) as text,
    pq.ParquetWriter(sys.argv[3], one, **plain) as x_only,
    pq.ParquetWriter(sys.argv[4], three, **plain) as copied,
):
    for start in range(0, rows, 1_000_000):
        x = 0.1 + 1.9 / rows * np.arange(start, min(start + 1_000_000, rows))
        e, s, c = np.exp(-x * x), np.sin(3 * x), np.cos(3 * x)
        batch = pa.record_batch([x], schema=one)
        text.write(batch)
        x_only.write_batch(batch)
        copied.write_batch(pa.record_batch([x, e * s, e * (3 * c - 2 * x * s)], schema=three))
"""

# Arguments of all that follow: the file to read, the file to write.
POLARS = """
import sys, polars as pl
x = pl.col("x")
e, s, c = (-x * x).exp(), (3 * x).sin(), (3 * x).cos()
pl.read_csv(sys.argv[1]).with_columns(
    (e * s).alias("y"),
    (e * (3 * c - 2 * x * s)).alias("dy/dx"),
    (e * ((4 * x * x - 11) * s - 12 * x * c)).alias("d2y/dx2"),
).write_csv(sys.argv[2])
"""
PANDAS = """
import sys, pandas as pd, torch
frame = pd.read_csv(sys.argv[1])
x = torch.tensor(frame["x"].to_numpy(), requires_grad=True)
y = torch.exp(-x**2) * torch.sin(3 * x)
(first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
(second,) = torch.autograd.grad(first.sum(), x)
frame["y"] = y.detach().numpy()
frame["dy/dx"] = first.detach().numpy()
frame["d2y/dx2"] = second.numpy()
frame.to_csv(sys.argv[2], index=False)
"""
COPY_CSV = """
import sys, pyarrow.csv as csv
csv.write_csv(csv.read_csv(sys.argv[1]), sys.argv[2])
"""
COPY_PARQUET = """
import sys, pyarrow.parquet as pq
source = pq.ParquetFile(sys.argv[1])
with pq.ParquetWriter(
    sys.argv[2], source.schema_arrow, compression="zstd", use_dictionary=False
) as out:
    for batch in source.iter_batches(131_072):
        out.write_batch(batch)
"""

# Arguments: two files of one format; the columns that both have, by place, must be the same.
COMPARE = """
import sys, numpy as np, pyarrow.csv as csv, pyarrow.parquet as pq
read = csv.read_csv if sys.argv[1].endswith(".csv") else pq.read_table
one, other = read(sys.argv[1]), read(sys.argv[2])
assert one.num_rows == other.num_rows, "not the same number of rows"
for i in range(int(sys.argv[3])):
    a, b = one.column(i).to_numpy(), other.column(i).to_numpy()
    assert np.allclose(a, b, rtol=1e-9, atol=1e-12 * np.abs(b).max()), f"column {i} differs"
"""


@dataclass(frozen=True)
class Peer:
    """A script, the file it reads, and how many of its columns adiff's output has as well."""

    script: str
    reads: str
    columns: int


@dataclass(frozen=True)
class Job:
    """From one format to the same one, with derivatives up to the order."""

    title: str
    order: int
    suffix: str
    peers: Mapping[str, Peer]


JOBS = (
    Job(
        "CSV, x to x, y, y', y''",
        2,
        ".csv",
        {
            "polars, derivatives by hand": Peer(POLARS, "x.csv", 4),
            "pandas and torch.autograd": Peer(PANDAS, "x.csv", 4),
            "pyarrow, a copy of the input": Peer(COPY_CSV, "x.csv", 1),
        },
    ),
    Job(
        "Parquet, x to x, y, y'",
        1,
        ".parquet",
        {"pyarrow, a copy of the output": Peer(COPY_PARQUET, "xyy.parquet", 3)},
    ),
)
SLOW = "pandas and torch.autograd"  # not run on 1e8 rows


@dataclass(frozen=True)
class Place:
    """Where the files are, and how many threads and cores each run gets."""

    folder: Path
    threads: int

    def output(self, job: Job, method: str) -> Path:
        return self.folder / f"{method.split()[0].strip(',')}{job.suffix}"

    def command(self, job: Job, method: str) -> list[str]:
        out = str(self.output(job, method))
        if method == ADIFF:
            source = str(self.folder / f"x{job.suffix}")
            given = [EXPRESSION, "--data", source, "--order", str(job.order), "-o", out]
            threads = ["--threads", str(self.threads)]
            return [sys.executable, "-m", "autodiffcli", *given, *threads]
        peer = job.peers[method]
        return [sys.executable, "-c", peer.script, str(self.folder / peer.reads), out]

    def start(self, command: Sequence[str], errors: int) -> subprocess.Popen[bytes]:
        names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")
        environment = os.environ | dict.fromkeys(names, str(self.threads))
        return subprocess.Popen(
            command,
            env=environment,
            cwd=self.folder,  # so that -m takes the package from the path, not from here
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            preexec_fn=self.keep_to_cores if hasattr(os, "sched_setaffinity") else None,
        )

    def keep_to_cores(self) -> None:
        """Of the cores there are, the last ones: the first have more to do for others."""
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-self.threads :])

    def run(self, command: Sequence[str]) -> str:
        """What went wrong, in a line; "" for nothing."""
        process = self.start(command, subprocess.PIPE)
        _, errors = process.communicate()
        if process.returncode == 0:
            return ""
        lines = errors.decode(errors="replace").splitlines()
        named = [line for line in lines if re.match(r"[\w.]*error", line, re.IGNORECASE)]
        return named[-1] if named else f"exit code {process.returncode}"

    def make(self, rows: int) -> None:
        names = [str(self.folder / name) for name in ("x.csv", "x.parquet", "xyy.parquet")]
        failed = self.run([sys.executable, "-c", MAKE, str(rows), *names])
        if failed:
            sys.exit(f"no input: {failed}")

    def working(self, job: Job) -> list[str]:
        """The methods that run and agree with the first one that does; a word on the others."""
        found: list[str] = []
        for method in (ADIFF, *job.peers):
            failed = self.run(self.command(job, method))
            if failed:
                print(f"{method}: not there ({failed})\n")
                continue
            found.append(method)
            columns = job.peers[method].columns if method != ADIFF else 0
            outputs = [str(self.output(job, name)) for name in (found[0], method)]
            differs = self.run([sys.executable, "-c", COMPARE, *outputs, str(columns)])
            if differs:
                sys.exit(f"{method} beside {found[0]}: {differs}")
        return found


def row(*cells: str) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)


def heading(*cells: str) -> None:
    row(*cells)
    row("---", *["---:"] * (len(cells) - 1))


def timed(place: Place, job: Job, method: str) -> float:
    """Seconds of a whole process. Raises SystemExit where it fails."""
    place.output(job, method).unlink(missing_ok=True)
    command, start = place.command(job, method), time.perf_counter()
    failed = place.run(command)
    elapsed = time.perf_counter() - start
    if failed:
        sys.exit(f"{method}: {failed}")
    return elapsed


def speed(place: Place, job: Job, rows: int, rounds: int) -> None:
    print(f"\n{job.title}: {rows:,} rows, threads: {place.threads}\n")
    methods = place.working(job)
    times = [{method: timed(place, job, method) for method in methods} for _ in range(rounds)]
    heading("method", "s", "rows/s", "ratio to adiff")
    for method in methods:
        median = statistics.median(own[method] for own in times)
        ratios = [own[method] / own[ADIFF] for own in times if ADIFF in own]
        ratio = f"{statistics.median(ratios):.2f}" if ratios else "-"
        row(method, f"{median:.2f}", f"{rows / median:,.0f}", ratio)


def family(root: int) -> set[int]:
    """A process and its descendants, where there is /proc."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has ended meanwhile
            continue
    found, grown = {root}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in found} - found
        found, grown = found | more, bool(more)
    return found


def high_water(process: int) -> int:
    """Bytes that a process had resident at most so far; 0 where it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    lines = dict(line.split(":", 1) for line in status.splitlines())
    return int(lines.get("VmHWM", "0").split()[0]) * 1024


def peak(place: Place, job: Job, method: str) -> int:
    """Bytes that a run and its worker processes had resident at most; -1 where it failed.

    ru_maxrss of a child starts with its parent's: this process imports nothing large.
    """
    process = place.start(place.command(job, method), subprocess.DEVNULL)
    most: dict[int, int] = {}
    while True:
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
        for member in family(process.pid):
            most[member] = max(most.get(member, 0), high_water(member))
        time.sleep(0.02)
    process.returncode = os.waitstatus_to_exitcode(status)
    own = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    most[process.pid] = max(most.get(process.pid, 0), own)
    return -1 if process.returncode else sum(most.values())


def memory(place: Place, sizes: Sequence[int]) -> None:
    found: dict[tuple[str, str], list[str]] = {}
    for rows in sizes:
        place.make(rows)
        for job in JOBS:
            for method in (ADIFF, *job.peers):
                skipped = method == SLOW and rows > 10_000_000
                most = -1 if skipped else peak(place, job, method)
                text = "-" if most < 0 else f"{most / 1e6:,.0f}"
                found.setdefault((job.suffix[1:], method), []).append(text)
                place.output(job, method).unlink(missing_ok=True)
    print(f"\nPeak resident memory, threads: {place.threads}: MB\n")
    heading("method", *(f"{rows:,} rows" for rows in sizes))
    for (suffix, method), cells in found.items():
        row(f"{suffix}: {method}", *cells)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    parser.add_argument("--rows", type=float, default=2e6)
    parser.add_argument("--memory", default="1e6,1e7", help="rows; an empty text for none")
    parser.add_argument("--huge", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", help="for the files; some temporary one by default")
    given = parser.parse_args()
    sizes = [int(float(rows)) for rows in given.memory.split(",") if rows]
    sizes += [100_000_000] if given.huge else []
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        place = Place(Path(folder), given.threads)
        place.make(int(given.rows))
        for job in JOBS:
            speed(place, job, int(given.rows), given.rounds)
        if sizes:
            memory(place, sizes)


if __name__ == "__main__":
    main()
