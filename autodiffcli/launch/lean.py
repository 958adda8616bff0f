"""Modules that are read at the first look inside, while torch's own `__init__` runs unmodified.

There are two states. In the first, what `deferred` lists stands in sys.modules unread. The first
look inside any of it has all of it read, and torch is then what a plain import makes of it. A
state in between, with some of it read, would be one of very many, and nobody could try them all.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from enum import Enum
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from autodiffcli.launch.deferred import Lists
from autodiffcli.launch.later import Book, attribute, modules, rebind


class Phase(Enum):
    """Where a lean import is."""

    IMPORTING = "torch's __init__ is running"
    LEAN = "deferred modules are unread"
    PROMOTING = "deferred modules are being read"
    WHOLE = "all is read"


class Unexpected(BaseException):
    """The import asks for what no list knows. No Exception, so that torch does not catch it."""


def _unexpected(what: str) -> Unexpected:
    return Unexpected(f"{what} is used during the import")


class Unread(ModuleType):
    """A module that is deferred. Its real loader fills this very object, which is then no more
    than a module: whoever holds it has the real one.
    """

    def __getattr__(self, name: str) -> Any:  # not __getattribute__: what is there, is there
        return _of(self).look(self, name, sys._getframe(1).f_code.co_name)

    def __dir__(self) -> list[str]:
        _of(self).promote(f"dir({self.__name__})")
        return dir(self)


def _of(module: ModuleType) -> LeanImport:
    found: LeanImport = module.__spec__.loader.lean  # type: ignore[union-attr]
    return found


class LeanImport:
    """One import of torch with some of its modules deferred. A finder for sys.meta_path.

    unread    the modules that were handed out unread, in that order
    trigger   what was looked for when all had to be read; "" until then
    failed    is told why, where that went wrong
    """

    def __init__(self, lists: Lists, failed: Callable[[str], None] = lambda why: None) -> None:
        self.lists, self.failed = lists, failed
        self.phase = Phase.IMPORTING
        self.unread: dict[str, Unread] = {}
        self.trigger = ""
        self.book = Book(lists.places, self.promote, _unexpected)
        self._waiting: dict[str, Unread] = {}
        self._watched: list[tuple[ModuleType, dict[str, Any]]] = []
        self._lock = threading.RLock()

    def begin(self) -> None:
        """Start to defer."""
        sys.meta_path.insert(0, self)

    def imported(self) -> None:
        """The import is through: from now on a look inside means that it is needed."""
        self.phase, self.book.open = Phase.LEAN, False
        for function, given in self.lists.done.items():
            at, _, name = function.partition(":")
            if hasattr(sys.modules.get(at), name):
                attribute(function)(attribute(given))
        for module in modules():
            if type(module) is ModuleType and "__path__" in vars(module):
                self._watch(module)

    def end(self) -> None:
        """Defer no more modules."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    # -- what the import system asks

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Where a module is, if it is deferred, or was and is to be read now."""
        if self.phase is Phase.PROMOTING:
            return self._find_waiting(name, path)
        if not self.lists.defers(name):
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None:
            spec.loader = _Defer(self)  # type: ignore[assignment]
        return spec

    def _find_waiting(self, name: str, path: Any) -> ModuleSpec | None:
        module = self._waiting.pop(name, None)
        if module is None:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None:
            spec.loader = _Fill(module, spec.loader)  # type: ignore[assignment]
        return spec

    # -- what looks inside

    def look(self, module: Unread, name: str, asker: str) -> Any:
        """An attribute of an unread module that it does not have yet."""
        if name.startswith("__") and name != "__all__":
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        if self.phase is Phase.IMPORTING:
            return self._placed(module, name, asker)
        with self._lock:  # another thread waits until all is read
            if self.phase is Phase.LEAN:
                found = self._standin(module.__name__, name)
                if found is not None:
                    return found
                self.promote(f"{module.__name__}.{name}")
            elif self.phase is Phase.PROMOTING:
                importlib.import_module(module.__name__)
        return getattr(sys.modules.get(module.__name__, module), name)

    def _placed(self, module: Unread, name: str, asker: str) -> Any:
        """What stands for a name that torch's `__init__` takes from a deferred module."""
        found = self.book.place(module.__name__, name)
        if found is not None:
            return found
        where = f"{module.__name__}.{name}"
        if asker == "_handle_fromlist" and PathFinder.find_spec(where, module.__dict__["__path__"]):
            raise AttributeError(name)  # `from package import submodule` imports it next
        raise _unexpected(f"{module.__name__}:{name}")

    def _standin(self, module: str, name: str) -> Any:
        """What a name of an unread module is all the same; None where it has to be read."""
        if module in self.lists.forwarded:
            functions, prefix = self.lists.forwarded[module]
            return getattr(sys.modules[functions], f"{prefix}{name}", None)
        inside = f"{module}.{name}:"
        if any(at.startswith(inside) for at in self.lists.standins):
            return importlib.import_module(f"{module}.{name}")
        return self.lists.standins.get(f"{module}:{name}")

    def _watch(self, package: ModuleType) -> None:
        """Have a package that was read look into deferred modules before it misses a name."""
        names = {name: vars(package).get(name) for name in ("__getattr__", "__dir__")}

        def missing(name: str) -> Any:
            own = names["__getattr__"]
            try:
                if own is not None:
                    return own(name)
            except AttributeError:
                pass
            if name.startswith("__"):
                raise AttributeError(f"module {package.__name__!r} has no attribute {name!r}")
            self.promote(f"{package.__name__}.{name}")
            return getattr(package, name)

        def listed() -> list[str]:
            self.promote(f"dir({package.__name__})")
            return dir(package)

        vars(package).update(__getattr__=missing, __dir__=listed)
        self._watched.append((package, names))

    def _unwatch(self) -> None:
        for package, names in self._watched:
            for name, own in names.items():
                if own is None:
                    del vars(package)[name]
                else:
                    vars(package)[name] = own

    def promote(self, trigger: str) -> None:
        """Read all that was deferred: torch is whole afterwards. Raises what its modules raise."""
        with self._lock:
            if self.phase is not Phase.LEAN:
                return
            self.trigger, self.phase = trigger, Phase.PROMOTING
            try:
                self._read_all()
            except BaseException as error:
                self.failed(f"reading what was deferred: {type(error).__name__}: {error}")
                raise
            self.phase = Phase.WHOLE
            self.end()

    def _read_all(self) -> None:
        """Read every module, first those whose names stand elsewhere already."""
        self._unwatch()
        forgotten = list(self._forgotten())
        self._waiting = dict(self.unread)
        for name in self._waiting:
            sys.modules.pop(name, None)  # the import system itself is to find and fill them
        for name in self.lists.first:
            importlib.import_module(name)
        self.book.settle(self.lists.first)
        for name in list(self._waiting):
            if name in self._waiting:
                importlib.import_module(name)
        rebind(self.unread)
        self.book.settle()
        for package, name in forgotten:
            vars(package).pop(name, None)

    def _forgotten(self) -> Iterator[tuple[ModuleType, str]]:
        """What a package that was read has deleted of the modules that it had imported."""
        for name in self.unread:
            parent, _, child = name.rpartition(".")
            package = sys.modules.get(parent)
            if type(package) is ModuleType and child not in vars(package):
                yield package, child


class _Defer:
    """Hands out a module unread."""

    def __init__(self, lean: LeanImport) -> None:
        self.lean = lean

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An empty module, which is looked into later."""
        module = Unread(spec.name)
        self.lean.unread[spec.name] = module
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing, for now."""


class _Fill:
    """Has a module that was handed out unread filled by its real loader."""

    def __init__(self, module: Unread, real: Any) -> None:
        self.module, self.real = module, real

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module that others hold already."""
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        """Read it: from here on it is a module like any other."""
        module.__class__ = ModuleType
        module.__loader__ = self.real
        assert module.__spec__ is not None
        module.__spec__.loader = self.real
        self.real.exec_module(module)
