"""`--at` texts with uncertainties: 1.00±0.10, 1.00(10), 2±1%, (1.00±0.10)e-3.

Only the signs between a value and its uncertainty are read here; the numbers on either side are
read as in every `--at` text. An uncertainty is a standard one, and what has none is exact.
Source: JCGM 100:2008 (GUM), section 7.2.2.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isfinite

from autodiffcli.arrays import Array
from autodiffcli.constants import Constant, fraction
from autodiffcli.diagnostics import AdiffError, Span, wrong
from autodiffcli.interpreters.balls import exactly, precision
from autodiffcli.parser import CONSTANTS
from autodiffcli.points import matched, paired
from autodiffcli.program import Program
from autodiffcli.specs import ORIGIN, Given, Item, assignments, read_spec, refuse_thousands

BITS = 128  # of a double that is made from a number
MAX_DECADE = 400  # of a power of ten behind brackets; float64 ends before

_SIGN = re.compile(r"±|\+/?[-−]|\\pm\b")
_DIGITS = r"[0-9]+\.?[0-9]*|\.[0-9]+"
_SHORT = re.compile(rf"\s*([-+−]?(?:{_DIGITS}))\(({_DIGITS})\)\s*(?:[eE]([-+−]?[0-9]+))?\s*\Z")
_SCALED = re.compile(
    r"\s*\((?P<inside>.*)\)\s*(?:[eE](?P<e>[-+−]?[0-9]+)|[*×·]\s*10\s*(?:\^|\*\*)\s*\(?"
    r"(?P<power>[-+−]?[0-9]+)\)?)?\s*\Z",
    re.DOTALL,
)
_MINUS = str.maketrans("−", "-")


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
    given = paired(_matched(values, program))
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


def _refuse_some(items: Sequence[Item], given: Sequence[bool], spec: str) -> None:
    """Refuse a list with uncertainties here and there, such as 1,0±0,1. Raises AdiffError."""
    if any(given) and not all(given):
        message = "some of these values have an uncertainty and some have none"
        hint = "write ±0 for an exact one; a decimal point is a '.'"
        last = items[-1]
        start, end = items[0].start, last.start + len(last.text)
        raise _wrong("uncertainty", message, Item(spec[start:end], start), spec, hint)


def _array(numbers: Sequence[Constant]) -> Array:
    return Array((len(numbers),), array("d", map(double, numbers)), typed=tuple(numbers))


def double(number: Constant) -> float:
    """The double nearest to a number; infinite beyond the range."""
    with precision(BITS, 1):
        return float(number.ball().mid())


# -- one item


def _measured(item: Item, spec: str) -> Iterator[tuple[Constant, Constant, bool]]:
    """The values of an item with their uncertainties, and whether these are given."""
    short = _SHORT.match(item.text)
    if short:
        yield (*_short(short, item, spec), True)
        return
    whole = _SCALED.match(item.text)
    if whole and _sign(whole["inside"]) and not _sign(item.text):
        power = int((whole["e"] or whole["power"] or "0").translate(_MINUS))
        _check_decade(power, item, spec)
        inside = Item(whole["inside"], item.start + whole.start("inside"))
        for value, uncertainty, _ in _measured(inside, spec):
            yield _scaled(value, power), _scaled(uncertainty, power), True
        return
    sign = _sign(item.text)
    if sign is None:
        yield from ((value, fraction(0), False) for value in _numbers(item, spec))
        return
    values = _numbers(Item(item.text[: sign.start()], item.start), spec)
    behind = Item(item.text[sign.end() :], item.start + sign.end())
    for value in values:
        yield value, _uncertainty(value, behind, spec), True


def _sign(text: str) -> re.Match[str] | None:
    """The sign between a value and its uncertainty, outside brackets."""
    for found in _SIGN.finditer(text):
        before = text[: found.start()]
        if before.count("(") == before.count(")") and before.count("[") == before.count("]"):
            return found
    return None


def _short(found: re.Match[str], item: Item, spec: str) -> tuple[Constant, Constant]:
    """1.00(10), whose last digits are uncertain by 10; 1.00(0.10) says it in full."""
    mantissa, digits, exponent = (text or "" for text in found.groups())
    power = int((exponent or "0").translate(_MINUS))
    _check_decade(power, item, spec)
    decimals = len(mantissa.partition(".")[2]) if "." not in digits else 0
    value = Fraction(mantissa.translate(_MINUS)) * Fraction(10) ** power
    uncertainty = Fraction(digits) * Fraction(10) ** (power - decimals)
    known = fraction(value), fraction(uncertainty)
    if not all(isfinite(double(number)) for number in known):
        raise _wrong("too-large", "this exceeds float64", item, spec)
    return known


def _check_decade(power: int, item: Item, spec: str) -> None:
    if abs(power) > MAX_DECADE:
        raise _wrong("too-large", f"10^{power} is beyond float64", item, spec)


def _scaled(number: Constant, power: int) -> Constant:
    factor = Fraction(10) ** power
    if number.exact is not None:
        return fraction(number.exact * factor)
    return Constant(lambda: number.ball() * exactly(factor))


# -- the numbers on either side


def _numbers(item: Item, spec: str) -> list[Constant]:
    """The numbers of a part of the text. Raises AdiffError, with its place in the whole."""
    twice = _SIGN.search(item.text)
    if twice and "±" in twice.group():
        message = "'±' stands between a value and its uncertainty, once"
        hint = "a power of ten goes behind brackets: (1.00±0.10)e-3"
        place = Item(twice.group(), item.start + twice.start())
        raise _wrong("uncertainty", message, place, spec, hint)
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
            raise _wrong("interval", message, item, spec, hint)
        numbers.append(number)
    if len(found.values.shape) != 1:
        raise _wrong("tensor", "an input is a number, and this is a tensor", item, spec)
    return numbers


def _uncertainty(value: Constant, item: Item, spec: str) -> Constant:
    """The uncertainty of a value: a number, or percent of it. Raises AdiffError."""
    text = item.text.rstrip()
    is_relative = text.endswith("%")
    inner = Item(text[:-1], item.start) if is_relative else item
    if not inner.text.strip():
        message = "the uncertainty is missing here"
        raise _wrong("no-uncertainty", message, Item("±", item.start - 1), spec)
    found = _numbers(inner, spec)
    if len(found) != 1:
        raise _wrong("uncertainty", "an uncertainty is one number", item, spec)
    (number,) = found
    if double(number) < 0:
        raise _wrong("uncertainty", "an uncertainty is never negative", item, spec)
    return _percent(number, value) if is_relative else number


def _percent(part: Constant, value: Constant) -> Constant:
    if part.exact is not None and value.exact is not None:
        return fraction(part.exact * abs(value.exact) / 100)
    return Constant(lambda: part.ball() * abs(value.ball()) / 100)


def _wrong(code: str, message: str, item: Item, spec: str, hint: str = "") -> AdiffError:
    start = item.start + len(item.text) - len(item.text.lstrip())
    span = Span(start, max(start, item.start + len(item.text.rstrip())))
    return wrong(code, message, span, spec, origin=ORIGIN, hint=hint)
