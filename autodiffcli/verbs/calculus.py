"""`adiff gradient`, `jacobian`, `hessian` and their kin: an operator at one or more points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from autodiffcli.arrays import Array
from autodiffcli.derivation import Operands, is_nothing, operands_of
from autodiffcli.destination import destination, format_of, style_of
from autodiffcli.diagnostics import AdiffError, ExitStatus, Span, did_you_mean, listed, wrong
from autodiffcli.entries import Unshaped, Value, entries
from autodiffcli.evaluation import evaluate
from autodiffcli.fields import Fields, Found
from autodiffcli.interpreters.blocks import items_of, shape_of
from autodiffcli.interpreters.printing import read_as
from autodiffcli.interpreters.symbols import Symbol, Symbols
from autodiffcli.kinds import KINDS
from autodiffcli.parser import parse
from autodiffcli.points import Points, ordered, read_points
from autodiffcli.positions import Positions, entry_name, positions
from autodiffcli.program import INPUT, Builder, Program
from autodiffcli.readings import strictly
from autodiffcli.renderers.operator_answer import Answer
from autodiffcli.renderers.operators import show
from autodiffcli.renderers.report import note
from autodiffcli.request import refuse_unknown_names
from autodiffcli.result import value_name
from autodiffcli.specs import read_spec
from autodiffcli.terminal import Terminal

MOST_NUMBERS = 20_000_000  # entries times points


@dataclass(frozen=True, slots=True)
class CalculusRequest:
    """One question to `adiff gradient` and the like.

    kind        name of the operator
    at          texts of --at
    wrt         variables to differentiate by; empty for all
    direction   texts of --direction: how fast each variable moves, or the weights of vjp
    sparse      non-zero entries only, one per row
    """

    kind: str
    expression: str
    at: tuple[str, ...] = ()
    wrt: tuple[str, ...] = ()
    direction: tuple[str, ...] = ()
    grid: bool = False
    sparse: bool = False
    format: str = ""
    output: str = ""
    precision: int = 6
    rows: int | None = None
    strict: bool = False


def answer(request: CalculusRequest, terminal: Terminal) -> ExitStatus:
    """Print what an operator gives at the points. Raises AdiffError."""
    program = parse(request.expression, several=KINDS[request.kind].several)
    if request.strict or not terminal.talk:
        strictly(program)
    found = calculated(program, read_points(request.at, program), request)
    for reading in program.readings:
        note(reading.message, terminal.stderr, terminal.stderr_width)
    style = style_of(request.precision, request.rows, request.output, terminal)
    with destination(request.output, terminal) as opened:
        show(found, opened, request.format or format_of(request.output), style)
    lacking = any(verdict.status != "endpoint" for verdict in found.found.verdicts.values())
    return ExitStatus.NO_DERIVATIVE if request.strict and lacking else ExitStatus.DONE


def calculated(program: Program, points: Points, request: CalculusRequest) -> Answer:
    """What an operator gives at points. Raises AdiffError."""
    kind = KINDS[request.kind]
    points = ordered(points, program)
    where = positions(points, request.grid)
    wrt = _chosen(program, points, request)
    builder = Builder(program.source)
    u = builder.inline(program, {})
    symbols = Symbols(builder, program.steps[program.output].span)
    _refuse_mixed_points(symbols, u, where)
    operands = operands_of(symbols, u, _steps(builder, program, wrt), where.shapes)
    direction = _direction(request, operands, wrt, where) if kind.directed else ()
    value = kind.build(operands, direction)
    return _evaluated(request, program, operands, value, where, wrt)


def _refuse_mixed_points(symbols: Symbols, u: int, where: Positions) -> None:
    """Raise AdiffError for sum(x) at x=1,2,3, which are three points and no vector."""
    names = [name for name, shape in where.shapes.items() if not shape]
    if where.count == 1 or len(names) < len(where.shapes):
        return
    try:
        entries(symbols, u, None)
    except Unshaped:
        source = symbols.builder.source
        message = "the expression mixes entries, and its variables are numbers at several points"
        hint = f"a vector is written {names[0]}=[1,2,3]"
        raise wrong("points", message, Span(0, len(source)), source, hint=hint) from None


def _steps(builder: Builder, program: Program, wrt: Sequence[str]) -> list[int]:
    """The steps of the variables, also of those that the formula does not depend on."""
    whole = Span(0, len(program.source))
    return [builder.add(INPUT, (), name, whole) for name in wrt]


def _chosen(program: Program, points: Points, request: CalculusRequest) -> tuple[str, ...]:
    """The variables differentiated by. Raises AdiffError for one that is not there."""
    known = tuple(points)
    refuse_unknown_names("--wrt", request.wrt, known)
    if not program.inputs:
        message = f"the {request.kind} of a constant: the expression has no variable"
        raise wrong("constant", message, Span(0, len(program.source)), program.source)
    if len(set(request.wrt)) < len(request.wrt):
        message, text = "a variable occurs twice in --wrt", ",".join(request.wrt)
        raise wrong("variable", message, Span(0, len(text)), text, origin="--wrt ")
    if KINDS[request.kind].paired and not request.wrt:
        given = (found.name for spec in request.at for found in read_spec(spec, False))
        return tuple(name for name in given if name in known)
    return request.wrt or known


def _evaluated(
    request: CalculusRequest,
    program: Program,
    operands: Operands,
    value: Value,
    where: Positions,
    wrt: tuple[str, ...],
) -> Answer:
    """The numbers of an operator, each different one calculated once."""
    symbols = operands.symbols
    shown = items_of(operands.u) if KINDS[request.kind].value else ()
    places: dict[int, int] = {}
    wanted = (*items_of(value), *shown)
    entries = [_place(symbols, entry, places, request.sparse) for entry in wanted]
    if len(places) * where.count > MOST_NUMBERS:
        message = f"{len(places):,} entries at {where.count:,} points are more than this takes"
        raise wrong("too-large", message, hint=f"{MOST_NUMBERS:,} numbers at most")
    fields = Fields(symbols.builder, tuple(places), where.shapes)
    empty = Found([], {}, "certified")
    found = evaluate(fields, where) if places else empty
    return Answer(
        kind=request.kind,
        expression=request.expression,
        read_as=read_as(program),
        name=value_name(program.name, where.shapes),
        where=where,
        variables=tuple(
            entry_name(name, n, where.shapes[name])
            for name in wrt
            for n in range(prod(where.shapes[name]))
        ),
        components=shape_of(operands.u),
        shape=shape_of(value),
        entries=tuple(entries[: len(items_of(value))]),
        value=tuple(entries[len(items_of(value)) :]),
        found=found,
        sparse=request.sparse,
    )


def _place(symbols: Symbols, entry: Symbol, places: dict[int, int], sparse: bool) -> int:
    """Which of the different numbers an entry is; -1 for one that is 0 by its form.

    sparse  such a one is left out also where something may fail on the way
    """
    if is_nothing(symbols, entry, anywhere=sparse):
        return -1
    return places.setdefault(symbols.step_of(entry), len(places))


# -- directions


def _direction(
    request: CalculusRequest, operands: Operands, wrt: Sequence[str], where: Positions
) -> list[Symbol]:
    """How fast each entry of the variables moves; for vjp the weight of each component."""
    if not request.direction:
        names = ",".join(f"{name}=1" for name in wrt)
        hint = "--direction 1,0" if request.kind == "vjp" else f"--direction {names}"
        raise wrong("direction", f"{request.kind} needs a --direction", hint=hint)
    if request.kind == "vjp":
        return _weights(request, operands)
    try:
        program = parse(" + ".join(wrt))
        given = read_points(request.direction, program, exact=True)
    except AdiffError as error:
        raise _about_direction(error, wrt) from None
    strange = next((name for name in given if name not in wrt), None)
    if strange is not None:
        names = listed(wrt)
        message = f"the direction names '{strange}', and what is differentiated by is {names}"
        raise wrong("direction", message, hint=did_you_mean(strange, wrt))
    found: list[Symbol] = []
    for name in wrt:
        values, size = given[name], prod(where.shapes[name])
        if len(values) != size:
            message = f"the direction of '{name}' has {len(values)} numbers, and '{name}' {size}"
            example = f"[{','.join(['1'] * size)}]" if where.shapes[name] else "1"
            hint = f"--direction {name}={example}" if size < 20 else ""
            raise wrong("direction", message, hint=hint)
        found += map(operands.symbols.symbol, _fractions(values))
    return found


def _about_direction(error: AdiffError, wrt: Sequence[str]) -> AdiffError:
    """A mistake in a direction, whose numbers are read as points are."""
    found = error.diagnostic
    if found.code in ("missing-points", "unnamed"):
        names = listed(f"'{name}'" for name in wrt)
        example = ",".join(f"{name}=1" for name in wrt)
        message = f"a direction needs a number for each of {names}"
        return wrong("direction", message, hint=f"--direction {example}")
    return wrong(
        found.code, found.message, found.span, found.source, origin="--direction ", hint=found.hint
    )


def _weights(request: CalculusRequest, operands: Operands) -> list[Symbol]:
    count = len(items_of(operands.u))
    hint = f"--direction {','.join(['1'] * count)}" if count < 20 else ""
    message = f"vjp takes a weight for each component, without names: {count} numbers"
    try:
        values = read_points(request.direction, parse("w"), exact=True)["w"]
    except AdiffError as error:
        found = error.diagnostic
        if found.code in ("missing-points", "twice"):
            raise wrong("direction", message, hint=hint) from None
        raise _about_direction(error, ()) from None
    if len(values) != count:
        raise wrong("direction", f"{message}, not {len(values)}", hint=hint)
    return [operands.symbols.symbol(number) for number in _fractions(values)]


def _fractions(values: Array) -> list[Fraction]:
    """Numbers as they were typed where they are fractions, else as their doubles."""
    typed = values.typed or [None] * len(values)
    return [
        Fraction(double) if getattr(one, "exact", None) is None else one.exact
        for one, double in zip(typed, values.real, strict=True)
    ]
