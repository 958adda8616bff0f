"""Strings, numbers and flags as JSON text."""

from __future__ import annotations

import json
import re

from autodiffcli.arrays import Array, Proven
from autodiffcli.renderers.number import exact_each, finite
from autodiffcli.result import Flag
from autodiffcli.terminal import Terminal

_DELETE_AND_C1 = re.compile("[\x7f-\x9f]")


def string(text: str, terminal: Terminal) -> str:
    """The text in quotes, in its own letters where the stream can write them."""
    quoted = json.dumps(text, ensure_ascii=not (terminal.unicode and _encodes(terminal, text)))
    # JSON lets these through, but a terminal obeys U+009B as it obeys ESC [.
    return _DELETE_AND_C1.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def number(value: float | complex | None) -> str:
    """The number, an object of `re` and `im` for a complex one; null where it is not finite."""
    if value is None or not finite(value):
        return "null"
    if isinstance(value, complex):
        return f'{{"re": {value.real!r}, "im": {value.imag!r}}}'
    return repr(value)


def numbers(values: Array, rows: slice) -> list[str]:
    """`number` for many numbers at once; what is proven is text, or an object of its bounds."""
    if values.proven is not None:
        return [_proven(one) if one else "null" for one in values.proven[rows]]
    if values.imag is None:
        return exact_each(values, rows, "null")
    return list(map(number, map(complex, values.real[rows], values.imag[rows])))


def enclosures(values: Array, rows: slice) -> list[str]:
    """The bounds of proven numbers, `["0.1", "0.2"]`."""
    assert values.proven is not None
    return [bounds(one) if one else "null" for one in values.proven[rows]]


def bounds(number: Proven) -> str:
    """Two bounds as a list of texts."""
    return f'["{number.low}", "{number.high}"]'


def _proven(number: Proven) -> str:
    if number.is_interval:
        return f'{{"low": "{number.low}", "high": "{number.high}"}}'
    return f'"{number.text}"'


def flag_object(flag: Flag, terminal: Terminal, *, index: bool = True) -> str:
    """The flag as an object; what is not known is left out.

    index  whether to say where it is
    """
    wrt = ", ".join(string(name, terminal) for name in flag.wrt)
    fields = [f'"index": [{", ".join(map(str, flag.index))}]'] if index else []
    fields += [f'"wrt": [{wrt}]', f'"status": {string(flag.status, terminal)}']
    if flag.left is not None:
        fields.append(f'"left": {number(flag.left)}')
    if flag.right is not None:
        fields.append(f'"right": {number(flag.right)}')
    if flag.reason:
        fields.append(f'"reason": {string(flag.reason, terminal)}')
    return "{" + ", ".join(fields) + "}"


def _encodes(terminal: Terminal, text: str) -> bool:
    try:
        text.encode(getattr(terminal.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
