"""Derivatives as they are written in an expression: d(u, x, t), grad(u), at(u, x=0), u_xx."""

from __future__ import annotations

from collections.abc import Sequence

from autodiffcli.calls import Call
from autodiffcli.diagnostics import Span, wrong
from autodiffcli.ops.calculus import NAMES, OPERATORS
from autodiffcli.program import CONST, INPUT, Builder, Program

_USAGE = {operator.name: operator.usage for operator in OPERATORS}


def is_operator(builder: Builder, call: Call, operands: Sequence[int]) -> bool:
    """Whether a call is that of an operator; div(a, 2) of two numbers is their quotient."""
    if call.name != "div" or len(operands) != 2:
        return call.name in NAMES
    by = builder.steps[operands[1]]
    inside = [builder.steps[n].op for n in by.operands]
    return by.op == INPUT or (by.op == "stack" and all(op == INPUT for op in inside))


def apply_operator(builder: Builder, call: Call, operands: list[int], span: Span) -> int:
    """The step of a finished call of an operator. Raises AdiffError where operands do not fit."""
    name = NAMES[call.name]
    if not operands:
        raise wrong(
            "operand-count", f"'{call.name}' has no operand", span, builder.source, hint=_hint(name)
        )
    if name == "at":
        return _substituted(builder, call, operands, span)
    variables = list(_variables(builder, call, operands))
    if name == "d" and not variables:
        message = f"'{call.name}' needs a variable to differentiate by"
        raise wrong("operand-count", message, span, builder.source, hint=_hint(name))
    if name in ("div", "curl") and not variables:
        message = f"{call.name} needs the variables of the components, in their order"
        raise wrong("operand-count", message, span, builder.source, hint=_hint(name))
    from autodiffcli.derivation import applied  # which loads ball arithmetic

    return applied(builder, name, operands[0], variables, span)


def _hint(name: str) -> str:
    return f"write {_USAGE[name]}"


def _place(builder: Builder, call: Call, number: int) -> Span:
    """Where an operand stands: up to the comma or bracket that ends it."""
    start, following = call.starts[number : number + 2]
    text = builder.source[start:following].rstrip()
    return Span(start, start + len(text[:-1].rstrip()))


def _variables(builder: Builder, call: Call, operands: Sequence[int]) -> list[int]:
    """The variables of x, x, t or x, 2, t or [x, y]. Raises AdiffError for anything else."""
    found: list[int] = []
    name = NAMES[call.name]
    for number in range(1, len(operands)):
        step = builder.steps[operands[number]]
        inside = [builder.steps[n] for n in step.operands]
        if step.op == INPUT:
            found.append(operands[number])
        elif step.op == "stack" and name != "d" and all(s.op == INPUT for s in inside):
            found.extend(step.operands)
        elif step.op == CONST and name == "d" and found and step.text.isdecimal():
            found.extend(_repeated(builder, call, operands, number, found[-1]))
        else:
            place = _place(builder, call, number)
            text = builder.source[place.start : place.end]
            message = f"'{text}' is no variable, and derivatives are by variables"
            raise wrong("variable", message, place, builder.source, hint=_hint(name))
    if name != "d" and len(set(found)) < len(found):
        place = _place(builder, call, len(operands) - 1)
        raise wrong("variable", "a variable occurs twice", place, builder.source)
    return found


def _repeated(
    builder: Builder, call: Call, operands: Sequence[int], number: int, variable: int
) -> list[int]:
    """The variable as often as d(u, x, 3) says, beyond the first time."""
    from autodiffcli.derivation import MAX_ORDER

    order = int(builder.steps[operands[number]].text[:9])
    if not 1 <= order <= MAX_ORDER:
        message = f"the order of a derivative inside an expression is between 1 and {MAX_ORDER}"
        place = _place(builder, call, number)
        raise wrong("order", message, place, builder.source)
    return [variable] * (order - 1)


def _substituted(builder: Builder, call: Call, operands: list[int], span: Span) -> int:
    """at(u, x=0, t=1): the steps of u once more with other operands in place of variables."""
    pairs = call.colons == list(range(2, len(operands), 2)) and len(operands) % 2 == 1
    if not pairs or len(operands) < 3:
        message = "at takes a formula and what its variables are replaced by"
        raise wrong("at", message, span, builder.source, hint=_hint("at"))
    replaced: dict[str, int] = {}
    body = builder.finish(operands[0])
    for number in range(1, len(operands), 2):
        step = builder.steps[operands[number]]
        if step.op != INPUT or step.text not in body.inputs:
            place = _place(builder, call, number)
            text = builder.source[place.start : place.end]
            what = "does not occur in the formula" if step.op == INPUT else "is no variable"
            raise wrong("variable", f"'{text}' {what}", place, builder.source, hint=_hint("at"))
        if step.text in replaced:
            message = f"'{step.text}' is replaced twice"
            place = _place(builder, call, number)
            raise wrong("variable", message, place, builder.source)
        replaced[step.text] = operands[number + 1]
    return builder.inline(body, replaced)


# -- the papers' notation


def applied_to_own_parameters(builder: Builder, stand_ins: tuple[str, ...], body: Program) -> int:
    """The step of f(x, t) for a defined f(x, t)."""
    names = {name: name.partition(".")[2] for name in stand_ins}
    variables = {
        stand_in: builder.add(INPUT, (), name, Span(0, 0)) for stand_in, name in names.items()
    }
    return builder.inline(body, variables)


def abbreviated(builder: Builder, u: int, letters: str, span: Span) -> int | None:
    """The step of u_xt, derivatives of a defined u; None where the letters are no variables."""
    found: list[int] = []
    known = {builder.steps[n].text: n for n in builder.inputs_of(u)}
    rest = letters
    while rest:
        fitting = [name for name in known if rest.startswith(name)]
        if len(fitting) != 1:
            return None
        found.append(known[fitting[0]])
        rest = rest.removeprefix(fitting[0])
    from autodiffcli.derivation import applied

    return applied(builder, "d", u, found, span)
