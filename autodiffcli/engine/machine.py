"""The machine that runs a tape over columns, a block at a time, in registers that stay in cache.

A block is as long as the live registers leave room for in the second-level cache; numpy's cost
per call is then small beside its work, and nothing but inputs and outputs goes through memory.
Every block is padded to whole vectors: what a vector loop makes of its last few numbers differs
by an ulp from what it makes of the others, and would depend on where blocks are cut.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from autodiffcli.engine.kernels import (
    Column,
    Kernel,
    has_fast_tangent,
    is_truth,
    kernel_of,
    sine_and_cosine,
)
from autodiffcli.engine.noise import Noise
from autodiffcli.program import CONST, INPUT

if TYPE_CHECKING:
    from autodiffcli.lowering import Lowered

Free: TypeAlias = "dict[bool, list[int]]"  # slots by whether they hold truths

LEAST, MOST = 16_384, 32_768  # points in a block
VECTOR = 64  # numbers that a block is a multiple of, and bytes that registers are aligned to
_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "neg", "pow"})
_LONGEST = 2_000  # calls that are written out as one function of Python
_CACHE = 1 << 20  # bytes, where the system does not say
_CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf}


@cache
def cache_size() -> int:
    """Bytes of the second-level cache of one core."""
    try:
        text = Path("/sys/devices/system/cpu/cpu0/cache/index2/size").read_text(encoding="ascii")
        return int(text.strip().removesuffix("K")) << 10
    except (OSError, ValueError):
        return _CACHE


def block_size(columns: int) -> int:
    """Points in a block with so many columns in use: a power of two."""
    room = cache_size() // (8 * max(columns, 1))
    return min(max(1 << (room.bit_length() - 1), LEAST), MOST)


@dataclass(frozen=True, slots=True)
class Call:
    """One kernel with the slots that it reads and the one that it writes."""

    kernel: Kernel
    operands: tuple[int, ...]
    result: int


class Machine:
    """A tape made ready to run in one precision.

    watched  steps whose values are looked at after a block, beside the outputs
    noise    disturbs every result that was rounded
    size     points in a block
    """

    def __init__(
        self,
        tape: Lowered,
        dtype: str = "float64",
        watched: Sequence[int] = (),
        noise: Noise | None = None,
    ) -> None:
        self.tape, self.dtype, self.noise = tape, np.dtype(dtype), noise
        self.constants = constants_of(tape, self.dtype, noise)
        self.kept = tuple(dict.fromkeys((*tape.outputs, *watched)))
        self.slots: list[Any] = []
        self.slot_of: dict[int, int] = {}
        self.calls: list[Call] = []
        self._registers: list[tuple[int, bool]] = []
        self._plan()
        self._all = _written_out(self.calls)
        self.length, self.size = 0, block_size(len(self._registers) + len(tape.inputs))
        self._memory = {
            slot: aligned(self.size, np.dtype(bool) if truth else self.dtype)
            for slot, truth in self._registers
        }

    def run(self, inputs: Mapping[str, Column], outputs: Mapping[int, Column], length: int) -> None:
        """A block: `length` points in, the outputs written where columns for them are given.

        length   a multiple of VECTOR, `size` at most
        outputs  columns by step; steps without one are left in their registers
        """
        slots, slot_of = self.slots, self.slot_of
        if length != self.length:
            self.length = length
            for slot, column in self._memory.items():
                slots[slot] = column[:length]
        for name, column in inputs.items():
            slots[self.inputs[name]] = column
        for step, column in outputs.items():
            slots[slot_of[step]] = column
        self._all(slots)

    def value(self, step: int) -> Any:
        """What a step that was kept is at the block that was run last."""
        return self.slots[self.slot_of[step]]

    def is_computed(self, step: int) -> bool:
        """Whether a step is neither a constant nor an input."""
        return step not in self.constants and self.tape.steps[step].op != INPUT

    # -- registers

    def _plan(self) -> None:
        """Slots for constants and inputs, and for every other step the first one that is free."""
        steps = self.tape.steps
        needed = needed_for(self.tape, self.kept)
        users = {n: 0 for n in needed}
        for operand in (operand for n in needed for operand in set(steps[n].operands)):
            users[operand] += 1
        users.update({n: len(steps) for n in self.kept})  # they are never free
        self.inputs: dict[str, int] = {}
        free: Free = {False: [], True: []}
        for number in sorted(needed):
            step = steps[number]
            if number in self.constants:
                self.slot_of[number] = self._slot(self.constants[number])
            elif step.op == INPUT:
                self.slot_of[number] = self.inputs[step.text] = self._slot(None)
            else:
                self._compute(number, users, free)

    def _slot(self, content: Any) -> int:
        self.slots.append(content)
        return len(self.slots) - 1

    def _compute(self, number: int, users: dict[int, int], free: Free) -> None:
        if number in self.slot_of:
            return  # it has come with its twin
        step = self.tape.steps[number]
        operands = [self.slot_of[operand] for operand in step.operands]
        careful = self.noise is not None and self.noise.double
        kernel, made = kernel_of(step.op, careful), [number]
        twin = self._twin_of(number, users)
        if twin:
            kernel, made = sine_and_cosine, sorted((twin, number), key=self._is_sine)
        slots = [self._register(one, free) for one in made]
        self.calls.append(Call(kernel, (*operands, *slots[:-1]), slots[-1]))
        for one, slot in zip(made, slots, strict=True):
            if self.noise is not None:
                noisy = self.noise.kernels(one, self.tape.steps[one].op)
                self.calls.extend(Call(kernel, tuple(operands), slot) for kernel in noisy)
        for operand in set(step.operands):
            users[operand] -= len(made)
            if not users[operand] and self.is_computed(operand):
                free[is_truth(self.tape.steps[operand].op)].append(self.slot_of[operand])

    def _is_sine(self, number: int) -> bool:
        return self.tape.steps[number].op == "sin"

    def _twin_of(self, number: int, users: Mapping[int, int]) -> int:
        """The later step that is the cosine to a sine of the same operand; 0 for none."""
        step = self.tape.steps[number]
        other = {"sin": "cos", "cos": "sin"}.get(step.op, "")
        if not other or not has_fast_tangent():
            return 0
        for later in range(number + 1, len(self.tape.steps)):
            found = self.tape.steps[later]
            if found.op == other and found.operands == step.operands and later in users:
                return later
        return 0

    def _register(self, number: int, free: Free) -> int:
        """The slot of a new number: the first one that is free."""
        truth = is_truth(self.tape.steps[number].op)
        if free[truth] and number not in self.kept:
            slot = free[truth].pop()
        else:
            slot = self._slot(None)
            self._registers.append((slot, truth))
        self.slot_of[number] = slot
        return slot


def _written_out(calls: Sequence[Call]) -> Callable[[list[Any]], None]:
    """All calls as one function of the slots: a line of Python costs a fifth of a loop's turn."""
    used = sorted({n for call in calls for n in (*call.operands, call.result)})
    if len(calls) > _LONGEST or not calls:

        def looped(slots: list[Any]) -> None:
            for call in calls:
                call.kernel(*[slots[n] for n in call.operands], slots[call.result])

        return looped
    lines = [f"    s{n} = slots[{n}]" for n in used]
    for place, call in enumerate(calls):
        columns = ", ".join(f"s{n}" for n in (*call.operands, call.result))
        lines.append(f"    k{place}({columns})")
    scope: dict[str, Any] = {f"k{place}": call.kernel for place, call in enumerate(calls)}
    exec("\n".join(["def run(slots):", *lines]), scope)
    found: Callable[[list[Any]], None] = scope["run"]
    return found


