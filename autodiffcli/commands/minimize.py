"""Options of `adiff minimize`."""

from typing import Annotated, Any

import typer

from autodiffcli.commands import Answer
from autodiffcli.commands.options import (
    Debug,
    Expression,
    Fixed,
    Format,
    From,
    Output,
    Precision,
    Rows,
    Trace,
    expression_of,
    format_named,
    precision_of,
    rows_of,
)
from autodiffcli.diagnostics import wrong
from autodiffcli.request import one_of, positive_number, whole_number

METHODS = ("newton", "lbfgs", "descent", "adam")
WITH_RATE = ("descent", "adam")


def minimize(
    expression: Expression,
    starts: From = None,
    at: Fixed = None,
    method: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help=f"{', '.join(METHODS)}; newton for up to 8 variables, else lbfgs.",
        ),
    ] = "",
    lr: Annotated[
        str,
        typer.Option(metavar="RATE", help="Learning rate of descent, adam.", show_default="0.01"),
    ] = "",
    steps: Annotated[
        str,
        typer.Option(
            metavar="N", help="Steps at most; of descent, adam without --tol: just so many."
        ),
    ] = "",
    tol: Annotated[
        str, typer.Option(metavar="T", help="The end: a gradient this small next to the drop of f.")
    ] = "",
    maximize: Annotated[
        bool, typer.Option("--maximize", help="Look for a maximum instead.")
    ] = False,
    trace: Trace = False,
    format: Format = "",
    output: Output = "",
    precision: Precision = "",
    rows: Rows = "",
    debug: Debug = False,
) -> Answer:
    """A minimum of a formula, from where you start.

    \b
    By Newton's method, or by L-BFGS where there are many variables:
      adiff minimize "(1-x)^2 + 100*(y-x^2)^2" --from x=-1.2,y=1
      adiff minimize "sum(cosh(x-[1,2,3]))" --from "x=[0,0,0]" --method lbfgs
    One step of gradient descent, p - lr*grad, or ten:
      adiff minimize "x^2" --from 3 --method descent --lr 0.1 --steps 1
      adiff minimize "x^2" --from 3 --method descent --lr 0.1 --steps 10 --trace
    With a parameter; from several starts:
      adiff minimize "x^4 - a*x^2 + x" --at a=3 --from=-1,1

    \b
    The table says what was found: a minimum, proven where there are up to 8
    variables, a saddle, or how the search ended otherwise.
    Exit codes: 0 a minimum, or as many steps of descent or adam as asked for,
    1 none found that is known to be one, 2 the input is wrong, 3 a point without
    a derivative was met, 4 a bug of ours, 130 interrupted.
    """
    chosen = one_of(method, "--method", METHODS) if method else ""
    if lr and chosen not in WITH_RATE:
        by = f"--method {chosen}" if chosen else "Newton's method and L-BFGS"
        hint = "add --method descent or --method adam, or leave out --lr"
        raise wrong("contradiction", f"--lr has no meaning for {by}", hint=hint)
    asked: dict[str, Any] = {
        "expression": expression_of(expression),
        "starts": tuple(starts or ()),
        "at": tuple(at or ()),
        "method": chosen,
        "rate": positive_number(lr, "--lr") if lr else 0.01,
        "steps": whole_number(steps, "--steps", 1, 1_000_000) if steps else 0,
        "tolerance": positive_number(tol, "--tol") if tol else None,
        "maximize": maximize,
        "trace": trace,
        "format": format_named(format),
        "output": output,
        "precision": precision_of(precision),
        "rows": rows_of(rows),
    }
    from autodiffcli.verbs.minimize import MinimizeRequest, answer

    return lambda terminal: answer(MinimizeRequest(**asked), terminal)
