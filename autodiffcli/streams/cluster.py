"""Beyond one machine: a partition is a task of dask, done by the same work as a part here.

A partition is a file, or a row group of Parquet, wherever fsspec reaches. Each becomes a Parquet
file of its own, which appears whole or not at all. The scheduler has the work of a lost worker
done again; a partition that cannot be done is reported, and the others are written.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from autodiffcli.diagnostics import AdiffError, Diagnostic, Span, wrong
from autodiffcli.readers import Part, Reader, open_reader
from autodiffcli.renderers.report import report
from autodiffcli.request import Data
from autodiffcli.streams.passes import found_by, tell
from autodiffcli.streams.pool import cores
from autodiffcli.streams.progress import progress
from autodiffcli.streams.work import Tally, Work
from autodiffcli.terminal import Terminal
from autodiffcli.writers import open_writer

_HALF = ".part"  # behind the name of a file that is not whole
RETRIES = 3  # workers that may be lost over one partition


@dataclass(frozen=True, slots=True)
class Partition:
    """A file, or a row group of it.

    url    as fsspec takes it
    group  number of the row group; -1 for all of the file
    size   bytes of the file
    """

    url: str
    group: int = -1
    size: int = 0

    def __str__(self) -> str:
        return self.url if self.group < 0 else f"row group {self.group} of {self.url}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a partition."""

    tally: Tally
    error: Diagnostic | None = None


def on_cluster(work: Work, data: Data, output: str, terminal: Terminal) -> Tally:
    """Every partition done, and written to a directory; a tally of all rows.

    Raises AdiffError where one could not be done, after the others are written.
    """
    partitions = partitions_of(data.paths)
    target = _directory(output)
    with _client(data) as client:
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
    import fsspec

    system, path = fsspec.core.url_to_fs(target)
    for name in system.glob(f"{path}/part-*{_HALF}"):
        system.rm_file(name)


def _all(
    client: Any, work: Work, partitions: list[Partition], target: str, terminal: Terminal
) -> Tally:
    finished: Any = import_module("distributed").as_completed
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
    tally = Tally()
    try:
        with _parts(work, partition) as parts, _written(work, target) as writer:
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
def _parts(work: Work, partition: Partition) -> Iterator[Iterator[Part]]:
    wanted = sorted(work.match.wanted)
    if partition.group >= 0:
        import fsspec
        from pyarrow import parquet

        with fsspec.open(partition.url, "rb") as file:
            yield _batches(parquet.ParquetFile(file), partition, wanted)
        return
    with _local(partition.url) as path, open_reader([path]) as reader:
        reader.want(wanted)
        yield (replace(part, source=partition.url) for part in reader.parts())


def _batches(file: Any, partition: Partition, wanted: list[str]) -> Iterator[Part]:
    first = 0
    for number in range(partition.group):
        first += file.metadata.row_group(number).num_rows
    names = tuple(file.schema_arrow.names)
    chosen = tuple(name for name in names if name in wanted)
    groups = file.iter_batches(row_groups=[partition.group], columns=list(chosen))
    for batch in groups:
        yield Part(partition.url, first, batch, 0, "arrow", names, chosen)
        first += batch.num_rows


@contextmanager
def _local(url: str) -> Iterator[str]:
    """A file by a path of this machine; a remote one is fetched first."""
    import fsspec

    system, path = fsspec.core.url_to_fs(url)
    if "file" in _protocols(system):
        yield path
        return
    suffix = "".join(part for part in (os.path.basename(path).partition(".")[1:]) if part)
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, f"copy{suffix}")
        system.get_file(path, copy)
        yield copy


@contextmanager
def _written(work: Work, target: str) -> Iterator[Any]:
    """What writes a partition; beside its place until it is whole."""
    if not target:
        yield None
        return
    import fsspec

    system, path = fsspec.core.url_to_fs(target)
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


def _protocols(system: Any) -> tuple[str, ...]:
    found = system.protocol
    return (found,) if isinstance(found, str) else tuple(found)


