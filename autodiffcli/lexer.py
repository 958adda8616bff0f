"""Source text -> words, each with its place.

Words are kept as two parallel lists, not as objects: a hundred thousand terms are a million
words, and one `findall` cuts them in a tenth of a second.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import accumulate

from autodiffcli.diagnostics import AdiffError, Span, wrong

MAX_LENGTH = 20_000_000  # characters

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
SEPARATORS = frozenset({";", "\n"})
DIGITS = frozenset("0123456789.")  # what a number can begin with
RAISED = frozenset("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

_NUMBER = r"(?:[0-9][0-9_]*(?:\.(?!\.)[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9][0-9_]*)?"
_NAME = r"[^\W\d⁰¹²³⁴⁵⁶⁷⁸⁹][^\W⁰¹²³⁴⁵⁶⁷⁸⁹]*"
_SYMBOL = r"\*\*|==|!=|<=|>=|\.\.|\.T\b|[-+*/%^@!|()\[\],:=<>;\n−×·⋅÷√∛≤≥≠∧∨¬∞]"
_WORD = re.compile(rf"{_NUMBER}|{_NAME}|{_SYMBOL}|[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|[^\S\n]+|.", re.DOTALL)
_KNOWN = re.compile(rf"{_NUMBER}|{_NAME}|{_SYMBOL}|[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")

# Characters that word processors and web pages put in place of what was meant.
_LOOKALIKES = {
    "–": "-",
    "—": "-",
    "∗": "*",
    "∕": "/",
    "⁄": "/",
    "（": "(",
    "）": ")",
    "，": ",",
    "＝": "=",
}
_ADVICE = {
    "'": "adiff has no strings and no primes; a derivative is asked for with --order",
    '"': "adiff has no strings",
    "&": "write 'and'",
    "~": "write 'not'",
    "{": "use round brackets for grouping",
    "}": "use round brackets for grouping",
    "\\": "adiff reads plain formulas, not LaTeX",
    "$": "a shell replaces $name inside double quotes; use single quotes",
    "?": "write `a if c else b` or where(c, a, b)",
    ".": "adiff has no attributes but .T, the transpose",
    "#": "adiff has no comments",
}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a source text, closed by an empty one.

    texts  as written
    ends   where each one ends in the source, in characters
    """

    source: str
    texts: list[str]
    ends: list[int]

    def start(self, number: int) -> int:
        """Where a word begins."""
        return self.ends[number] - len(self.texts[number])

    def span(self, number: int) -> Span:
        """The place of a word."""
        return Span(self.start(number), self.ends[number])

    def part(self, first: int, last: int) -> Words:
        """The words from `first` up to, not including, `last`."""
        end = self.ends[last - 1] if last else 0
        return Words(self.source, [*self.texts[first:last], ""], [*self.ends[first:last], end])


def words(source: str) -> Words:
    """The words of a source text without the spaces between them.

    Raises AdiffError at the first character that belongs to no word.
    """
    if len(source) > MAX_LENGTH:
        raise wrong("too-long", f"the expression has more than {MAX_LENGTH:,} characters")
    pieces = _WORD.findall(source)
    ends = list(accumulate(map(len, pieces)))
    distinct = set(pieces)
    blank = {piece for piece in distinct if piece.isspace() and piece != "\n"}
    strange = [piece for piece in distinct - blank if not _KNOWN.fullmatch(piece)]
    if strange:
        place = min(map(pieces.index, strange))
        raise _unexpected(pieces[place], ends[place] - 1, source)
    if blank:
        kept = [(text, end) for text, end in zip(pieces, ends, strict=True) if text not in blank]
        pieces, ends = [text for text, _ in kept], [end for _, end in kept]
    return Words(source, [*pieces, ""], [*ends, len(source)])


def plain_name(text: str) -> str:
    """A name in one spelling: µ is μ and x₁ is x1."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _unexpected(character: str, place: int, source: str) -> AdiffError:
    lookalike = _LOOKALIKES.get(character)
    hint = f"write '{lookalike}'" if lookalike else _ADVICE.get(character, "")
    name = unicodedata.name(character, f"U+{ord(character):04X}")
    shown = f"'{character}'" if character.isprintable() else name
    message = f"unexpected character {shown}"
    return wrong("unexpected-character", message, Span(place, place + 1), source, hint=hint)
