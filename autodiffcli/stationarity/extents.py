"""Where to search: an interval per variable, `x=-5..5`, and numbers for the other ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from autodiffcli.diagnostics import AdiffError, Diagnostic, Span, did_you_mean, listed, wrong
from autodiffcli.program import Program
from autodiffcli.specs import Given, first_use, read_spec
from autodiffcli.typed import Constant, Interval

FROM, AT = "--from ", "--at "


@dataclass(frozen=True, slots=True)
class Extents:
    """What was typed for the variables.

    intervals  those that are searched, in the program's order
    fixed      those that stand still
    """

    intervals: Mapping[str, Interval]
    fixed: Mapping[str, Constant]


def read_extents(from_specs: Sequence[str], at_specs: Sequence[str], program: Program) -> Extents:
    """The intervals and numbers of all variables. Raises AdiffError where they do not fit."""
    fixed: dict[str, Constant] = {}
    for spec in at_specs:
        for given in read_spec(spec, False, True):
            name = _name(given, program, list(program.inputs), AT)
            _refuse_twice(name, [fixed], given, AT)
            fixed[name] = _number(given, name)
    intervals: dict[str, Interval] = {}
    for spec in from_specs:
        for given in _given(spec):
            free = [name for name in program.inputs if name not in fixed]
            name = _name(given, program, free, FROM)
            _refuse_twice(name, [intervals, fixed], given, FROM)
            intervals[name] = _interval(given)
    _refuse_missing(program, intervals, fixed)
    ordered = [name for name in program.inputs if name in intervals]
    extra = [name for name in intervals if name not in program.inputs]
    return Extents({name: intervals[name] for name in (*ordered, *extra)}, fixed)


def _given(spec: str) -> Iterator[Given]:
    """The intervals of a text, each put into brackets where it is typed without."""
    text, places = _bracketed(spec)
    try:
        for given in read_spec(text, False, True):
            yield replace(given, source=spec, span=_moved(given.span, places, spec))
    except AdiffError as error:
        found = error.diagnostic
        span = _moved(found.span, places, spec) if found.span else None
        hint = (
            "an interval is low..high: --from x=-5..5" if found.code == "interval" else found.hint
        )
        told = Diagnostic(found.code, found.message, span, spec, FROM, hint)
        raise AdiffError(told) from None


def _bracketed(spec: str) -> tuple[str, list[int]]:
    """`x=a..b` as `x=[a..b]`, and the place in the text that each character comes from."""
    text, places = "", list[int]()
    for start, item in _items(spec):
        head = item.rfind("=") + 1
        tail = len(item.rstrip())
        plain = ".." in item[head:] and "[" not in item
        parts = (item[:head], "[" * plain, item[head:tail], "]" * plain, item[tail:])
        froms = (start, start + head, start + head, start + tail, start + tail)
        for place, part in zip(froms, parts, strict=True):
            text += part
            places += range(place, place + len(part))
    return text, [*places, len(spec)]


def _items(spec: str) -> Iterator[tuple[int, str]]:
    """The parts up to commas that are outside brackets, commas included, and their places."""
    start = depth = 0
    for n, character in enumerate(spec):
        depth += (character in "([") - (character in ")]")
        if character == "," and not depth:
            yield start, spec[start:n]
            yield n, ","
            start = n + 1
    yield start, spec[start:]


def _moved(span: Span, places: Sequence[int], spec: str) -> Span:
    start = places[min(span.start, len(places) - 1)]
    end = places[min(span.end, len(places) - 1)]
    return Span(start, max(end, min(start + 1, len(spec))))


def _name(given: Given, program: Program, free: list[str], origin: str) -> str:
    """The variable that a text is for."""
    if given.name and (given.name in program.inputs or not program.inputs):
        return given.name
    if given.name:
        message = f"the expression has no variable '{given.name}'"
        hint = did_you_mean(given.name, program.inputs) or f"it has {listed(program.inputs)}"
        raise wrong("variable", message, given.span, given.source, origin=origin, hint=hint)
    if len(free) > 1 or (free and len(program.inputs) > 1 and origin == AT):
        message = f"this needs a name: the variables are {listed(program.inputs)}"
        hint = f"write {origin}{free[0]}={given.source.strip()}"
        raise wrong("unnamed", message, given.span, given.source, origin=origin, hint=hint)
    return free[0] if free else "x"


def _refuse_twice(
    name: str, known: Sequence[Mapping[str, object]], given: Given, origin: str
) -> None:
    if any(name in names for names in known):
        message = f"'{name}' is given twice"
        raise wrong("twice", message, given.span, given.source, origin=origin)


def _number(given: Given, name: str) -> Constant:
    typed = given.values.typed or ()
    if len(typed) == 1 and isinstance(typed[0], Constant):
        return typed[0]
    message = f"'{name}' is held at one number here"
    hint = f"to search it, write --from {name}=-5..5"
    raise wrong("point", message, given.span, given.source, origin=AT, hint=hint)


def _interval(given: Given) -> Interval:
    typed = given.values.typed or ()
    origin, example = FROM, f"{given.name or 'x'}=-5..5"
    if len(typed) != 1 or not isinstance(typed[0], Interval):
        message = "this is no interval"
        hint = f"an interval is low..high: --from {example}; a number is --at {given.name or 'x'}=1"
        raise wrong("interval", message, given.span, given.source, origin=origin, hint=hint)
    found = typed[0]
    if not found.low.ball() < found.high.ball():
        message = "the interval has no length"
        raise wrong("interval", message, given.span, given.source, origin=origin)
    return found


def _refuse_missing(
    program: Program, intervals: Mapping[str, Interval], fixed: Mapping[str, Constant]
) -> None:
    missing = [name for name in program.inputs if name not in intervals and name not in fixed]
    if missing:
        name = missing[0]
        message = "no interval for " + listed(f"'{other}'" for other in missing)
        hint = f"search with --from {','.join(f'{other}=-5..5' for other in missing[:3])}"
        if intervals:
            hint += f", or hold it with --at {name}=1"
        raise wrong("missing-points", message, first_use(name, program), program.source, hint=hint)
    if not intervals:
        message = "no interval to search"
        raise wrong("missing-points", message, hint="give one with --from -5..5")
