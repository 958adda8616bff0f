"""The story on one screen: parse, read the points, plan, evaluate, render."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from autodiffcli.arrays import Array
from autodiffcli.destination import destination, format_of, style_of
from autodiffcli.diagnostics import ExitStatus
from autodiffcli.interpreters.printing import read_as
from autodiffcli.parser import parse
from autodiffcli.plan import Plan, partials, refuse_unknown
from autodiffcli.points import is_over_intervals, read_points, shapes_of
from autodiffcli.program import Program
from autodiffcli.readings import strictly
from autodiffcli.renderers import load
from autodiffcli.renderers.report import note, report
from autodiffcli.request import (
    Request,
    refuse_contradictions,
    refuse_with_intervals,
    wanted_of,
)
from autodiffcli.result import Result, value_name
from autodiffcli.streams.cores import cores
from autodiffcli.terminal import Terminal

if TYPE_CHECKING:
    from autodiffcli.outcome import Outcome


def answer(request: Request, terminal: Terminal) -> ExitStatus:
    """Answer one question. Raises AdiffError; `cli` reports it."""
    imaginary = request.dtype.startswith("complex")
    format = request.format or format_of(request.output)
    program = parse(request.expression, imaginary=imaginary)
    if request.strict or not terminal.talk:
        strictly(program)
    exact = bool(request.digits)
    points = read_points(request.at, program, grid=request.grid, imaginary=imaginary, exact=exact)
    processes = request.threads or cores()
    result = differentiated(program, points, request, threads=1, processes=processes)
    _tell(program, result, request, terminal)
    style = style_of(request.precision, request.rows, request.output, terminal)
    render = load(format)  # only now: a mistake in the formula or in a point needs no table
    with destination(request.output, terminal) as opened:
        render(result, opened, style)
    if request.verify is not None and _missed(result, request.verify, terminal):
        return ExitStatus.CHECK_FAILED
    if request.strict and any(flag.status != "endpoint" for flag in result.flags):
        return ExitStatus.NO_DERIVATIVE
    return ExitStatus.DONE


def differentiated(
    program: Program,
    points: Mapping[str, Array],
    request: Request,
    threads: int | None = None,
    processes: int = 1,
) -> Result:
    """The result of a request whose expression and points have been read.

    threads    of torch; more than one are 30 times slower when another process has a core
    processes  that a million points and more are shared out to
    """
    refuse_contradictions(request)
    program = with_sizes(program, points)
    wrt, wanted = wanted_of(tuple(points), request)
    plan = Plan(wanted or partials(wrt, request.order), wrt, request.reduction, request.dtype)
    if plan.wanted:
        refuse_unknown(program, wrt)

    outcome = _batched(program, points, plan, request, threads)
    outcome = outcome or _outcome(program, points, plan, request, threads, processes)
    found = None
    if request.verify is not None:
        from autodiffcli.verify import verified

        found = verified(program, points, plan, outcome)
    extra = [name for name in points if name not in program.inputs]
    unused = [f"'{name}' does not occur in the expression: its derivative is 0" for name in extra]
    return Result(
        expression=request.expression,
        read_as=read_as(program),
        name=value_name(program.name, points),
        variables=tuple(points),
        wrt=wrt,
        order=max(map(len, wanted), default=request.order),
        reduction=request.reduction,
        method=outcome.method,
        dtype=request.dtype,
        points=outcome.points,
        value=outcome.value,
        reduced=outcome.reduced,
        derivatives=outcome.columns,
        flags=outcome.flags,
        notes=(*(reading.message for reading in program.readings), *unused, *outcome.notes),
        elementwise=outcome.elementwise,
        digits=request.digits,
        reduced_proven=outcome.reduced_proven,
        verified=found,
    )


def with_sizes(program: Program, points: Mapping[str, Array]) -> Program:
    """The program with its derivatives of tensors written out, as their sizes are known now."""
    if not any(step.op == "deferred" for step in program.steps):
        return program
    from autodiffcli.derivation import settled

    return settled(program, shapes_of(program, points))


def _batched(
    program: Program,
    points: Mapping[str, Array],
    plan: Plan,
    request: Request,
    threads: int | None,
) -> Outcome | None:
    """The outcome where a tensor literal has several points; None where it is something else."""
    literal = any(step.op == "stack" for step in program.steps)
    special = request.digits or request.verify is not None or is_over_intervals(points)
    if not literal or special or plan.dtype.startswith("complex"):
        return None
    from autodiffcli.batches import batch_of, evaluated

    batch = batch_of(program, points, plan.reduction)
    if batch is None:
        return None
    return evaluated(
        batch, points, plan, lambda part, at, own: _outcome(part, at, own, request, threads)
    )


def _outcome(
    program: Program,
    points: Mapping[str, Array],
    plan: Plan,
    request: Request,
    threads: int | None,
    processes: int = 1,
) -> Outcome:
    """What the method says: a few points in ball arithmetic, many by torch."""
    method = request.method
    if is_over_intervals(points):
        refuse_with_intervals(request)
        from autodiffcli.intervals import evaluate as over_intervals

        return over_intervals(program, points, plan, request.precision)
    if request.digits:
        from autodiffcli.digits import evaluate

        return evaluate(program, points, plan, request.digits)
    if method in ("auto", "certified") and not plan.dtype.startswith("complex"):
        from autodiffcli import one_point, pointwise

        if method == "certified":
            from autodiffcli.judgement import refuse_unknown

            refuse_unknown(program, "--method certified")
            return pointwise.evaluate(program, points, plan)
        if one_point.is_known(program) and pointwise.is_little(program, points, plan):
            return pointwise.evaluate(program, points, plan)

    if method == "auto":
        from autodiffcli.engine.many import evaluate as by_engine

        found = by_engine(program, points, plan, processes)
        if found is not None:
            return found

    # torch comes in here, after everything that can be wrong without it.
    from autodiffcli.evaluator import evaluate_plan, set_threads

    if threads is not None:
        set_threads(threads)
    return evaluate_plan(program, points, plan, method)


def _tell(program: Program, result: Result, request: Request, terminal: Terminal) -> None:
    if request.verbose:
        note(
            f"read as {result.read_as or 'too long to print'}",
            terminal.stderr,
            terminal.stderr_width,
        )
        note(f"by {result.method}, {_kind(result)}", terminal.stderr, terminal.stderr_width)
    for text in result.notes:
        note(text, terminal.stderr, terminal.stderr_width)


def _kind(result: Result) -> str:
    """What sort of numbers a result has."""
    if is_over_intervals(result.points):
        return "intervals"
    return f"{result.digits} digits" if result.digits else result.dtype


def _missed(result: Result, least: int, terminal: Terminal) -> bool:
    """Say how many digits are right. Whether a number has fewer than asked for."""
    from autodiffcli.renderers.agreement import agreement, shortfall

    assert result.verified is not None
    terminal.stderr.writelines(f"{line}\n" for line in agreement(result, terminal))
    short = shortfall(result, least)
    if short is not None:
        report(short, terminal.stderr, width=terminal.stderr_width)
    return short is not None
