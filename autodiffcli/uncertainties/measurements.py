"""`--at` texts with uncertainties: 1.00±0.10, 1.00(10), 2±1%, (1.00±0.10)e-3.

The numbers on either side of a sign are read as in every `--at` text, but for what could be an
uncertainty in them. An uncertainty is a standard one, and what has none is exact.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isfinite

from autodiffcli.arrays import Array
from autodiffcli.constants import fraction
from autodiffcli.diagnostics import AdiffError, Span, wrong
from autodiffcli.interpreters.balls import exactly, precision
from autodiffcli.parser import CONSTANTS
from autodiffcli.points import matched, paired
from autodiffcli.program import Program
from autodiffcli.specs import ORIGIN, Given, Item, assignments, read_spec, refuse_thousands
from autodiffcli.typed import Constant
from autodiffcli.uncertainties.notation import (
    misread,
    refuse_doubtful,
    refuse_second,
    refuse_signs,
    scaled,
    short,
    sign_of,
)

BITS = 128  # of a double that is made from a number


@dataclass(frozen=True, slots=True)
class Measured:
    """One input quantity at one point: its value and its standard uncertainty."""

    value: Constant
    uncertainty: Constant

    @property
    def is_exact(self) -> bool:
        """Whether it has no uncertainty."""
        return self.uncertainty.exact == 0


Inputs = dict[str, Measured]


def read_measurements(specs: Sequence[str], program: Program) -> list[Inputs]:
    """The input quantities at every point, in the program's order. Raises AdiffError."""
    values: list[Given] = []
    uncertainties: list[Given] = []
    is_measured = False
    for spec in specs:
        refuse_thousands(spec)
        for name, start, items in assignments(spec):
            found = [pair for item in items for pair in _measured(item, spec)]
            _refuse_some(items, [given for _, _, given in found], spec)
            is_measured = is_measured or found[0][2]
            span = Span(start, items[-1].start + len(items[-1].text))
            values.append(Given(name, _array([v for v, _, _ in found]), spec, span))
            uncertainties.append(Given(name, _array([u for _, u, _ in found]), spec, span))
    given = _paired(_matched(values, program))
    beside = paired(matched(uncertainties, program))
    if not is_measured:
        name = next(iter(given), "x")
        hint = f"write --at {name}=1.00±0.10, {name}=1.00+-0.10 or {name}=1.00(10)"
        raise wrong("no-uncertainty", "no input has an uncertainty", hint=hint)
    rows = range(max(map(len, given.values()), default=0))
    return [
        {n: Measured((v.typed or ())[r], (beside[n].typed or ())[r]) for n, v in given.items()}
        for r in rows
    ]


def _matched(values: Sequence[Given], program: Program) -> dict[str, Array]:
    try:
        found = matched(values, program)
    except AdiffError as error:
        diagnostic = error.diagnostic
        if diagnostic.code == "missing-points" and diagnostic.hint.startswith("give them"):
            hint = diagnostic.hint.replace("=1,2,3", "=1.00±0.10")
            raise AdiffError(replace(diagnostic, hint=hint)) from None
        raise
    for name in found:
        if name in CONSTANTS and name not in program.inputs:
            message = f"'{name}' is a constant in a formula, no variable"
            raise wrong("constant", message, hint="give the input another name")
    return found


def _paired(values: Mapping[str, Array]) -> dict[str, Array]:
    try:
        return paired(values)
    except AdiffError as error:
        if error.diagnostic.code != "sizes":
            raise
        hint = "give equally many of each, or one for all"
        raise AdiffError(replace(error.diagnostic, hint=hint)) from None


def _refuse_some(items: Sequence[Item], given: Sequence[bool], spec: str) -> None:
    """Refuse a list with uncertainties here and there, such as 1,0±0,1. Raises AdiffError."""
    if any(given) and not all(given):
        message = "some of these values have an uncertainty and some have none"
        hint = "write ±0 for an exact one; a decimal point is a '.'"
        last = items[-1]
        start, end = items[0].start, last.start + len(last.text)
        raise misread("uncertainty", message, Item(spec[start:end], start), spec, hint)


