"""What stands around a value and its uncertainty: the sign between them, brackets, powers of ten.

Only forms that cannot be meant otherwise are read: 1.00±0.10, 1.00(10), and these with a power
of ten. What looks like an uncertainty inside a calculation is refused, never taken for a product
or a difference. Source: JCGM 100:2008 (GUM), section 7.2.2.
"""

from __future__ import annotations

import re
from fractions import Fraction

from autodiffcli.diagnostics import AdiffError, Span, wrong
from autodiffcli.lexer import NAME, NUMBER, SUPERSCRIPTS
from autodiffcli.specs import ORIGIN, Item

MAX_DECADE = 400  # of a power of ten; float64 ends before

_SIGN = re.compile(r"±|\+/?[-−]|\\pm\b")
_APART = re.compile(r"\+\s+/?\s*[-−]|\+/\s+[-−]|[-−]\s*/?\s*\+")
_DIGITS = r"[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*"
_POWER = (
    r"\s*(?:[eE](?P<e>[-+−]?[0-9]+)|[*×·⋅]\s*(?:10\s*(?:\^|\*\*)\s*(?:(?P<plain>[-+−]?[0-9]+)"
    r"|\(\s*(?P<bracket>[-+−]?[0-9]+)\s*\))|10(?P<raised>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
    r"|1(?:\.0*)?[eE](?P<one>[-+−]?[0-9]+)))?\s*\Z"
)
_SHORT = re.compile(rf"\s*(?P<value>[-+−]?(?:{_DIGITS}))\(\s*(?P<digits>{_DIGITS})\s*\){_POWER}")
_SCALED = re.compile(rf"\s*\((?P<inside>.*?)\){_POWER}", re.DOTALL)
_PERCENT = re.compile(rf"\s*[-+−]?(?:{_DIGITS})\(\s*(?:{_DIGITS})\s*\)\s*%\s*\Z")
_WORD = re.compile(rf"{NAME}|{NUMBER}|\S")
_MINUS = str.maketrans("−", "-")


# -- the sign


def sign_of(text: str) -> re.Match[str] | None:
    """The sign between a value and its uncertainty, outside brackets."""
    for found in _SIGN.finditer(text):
        before = text[: found.start()]
        if before.count("(") == before.count(")") and before.count("[") == before.count("]"):
            return found
    return None


def refuse_signs(item: Item, spec: str) -> None:
    """Refuse a further sign in what is one number. Raises AdiffError."""
    twice = _SIGN.search(item.text)
    if twice:
        message = f"'{twice.group()}' stands between a value and its uncertainty, once"
        hint = "a power of ten goes behind brackets: (1.00±0.10)e-3"
        raise misread("uncertainty", message, _part(item, *twice.span()), spec, hint)


# -- brackets


def short(item: Item, spec: str) -> tuple[Fraction, Fraction] | None:
    """1.00(10), whose last digits are uncertain by 10; 1.00(0.10) says it in full.

    None for what is not written like that. Raises AdiffError for an exponent beyond float64.
    """
    found = _SHORT.match(item.text)
    if not found:
        return None
    power = _power(found, item, spec)
    mantissa, digits = (found[name].replace("_", "") for name in ("value", "digits"))
    decimals = len(mantissa.partition(".")[2]) if "." not in digits else 0
    value = Fraction(mantissa.translate(_MINUS)) * Fraction(10) ** power
    return value, Fraction(digits) * Fraction(10) ** (power - decimals)


def scaled(item: Item, spec: str) -> tuple[Item, int] | None:
    """What is in brackets, and the power of ten behind them; None for anything else."""
    found = _SCALED.match(item.text)
    if not found or not _is_balanced(found["inside"]):
        return None
    inside = _part(item, *found.span("inside"))
    if not (sign_of(inside.text) or _SHORT.match(inside.text) or scaled(inside, spec)):
        return None
    return inside, _power(found, item, spec)


def _is_balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0


def _power(found: re.Match[str], item: Item, spec: str) -> int:
    """The power of ten behind brackets. Raises AdiffError for one beyond float64."""
    raised = (found["raised"] or "").translate(SUPERSCRIPTS)
    texts = (found["e"], found["plain"], found["bracket"], found["one"], raised)
    power = int(next((text for text in texts if text), "0").translate(_MINUS))
    if abs(power) > MAX_DECADE:
        raise misread("too-large", f"10^{power} is beyond float64", item, spec)
    return power


