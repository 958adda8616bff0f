"""What the words of equations say before they are read: which names are functions, which not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from autodiffcli.diagnostics import Span, wrong
from autodiffcli.lexer import SEPARATORS, Words, is_name, plain_name
from autodiffcli.ops.calculus import NAMES as OPERATORS


class Mention(NamedTuple):
    """A name in a text.

    name  in one spelling; `u_xx` is one
    span  its place
    role  `call` before a bracket, `operand` where an operator of calculus has it as its first
          operand and nothing else, `head` where a definition begins, "" otherwise
    """

    name: str
    span: Span
    role: str

    @property
    def base(self) -> str:
        """`u` of `u_xx`."""
        return self.name.partition("_")[0]


def mentions(words: Words, definitions: bool = False) -> Iterator[Mention]:
    """The names of a text, in the order of their appearance.

    definitions  whether the text is one of definitions
    """
    texts, first = words.texts, definitions
    for number, text in enumerate(texts):
        if is_name(text):
            yield Mention(plain_name(text), words.span(number), _role(texts, number, first))
        first = definitions and text in SEPARATORS


def _role(texts: Sequence[str], number: int, first: bool) -> str:
    following = texts[number + 1]
    if first and following in ("=", "("):
        return "head"
    if following == "(":
        return "call"
    before = ["", "", "", *texts[:number]]
    if before[-1] == "[" and before[-2] == "(":
        return "operand" if before[-3] in OPERATORS else ""
    operand = before[-1] == "(" and before[-2] in OPERATORS and following in (",", ")")
    return "operand" if operand else ""


def heads(words: Words) -> list[str]:
    """The names that a text of definitions defines."""
    return [found.name for found in mentions(words, True) if found.role == "head"]


def functions_in(found: Sequence[Mention], known: Iterable[str]) -> list[str]:
    """Those of some names that are differentiated; if none is, those that are mentioned."""
    names = set(known)
    own = [m for m in found if m.base in names or m.name in names]
    differentiated = [m.base for m in own if m.role == "operand" or m.name not in names]
    return list(dict.fromkeys(differentiated or [m.base for m in own]))


def variables_in(
    found: Iterable[Mention], functions: Iterable[str], known: Iterable[str], other: Iterable[str]
) -> tuple[str, ...]:
    """The variables among some names, the letters of `u_xx` included.

    functions  names of unknowns
    known      names that are variables by their points
    other      names that are no variables: constants, what is defined
    """
    apart, unknowns, seen = set(other), set(functions), list(found)
    plain = [m.name for m in seen if m.base not in unknowns and m.role != "call"]
    letters = sorted({*known, *plain} - apart, key=len, reverse=True)
    variables: list[str] = []
    for mention in seen:
        if mention.base in unknowns:
            variables += _split(mention.name.partition("_")[2], letters)
        elif mention.role != "call" and mention.name not in apart:
            variables.append(mention.name)
    return tuple(dict.fromkeys(variables))


def _split(by: str, letters: Sequence[str]) -> list[str]:
    """The variables of `xx` or `x1x2`; single letters where none is known."""
    found = []
    while by:
        name = next((name for name in letters if by.startswith(name)), by[0])
        found.append(name)
        by = by.removeprefix(name)
    return found


# -- the two sides of an equation


def sides(statement: Words) -> tuple[Words, Words | None]:
    """What stands before and behind the one `=` outside brackets. Raises AdiffError."""
    source, last = statement.source, len(statement.texts) - 1
    found = _outside(statement, "=")
    if not found:
        compared = _outside(statement, "==")
        if compared and "if" not in statement.texts:
            place = statement.span(compared[0])
            hint = "an equation has one '='"
            raise wrong("equals", "'==' compares two numbers", place, source, hint=hint)
        return statement, None
    if len(found) > 1:
        message, hint = "an equation has one '=', and this is another", "';' separates equations"
        raise wrong("equals", message, statement.span(found[1]), source, hint=hint)
    (number,) = found
    if number in (0, last - 1):
        message = f"nothing stands {'left' if number == 0 else 'right'} of the '='"
        raise wrong("empty", message, statement.span(number), source)
    return statement.part(0, number), statement.part(number + 1, last)


def _outside(statement: Words, sign: str) -> list[int]:
    """The numbers of the words that are a sign outside brackets."""
    depth, found = 0, []
    for number, text in enumerate(statement.texts):
        depth += (text in ("(", "[")) - (text in (")", "]"))
        if text == sign and depth <= 0:
            found.append(number)
    return found


def span_of(statement: Words) -> Span:
    """The place of a statement."""
    return Span(statement.start(0), statement.ends[-2])
