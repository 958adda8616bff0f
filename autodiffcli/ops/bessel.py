"""Bessel functions, plain and scaled."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from autodiffcli.ops.op import BY_BALLS, NON_NEGATIVE, POSITIVE, REALS, Op, Rule, Switch
from autodiffcli.ops.recurrences import MOST, composed, entire, fixed, ladder, series

_HALF = Fraction(1, 2)


def _cylinder(value: Rule, down: int, up: int) -> Rule:
    """f_n with f_n' = (down f_(n-1) + up f_(n+1))/2, which does not divide by x.

    value  (b, order, x) -> f_order(x). DLMF 10.6.1 and 10.29.1
    """

    def rule(b: Any, n: Any, x: Any) -> Any:
        n = fixed(b, n)

        def outer(start: Any, length: int) -> list[Any]:
            if start == 0 and not n.is_integer():
                return [value(b, n, start)]
            return ladder(
                b,
                lambda m: value(b, n + m, start),
                lambda m: {m - 1: down * _HALF, m + 1: up * _HALF},
                length,
            )

        return composed(b, x, outer)

    return rule


def _second_kind(b: Any, n: Any, start: Any) -> Any:
    """Y_n(x); at 0 it has a value, 0, for n = -1/2, -3/2, ... only, where it is J_-n or -J_-n."""
    if start == 0 and n < 0 and (n - b.arb(0.5)).is_integer():
        return b.arb(0)
    return start.bessel_y(n)


_J = _cylinder(lambda b, n, x: x.bessel_j(n), 1, -1)
_Y = _cylinder(_second_kind, 1, -1)
_I = _cylinder(lambda b, n, x: x.bessel_i(n), 1, 1)
_K = _cylinder(lambda b, n, x: x.bessel_k(n), -1, -1)


def _damped(b: Any, n: Any, x: Any) -> Any:
    """exp(-x) I_n(x): smooth at 0, unlike ive."""
    return series(b, -x).exp() * _I(b, n, x)


def _scaled_ball(b: Any, n: Any, x: Any) -> Any:
    """exp(-|x|) I_n(x)."""
    return (-b.absolute(x)).exp() * _I(b, n, x)


def _unfolded_first(sign: int) -> Rule:
    """J_n for sign -1 and I_n for sign 1 at 0, n any. DLMF 10.2.2 and 10.25.2."""

    def rule(b: Any, n: Any, x: Any) -> Any:
        n, half = b.fixed(n), x / 2

        def coefficient(k: int) -> Any:
            return sign**k * (n + k + 1).rgamma() / b.arb(k + 1).gamma()

        return b.power(half, n) * entire(b, half * half, coefficient)

    return rule


def _unfolded_second(sign: int) -> Rule:
    """Y_n for sign -1 and K_n for sign 1 at 0. DLMF 10.2.3, 10.8.1, 10.27.4 and 10.31.1."""
    first = _unfolded_first(sign)

    def rule(b: Any, n: Any, x: Any) -> Any:
        n = b.fixed(n)
        if n.is_integer():
            return _of_whole_order_at_zero(b, sign, int(b.whole(n)), x)
        above, below = first(b, n, x), first(b, -n, x)
        if sign > 0:
            return b.pi / 2 / n.sin_pi() * (below - above)
        return 1 / n.sin_pi() * (n.cos_pi() * above - below)

    return rule


def _of_whole_order_at_zero(b: Any, sign: int, n: int, x: Any) -> Any:
    """pi Y_n = -poles + 2 log(x/2) J_n - rest, 2 K_n = poles - (-1)^n (2 log(x/2) I_n - rest)."""
    if n < 0:
        mirrored = _of_whole_order_at_zero(b, sign, -n, x)
        return mirrored if sign > 0 or n % 2 == 0 else -mirrored
    if n > MOST:
        raise ValueError("of too high an order")
    half, factorial = x / 2, [b.arb(k + 1).gamma() for k in range(n + 1)]

    def term(k: int) -> Any:
        return b.arb(sign**k) / b.arb(k + 1).gamma() / b.arb(n + k + 1).gamma()

    def weighted(k: int) -> Any:
        return term(k) * (b.arb(k + 1).digamma() + b.arb(n + k + 1).digamma())

    z = half * half
    logarithm = 2 * b.log(half) * entire(b, z, term) - entire(b, z, weighted)
    terms = (factorial[n - k - 1] / factorial[k] * (-sign * z) ** k for k in range(n))
    poles, rest = b.quotient(sum(terms, b.arb(0)), half**n), half**n * logarithm
    return (poles - (-1) ** n * rest) / 2 if sign > 0 else (rest - poles) * (1 / b.pi)


def _unfolded_scaled(b: Any, n: Any, x: Any) -> Any:
    """The same on the side that x moves to."""
    if not b.fixed(n).is_integer():
        return b.besseli_damped(n, x)
    sign = b.side(x)
    damped = b.besseli_damped(n, sign * x)
    even = (b.fixed(n) / 2).is_integer()
    return damped if sign >= 0 or even else -damped


def _scaled_side(f: Any, sign: Any, n: Any, x: Any) -> Any:
    """exp(-|x|) I_n(x) where x has that sign; I_n(-x) = (-1)^n I_n(x)."""
    parity = 1 - 2 * f.torch.remainder(n, 2)
    damped = f.besseli_damped(n, sign * x)
    return f.torch.where(sign < 0, parity * damped, damped)


def _scaled(f: Any, n: Any, x: Any) -> Any:
    return _scaled_side(f, 1 - 2.0 * (x < 0), n, x)


def _whole(f: Any, n: Any) -> Any:
    return n == f.torch.round(n)


def _of_whole_order(f: Any, n: Any, x: Any) -> Any:
    """Where a function that branches at 0 is not real."""
    return (x < 0) & (n != f.torch.round(n))


def _negative_order(f: Any, n: Any, x: Any) -> Any:
    return (x == 0) & (n < 0) & (n != f.torch.round(n))


def _reference(m: Any, n: Any, x: Any, sign: int) -> Any:
    """Y_n for sign -1 and K_n for sign 1; of whole order by DLMF 10.8.1 and 10.31.1.

    mpmath's own take seconds there for 1000 digits.
    """
    if n != m.floor(n) or n < 0 or x == 0 or abs(x) > 50:
        return m.besselk(n, x) if sign > 0 else m.bessely(n, x)
    n = int(n)
    with m.workdps(m.dps + int(abs(x)) + 10):
        z, half = x * x / 4, x / 2
        poles = m.fsum(m.factorial(n - k - 1) / m.factorial(k) * (-sign * z) ** k for k in range(n))
        total, term, k = m.mpf(0), half**n / m.factorial(n), 0
        harmonic = m.digamma(1) + m.digamma(n + 1)
        while abs(term * harmonic) > m.eps * abs(total) or k < 3:
            total += term * (2 * m.log(half) - harmonic)  # not real where x < 0
            k += 1
            term *= sign * z / (k * (n + k))
            harmonic += m.mpf(1) / k + m.mpf(1) / (n + k)
        if sign > 0:
            return poles / half**n / 2 - (-1) ** n * total / 2
        return (total - poles / half**n) / m.pi


_REFERENCES: dict[str, Rule] = {
    "j": lambda m, n, x: m.besselj(n, x),
    "y": lambda m, n, x: _reference(m, n, x, -1),
    "i": lambda m, n, x: m.besseli(n, x),
    "k": lambda m, n, x: _reference(m, n, x, 1),
}


def _of_order(letter: str, n: int) -> Op:
    """`j0(x)` and its like, and what torch calls it."""
    family = {"j": "bessel", "y": "bessel", "i": "modified_bessel", "k": "modified_bessel"}[letter]
    kind = "first" if letter in "ji" else "second"
    modified = "modified " if letter in "ik" else ""
    reference = _REFERENCES[letter]
    return Op(
        name=f"{letter}{n}",
        doc=f"{modified}Bessel function of the {kind} kind, order {n}",
        definition=f"bessel{letter}({n}, x)",
        mpmath=lambda m, x: reference(m, n, x),
        aliases=(f"{family}_{letter}{n}", *([f"bessel_{letter}{n}"] * (letter in "ik"))),
        domain=(POSITIVE,) if letter in "yk" else (),
    )


def _scaled_of_order(letter: str, n: int) -> Op:
    """`k0e(x)` and its like."""
    reference = _REFERENCES[letter]
    grows = letter == "i"
    factor = "-|x|" if grows else "x"
    return Op(
        name=f"{letter}{n}e",
        doc=f"scaled modified Bessel function exp({factor}) {letter.upper()}_{n}(x)",
        definition=f"{letter}ve({n}, x)",
        mpmath=lambda m, x: m.exp(-abs(x) if grows else x) * reference(m, n, x),
        aliases=() if grows else (f"scaled_modified_bessel_k{n}",),
        domain=() if grows else (POSITIVE,),
    )


OPS = (
    Op(
        name="besselj",
        doc="Bessel function J_n(x) of the first kind, n real",
        parameters=("n", "x"),
        torch=BY_BALLS,
        ball=_J,
        unfold=_unfolded_first(-1),
        fixed=(0,),
        mpmath="besselj",
        latex=r"J_{{{0}}}\left({1}\right)",
        aliases=("bessel_j", "jv", "BesselJ"),
        outside=_of_whole_order,
        pole=_negative_order,
    ),
    Op(
        name="bessely",
        doc="Bessel function Y_n(x) of the second kind, n real",
        parameters=("n", "x"),
        torch=BY_BALLS,
        ball=_Y,
        unfold=_unfolded_second(-1),
        fixed=(0,),
        mpmath=lambda m, n, x: _reference(m, n, x, -1),
        latex=r"Y_{{{0}}}\left({1}\right)",
        aliases=("bessel_y", "yv", "BesselY"),
        domain=(REALS, NON_NEGATIVE),
        pole=lambda f, n, x: (x == 0) & ((n > 0) | (n + 0.5 != f.torch.round(n + 0.5))),
    ),
    Op(
        name="besseli",
        doc="modified Bessel function I_n(x) of the first kind, n real",
        parameters=("n", "x"),
        torch=BY_BALLS,
        ball=_I,
        unfold=_unfolded_first(1),
        fixed=(0,),
        mpmath="besseli",
        latex=r"I_{{{0}}}\left({1}\right)",
        aliases=("bessel_i", "iv", "BesselI"),
        outside=_of_whole_order,
        pole=_negative_order,
    ),
    Op(
        name="besselk",
        doc="modified Bessel function K_n(x) of the second kind, n real",
        parameters=("n", "x"),
        torch=BY_BALLS,
        ball=_K,
        unfold=_unfolded_second(1),
        fixed=(0,),
        mpmath=lambda m, n, x: _reference(m, n, x, 1),
        latex=r"K_{{{0}}}\left({1}\right)",
        aliases=("bessel_k", "kv", "BesselK"),
        domain=(REALS, POSITIVE),
    ),
    *(_of_order(letter, n) for letter in "jyik" for n in (0, 1)),
    Op(
        name="ive",
        doc="scaled modified Bessel function exp(-|x|) I_n(x)",
        parameters=("n", "x"),
        torch=_scaled,
        ball=_scaled_ball,
        unfold=_unfolded_scaled,
        fixed=(0,),
        mpmath=lambda m, n, x: m.exp(-abs(x)) * m.besseli(n, x),
        outside=_of_whole_order,
        pole=_negative_order,
        switch=Switch(distance=lambda f, n, x: x, side=_scaled_side, continuous=True),
    ),
    Op(
        name="besseli_damped",
        doc="exp(-x) I_n(x)",
        parameters=("n", "x"),
        torch=BY_BALLS,
        ball=_damped,
        unfold=lambda b, n, x: b.exp(-x) * b.besseli(n, x),
        fixed=(0,),
        mpmath=lambda m, n, x: m.exp(-x) * m.besseli(n, x),
        outside=_of_whole_order,
        pole=_negative_order,
        hidden=True,
    ),
    Op(
        name="kve",
        doc="scaled modified Bessel function exp(x) K_n(x)",
        parameters=("n", "x"),
        torch=BY_BALLS,
        ball=lambda b, n, x: series(b, x).exp() * _K(b, n, x),
        unfold=lambda b, n, x: b.exp(x) * b.besselk(n, x),
        fixed=(0,),
        mpmath=lambda m, n, x: m.exp(x) * _reference(m, n, x, 1),
        domain=(REALS, POSITIVE),
    ),
    *(_scaled_of_order(letter, n) for letter in "ik" for n in (0, 1)),
)
