"""One sweep spread over processes that share the memory of the outputs.

Threads of Python lose to each other's turns, and those of torch collapse once a core is busy
with something else; processes do neither. Inputs are shared by the fork itself.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import pickle
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from autodiffcli.engine.kernels import Column
from autodiffcli.engine.machine import VECTOR
from autodiffcli.engine.sweep import Sweep

_POPULATE_WRITE = 23  # of Linux 5.14's madvise; others refuse it
LEAST = 1_000_000  # rows from which on this is faster than one process


def shared_columns(count: int, rows: int) -> list[Column]:
    """Columns of zeros whose memory children of this process write into."""
    memory = mmap.mmap(-1, max(8 * count * rows, 1))
    flat = np.frombuffer(memory, np.float64, count * rows)
    return [flat[place * rows : (place + 1) * rows] for place in range(count)]


def spread(
    sweep: Sweep, columns: Mapping[str, Column], outputs: Sequence[Column], processes: int
) -> Any:
    """As the sweep itself, with the rows shared out in parts of whole vectors.

    outputs  of `shared_columns`
    raises   ChildProcessError where a process has died
    """
    rows = len(outputs[0])
    cut = max(-(-rows // processes) // VECTOR, 1) * VECTOR
    edges = [*range(0, rows, cut)][:processes]
    parts = [
        slice(first, following) for first, following in zip(edges, [*edges[1:], rows], strict=True)
    ]
    running = [_started(sweep, columns, outputs, part) for part in parts[1:]]
    suspects = [_swept(sweep, columns, outputs, parts[0])]
    for pid, pipe in running:
        with os.fdopen(pipe, "rb") as answer:
            found = answer.read()
        _, status = os.waitpid(pid, 0)
        if status:
            raise ChildProcessError(f"a process ended with status {status}")
        suspects.append(pickle.loads(found))
    return np.concatenate(suspects)


def _started(
    sweep: Sweep, columns: Mapping[str, Column], outputs: Sequence[Column], part: slice
) -> tuple[int, int]:
    """A child that sweeps a part: its id, and the pipe on which it tells the suspects."""
    answer, tell = os.pipe()
    pid = os.fork()
    if pid:
        os.close(tell)
        return pid, answer
    status = 1
    try:
        os.close(answer)
        with os.fdopen(tell, "wb") as pipe:
            pipe.write(pickle.dumps(_swept(sweep, columns, outputs, part)))
        status = 0
    finally:
        os._exit(status)


def _swept(
    sweep: Sweep, columns: Mapping[str, Column], outputs: Sequence[Column], part: slice
) -> Any:
    for output in outputs:
        _populate(output[part])
    own = {name: column[part] for name, column in columns.items()}
    return sweep(own, [output[part] for output in outputs]) + part.start


def _populate(column: Column) -> None:
    """Have the pages of shared memory mapped at once: one by one takes longer than to fill them."""
    page = mmap.PAGESIZE
    first = column.ctypes.data // page * page
    length = column.ctypes.data + column.nbytes - first
    try:
        _library().madvise(ctypes.c_void_p(first), ctypes.c_size_t(length), _POPULATE_WRITE)
    except (OSError, AttributeError):
        pass  # no such system, and no harm


@cache
def _library() -> Any:
    return ctypes.CDLL(None)
