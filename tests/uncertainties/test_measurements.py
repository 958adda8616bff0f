"""Values with uncertainties as people write them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiffcli.diagnostics import AdiffError
from autodiffcli.parser import parse
from autodiffcli.uncertainties.measurements import double, read_measurements

X = parse("x")


def read(text: str, expression: str = "x") -> list[tuple[float, float]]:
    points = read_measurements([text], parse(expression))
    return [(double(one.value), double(one.uncertainty)) for p in points for one in p.values()]


WRITTEN = {
    "1.00±0.10": (1.0, 0.1),
    "1.00 ± 0.10": (1.0, 0.1),
    "1.00+-0.10": (1.0, 0.1),
    "1.00 +/- 0.10": (1.0, 0.1),
    "x=1.00±.1": (1.0, 0.1),
    "1.00(10)": (1.0, 0.1),
    "9.810(5)": (9.81, 0.005),
    "-9.810(5)": (-9.81, 0.005),
    "100.02147(35)": (100.02147, 0.00035),  # GUM 7.2.2, form 2
    "100.02147(0.00035)": (100.02147, 0.00035),  # form 3
    "(100.02147±0.00035)": (100.02147, 0.00035),  # form 4
    "1.2(3)e-5": (1.2e-5, 3e-6),
    "6.02214(8)E23": (6.02214e23, 8e18),
    "12(3)": (12.0, 3.0),
    "(1.00±0.10)e-3": (1e-3, 1e-4),
    "(1.00 ± 0.10)*10^-3": (1e-3, 1e-4),
    "3.10(4)*10^2": (310.0, 4.0),
    "3.10(4)×10^-3": (3.1e-3, 4e-5),
    "3.10(4)×10⁻³": (3.1e-3, 4e-5),
    "3.10(4)·10**(-3)": (3.1e-3, 4e-5),
    "(3.10(4))*1e2": (310.0, 4.0),
    "(1.0(1))e-3": (1e-3, 1e-4),
    "(1.00±0.10)×10^(-3)": (1e-3, 1e-4),
    "((1.0(1)))": (1.0, 0.1),
    "1_000(10)": (1000.0, 10.0),
    "1.0( 2 )": (1.0, 0.2),
    "+1.5(2)": (1.5, 0.2),
    "log2(8)±0.1": (3.0, 0.1),
    "5±1%": (5.0, 0.05),
    "-5±1 %": (-5.0, 0.05),
    "pi/2±0.01": (1.5707963267948966, 0.01),
    "1e3±1e-3": (1000.0, 0.001),
    "1±0.5/sqrt(3)": (1.0, 0.28867513459481287),
    "1±0": (1.0, 0.0),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_a_value_and_its_uncertainty(text: str) -> None:
    assert read(text) == [WRITTEN[text]]


def test_decimals_are_exact() -> None:
    ((one,),) = [p.values() for p in read_measurements(["1.00(10)"], parse("x"))]
    assert (one.value.exact, one.uncertainty.exact) == (1, Fraction(1, 10))


def test_what_has_no_uncertainty_is_exact() -> None:
    assert read("x=2,y=1±0.1", "x*y") == [(2.0, 0.0), (1.0, 0.1)]


def test_lists_and_ranges() -> None:
    assert read("1±0.1,2±0.2") == [(1.0, 0.1), (2.0, 0.2)]
    assert read("1..3±0.1") == [(1.0, 0.1), (2.0, 0.1), (3.0, 0.1)]
    assert read("x=1±0.1,2±0.2,y=3", "x*y") == [(1.0, 0.1), (3.0, 0.0), (2.0, 0.2), (3.0, 0.0)]


WRONG = {
    "1±": ("the uncertainty is missing here", "±"),
    "±1": ("a number is missing here", ""),
    "1±-1": ("an uncertainty is never negative", "-1"),
    "1±0.1±0.2": ("'±' stands between a value and its uncertainty, once", "±"),
    "2*(1±0.1)": ("'±' stands between a value and its uncertainty, once", "±"),
    "(1+-0.1)*2": ("'+-' stands between a value and its uncertainty, once", "+-"),
    "3.10(4)(2)": ("'3.10(4)(2)' has two uncertainties, and a value has one", "3.10(4)(2)"),
    "3.1(4)±0.2": ("'3.1(4)±0.2' has two uncertainties, and a value has one", "3.1(4)±0.2"),
    "5(1)%": ("'5(1)%' could be percent of the value or of 1", "5(1)%"),
    "1.5 (20)": ("'1.5 (20)' could be an uncertainty or a product", "1.5 (20)"),
    "1.5+ -0.2": ("'+ -' could be meant for ± or for a sum", "+ -"),
    "1.5-+0.2": ("'-+' could be meant for ± or for a sum", "-+"),
    "3.10(4": ("'(' is never closed", "("),
    "1±zwei": ("'zwei' is not a number", "zwei"),
    "zwei±1": ("'zwei' is not a number", "zwei"),
    "1±1,y±2": ("'y' is not a number", "y"),
    "1±[0..1]": ("an interval does not say which of its numbers are likely", "[0..1]"),
    "x in [1,2]": ("an interval does not say which of its numbers are likely", "[1,2]"),
    "1±0..1": ("an uncertainty is one number", "0..1"),
    "[[1,2],[3,4]]±1": ("an input is a number, and this is a vector or a tensor", "[[1,2],[3,4]]"),
    "[1,2]±0.1": ("an input is a number, and this is a vector or a tensor", "[1,2]"),
    "1(1)e500": ("10^500 is beyond float64", "1(1)e500"),
    "1(1)e400": ("this exceeds float64", "1(1)e400"),
    "1,0±0,1": ("some of these values have an uncertainty and some have none", "1,0±0,1"),
    "1±inf": ("a point must be finite", "inf"),
}


@pytest.mark.parametrize("text", WRONG)
def test_mistakes_have_their_place(text: str) -> None:
    with pytest.raises(AdiffError) as raised:
        read(text)
    found = raised.value.diagnostic
    message, marked = WRONG[text]
    assert found.message == message
    assert found.span is not None and found.source == text
    assert text[slice(*found.span)] == marked or not marked


CALCULATED = {
    "1.5(2)+1": "1.5(2)",
    "-(1.5(2))": "1.5(2)",
    "3(1)/2": "3(1)",
    "2*3(1)": "3(1)",
    "1.0(1/2)": "1.0(1/2)",
    "(3.10)(4)": "(3.10)(4)",
    "sqrt(2)(3)": "sqrt(2)(3)",
    "3.10(4) x 10^2": "3.10(4)",
    "3.10(4)^2": "3.10(4)",
    "1±0.5(1)": "0.5(1)",
    "1.5(2)..3": "1.5(2)",
    "linspace(0,1(2),3)": "1(2)",
}


@pytest.mark.parametrize("text", CALCULATED)
def test_a_bracket_behind_a_number_is_never_a_product(text: str) -> None:
    with pytest.raises(AdiffError) as raised:
        read(text)
    found = raised.value.diagnostic
    assert found.message.endswith("in a calculation could be an uncertainty or a product")
    assert found.span is not None and text[slice(*found.span)] == CALCULATED[text]
    assert "for a product" in found.hint


@given(st.integers(0, 10**6), st.integers(1, 999), st.integers(0, 5), st.integers(-30, 30))
def test_brackets_are_the_last_digits(digits: int, off: int, decimals: int, power: int) -> None:
    """1.00(10)e-3 is 100(10) * 10^-5, however the power of ten is written."""
    whole = f"{digits:0{decimals + 1}d}"
    number = f"{whole[: len(whole) - decimals]}.{whole[len(whole) - decimals :]}"
    for behind in (f"e{power}", f"*10^{power}", f"×10**({power})", f" · 1e{power}"):
        ((one,),) = [p.values() for p in read_measurements([f"{number}({off}){behind}"], X)]
        scale = Fraction(10) ** (power - decimals)
        assert (one.value.exact, one.uncertainty.exact) == (digits * scale, off * scale)


def test_a_sizes_error_names_no_grid() -> None:
    with pytest.raises(AdiffError) as raised:
        read("x=1±0.1,2±0.1,y=1±0.1,3±0.1,4±0.1", "x*y")
    assert raised.value.diagnostic.hint == "give equally many of each, or one for all"


@pytest.mark.parametrize("text", ["2", "x=2"])
def test_some_input_must_be_uncertain(text: str) -> None:
    with pytest.raises(AdiffError, match="no input has an uncertainty"):
        read(text)


def test_a_constant_is_no_input() -> None:
    with pytest.raises(AdiffError, match="'e' is a constant in a formula"):
        read("x=1,e=2±1", "e*x")


def test_a_missing_input_is_asked_for_with_its_uncertainty() -> None:
    with pytest.raises(AdiffError) as raised:
        read("m=1±1", "m*g")
    assert raised.value.diagnostic.hint == "give them with --at g=1.00±0.10"
