"""Candidates that are code: functions and networks of torch, loaded from the user's files."""

from __future__ import annotations

import inspect
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from autodiffcli.diagnostics import AdiffError, Span, did_you_mean, listed, wrong
from autodiffcli.lexer import NAME, plain_name

ORIGIN = "--with-module "
LONGEST = 100  # characters of what an exception says
EXPORTED = ".pt2"
SAVED = (".pt", ".pth", ".ts", EXPORTED)
_NAMED = re.compile(rf"\s*({NAME}(?:\s*,\s*{NAME})*)\s*=(?!=)\s*(.+)", re.DOTALL)
_HINT = "write file.py:function, file.py:make@weights.pt, or the file of a saved network, net.pt"


@dataclass(frozen=True, slots=True)
class Source:
    """One text of --with-module.

    names      of the unknowns; none if it does not say
    path       of a Python file, or of a saved network
    attribute  what is used in the file; "" for a saved network
    weights    path of a state dict, for what `attribute` makes; "" for none
    """

    text: str
    names: tuple[str, ...]
    path: str
    attribute: str
    weights: str

    def wrong(self, code: str, message: str, hint: str = "") -> AdiffError:
        """The error about it."""
        return wrong(code, message, Span(0, len(self.text)), self.text, origin=ORIGIN, hint=hint)


@dataclass(frozen=True)
class Network:
    """Something that torch can call and differentiate.

    unknowns    names of its outputs
    parameters  names of what it takes, as it calls them
    variables   names of the variables, in the order in which they are handed over
    stacked     whether they are handed over as one tensor of shape (N, variables)
    dtype       of its own numbers
    """

    source: Source
    call: Callable[..., Any]
    unknowns: tuple[str, ...]
    parameters: tuple[str, ...]
    dtype: torch.dtype
    device: torch.device
    variables: tuple[str, ...] = ()
    stacked: bool = False
    notes: dict[str, None] = field(default_factory=dict)


def read_source(text: str) -> Source:
    """A text of --with-module, taken apart. Raises AdiffError."""
    named = _NAMED.fullmatch(text)
    names = tuple(plain_name(n.strip()) for n in named[1].split(",")) if named else ()
    rest = (named[2] if named else text).strip()
    path, python, tail = rest.rpartition(".py:")
    if python:
        attribute, _, weights = tail.partition("@")
        source = Source(text, names, f"{path}.py", attribute.strip(), weights.strip())
        if not source.attribute.isidentifier():
            raise source.wrong("module", f"'{attribute}' is no name in {path}.py", _HINT)
    elif rest.endswith(SAVED):
        source = Source(text, names, rest, "", "")
    else:
        raise Source(text, (), "", "", "").wrong("module", "this is no network", _HINT)
    return source


def load(source: Source, unknowns: Sequence[str]) -> Network:
    """The network, ready to be called. This runs the user's code. Raises AdiffError.

    unknowns  what its outputs are called
    """
    for path in filter(None, (source.path, source.weights)):
        if not Path(path).is_file():
            raise source.wrong("file", f"there is no file '{path}'")
    found = _from_python(source) if source.attribute else _saved(source)
    if isinstance(found, torch.nn.Module) and not source.path.endswith(EXPORTED):
        found.eval()  # no dropout, and batch statistics as they were learned
    numbers = [t for t in _numbers_of(found) if t.is_floating_point() or t.is_complex()]
    return Network(
        source=source,
        call=found,
        unknowns=tuple(unknowns),
        parameters=_parameters(source, found),
        dtype=numbers[0].dtype if numbers else torch.float64,
        device=numbers[0].device if numbers else torch.device("cpu"),
    )


def _numbers_of(found: Any) -> Iterator[Tensor]:
    if isinstance(found, torch.nn.Module):
        yield from found.parameters()
        yield from found.buffers()


def _from_python(source: Source) -> Any:
    """What a Python file calls by this name."""
    module = _module(source)
    if not hasattr(module, source.attribute):
        known = [name for name in vars(module) if not name.startswith("_")]
        hint = did_you_mean(source.attribute, known)
        raise source.wrong("module", f"{source.path} has no '{source.attribute}'", hint)
    found = getattr(module, source.attribute)
    made = isinstance(found, type) and not source.weights  # with weights a class is what makes one
    if made or not callable(found):
        what = "a class" if isinstance(found, type) else f"of type {type(found).__name__}"
        message = f"'{source.attribute}' is {what}, and a function or a network is expected"
        hint = "write file.py:make@weights.pt with a function that makes one"
        raise source.wrong("module", message, hint)
    return _with_weights(source, found) if source.weights else found


