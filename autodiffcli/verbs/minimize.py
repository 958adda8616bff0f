"""`adiff minimize`: a minimum of an expression, by Newton, L-BFGS, gradient descent or Adam."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan, prod

from autodiffcli import plan
from autodiffcli.certified import Place, Question
from autodiffcli.destination import destination, format_of, style_of
from autodiffcli.diagnostics import Diagnostic, ExitStatus, wrong
from autodiffcli.interpreters.blocks import Misfit
from autodiffcli.minimization.arrivals import has_small_gradient, is_settled, snapped
from autodiffcli.minimization.extrema import Nature, nature_of
from autodiffcli.minimization.minimizers import (
    CONVERGED,
    FLAT,
    KINK,
    STOPPED,
    STUCK,
    Descent,
    Walk,
    Way,
    lost,
    walk,
)
from autodiffcli.minimization.newton import Newton
from autodiffcli.minimization.objective import MOST_CURVED, BallObjective, Objective, is_small
from autodiffcli.one_point import is_known
from autodiffcli.parser import parse
from autodiffcli.pointwise import shape_of_result
from autodiffcli.program import Builder, Program
from autodiffcli.readings import strictly
from autodiffcli.renderers.descents import Descended, footnote, listing
from autodiffcli.renderers.listing import write
from autodiffcli.renderers.report import note, report
from autodiffcli.starts import Start, only_one, read_starts, start_texts, value_texts
from autodiffcli.terminal import Terminal

METHODS = ("newton", "lbfgs", "descent", "adam")
STEPS = {"newton": 200, "lbfgs": 1_000, "descent": 10_000, "adam": 10_000}
RATE = 0.01
FEW = 8  # variables up to which Newton's method is the default
LONGEST = 100_000  # steps of the tape times second derivatives up to which it is, half a second
PRECISE = ("newton", "lbfgs")  # of which the minimum itself is shown
STEPWISE = ("descent", "adam")  # which take as many steps as are asked for
ROUNDING = 1e-6  # of the gradient, where values no longer tell one step from the next
REPORTED = 3


@dataclass(frozen=True, slots=True)
class MinimizeRequest:
    """One question to `adiff minimize`.

    starts     texts of --from
    at         texts of --at: what stays as it is
    method     "" for newton with few variables, lbfgs with many
    rate       of descent and Adam
    steps      at most; 0 for the method's own number
    tolerance  of the gradient, relative to the drop of the value; None for the method's own
    maximize   look for a maximum
    """

    expression: str
    starts: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    method: str = ""
    rate: float = RATE
    steps: int = 0
    tolerance: float | None = None
    maximize: bool = False
    trace: bool = False
    format: str = ""
    output: str = ""
    precision: int = 6
    rows: int | None = None


def answer(request: MinimizeRequest, terminal: Terminal) -> ExitStatus:
    """Print where every start leads. Raises AdiffError."""
    format = request.format or format_of(request.output)
    program = parse(request.expression)
    if not terminal.talk:
        strictly(program)
    for reading in program.readings:
        note(reading.message, terminal.stderr, terminal.stderr_width)
    found = descents(request, program)
    for text in _notes(request, program, found):
        note(text, terminal.stderr)
    style = style_of(request.precision, request.rows, request.output, terminal)
    with destination(request.output, terminal) as opened:
        write(listing(found, program, request.trace, opened), opened, format, style)
    missed = [(one, _trouble(one, request)) for one in found]
    told = [(one, trouble) for one, trouble in missed if trouble]
    for one, trouble in told[:REPORTED]:
        message = f"no {one.sought} is found from {_from(one)}: {trouble}"
        report(
            Diagnostic("no-minimum", message),
            terminal.stderr,
            colour=terminal.colour,
            width=terminal.stderr_width,
        )
    if any(one.status == KINK for one, _ in told):
        return ExitStatus.NO_DERIVATIVE
    return ExitStatus.CHECK_FAILED if told else ExitStatus.DONE


def minimize(
    expression: str,
    start: str | float | Mapping[str, str | float],
    *,
    at: Mapping[str, str | float] | None = None,
    method: str = "",
    rate: float = RATE,
    steps: int = 0,
    maximize: bool = False,
) -> Descended:
    """Where a way downhill leads from a start: `status`, `point`, `value`, `steps`.

    start   of the variable, or of each by its name; a text is read as --from reads it
    at      the other variables, which stay
    raises  AdiffError where the input is wrong

    >>> minimize("(x-1)^2 + 3", 0).point
    (1.0,)
    """
    request = MinimizeRequest(
        expression,
        start_texts(start),
        value_texts(at or {}),
        method,
        rate,
        steps,
        maximize=maximize,
    )
    return only_one(descents(request, parse(expression)))


def descents(request: MinimizeRequest, program: Program) -> list[Descended]:
    """What is found from each of the starts. Raises AdiffError."""
    starts = read_starts(program.inputs, request.expression, request.starts, request.at)
    plan.refuse_unknown(program, tuple(starts[0].shapes))
    turned = _negated(program) if request.maximize else program
    return [_descended(turned, start, request) for start in starts]


def _negated(program: Program) -> Program:
    builder = Builder(program.source)
    output = builder.inline(program, {})
    span = program.steps[program.output].span
    found = builder.finish(builder.add("neg", (output,), "", span), parameters=program.inputs)
    return replace(found, name=program.name)


# -- one start


def _descended(program: Program, start: Start, request: MinimizeRequest) -> Descended:
    objective, method = _chosen(program, start, request)
    way = _way(method, objective, request.rate)
    walked = walk(
        objective, way, request.steps or STEPS[method], request.tolerance, _just_so_many(request)
    )
    found, nature = _ended(objective, walked, exact=method in PRECISE)
    sign, last = objective.sign, found.last
    if nature.proof is not None:
        last = objective.at(nature.proof.point)
    return Descended(
        start=start,
        method=method,
        rate=request.rate,
        sought="maximum" if request.maximize else "minimum",
        status=found.status,
        reason=found.reason or nature.reason,
        steps=tuple(step._replace(value=sign * step.value + 0.0) for step in found.steps),
        point=last.point if last is not None else (),
        value=sign * last.height + 0.0 if last is not None else nan,
        steepness=last.steepness if last is not None else nan,
        nature=nature.kind,
        curvature=nature.curvature,
        radii=nature.proof.radii if nature.proof is not None else (),
    )


def _just_so_many(request: MinimizeRequest) -> bool:
    """Whether the steps are asked for one by one, and not a minimum."""
    stepwise = request.method in STEPWISE and request.tolerance is None
    return bool(request.steps) and stepwise


def _chosen(program: Program, start: Start, request: MinimizeRequest) -> tuple[Objective, str]:
    """The objective, in balls where it is small, and the method. Raises AdiffError."""
    known, count = is_known(program), len(start.seeds)
    sign = -1.0 if request.maximize else 1.0
    if known:
        _check_number(program, start)
    method = request.method or ("newton" if _suits_newton(program, count) else "lbfgs")
    if method == "newton" and (not known or count > MOST_CURVED):
        message = f"Newton's method takes {MOST_CURVED} variables at most"
        if count <= MOST_CURVED:
            message = "Newton's method takes functions with a rule in ball arithmetic only"
        raise wrong("method", message, hint="--method lbfgs takes any number")
    if method == "newton" or is_small(program, start):
        return BallObjective(program, start, sign), method
    # torch comes in here, after everything that can be wrong without it.
    from autodiffcli.minimization.gradients import TorchObjective

    return TorchObjective(program, start, sign), method


def _suits_newton(program: Program, count: int) -> bool:
    """Whether Newton's method is the default: few variables, and a formula that is not long."""
    rays = count * (count + 1) // 2
    return is_known(program) and count <= FEW and rays * len(program.steps) <= LONGEST


