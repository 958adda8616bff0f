"""A watch for the import of torch, which is then done the lean way. It costs nothing until then."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def arm() -> None:
    """Have torch imported leanly, if it is imported at all; until then this costs nothing.

    For a process that is all adiff's. Whoever imports adiff as a library gets torch as it is.
    """
    if "torch" not in sys.modules:
        sys.meta_path.insert(0, _Watch())


class _Watch:
    """Finds torch, and nothing else, where Python finds it; only its loading is ours.

    process  the one that is all adiff's: what it forks is in the middle of something
    """

    def __init__(self) -> None:
        self.process = os.getpid()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Torch's spec with our loader; None for every other module."""
        if name != "torch":
            return None
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None and spec.origin:
            spec.loader = _Loader(spec.loader, self.process)  # type: ignore[assignment]
        return spec

    def end(self) -> None:
        """Stop watching."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)


class _Loader:
    """Asks `choice` how torch is to be loaded when it is, not when it is only looked for."""

    def __init__(self, real: Any, process: int) -> None:
        self.real, self.process = real, process

    def create_module(self, spec: Any) -> ModuleType | None:
        """As the real loader makes it."""
        module: ModuleType | None = self.real.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Fill torch's module, the lean way or the plain one."""
        for watch in [finder for finder in sys.meta_path if isinstance(finder, _Watch)]:
            watch.end()
        module.__loader__ = self.real
        assert module.__spec__ is not None
        module.__spec__.loader = self.real
        from autodiffcli.launch.choice import load

        load(module, self.real, self.process)
