"""n-th derivatives of functions that have no formula for the first: by their Taylor expansions."""

from __future__ import annotations

import pytest
from mpmath import mp, mpf

from autodiffcli.one_point import judged_at
from autodiffcli.ops import OPS
from autodiffcli.ops.expansions import nth_derivatives
from autodiffcli.parser import parse
from autodiffcli.plan import Plan
from autodiffcli.verdict import Verdict

VALUE = Plan((), (), "sum", "float64")
NTH = [name for name in OPS if name.endswith("_nth")]


def value(source: str, x: float) -> Verdict:
    return judged_at(parse(source), {"x": x}, VALUE)[()]


def test_functions_without_a_formula_have_an_expansion_that_is_no_word_of_the_language() -> None:
    assert "besselj_nth" in NTH and "sinc_nth" in NTH
    assert "sin_nth" not in NTH and "exp_nth" not in NTH
    for name in NTH:
        op = OPS[name]
        assert op.hidden and op.parameters[0] == "n" and 0 in op.fixed
        assert OPS[name.removesuffix("_nth")].name in OPS
    assert list(nth_derivatives([OPS["exp"], OPS["floor"]])) == []


@pytest.mark.parametrize("n", [1, 2, 3, 7])
@pytest.mark.parametrize(
    ("source", "f", "x"),
    [
        ("besselj(0, x)", lambda x: mp.besselj(0, x), 1.5),
        ("besselj(2.5, x)", lambda x: mp.besselj(2.5, x), 3.0),
        ("bessely(1, x)", lambda x: mp.bessely(1, x), 2.0),
        ("airyai(x)", mp.airyai, -1.25),
        ("sinc(x)", lambda x: mp.sinc(mp.pi * x), 0.375),
        ("zeta(x)", mp.zeta, 2.5),
        ("ellipk(x)", mp.ellipk, 0.5),
        ("lambertw(x)", mp.lambertw, 1.0),
        ("polylog(2, x)", lambda x: mp.polylog(2, x), 0.5),
        ("gammainc(2, x)", lambda x: mp.gammainc(2, 0, x, regularized=True), 1.5),
        ("zeta(3, x)", lambda x: mp.zeta(3, x), 1.5),
        ("fresnels(x)", mp.fresnels, 0.75),
        ("legendre(4, x)", lambda x: mp.legendre(4, x), 0.25),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_high_derivatives_are_those_of_mpmath(source: str, f: object, x: float, n: int) -> None:
    with mp.workdps(80):
        expected = mp.diff(f, mpf(x), n)
    found = value(f"d({source}, x, {n})", x)
    assert found.status == "exact"
    assert abs(found.value - expected) <= mpf(10) ** -15 * abs(expected) + mpf(10) ** -40


def test_the_chain_goes_through_an_expansion() -> None:
    with mp.workdps(60):
        expected = mp.diff(lambda x: mp.besselj(1, mp.sin(x) ** 2), mpf(1), 3)
    assert value("d(besselj(1, sin(x)^2), x, 3)", 1.0).value == pytest.approx(
        float(expected), rel=1e-15
    )


def test_an_expansion_at_a_removable_point_and_at_an_end() -> None:
    with mp.workdps(60):
        third = mp.diff(lambda x: mp.besselj(1, x), mpf(0), 3)
    assert value("d(besselj(1, x), x, 3)", 0.0).value == pytest.approx(float(third))  # -3/8
    assert value("d(sinc(x), x, 2)", 0.0).value == pytest.approx(-float(mp.pi**2) / 3, rel=1e-15)
    assert value("d(zeta(x), x)", 1.0).status == "pole"


def test_an_operand_that_no_derivative_is_known_by_must_stand_still() -> None:
    assert value("d(besselj(x - x + 2, x), x)", 1.0).status in ("exact", "undecided")
