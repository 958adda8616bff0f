"""Where to differentiate: an `Array` per variable, matched to a program, paired, or on a grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import prod

from autodiffcli.arrays import Array, Shape, broadcast, broadcast_shape, picked
from autodiffcli.diagnostics import AdiffError, did_you_mean, listed, wrong
from autodiffcli.lexer import plain_name
from autodiffcli.parser import CONSTANTS
from autodiffcli.program import Program
from autodiffcli.readings import doubtful_name
from autodiffcli.specs import MAX_POINTS, ORIGIN, Given, first_use, read_spec
from autodiffcli.typed import Interval, has_intervals

Points = Mapping[str, Array]


def read_points(
    specs: Sequence[str],
    program: Program,
    *,
    grid: bool = False,
    imaginary: bool = False,
    exact: bool = False,
) -> dict[str, Array]:
    """The points of every variable, in the program's order, extra variables last.

    specs      texts as given to --at
    grid       every combination of the lists, instead of pairs
    imaginary  read `i` as the imaginary unit
    exact      keep the numbers as they are typed beside their doubles
    raises     AdiffError for anything that is no point, or that does not fit
    """
    exact = exact or has_intervals(specs)
    points = matched((g for spec in specs for g in read_spec(spec, imaginary, exact)), program)
    return product(points) if grid else points


def matched(given: Iterable[Given], program: Program) -> dict[str, Array]:
    """The numbers given to every variable, in the program's order, extra variables last.

    Raises AdiffError for a variable that is given twice or not at all.
    """
    points: dict[str, Array] = {}
    for found in given:
        name = _named(found, program).name
        if name in points:
            hint = f"give all of them at once, {name}=1,2,3"
            message = f"'{name}' is given twice"
            raise wrong("twice", message, found.span, found.source, origin=ORIGIN, hint=hint)
        points[name] = found.values
    return ordered(points, program)


def is_over_intervals(points: Points) -> bool:
    """Whether a variable runs through an interval."""
    return any(isinstance(t, Interval) for values in points.values() for t in values.typed or ())


def shapes_of(program: Program, points: Points) -> dict[str, Shape]:
    """The shape of one point of each variable, () for a number.

    Raises AdiffError for a variable with several points.
    """
    for name in program.inputs:
        values = points[name]
        if len(values.shape) > values.rank and len(values) > 1:
            message = (
                f"the derivatives in the expression are of a tensor, '{name}' has {_size(values)}"
            )
            hint = f"one point at a time; a vector is written {name}=[1,2,3]"
            place = first_use(name, program)
            raise wrong("deferred", message, place, program.source, hint=hint)
    return {name: values.shape[: values.rank] for name, values in points.items()}


def ordered(points: Points, program: Program) -> dict[str, Array]:
    """The points in the program's order of variables. Raises AdiffError for a missing one."""
    missing = [name for name in program.inputs if name not in points]
    if missing:
        raise _missing(missing, points, program)
    extra = [name for name in points if name not in program.inputs]
    return {name: points[name] for name in (*program.inputs, *extra)}


def paired(points: Points) -> dict[str, Array]:
    """All variables on their common shape. Raises AdiffError where sizes do not fit."""
    shape = broadcast_shape([values.shape for values in points.values()])
    if shape is None:
        sizes = listed(f"{name} has {_size(values)}" for name, values in points.items())
        message = f"points cannot be paired: {sizes}"
        raise wrong(
            "sizes", message, hint="give equally many, one for all, or --grid for all pairs"
        )
    if prod(shape) > MAX_POINTS:
        raise wrong("too-many", f"{prod(shape):,} points are more than {MAX_POINTS:,}")
    return {name: broadcast(values, shape) for name, values in points.items()}


def product(points: Points) -> dict[str, Array]:
    """Every combination of the variables' numbers, the last variable changing fastest."""
    total = prod(len(values) for values in points.values())
    if total > MAX_POINTS:
        raise wrong("too-many", f"a grid of {total:,} points is more than {MAX_POINTS:,}")
    columns: dict[str, Array] = {}
    repeat = total
    for name, values in points.items():
        size = max(len(values), 1)
        repeat //= size
        tile = total // (size * repeat) if total else 0
        picks = [n for _ in range(tile) for n in range(len(values)) for _ in range(repeat)]
        columns[name] = picked(values, picks, (total,))
    return columns


def _size(values: Array) -> str:
    if len(values.shape) > 1:
        return f"shape {'x'.join(map(str, values.shape))}"
    return f"{len(values)} point{'' if len(values) == 1 else 's'}"


def _named(found: Given, program: Program) -> Given:
    """The points with the name of the variable that they are for."""
    if found.name or not program.inputs:
        return replace(found, name=found.name or "x")
    meant = next(filter(None, (_meant(name, program) for name in program.inputs)), "")
    if len(program.inputs) > 1:
        names = listed(program.inputs)
        message = f"these points need a name: the variables are {names}"
        example = ",".join(f"{name}=1" for name in program.inputs[:3])
        hint = meant or f"write --at {example}"
        raise wrong("unnamed", message, found.span, found.source, origin=ORIGIN, hint=hint)
    (name,) = program.inputs
    if meant:
        hint = f"{meant}; for a variable name the points, --at {name}=1"
        message = f"'{name}' is read as the name of a variable"
        raise wrong("doubtful", message, first_use(name, program), program.source, hint=hint)
    return replace(found, name=name)


def _meant(name: str, program: Program) -> str:
    """What the name of a variable may stand for instead; "" for nothing."""
    if len(name) > 1 and name.lower() in CONSTANTS:
        return f"for the constant write {name.lower()}"
    place = first_use(name, program)
    written = program.source[place.start : place.end]
    return doubtful_name(written) if plain_name(written) == name else ""


def _missing(missing: list[str], points: Points, program: Program) -> AdiffError:
    name = missing[0]
    place = first_use(name, program)
    message = "no points for " + listed(f"'{other}'" for other in missing)
    unused = [extra for extra in points if extra not in program.inputs]
    near = did_you_mean(name, [*unused, *CONSTANTS]) if len(name) > 1 else ""
    if len(name) > 1 and points.keys() >= set(name):
        near = f"for the product write {'*'.join(name)}"
    hint = _meant(name, program) or near or f"give them with --at {name}=1,2,3"
    return wrong("missing-points", message, place, program.source, hint=hint)
