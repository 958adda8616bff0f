"""Options of the default command."""

from typing import Annotated

import typer

from autodiffcli.commands import Answer
from autodiffcli.commands.data import (
    Compile,
    DataFiles,
    Device,
    Engine,
    Keep,
    Map,
    Memory,
    OnError,
    Scheduler,
    Threads,
    data_format,
    data_of,
)
from autodiffcli.commands.options import (
    At,
    Debug,
    Dtype,
    Expression,
    Format,
    Grid,
    Output,
    Precision,
    Rows,
    Strict,
    Wrt,
    expression_of,
    format_named,
    precision_of,
    rows_of,
)
from autodiffcli.request import (
    DTYPES,
    MAX_DIGITS,
    MAX_ORDER,
    METHODS,
    REDUCTIONS,
    Request,
    names,
    one_of,
    refuse_contradictions,
    whole_number,
)

COUNT_ONLY = "count"  # what `--verify` without a number stands for
_METHOD_HELP = """autograd (torch, nested), taylor (torch, series), certified (ball arithmetic),
or auto: certified for few points, autograd or taylor for many."""


def diff(
    expression: Expression,
    at: At = None,
    order: Annotated[
        str, typer.Option("--order", "-n", metavar="N", help="Highest order; 0 for values alone.")
    ] = "1",
    wrt: Wrt = None,
    partial: Annotated[
        list[str] | None, typer.Option(metavar="VARS", help="One partial derivative only: x,x,t.")
    ] = None,
    reduction: Annotated[
        str, typer.Option(metavar="NAME", help=f"What is differentiated: {', '.join(REDUCTIONS)}.")
    ] = "sum",
    grid: Grid = False,
    data: DataFiles = None,
    map: Map = None,
    keep: Keep = None,
    on_error: OnError = "stop",
    dtype: Dtype = "float64",
    method: Annotated[str, typer.Option(metavar="NAME", help=_METHOD_HELP)] = "auto",
    format: Format = "",
    output: Output = "",
    precision: Precision = "",
    digits: Annotated[
        str,
        typer.Option(metavar="N", help="Prove N digits of every number, at the points as typed."),
    ] = "",
    verify: Annotated[
        str,
        typer.Option(
            metavar="[=N]",
            help="Count the right digits by ball arithmetic; exit 1 below N of them.",
        ),
    ] = "",
    rows: Rows = "",
    threads: Threads = "",
    memory: Memory = "",
    device: Device = "cpu",
    compile: Compile = False,
    engine: Engine = "local",
    scheduler: Scheduler = "",
    strict: Strict = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say on stderr how the formula was read.")
    ] = False,
    debug: Debug = False,
) -> Answer:
    """Values and derivatives of a formula, at the points you give.

    \b
    At a point, to an order:
      adiff "x**2+1" --at 1,2,3,4 --order 2
    Several variables, one after the other:
      adiff "a**2+t" --at a=1,2 --at t=3,4
      adiff "log(x1)+x1*x2-sin(x2)" --at x1=2,x2=5
    A range, a grid, a tensor:
      adiff "exp(-x^2)" --at 0..1..0.1
      adiff "sin(x)*cos(t)" --at x=0..1..0.5 --at t=0,1 --grid
      adiff "a+1" --at "a=[[1,1],[1,1]]"
    A gradient for a loss over all points:
      adiff "(w*3-2)^2" --at w=0,1 --reduction mean
    Columns of a file or a pipe, any number of rows:
      adiff "a*exp(-b*t)" --data run.csv --at a=2,b=0.1 -o out.parquet
      seq 1 5 | adiff "x^2" --data - --format csv
    For a program:
      adiff "x^3" --at 0..1..0.25 --format csv | head -3
      adiff "abs(x)" --at=-1,0,1 --strict || echo "not differentiable everywhere"

    \b
    Quote the formula. `adiff functions` lists what it may use.
    Exit codes: 0 done, 1 --verify=N failed, 2 the input is wrong, 3 --strict and a derivative does
    not exist, 4 a bug of ours, 130 interrupted.
    """
    request = Request(
        expression=expression_of(expression),
        at=tuple(at or ()),
        order=whole_number(order, "--order", 0, MAX_ORDER),
        wrt=names(wrt, "--wrt") if wrt is not None else (),
        partials=tuple(names(text, "--partial") for text in partial or ()),
        reduction=one_of(reduction, "--reduction", REDUCTIONS),
        method=one_of(method, "--method", METHODS) if method else "auto",
        dtype=one_of(dtype, "--dtype", DTYPES),
        grid=grid,
        format=data_format(format) if data else format_named(format),
        output=output,
        precision=precision_of(precision),
        digits=whole_number(digits, "--digits", 1, MAX_DIGITS) if digits else 0,
        verify=_verify(verify),
        rows=rows_of(rows),
        strict=strict,
        verbose=verbose,
        threads=whole_number(threads, "--threads", 1, 4096) if threads else 0,
        data=data_of(data, map, keep, on_error, memory, device, compile, engine, scheduler),
    )
    refuse_contradictions(request, precise=bool(precision))
    if data:
        from autodiffcli.streams.answer import answer as streamed

        return lambda terminal: streamed(request, terminal)
    from autodiffcli.app import answer

    return lambda terminal: answer(request, terminal)


def _verify(text: str) -> int | None:
    """How many digits must be right; 0 to be told only, None for not to verify."""
    if not text or text == COUNT_ONLY:
        return 0 if text else None
    return whole_number(text, "--verify", 1, 17)
