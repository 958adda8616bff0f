"""Equations as programs: `left = right` is the expression left - right, which is to be 0.

Every side is parsed by itself, with blanks in place of all that is around it: places in errors
are places in the text that the user typed.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from autodiffcli.diagnostics import AdiffError, Diagnostic, Span, did_you_mean, listed, wrong
from autodiffcli.lexer import SEPARATORS, Words, is_name, plain_name, words
from autodiffcli.ops import FUNCTIONS, OPS
from autodiffcli.parser import parse
from autodiffcli.program import Builder, Program

COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">=", "≤", "≥", "≠"})


class Statement(NamedTuple):
    """One statement of a source.

    span    from its first word to the end of its last
    equals  the places of its `=` outside brackets
    """

    span: Span
    equals: tuple[Span, ...]


def read_equations(source: str) -> tuple[Program, ...]:
    """left - right of every equation of a source, which `;` or new lines separate.

    Functions may be defined before the first one, `f(z) = z^2; f(x) = 2`; a lone definition is
    the function whose zero is meant. Raises AdiffError.
    """
    statements = _statements(words(source))
    if not statements:
        raise wrong("empty", "the equation is empty", Span(0, 0), source, hint="like 'cos(x) = x'")
    defined: list[Statement] = []
    while len(statements) > 1 and _defines(source, statements[0], defined):
        defined.append(statements.pop(0))
    if _defines(source, statements[0], defined):
        _refuse_misspelt(source, statements[0])
        return (parse(source),)
    return tuple(_equation(source, statement, defined) for statement in statements)


def _statements(found: Words) -> list[Statement]:
    statements: list[Statement] = []
    first, depth, equals = 0, 0, list[Span]()
    for number, text in enumerate(found.texts):
        depth += (text in ("(", "[")) - (text in (")", "]"))
        if text == "=" and depth <= 0:
            equals.append(found.span(number))
        if not text or (text in SEPARATORS and depth <= 0):
            if number > first:
                span = Span(found.start(first), found.ends[number - 1])
                statements.append(Statement(span, tuple(equals)))
            first, equals = number + 1, []
    return statements


def _defines(source: str, statement: Statement, before: list[Statement]) -> bool:
    """Whether a statement is `f(z) = ...` of an f that is no function yet."""
    if not statement.equals:
        return False
    texts = words(source[statement.span.start : statement.equals[0].start]).texts
    if len(texts) < 5 or texts[1] != "(" or texts[-2] != ")" or not is_name(texts[0]):
        return False
    name, parameters = plain_name(texts[0]), texts[2:-2]
    known = {plain_name(words(source[old.span.start :]).texts[0]) for old in before}
    plain = all(text == "," or is_name(text) for text in parameters)
    return plain and name not in FUNCTIONS and name not in known


def _refuse_misspelt(source: str, statement: Statement) -> None:
    """Refuse `sine(x) = x`, which is hardly a definition of sine. Raises AdiffError."""
    name = words(source[statement.span.start :]).texts[0]
    hint = did_you_mean(plain_name(name), FUNCTIONS) if len(name) > 2 else ""
    if hint:
        span = Span(statement.span.start, statement.span.start + len(name))
        raise wrong("unknown-function", f"no function called '{name}'", span, source, hint=hint)


def _equation(source: str, statement: Statement, defined: list[Statement]) -> Program:
    """The program of one equation, its places counted in the whole source."""
    if len(statement.equals) > 1:
        message = "an equation has one '='"
        hint = "equations are separated by ';'"
        raise wrong("equals", message, statement.equals[1], source, hint=hint)
    first, last = (Span(end, end) for end in statement.span)
    places = pairwise((first, *statement.equals, last))
    sides = [_side(source, start, end, defined) for start, end in places]
    if len(sides) == 1:
        return sides[0]
    builder, place = Builder(source), statement.equals[0]
    left, right = (builder.inline(side, {}) for side in sides)
    output = builder.add("sub", (left, right), "", statement.span)
    readings = tuple(dict.fromkeys(reading for side in sides for reading in side.readings))
    found = builder.finish(output, readings=readings)
    if not found.inputs:
        raise wrong("variables", "the equation has no variable", place, source)
    return found


def _side(source: str, start: Span, end: Span, defined: list[Statement]) -> Program:
    """The text between two places as a program. Raises AdiffError."""
    if not source[start.end : end.start].strip():
        way, sign = ("right", start) if start.end > start.start else ("left", end)
        message = f"nothing stands {way} of the '='"
        raise wrong("empty", message, sign, source)
    kept = [*(old.span for old in defined), Span(start.end, end.start)]
    try:
        found = parse(_only(source, kept))
    except AdiffError as error:
        raise AdiffError(_moved(error.diagnostic, source)) from None
    last = found.steps[found.output]
    if last.op in OPS and OPS[last.op].truth:
        between = [text for text in words(source[slice(*last.span)]).texts if text in COMPARISONS]
        hint = "an equation is written with one '='" if between == ["=="] else ""
        message = f"'{found.text_of(found.output)}' is true or false, no number"
        raise wrong("condition", message, last.span, source, hint=hint)
    readings = tuple(_moved(reading, source) for reading in found.readings)
    return replace(found, source=source, readings=readings)


def _only(source: str, kept: list[Span]) -> str:
    """The source with blanks in place of all but a few pieces, which `;` separates."""
    text, place = "", 0
    for number, span in enumerate(kept):
        gap = span.start - place
        text += (";" + " " * (gap - 1) if number else " " * gap) + source[slice(*span)]
        place = span.end
    return text


def _moved(diagnostic: Diagnostic, source: str) -> Diagnostic:
    """A diagnostic about the source itself, not about a side with blanks around it."""
    span = diagnostic.span
    end = len(source.rstrip())
    moved = span and Span(min(span.start, end), min(span.end, len(source)))
    inside = diagnostic.code == "equals"
    hint = "the '=' of an equation stands outside of brackets" if inside else diagnostic.hint
    return replace(diagnostic, source=source, span=moved, hint=hint)


def variables_of(programs: tuple[Program, ...]) -> tuple[str, ...]:
    """All variables of some programs, in the order of their appearance."""
    return tuple(dict.fromkeys(name for program in programs for name in program.inputs))


def squareness(equations: int, unknowns: tuple[str, ...]) -> str:
    """What is wrong with so many equations in so many unknowns; "" for nothing."""
    if equations == len(unknowns):
        return ""
    many = "1 equation" if equations == 1 else f"{equations} equations"
    return f"{many} for {len(unknowns)} unknowns, {listed(unknowns)}"
