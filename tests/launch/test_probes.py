"""Torch imported leanly answers as torch does: equal reprs, equal errors, equal modules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ENV = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
ALL = bool(os.environ.get("ADIFF_TEST_ALL"))  # minutes instead of seconds

# What differs, and why it may: the kernels for tensors without numbers come with what is deferred,
# so that C++ refuses some of them. adiff has no such tensors, and nothing answers wrongly.
DIFFERENT = {"meta"}


def run(*argv: str) -> dict[str, tuple[str, str]]:
    """Name of a probe -> its outcome, and what had the deferred modules read."""
    words = [sys.executable, str(HERE / "probing.py"), *argv]
    done = subprocess.run(words, capture_output=True, text=True, timeout=500, env=ENV)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    return {name: (found, trigger) for name, found, trigger in rows}


@cache
def plainly() -> dict[str, tuple[str, str]]:
    return run("plain", "together")


def test_all_probes_in_one_process() -> None:
    found, right = run("lean", "together"), plainly()
    assert len(right) > 290
    assert {name for name in right if found[name][0] != right[name][0]} <= DIFFERENT


def test_each_probe_as_the_first_look_inside() -> None:
    right = plainly()
    ordinary = [name for name in right if "." in name or " " in name]  # these stay lean
    deeper = [name for name in right if name not in ordinary]
    names = list(right) if ALL else [*ordinary[::20], *deeper[::15], "grad_outputs", "no_grad"]
    found = run("lean", "apart", *names)
    assert {name for name in names if found[name][0] != right[name][0]} <= DIFFERENT


STAY = """
    custom_function custom_function_with_setup no_grad grad_of_complex indexing index_put shapes
    matmul scalars python_numbers constructors dtypes limits complex_numbers numpy_both_ways
    frombuffer random_numbers threads where_and_masks einsum hooks
"""


def test_what_adiff_does_leaves_the_deferred_unread() -> None:
    names = [
        *STAY.split(),
        "unary lgamma",
        "special.zeta",
        "linalg.det",
        "linalg.inv",
        "reduction amax",
    ]
    found = run("lean", "apart", *names)
    assert {name: trigger for name, (_, trigger) in found.items() if trigger} == {}


PROMOTED = """
import json, sys
from types import ModuleType
if sys.argv[1] == "lean":
    from autodiffcli.launch.deferred import lists
    from autodiffcli.launch.later import Later
    from autodiffcli.launch.lean import LeanImport
    lean = LeanImport(lists())
    lean.begin()
    import torch
    lean.imported()
    from autodiffcli.launch.rehearsal import kernels
    before = kernels()
    assert min(map(len, before.values())) > 50
    lean.promote("the test")
    assert kernels() == before
    assert not [1 for finder in sys.meta_path if finder is lean]
else:
    import torch

def told(value):
    kind = type(value)
    is_plain = callable(value) and kind.__module__ == "builtins"
    name = getattr(value, "__qualname__", "") if is_plain else ""
    if isinstance(value, ModuleType):
        name = value.__name__
    return f"{kind.__module__}.{kind.__qualname__} {name}"

modules = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "torch"}
print(json.dumps({
    name: {key: told(value) for key, value in vars(module).items() if key != "__builtins__"}
    for name, module in modules.items()
}))
registered = torch._C._dispatch_get_registrations_for_dispatch_key
keys = ("CPU", "Meta", "AutogradCPU", "CompositeImplicitAutograd")
print(json.dumps([sorted(registered(key)) for key in keys]))
"""


def test_promoted_is_what_a_plain_import_makes() -> None:
    told = []
    for how in ("lean", "plain"):
        argv = [sys.executable, "-W", "ignore", "-c", PROMOTED, how]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=300, env=ENV)
        assert done.returncode == 0, done.stderr
        told.append(done.stdout.splitlines())
    lean, plain = (json.loads(lines[0]) for lines in told)
    assert set(lean) == set(plain)
    assert {name: lean[name] for name in plain if lean[name] != plain[name]} == {}
    assert told[0][1:] == told[1][1:]


@pytest.mark.parametrize("word", ["later", "unread"])
def test_no_stand_in_is_left(word: str) -> None:
    script = """
import gc, sys
from autodiffcli.launch.deferred import lists
from autodiffcli.launch.later import Later
from autodiffcli.launch.lean import LeanImport, Unread
lean = LeanImport(lists())
lean.begin()
import torch
lean.imported()
held = {"later": [v for v in vars(torch).values() if type(v) is Later],
        "unread": [v for v in vars(torch).values() if type(v) is Unread]}[sys.argv[1]]
assert len(held) > 5
lean.promote("the test")
kind = {"later": Later, "unread": Unread}[sys.argv[1]]
ours = {id(later) for later in (*lean.book.laters.values(), *lean.book.calls)}
for name, module in list(sys.modules.items()):
    if name.split(".")[0] == "torch":
        assert type(module) is not kind, name
        for key, value in vars(module).items():
            assert type(value) is not kind, (name, key)
"""
    argv = [sys.executable, "-W", "ignore", "-c", script, word]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, env=ENV)
    assert done.returncode == 0, done.stderr