# -- what could be read two ways


def refuse_doubtful(item: Item, spec: str) -> None:
    """Refuse signs and brackets that may be meant for an uncertainty. Raises AdiffError.

    Elsewhere 1.5(2) is a product and 1.5 + -0.2 a difference; beside uncertainties nobody could
    tell.
    """
    apart = _APART.search(item.text)
    if apart:
        message = f"'{apart.group()}' could be meant for ± or for a sum"
        hint = "write ± or +- without a space for an uncertainty, and one sign for a sum"
        raise misread("uncertainty", message, _part(item, *apart.span()), spec, hint)
    if _PERCENT.match(item.text):
        value, _, digits = item.text.strip().rstrip(" %").rstrip(") ").partition("(")
        message = f"'{item.text.strip()}' could be percent of the value or of 1"
        hint = f"write {value}±{digits.strip()}% or ({value}({digits.strip()}))e-2"
        raise misread("uncertainty", message, item, spec, hint)
    before: re.Match[str] | None = None
    for word in _WORD.finditer(item.text):
        if before is not None and word.group() == "(" and before.group()[-1] in "0123456789._)":
            closed = _closing(item.text, word.start()) < len(item.text)
            if closed and not re.fullmatch(NAME, before.group()):
                raise _bracket(item, before, word.start(), spec)
        before = word


def _bracket(item: Item, before: re.Match[str], place: int, spec: str) -> AdiffError:
    """What to say of a bracket right behind a number or another bracket."""
    text, start = item.text, before.start()
    if before.group() == ")":
        start = _opening(text, before.start())
    number, inside = text[start:place].strip(), text[place + 1 : _closing(text, place)].strip()
    part = _part(item, start, _closing(text, place) + 1)
    alone = f"{number}({inside})"
    if part.text.strip() == text.strip() and _SHORT.match(alone) and not _SHORT.match(text):
        message = f"'{part.text.strip()}' could be an uncertainty or a product"
        hint = f"write {alone} for the uncertainty, {number}*({inside}) for the product"
        return misread("uncertainty", message, part, spec, hint)
    message = f"'{part.text.strip()}' in a calculation could be an uncertainty or a product"
    hint = f"write {number}*({inside}) for a product; the uncertainty of a calculation goes behind"
    return misread("uncertainty", message, part, spec, f"{hint} it, as in 2*3±0.1")


def refuse_second(item: Item, spec: str) -> None:
    """Refuse a value with two uncertainties, 3.10(4)(2) or 3.10(4)±0.02. Raises AdiffError."""
    head, bracket, rest = item.text.partition(")")
    behind = rest.lstrip()
    if not (behind.startswith("(") or _SIGN.match(behind)) or not _SHORT.match(head + bracket):
        return
    message = f"'{item.text.strip()}' has two uncertainties, and a value has one"
    hint = "independent ones add up as in 3.10±sqrt(0.04^2+0.02^2)"
    raise misread("uncertainty", message, item, spec, hint)


def _opening(text: str, place: int) -> int:
    """Where the bracket that closes at a place is opened, with the name or number before it."""
    depth = 0
    for n in range(place, -1, -1):
        depth += (text[n] == ")") - (text[n] == "(")
        if depth == 0:
            head = re.search(r"[\w.]*\Z", text[:n])
            return head.start() if head else n
    return 0


def _closing(text: str, place: int) -> int:
    """Where the bracket that opens at a place is closed; the end where it never is."""
    depth = 0
    for n in range(place, len(text)):
        depth += (text[n] == "(") - (text[n] == ")")
        if depth == 0:
            return n
    return len(text)


def _part(item: Item, start: int, stop: int) -> Item:
    return Item(item.text[start:stop], item.start + start)


def misread(code: str, message: str, item: Item, spec: str, hint: str = "") -> AdiffError:
    """An error about an item of an `--at` text."""
    start = item.start + len(item.text) - len(item.text.lstrip())
    span = Span(start, max(start, item.start + len(item.text.rstrip())))
    return wrong(code, message, span, spec, origin=ORIGIN, hint=hint)