def _module(source: Source) -> ModuleType:
    """The module of a Python file, which is run once."""
    path = Path(source.path).resolve()
    known = sys.modules.get(path.stem)
    if known is not None and getattr(known, "__file__", None) == str(path):
        return known
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)  # as `python file.py` does
    name = path.stem if known is None else f"{path.stem}_given"
    spec = spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses, pickle and TorchScript look for it
    try:
        with guarded(source, f"{source.path} cannot be run"):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _with_weights(source: Source, make: Callable[[], Any]) -> torch.nn.Module:
    """What a function makes, with the numbers of a state dict."""
    with guarded(source, f"'{source.attribute}' makes no network"):
        found = make()
    if not isinstance(found, torch.nn.Module):
        message = f"'{source.attribute}' makes no torch.nn.Module, but {kind(found)}"
        raise source.wrong("module", message)
    with guarded(source, f"the weights in {source.weights} cannot be loaded"):
        found.load_state_dict(torch.load(source.weights, weights_only=True, map_location="cpu"))
    return found


def _saved(source: Source) -> Any:
    """A network of TorchScript or of torch.export."""
    hint = "save it by torch.jit.save or torch.export.save, or give file.py:make@weights.pt"
    said = f"{source.path} is no network of TorchScript or torch.export"
    with guarded(source, said, hint), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer torch would have no TorchScript
        if source.path.endswith(EXPORTED):
            return torch.export.load(source.path).module()
        return torch.jit.load(source.path, map_location="cpu")  # type: ignore[no-untyped-call]


def _parameters(source: Source, found: Any) -> tuple[str, ...]:
    """The names of what a network takes; those with defaults are left alone."""
    schema = getattr(getattr(found, "forward", None), "schema", None)
    if schema is not None:
        return tuple(a.name for a in schema.arguments[1:] if not a.has_default_value())
    called = found.forward if isinstance(found, torch.nn.Module) else found
    try:
        parameters = inspect.signature(called).parameters.values()
    except (TypeError, ValueError):
        return ("x",)
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [p.name for p in parameters if p.kind in kinds and p.default is p.empty]
    return tuple(plain_name(name) for name in needed) or ("x",)


def ordered(
    network: Network, variables: Sequence[str], known: Sequence[str], inputs: Sequence[str]
) -> Network:
    """The network with the order of its variables. Raises AdiffError where none fits.

    variables  of the equations
    known      what is a variable by its points
    inputs     as asked for; none for the network's own names, or the equations' order
    """
    named, source = network.parameters, network.source
    module = isinstance(network.call, torch.nn.Module)
    single = module and len(named) == 1
    if inputs:
        if len(named) not in (1, len(inputs)):
            message = f"{called(network)} takes {len(named)} tensors, and --inputs names "
            raise source.wrong("inputs", f"{message}{len(inputs)}")
        stacked = single or len(inputs) > len(named)
        return replace(network, variables=tuple(inputs), stacked=stacked)
    if not single and set(named) <= {*variables, *known}:
        return replace(network, variables=named)
    if not variables or not (single or (module and len(named) == len(variables))):
        strange = next((name for name in named if name not in variables), "")
        known = f"the variables are {listed(variables)}" if variables else "there is no variable"
        message = f"{called(network)} takes '{strange}', and {known}"
        hint = f"give it points, --at {strange}=1, or the order of what it takes, --inputs x,t"
        raise source.wrong("inputs", message, hint)
    if len(variables) > 1:
        order = ", ".join(variables)
        told = f"{called(network)} is given {order}, in this order; --inputs says another"
        network.notes[told] = None
    return replace(network, variables=tuple(variables), stacked=single)


def called(network: Network) -> str:
    """What the network is called in errors."""
    return f"'{network.source.attribute}'" if network.source.attribute else network.source.path


@contextmanager
def guarded(source: Source, message: str, hint: str = "") -> Iterator[None]:
    """Run the user's code: what it prints goes to stderr, what it raises is told in a line."""
    try:
        with redirect_stdout(sys.stderr):
            yield
    except (AdiffError, KeyboardInterrupt):
        raise
    except BaseException as error:  # a SystemExit of the user's code is a mistake as well
        lines = [line for line in str(error).splitlines() if line.strip()]
        said = type(error).__name__ + (f": {_cut(lines[0].strip())}" if lines else "")
        raise source.wrong("module", f"{message}: {said}{_line(source, error)}", hint) from error


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _line(source: Source, error: BaseException) -> str:
    """Where in the user's own file it happened."""
    own = Path(source.path).resolve()
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename) == own:
            return f" (line {frame.lineno})"
    return ""


def kind(found: Any) -> str:
    """What something is, in a word or two."""
    return "nothing" if found is None else f"a {type(found).__name__}"