def _check_number(program: Program, start: Start) -> None:
    """Refuse tensors as values. Raises AdiffError."""
    from flint import arb

    place = Place(lambda: start.place([arb(x) for x in start.values]))
    try:
        shape = shape_of_result(Question(program, place))
    except Misfit as error:
        span = error.step.span if error.step else None
        raise wrong("shapes", str(error), span, program.source) from None
    if prod(shape) != 1:
        span = program.steps[program.output].span
        message = f"the value has {prod(shape)} entries, and one number is expected"
        hint = "sum(...) or mean(...) makes one number of them"
        raise wrong("shapes", message, span, program.source, hint=hint)


def _way(method: str, objective: Objective, rate: float) -> Way:
    if method == "newton":
        return Newton(objective)
    if method == "descent":
        return Descent(rate)
    from autodiffcli.minimization.optimizers import Adam, Lbfgs

    return Lbfgs(objective) if method == "lbfgs" else Adam(objective, rate)


def _ended(objective: Objective, found: Walk, exact: bool) -> tuple[Walk, Nature]:
    """The walk and what it has come to.

    A walk that is stuck has converged where only rounding kept it from going on. One whose
    gradient has underflowed, or whose next step would be long, has not, unless it is known what
    is there.

    exact  whether the method comes to the minimum itself, and not only near it
    """
    if found.status not in (CONVERGED, STUCK) or found.last is None:
        return found, Nature(curvature="")
    last = snapped(objective, found.last) if exact else found.last
    nature = nature_of(objective, last, exact)
    arrived = replace(found, status=CONVERGED, reason="", last=last)
    told = nature.is_known and (nature.proof is not None or bool(nature.reason))
    if told or (found.status == CONVERGED and (nature.is_known or not last.is_lost)):
        return arrived, nature
    settled = is_settled(objective, last, fine=False)
    first = objective.at(objective.start.values)
    small = not last.is_lost and has_small_gradient(first, last, ROUNDING)
    if settled and (nature.is_known or small):
        return arrived, nature
    status = FLAT if last.is_lost or not settled else STUCK
    reason = lost(objective, last) if last.is_lost else found.reason
    return replace(found, status=status, reason=reason, last=last), Nature(curvature="")


# -- words


def _notes(request: MinimizeRequest, program: Program, found: Sequence[Descended]) -> list[str]:
    """Why few variables do not go by Newton's method."""
    if request.method or found[0].method == "newton" or len(found[0].start.seeds) > FEW:
        return []
    if not is_known(program):
        return ["a function here has no rule in ball arithmetic: L-BFGS instead of Newton's method"]
    return ["the formula is long: L-BFGS instead of Newton's method, which is --method newton"]


def _trouble(one: Descended, request: MinimizeRequest) -> str:
    """Why this is no minimum; "" where it is one, or as many steps were taken as were asked."""
    if one.status == STOPPED and request.steps and one.method in STEPWISE:
        return ""
    if one.status != CONVERGED:
        return f"{one.status}; {one.reason}" if one.reason else one.status
    return "" if one.is_found else f"{one.kind}; {footnote(one)}"


def _from(one: Descended) -> str:
    pairs = zip(one.start.labels[:4], one.start.values, strict=False)
    more = ", ..." if len(one.start.labels) > 4 else ""
    return ", ".join(f"{label} = {x:.6g}" for label, x in pairs) + more
