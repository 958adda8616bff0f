"""Text that a terminal can show."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiffcli.renderers.printable import encodable, padded, printable, width, wrapped


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("x + 1", "x + 1"),
        ("a\tb", "a b"),
        ("\x1b[31mred", "?[31mred"),
        ("\x9b31m", "?31m"),
        ("a\r\nb", "a??b"),
        ("\u202egnp.x", "?gnp.x"),
        ("∂²y", "∂²y"),
        ("a\u200db", "a\u200db"),
    ],
)
def test_control_characters_become_question_marks(text, safe):
    assert printable(text) == safe


@given(st.text())
def test_printable_text_keeps_its_length_and_sends_no_escape(text):
    safe = printable(text)
    assert len(safe) == len(text)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in safe)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("utf-8", "∂²y"), ("latin-1", "\\u2202²y"), ("ascii", "\\u2202\\xb2y")],
)
def test_what_the_stream_cannot_encode_is_escaped(encoding, text):
    assert encodable("∂²y", io.TextIOWrapper(io.BytesIO(), encoding=encoding)) == text


def test_bytes_that_were_no_text_are_escaped():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    assert encodable("x\udcff", stream) == "x\\udcff"


@given(st.text(st.characters()), st.sampled_from(["utf-8", "ascii", "cp437", "gbk"]))
def test_encodable_text_can_be_written(text, encoding):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    stream.write(encodable(text, stream))
    stream.flush()


@pytest.mark.parametrize(
    ("text", "cells"),
    [("dy/dx", 5), ("∂²y", 3), ("数学", 4), ("e\u0301", 1), ("각", 2), ("Ａ", 2), ("", 0)],
)
def test_width_counts_cells(text, cells):
    assert width(text) == cells


def test_padding_counts_cells():
    assert padded("数", 4) == "  数"
    assert padded("数", 4, left=True) == "数  "


def test_wrapped_text_breaks_between_words_and_keeps_equations_whole():
    text = "[1] dy/dx at x = 0: kink, left -1, right 1; abs(x) has its kink there"
    assert wrapped(text, 24) == [
        "[1] dy/dx at x = 0:",
        "    kink, left -1,",
        "    right 1; abs(x) has",
        "    its kink there",
    ]
    assert wrapped(text, None) == [text]