def aligned(size: int, dtype: Any) -> Column:
    """An uninitialised column that begins at a multiple of VECTOR bytes."""
    room = np.empty(size * dtype.itemsize + VECTOR, np.uint8)
    start = -room.ctypes.data % VECTOR
    return room[start : start + size * dtype.itemsize].view(dtype)


def whole_vectors(count: int) -> int:
    """The length of a block for so many points: a multiple of VECTOR."""
    return max(-(-count // VECTOR) * VECTOR, VECTOR)


def stretched(column: Column, length: int) -> Column:
    """The column with its last number repeated up to a length; itself where it has it."""
    if len(column) == length:
        return column
    return np.concatenate((column, np.repeat(column[-1:], length - len(column))))


def needed_for(tape: Lowered, targets: Sequence[int]) -> set[int]:
    """The steps that some steps take, themselves included."""
    found = set(targets)
    for number in range(len(tape.steps) - 1, -1, -1):
        if number in found:
            found.update(tape.steps[number].operands)
    return found


def constants_of(tape: Lowered, dtype: Any, noise: Noise | None = None) -> dict[int, Any]:
    """The steps that no input reaches, as numbers of the precision.

    noise  disturbs those that are not exactly what the source says: 0.1, pi, sqrt(2)
    """
    exact: dict[int, Any] = {}
    factor = noise.disturbance if noise is not None else None
    with np.errstate(all="ignore"):
        for number, step in enumerate(tape.steps):
            if step.op == CONST:
                exact[number] = np.float64(_literal(step.text))
                rounded = not _is_exact(step.text)
            elif step.op != INPUT and all(operand in exact for operand in step.operands):
                operands = [np.asarray(exact[operand]) for operand in step.operands]
                exact[number] = _scalar(step.op, operands)
                rounded = noise is not None and noise.factor(number, step.op) is not None
                whole = step.op in _ARITHMETIC and _are_whole(exact[number], *operands)
                rounded = rounded and not whole
            else:
                continue
            if factor is not None and rounded:
                exact[number] = exact[number] * np.float64(factor(number))
        return {
            number: value if value.dtype == bool else dtype.type(value)
            for number, value in exact.items()
        }


def _literal(text: str) -> float:
    found = _CONSTANTS.get(text)
    return float(text) if found is None else found


def _is_exact(text: str) -> bool:
    """Whether a literal is a double."""
    return text not in _CONSTANTS and Fraction(text) == Fraction(float(text))


def _are_whole(*numbers: Any) -> bool:
    """Whether all are whole numbers, with which doubles calculate exactly."""
    return all(np.isfinite(u) and u == np.round(u) for u in numbers)


def _scalar(name: str, operands: Sequence[Any]) -> Any:
    found = np.empty(1, bool if is_truth(name) else np.float64)
    kernel_of(name)(*(np.atleast_1d(u) for u in operands), found)
    return found[0]
