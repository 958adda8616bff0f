"""Options of the operators: `adiff gradient`, `jacobian`, `hessian` and their kin."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from autodiffcli.commands import Answer
from autodiffcli.commands.options import (
    At,
    Debug,
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
from autodiffcli.request import names

Direction = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NUMBERS",
        help="How fast each variable moves, x=1,y=0 or x=[1,0,0]; for vjp the weights, 1,0,2.",
    ),
]
Sparse = Annotated[
    bool, typer.Option("--sparse", help="Only entries that are not 0 by their form.")
]


def _asked(
    kind: str,
    expression: str,
    at: list[str] | None,
    wrt: str | None,
    grid: bool,
    shown: tuple[str, str, str, str],
    strict: bool,
    direction: list[str] | None = None,
    sparse: bool = False,
) -> Answer:
    """The work of an operator with these options.

    shown  format, output, precision and rows, as typed
    """
    format, output, precision, rows = shown
    asked: dict[str, Any] = {
        "kind": kind,
        "expression": expression_of(expression),
        "at": tuple(at or ()),
        "wrt": names(wrt, "--wrt") if wrt is not None else (),
        "direction": tuple(direction or ()),
        "grid": grid,
        "sparse": sparse,
        "format": format_named(format),
        "output": output,
        "precision": precision_of(precision),
        "rows": rows_of(rows),
        "strict": strict,
    }
    from autodiffcli.verbs.calculus import CalculusRequest, answer

    return lambda terminal: answer(CalculusRequest(**asked), terminal)


def _with_help(command: Callable[..., Answer], first: str, examples: str) -> Callable[..., Answer]:
    command.__doc__ = f"{first}\n\n\b\n{examples.strip()}\n\n{_CODES}"
    return command


_CODES = """\b
Exit codes: 0 done, 2 the input is wrong, 3 --strict and a derivative does not exist,
4 a bug of ours, 130 interrupted."""


def _plain(kind: str, first: str, examples: str) -> Callable[..., Answer]:
    """An operator without options of its own."""

    def command(
        expression: Expression,
        at: At = None,
        wrt: Wrt = None,
        grid: Grid = False,
        format: Format = "",
        output: Output = "",
        precision: Precision = "",
        rows: Rows = "",
        strict: Strict = False,
        debug: Debug = False,
    ) -> Answer:
        shown = (format, output, precision, rows)
        return _asked(kind, expression, at, wrt, grid, shown, strict)

    return _with_help(command, first, examples)


def _matrix(kind: str, first: str, examples: str) -> Callable[..., Answer]:
    """An operator that gives a matrix."""

    def command(
        expression: Expression,
        at: At = None,
        wrt: Wrt = None,
        grid: Grid = False,
        sparse: Sparse = False,
        format: Format = "",
        output: Output = "",
        precision: Precision = "",
        rows: Rows = "",
        strict: Strict = False,
        debug: Debug = False,
    ) -> Answer:
        shown = (format, output, precision, rows)
        return _asked(kind, expression, at, wrt, grid, shown, strict, sparse=sparse)

    return _with_help(command, first, examples)


def _directed(kind: str, first: str, examples: str) -> Callable[..., Answer]:
    """An operator along a direction."""

    def command(
        expression: Expression,
        at: At = None,
        direction: Direction = None,
        wrt: Wrt = None,
        grid: Grid = False,
        format: Format = "",
        output: Output = "",
        precision: Precision = "",
        rows: Rows = "",
        strict: Strict = False,
        debug: Debug = False,
    ) -> Answer:
        shown = (format, output, precision, rows)
        return _asked(kind, expression, at, wrt, grid, shown, strict, direction)

    return _with_help(command, first, examples)


gradient = _plain(
    "gradient",
    "The gradient: all first derivatives of a formula.",
    """
At one point, at several, of a vector:
  adiff gradient "x^2*y" --at x=1,y=2
  adiff gradient "x^2*y" --at x=1,2 --at y=3,4
  adiff gradient "sum(x^2)" --at "x=[1,2,3]"
""",
)
jacobian = _matrix(
    "jacobian",
    "The Jacobian: the derivatives of several formulas by every variable.",
    """
Formulas are separated by `;` or stand in a vector:
  adiff jacobian "r*cos(p); r*sin(p)" --at r=1,p=pi/3
  adiff jacobian "[x*y, x+y]" --at x=1,y=2
""",
)
hessian = _matrix(
    "hessian",
    "The Hessian: the matrix of the second derivatives.",
    """
At one point; of a hundred variables, without its zeros:
  adiff hessian "x^2*y + sin(x*y)" --at x=1,y=2
  adiff hessian "sum((x[1:]-x[:-1]^2)^2)" --at "x=[1,2,3,4]" --sparse
""",
)
jvp = _directed(
    "jvp",
    "A Jacobian times a direction, J v: how fast the formulas change along it.",
    """
The direction has a number for every variable:
  adiff jvp "x*y; x+y" --at x=1,y=2 --direction x=1,y=0.5
  adiff jvp "sum(x^2)" --at "x=[1,2]" --direction "x=[0,1]"
""",
)
vjp = _directed(
    "vjp",
    "Weights times a Jacobian, w J: the gradient of a weighted sum of the formulas.",
    """
A weight for every formula:
  adiff vjp "x*y; x+y" --at x=1,y=2 --direction 1,0.5
""",
)
hvp = _directed(
    "hvp",
    "A Hessian times a direction, H v, without the Hessian.",
    """
The direction has a number for every variable:
  adiff hvp "x^2*y" --at x=1,y=2 --direction x=1,y=0
""",
)
directional = _directed(
    "directional",
    "The slope of a formula along a direction, per unit of length.",
    """
The length of the direction does not matter; for J v itself there is jvp:
  adiff directional "x^2*y" --at x=1,y=2 --direction x=3,y=4
""",
)
laplacian = _plain(
    "laplacian",
    "The Laplacian: the sum of the second derivatives by every variable.",
    """
By some variables only:
  adiff laplacian "exp(-t)*sin(x)*sin(y)" --wrt x,y --at x=1,y=2,t=0
""",
)
divergence = _plain(
    "divergence",
    "The divergence of a vector field.",
    """
As many formulas as variables:
  adiff divergence "x^2; x*y; z" --at x=1,y=2,z=3
""",
)
curl = _plain(
    "curl",
    "The rotation of a vector field in 2 or 3 dimensions.",
    """
As many formulas as variables:
  adiff curl "-y; x; 0" --wrt x,y,z --at x=1,y=2,z=3
""",
)
tangent = _plain(
    "tangent",
    "The tangent line or plane of the graph of a formula.",
    """
With its equation:
  adiff tangent "x^2" --at 2
  adiff tangent "x^2+y^2" --at x=1,y=2
""",
)
normal = _plain(
    "normal",
    "The normal of the graph of a formula: a vector and a line.",
    """
The vector is (-df/dx, ..., 1):
  adiff normal "x^2" --at 2
  adiff normal "x^2+y^2" --at x=1,y=2
""",
)
