"""Orthogonal polynomials of whole degree, by their three-term recurrences."""

from __future__ import annotations

import operator
from itertools import accumulate
from typing import Any

from autodiffcli.ops.op import BY_BALLS, Op, Rule
from autodiffcli.ops.recurrences import MOST, degree, fixed, series, three_terms

_SOURCE = "three-term recurrences of DLMF table 18.9.1"


def _legendre(b: Any, n: Any, x: Any) -> Any:
    return three_terms(b, degree(b, n), x, lambda k, p, q: ((2 * k + 1) * x * p - k * q) / (k + 1))


def _chebyshev(first: int) -> Rule:
    def rule(b: Any, n: Any, x: Any) -> Any:
        return three_terms(b, degree(b, n), first * x, lambda k, p, q: 2 * x * p - q)

    return rule


def _hermite(b: Any, n: Any, x: Any) -> Any:
    return three_terms(b, degree(b, n), 2 * x, lambda k, p, q: 2 * (x * p - k * q))


def _hermite_he(b: Any, n: Any, x: Any) -> Any:
    return three_terms(b, degree(b, n), x, lambda k, p, q: x * p - k * q)


def _laguerre(b: Any, n: Any, a: Any, x: Any) -> Any:
    a = fixed(b, a)
    return three_terms(
        b,
        degree(b, n),
        1 + a - x,
        lambda k, p, q: ((2 * k + 1 + a - x) * p - (k + a) * q) / (k + 1),
    )


def _gegenbauer(b: Any, n: Any, a: Any, x: Any) -> Any:
    a = fixed(b, a)
    return three_terms(
        b,
        degree(b, n),
        2 * a * x,
        lambda k, p, q: (2 * (k + a) * x * p - (k + 2 * a - 1) * q) / (k + 1),
    )


def _jacobi(b: Any, n: Any, p: Any, q: Any, x: Any) -> Any:
    """The sum of DLMF 18.5.8, which holds for all p and q."""
    p, q, count = fixed(b, p), fixed(b, q), degree(b, n)
    below, above = _powers(b, (x - 1) / 2, count), _powers(b, (x + 1) / 2, count)
    total = series(b, 0 * x)
    for k in range(count + 1):
        weight = _choose(b, count + p, count - k) * _choose(b, count + q, k)
        total = total + weight * below[k] * above[count - k]
    return total


def _powers(b: Any, x: Any, n: int) -> list[Any]:
    """1, x, ..., x^n by products: flint's power of a ball around 0 knows nothing."""
    return list(accumulate([x] * n, operator.mul, initial=series(b, b.arb(1))))


def _choose(b: Any, n: Any, k: int) -> Any:
    """n (n - 1) ... (n - k + 1)/k!."""
    return (n - k + 1).rising(b.arb(k)) / b.arb(k + 1).gamma()


def _no_degree(f: Any, n: Any, *others: Any) -> Any:
    return (n < 0) | (n > MOST) | (n != f.torch.round(n))


def _polynomial(
    name: str,
    what: str,
    parameters: tuple[str, ...],
    ball: Rule,
    latex: str,
    aliases: tuple[str, ...],
    reference: str = "",
    **more: Any,
) -> Op:
    return Op(
        name=name,
        doc=f"{what}, n whole and not negative",
        parameters=parameters,
        torch=BY_BALLS,
        ball=ball,
        fixed=tuple(range(len(parameters) - 1)),
        latex=latex,
        aliases=aliases,
        outside=_no_degree,
        source=_SOURCE,
        **{"mpmath": reference or name, **more},
    )


OPS = (
    _polynomial(
        "legendre",
        "Legendre polynomial P_n(x)",
        ("n", "x"),
        _legendre,
        r"P_{{{0}}}\left({1}\right)",
        ("legendrep", "legendre_p", "legendre_polynomial_p", "eval_legendre", "LegendreP"),
    ),
    _polynomial(
        "chebyshevt",
        "Chebyshev polynomial T_n(x) of the first kind",
        ("n", "x"),
        _chebyshev(1),
        r"T_{{{0}}}\left({1}\right)",
        ("chebyt", "chebyshev_t", "chebyshev_polynomial_t", "eval_chebyt", "ChebyshevT"),
        "chebyt",
    ),
    _polynomial(
        "chebyshevu",
        "Chebyshev polynomial U_n(x) of the second kind",
        ("n", "x"),
        _chebyshev(2),
        r"U_{{{0}}}\left({1}\right)",
        ("chebyu", "chebyshev_u", "chebyshev_polynomial_u", "eval_chebyu", "ChebyshevU"),
        "chebyu",
    ),
    _polynomial(
        "hermite",
        "Hermite polynomial H_n(x) of the physicists, 2x at n = 1",
        ("n", "x"),
        _hermite,
        r"H_{{{0}}}\left({1}\right)",
        ("hermiteh", "hermite_h", "hermite_polynomial_h", "eval_hermite", "HermiteH"),
    ),
    _polynomial(
        "hermite_he",
        "Hermite polynomial He_n(x) of probability, x at n = 1",
        ("n", "x"),
        _hermite_he,
        r"\mathit{{He}}_{{{0}}}\left({1}\right)",
        ("hermitee", "hermite_prob", "hermite_polynomial_he", "eval_hermitenorm"),
        mpmath=lambda m, n, x: m.hermite(n, x / m.sqrt(2)) / m.mpf(2) ** (n / 2),
    ),
    _polynomial(
        "laguerre",
        "Laguerre polynomial L_n(x)",
        ("n", "x"),
        lambda b, n, x: _laguerre(b, n, b.arb(0), x),
        r"L_{{{0}}}\left({1}\right)",
        ("laguerrel", "laguerre_l", "laguerre_polynomial_l", "eval_laguerre", "LaguerreL"),
        mpmath=lambda m, n, x: m.laguerre(n, 0, x),
        overloads={3: "assoc_laguerre"},
    ),
    _polynomial(
        "assoc_laguerre",
        "associated Laguerre polynomial L_n^(a)(x)",
        ("n", "a", "x"),
        _laguerre,
        r"L_{{{0}}}^{{({1})}}\left({2}\right)",
        ("genlaguerre", "eval_genlaguerre"),
        "laguerre",
    ),
    _polynomial(
        "gegenbauer",
        "Gegenbauer polynomial C_n^(a)(x)",
        ("n", "a", "x"),
        _gegenbauer,
        r"C_{{{0}}}^{{({1})}}\left({2}\right)",
        ("eval_gegenbauer", "GegenbauerC"),
    ),
    _polynomial(
        "jacobi",
        "Jacobi polynomial P_n^(a, b)(x)",
        ("n", "a", "b", "x"),
        _jacobi,
        r"P_{{{0}}}^{{({1}, {2})}}\left({3}\right)",
        ("eval_jacobi", "JacobiP"),
    ),
)
