"""What is seen from one side of a point: one-sided derivatives from a germ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial, inf

from flint import arb, ctx

from autodiffcli.interpreters.balls import Singular, Vague, is_narrow, last_bits
from autodiffcli.interpreters.germs import Met
from autodiffcli.interpreters.terms import Germ, Short, Term, by_size, is_nothing


@dataclass(frozen=True, slots=True)
class Side:
    """What is seen from one side.

    values  f^(n) by the variable, n = 0, 1, ...; infinite from the first that does not exist on;
            empty where there is nothing
    balls   the finite ones of them
    status  why there is nothing: outside, undecided, pole; "" where there is something
    met     switches that start there
    origin  the source of what is no power series, or not real, there
    """

    values: tuple[float, ...]
    balls: tuple[arb, ...] = ()
    status: str = ""
    reason: str = ""
    met: Met | None = None
    origin: str = ""


def side_of(balls: Sequence[arb | float], met: Met | None = None) -> Side:
    """A side from balls, and floats where it is infinite."""
    values = tuple(b if isinstance(b, float) else float(b.mid()) + 0.0 for b in balls)
    finite = tuple(b for b in balls if not isinstance(b, float))
    return Side(values, finite, met=met)


def accurate(ball: arb, bits: int) -> arb:
    """The ball if it is narrow enough. Raises Vague, at the last Singular, where it is not."""
    if not is_narrow(ball, bits):
        if ctx.prec >= last_bits(bits):
            raise Singular("too many digits cancel")
        raise Vague
    return ball


def taylor(found: Germ, order: int, bits: int) -> list[arb | float]:
    """f^(n), n = 0 .. order, in the direction of travel; +-inf from the first without one on.

    A term t^e log(t)^p that is no power n of t has infinite derivatives from order e on; the
    leading such term decides their sign. Raises Short, Vague.
    """
    strange = None
    for (e, p), c in sorted(found.terms.items(), key=by_size):
        if (p or e != int(e) or e < 0) and not is_nothing(c):
            strange = (e, p), c
            break
    known = order if found.end == inf else min(order, -int(-found.end // 1) - 1)
    first_bad = inf if strange is None else strange[0][0]
    if known < order and first_bad > known:
        raise Short
    values: list[arb | float] = []
    for n in range(order + 1):
        if n >= first_bad:
            assert strange is not None
            values.append(_blows_up(strange[0], strange[1], n))
        else:
            values.append(accurate(found.terms.get((n, 0), arb(0)) * factorial(n), bits))
    return values


def _blows_up(key: Term, c: arb, n: int) -> float:
    """The infinite n-th derivative of c t^e log(t)^p for t -> 0 from above, with its sign.

    For whole e the derivative of the logarithm takes over beyond order e.
    """
    e, p = key
    sign = 1 if c > 0 else -1
    if e == int(e) and 0 <= e < n:
        # d^n t^e log(t)^p ~ p e! (-1)^(n-e-1) (n-e-1)! t^(e-n) log(t)^(p-1)
        return sign * inf if (n - int(e) + p) % 2 == 0 else -sign * inf
    negative = sum(e - k < 0 for k in range(n))  # factors of e (e - 1) ... (e - n + 1)
    return sign * inf if (p + negative) % 2 == 0 else -sign * inf
