"""What could be read two ways: products without a sign, `1/2x` and `sin 2x`, and their kin.

A person gets the reading that adiff gives, and a note; a pipe gets an error (`strictly`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from autodiffcli.calls import is_symbol
from autodiffcli.diagnostics import AdiffError, Diagnostic, Span
from autodiffcli.lexer import NAME, NUMBER
from autodiffcli.ops import FUNCTIONS
from autodiffcli.program import CONST, INPUT, Builder, Program

_PRODUCT = "two-readings"
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_OPEN = r"(?s:(?:\([^()]*\)|[^(])*?(?:√|∛|\^|\*\*)\s*(?P<rest>.*))"


class Doubt(NamedTuple):
    """A way of writing that others read otherwise.

    marks    texts without which it cannot occur: looking for them is cheaper than to compile
             the pattern
    pattern  what it looks like in the source; its group `all` is the place, others are texts; a
             space is any number of them
    reading  how adiff reads it
    hint     what to write instead
    """

    marks: tuple[str, ...]
    pattern: str
    reading: str
    hint: str


_SYMBOLS = "|".join(filter(is_symbol, FUNCTIONS))

_RISE = rf"(?:(?:\^|\*\*) [-−+]? [\w.]*|[⁺⁻]?[{_RAISED}]+)"
_DOUBTS = (
    *(
        Doubt(
            ("1", slash),
            rf"(?P<all>(?:\^|\*\*) [-−]? 1 {slash})",
            "'{all}' divides the power by what follows",
            "for a root write ^(1/n), for the quotient put brackets around the power",
        )
        for slash in "/÷"
    ),
    *(
        Doubt(
            (root,),
            rf"(?P<all>{root} (?P<of>{NUMBER}|{NAME}) {_RISE})",
            "the root in '{all}' is that of {of} alone",
            "put brackets around the root, or around all that is under it",
        )
        for root in "√∛"
    ),
    Doubt(
        ("^",),
        rf"(?P<all>[⁺⁻]?[{_RAISED}]+ \^)",
        "'{all}' raises a power to a power",
        "put brackets around the power that comes first",
    ),
    Doubt(
        ("%",),
        rf"(?:\A|(?<!\*)\*|[-−+/÷×·⋅(,;:=<>\n]) (?P<all>(?P<part>{NUMBER})%)"
        r"(?= (?:[-−+√∛(|\[]|[^\W\d]))",
        "'{all}' is read as a remainder, not as a percentage",
        "for percent write {part}/100, for the remainder {part} % ... with spaces",
    ),
    *(
        Doubt(
            (letter,),
            r"(?<![\w.])(?P<all>(?P<part>[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)"
            rf"{letter}[-+]?[0-9][0-9_]*)(?=[(√∛]|[^\W\d])",
            "'{all}' is read as one number, times what follows",
            f"write {{all}}*... for that, {{part}}*{letter}... for a product by {letter}",
        )
        for letter in "eE"
    ),
    Doubt(
        ("e",),
        r"(?<![\w.])(?P<all>(?P<part>[0-9][0-9_.]*)(?:e[^\S\n]+[-−+]|[^\S\n]+e[-−+])[0-9]+)",
        "the e in '{all}' is read as the number e",
        "write a power of ten without spaces, or {part}*e for the number e",
    ),
    *(
        Doubt(
            (word,),
            rf"(?<!\w)(?P<all>{word}{blank}{NUMBER})(?= (?:\Z|[),;:\]|\n]|(?:if|else|and|or)\b))",
            "the number in '{all}' is a condition by itself, true unless it is 0",
            "write every comparison in full, x == 1 or x == 2",
        )
        for word, blank in (("or", r"\s+"), ("and", r"\s+"), ("∨", " "), ("∧", " "))
    ),
    Doubt(
        ("!!",),
        r"(?P<all>!!+)(?!=)",
        "'{all}' is read as the factorial of a factorial",
        "write (x!)! for that; adiff has no double factorial",
    ),
    Doubt(
        (",0",),
        r"(?<![\w.])(?P<all>(?P<high>[1-9][0-9]{0,2}),(?P<low>0[0-9]{2}))(?![\w.])",
        "'{all}' is read as two numbers",
        "write {high}{low} or {high}_{low}",
    ),
    *(
        Doubt(
            (mark, "("),
            rf"(?<![\w.])(?P<all>(?P<name>{_SYMBOLS}) {rise})(?= \()",
            "'{all}(...)' is read as a power of the function {name}(...)",
            "for a product write {all}*(...)",
        )
        for mark, rise in (
            *(("^", r"\^ [0-9]+"), ("**", r"\*\* [0-9]+")),
            *((raised, raised) for raised in _RAISED),
        )
    ),
    Doubt(
        (" (",),
        rf"(?<![\w.])(?P<all>{_SYMBOLS})(?=[^\S\n]+\([^(),]*\))",
        "'{all} (...)' is read as the function {all}(...)",
        "for a product write {all}*(...)",
    ),
)

# Names that are more likely calls, powers and products that were written without their signs.
_WORDS = [word for word, op in FUNCTIONS.items() if op.takes(1) and (len(word) > 2 or word == "ln")]
_CALL = (
    rf"(?P<factor>[^\W\d_]?)(?P<function>{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
    r"(?P<operand>[xyzθφ]|[0-9]+[^\W\d_]?)"  # not t: cost is a word
)
_NAMES = (
    (r"(\w*)π(\w+)", "for the product write {0}π*{1}"),
    (r"pi([^\W\d_])", "for the product write pi*{0}"),
    (r"e([0-9]*[xyzt])", "for the exponential write e^({0})"),
)


def strictly(program: Program) -> None:
    """Refuse a program with something that could be read two ways. Raises AdiffError."""
    for reading in program.readings:
        what = "this product" if reading.code == _PRODUCT else "this"
        message = f"{what} could be read two ways; {reading.message}"
        raise AdiffError(replace(reading, message=message))


def doubts(source: str) -> Iterator[Diagnostic]:
    """Notes on what is well written but means something else elsewhere."""
    for marks, pattern, reading, hint in _DOUBTS:
        if not all(mark in source for mark in marks):
            continue
        for found in re.finditer(pattern.replace(" ", r"[^\S\n]*"), source):
            texts, span = found.groupdict(), Span(*found.span("all"))
            yield Diagnostic(
                "doubtful", reading.format(**texts), span, source, hint=hint.format(**texts)
            )


def two_readings(
    builder: Builder, left: int, written: Span, following: Span, divided: int | None
) -> Diagnostic | None:
    """The note on a product of step `left` and the word that follows it; None if it is clear.

    written    the left factor in the source
    following  the word after it
    divided    where the dividend begins if the left factor is a divisor, else None
    """
    source = builder.source
    word = source[following.start : following.end]
    function = bare_function(builder, left)
    if function:
        reading = f"'{function}' is read as a variable, times what follows"
        hint = f"for the function write {function}(...)"
        place = Span(written.start, following.end)
        return Diagnostic(_PRODUCT, reading, place, source, hint=hint)
    if divided is None and not _takes_more(builder, left, source[written.start : written.end]):
        return None
    start = written.start if divided is None else divided
    before = source[start : written.end]
    more = "(...)" if word == "(" else word
    reading = f"'{source[start : following.end]}' is read as ({before})*{more}"
    hint = f"write ({before})*{more}, or brackets for the other reading"
    place = Span(start, following.end)
    return Diagnostic(_PRODUCT, reading, place, source, hint=hint)


def bare_function(builder: Builder, step: int) -> str:
    """The function whose name stands there as a variable, `sin` of `sin x` and `sin^2 x`."""
    found = builder.steps[step]
    if found.op == "pow":
        found = builder.steps[found.operands[0]]
    return found.text if found.op == INPUT and found.text in FUNCTIONS else ""


def _takes_more(builder: Builder, step: int, factor: str) -> bool:
    """Whether a factor could go on: `e^2` of `e^2x`, `√2` of `√2x`, but not `e^(2)` or `e²`."""
    found = builder.steps[step]
    while found.op == "neg":
        found = builder.steps[found.operands[0]]
    power = found.op == "pow" and builder.steps[found.operands[0]].op == CONST
    if not (power or found.op in ("exp", "sqrt", "cbrt")):
        return False
    written = re.match(_OPEN, factor)
    bracketed = written and written["rest"][:1] in ("(", "|") and factor[-1] in (")", "|")
    return written is not None and not bracketed


def doubtful_name(name: str) -> str:
    """What else the name of the only variable may stand for, `sinx` for sin(x); "" for nothing."""
    if name in FUNCTIONS and not is_symbol(name):
        return f"for the function write {name}(...)"
    might = any(word in name for word in _WORDS)  # the pattern takes milliseconds to compile
    called = re.fullmatch(_CALL, name) if might else None
    if called and called["operand"].endswith(called["factor"]):
        product = f"{called['factor']}*" if called["factor"] else ""
        return f"for the function write {product}{called['function']}({called['operand']})"
    for pattern, hint in _NAMES if len(name) > 1 else ():
        found = re.fullmatch(pattern, name)
        if found:
            return hint.format(*found.groups())
    return ""
