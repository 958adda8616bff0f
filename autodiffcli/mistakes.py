"""What is wrong with an expression, in words, at the place where it went wrong."""

from __future__ import annotations

import re
from math import inf

from autodiffcli.diagnostics import AdiffError, Span, wrong
from autodiffcli.lexer import Words, plain_name
from autodiffcli.ops import FUNCTIONS
from autodiffcli.stack import Pending

_OTHER_BASE = r"[xX][0-9a-fA-F_]+|[bB][01_]+|[oO][0-7_]+"
_POWER = "a power is written ** or ^"
_CHOICE = "write `a if c else b` or where(c, a, b)"
# What is written elsewhere, by its last two words.
_ELSEWHERE = {
    **dict.fromkeys((("*", "*"), ("+", "*"), ("-", "*"), ("**", "*"), ("^", "^")), _POWER),
    ("<", ">"): "write !=",
    ("==", "="): "write ==",
    ("!=", "="): "write !=",
    ("=", "<"): "write <=",
    ("=", ">"): "write >=",
    ("/", "/"): "write floor(a/b)",
    ("", "="): "leave the '=' out",
}
_WORDS = {"!": "write 'not'", "if": _CHOICE}


def missing_operand(words: Words, place: int, top: Pending) -> AdiffError:
    """A word stands where a number, a name or a bracket should; or there is none any more."""
    text, span, source = words.texts[place], words.span(place), words.source
    before = words.texts[place - 1] if place else source[: span.start].rstrip()[-1:]
    if not text:
        if not top.power:
            return unclosed(words, top)
        hint = "% is the remainder; for percent write /100" if before == "%" else ""
        message = f"the expression ends after '{before}'"
        return wrong("missing-operand", message, span, source, hint=hint)
    hint = _WORDS.get(text) or _ELSEWHERE.get((before, text), "")
    message = f"a number, a name or '(' is expected here, not '{text}'"
    return wrong("missing-operand", message, span, source, hint=hint)


def missing_operator(words: Words, place: int) -> AdiffError:
    """A number follows something that it cannot be multiplied with without a sign."""
    text, last = words.texts[place], words.texts[place - 1]
    hint = f"write {last}*{text} or {last}^{text}" if last != ")" else "write * before it"
    message = f"an operator is missing before '{text}'"
    return wrong("missing-operator", message, words.span(place), words.source, hint=hint)


def low_prefix(words: Words, place: int) -> AdiffError:
    """2 * not x, which would be 2 * (not (x == y)) in 2 * not x == y."""
    message = f"'{words.texts[place]}' stands behind an operator that binds tighter"
    return wrong("not", message, words.span(place), words.source, hint="write (not ...)")


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
    between = words.texts[place - 1] + words.texts[place + 1][:1]
    if words.touches(place) and words.touches(place + 1) and between.isdecimal():
        hint = "a decimal point is a '.', and thousands are not separated"
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


def function_power(words: Words, place: int) -> AdiffError:
    """sin^n(x): only sin^2(x) and its like are read."""
    function, _, power = words.texts[place - 2 : place + 1]
    message = f"the power of '{function}' is no whole number"
    span = Span(words.start(place - 2), words.ends[place])
    hint = f"write {function}(...)^{power}"
    return wrong("function-power", message, span, words.source, hint=hint)


def own_call(words: Words, place: int) -> AdiffError:
    """f(x) = f(x-1)."""
    message = f"'{words.texts[place]}' is called in its own definition"
    return wrong("recursion", message, words.span(place), words.source)


def unclear_bar(words: Words, place: int) -> AdiffError:
    """A bar after an operand while no bar is open, `x|y|`."""
    message, hint = "this bar could open or close", "write * before the bar, or abs(...)"
    last = plain_name(words.texts[place - 1])
    if last in FUNCTIONS:
        hint = f"write {last}(abs(...))"
    elif words.texts[place + 1] == "|" and words.touches(place + 1):
        hint = "write 'or' for a choice, * before the bars for a product"
    return wrong("bar", message, words.span(place), words.source, hint=hint)


def double_bars(words: Words, first: int, place: int) -> AdiffError:
    """||x||, which is a norm in books and abs(abs(x)) by the letter."""
    span = Span(words.start(first), words.ends[place])
    message = "double bars have two meanings"
    return wrong("bar", message, span, words.source, hint="write norm(...) or abs(...)")


def wrong_colon(words: Words, place: int) -> AdiffError:
    """A colon outside of an index and of piecewise."""
    message = "':' belongs into an index or into piecewise(c: a, otherwise)"
    hint = "a definition is written `u = ...`" if words.texts[place + 1] == "=" else ""
    return wrong("colon", message, words.span(place), words.source, hint=hint)


def wrong_index(words: Words, first: int, place: int) -> AdiffError:
    """A word in an index that does not belong there."""
    name = plain_name(words.texts[first - 1])
    function = name if name in FUNCTIONS else name.lower()
    hint = f"for the function write {function}(...)" if function in FUNCTIONS else ""
    message = "an index is a whole number or a slice like 1:3"
    return wrong("index", message, words.span(place), words.source, hint=hint)


def no_index(words: Words, first: int, place: int) -> AdiffError:
    """An index of the right words in a wrong order, `[]` or `[1:2:3:4]`."""
    span = Span(words.start(first), words.ends[place])
    hint = "write x[0], x[1:3], x[:, -1] or x[::2], with a step above 0"
    return wrong("index", "this is no index", span, words.source, hint=hint)


def check_underscores(words: Words, place: int) -> None:
    """Refuse 1_ and 1__0. Raises AdiffError."""
    if re.search(r"(?<![0-9])_|_(?![0-9])", words.texts[place]):
        message = "an underscore in a number stands between digits"
        raise wrong("underscore", message, words.span(place), words.source)


def check_range(words: Words, place: int, value: float) -> None:
    """Refuse 1e400, 1e-400 and 0x10, given a literal that came out 0 or infinite.

    Raises AdiffError.
    """
    text, span, source = words.texts[place], words.span(place), words.source
    shown = text if len(text) < 40 else f"{text[:20]}..."
    if value == inf:
        raise wrong("too-large", f"{shown} exceeds float64", span, source)
    if any(digit in "123456789" for digit in text.lower().partition("e")[0]):
        raise wrong("too-small", f"{shown} is below float64, it would become 0", span, source)
    following = words.texts[place + 1]
    if text == "0" and words.touches(place + 1) and re.fullmatch(_OTHER_BASE, following):
        span = Span(span.start, words.ends[place + 1])
        raise wrong("base", "numbers are read in base ten only", span, source)


def called_derivative(words: Words, place: int) -> AdiffError:
    """d(u, x)(3), which is no product."""
    message = "a derivative is no function and cannot be called"
    hint = "at a point it is at(d(u, x), x=3); for a product write d(u, x)*(...)"
    return wrong("not-a-function", message, words.span(place), words.source, hint=hint)
