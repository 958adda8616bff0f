"""What is one task on a cluster: a file, or a row group of Parquet, wherever fsspec reaches."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from autodiffcli.diagnostics import AdiffError, Span, wrong
from autodiffcli.readers import Part, Reader, open_reader
from autodiffcli.readers.complaints import library


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


def partitions_of(paths: Sequence[str]) -> Iterator[Partition]:
    """The files, row groups apart where a Parquet file has several. Raises AdiffError."""
    for path in paths:
        if path == "-":
            raise wrong("data", "--engine dask reads files, not stdin", hint="leave out --engine")
        try:
            system, inner = located(path)
            names = _listed(system, inner)
        except (OSError, ValueError, ImportError) as error:
            raise _unreachable(path, error) from None
        if not names:
            raise wrong("data", f"'{path}' has no file", Span(0, len(path)), path, origin="--data ")
        for name in names:
            yield from _partitions(system, system.unstrip_protocol(name), name)


def located(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it. Raises AdiffError for want of fsspec."""
    found: tuple[Any, str] = library("fsspec", "--engine dask", "dask").core.url_to_fs(url)
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
    parquet = library("pyarrow.parquet", "reading Parquet")
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


def first_of(paths: Sequence[str]) -> Reader:
    """The first partition, whose columns are those of all. Raises AdiffError."""
    first = next(partitions_of(paths))
    with _local(first.url) as path:
        return open_reader([path])


# -- its rows


@contextmanager
def parts_of(partition: Partition, wanted: Collection[str]) -> Iterator[Iterator[Part]]:
    """The rows of a partition, in the columns that are wanted. Raises AdiffError."""
    if partition.group >= 0:
        parquet = library("pyarrow.parquet", "reading Parquet")
        system, path = located(partition.url)
        with system.open(path, "rb") as file:
            yield _batches(parquet.ParquetFile(file), partition, wanted)
        return
    with _local(partition.url) as path, open_reader([path]) as reader:
        reader.want(wanted)
        yield (replace(part, source=partition.url) for part in reader.parts())


def _batches(file: Any, partition: Partition, wanted: Collection[str]) -> Iterator[Part]:
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
    system, path = located(url)
    if "file" in _protocols(system):
        yield path
        return
    suffix = "".join(part for part in (os.path.basename(path).partition(".")[1:]) if part)
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, f"copy{suffix}")
        system.get_file(path, copy)
        yield copy


def _protocols(system: Any) -> tuple[str, ...]:
    found = system.protocol
    return (found,) if isinstance(found, str) else tuple(found)
