"""`adiff functions`: the language's functions, from their records."""

from __future__ import annotations

from autodiffcli.diagnostics import ExitStatus, Span, did_you_mean, wrong
from autodiffcli.ops import FAMILIES, FUNCTIONS, OPS
from autodiffcli.ops.calculus import NAMES, OPERATORS
from autodiffcli.ops.op import REALS, Op
from autodiffcli.parser import CONSTANTS
from autodiffcli.terminal import Terminal


def answer(name: str | None, terminal: Terminal) -> ExitStatus:
    """Print all functions, or one. Raises AdiffError for a name that is none."""
    if name is None:
        lines = _all()
    elif name in NAMES:
        lines = _operator(name)
    else:
        op = by_call_or_symbol().get(name)
        if op is None:
            message, span = f"no function called '{name}'", Span(0, len(name))
            hint = did_you_mean(name, (*FUNCTIONS, *NAMES)) or "`adiff functions` lists them"
            raise wrong("unknown-function", message, span, name, hint=hint)
        lines = _one(op)
    for line in lines:
        terminal.stdout.write(f"{line}\n")
    return ExitStatus.DONE


def by_call_or_symbol() -> dict[str, Op]:
    """The records by every way to write them."""
    symbols = {s: op for op in OPS.values() if op.infix for s in op.infix.symbols}
    return {**symbols, **FUNCTIONS}


def _shows(written: str, word: str) -> bool:
    """Whether a usage shows this spelling already."""
    return written.startswith(f"{word}(") or word in written.split() or written.startswith(word)


def shown() -> dict[str, list[tuple[str, str]]]:
    """How the words of every family are written, and what they mean."""
    families = {
        family: [(usage(op), op.doc) for op in ops if not op.hidden]
        for family, ops in FAMILIES.items()
    }
    families["calculus"] += [(operator.usage, operator.doc) for operator in OPERATORS]
    return families


def _all() -> list[str]:
    families = shown()
    width = max(len(written) for words in families.values() for written, _ in words)
    lines: list[str] = []
    for family, words in families.items():
        lines += ["", family] if lines else [family]
        lines += [f"  {written:{width}}  {doc}" for written, doc in words]
    constants = ", ".join(dict.fromkeys((*CONSTANTS, "i with --dtype complex128")))
    return [*lines, "", f"constants: {constants}"]


def usage(op: Op) -> str:
    """How one writes it: `a + b`, `sin(x)`."""
    if op.infix is None or not op.infix.symbols[0].isascii():
        return op.signature
    symbol, parameters = op.infix.symbols[0], op.parameters
    if op.infix.place == "prefix":
        return f"{symbol}{' ' if symbol.isalpha() else ''}{parameters[0]}"
    return f"{parameters[0]} {symbol} {parameters[1]}"


def _operator(name: str) -> list[str]:
    operator = next(known for known in OPERATORS if known.name == NAMES[name])
    also = ", ".join(operator.aliases)
    return [f"{operator.usage}: {operator.doc}", *([f"  also    {also}"] if also else [])]


def _one(op: Op) -> list[str]:
    lines = [f"{usage(op)}: {op.doc}"]
    written = usage(op)
    spellings = (*(op.infix.symbols if op.infix else ()), op.name, *op.aliases)
    also = [word for word in spellings if word in by_call_or_symbol() and not _shows(written, word)]
    facts = {
        "also": ", ".join(also),
        "or": ", ".join(OPS[other].signature for other in op.overloads.values()),
        "is": op.definition,
        "domain": _domain(op),
        "smooth": _smooth(op),
        "entries": "mixes points: works on whole tensors" if op.mixes else "",
        "complex": "yes" if op.complex else "no",
        "source": op.source,
    }
    return [*lines, *(f"  {key:8}{fact}" for key, fact in facts.items() if fact)]


def _domain(op: Op) -> str:
    if all(interval == REALS for interval in op.domain):
        return ""
    return ", ".join(f"{p} in {i}" for p, i in zip(op.parameters, op.domain, strict=False))


def _smooth(op: Op) -> str:
    if op.truth or op.switch is None:
        return ""
    return "with kinks" if op.switch.continuous else "with jumps"
