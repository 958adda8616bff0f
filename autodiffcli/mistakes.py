"""What is wrong with an expression, in words, at the place where it went wrong."""

from __future__ import annotations

from math import inf

from autodiffcli.diagnostics import AdiffError, Span, wrong
from autodiffcli.lexer import Words
from autodiffcli.ops import FUNCTIONS
from autodiffcli.stack import Pending


def missing_operand(words: Words, place: int, top: Pending) -> AdiffError:
    """A word stands where a number, a name or a bracket should; or there is none any more."""
    text, span = words.texts[place], words.span(place)
    if not text:
        if not top.power:
            return unclosed(words, top)
        after = f" after '{words.texts[place - 1]}'" if place else ""
        return wrong("missing-operand", f"the expression ends{after}", span, words.source)
    hint = ""
    if text == "*" and place and words.texts[place - 1] in ("*", "+", "-"):
        hint = "a power is written ** or ^"
    message = f"a number, a name or '(' is expected here, not '{text}'"
    return wrong("missing-operand", message, span, words.source, hint=hint)


def missing_operator(words: Words, place: int) -> AdiffError:
    """A number follows something that it cannot be multiplied with without a sign."""
    text, last = words.texts[place], words.texts[place - 1]
    hint = f"write {last}*{text} or {last}^{text}" if last != ")" else "write * before it"
    message = f"an operator is missing before '{text}'"
    return wrong("missing-operator", message, words.span(place), words.source, hint=hint)


def misplaced(words: Words, place: int) -> AdiffError:
    """A word stands where an operator should."""
    text, span, source = words.texts[place], words.span(place), words.source
    if text == "=":
        hint = "for equality write ==, for a definition `u = ...; ...`"
        return wrong("equals", "'=' cannot stand inside an expression", span, source, hint=hint)
    if text == "..":
        hint = "a range belongs into --at x=0..1..0.25"
        return wrong("range", "'..' cannot stand inside an expression", span, source, hint=hint)
    message = f"an operator is expected here, not '{text}'"
    return wrong("missing-operator", message, span, source)


def unclosed(words: Words, top: Pending) -> AdiffError:
    """The expression ends, or a bracket closes, while something is open."""
    span = words.span(top.word)
    if top.kind == "if":
        return wrong("if", "'if' without 'else'", span, words.source)
    name = words.texts[top.word] + ("(" if top.call else "")
    return wrong("unclosed", f"'{name}' is never closed", span, words.source)


def wrong_closer(words: Words, place: int, top: Pending) -> AdiffError:
    """A bracket closes nothing, or another one than was opened."""
    text = words.texts[place]
    if not top.kind:
        return wrong("unopened", f"'{text}' closes nothing", words.span(place), words.source)
    if top.kind == "if":
        return unclosed(words, top)
    span = Span(top.start, words.ends[place])
    opener = "(" if top.call else top.kind
    return wrong("mismatch", f"'{opener}' is closed by '{text}'", span, words.source)


def wrong_comma(words: Words, place: int, top: Pending) -> AdiffError:
    """A comma outside of a call and of a list."""
    hint = "points are given with --at" if not top.kind else ""
    message = "a comma separates the operands of a function"
    return wrong("comma", message, words.span(place), words.source, hint=hint)


def inverse_or_power(words: Words, first: int, after: int, name: str, power: str) -> AdiffError:
    """sin^-1(x), which some read as asin(x) and others as 1/sin(x)."""
    inverse = f"a{name}" if f"a{name}" in FUNCTIONS else ""
    meant = f"for the inverse function write {inverse}(...), " if inverse else ""
    hint = f"{meant}for the reciprocal 1/{name}(...)"
    span = Span(words.start(first), words.start(after))
    message = f"'{name}^{power}' has two meanings"
    return wrong("inverse-or-power", message, span, words.source, hint=hint)


def check_range(words: Words, place: int, value: float) -> None:
    """Refuse 1e400, 1e-400 and 0x10, given a literal that came out 0 or infinite.

    Raises AdiffError.
    """
    text, span, source = words.texts[place], words.span(place), words.source
    if value == inf:
        raise wrong("too-large", f"{text} exceeds float64", span, source)
    if any(digit in "123456789" for digit in text.lower().partition("e")[0]):
        raise wrong("too-small", f"{text} is below float64, it would become 0", span, source)
    following = words.texts[place + 1]
    if text == "0" and following[:1] in tuple("xXbo") and following[1:2].isdigit():
        span = Span(span.start, words.ends[place + 1])
        raise wrong("base", "numbers are read in base ten only", span, source)
