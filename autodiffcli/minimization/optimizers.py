"""The ways downhill that torch walks: L-BFGS with a strong Wolfe line search, and Adam."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import torch
from torch import Tensor

from autodiffcli.minimization.minimizers import STUCK, Stop
from autodiffcli.minimization.objective import Local, Nowhere, Objective, is_finite

HISTORY = 20  # pairs that L-BFGS remembers
SHORTER = 8.0  # times that the step is made shorter after leaving the domain
LINE_SEARCH = 25  # evaluations of one line search
RETRIES = 20
PATIENCE = 8  # steps that bring nothing


class _Tracked:
    """A point as torch's optimizers want it: a parameter with a gradient."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self.parameter = torch.tensor(objective.start.values, dtype=torch.float64)
        self.parameter.requires_grad_()
        self.known: dict[tuple[float, ...], Local] = {}

    def point(self) -> tuple[float, ...]:
        return tuple(self.parameter.detach().tolist())

    def set(self, point: Sequence[float]) -> None:
        with torch.no_grad():
            self.parameter.copy_(torch.tensor(point, dtype=torch.float64))

    def slope(self, here: Local) -> None:
        self.parameter.grad = torch.tensor(here.slopes, dtype=torch.float64)

    def value(self) -> Tensor:
        """The value where the parameter is, its gradient with it. Raises Nowhere."""
        point = self.point()
        if not all(map(isfinite, point)):
            raise Nowhere("overflow", "the steps lead beyond float64")
        here = self.known.get(point) or self.objective.at(point)
        self.known[point] = here
        if not is_finite(here):
            raise Nowhere("overflow", "the value exceeds float64")
        self.slope(here)
        return torch.tensor(here.height, dtype=torch.float64)


class Lbfgs:
    """torch.optim.LBFGS, one iteration at a time."""

    curved = False
    strides = False
    tolerance = 1e-10

    def __init__(self, objective: Objective) -> None:
        self.tracked = _Tracked(objective)
        self.rate = 1.0
        self.lowest = float("inf")
        self.idle = 0
        self.optimizer = self._fresh()

    def following(self, here: Local) -> tuple[Sequence[float], str]:
        """The next point. Raises Stop, Nowhere."""
        self._watch(here)
        for _ in range(RETRIES):
            self.tracked.known = {here.point: here}
            self.tracked.set(here.point)
            try:
                self.optimizer.step(self.tracked.value)  # type: ignore[no-untyped-call]
            except Nowhere as nowhere:
                last = nowhere
                self.rate /= SHORTER
                self.optimizer = self._fresh()
                continue
            point = self.tracked.point()
            if point == here.point:
                raise Stop(STUCK, "no step along the direction of L-BFGS is better")
            self.rate = 1.0
            self.optimizer.param_groups[0]["lr"] = 1.0
            return point, "lbfgs"
        raise last

    def _watch(self, here: Local) -> None:
        """Raise Stop where the last steps have brought nothing."""
        self.idle = 0 if here.height < self.lowest else self.idle + 1
        self.lowest = min(self.lowest, here.height)
        if self.idle >= PATIENCE:
            raise Stop(STUCK, f"the last {PATIENCE} steps brought nothing")

    def _fresh(self) -> torch.optim.LBFGS:
        return torch.optim.LBFGS(
            [self.tracked.parameter],
            lr=self.rate,
            max_iter=1,
            max_eval=LINE_SEARCH + 1,
            history_size=HISTORY,
            tolerance_grad=0.0,
            tolerance_change=0.0,
            line_search_fn="strong_wolfe",
        )


class Adam:
    """torch.optim.Adam."""

    curved = False
    strides = True
    tolerance = 1e-8

    def __init__(self, objective: Objective, rate: float) -> None:
        self.tracked = _Tracked(objective)
        self.optimizer = torch.optim.Adam([self.tracked.parameter], lr=rate)

    def following(self, here: Local) -> tuple[Sequence[float], str]:
        """The next point."""
        self.tracked.slope(here)
        self.optimizer.step()
        return self.tracked.point(), "adam"
