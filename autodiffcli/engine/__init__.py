"""Many points at once: a tape of formulas over columns of numbers, in blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def compiled_columns(
    expression: str, order: int = 1, *, checked: bool = False, processes: int = 1
) -> Callable[[Mapping[str, Any]], list[Any]]:
    """A formula as a function of numpy columns: its value, then every partial up to an order.

    checked    give NaN where a number is not to be trusted; without, numbers are as they come
    processes  how many the rows are shared out to
    raises     AdiffError, also for what is no formula of plain functions

    >>> compiled_columns("x**2+1", 2)({"x": numpy.array([1.0, 2.0])})  # doctest: +SKIP
    [array([2., 5.]), array([2., 4.]), array([2., 2.])]
    """
    import numpy as np

    from autodiffcli.diagnostics import wrong
    from autodiffcli.engine.spread import shared_columns, spread
    from autodiffcli.engine.sweep import Sweep
    from autodiffcli.lowering import lowered
    from autodiffcli.parser import parse
    from autodiffcli.plan import partials

    program = parse(expression)
    tape = lowered(program, partials(program.inputs, order))
    if tape is None:
        raise wrong("columns", "the expression is no formula of plain functions")
    sweep = Sweep(tape, checked)

    def run(columns: Mapping[str, Any]) -> list[Any]:
        given = {name: np.ascontiguousarray(columns[name], np.float64) for name in tape.inputs}
        rows = max((len(column) for column in given.values()), default=1)
        if processes > 1:
            outputs = shared_columns(len(tape.outputs), rows)
            suspects = spread(sweep, given, outputs, processes)
        else:
            outputs = [np.empty(rows) for _ in tape.outputs]
            suspects = sweep(given, outputs)
        for output in outputs if len(suspects) else ():
            output[suspects] = np.nan
        return outputs

    return run
