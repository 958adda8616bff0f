"""Derivatives written as further steps of a tape: d(u, x), grad, jacobian and their kin.

Every derivative is a step "derivative" that holds its formula together with what it is the
derivative of, so that engines can calculate by the formula and still see where there is none.
Formulas of tensors are taken apart into their entries first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from autodiffcli.arrays import Shape
from autodiffcli.diagnostics import AdiffError, Span, wrong
from autodiffcli.differentiation import Tangents, adjoints, tangent
from autodiffcli.entries import (
    Shapes,
    Unshaped,
    Value,
    entries,
    is_elementwise,
    variable_entries,
    written,
)
from autodiffcli.interpreters.blocks import Block, block, items_of, shape_of
from autodiffcli.interpreters.symbols import Symbol, Symbols
from autodiffcli.ops import OPS
from autodiffcli.program import CONST, INPUT, Builder, Derivative, Program, Step

MOST_ENTRIES = 250_000  # of a matrix of derivatives
MAX_ORDER = 30  # of a derivative inside an expression


# -- one number by one variable


class Variable:
    """What is differentiated by: a variable, or one entry of it.

    step   of the variable itself
    entry  flat position in it; -1 for a number
    place  step of that entry
    """

    __slots__ = ("entry", "place", "step")

    def __init__(self, step: int, entry: int = -1, place: int = -1) -> None:
        self.step = step
        self.entry = entry
        self.place = step if place < 0 else place


def derivatives(
    symbols: Symbols, u: Symbol, variables: Sequence[Variable], span: Span
) -> list[Symbol]:
    """The derivatives of an elementwise step by some variables.

    One is taken forwards, several backwards, at the cost of a few values together.
    """
    symbols.span = span
    target = symbols.step_of(u)
    if len(variables) == 1:
        formulas = [tangent(symbols, target, {variables[0].place: symbols.one})]
    else:
        formulas = adjoints(symbols, target, [variable.place for variable in variables])
    symbols.span = span
    make = _Maker(symbols, target, span)
    return [make(v, f) for v, f in zip(variables, formulas, strict=True)]


class _Maker:
    """Makes the steps "derivative" of one step."""

    def __init__(self, symbols: Symbols, target: int, span: Span) -> None:
        builder = symbols.builder
        self.symbols, self.span, self.target = symbols, span, target
        step = builder.steps[target]
        inner, given = step.inner, step.operands[2:]
        self.before: tuple[tuple[str, int], ...] = ()
        self.make: Callable[[], Program]
        own = inner is not None and all(builder.steps[n].op == INPUT for n in given)
        if inner is not None and own and len(set(given)) == len(given):
            self.make, self.before = (lambda: inner.program), inner.seeds
            self.names, self.inputs = inner.inputs, given
        else:
            self.make = lambda: builder.finish(target)
            self.inputs = tuple(builder.inputs_of(target))
            self.names = tuple(builder.steps[n].text for n in self.inputs)

    def __call__(self, variable: Variable, formula: Symbol) -> Symbol:
        """The step whose formula this is, a formula of 0 too: it says where there is none."""
        if len(self.before) >= MAX_ORDER:
            message = f"a derivative inside an expression is of order {MAX_ORDER} at most"
            raise wrong("order", message, self.span, self.symbols.builder.source)
        names, inputs, make = self.names, self.inputs, self.make
        if variable.step in inputs:
            name = names[inputs.index(variable.step)]
        else:
            name = self.symbols.builder.steps[variable.step].text
            names, inputs = (*names, name), (*inputs, variable.step)
            make = _with_inputs(make, names)
        seeds = (*self.before, (name, variable.entry))
        operands = (self.symbols.step_of(formula), self.target, *inputs)
        text = ",".join(f"{name}:{entry}" for name, entry in seeds)
        add = self.symbols.builder.add
        inner = Derivative(names, seeds, make)
        return Symbol(self.symbols, add("derivative", operands, text, self.span, inner))


def _with_inputs(make: Callable[[], Program], names: tuple[str, ...]) -> Callable[[], Program]:
    """A program with one more input, which it does not depend on."""
    return lambda: replace(make(), inputs=names)


# -- the operators


class Operands:
    """What an operator is applied to.

    u          the formula, by its entries
    variables  what is differentiated by, entry by entry
    shapes     of the variables, in their order; () for a number
    names      where the operands stand, for errors
    """

    def __init__(
        self,
        symbols: Symbols,
        u: Value,
        variables: Sequence[Sequence[Variable]],
        shapes: Sequence[Shape],
        span: Span,
    ) -> None:
        self.symbols = symbols
        self.u = u
        self.groups = variables
        self.shapes = shapes
        self.span = span

    @property
    def flat(self) -> list[Variable]:
        """The variables entry by entry."""
        return [variable for group in self.groups for variable in group]

    def by(self, u: Symbol, variables: Sequence[Variable]) -> list[Symbol]:
        """The derivatives of one entry."""
        return derivatives(self.symbols, u, variables, self.span)

    def scalar(self, name: str) -> Symbol:
        """The formula, which must be a single number."""
        if isinstance(self.u, Block):
            shape = "x".join(map(str, self.u.shape))
            hint = "for a vector there is jacobian([f, g], [x, y])"
            message = f"the {name} is that of a number, not of a tensor of shape {shape}"
            raise self.wrong(message, hint)
        return self.u

    def vector(self, name: str) -> tuple[Symbol, ...]:
        """The formula, which must be a vector."""
        if len(shape_of(self.u)) != 1:
            raise self.wrong(f"the {name} is that of a vector field [f, g, ...]")
        return items_of(self.u)

    def wrong(self, message: str, hint: str = "") -> AdiffError:
        """The error that the operands do not fit."""
        return wrong("operands", message, self.span, self.symbols.builder.source, hint=hint)


def _d(o: Operands) -> Value:
    """One derivative after the other."""
    found = o.u
    if len(o.groups) > MAX_ORDER:
        raise o.wrong(f"a derivative inside an expression is of order {MAX_ORDER} at most")
    for group, shape in zip(o.groups, o.shapes, strict=True):
        rows = [o.by(entry, group) for entry in items_of(found)]
        found = block((*shape_of(found), *shape), [one for row in rows for one in row])
    return found


def _grad(o: Operands) -> Value:
    found = o.by(o.scalar("gradient"), o.flat)
    shape = o.shapes[0] if len(o.shapes) == 1 and o.shapes[0] else (len(found),)
    return Block(shape, tuple(found))


def _jacobian(o: Operands) -> Value:
    rows = [o.by(entry, o.flat) for entry in items_of(o.u)]
    o_shape = shape_of(o.u)
    return Block((*o_shape, len(o.flat)), tuple(one for row in rows for one in row))


def _hessian(o: Operands) -> Value:
    """The Jacobian of the gradient: forwards through what went backwards, symmetric."""
    flat, u = o.flat, o.scalar("Hessian")
    if len(flat) ** 2 > MOST_ENTRIES:
        raise o.wrong(f"a Hessian has {MOST_ENTRIES:,} entries at most")
    slopes = o.by(u, flat)
    n = len(flat)
    found: list[Symbol] = [o.symbols.zero] * n**2
    needed = [_reached(o.symbols, slope) for slope in slopes]
    met = _met(o.symbols.builder, o.symbols.step_of(u), {variable.place for variable in flat})
    targets = [o.symbols.step_of(slope) for slope in slopes]
    makers = [_Maker(o.symbols, target, o.span) for target in targets]
    forward = Tangents(o.symbols, targets)
    for column, variable in enumerate(flat):
        formulas, own = forward.by(variable.place), variable.place
        o.symbols.span = o.span
        for row in range(column + 1):
            other = flat[row].place
            if own in needed[row] or other in needed[column] or other in met[own]:
                one = makers[row](variable, formulas.get(targets[row], o.symbols.zero))
                found[row * n + column] = found[column * n + row] = one
    return Block((n, n), tuple(found))


def _reached(symbols: Symbols, slope: Symbol) -> set[int]:
    """The steps that the formula of a derivative depends on."""
    step = symbols.builder.steps[slope.step]
    formula = step.operands[0] if step.op == "derivative" else slope.step
    return set(symbols.builder.live(formula, formulas=True))


def _met(builder: Builder, target: int, places: set[int]) -> dict[int, set[int]]:
    """For each of some steps those that reach a switch or the end of a domain together with it.

    Derivatives by two of them may be 0 by their form and still not exist.
    """
    found: dict[int, set[int]] = {place: set() for place in places}
    reached: dict[int, frozenset[int]] = {}
    for number in builder.live(target):
        step = builder.steps[number]
        parts = {reached[operand] for operand in step.operands}
        own = frozenset((number,)) if number in places else frozenset[int]()
        here = parts.pop() if len(parts) == 1 and not own else own.union(*parts)
        reached[number] = here
        if step.op in OPS and _may_fail(builder, step):
            for place in here:
                found[place] |= here
    return found


def is_nothing(symbols: Symbols, entry: Symbol, *, anywhere: bool = False) -> bool:
    """Whether a number is 0 by its form: also a derivative by what nothing depends on.

    anywhere  also where something may fail on the way: there it is 0 or none
    """
    if entry.value is not None:
        return entry.value == 0
    builder = symbols.builder
    step = builder.steps[entry.step]
    if step.inner is None or symbols.at(step.operands[0]).value != 0:
        return False
    inside = (builder.steps[number] for number in builder.live(step.operands[1]))
    return anywhere or not any(one.op in OPS and _may_fail(builder, one) for one in inside)


def _may_fail(builder: Builder, step: Step) -> bool:
    """Whether a step may have no derivative somewhere."""
    op = OPS[step.op]
    last = builder.steps[step.operands[-1]]
    if last.op == CONST and (op.name == "div" or (op.name == "pow" and last.text.isdecimal())):
        return False
    restricted = op.domain or op.outside or op.pole or op.edge or op.singular
    return bool(restricted or op.switch or op.constant or op.name == "where")


def _laplacian(o: Operands) -> Value:
    total, slopes = o.symbols.zero, o.by(o.scalar("Laplacian"), o.flat)
    for slope, variable in zip(slopes, o.flat, strict=True):
        total = total + o.by(slope, [variable])[0]
    return total


def _divergence(o: Operands) -> Value:
    field, flat = o.vector("divergence"), o.flat
    _check_sizes(o, "divergence", field, flat)
    total = o.symbols.zero
    for entry, variable in zip(field, flat, strict=True):
        total = total + o.by(entry, [variable])[0]
    return total


def _curl(o: Operands) -> Value:
    field, flat = o.vector("curl"), o.flat
    _check_sizes(o, "curl", field, flat)
    if len(field) not in (2, 3):
        raise o.wrong(f"the curl is that of a field in 2 or 3 dimensions, not {len(field)}")

    def turned(i: int, j: int) -> Symbol:
        return o.by(field[j], [flat[i]])[0] - o.by(field[i], [flat[j]])[0]

    if len(field) == 2:
        return turned(0, 1)
    return Block((3,), (turned(1, 2), turned(2, 0), turned(0, 1)))


def _check_sizes(
    o: Operands, name: str, field: Sequence[Symbol], variables: Sequence[Variable]
) -> None:
    if len(field) != len(variables):
        counts = f"{_counted(field, 'component')} and {_counted(variables, 'variable')}"
        raise o.wrong(f"the {name} needs as many variables as components, not {counts}")


def _counted(things: Sequence[Any], name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


_OPERATORS: Mapping[str, Callable[[Operands], Value]] = {
    "d": _d,
    "grad": _grad,
    "jacobian": _jacobian,
    "hessian": _hessian,
    "laplacian": _laplacian,
    "div": _divergence,
    "curl": _curl,
}


def applied(
    builder: Builder,
    name: str,
    u: int,
    variables: Sequence[int],
    span: Span,
    shapes: Shapes | None = None,
) -> int:
    """The step of an operator on the tape; "deferred" where sizes of tensors are not known yet.

    variables  steps of the variables, repeated for higher orders; none for all
    shapes     of the variables; None while they are not known
    """
    symbols = Symbols(builder, span)
    value = operator(symbols, name, u, variables, span, shapes)
    if value is None:
        return builder.add("deferred", (u, *variables), name, span)
    symbols.span = span
    return written(symbols, value)


def operator(
    symbols: Symbols,
    name: str,
    u: int,
    variables: Sequence[int],
    span: Span,
    shapes: Shapes | None = None,
) -> Value | None:
    """What an operator makes of a step, by its entries; None where sizes are not known yet."""
    builder = symbols.builder
    variables = variables or builder.inputs_of(u)
    if not builder.inputs_of(u):
        message = f"{name} of a constant: nothing there depends on a variable"
        raise wrong("constant", message, builder.steps[u].span, builder.source)
    try:
        if name == "d" and is_elementwise(builder, u):  # each entry of a tensor by itself
            groups = [[Variable(step)] for step in variables]
            return _d(Operands(symbols, symbols.at(u), groups, [()] * len(groups), span))
        return _OPERATORS[name](operands_of(symbols, u, variables, shapes, span))
    except Unshaped:
        return None


def operands_of(
    symbols: Symbols,
    u: int,
    variables: Sequence[int],
    shapes: Shapes | None,
    span: Span | None = None,
) -> Operands:
    """A step and variables by their entries. Raises Unshaped where sizes are not known."""
    builder = symbols.builder
    value = entries(symbols, u, shapes)
    sizes = [_shape(builder, step, shapes) for step in variables]
    groups = [_entries_by(symbols, step, size) for step, size in zip(variables, sizes, strict=True)]
    return Operands(symbols, value, groups, sizes, span or builder.steps[u].span)


def operator_of(name: str) -> Callable[[Operands], Value]:
    """An operator of the language."""
    return _OPERATORS[name]


def _shape(builder: Builder, step: int, shapes: Shapes | None) -> Shape:
    return (shapes or {}).get(builder.steps[step].text, ())


def _entries_by(symbols: Symbols, step: int, shape: Shape) -> list[Variable]:
    if not shape:
        return [Variable(step)]
    found: Any = variable_entries(symbols, step, shape)
    return [Variable(step, n, entry.step) for n, entry in enumerate(found.items)]


def settled(program: Program, shapes: Shapes) -> Program:
    """The program with what was deferred, now that the shapes of its variables are known."""
    if not any(step.op == "deferred" for step in program.steps):
        return program
    builder, here = Builder(program.source), list[int]()
    for step in program.steps:
        operands = tuple(here[operand] for operand in step.operands)
        if step.op == "deferred":
            found = applied(builder, step.text, operands[0], operands[1:], step.span, shapes)
        else:
            found = builder.add(step.op, operands, step.text, step.span, step.inner)
        here.append(found)
    return builder.finish(
        here[program.output],
        name=program.name,
        parameters=program.inputs,
        readings=program.readings,
    )
