"""Error functions, the gamma function and its relatives."""

from __future__ import annotations

import math
from typing import Any

from autodiffcli.ops.op import Op


def _gamma(f: Any, x: Any) -> Any:
    """Gamma(x) by the C library, element by element.

    torch has none, and exp(lgamma(x)) loses three digits and the sign.
    """
    flat = [_gamma_of(number) for number in x.detach().reshape(-1).tolist()]
    return f.torch.tensor(flat, dtype=x.dtype, device=x.device).reshape(x.shape)


def _gamma_of(number: float) -> float:
    try:
        return math.gamma(number)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


def _polygamma(f: Any, n: int, x: Any) -> Any:
    """psi^(n)(x) = (-1)^(n+1) n! zeta(n+1, x), n >= 1. Abramowitz & Stegun 6.4.10."""
    sign = 1.0 if n % 2 else -1.0
    order = f.torch.full_like(x, float(n + 1))
    return sign * math.factorial(n) * f.torch.special.zeta(order, x)


def _at_pole(f: Any, x: Any) -> Any:
    return (x <= 0) & (x == f.torch.round(x))


OPS = (
    Op(
        name="erf",
        doc="error function",
        torch="special.erf",
        mpmath="erf",
    ),
    Op(
        name="erfc",
        doc="complementary error function 1 - erf(x), exact in the tail",
        torch="special.erfc",
        mpmath="erfc",
    ),
    Op(
        name="gamma",
        doc="gamma function; gamma(n + 1) = n!",
        torch=_gamma,
        slope=(lambda f, x: f.gamma(x) * f.digamma(x),),
        mpmath="gamma",
        latex=r"\Gamma\left({0}\right)",
        aliases=("Gamma", "Γ"),
        pole=_at_pole,
    ),
    Op(
        name="lgamma",
        doc="log of |gamma(x)|",
        slope=(lambda f, x: f.digamma(x),),
        mpmath=lambda m, x: m.log(abs(m.gamma(x))),
        latex=r"\ln\left|\Gamma\left({0}\right)\right|",
        aliases=("loggamma", "gammaln"),
        pole=_at_pole,
    ),
    Op(
        name="digamma",
        doc="derivative of lgamma",
        slope=(lambda f, x: f.polygamma(1, x),),
        mpmath=lambda m, x: m.digamma(x),
        latex=r"\psi\left({0}\right)",
        aliases=("psi",),
        pole=_at_pole,
        source="torch's trigamma is good to 5e-10 only; the zeta rule to 1e-15",
    ),
    Op(
        name="polygamma",
        doc="n-th derivative of digamma",
        parameters=("n", "x"),
        torch=_polygamma,
        slope=(None, lambda f, n, x: f.polygamma(n + 1, x)),
        hidden=True,
    ),
    Op(
        name="factorial",
        doc="x! = gamma(x + 1)",
        definition="gamma(x + 1)",
        mpmath="factorial",
    ),
)
