"""Options of `adiff taylor`."""

from typing import Annotated, Any

import typer

from autodiffcli.commands import Answer
from autodiffcli.commands.options import Debug, Expression, Output, expression_of
from autodiffcli.diagnostics import wrong
from autodiffcli.renderers import RENDERERS
from autodiffcli.request import MAX_DIGITS, MAX_ORDER, names, one_of, whole_number

FORMATS = (*RENDERERS, "text", "latex")


def taylor(
    expression: Expression,
    at: Annotated[
        list[str] | None,
        typer.Option(metavar="POINTS", help="Where, exactly as typed: 0 or x=pi/2 or x=0,a=2."),
    ] = None,
    order: Annotated[str, typer.Option("--order", "-n", metavar="N", help="Highest power.")] = "6",
    wrt: Annotated[
        str | None, typer.Option(metavar="VAR", help="The variable, where there are several.")
    ] = None,
    digits: Annotated[str, typer.Option(metavar="N", help="Prove N significant digits.")] = "",
    format: Annotated[
        str, typer.Option("--format", "-f", metavar="NAME", help=f"{', '.join(FORMATS)}.")
    ] = "",
    output: Output = "",
    debug: Debug = False,
) -> Answer:
    """The Taylor series of a formula, with exact coefficients where there are some.

    \b
    Around 0, or any other point, exactly as it is typed:
      adiff taylor "sin(x)" --at 0 --order 7
      adiff taylor "cos(x)" --at pi/2
    In one of several variables, the others fixed:
      adiff taylor "exp(a*x)" --wrt x --at x=0,a=2
    The polynomial alone, to paste; every digit proven:
      adiff taylor "x/(exp(x)-1)" --at 0 --format latex
      adiff taylor "exp(x)" --at 1 --digits 50 --format csv

    \b
    A coefficient is shown as a fraction where it is proven to be one, or where
    ball arithmetic finds it one to more than 270 digits.
    Exit codes: 0 done, 2 the input is wrong, 3 there is no Taylor series at a
    point, 4 a bug of ours, 130 interrupted.
    """
    chosen = names(wrt, "--wrt") if wrt is not None else ("",)
    if len(chosen) > 1:
        message = f"a Taylor series is in one variable, and --wrt names {len(chosen)}"
        raise wrong("variables", message)
    asked: dict[str, Any] = {
        "expression": expression_of(expression),
        "at": tuple(at or ()),
        "order": whole_number(order, "--order", 0, MAX_ORDER),
        "wrt": chosen[0],
        "digits": whole_number(digits, "--digits", 1, MAX_DIGITS) if digits else None,
        "format": one_of(format, "--format", FORMATS) if format else "",
        "output": output,
    }
    from autodiffcli.verbs.taylor import TaylorRequest, answer

    return lambda terminal: answer(TaylorRequest(**asked), terminal)
