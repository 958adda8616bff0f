"""Kinks, jumps, comparisons and choice."""

from __future__ import annotations

import operator
from typing import Any

from autodiffcli.ops.op import Infix, Op, Rule, Switch

OR, AND, NOT, COMPARISON = 20, 30, 40, 50


def _nearest(f: Any, x: Any) -> Any:
    return f.torch.round(x.detach())


def _steps_at_integers(side: Rule) -> Switch:
    return Switch(distance=lambda f, x: x - _nearest(f, x), side=side, continuous=False)


def _trunc_side(f: Any, sign: Any, x: Any) -> Any:
    n = _nearest(f, x)
    beyond = f.torch.sign(n) * sign < 0  # moving towards 0 from a whole number
    return n - f.torch.sign(n) * beyond


def _comparison(name: str, doc: str, symbols: tuple[str, ...], torch: str, side: Rule) -> Op:
    return Op(
        name=name,
        doc=doc,
        parameters=("a", "b"),
        torch=torch,
        ball=lambda b, a, c: getattr(operator, name)(b.side(a - c), 0),
        mpmath=lambda m, a, b: getattr(a, f"__{name}__")(b),
        latex="{0} " + symbols[0] + " {1}",
        infix=Infix(symbols, COMPARISON),
        switch=Switch(distance=lambda f, a, b: a * 1.0 - b * 1.0, side=side, continuous=False),
        constant=True,
        truth=True,
    )


def _choice(f: Any, condition: Any, a: Any, b: Any) -> Any:
    return f.torch.where(condition, a, b)


_DIFFERENCE = lambda f, a, b: a - b  # noqa: E731  a rule among rules

