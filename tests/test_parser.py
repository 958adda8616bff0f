"""Statements: separators, definitions, lone definitions, and the names that they leave behind."""

from __future__ import annotations

import gc

import pytest

from autodiffcli.diagnostics import AdiffError, Diagnostic, Span
from autodiffcli.ops import OPS
from autodiffcli.parser import CONSTANTS, definition_of, parse
from autodiffcli.program import Builder


def same(one: str, other: str) -> bool:
    builder = Builder()
    return builder.inline(parse(one), {}) == builder.inline(parse(other), {})


def refused(source: str) -> Diagnostic:
    with pytest.raises(AdiffError) as caught:
        parse(source)
    return caught.value.diagnostic


# -- statements


@pytest.mark.parametrize(
    "end", [";", "\n", ";\n", "\r\n", "\r", ";;", " ; ", "\n\n", "\u2028", "\v"]
)
def test_statements_are_separated_by_semicolons_and_line_ends(end: str) -> None:
    assert same(f"u = x^2{end}v = u + 1{end}u*v", "x^2 * (x^2 + 1)")


@pytest.mark.parametrize("source", ["x;", ";x", "\nx\n", "x;;", " ;\n x ; \n", "x\r\n"])
def test_empty_statements_are_nothing(source: str) -> None:
    assert same(source, "x")


@pytest.mark.parametrize(
    "source",
    [
        "(x\n+\n1)",
        "max(\n  x,\r\n  y\n)",
        "[1,\n2]",
        "f(\nz\n) = z; f(\nx\n)",
        "[[1,\n2],\n[3, 4]]",
    ],
)
def test_a_line_end_inside_brackets_separates_nothing(source: str) -> None:
    assert same(source, source.replace("\r", " ").replace("\n", " "))


def test_the_places_of_a_statement_are_those_in_the_whole_text() -> None:
    program = parse("u = x;\nmax(u,\n y)")
    assert [program.text_of(number) for number in range(3)] == ["x", "y", "max(u,\n y)"]


# -- definitions


@pytest.mark.parametrize(
    ("source", "means"),
    [
        ("u = exp(-t)*sin(x); f(z) = z^2; f(u) + 1", "(exp(-t)*sin(x))^2 + 1"),
        ("u = x; u = u + 1; u = u*2; u", "(x + 1)*2"),
        ("x = x^2; x + 1", "x^2 + 1"),
        ("pi = 3; pi*x", "3*x"),
        ("e = 3; e^x", "3^x"),
        ("c = e; c^x", "e^x"),
        ("sin = 3; sin*x", "3*x"),
        ("α = 2; x₁ = 3; α*x1", "2*3"),
        ("f(x₁) = x₁^2; f(3)", "3^2"),
        ("f(x, y) = x - y; x = 5; f(x, 2)", "5 - 2"),
        ("f = 3; f(z) = z^2; f(2)", "2^2"),
        ("f(z) = z^2; f = 3; f", "3"),
        ("and_ = 1; not_x = 2; and_ + not_x", "1 + 2"),
        ("µ = 2; μ*x", "2*x"),
        ("T = x^2; T - T_ref", "x^2 - T_ref"),
        ("u = x; u_1 + u_max", "u_1 + u_max"),
        ("x = t^2; x_0 + x", "x_0 + t^2"),
        ("u = x < 1; u", "x < 1"),
        ("_ = 2; _*x", "2*x"),
    ],
)
def test_what_definitions_mean(source: str, means: str) -> None:
    assert same(source, means)


