"""The meaning of a tape as LaTeX, by the templates of the records."""

from __future__ import annotations

from collections.abc import Sequence

from autodiffcli.interpreters.printing import ATOM, Phrase
from autodiffcli.lexer import plain_name
from autodiffcli.ops import OPS
from autodiffcli.ops.op import Op
from autodiffcli.program import Program, Step, run

_GREEK = frozenset(
    {"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"}
    | {"lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi"}
    | {"omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi"}
    | {"Psi", "Omega"}
)
_NAMED = {"pi": r"\pi", "tau": r"2 \pi", "inf": r"\infty"}
# What LaTeX has a command for.
_UPRIGHT = frozenset(
    {"sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "coth"}
    | {"exp", "det", "max", "min"}
)


class _Typesetting:
    def input(self, name: str) -> Phrase:
        return Phrase(name_latex(name), ATOM)

    def const(self, literal: str) -> Phrase:
        return Phrase(_NAMED.get(literal) or number_latex(literal), ATOM)

    def apply(self, step: Step, operands: Sequence[Phrase]) -> Phrase:
        op = OPS[step.op]
        power = op.infix.power if op.infix else ATOM
        template = op.latex or _call(op, len(operands))
        texts = [_inside(op, n, operand) for n, operand in enumerate(operands)]
        return Phrase(template.format(*texts), ATOM if template.startswith(r"\frac") else power)


def latex(program: Program) -> str:
    """The program in LaTeX."""
    return run(program, _Typesetting())[program.output].text


def name_latex(name: str) -> str:
    r"""A variable: `x`, `\alpha`, `x_{1}`, `\mathit{rate}`."""
    word = plain_name(name)
    stem = word.rstrip("0123456789").rstrip("_")
    index = word[len(stem) :].lstrip("_")
    if stem in _GREEK:
        shown = rf"\{stem}"
    else:
        escaped = stem.replace("_", r"\_")
        shown = stem if len(stem) == 1 else rf"\mathit{{{escaped}}}"
    return f"{shown}_{{{index}}}" if index and stem else shown or word


def number_latex(text: str) -> str:
    r"""A decimal: `0.5`, `1.5 \cdot 10^{-7}`."""
    mantissa, _, exponent = text.lower().partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def _call(op: Op, count: int) -> str:
    name = rf"\{op.name}" if op.name in _UPRIGHT else rf"\operatorname{{{{{op.name}}}}}"
    places = ", ".join(f"{{{n}}}" for n in range(count))
    return rf"{name}\left({places}\right)"


def _inside(op: Op, place: int, operand: Phrase) -> str:
    """An operand in brackets where the operator binds tighter."""
    if op.infix is None or op.latex.startswith(r"\frac") or (op.name == "pow" and place == 1):
        return operand.text
    least = op.infix.power + (1 if place else 0)
    loose = operand.power < (ATOM if op.name == "pow" else least)
    return rf"\left({operand.text}\right)" if loose else operand.text
