"""The meaning of a tape as Taylor coefficients, each a further step of a tape.

What `jets` does with tensors is done here with formulas, once for all points: the recurrences of
the Taylor rules are written out, and what is 0 or 1 by its form is left out. At low orders the
formulas take a fraction of the time of the series themselves.
Source: A. Griewank and A. Walther, Evaluating Derivatives, 2nd ed. (2008), chapter 13,
tables 13.1 and 13.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from autodiffcli.diagnostics import wrong
from autodiffcli.interpreters.slopes import Factor, Over
from autodiffcli.interpreters.symbols import Symbol, Symbols
from autodiffcli.ops import OPS
from autodiffcli.ops.op import BY_BALLS, Op, Rule
from autodiffcli.program import Builder, Step

# Rules that look at the numbers, or call kernels of torch for the coefficients; those of erf
# split a square to keep its last digits. Their slopes say the same.
_BY_SLOPE = frozenset(
    {"erf", "erfc", "lgamma", "gamma", "digamma", "nthroot", "mod", "softsign", "hypot"}
    | {"sinc", "coth"}
)
# Their slopes in torch are exact where the formulas of `symbolic` cancel or have no kernel.
_SLOPES = frozenset({"hypot", "direction", "sinc", "digamma", "trigamma"})
_HIGHEST_POWER = 64  # whole exponents up to it are repeated products
_PLAIN_POWER = 4  # likewise for the value, whose kernel rounds once only


class Coefficients(tuple[Symbol, ...]):
    """Normalised Taylor coefficients u^(k)/k!; those beyond the last are 0."""

    __slots__ = ()

    def __neg__(self) -> Coefficients:
        return Coefficients(-u for u in self)

    def __mul__(self, factor: Any) -> Coefficients:
        return Coefficients(u * factor for u in self)

    def __truediv__(self, divisor: Any) -> Coefficients:
        return Coefficients(u / divisor for u in self)


def _total(a: Sequence[Symbol], b: Sequence[Symbol]) -> Coefficients:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    both = [u + v for u, v in zip(a, b, strict=False)]
    return Coefficients([*both, *longer[len(shorter) :]])


def _sum(terms: Iterable[Symbol], zero: Symbol) -> Symbol:
    found = zero
    for term in terms:
        found = found + term
    return found


class Formulas:
    """The `s` of the Taylor rules over formulas, and the meaning of the steps of a tape.

    symbols  writes the steps
    moving   the variable that moves, at pace 1; "" for none
    rows     of a full series, the order + 1
    """

    is_complex = False

    def __init__(self, builder: Builder, symbols: Symbols, moving: str, order: int) -> None:
        self.builder, self.symbols, self.moving, self.rows = builder, symbols, moving, order + 1

    # -- steps

    def input(self, name: str) -> Coefficients:
        """A variable: itself, and 1 where it moves."""
        point = self._at("input", (), name)
        moves = name == self.moving and self.rows > 1
        return Coefficients((point, self.symbols.one) if moves else (point,))

    def const(self, literal: str) -> Coefficients:
        """A number of the source."""
        return Coefficients((self._at("const", (), literal),))

    def apply(self, step: Step, operands: Sequence[Coefficients]) -> Coefficients:
        """The coefficients of a step, the first of them its value as it is written."""
        self.symbols.begin(step)
        return self.primitive(OPS[step.op], *operands)

    def primitive(self, op: Op, *operands: Any) -> Coefficients:
        """The coefficients of a primitive. Raises AdiffError where no formula is known."""
        given = [self._given(u) for u in operands]
        if op.mixes or op.torch == BY_BALLS or any(len(given[n]) > 1 for n in op.fixed):
            raise wrong("no-formula", f"no formula of a derivative of {op.name}")
        if op.constant or all(len(u) == 1 for u in given):
            return Coefficients((self.value(op.name, *given),))
        own = _OWN.get(op.name)
        if own is not None:
            return own(self, *given)
        if op.taylor is not None and op.name not in _BY_SLOPE:
            return _cut(op.taylor(self, *given), self.rows)
        return self._by_slope(op, given)

    def _by_slope(self, op: Op, operands: Sequence[Coefficients]) -> Coefficients:
        """v' = the sum of slope_i u_i', the slopes as series by their own formulas."""
        rules = op.slope if op.name in _SLOPES else op.symbolic or op.slope
        if not rules:
            raise wrong("no-formula", f"no formula of a derivative of {op.name}")
        start, zero = self.value(op.name, *operands), self.symbols.zero
        short = Formulas(self.builder, self.symbols, self.moving, self.rows - 2)
        near = [Coefficients(u[: self.rows - 1]) for u in operands]
        slope = Coefficients((zero,))
        for rule, whole in zip(rules, operands, strict=True):
            if len(whole) > 1:
                found = short.written(rule, op, near)
                slope = _total(slope, short.product(found, short.derivative(whole)))
        return self.integral(start, slope)

    def written(self, rule: Rule | None, op: Op, operands: Sequence[Coefficients]) -> Coefficients:
        """What a rule over primitives makes of series."""
        if rule is None:
            raise wrong("no-formula", f"no formula of a derivative of {op.name}")
        found = rule(Over(self), *(Factor(self, u) for u in operands))
        return self._given(found.series if isinstance(found, Factor) else found)

    def value(self, name: str, *operands: Any) -> Symbol:
        """A primitive of the first coefficients, as it is written; a small power is a product."""
        steps = tuple(self.symbols.step_of(self._given(u)[0]) for u in operands)
        n = self._given(operands[1])[0].value if name == "pow" else None
        if n in (2, 3, 4):
            square = self._at("mul", (steps[0], steps[0]), "")
            if n == 2:
                return square
            return self._at("mul", (square.step, square.step if n == 4 else steps[0]), "")
        if n == Fraction(1, 2):
            return self._at("sqrt", steps[:1], "")
        return self._at(name, steps, "")

    def _at(self, op: str, operands: tuple[int, ...], text: str) -> Symbol:
        return self.symbols.at(self.builder.add(op, operands, text, self.symbols.span))

    def _given(self, u: Any) -> Coefficients:
        if isinstance(u, Coefficients):
            return u
        return Coefficients((self.symbols.symbol(u),))

    # -- the rules' vocabulary

    def __getattr__(self, name: str) -> Callable[..., Coefficients]:
        """The primitive of that name, `s.exp`."""
        if name not in OPS:
            raise AttributeError(name)
        return partial(self.primitive, OPS[name])

    def number(self, value: Any) -> Coefficients:
        """A constant series."""
        return self._given(value)

    def cosine_of_atan(self, u: Coefficients) -> Symbol:
        """1/sqrt(1 + u^2) at the first coefficient."""
        return self.value("cos_atan", u)

    def with_value(self, u: Coefficients, start: Symbol) -> Coefficients:
        """The series with another first coefficient."""
        return Coefficients((start, *u[1:]))

    def total(self, a: Coefficients, b: Coefficients, sign: int = 1) -> Coefficients:
        """a + b, or a - b."""
        return _total(a, b if sign > 0 else -b)

    def derivative(self, u: Coefficients) -> Coefficients:
        """u'."""
        return Coefficients([v * k for k, v in enumerate(u) if k] or [self.symbols.zero])

    def integral(self, start: Symbol, slope: Coefficients) -> Coefficients:
        """The series with that first coefficient and that derivative."""
        return Coefficients((start, *(v / (k + 1) for k, v in enumerate(slope[: self.rows - 1]))))

    def product(self, a: Coefficients, b: Coefficients) -> Coefficients:
        """a b."""
        if a is b:
            return self.square(a)
        size = min(self.rows, len(a) + len(b) - 1)
        return Coefficients(self._convolved(a, b, k) for k in range(size))

    def _convolved(self, a: Sequence[Symbol], b: Sequence[Symbol], k: int) -> Symbol:
        pairs = range(max(0, k - len(b) + 1), min(k, len(a) - 1) + 1)
        return _sum((a[i] * b[k - i] for i in pairs), self.symbols.zero)

    def square(self, u: Coefficients) -> Coefficients:
        """u u, each mixed product once."""
        found = []
        for k in range(min(self.rows, 2 * len(u) - 1)):
            pairs = range(max(0, k - len(u) + 1), (k + 1) // 2)
            mixed = _sum((u[i] * u[k - i] for i in pairs), self.symbols.zero) * 2
            found.append(mixed + u[k // 2] * u[k // 2] if k % 2 == 0 else mixed)
        return Coefficients(found)

    def quotient(self, a: Coefficients, b: Coefficients) -> Coefficients:
        """a / b, from q b = a."""
        zero, lead = self.symbols.zero, b[0]
        found: list[Symbol] = []
        for k in range(self.rows if len(b) > 1 else min(self.rows, len(a))):
            known = _sum((b[j] * found[k - j] for j in range(1, min(k, len(b) - 1) + 1)), zero)
            found.append(((a[k] if k < len(a) else zero) - known) / lead)
        return Coefficients(found)

    def along(self, start: Symbol, slope: Coefficients, u: Coefficients) -> Coefficients:
        """v' = slope u'."""
        return self.integral(start, self.product(slope, self.derivative(u)))

    def logarithm(self, start: Symbol, u: Coefficients) -> Coefficients:
        """v' = u'/u."""
        return self.integral(start, self.quotient(self.derivative(u), u))

    def exponential(self, start: Symbol, slope: Coefficients) -> Coefficients:
        """v' = slope v."""
        found = [start]
        for k in range(self.rows - 1):
            found.append(self._convolved(slope, found, k) / (k + 1))
        return Coefficients(found)

    def wave(self, start: Symbol, slope: Symbol, u: Coefficients, sign: int) -> Coefficients:
        """v of v' = w u', w' = sign v u'; v and w begin with `start` and `slope`."""
        change, v, w = self.derivative(u), [start], [slope]
        for k in range(self.rows - 1):
            v.append(self._convolved(change, w, k) / (k + 1))
            w.append(self._convolved(change, v[: k + 1], k) * sign / (k + 1))
        return Coefficients(v)

    def riccati(self, start: Symbol, slope: Symbol, u: Coefficients, sign: int) -> Coefficients:
        """v' = g u' with g = constant + sign v^2; `slope` is the first coefficient of g."""
        change, v, g = self.derivative(u), [start], [slope]
        for k in range(self.rows - 1):
            v.append(self._convolved(change, g, k) / (k + 1))
            g.append(self.square(Coefficients(v))[k + 1] * sign if k + 2 < self.rows else slope)
        return Coefficients(v)

    def root(self, start: Symbol, u: Coefficients) -> Coefficients:
        """The square root, from v v = u."""
        found, zero = [start], self.symbols.zero
        for k in range(1, self.rows):
            known = _sum((found[i] * found[k - i] for i in range(1, k)), zero)
            found.append(((u[k] if k < len(u) else zero) - known) / (start * 2))
        return Coefficients(found)

    def power(self, start: Symbol, u: Coefficients, exponent: Any) -> Coefficients:
        """u^p, from u v' = p v u'."""
        p, found, zero = self.symbols.symbol(exponent), [start], self.symbols.zero
        for k in range(1, self.rows):
            terms = (
                (p * j - (k - j)) * u[j] * found[k - j] for j in range(1, min(k, len(u) - 1) + 1)
            )
            found.append(_sum(terms, zero) / (u[0] * k))
        return Coefficients(found)

    def arc(
        self, start: Symbol, u: Coefficients, scale: Symbol, sign: int, exponent: float
    ) -> Coefficients:
        """v' = u' (s^2 + sign u^2)^p, s^2 = 1 or -1, scale = (s^2 + sign u[0]^2)^(-1/2)."""
        near, one = u * scale, self.symbols.one
        base = self.with_value(self.square(near) * sign, one)
        if exponent == -1:
            return self.along(start, self.quotient(self.number(scale), base), near)
        return self.along(start, self.power(one, base, Fraction(exponent)), near)

    def select(self, condition: Symbol, a: Coefficients, b: Coefficients) -> Coefficients:
        """a where the condition holds, else b."""
        rows, zero = max(len(a), len(b)), self.symbols.zero
        both = [[*u, *[zero] * (rows - len(u))] for u in (a, b)]
        chosen = self.symbols.chosen
        return Coefficients(chosen(condition, u, v) for u, v in zip(*both, strict=True))

    def whole_power(self, u: Coefficients, exponent: int) -> Coefficients:
        """u^n for n > 0 by repeated squaring."""
        found = u
        for digit in bin(exponent)[3:]:
            found = self.square(found)
            if digit == "1":
                found = self.product(found, u)
        return found


def _cut(u: Coefficients, rows: int) -> Coefficients:
    return Coefficients(u[:rows])


# -- primitives whose rules in torch look at the numbers


def _power(s: Formulas, x: Coefficients, y: Coefficients) -> Coefficients:
    """x^y, from u v' = y v u' where y stands still, else as exp(y log(x))."""
    start = s.value("pow", x, y)
    if len(y) > 1:
        return s.exponential(start, s.derivative(s.product(y, s.primitive(OPS["log"], x))))
    n = y[0].value
    if n is None or n.denominator != 1 or abs(n) > _HIGHEST_POWER:
        return s.root(start, x) if n == Fraction(1, 2) else s.power(start, x, y[0])
    if n == 0:
        return Coefficients((start,))
    found = s.whole_power(x, abs(int(n)))
    if n < 0:
        found = s.quotient(s.number(1), found)
    return found if abs(n) <= _PLAIN_POWER else s.with_value(found, start)


def _greater(name: str) -> Callable[..., Coefficients]:
    def chosen(s: Formulas, a: Coefficients, b: Coefficients) -> Coefficients:
        condition = s.value("ge" if name == "max" else "le", a, b)
        return s.with_value(s.select(condition, a, b), s.value(name, a, b))

    return chosen


def _logaddexp(s: Formulas, a: Coefficients, b: Coefficients) -> Coefficients:
    """large + softplus(small - large), which does not cancel."""
    larger = s.value("gt", a, b)
    large, small = s.select(larger, a, b), s.select(larger, b, a)
    found = s.total(large, s.primitive(OPS["softplus"], s.total(small, large, -1)))
    return s.with_value(found, s.value("logaddexp", a, b))


def _celu(s: Formulas, x: Coefficients, a: Coefficients) -> Coefficients:
    below = s.product(a, s.primitive(OPS["expm1"], s.quotient(x, a)))
    condition = s.value("lt", x, s.number(0))
    return s.with_value(s.select(condition, below, x), s.value("celu", x, a))


def _in_unit(
    s: Formulas, x: Coefficients, y: Coefficients
) -> tuple[Symbol, Coefficients, Coefficients, Coefficients]:
    """hypot(x, y), x and y by it, and the sum of their squares, so that none overflows."""
    length = s.value("hypot", x, y)
    x, y = x / length, y / length
    squares = s.total(s.square(x), s.square(y))
    return length, x, y, s.with_value(squares, s.symbols.one)


def _atan2(s: Formulas, y: Coefficients, x: Coefficients) -> Coefficients:
    """v' = (x y' - y x') / (x^2 + y^2)."""
    start = s.value("atan2", y, x)
    _, x, y, squares = _in_unit(s, x, y)
    turn = s.total(s.product(x, s.derivative(y)), s.product(y, s.derivative(x)), -1)
    return s.integral(start, s.quotient(turn, squares))


def _log_base(s: Formulas, x: Coefficients, base: Coefficients) -> Coefficients:
    found = s.quotient(s.primitive(OPS["log"], x), s.primitive(OPS["log"], base))
    return s.with_value(found, s.value("log_base", x, base))


_OWN: dict[str, Callable[..., Coefficients]] = {
    "pow": _power,
    "max": _greater("max"),
    "min": _greater("min"),
    "logaddexp": _logaddexp,
    "celu": _celu,
    "atan2": _atan2,
    "log_base": _log_base,
}
