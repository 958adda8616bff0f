"""Names that others have taken from deferred modules already, and what they did with them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

from autodiffcli.launch.deferred import Taken


class Later:  # noqa: D101  its documentation is that of the real one
    # Stands where a name of a deferred module was taken. Whoever uses it gets the real one.

    __slots__ = ("_at", "_book", "_given", "_make", "_real")

    def __init__(self, at: str, make: Callable[[], Any], book: Book) -> None:
        for name, value in {"at": at, "make": make, "book": book, "real": None}.items():
            object.__setattr__(self, f"_{name}", value)
        object.__setattr__(self, "_given", {})

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the real one gives back; during the import, what stands for that."""
        if self._book.open:
            return self._book.called(self, args, kwargs)
        self._book.promote(f"{self._at}()")
        return settled(self)(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if self._book.open:
            return self._book.part(self, name)
        self._book.promote(f"{self._at}.{name}")
        return getattr(settled(self), name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._given[name] = value

    def __instancecheck__(self, instance: Any) -> bool:
        self._book.promote(f"isinstance of {self._at}")
        return isinstance(instance, settled(self))

    @property
    def __module__(self) -> str:  # type: ignore[override]
        """Where the real one is from; a class keeps these two by itself."""
        return str(self.__getattr__("__module__"))

    @property
    def __doc__(self) -> Any:  # type: ignore[override]
        return self.__getattr__("__doc__")


def settled(value: Any) -> Any:
    """The real one of what stood for it; anything else is what it is."""
    if type(value) is not Later:
        return value
    if value._real is None:
        object.__setattr__(value, "_real", value._make())
        for name, given in value._given.items():
            setattr(value._real, name, given)
    return value._real


class Book:
    """What was taken during the import.

    open        the import is running
    promote     has all that was deferred read
    unexpected  what is raised where no list knows what is asked for
    """

    def __init__(
        self,
        places: Mapping[str, Taken],
        promote: Callable[[str], None],
        unexpected: Callable[[str], BaseException],
    ) -> None:
        self.open = True
        self.places, self.promote, self.unexpected = places, promote, unexpected
        self.laters: dict[str, Later] = {}
        self.calls: list[Later] = []
        self.stood: list[tuple[Any, str, Later]] = []

    def place(self, module: str, name: str) -> Later | None:
        """What stands for a name of a module; None where no list knows it."""
        at = f"{module}:{name}"
        if at not in self.places:
            return None
        if at not in self.laters:
            self.laters[at] = Later(at, lambda: attribute(at), self)
        return self.laters[at]

    def part(self, later: Later, name: str) -> Later:
        """What stands for an attribute of what stands for something."""
        if name.startswith("__"):
            raise AttributeError(name)
        module, _, path = later._at.partition(":")
        found = self.place(module, f"{path}.{name}")
        if found is None:
            raise self.unexpected(f"{later._at}.{name}")
        return found

    def called(self, later: Later, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Note a call that is made in earnest when the module is read."""
        taken = self.places.get(later._at)
        if taken not in (Taken.CALLED, Taken.DECORATES):
            raise self.unexpected(f"{later._at}()")

        def make() -> Any:
            named = {name: settled(value) for name, value in kwargs.items()}
            return settled(later)(*map(settled, args), **named)

        self.calls.append(Later(f"{later._at}()", make, self))
        return args[0] if taken is Taken.DECORATES else self.calls[-1]

    def settle(self, modules: Iterable[str] | None = None) -> None:
        """Get the real ones, of some modules or of all, and put them where others stood."""
        for later in [*self.laters.values(), *self.calls]:
            if modules is None or later._at.partition(":")[0] in modules:
                settled(later)
        self.stood += [place for place in _places() if type(place[2]) is Later]
        for values, name, later in self.stood:
            if later._real is not None:  # again and again: a submodule of that name overwrites it
                _set(values, name, later._real)


def attribute(at: str) -> Any:
    """What `module:name.name` is; the module is imported."""
    module, _, path = at.partition(":")
    value: Any = importlib.import_module(module)
    for name in path.split("."):
        value = getattr(value, name)
    return value


def modules() -> list[Any]:
    """Torch's modules as they are in sys.modules, or what stands there for some."""
    return [module for name, module in sys.modules.items() if name.partition(".")[0] == "torch"]


def _places() -> Iterator[tuple[Any, str, Any]]:
    """Where torch keeps what it has taken: modules, their tables, and attributes of classes."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] != "torch":
            continue
        yield sys.modules, name, module
        if not isinstance(module, ModuleType):
            continue
        for key, value in list(vars(module).items()):
            yield vars(module), key, value
            if type(value) is dict and not key.startswith("__"):
                yield from ((value, inner, found) for inner, found in list(value.items()))
            elif issubclass(type(value), type) and value.__module__ == name:
                yield from ((value, inner, found) for inner, found in list(vars(value).items()))


def _set(values: Any, name: str, value: Any) -> None:
    if isinstance(values, type):
        setattr(values, name, value)
    else:
        values[name] = value


def rebind(replaced: Mapping[str, ModuleType]) -> None:
    """Put modules that put another object in their place, as torch.backends does, where the
    first one stood; within the other itself it has to stay.
    """
    changed = {
        id(module): sys.modules[name]
        for name, module in replaced.items()
        if name in sys.modules and sys.modules[name] is not module
    }
    others = {id(vars(module)) for module in changed.values()}
    for values, name, value in list(_places()):
        if id(value) in changed and isinstance(value, ModuleType) and id(values) not in others:
            _set(values, name, changed[id(value)])
