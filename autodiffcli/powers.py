"""Power series of powers and roots, and of the inverse functions whose slope is a power.

Tensors and their shapes are those of `series`.
Source: A. Griewank and A. Walther, Evaluating Derivatives, 2nd ed. (2008), table 13.2.
"""

from __future__ import annotations

import torch
from torch import Tensor

from autodiffcli.series import along, compose, counted, geometric, product, quotient, square


def root(start: Tensor, u: Tensor, rows: int) -> Tensor:
    """The square root, from v v = u."""
    if len(u) == 2:
        if bool((u[0] == 0).any()):
            return compose(power_expansion(u[0], 0.5, rows), u, rows)
        return power(start, u, 0.5, rows)
    found = u.new_zeros(rows, u.shape[1])  # of v / start
    found[0] = 1.0
    torch.div(u[1:rows], u[0] * 2, out=found[1 : len(u)])
    done = found.unbind()
    for k in range(1, rows - 1):
        end = min(rows, 2 * k)
        if end > k + 1:
            found[k + 1 : end].addcmul_(found[1 : end - k], done[k], value=-1)
        if 2 * k < rows:
            done[2 * k].addcmul_(done[k], done[k], value=-0.5)
    return found.mul_(start)


def power(start: Tensor, u: Tensor, exponent: float | complex | Tensor, rows: int) -> Tensor:
    """u^p, from u v' = p v u'; u must not begin with 0.

    exponent  a number, or one per point
    """
    scaled = u[1:rows] / u[0]
    if len(scaled) == 1:
        return geometric(scaled[0], rows).mul_(_binomials(exponent, rows, u.dtype)).mul_(start)
    first = scaled * counted(len(scaled), u.dtype)[0] * exponent
    found = u.new_zeros(rows, u.shape[1])
    found[0] = start
    done, counts, high = found.unbind(), counted(rows, u.dtype)[1], len(scaled)
    for k in range(rows - 1):
        count = min(high, rows - 1 - k)
        weight = torch.add(first[:count], scaled[:count], alpha=-k)  # (p j - k) u_j / u_0
        found[k + 1 : k + 1 + count].addcmul_(weight, done[k])
        done[k + 1].div_(counts[k])
    return found


def whole_power(u: Tensor, exponent: int, rows: int) -> Tensor:
    """u^n for n > 0 by repeated squaring, which stands a u that begins with 0."""
    found = u
    for digit in bin(exponent)[3:]:
        found = square(found, rows)
        if digit == "1":
            found = product(found, u, rows)
    return found


def power_expansion(x: Tensor, exponent: float | complex | Tensor, rows: int) -> Tensor:
    """Taylor coefficients of x^p by x, shape (rows, points); right where x is 0."""
    shared = _binomials(exponent, rows, x.dtype)
    falling = exponent - (counted(rows, x.dtype)[0] - 1)
    return torch.where(shared == 0, shared, shared * torch.pow(x + 0.0, falling))


def _binomials(exponent: float | complex | Tensor, rows: int, dtype: torch.dtype) -> Tensor:
    """C(p, k), shape (rows, 1) or (rows, points)."""
    p = torch.as_tensor(exponent, dtype=dtype).reshape(1, -1)
    if rows == 1:
        return torch.ones_like(p)
    counts = counted(rows - 1, dtype)[0]
    factors = (p - (counts - 1)) / counts
    return torch.cat((torch.ones_like(p), torch.cumprod(factors, 0)))


def arc(start: Tensor, u: Tensor, scale: Tensor, sign: int, exponent: float, rows: int) -> Tensor:
    """v' = u' (s^2 + sign u^2)^p with s^2 = 1 or -1, for p = -1/2 and -1.

    scale  (s^2 + sign u[0]^2)^(-1/2), by which u is divided out, so that no square overflows
    """
    near = u * scale
    base = square(near, rows).mul_(sign)
    base[0] = 1.0
    if exponent == -1:
        return along(start, quotient(scale[None], base, rows - 1), near, rows)
    return along(start, power(torch.ones_like(scale), base, exponent, rows - 1), near, rows)
