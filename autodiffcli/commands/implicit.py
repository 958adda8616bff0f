"""Options of `adiff implicit`."""

from typing import Annotated, Any

import typer

from autodiffcli.commands import Answer
from autodiffcli.commands.options import (
    At,
    Debug,
    Format,
    Grid,
    Output,
    Precision,
    Rows,
    expression_of,
    format_named,
    precision_of,
    rows_of,
)
from autodiffcli.diagnostics import wrong
from autodiffcli.request import MAX_DIGITS, MAX_ORDER, names, whole_number

Equation = Annotated[
    str, typer.Argument(metavar="EQUATION", help="`left = right`, or what is 0; - for stdin.")
]


def implicit(
    equation: Equation,
    of: Annotated[
        str, typer.Option("--of", metavar="VAR", help="The variable that is a function.")
    ] = "",
    by: Annotated[
        str, typer.Option("--by", metavar="VAR", help="What it is differentiated by.")
    ] = "",
    at: At = None,
    order: Annotated[str, typer.Option("--order", "-n", metavar="N", help="Highest order.")] = "1",
    grid: Grid = False,
    refine: Annotated[
        bool, typer.Option("--refine", help="Move the --of variable onto the curve first.")
    ] = False,
    digits: Annotated[str, typer.Option(metavar="N", help="Prove N digits of every number.")] = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 3 when a derivative does not exist.")
    ] = False,
    format: Format = "",
    output: Output = "",
    precision: Precision = "",
    rows: Rows = "",
    debug: Debug = False,
) -> Answer:
    """Derivatives of y(x) on the curve of an equation, at the points you give.

    \b
    The slope of a circle, and how it bends:
      adiff implicit "x^2 + y^2 = 25" --of y --by x --at x=3,y=4 --order 2
    Other variables are fixed, and can be differentiated by too:
      adiff implicit "M = E - ecc*sin(E)" --of E --by ecc --at M=1,E=1,ecc=0.2 --refine
    Several points, paired one by one:
      adiff implicit "x^3 + y^3 = 3x*y" --at x=1.5,0 --at y=1.5,0
    Any number of proven digits:
      adiff implicit "y*exp(y) = x" --at x=e,y=1 --order 3 --digits 40

    \b
    Every point must lie on the curve, but for rounding; --refine moves the --of
    variable there by Newton's method. A vertical tangent or a crossing has no
    number, and a footnote says which it is.
    Exit codes: 0 done, 1 --refine found no point of the curve, 2 the input is
    wrong, 3 --strict and a derivative does not exist, 4 a bug of ours,
    130 interrupted.
    """
    asked: dict[str, Any] = {
        "expression": expression_of(equation),
        "at": tuple(at or ()),
        "of": _one(of, "--of"),
        "by": _one(by, "--by"),
        "order": whole_number(order, "--order", 1, MAX_ORDER),
        "grid": grid,
        "refine": refine,
        "digits": whole_number(digits, "--digits", 1, MAX_DIGITS) if digits else 0,
        "strict": strict,
        "format": format_named(format),
        "output": output,
        "precision": precision_of(precision),
        "rows": rows_of(rows),
    }
    from autodiffcli.verbs.implicit import ImplicitRequest, answer

    return lambda terminal: answer(ImplicitRequest(**asked), terminal)


def _one(text: str, option: str) -> str:
    """One name of a variable; "" where none is given. Raises AdiffError."""
    if not text:
        return ""
    found = names(text, option)
    if len(found) > 1:
        message = f"{option} is one variable, and these are {len(found)}"
        raise wrong("option", message, origin=f"{option} ")
    return found[0]
