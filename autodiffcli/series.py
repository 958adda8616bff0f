"""Truncated power series in torch: the recurrences that the Taylor rules are made of.

A series is a tensor of Taylor coefficients u_k = u^(k)/k!, shape (rows, points), and `rows` of a
result is one more than the order that is asked for. A series may have fewer rows than that: the
rest is known to be 0, so that x has 2 rows, x^2 has 3, and 1/(1 + x^2) costs two products per
order. A number of the source has shape (1,), without points.

Recurrences push: once coefficient k is known, one product adds all that it contributes to the
later ones, so that order K takes K kernels, not K^2. Nothing is read beyond the rows there are:
a 0 that is known must not meet an infinity.
Source: A. Griewank and A. Walther, Evaluating Derivatives, 2nd ed. (2008), chapter 13,
tables 13.1 and 13.2.
"""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor


@cache
def counted(rows: int, dtype: torch.dtype) -> tuple[Tensor, tuple[Tensor, ...]]:
    """1, 2, ..., rows as a column, shape (rows, 1), and as tensors of shape ()."""
    column = torch.arange(1.0, rows + 1).to(dtype)[:, None]
    return column, column[:, 0].unbind()


@cache
def _over_factorials(rows: int, dtype: torch.dtype) -> Tensor:
    """1/k!, shape (rows, 1)."""
    return torch.exp(-torch.lgamma(counted(rows, torch.float64)[0])).to(dtype)


def derivative(u: Tensor) -> Tensor:
    """u', one row less, and never none."""
    if len(u) == 1:
        return torch.zeros_like(u)
    return u[1:] * counted(len(u) - 1, u.dtype)[0]


def integral(start: Tensor, slope: Tensor, rows: int) -> Tensor:
    """The series with that first coefficient, shape (points,), and that derivative."""
    slope = slope[: rows - 1]
    found = slope.new_empty(len(slope) + 1, slope.shape[1])
    found[0] = start
    torch.div(slope, counted(len(slope), slope.dtype)[0], out=found[1:])
    return found


def with_value(u: Tensor, start: Tensor) -> Tensor:
    """The series with another first coefficient; u itself is changed."""
    u[0] = start
    return u


def geometric(r: Tensor, rows: int) -> Tensor:
    """1, r, r^2, ..., shape (rows, points), by doubling."""
    found = r.new_empty(rows, *r.shape)
    found[0] = 1.0
    if rows > 1:
        found[1] = r
    known = 1
    while known < rows - 1:
        more = min(known, rows - 1 - known)
        torch.mul(found[1 : 1 + more], found[known], out=found[known + 1 : known + 1 + more])
        known += more
    return found


# -- sums and products


def total(a: Tensor, b: Tensor, sign: int = 1) -> Tensor:
    """a + b, or a - b."""
    if len(a) == len(b):
        return torch.add(a, b, alpha=sign)
    if len(a) > len(b):
        found = a.clone()
        found[: len(b)].add_(b, alpha=sign)
        return found
    found = b.clone() if sign > 0 else -b
    found[: len(a)].add_(a)
    return found


def product(a: Tensor, b: Tensor, rows: int) -> Tensor:
    """a b."""
    if a is b:
        return square(a, rows)
    if len(a) < len(b):
        a, b = b, a
    if len(b) == 1:
        return a * b
    size, high = min(rows, len(a) + len(b) - 1), len(a)
    found = a.new_empty(size, a.shape[1]) if size == high else a.new_zeros(size, a.shape[1])
    for i, factor in enumerate(b.unbind()[:size]):
        count = min(high, size - i)
        if i:
            found[i : i + count].addcmul_(a[:count], factor)
        else:
            torch.mul(a[:count], factor, out=found[:count])
    return found


def square(u: Tensor, rows: int) -> Tensor:
    """u u, each mixed product once."""
    if len(u) == 1:
        return u * u
    size = min(rows, 2 * len(u) - 1)
    found = u.new_zeros(size, u.shape[1])
    half, high = (size + 1) // 2, len(u)
    torch.mul(u[:half], u[:half], out=found[::2])
    for i, factor in enumerate(u.unbind()[:half]):
        end = min(size, i + high)
        if end > 2 * i + 1:
            found[2 * i + 1 : end].addcmul_(u[i + 1 : end - i], factor, value=2)
    return found


def quotient(a: Tensor, b: Tensor, rows: int) -> Tensor:
    """a / b, from q b = a."""
    if len(b) == 1:
        return a / b
    lead = b[:1]
    if len(a) == 1 and len(b) == 2:
        return geometric(-b[1] / b[0], rows).mul_(a / lead)
    scaled = b[1:rows] / lead
    found = b.new_zeros(rows, b.shape[1])
    torch.div(a[:rows], lead, out=found[: len(a)])
    done, high = found.unbind(), len(scaled)
    for k in range(rows - 1):
        count = min(high, rows - 1 - k)
        found[k + 1 : k + 1 + count].addcmul_(scaled[:count], done[k], value=-1)
    return found


# -- solutions of differential equations


def along(start: Tensor, slope: Tensor, u: Tensor, rows: int) -> Tensor:
    """v' = slope u' for a slope that is known as a series."""
    return integral(start, product(slope[: rows - 1], derivative(u), rows - 1), rows)


