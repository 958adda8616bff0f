"""A program and its derivatives as one tape of plain formulas, for any number of points."""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

from autodiffcli.diagnostics import AdiffError, Span
from autodiffcli.differentiation import tangent
from autodiffcli.interpreters.coefficients import Coefficients, Formulas
from autodiffcli.interpreters.scaled import Scaled
from autodiffcli.interpreters.symbols import Symbol, Symbols
from autodiffcli.ops import OPS
from autodiffcli.ops.op import BY_BALLS
from autodiffcli.plan import Partial
from autodiffcli.program import INPUT, Builder, Program, Step, run

MAX_STEPS = 20_000  # beyond, series in blocks are no slower, and take less memory
MAX_ORDER = 12  # likewise


@dataclass(frozen=True, slots=True)
class Lowered:
    """A tape whose steps are numbers at a point.

    steps    operands come first
    outputs  the steps of the value and of every partial that is wanted
    values   the steps of the program itself, which say where it has kinks and ends
    moving   those of them that a variable reaches by which something is differentiated
    """

    source: str
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    inputs: tuple[str, ...]
    values: tuple[int, ...]
    moving: frozenset[int]


def lowered(program: Program, wanted: tuple[Partial, ...]) -> Lowered | None:
    """The tape of a program and its partials; None where formulas are no way to them."""
    if not _is_plain(program) or max(map(len, wanted), default=0) > MAX_ORDER:
        return None
    builder = Builder(program.source)
    symbols = Scaled(builder, Span(0, 0))
    try:
        base = run(program, Formulas(builder, symbols, "", 0))
        found = _Partials(program, builder, symbols, wanted)
        outputs = [base[program.output][0], *(found.by(partial) for partial in wanted)]
    except AdiffError:
        return None
    steps = [symbols.step_of(output) for output in outputs]
    values = {symbols.step_of(u[0]) for u in base}
    if len(builder.live(*steps, *values)) > MAX_STEPS:
        return None
    return _gathered(builder, steps, values, {name for partial in wanted for name in partial})


def _is_plain(program: Program) -> bool:
    for step in program.steps:
        op = OPS.get(step.op)
        if op is not None and (op.mixes or op.torch == BY_BALLS or step.op == "unknown"):
            return False
        if step.inner is not None:
            return False
    return True


class _Partials:
    """Partial derivatives as steps: those by one variable by its series, mixed ones from them."""

    def __init__(
        self, program: Program, builder: Builder, symbols: Symbols, wanted: tuple[Partial, ...]
    ) -> None:
        self.builder, self.symbols = builder, symbols
        self.known: dict[Partial, Symbol] = {}
        self.series: dict[str, Coefficients] = {}
        for name in dict.fromkeys(name for partial in wanted for name in partial):
            order = max((_leading(p) for p in wanted if p[0] == name), default=0)
            if order:
                jets = Formulas(builder, symbols, name, order)
                self.series[name] = run(program, jets)[program.output]

    def by(self, partial: Partial) -> Symbol:
        """One partial derivative."""
        found = self.known.get(partial)
        if found is None:
            found = self.known[partial] = self._made(partial)
        return found

    def _made(self, partial: Partial) -> Symbol:
        if len(set(partial)) == 1:
            series, order = self.series[partial[0]], len(partial)
            zero = self.symbols.zero
            return series[order] * factorial(order) if order < len(series) else zero
        before = self.by(partial[:-1])
        if before.value is not None:
            return self.symbols.zero
        seed = self.builder.add(INPUT, (), partial[-1], self.symbols.span)
        return tangent(self.symbols, before.step, {seed: self.symbols.one})


def _leading(partial: Partial) -> int:
    """How often the first variable comes before any other."""
    return next((n for n, name in enumerate(partial) if name != partial[0]), len(partial))


def _gathered(builder: Builder, outputs: list[int], values: set[int], wrt: set[str]) -> Lowered:
    """The steps that matter, in their order."""
    live = builder.live(*outputs, *values)
    new = {step: number for number, step in enumerate(live)}
    steps = tuple(
        builder.steps[old]._replace(operands=tuple(new[i] for i in builder.steps[old].operands))
        for old in live
    )
    moving = set[int]()
    for number, step in enumerate(steps):
        if not moving.isdisjoint(step.operands) or (step.op == INPUT and step.text in wrt):
            moving.add(number)
    inputs = tuple(dict.fromkeys(step.text for step in steps if step.op == INPUT))
    kept = tuple(sorted(new[step] for step in values))
    return Lowered(
        builder.source, steps, tuple(new[o] for o in outputs), inputs, kept, frozenset(moving)
    )
