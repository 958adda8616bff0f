"""An operator as a plain function of floats or arrays, for loops that call it many times.

The tape of its formulas is written out as Python, one line per step. It is as fast as Python goes
and knows no statuses, so only formulas without kinks and jumps are taken, and where there is no
value the function raises, as `math` does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from types import ModuleType, SimpleNamespace
from typing import Any

from autodiffcli.arrays import Shape, nested
from autodiffcli.derivation import is_nothing, operands_of, operator_of
from autodiffcli.diagnostics import listed, wrong
from autodiffcli.entries import Unshaped, entries
from autodiffcli.interpreters.blocks import items_of, shape_of
from autodiffcli.interpreters.symbols import Symbols
from autodiffcli.ops.calculus import NAMES
from autodiffcli.parser import parse
from autodiffcli.program import CONST, INPUT, Builder, Program, Step

_ENTIRE = frozenset({"add", "sub", "mul", "neg", "index", "derivative", INPUT, CONST})
# Smooth functions that `math` and numpy have by these names, and what takes more.
_FUNCTIONS = frozenset(
    {"exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "sin", "cos", "tan", "hypot"}
    | {"erf", "erfc", "gamma", "lgamma"}  # which numpy has not
    | {"sinh", "cosh", "tanh", "asin", "acos", "atan", "asinh", "acosh", "atanh"}
)
_TEMPLATES = {
    **{name: f"f.{name}({{0}})" for name in _FUNCTIONS},
    "hypot": "f.hypot({0}, {1})",
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "div": "{0} / {1}",
    "neg": "-{0}",
    "sech_squared": "1 / f.cosh({0}) ** 2",
    "cos_atan": "1 / f.hypot(1, {0})",
    "sec_asin": "1 / f.sqrt((1 - {0}) * (1 + {0}))",
    "tan_asin": "{0} / f.sqrt((1 - {0}) * (1 + {0}))",
    "sin_atan": "{0} / f.hypot(1, {0})",
    "sigmoid": "1 / (1 + f.exp(-{0}))",
}
_BOUNDED = frozenset(
    {"exp", "tanh", "atan", "sech_squared", "cos_atan", "sin_atan", "sigmoid", "erf", "erfc"}
)
# What numpy calls them before version 2.
_OLDER = {
    **{name: f"arc{name[1:]}" for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh")},
    "pow": "power",
}
_NAMED = {"pi": "f.pi", "e": "f.e", "tau": "2 * f.pi"}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A formula or an operator as a function.

    inputs   the variables, in the order of the arguments
    shape    of the result; () for a number
    entries  positions in the flat result that are not 0 by their form, in row-major order
    source   the function as Python
    """

    inputs: tuple[str, ...]
    shape: Shape
    entries: tuple[int, ...]
    source: str
    function: Callable[..., list[Any]]

    def values(self, *points: Any) -> list[Any]:
        """The entries that are not 0 by their form.

        points  per variable a number, or a flat sequence of its entries; with numpy each may be
                an array of many points
        raises  ZeroDivisionError, ValueError or OverflowError where there is no value
        """
        return self.function(*points)

    def __call__(self, *points: Any) -> Any:
        """The whole result, as nested lists."""
        found, entries = self.function(*points), self.entries
        if len(self.shape) != 2:
            flat: list[Any] = [0.0] * prod(self.shape)
            for place, value in zip(entries, found, strict=True):
                flat[place] = value
            return nested(flat, self.shape)
        height, width = self.shape
        rows = [[0.0] * width for _ in range(height)]
        for place, value in zip(entries, found, strict=True):
            rows[place // width][place % width] = value
        return rows


def compiled(
    expression: str,
    operator: str = "",
    sizes: Mapping[str, int | Sequence[int]] | None = None,
    library: ModuleType = math,
    inputs: Sequence[str] = (),
) -> Compiled:
    """A formula, or an operator of it by all its variables, as a function.

    operator  "gradient", "hessian", "jacobian", "laplacian", "div", "curl"; "" for the formula
    sizes     of variables that are vectors or matrices
    library   math for floats, numpy for arrays
    inputs    the order of the variables; that of their appearance if empty
    raises    AdiffError; also for what has kinks or jumps

    >>> compiled("x^2*y", "gradient")(3.0, 2.0)
    [12.0, 9.0]
    """
    program = parse(expression, several=True)
    names = _ordered(program, inputs)
    shapes = _shapes(program, sizes or {})
    builder = Builder(program.source)
    u = builder.inline(program, {})
    symbols = Symbols(builder, program.steps[program.output].span)
    if not shapes:
        _refuse_tensors(symbols, u)
    variables = [builder.known[INPUT, (), name] for name in names]
    operands = operands_of(symbols, u, variables, shapes)
    value = operator_of(_known(operator))(operands) if operator else operands.u
    steps = {
        place: symbols.step_of(entry)
        for place, entry in enumerate(items_of(value))
        if not is_nothing(symbols, entry)
    }
    source = _source(builder, names, shapes, tuple(steps.values()))
    scope: dict[str, Any] = {"f": _functions(library)}
    exec(source, scope)
    return Compiled(names, shape_of(value), tuple(steps), source, scope["compiled"])


def _ordered(program: Program, inputs: Sequence[str]) -> tuple[str, ...]:
    """The variables in the order of the arguments. Raises AdiffError."""
    if not inputs:
        return program.inputs
    if sorted(inputs) != sorted(program.inputs):
        raise wrong("variables", f"inputs must be {listed(program.inputs)}, in any order")
    return tuple(inputs)


def _shapes(program: Program, sizes: Mapping[str, int | Sequence[int]]) -> dict[str, Shape]:
    """The shapes of the variables. Raises AdiffError."""
    found: dict[str, Shape] = {}
    for name, size in sizes.items():
        shape = (size,) if isinstance(size, int) else tuple(size)
        if name not in program.inputs:
            raise wrong("variable", f"sizes names '{name}', which is no variable of the expression")
        if not all(isinstance(n, int) and n > 0 for n in shape):
            raise wrong("sizes", f"the size of '{name}' is a whole number or several, above 0")
        found[name] = shape
    return found


def _refuse_tensors(symbols: Symbols, u: int) -> None:
    try:
        entries(symbols, u, None)
    except Unshaped:
        name = symbols.builder.steps[symbols.builder.inputs_of(u)[0]].text
        message = "the formula takes its variables as tensors, and their sizes are not given"
        raise wrong("sizes", message, hint=f"sizes={{'{name}': 3}}") from None


def _functions(library: ModuleType) -> SimpleNamespace:
    """What the source calls, with the names of `math`."""
    found = {name: getattr(library, name, None) for name in (*_FUNCTIONS, "pow", "pi", "e")}
    older = {name: getattr(library, other, None) for name, other in _OLDER.items()}
    known = {name: function or older.get(name) for name, function in found.items()}
    return SimpleNamespace(**known, finite=_finite, kept=_kept, sized=_sized)


def _finite(*numbers: Any) -> None:
    """Raise where a number on the way is not finite: what follows would hide it."""
    for number in numbers:
        whole = number if isinstance(number, (int, float)) else float(abs(number).max())
        if not math.isfinite(whole):
            raise OverflowError("a number on the way has no value, or exceeds the number range")


def _kept(*quotients: tuple[Any, Any]) -> None:
    """Raise where a quotient has vanished and what is divided has not: it may be multiplied."""
    for quotient, above in quotients:
        gone = (quotient == 0) & (above != 0)
        if gone if isinstance(gone, bool) else bool(gone.any()):
            raise OverflowError("a number on the way is too small to be told from 0")


def _sized(entries: Sequence[Any], size: int, name: str) -> None:
    if len(entries) != size:
        raise ValueError(f"'{name}' has {size} entries, and {len(entries)} are given")


def _known(operator: str) -> str:
    known = [name for name in NAMES if NAMES[name] not in ("d", "at")]
    if operator not in known:
        raise wrong("operator", f"'{operator}' is no operator", hint=f"it is {listed(known, 'or')}")
    return NAMES[operator]


# -- the tape as Python


def _source(
    builder: Builder, inputs: Sequence[str], shapes: Mapping[str, Shape], outputs: Sequence[int]
) -> str:
    """A function of the inputs that returns the outputs."""
    arguments = {name: f"p{n}" for n, name in enumerate(inputs)}
    lines = [
        f"    f.sized({arguments[name]}, {prod(shape)}, {name!r})" for name, shape in shapes.items()
    ]
    names, checked = dict[int, str](), _checked(builder, outputs)
    for number in builder.live(*outputs, *checked, formulas=True):
        step = builder.steps[number]
        text = _written(builder, step, names, arguments, shapes)
        if text.isidentifier() or text.replace(".", "").isdigit():
            names[number] = text
        else:
            names[number] = f"t{number}"
            lines.append(f"    t{number} = {text}")
    watched = dict.fromkeys(names[n] for n in (*checked, *_hiding(builder, names)))
    variables = [name for name in watched if not name[0].isdigit()]
    if variables:
        lines.append(f"    f.finite({', '.join(variables)})")
    quotients = [
        f"({names[number]}, {names[builder.steps[number].operands[0]]})"
        for number in names
        if builder.steps[number].op == "div" and not names[number][0].isdigit()
    ]
    if quotients:
        lines.append(f"    f.kept({', '.join(quotients)})")
    lines.append(f"    return [{', '.join(names[output] for output in outputs)}]")
    return "\n".join([f"def compiled({', '.join(arguments.values())}):", *lines, ""])


def _hiding(builder: Builder, names: Mapping[int, str]) -> list[int]:
    """The steps whose infinity the next one would turn into a number: 1/inf, exp(-inf)."""
    found = []
    for number in names:
        step = builder.steps[number]
        if step.op == "div":
            found.append(step.operands[1])
        elif step.op in _BOUNDED or (step.op == "pow" and not _is_whole_power(builder, step)):
            found.extend(step.operands)
    return found


def _checked(builder: Builder, outputs: Sequence[int]) -> list[int]:
    """The values of what is differentiated where they may not exist: log(x) at -1 must raise."""
    roots = {
        builder.steps[number].operands[1]
        for number in builder.live(*outputs)
        if builder.steps[number].inner is not None
    }
    found = []
    for root in sorted(roots):
        steps = [builder.steps[number] for number in builder.live(root)]
        if not all(step.op in _ENTIRE or _is_whole_power(builder, step) for step in steps):
            found.append(root)
    return found


def _is_whole_power(builder: Builder, step: Step) -> bool:
    if step.op != "pow":
        return step.op in ("exp", "sin", "cos", "sinh", "cosh", "tanh", "atan")
    exponent = builder.steps[step.operands[1]]
    return exponent.op == CONST and exponent.text.isdigit()


def _written(
    builder: Builder,
    step: Step,
    names: Mapping[int, str],
    arguments: Mapping[str, str],
    shapes: Mapping[str, Shape],
) -> str:
    """One step as an expression of Python."""
    if step.op == INPUT:
        return arguments[step.text]
    if step.op == CONST:
        return _NAMED.get(step.text, step.text)
    if step.op == "index":
        whole = builder.steps[step.operands[0]].text
        return f"{names[step.operands[0]]}[{_flat(step.text, shapes[whole])}]"
    if step.inner is not None:
        return names[step.operands[0]]
    operands = [names[operand] for operand in step.operands]
    if step.op == "pow":
        return _power(operands, _is_whole_power(builder, step))
    if step.op not in _TEMPLATES:
        message = f"{step.op} is not to be had as a plain function"
        raise wrong("compiled", message, step.span, builder.source, hint="`differentiate` has it")
    return _TEMPLATES[step.op].format(*operands)


def _flat(text: str, shape: Shape) -> int:
    """The flat position of an index."""
    place = 0
    for size, n in zip(shape, text.split(","), strict=True):
        place = place * size + int(n)
    return place


def _power(operands: Sequence[str], whole: bool) -> str:
    base, exponent = operands
    if exponent == "2":
        return f"{base} * {base}"
    return f"{base} ** {exponent}" if whole else f"f.pow({base}, {exponent})"