def _array(numbers: Sequence[Constant]) -> Array:
    return Array((len(numbers),), array("d", map(double, numbers)), typed=tuple(numbers))


def double(number: Constant) -> float:
    """The double nearest to a number; infinite beyond the range."""
    with precision(BITS, 1):
        return float(number.ball().mid())


# -- one item


def _measured(item: Item, spec: str) -> Iterator[tuple[Constant, Constant, bool]]:
    """The values of an item with their uncertainties, and whether these are given."""
    written = short(item, spec)
    if written:
        known = fraction(written[0]), fraction(written[1])
        if not all(isfinite(double(number)) for number in known):
            raise misread("too-large", "this exceeds float64", item, spec)
        yield (*known, True)
        return
    powered = scaled(item, spec)
    if powered:
        inside, power = powered
        for value, uncertainty, _ in _measured(inside, spec):
            yield _scaled(value, power), _scaled(uncertainty, power), True
        return
    refuse_second(item, spec)
    sign = sign_of(item.text)
    if sign is None:
        yield from ((value, fraction(0), False) for value in _numbers(item, spec))
        return
    values = _numbers(Item(item.text[: sign.start()], item.start), spec)
    behind = Item(item.text[sign.end() :], item.start + sign.end())
    for value in values:
        yield value, _uncertainty(value, behind, spec), True


def _scaled(number: Constant, power: int) -> Constant:
    factor = Fraction(10) ** power
    if number.exact is not None:
        return fraction(number.exact * factor)
    return Constant(lambda: number.ball() * exactly(factor))


# -- the numbers on either side


def _numbers(item: Item, spec: str) -> list[Constant]:
    """The numbers of a part of the text. Raises AdiffError, with its place in the whole."""
    refuse_signs(item, spec)
    refuse_doubtful(item, spec)
    behind = " " * (len(spec) - item.start - len(item.text))
    try:
        (found,) = read_spec(" " * item.start + item.text + behind, imaginary=False, exact=True)
    except AdiffError as error:
        diagnostic = error.diagnostic
        if diagnostic.origin == ORIGIN:
            diagnostic = replace(diagnostic, source=spec)
        raise AdiffError(diagnostic) from None
    numbers: list[Constant] = []
    for number in found.values.typed or ():
        if not isinstance(number, Constant):
            message = "an interval does not say which of its numbers are likely"
            hint = "where all are equally likely write middle±width/sqrt(12)"
            raise misread("interval", message, item, spec, hint)
        numbers.append(number)
    if found.values.rank or len(found.values.shape) != 1:
        message = "an input is a number, and this is a vector or a tensor"
        hint = "several values are 1±0.1,2±0.1; entries of a vector are inputs of their own, x1, x2"
        raise misread("tensor", message, item, spec, hint)
    return numbers


def _uncertainty(value: Constant, item: Item, spec: str) -> Constant:
    """The uncertainty of a value: a number, or percent of it. Raises AdiffError."""
    text = item.text.rstrip()
    is_relative = text.endswith("%")
    inner = Item(text[:-1], item.start) if is_relative else item
    if not inner.text.strip():
        message = "the uncertainty is missing here"
        raise misread("no-uncertainty", message, Item("±", item.start - 1), spec)
    found = _numbers(inner, spec)
    if len(found) != 1:
        raise misread("uncertainty", "an uncertainty is one number", item, spec)
    (number,) = found
    if double(number) < 0:
        raise misread("uncertainty", "an uncertainty is never negative", item, spec)
    return _percent(number, value) if is_relative else number


def _percent(part: Constant, value: Constant) -> Constant:
    if part.exact is not None and value.exact is not None:
        return fraction(part.exact * abs(value.exact) / 100)
    return Constant(lambda: part.ball() * abs(value.ball()) / 100)
