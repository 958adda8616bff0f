"""Which column is which variable, which columns stay, and what the new ones are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autodiffcli.diagnostics import AdiffError, Span, did_you_mean, listed, nearest, wrong
from autodiffcli.plan import Partial
from autodiffcli.program import CONST, INPUT, Builder, Program, Step
from autodiffcli.renderers.rows import free
from autodiffcli.result import label, value_name

DATA = "--data "


@dataclass(frozen=True, slots=True)
class Match:
    """Columns and variables, brought together.

    column_of  the column of each variable
    kept       the input's columns that stay, in their order, and what each is called behind
    value      what the value is called
    derived    the partials' columns
    status     the column that says what is the matter
    """

    column_of: Mapping[str, str]
    kept: Mapping[str, str]
    value: str
    derived: tuple[str, ...]
    status: str

    @property
    def names(self) -> tuple[str, ...]:
        """All columns of the output, in order."""
        return (*self.kept.values(), self.value, *self.derived, self.status)

    @property
    def wanted(self) -> frozenset[str]:
        """The columns of the input that are needed."""
        return frozenset((*self.column_of.values(), *self.kept))


def with_constants(program: Program, numbers: Mapping[str, float]) -> Program:
    """The program with numbers in place of some variables."""
    if not numbers:
        return program
    builder = Builder(program.source)
    here: list[int] = []
    for step in program.steps:
        if step.op == INPUT and step.text in numbers:
            here.append(_written(builder, numbers[step.text], step))
        else:
            operands = tuple(here[i] for i in step.operands)
            here.append(builder.add(step.op, operands, step.text, step.span, step.inner))
    left = tuple(name for name in program.inputs if name not in numbers)
    return builder.finish(
        here[program.output], name=program.name, parameters=left, readings=program.readings
    )


def _written(builder: Builder, number: float, step: Step) -> int:
    positive = builder.add(CONST, (), repr(abs(number)), step.span)
    return builder.add("neg", (positive,), "", step.span) if number < 0 else positive


def columns_of(
    program: Program, names: Sequence[str], headed: bool, renamed: Mapping[str, str], source: str
) -> dict[str, str]:
    """The column of every variable. Raises AdiffError for one that is not there.

    renamed  --map: variable -> name of a column, or its number from 1
    """
    for variable, column in renamed.items():
        if variable not in program.inputs:
            raise _no_variable(variable, column, program)
    found = {}
    for name in program.inputs:
        if name in renamed:
            found[name] = _chosen(name, renamed[name], names)
        elif name in names:
            found[name] = name
        elif not headed and len(names) == len(program.inputs) == 1:
            found[name] = names[0]
        else:
            raise _no_column(name, names, headed, source)
    return found


def _chosen(variable: str, column: str, names: Sequence[str]) -> str:
    if column in names:
        return column
    if column.isdigit() and 1 <= int(column) <= len(names):
        return names[int(column) - 1]
    text = f"{variable}={column}"
    span = Span(len(variable) + 1, len(text))
    hint = did_you_mean(column, names) or _columns(names)
    raise wrong("column", f"no column '{column}'", span, text, origin="--map ", hint=hint)


def _no_variable(variable: str, column: str, program: Program) -> AdiffError:
    text = f"{variable}={column}"
    hint = did_you_mean(variable, program.inputs)
    if column in program.inputs:
        hint = f"it is variable=column: --map {column}={variable}"
    message = f"the expression has no variable '{variable}'"
    return wrong("map", message, Span(0, len(variable)), text, origin="--map ", hint=hint)


def _no_column(name: str, names: Sequence[str], headed: bool, source: str) -> AdiffError:
    span = Span(0, len(source))
    if not headed:
        message = f"there is no header, so that '{name}' may be any of {len(names)} columns"
        return wrong(
            "column", message, span, source, origin=DATA, hint=f"say which: --map {name}=1"
        )
    near = nearest(name, names)
    if near:
        hint = f"--map {name}={near} takes another column, --at {name}=1 a constant"
    else:
        hint = f"{_columns(names)}; --map {name}=COLUMN takes one of them, --at {name}=1 a constant"
    return wrong("column", f"no column '{name}'", span, source, origin=DATA, hint=hint)


def _columns(names: Sequence[str]) -> str:
    shown = [*names[:8], *(["..."] if len(names) > 8 else [])]
    return f"it has {listed(shown) if len(names) <= 8 else ', '.join(shown)}"


def kept_of(
    names: Sequence[str], keep: str | None, found: Mapping[str, str], headed: bool
) -> dict[str, str]:
    """The columns that stay, with their names in the output. Raises AdiffError.

    keep  names between commas; "" for none, None for all
    """
    wanted = names if keep is None else _chosen_by(keep, names)
    back = {column: variable for variable, column in found.items()}
    return {name: name if headed else back.get(name, name) for name in dict.fromkeys(wanted)}


def _chosen_by(keep: str, names: Sequence[str]) -> list[str]:
    found, place = [], 0
    for part in keep.split(","):
        name = part.strip()
        if name and name not in names:
            start = place + part.index(name)
            span, hint = Span(start, start + len(name)), did_you_mean(name, names)
            message = f"no column '{name}'"
            raise wrong("keep", message, span, keep, origin="--keep ", hint=hint or _columns(names))
        found += [name] if name else []
        place += len(part) + 1
    return found


def matched(
    program: Program,
    wanted: Sequence[Partial],
    column_of: Mapping[str, str],
    kept: Mapping[str, str],
    variables: int,
) -> Match:
    """The columns of the output, none of which has the name of another."""
    taken = [*kept.values(), *column_of]
    value = value_name(program.name, taken)
    names = [*taken, value]
    derived = []
    for partial in wanted:
        derived.append(free(label(value, partial, variables), names))
        names.append(derived[-1])
    return Match(column_of, kept, value, tuple(derived), free("status", names))
