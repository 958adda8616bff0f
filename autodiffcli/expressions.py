"""Words -> steps of a tape, by operator precedence with explicit stacks.

One pass over the words, alternating between two states: before an operand and after one. What
waits for its right side lies on `pending`; what has been read lies on `operands`. Neither
recurses, so neither depth nor length of an expression matters. Binding powers come from the
operators' records.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Any, NamedTuple

from autodiffcli.calls import (
    PIECEWISE,
    PLAIN,
    Call,
    DefinitionOf,
    UserFunction,
    apply_function,
    truth_of,
    unknown_call,
)
from autodiffcli.diagnostics import AdiffError, Span, wrong
from autodiffcli.lexer import DIGITS, RAISED, SUPERSCRIPTS, Words, plain_name
from autodiffcli.ops import FUNCTIONS, OPS
from autodiffcli.program import CONST, INPUT, Builder
from autodiffcli.readings import TwoReadings, two_readings

CHOICE = 10  # binding power of `a if c else b`
_TRUTHS = frozenset(op.name for op in OPS.values() if op.truth)
_COMPARISONS = frozenset(op.name for op in OPS.values() if op.truth and op.switch)
_DIVISIONS = frozenset({"div", "mod", "matmul"})


class Pending(NamedTuple):
    """Something that waits for what is to its right.

    power   binding power; 0 for brackets, which only their closer ends
    kind    name of the primitive; or if, else, (, [, |, call; "" at the bottom
    word    number of the word where it began
    base    for brackets, how many operands lie below; for prefixes, -1
    call    for a call, what has been read of it
    chain   for a comparison, the truth of the comparisons before it
    """

    power: int
    kind: str
    word: int
    base: int = 0
    call: Call | None = None
    chain: int | None = None


@dataclass(slots=True)
class Scope:
    """What names mean, besides functions of adiff.

    values     steps of `u = ...` and of the parameters of the definition being read
    functions  bodies of `f(z) = ...`
    constants  names of numbers
    """

    constants: dict[str, str]
    values: dict[str, int] = field(default_factory=dict)
    functions: dict[str, UserFunction] = field(default_factory=dict)


class Reader:
    """Reads one expression at a time onto the builder's tape."""

    def __init__(self, builder: Builder, scope: Scope, definition_of: DefinitionOf) -> None:
        self.builder = builder
        self.scope = scope
        self.definition_of = definition_of
        self.notes: list[TwoReadings] = []
        self.words = Words("", [], [])
        self.place = 0  # number of the word being read
        self.operands: list[int] = []  # steps
        self.starts: list[int] = []  # where each operand begins in the source
        self.pending: list[Pending] = []

    def error(self, code: str, message: str, span: Span, hint: str = "") -> AdiffError:
        return wrong(code, message, span, self.builder.source, hint=hint)

    def read(self, words: Words) -> int:
        """The step of the expression that the words spell. Raises AdiffError."""
        self.words, self.place = words, 0
        self.operands, self.starts, self.pending = [], [], [Pending(-1, "", 0)]
        texts, before = words.texts, True
        while True:
            text = texts[self.place]
            if before:
                before = _BEFORE.get(text, Reader._operand)(self, text)
            elif text in _INFIX:
                self._operator(*_INFIX[text])
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
            raise self._missing_operand(text)
        following = self.words.texts[self.place + 1]
        name = plain_name(text)
        if following == "(":
            return self._open_call(name)
        if name in FUNCTIONS and (following in ("^", "**") or following[:1] in RAISED):
            if self._function_power(name, following):
                return True
        self._variable(name)
        return False

    def _variable(self, name: str) -> None:
        scope = self.scope
        if name in scope.values:
            self.operands.append(scope.values[name])
            self.starts.append(self.words.start(self.place))
        elif name in scope.constants:
            self._push(CONST, scope.constants[name])
        else:
            self._push(INPUT, name)

    def _push(self, op: str, text: str) -> None:
        """Read a word that is a step by itself."""
        end = self.words.ends[self.place]
        start = end - len(self.words.texts[self.place])
        self.operands.append(self.builder.add(op, (), text, Span(start, end)))
        self.starts.append(start)

    def _literal(self, text: str) -> str:
        digits = text.replace("_", "")
        value = float(digits)
        if value == 0 or value == inf:
            self._check_range(text, digits, value)
        return digits

    def _check_range(self, text: str, digits: str, value: float) -> None:
        """Refuse 1e400, 1e-400 and 0x10. Raises AdiffError."""
        span = self.words.span(self.place)
        if value == inf:
            raise self.error("too-large", f"{text} exceeds float64", span)
        if any(digit in "123456789" for digit in digits.lower().partition("e")[0]):
            raise self.error("too-small", f"{text} is below float64, it would become 0", span)
        following = self.words.texts[self.place + 1]
        if text == "0" and following[:1] in tuple("xXbo") and following[1:2].isdigit():
            span = Span(span.start, self.words.ends[self.place + 1])
            raise self.error("base", "numbers are read in base ten only", span)

    def _prefix(self, text: str) -> bool:
        power, op = _PREFIX[text]
        self.pending.append(Pending(power, op, self.place, -1))
        return True

    def _plus(self, text: str) -> bool:
        return True

    def _open(self, text: str) -> bool:
        self.pending.append(Pending(0, text, self.place, len(self.operands)))
        return True

    def _open_call(self, name: str, power: str = "") -> bool:
        scope = self.scope
        if name not in scope.functions and (name not in FUNCTIONS or name in scope.values):
            known = "constant" if name in scope.constants else ""
            known = "variable" if name in scope.values else known
            functions = (*FUNCTIONS, *scope.functions)
            span, source = self.words.span(self.place), self.builder.source
            raise unknown_call(name, span, source, known=known, functions=functions)
        call = Call(name, power)
        self.pending.append(Pending(0, "call", self.place, len(self.operands), call))
        if not power:
            self.place += 1
        return True

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
        if texts[min(after, len(texts) - 1)] != "(" or not power.lstrip("+-").isdigit():
            return False
        if power.startswith("-"):
            inverse = f"a{name}" if f"a{name}" in FUNCTIONS else ""
            meant = f"for the inverse function write {inverse}(...), " if inverse else ""
            hint = f"{meant}for the reciprocal 1/{name}(...)"
            span = Span(self.words.start(first), self.words.start(after))
            raise self.error("inverse-or-power", f"'{name}^{power}' has two meanings", span, hint)
        self._open_call(name, power)
        self.place = after
        return True

    def _empty(self, text: str) -> bool:
        """A closing bracket where an operand is expected: right after `f(` only."""
        top = self.pending[-1]
        if top.call is None or self.words.texts[self.place - 1] != "(":
            raise self._missing_operand(text)
        self._close_call(self.pending.pop())
        return False

    def _missing_operand(self, text: str) -> AdiffError:
        span = self.words.span(self.place)
        if not text:
            top = self.pending[-1]
            if not top.power:
                return self._unclosed(top)
            after = f" after '{self.words.texts[self.place - 1]}'" if self.place else ""
            return self.error("missing-operand", f"the expression ends{after}", span)
        hint = ""
        if text == "*" and self.words.texts[self.place - 1 : self.place] in (["*"], ["+"], ["-"]):
            hint = "a power is written ** or ^"
        message = f"a number, a name or '(' is expected here, not '{text}'"
        return self.error("missing-operand", message, span, hint)

    # -- after an operand: likewise

    def _operator(self, power: int, right: bool, op: str) -> None:
        pending = self.pending
        if op in _COMPARISONS:
            self._reduce(power + 1)
            chain = self._chain_link() if pending[-1].kind in _COMPARISONS else None
            pending.append(Pending(power, op, self.place, chain=chain))
            return
        if pending[-1].power >= (limit := power + right):
            self._reduce(limit)
        pending.append(Pending(power, op, self.place))

    def _chain_link(self) -> int:
        """Close the comparison on top but keep its right operand: 0 < x < 1."""
        right, start = self.operands[-1], self.starts[-1]
        self._apply_top()
        truth = self.operands.pop()
        self.operands.append(right)
        self.starts[-1] = start
        return truth

    def _juxtaposed(self, text: str) -> bool:
        """A product without its sign, `2x`, `2(x+1)`, `x y`; the operand itself comes next."""
        first = text[0]
        if first in RAISED:
            return self._superscript(text)
        number = first in DIGITS and text not in ("..", ".T")
        if not (number or first.isalpha() or first in "_∞(√∛"):
            raise self._misplaced(text)
        power, right, op = _INFIX["*"]
        self._reduce(power + 1)
        top = self.pending[-1]
        written = Span(self.starts[-1], self.words.ends[self.place - 1])
        divided = self.starts[-2] if top.kind in _DIVISIONS else None
        span = self.words.span(self.place)
        note = two_readings(self.builder, self.operands[-1], written, span, divided)
        if note is not None:
            self.notes.append(note)
        elif number:
            last = self.words.texts[self.place - 1]
            hint = f"write {last}*{text} or {last}^{text}" if last != ")" else "write )*"
            raise self.error("missing-operator", f"an operator is missing before '{text}'", span, hint)
        self._operator(power, right, op)
        self.place -= 1
        return True

    def _superscript(self, text: str) -> bool:
        start, span = self.starts[-1], self.words.span(self.place)
        power = self._whole_number(text.translate(SUPERSCRIPTS), span)
        base = self.operands[-1]
        self.operands[-1] = self._power(base, power, Span(start, span.end))
        return False

    def _whole_number(self, text: str, span: Span) -> int:
        """The step of a whole number with a sign."""
        step = self.builder.add(CONST, (), text.lstrip("+-"), span)
        return self.builder.add("neg", (step,), "", span) if text.startswith("-") else step

    def _power(self, base: int, exponent: int, span: Span) -> int:
        found = self.builder.steps[base]
        if found.op == CONST and found.text == "e":
            return self.builder.add("exp", (exponent,), "", span)
        return self.builder.add("pow", (base, exponent), "", span)

    def _factorial(self, text: str) -> bool:
        span = Span(self.starts[-1], self.words.ends[self.place])
        body = self.definition_of("factorial")
        self.operands[-1] = self.builder.inline(body, {"x": self.operands[-1]}, span)
        return False

    def _transpose(self, text: str) -> bool:
        span = Span(self.starts[-1], self.words.ends[self.place])
        self.operands[-1] = self.builder.add("transpose", (self.operands[-1],), "", span)
        return False

    def _index(self, text: str) -> bool:
        """`[0]`, `[1:]`, `[:, -1]` after a tensor."""
        first, index = self.place, ""
        while (word := self.words.texts[self.place + 1]) != "]":
            self.place += 1
            if not word:
                raise self.error("unclosed", "'[' is never closed", self.words.span(first))
            if not (word in (":", ",", "-", "−") or word.isdigit()):
                message = "an index is a whole number or a slice like 1:3"
                raise self.error("index", message, self.words.span(self.place))
            index += word.replace("−", "-")
        self.place += 1
        end = self.words.ends[self.place]
        if not _is_index(index):
            span = Span(self.words.start(first), end)
            raise self.error("index", "this is no index", span, "write x[0], x[1:3] or x[:, -1]")
        span = Span(self.starts[-1], end)
        self.operands[-1] = self.builder.add("index", (self.operands[-1],), index, span)
        return False

    def _if(self, text: str) -> bool:
        self._reduce(CHOICE + 1)
        self.pending.append(Pending(CHOICE, "if", self.place))
        return True

    def _else(self, text: str) -> bool:
        self._reduce(CHOICE + 1)
        while self.pending[-1].kind == "else":
            self._apply_top()
        top = self.pending.pop()
        if top.kind != "if":
            raise self.error("else", "'else' without 'if'", self.words.span(self.place))
        self.pending.append(top._replace(kind="else"))
        return True

    def _bar(self, text: str) -> bool:
        self._reduce(1)
        top = self.pending[-1]
        if top.kind != "|":
            hint = "write * before the bar, or abs(...)"
            message = "this bar could open or close"
            raise self.error("bar", message, self.words.span(self.place), hint)
        self._close("abs")
        return False

    def _comma(self, text: str) -> bool:
        self._reduce(1)
        if self.pending[-1].kind not in ("call", "["):
            hint = "points are given with --at" if not self.pending[-1].kind else ""
            message = "a comma separates the operands of a function"
            raise self.error("comma", message, self.words.span(self.place), hint)
        return True

    def _colon(self, text: str) -> bool:
        self._reduce(1)
        top = self.pending[-1]
        if top.call is None or top.call.name != PIECEWISE:
            message = "':' belongs into an index or into piecewise(c: a, otherwise)"
            raise self.error("colon", message, self.words.span(self.place))
        top.call.colons.append(len(self.operands) - top.base)
        return True

    def _closer(self, text: str) -> bool:
        if self.pending[-1].power > 0:
            self._reduce(1)
        top = self.pending[-1]
        if text == ")" and top.call is not None:
            self._close_call(self.pending.pop())
        elif text == ")" and top.kind == "(":
            self.starts[-1] = self.words.start(self.pending.pop().word)
        elif text == "]" and top.kind == "[":
            self._close("stack")
        elif not top.kind:
            raise self.error("unopened", f"'{text}' closes nothing", self.words.span(self.place))
        else:
            span = Span(self.words.start(top.word), self.words.ends[self.place])
            opener = "(" if top.call else top.kind
            raise self.error("mismatch", f"'{opener}' is closed by '{text}'", span)
        return False

    def _close(self, op: str) -> None:
        """End a list or a pair of bars."""
        top = self.pending.pop()
        parts = tuple(self.operands[top.base :])
        span = Span(self.words.start(top.word), self.words.ends[self.place])
        self._replace_operands(top.base, self.builder.add(op, parts, "", span), span.start)

    def _close_call(self, top: Pending) -> None:
        call, operands = top.call, self.operands[top.base :]
        assert call is not None
        span = Span(self.words.start(top.word), self.words.ends[self.place])
        body = self.scope.functions.get(call.name)
        if body is None and len(operands) == 1 and call.name in PLAIN:
            step = self.builder.add(PLAIN[call.name], (operands[0],), "", span)
        else:
            step = apply_function(self.builder, call, operands, span, body, self.definition_of)
        if call.power:
            step = self._power(step, self._whole_number(call.power, span), span)
        self._replace_operands(top.base, step, span.start)

    def _replace_operands(self, base: int, step: int, start: int) -> None:
        self.operands[base:] = [step]
        self.starts[base:] = [start]

    def _finished(self) -> int:
        self._reduce(1)
        if len(self.pending) > 1:
            raise self._unclosed(self.pending[-1])
        return self.operands[0]

    def _unclosed(self, top: Pending) -> AdiffError:
        span = self.words.span(top.word)
        if top.kind == "if":
            return self.error("if", "'if' without 'else'", span)
        name = self.words.texts[top.word] + ("(" if top.call else "")
        return self.error("unclosed", f"'{name}' is never closed", span)

    def _misplaced(self, text: str) -> AdiffError:
        span = self.words.span(self.place)
        if text == "=":
            hint = "for equality write ==, for a definition `u = ...; ...`"
            return self.error("equals", "'=' cannot stand inside an expression", span, hint)
        if text == "..":
            hint = "a range belongs into --at x=0..1..0.25"
            return self.error("range", "'..' cannot stand inside an expression", span, hint)
        message = f"an operator is expected here, not '{text}'"
        return self.error("missing-operator", message, span)

    # -- reducing

    def _reduce(self, power: int) -> None:
        """Apply what is pending and binds at least as tightly as `power`."""
        pending = self.pending
        while pending[-1].power >= power:
            if pending[-1].kind == "if":
                raise self._unclosed(pending[-1])
            self._apply_top()

    def _apply_top(self) -> None:
        """Apply the operator on top of `pending` to the operands on top of `operands`."""
        _, op, word, base, _, chain = self.pending.pop()
        operands, starts, builder = self.operands, self.starts, self.builder
        right = operands.pop()
        end = self.words.ends[self.place - 1]
        if base < 0:
            starts[-1] = self.words.start(word)
            step = truth_of(builder, right) if op in _TRUTHS else right
            operands.append(builder.add(op, (step,), "", Span(starts[-1], end)))
            return
        left = operands.pop()
        starts.pop()
        span = Span(starts[-1], end)
        if op == "pow":
            step = self._power(left, right, span)
        elif op == "else":
            starts.pop()
            span = Span(starts[-1], end)
            step = builder.add("where", (truth_of(builder, left), operands.pop(), right), "", span)
        elif op in _TRUTHS and op not in _COMPARISONS:
            truths = (truth_of(builder, left), truth_of(builder, right))
            step = builder.add(op, truths, "", span)
        else:
            step = builder.add(op, (left, right), "", span)
        if chain is not None:
            step = builder.add("and", (chain, step), "", span)
        operands.append(step)


def _is_index(text: str) -> bool:
    """Whether a text like `1:3,-1` is an index."""
    for axis in text.split(","):
        parts = axis.split(":")
        if len(parts) > 3 or (len(parts) == 1 and not parts[0]):
            return False
        if any(part and not part.removeprefix("-").isdigit() for part in parts):
            return False
    return True


Method = Callable[[Reader, str], bool]

_INFIX: dict[str, tuple[int, bool, str]] = {}
_PREFIX: dict[str, tuple[int, str]] = {}
for _op in OPS.values():
    for _symbol in _op.infix.symbols if _op.infix else ():
        if _op.infix and _op.infix.place == "infix":
            _INFIX[_symbol] = (_op.infix.power, _op.infix.right, _op.name)
        elif _op.infix:
            _PREFIX[_symbol] = (_op.infix.power, _op.name)

_BEFORE: dict[str, Method] = {
    **dict.fromkeys(_PREFIX, Reader._prefix),
    **dict.fromkeys(("(", "[", "|"), Reader._open),
    **dict.fromkeys(("and", "or", "if", "else"), lambda reader, text: _refuse(reader, text)),
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
}


def _refuse(reader: Reader, text: str) -> Any:
    raise reader._missing_operand(text)