@pytest.mark.parametrize(
    ("source", "name", "inputs"),
    [
        ("x + y", "", ("x", "y")),
        ("y*x + y", "", ("y", "x")),
        ("y = x^2", "y", ("x",)),
        ("f(x) = x^2", "f", ("x",)),
        ("f(x, y) = y - x", "f", ("x", "y")),
        ("f(y, x) = y - x", "f", ("y", "x")),
        ("f(x, y) = x", "f", ("x", "y")),
        ("f(x, y) = 3", "f", ("x", "y")),
        ("f(y) = x + y + z", "f", ("y", "x", "z")),
        ("u = t^2; f(x) = x*u", "f", ("x", "t")),
        ("g(z) = z^2; f(x) = g(x) + a", "f", ("x", "a")),
        ("f(e) = e^2", "f", ("e",)),
        ("f(f) = f^2", "f", ("f",)),
        ("u = x; f(u_x, x) = u_x", "f", ("u_x", "x")),
        ("f(pi, i) = pi*i", "f", ("pi", "i")),
        ("f(sinx) = sinx^2", "f", ("sinx",)),
        ("u = x; y = u", "y", ("x",)),
        ("x = 2", "x", ()),
        ("u = a; v = b; v", "", ("b",)),
    ],
)
def test_the_name_and_the_variables(source: str, name: str, inputs: tuple[str, ...]) -> None:
    program = parse(source)
    assert (program.name, program.inputs) == (name, inputs)


def test_a_lone_definition_is_its_right_side() -> None:
    assert same("f(x, y) = x^2 + y", "x^2 + y")
    assert str(parse("f(e) = e^x")).splitlines() == [
        "%0 = input x",
        "%1 = input e",
        "%2 = pow %1 %0",
    ]


def test_the_place_of_a_parameter_is_in_the_brackets() -> None:
    program = parse("f(x, y) = y/x")
    places = {step.text: step.span for step in program.steps if step.op == "input"}
    assert places == {"x": Span(2, 3), "y": Span(5, 6)}


def test_no_stand_in_is_left_for_a_parameter() -> None:
    program = parse("f(a, b) = a*b; g(a) = f(a, 2) + f(1, a); g(x) + f(x, y)")
    assert program.inputs == ("x", "y")


# -- constants


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants_are_no_variables(name: str) -> None:
    program = parse(name)
    assert program.inputs == ()
    assert (program.steps[0].op, program.steps[0].text) == ("const", CONSTANTS[name])


def test_i_is_a_variable_unless_numbers_are_complex() -> None:
    assert parse("i + 1").inputs == ("i",)
    assert parse("i + 1", imaginary=True).inputs == ()
    assert parse("f(i) = i^2", imaginary=True).inputs == ("i",)
    assert parse("i = 3; i*x", imaginary=True).inputs == ("x",)


# -- primitives that are defined by others


@pytest.mark.parametrize("name", [name for name, op in OPS.items() if op.definition])
def test_a_definition_of_a_primitive_uses_its_parameters_only(name: str) -> None:
    body = definition_of(name)
    assert set(body.inputs) <= set(OPS[name].parameters)
    assert body.readings == ()


# -- mistakes

ONLY_LAST = "name it, `u = ...`, or leave it out: only the last statement is the result"
INSIDE = "a derivative is written d(u, x), a gradient grad(u)"
EQUALS = "for equality write ==, for a definition `u = ...; ...`"
EXAMPLE = "give one like 'x**2+1'"

