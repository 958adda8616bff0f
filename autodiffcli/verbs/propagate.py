"""`adiff propagate`: the uncertainty of a result, and which input it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from autodiffcli.destination import destination, format_of, style_of
from autodiffcli.diagnostics import Diagnostic, ExitStatus, wrong
from autodiffcli.interpreters.blocks import Misfit
from autodiffcli.interpreters.printing import read_as
from autodiffcli.judgement import refuse_unknown
from autodiffcli.ops import OPS
from autodiffcli.parser import parse
from autodiffcli.plan import is_elementwise
from autodiffcli.plan import refuse_unknown as refuse_fixed
from autodiffcli.program import Program
from autodiffcli.readings import strictly
from autodiffcli.renderers.listing import write
from autodiffcli.renderers.report import note, report
from autodiffcli.renderers.uncertain import Answered, Question, listing, told
from autodiffcli.result import value_name
from autodiffcli.terminal import Terminal
from autodiffcli.uncertainties.correlations import Correlations, read_correlations
from autodiffcli.uncertainties.measurements import Inputs, read_measurements
from autodiffcli.uncertainties.nearby import trouble_near
from autodiffcli.uncertainties.uncertainty import NoUncertainty, Propagated, propagated
from autodiffcli.verdict import Verdict

MAX_POINTS = 100_000
LOOKED = 20  # points around which is looked for what first order does not see
REPORTED = 3  # points without a result that are told one by one


@dataclass(frozen=True, slots=True)
class PropagateRequest:
    """One question to `adiff propagate`.

    correlations  texts of --correlation
    second_order  show the second order always, however many derivatives it takes
    """

    expression: str
    at: tuple[str, ...] = ()
    correlations: tuple[str, ...] = ()
    second_order: bool = False
    format: str = ""
    output: str = ""
    precision: int = 6
    rows: int | None = None


def answer(request: PropagateRequest, terminal: Terminal) -> ExitStatus:
    """Print the result with its uncertainty, or why it has none. Raises AdiffError."""
    format = request.format or format_of(request.output)
    program = parse(request.expression)
    if not terminal.talk:
        strictly(program)
    refuse_unknown(program, "adiff propagate")
    points = read_measurements(request.at, program)
    _check(program, points)
    correlations = read_correlations(request.correlations, points)
    name = value_name(program.name, points[0])
    asked = request.second_order
    rows = [_answered(program, inputs, correlations, asked, name) for inputs in points]
    missing = [row for row in rows if row.found is None]
    if len(missing) == len(rows):
        _report(missing, terminal)
        return ExitStatus.NO_DERIVATIVE
    notes = _notes(program, rows)
    for text in notes:
        note(text, terminal.stderr, terminal.stderr_width)
    question = Question(request.expression, read_as(program), name, correlations, asked)
    style = style_of(request.precision, request.rows, request.output, terminal)
    with destination(request.output, terminal) as opened:
        found = listing(question, rows, notes, opened.unicode, style.precision)
        write(found, opened, format, style)
    return ExitStatus.NO_DERIVATIVE if missing else ExitStatus.DONE


def propagate_uncertainty(
    expression: str,
    at: Mapping[str, str | float],
    correlations: Mapping[tuple[str, str], float | str] | None = None,
) -> Propagated:
    """The result of an expression with its standard uncertainty.

    at            an input per variable; a text is read as --at reads it, "1.00(10)" or "2±1%",
                  and a number is exact
    correlations  coefficients of pairs of inputs
    raises        AdiffError; NoUncertainty where the result or a derivative does not exist

    >>> round(propagate_uncertainty("m*g", {"m": "1.0±0.1", "g": 9.81}).uncertainty, 6)
    0.981
    """
    program = parse(expression)
    refuse_unknown(program, "propagate_uncertainty")
    points = read_measurements([f"{name}={value}" for name, value in at.items()], program)
    if len(points) != 1:
        raise wrong("point", f"this is for one point, and these are {len(points)}")
    _check(program, points)
    texts = [f"{a},{b}={r}" for (a, b), r in (correlations or {}).items()]
    return propagated(program, points[0], read_correlations(texts, points))


def _check(program: Program, points: Sequence[Inputs]) -> None:
    """Raise AdiffError for what cannot be propagated point by point."""
    if not points:
        raise wrong("empty", "there is no point")
    if len(points) > MAX_POINTS:
        raise wrong("too-many", f"{len(points):,} points are more than {MAX_POINTS:,}")
    if len(points) > 1 and not is_elementwise(program):
        step = next(s for s in program.steps if s.op in OPS and OPS[s.op].mixes)
        message = "with several points the formula must take them one by one"
        raise wrong("mixes", message, step.span, program.source)
    uncertain = [n for n in points[0] if any(not inputs[n].is_exact for inputs in points)]
    refuse_fixed(program, uncertain)


def _answered(
    program: Program, inputs: Inputs, correlations: Correlations, asked: bool, name: str
) -> Answered:
    try:
        found = propagated(program, inputs, correlations, asked)
    except NoUncertainty as error:
        verdict = error.verdict
        what = f"the derivative by {error.by}" if error.by else "the value"
        reason = f"; {verdict.reason}" if verdict.reason else ""
        missing = f"no uncertainty at {told(inputs)}: {what} is missing ({verdict.status}{reason})"
        return Answered(inputs, None, verdict, missing)
    except Misfit as error:
        span = error.step.span if error.step else None
        raise wrong("shapes", str(error), span, program.source) from None
    if not (isfinite(found.value) and isfinite(found.uncertainty)):
        verdict = Verdict("overflow", found.value, reason="it exceeds the number range")
        missing = f"no uncertainty at {told(inputs)}: {name} exceeds the number range"
        return Answered(inputs, None, verdict, missing)
    return Answered(inputs, found)


def _notes(program: Program, rows: Sequence[Answered]) -> list[str]:
    notes = [reading.message for reading in program.readings]
    extra = [name for name in rows[0].inputs if name not in program.inputs]
    notes += [f"'{name}' does not occur in the expression" for name in extra]
    for row in rows if len(rows) <= LOOKED else ():
        trouble = trouble_near(program, row.inputs, len(rows)) if row.found else ""
        if trouble:
            notes.append(f"within two standard uncertainties {trouble}; first order may not hold")
    limits = dict.fromkeys(row.found.limit for row in rows if row.found and row.found.limit)
    return [*notes, *(f"the value is a limit: {limit}" for limit in limits)]


def _report(missing: Sequence[Answered], terminal: Terminal) -> None:
    for row in missing[:REPORTED]:
        diagnostic = Diagnostic("no-uncertainty", row.missing)
        report(diagnostic, terminal.stderr, colour=terminal.colour, width=terminal.stderr_width)
    if len(missing) > REPORTED:
        message = f"there is none at any of {len(missing):,} points"
        report(
            Diagnostic("no-uncertainty", message),
            terminal.stderr,
            colour=terminal.colour,
            width=terminal.stderr_width,
        )
