"""Options of `adiff residual`."""

from math import isfinite
from typing import Annotated, Any

import typer

from autodiffcli.commands import Answer
from autodiffcli.commands.options import (
    At,
    Debug,
    Dtype,
    Format,
    Grid,
    Output,
    Rows,
    expression_of,
    format_named,
    rows_of,
)
from autodiffcli.diagnostics import Span, wrong
from autodiffcli.request import DTYPES, names, one_of, whole_number


def residual(
    equations: Annotated[
        list[str],
        typer.Argument(metavar="EQUATION", help="left = right, or what is to be 0; - for stdin."),
    ],
    definitions: Annotated[
        list[str] | None,
        typer.Option(
            "--with", metavar="DEFS", help='The candidate: "u = ...; v = ..." or u(x,t) = ...'
        ),
    ] = None,
    modules: Annotated[
        list[str] | None,
        typer.Option(
            "--with-module",
            metavar="FILE",
            help="A network or function of torch, whose code is run: file.py:u, "
            "u,v=file.py:net, file.py:make@weights.pt, net.pt, net.pt2.",
        ),
    ] = None,
    inputs: Annotated[
        str, typer.Option(metavar="VARS", help="The order in which a network takes them: x,t.")
    ] = "",
    at: At = None,
    grid: Grid = False,
    initial: Annotated[
        list[str] | None,
        typer.Option(metavar="COND", help='A condition: "t=0: sin(x)" or "t=0: d(u,t) = 0".'),
    ] = None,
    boundary: Annotated[
        list[str] | None,
        typer.Option(metavar="COND", help='Likewise: "x=0,1: 0" or "x=0: d(u,x) = 0".'),
    ] = None,
    tol: Annotated[
        str, typer.Option(metavar="T", help="Exit 1 when a residual exceeds it or is missing.")
    ] = "",
    dtype: Dtype = "float64",
    points: Annotated[bool, typer.Option("--points", help="A row per point.")] = False,
    format: Format = "",
    output: Output = "",
    precision: Annotated[
        str, typer.Option(metavar="N", help="Significant digits in tables.", show_default="3")
    ] = "",
    rows: Rows = "",
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit 3 when a residual does not exist; no two readings."),
    ] = False,
    debug: Debug = False,
) -> Answer:
    """How far a candidate is from solving its equations: left - right over points.

    \b
    A solution, over every pair of points:
      adiff residual "d(u,t) = 0.1*d(u,x,x)" --with "u = exp(-0.1*pi^2*t)*sin(pi*x)"
            --at x=0..1..0.1 --at t=0..1..0.1 --grid
    With its conditions, as a check:
      ... --initial "t=0: sin(pi*x)" --boundary "x=0,1: 0" --tol 1e-9
    Neumann, and periodic:
      ... --boundary "x=0: d(u,x) = 0" --boundary "x=0: at(u, x=0) = at(u, x=1)"
    Several equations and unknowns:
      adiff residual "d(u,x) = -v; d(v,x) = u" --with "u = cos(x); v = sin(x)" --at 0..6
    Complex numbers:
      adiff residual "i*d(u,t) = -d(u,x,x)/2" --with "u = exp(i*(2x-2t))"
            --dtype complex128 --at x=0..1..0.1 --at t=0.5
    A network of torch, net(x, t) in file.py:
      adiff residual "d(u,t) = 0.1*d(u,x,x)" --with-module u=file.py:net --at ...

    \b
    The table has, for each equation and condition, the largest |left - right| and
    where it is, the mean and the root mean square, and as their measure the
    largest term of the equation (scale). --with-module runs the code in the file.
    Exit codes: 0 done, 1 --tol failed, 2 the input is wrong, 3 --strict and a
    residual does not exist, 4 a bug of ours, 130 interrupted.
    """
    asked: dict[str, Any] = {
        "equations": tuple(map(expression_of, equations)),
        "definitions": tuple(definitions or ()),
        "modules": tuple(modules or ()),
        "inputs": names(inputs, "--inputs") if inputs else (),
        "conditions": (
            *(("initial", text) for text in initial or ()),
            *(("boundary", text) for text in boundary or ()),
        ),
        "at": tuple(at or ()),
        "grid": grid,
        "tolerance": _tolerance(tol) if tol else None,
        "dtype": one_of(dtype, "--dtype", DTYPES),
        "each": points,
        "format": format_named(format),
        "output": output,
        "precision": whole_number(precision or "3", "--precision", 1, 17),
        "rows": rows_of(rows),
        "strict": strict,
    }
    from autodiffcli.verbs.residual import ResidualRequest, answer

    return lambda terminal: answer(ResidualRequest(**asked), terminal)


def _tolerance(text: str) -> float:
    """A number that is not negative. Raises AdiffError."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not (isfinite(value) and value >= 0):
        message = f"--tol is a number from 0 on, not '{text}'"
        raise wrong("option", message, Span(0, len(text)), text, origin="--tol ")
    return value
