"""--at: every form, what it stands for to the last bit, and what is wrong with the others."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product as every_combination

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiffcli import points, specs
from autodiffcli.arrays import Array, make
from autodiffcli.diagnostics import AdiffError, Diagnostic, Span
from autodiffcli.parser import parse
from autodiffcli.points import ordered, paired, product, read_points


def read(expression: str, *specs: str, grid: bool = False, imaginary: bool = False) -> dict:
    """The points by name as (shape, numbers)."""
    program = parse(expression, imaginary=imaginary)
    found = read_points(specs, program, grid=grid, imaginary=imaginary)
    return {name: (values.shape, list(values)) for name, values in found.items()}


def numbers(spec: str, imaginary: bool = False) -> list:
    ((shape, found),) = read("x", spec, imaginary=imaginary).values()
    assert shape == (len(found),)
    return found


def refused(expression: str, *specs: str, imaginary: bool = False) -> Diagnostic:
    program = parse(expression, imaginary=imaginary)
    with pytest.raises(AdiffError) as caught:
        read_points(specs, program, imaginary=imaginary)
    return caught.value.diagnostic


# -- numbers

PI = math.pi
NUMBERS = {
    "1,2,3,4": [1, 2, 3, 4],
    "1": [1],
    " 1 ,\t2 ": [1, 2],
    "-1,2": [-1, 2],
    "+1,- 2,−3": [1, -2, -3],
    "0.1,1e-3,.5,5.,1E5": [0.1, 0.001, 0.5, 5, 100000],
    "1_000,1_0.5": [1000, 10.5],
    "5e-324,1.7976931348623157e308": [5e-324, 1.7976931348623157e308],
    "pi/2, sqrt(2), e^2, 1/3": [PI / 2, math.sqrt(2), 7.38905609893065, 1 / 3],
    "pi,π,2pi,2*pi,tau,-pi/4": [PI, PI, 2 * PI, 2 * PI, 2 * PI, -PI / 4],
    "sin(pi/6)": [0.5],
    "0.1+0.2": [0.3],
    "atan2(1, 1),max(1, 2)": [PI / 4, 2],
    "2^10,2**0.5,2²,√4": [1024, math.sqrt(2), 4, 2],
    "3!,|-2|,7%3": [6, 2, 1],
    "1<2,not 1": [1, 0],
    "exp(1000)/exp(999)": [math.e],
    "cos(pi/2),sin(pi),1-0.9-0.1,sqrt(2)^2-2": [0, 0, 0, 0],
    "1e-40,1e-50*3,2^-200": [1e-40, 3e-50, 2**-200],
    "where(1 < 2, 3, 4),5 if 0 else 6": [3, 6],
    "piecewise(1 < 0: 1, 2)": [2],
    "2 sqrt(2)": [2 * math.sqrt(2)],
    "1/inf": [0],
}


@pytest.mark.parametrize("spec", NUMBERS)
def test_numbers(spec: str) -> None:
    assert numbers(spec) == NUMBERS[spec]


def test_minus_zero_is_kept() -> None:
    assert math.copysign(1, numbers("-0.0")[0]) == -1


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_a_number_that_was_printed_is_read_to_the_last_bit(floats: list[float]) -> None:
    assert numbers(",".join(map(repr, floats))) == floats


@given(st.fractions(), st.fractions().filter(bool))
def test_a_constant_expression_is_rounded_once(a: Fraction, b: Fraction) -> None:
    text = f"({a.numerator}/{a.denominator})/({b.numerator}/{b.denominator})"
    assert numbers(text.replace("/-", "/ -")) == [float(a / b)]


def test_complex_numbers() -> None:
    assert numbers("1+2i, i, sqrt(-1), 3", imaginary=True) == [1 + 2j, 1j, 1j, 3]
    assert numbers("i^2", imaginary=True) == [-1]
    assert numbers("e^(i*pi/3)", imaginary=True) == [complex(0.5, math.sqrt(3) / 2)]
    assert numbers("e^(i*pi), e^(i*pi/2)", imaginary=True) == [-1, 1j]
    assert read("z", "[1, i]", imaginary=True) == {"z": ((2,), [1, 1j])}


# -- ranges and spacings

RANGES = {
    "0..1..0.25": [0, 0.25, 0.5, 0.75, 1],
    "0..1..0.1": [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
    "0..1..0.3": [0, 0.3, 0.6, 0.9],
    "0..1..2": [0],
    "0..3": [0, 1, 2, 3],
    "0..2.5": [0, 1, 2],
    "3..0": [3, 2, 1, 0],
    "2..2": [2],
    "1..0..-0.25": [1, 0.75, 0.5, 0.25, 0],
    "-1..1..0.5": [-1, -0.5, 0, 0.5, 1],
    "-1..-2..-.5": [-1, -1.5, -2],
    "0..pi..pi/2": [0, PI / 2, PI],
    "-pi..pi..pi": [-PI, 0, PI],
    "0..2pi..pi/2": [0, PI / 2, PI, 3 * PI / 2, 2 * PI],
    "-1..1..0.1": [
        -1,
        -0.9,
        -0.8,
        -0.7,
        -0.6,
        -0.5,
        -0.4,
        -0.3,
        -0.2,
        -0.1,
        0,
        0.1,
        0.2,
        0.3,
        0.4,
        0.5,
        0.6,
        0.7,
        0.8,
        0.9,
        1,
    ],
    # the digits of 2 pi/3 and pi/3: doubling and dividing PI misses them
    "-pi..pi..pi/3": [
        *(-PI, -2.0943951023931954923084289221863, -1.0471975511965977461542144610932),
        *(0, 1.0471975511965977461542144610932, 2.0943951023931954923084289221863, PI),
    ],
    "0.1..0..-0.1": [0.1, 0],
    "linspace(-0.1, 0.3, 5)": [-0.1, 0, 0.1, 0.2, 0.3],
    "0..1..1/3": [0, 1 / 3, 2 / 3, 1],
    "1e-3..3e-3..1e-3": [0.001, 0.002, 0.003],
    "0 .. 1 .. 0.5": [0, 0.5, 1],
    "0..1..0.5,7,2..3": [0, 0.5, 1, 7, 2, 3],
    "1e16..10000000000000002": [1e16, 1e16, 1e16 + 2],
    "linspace(0, 1, 5)": [0, 0.25, 0.5, 0.75, 1],
    "linspace(0,1,11)": [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
    "linspace(1, -1, 3)": [1, 0, -1],
    "linspace(0, pi, 3)": [0, PI / 2, PI],
    "linspace(3, 4, 1)": [3],
    "linspace(max(0, 1), 2, 2)": [1, 2],
    "linspace (0, 1, 2)": [0, 1],
    "linspace(\n0,\n1,\n2)": [0, 1],
    "logspace(0, 2, 3)": [1, 10, 100],
    "logspace(-1, 1, 3)": [0.1, 1, 10],
    "logspace(2, 0, 2), 5": [100, 1, 5],
    "logspace(308, 308, 1)": [1e308],
}


@pytest.mark.parametrize("spec", RANGES)
def test_ranges_and_spacings(spec: str) -> None:
    assert numbers(spec) == RANGES[spec]


@given(st.integers(-50, 50), st.integers(1, 60), st.integers(1, 40), st.sampled_from([1, -1]))
def test_a_range_is_that_of_exact_arithmetic(start: int, step: int, count: int, sign: int) -> None:
    first, by = Fraction(start, 10), Fraction(sign * step, 100)
    stop = first + count * by
    spec = f"{float(first)!r}..{float(stop)!r}..{float(by)!r}"
    assert numbers(spec) == [float(first + k * by) for k in range(count + 1)]


@given(st.integers(-99, 99), st.integers(-99, 99), st.integers(2, 50))
def test_linspace_is_that_of_exact_arithmetic(first: int, last: int, count: int) -> None:
    a, b = Fraction(first, 10), Fraction(last, 10)
    expected = [float(a + (b - a) * k / (count - 1)) for k in range(count)]
    assert numbers(f"linspace({float(a)}, {float(b)}, {count})") == expected


# -- tensors and names


@pytest.mark.parametrize(
    ("spec", "shape", "expected"),
    [
        ("[1, 2, 3]", (3,), [1, 2, 3]),
        ("[[1,1],[1,1]]", (2, 2), [1, 1, 1, 1]),
        ("[[1, 2, 3], [4, 5, 6]]", (2, 3), [1, 2, 3, 4, 5, 6]),
        ("[[[1]], [[2]]]", (2, 1, 1), [1, 2]),
        ("[pi, -1/2]", (2,), [PI, -0.5]),
        ("[[1, 2],\n [3, 4]]", (2, 2), [1, 2, 3, 4]),
        ("x=[[1],[2]]", (2, 1), [1, 2]),
        (f"{'[' * 16}7{']' * 16}", (1,) * 16, [7]),
    ],
)
def test_tensors(spec: str, shape: tuple[int, ...], expected: list[float]) -> None:
    assert read("x", spec) == {"x": (shape, expected)}


@pytest.mark.parametrize(
    ("expression", "specs", "expected"),
    [
        ("x", ["x=1,2"], {"x": [1, 2]}),
        ("x", [" x = 1 , 2 "], {"x": [1, 2]}),
        ("x*t", ["x=1,2", "t=3,4"], {"x": [1, 2], "t": [3, 4]}),
        ("x*t", ["t=3,4", "x=1,2"], {"x": [1, 2], "t": [3, 4]}),
        ("x*t", ["x=1,t=3"], {"x": [1], "t": [3]}),
        ("x*t", ["x=1,2,t=3,4"], {"x": [1, 2], "t": [3, 4]}),
        ("x*t", ["x=0..1,t=linspace(0, 1, 2)"], {"x": [0, 1], "t": [0, 1]}),
        ("x*t", ["x=max(1, 2),t=1"], {"x": [2], "t": [1]}),
        ("t*x", ["x=1,t=2"], {"t": [2], "x": [1]}),
        ("x", ["1,t=3"], {"x": [1], "t": [3]}),
        ("x", ["y=1,x=2"], {"x": [2], "y": [1]}),
        ("5", ["1,2"], {"x": [1, 2]}),
        ("x1 + x_2", ["x1=1,x_2=2"], {"x1": [1], "x_2": [2]}),
        ("x1", ["x₁=1"], {"x1": [1]}),
        ("μ", ["µ=1"], {"μ": [1]}),
        ("sin*x", ["sin=1,x=2"], {"sin": [1], "x": [2]}),
        ("sinx", ["sinx=1"], {"sinx": [1]}),
        ("f(y, x) = x", ["x=1,y=2"], {"y": [2], "x": [1]}),
        ("f(e) = e^2", ["3"], {"e": [3]}),
        ("f(e) = e^2", ["e=3"], {"e": [3]}),
        ("1 + 1", [], {}),
    ],
)
def test_names(expression: str, specs: list[str], expected: dict[str, list[float]]) -> None:
    found = read(expression, *specs)
    assert list(found) == list(expected)  # the expression's order
    assert {name: values for name, (_, values) in found.items()} == expected


# -- mistakes in a text

SPACED = "'linspace(' is not closed at the end"
RANGE = "a range is start..stop or start..stop..step"
AWAY = "the step leads away from the stop, which is {} from the start"
COLON = "ranges are not written with ':'"
COMMAS = "points are separated by ','"
EQUALS = "variables are separated by ',': x=1,t=3"
SEVERAL_TENSORS = "several tensors of one shape are [1, 2],[3, 4]; several rows [[1, 2], [3, 4]]"
COMPLEX = "complex points need --dtype complex128"

MISTAKES = [
    # (text, place, message, hint)
    ("1,zwei", "zwei", "'zwei' is not a number", ""),
    ("1,Pi", "Pi", "'Pi' is not a number", "did you mean 'pi'?"),
    ("2 + y", "y", "'y' is not a number", ""),
    ("i", "i", "'i' is not a number", ""),
    ("x==1", "x", "'x' is not a number", ""),
    ("1, sqr(2)", "sqr", "no function called 'sqr'", "did you mean 'sqrt'?"),
    ("1,2+", (4, 4), "the expression ends after '+'", ""),
    ("1,(2", "(", "'(' is never closed", ""),
    ("1 2 3", "2", "an operator is missing before '2'", COMMAS),
    ("(1, 2)", ",", "a comma separates the operands of a function",
     "points stand without brackets; a tensor is [1, 2]"),
    ("x=1 t=3", (5, 6), "'=' cannot stand inside an expression", EQUALS),
    ("x=y=1", "y=1", "one '=' too many", EQUALS),
    ("1,f(z)=2", "f(z)=2", "one '=' too many", EQUALS),
    ("=1", "=", "a number, a name or '(' is expected here, not '='", "leave the '=' out"),
    ("", (0, 0), "a number is missing here", ""),
    ("   ", (3, 3), "a number is missing here", ""),
    ("1,,2", (2, 2), "a number is missing here", ""),
    ("1,2,", (4, 4), "a number is missing here", ""),
    ("x=", (2, 2), "a number is missing here", ""),
    ("x=1,t=", (6, 6), "a number is missing here", ""),
    ("1;2", "1;2", "one point is expected here", COMMAS),
    ("5,1\n2", "1\n2", "one point is expected here", COMMAS),
    ("1,1/0", "1/0", "this has no value", ""),
    ("gamma(-1)", "gamma(-1)", "this has no value", ""),
    ("2*sum([1, 2])", "sum([1, 2])", "sum cannot be used in a point", ""),
    ("1, inf", "inf", "a point must be finite", ""),
    ("-inf", "-inf", "a point must be finite", ""),
    ("inf - inf", "inf - inf", "a point must be finite", ""),
    ("1,exp(1000)", "exp(1000)", "this exceeds float64", ""),
    ("1e400", "1e400", "1e400 exceeds float64", ""),
    ("-1e400", "1e400", "1e400 exceeds float64", ""),
    ("1e-400", "1e-400", "1e-400 is below float64, it would become 0", ""),
    ("10^10^10", "10^10^10", "this is too large or too small to calculate with", ""),
    ("1, sqrt(-1)", "sqrt(-1)", "this is not a real number", COMPLEX),
    ("(-8)^(1/3)", "(-8)^(1/3)", "this is not a real number", COMPLEX),
    ("[1, log(-1)]", "[1, log(-1)]", "this is not a real number", COMPLEX),
    ("0x10", "0x10", "numbers are read in base ten only", ""),
    ("1, ２", "２", "unexpected character '２'", "write '2'"),
    ("eˣ=1", "ˣ", "unexpected character 'ˣ'", "write ^x"),
    # -- ranges
    ("0:1:0.25", "0:1:0.25", COLON, "a range is start..stop..step: 0..1..0.25"),
    ("5,0:1", "0:1", COLON, "a range is start..stop..step: 0..1"),
    ("x=0:2*pi:0.1", "0:2*pi:0.1", COLON, "a range is start..stop..step: 0..2*pi..0.1"),
    ("0..1..0", (6, 7), "the step is 0", ""),
    ("5,0..1..-1", "0..1..-1", AWAY.format("up"), ""),
    ("1..0..0.5", "1..0..0.5", AWAY.format("down"), ""),
    ("0..", "0..", RANGE, ""),
    ("..1", "..1", RANGE, ""),
    ("1....2", "1....2", RANGE, ""),
    ("1...5", "1...5", RANGE, ""),
    ("0..1..2..3", "0..1..2..3", RANGE, ""),
    ("1,2,...,9", "...", RANGE, ""),
    ("0..y", "y", "'y' is not a number", ""),
    ("0..1/0", "1/0", "this has no value", ""),
    ("0..inf", "inf", "a point must be finite", ""),
    ("0..[1]", "[1]", "a number is expected here", ""),
    ("0..sqrt(-1)", "sqrt(-1)", "this is not a real number", COMPLEX),
    ("5, 0..1e300..1e-300", "0..1e300..1e-300", "a range of more than 50,000,000 points", ""),
    # -- spacings
    ("linspace(0, 1", "linspace(0, 1", SPACED, ""),
    ("linspace(0, 1, 3)+1", "linspace(0, 1, 3)+1", SPACED, "linspace(...) stands alone"),
    ("linspace(0, 1)", "linspace(0, 1)", "it is linspace(start, stop, count)", ""),
    ("1,logspace(0, 1, 2, 3)", "logspace(0, 1, 2, 3)", "it is logspace(start, stop, count)", ""),
    ("linspace(0, 1, 0)", (15, 16), "the count is a whole number above 0", ""),
    ("linspace(0, 1, -2)", "-2", "the count is a whole number above 0", ""),
    ("linspace(0, 1, 2.5)", "2.5", "the count is a whole number above 0", ""),
    ("linspace(0, 1, 1e9)", "1e9", "more than 50,000,000 points", ""),
    ("linspace(0, y, 3)", "y", "'y' is not a number", ""),
    ("logspace(0, 400, 3)", "logspace(0, 400, 3)", "10 to a power above 308 exceeds float64", ""),
    ("2*linspace(0, 1, 3)", "linspace", "no function called 'linspace'",
     "for a product write linspace*(...); `adiff functions` lists the functions"),
    # -- tensors
    ("[[1,2],[3]]", "[[1,2],[3]]", "the rows have unequal lengths", ""),
    ("[[1,2],3]", "[[1,2],3]", "the rows have unequal lengths", ""),
    ("[1,[2]]", "[1,[2]]", "the rows have unequal lengths", ""),
    ("1,[2]", "[2]", "a tensor among numbers", SEVERAL_TENSORS),
    ("[1],2", "2", "a tensor among numbers", SEVERAL_TENSORS),
    ("[1],[2, 3]", "[2, 3]", "a tensor of another shape than the first", ""),
    ("[]", (1, 2), "a number, a name or '(' is expected here, not ']'", ""),
    ("[1; 2]", ";", "';' stands inside brackets", "operands are separated by ','"),
    ("[1, inf]", "[1, inf]", "a point must be finite", ""),
    ("[" * 17 + "1" + "]" * 17, (0, 35), "a tensor of more than 16 axes", ""),
    # -- two readings
    ("1/2pi", "1/2pi", "this product could be read two ways; '1/2pi' is read as (1/2)*pi",
     "write (1/2)*pi, or brackets for the other reading"),
    ("3,2^1/2", "^1/", "this could be read two ways; '^1/' divides the power by what follows",
     "for a root write ^(1/n), for the quotient put brackets around the power"),
    ("1e -3", "1e -3", "this could be read two ways; the e in '1e -3' is read as the number e",
     "write a power of ten without spaces, or 1*e for the number e"),
    ("5,1,000", "1,000", "this could be read two ways; '1,000' is read as two numbers",
     "write 1000 or 1_000"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "place", "message", "hint"), MISTAKES, ids=[row[0][:24] for row in MISTAKES]
)
def test_mistake(spec: str, place: str | tuple[int, int], message: str, hint: str) -> None:
    found = refused("x^2", spec)
    assert (found.message, found.hint) == (message, hint)
    if isinstance(place, str):
        place = (spec.rindex(place), spec.rindex(place) + len(place))
    assert found.span == Span(*place)
    assert (found.source, found.origin) == (spec, "--at ")


@pytest.mark.parametrize("spec", ["max(i, 1)", "i < 1", "atan2(i, 1)", "i*inf", "1..i", "1/(i-i)"])
def test_mistakes_with_complex_numbers(spec: str) -> None:
    found = refused("x", spec, imaginary=True)
    assert found.span is not None
    assert found.origin == "--at "


def test_a_tensor_of_thousands_of_axes_is_refused() -> None:
    assert refused("x", "[" * 5_000 + "1" + "]" * 5_000).message.startswith("a tensor of more than")


# -- mistakes between texts and expression

SEVERAL = [
    # (expression, texts, source, place, message, hint)
    ("x", ["1", "2"], "2", "2", "'x' is given twice", "give all of them at once, x=1,2,3"),
    ("x", ["x=1,x=2"], "x=1,x=2", "x=2", "'x' is given twice",
     "give all of them at once, x=1,2,3"),
    ("x", ["x=1", "2"], "2", "2", "'x' is given twice", "give all of them at once, x=1,2,3"),
    ("x", ["µ=1", "x=1,μ=2"], "x=1,μ=2", "μ=2", "'μ' is given twice",
     "give all of them at once, μ=1,2,3"),
    ("x*y", ["1,2"], "1,2", "1,2", "these points need a name: the variables are x and y",
     "write --at x=1,y=1"),
    ("a*b*c*d", ["a=1,b=2", "3"], "3", "3",
     "these points need a name: the variables are a, b, c and d", "write --at a=1,b=1,c=1"),
    ("x*sin", ["1"], "1", "1", "these points need a name: the variables are x and sin",
     "for the function write sin(...)"),
    ("x*PI", ["1"], "1", "1", "these points need a name: the variables are x and PI",
     "for the constant write pi"),
    ("x + y^2", ["x=1"], "x + y^2", "y", "no points for 'y'", "give them with --at y=1,2,3"),
    ("x + y + z", ["y=1"], "x + y + z", "x", "no points for 'x' and 'z'",
     "give them with --at x=1,2,3"),
    ("x", [], "x", "x", "no points for 'x'", "give them with --at x=1,2,3"),
    ("f(a, b) = a", ["a=1"], "f(a, b) = a", "b", "no points for 'b'",
     "give them with --at b=1,2,3"),
    ("f(a, b) = a; f(x, y) + y", ["x=1"], "f(a, b) = a; f(x, y) + y", (18, 19),
     "no points for 'y'", "give them with --at y=1,2,3"),
    ("time*x", ["tiem=1,x=2"], "time*x", "time", "no points for 'time'", "did you mean 'tiem'?"),
    ("2 + sin x", ["x=1"], "2 + sin x", "sin", "no points for 'sin'",
     "for the function write sin(...)"),
    ("x + sinx", ["x=1"], "x + sinx", "sinx", "no points for 'sinx'",
     "for the function write sin(x)"),
    ("2xy + x", ["x=1,y=2"], "2xy + x", "xy", "no points for 'xy'", "for the product write x*y"),
    ("PI*x", ["x=1"], "PI*x", "PI", "no points for 'PI'", "for the constant write pi"),
    ("2sinx", ["1"], "2sinx", "sinx", "'sinx' is read as the name of a variable",
     "for the function write sin(x); for a variable name the points, --at sinx=1"),
    ("2πx", ["1"], "2πx", "πx", "'πx' is read as the name of a variable",
     "for the product write π*x; for a variable name the points, --at πx=1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "specs", "source", "place", "message", "hint"),
    SEVERAL,
    ids=[f"{row[0]} at {row[1]}" for row in SEVERAL],
)
def test_texts_that_do_not_fit_the_expression(
    expression: str, specs: list[str], source: str, place: str, message: str, hint: str
) -> None:
    found = refused(expression, *specs)
    assert (found.message, found.hint, found.source) == (message, hint, source)
    if isinstance(place, str):
        place = (source.rindex(place), source.rindex(place) + len(place))
    assert found.span == Span(*place)


@pytest.mark.parametrize("name", ["x₂", "x1", "xy", "rate", "chi"])
def test_names_like_any_other_need_not_be_repeated(name: str) -> None:
    assert len(read(f"{name}^2", "1,2")) == 1


# -- pairs and grids


def test_points_come_in_the_order_of_the_expression() -> None:
    given_points = {"a": make([1.0]), "y": make([2.0]), "x": make([3.0])}
    assert list(ordered(given_points, parse("x + y"))) == ["x", "y", "a"]


@pytest.mark.parametrize(
    ("shapes", "common"),
    [
        ({"x": (3,), "y": (3,)}, (3,)),
        ({"x": (3,), "y": (1,)}, (3,)),
        ({"x": (2, 1), "y": (3,)}, (2, 3)),
        ({"x": (), "y": (2,)}, (2,)),
        ({"x": (4,)}, (4,)),
        ({}, ()),
    ],
)
def test_pairs(shapes: dict[str, tuple[int, ...]], common: tuple[int, ...]) -> None:
    arrays = {
        name: make([float(n) for n in range(math.prod(shape))], shape)
        for name, shape in shapes.items()
    }
    found = paired(arrays)
    assert list(found) == list(arrays)
    assert all(values.shape == common for values in found.values())


def test_one_point_is_for_all_of_another_variable() -> None:
    found = paired({"x": make([1.0, 2.0, 3.0]), "y": make([5.0])})
    assert (list(found["x"]), list(found["y"])) == ([1, 2, 3], [5, 5, 5])


def test_rows_and_columns_make_a_table() -> None:
    found = paired({"x": make([1.0, 2.0], (2, 1)), "y": make([5.0, 6.0, 7.0])})
    assert list(found["x"]) == [1, 1, 1, 2, 2, 2]
    assert list(found["y"]) == [5, 6, 7, 5, 6, 7]


@pytest.mark.parametrize(
    ("arrays", "sizes"),
    [
        ({"x": (3,), "y": (2,)}, "x has 3 points and y has 2 points"),
        ({"x": (3,), "y": (1,), "z": (2,)}, "x has 3 points, y has 1 point and z has 2 points"),
        ({"x": (2, 2), "y": (3,)}, "x has shape 2x2 and y has 3 points"),
    ],
)
def test_sizes_that_do_not_fit(arrays: dict[str, tuple[int, ...]], sizes: str) -> None:
    made = {name: make([0.0] * math.prod(shape), shape) for name, shape in arrays.items()}
    with pytest.raises(AdiffError) as caught:
        paired(made)
    found = caught.value.diagnostic
    assert found.message == f"points cannot be paired: {sizes}"
    assert found.hint == "give equally many, one for all, or --grid for all pairs"


@given(st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=1, max_size=4))
def test_a_grid_is_every_combination(columns: list[list[int]]) -> None:
    arrays = {f"x{n}": make([float(v) for v in column]) for n, column in enumerate(columns)}
    found = product(arrays)
    rows = list(zip(*(list(values) for values in found.values()), strict=True))
    assert rows == list(every_combination(*columns))
    assert all(values.shape == (len(rows),) for values in found.values())


def test_a_grid_of_tensors_and_complex_numbers() -> None:
    found = product({"A": make([1.0, 2.0, 3.0, 4.0], (2, 2)), "z": make([1j, 2.0])})
    assert list(found["A"]) == [1, 1, 2, 2, 3, 3, 4, 4]
    assert list(found["z"]) == [1j, 2, 1j, 2, 1j, 2, 1j, 2]


def test_the_grid_is_asked_for_by_its_name() -> None:
    assert read("x*t", "x=1,2", "t=3,4,5", grid=True) == {
        "x": ((6,), [1, 1, 1, 2, 2, 2]),
        "t": ((6,), [3, 4, 5, 3, 4, 5]),
    }


def test_too_many_points_are_refused_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "MAX_POINTS", 10)
    monkeypatch.setattr(specs, "MAX_POINTS", 10)
    assert len(numbers("0..9")) == 10
    for spec in ("0..10", "0..1..0.01", "linspace(0, 1, 11)", "logspace(0, 1, 11)", "0..9,5"):
        assert "more than 10 points" in refused("x", spec).message
    wide: dict[str, Array] = {"x": make([0.0] * 4, (4, 1)), "y": make([0.0] * 3)}
    for combine, message in ((paired, "12 points are more than 10"), (product, "a grid of 12 ")):
        with pytest.raises(AdiffError, match=message):
            combine(wide)


# -- anything at all

WORDS = (
    "1 2 .5 1e5 0 -1 x y t = == , ; : .. ... [ ] ( ) pi e i inf sqrt sin max linspace logspace + - "
    "* / ^ ² ! | % 1/0 1e400 ' _ x₁ ∞ √ where if else not < piecewise"
)


def in_text(spec: str, imaginary: bool = False) -> None:
    """Points, or a diagnostic whose place is in the text or in the expression."""
    program = parse("x^2")
    try:
        found = read_points([spec], program, imaginary=imaginary)
    except AdiffError as error:
        diagnostic = error.diagnostic
        assert diagnostic.source == (spec if diagnostic.origin else "x^2")
        assert diagnostic.span is not None
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(diagnostic.source)
        return
    assert "x" in found
    for values in found.values():
        assert len(values) == math.prod(values.shape) > 0
        parts = [values.real, *([values.imag] if values.imag is not None else [])]
        assert all(math.isfinite(number) for part in parts for number in part)
        assert imaginary or values.imag is None


@settings(max_examples=300)
@given(st.text(max_size=20), st.booleans())
def test_any_text_at_all(spec: str, imaginary: bool) -> None:
    in_text(spec, imaginary)


@settings(max_examples=1_000)
@given(
    st.lists(st.sampled_from(WORDS.split(" ")), max_size=10),
    st.sampled_from(["", " "]),
    st.booleans(),
)
def test_any_soup_of_words(words: list[str], blank: str, imaginary: bool) -> None:
    in_text(blank.join(words), imaginary)
