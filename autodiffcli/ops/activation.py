"""Functions that neural networks are made of."""

from __future__ import annotations

from typing import Any

from autodiffcli.ops.op import POSITIVE, REALS, Interval, Op, Switch
from autodiffcli.ops.recurrences import integrated, series

_SELU = "1.0507009873554804934"  # Klambauer et al., Self-normalizing neural networks (2017)
_SELU_ALPHA = "1.7580993408473768599"  # the scale times their alpha


def _sigmoid_ball(b: Any, x: Any) -> Any:
    u = series(b, x)
    if u[0] < 0:
        return u.exp() / (1 + u.exp())
    return 1 / (1 + (-u).exp())


def _softplus_ball(b: Any, x: Any) -> Any:
    return integrated(b, x, lambda u: u.exp().log1p(), lambda u: _sigmoid_ball(b, u))


def _tanhshrink(f: Any, x: Any) -> Any:
    """x - tanh(x), near 0 as (x cosh(x) - sinh(x))/cosh(x), whose series has positive terms only.

    x cosh(x) - sinh(x) = sum of 2k x^(2k+1)/(2k+1)!
    """
    near = f.torch.abs(x) < 1
    u = f.torch.where(near, x, 0.0)
    term, total = u, f.torch.zeros_like(u)
    for k in range(1, 11):
        term = term * u * u / (2 * k * (2 * k + 1))
        total = total + 2 * k * term
    return f.torch.where(near, total / f.torch.cosh(u), x - f.torch.tanh(x))


def _celu_series(s: Any, x: Any, a: Any) -> Any:
    below = s.product(a, s.expm1(s.quotient(x, a)))
    return s.with_value(s.select(x[0] < 0, below, x), s.value("celu", x, a))


def _softsign_series(s: Any, x: Any) -> Any:
    """x/(1 + |x|) = s - s/(1 + |x|) with s the sign of x, which does not cancel from order 1 on."""
    side = 2 * (x[0] >= 0) - 1
    rest = s.quotient(s.number(-1), s.total(x * side, s.number(1)))
    return s.with_value(rest * side, s.value("softsign", x))


def _below(f: Any, x: Any) -> Any:
    """x where it is negative, 0 elsewhere."""
    return f.torch.where(x < 0, x, 0.0)


def _celu_rate(f: Any, x: Any) -> Any:
    """exp(x) - 1 - x exp(x) = -sum of (k - 1) x^k/k! for x <= 0, term by term near 0."""
    near = x > -1
    u = f.torch.where(near, x, 0.0)
    term, total = u, f.torch.zeros_like(u)
    for k in range(2, 22):
        term = term * u / k
        total = total - (k - 1) * term
    return f.torch.where(near, total, f.torch.expm1(x) - x * f.torch.exp(x))


