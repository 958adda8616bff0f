"""What the environment says about colour and width."""

from __future__ import annotations

import io
import sys

import pytest

from autodiffcli.terminal import attached


class _Screen(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "tty", "colour", "boxes"),
    [
        ({}, True, True, True),
        ({}, False, False, False),
        ({"NO_COLOR": "1"}, True, False, True),
        ({"FORCE_COLOR": "1"}, False, True, False),
        ({"FORCE_COLOR": "0"}, False, False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False, True),
        ({"TERM": "dumb"}, True, False, False),
        ({"NO_COLOR": ""}, True, True, True),
    ],
)
def test_colour_and_boxes(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], tty: bool, colour: bool, boxes: bool
) -> None:
    monkeypatch.setattr(sys, "stdout", _Screen() if tty else io.StringIO())
    found = attached(environ)
    assert (found.colour, found.boxes) == (colour, boxes)


def test_width_is_the_terminals_and_none_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", _Screen())
    assert attached({"COLUMNS": "60"}).width == 60
    assert attached({"COLUMNS": "wide"}).width == 80
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert attached({"COLUMNS": "60"}).width is None


def test_the_width_of_stderr_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", _Screen())
    found = attached({"COLUMNS": "60"})
    assert (found.width, found.stderr_width, found.talk) == (None, 60, True)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert attached({"COLUMNS": "60"}).stderr_width is None


def test_an_ascii_stream_gets_no_unicode(monkeypatch: pytest.MonkeyPatch) -> None:
    for encoding, expected in (("ascii", False), ("utf-8", True), ("latin-1", False)):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", stream)
        assert attached({}).unicode is expected