MISTAKES = [
    # (source, span, message, hint)
    ("", (0, 0), "the expression is empty", EXAMPLE),
    ("  \n ; ", (0, 0), "the expression is empty", EXAMPLE),
    ("x^2; x + 1", (0, 3), "this statement has no effect", ONLY_LAST),
    ("u = 1; x + 2 ; u", (7, 12), "this statement has no effect", ONLY_LAST),
    ("x^2\n+ 1", (0, 3), "this statement has no effect", ONLY_LAST),
    ("u = ", (3, 3), "the expression ends after '='", ""),
    ("u = ; u", (3, 3), "the expression ends after '='", ""),
    ("f(x) =", (6, 6), "the expression ends after '='", ""),
    ("f() = 2", (2, 3), "a parameter is a name, not ')'", ""),
    ("f(x,) = 2", (4, 5), "a parameter is a name, not ')'", ""),
    ("f(,x) = 2", (2, 3), "a parameter is a name, not ','", ""),
    ("f(2) = 2", (2, 3), "a parameter is a name, not '2'", ""),
    ("f(not) = 2", (2, 5), "a parameter is a name, not 'not'", ""),
    ("f(x+1) = 2", (3, 4), "',' is expected between parameters, not '+'", ""),
    ("f(x y) = 2", (4, 5), "',' is expected between parameters, not 'y'", ""),
    ("f(x, y, x) = 2", (8, 9), "the parameter 'x' occurs twice", ""),
    ("f(x₁, x1) = 2", (6, 8), "the parameter 'x1' occurs twice", ""),
    ("u = 1; sin(x) = 2", (7, 10), "'sin' is a function of adiff already",
     "give this one another name"),
    ("piecewise(x) = 2; 1", (0, 9), "'piecewise' is a function of adiff already",
     "give this one another name"),
    ("2 = x", (2, 3), "'=' cannot stand inside an expression", EQUALS),
    ("if = 2", (0, 2), "a number, a name or '(' is expected here, not 'if'",
     "write `a if c else b` or where(c, a, b)"),
    ("min(x; y)", (5, 6), "';' stands inside brackets", "operands are separated by ','"),
    ("[1, 2; 3, 4]", (5, 6), "';' stands inside brackets", "operands are separated by ','"),
    ("y = u^2; u = sin(x); y", (4, 5), "'u' is used before it is defined",
     "put the definition first"),
    ("y = f*2; f(z) = z; y", (4, 5), "'f' is used before it is defined",
     "put the definition first"),
    ("f(x) = x^2; f + 1", (12, 13), "'f' is a function, no variable", "write f(...)"),
    ("f = 3; f(z) = z^2; f + 1", (19, 20), "'f' is a function, no variable", "write f(...)"),
    ("f(z) = z^2; 3*f^2(x)", (14, 15), "'f' is a function, no variable", "write f(...)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "span", "message", "hint"), MISTAKES, ids=[row[0] for row in MISTAKES]
)
def test_mistake(source: str, span: tuple[int, int], message: str, hint: str) -> None:
    found = refused(source)
    assert (found.message, found.span, found.hint) == (message, Span(*span), hint)
    assert found.source == source


# -- equations


EQUATIONS = {
    "x^2 + y^2 = 25": "x^2 + y^2 - 25",
    "y = x^2 - 1": "y - (x^2 - 1)",
    "a - b = c - d": "(a - b) - (c - d)",
    "r = 5; x^2 = r^2": "x^2 - 5^2",
    "sin(x) = y": "sin(x) - y",
    "x^2 + y^2 - 25": "x^2 + y^2 - 25",
    "x == y": "x == y",
}


@pytest.mark.parametrize("source", EQUATIONS)
def test_an_equation_is_left_minus_right(source: str) -> None:
    builder = Builder()
    here = builder.inline(parse(source, equation=True), {})
    assert here == builder.inline(parse(EQUATIONS[source]), {})


NO_EQUATIONS = {
    "a = b = c": (6, "an equation has one '=', and this is another"),
    "= b": (0, "the equation has nothing on its left side"),
    "a =": (2, "the equation has nothing on its right side"),
    "a + = b": (3, "the expression ends after '+'"),
    "a = b + sine(c)": (8, "no function called 'sine'"),
    "(a = b)": (3, "'=' cannot stand inside an expression"),
}


@pytest.mark.parametrize("source", NO_EQUATIONS)
def test_a_mistake_in_an_equation_has_its_place(source: str) -> None:
    with pytest.raises(AdiffError) as caught:
        parse(source, equation=True)
    found = caught.value.diagnostic
    assert found.span is not None
    assert (found.span.start, found.message) == NO_EQUATIONS[source]


# -- limits


def test_a_tape_that_would_grow_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autodiffcli.program.MAX_STEPS", 10_000)
    doubled = ";".join(f"f{n + 1}(x) = f{n}(f{n}(x))" for n in range(20))
    found = refused(f"f0(x) = x*x + 1; {doubled}; f20(x)")
    assert found.message == "the expression has more than 10,000 steps"
    assert found.code == "too-long"


def test_many_definitions_are_read_in_time_proportional_to_their_length() -> None:
    functions = ";".join(f"f{n}(x) = x + {n}" for n in range(3_000))
    assert same(f"{functions}; f2999(y)", "y + 2999")


def test_parsing_leaves_the_collector_of_garbage_as_it_was() -> None:
    assert gc.isenabled()
    parse("x")
    assert gc.isenabled()
    with pytest.raises(AdiffError):
        parse("(")
    assert gc.isenabled()
    gc.disable()
    try:
        parse("x")
        assert not gc.isenabled()
    finally:
        gc.enable()
