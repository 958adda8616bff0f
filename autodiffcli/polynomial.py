"""A Taylor polynomial in writing: `x - x^3/6 + O(x^5)`, and in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from autodiffcli.expansion import Coefficient, Expansion
from autodiffcli.interpreters.printing import read_as
from autodiffcli.interpreters.typesetting import latex, name_latex, number_latex
from autodiffcli.parser import parse
from autodiffcli.program import Program
from autodiffcli.typed import Constant

SHORT = 8  # characters of a point that is written as a decimal without having been typed so
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class TaylorPolynomial:
    """The Taylor polynomial of an expression at a point.

    variable  the one that it is a polynomial in
    at        every variable's number, the nearest double
    place     the point in words, `x = pi/2`
    text      `x - x^3/6 + O(x^5)`
    latex     the same in LaTeX
    notes     what is worth knowing: that the point is removable, that the function is flat there
    """

    expansion: Expansion
    variable: str
    at: Mapping[str, float]
    place: str
    text: str
    latex: str
    notes: tuple[str, ...] = ()

    @property
    def coefficients(self) -> list[float]:
        """f^(n)(a)/n!, the nearest doubles; NaN beyond their range."""
        return [c.value for c in self.expansion.coefficients]

    @property
    def rationals(self) -> list[Fraction | None]:
        """The same as fractions, None for those that are not known to be one."""
        return [c.exact for c in self.expansion.coefficients]

    @property
    def derivatives(self) -> list[float]:
        """f^(n)(a), the nearest doubles; NaN beyond their range."""
        return [c.derivative for c in self.expansion.coefficients]


def polynomial(
    expansion: Expansion, variable: str, point: Mapping[str, Constant], at: Mapping[str, float]
) -> TaylorPolynomial:
    """An expansion with all that is said of it.

    point  every variable's number as it was typed
    at     the nearest doubles
    """
    here, number = point[variable], at[variable]
    place = ", ".join(f"{name} = {point_text(typed, at[name])}" for name, typed in point.items())
    return TaylorPolynomial(
        expansion,
        variable,
        dict(at),
        place,
        text(expansion, variable, here, number),
        latex_text(expansion, variable, here, number),
        tuple(_notes(expansion, place)),
    )


def _notes(expansion: Expansion, place: str) -> Iterator[str]:
    if expansion.removable:
        yield f"removable at {place} ({expansion.removable}): the series is that of the limits"
    if expansion.flat:
        flat = "what vanishes faster than every power is left out"
        yield f"flat at {place}: the function is not its series around there; {flat}"


@dataclass(frozen=True, slots=True)
class Notation:
    """How the pieces of a polynomial are put down.

    base   x, or (x - 1) in brackets
    bare   the same without brackets
    power  (base, n) -> its power, n > 1
    term   (magnitude, factor) -> their product; a factor "" for the constant term
    rest   (power) -> the remainder, of O and of o
    """

    base: str
    bare: str
    power: Callable[[str, int], str]
    term: Callable[[Fraction | str, str], str]
    rest: tuple[Callable[[str], str], Callable[[str], str]]


def text(expansion: Expansion, variable: str, point: Constant, number: float) -> str:
    """The polynomial on one line, in adiff's own notation but for the remainder.

    number  the point as a double
    """
    sign, distance = _distance(point, number, _TEXT)
    bare = f"{variable} {sign} {distance}" if distance else variable
    base = f"({bare})" if distance else bare
    rest = (lambda power: f"O({power})"), (lambda power: f"o({power})")
    return _written(expansion, Notation(base, bare, lambda b, n: f"{b}^{n}", _text_term, rest))


def latex_text(expansion: Expansion, variable: str, point: Constant, number: float) -> str:
    """The polynomial in LaTeX, without delimiters."""
    sign, distance = _distance(point, number, _LATEX)
    name = name_latex(variable)
    bare = f"{name} {sign} {distance}" if distance else name
    base = rf"\left({bare}\right)" if distance else bare
    rest = (
        lambda power: rf"O\left({power}\right)",
        lambda power: rf"o\left({power}\right)",
    )
    notation = Notation(base, bare, lambda b, n: f"{b}^{{{n}}}", _latex_term, rest)
    return _written(expansion, notation)


def point_text(point: Constant, number: float) -> str:
    """A point as it was typed, `pi/2`; one of a range as a short decimal or a fraction."""
    sign, distance = _distance(point, number, _TEXT)
    return f"-{distance}" if sign == "+" else distance or "0"


def _written(expansion: Expansion, notation: Notation) -> str:
    pieces: list[str] = []
    for c in expansion.coefficients:
        if c.exact == 0:
            continue
        factor = _power(notation, c.order)
        negative, size = _magnitude(c)
        sign = "-" if negative else "+"
        term = notation.term(size, factor)
        pieces.append(f" {sign} {term}" if pieces else term if sign == "+" else f"-{term}")
    order = len(expansion.coefficients) - 1
    if expansion.degree is not None and expansion.degree <= order:
        return "".join(pieces) or "0"
    big, small = notation.rest
    last = order + 1 if expansion.bounded else order
    power = ("1", notation.bare)[last] if last < 2 else _power(notation, last)
    pieces.append((big if expansion.bounded else small)(power))
    return f"{''.join(pieces[:-1])} + {pieces[-1]}" if pieces[:-1] else pieces[-1]


def _power(notation: Notation, n: int) -> str:
    if n < 2:
        return notation.base if n else ""
    return notation.power(notation.base, n)


def _magnitude(c: Coefficient) -> tuple[bool, Fraction | str]:
    """Whether it is negative, and its absolute value."""
    if c.exact is not None:
        return c.exact < 0, abs(c.exact)
    return c.decimal.startswith("-"), c.decimal.lstrip("-")


def _text_term(size: Fraction | str, factor: str) -> str:
    if isinstance(size, str):
        return f"{size}*{factor}" if factor else size
    top, bottom = size.numerator, size.denominator
    over = f"/{bottom}" if bottom != 1 else ""
    if not factor:
        return f"{top}{over}"
    return f"{factor}{over}" if top == 1 else f"{top}*{factor}{over}"


def _latex_term(size: Fraction | str, factor: str) -> str:
    if isinstance(size, str):
        return f"{number_latex(size)} {factor}".rstrip()
    top = f"{size.numerator} {factor}".rstrip() if size.numerator != 1 or not factor else factor
    return top if size.denominator == 1 else rf"\frac{{{top}}}{{{size.denominator}}}"


# -- the point


class _Numbers(NamedTuple):
    """How a point is put down: a fraction, a decimal, an expression, brackets around it."""

    fraction: Callable[[Fraction], str]
    decimal: Callable[[str], str]
    expression: Callable[[Program], str]
    bracketed: Callable[[str], str]


def _distance(point: Constant, number: float, numbers: _Numbers) -> tuple[str, str]:
    """The sign and the number in (x - a), both as written: ("-", "1"); ("+", "1") for -1.

    returns  "" for the number where it is 0
    """
    if point.exact is not None:
        size = abs(point.exact)
        sign = "+" if point.exact < 0 else "-"
        return sign, _rational(point.text, size, numbers) if size else ""
    if not point.text:
        return ("+" if number < 0 else "-"), numbers.decimal(f"{abs(number):.17g}")
    words = read_as(parse(point.text))
    sign = "+" if words.startswith("-") and not _is_sum(words) else "-"
    words = words[1:] if sign == "+" else words
    shown = numbers.expression(parse(words))
    return sign, numbers.bracketed(shown) if _is_sum(words) else shown


def _is_sum(words: str) -> bool:
    """Whether an expression must stand in brackets behind a minus."""
    found = parse(words)
    return found.steps[found.output].op in ("add", "sub")


def _rational(typed: str, size: Fraction, numbers: _Numbers) -> str:
    """A decimal as typed, or where it is a short one; else a fraction."""
    if _DECIMAL.fullmatch(typed):
        return numbers.decimal(typed.lstrip("+-"))
    words = repr(float(size)).removesuffix(".0")
    is_decimal = not typed and len(words) <= SHORT and Fraction(words) == size
    return numbers.decimal(words) if is_decimal else numbers.fraction(size)


def _fraction_latex(number: Fraction) -> str:
    if number.denominator == 1:
        return str(number)
    return rf"\frac{{{number.numerator}}}{{{number.denominator}}}"


_TEXT = _Numbers(str, str, read_as, "({})".format)
_LATEX = _Numbers(_fraction_latex, number_latex, latex, r"\left({}\right)".format)
