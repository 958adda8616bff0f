"""Options that several commands share, as typer wants them declared.

The files that declare commands do without `from __future__ import annotations`: typer would
evaluate the text of each annotation four times.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from autodiffcli.renderers import RENDERERS
from autodiffcli.request import DTYPES, one_of, whole_number

Expression = Annotated[str, typer.Argument(metavar="EXPR", help="The formula, or - for stdin.")]
At = Annotated[
    list[str] | None,
    typer.Option(
        "--at", metavar="POINTS", help="Where: 1,2,3 or x=1,2 or x=0..1..0.1 or x=[[1,2],[3,4]]."
    ),
]
Wrt = Annotated[
    str | None, typer.Option(metavar="VARS", help="Differentiate by these variables only: a,t.")
]
Grid = Annotated[bool, typer.Option("--grid", help="All combinations of the points, not pairs.")]
Dtype = Annotated[str, typer.Option(metavar="NAME", help=f"{', '.join(DTYPES)}.")]
Format = Annotated[
    str, typer.Option("--format", "-f", metavar="NAME", help=f"{', '.join(RENDERERS)}.")
]
Output = Annotated[
    str,
    typer.Option("--output", "-o", metavar="FILE", help="Write there; the name says the format."),
]
Precision = Annotated[
    str, typer.Option(metavar="N", help="Significant digits in tables.", show_default="6")
]
Rows = Annotated[
    str, typer.Option(metavar="N", help="Rows shown in tables, 50 on a terminal; 0 for all.")
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Exit 3 when a derivative does not exist; no two readings."),
]
From = Annotated[
    list[str] | None,
    typer.Option("--from", metavar="START", help="Where to start: 1 or 1,2,3 or x=1,y=2."),
]
Fixed = Annotated[
    list[str] | None, typer.Option("--at", metavar="VALUES", help="What stays as it is: a=2,b=1.")
]
Trace = Annotated[bool, typer.Option("--trace", help="Show every step.")]
Tolerance = Annotated[
    str, typer.Option(metavar="T", help="A step no longer than T is the last one.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of a bug.")]


def expression_of(text: str) -> str:
    """The expression itself; read from stdin for `-`."""
    return sys.stdin.read().strip() if text == "-" else text


def format_named(text: str) -> str:
    """The name of a table's format; "" where none is given."""
    return one_of(text, "--format", tuple(RENDERERS)) if text else ""


def precision_of(text: str) -> int:
    """Significant digits in tables."""
    return whole_number(text or "6", "--precision", 1, 17)


def rows_of(text: str) -> int | None:
    """Rows shown in tables; None for the terminal's default."""
    return (whole_number(text, "--rows", 0, 10**9) or 10**9) if text else None
