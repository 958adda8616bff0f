"""Results made by hand, and what the table shows of them."""

import io
import sys

from autodiffcli.renderers import Style, load
from autodiffcli.result import Column, Result
from autodiffcli.terminal import Terminal

STYLE = Style()


def result(points, value, derivatives=(), flags=(), **fields):
    """A result with the fields that matter to a test."""
    names = tuple(points)
    columns = tuple(Column(tuple(wrt.split(",")), values) for wrt, values in derivatives)
    given = dict(
        expression="", read_as="", name="y", variables=names, wrt=names, order=1, reduction="sum",
        method="autograd", dtype="float64", points=points, value=value, reduced=None,
        derivatives=columns, flags=tuple(flags),
    )  # fmt: skip
    return Result(**{**given, **fields})


def piped(outcome, style=STYLE, **terminal):
    stream = io.StringIO()
    load("table")(outcome, Terminal(stream, sys.stderr, **terminal), style)
    return stream.getvalue()


def boxed(outcome, width=80, style=STYLE, **terminal):
    return piped(outcome, style, boxes=True, width=width, **terminal)


def page(text):
    """The lines of an expected page: an indented literal without its first, empty line."""
    lines = text.split("\n")[1:]
    indent = len(lines[-1])
    return "\n".join(line[indent:] for line in lines)
