"""Branches of a switch and quotients 0/0 over boxes: they hold the numbers that they must."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from autodiffcli.interpreters.held import Undecided
from autodiffcli.parser import parse
from autodiffcli.stationarity.curve import Branch, Curve


def curve(expression: str) -> Curve:
    return Curve(parse(expression), "x", {})


def test_a_switch_over_a_box_is_undecided_until_it_is_held() -> None:
    box = (Fraction(-1), Fraction(2))
    with pytest.raises(Undecided) as met:
        curve_of_abs = curve("abs(x)")
        curve_of_abs.inside(box)
    for side in (-1, 1):
        slope = curve_of_abs.inside(box, 2, Branch({met.value.key: side}))[1]
        assert slope == side


SMALL = st.fractions(min_value=Fraction(-2), max_value=Fraction(2), max_denominator=50)


@settings(max_examples=50, deadline=None)
@given(SMALL, SMALL)
def test_a_quotient_around_its_0_over_0(a: Fraction, b: Fraction) -> None:
    low, high = min(a, b, Fraction(0)), max(a, b, Fraction(0))
    sinc = curve("sin(x)/x")
    branch = Branch({}, Fraction(0), sinc.shifts(Fraction(0)))
    coefficients = sinc.inside((low, high), 4, branch)
    with mp.workdps(60):
        for k in range(9):
            x = mpf(low.numerator) / low.denominator
            x += (mpf(high.numerator) / high.denominator - x) * k / 8
            if abs(x) < 0.01:
                continue
            for n, c in enumerate(mp.taylor(lambda t: mp.sin(t) / t, x, 3)):
                assert coefficients[n].lower() - 1e-30 <= float(c) + 1e-12
                assert coefficients[n].upper() + 1e-30 >= float(c) - 1e-12


def test_what_is_no_0_over_0_is_not_divided() -> None:
    assert not any(curve("cos(x)*exp(x)").shifts(Fraction(0)).values())
