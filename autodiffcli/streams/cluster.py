"""Beyond one machine: a partition is a task of dask, done by the same work as a part here.

Each partition becomes a Parquet file of its own, which appears whole or not at all. The scheduler
has the work of a lost worker done again; a partition that cannot be done is reported, and the
others are written.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from autodiffcli.diagnostics import AdiffError, Diagnostic, Span, wrong
from autodiffcli.readers.complaints import library
from autodiffcli.renderers.report import report
from autodiffcli.request import Request
from autodiffcli.streams.cores import cores
from autodiffcli.streams.partitions import Partition, located, partitions_of, parts_of
from autodiffcli.streams.passes import found_by, tell
from autodiffcli.streams.progress import progress
from autodiffcli.streams.work import Tally, Work
from autodiffcli.terminal import Terminal
from autodiffcli.writers import open_writer

_HALF = ".part"  # behind the name of a file that is not whole
RETRIES = 3  # workers that may be lost over one partition


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a partition."""

    tally: Tally
    error: Diagnostic | None = None


def on_cluster(work: Work, request: Request, terminal: Terminal) -> Tally:
    """Every partition done, and written to a directory; a tally of all rows.

    Raises AdiffError where one could not be done, after the others are written.
    """
    assert request.data is not None
    _distributed()
    partitions = list(partitions_of(request.data.paths))
    target = _directory(request.output)
    with _client(request.data.scheduler, request.threads or cores()) as client:
        if work.plan.reduction != "sum":
            counting = work.counted()
            tally = _all(client, counting, partitions, "", terminal)
            work = replace(work, reduced=found_by(tally, work))
            tell(work, tally, terminal)
        try:
            return _all(client, work, partitions, target, terminal)
        finally:
            _sweep_up(target)


def _sweep_up(target: str) -> None:
    """Remove what lost workers have left half done."""
    system, path = located(target)
    for name in system.glob(f"{path}/part-*{_HALF}"):
        system.rm_file(name)


def _all(
    client: Any, work: Work, partitions: list[Partition], target: str, terminal: Terminal
) -> Tally:
    finished = _distributed().as_completed
    kept = client.scatter(work, broadcast=True, hash=False)
    waiting = {}
    for number, partition in enumerate(partitions):
        path = f"{target}/part-{number:05}.parquet" if target else ""
        future = client.submit(
            done, kept, partition, path, key=f"{target or 'count'}-{number}", retries=0, pure=False
        )
        waiting[future] = partition
    tally, failed, read = Tally(), list[tuple[Partition, Diagnostic]](), 0
    total = sum(partition.size for partition in partitions) or None
    with progress(terminal, total, f"{len(partitions)} partitions", True) as advance:
        for future in finished(waiting):
            partition = waiting[future]
            problem = future.exception()
            if problem is not None:
                failed.append((partition, Diagnostic("partition", _first_line(problem))))
                continue
            outcome: Outcome = future.result()
            if outcome.error is not None:
                failed.append((partition, outcome.error))
            tally.add(outcome.tally)
            read += partition.size
            advance(tally.rows, read)
    if failed:
        raise _failure(failed, len(partitions), terminal)
    return tally


def _failure(
    failed: list[tuple[Partition, Diagnostic]], count: int, terminal: Terminal
) -> AdiffError:
    """Report every partition that could not be done; the error that ends the command."""
    for partition, problem in failed:
        named = replace(problem, message=f"{partition}: {problem.message}")
        report(named, terminal.stderr, colour=terminal.colour, width=terminal.stderr_width)
    return wrong("partition", f"{len(failed)} of {count} partitions could not be done")


def _first_line(problem: BaseException) -> str:
    return (str(problem).splitlines() or [type(problem).__name__])[0]


# -- one partition, on a worker


def done(work: Work, partition: Partition, target: str) -> Outcome:
    """One partition, written to `target`; only counted where that is empty."""
    tally, wanted = Tally(), sorted(work.match.wanted)
    try:
        with parts_of(partition, wanted) as parts, _written(work, target) as writer:
            for part in parts:
                found = work(part)
                if found.error is not None:
                    raise AdiffError(found.error)
                tally.add(found.tally)
                if writer is not None:
                    writer.write(found.payload)
    except AdiffError as error:
        return Outcome(Tally(), error.diagnostic)
    return Outcome(tally)


@contextmanager
def _written(work: Work, target: str) -> Iterator[Any]:
    """What writes a partition; beside its place until it is whole."""
    if not target:
        yield None
        return
    system, path = located(target)
    beside = f"{path}.{os.getpid()}{_HALF}"
    try:
        with system.open(beside, "wb") as stream:
            writer = open_writer(replace(work.layout, format="parquet"), stream)
            yield writer
            writer.close()
        system.mv(beside, path)
    except BaseException:
        if system.exists(beside):
            system.rm_file(beside)
        raise


# -- where to, and by whom


def _directory(output: str) -> str:
    """The directory for the answer, made now. Raises AdiffError where it holds something."""
    if output in ("", "-"):
        message = "--engine dask writes a directory of Parquet files"
        raise wrong("output", message, hint="add -o DIRECTORY")
    system, path = located(output)
    if system.exists(path) and (not system.isdir(path) or system.ls(path)):
        span = Span(0, len(output))
        message = f"'{output}' is there already, and not an empty directory"
        raise wrong("output", message, span, output, origin="-o ")
    system.makedirs(path, exist_ok=True)
    return output.rstrip("/")


def _distributed() -> Any:
    return library("distributed", "--engine dask", "dask")


@contextmanager
def _client(scheduler: str, workers: int) -> Iterator[Any]:
    """A cluster that runs already, or one of so many workers on this machine. Raises AdiffError."""
    distributed = _distributed()
    import_module("dask.config").set(
        {"logging": {"distributed": "critical"}, "distributed.scheduler.allowed-failures": RETRIES}
    )
    if scheduler:
        try:
            client = distributed.Client(scheduler, timeout="5s")
        except (OSError, TimeoutError, ValueError) as error:
            message = f"the scheduler does not answer: {_first_line(error)}"
            span = Span(0, len(scheduler))
            raise wrong("scheduler", message, span, scheduler, origin="--scheduler ") from None
        with client:
            yield client
        return
    with (
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address=None,
            silence_logs=50,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client
