"""Several texts of one command as one source, so that a tape may be made of all of them.

Each keeps its own place: an error in the joined source is told in the text that was typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from autodiffcli.diagnostics import AdiffError, Span
from autodiffcli.lexer import Words, words


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the command line.

    origin  what stands before it there, `--with `; "" for an argument
    start   where it begins in the joined source
    """

    origin: str
    text: str
    start: int


class Texts:
    """The texts of a command, in the order in which they are read."""

    def __init__(self, texts: Sequence[tuple[str, str]]) -> None:
        """Join (origin, text) pairs."""
        found, start = list[Text](), 0
        for origin, text in texts:
            found.append(Text(origin, text, start))
            start += len(text) + 1
        self.source = "\n".join(text for _, text in texts)
        self.texts = tuple(found)

    def words(self, text: Text, start: int = 0) -> Words:
        """The words of a text from one of its characters on, with places in the joined source.

        Raises AdiffError.
        """
        offset, piece = text.start + start, text.text[start:]
        try:
            found = words(piece)
        except AdiffError as error:
            span = error.diagnostic.span or Span(0, len(piece))
            moved = Span(span.start + offset, span.end + offset)
            joined = replace(error.diagnostic, span=moved, source=self.source)
            raise self.located(AdiffError(joined)) from None
        return Words(self.source, found.texts, [end + offset for end in found.ends])

    def written(self, span: Span) -> str:
        """The source between two places."""
        return self.source[span.start : span.end]

    def located(self, error: AdiffError) -> AdiffError:
        """The error with its place in the text that it is about; other errors as they are."""
        diagnostic = error.diagnostic
        if diagnostic.source != self.source or not self.texts:
            return error
        span = diagnostic.span
        if span is None:
            return AdiffError(replace(diagnostic, source=""))
        own = [text for text in self.texts if text.start <= span.start] or [self.texts[0]]
        text = own[-1]
        end = min(span.end, text.start + len(text.text))
        there = Span(span.start - text.start, max(end, span.start) - text.start)
        return AdiffError(replace(diagnostic, span=there, source=text.text, origin=text.origin))
