"""What the warm process loads before its first call, and whether that is still what there is."""

from __future__ import annotations

import ctypes
import gc
import io
import os
import sys
from collections.abc import Mapping, Sequence

from autodiffcli import launch
from autodiffcli.cli import main
from autodiffcli.terminal import Terminal

_HUGE, _COLLAPSE = 2 << 20, 25
_LIBRARIES = ("torch", "numpy", "flint", "rich", "typer")

# What is called once, so that all that a call needs is loaded before the first one comes.
_REHEARSAL = (
    ("x**2+1", "--at", "1,2,3,4", "--order", "2"),
    ("x**2*t", "--at", "x=1,2,t=3", "--order", "3", "--method", "autograd"),
    ("sin(x)/x+erf(x)", "--at", "0,1", "--method", "taylor", "--format", "json"),
    ("exp(-x^2)", "--at", "0..1..0.5", "--method", "certified", "--format", "csv"),
    ("abs(x)", "--at", "0"),
    ("x*y", "--at", "x=1,y=2", "--verify"),
    ("hessian", "x^2*y", "--at", "x=1,y=2"),
    ("x++", "--at", "1"),
    ("--help",),
)


def load() -> dict[str, int]:
    """Import everything, and rehearse.

    Returns when each file of adiff, and the first of each library, was written: nanoseconds since
    the epoch.
    """
    written = _written(_own_files())
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # else numpy starts threads when loaded
    import torch

    torch.set_num_threads(1)  # as every command does
    for words in _REHEARSAL:
        rehearse(words)
    gc.collect()
    gc.freeze()
    _in_huge_pages()
    return written | _written([str(sys.modules[name].__file__) for name in _LIBRARIES])


def rehearse(words: Sequence[str] = _REHEARSAL[0]) -> None:
    """Answer as to a terminal, but to nobody."""
    main(words, Terminal(io.StringIO(), io.StringIO(), boxes=True, colour=True))


def _in_huge_pages() -> None:
    """Have the memory that is written lie in pages of 2 MB: a fork takes half as long.

    Source: madvise(2), MADV_COLLAPSE, of Linux 6.1.
    """
    try:
        madvise = ctypes.CDLL(None).madvise
    except (OSError, AttributeError):
        return
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    with open("/proc/self/maps") as file:
        regions = [line.split() for line in file]
    for where, rights, _, _, _, *name in regions:
        if rights == "rw-p" and name in ([], ["[heap]"]):
            low, high = (int(end, 16) for end in where.split("-"))
            low = -(-low // _HUGE) * _HUGE
            if high - low >= _HUGE:
                madvise(low, (high - low) // _HUGE * _HUGE, _COLLAPSE)


def _own_files() -> list[str]:
    folders = [os.path.dirname(os.path.dirname(launch.__file__))]
    for folder in folders:  # grows on the way
        folders += [entry.path for entry in os.scandir(folder) if entry.is_dir()]
    names = [entry.path for folder in folders for entry in os.scandir(folder)]
    return [name for name in names if name.endswith(".py")]


def _written(names: Sequence[str]) -> dict[str, int]:
    return {name: os.stat(name).st_mtime_ns for name in names}


def is_current(written: Mapping[str, int]) -> bool:
    """Whether the files are still those that were loaded."""
    try:
        return all(os.stat(name).st_mtime_ns == time for name, time in written.items())
    except OSError:
        return False
