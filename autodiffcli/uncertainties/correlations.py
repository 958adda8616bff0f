"""`--correlation a,b=0.3`: which inputs go up and down together, and whether they can."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from autodiffcli.diagnostics import AdiffError, Span, did_you_mean, listed, wrong
from autodiffcli.lexer import NAME, plain_name
from autodiffcli.specs import ORIGIN, read_spec
from autodiffcli.typed import Constant
from autodiffcli.uncertainties.measurements import Inputs, double

OPTION = "--correlation "

Pair = tuple[str, str]
Correlations = Mapping[Pair, Fraction]  # each pair once, in one of its orders

_PAIR = re.compile(rf"\s*({NAME})\s*,\s*({NAME})\s*=")
_NEGATIVE = Fraction(-1, 10**12)  # a pivot above it is 0 but for rounding


def read_correlations(texts: Sequence[str], points: Sequence[Inputs]) -> dict[Pair, Fraction]:
    """The correlation coefficients. Raises AdiffError for what cannot be one.

    points  the inputs at every point
    """
    found: dict[Pair, Fraction] = {}
    for text in texts:
        head = _PAIR.match(text)
        if not head:
            raise _wrong(text, Span(0, len(text)), "this is no correlation", "write a,b=0.3")
        pair = plain_name(head.group(1)), plain_name(head.group(2))
        for group, name in enumerate(pair, 1):
            _check_input(name, Span(*head.span(group)), text, points)
        both = Span(head.start(1), head.end(2))
        if pair[0] == pair[1]:
            message = f"'{pair[0]}' is correlated with itself anyway"
            raise _wrong(text, both, message, "name two inputs")
        if pair in found or pair[::-1] in found:
            message = f"the correlation of {pair[0]} and {pair[1]} is given twice"
            raise _wrong(text, both, message)
        found[pair] = _coefficient(text, head.end())
    names = list(dict.fromkeys(name for pair in found for name in pair))
    if not is_semidefinite(names, found):
        message = f"{listed(names)} cannot be correlated like that"
        hint = "the matrix of the correlations must be positive semidefinite"
        raise wrong("correlation", message, hint=hint)
    return found


def _check_input(name: str, span: Span, text: str, points: Sequence[Inputs]) -> None:
    known = points[0]
    if name not in known:
        hint = did_you_mean(name, known) or f"there is {listed(known)}"
        raise _wrong(text, span, f"there is no input '{name}'", hint)
    if all(inputs[name].is_exact for inputs in points):
        message = f"'{name}' has no uncertainty that could be correlated"
        raise _wrong(text, span, message)


def _coefficient(text: str, start: int) -> Fraction:
    """The number behind the `=`, from -1 to 1."""
    place = Span(start + len(text[start:]) - len(text[start:].lstrip()), len(text))
    try:
        (given,) = read_spec(" " * start + text[start:], imaginary=False, exact=True)
    except AdiffError as error:
        diagnostic = error.diagnostic
        if diagnostic.origin == ORIGIN:
            diagnostic = replace(diagnostic, source=text, origin=OPTION)
        raise AdiffError(diagnostic) from None
    numbers = given.values.typed or ()
    if len(numbers) != 1 or not isinstance(numbers[0], Constant):
        raise _wrong(text, place, "a correlation is one number")
    (number,) = numbers
    exact = Fraction(double(number)) if number.exact is None else number.exact
    if abs(exact) > 1:
        raise _wrong(text, place, "a correlation is between -1 and 1")
    return exact


def _wrong(text: str, span: Span, message: str, hint: str = "") -> AdiffError:
    return wrong("correlation", message, span, text, origin=OPTION, hint=hint)


def is_semidefinite(names: Sequence[str], correlations: Correlations) -> bool:
    """Whether some inputs can be correlated like that, by elimination in fractions.

    Symmetric elimination of a semidefinite matrix leaves no negative pivot, and nothing but 0
    beside a pivot that is 0. Source: Golub and Van Loan, Matrix Computations, section 4.2.8.
    """
    known = {frozenset(pair): r for pair, r in correlations.items()}
    rows = [
        [Fraction(1) if a == b else known.get(frozenset((a, b)), Fraction(0)) for b in names]
        for a in names
    ]
    for n, row in enumerate(rows):
        pivot, beside = row[n], row[n + 1 :]
        if pivot < _NEGATIVE:
            return False
        if pivot <= -_NEGATIVE:
            if any(u**2 > -_NEGATIVE for u in beside):
                return False
            continue
        for i in range(n + 1, len(rows)):
            factor = rows[i][n] / pivot
            rows[i] = [u - factor * v for u, v in zip(rows[i], row, strict=True)]
    return True
