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
DIGITS = frozenset("0123456789.")  # what a number can begin with
RAISED = frozenset("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
KEYWORDS = frozenset({"and", "or", "not", "if", "else"})

# All that ends a line somewhere: Windows, old Macs, the soft break of word processors (\v).
_NEWLINES = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
NEWLINES = frozenset(_NEWLINES)
SEPARATORS = NEWLINES | {";"}

NUMBER = r"(?:[0-9][0-9_]*(?:\.(?!\.)[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9][0-9_]*)?"
NAME = r"[^\W\d⁰¹²³⁴⁵⁶⁷⁸⁹][^\W⁰¹²³⁴⁵⁶⁷⁸⁹]*"
_SYMBOL = rf"\*\*|==|!=|<=|>=|\.\.|\.T\b|[-+*/%^@!|()\[\],:=<>;{_NEWLINES}−×·⋅÷√∛≤≥≠∧∨¬∞]"
_WORD = re.compile(rf"{NUMBER}|{NAME}|{_SYMBOL}|[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|[^\S{_NEWLINES}]+|.", re.DOTALL)
# To compile a pattern takes longer than to cut a short formula: those below are when it is due.
_KNOWN = rf"{NUMBER}|{NAME}|{_SYMBOL}|[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+"
_PLAIN = SEPARATORS.union("_-+*/%^@!|()[],:=<>")  # words of one character, as are letters, digits

# Characters that word processors and web pages put in place of what was meant, where Unicode
# itself does not say so.
_LOOKALIKES = {
    **dict.fromkeys("‐‑‒–—―", "-"),
    **dict.fromkeys("∗⁎•∙‧・⋆⨯✕✖\u2062", "*"),
    **dict.fromkeys("∕⁄∶", "/"),
}
_RADIANS = "angles are in radians; for degrees write *pi/180"
_PRIME = "adiff has no strings and no primes; a derivative is written d(u, x)"
_INSIDE = "a derivative is written d(u, x), a gradient grad(u)"
_ADVICE = {
    **dict.fromkeys("'′ʹʼ’‘", _PRIME),
    **dict.fromkeys('"″“”', "adiff has no strings"),
    **dict.fromkeys("{}", "use round brackets for grouping"),
    **dict.fromkeys("∂∇", _INSIDE),
    **dict.fromkeys("°º", _RADIANS),
    **dict.fromkeys("⌊⌋", "write floor(...)"),
    **dict.fromkeys("⌈⌉", "write ceil(...)"),
    "‖": "write norm(...)",
    "&": "write 'and'",
    "~": "write 'not'",
    "\\": "adiff reads plain formulas, not LaTeX",
    "$": "a shell replaces $name inside double quotes; use single quotes",
    "?": "write `a if c else b` or where(c, a, b)",
    ".": "adiff has no attributes but .T, the transpose",
    "#": "adiff has no comments",
}
_LIBRARY = r"\b(?:math|cmath|np|numpy|jnp|torch|tf|sp|sympy|scipy|Math)\Z"


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

    def touches(self, number: int) -> bool:
        """Whether nothing stands between a word and the one before it."""
        return number > 0 and self.ends[number - 1] == self.start(number)

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
    blank = {piece for piece in distinct - SEPARATORS if piece.isspace()}
    strange = {piece: at for piece in distinct - blank if (at := _stranger(piece)) is not None}
    if strange:
        place = min(map(pieces.index, strange))
        piece = pieces[place]
        raise _unexpected(source, ends[place] - len(piece) + strange[piece])
    if blank:
        kept = [(text, end) for text, end in zip(pieces, ends, strict=True) if text not in blank]
        pieces, ends = [text for text, _ in kept], [end for _, end in kept]
    return Words(source, [*pieces, ""], [*ends, len(source)])


def is_name(text: str) -> bool:
    """Whether a word is a name; keywords are none."""
    return (text[:1].isalpha() or text[:1] == "_") and text not in KEYWORDS


def plain_name(text: str) -> str:
    """A name in one spelling: µ is μ and x₁ is x1."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _stranger(piece: str) -> int | None:
    """Where in a piece of source stands a character that belongs to no word; None for nowhere."""
    if piece.isascii() and (len(piece) > 1 or piece.isalnum() or piece in _PLAIN):
        return None
    if not re.fullmatch(_KNOWN, piece):
        return 0
    if piece.isascii() or not re.match(NAME, piece):
        return None
    for place, character in enumerate(piece):
        # eˣ, xⁿ, ½ and 45º would become the names ex, xn, 1⁄2 and o; a filler cannot be seen.
        raised = unicodedata.decomposition(character).startswith(("<super>", "<fraction>"))
        if raised or unicodedata.name(character, "FILLER").endswith("FILLER"):
            return place
    plain = plain_name(piece)
    return None if plain.isidentifier() and plain not in KEYWORDS else 0


def _unexpected(source: str, place: int) -> AdiffError:
    character = source[place]
    visible = character.isprintable() and not unicodedata.combining(character)
    name = unicodedata.name(character, f"U+{ord(character):04X}")
    shown = f"'{character}'" if visible else name
    span = Span(place, place + 1)
    hint = _advice(source, place)
    return wrong("unexpected-character", f"unexpected character {shown}", span, source, hint=hint)


def _advice(source: str, place: int) -> str:
    """What to type instead of a character."""
    character = source[place]
    if character == "." and source[place + 1 : place + 2] in tuple("*/^"):
        return "operators work entry by entry; leave the dot out"
    library = re.search(_LIBRARY, source[:place]) if character == "." else None
    if library:
        return f"leave '{library.group()}.' out"
    if character in _ADVICE:
        return _ADVICE[character]
    plain = unicodedata.normalize("NFKC", character)
    kind = unicodedata.decomposition(character).partition(" ")[0]
    if kind == "<super>":
        return f"write ^{plain}"
    if kind == "<fraction>":
        return f"write ({plain.replace('⁄', '/')})"
    digit = unicodedata.digit(character, None)
    lookalike = _LOOKALIKES.get(character, plain if digit is None else str(digit))
    if lookalike.isascii() and lookalike != character:
        return f"write '{lookalike}'"
    return "delete it; it cannot be seen" if unicodedata.category(character) == "Cf" else ""
