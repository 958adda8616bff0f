"""A diagnostic as it is printed."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiffcli.diagnostics import Diagnostic, Span
from autodiffcli.renderers.printable import width as cells
from autodiffcli.renderers.report import note, report


def reported(source, span, *, origin="", hint="", width=None, colour=False, encoding=None):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding or "utf-8")
    diagnostic = Diagnostic("code", "message", Span(*span), source, origin, hint)
    report(diagnostic, stream, colour=colour, width=width)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding or "utf-8")


def test_an_unknown_function():
    stream = io.StringIO()
    report(
        Diagnostic(
            "unknown-function",
            "no function called 'sine'",
            Span(0, 4),
            "sine(x)+1",
            hint="did you mean 'sin'?",
        ),
        stream,
    )
    assert stream.getvalue() == (
        "error: no function called 'sine'\n  sine(x)+1\n  ^^^^\nhint: did you mean 'sin'?\n"
    )


def test_a_mistake_in_an_option_stands_behind_the_option():
    assert reported("1,zwei", (2, 6), origin="--at ") == (
        "error: message\n"
        "  --at 1,zwei\n"
        "         ^^^^\n"
    )  # fmt: skip


def test_a_mistake_without_a_place_is_one_line():
    stream = io.StringIO()
    report(Diagnostic("code", "nothing to differentiate"), stream)
    assert stream.getvalue() == "error: nothing to differentiate\n"


def test_of_several_lines_the_one_with_the_mistake_is_shown():
    assert reported("u = exp(-t)\nf = sine(x)\r\nf + u", (16, 20)) == (
        "error: message\n"
        "  line 2: f = sine(x)\n"
        "              ^^^^\n"
    )  # fmt: skip


def test_a_span_over_several_lines_is_clipped_to_the_first():
    assert reported("(x\n+y", (0, 5)) == "error: message\n  line 1: (x\n          ^^\n"


@pytest.mark.parametrize("span", [(2, 2), (2, 9), (7, 7)])
def test_an_empty_span_at_the_end_has_one_caret(span):
    assert reported("x+", span) == "error: message\n  x+\n    ^\n"


def test_an_empty_option_has_a_caret_behind_it():
    assert reported("", (0, 0), origin="--at ") == "error: message\n  --at \n       ^\n"


@pytest.mark.parametrize(
    ("source", "span", "excerpt"),
    [
        ("数学+sine", (3, 7), "  数学+sine\n       ^^^^\n"),
        ("数学+1", (0, 2), "  数学+1\n  ^^^^\n"),
        ("e\u0301+q", (3, 4), "  e\u0301+q\n    ^\n"),
        ("x\t+ q", (4, 5), "  x + q\n      ^\n"),
        ("\x1b[31m+q", (6, 7), "  ?[31m+q\n        ^\n"),
    ],
)
def test_carets_stand_under_wide_combining_and_control_characters(source, span, excerpt):
    assert reported(source, span) == "error: message\n" + excerpt


def test_what_cannot_be_encoded_is_escaped_and_the_carets_know():
    assert reported("α+q", (2, 3), encoding="ascii") == (
        "error: message\n"
        "  \\u03b1+q\n"
        "         ^\n"
    )  # fmt: skip


LONG = "+".join(f"x{number}" for number in range(10, 70))  # x10+x11+ .. +x69, 239 characters


@pytest.mark.parametrize(
    ("span", "window", "carets"),
    [
        (
            (100, 103),
            "  …+x31+x32+x33+x34+x35+x36+x37+x38+x39…",
            "                    ^^^",
        ),
        (
            (0, 3),
            "  x10+x11+x12+x13+x14+x15+x16+x17+x18+…",
            "  ^^^",
        ),
        (
            (239, 239),
            "  …x61+x62+x63+x64+x65+x66+x67+x68+x69",
            "                                      ^",
        ),
    ],
)
def test_a_long_line_is_cut_to_a_window_around_the_span(span, window, carets):
    assert reported(LONG, span, width=40).splitlines() == ["error: message", window, carets]


def test_a_span_longer_than_the_window_is_shown_from_its_start():
    assert reported(LONG, (40, 200), width=30).splitlines()[1:] == [
        "  …x20+x21+x22+x23+x24+x25+x2…",
        "   ^^^^^^^^^^^^^^^^^^^^^^^^^^",
    ]


def test_the_cut_is_three_dots_where_the_stream_has_no_ellipsis():
    window = reported(LONG, (100, 103), width=40, encoding="ascii").splitlines()[1]
    assert window.startswith("  ...")
    assert window.endswith("...")
    assert len(window) <= 40


def test_a_line_of_a_hundred_cells_is_shown_whole():
    assert "…" not in reported("x" * 98, (0, 1))
    assert "…" in reported("x" * 99, (0, 1))


def test_a_message_cannot_send_escape_sequences():
    stream = io.StringIO()
    report(Diagnostic("code", "no '\x1b[2J'", hint="\x07bell"), stream)
    note("\x1b]0;title", stream)
    assert stream.getvalue() == "error: no '?[2J'\nhint: ?bell\nnote: ?]0;title\n"


def test_colour_paints_the_words_and_the_carets_only():
    assert reported("sine", (0, 4), hint="sin", colour=True) == (
        "\x1b[1;31merror:\x1b[0m message\n  sine\n  \x1b[31m^^^^\x1b[0m\n\x1b[36mhint:\x1b[0m sin\n"
    )


def test_a_note_is_one_line():
    stream = io.StringIO()
    note("1/2x is read as (1/2)*x", stream)
    assert stream.getvalue() == "note: 1/2x is read as (1/2)*x\n"


def test_text_is_wrapped_to_the_width_of_a_terminal():
    stream = io.StringIO()
    report(
        Diagnostic("code", "no root is found from x = 1: derivative 0", hint="start at another x"),
        stream,
        colour=True,
        width=30,
    )
    note("not real in a part of the box, from 0 to 1", stream, 30)
    assert stream.getvalue() == (
        "\x1b[1;31merror:\x1b[0m no root is found from\n"
        "  x = 1: derivative 0\n"
        "\x1b[36mhint:\x1b[0m start at another x\n"
        "note: not real in a part of\n"
        "  the box, from 0 to 1\n"
    )


def test_nothing_is_wrapped_without_a_width():
    stream = io.StringIO()
    note("word " * 100 + "end", stream)
    report(Diagnostic("code", "word " * 100 + "end"), stream)
    assert stream.getvalue().count("\n") == 2


VISIBLE = st.text(st.sampled_from("abcxyz01+*() 数学αe\u0301"), min_size=1, max_size=300)


@given(VISIBLE, st.data(), st.integers(20, 120))
def test_the_caret_sits_under_the_span(source, data, width):
    start = data.draw(st.integers(0, len(source) - 1))
    character = source[start]
    lines = reported(source, (start, start + 1), width=width).split("\n")
    window, carets = lines[1], lines[2]
    assert cells(window) <= width
    place = carets.index("^")
    under = [at for at in range(len(window)) if cells(window[:at]) == place]
    assert any(window[at] == character for at in under)


@given(st.text(), st.integers(-3, 400), st.integers(-3, 400), st.integers(1, 60))
def test_no_diagnostic_fails_to_print(source, start, end, width):
    assert reported(source, (start, end), width=width, encoding="ascii").startswith("error:")


def test_a_caret_behind_the_last_character_stays_within_the_width():
    assert reported("x" * 37, (37, 37), width=40).splitlines()[2] == " " * 39 + "^"
    assert reported("x" * 38, (38, 38), width=40).splitlines()[1] == "  …" + "x" * 35


def test_a_new_line_at_the_end_makes_no_second_line():
    assert reported("sine(x)\n", (0, 4)) == "error: message\n  sine(x)\n  ^^^^\n"
