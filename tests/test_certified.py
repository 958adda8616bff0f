"""Proven digits and bounds over intervals, judged by mpmath."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from fractions import Fraction
from itertools import product
from random import Random

import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from autodiffcli.boxes import around
from autodiffcli.certified import Place, Question, Seed, derivatives
from autodiffcli.enclosures import bounded, outwards, proven, rounded
from autodiffcli.interpreters.across import Wide
from autodiffcli.interpreters.balls import Singular, Vague, exactly, precision
from autodiffcli.ops import OPS
from autodiffcli.parser import parse
from tests.conftest import Ran, run_adiff
from tests.judge import value_at

WORK = 60  # digits of the reference


def cells(*argv: str) -> list[dict[str, str]]:
    ran = run_adiff(*argv, "--format", "csv")
    assert ran.code == 0, ran.stderr
    return list(csv.DictReader(io.StringIO(ran.stdout)))


def document(*argv: str) -> dict:
    ran = run_adiff(*argv, "--format", "json")
    assert ran.code == 0, ran.stderr
    found: dict = json.loads(ran.stdout)
    return found


def refused(*argv: str) -> Ran:
    ran = run_adiff(*argv)
    assert ran.code == 2 and ran.stdout == ""
    return ran


def rounds_to(text: str, number: object, digits: int) -> bool:
    """Whether a text is a number correctly rounded: nearer than half a unit of its last digit."""
    with mp.workdps(digits + 40):
        value = mpf(number)
        if value == 0:
            return Decimal(text) == 0
        exponent = int(mp.floor(mp.log10(abs(value)))) - digits + 1
        off = abs(mpf(text) - value) / mpf(10) ** exponent
        return bool(off <= mpf(1) / 2 + mpf(10) ** -20)


# -- digits


@pytest.mark.parametrize(
    "expression, x, order, function",
    [
        ("log(1+x**2)**1.5", "0.7", 50, lambda x: mp.log(1 + x**2) ** mpf("1.5")),
        ("gamma(x)", "5", 10, mp.gamma),
        ("sin(x)*exp(-x)", "1/3", 12, lambda x: mp.sin(x) * mp.exp(-x)),
        ("x^x", "pi/2", 8, lambda x: x**x),
        ("atan(x)/(1+x^2)", "sqrt(2)", 10, lambda x: mp.atan(x) / (1 + x**2)),
    ],
)
def test_thirty_digits_are_right_in_every_column(
    expression: str, x: str, order: int, function: object
) -> None:
    argv = [expression, f"--at={x}", "--order", str(order), "--digits", "30"]
    (row,) = cells(*argv)
    with mp.workdps(80):
        point = value_at(parse(x), {})
        truth = [c * mp.factorial(k) for k, c in enumerate(mp.taylor(function, point, order))]
    shown = list(row.values())[1:-1]
    assert len(shown) == order + 1
    for text, number in zip(shown, truth, strict=True):
        assert rounds_to(text, number, 30), (text, mp.nstr(number, 40))


@pytest.mark.parametrize("digits", [1, 2, 3, 17, 50, 200, 1000])
def test_any_number_of_digits(digits: int) -> None:
    (row,) = cells("exp(x)", "--at=1", "--digits", str(digits), "--order", "0")
    with mp.workdps(digits + 20):
        assert rounds_to(row["y"], mp.e, digits)
    assert len(row["y"].replace(".", "")) == digits


def test_points_are_what_was_typed() -> None:
    rows = cells("x", "--at=0.1,1/3,pi,1e-3", "--digits=25")
    assert [row["x"] for row in rows] == [row["y"] for row in rows]
    assert [row["x"] for row in rows] == [
        "0.1",
        "0.3333333333333333333333333",
        "3.141592653589793238462643",
        "0.001",
    ]
    rows = cells("x^2", "--at=0..1..0.25", "--digits=25")
    assert [row["y"] for row in rows] == ["0", "0.0625", "0.25", "0.5625", "1"]
    rows = cells("x", "--at=logspace(0, 1, 3)", "--digits=20")
    assert rows[1]["x"] == "3.1622776601683793320"
    rows = cells("3*x", "--at=linspace(0, 1, 4)", "--digits=20")
    assert [row["y"] for row in rows] == ["0", "1", "2", "3"]
    rows = cells("x+t", "--at=x=0.1,0.2", "--at=t=0.7", "--digits=20", "--grid")
    assert [row["y"] for row in rows] == ["0.8", "0.9"]


def test_what_is_exact_has_no_trailing_zeros_and_what_is_half_way_goes_to_the_even_digit() -> None:
    (row,) = cells("x/4", "--at=1", "--digits=20")
    assert row["y"] == "0.25"
    assert [r["y"] for r in cells("x*1.25", "--at=0.1,0.3", "--digits=2")] == ["0.12", "0.38"]
    (row,) = cells("2*sin(x)", "--at=pi/6", "--digits=5")
    assert row["y"] == "1.0000"


def test_an_undecidable_middle_is_shown_with_one_digit_more() -> None:
    (row,) = cells("sqrt(x)^2/8", "--at=5", "--digits=2", "--order=0")
    assert Fraction(row["y"]) == Fraction(5, 8)


def test_numbers_beyond_float64_have_their_digits() -> None:
    rows = cells("exp(x)", "--at=1000,-100000", "--digits=20")
    with mp.workdps(40):
        for row, x in zip(rows, (1000, -100000), strict=True):
            assert rounds_to(row["y"], mp.exp(x), 20)
    assert {row["status"] for row in rows} == {"exact"}


def test_a_zero_that_is_not_proven_is_said_to_be_one() -> None:
    ran = run_adiff("sin(x)", "--at=pi", "--digits=20")
    assert "proven to be below 1e-300 only" in ran.stderr
    assert document("sin(x)", "--at=pi", "--digits=20")["value"] == ["0"]


def test_removable_and_one_sided_numbers_have_their_digits() -> None:
    (row,) = cells("(exp(x)-1-x)/x^2", "--at=0", "--digits=20", "--order=3")
    assert row["y"].rstrip("0") == "0.5" and row["dy/dx"] == "0.16666666666666666667"
    assert row["status"] == "removable"
    (row,) = cells("x^1.5 + pi*x", "--at=0", "--digits=20")
    assert row["dy/dx"] == "3.1415926535897932385" and row["status"] == "endpoint"
    (row,) = cells("abs(x)", "--at=0", "--digits=20")
    assert row["dy/dx"] == "" and row["status"] == "kink"


def test_reductions_are_exact_too() -> None:
    found = document("x^2", "--at=1/3,2/3", "--digits=20", "--reduction=mean")
    assert found["reduced"] == "0.27777777777777777778"
    assert found["derivatives"][0]["value"] == ["0.33333333333333333333", "0.66666666666666666667"]
    found = document("sin(x)", "--at=1,2,2", "--digits=20", "--reduction=max")
    assert found["reduced"] == "0.90929742682568169540"
    half = "-0.20807341827357119350"
    assert found["derivatives"][0]["value"] == ["0", half, half]


def test_tensors_and_jacobians_have_their_digits() -> None:
    found = document("x@x", "--at=1/3,2/3", "--digits=15")
    assert found["value"] == "0.555555555555556"
    found = document("x^3", "--at=1/3,2", "--digits=5", "--reduction=none")
    assert found["derivatives"][0]["value"] == [["0.33333", "0"], ["0", "12"]]


def test_the_document_has_an_enclosure_of_every_number() -> None:
    found = document("sin(x)", "--at=1,2", "--digits=20", "--order=2")
    assert found["digits"] == 20 and found["points"] == {"x": ["1", "2"]}
    with mp.workdps(WORK):
        truth = {"value": mp.sin, "dy/dx": mp.cos, "d2y/dx2": lambda x: -mp.sin(x)}
        columns = [("value", found["enclosure"], found["value"])]
        columns += [(d["name"], d["enclosure"], d["value"]) for d in found["derivatives"]]
        for name, enclosures, values in columns:
            for x, (low, high), text in zip((1, 2), enclosures, values, strict=True):
                assert mpf(low) <= truth[name](x) <= mpf(high)
                assert mpf(high) - mpf(low) < mpf(10) ** -22
                assert rounds_to(text, truth[name](x), 20)


@pytest.mark.parametrize(
    "argv, message",
    [
        (["--digits=0"], "between 1 and 1,000"),
        (["--digits=1001"], "between 1 and 1,000"),
        (["--digits=9", "--method=taylor"], "certified, not taylor"),
        (["--digits=9", "--dtype=float32"], "has no dtype"),
        (["--digits=9", "--dtype=complex128"], "has no dtype"),
        (["--digits=9", "--precision=4"], "how many digits"),
        (["--digits=9", "--verify"], "proven already"),
        (["--method=certified", "--dtype=complex128"], "for real numbers"),
    ],
)
def test_options_that_contradict_digits_are_refused(argv: list[str], message: str) -> None:
    assert message in refused("x^2", "--at=1", *argv).stderr


RATIONALS = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6)


@given(RATIONALS, st.integers(1, 40), st.integers(20, 300))
def test_a_ball_is_rounded_as_the_number_in_it(number: Fraction, digits: int, bits: int) -> None:
    with precision(bits, 1):
        ball = exactly(number)
        text = rounded(ball, digits)
        low, high = outwards(ball, digits)
        assert Fraction(low) <= number <= Fraction(high)
        if text is not None:
            unit = Fraction(10) ** (_exponent(number) - digits + 1) if number else Fraction(1)
            assert abs(Fraction(text) - number) <= unit / 2
        shown = proven(ball, digits)
        assert shown is None or Fraction(shown.low) <= number <= Fraction(shown.high)


def _exponent(number: Fraction) -> int:
    exponent = 0
    while Fraction(10) ** exponent > abs(number):
        exponent -= 1
    while Fraction(10) ** (exponent + 1) <= abs(number):
        exponent += 1
    return exponent


@given(RATIONALS, RATIONALS, st.integers(1, 20))
def test_bounds_are_rounded_outwards(a: Fraction, b: Fraction, digits: int) -> None:
    low, high = min(a, b), max(a, b)
    found = bounded(low, high, digits)
    shown = found.text.strip("[]").split(", ")
    assert Fraction(shown[0]) <= low <= high <= Fraction(shown[1])
    assert Fraction(found.low) <= low <= high <= Fraction(found.high)


def test_a_ball_of_huge_exponents_is_written() -> None:
    with precision(200, 1):
        assert rounded(arb(10) ** 100000 * 3, 5) in ("3.0000e+100000", "3e+100000")
        assert rounded((arb(10) ** -100000).exp() - 1, 5) is None


# -- intervals

BOXES = [
    ("sin(x)*exp(-x)", {"x": ("0.9", "1.1")}, 3),
    ("x^2", {"x": ("-1", "2")}, 2),
    ("gamma(x)", {"x": ("0.5", "3")}, 2),
    ("exp(cos(x))*x", {"x": ("-2", "2")}, 2),
    ("1/(x^2-2*x+1.5)", {"x": ("0", "2")}, 2),
    ("log(x)/x", {"x": ("1", "10")}, 3),
    ("x*y+sin(x*y)", {"x": ("0.9", "1.1"), "y": ("0", "1")}, 2),
    ("exp(-x^2-y^2)", {"x": ("-1", "1"), "y": ("0", "1")}, 1),
    ("erf(x)*atan(x)", {"x": ("-1", "1")}, 2),
]


def boxed(box: dict[str, tuple[str, str]]) -> str:
    return ",".join(f"{name} in [{low}, {high}]" for name, (low, high) in box.items())


@pytest.mark.parametrize("expression, box, order", BOXES, ids=[b[0] for b in BOXES])
def test_bounds_hold_what_mpmath_samples_and_are_not_wide(
    expression: str, box: dict[str, tuple[str, str]], order: int
) -> None:
    found = document(expression, f"--at={boxed(box)}", "--order", str(order))
    program = parse(expression)
    names = list(box)
    count = 60 if len(names) == 1 else 9
    columns = {(): found["value"][0]}
    columns.update({tuple(d["wrt"]): d["value"][0] for d in found["derivatives"]})
    with mp.workdps(40):
        sides = [mp.linspace(mpf(low), mpf(high), count) for low, high in box.values()]
        for wrt, bounds in columns.items():
            orders = tuple(wrt.count(name) for name in names)

            def f(*numbers: object) -> object:
                return value_at(program, dict(zip(names, numbers, strict=True)))

            values = [
                mp.diff(f, place, orders) if sum(orders) else f(*place) for place in product(*sides)
            ]
            low, high = mpf(bounds["low"]), mpf(bounds["high"])
            slack = mpf(10) ** -12 * max(map(abs, values))
            assert low <= min(values) + slack and max(values) - slack <= high, (wrt, bounds)
            width = max(values) - min(values)
            allowed = 1.05 if len(names) == 1 else 2
            assert high - low <= allowed * width + slack, (wrt, bounds, width)


@pytest.mark.parametrize(
    "expression, at, status, value",
    [
        ("abs(x-0.3)", "x in [0,1]", "kink", True),
        ("1/(x-0.3)", "x in [0,1]", "pole", False),
        ("1/x", "x=[-1..1]", "pole", False),
        ("log(x)", "x in [-1,1]", "outside", False),
        ("sqrt(x)", "x in [0,1]", "infinite", True),
        ("where(x<1,x,x^2)", "x in [0,2]", "kink", True),
        ("floor(x)", "x in [0,2.5]", "jump", True),
        ("tan(x)", "x in [1,2]", "undecided", False),
        ("max(x,1)", "x in [0,2]", "kink", True),
    ],
)
def test_what_is_not_smooth_inside_has_no_bounds(
    expression: str, at: str, status: str, value: bool
) -> None:
    found = document(expression, f"--at={at}")
    assert found["derivatives"][0]["value"] == [None]
    flag = next(flag for flag in found["flags"] if flag["wrt"] == ["x"])
    assert flag["status"] == status and flag["reason"]
    assert (found["value"][0] is not None) == value


NOT_FUNCTIONS = frozenset({"stack", "index", "transpose", "where", "piecewise"})
FUNCTIONS = [
    name
    for name, op in OPS.items()
    if not (op.mixes or op.hidden or op.truth or op.infix or name in NOT_FUNCTIONS)
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_wide_ball_encloses_every_point_in_it(name: str) -> None:
    """What every interval rests on: for each function, whole boxes beside points in them."""
    op, random = OPS[name], Random(name)
    operands = ["2" if n in op.fixed else "abcd"[n] for n in range(len(op.parameters))]
    program = parse(f"{name}({', '.join(operands)})")
    wanted = [(Seed(v),) * order for v in program.inputs for order in (1, 2)]
    for _ in range(8):
        box = {v: Fraction(random.randint(-40, 80), 16) for v in program.inputs}
        width = Fraction(1, random.choice([1, 2, 8, 64]))
        with precision(128, 4):
            wide = {v: around(low, low + width) for v, low in box.items()}
            try:
                found = derivatives(
                    Question(program, Place(lambda w=wide: w), algebra=Wide), wanted
                )
            except (Singular, Vague):
                continue  # no claim is made
            for _ in range(3):
                share = Fraction(random.randint(0, 64), 64)
                point = {v: exactly(low + share * width) for v, low in box.items()}
                narrow = derivatives(Question(program, Place(lambda p=point: p)), wanted)
                for quantity, ball in narrow.items():
                    assert found[quantity].overlaps(ball), (box, width, point, quantity)


def test_an_angle_over_a_box_and_a_function_beyond_its_domain() -> None:
    (angle,) = document("atan2(y, x)", "--at=x in [1,2],y in [-1,1]")["value"]
    assert float(angle["low"]) == pytest.approx(-0.7853981633974483, rel=1e-12)
    flags = document("gammaincc(2,x)", "--at=x in [-0.5,1]")["flags"]
    assert {flag["status"] for flag in flags} == {"outside"}


def test_both_spellings_and_lists_of_intervals() -> None:
    one = document("x^2", "--at=x in [0.9, 1.1]")
    assert one["value"] == document("x^2", "--at=x=[0.9..1.1]")["value"]
    assert one["value"] == document("x^2", "--at=[0.9..1.1]")["value"]
    assert one["value"] == [{"low": "0.81", "high": "1.21"}]
    found = document("x+t", "--at=x=[0..1],[1..2],3,t=0.5")
    assert found["value"] == [
        {"low": "0.5", "high": "1.5"},
        {"low": "1.5", "high": "2.5"},
        {"low": "3.5", "high": "3.5"},
    ]
    assert found["points"]["x"] == [
        {"low": "0", "high": "1"},
        {"low": "1", "high": "2"},
        "3",
    ]


def test_a_table_rounds_outwards() -> None:
    ran = run_adiff("exp(x)", "--at=x in [0,1]", "--precision=3")
    assert ran.stdout.splitlines()[1].split("  ") == ["[0, 1]", "[1, 2.72]", "[1, 2.72]"]


@pytest.mark.parametrize(
    "at, argv, message",
    [
        ("x in [2, 1]", [], "ends before it begins"),
        ("x in [1, 2, 3]", [], "an interval is [low, high]"),
        ("x in [zwei, 2]", [], "'zwei' is not a number"),
        ("x=[1..2]", ["--digits=9"], "not rounded to --digits"),
        ("x=[1..2]", ["--method=taylor"], "certified, not taylor"),
        ("x=[1..2]", ["--dtype=float32"], "no dtype"),
        ("x=[1..2]", ["--verify"], "proven already"),
        ("x=[1..2],3", ["--reduction=max"], "not known over intervals"),
    ],
)
def test_mistakes_in_intervals(at: str, argv: list[str], message: str) -> None:
    assert message in refused("x^2", f"--at={at}", *argv).stderr


@settings(max_examples=15)
@given(
    st.sampled_from(["sin(x)/(2+cos(x))", "x^3-2*x+1", "exp(-x^2)", "x*atan(x)", "cosh(x)-x^2"]),
    st.fractions(-3, 3, max_denominator=16),
    st.fractions(0, 1, max_denominator=16),
    st.fractions(0, 1),
)
def test_bounds_hold_at_random_points(
    expression: str, low: Fraction, width: Fraction, place: Fraction
) -> None:
    found = document(expression, f"--at=x=[({low})..({low + width})]", "--order=2")
    x = low + width * place
    with mp.workdps(40):
        point = mpf(x.numerator) / x.denominator
        f = lambda u: value_at(parse(expression), {"x": u})  # noqa: E731
        columns = [found["value"][0], *(column["value"][0] for column in found["derivatives"])]
        for k, bounds in enumerate(columns):
            value = mp.diff(f, point, k) if k else f(point)
            slack = mpf(10) ** -12 * (1 + abs(value))
            assert mpf(bounds["low"]) - slack <= value <= mpf(bounds["high"]) + slack
