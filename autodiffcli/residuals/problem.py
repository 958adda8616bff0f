"""Equations and conditions with the formulas of their unknowns, read from several texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from autodiffcli.arrays import Array
from autodiffcli.diagnostics import AdiffError, Diagnostic, Span, did_you_mean, listed, wrong
from autodiffcli.entries import Unshaped, entries, is_elementwise
from autodiffcli.expressions import Reader, Scope
from autodiffcli.interpreters.blocks import Block
from autodiffcli.interpreters.symbols import Symbols
from autodiffcli.lexer import Words, plain_name
from autodiffcli.operators import applied_to_own_parameters
from autodiffcli.parser import (
    CONSTANTS,
    IMAGINARY,
    check_variables,
    define,
    definition_of,
    statements_of,
)
from autodiffcli.program import INPUT, Builder, Program
from autodiffcli.readings import doubts
from autodiffcli.residuals.scanning import (
    Mention,
    functions_in,
    heads,
    mentions,
    sides,
    span_of,
    variables_in,
)
from autodiffcli.residuals.texts import Text, Texts
from autodiffcli.residuals.unknowns import unknown
from autodiffcli.specs import ORIGIN, read_spec
from autodiffcli.typed import has_intervals

WITH = "--with "
Fixed = Mapping[str, Array]  # the numbers of the variables that a condition is at
_NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Asked:
    """The texts of a question.

    equations    one text or several, each of one equation or several
    definitions  of unknowns and of what helps to write them down, `u = ...; v = ...`
    conditions   (initial or boundary, `t=0: sin(x)`)
    """

    equations: Sequence[str]
    definitions: Sequence[str] = ()
    conditions: Sequence[tuple[str, str]] = ()
    imaginary: bool = False

    def texts(self) -> Texts:
        """All of them, definitions first."""
        return Texts(
            [
                *((WITH, text) for text in self.definitions),
                *(("", text) for text in self.equations),
                *((f"--{kind} ", text) for kind, text in self.conditions),
            ]
        )

    def constants(self) -> dict[str, str]:
        """The names of numbers."""
        return {**CONSTANTS, IMAGINARY: IMAGINARY} if self.imaginary else dict(CONSTANTS)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A function that no formula is given for, and its variables in order."""

    name: str
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Equation:
    """Something that is to be 0.

    kind     equation, initial or boundary
    name     `equation 2`, `initial`, `boundary 1[0]`
    text     as typed
    program  left - right
    start    where the equations begin in the joined source
    """

    kind: str
    name: str
    text: str
    program: Program
    start: int
    fixed: Fixed


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to hold.

    equations  those of the equation texts first, then the conditions
    defined    names of unknowns and of what else has a definition
    readings   what could be read two ways
    """

    texts: Texts
    equations: tuple[Equation, ...]
    defined: tuple[str, ...]
    readings: tuple[Diagnostic, ...]


def read_problem(asked: Asked, unknowns: Sequence[Unknown] = ()) -> Problem:
    """The equations and conditions as programs. Raises AdiffError with the place of a mistake."""
    texts = asked.texts()
    try:
        return _Reading(texts, asked, unknowns).problem()
    except AdiffError as error:
        raise texts.located(error) from None


def variables_of(asked: Asked, unknowns: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """The variables of the equations before they are read, in the order of their appearance.

    unknowns  names of functions
    known     names that are variables by their points
    """
    texts, count = asked.texts(), len(asked.definitions)
    defined = [name for text in texts.texts[:count] for name in heads(texts.words(text))]
    own = texts.texts[count:][: len(asked.equations)]
    found = [mention for text in own for mention in mentions(texts.words(text))]
    return variables_in(found, unknowns, known, [*defined, *asked.constants()])


def has_name(asked: Asked, name: str) -> bool:
    """Whether an equation or a condition mentions a name, or a derivative of it."""
    texts = asked.texts()
    own = texts.texts[len(asked.definitions) :]
    return any(name in (m.name, m.base) for text in own for m in mentions(texts.words(text)))


class _Reading:
    """One pass over the texts: definitions, equations, conditions."""

    def __init__(self, texts: Texts, asked: Asked, unknowns: Sequence[Unknown]) -> None:
        self.texts, self.asked, self.unknowns = texts, asked, unknowns
        self.builder = Builder(texts.source)
        self.reader = Reader(self.builder, Scope(asked.constants()), definition_of)
        count, last = len(asked.definitions), len(asked.definitions) + len(asked.equations)
        self.definitions = texts.texts[:count]
        self.own = texts.texts[count:last]
        self.conditions = texts.texts[last:]
        self.mentions: list[Mention] = []
        self.functions: list[str] = []  # unknowns, by their part in the equations

    def problem(self) -> Problem:
        """What the texts say."""
        self.mentions = [m for text in self.own for m in mentions(self.texts.words(text))]
        for function in self.unknowns:
            self._assume(function)
        defined = {n: s for text in self.definitions for n, s in self._defined(text).items()}
        self._apply_functions()
        known = [*(function.name for function in self.unknowns), *defined]
        self.functions = functions_in(self.mentions, known)
        self._check_defined(known)
        groups = [self._read(s, "equation") for text in self.own for s in self._statements(text)]
        kinds = [kind for kind, _ in self.asked.conditions]
        for kind, text in zip(kinds, self.conditions, strict=True):
            groups.append(self._condition(kind, text))
        self._check_use(defined)
        readings = (*self.reader.readings, *doubts(self.texts.source))
        return Problem(self.texts, _numbered(groups), tuple(known), readings)

    # -- definitions

    def _assume(self, function: Unknown) -> None:
        """Enter an unknown into the scope, by its name and as a function."""
        scope, body = self.reader.scope, Builder(self.texts.source)
        variables = [self.builder.add(INPUT, (), name, _NOWHERE) for name in function.variables]
        scope.values[function.name] = unknown(self.builder, function.name, variables, _NOWHERE)
        stand_ins = tuple(f"{function.name}.{name}" for name in function.variables)
        inputs = [body.add(INPUT, (), name, _NOWHERE) for name in stand_ins]
        output = unknown(body, function.name, inputs, _NOWHERE)
        scope.functions[function.name] = (stand_ins, body.finish(output))

    def _defined(self, text: Text) -> dict[str, Span]:
        """Enter the definitions of a text. Returns their names with their places."""
        found: dict[str, Span] = {}
        self._refuse_empty(text, "there is no definition", 'write --with "u = ..."')
        for statement in statements_of(self.texts.words(text)):
            name, place = plain_name(statement.texts[0]), statement.span(0)
            for function in self.unknowns:
                if name == function.name:
                    message, hint = f"'{name}' is given by --with-module, and here once more", ""
                elif name in function.variables:
                    message = f"'{name}' is a variable of '{function.name}', and is defined here"
                    hint = f"give it by --at {name}=1"
                else:
                    continue
                raise wrong("twice", message, place, statement.source, hint=hint)
            try:
                define(self.reader, statement)
            except AdiffError as error:
                raise _nothing_defined(error, statement) from None
            found[name] = place
        return found

    def _apply_functions(self) -> None:
        """Let `u` stand for u(x, t), where u(x, t) is defined."""
        scope = self.reader.scope
        for name, (stand_ins, body) in scope.functions.items():
            if name not in scope.values:
                scope.values[name] = applied_to_own_parameters(self.builder, stand_ins, body)

    def _check_defined(self, known: Iterable[str]) -> None:
        """Refuse the derivative of a lone name that nothing defines. Raises AdiffError."""
        names = set(known)
        for mention in self.mentions:
            if mention.role == "operand" and mention.name not in names:
                raise undefined(mention.name, mention.span, self.texts.source, names)

    def _check_use(self, defined: Mapping[str, Span]) -> None:
        """Refuse definitions that nothing uses. Raises AdiffError."""
        used = set(self.functions) if self.conditions else set()
        for text in self.texts.texts:
            for mention in mentions(self.texts.words(text), text in self.definitions):
                if mention.role != "head":
                    used |= {mention.name, mention.base}
        for name, place in defined.items():
            if name not in used:
                hint = did_you_mean(name, used - defined.keys()) or "leave it out"
                message = f"'{name}' is defined and not used"
                raise wrong("unused", message, place, self.texts.source, hint=hint)

    # -- equations

    def _statements(self, text: Text) -> list[Words]:
        self._refuse_empty(text, "the equation is empty", "give one like 'd(u,t) = d(u,x,x)'")
        return statements_of(self.texts.words(text))

    def _refuse_empty(self, text: Text, message: str, hint: str) -> None:
        if not text.text.strip():
            place = Span(text.start, text.start)
            raise wrong("empty", message, place, self.texts.source, hint=hint)

    def _read(self, statement: Words, kind: str, fixed: Fixed | None = None) -> list[Equation]:
        """The equations of one statement: several where its sides are vectors."""
        left, right = sides(statement)
        whole = span_of(statement)
        step = self.reader.read(left)
        if right is not None:
            step = self._minus(step, self.reader.read(right), whole)
        elif kind != "equation":
            step = self._minus(self._asked_unknown(statement), step, whole)
        found = []
        for part in _components(self.builder, step, whole):
            program = self._placed(self.builder.finish(part))
            check_variables(program, self.reader, ())
            text = self.texts.written(whole)
            found.append(Equation(kind, "", text, program, self.own[0].start, fixed or {}))
        return found

    def _minus(self, left: int, right: int, span: Span) -> int:
        """The step of left - right."""
        if self.builder.steps[right][:3] == ("const", (), "0"):
            return left
        return self.builder.add("sub", (left, right), "", span)

    def _placed(self, program: Program) -> Program:
        """The program with places for the variables that came in without any."""
        steps = [
            step._replace(span=self._place(step.text))
            if step.op == INPUT and step.span == _NOWHERE
            else step
            for step in program.steps
        ]
        return replace(program, steps=tuple(steps))

    def _place(self, name: str) -> Span:
        """Where a name stands first in the equations; where they begin if nowhere."""
        start = Span(self.own[0].start, self.own[0].start)
        named = (m.span for m in self.mentions if name in (m.name, m.name.partition("_")[2]))
        return next(named, start)

    # -- conditions

    def _condition(self, kind: str, text: Text) -> list[Equation]:
        """The equations of `t=0: sin(x)` or `x=0,1: d(u,x) = 0`."""
        where, colon, rest = text.text.partition(":")
        if not colon or not where.strip() or not rest.strip():
            message = "a condition says where, then ':', then what holds there"
            place = Span(text.start, text.start + len(text.text))
            example = "t=0: sin(x)" if kind == "initial" else "x=0: 0"
            hint = f'write --{kind} "{example}"'
            raise wrong("condition", message, place, self.texts.source, hint=hint)
        statements = statements_of(self.texts.words(text, len(where) + 1))
        if len(statements) > 1:
            message, place = "a condition is one equation", span_of(statements[1])
            hint = f"give --{kind} once more"
            raise wrong("condition", message, place, self.texts.source, hint=hint)
        found = self._read(statements[0], kind, _fixed(where, text, self.asked.imaginary))
        return [replace(one, text=text.text.strip()) for one in found]

    def _asked_unknown(self, statement: Words) -> int:
        """The step of the unknown that a condition without `=` is about. Raises AdiffError."""
        names, place = self.functions, span_of(statement)
        if len(names) != 1:
            which = f"the unknowns are {listed(names)}" if names else "there is no unknown"
            hint = f"write {names[0] if names else 'u'} = {self.texts.written(place)}"
            message = f"this does not say which unknown it is about; {which}"
            raise wrong("condition", message, place, self.texts.source, hint=hint)
        return self.reader.scope.values[names[0]]


def undefined(name: str, place: Span, source: str, known: Iterable[str]) -> AdiffError:
    """The error for an unknown without a formula."""
    near = did_you_mean(name, known) if len(name) > 1 else ""
    hint = near or f'give its formula: --with "{name} = ..."'
    return wrong("undefined", f"'{name}' is not defined", place, source, hint=hint)


def _nothing_defined(error: AdiffError, statement: Words) -> AdiffError:
    """An error in a definition, in other words where it defines nothing."""
    if error.diagnostic.code != "no-effect":
        return error
    place = span_of(statement)
    text = statement.source[place.start : place.end]
    name = f'name it: --with "u = {text if len(text) < 40 else "..."}"'
    hint = "a definition has one '='" if "==" in statement.texts else name
    return wrong("no-effect", "this defines nothing", place, statement.source, hint=hint)


def _fixed(where: str, text: Text, imaginary: bool) -> dict[str, Array]:
    """The numbers that a condition gives to variables. Raises AdiffError."""
    found: dict[str, Array] = {}
    try:
        if has_intervals([where]):
            message = "a condition is at numbers, and this is an interval"
            raise wrong("interval", message, Span(0, len(where)), where, origin=ORIGIN)
        for given in read_spec(where, imaginary):
            if not given.name or given.name in found or given.values.rank:
                message = "a condition is at numbers of variables, x=0 or x=0,1"
                raise wrong("condition", message, given.span, where, origin=ORIGIN)
            found[given.name] = given.values
    except AdiffError as error:
        told = replace(error.diagnostic, source=text.text, origin=text.origin)
        raise AdiffError(told) from None
    return found


def _components(builder: Builder, step: int, span: Span) -> list[int]:
    """The step itself; of a vector, that of each entry. Raises AdiffError."""
    if is_elementwise(builder, step):
        return [step]
    symbols = Symbols(builder, span)
    try:
        value = entries(symbols, step, None)
    except Unshaped:
        message = "an equation is one of numbers, or of vectors such as [u, v]"
        raise wrong("tensor", message, span, builder.source) from None
    items = value.items if isinstance(value, Block) else (value,)
    return [symbols.step_of(item) for item in items]


def _numbered(groups: Sequence[Sequence[Equation]]) -> tuple[Equation, ...]:
    """The equations with names: their kind, and a number where there are several of a kind."""
    count, seen = Counter(group[0].kind for group in groups), Counter[str]()
    named = []
    for group in groups:
        kind = group[0].kind
        seen[kind] += 1
        name = f"{kind} {seen[kind]}" if count[kind] > 1 else kind
        parts = range(len(group))
        named += [replace(group[n], name=f"{name}[{n}]" if len(group) > 1 else name) for n in parts]
    return tuple(named)
