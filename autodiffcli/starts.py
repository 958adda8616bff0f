"""Where a search starts, `--from`, and what stays as it is, `--at`.

A list is several starts, one search each; a vector stands in brackets, `x=[1, 2]`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, TypeVar

from autodiffcli.arrays import Array, Shape, unravel
from autodiffcli.certified import Seed
from autodiffcli.diagnostics import AdiffError, Span, did_you_mean, listed, wrong
from autodiffcli.interpreters.blocks import block
from autodiffcli.lexer import plain_name, words
from autodiffcli.specs import ORIGIN, Given, read_spec
from autodiffcli.typed import Interval

T = TypeVar("T")

FROM = "--from "
MAX_STARTS = 10_000
MAX_ENTRIES = 1_000_000


@dataclass(frozen=True)
class Start:
    """One start.

    shapes  of the unknowns, () for a number
    values  all entries of all unknowns, one after the other
    fixed   the other variables, exactly as they were typed
    """

    shapes: Mapping[str, Shape]
    values: tuple[float, ...]
    fixed: Mapping[str, Array]

    @property
    def seeds(self) -> tuple[Seed, ...]:
        """What moves: one for each of the values."""
        return tuple(
            Seed(name, entry if shape else -1)
            for name, shape in self.shapes.items()
            for entry in range(prod(shape))
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """What each of the values is called: `x`, `x[0]`."""
        return tuple(
            f"{name}[{','.join(map(str, unravel(entry, shape)))}]" if shape else name
            for name, shape in self.shapes.items()
            for entry in range(prod(shape))
        )

    def place(self, values: Sequence[Any]) -> dict[str, Any]:
        """Every variable, where the unknowns have these values; balls at working precision."""
        found, first = dict[str, Any](), 0
        for name, shape in self.shapes.items():
            size = prod(shape)
            found[name] = block(shape, tuple(values[first : first + size]))
            first += size
        for name, numbers in self.fixed.items():
            found[name] = block(numbers.shape, [t.ball() for t in numbers.typed or ()])
        return found


def start_texts(start: str | float | Mapping[str, str | float]) -> tuple[str, ...]:
    """One start from Python as texts of --from: of the only unknown, or of each by its name."""
    if isinstance(start, Mapping):
        return value_texts(start)
    return (str(start),)


def value_texts(values: Mapping[str, str | float]) -> tuple[str, ...]:
    """Values from Python as texts of --at."""
    return tuple(f"{name}={value}" for name, value in values.items())


def only_one(found: Sequence[T]) -> T:
    """What one start gave. Raises AdiffError where there were several."""
    if len(found) != 1:
        raise wrong("starts", f"one start is expected, and these are {len(found)}")
    return found[0]


def read_starts(
    variables: Sequence[str], source: str, starts: Sequence[str], fixed: Sequence[str]
) -> list[Start]:
    """The starts, and what stays. Raises AdiffError for what is missing or does not fit.

    variables  of the expression, whose text is `source`
    starts     texts of --from; each list is paired with the others
    fixed      texts of --at
    """
    if not variables:
        raise wrong("variables", "the expression has no variable", source=source)
    stay = _given(fixed, ORIGIN, variables, {}, source)
    free = [name for name in variables if name not in stay]
    begin = _given(starts, FROM, free, stay, source)
    missing = [name for name in free if name not in begin]
    if missing or not begin:
        raise _missing(missing or list(variables), stay, begin, source)
    names = {name: _alternatives(found) for name, found in {**begin, **stay}.items()}
    count = _count(names)
    order = [name for name in variables if name in begin]
    found = []
    for number in range(count):
        picked = {name: each[number if len(each) > 1 else 0] for name, each in names.items()}
        shapes = {name: picked[name].shape for name in order}
        values = tuple(v for name in order for v in picked[name].real)
        found.append(Start(shapes, values, {name: picked[name] for name in stay}))
    return found


def _given(
    specs: Sequence[str],
    origin: str,
    free: Sequence[str],
    taken: Mapping[str, Given],
    source: str,
) -> dict[str, Given]:
    """What the texts of one option give to variables."""
    found: dict[str, Given] = {}
    for spec in specs:
        with_origin = _reading(spec, origin)
        for given in with_origin:
            name = given.name or _only(free, given, origin)
            if name not in free:
                raise _unknown(name, free, taken, given, origin)
            if name in found:
                raise _wrong("twice", f"'{name}' is given twice", given, origin)
            if any(isinstance(t, Interval) for t in given.values.typed or ()):
                raise _wrong("interval", "a number is expected here, no interval", given, origin)
            found[name] = replace(given, name=name)
    return found


def _reading(spec: str, origin: str) -> list[Given]:
    try:
        return list(read_spec(spec, imaginary=False, exact=True))
    except AdiffError as error:
        told = error.diagnostic
        hint = told.hint.replace(ORIGIN, origin)
        raise AdiffError(replace(told, origin=origin, hint=hint)) from None


def _only(free: Sequence[str], given: Given, origin: str) -> str:
    """The variable that numbers without a name are for."""
    if len(free) == 1 and origin == FROM:
        return free[0]
    example = ",".join(f"{name}=1" for name in free[:3])
    message = f"these numbers need a name: the variables are {listed(free)}"
    if not free:
        message = "every variable is given already"
    hint = f"write {origin}{example}" if free else ""
    raise _wrong("unnamed", message, given, origin, hint)


def _unknown(
    name: str, free: Sequence[str], taken: Mapping[str, Given], given: Given, origin: str
) -> AdiffError:
    if name in taken:
        return _wrong("twice", f"'{name}' is fixed by --at already", given, origin)
    hint = did_you_mean(name, free) or (f"it has {listed(free)}" if free else "")
    return _wrong("variable", f"the expression has no variable '{name}'", given, origin, hint)


def _wrong(code: str, message: str, given: Given, origin: str, hint: str = "") -> AdiffError:
    return wrong(code, message, given.span, given.source, origin=origin, hint=hint)


def _missing(
    missing: Sequence[str], stay: Mapping[str, Given], begin: Mapping[str, Given], source: str
) -> AdiffError:
    """Nothing is said about a variable, or nothing is free."""
    if all(name in stay for name in missing):
        hint = f"leave one of them free: --from {missing[0]}=1"
        return wrong("variables", "every variable is fixed by --at", source=source, hint=hint)
    place = place_of(missing[0], source)
    first, *others = missing
    named = first if len(missing) == 1 and not begin else ""
    example = "1" if named and not stay else ",".join(f"{name}=1" for name in missing)
    quoted = [f"'{name}'" for name in missing]
    message = f"no start for {listed(quoted)}"
    hint = f"give one with --from {example}"
    if others or begin:
        hint += f", or fix it with --at {first}=1"
    return wrong("missing-start", message, place, source, hint=hint)


def place_of(name: str, source: str) -> Span | None:
    """Where a variable first stands in a text."""
    found = words(source)
    texts = [plain_name(text) for text in found.texts]
    return found.span(texts.index(name)) if name in texts else None


def _alternatives(given: Given) -> list[Array]:
    """The numbers of a list one by one; a tensor as it is."""
    values, typed = given.values, given.values.typed or ()
    inside = given.source[slice(*given.span)].partition("=")[2] or given.source[slice(*given.span)]
    if inside.strip().startswith("["):
        if len(values) > MAX_ENTRIES:
            raise wrong("too-many", f"a tensor of more than {MAX_ENTRIES:,} entries")
        return [values]
    pairs = zip(values.real, typed, strict=True)
    return [Array((), type(values.real)("d", [v]), typed=(t,)) for v, t in pairs]


def _count(names: Mapping[str, Sequence[Array]]) -> int:
    """How many starts there are when the lists are paired."""
    sizes = {name: len(each) for name, each in names.items() if len(each) != 1}
    if len(set(sizes.values())) > 1:
        told = listed(f"{name} has {size}" for name, size in sizes.items())
        hint = "give equally many, or one for all; a vector is [1, 2]"
        raise wrong("sizes", f"starts cannot be paired: {told}", hint=hint)
    count = max(sizes.values(), default=1)
    if count > MAX_STARTS:
        raise wrong("too-many", f"{count:,} starts are more than {MAX_STARTS:,}")
    if 0 in sizes.values():
        raise wrong("empty", "there is no start")
    return count
