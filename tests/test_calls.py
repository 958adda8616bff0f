"""Calls: counting operands, overloads, aliases, piecewise, and what cannot be called."""

from __future__ import annotations

import pytest

from autodiffcli.calls import PLAIN, Call, truth_of, unknown_call
from autodiffcli.diagnostics import AdiffError, Span
from autodiffcli.ops import FUNCTIONS, OPS
from autodiffcli.parser import parse
from autodiffcli.program import Builder


def same(one: str, other: str) -> bool:
    builder = Builder()
    return builder.inline(parse(one), {}) == builder.inline(parse(other), {})


@pytest.mark.parametrize(
    ("call", "means"),
    [
        ("ln(x)", "log(x)"),
        ("lg(x)", "log10(x)"),
        ("log₂(x)", "log2(x)"),
        ("arcsin(x)", "asin(x)"),
        ("arctan2(y, x)", "atan2(y, x)"),
        ("atan(y, x)", "atan2(y, x)"),
        ("arsinh(x)", "asinh(x)"),
        ("arcsinh(x)", "asinh(x)"),
        ("tg(x)", "tan(x)"),
        ("Gamma(x)", "gamma(x)"),
        ("Γ(x)", "gamma(x)"),
        ("maximum(x, y)", "max(x, y)"),
        ("max(x, y, z, u)", "max(max(max(x, y), z), u)"),
        ("max(x)", "amax(x)"),
        ("min(x, y, z)", "min(min(x, y), z)"),
        ("clip(x, 0, 1)", "min(max(x, 0), 1)"),
        ("heaviside(x)", "where(x < 0, 0, where(x > 0, 1, 1/2))"),
        ("heaviside(x, 1)", "where(x < 0, 0, where(x > 0, 1, 1))"),
        ("factorial(x)", "gamma(x + 1)"),
        ("sec(x)", "1/cos(x)"),
        ("deg(x)", "degrees(x)"),
        ("rad(x)", "x*(pi/180)"),
        ("power(x, 2)", "x^2"),
        ("root(x, 3)", "nthroot(x, 3)"),
        ("relu(x)", "max(x, 0)"),
        ("pow(x, 2)", "x^2"),
        ("mod(x, 2)", "x % 2"),
        ("lt(x, 2)", "x < 2"),
        ("abs(x)", "|x|"),
        ("exp(x)", "e^x"),
        ("stack", "stack"),
        ("where(x, 1, 2)", "1 if x else 2"),
        ("where(x > 0, 1, 2)", "1 if x > 0 else 2"),
        ("not(x)", "not x"),
        ("piecewise(x < 0: 1, 2)", "1 if x < 0 else 2"),
        ("piecewise(x < 0: 1, x < 1: 2, 3)", "1 if x < 0 else (2 if x < 1 else 3)"),
        ("piecewise(x: 1, 2)", "1 if x != 0 else 2"),
        (
            "piecewise(0 < x < 1: x, piecewise(x > 1: 1, 0))",
            "x if 0 < x < 1 else 1 if x > 1 else 0",
        ),
    ],
)
def test_calls_that_are_the_same(call: str, means: str) -> None:
    assert same(call, means)


@pytest.mark.parametrize("word", PLAIN)
def test_a_call_with_one_operand_is_one_step(word: str) -> None:
    program = parse(f"{word}(x)")
    assert [step.op for step in program.steps] == ["input", FUNCTIONS[word].name]


@pytest.mark.parametrize("word", [word for word in FUNCTIONS if word not in ("and", "or", "div")])
def test_every_function_can_be_called_with_the_operands_of_its_signature(word: str) -> None:
    op = FUNCTIONS[word]
    if op.name == "piecewise":
        return
    operands = [f"v{number}" for number in range(len(op.parameters))]
    assert set(parse(f"{word}({', '.join(operands)})").inputs) == set(operands)


# -- definitions


