"""Options of `adiff solve`."""

from typing import Annotated, Any

import typer

from autodiffcli.commands import Answer
from autodiffcli.commands.options import (
    Debug,
    Fixed,
    Format,
    From,
    Output,
    Precision,
    Rows,
    Tolerance,
    Trace,
    expression_of,
    format_named,
    precision_of,
    rows_of,
)
from autodiffcli.request import MAX_DIGITS, positive_number, whole_number


def solve(
    equation: Annotated[
        str, typer.Argument(metavar="EQUATION", help="left = right; several separated by ';'.")
    ],
    starts: From = None,
    at: Fixed = None,
    trace: Trace = False,
    digits: Annotated[
        str, typer.Option(metavar="N", help="Prove N significant digits of the root.")
    ] = "",
    plain: Annotated[
        bool, typer.Option("--plain", help="Newton's method alone, without safeguards.")
    ] = False,
    steps: Annotated[
        str, typer.Option(metavar="N", help="Steps at most.", show_default="100")
    ] = "",
    tol: Tolerance = "",
    format: Format = "",
    output: Output = "",
    precision: Precision = "",
    rows: Rows = "",
    debug: Debug = False,
) -> Answer:
    """A root of an equation, from where you start, by Newton's method.

    \b
    An equation, or an expression that is to be 0; a parameter; several starts:
      adiff solve "cos(x) = x" --from 1
      adiff solve "x^2 = a" --from 1 --at a=2
      adiff solve "sin(x)" --from 1,3,6
    Every step; proven digits; several equations:
      adiff solve "x^3 - 2x - 5" --from 2 --trace
      adiff solve "x*exp(x) = 1" --from 1 --digits 50
      adiff solve "x^2+y^2 = 25; y = x+1" --from x=1,y=1

    \b
    A root is proven in ball arithmetic: there is exactly one within so much of
    it, and the double shown is the nearest one. The table says where not.
    Steps are damped, bracketed and lengthened at multiple roots; not by --plain.
    Exit codes: 0 every start led to a root, 1 one did not, or digits are not
    proven, 2 the input is wrong, 4 a bug of ours, 130 interrupted.
    """
    asked: dict[str, Any] = {
        "expression": expression_of(equation),
        "starts": tuple(starts or ()),
        "at": tuple(at or ()),
        "steps": whole_number(steps, "--steps", 1, 100_000) if steps else 100,
        "tolerance": positive_number(tol, "--tol") if tol else 0.0,
        "plain": plain,
        "trace": trace,
        "digits": whole_number(digits, "--digits", 1, MAX_DIGITS) if digits else 0,
        "format": format_named(format),
        "output": output,
        "precision": precision_of(precision),
        "rows": rows_of(rows),
    }
    from autodiffcli.verbs.solve import SolveRequest, answer

    return lambda terminal: answer(SolveRequest(**asked), terminal)
