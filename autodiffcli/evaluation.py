"""Several numbers on one tape: in ball arithmetic at a few points, by torch at many."""

from __future__ import annotations

from autodiffcli.fields import Fields, Found, by_balls
from autodiffcli.one_point import is_known
from autodiffcli.pointwise import WORK
from autodiffcli.positions import Positions


def evaluate(fields: Fields, where: Positions) -> Found:
    """All outputs at all points. Raises AdiffError."""
    if is_known(fields.tape) and len(fields.tape.steps) * where.count <= WORK:
        return by_balls(fields, where.columns, where.count)
    from autodiffcli.sweeps import by_torch

    return by_torch(fields, where.columns, where.count)
