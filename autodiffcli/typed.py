"""Numbers as they were typed: a constant to any precision, and all numbers between two.

How their texts are read is `constants`, which loads ball arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fractions import Fraction

# Compiled when a text has a bracket, which most have not.
_INTERVAL = r"\[[^\[\]]*\.\.[^\[\]]*\]|(?:\s|\d)(?:in|∈)\s*\["
_BRACKETED = r"\s*\[([^\[\]]*)\]\s*\Z"


@dataclass(frozen=True, slots=True)
class Constant:
    """A number that can be had to any precision.

    ball   the number at the working precision, an `arb`
    exact  the same where it is known to be this fraction
    text   as it was typed; "" for one of a range
    """

    ball: Callable[[], Any]
    exact: Fraction | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers between two."""

    low: Constant
    high: Constant

    def ball(self) -> Any:
        """A ball around all of them."""
        return self.low.ball().union(self.high.ball())


Typed = Constant | Interval


def has_intervals(specs: Sequence[str]) -> bool:
    """Whether there is an interval in some `--at` texts."""
    return any("[" in spec and re.search(_INTERVAL, spec) for spec in specs)


def is_interval(item: str) -> bool:
    """Whether an item is `[a..b]`."""
    inside = re.match(_BRACKETED, item) if "[" in item else None
    return inside is not None and ".." in inside.group(1)
