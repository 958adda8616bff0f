"""Words -> steps of a tape, by operator precedence with explicit stacks.

One pass over the words, alternating between two states: before an operand and after one.
Nothing recurses, so neither depth nor length of an expression matters. Binding powers come from
the operators' records.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf, isinf

from autodiffcli import mistakes
from autodiffcli.calls import (
    PIECEWISE,
    PLAIN,
    Call,
    DefinitionOf,
    UserFunction,
    apply_function,
    unknown_call,
)
from autodiffcli.diagnostics import AdiffError, Diagnostic, Span, wrong
from autodiffcli.lexer import DIGITS, RAISED, SUPERSCRIPTS, Words, plain_name
from autodiffcli.operators import (
    abbreviated,
    applied_to_own_parameters,
    apply_operator,
    is_operator,
)
from autodiffcli.ops import FUNCTIONS, OPS
from autodiffcli.ops.calculus import NAMES as OPERATORS
from autodiffcli.program import CONST, INPUT, Builder
from autodiffcli.readings import bare_function, two_readings
from autodiffcli.stack import TRUTHS, Pending, Stack, power_of, whole_number

CHOICE = 10  # binding power of `a if c else b`
_POWERS = frozenset({"^", "**"})
_DIVISIONS = frozenset({"div", "mod", "matmul"})
_PLACE = r"-?[0-9]{1,10}"  # along an axis
_AXIS = rf"(?:{_PLACE}|(?:{_PLACE})?:(?:{_PLACE})?(?::(?:0*[1-9][0-9]{{0,9}})?)?)"
_INDEX = rf"{_AXIS}(?:,{_AXIS})*"


@dataclass(slots=True)
class Scope:
    """What names mean, besides functions of adiff.

    values     steps of `u = ...` and of the parameters of the definition being read
    functions  bodies of `f(z) = ...`
    constants  names of numbers
    defining   the function whose body is being read, "" for none
    """

    constants: dict[str, str]
    values: dict[str, int] = field(default_factory=dict)
    functions: dict[str, UserFunction] = field(default_factory=dict)
    defining: str = ""


class Reader:
    """Reads one expression at a time onto the builder's tape."""

    def __init__(self, builder: Builder, scope: Scope, definition_of: DefinitionOf) -> None:
        self.builder = builder
        self.scope = scope
        self.definition_of = definition_of
        self.readings: list[Diagnostic] = []
        self.words = Words("", [], [])
        self.place = 0  # number of the word being read
        self.closed = -1  # of the bracket that closed the last derivative
        self.stack = Stack(builder)

    def read(self, words: Words) -> int:
        """The step of the expression that the words spell. Raises AdiffError."""
        self.words, self.place, self.stack = words, 0, Stack(self.builder)
        texts, ends, before = words.texts, words.ends, True
        while True:
            text = texts[self.place]
            if before:
                before = _BEFORE.get(text, Reader._operand)(self, text)
            elif text in _INFIX:
                power, right, op = _INFIX[text]
                start, end = ends[self.place] - len(text), ends[self.place - 1]
                self.stack.operator(power, right, op, self.place, start, end)
                before = True
            elif text:
                before = _AFTER.get(text, Reader._juxtaposed)(self, text)
            else:
                return self._finished()
            self.place += 1

    # -- before an operand: each method reads one word and says whether an operand must follow

    def _operand(self, text: str) -> bool:
        """A number or a name."""
        if text[:1] in DIGITS and text not in ("..", ".T"):
            self._push(CONST, self._literal(text))
            return False
        if not (text and (text[0].isalpha() or text[0] in "_∞")):
            raise mistakes.missing_operand(self.words, self.place, self.stack.pending[-1])
        following = self.words.texts[self.place + 1]
        name = text if text.isascii() else plain_name(text)
        if following == "(":
            return self._open_call(name)
        raised = following in _POWERS or following[:1] in RAISED
        if raised and name in FUNCTIONS and self._function_power(name, following):
            return True
        scope = self.scope
        if name in scope.values:
            self.stack.push(scope.values[name], self.words.start(self.place))
        elif name in scope.constants:
            self._push(CONST, scope.constants[name])
        elif (derivative := self._abbreviated(name)) is not None:
            self.stack.push(derivative, self.words.start(self.place))
        else:
            self._push(INPUT, name)
        return False

    def _abbreviated(self, name: str) -> int | None:
        """The step of `u_xx` for a defined u, or of a function's own name inside d(f, x)."""
        scope, span = self.scope, self.words.span(self.place)
        base, _, letters = name.partition("_")
        if base in scope.values:
            u = scope.values[base]
        elif base in scope.functions and (letters or self._inside_operator()):
            u = applied_to_own_parameters(self.builder, *scope.functions[base])
        else:
            return None
        return abbreviated(self.builder, u, letters, span) if letters else u

    def _inside_operator(self) -> bool:
        return any(p.call is not None and p.call.name in OPERATORS for p in self.stack.pending)

    def _push(self, op: str, text: str) -> None:
        """Enter a word that is a step by itself."""
        end = self.words.ends[self.place]
        start = end - len(self.words.texts[self.place])
        self.stack.push(self.builder.add(op, (), text, Span(start, end)), start)

    def _literal(self, text: str) -> str:
        if "_" in text:
            mistakes.check_underscores(self.words, self.place)
        digits = text.replace("_", "")
        value = float(digits)
        if value == 0 or value == inf:
            mistakes.check_range(self.words, self.place, value)
        return digits

    def _prefix(self, text: str) -> bool:
        power, op = _PREFIX[text]
        if op in TRUTHS and self.stack.pending[-1].power > power:
            raise mistakes.low_prefix(self.words, self.place)
        start = self.words.start(self.place)
        self.stack.pending.append(Pending(power, op, self.place, start, -1))
        return True

    def _plus(self, text: str) -> bool:
        return True

    def _open(self, text: str) -> bool:
        start, base = self.words.start(self.place), len(self.stack.operands)
        self.stack.pending.append(Pending(0, text, self.place, start, base))
        return True

    def _open_call(self, name: str, power: str = "", power_span: Span | None = None) -> bool:
        scope = self.scope
        known = name in FUNCTIONS or (name in OPERATORS and not power)
        if name not in scope.functions and (not known or name in scope.values):
            raise self._no_function(name)
        start, base = self.words.start(self.place), len(self.stack.operands)
        call = Call(name, power, power_span)
        self.stack.pending.append(Pending(0, "call", self.place, start, base, call))
        if not power:
            self.place += 1
        return True

    def _no_function(self, name: str) -> AdiffError:
        """The error for a call of something that cannot be called."""
        scope = self.scope
        if name == scope.defining and name not in scope.values:
            return mistakes.own_call(self.words, self.place)
        known = "constant" if name in scope.constants else ""
        known = "variable" if name in scope.values else known
        before = self.words.texts[max(self.place - 2, 0) : self.place]
        if not known and before[0:1] and before[0] in FUNCTIONS and before[-1] in _POWERS:
            return mistakes.function_power(self.words, self.place)
        span, source = self.words.span(self.place), self.builder.source
        if before == ["d", "/"] and name.startswith("d"):  # d/dx(...)
            name, span = "d", Span(self.words.start(self.place - 2), span.end)
        functions = (*FUNCTIONS, *scope.functions)
        return unknown_call(name, span, source, known=known, functions=functions)

    def _function_power(self, name: str, following: str) -> bool:
        """Read `sin^2(` as the opening of sin(...)^2; False where it is none."""
        texts, first = self.words.texts, self.place
        after = first + 2
        if following[:1] in RAISED:
            power = following.translate(SUPERSCRIPTS)
        else:
            sign = "-" if texts[after] in ("-", "−") else ""
            after += len(sign)
            power = sign + texts[after]
            after += 1
        if texts[min(after, len(texts) - 1)] != "(" or not power.lstrip("+-").isdecimal():
            return False
        if power.startswith("-"):
            raise mistakes.inverse_or_power(self.words, first, after, name, power)
        if isinf(float(power)):
            mistakes.check_range(self.words, after - 1, inf)
        last = self.words.span(after - 1)
        self._open_call(name, power, Span(last.end - len(power), last.end))
        self.place = after
        return True

    def _empty(self, text: str) -> bool:
        """A closing bracket where an operand is expected: right after `f(` only."""
        top = self.stack.pending[-1]
        if top.call is None or self.words.texts[self.place - 1] != "(":
            raise mistakes.missing_operand(self.words, self.place, top)
        self._close_call(self.stack.pending.pop())
        return False

    def _refuse(self, text: str) -> bool:
        raise mistakes.missing_operand(self.words, self.place, self.stack.pending[-1])

    # -- after an operand: likewise

    def _juxtaposed(self, text: str) -> bool:
        """A product without its sign, `2x`, `2(x+1)`, `x y`; the operand itself comes next."""
        first, stack, words = text[0], self.stack, self.words
        if first in RAISED:
            return self._superscript(text)
        number = first in DIGITS and text not in ("..", ".T")
        if not (number or first.isalpha() or first in "_∞(√∛") or text == "not":
            raise mistakes.misplaced(words, self.place)
        if text == "(" and self.closed == self.place - 1:
            raise mistakes.called_derivative(words, self.place)
        power, right, op = _INFIX["*"]
        end = words.ends[self.place - 1]
        stack.reduce(power + 1, end)
        divided = stack.starts[-2] if stack.pending[-1].kind in _DIVISIONS else None
        written, span = Span(stack.starts[-1], end), words.span(self.place)
        reading = two_readings(self.builder, stack.operands[-1], written, span, divided)
        if number and not bare_function(self.builder, stack.operands[-1]):
            raise mistakes.missing_operator(words, self.place)
        if reading is not None:
            self.readings.append(reading)
        stack.operator(power, right, op, self.place, end, end)
        self.place -= 1
        return True

    def _superscript(self, text: str) -> bool:
        span, power = self.words.span(self.place), text.translate(SUPERSCRIPTS)
        if isinf(float(power)):
            mistakes.check_range(self.words, self.place, inf)
        self.stack.reduce(_INFIX["^"][0] + 1, self.words.ends[self.place - 1])
        exponent = whole_number(self.builder, power, span)
        self._replace_top(lambda base, whole: power_of(self.builder, base, exponent, whole))
        return False

    def _factorial(self, text: str) -> bool:
        body = self.definition_of("factorial")
        self._replace_top(lambda step, span: self.builder.inline(body, {"x": step}, span))
        return False

    def _transpose(self, text: str) -> bool:
        self._replace_top(lambda step, span: self.builder.add("transpose", (step,), "", span))
        return False

    def _replace_top(self, postfix: Callable[[int, Span], int]) -> None:
        """Apply what stands behind an operand to it."""
        stack = self.stack
        span = Span(stack.starts[-1], self.words.ends[self.place])
        stack.operands[-1] = postfix(stack.operands[-1], span)

    def _index(self, text: str) -> bool:
        """`[0]`, `[1:]`, `[:, -1]` after a tensor."""
        words, first = self.words, self.place
        while (word := words.texts[self.place + 1]) != "]":
            self.place += 1
            if not word:
                raise mistakes.unclosed(words, Pending(0, "[", first, words.start(first)))
            joined = word.isdecimal() and words.texts[self.place - 1].isdecimal()
            if joined or not (word in (":", ",", "-", "−") or word.isdecimal()):
                raise mistakes.wrong_index(words, first, self.place)
        self.place += 1
        index = "".join(words.texts[first + 1 : self.place]).replace("−", "-")
        if not re.fullmatch(_INDEX, index):
            raise mistakes.no_index(words, first, self.place)
        self._replace_top(lambda step, span: self.builder.add("index", (step,), index, span))
        return False

    def _if(self, text: str) -> bool:
        self._reduce(CHOICE + 1)
        start = self.words.start(self.place)
        self.stack.pending.append(Pending(CHOICE, "if", self.place, start))
        return True

    def _else(self, text: str) -> bool:
        end = self._reduce(CHOICE + 1)
        while self.stack.pending[-1].kind == "else":
            self.stack.apply_top(end)
        top = self.stack.pending.pop()
        if top.kind != "if":
            span = self.words.span(self.place)
            raise wrong("else", "'else' without 'if'", span, self.builder.source)
        self.stack.pending.append(top._replace(kind="else"))
        return True

    def _bar(self, text: str) -> bool:
        self._reduce(1)
        top, texts = self.stack.pending[-1], self.words.texts
        if top.kind != "|":
            raise mistakes.unclear_bar(self.words, self.place)
        inner = self.builder.steps[self.stack.operands[-1]].op
        if inner == "abs" and texts[top.word + 1] == texts[self.place - 1] == "|":
            raise mistakes.double_bars(self.words, top.word, self.place)
        self._close("abs")
        return False

    def _comma(self, text: str) -> bool:
        self._reduce(1)
        top = self.stack.pending[-1]
        if top.kind not in ("call", "["):
            raise mistakes.wrong_comma(self.words, self.place, top)
        return True

    def _colon(self, text: str) -> bool:
        self._reduce(1)
        top = self.stack.pending[-1]
        if top.call is None or top.call.name != PIECEWISE:
            raise mistakes.wrong_colon(self.words, self.place)
        top.call.colons.append(len(self.stack.operands) - top.base)
        return True

    def _assign(self, text: str) -> bool:
        """`x=0` in at(u, x=0)."""
        self._reduce(1)
        top = self.stack.pending[-1]
        if top.call is None or OPERATORS.get(top.call.name) != "at":
            raise mistakes.misplaced(self.words, self.place)
        top.call.colons.append(len(self.stack.operands) - top.base)
        return True

    def _closer(self, text: str) -> bool:
        self._reduce(1)
        stack = self.stack
        top = stack.pending[-1]
        if text == ")" and top.call is not None:
            self._close_call(stack.pending.pop())
        elif text == ")" and top.kind == "(":
            stack.starts[-1] = stack.pending.pop().start
        elif text == "]" and top.kind == "[":
            self._close("stack")
        else:
            raise mistakes.wrong_closer(self.words, self.place, top)
        return False

    def _close(self, op: str) -> None:
        """End a list or a pair of bars."""
        top = self.stack.pending.pop()
        parts = tuple(self.stack.operands[top.base :])
        span = Span(top.start, self.words.ends[self.place])
        self.stack.replace(top.base, self.builder.add(op, parts, "", span), top.start)

    def _close_call(self, top: Pending) -> None:
        call, operands = top.call, self.stack.operands[top.base :]
        assert call is not None
        span = Span(top.start, self.words.ends[self.place])
        body = self.scope.functions.get(call.name)
        if body is None and is_operator(self.builder, call, operands):
            call.starts = [*self.stack.starts[top.base :], span.end]
            step = apply_operator(self.builder, call, operands, span)
            self.closed = self.place
        elif body is None and len(operands) == 1 and call.name in PLAIN:
            step = self.builder.add(PLAIN[call.name], (operands[0],), "", span)
        else:
            step = apply_function(self.builder, call, operands, span, body, self.definition_of)
        if call.power:
            exponent = whole_number(self.builder, call.power, call.power_span or span)
            step = power_of(self.builder, step, exponent, span)
        self.stack.replace(top.base, step, top.start)

    def _finished(self) -> int:
        self._reduce(1)
        if len(self.stack.pending) > 1:
            raise mistakes.unclosed(self.words, self.stack.pending[-1])
        return self.stack.operands[0]

    def _reduce(self, power: int) -> int:
        """Apply what binds at least as tightly as `power` before the word being read.

        Returns where the text before that word ends.
        """
        end = self.words.ends[self.place - 1]
        self.stack.reduce(power, end)
        return end


Method = Callable[[Reader, str], bool]

_OPERATORS = [(op.name, op.infix) for op in OPS.values() if op.infix]
_INFIX: dict[str, tuple[int, bool, str]] = {
    symbol: (infix.power, infix.right, name)
    for name, infix in _OPERATORS
    if infix.place == "infix"
    for symbol in infix.symbols
}
_PREFIX: dict[str, tuple[int, str]] = {
    symbol: (infix.power, name)
    for name, infix in _OPERATORS
    if infix.place == "prefix"
    for symbol in infix.symbols
}
_BEFORE: dict[str, Method] = {
    **dict.fromkeys(("and", "or", "if", "else"), Reader._refuse),
    **dict.fromkeys(("(", "[", "|"), Reader._open),
    **dict.fromkeys(_PREFIX, Reader._prefix),
    "+": Reader._plus,
    ")": Reader._empty,
}
_AFTER: dict[str, Method] = {
    **dict.fromkeys((")", "]"), Reader._closer),
    "!": Reader._factorial,
    ".T": Reader._transpose,
    "[": Reader._index,
    "if": Reader._if,
    "else": Reader._else,
    "|": Reader._bar,
    ",": Reader._comma,
    ":": Reader._colon,
    "=": Reader._assign,
}