OPS = (
    Op(
        name="abs",
        doc="absolute value; |x| is the same",
        torch="abs",
        symbolic=(lambda f, x: f.sign(x),),
        taylor=lambda s, x: s.with_value(x * s.value("sign", x), s.value("abs", x)),
        ball=lambda b, x: b.absolute(x),
        mpmath=lambda m, x: abs(x),
        latex=r"\left|{0}\right|",
        switch=Switch(
            distance=lambda f, x: x,
            side=lambda f, sign, x: sign * x + 0.0,  # not -0.0, whose root has slope -inf
            continuous=True,
        ),
    ),
    Op(
        name="sign",
        doc="-1, 0 or 1",
        ball=lambda b, x: b.side(x),
        mpmath="sign",
        latex=r"\operatorname{{sgn}}\left({0}\right)",
        aliases=("sgn",),
        switch=Switch(
            distance=lambda f, x: x,
            side=lambda f, sign, x: sign * f.torch.ones_like(x),
            continuous=False,
        ),
        constant=True,
    ),
    Op(
        name="floor",
        doc="largest whole number that is not above x",
        ball=lambda b, x: b.floor(x),
        mpmath="floor",
        latex=r"\left\lfloor {0} \right\rfloor",
        switch=_steps_at_integers(lambda f, sign, x: _nearest(f, x) - (sign < 0) * 1.0),
        constant=True,
    ),
    Op(
        name="ceil",
        doc="smallest whole number that is not below x",
        ball=lambda b, x: -b.floor(-x),
        mpmath="ceil",
        latex=r"\left\lceil {0} \right\rceil",
        aliases=("ceiling",),
        switch=_steps_at_integers(lambda f, sign, x: _nearest(f, x) + (sign > 0) * 1.0),
        constant=True,
    ),
    Op(
        name="round",
        doc="nearest whole number, halves to even",
        ball=lambda b, x: b.nearest(x),
        mpmath="nint",
        switch=Switch(
            distance=lambda f, x: x - (f.torch.floor(x.detach()) + 0.5),
            side=lambda f, sign, x: f.torch.floor(x.detach()) + (sign > 0) * 1.0,
            continuous=False,
        ),
        constant=True,
    ),
    Op(
        name="trunc",
        doc="x without its fraction",
        ball=lambda b, x: b.side(x) * b.floor(b.side(x) * x),
        mpmath=lambda m, x: m.sign(x) * m.floor(abs(x)),
        switch=_steps_at_integers(_trunc_side),
        constant=True,
    ),
    Op(
        name="frac",
        doc="x - trunc(x)",
        definition="x - trunc(x)",
        mpmath=lambda m, x: x - m.sign(x) * m.floor(abs(x)),
    ),
    Op(
        name="heaviside",
        doc="0 below 0, h at 0, 1 above",
        parameters=("x", "h"),
        overloads={1: "unit_step"},
        definition="where(x < 0, 0, where(x > 0, 1, h))",
        mpmath=lambda m, x, h: m.mpf(0) if x < 0 else m.mpf(1) if x > 0 else h,
    ),
    Op(
        name="unit_step",
        doc="0 below 0, 1/2 at 0, 1 above",
        definition="where(x < 0, 0, where(x > 0, 1, 1/2))",
        mpmath=lambda m, x: (1 + m.sign(x)) / 2,
    ),
    Op(
        name="max",
        doc="the larger one; max(A) is the largest entry of a tensor",
        parameters=("a", "b"),
        variadic=True,
        overloads={1: "amax"},
        torch="maximum",
        taylor=lambda s, a, b: s.with_value(s.select(a[0] >= b[0], a, b), s.value("max", a, b)),
        ball=lambda b, a, c: a if b.side(a - c) >= 0 else c,
        mpmath=lambda m, a, b: max(a, b),
        latex=r"\max\left({0}, {1}\right)",
        aliases=("maximum",),
        switch=Switch(
            distance=_DIFFERENCE,
            side=lambda f, sign, a, b: f.torch.where(sign > 0, a, b),
            continuous=True,
        ),
    ),
    Op(
        name="min",
        doc="the smaller one; min(A) is the smallest entry of a tensor",
        parameters=("a", "b"),
        variadic=True,
        overloads={1: "amin"},
        torch="minimum",
        taylor=lambda s, a, b: s.with_value(s.select(a[0] <= b[0], a, b), s.value("min", a, b)),
        ball=lambda b, a, c: a if b.side(a - c) <= 0 else c,
        mpmath=lambda m, a, b: min(a, b),
        latex=r"\min\left({0}, {1}\right)",
        aliases=("minimum",),
        switch=Switch(
            distance=_DIFFERENCE,
            side=lambda f, sign, a, b: f.torch.where(sign > 0, b, a),
            continuous=True,
        ),
    ),
    Op(
        name="clamp",
        doc="x held between low and high",
        parameters=("x", "low", "high"),
        definition="min(max(x, low), high)",
        mpmath=lambda m, x, low, high: min(max(x, low), high),
        aliases=("clip",),
    ),
    Op(
        name="where",
        doc="a where the condition holds, else b; `a if c else b` is the same",
        parameters=("c", "a", "b"),
        torch=_choice,
        taylor=lambda s, c, a, b: s.select(c[0], a, b),
        ball=lambda b, c, a, d: a if c else d,
        mpmath=lambda m, c, a, b: a if c else b,
        latex=r"\begin{{cases}} {1} & {0} \\ {2} & \text{{otherwise}} \end{{cases}}",
    ),
    Op(
        name="piecewise",
        doc="the value of the first condition that holds, piecewise(c: a, ..., otherwise)",
        parameters=("c", "a", "otherwise"),
        variadic=True,
        definition="where(c, a, otherwise)",
        mpmath=lambda m, c, a, b: a if c else b,
    ),
    _comparison("lt", "a is less than b", ("<",), "lt", lambda f, sign, a, b: sign < 0),
    _comparison("le", "a is at most b", ("<=", "≤"), "le", lambda f, sign, a, b: sign < 0),
    _comparison("gt", "a is greater than b", (">",), "gt", lambda f, sign, a, b: sign > 0),
    _comparison("ge", "a is at least b", (">=", "≥"), "ge", lambda f, sign, a, b: sign > 0),
    _comparison("eq", "a equals b", ("==",), "eq", lambda f, sign, a, b: sign * 0 > 0),
    _comparison("ne", "a differs from b", ("!=", "≠"), "ne", lambda f, sign, a, b: sign * 0 == 0),
    Op(
        name="and",
        doc="both hold",
        parameters=("a", "b"),
        torch="logical_and",
        ball=lambda b, a, c: bool(a) and bool(c),
        mpmath=lambda m, a, b: bool(a) and bool(b),
        latex=r"{0} \wedge {1}",
        infix=Infix(("and", "∧"), AND),
        constant=True,
        truth=True,
    ),
    Op(
        name="or",
        doc="at least one holds",
        parameters=("a", "b"),
        torch="logical_or",
        ball=lambda b, a, c: bool(a) or bool(c),
        mpmath=lambda m, a, b: bool(a) or bool(b),
        latex=r"{0} \vee {1}",
        infix=Infix(("or", "∨"), OR),
        constant=True,
        truth=True,
    ),
    Op(
        name="not",
        doc="does not hold",
        torch="logical_not",
        ball=lambda b, x: not x,
        mpmath=lambda m, x: not x,
        latex=r"\neg {0}",
        infix=Infix(("not", "¬"), NOT, place="prefix"),
        constant=True,
        truth=True,
    ),
)
