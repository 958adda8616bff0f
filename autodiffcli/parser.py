"""Text -> `Program`: statements, definitions, and the expression that is the result."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

from autodiffcli.diagnostics import AdiffError, Span, wrong
from autodiffcli.expressions import Reader, Scope
from autodiffcli.lexer import NEWLINES, SEPARATORS, Words, is_name, plain_name, words
from autodiffcli.ops import FUNCTIONS, OPS
from autodiffcli.ops.calculus import NAMES as OPERATORS
from autodiffcli.program import INPUT, Builder, Program
from autodiffcli.readings import doubts

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


@dataclass(frozen=True, slots=True)
class Head:
    """What a statement says about itself, before its right side.

    name        `u` of `u = x+1`, `f` of `f(x) = x+1`, "" of `x+1`
    parameters  with their places; None for what is no function
    body        the right side
    """

    name: str
    parameters: dict[str, Span] | None
    body: Words


def parse(
    source: str, *, imaginary: bool = False, several: bool = False, equation: bool = False
) -> Program:
    """The program that an expression, with any definitions before it, describes.

    imaginary  read `i` as the imaginary unit instead of as a variable
    several    take more than one expression, `f; g`, for a vector of all their entries
    equation   read a last statement `left = right` as left - right
    raises     AdiffError with the place of the first mistake
    """
    with _collector_paused():
        constants = {**CONSTANTS, IMAGINARY: IMAGINARY} if imaginary else CONSTANTS
        reader = Reader(Builder(source), Scope(dict(constants)), definition_of)
        statements = statements_of(words(source))
        rows: list[int] = []
        for statement in statements[:-1]:
            if several and not _head(statement).name:
                rows.append(reader.read(statement))
            else:
                define(reader, statement)
        if equation:
            return _equation(reader, statements[-1])
        return _result(reader, statements[-1], rows)


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


def statements_of(source: Words) -> list[Words]:
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
        if text in NEWLINES and depth > 0:
            drop.add(number)
        elif text == ";" and depth > 0:
            message, hint = "';' stands inside brackets", "operands are separated by ','"
            raise wrong("semicolon", message, source.span(number), source.source, hint=hint)
        elif text in SEPARATORS or not text:
            kept = [n for n in range(first, number) if n not in drop]
            if kept:
                texts = [source.texts[n] for n in kept]
                ends = [source.ends[n] for n in kept]
                yield Words(source.source, [*texts, ""], [*ends, ends[-1]])
            first = number + 1


def _result(reader: Reader, statement: Words, rows: list[int]) -> Program:
    """The program of the last statement, which may be a lone definition.

    rows  steps of the expressions before it, which make a tensor with it
    """
    head, builder = _head(statement), reader.builder
    if head.parameters is None:
        output = reader.read(head.body)
    else:
        _define_function(reader, head, statement.span(0))
        stand_ins, program = reader.scope.functions[head.name]
        variables = zip(stand_ins, head.parameters.items(), strict=True)
        inputs = {
            stand_in: builder.add(INPUT, (), parameter, span)
            for stand_in, (parameter, span) in variables
        }
        output = builder.inline(program, inputs)
    if rows:
        whole = Span(0, len(builder.source))
        output = builder.add("rows", (*rows, output), "", whole)
    return _finished(reader, output, head.name, tuple(head.parameters or ()))


def _finished(
    reader: Reader, output: int, name: str = "", parameters: tuple[str, ...] = ()
) -> Program:
    readings = (*reader.readings, *doubts(reader.builder.source))
    found = reader.builder.finish(output, name=name, parameters=parameters, readings=readings)
    check_variables(found, reader, parameters)
    return found


def _equation(reader: Reader, statement: Words) -> Program:
    """The program of left - right, or of a last statement that is meant to be 0."""
    last = len(statement.texts) - 1
    place = _equals(statement)
    if place is None:
        return _finished(reader, reader.read(statement))
    sides: list[int] = []
    for first, end, side in ((0, place, "left"), (place + 1, last, "right")):
        if first == end:
            message = f"the equation has nothing on its {side} side"
            raise wrong("equation", message, statement.span(place), statement.source)
        sides.append(reader.read(statement.part(first, end)))
    whole = Span(statement.start(0), statement.ends[last - 1])
    return _finished(reader, reader.builder.add("sub", (sides[0], sides[1]), "", whole))


def _equals(statement: Words) -> int | None:
    """Where the one `=` outside brackets stands; None for none. Raises AdiffError for two."""
    depth, found = 0, None
    for number, text in enumerate(statement.texts):
        depth += (text in ("(", "[")) - (text in (")", "]"))
        if text != "=" or depth:
            continue
        if found is not None:
            message, span = "an equation has one '=', and this is another", statement.span(number)
            raise wrong("equation", message, span, statement.source)
        found = number
    return found


def define(reader: Reader, statement: Words) -> None:
    """Enter `u = ...` or `f(z) = ...` into the scope."""
    head, place, scope = _head(statement), statement.span(0), reader.scope
    if not head.name:
        span = Span(place.start, statement.ends[-1])
        hint = "name it, `u = ...`, or leave it out: only the last statement is the result"
        message = "this statement has no effect"
        raise wrong("no-effect", message, span, statement.source, hint=hint)
    used = reader.builder.known.get((INPUT, (), head.name))
    if used is not None and head.name not in scope.values:
        message = f"'{head.name}' is used before it is defined"
        span = reader.builder.steps[used].span
        raise wrong("order", message, span, statement.source, hint="put the definition first")
    if head.parameters is not None:
        _define_function(reader, head, place)
        return
    scope.values[head.name] = reader.read(head.body)
    scope.functions.pop(head.name, None)


def _define_function(reader: Reader, head: Head, place: Span) -> None:
    """Enter `f(z) = ...` into the scope."""
    assert head.parameters is not None
    if head.name in FUNCTIONS:
        message = f"'{head.name}' is a function of adiff already"
        hint = "give this one another name"
        raise wrong("defined", message, place, head.body.source, hint=hint)
    stand_ins = tuple(f"{head.name}.{parameter}" for parameter in head.parameters)
    inner = {
        parameter: reader.builder.add(INPUT, (), stand_in, span)
        for stand_in, (parameter, span) in zip(stand_ins, head.parameters.items(), strict=True)
    }
    outer = reader.scope
    reader.scope = replace(outer, values={**outer.values, **inner}, defining=head.name)
    output = reader.read(head.body)
    reader.scope = outer
    outer.functions[head.name] = (stand_ins, reader.builder.finish(output))
    outer.values.pop(head.name, None)


def check_variables(program: Program, reader: Reader, parameters: tuple[str, ...]) -> None:
    """Refuse variables that are no variables: f of a defined f(x), u_x of a defined u."""
    scope, known = reader.scope, reader.builder.known
    for number, step in enumerate(program.steps):
        name = step.text
        if step.op != INPUT or name in parameters:
            continue
        if name in scope.functions:
            raise _wrong_variable(program, number, "is a function", f"write {name}(...)")
        base, _, by = name.partition("_")
        if not by or not (base in scope.values or base in scope.functions):
            continue
        if all({(INPUT, (), x), (INPUT, (), f"{base}.{x}")} & known.keys() for x in by):
            hint = f"put '{base}' and its variables first, or write d({base}, {', '.join(by)})"
            raise _wrong_variable(program, number, f"could be a derivative of '{base}'", hint)


def _wrong_variable(program: Program, step: int, what: str, hint: str) -> AdiffError:
    name, span = program.steps[step].text, program.steps[step].span
    return wrong("variable", f"'{name}' {what}, no variable", span, program.source, hint=hint)


def _head(statement: Words) -> Head:
    """What a statement says before its `=`."""
    texts, last = statement.texts, len(statement.texts) - 1
    if is_name(texts[0]) and texts[1] == "=":
        return Head(plain_name(texts[0]), None, statement.part(2, last))
    equals = texts.index("=") if is_name(texts[0]) and texts[1] == "(" and "=" in texts else 0
    if equals < 3 or texts[equals - 1] != ")" or ")" in texts[: equals - 1]:
        return Head("", None, statement)
    if texts[0] in OPERATORS and "(" in texts[2:equals]:  # at(u, f(x)=1)
        return Head("", None, statement)
    parameters = _parameters(statement, equals - 1)
    return Head(plain_name(texts[0]), parameters, statement.part(equals + 1, last))


def _parameters(statement: Words, close: int) -> dict[str, Span]:
    """The names between the brackets of `f(x, y) = ...`, with their places."""
    parameters: dict[str, Span] = {}
    for number in range(2, close + 1):
        text, separator = plain_name(statement.texts[number]), number % 2 == 1
        if separator and text != "," and number < close:
            message = f"',' is expected between parameters, not '{text}'"
        elif not separator and not is_name(text):
            message = f"a parameter is a name, not '{text}'"
        elif text in parameters:
            message = f"the parameter '{text}' occurs twice"
        else:
            parameters |= {} if separator else {text: statement.span(number)}
            continue
        raise wrong("parameter", message, statement.span(number), statement.source)
    return parameters