@pytest.mark.parametrize(
    ("source", "means"),
    [
        ("f(z) = z^2; f(x)", "x^2"),
        ("f(z) = z^2; f(f(x))", "(x^2)^2"),
        ("f(z) = z^2; g(z) = f(z) + 1; g(3)", "3^2 + 1"),
        ("f(a, b) = a - b; f(y, x)", "y - x"),
        ("f(a, b) = a; f(x, y)", "x"),
        ("f(z) = z*t; f(x)", "x*t"),
        ("a = 2; f(z) = a*z; a = 3; f(x)", "2*x"),
        ("f(z) = z; f(z) = f(z) + 1; f(x)", "x + 1"),
        ("f(x) = x^2; f(x + 1)", "(x + 1)^2"),
        ("f(x) = x^2; x + f(y)", "x + y^2"),
        ("f(e) = e^2; f(x)", "x^2"),
        ("f(sin) = sin^2; f(x)", "x^2"),
        ("f(pi) = pi*x; f(2) + pi", "2*x + pi"),
        ("f(z) = z^2; 2f(x)", "2*x^2"),
        ("f(z) = z^2; f (x)", "x^2"),
        ("e(z) = z^2; e(x) + e", "x^2 + e"),
        ("d(z) = z^2; d(x)", "x^2"),
    ],
)
def test_a_definition_is_put_in_place(source: str, means: str) -> None:
    assert same(source, means)


# -- mistakes

PAIRS = "piecewise takes pairs `condition: value` and a last value for otherwise"
PAIRS_HINT = "write piecewise(x < 0: -x, x < 1: x, otherwise)"
INSIDE = "a derivative is written d(u, x), d(u, x, t) or d(u, x, 2)"
LISTS = "`adiff functions` lists the functions"

