"""One `--at` text -> the numbers that it gives to variables."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Any, NamedTuple

from autodiffcli.arrays import Array, make
from autodiffcli.diagnostics import AdiffError, Span, did_you_mean, wrong
from autodiffcli.lexer import NAME, SEPARATORS, plain_name, words
from autodiffcli.ops import FUNCTIONS
from autodiffcli.parser import CONSTANTS, parse
from autodiffcli.program import INPUT, Program
from autodiffcli.readings import doubts, strictly
from autodiffcli.typed import is_interval

MAX_POINTS = 50_000_000
MAX_DECADE = 308  # of 10^x in float64
MAX_AXES = 16  # of a tensor
ORIGIN = "--at "
_NEARLY = 10**30  # a stop that the step misses by less than this part of the way is reached
SPACINGS = ("linspace", "logspace")

_PLAIN = re.compile(r"\s*[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\s*\Z")
# Compiled when they are needed, as plain numbers do not.
_ASSIGNMENT = rf"\s*({NAME})\s*(=(?!=)|\bin\b(?=\s*\[)|∈)"
_THOUSANDS = r",0[0-9][0-9](?![\w.])"
_SPACING = rf"\s*({'|'.join(SPACINGS)})\s*\("
_NOT_ZERO = r"[-+.0]*[1-9]"
# What is wrong with an expression has other reasons in a point.
_HINTS = {
    "equals": "variables are separated by ',': x=1,t=3",
    "missing-operator": "points are separated by ','",
    "comma": "points stand without brackets; a tensor is [1, 2]",
}


class Item(NamedTuple):
    """One item of an `--at` text: what it says, and where."""

    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Given:
    """The numbers given to one variable by one `--at`.

    name    "" for the only variable
    values  one axis for a list, the tensor's own shape for a tensor
    """

    name: str
    values: Array
    source: str
    span: Span


def read_spec(spec: str, imaginary: bool, exact: bool = False) -> Iterator[Given]:
    """The variables of one `--at` text: `1,2`, `x=1,2`, `x=1,t=3`, `x in [1, 2]`.

    exact  keep the numbers as they are typed beside their doubles
    """
    refuse_thousands(spec)
    for name, start, items in assignments(spec):
        yield _given(name, items, spec, start, imaginary, exact)


def assignments(spec: str) -> Iterator[tuple[str, int, list[Item]]]:
    """The variables of an `--at` text: their names, where they begin, and their items.

    The name is "" where none is given.
    """
    start = 0
    name, items = "", list[Item]()
    for item in _items(spec):
        named = any(mark in item.text for mark in ("=", "in", "∈"))
        assignment = re.match(_ASSIGNMENT, item.text) if named else None
        if assignment:
            if items:
                yield name, start, items
            name, items, start = _checked_name(assignment, item, spec), [], item.start
            item = Item(item.text[assignment.end() :], item.start + assignment.end())
            item = item if assignment.group(2) == "=" else _as_interval(item, spec)
        items.append(item)
    yield name, start, items


def refuse_thousands(spec: str) -> None:
    """Raise AdiffError for 1,000, which may be meant for one number."""
    if ",0" in spec and re.search(_THOUSANDS, spec):
        for doubt in doubts(spec):
            message = f"this could be read two ways; {doubt.message}"
            raise AdiffError(replace(doubt, message=message, origin=ORIGIN))


def _checked_name(assignment: re.Match[str], item: Item, spec: str) -> str:
    """The name before an `=`. Raises AdiffError for a character that is in no name."""
    name = assignment.group(1)
    try:
        words(name)
    except AdiffError as error:
        raise _moved(error, Item(name, item.start + assignment.start(1)), spec) from None
    return plain_name(name)


def _items(spec: str) -> list[Item]:
    """The parts between commas that are outside brackets."""
    if "[" not in spec and "(" not in spec:
        places = [n for n, character in enumerate(spec) if character == ","]
    else:
        places, depth = [], 0
        for n, character in enumerate(spec):
            depth += (character in "([") - (character in ")]")
            if character == "," and depth == 0:
                places.append(n)
    starts = [0, *(place + 1 for place in places)]
    return [Item(spec[a:b], a) for a, b in zip(starts, [*places, len(spec)], strict=True)]


def _given(
    name: str, items: list[Item], spec: str, start: int, imaginary: bool, exact: bool
) -> Given:
    span = Span(start, items[-1].start + len(items[-1].text))
    numbers: list[float | complex] = []
    typed: list[Any] = []
    tensors: list[Array] = []
    for number, item in enumerate(items):
        found = _numbers(item, spec, imaginary)
        if isinstance(found, Array) != bool(tensors) and number:
            hint = "several tensors of one shape are [1, 2],[3, 4]; several rows [[1, 2], [3, 4]]"
            raise _error("tensor", "a tensor among numbers", item, spec, hint)
        if isinstance(found, Array):
            if tensors and found.shape != tensors[0].shape:
                raise _error("tensor", "a tensor of another shape than the first", item, spec)
            typed.extend(_as_typed(item, found) if exact else ())
            tensors.append(found)
            continue
        numbers.extend(found)
        if exact:
            typed.extend(_as_typed(item, found))
        if len(numbers) > MAX_POINTS:
            raise _error("too-many", f"more than {MAX_POINTS:,} points", item, spec)
    if tensors:
        return Given(name, _together(tensors, typed), spec, span)
    return Given(name, replace(make(numbers), typed=tuple(typed) or None), spec, span)


def _as_typed(item: Item, found: Sequence[float | complex] | Array) -> Sequence[Any]:
    """The numbers of an item that are to be taken exactly."""
    from autodiffcli.constants import typed_item  # which loads ball arithmetic

    return typed_item(item.text, found)


def _together(tensors: Sequence[Array], typed: Sequence[Any]) -> Array:
    """Tensors of one shape as points: the one as it is, several along a new first axis."""
    shape = tensors[0].shape
    found = tensors[0]
    if len(tensors) > 1:
        found = make([n for tensor in tensors for n in tensor], (len(tensors), *shape))
    return replace(found, typed=tuple(typed) or None, rank=len(shape))


def _as_interval(item: Item, spec: str) -> Item:
    """`[a, b]` behind `in` as `[a..b]`."""
    inside = [Item(part.text, part.start) for part in _items(item.text.strip()[1:-1])]
    if ".." in item.text:
        return item
    if len(inside) != 2 or not item.text.rstrip().endswith("]"):
        raise _error("interval", "an interval is [low, high]", item, spec)
    place = item.text.index("[") + 1 + inside[1].start - 1
    behind = item.text[place + 1 :]
    return Item(f"{item.text[:place]}..{behind.removeprefix(' ')}", item.start)


def _numbers(item: Item, spec: str, imaginary: bool) -> Sequence[float | complex] | Array:
    """The numbers of one item: a number, a range, a spacing, or a tensor."""
    text = item.text.strip()
    if not text:
        raise _error("no-point", "a number is missing here", item, spec)
    if _PLAIN.match(text):
        value = float(text)
        if isfinite(value) and (value or not re.match(_NOT_ZERO, text)):
            return [value]
    _check_separators(item, spec)
    if is_interval(text):
        return _interval(item, spec)
    if ".." in text:
        return _range(item, spec)
    if re.match(_SPACING, text):
        return _spaced(item, spec)
    value = _constant(item, spec, imaginary)
    if isinstance(value, list):
        return _tensor(value, item, spec, imaginary)
    return [_number(value, item, spec, imaginary)]


def _check_separators(item: Item, spec: str) -> None:
    """Refuse `1;2`, several lines and `0:1:0.25`. Raises AdiffError."""
    text = item.text.strip()
    if SEPARATORS.intersection(text) and not {"(", "["}.intersection(text):
        hint = "points are separated by ','"
        raise _error("no-point", "one point is expected here", item, spec, hint)
    if ":" in text and "[" not in text and "piecewise" not in text:
        hint = f"a range is start..stop..step: {'..'.join(text.split(':'))}"
        raise _error("range", "ranges are not written with ':'", item, spec, hint)


def _constant(item: Item, spec: str, imaginary: bool = False) -> Any:
    """The value of a constant expression, of 40 digits."""
    try:
        program = parse(item.text, imaginary=imaginary)
        strictly(program)
        if program.name:
            raise wrong("equals", "one '=' too many", source=item.text)
        if program.inputs:
            name = program.inputs[0]
            known = [*CONSTANTS, *FUNCTIONS]
            hint = did_you_mean(name, known) if len(name) > 1 else ""
            place = first_use(name, program)
            raise wrong("point", f"'{name}' is not a number", place, item.text, hint=hint)
        from autodiffcli.interpreters.numbers import constant

        return constant(program)
    except AdiffError as error:
        raise _moved(error, item, spec) from None


def _moved(error: AdiffError, item: Item, spec: str) -> AdiffError:
    """An error in an item, with its place in the whole `--at` text."""
    span = error.diagnostic.span or Span(0, len(item.text))
    moved = Span(span.start + item.start, span.end + item.start)
    hint = _HINTS.get(error.diagnostic.code, error.diagnostic.hint)
    return AdiffError(replace(error.diagnostic, span=moved, source=spec, origin=ORIGIN, hint=hint))


def _error(code: str, message: str, item: Item, spec: str, hint: str = "") -> AdiffError:
    lead = len(item.text) - len(item.text.lstrip())
    span = Span(item.start + lead, item.start + max(lead, len(item.text.rstrip())))
    return wrong(code, message, span, spec, origin=ORIGIN, hint=hint)


def _number(value: Any, item: Item, spec: str, imaginary: bool) -> float | complex:
    """A value of 40 digits, rounded. Raises AdiffError where float64 has none."""
    if value.imag == 0:
        return _rounded(value.real, item, spec)
    if not imaginary:
        hint = "complex points need --dtype complex128"
        raise _error("not-real", "this is not a real number", item, spec, hint)
    return complex(_rounded(value.real, item, spec), _rounded(value.imag, item, spec))


def _rounded(value: Any, item: Item, spec: str) -> float:
    """The float64 nearest to a real value. Raises AdiffError where there is none."""
    number = float(value)
    if not isfinite(number):
        finite = value == value and abs(value) != inf
        message = "this exceeds float64" if finite else "a point must be finite"
        raise _error("too-large" if finite else "not-finite", message, item, spec)
    return number


def _real(item: Item, spec: str) -> Any:
    """A real, finite constant of 40 digits."""
    value = _constant(item, spec)
    if isinstance(value, list):
        raise _error("range", "a number is expected here", item, spec)
    _number(value, item, spec, imaginary=False)
    return value.real


def _range(item: Item, spec: str) -> Sequence[float]:
    """start..stop..step, the stop included where the step lands on it; a step of 1 if none."""
    from autodiffcli.interpreters.numbers import on_one_denominator

    parts, place = [], item.start
    for text in item.text.split(".."):
        parts.append(Item(text, place))
        place += len(text) + 2
    if len(parts) > 3 or "..." in item.text or not all(part.text.strip() for part in parts):
        raise _error("range", "a range is start..stop or start..stop..step", item, spec)
    ends = [_real(part, spec) for part in parts]
    (start, stop, *rest), denominator = on_one_denominator(*ends)
    step = rest[0] if rest else denominator if stop >= start else -denominator
    if step == 0:
        raise _error("range", "the step is 0", parts[2], spec)
    if (stop - start) * step < 0:
        direction = "up" if stop > start else "down"
        message = f"the step leads away from the stop, which is {direction} from the start"
        raise _error("range", message, item, spec)
    count = (stop - start) * (_NEARLY + 1) // (step * _NEARLY) + 1
    if count > MAX_POINTS:
        raise _error("too-many", f"a range of more than {MAX_POINTS:,} points", item, spec)
    # Quotients of whole numbers are rounded once: 0..1..0.1 gives 0.3, not 0.30000000000000004.
    return array("d", (_zero_near(start + k * step, step) / denominator for k in range(count)))


def _interval(item: Item, spec: str) -> Sequence[float]:
    """The middle of `[a..b]`."""
    low, _, high = item.text.strip()[1:-1].partition("..")
    start = item.start + item.text.index("[") + 1
    if not low.strip() or not high.strip() or ".." in high or high.startswith("."):
        raise _error("interval", "an interval is [low..high]", item, spec)
    ends = _real(Item(low, start), spec), _real(Item(high, start + len(low) + 2), spec)
    if ends[0] > ends[1]:
        raise _error("interval", "the interval ends before it begins", item, spec)
    return [float(ends[0] / 2 + ends[1] / 2)]


def _zero_near(value: int, step: int) -> int:
    """The value, or 0 where it is next to 0 for the digits of the step, as in -1..1..0.1."""
    return 0 if abs(value) * _NEARLY < abs(step) else value


def _spaced(item: Item, spec: str) -> Sequence[float]:
    """linspace(a, b, n): n numbers from a to b; logspace(a, b, n): from 10^a to 10^b."""
    from autodiffcli.interpreters.numbers import on_one_denominator

    name, _, rest = item.text.rstrip().partition("(")
    name, inside = name.strip(), rest[:-1]
    if not rest.endswith(")"):
        hint = f"{name}(...) stands alone" if ")" in rest else ""
        raise _error("unclosed", f"'{name}(' is not closed at the end", item, spec, hint)
    offset = item.start + item.text.index("(") + 1
    parts = [Item(part.text, part.start + offset) for part in _items(inside)]
    if len(parts) != 3:
        raise _error("spacing", f"it is {name}(start, stop, count)", item, spec)
    first, last, count = (_real(part, spec) for part in parts)
    if count != int(count) or count < 1:
        raise _error("spacing", "the count is a whole number above 0", parts[2], spec)
    if count > MAX_POINTS:
        raise _error("too-many", f"more than {MAX_POINTS:,} points", parts[2], spec)
    (low, high), denominator = on_one_denominator(first, last)
    gaps = max(int(count) - 1, 1)
    values = (
        _zero_near(low * (gaps - k) + high * k, high - low) / (denominator * gaps)
        for k in range(int(count))
    )
    if name == "linspace":
        return array("d", values)
    if max(first, last) > MAX_DECADE:
        raise _error("too-large", f"10 to a power above {MAX_DECADE} exceeds float64", item, spec)
    return array("d", (10.0**value for value in values))


def _tensor(value: list[Any], item: Item, spec: str, imaginary: bool) -> Array:
    """Nested lists as a tensor. Raises AdiffError for rows of unequal length."""
    shape, level = [], [value]
    while all(isinstance(row, list) for row in level):
        sizes = {len(row) for row in level}
        if len(sizes) > 1:
            raise _error("ragged", "the rows have unequal lengths", item, spec)
        shape.append(sizes.pop())
        level = [entry for row in level for entry in row]
    if any(isinstance(entry, list) for entry in level):
        raise _error("ragged", "the rows have unequal lengths", item, spec)
    if len(shape) > MAX_AXES:
        raise _error("too-many", f"a tensor of more than {MAX_AXES} axes", item, spec)
    return make([_number(entry, item, spec, imaginary) for entry in level], tuple(shape))


def first_use(name: str, program: Program) -> Span:
    """Where a variable stands in the expression, be it as an unused parameter."""
    for step in program.steps:
        if step.op == INPUT and step.text == name:
            return step.span
    source = words(program.source)
    return source.span([plain_name(text) for text in source.texts].index(name))
