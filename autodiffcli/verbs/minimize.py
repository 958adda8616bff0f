"""`adiff minimize`: a minimum of an expression, by Newton, L-BFGS, gradient descent or Adam."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod

from autodiffcli import plan
from autodiffcli.app import destination, format_of, style_of
from autodiffcli.certified import Place, Question
from autodiffcli.diagnostics import Diagnostic, ExitStatus, wrong
from autodiffcli.interpreters.blocks import Misfit
from autodiffcli.minimization.curvature import (
    INDEFINITE,
    NEGATIVE,
    POSITIVE,
    Minimum,
    definiteness,
    proven_minimum,
)
from autodiffcli.minimization.minimizers import (
    CONVERGED,
    KINK,
    STOPPED,
    STUCK,
    Descent,
    Walk,
    Way,
    has_arrived,
    snapped,
    walk,
)
from autodiffcli.minimization.newton import Newton
from autodiffcli.minimization.objective import BallObjective, Nowhere, Objective, is_small
from autodiffcli.parser import parse
from autodiffcli.pointwise import is_known, shape_of_result
from autodiffcli.program import Builder, Program
from autodiffcli.readings import strictly
from autodiffcli.renderers.descents import Descended, listing
from autodiffcli.renderers.listing import write
from autodiffcli.renderers.report import note, report
from autodiffcli.starts import Start, read_starts
from autodiffcli.terminal import Terminal

METHODS = ("newton", "lbfgs", "descent", "adam")
STEPS = {"newton": 200, "lbfgs": 1_000, "descent": 10_000, "adam": 10_000}
RATE = 0.01
FEW = 8  # variables up to which Newton's method is the default
MOST_CURVED = 60  # variables up to which there is a Hessian
PRECISE = ("newton", "lbfgs")  # of which the minimum itself is shown
PROVEN = 8  # variables up to which a minimum is proven
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
    named = start if isinstance(start, Mapping) else {"": start}
    request = MinimizeRequest(
        expression,
        tuple(f"{name}={value}" if name else str(value) for name, value in named.items()),
        tuple(f"{name}={value}" for name, value in (at or {}).items()),
        method,
        rate,
        steps,
        maximize=maximize,
    )
    found = descents(request, parse(expression))
    if len(found) != 1:
        raise wrong("starts", f"one start is expected, and these are {len(found)}")
    return found[0]


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
    objective = _objective(program, start, request)
    method = request.method or _default(objective)
    if method == "newton" and not objective.has_hessian:
        message = f"Newton's method takes {MOST_CURVED} variables at most"
        if len(start.seeds) <= MOST_CURVED:
            message = "Newton's method takes functions with a rule in ball arithmetic only"
        raise wrong("method", message, hint="--method lbfgs takes any number")
    way = _way(method, objective, request.rate)
    found = walk(objective, way, request.steps or STEPS[method], request.tolerance)
    found = _settled(objective, found)
    if found.status == CONVERGED and found.last is not None and method in PRECISE:
        found = replace(found, last=snapped(objective, found.last))
    kind, proof = _kind(objective, found, exact=method in PRECISE)
    sign = -1.0 if request.maximize else 1.0
    last = found.last
    if proof is not None:
        last = objective.at(proof.point)
    return Descended(
        start=start,
        method=method,
        rate=request.rate,
        sought="maximum" if request.maximize else "minimum",
        status=found.status,
        reason=found.reason,
        steps=tuple(step._replace(value=sign * step.value + 0.0) for step in found.steps),
        point=last.point if last is not None else (),
        value=sign * last.height + 0.0 if last is not None else float("nan"),
        steepness=last.steepness if last is not None else float("nan"),
        curvature=kind,
        radii=proof.radii if proof is not None else (),
    )


def _objective(program: Program, start: Start, request: MinimizeRequest) -> Objective:
    """The objective, in balls where it is small. Raises AdiffError where it is no number."""
    known = is_known(program)
    if known:
        _check_number(program, start)
    curved = request.method == "newton" and known and len(start.seeds) <= MOST_CURVED
    if curved or is_small(program, start):
        return BallObjective(program, start)
    # torch comes in here, after everything that can be wrong without it.
    from autodiffcli.minimization.gradients import TorchObjective

    return TorchObjective(program, start)


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


def _default(objective: Objective) -> str:
    few = objective.has_hessian and len(objective.start.seeds) <= FEW
    return "newton" if few else "lbfgs"


def _way(method: str, objective: Objective, rate: float) -> Way:
    if method == "newton":
        return Newton(objective)
    if method == "descent":
        return Descent(rate)
    from autodiffcli.minimization.optimizers import Adam, Lbfgs

    return Lbfgs(objective) if method == "lbfgs" else Adam(objective, rate)


def _settled(objective: Objective, found: Walk) -> Walk:
    """The walk, converged too where only rounding kept it from going on."""
    if found.status != STUCK or found.last is None:
        return found
    try:
        first = objective.at(objective.start.values)
    except Nowhere:
        return found
    if has_arrived(first, found.last, ROUNDING):
        return replace(found, status=CONVERGED, reason="to rounding")
    return found


def _kind(objective: Objective, found: Walk, exact: bool) -> tuple[str, Minimum | None]:
    """What the Hessian says at the end, and the minimum that is proven there.

    exact  whether the end is the minimum itself, and not only a point on the way there
    """
    if found.status != CONVERGED or found.last is None:
        return "", None
    if not isinstance(objective, BallObjective):
        return "unknown", None
    try:
        hessian = objective.at(found.last.point, curved=True).hessian
    except Nowhere:
        return "unknown", None
    if hessian is None:
        return "unknown", None
    kind = definiteness(hessian)
    proof = None
    if exact and kind == POSITIVE and len(found.last.point) <= PROVEN:
        proof = proven_minimum(objective, found.last.point)
    return kind, proof


# -- words


def _trouble(one: Descended, request: MinimizeRequest) -> str:
    """Why this is no minimum; "" where it is one, or as many steps were taken as were asked."""
    asked = bool(request.steps) and one.method in ("descent", "adam")
    if one.status == STOPPED and asked:
        return ""
    if one.status == CONVERGED:
        wrong_kind = one.curvature in (INDEFINITE, NEGATIVE)
        return f"{one.kind}; the Hessian is {one.curvature}" if wrong_kind else ""
    return f"{one.status}; {one.reason}" if one.reason else one.status


def _from(one: Descended) -> str:
    pairs = zip(one.start.labels[:4], one.start.values, strict=False)
    more = ", ..." if len(one.start.labels) > 4 else ""
    return ", ".join(f"{label} = {x:.6g}" for label, x in pairs) + more
