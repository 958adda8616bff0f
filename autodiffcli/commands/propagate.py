"""Options of `adiff propagate`."""

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


def propagate(
    expression: Expression,
    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at", metavar="INPUTS", help="m=1.0±0.1 or m=1.0+-0.1, m=1.00(10), m=1.0±10%."
        ),
    ] = None,
    correlation: Annotated[
        list[str] | None,
        typer.Option("--correlation", metavar="A,B=R", help="Two inputs vary together: a,b=0.3."),
    ] = None,
    second_order: Annotated[
        bool, typer.Option("--second-order", help="Show the second order always.")
    ] = False,
    format: Format = "",
    output: Output = "",
    precision: Precision = "",
    rows: Rows = "",
    debug: Debug = False,
) -> Answer:
    """The standard uncertainty of a result, from those of its inputs.

    \b
    A value, its uncertainty, and what each input adds to it:
      adiff propagate "m*g*h" --at m=1.0±0.1,g=9.81±0.01,h=2±0.05
    Other ways to write an uncertainty; what has none is exact:
      adiff propagate "m*g*h" --at "m=1.00(10),g=9.81+-0.1%,h=2"
    Inputs that vary together:
      adiff propagate "V/I" --at "V=4.999(32),I=0.01966(10)" --correlation V,I=-0.36
    Several results at once:
      adiff propagate "x^2" --at x=1±0.1,2±0.1 --format csv

    \b
    First order (GUM 5.1.2): u^2 is the sum of (df/dx u(x))^2, and of the
    covariances. Where the second order changes the uncertainty by more than 5 %,
    or the value by more than a tenth of it, a line says so.
    Exit codes: 0 done, 2 the input is wrong, 3 the formula has no derivative
    there, 4 a bug of ours, 130 interrupted.
    """
    asked: dict[str, Any] = {
        "expression": expression_of(expression),
        "at": tuple(at or ()),
        "correlations": tuple(correlation or ()),
        "second_order": second_order,
        "format": format_named(format),
        "output": output,
        "precision": precision_of(precision),
        "rows": rows_of(rows),
    }
    from autodiffcli.verbs.propagate import PropagateRequest, answer

    return lambda terminal: answer(PropagateRequest(**asked), terminal)
