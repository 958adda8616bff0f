"""Points as they were typed: 0.1 is one tenth, pi/2 is no double, [0.9..1.1] is an interval.

`specs` reads an `--at` text into doubles and refuses what is wrong; here the same text becomes
numbers that can be had to any precision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

from flint import arb, ctx

from autodiffcli.arrays import Array
from autodiffcli.interpreters.balls import Balls, Broken, Singular, Vague, exactly, first
from autodiffcli.interpreters.blocks import Along, items_of, stack
from autodiffcli.parser import parse
from autodiffcli.program import Program, Step, run
from autodiffcli.typed import Constant, Interval, Typed, is_interval

MAX_POWER = 10_000  # exponents up to which a power is taken as a fraction


def fraction(number: Fraction | int) -> Constant:
    """A rational number."""
    exact = Fraction(number)
    return Constant(lambda: exactly(exact), exact)


def doubles(values: Array) -> Array:
    """The array with its doubles as exact numbers."""
    return Array(values.shape, values.real, typed=tuple(fraction(Fraction(v)) for v in values.real))


def typed_item(item: str, found: Sequence[float | complex] | Array) -> list[Typed]:
    """The numbers of one item of an `--at` text that `specs` has read.

    found  the same numbers as doubles
    """
    text = item.strip()
    if is_interval(text):
        low, high = (_number(part) for part in text[1:-1].split(".."))
        return [Interval(low, high)]
    if isinstance(found, Array):
        return list(_entries(parse(text), len(found)))
    numbers = zip(_each(text, found), found, strict=True)
    return [number if v or number.exact is not None else fraction(0) for number, v in numbers]


def _each(text: str, found: Sequence[float | complex]) -> Iterator[Constant]:
    head, _, inside = text.partition("(")
    if ".." in text:
        start, *rest = (_number(part) for part in text.split(".."))
        step = rest[1] if len(rest) > 1 else fraction(1 if found[-1].real >= found[0].real else -1)
        yield from (_line(start, step, k) for k in range(len(found)))
    elif head.strip() in ("linspace", "logspace"):
        low, high = (_number(part) for part in _split(inside[:-1])[:2])
        gap = _combined(lambda a, b: (b - a) / max(len(found) - 1, 1), low, high)
        line = (_line(low, gap, k) for k in range(len(found)))
        yield from line if head.strip() == "linspace" else map(_power_of_ten, line)
    else:
        yield _number(text)


def _split(text: str) -> list[str]:
    """The parts between commas that are outside brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _line(start: Constant, step: Constant, k: int) -> Constant:
    return _combined(lambda a, b: a + k * b, start, step)


def _combined(rule: Callable[[Any, Any], Any], a: Constant, b: Constant) -> Constant:
    if a.exact is not None and b.exact is not None:
        return fraction(rule(a.exact, b.exact))
    return Constant(lambda: rule(a.ball(), b.ball()))


def _power_of_ten(exponent: Constant) -> Constant:
    exact = exponent.exact
    if exact is not None and exact.denominator == 1:
        return fraction(Fraction(10) ** int(exact))
    return Constant(lambda: arb(10) ** exponent.ball())


def _number(text: str) -> Constant:
    """A constant expression."""
    return replace(next(_entries(parse(text), 1)), text=text.strip())


def _entries(program: Program, count: int) -> Iterator[Constant]:
    """The entries of the result of a program without variables."""
    exact = items_of(run(program, _Fractions())[program.output])
    exact = exact if len(exact) == count else (None,) * count

    @cache
    def balls(bits: int) -> tuple[Any, ...]:
        return items_of(run(program, Along(Balls(0), {}, {}))[program.output])

    def entry(n: int) -> Callable[[], arb]:
        return lambda: _known(balls(ctx.prec)[n])

    for n, number in enumerate(exact):
        yield Constant(entry(n)) if number is None else fraction(number)


def _known(value: Any) -> arb:
    """A number of a constant expression. Raises Singular, Vague where it has none."""
    if isinstance(value, Broken):
        raise value.error
    found = arb(int(value)) if isinstance(value, bool) else first(value)
    if not found.is_finite():
        raise Vague
    return found


class _Fractions:
    """The meaning of a tape as fractions, None where it leaves them."""

    def input(self, name: str) -> Any:
        raise Singular(name)

    def const(self, literal: str) -> Any:
        return Fraction(literal) if literal[0].isdigit() or literal[0] == "." else None

    def apply(self, step: Step, operands: Sequence[Any]) -> Any:
        if step.op == "stack":
            return stack(operands)
        numbers = [u for u in operands if isinstance(u, Fraction)]
        if len(numbers) < len(operands):
            return None
        if step.op == "pow":
            base, power = numbers
            if power.denominator != 1 or abs(power) > MAX_POWER or (not base and power < 0):
                return None
            return base ** int(power)
        rule = _RULES.get(step.op)
        return rule(*numbers) if rule else None


_RULES: dict[str, Callable[..., Fraction | None]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b if b else None,
    "neg": lambda a: -a,
    "abs": abs,
}
