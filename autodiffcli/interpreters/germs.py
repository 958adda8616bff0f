"""The meaning of a tape as germs: what a function does just after setting out from a point.

A germ is a sum of terms  c t^e log(t)^p  for t -> 0 from above, with balls c, rational exponents
e and whole p, known below the exponent `end`. Leading zeros are divided out, so that sin(x)/x,
x log(x), sqrt(x^2) and exp(-1/x^2) have their limits and one-sided derivatives at 0. What cannot
be decided is Singular or, where more bits or more terms may decide it, Vague or Short.
Source: transseries of the simplest kind; the sign of a germ is that of its leading term, as in
Griewank & Walther, Evaluating Derivatives (2008), chapter 14.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import inf
from typing import Any

from flint import arb, arb_series, ctx

from autodiffcli.diagnostics import Span
from autodiffcli.interpreters.balls import (
    MAX_BITS,
    Balls,
    Outer,
    Singular,
    Vague,
    sign_of,
    starts_at_end,
)
from autodiffcli.interpreters.terms import (
    Exponent,
    Germ,
    arb_of,
    by_size,
    germ,
    horner,
    is_nothing,
    leading,
    rational,
    reciprocal,
    shifted,
    split,
    terms_of,
    whole_if,
)
from autodiffcli.ops.op import Op, Rule
from autodiffcli.program import Step

Met = Mapping[tuple[Step, int], int]

_NOWHERE = Step("", (), "", Span(0, 0))


class Germs(Balls):
    """The `b` of the ball rules where operands are germs.

    held   signs that switches are held at, for one smooth piece
    still  for the value at the point itself: switches that count as 0 up to this size
    met    the switches that start at 0 within `reach`, by step and count: the sign beyond each
    size   how far from 0 those were allowed to be
    origin the first step that is no power series
    """

    def __init__(
        self,
        reach: Any = 0,
        held: Met | None = None,
        still: Mapping[tuple[Step, int], arb] | None = None,
    ) -> None:
        super().__init__(reach)
        self.met: dict[tuple[Step, int], int] = {}
        self.size: dict[tuple[Step, int], arb] = {}
        self.held = held or {}
        self.still = still or {}
        self.origin: Step | None = None
        self.step = _NOWHERE
        self.count = 0

    def begin(self, step: Step) -> None:
        """Called before the entries of a step: its switches are counted."""
        self.step, self.count = step, 0

    def moved(self, point: arb, pace: int) -> Germ:
        """A point on its way."""
        return Germ({(0, 0): point, (1, 0): arb(pace)})

    def apply(self, op: Op, *operands: Any) -> Any:
        """The germ of a primitive. Raises Singular, Vague, Short."""
        found = self._applied(op, *operands)
        terms = found.terms if isinstance(found, Germ) and self.origin is None else ()
        if any(p or e < 0 or e != int(e) for e, p in terms):
            self.origin = self.step
        return found

    def _applied(self, op: Op, *operands: Any) -> Any:
        if op.name in _GENERIC and callable(op.ball):
            return op.ball(self, *operands)
        found = [germ(u) for u in operands]
        rule: Rule | None = op.unfold or (op.ball if callable(op.ball) else None)
        refuse_beyond(op, found)
        try:
            return self.analytic(op, found)
        except Singular as error:
            if rule is None:
                raise
            try:
                return rule(self, *found)
            except _NO_GERMS:
                raise error from None
            except Singular as other:
                known = error.status == "outside" or other.status == "undecided"
                raise (error if known and error.status != "undecided" else other) from None

    def analytic(self, op: Op, operands: Sequence[Germ]) -> Germ:
        """A primitive whose operands are finite where it is analytic."""
        for u in operands:
            if any(e < 0 or (e == 0 and p) for e, p in u.terms):
                raise Singular(f"{op.name} at infinity")
        moving = [n for n, u in enumerate(operands) if u.moves()]
        if len(moving) > 1:
            raise Singular(f"{op.name} is not known in ball arithmetic there")
        where = moving[0] if moving else 0
        start = [cleaned(u.constant()) for u in operands]
        unknown: list[Any] = list(start)
        if moving:
            unknown[where] = arb_series([start[where], 1])
        outer = _Inside(0).apply(op, *unknown)
        outer = outer if isinstance(outer, arb_series) else arb_series([outer])
        if all(c.is_exact() for c in start) and not all(c.is_finite() for c in outer.coeffs()):
            raise Singular("no power series there")
        if not moving:
            return germ(finite(outer[0]))
        z = operands[where].moving()
        needed = min(terms_of(z), ctx.cap)
        return horner([finite(outer[k]) for k in range(needed)], z)

    def compose(self, u: Any, outer: Outer) -> Germ:
        """f(u) from the Taylor coefficients of f at the limit of u."""
        u = germ(u)
        if any(e < 0 or (e == 0 and p) for e, p in u.terms):
            raise Singular("a function at infinity")
        z = u.moving()
        return horner([finite(c) for c in outer(cleaned(u.constant()), ctx.cap)], z)

    def limit(self, u: Any) -> arb:
        """What a germ tends to. Raises Singular where that is infinite."""
        u = germ(u)
        if any(e < 0 or (e == 0 and p) for e, p in u.terms):
            raise Singular("a function at infinity")
        return cleaned(u.constant())

    def fixed(self, u: Any) -> arb:
        """An operand that must not move. Raises Singular where it does."""
        if germ(u).moves():
            raise Singular("no derivative is known by this operand")
        return germ(u).constant()

    def product_or_zero(self, x: Any, f: Callable[..., Any], y: Any) -> Any:
        """x f(y), and 0 where x is 0 and stands still."""
        still = not germ(x).moves() and leading(germ(x)) is None
        return germ(0) if still else x * f(y)

    def quotient(self, above: Any, below: Any) -> Germ:
        """a / c, leading zeros divided out."""
        a, c = germ(above), germ(below)
        try:
            return a * reciprocal(c)
        except Singular as error:
            if error.status == "pole" and leading(a) is None:
                raise Singular("0/0") from error
            raise

    def power(self, base: Any, power: Any) -> Germ:
        """x^y."""
        x, y = germ(base), germ(power)
        if y.moves():
            if leading(x) is None:
                return self._power_of_zero(arb(self.side(y)))
            return self.exponential(y * self.logarithm(x))
        exponent = rational(y.constant())
        if exponent is not None and exponent.denominator == 1 and 0 <= exponent <= 64:
            return x ** int(exponent)
        found = leading(x)
        if found is None:
            return self._power_of_zero(y.constant())
        if exponent is None:
            if found[0] == (0, 0):
                return self.exponential(y * self.logarithm(x))
            raise Singular("an irrational power")
        return self._rational_power(x, exponent)

    def _power_of_zero(self, exponent: arb) -> Germ:
        if sign_of(exponent) < 0:
            raise Singular("division by 0", "pole")
        return germ(0 if sign_of(exponent) else 1)

    def _rational_power(self, x: Germ, r: Fraction, odd: bool = False) -> Germ:
        """(c t^e (1 + z))^r by the binomial series; `odd` allows c < 0."""
        (e, _), c, z = split(x)
        sign = sign_of(c)
        if sign < 0 and r.denominator != 1 and not odd:
            raise Singular("a root of a negative number is not real", "outside")
        size = abs(c).log() * arb(r.numerator) / r.denominator
        factor = size.exp() * (sign if r.numerator % 2 or odd else 1)
        ratio, coefficients = arb(r.numerator) / r.denominator, [factor]
        for k in range(1, terms_of(z)):
            coefficients.append(coefficients[-1] * (ratio - k + 1) / k)
        return shifted(horner(coefficients, z), whole_if(e * r))

    def root(self, x: Any, n: int) -> Germ:
        """The real n-th root."""
        x = germ(x)
        if leading(x) is None:
            return germ(0)
        return self._rational_power(x, Fraction(1, n), odd=n % 2 == 1)

    def logarithm(self, x: Any) -> Germ:
        """log(c t^e (1 + z)) = log c + e log t + log(1 + z)."""
        x = germ(x)
        if leading(x) is None:
            raise Singular("log(0)", "pole")
        (e, _), c, z = split(x)
        if sign_of(c) < 0:
            raise Singular("log of a negative number is not real", "outside")
        small = [arb(0), *(arb((-1) ** (k + 1)) / k for k in range(1, terms_of(z)))]
        return horner(small, z) + Germ({(0, 0): c.log(), (0, 1): arb_of(e)})

    def exponential(self, x: Any) -> Germ:
        """exp of a germ: of its logarithm a power of t, of its pole nothing or infinity."""
        x = germ(x)
        large = {key: c for key, c in x.terms.items() if key[0] < 0 or (key[0] == 0 and key[1])}
        large = {key: c for key, c in large.items() if not is_nothing(c)}
        rest = Germ({k: c for k, c in x.terms.items() if k[0] > 0}, x.end, x.flat)
        power: Exponent = 0
        if set(large) == {(0, 1)}:
            exponent = rational(large[0, 1])
            if exponent is None:
                raise Singular("an irrational power")
            power = whole_if(exponent)
        elif large:
            (_, p), c = min(large.items(), key=by_size)
            if sign_of(c) * (-1) ** p > 0:
                raise Singular("exp exceeds every number", "pole")
            return Germ({}, inf, flat=True)
        factors = [x.constant().exp() / arb(k + 1).gamma() for k in range(terms_of(rest))]
        return shifted(horner(factors, rest), power)

    def absolute(self, operand: Any) -> Germ:
        """|x|, without what rounding left at a kink."""
        x = germ(operand)
        sign = self.side(x)
        key = (self.step, self.count - 1)
        return sign * x.moving() if key in self.met or key in self.held else sign * x

    def side(self, d: Any) -> int:
        """The sign of a germ, 0 for exactly 0; the one that the switch is held at."""
        d = germ(d)
        key = (self.step, self.count)
        self.count += 1
        if key in self.held:
            return self.held[key]
        start = d.constant()
        if key in self.still and not abs(start) > self.still[key]:
            return 0
        off = self._off(d)
        if off is not None and not abs(start) > off and d.least() >= 0:
            self.size[key] = off
            return self._beyond(d, key)
        found = leading(d)
        if found is None:
            return 0
        (e, p), c = found
        sign: int = sign_of(c) * (-1) ** p
        if e > 0:
            self.met[key] = sign
        return sign

    def _off(self, d: Germ) -> arb | None:
        """By how much a switch may be off when the point is off by `reach`; None if it stands."""
        moving = [(e, c) for (e, p), c in d.terms.items() if e > 0 and not p and e == int(e)]
        if not moving or self.reach == 0:
            return None
        return sum((abs(c) * self.reach ** int(e) for e, c in moving), arb(0))

    def _beyond(self, d: Germ, key: tuple[Step, int]) -> int:
        """The sign beyond a switch that is met but for rounding."""
        found = leading(d.moving())
        if found is None:
            return 0
        (_, p), c = found
        self.met[key] = sign_of(c) * (-1) ** p
        return self.met[key]

    def side_or_plus(self, u: Any) -> int:
        """-1 where the germ is negative for certain, else 1."""
        u = germ(u)
        found = min(u.terms.items(), key=by_size, default=None)
        if found is None:
            return 1
        (_, p), c = found
        return -1 if c * (-1) ** p < 0 else 1

    def floor(self, x: Any) -> Any:
        """The largest whole number that is not above x."""
        x = germ(x)
        if any(e < 0 or (e == 0 and p) for e, p in x.terms):
            raise Singular("floor at infinity")
        near = (x.constant().mid() + arb(0.5)).floor()
        off, reach = self._off(x), self.reach
        if off is not None and off > 0.25:  # the point's rounding spans whole steps: as it is
            self.reach = 0
        try:
            return near if self.side(x - near) >= 0 else near - 1
        finally:
            self.reach = reach


class _Inside(Balls):
    """Power series of what has been seen not to leave its domain."""

    ends = False


def refuse_beyond(op: Op, operands: Sequence[Germ]) -> None:
    """Raise Singular where an operand leaves the domain, or has never been in it."""
    for interval, u in zip(op.domain, operands, strict=False):
        if any(e < 0 or (e == 0 and p) for e, p in u.terms):
            continue
        if u.constant() < interval.low or u.constant() > interval.high:
            raise Singular(f"{op.name} is not real there", "outside")
    for place, inwards in starts_at_end(op, operands, Germ.moves):
        found = leading(operands[place].moving() * inwards)
        if found is not None and sign_of(found[1]) * (-1) ** found[0][1] < 0:
            raise Singular(f"{op.name} is not real there", "outside")


# What a rule raises that was not made for germs, or finds nothing for these.
_NO_GERMS = (TypeError, AttributeError, ValueError, ZeroDivisionError, OverflowError)
_GENERIC = frozenset(
    {"add", "sub", "mul", "div", "neg", "mod", "pow", "abs", "sign", "floor", "ceil", "round"}
    | {"trunc", "max", "min", "lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not", "where"}
)


def cleaned(c: arb) -> arb:
    """Exactly 0 for what is 0 to a thousand digits; other numbers as they are."""
    if c.is_exact() or not c.contains(0):
        return c
    if ctx.prec < MAX_BITS:
        raise Vague
    return arb(0) if sign_of(c) == 0 else c


def finite(c: arb) -> arb:
    """A coefficient that is a number. Raises Vague, at the last Singular."""
    if c.is_finite():
        return c
    if ctx.prec < MAX_BITS:
        raise Vague
    raise Singular("no power series there")
