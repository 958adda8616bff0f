"""What eager evaluation and autograd never touch in torch, as data. `lean` acts on it.

Every entry can be wrong for another torch. A module or a name too few costs a plain import; a
stand-in is the only thing that could change an answer, and each says why it does not.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Taken(Enum):
    """What torch's `__init__` does with a name that it takes from a deferred module."""

    KEPT = "only keeps it"
    CALLED = "calls it, and keeps what comes back"
    DECORATES = "decorates with it what it keeps as it was"


@dataclass(frozen=True)
class Lists:
    """What is deferred, and what stands for it.

    modules    deferred, with all that is below them
    read       below those, but read at once: the core is made of them
    places     `module:name` as taken during the import -> what is done with it
    standins   `module:name` -> what it is while its module is unread
    forwarded  module -> where C++ has its functions, and how their names begin there
    first      modules to be read first, because their names stand elsewhere already
    done       `module:function` -> `module:name` that it is called with, right after the import
    """

    modules: frozenset[str]
    read: frozenset[str]
    places: Mapping[str, Taken]
    standins: Mapping[str, Any]
    forwarded: Mapping[str, tuple[str, str]]
    first: tuple[str, ...]
    done: Mapping[str, str]

    def defers(self, name: str) -> bool:
        """Whether a module is deferred."""
        while name:
            if name in self.read:
                return False
            if name in self.modules:
                return True
            name = name.rpartition(".")[0]
        return False


MODULES = """
    torch.nn torch.optim torch.distributions torch.signal torch.masked torch.quasirandom
    torch.ao torch.quantization
    torch.fx torch.jit torch._jit_internal torch.package
    torch.export torch._export torch._higher_order_ops torch.compiler torch._dynamo torch._guards
    torch._ops torch._classes torch.library torch._library torch._native torch.return_types
    torch._subclasses torch._decomp torch._refs torch._prims torch._prims_common
    torch._meta_registrations torchgen
    torch._functorch torch.func torch._vmap_internals
    torch.autograd.forward_ad torch.autograd.functional torch.autograd.gradcheck
    torch.autograd.profiler torch.autograd.profiler_util torch.autograd.profiler_legacy
    torch.nested torch.sparse torch._lowrank torch._lobpcg
    torch.fft torch.special
    torch.distributed torch.futures torch.multiprocessing torch.utils torch.hub torch.testing
    torch.profiler torch._strobelight torch._logging
    torch.backends torch.accelerator torch.cpu torch.cuda torch.mps torch.mtia torch.xpu
    torch._torch_docs torch._tensor_docs torch._storage_docs torch._size_docs
"""

READ = """
    torch.nn.parameter torch.multiprocessing._atfork
    torch.utils._contextlib torch.utils._python_dispatch torch.utils.hooks
"""

PLACES = {
    # what torch's own namespace offers: whoever uses it gets it
    "torch._lowrank:pca_lowrank": Taken.KEPT,
    "torch._lowrank:svd_lowrank": Taken.KEPT,
    "torch._lobpcg:lobpcg": Taken.KEPT,
    "torch.utils.dlpack:to_dlpack": Taken.KEPT,
    "torch.utils.dlpack:from_dlpack": Taken.KEPT,
    "torch.func:vmap": Taken.KEPT,
    "torch._higher_order_ops:cond": Taken.KEPT,
    "torch._higher_order_ops:while_loop": Taken.KEPT,
    "torch.autograd.gradcheck:gradcheck": Taken.KEPT,
    "torch.autograd.gradcheck:gradgradcheck": Taken.KEPT,
    # operators as objects
    "torch._ops:ops": Taken.KEPT,
    "torch._ops:ops.aten": Taken.KEPT,
    "torch._ops:ops.aten.quantized_lstm": Taken.KEPT,
    "torch._ops:ops.aten.quantized_gru": Taken.KEPT,
    "torch._classes:classes": Taken.KEPT,
    "torch.library:Library": Taken.CALLED,
    # what the core calls only when something deferred is in use
    "torch._functorch.autograd_function:custom_function_call": Taken.KEPT,
    "torch._strobelight.compile_time_profiler:StrobelightCompileTimeProfiler": Taken.KEPT,
    "torch.backends:mps": Taken.KEPT,
    "torch.backends:mps.is_built": Taken.KEPT,
    "torch.backends:cuda": Taken.KEPT,
    "torch.backends:cuda.is_built": Taken.KEPT,
    "torch.backends:cudnn": Taken.KEPT,
    "torch.backends:cudnn.is_available": Taken.KEPT,
    "torch.backends:mkldnn": Taken.KEPT,
    "torch.backends:mkldnn.is_available": Taken.KEPT,
    # what is made ready for TorchScript and for torch's log, which are deferred
    "torch._jit_internal:_overload": Taken.DECORATES,
    "torch._jit_internal:boolean_dispatch": Taken.CALLED,
    "torch._logging:_init_logs": Taken.CALLED,
}

FIRST = ("torch.utils._pytree", "torch._jit_internal", "torch._ops", "torch._classes")


class _Unborn(type):
    """The type of a class that nothing is an instance of before its module is read, and which is
    the real class from then on: C++ keeps some of these for good.
    """

    module: str

    def __instancecheck__(cls, instance: Any) -> bool:
        real = vars(sys.modules.get(cls.module, sys)).get(cls.__name__)
        return real is not None and real is not cls and isinstance(instance, real)


def _unborn(at: str) -> dict[str, Any]:
    module, _, name = at.partition(":")
    return {at: _Unborn(name, (), {"module": module})}


def _no() -> bool:
    return False


def _as_given(args: tuple[Any, ...]) -> tuple[Any, ...]:
    return args


# Each answers a question about what only a deferred module can make: there is none of it yet.
STANDINS: dict[str, Any] = {
    # each autograd.grad asks whether it is one
    **_unborn("torch.nested._internal.nested_tensor:NestedTensor"),
    # C++ asks of each int that it is given, and never looks it up again: were it to be read then,
    # within that first question, the process would stand still
    **_unborn("torch.fx.experimental.sym_node:DynamicInt"),
    # each no_grad; it says no by itself, and only TorchScript's compiler takes it for yes
    "torch._jit_internal:is_scripting": _no,
    # each autograd.Function; what torch.func has wrapped takes torch.func to be read
    "torch._functorch.utils:unwrap_dead_wrappers": _as_given,
}

# Functions of C++ under the names that a module of documentation gives them.
FORWARDED = {"torch.special": ("torch._C._special", "special_")}


# What a deferred module does at its end, done at once: function, and what it is given.
# torch.Generator cannot be made before; to set its type twice is no harm.
DONE = {"torch._C:_set_generator_metaclass": "torch._opaque_base:OpaqueBaseMeta"}


def lists(cuda: bool = False) -> Lists:
    """What is deferred. A build for CUDA needs torch.cuda, whose storage classes C++ asks for."""
    return Lists(
        frozenset(MODULES.split()) - ({"torch.cuda"} if cuda else set()),
        frozenset(READ.split()),
        PLACES,
        STANDINS,
        FORWARDED,
        FIRST,
        DONE,
    )