OPS = (
    Op(
        name="sigmoid",
        doc="logistic function 1/(1 + exp(-x))",
        slope=(lambda f, x: f.sech_squared(x / 2) / 4,),
        taylor=lambda s, x: s.with_value(s.tanh(x / 2) / 2, s.value("sigmoid", x)),
        ball=_sigmoid_ball,
        mpmath=lambda m, x: 1 / (1 + m.exp(-x)),
        latex=r"\sigma\left({0}\right)",
        aliases=("logistic", "expit"),
        source="torch's y (1 - y) is 0 beyond 37 (pytorch#195681)",
    ),
    Op(
        name="logsigmoid",
        doc="log(sigmoid(x))",
        definition="-softplus(-x)",
        mpmath=lambda m, x: -m.log1p(m.exp(-x)),
        aliases=("log_sigmoid", "log_expit"),
    ),
    Op(
        name="softplus",
        doc="log(1 + exp(x)), a smooth max(x, 0)",
        # not nn.functional.softplus: above 20 it returns x, off by 6e-11 there
        torch=lambda f, x: f.torch.logaddexp(x, f.torch.zeros_like(x)),
        slope=(lambda f, x: f.sigmoid(x),),
        taylor=lambda s, x: s.along(s.value("softplus", x), s.sigmoid(x), x),
        ball=_softplus_ball,
        mpmath=lambda m, x: m.log1p(m.exp(x)),
        aliases=("log1pexp",),
    ),
    Op(
        name="relu",
        doc="max(x, 0)",
        definition="max(x, 0)",
        mpmath=lambda m, x: max(x, m.mpf(0)),
    ),
    Op(
        name="relu6",
        doc="max(x, 0), but 6 at most",
        definition="clamp(x, 0, 6)",
        mpmath=lambda m, x: min(max(x, m.mpf(0)), m.mpf(6)),
    ),
    Op(
        name="leaky_relu",
        doc="x, and 0.01 x where x < 0; leaky_relu(x, a) has slope a there",
        overloads={2: "prelu"},
        definition="where(x < 0, 0.01*x, x)",
        mpmath=lambda m, x: x / 100 if x < 0 else x,
    ),
    Op(
        name="prelu",
        doc="x, and a x where x < 0",
        parameters=("x", "a"),
        definition="where(x < 0, a*x, x)",
        mpmath=lambda m, x, a: a * x if x < 0 else x,
    ),
    Op(
        name="elu",
        doc="x, and exp(x) - 1 where x < 0; elu(x, a) is a (exp(x) - 1) there",
        overloads={2: "scaled_elu"},
        definition="where(x < 0, expm1(x), x)",
        mpmath=lambda m, x: m.expm1(x) if x < 0 else x,
    ),
    Op(
        name="scaled_elu",
        doc="x, and a (exp(x) - 1) where x < 0",
        parameters=("x", "a"),
        definition="where(x < 0, a*expm1(x), x)",
        mpmath=lambda m, x, a: a * m.expm1(x) if x < 0 else x,
    ),
    Op(
        name="celu",
        doc="x, and a (exp(x/a) - 1) where x < 0; celu(x) has a = 1",
        parameters=("x", "a"),
        overloads={1: "elu"},
        torch=lambda f, x, a: f.torch.where(x < 0, a * f.torch.expm1(_below(f, x) / a), x),
        slope=(
            lambda f, x, a: f.torch.where(x < 0, f.exp(_below(f, x) / a), 1.0),
            lambda f, x, a: f.torch.where(x < 0, f.celu_rate(_below(f, x) / a), 0.0),
        ),
        symbolic=(
            lambda f, x, a: f.where(f.lt(x, 0), f.exp(x / a), 1),
            lambda f, x, a: f.where(f.lt(x, 0), f.celu_rate(x / a), 0),
        ),
        taylor=_celu_series,
        ball=lambda b, x, a: a * b.expm1(b.quotient(x, a)) if b.side(x) < 0 else x,
        mpmath=lambda m, x, a: a * m.expm1(x / a) if x < 0 else x,
        domain=(REALS, POSITIVE),
        switch=Switch(
            distance=lambda f, x, a: x,
            side=lambda f, sign, x, a: f.torch.where(sign < 0, a * f.expm1(x / a), x),
            continuous=True,
        ),
    ),
    Op(
        name="celu_rate",
        doc="exp(x) - 1 - x exp(x), what celu changes by with its a",
        torch=_celu_rate,
        slope=(lambda f, x: -x * f.exp(x),),
        ball=lambda b, x: b.exp(x) - 1 - x * b.exp(x),
        mpmath=lambda m, x: m.expm1(x) - x * m.exp(x),
        domain=(Interval(high=0, high_closed=True),),
        hidden=True,
    ),
    Op(
        name="selu",
        doc="scaled elu of self-normalizing networks",
        definition=f"where(x < 0, {_SELU_ALPHA}*expm1(x), {_SELU}*x)",
        mpmath=lambda m, x: m.mpf(_SELU_ALPHA) * m.expm1(x) if x < 0 else m.mpf(_SELU) * x,
    ),
    Op(
        name="silu",
        doc="x sigmoid(x)",
        definition="x*sigmoid(x)",
        mpmath=lambda m, x: x / (1 + m.exp(-x)),
        aliases=("swish",),
    ),
    Op(
        name="gelu",
        doc="x ndtr(x), with the error function",
        definition="x*ndtr(x)",
        mpmath=lambda m, x: x * m.ncdf(x),
    ),
    Op(
        name="gelu_tanh",
        doc="gelu with ndtr(x) = (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))/2",
        definition="x*sigmoid(sqrt(8/pi)*(x + 0.044715*x^3))",
        mpmath=lambda m, x: x / (1 + m.exp(-m.sqrt(8 / m.pi) * (x + m.mpf("0.044715") * x**3))),
    ),
    Op(
        name="mish",
        doc="x tanh(softplus(x))",
        definition="x*tanh(softplus(x))",
        mpmath=lambda m, x: x * m.tanh(m.log1p(m.exp(x))),
    ),
    Op(
        name="softsign",
        doc="x/(1 + |x|)",
        torch=lambda f, x: x / (1 + f.torch.abs(x)),
        slope=(lambda f, x: f.softsign_rest(x) * f.softsign_rest(x),),
        taylor=_softsign_series,
        ball=lambda b, x: x / (1 + b.absolute(x)),
        mpmath=lambda m, x: x / (1 + abs(x)),
        switch=Switch(
            distance=lambda f, x: x,
            side=lambda f, sign, x: x / (1 + sign * x),
            continuous=True,
        ),
        source="torch's quotient rule cancels away from 0",
    ),
    Op(
        name="softsign_rest",
        doc="1/(1 + |x|)",
        torch=lambda f, x: 1 / (1 + f.torch.abs(x)),
        ball=lambda b, x: 1 / (1 + b.absolute(x)),
        slope=(lambda f, x: -f.sign(x) * f.softsign_rest(x) * f.softsign_rest(x),),
        hidden=True,
    ),
    Op(
        name="tanhshrink",
        doc="x - tanh(x), exact near 0",
        torch=_tanhshrink,
        slope=(lambda f, x: f.tanh(x) * f.tanh(x),),
        taylor=lambda s, x: s.along(s.value("tanhshrink", x), s.square(s.tanh(x)), x),
        ball=lambda b, x: x - b.side_or_plus(x) * b.tanh(b.side_or_plus(x) * x),
        mpmath=lambda m, x: x - m.tanh(x),
    ),
    Op(
        name="softshrink",
        doc="x moved towards 0 by 1/2, or by a in softshrink(x, a), and 0 where it would cross",
        overloads={2: "shrink_by"},
        definition="where(x > 1/2, x - 1/2, where(x < -1/2, x + 1/2, 0))",
        mpmath=lambda m, x: m.sign(x) * max(abs(x) - m.mpf(1) / 2, m.mpf(0)),
    ),
    Op(
        name="shrink_by",
        doc="x moved towards 0 by a, and 0 where it would cross",
        parameters=("x", "a"),
        definition="where(x > a, x - a, where(x < -a, x + a, 0))",
        mpmath=lambda m, x, a: x - a if x > a else x + a if x < -a else m.mpf(0),
        aliases=("soft_threshold",),
    ),
    Op(
        name="hardshrink",
        doc="x, and 0 where |x| <= 1/2, or <= a in hardshrink(x, a)",
        overloads={2: "cut_below"},
        definition="where(abs(x) <= 1/2, 0, x)",
        mpmath=lambda m, x: m.mpf(0) if abs(x) <= 0.5 else x,
    ),
    Op(
        name="cut_below",
        doc="x, and 0 where |x| <= a",
        parameters=("x", "a"),
        definition="where(abs(x) <= a, 0, x)",
        mpmath=lambda m, x, a: m.mpf(0) if abs(x) <= a else x,
        aliases=("hard_threshold",),
    ),
    Op(
        name="hardtanh",
        doc="x held between -1 and 1",
        definition="clamp(x, -1, 1)",
        mpmath=lambda m, x: min(max(x, m.mpf(-1)), m.mpf(1)),
    ),
    Op(
        name="hardsigmoid",
        doc="x/6 + 1/2 held between 0 and 1",
        definition="clamp(x/6 + 1/2, 0, 1)",
        mpmath=lambda m, x: min(max(x / 6 + m.mpf(1) / 2, m.mpf(0)), m.mpf(1)),
    ),
    Op(
        name="hardswish",
        doc="x hardsigmoid(x)",
        definition="x*clamp(x/6 + 1/2, 0, 1)",
        mpmath=lambda m, x: x * min(max(x / 6 + m.mpf(1) / 2, m.mpf(0)), m.mpf(1)),
    ),
)