# -- what there is to do, and who does it


def partitions_of(paths: tuple[str, ...]) -> list[Partition]:
    """The files, row groups apart where a Parquet file has several. Raises AdiffError."""
    import fsspec

    found: list[Partition] = []
    for path in paths:
        if path == "-":
            raise wrong("data", "--engine dask reads files, not stdin", hint="leave out --engine")
        try:
            system, inner = fsspec.core.url_to_fs(path)
            names = _listed(system, inner)
        except (OSError, ValueError, ImportError) as error:
            raise _unreachable(path, error) from None
        if not names:
            raise wrong("data", f"'{path}' has no file", Span(0, len(path)), path, origin="--data ")
        for name in names:
            found += _partitions(system, system.unstrip_protocol(name), name)
    return found


def _listed(system: Any, path: str) -> list[str]:
    if any(mark in path for mark in "*?["):
        return sorted(system.glob(path))
    if system.isdir(path):
        names = sorted(system.find(path, maxdepth=1))
        return [name for name in names if not os.path.basename(name).startswith((".", "_"))]
    if not system.exists(path):
        raise FileNotFoundError("no such file or directory")
    return [path]


def _partitions(system: Any, url: str, path: str) -> Iterator[Partition]:
    shown = path if "file" in _protocols(system) else url
    size = int(system.size(path) or 0)
    if not path.endswith((".parquet", ".pq")):
        yield Partition(shown, size=size)
        return
    from pyarrow import parquet

    try:
        with system.open(path, "rb") as file:
            groups = parquet.ParquetFile(file).num_row_groups
    except Exception:  # the task will say what is the matter with it
        groups = 1
    if groups < 2:
        yield Partition(shown, size=size)
    for group in range(groups if groups > 1 else 0):
        yield Partition(shown, group, size // groups)


def _unreachable(path: str, error: Exception) -> AdiffError:
    message = f"'{path}' cannot be read: {(str(error) or type(error).__name__).lower()}"
    return wrong("data", message, Span(0, len(path)), path, origin="--data ")


def _directory(output: str) -> str:
    """The directory for the answer, made now. Raises AdiffError where it holds something."""
    import fsspec

    if output in ("", "-"):
        message = "--engine dask writes a directory of Parquet files"
        raise wrong("output", message, hint="add -o DIRECTORY")
    system, path = fsspec.core.url_to_fs(output)
    if system.exists(path) and (not system.isdir(path) or system.ls(path)):
        span = Span(0, len(output))
        message = f"'{output}' is there already, and not an empty directory"
        raise wrong("output", message, span, output, origin="-o ")
    system.makedirs(path, exist_ok=True)
    return output.rstrip("/")


@contextmanager
def _client(data: Data) -> Iterator[Any]:
    """A cluster that runs already, or one on this machine. Raises AdiffError."""
    try:
        distributed: Any = import_module("distributed")
        config: Any = import_module("dask.config")
    except ImportError:
        hint = "pip install 'autodiffcli[dask]'"
        raise wrong("extra", "--engine dask takes distributed", hint=hint) from None
    config.set(
        {"logging": {"distributed": "critical"}, "distributed.scheduler.allowed-failures": RETRIES}
    )
    if data.scheduler:
        try:
            client = distributed.Client(data.scheduler, timeout="5s")
        except (OSError, TimeoutError, ValueError) as error:
            message = f"the scheduler does not answer: {_first_line(error)}"
            span = Span(0, len(data.scheduler))
            raise wrong("scheduler", message, span, data.scheduler, origin="--scheduler ") from None
        with client:
            yield client
        return
    with (
        distributed.LocalCluster(
            n_workers=data.threads or cores(),
            threads_per_worker=1,
            dashboard_address=None,
            silence_logs=50,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def first_of(data: Data) -> Reader:
    """The first partition, whose columns are those of all. Raises AdiffError."""
    first = partitions_of(data.paths)[0]
    with _local(first.url) as path:
        return open_reader([path])
