"""Options of `adiff critical`."""

from typing import Annotated, Any

import typer

from autodiffcli.commands import Answer
from autodiffcli.commands.options import (
    Debug,
    Expression,
    Format,
    Output,
    Precision,
    Rows,
    expression_of,
    format_named,
    precision_of,
    rows_of,
)
from autodiffcli.request import whole_number

BOXES = 10_000  # about five seconds


def critical(
    expression: Expression,
    from_: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="LOW..HIGH", help="Where: -5..5 or x=-5..5,y=0..2pi."),
    ] = None,
    at: Annotated[
        list[str] | None, typer.Option(metavar="POINT", help="Variables that stand still: a=2.")
    ] = None,
    boxes: Annotated[
        str, typer.Option(metavar="N", help="Most boxes looked at.", show_default=f"{BOXES:,}")
    ] = "",
    format: Format = "",
    output: Output = "",
    precision: Precision = "",
    rows: Rows = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 3 when something is not proven.")
    ] = False,
    debug: Debug = False,
) -> Answer:
    """All minima, maxima, saddles and inflections of a formula, with a proof that they are all.

    \b
    In an interval:
      adiff critical "x^3-3x" --from -5..5
      adiff critical "sin(x)/x" --from -2pi..2pi
    In several variables:
      adiff critical "(x^2+y-11)^2+(x+y^2-7)^2" --from x=-6..6,y=-6..6
    With a parameter that stands still:
      adiff critical "x^4-a*x^2" --from x=-5..5 --at a=2
    For a program:
      adiff critical "x*exp(-x)" --from 0..9 --format csv

    \b
    Kinks are listed too, minima are often there; the ends of the interval are not.
    `proven` says that there is exactly one such point and nothing else around it.
    Exit codes: 0 done, 1 the boxes were not enough, 2 the input is wrong,
    3 --strict and something is not proven, 4 a bug of ours, 130 interrupted.
    """
    asked: dict[str, Any] = {
        "expression": expression_of(expression),
        "between": tuple(from_ or ()),
        "at": tuple(at or ()),
        "boxes": whole_number(boxes, "--boxes", 1, 10**9) if boxes else BOXES,
        "format": format_named(format),
        "output": output,
        "precision": precision_of(precision),
        "rows": rows_of(rows),
        "strict": strict,
    }
    from autodiffcli.verbs.critical import CriticalRequest, answer

    return lambda terminal: answer(CriticalRequest(**asked), terminal)