def logarithm(start: Tensor, u: Tensor, rows: int) -> Tensor:
    """v' = u'/u."""
    return integral(start, quotient(derivative(u), u, rows - 1), rows)


def exponential(start: Tensor, slope: Tensor, rows: int) -> Tensor:
    """v' = slope v: with slope = u' it is e^u."""
    if len(slope) == 1:
        return geometric(slope[0], rows).mul_(_over_factorials(rows, slope.dtype)).mul_(start)
    found = slope.new_zeros(rows, slope.shape[1])
    found[0] = start
    done, counts, high = found.unbind(), counted(rows, slope.dtype)[1], len(slope)
    for k in range(rows - 1):
        count = min(high, rows - 1 - k)
        found[k + 1 : k + 1 + count].addcmul_(slope[:count], done[k])
        done[k + 1].div_(counts[k])
    return found


def wave(start: Tensor, slope: Tensor, u: Tensor, sign: int, rows: int) -> Tensor:
    """v of v' = w u', w' = sign v u'; v and w begin with `start` and `slope`."""
    if len(u) == 2:
        found = geometric(u[1], rows).mul_(_over_factorials(rows, u.dtype))
        for k, turn in enumerate((start, slope, start * sign, slope * sign)):
            found[k::4].mul_(turn)
        return found
    change = derivative(u)
    v, w = change.new_zeros(2, rows, u.shape[1]).unbind()
    v[0], w[0] = start, slope
    vs, ws, counts = v.unbind(), w.unbind(), counted(rows, u.dtype)[1]
    high = len(change)
    for k in range(rows - 1):
        count = min(high, rows - 1 - k)
        pushed, here = change[:count], slice(k + 1, k + 1 + count)
        v[here].addcmul_(pushed, ws[k])
        w[here].addcmul_(pushed, vs[k], value=sign)
        vs[k + 1].div_(counts[k])
        ws[k + 1].div_(counts[k])
    return v


def riccati(start: Tensor, slope: Tensor, u: Tensor, sign: int, rows: int) -> Tensor:
    """v' = g u' with g = constant + sign v^2.

    slope  the first coefficient of g by a kernel of its own: that sum cancels in a tail, while
           the later coefficients do not
    """
    change = derivative(u)
    v, g = change.new_zeros(2, rows, u.shape[1]).unbind()
    v[0], g[0] = start, slope
    vs, gs, counts, high = v.unbind(), g.unbind(), counted(rows, u.dtype)[1], len(change)
    lead = start * (2 * sign)
    steps = (change / counted(rows, u.dtype)[0]).unbind() if high == 1 else ()
    for k in range(rows - 1):
        if k:  # g is final at k, and what v_k adds to v^2 goes to later rows
            gs[k].addcmul_(vs[k], lead)
            end = min(rows, 2 * k)
            if end > k + 1:
                g[k + 1 : end].addcmul_(v[1 : end - k], vs[k], value=2 * sign)
            if 2 * k < rows:
                gs[2 * k].addcmul_(vs[k], vs[k], value=sign)
        if high == 1:
            torch.mul(gs[k], steps[k], out=vs[k + 1])
        else:
            count = min(high, rows - 1 - k)
            v[k + 1 : k + 1 + count].addcmul_(change[:count], gs[k])
            vs[k + 1].div_(counts[k])
    return v


# -- functions with a series of their own


def bell(u: Tensor, sign: int, rows: int) -> Tensor:
    """2/sqrt(pi) exp(sign u^2); the square is split, or its rounding error would be multiplied."""
    near = torch.clamp(u[0], -1000, 1000)
    coarse = torch.round(near * 32) / 32
    rest = (near - coarse) * (near + coarse)
    start = torch.exp(sign * coarse * coarse) * torch.exp(sign * rest) * (2 / math.sqrt(math.pi))
    return exponential(start, derivative(square(u, rows)) * sign, rows)


def digamma_expansion(start: Tensor, x: Tensor, rows: int) -> Tensor:
    """Taylor coefficients of psi by x, shape (rows, points): (-1)^(k+1) zeta(k+1, x) for k > 0.

    Source: Abramowitz & Stegun 6.4.10.
    """
    k = counted(rows - 1, x.dtype)[0]
    sign = 1 - 2 * ((k + 1) % 2)
    return torch.cat((start[None], sign * torch.special.zeta(k + 1, x)))


# -- composition


def compose(outer: Tensor, u: Tensor, rows: int) -> Tensor:
    """f(u) from the Taylor coefficients of f at u[0], shape (rows, points), by Horner's rule."""
    if len(u) == 2:
        return outer * geometric(u[1], rows)
    inner = u[1:rows]
    found = outer[rows - 1 :].clone()
    for k in range(rows - 2, -1, -1):
        lower = product(found, inner, rows - 1 - k)
        found = torch.cat((outer[k : k + 1], lower))
    return found


def select(condition: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """a where the condition holds, shape (points,) or (); else b."""
    rows = max(len(a), len(b))
    return torch.where(condition, _padded(a, rows), _padded(b, rows))


def _padded(u: Tensor, rows: int) -> Tensor:
    if len(u) == rows:
        return u
    u = u.reshape(len(u), -1)
    return torch.cat((u, u.new_zeros(rows - len(u), u.shape[1])))
