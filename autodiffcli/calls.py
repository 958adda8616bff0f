"""Function calls: counting operands, overloads, piecewise, inlining what is defined."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from autodiffcli.diagnostics import AdiffError, Span, did_you_mean, wrong
from autodiffcli.ops import FUNCTIONS, OPS
from autodiffcli.ops.calculus import NAMES as OPERATOR_NAMES
from autodiffcli.ops.op import Op
from autodiffcli.program import Builder, Program

PIECEWISE = "piecewise"
_INSIDE = "a derivative is written d(u, x), d(u, x, t) or d(u, x, 2)"
_CHOICE = "write `a if c else b` or where(c, a, b)"
_LONGEST = 100  # characters of a word that are compared with the functions' names
# What other languages call, in lower case.
_ELSEWHERE = {
    **dict.fromkeys(("d", "derivative", "partial", "diff"), _INSIDE),
    **dict.fromkeys(("if", "iif", "iff", "ifelse", "cond"), _CHOICE),
}

UserFunction = tuple[tuple[str, ...], Program]  # inputs that stand for the parameters, body
DefinitionOf = Callable[[str], Program]


def _is_plain(op: Op) -> bool:
    """Whether a call with one operand is just one step."""
    single = op.takes(1) and not op.variadic and 1 not in op.overloads
    return single and not op.definition and op.name != "not"


# Functions are called chi(x) and k0(x), but alone these are what variables are called.
_SYMBOL = re.compile(r"[a-z]\d|alpha|beta|gamma|delta|zeta|eta|theta|lambda|chi|psi|omega")


def is_symbol(name: str) -> bool:
    """Whether a function has the name of a variable: chi, k0."""
    return _SYMBOL.fullmatch(name) is not None


# Functions of one operand whose call is one step: the common case, without further questions.
PLAIN = {word: op.name for word, op in FUNCTIONS.items() if _is_plain(op)}


@dataclass(slots=True)
class Call:
    """A call whose closing bracket has not come.

    power       exponent of `sin^2(x)`, "" for none
    power_span  where it stands
    colons      for piecewise, how many operands had been read at each colon; for at, at each `=`
    starts      where each operand begins in the source, and where the call ends, once it is closed
    """

    name: str
    power: str = ""
    power_span: Span | None = None
    colons: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)


def apply_function(
    builder: Builder,
    call: Call,
    operands: list[int],
    span: Span,
    body: UserFunction | None,
    definition_of: DefinitionOf,
) -> int:
    """The step of a finished call. Raises AdiffError when the operands do not fit."""
    if body is not None:
        inputs, program = body
        if len(operands) != len(inputs):
            raise _count(call, len(operands), f"it takes {len(inputs)}", span, builder)
        return builder.inline(program, dict(zip(inputs, operands, strict=True)))
    if call.name == PIECEWISE:
        return _piecewise(builder, call, operands, span)
    return _primitive(builder, call, operands, span, definition_of)


def _primitive(
    builder: Builder, call: Call, operands: list[int], span: Span, definition_of: DefinitionOf
) -> int:
    op = FUNCTIONS[call.name]
    op = OPS[op.overloads[len(operands)]] if len(operands) in op.overloads else op
    if not op.takes(len(operands)):
        forms = [op, *(OPS[name] for name in op.overloads.values())]
        written = [f"{call.name}{form.signature.removeprefix(form.name)}" for form in forms]
        raise _count(call, len(operands), f"it is {' or '.join(written)}", span, builder)
    if op.definition:
        arguments = dict(zip(op.parameters, operands, strict=True))
        return builder.inline(definition_of(op.name), arguments, span)
    if op.name in ("where", "and", "or", "not"):
        last = 1 if op.name == "where" else len(operands)
        operands = [truth_of(builder, step) for step in operands[:last]] + operands[last:]
    if op.variadic and not op.mixes:
        return _fold(builder, op, operands, span)
    return builder.add(op.name, tuple(operands), "", span)


def _fold(builder: Builder, op: Op, operands: Sequence[int], span: Span) -> int:
    step = operands[0]
    for operand in operands[1:]:
        step = builder.add(op.name, (step, operand), "", span)
    return step


def _piecewise(builder: Builder, call: Call, operands: list[int], span: Span) -> int:
    """piecewise(c1: a, c2: b, otherwise) as a chain of `where`, the first true one counting."""
    cases = len(call.colons)
    if cases == 0 or len(operands) != 2 * cases + 1 or call.colons != list(range(1, 2 * cases, 2)):
        hint = "write piecewise(x < 0: -x, x < 1: x, otherwise)"
        message = "piecewise takes pairs `condition: value` and a last value for otherwise"
        raise wrong("piecewise", message, span, builder.source, hint=hint)
    step = operands[-1]
    for case in reversed(range(cases)):
        condition = truth_of(builder, operands[2 * case])
        step = builder.add("where", (condition, operands[2 * case + 1], step), "", span)
    return step


def truth_of(builder: Builder, step: int) -> int:
    """The step as a condition: numbers are true where they are not 0."""
    found = builder.steps[step]
    op = OPS.get(found.op)
    if op is not None and op.truth:
        return step
    zero = builder.add("const", (), "0", found.span)
    return builder.add("ne", (step, zero), "", found.span)


def unknown_call(
    name: str, span: Span, source: str, *, known: str, functions: Sequence[str]
) -> AdiffError:
    """The error for a call of something that is no function.

    known  "constant" or "variable" where the name has such a meaning already, else ""
    """
    message = f"no function called '{name}'"
    if name.lower() in _ELSEWHERE and not known:
        return wrong("unknown-function", message, span, source, hint=_ELSEWHERE[name.lower()])
    spoken = [word for word in functions if word not in OPS or not OPS[word].truth]
    asked = len(name) > 1 and not known
    near = did_you_mean(name[:_LONGEST], (*spoken, *OPERATOR_NAMES)) if asked else ""
    if near or (len(name) > 2 and not known):
        hint = near or f"for a product write {name}*(...); `adiff functions` lists the functions"
        return wrong("unknown-function", message, span, source, hint=hint)
    message = f"'{name}' is a {known or 'variable'} and cannot be called"
    return wrong("not-a-function", message, span, source, hint=f"for a product write {name}*(...)")


def _count(call: Call, count: int, takes: str, span: Span, builder: Builder) -> AdiffError:
    operands = "operand" if count == 1 else "operands"
    message = f"'{call.name}' is given {count} {operands}, {takes}"
    product = f"for a product write {call.name}{_rise(call)}*(...)"
    hint = product if count == 1 and is_symbol(call.name) else ""
    return wrong("operand-count", message, span, builder.source, hint=hint)


def _rise(call: Call) -> str:
    return f"^{call.power}" if call.power else ""