MISTAKES = [
    # (source, place, message, hint)
    ("1 + sin()", "sin()", "'sin' is given 0 operands, it is sin(x)", ""),
    ("sin(x, y)", "sin(x, y)", "'sin' is given 2 operands, it is sin(x)", ""),
    ("atan2(x)", "atan2(x)", "'atan2' is given 1 operand, it is atan2(y, x)", ""),
    ("log()", "log()", "'log' is given 0 operands, it is log(x) or log(x, b)", ""),
    ("max()", "max()", "'max' is given 0 operands, it is max(a, b, ...) or max(x)", ""),
    ("ln(1, 2, 3)", "ln(1, 2, 3)", "'ln' is given 3 operands, it is ln(x) or ln(x, b)", ""),
    ("f(z) = z; 2*f(x, y)", "f(x, y)", "'f' is given 2 operands, it takes 1", ""),
    ("f(z) = z; f()", "f()", "'f' is given 0 operands, it takes 1", ""),
    ("piecewise()", "piecewise()", PAIRS, PAIRS_HINT),
    ("piecewise(x < 0: 1)", "piecewise(x < 0: 1)", PAIRS, PAIRS_HINT),
    ("piecewise(x < 0, 1, 2)", "piecewise(x < 0, 1, 2)", PAIRS, PAIRS_HINT),
    ("piecewise(x < 0: 1, x > 1, 2)", "piecewise(x < 0: 1, x > 1, 2)", PAIRS, PAIRS_HINT),
    ("piecewise(x, 1: 2)", "piecewise(x, 1: 2)", PAIRS, PAIRS_HINT),
    ("piecewise(x: 1: 2, 3)", "piecewise(x: 1: 2, 3)", PAIRS, PAIRS_HINT),
    ("sine(x)", "sine", "no function called 'sine'", "did you mean 'sin'?"),
    ("2*Sin(x)", "Sin", "no function called 'Sin'", "did you mean 'sin'?"),
    ("xsin(x)", "xsin", "no function called 'xsin'", "did you mean 'sin'?"),
    ("log_2(x)", "log_2", "no function called 'log_2'", "did you mean 'log2'?"),
    ("frobnicate(x)", "frobnicate", "no function called 'frobnicate'",
     f"for a product write frobnicate*(...); {LISTS}"),
    ("speed(z) = z; sped(x)", "sped", "no function called 'sped'", "did you mean 'speed'?"),
    ("d/dx(x^2)", "d/dx", "no function called 'd'", INSIDE),
    ("derivative(x, x)", "derivative", "no function called 'derivative'", INSIDE),
    ("IF(x > 0, x, 0)", "IF", "no function called 'IF'",
     "write `a if c else b` or where(c, a, b)"),
    ("POWER(x, 2)", "POWER", "no function called 'POWER'", "did you mean 'power'?"),
    ("beta(x+1)", "beta(x+1)", "'beta' is given 1 operand, it is beta(a, b)",
     "for a product write beta*(...)"),
    ("beta^2(x+1)", "beta^2(x+1)", "'beta' is given 1 operand, it is beta(a, b)",
     "for a product write beta^2*(...)"),
    ("n(x+1)", "n", "'n' is a variable and cannot be called", "for a product write n*(...)"),
    ("x(x+1)", "x", "'x' is a variable and cannot be called", "for a product write x*(...)"),
    ("f(x)(x+1)", "f", "'f' is a variable and cannot be called", "for a product write f*(...)"),
    ("e(x)", "e", "'e' is a constant and cannot be called", "for a product write e*(...)"),
    ("2π(x+1)", "π", "'π' is a constant and cannot be called", "for a product write π*(...)"),
    ("sin = 3; sin(x)", "sin", "'sin' is a variable and cannot be called",
     "for a product write sin*(...)"),
    ("u = x; u(2)", "u", "'u' is a variable and cannot be called", "for a product write u*(...)"),
    ("f(g) = g(2); f(3)", "g", "'g' is a variable and cannot be called",
     "for a product write g*(...)"),
    ("f(z) = z; f = 3; f(x)", "f", "'f' is a variable and cannot be called",
     "for a product write f*(...)"),
    ("f(n) = n*f(n-1)", "f", "'f' is called in its own definition", ""),
    ("f(z) = z; g(z) = f(z) + g(z); f(x)", "g", "'g' is called in its own definition", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "place", "message", "hint"), MISTAKES, ids=[row[0] for row in MISTAKES]
)
def test_mistake(source: str, place: str, message: str, hint: str) -> None:
    with pytest.raises(AdiffError) as caught:
        parse(source)
    found = caught.value.diagnostic
    start = source.rindex(place) if len(place) > 1 else source.rindex(f"{place}(")
    assert (found.message, found.hint, found.source) == (message, hint, source)
    assert found.span == Span(start, start + len(place))


@pytest.mark.parametrize("name", ["n", "nee", "lte", "ands"])
def test_operators_are_not_offered_for_a_misspelt_function(name: str) -> None:
    functions, span = ("ne", "lt", "and", "not"), Span(0, len(name))
    found = unknown_call(name, span, f"{name}(x)", known="", functions=functions).diagnostic
    assert "did you mean" not in found.hint


def test_a_call_of_a_word_of_a_million_letters_is_refused_at_once() -> None:
    with pytest.raises(AdiffError, match="no function called"):
        parse("a" * 1_000_000 + "(x)")


def test_a_truth_is_left_alone_and_a_number_is_compared_with_zero() -> None:
    builder = Builder("x < 1")
    x = builder.add("input", (), "x", Span(0, 1))
    one = builder.add("const", (), "1", Span(4, 5))
    less = builder.add("lt", (x, one), "", Span(0, 5))
    assert truth_of(builder, less) == less
    ne = builder.steps[truth_of(builder, x)]
    assert (ne.op, ne.span) == ("ne", Span(0, 1))
    assert builder.steps[ne.operands[1]].text == "0"


def test_a_call_begins_without_colons() -> None:
    assert Call("f").colons == []
    assert Call("f").colons is not Call("f").colons


def test_words_of_rules_are_no_words_of_the_language() -> None:
    hidden = [name for name, op in OPS.items() if op.hidden]
    assert "cos_atan" in hidden
    for name in hidden:
        with pytest.raises(AdiffError, match=r"no function called|cannot be called"):
            parse(f"{name}(x)")
