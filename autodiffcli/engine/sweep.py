"""Columns of values and derivatives, and the rows that need a second look.

A block is calculated in double precision, then once more in single precision with noise. Where
the two are far apart, noise in double precision says whether digits were lost; and where that
moves a number by more than SHAKY, or a check of the program's own numbers fails, the row is a
suspect, to be judged by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiffcli.engine.checks import Checks
from autodiffcli.engine.kernels import Column
from autodiffcli.engine.machine import Machine, constants_of, stretched, whole_vectors
from autodiffcli.engine.noise import Noise, change

if TYPE_CHECKING:
    from autodiffcli.lowering import Lowered

DOUBT = 1e-3  # relative change in single precision from which on noise in double decides
SHAKY = 1e-7  # likewise by noise in double, of 256 roundings: nine digits are right below it
TURNED = 0.1  # relative change of a distance from an edge that may be on its other side
NOTHING = 1e-300  # below it digits do not count


class Sweep:
    """A tape made ready for columns of any length.

    make     the machine that runs it: (tape, dtype, watched, noise)
    checked  whether suspects are looked for; without, the numbers are what they come out as
    """

    def __init__(
        self, tape: Lowered, checked: bool = True, make: Callable[..., Any] = Machine
    ) -> None:
        self.tape, self.checked = tape, checked
        self.checks = Checks(tape) if checked else None
        watched = self.checks.watched if self.checks is not None else ()
        self.machine = make(tape, "float64", watched, None)
        constants = self.machine.constants
        with np.errstate(all="ignore"):
            self.is_unsure = self.checks is not None and (
                self.checks.is_unsure(constants) or self._has_shaky_constant()
            )
        computed = [step for step in tape.outputs if self.machine.is_computed(step)]
        self.places = {step: tape.outputs.index(step) for step in computed}
        beside = self.checks.beside if self.checks is not None else ()
        self.shadow = make(tape, "float32", beside, Noise("float32")) if checked else None
        self.noisy: list[Machine] = []

    def _has_shaky_constant(self) -> bool:
        """Whether an output that is a constant has lost its digits: 1 - 1/tanh(10)."""
        steps = [step for step in self.tape.outputs if step in self.machine.constants]
        for seed in (0, 1):
            noise = Noise("float64", seed)
            noisy = constants_of(self.tape, np.dtype(np.float64), noise) if steps else {}
            for step in steps:
                plain, shaken = (np.atleast_1d(u[step]) for u in (self.machine.constants, noisy))
                if bool((change(plain, shaken, NOTHING) > SHAKY).any()):
                    return True
        return False

    def __call__(self, columns: Mapping[str, Column], outputs: Sequence[Column]) -> Any:
        """Fill the outputs, one column each for the value and every partial, of one length.

        columns  float64, contiguous, of that length too
        returns  numbers of the suspicious rows, in order
        """
        rows = len(outputs[0])
        suspects, doubtful = list[Any](), list[Any]()
        size = min(self.machine.size, whole_vectors(rows))
        with np.errstate(all="ignore"):
            self._still(columns, outputs)
            for first in range(0, rows, size):
                inputs, targets, run, count = self._block(
                    columns, outputs, first, min(size, rows - first)
                )
                if self.checks is not None:
                    good, doubt = self._looked_at(inputs, targets, run)
                    suspects.append((~good[:count]).nonzero()[0] + first)
                    if doubt is not None:
                        doubtful.append((doubt & good)[:count].nonzero()[0] + first)
            if doubtful:
                suspects.append(self._shaky(columns, outputs, np.concatenate(doubtful)))
        return np.sort(np.concatenate(suspects)) if suspects else np.empty(0, np.int64)

    def _still(self, columns: Mapping[str, Column], outputs: Sequence[Column]) -> None:
        """The outputs that are constants or inputs."""
        for step, output in zip(self.tape.outputs, outputs, strict=True):
            if step in self.machine.constants:
                output[:] = self.machine.constants[step]
            elif not self.machine.is_computed(step):
                output[:] = columns[self.tape.steps[step].text]

    def _block(
        self, columns: Mapping[str, Column], outputs: Sequence[Column], first: int, count: int
    ) -> tuple[dict[str, Column], dict[int, Column], int, int]:
        """Calculate a block: its inputs and outputs, in whole vectors, and how many rows count."""
        rows, run = slice(first, first + count), whole_vectors(count)
        inputs = {name: columns[name][rows] for name in self.tape.inputs}
        targets = {step: outputs[place][rows] for step, place in self.places.items()}
        if run != count:
            inputs = {name: stretched(column, run) for name, column in inputs.items()}
            targets = {step: np.empty(run) for step in targets}
        self.machine.run(inputs, targets, run)
        for place, step in enumerate(self.tape.outputs):
            if step in targets and (run != count or self.places[step] != place):
                outputs[place][rows] = targets[step][:count]
        return inputs, targets, run, count

    def _looked_at(
        self, inputs: Mapping[str, Column], targets: Mapping[int, Column], run: int
    ) -> tuple[Any, Any]:
        """Which points of a block stand the checks, and where digits are in doubt."""
        assert self.checks is not None
        if self.is_unsure:
            return np.zeros(run, bool), None
        good = self.checks.good(self.machine.value, run)
        for column in (*inputs.values(), *targets.values()):
            own = np.isfinite(column)
            good = own if good is None else good & own
        if good is None:
            good = np.ones(run, bool)
        return good, self._doubtful(inputs, targets, run)

    def _doubtful(
        self, inputs: Mapping[str, Column], targets: Mapping[int, Column], run: int
    ) -> Any:
        """Where single precision is far from double, or both are 0; None for nowhere."""
        assert self.shadow is not None and self.checks is not None
        narrow = {name: column.astype(np.float32) for name, column in inputs.items()}
        self.shadow.run(narrow, {}, run)
        pairs = [(self.shadow.value(step)[:run], column) for step, column in targets.items()]
        if self.checks.beside:
            distances = map(self.checks.distances, (self.shadow.value, self.machine.value))
            pairs += [(u, v) for u, v in zip(*distances, strict=True) if v.ndim]
        found = None
        for single, double in pairs:
            ratio = single / double.astype(np.float32)
            low, high = ratio.min(), ratio.max()
            if not (low > 1 - DOUBT and high < 1 + DOUBT):
                own = ~(np.abs(ratio - np.float32(1)) < DOUBT)
                found = own if found is None else found | own
        return found

    def _shaky(self, columns: Mapping[str, Column], outputs: Sequence[Column], rows: Any) -> Any:
        """Those of some rows that lose their digits: noise in double precision moves a number.

        Or that may lie beyond an edge: noise, or the next double, moves them to its other side.
        """
        assert self.checks is not None
        if not self.noisy:
            beside = self.checks.beside
            self.noisy = [
                Machine(self.tape, "float64", beside, Noise("float64", n)) for n in (0, 1)
            ]
        found = np.zeros(len(rows), bool)
        size = min(self.noisy[0].size, self.machine.size)
        for first in range(0, len(rows), size):
            part = rows[first : first + size]
            run, count = whole_vectors(len(part)), len(part)
            inputs = {n: stretched(columns[n][part], run) for n in self.tape.inputs}
            own = found[first : first + count]
            for machine in self.noisy:
                machine.run(inputs, {}, run)
                for step, place in self.places.items():
                    shaken = machine.value(step)[:count]
                    own |= change(outputs[place][part], shaken, NOTHING) > SHAKY
            if self.checks.beside:
                own |= self._turned(inputs, run)[:count]
        return rows[found]

    def _turned(self, inputs: Mapping[str, Column], run: int) -> Any:
        """Which of some points may be on the other side of an edge."""
        assert self.checks is not None
        self.machine.run(inputs, {}, run)
        plain = [np.copy(u) for u in self.checks.distances(self.machine.value)]
        moved = {name: np.nextafter(column, np.inf) for name, column in inputs.items()}
        self.machine.run(moved, {}, run)
        found = np.zeros(run, bool)
        for machine in (self.machine, *self.noisy):
            for distance, other in zip(plain, self.checks.distances(machine.value), strict=True):
                if distance.ndim:
                    found |= change(distance, other, 0.0) > TURNED
        return found
