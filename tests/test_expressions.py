"""Every row of the expression table, by values worked out by hand and by Python's own grammar."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mpf
from mpmath.libmp import to_rational

from autodiffcli.interpreters.numbers import constant
from autodiffcli.parser import parse
from autodiffcli.program import INPUT, Builder, Span

E, PI = math.e, math.pi


def value(expression: str, **variables: float) -> float:
    """The value of an expression, its variables given by definitions before it."""
    definitions = "".join(f"{name} = {number!r}; " for name, number in variables.items())
    return float(constant(parse(definitions + expression)))


def same(one: str, other: str) -> bool:
    """Whether two expressions are the same steps; numbering and spans aside."""
    builder = Builder()
    return builder.inline(parse(one), {}) == builder.inline(parse(other), {})


def steps(source: str) -> list[tuple[str, str, str]]:
    """The op, the text and the source of every step."""
    program = parse(source)
    return [(step.op, step.text, program.text_of(n)) for n, step in enumerate(program.steps)]


# -- the rows of the table

VALUES = [
    # numbers
    ("2", 2), (".5", 0.5), ("5.", 5), ("1e-3", 0.001), ("1E3", 1000), ("1_000", 1000),
    ("1_000.000_5", 1000.0005), ("2.5e+2", 250), ("00012", 12),
    # powers
    ("3**2", 9), ("3^2", 9), ("3²", 9), ("2¹⁰", 1024), ("2⁻²", 0.25), ("2⁺³", 8),
    ("2^3^2", 512), ("2**3**2", 512), ("(2^3)^2", 64), ("-3^2", -9), ("-3²", -9), ("(-3)^2", 9),
    ("2^-1", 0.5), ("2**-2", 0.25), ("2^-2^2", 1 / 16), ("2^--2", 4), ("4^0.5", 2), ("0^0", 1),
    ("2*3^2", 18), ("-2^2^3", -256), ("x²³", 2.0**23), ("sin^2(1)", math.sin(1) ** 2),
    ("sin²(1)", math.sin(1) ** 2), ("cos^10(1)", math.cos(1) ** 10), ("max^2(1, 3)", 9),
    ("sin**3(1)", math.sin(1) ** 3), ("-sin^2(1)", -(math.sin(1) ** 2)),
    # products
    ("2*3", 6), ("2x", 4), ("2(x+1)", 6), ("(x+1)(x-1)", 3), ("2sin(1)", 2 * math.sin(1)),
    ("x y", 6), ("2×3", 6), ("2·3", 6), ("2⋅3", 6), ("xy", 7), ("3x²y", 36), ("2x y^2", 36),
    ("(x)y", 6), ("sin(1)cos(1)", math.sin(1) * math.cos(1)), ("2π", 2 * PI), ("2 pi x", 4 * PI),
    ("x^2y", 12), ("2(3)(4)", 24), ("2√y", 2 * math.sqrt(3)), ("x∛8", 4), ("3 max(x, y)", 9),
    ("2e", 2 * E), ("2e^x", 2 * E**2), ("x!y", 6), ("2x^3", 16), ("-2x", -4), ("8/(2x)", 2),
    # other operators
    ("7-2-1", 4), ("7 − 2", 5), ("−2", -2), ("8/4/2", 1), ("8÷4", 2), ("8/4*2", 4),
    ("7%3", 1), ("-7%3", 2), ("7%-3", -2), ("7%3*2", 2), ("2*7%3", 2), ("+3", 3), ("--3", 3),
    ("3!", 6), ("(1+2)!", 6), ("2^3!", 64), ("-3!", -6), ("3!^2", 36), ("0!", 1), ("√9", 3),
    ("√(9)+1", 4), ("∛27", 3), ("-√9", -3), ("√√16", 2), ("√9^2", 9), ("√9²", 9),
    ("|-3|", 3), ("|x-5|", 3), ("||x-5|-4|", 1), ("|x|*|y|", 6), ("-|x|", -2), ("|x|y", 6),
    ("|x - |y - 5||", 0), ("|-x|^2", 4), ("max(|x|, |y|)", 3),
    # comparisons, truth
    ("1 < 2", 1), ("2 < 1", 0), ("2 <= 2", 1), ("2 ≤ 2", 1), ("2 >= 3", 0), ("3 ≥ 3", 1),
    ("1 == 1", 1), ("1 != 1", 0), ("1 ≠ 2", 1), ("0<x<3", 1), ("0<x<1", 0), ("3>x>1>0", 1),
    ("1<x==2<y", 1), ("(0<x)<1", 0), ("1 and 0", 0), ("1 or 0", 1), ("not 1", 0), ("not 0", 1),
    ("not x == y", 1), ("1 ∧ 1", 1), ("0 ∨ 0", 0), ("¬0", 1), ("1 or 1 and 0", 1),
    ("(1 or 1) and 0", 0), ("not 0 and 0", 0), ("not (0 and 0)", 1), ("x and y", 1), ("0 or 5", 1),
    ("1+1 < 3*1", 1), ("2 > 1 and 3 > 2 or 0", 1), ("not not 5", 1), ("(1<2)+1", 2),
    # choice
    ("5 if x > 1 else 6", 5), ("5 if x > 2 else 6", 6), ("5 if 0 else 6 if 1 else 7", 6),
    ("5 if 0 else 6 if 0 else 7", 7), ("1 if 0 if 1 else 1 else 2", 2), ("1 if x else 2", 1),
    ("1 + 5 if 0 else 6", 6), ("1 if 1 else 2 + 5", 1), ("(1 if 0 else 2) + 5", 7),
    ("1 if x < 1 or y > 1 else 2", 1), ("where(x > 1, 5, 6)", 5), ("where(0, 5, 6)", 6),
    ("piecewise(x < 0: 1, x < 5: 2, 3)", 2), ("piecewise(x < 0: 1, x < 1: 2, 3)", 3),
    ("piecewise(x > 0: 1, x > 1: 2, 3)", 1), ("piecewise(x: 1, 3)", 1),
    # names and constants
    ("pi", PI), ("π", PI), ("e", E), ("tau", 2 * PI), ("τ", 2 * PI), ("𝜋", PI), ("ℯ", E),
    ("e^2", E**2), ("e**-1", 1 / E), ("e²", E**2), ("π^2", PI**2),
    # calls
    ("log(x)", math.log(2)), ("ln(x)", math.log(2)), ("log(8, 2)", 3), ("log10(100)", 2),
    ("log2(8)", 3), ("log₂(8)", 3), ("atan2(1, -1)", 3 * PI / 4), ("atan(1, -1)", 3 * PI / 4),
    ("arcsin(1)", PI / 2), ("asin(1)", PI / 2), ("arsinh(1)", math.asinh(1)), ("max(1, x, y)", 3),
    ("min(3, x, y, 1)", 1), ("heaviside(0)", 0.5), ("heaviside(0, 1)", 1), ("clamp(5, 0, 3)", 3),
    ("sec(1)", 1 / math.cos(1)), ("factorial(4)", 24), ("sin (1)", math.sin(1)), ("sgn(-3)", -1),
    ("not(0)", 1), ("hypot(3, 4)", 5), ("frac(2.5)", 0.5), ("cbrt(-8)", -2), ("mod(7, 3)", 1),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "expected"), VALUES, ids=[row[0] for row in VALUES])
def test_value(expression: str, expected: float) -> None:
    # x, y and xy are variables of their own
    found = value(expression, x=2, y=3, xy=7)
    assert found == pytest.approx(expected, rel=1e-15, abs=1e-30)


def test_a_variable_in_an_exponent_is_no_constant() -> None:
    assert value("e = 3; e^x", x=2) == 9


TENSORS = {
    "[1, x]": ["const 1", "input x", "stack %0 %1"],
    "[[1, 2], [3, x]]": [
        *("const 1", "const 2", "stack %0 %1", "const 3", "input x", "stack %3 %4"),
        "stack %2 %5",
    ],
    "x[0]": ["input x", "index %0 0"],
    "x[-1]": ["input x", "index %0 -1"],
    "x[−1]": ["input x", "index %0 -1"],
    "x[1:]": ["input x", "index %0 1:"],
    "x[:, -1]": ["input x", "index %0 :,-1"],
    "x[1:5:2, 0]": ["input x", "index %0 1:5:2,0"],
    "x[::2]": ["input x", "index %0 ::2"],
    "x[1000000000]": ["input x", "index %0 1000000000"],
    "x[0][1]": ["input x", "index %0 0", "index %1 1"],
    "[x, y][0]": ["input x", "input y", "stack %0 %1", "index %2 0"],
    "A @ B": ["input A", "input B", "matmul %0 %1"],
    "A @ B @ c": ["input A", "input B", "matmul %0 %1", "input c", "matmul %2 %3"],
    "A.T @ x": ["input A", "transpose %0", "input x", "matmul %1 %2"],
    "A.T.T": ["input A", "transpose %0", "transpose %1"],
    "(A @ B).T": ["input A", "input B", "matmul %0 %1", "transpose %2"],
    "-A.T[0]": ["input A", "transpose %0", "index %1 0", "neg %2"],
    "sum(x)": ["input x", "sum %0"],
    "mean(x) + prod(x)": ["input x", "mean %0", "prod %0", "add %1 %2"],
    "max(x)": ["input x", "amax %0"],
    "norm(x)*dot(a, b)": ["input x", "norm %0", "input a", "input b", "dot %2 %3", "mul %1 %4"],
    "det(A) + trace(inv(A))": ["input A", "det %0", "inv %0", "trace %2", "add %1 %3"],
}


@pytest.mark.parametrize("expression", TENSORS)
def test_tensors(expression: str) -> None:
    expected = [f"%{number} = {step}" for number, step in enumerate(TENSORS[expression])]
    assert str(parse(expression)).splitlines() == expected


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("lambda*beta", ("lambda", "beta")),
        ("S + N + Q", ("S", "N", "Q")),
        ("gamma*sin", ("gamma", "sin")),
        ("α*β_1 + x₁", ("α", "β_1", "x1")),
        ("µ + μ", ("μ",)),
        ("i", ("i",)),
        ("E + I + Inf", ("E", "I", "Inf")),
        ("max + min(x, y)", ("max", "x", "y")),
        ("piecewise + where", ("piecewise", "where")),
        ("xsinx", ("xsinx",)),
    ],
)
def test_what_is_no_function_constant_or_definition_is_a_variable(
    name: str, variables: tuple[str, ...]
) -> None:
    assert parse(name).inputs == variables


def test_i_is_the_imaginary_unit_where_numbers_are_complex() -> None:
    program = parse("2i + i^2", imaginary=True)
    assert program.inputs == ()
    assert complex(constant(program)) == -1 + 2j


# -- precedence

AGREES = {
    "a+b*c^d!": "a+(b*(c^(d!)))",
    "-a^b": "-(a^b)",
    "-a*b": "(-a)*b",
    "-a!": "-(a!)",
    "a^-b": "a^(-b)",
    "a^-b*c": "(a^(-b))*c",
    "a^-b^c": "a^(-(b^c))",
    "a/b/c": "(a/b)/c",
    "a/b*c": "(a/b)*c",
    "a%b*c": "(a%b)*c",
    "a@b*c": "(a@b)*c",
    "a*b@c": "(a*b)@c",
    "a-b+c": "(a-b)+c",
    "a<b+c": "a<(b+c)",
    "a<b<c": "a<b and b<c",
    "a<b<c<=d": "a<b and b<c and c<=d",
    "(a<b)<c": "(a<b)<(c)",
    "not a<b": "not (a<b)",
    "not a and b": "(not a) and b",
    "a or b and c": "a or (b and c)",
    "a and b or c": "(a and b) or c",
    "a if b else c if d else f": "a if b else (c if d else f)",
    "a if b if c else d else f": "a if (b if c else d) else f",
    "a or b if c or d else f": "(a or b) if (c or d) else f",
    "√a^b": "(√a)^b",
    "a^√b^c": "a^((√b)^c)",
    "a^√b²": "a^((√b)²)",
    "√a²": "(√a)²",
    "√a!": "√(a!)",
    "√a[0]": "√(a[0])",
    "√-a": "√(-a)",
    "2a^b": "2*(a^b)",
    "a b^2 c": "(a*(b^2))*c",
    "2a!": "2*(a!)",
    "-2a": "(-2)*a",
    "a² b": "(a^2)*b",
    "a^b²": "a^(b²)",
    "a²^b": "(a²)^b",
    "2a+b": "(2*a)+b",
    "a b/c d": "((a*b)/c)*d",
    "a sin(b) c": "(a*sin(b))*c",
    "a[0]^2": "(a[0])^2",
    "-a.T": "-(a.T)",
    "|a|b": "abs(a)*b",
    "max(a, b, c)": "max(max(a, b), c)",
    "sin^2(a)": "(sin(a))^2",
    "a!!": "(a!)!",
    "1e3a": "1e3*a",
}


@pytest.mark.parametrize("expression", AGREES)
def test_brackets_that_change_nothing(expression: str) -> None:
    assert same(expression, AGREES[expression])


DIFFERS = [("(a<b)<c", "a<b<c"), ("(-a)^b", "-a^b"), ("(a^b)^c", "a^b^c"), ("a-(b-c)", "a-b-c"),
           ("√(a^b)", "√a^b"), ("a/(b c)", "a/b c"), ("(a if b else c)+d", "a if b else c+d"),
           ("not (a and b)", "not a and b"), ("a@(b@c)", "a@b@c"), ("xy", "x y")]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), DIFFERS, ids=[row[0] for row in DIFFERS])
def test_brackets_that_change_the_meaning(one: str, other: str) -> None:
    assert not same(one, other)


# -- places and sharing

SPANS = {
    "2*x + 1": ["2", "x", "2*x", "1", "2*x + 1"],
    "(x+1) * 2": ["x", "1", "x+1", "2", "(x+1) * 2"],
    " - x ^ 2 ": ["x", "2", "x ^ 2", "- x ^ 2"],
    "2x²": ["2", "x", "x²", "2x²"],
    "x³": ["x", "³", "x³"],
    "3x^2y": ["3", "x", "2", "x^2", "3x^2", "y", "3x^2y"],
    "sin( x )": ["x", "sin( x )"],
    "sin²(x)": ["x", "sin²(x)", "²", "sin²(x)"],
    "sin^3(x)": ["x", "sin^3(x)", "3", "sin^3(x)"],
    "0<x<1<=y": ["0", "x", "0<x", "1", "x<1", "0<x<1", "y", "1<=y", "0<x<1<=y"],
    "|x-1|*y": ["x", "1", "x-1", "|x-1|", "y", "|x-1|*y"],
    "x[1:, 0].T": ["x", "x[1:, 0]", "x[1:, 0].T"],
    "[x, (y)]": ["x", "y", "[x, (y)]"],
    "a if b<c else d": ["a", "b", "c", "b<c", "d", "a if b<c else d"],
    "√(x)+∛y": ["x", "√(x)", "y", "∛y", "√(x)+∛y"],
    "max(x,y,z)": ["x", "y", "z", "max(x,y,z)", "max(x,y,z)"],
    "not (x>1) and y<2": ["x", "1", "x>1", "not (x>1)", "y", "2", "y<2", "not (x>1) and y<2"],
    "log(x, 10)": ["x", "10", "log(x, 10)"],
    "atan2(y,x) @ A": ["y", "x", "atan2(y,x)", "A", "atan2(y,x) @ A"],
    "u = x+1; -u": ["x", "1", "x+1", "-u"],
    "f(z) = z^2; f(x) + 1": ["2", "x", "z^2", "1", "f(x) + 1"],
    "f(x, y) = x*y": ["x", "y", "x*y"],
}


@pytest.mark.parametrize("source", SPANS)
def test_the_span_of_a_step_is_its_text(source: str) -> None:
    assert [text for _, _, text in steps(source)] == SPANS[source]


def test_what_stands_for_several_steps_is_the_place_of_each() -> None:
    assert steps("x!") == [("input", "x", "x"), ("const", "1", "x!"), ("add", "", "x!"),
                           ("gamma", "", "x!")]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("x+x", 2),
        ("(x+1)*(x+1)", 4),
        ("sin(x)^2 + sin(x)²", 5),
        ("(x+1)/(1+x)", 5),
        ("e^x + exp(x)", 3),
        ("1_000 + 1000", 2),
        ("|x| + abs(x)", 3),
        ("x y + x*y", 4),
        ("u = x^2; u + x^2", 4),
        ("f(z) = z^2; f(x)*f(x)", 4),
    ],
)
def test_equal_steps_are_one(source: str, count: int) -> None:
    assert len(parse(source).steps) == count


def test_a_shared_step_keeps_its_first_place() -> None:
    program = parse("x + x")
    assert program.steps[0].span == Span(0, 1)
    assert program.steps[1].operands == (0, 0)


def test_steps_that_do_not_matter_are_left_out() -> None:
    assert [step.op for step in parse("u = sin(t); f(z) = z^3; x").steps] == [INPUT]


# -- depth and length

DEEP = {
    "brackets": ("(" * 10_000 + "x" + ")" * 10_000, 1),
    "calls": ("sin(" * 10_000 + "x" + ")" * 10_000, 10_001),
    "function powers": ("sin^2(" * 5_000 + "x" + ")" * 5_000, 10_002),
    "minuses": ("-" * 10_000 + "x", 10_001),
    "powers": ("^".join(["x"] * 10_000), 10_000),
    "roots": ("√" * 10_000 + "x", 10_001),
    "nots": ("not " * 10_000 + "x", 10_003),
    "factorials": ("(x)" + "!(1)" * 5_000, 5_006),
    "lists": ("[" * 5_000 + "x" + "]" * 5_000, 5_001),
    "indices": ("x" + "[0]" * 5_000, 5_001),
    "bars": ("|x-" * 5_000 + "x" + "|" * 5_000, 10_001),
    "choices at the end": ("1 if x>0 else " * 5_000 + "2", 5_005),
    "choices in front": ("1 if " * 5_000 + "x" + " else 2" * 5_000, 10_004),
    "choices in brackets": ("(1 if x>0 else " * 5_000 + "2" + ")" * 5_000, 5_005),
    "chains": ("<".join(["x"] * 5_000), 5_000),
    "definitions": (";".join(["x=x+1"] * 5_000) + ";x", 5_002),
    "piecewise": ("piecewise(" + ",".join(f"x<{n}:{n}" for n in range(5_000)) + ",0)", 15_001),
}


@pytest.mark.parametrize("kind", DEEP)
def test_depth_does_not_matter(kind: str) -> None:
    source, count = DEEP[kind]
    assert len(parse(source).steps) == count


def test_a_hundred_thousand_terms() -> None:
    program = parse("+".join(["x"] * 100_000))
    assert len(program.steps) == 100_000
    assert program.steps[-1].operands == (99_998, 0)
    assert program.steps[-1].span == Span(0, 199_999)


# -- against Python's own grammar


@st.composite
def numbers(draw: st.DrawFn, depth: int) -> str:
    """A text that Python and adiff should read alike, of small numbers without rounding."""
    if depth == 0:
        return draw(st.sampled_from("0123"))
    left, right = numbers(depth - 1), numbers(depth - 1)
    kind = draw(st.integers(0, 12))
    if kind < 5:
        sign = draw(st.sampled_from([" + ", " - ", "*", " - -", " + -", "*-"]))
        return draw(left) + sign + draw(right)
    if kind == 5:
        return draw(left) + draw(
            st.sampled_from(["/2", "/-4", "%3", "%-2", "/2*3", "*3/4", "%2%3"])
        )
    if kind == 6:
        base = draw(st.sampled_from(["2", "3", f"({draw(left)})", "-2", "-3"]))
        return base + draw(st.sampled_from(["**2", "**1", "**0", "**2**1", "**1**2", "**-0"]))
    if kind == 7:
        return draw(st.sampled_from(["2**-1", "4**-2", "-2**-1", "2**-1**2", "-2**2"]))
    if kind == 8:
        return draw(st.sampled_from("-+")) + draw(left)
    if kind == 9:
        return f"({draw(left)})"
    if kind == 10:
        return f"{draw(left)} if {draw(conditions(depth - 1))} else {draw(right)}"
    if kind == 11:
        call = draw(st.sampled_from(["abs({})", "max({}, {})", "min({}, {}, 1)", "floor({})"]))
        return call.format(draw(left), draw(right))
    return f"({draw(conditions(depth - 1))})"


@st.composite
def conditions(draw: st.DrawFn, depth: int) -> str:
    """A condition that Python and adiff should read alike."""
    kind = draw(st.integers(0, 6))
    if depth == 0 or kind < 3:
        signs = st.sampled_from([" < ", " <= ", " > ", ">=", "==", " != "])
        texts = [draw(numbers(max(depth - 1, 0))) for _ in range(draw(st.integers(2, 3)))]
        # a choice would end the comparison
        operands = [f"({text})" if " if " in text else text for text in texts]
        return "".join(f"{sign}{operand}" for sign, operand in zip(
            ["", *(draw(signs) for _ in operands[1:])], operands, strict=True))  # fmt: skip
    if kind == 3:
        return f"not {draw(conditions(depth - 1))}"
    if kind == 4:
        return f"({draw(conditions(depth - 1))})"
    joined = draw(st.sampled_from([" and ", " or "]))
    return draw(conditions(depth - 1)) + joined + draw(conditions(depth - 1))


def by_python(text: str) -> Fraction:
    exact = re.sub(r"\d+", r"F(\g<0>)", text)
    names = {"F": Fraction, "abs": abs, "max": max, "min": min, "floor": math.floor}
    return Fraction(eval(exact, {"__builtins__": {}}, names))


@settings(max_examples=400)
@given(numbers(4))
def test_python_reads_the_same_number(text: str) -> None:
    expected = by_python(text)
    assume(max(abs(expected.numerator), expected.denominator) < 2**120)
    for spelling in (text, text.replace("**", "^")):
        found = constant(parse(spelling))
        assert Fraction(*to_rational(mpf(found)._mpf_)) == expected


FUNCTIONS = {
    **{name: getattr(math, name) for name in ("sin", "cos", "tan", "exp", "log", "sqrt", "atan")},
    **{name: getattr(math, name) for name in ("sinh", "tanh", "asinh", "erf", "gamma", "atan2")},
    **{name: getattr(math, name) for name in ("hypot", "log10", "expm1", "acos", "atanh")},
    "abs": abs,
    "pi": math.pi,
    "e": math.e,
}


@st.composite
def formulas(draw: st.DrawFn, depth: int) -> str:
    """A text with functions that Python and adiff should read alike."""
    if depth == 0:
        return draw(st.sampled_from(["0.5", "1.25", "2", "pi", "e", ".75", "1e-1", "3."]))
    left, right = draw(formulas(depth - 1)), draw(formulas(depth - 1))
    kind = draw(st.integers(0, 5))
    if kind < 2:
        return left + draw(st.sampled_from(["+", "-", "*", "/", "**", "/-", "*-", "**-"])) + right
    if kind == 2:
        return f"-{left}"
    if kind == 3:
        return f"({left}{draw(st.sampled_from('+-*/'))}{right})"
    if kind == 4:
        return f"{draw(st.sampled_from(['atan2', 'hypot']))}({left}, {right})"
    one = sorted(FUNCTIONS.keys() - {"atan2", "hypot", "pi", "e"})
    return f"{draw(st.sampled_from(one))}({left})"


@settings(max_examples=300)
@given(formulas(3))
def test_python_reads_the_same_formula(text: str) -> None:
    try:
        expected = eval(text, {"__builtins__": {}}, FUNCTIONS)
    except (ValueError, ArithmeticError, TypeError):
        assume(False)
    assume(isinstance(expected, float) and 1e-6 < abs(expected) < 1e6)
    found = constant(parse(text))
    # Python rounds at every step; adiff once. A wrong reading is off by far more.
    assert float(found.real) == pytest.approx(expected, rel=1e-6)


# -- spaces


@st.composite
def texts(draw: st.DrawFn) -> list[str]:
    """The words of an expression of many kinds."""
    source = draw(
        st.sampled_from(
            [
                *(row for row, _ in VALUES if " " not in row),
                *(row for row in TENSORS if "," in row),
                *(row for row in AGREES if not re.search("[a-z]{2}", row)),
            ]
        )
    )
    return re.findall(
        r"[⁺⁻][⁰¹²³⁴⁵⁶⁷⁸⁹]+|[\w.]*[eE][-+]?\d+|\.T|\.\.|[\w.]+|\*\*|[<>=!]=|.", source
    )


@settings(max_examples=300)
@given(texts(), st.data())
def test_spaces_between_words_change_nothing(found: list[str], data: st.DataObject) -> None:
    parts = [found[0]]
    for before, after in pairwise(found):
        needed = before[-1].isalnum() and after[0].isalnum()
        blank = data.draw(st.sampled_from([" ", "  ", "\t", "\u00a0", "\u2009"]))
        parts += [blank if needed or data.draw(st.booleans()) else "", after]
    assert same("".join(parts), "".join(found))


@pytest.mark.parametrize(
    "source", ["2 x", "sin (x)", "x [0]", "x !", "x ²", "A .T", "( x )", "- x"]
)
def test_spaces_where_one_would_not_expect_them(source: str) -> None:
    assert same(source, source.replace(" ", ""))
