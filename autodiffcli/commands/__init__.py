"""The commands by name. Each is a function that reads its options and returns its work.

One is imported, and its options declared to typer, only when it is called: declaring an option
takes a millisecond.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple, cast

from autodiffcli.diagnostics import ExitStatus
from autodiffcli.terminal import Terminal

Answer = Callable[[Terminal], ExitStatus]  # what a command returns: its work, yet to be done
DEFAULT = "diff"
OPERATORS = "Operators"  # headings of the help


class Command(NamedTuple):
    """Where a command is, and what it does in a line.

    function  module:function below `autodiffcli.commands`
    group     the heading it is listed under in the help
    """

    function: str
    summary: str
    group: str = "Commands"


COMMANDS: dict[str, Command] = {
    DEFAULT: Command("diff:diff", "Derivatives; the default command."),
    "taylor": Command("taylor:taylor", "The Taylor series at a point."),
    "implicit": Command("implicit:implicit", "Derivatives of y(x) on the curve F(x, y) = 0."),
    "propagate": Command("propagate:propagate", "The uncertainty of a result."),
    "solve": Command("solve:solve", "Roots of equations, by Newton's method."),
    "minimize": Command("minimize:minimize", "Minima, by Newton, L-BFGS, gradient descent."),
    "critical": Command("critical:critical", "All minima, maxima and saddles in an interval."),
    "residual": Command("residual:residual", "How far a candidate is from solving its equations."),
    "functions": Command("functions:functions", "What a formula may use."),
    "warm": Command("warm:warm", "A process kept ready, so that calls take 20 ms."),
    "doctor": Command("doctor:doctor", "What this adiff runs on, and whether it is right."),
    "gradient": Command("calculus:gradient", "First derivatives by every variable.", OPERATORS),
    "jacobian": Command("calculus:jacobian", "First derivatives of several formulas.", OPERATORS),
    "hessian": Command("calculus:hessian", "Second derivatives by every two variables.", OPERATORS),
    "jvp": Command("calculus:jvp", "A Jacobian times a direction.", OPERATORS),
    "vjp": Command("calculus:vjp", "Weights times a Jacobian.", OPERATORS),
    "hvp": Command("calculus:hvp", "A Hessian times a direction.", OPERATORS),
    "directional": Command("calculus:directional", "The slope along a direction.", OPERATORS),
    "laplacian": Command("calculus:laplacian", "The sum of the second derivatives.", OPERATORS),
    "divergence": Command("calculus:divergence", "The divergence of a vector field.", OPERATORS),
    "curl": Command("calculus:curl", "The rotation of a vector field.", OPERATORS),
    "tangent": Command("calculus:tangent", "The tangent line or plane.", OPERATORS),
    "normal": Command("calculus:normal", "The normal of a graph.", OPERATORS),
}


def load(name: str) -> Callable[..., Answer]:
    """The function of a command, imported now. Its docstring is its help."""
    module, function = COMMANDS[name].function.split(":")
    found: Any = getattr(import_module(f"autodiffcli.commands.{module}"), function)
    return cast(Callable[..., Answer], found)
