"""Products without a sign that could be read two ways, `1/2x` and `sin 2x`.

A person gets the reading that * gives, and a note; a pipe gets an error (`strictly`).
"""

from __future__ import annotations

from dataclasses import replace

from autodiffcli.diagnostics import AdiffError, Diagnostic, Span
from autodiffcli.ops import FUNCTIONS
from autodiffcli.program import CONST, INPUT, Builder, Program


def strictly(program: Program) -> None:
    """Refuse a program with a product that could be read two ways. Raises AdiffError."""
    for reading in program.readings:
        message = f"this product could be read two ways; {reading.message}"
        raise AdiffError(replace(reading, message=message))


def two_readings(
    builder: Builder, left: int, written: Span, following: Span, divided: int | None
) -> Diagnostic | None:
    """The note on a product of step `left` and the word that follows it; None if it is clear.

    written    the left factor in the source
    following  the word after it
    divided    where the dividend begins if the left factor is a divisor, else None
    """
    source = builder.source
    word = source[following.start : following.end]
    function = _bare_function(builder, left)
    if function:
        reading = f"'{function}' is read as a variable, times what follows"
        hint = f"for the function write {function}(...)"
        place = Span(written.start, following.end)
        return Diagnostic("two-readings", reading, place, source, hint=hint)
    if divided is None and not _numeric_power(builder, left, source[written.end - 1 : written.end]):
        return None
    start = written.start if divided is None else divided
    before = source[start : written.end]
    reading = f"'{source[start : following.end]}' is read as ({before})*{word}"
    hint = f"write ({before})*{word}, or brackets for the other reading"
    place = Span(start, following.end)
    return Diagnostic("two-readings", reading, place, source, hint=hint)


def _bare_function(builder: Builder, step: int) -> str:
    """The function whose name stands there as a variable, `sin` of `sin x` and `sin^2 x`."""
    found = builder.steps[step]
    if found.op == "pow":
        found = builder.steps[found.operands[0]]
    return found.text if found.op == INPUT and found.text in FUNCTIONS else ""


def _numeric_power(builder: Builder, step: int, last: str) -> bool:
    """Whether a step is a number to a power, `e^2` of `e^2x`, not closed by a bracket."""
    found = builder.steps[step]
    if last == ")":
        return False
    return found.op == "exp" or (found.op == "pow" and builder.steps[found.operands[0]].op == CONST)
