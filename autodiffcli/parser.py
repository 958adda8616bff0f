"""Text -> `Program`: statements, definitions, and the expression that is the result."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

from autodiffcli.diagnostics import Span, wrong
from autodiffcli.expressions import Reader, Scope
from autodiffcli.lexer import SEPARATORS, Words, plain_name, words
from autodiffcli.ops import FUNCTIONS, OPS
from autodiffcli.program import INPUT, Builder, Program

CONSTANTS = {
    "pi": "pi",
    "π": "pi",
    "e": "e",
    "tau": "tau",
    "τ": "tau",
    "inf": "inf",
    "∞": "inf",
}
IMAGINARY = "i"
_KEYWORDS = frozenset({"and", "or", "not", "if", "else"})


def parse(source: str, *, imaginary: bool = False) -> Program:
    """The program that an expression, with any definitions before it, describes.

    imaginary  read `i` as the imaginary unit instead of as a variable
    raises     AdiffError with the place of the first mistake
    """
    with _collector_paused():
        constants = {**CONSTANTS, IMAGINARY: IMAGINARY} if imaginary else CONSTANTS
        reader = Reader(Builder(source), Scope(dict(constants)), definition_of)
        statements = _statements(words(source))
        for statement in statements[:-1]:
            _define(reader, statement)
        return _result(reader, statements[-1])


@cache
def definition_of(name: str) -> Program:
    """The tape of a primitive that is defined by others."""
    return parse(OPS[name].definition)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A tape has no cycles; looking for them takes a third of the time of a long one."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _statements(source: Words) -> list[Words]:
    """The statements between separators; a new line inside brackets separates nothing."""
    if not SEPARATORS.intersection(source.texts):
        found = [source] if len(source.texts) > 1 else []
    else:
        found = list(_split(source))
    if not found:
        hint = "give one like 'x**2+1'"
        raise wrong("empty", "the expression is empty", Span(0, 0), source.source, hint=hint)
    return found


def _split(source: Words) -> Iterator[Words]:
    first, depth, drop = 0, 0, set()
    for number, text in enumerate(source.texts):
        depth += (text in ("(", "[")) - (text in (")", "]"))
        if text == "\n" and depth > 0:
            drop.add(number)
        elif text in SEPARATORS or not text:
            kept = [n for n in range(first, number) if n not in drop]
            if kept:
                texts = [source.texts[n] for n in kept]
                ends = [source.ends[n] for n in kept]
                yield Words(source.source, [*texts, ""], [*ends, ends[-1]])
            first = number + 1


def _result(reader: Reader, statement: Words) -> Program:
    """The program of the last statement, which may be a lone definition."""
    name, parameters, body = _head(statement)
    builder = reader.builder
    if parameters is None:
        return builder.finish(reader.read(body), name=name, readings=tuple(reader.readings))
    _define(reader, statement)
    stand_ins, program = reader.scope.functions[name]
    inputs = {
        stand_in: builder.add(INPUT, (), parameter, Span(0, 0))
        for stand_in, parameter in zip(stand_ins, parameters, strict=True)
    }
    output = builder.inline(program, inputs)
    return builder.finish(output, name=name, parameters=parameters, readings=tuple(reader.readings))


def _define(reader: Reader, statement: Words) -> None:
    """Enter `u = ...` or `f(z) = ...` into the scope."""
    name, parameters, body = _head(statement)
    place = statement.span(0)
    if not name:
        span = Span(place.start, statement.ends[-1])
        hint = "name it, `u = ...`, or leave it out: only the last statement is the result"
        message = "this statement has no effect"
        raise wrong("no-effect", message, span, statement.source, hint=hint)
    if parameters is None:
        reader.scope.values[name] = reader.read(body)
        reader.scope.functions.pop(name, None)
        return
    if name in FUNCTIONS:
        message = f"'{name}' is a function of adiff already"
        raise wrong("defined", message, place, statement.source)
    stand_ins = tuple(f"{name}.{parameter}" for parameter in parameters)
    inner = {
        parameter: reader.builder.add(INPUT, (), stand_in, place)
        for parameter, stand_in in zip(parameters, stand_ins, strict=True)
    }
    outer = reader.scope
    reader.scope = replace(outer, values={**outer.values, **inner})
    output = reader.read(body)
    reader.scope = outer
    outer.functions[name] = (stand_ins, reader.builder.finish(output))
    outer.values.pop(name, None)


def _head(statement: Words) -> tuple[str, tuple[str, ...] | None, Words]:
    """A statement's own name, its parameters, and its right side.

    `x+1` gives "", None; `u = x+1` gives "u", None; `f(x, y) = x+y` gives "f", ("x", "y").
    """
    texts, last = statement.texts, len(statement.texts) - 1
    if not texts[0].isidentifier() or texts[0] in _KEYWORDS:
        return "", None, statement
    if texts[1] == "=":
        return plain_name(texts[0]), None, statement.part(2, last)
    equals = texts.index("=") if texts[1] == "(" and "=" in texts else 0
    if equals < 4 or texts[equals - 1] != ")" or ")" in texts[: equals - 1]:
        return "", None, statement
    parameters: list[str] = []
    for number in range(2, equals - 1):
        text = plain_name(texts[number])
        separator = number % 2 == 1
        if (text != ",") if separator else (not text.isidentifier() or text in _KEYWORDS):
            expected = (
                "',' is expected between parameters" if separator else "a parameter is a name"
            )
            message = f"{expected}, not '{text}'"
            raise wrong("parameter", message, statement.span(number), statement.source)
        if text in parameters:
            message = f"the parameter '{text}' occurs twice"
            raise wrong("parameter", message, statement.span(number), statement.source)
        parameters += [] if separator else [text]
    return plain_name(texts[0]), tuple(parameters), statement.part(equals + 1, last)
