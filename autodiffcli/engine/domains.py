"""Rows that are plainly outside the domain of a step: data may have very many of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiffcli.engine.kernels import Column
from autodiffcli.engine.machine import Machine, stretched, whole_vectors
from autodiffcli.engine.noise import Noise
from autodiffcli.ops import OPS

if TYPE_CHECKING:
    from autodiffcli.lowering import Lowered

PLAINLY = 1e-6  # how far beyond the end of a domain, absolutely, and by noise as well


class Domains:
    """The ends of the domains of a program's own steps.

    places  (operand, low, high) of steps that every value needs
    """

    def __init__(self, tape: Lowered) -> None:
        self.tape = tape
        self.places: list[tuple[int, float, float]] = []
        if not any(tape.steps[number].op == "where" for number in tape.values):
            for number in tape.values:
                step = tape.steps[number]
                domain = OPS[step.op].domain if step.op in OPS and not OPS[step.op].outside else ()
                for operand, interval in zip(step.operands, domain, strict=False):
                    self.places.append((operand, interval.low, interval.high))
        watched = tuple(dict.fromkeys(operand for operand, _, _ in self.places))
        self.machines = [
            Machine(tape, "float64", watched, noise)
            for noise in (None, Noise("float64"))
            if self.places
        ]

    def first_beyond(self, columns: Mapping[str, Column], rows: Any) -> Any:
        """For each of some rows the first place that it is plainly beyond; -1 for none."""
        found = np.full(len(rows), -1)
        if not self.places:
            return found
        size = self.machines[0].size
        with np.errstate(all="ignore"):
            for first in range(0, len(rows), size):
                part = rows[first : first + size]
                run = whole_vectors(len(part))
                inputs = {name: stretched(columns[name][part], run) for name in self.tape.inputs}
                for machine in self.machines:
                    machine.run(inputs, {}, run)
                own = found[first : first + size]
                for place in reversed(range(len(self.places))):
                    own[self._beyond(place)[: len(part)]] = place
        return found

    def _beyond(self, place: int) -> Any:
        operand, low, high = self.places[place]
        both = [np.asarray(machine.value(operand)) for machine in self.machines]
        below = np.logical_and.reduce([u < low - PLAINLY for u in both])
        above = np.logical_and.reduce([u > high + PLAINLY for u in both])
        return np.broadcast_to(below | above, (self.machines[0].length,))
