"""The story on one screen: parse, read the points, plan, evaluate, render."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from autodiffcli.arrays import Array
from autodiffcli.diagnostics import ExitStatus, Span, did_you_mean, listed, wrong
from autodiffcli.interpreters.printing import read_as
from autodiffcli.parser import parse
from autodiffcli.plan import Plan, partials, refuse_unknown
from autodiffcli.points import is_over_intervals, read_points, shapes_of
from autodiffcli.program import Program
from autodiffcli.readings import strictly
from autodiffcli.renderers import SUFFIXES, Style, load
from autodiffcli.renderers.report import note, report
from autodiffcli.request import Request, refuse_contradictions, refuse_with_intervals
from autodiffcli.result import Result
from autodiffcli.terminal import Terminal

if TYPE_CHECKING:
    from autodiffcli.outcome import Outcome

TERMINAL_ROWS = 50


def answer(request: Request, terminal: Terminal) -> ExitStatus:
    """Answer one question. Raises AdiffError; `cli` reports it."""
    imaginary = request.dtype.startswith("complex")
    render = load(request.format or format_of(request.output))
    program = parse(request.expression, imaginary=imaginary)
    if request.strict or not terminal.talk:
        strictly(program)
    exact = bool(request.digits)
    points = read_points(request.at, program, grid=request.grid, imaginary=imaginary, exact=exact)
    result = differentiated(program, points, request, threads=1)
    _tell(program, result, request, terminal)
    style = style_of(request.precision, request.rows, request.output, terminal)
    with destination(request.output, terminal) as opened:
        render(result, opened, style)
    if request.verify is not None and _missed(result, request.verify, terminal):
        return ExitStatus.CHECK_FAILED
    if request.strict and any(flag.status != "endpoint" for flag in result.flags):
        return ExitStatus.NO_DERIVATIVE
    return ExitStatus.DONE


def differentiated(
    program: Program, points: Mapping[str, Array], request: Request, threads: int | None = None
) -> Result:
    """The result of a request whose expression and points have been read.

    threads  of torch; more than one are 30 times slower when another process has a core
    """
    refuse_contradictions(request)
    program = with_sizes(program, points)
    wrt, wanted = _wanted(program, points, request)
    plan = Plan(wanted or partials(wrt, request.order), wrt, request.reduction, request.dtype)
    if plan.wanted:
        refuse_unknown(program, wrt)

    outcome = _batched(program, points, plan, request, threads)
    outcome = outcome or _outcome(program, points, plan, request, threads)
    found = None
    if request.verify is not None:
        from autodiffcli.verify import verified

        found = verified(program, points, plan, outcome)
    extra = [name for name in points if name not in program.inputs]
    unused = [f"'{name}' does not occur in the expression: its derivative is 0" for name in extra]
    return Result(
        expression=request.expression,
        read_as=read_as(program),
        name=_name(program, points),
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
        from autodiffcli import pointwise

        if method == "certified":
            from autodiffcli.judgement import refuse_unknown

            refuse_unknown(program, "--method certified")
            return pointwise.evaluate(program, points, plan)
        if pointwise.is_known(program) and pointwise.is_little(program, points, plan):
            return pointwise.evaluate(program, points, plan)

    # torch comes in here, after everything that can be wrong without it.
    from autodiffcli.evaluator import evaluate_plan, set_threads

    if threads is not None:
        set_threads(threads)
    return evaluate_plan(program, points, plan, method)


def _wanted(
    program: Program, points: Mapping[str, Array], request: Request
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The variables differentiated by, and the partials asked for one by one."""
    known = tuple(points)
    options = [("--wrt", request.wrt), *(("--partial", partial) for partial in request.partials)]
    for option, chosen in options:
        for name in chosen:
            if name not in known:
                text, place = (
                    ",".join(chosen),
                    sum(len(n) + 1 for n in chosen[: chosen.index(name)]),
                )
                span = Span(place, place + len(name))
                message = f"the expression has no variable '{name}'"
                hint = did_you_mean(name, known) or f"it has {listed(known)}" if known else ""
                raise wrong("variable", message, span, text, origin=f"{option} ", hint=hint)
    if request.partials:
        found = dict.fromkeys(name for partial in request.partials for name in partial)
        return tuple(found), tuple(dict.fromkeys(request.partials))
    return (tuple(dict.fromkeys(request.wrt)) or known), ()


def _name(program: Program, points: Mapping[str, Array]) -> str:
    """What the value is called: the definition's own name, else the first free of y, f, g."""
    candidates: Sequence[str] = (program.name, "y", "f", "g", "h", "value")
    return next(name for name in candidates if name and name not in points)


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


def format_of(output: str) -> str:
    """The format that an output file's name asks for."""
    if output in ("", "-"):
        return "table"
    suffix = os.path.splitext(output)[1].lower()
    if suffix not in SUFFIXES:
        message = f"the format of '{output}' is not known by its name"
        hint = f"add --format, or end the name in {listed(SUFFIXES, 'or')}"
        raise wrong("format", message, Span(0, len(output)), output, origin="-o ", hint=hint)
    return SUFFIXES[suffix]


def style_of(precision: int, rows: int | None, output: str, terminal: Terminal) -> Style:
    """How tables look; a terminal shows some rows only, where none are asked for."""
    default = TERMINAL_ROWS if terminal.boxes and output in ("", "-") else None
    return Style(precision, default if rows is None else rows)


@contextmanager
def destination(output: str, terminal: Terminal) -> Iterator[Terminal]:
    """Where the result goes: stdout, or a file that appears whole or not at all."""
    if output in ("", "-"):
        yield terminal
        return
    target = os.path.realpath(output)
    device = os.path.exists(target) and not os.path.isfile(target)
    beside = target if device else f"{target}.{os.getpid()}.part"
    try:
        with open(beside, "w", encoding="utf-8", newline="") as file:
            yield replace(
                terminal, stdout=file, boxes=False, colour=False, unicode=True, width=None
            )
        if not device:
            os.replace(beside, target)
    except BaseException as error:
        if not device:
            _discard(beside)
        if isinstance(error, BrokenPipeError):
            raise
        if isinstance(error, OSError):
            message = f"'{output}' cannot be written: {(error.strerror or str(error)).lower()}"
            span = Span(0, len(output))
            raise wrong("output", message, span, output, origin="-o ") from error
        raise


def _discard(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
