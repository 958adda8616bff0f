"""`adiff taylor`: coefficients against mpmath, the DLMF's series and sympy-free closed forms."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from fractions import Fraction
from math import comb, factorial

import pytest
from mpmath import mp

from autodiffcli import AdiffError, taylor_series
from autodiffcli.expansion import Evidence
from tests.conftest import run_adiff


def bernoulli(n: int) -> Fraction:
    """B_n by DLMF 24.5.3: sum of C(n + 1, k) B_k = 0."""
    known: list[Fraction] = []
    for m in range(n + 1):
        rest = sum((comb(m + 1, k) * b for k, b in enumerate(known)), Fraction(0))
        known.append(Fraction(int(m == 0)) - rest / (m + 1))
    return known[n]


def tangent(n: int) -> Fraction:
    """Coefficient of x^n in tan(x), DLMF 4.19.3."""
    if n % 2 == 0:
        return Fraction(0)
    k = (n + 1) // 2
    return (
        (-1) ** (k - 1)
        * Fraction(2 ** (2 * k) * (2 ** (2 * k) - 1), factorial(2 * k))
        * bernoulli(2 * k)
    )


KNOWN = {
    ("sin(x)", "0"): lambda n: Fraction((0, 1, 0, -1)[n % 4], factorial(n)),
    ("cos(x)", "pi/2"): lambda n: Fraction((0, -1, 0, 1)[n % 4], factorial(n)),
    ("sin(x)/x", "0"): lambda n: Fraction((1, 0, -1, 0)[n % 4], factorial(n + 1)),
    ("x/(exp(x)-1)", "0"): lambda n: bernoulli(n) / factorial(n),  # DLMF 24.2.1
    ("(1-sqrt(1-4x))/(2x)", "0"): lambda n: Fraction(comb(2 * n, n), n + 1),  # DLMF 26.5.2
    ("tan(x)", "0"): tangent,
    ("log(1+x)", "0"): lambda n: Fraction((-1) ** (n + 1), n) if n else Fraction(0),
    ("1/(1-x)", "0"): lambda n: Fraction(1),
    ("1/x", "0.1"): lambda n: (-1) ** n * Fraction(10) ** (n + 1),
    ("exp(2*x)", "0"): lambda n: Fraction(2**n, factorial(n)),
    ("cbrt(x)", "-8"): lambda n: _binomial(Fraction(1, 3), n) * -2 * Fraction(-1, 8) ** n,
    ("atan(x)", "0"): lambda n: Fraction((0, 1, 0, -1)[n % 4], max(n, 1)),
    ("sinc(x)*pi - sin(pi*x)/x", "0"): lambda n: Fraction(0),
    ("besselj(0, x)", "0"): lambda n: _bessel(n),  # DLMF 10.2.2
}


def _binomial(r: Fraction, n: int) -> Fraction:
    found = Fraction(1)
    for k in range(n):
        found *= (r - k) / (k + 1)
    return found


def _bessel(n: int) -> Fraction:
    return (
        Fraction((-1) ** (n // 2), 4 ** (n // 2) * factorial(n // 2) ** 2)
        if n % 2 == 0
        else Fraction(0)
    )


@pytest.mark.parametrize(("expression", "at"), KNOWN, ids=str)
def test_known_series_are_found_as_fractions(expression: str, at: str) -> None:
    order = 30
    found = taylor_series(expression, at, order).rationals
    assert found == [KNOWN[expression, at](n) for n in range(order + 1)]


def test_bernoulli_numbers_to_the_highest_order() -> None:
    found = taylor_series("x/(exp(x)-1)", order=100)
    assert found.rationals == [bernoulli(n) / factorial(n) for n in range(101)]
    assert found.expansion.evidence is Evidence.FRACTIONS


REFERENCES = {
    ("exp(x)", "1"): (lambda x: mp.exp(x), 1),
    ("gamma(x)", "1"): (lambda x: mp.gamma(x), 1),
    ("erf(x)", "0"): (lambda x: mp.erf(x), 0),
    ("exp(sin(x))", "1/3"): (lambda x: mp.exp(mp.sin(x)), "1/3"),
    ("sqrt(x)*log(x)", "2"): (lambda x: mp.sqrt(x) * mp.log(x), 2),
    ("1/(1+x^2)", "sqrt(2)"): (lambda x: 1 / (1 + x * x), "sqrt(2)"),
    ("tanh(x)", "-0.5"): (lambda x: mp.tanh(x), "-1/2"),
    ("x^x", "e"): (lambda x: x**x, "e"),
    ("sin(pi*x)/x", "0"): (lambda x: mp.pi * mp.sincpi(x), 0),
}


@pytest.mark.parametrize(("expression", "at"), REFERENCES, ids=str)
def test_coefficients_agree_with_mpmath(expression: str, at: str) -> None:
    order, digits = 6, 25
    rule, place = REFERENCES[expression, at]
    with mp.workdps(80):
        points = {"1/3": mp.mpf(1) / 3, "sqrt(2)": mp.sqrt(2), "-1/2": mp.mpf(-1) / 2, "e": +mp.e}
        reference = mp.taylor(rule, points.get(str(place), place), order)
    found = taylor_series(expression, at, order, digits=digits)
    with mp.workdps(60):
        for c, right in zip(found.expansion.coefficients, reference, strict=True):
            decimal = mp.mpf(c.decimal)
            assert (
                abs(decimal - right) <= abs(right) * mp.mpf(10) ** (1 - digits) + mp.mpf(10) ** -50
            )
            assert c.value == pytest.approx(float(right), rel=1e-15, abs=1e-50)
            assert c.derivative == pytest.approx(
                float(right * mp.factorial(c.order)), rel=1e-15, abs=1e-50
            )


FRACTIONS = {
    "gamma(x)": [1, None, None, None],
    "exp(x)": [None, None, None, None],
    "log(x+1)": [None, Fraction(1, 2), Fraction(-1, 8), Fraction(1, 24)],
    "sin(pi*x)/pi": [0, -1, 0, None],
    "pi*x": [None, None, 0, 0],
    "10^100*pi+x/10^20": [None, Fraction(1, 10**20), 0, 0],
}


@pytest.mark.parametrize("expression", FRACTIONS)
def test_what_is_no_fraction_is_none(expression: str) -> None:
    assert taylor_series(expression, 1, 3).rationals == FRACTIONS[expression]


WRITTEN = {
    ("sin(x)", "0", 6): "x - x^3/6 + x^5/120 + O(x^7)",
    ("tan(x)", "0", 5): "x + x^3/3 + 2*x^5/15 + O(x^6)",
    ("exp(x)", "0", 0): "1 + O(x)",
    ("log(x)", "1", 2): "(x - 1) - (x - 1)^2/2 + O((x - 1)^3)",
    ("1/x", "-1", 1): "-1 - (x + 1) + O((x + 1)^2)",
    ("1/x", "0.1", 1): "10 - 100*(x - 0.1) + O((x - 0.1)^2)",
    ("1/x", "1/3", 1): "3 - 9*(x - 1/3) + O((x - 1/3)^2)",
    ("cos(x)", "-pi/2", 1): "(x + pi/2) + O((x + pi/2)^2)",
    ("x^2", "1+sqrt(2)", 0): "5.82843 + O(x - (1 + sqrt(2)))",
    ("x^2", "3", 2): "9 + 6*(x - 3) + (x - 3)^2",
    ("x^2", "0", 1): "O(x^2)",
    ("x-x", "0", 1): "0",
    ("x^3*abs(x)", "0", 3): "O(x^4)",
    ("cbrt(x)^4", "0", 1): "o(x)",
    ("cbrt(x)", "0", 0): "o(1)",
}


@pytest.mark.parametrize(("expression", "at", "order"), WRITTEN, ids=str)
def test_polynomial_in_writing(expression: str, at: str, order: int) -> None:
    assert taylor_series(expression, at, order).text == WRITTEN[expression, at, order]


@pytest.mark.parametrize("expression", ["sin(x)", "tan(x)", "sqrt(x+4)", "exp(x)"])
@pytest.mark.parametrize("at", ["0", "1/2", "-1"])
def test_polynomial_can_be_read_again(expression: str, at: str) -> None:
    found = taylor_series(expression, at, 5, digits=17)
    again = taylor_series(found.text.rpartition(" + O(")[0], at, 5)
    assert again.coefficients == pytest.approx(found.coefficients, rel=1e-14, abs=1e-15)


LATEX = {
    ("sin(x)", "0"): r"x - \frac{x^{3}}{6} + O\left(x^{4}\right)",
    ("alpha^2", "1/2"): (
        r"\frac{1}{4} + \left(\alpha - \frac{1}{2}\right) + \left(\alpha - \frac{1}{2}\right)^{2}"
    ),
    ("x1/1e9", "0"): r"\frac{x_{1}}{1000000000}",
    ("pi*1e-9*x", "0"): r"3.14159 \cdot 10^{-9} x + O\left(x^{4}\right)",
}


@pytest.mark.parametrize(("expression", "at"), LATEX, ids=str)
def test_polynomial_in_latex(expression: str, at: str) -> None:
    assert taylor_series(expression, at, 3).latex == LATEX[expression, at]


REFUSED = {
    ("abs(x)", "0"): "kink",
    ("x*abs(x)", "0"): "kink",
    ("sign(x)", "0"): "jump",
    ("sign(x^20)", "0"): "jump",
    ("1/x", "0"): "pole",
    ("tan(x)", "pi/2"): "pole",
    ("log(x)", "0"): "pole",
    ("log(x)", "-1"): "outside",
    ("sqrt(x)", "0"): "infinite",
    ("cbrt(x)", "0"): "infinite",
    ("x^1.5", "0"): "endpoint",
    ("x*log(x)", "0"): "infinite",
}


@pytest.mark.parametrize(("expression", "at"), REFUSED, ids=str)
def test_no_series_is_said_with_its_reason(expression: str, at: str) -> None:
    ran = run_adiff("taylor", expression, "--at", at, "--format", "json")
    assert (ran.code, ran.stdout) == (3, "")
    assert f": {REFUSED[expression, at]}" in ran.stderr
    with pytest.raises(AdiffError, match=REFUSED[expression, at]):
        taylor_series(expression, at)


def test_nothing_is_written_where_one_point_has_no_series(tmp_path) -> None:  # type: ignore[no-untyped-def]
    target = tmp_path / "out.csv"
    ran = run_adiff("taylor", "abs(x)", "--at=-1,0", "-o", str(target))
    assert ran.code == 3 and not list(tmp_path.iterdir())
    assert "the other 1 of 2" in ran.stderr


@pytest.mark.parametrize(
    "expression", ["exp(-1/x^2)", "exp(-1/abs(x))", "where(x>0, exp(-1/x), 0)"]
)
def test_a_flat_function_has_zeros_and_a_note(expression: str) -> None:
    found = taylor_series(expression, 0, 10)
    assert found.rationals == [0] * 11
    assert any("flat" in words for words in found.notes)


@pytest.mark.parametrize("expression", ["sin(x)/x", "sin(pi*x)/x", "(exp(x)-1)/x", "coth(x)-1/x"])
def test_a_removable_point_has_a_note(expression: str) -> None:
    ran = run_adiff("taylor", expression, "--at", "0")
    assert ran.code == 0 and ran.stderr.startswith("note: removable at x = 0")


def test_rows_and_document_say_the_same() -> None:
    argv = ["taylor", "exp(a*x)", "--wrt", "x", "--at", "x=0,1", "--at", "a=2", "--order", "3"]
    rows = list(csv.DictReader(io.StringIO(run_adiff(*argv, "--format", "csv").stdout)))
    lines = run_adiff(*argv, "--format", "ndjson").stdout.splitlines()
    document = json.loads(run_adiff(*argv, "--format", "json").stdout)
    flat = [
        (one["at"]["x"], n, value, exact, status)
        for one in document["expansions"]
        for n, (value, exact, status) in enumerate(
            zip(one["coefficients"], one["exact"], one["statuses"], strict=True)
        )
    ]
    assert [
        (float(r["x"]), int(r["order"]), float(r["coefficient"]), r["exact"] or None, r["status"])
        for r in rows
    ] == flat
    parsed = [json.loads(line) for line in lines]
    assert [(r["x"], r["order"], r["coefficient"], r["exact"], r["status"]) for r in parsed] == flat
    assert document["expansions"][0]["evidence"] == "rational arithmetic"
    assert document["expansions"][1]["evidence"] == "ball arithmetic"


def test_every_digit_that_is_asked_for_is_right() -> None:
    ran = run_adiff("taylor", "exp(x)", "--at", "1", "-n", "1", "--digits", "300", "-f", "tsv")
    with mp.workdps(310):
        right = mp.nstr(mp.e, 300)
    assert ran.stdout.splitlines()[1].split("\t")[2] == right


def test_beyond_doubles_a_coefficient_is_null_with_a_status() -> None:
    ran = run_adiff("taylor", "exp(x)", "--at", "1000", "-n", "1", "--format", "ndjson")
    row = json.loads(ran.stdout.splitlines()[0])
    assert (row["coefficient"], row["status"]) == (None, "overflow")
    assert taylor_series("exp(x)", 1000, 0).text.startswith("1.97007e+434")


def test_below_doubles_a_coefficient_is_not_shown_as_0() -> None:
    with mp.workdps(30):
        right = mp.nstr(mp.exp(-10000), 6)
    assert taylor_series("exp(-x^2)", 100, 0).text == f"{right} + O(x - 100)"


def test_numbers_of_any_size_take_no_time() -> None:
    tower = "(" * 40 + "x+1" + ")^2" * 40
    assert taylor_series(tower, "1.1", 1).text.startswith("5.32450e+354283861253 +")
    assert taylor_series("x^(10^9)", "1.1", 0).rationals == [None]


@pytest.mark.parametrize("width", [60, 20])
def test_a_narrow_terminal(width: int) -> None:
    ran = run_adiff("taylor", "x/(exp(x)-1)", "--at", "0", "-n", "30", boxes=True, width=width)
    assert ran.code == 0
    assert all(len(line) <= width for line in ran.stdout.splitlines()) or width == 20
    assert "O(x^31)" not in ran.stdout


def test_a_variable_may_be_called_taylor_or_order() -> None:
    assert run_adiff("diff", "taylor", "--at", "taylor=2").code == 0
    ran = run_adiff("taylor", "order^2", "--at", "0", "-n", "1", "--format", "csv")
    assert ran.stdout.splitlines()[0] == "order,order_,coefficient,exact,derivative,status"


def test_a_misspelt_command_is_recognised() -> None:
    ran = run_adiff("tailor", "sin(x)")
    assert ran.code == 2 and "taylor" in ran.stderr


def test_completion_knows_the_command() -> None:
    from typer.main import get_command

    from autodiffcli.arguments import DefaultGroup
    from autodiffcli.cli import app
    from autodiffcli.commands import COMMANDS

    group = get_command(app)
    assert isinstance(group, DefaultGroup) and "taylor" in COMMANDS


def test_a_closed_pipe_is_no_error() -> None:
    argv = "taylor '1/(1+x)' --at 0..100 -n 100 -f csv"
    command = f"{sys.executable} -m autodiffcli {argv} | head -1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "x,order,coefficient,exact,derivative,status\n"


@pytest.mark.parametrize("order", [-1, 101, True, 1.5])
def test_an_impossible_order(order: object) -> None:
    with pytest.raises(AdiffError, match="order is a whole number"):
        taylor_series("x", 0, order)  # type: ignore[arg-type]


def test_points_in_python() -> None:
    assert taylor_series("x", 0.1, 0).rationals == [Fraction(1, 10)]
    assert taylor_series("x", Fraction(1, 3), 0).rationals == [Fraction(1, 3)]
    assert taylor_series("a*x", {"a": 2, "x": "1/2"}, 1, wrt="x").rationals == [1, 2]
    with pytest.raises(AdiffError, match="one point"):
        taylor_series("x", "0,1")


BOTH_WAYS = [
    *("sin(x)", "cos(x)", "tan(x)", "asin(x)", "atan(x)", "sinh(x)", "cosh(x)", "tanh(x)"),
    *("asinh(x)", "atanh(x)", "exp(x)", "log(1+x)", "log1p(x)", "expm1(x)", "sec(x)", "sech(x)"),
    *("sin(x)/x", "coth(x)-1/x", "1/sin(x)^2-1/x^2", "x^20/x^20", "1/(1/x)", "sqrt(4+x)"),
    *("cbrt(x-8)", "(x+1)^(-2/3)", "hypot(x+3, 4)", "abs(x-2)", "floor(x+1/2)*x", "x % 3 + x^2"),
    *("where(x<1, x, 1/x)", "max(x, 1)", "sign(x+1)*x", "exp(sin(x)/x-1)", "x^0", "0^x*0"),
    *("(1-cos(x))/x^2", "log(1+x)/x", "atan(x)^2/x", "(tan(x)-x)/x^3", "2^3*x", "sum([x, x^2])"),
]


@pytest.mark.parametrize("expression", BOTH_WAYS)
def test_fractions_and_balls_find_the_same(
    expression: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        first = taylor_series(expression, order=7)
    except AdiffError:
        first = None
    monkeypatch.setattr("autodiffcli.expansion.rational_series", lambda *asked: None)
    try:
        second = taylor_series(expression, order=7)
    except AdiffError:
        second = None
    assert (first and first.rationals) == (second and second.rationals)
    assert first is None or first.expansion.removable == "" or second.expansion.removable != ""
