"""The story of a stream: open, match columns, look for the reduction, work part by part."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Iterable, Mapping

from autodiffcli.destination import destination
from autodiffcli.diagnostics import AdiffError, ExitStatus, listed, wrong
from autodiffcli.lowering import lowered
from autodiffcli.parser import parse
from autodiffcli.plan import Plan, is_elementwise, partials, refuse_unknown
from autodiffcli.program import Program
from autodiffcli.readers import Part, Reader, open_reader
from autodiffcli.readings import strictly
from autodiffcli.renderers.report import note
from autodiffcli.request import Data, Request, wanted_of
from autodiffcli.streams.beside import Ahead, Behind
from autodiffcli.streams.formats import Sink, sink_of
from autodiffcli.streams.kinds import kinds_of
from autodiffcli.streams.matching import Match, columns_of, kept_of, matched, with_constants
from autodiffcli.streams.pool import File, crew, end, in_order
from autodiffcli.streams.progress import Advance, progress
from autodiffcli.streams.work import Tally, Work
from autodiffcli.terminal import Terminal
from autodiffcli.writers import Writer


def answer(request: Request, terminal: Terminal) -> ExitStatus:
    """Differentiate the columns of files or of a pipe. Raises AdiffError."""
    data = request.data
    assert data is not None
    gc.enable()  # this is no short run
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupted)
    program = parse(request.expression)
    if request.strict or not terminal.talk:
        strictly(program)
    _refuse(program, request)
    constants = _constants(request, program)
    plan, varying = _plan(program, request, constants)
    with _opened(data) as reader:
        sink = sink_of(request, reader.format, terminal)
        match = _matched(varying, plan, reader, data)
        reader.want(match.wanted)
        work = _work(varying, plan, request, match, reader, sink)
        for reading in program.readings:
            note(reading.message, terminal.stderr, terminal.stderr_width)
        if request.verbose:
            _tell(work, varying, terminal)
        if data.engine == "dask":
            from autodiffcli.streams.cluster import on_cluster

            end()  # dask has processes of its own
            tally = on_cluster(work, request, terminal)
        else:
            tally = _here(request, work, reader, sink, terminal)
    _report(tally, work, terminal)
    return _status(request, tally)


def _interrupted(number: int, frame: object) -> None:
    """What ends us leaves no half file behind."""
    raise KeyboardInterrupt


def _opened(data: Data) -> Reader:
    if data.engine == "dask":
        from autodiffcli.streams.partitions import first_of

        return first_of(data.paths)
    return open_reader(data.paths)


def _here(request: Request, work: Work, reader: Reader, sink: Sink, terminal: Terminal) -> Tally:
    """All parts, on this machine."""
    data = request.data
    assert data is not None
    inside = any(step.inner is not None for step in work.program.steps)
    if not reader.textual or data.device != "cpu" or data.compiled or inside:
        end()  # the work is done in this process
    parts = reader.parts
    if work.plan.reduction != "sum":
        from autodiffcli.streams.passes import look_first

        parts, work = look_first(reader, work, data.memory, terminal)
    with destination(request.output, terminal) as opened:
        alone = opened.stdout is not terminal.stdout or not terminal.boxes
        with progress(terminal, reader.size, "differentiating", alone) as advance:
            writer = sink.writer(work.layout, opened)
            file = sink.shared(opened) if crew() is not None else None
            source: Iterable[Part] = parts()
            if crew() is None and not reader.textual:
                source, writer = Ahead(source), Behind(writer)
            tally = _through(source, work, writer, file, sink.rows, advance)
        if file is not None:
            opened.stdout.seek(0, 2)
        writer.close()
    if work.compiled:
        _tell_compiled(work, terminal)
    return tally


def _tell_compiled(work: Work, terminal: Terminal) -> None:
    from autodiffcli.streams.part import engine_of

    seconds = engine_of(work).seconds
    note(f"torch.compile took {seconds:.1f} s", terminal.stderr, terminal.stderr_width)


def _refuse(program: Program, request: Request) -> None:
    """Raise AdiffError for what does not go row by row."""
    for given, option in (
        (request.grid, "--grid"),
        (request.digits, "--digits"),
        (request.verify is not None, "--verify"),
        (request.reduction == "none", "--reduction none"),
        (request.dtype.startswith("complex"), "--dtype complex128"),
    ):
        if given:
            raise wrong("contradiction", f"{option} does not go with --data", hint="give --at")
    if not is_elementwise(program) or any(step.op == "deferred" for step in program.steps):
        message = "the expression mixes its points, and --data takes one row at a time"
        raise wrong("mixes", message, source=program.source, hint="give the points by --at")
    if not program.inputs:
        message = "the expression has no variable that a column could be"
        raise wrong("constant", message, source=program.source)


def _constants(request: Request, program: Program) -> dict[str, float]:
    """The numbers that --at gives to variables. Raises AdiffError for more than one each."""
    found: dict[str, float] = {}
    if not request.at:
        return found
    from autodiffcli.specs import read_spec

    for spec in request.at:
        for given in read_spec(spec, imaginary=False):
            if given.name not in program.inputs:
                message = f"the expression has no variable '{given.name}'"
                if not given.name:
                    message = "a constant beside --data needs its name"
                hint = f"write --at {program.inputs[0]}=1"
                raise wrong(
                    "constant", message, given.span, given.source, origin="--at ", hint=hint
                )
            if len(given.values) != 1 or given.values.rank:
                message = f"'{given.name}' is constant beside --data: one number"
                raise wrong("constant", message, given.span, given.source, origin="--at ")
            if given.name in found:
                message = f"'{given.name}' is given twice"
                raise wrong("twice", message, given.span, given.source, origin="--at ")
            found[given.name] = float(given.values.real[0])
    if len(found) == len(program.inputs):
        message = "every variable is constant, and no column is left to read"
        raise wrong("constant", message, hint="leave out --data")
    return found


def _plan(
    program: Program, request: Request, constants: Mapping[str, float]
) -> tuple[Plan, Program]:
    """What is wanted, and the program of the columns alone.

    Raises AdiffError for a constant that is to be differentiated by.
    """
    columns = tuple(name for name in program.inputs if name not in constants)
    named = {*request.wrt, *(name for partial in request.partials for name in partial)}
    wrt, wanted = wanted_of(program.inputs if named else columns, request)
    moving = set(constants) & set(wrt)
    if moving:
        message = f"'{sorted(moving)[0]}' is constant here, and nothing is differentiated by it"
        raise wrong("constant", message, hint="give it as a column, or leave it out of --wrt")
    plan = Plan(wanted or partials(wrt, request.order), wrt, request.reduction, request.dtype)
    left = with_constants(program, constants)
    if plan.wanted:
        refuse_unknown(left, wrt)
    return plan, left


def _matched(program: Program, plan: Plan, reader: Reader, data: Data) -> Match:
    source = data.paths[0] if len(data.paths) == 1 else ", ".join(data.paths)
    column_of = columns_of(program, reader.names, reader.headed, data.renamed, source)
    kept = kept_of(reader.names, data.keep, column_of, reader.headed)
    return matched(program, plan.wanted, column_of, kept, len(program.inputs))


def _work(
    program: Program, plan: Plan, request: Request, match: Match, reader: Reader, sink: Sink
) -> Work:
    data = request.data
    assert data is not None
    plain = request.method in ("auto", "taylor")
    return Work(
        program=program,
        tape=lowered(program, plan.wanted) if plain else None,
        plan=plan,
        method=request.method,
        match=match,
        layout=sink.layout(match, reader.format in ("csv", "tsv"), data.on_error != "null"),
        on_error=data.on_error,
        kinds=kinds_of(reader, match) if sink.typed else {},
        device=data.device,
        compiled=data.compiled,
    )


def _through(
    parts: Iterable[Part],
    work: Work,
    writer: Writer,
    file: File | None,
    most: int | None,
    advance: Advance,
) -> Tally:
    """Every part, in order, to the output. Raises AdiffError where the work stops.

    file  where the processes write for themselves
    most  rows that are wanted; None for all
    """
    tally = Tally()
    for done in in_order(parts, work, file):
        if done.error is not None:
            raise AdiffError(done.error)
        tally.add(done.tally)
        if done.payload is not None:
            writer.write(done.payload)
        advance(tally.rows, done.read)
        if most is not None and tally.rows > most:
            break
    return tally


def _report(tally: Tally, work: Work, terminal: Terminal) -> None:
    """Say on stderr what became of rows that are not like the others."""
    texts = []
    if tally.bad:
        rows = "1 row" if tally.bad == 1 else f"{tally.bad:,} rows"
        what = "left out" if work.on_error == "skip" else "left without numbers"
        first = tally.first.message if tally.first is not None else ""
        texts.append(f"{rows} {what}; the first: {first}")
    if tally.statuses:
        total = sum(tally.statuses.values())
        kinds = listed(f"{count:,} {status}" for status, count in tally.statuses.most_common())
        rows = "1 row is" if total == 1 else f"{total:,} rows are"
        texts.append(f"{rows} not exact: {kinds}; the column '{work.match.status}' says which")
    for text in texts:
        note(text, terminal.stderr, terminal.stderr_width)


def _status(request: Request, tally: Tally) -> ExitStatus:
    if request.strict and any(status != "endpoint" for status in tally.statuses):
        return ExitStatus.NO_DERIVATIVE
    return ExitStatus.DONE


def _tell(work: Work, program: Program, terminal: Terminal) -> None:
    from autodiffcli.interpreters.printing import read_as
    from autodiffcli.streams.part import engine_of

    for text in (f"read as {read_as(program)}", f"by {engine_of(work).method}, {work.plan.dtype}"):
        note(text, terminal.stderr, terminal.stderr_width)
