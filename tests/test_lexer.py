"""Words and their places; characters that belong to no word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiffcli import lexer
from autodiffcli.diagnostics import AdiffError, Diagnostic, Span
from autodiffcli.lexer import is_name, plain_name, words


def refused(source: str) -> Diagnostic:
    with pytest.raises(AdiffError) as caught:
        words(source)
    assert caught.value.diagnostic.source == source
    return caught.value.diagnostic


WORDS = {
    "x**2 + 1": ["x", "**", "2", "+", "1"],
    "2x_1": ["2", "x_1"],
    "2.5e-3x": ["2.5e-3", "x"],
    "2e-x": ["2", "e", "-", "x"],
    "2ex": ["2", "ex"],
    ".5+5.": [".5", "+", "5."],
    "1_000.5": ["1_000.5"],
    "0..1..0.25": ["0", "..", "1", "..", "0.25"],
    "1.5..2.5": ["1.5", "..", "2.5"],
    "x²³y⁻¹": ["x", "²³", "y", "⁻¹"],
    "a<=b!=c>=d==e": ["a", "<=", "b", "!=", "c", ">=", "d", "==", "e"],
    "x!=2": ["x", "!=", "2"],
    "A.T@B": ["A", ".T", "@", "B"],
    "not x or y": ["not", "x", "or", "y"],
    "f(x, y)": ["f", "(", "x", ",", "y", ")"],
    "x₁ + α_2": ["x₁", "+", "α_2"],
    "√2π": ["√", "2", "π"],
    "[1,2][0]": ["[", "1", ",", "2", "]", "[", "0", "]"],
    "x\t\u00a0y": ["x", "y"],
    "a;b\nc\r\nd": ["a", ";", "b", "\n", "c", "\r", "\n", "d"],
}


@pytest.mark.parametrize("source", WORDS)
def test_words(source: str) -> None:
    assert words(source).texts == [*WORDS[source], ""]


@pytest.mark.parametrize("source", WORDS)
def test_a_word_lies_where_its_span_says(source: str) -> None:
    found = words(source)
    for number, text in enumerate(found.texts):
        start, end = found.span(number)
        assert source[start:end] == text
        assert found.start(number) == start


@pytest.mark.parametrize("character", "\n\r\v\f\x85\u2028\u2029")
def test_whatever_ends_a_line_separates_statements(character: str) -> None:
    assert words(f"a{character}b").texts == ["a", character, "b", ""]
    assert character in lexer.SEPARATORS


def test_spaces_of_every_width_are_no_words() -> None:
    spaces = " \t\u00a0\u2002\u2003\u2009\u202f\u3000"
    assert words(spaces.join(["", "x", "+", "1", ""])).texts == ["x", "+", "1", ""]


def test_a_part_keeps_the_places_in_the_whole() -> None:
    part = words("u = x + 1").part(2, 5)
    assert part.texts == ["x", "+", "1", ""]
    assert [part.span(number) for number in range(3)] == [Span(4, 5), Span(6, 7), Span(8, 9)]


def test_words_touch_where_no_space_is_between_them() -> None:
    found = words("0x 1")
    assert [found.touches(number) for number in range(3)] == [False, True, False]


@pytest.mark.parametrize(
    ("written", "plain"),
    [("µ", "μ"), ("x₁₂", "x12"), ("𝑥", "x"), ("ϕ", "φ"), ("ℯ", "e"), ("Δx", "Δx"), ("é", "é")],
)
def test_a_name_has_one_spelling(written: str, plain: str) -> None:
    assert plain_name(written) == plain


@pytest.mark.parametrize("text", ["x", "_", "_1", "x₁", "α", "lambda", "T", "é"])
def test_names(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize("text", ["", "2", ".5", "(", "and", "or", "not", "if", "else", "²", "∞"])
def test_what_is_no_name(text: str) -> None:
    assert not is_name(text)


# The character that is refused, its place, and what to do instead.
STRANGERS = [
    ("x'", "'", "adiff has no strings and no primes; a derivative is written d(u, x)"),
    ("y′+1", "′", "adiff has no strings and no primes; a derivative is written d(u, x)"),
    ("f’(x)", "’", "adiff has no strings and no primes; a derivative is written d(u, x)"),
    ('"x"', '"', "adiff has no strings"),
    ("“x”", "“", "adiff has no strings"),
    ("x & y", "&", "write 'and'"),
    ("~x", "~", "write 'not'"),
    ("x^{2}", "{", "use round brackets for grouping"),
    (r"\frac12", "\\", "adiff reads plain formulas, not LaTeX"),
    ("$x$", "$", "a shell replaces $name inside double quotes; use single quotes"),
    ("x > 0 ? x : 0", "?", "write `a if c else b` or where(c, a, b)"),
    ("x.real", ".", "adiff has no attributes but .T, the transpose"),
    ("x + np.sin(x)", ".", "leave 'np.' out"),
    ("math.sin(x)", ".", "leave 'math.' out"),
    ("⌊x⌋", "⌊", "write floor(...)"),
    ("2・x", "・", "write '*'"),
    ("x.^2", ".", "operators work entry by entry; leave the dot out"),
    ("A.*B", ".", "operators work entry by entry; leave the dot out"),
    ("x # a comment", "#", "adiff has no comments"),
    ("∂x", "∂", "a derivative is written d(u, x), a gradient grad(u)"),
    ("‖x‖", "‖", "write norm(...)"),
    ("sin(45°)", "°", "angles are in radians; for degrees write *pi/180"),
    ("sin(45º)", "º", "angles are in radians; for degrees write *pi/180"),
    ("x – 1", "–", "write '-'"),
    ("x — 1", "—", "write '-'"),
    ("x‑1", "‑", "write '-'"),
    ("2∗x", "∗", "write '*'"),
    ("2•x", "•", "write '*'"),
    ("1⁄2", "⁄", "write '/'"),
    ("（x）", "（", "write '('"),
    ("x＋1", "＋", "write '+'"),
    ("２x", "２", "write '2'"),
    ("x + ٣", "٣", "write '3'"),
    ("₂x", "₂", "write '2'"),
    ("eˣ", "ˣ", "write ^x"),
    ("xⁿ", "ⁿ", "write ^n"),
    ("Aᵀ", "ᵀ", "write ^T"),
    ("½x", "½", "write (1/2)"),
    ("x½", "½", "write (1/2)"),
    ("x ± 1", "±", ""),
    ("x👍", "👍", ""),
]


@pytest.mark.parametrize(("source", "character", "hint"), STRANGERS, ids=[s[0] for s in STRANGERS])
def test_a_character_that_belongs_to_no_word(source: str, character: str, hint: str) -> None:
    found = refused(source)
    place = source.index(character)
    assert found.code == "unexpected-character"
    assert found.message == f"unexpected character '{character}'"
    assert found.span == Span(place, place + 1)
    assert found.hint == hint


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("x\u200b+1", "ZERO WIDTH SPACE"),
        ("\ufeffx", "ZERO WIDTH NO-BREAK SPACE"),
        ("x\u2062y", "INVISIBLE TIMES"),
        ("x\u0302", "COMBINING CIRCUMFLEX ACCENT"),
        ("x\x00", "U+0000"),
    ],
)
def test_a_character_that_cannot_be_seen_is_called_by_its_name(source: str, name: str) -> None:
    assert refused(source).message == f"unexpected character {name}"


def test_a_character_that_cannot_be_seen_is_to_be_deleted_or_replaced() -> None:
    assert refused("x\u200b+1").hint == "delete it; it cannot be seen"
    assert refused("x\u2062y").hint == "write '*'"


@pytest.mark.parametrize("filler", "\u115f\u1160\u3164\uffa0")
def test_a_name_that_cannot_be_seen_is_none(filler: str) -> None:
    assert refused(f"x {filler}").span == Span(2, 3)


@pytest.mark.parametrize("source", ["ａｎｄ", "𝑖𝑓", "\ufdfa"])
def test_a_name_whose_plain_spelling_is_none_is_refused(source: str) -> None:
    assert refused(source).span == Span(0, 1)


def test_the_first_of_several_strangers_is_named() -> None:
    assert refused("a + x² ? b # c").span == Span(7, 8)


def test_a_text_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexer, "MAX_LENGTH", 1_000)
    assert len(words("x" * 1_000).texts) == 2
    with pytest.raises(AdiffError) as caught:
        words("x" * 1_001)
    assert caught.value.diagnostic.message == "the expression has more than 1,000 characters"


@given(st.text(max_size=40))
def test_any_text_is_words_or_a_diagnostic_with_a_place(source: str) -> None:
    try:
        found = words(source)
    except AdiffError as error:
        span = error.diagnostic.span
        assert span is not None
        assert 0 <= span.start < span.end <= len(source)
        return
    spans = [found.span(number) for number in range(len(found.texts) - 1)]
    assert [source[start:end] for start, end in spans] == found.texts[:-1]
    outside = "".join(source[a:b] for a, b in zip([0, *(s.end for s in spans)],
                                                  [*(s.start for s in spans), len(source)],
                                                  strict=True))  # fmt: skip
    assert not outside.strip()  # nothing but spaces is left out
