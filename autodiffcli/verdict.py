"""Derivatives where a program is not smooth: decided by approaching from either side.

A point on an edge is approached along each variable from below and from above; on either side
the program is smooth, and nested gradients give its derivatives there. Equal ones are the
derivative; unequal ones are a kink's left and right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import isfinite, isinf, isnan, nan

import torch
from torch import Tensor

from autodiffcli.faults import Edge, Fault, edges, faults
from autodiffcli.interpreters.branches import Evaluation
from autodiffcli.interpreters.tensors import Tensors
from autodiffcli.plan import Partial, Plan, ancestors, with_ancestors
from autodiffcli.probes import EPSILON, Probe, Sight, approach, sight
from autodiffcli.program import Program

AGREEMENT = 1e-13  # relative; one-sided derivatives that differ by less differ by rounding
PROBED = 64  # elements that are moved one by one where an expression mixes points


@dataclass(frozen=True, slots=True)
class Verdict:
    """What holds at one point of one column.

    value  the derivative, NaN where there is none
    """

    status: str
    value: float
    left: float | None = None
    right: float | None = None
    reason: str = ""


Verdicts = dict[tuple[int, Partial], Verdict]


def judge(
    program: Program,
    inputs: Mapping[str, Tensor],
    evaluation: Evaluation,
    columns: Mapping[Partial, Tensor],
    weight: Tensor | None,
    plan: Plan,
) -> Verdicts:
    """The places that are not plainly smooth, by flat position and column; () is the value.

    inputs   one axis each where the program is elementwise
    columns  what plain nested gradients gave
    weight   what each value counts for in the reduction; None where the program mixes points
    """
    tensors = Tensors(program, inputs, plan.dtype)
    places = evaluation.output.numel() if weight is not None else 1
    wrong = faults(evaluation, tensors, places)
    near: dict[int, Edge] = {}
    if plan.wanted and not tensors.algebra.is_complex:
        near = edges(evaluation, tensors, places, plan.wrt)
        near = {place: edge for place, edge in near.items() if place not in wrong}
    found = _without_value(wrong, evaluation, columns, weight is not None)
    if near:
        if weight is not None:
            found.update(_points(program, inputs, evaluation, weight, plan, near))
        elif not wrong:
            edge = next(iter(near.values()))
            found.update(_whole(program, inputs, evaluation, columns, plan, edge))
    return {**_not_finite(columns, found), **found}


def _without_value(
    wrong: Mapping[int, Fault],
    evaluation: Evaluation,
    columns: Mapping[Partial, Tensor],
    elementwise: bool,
) -> Verdicts:
    found: Verdicts = {}
    finite = torch.isfinite(evaluation.output).reshape(-1)
    for place, fault in wrong.items():
        verdict = Verdict(fault.status, nan, reason=fault.reason)
        if elementwise:
            found.update({(place, partial): verdict for partial in ((), *columns)})
            continue
        own = [n for n in range(len(finite)) if not finite[n]] or range(len(finite))
        found.update({(n, ()): verdict for n in own})
        for partial, column in columns.items():
            found.update({(n, partial): verdict for n in range(column.numel())})
    return found


def _not_finite(columns: Mapping[Partial, Tensor], known: Verdicts) -> Verdicts:
    """Verdicts on derivatives that came out infinite or NaN for no reason found so far."""
    found: Verdicts = {}
    for partial, column in columns.items():
        flat = column.reshape(-1)
        for row in (~torch.isfinite(flat)).nonzero()[:, 0].tolist():
            if (row, partial) not in known:
                status = "undecided" if bool(torch.isnan(flat[row])) else "overflow"
                reason = "the derivative could not be computed there"
                if status == "overflow":
                    reason = "the derivative exceeds the number range"
                found[row, partial] = Verdict(status, nan, reason=reason)
    return found


# -- every point by itself


def _points(
    program: Program,
    inputs: Mapping[str, Tensor],
    evaluation: Evaluation,
    weight: Tensor,
    plan: Plan,
    found_edges: Mapping[int, Edge],
) -> Verdicts:
    rows = torch.tensor(sorted(found_edges))
    near = {name: value.detach()[rows] for name, value in inputs.items()}
    start = evaluation.output.detach().broadcast_to(weight.shape)[rows]
    wanted = with_ancestors(plan.wanted)
    probes = _all_sides(program, near, start, replace(plan, wanted=wanted), weight[rows])
    found: Verdicts = {}
    noises = _noise(start).tolist()
    for local, row in enumerate(rows.tolist()):
        own: dict[Partial, Verdict] = {}
        for partial in wanted:
            around = probes[frozenset(partial)]
            verdict = _seen_around(partial, around, local, noises[local], found_edges[row])
            own[partial] = _after(verdict, [own[p] for p in ancestors(partial) if p in own])
        # Exact verdicts too: they replace what torch's convention gave at the edge.
        found.update({(row, partial): own[partial] for partial in plan.wanted})
    return found


def _all_sides(
    program: Program, near: Mapping[str, Tensor], start: Tensor, plan: Plan, weight: Tensor
) -> dict[frozenset[str], list[Probe]]:
    """For the variables of each partial, the probes from every combination of their sides."""
    found: dict[frozenset[str], list[Probe]] = {}
    for together in dict.fromkeys(frozenset(partial) for partial in plan.wanted):
        own = replace(plan, wanted=tuple(p for p in plan.wanted if set(p) <= together))
        names = sorted(together)
        found[together] = [
            approach(program, near, start, own, dict(zip(names, signs, strict=True)), None, weight)
            for signs in product((-1, 1), repeat=len(names))
        ]
    return found


def _seen_around(
    partial: Partial, around: Sequence[Probe], place: int, noise: float, edge: Edge
) -> Verdict:
    """The verdict at one place; a mixed partial needs its lower ones to agree all around too."""
    verdict = _decide(partial, [sight(p, partial, place) for p in around], noise, edge)
    for before in ancestors(partial) if len(set(partial)) > 1 else ():
        lower = _decide(before, [sight(p, before, place) for p in around], noise, edge)
        if verdict.status == "exact" and lower.status != "exact":
            return lower
    return verdict


def _noise(start: Tensor) -> Tensor:
    """What a derivative that is 0 may come out as, by rounding."""
    return 4 * EPSILON * start.abs().clamp(max=1.0)


def _decide(partial: Partial, seen: Sequence[Sight], noise: float, edge: Edge) -> Verdict:
    """The verdict on one place from what was seen on the sides of its variables."""
    text = edge.text
    inside = [sight for sight in seen if not sight.beyond]
    if not inside:
        return Verdict("undecided", nan, reason=f"{text} is real at that point only")
    if any(sight.unsettled for sight in inside):
        return Verdict("undecided", nan, reason=f"the sides of {text} could not be told apart")
    if any(sight.jumped for sight in inside):
        return Verdict("jump", nan, reason=f"the value jumps where {text} does")
    values = [sight.value for sight in inside]
    pure = len(set(partial)) == 1
    left = next((s.value for s in inside if pure and s.sign < 0), None)
    right = next((s.value for s in inside if pure and s.sign > 0), None)
    if any(isnan(value) for value in values):
        return Verdict("undecided", nan, reason=f"the sides of {text} could not be calculated")
    if any(isinf(value) for value in values):
        return Verdict("infinite", nan, left, right, f"{_ways(inside)} at {text}")
    if edge.singular:
        return Verdict("undecided", nan, reason=f"{text} is not smooth there")
    spread = max(values) - min(values)
    if spread > max(AGREEMENT * max(abs(value) for value in values), noise):
        return Verdict("kink", nan, left, right, f"{text} has its kink there")
    if len(inside) < len(seen):
        return Verdict("endpoint", values[0], left, right, f"{text} ends there")
    return Verdict("exact", values[-1])


def _ways(inside: Sequence[Sight]) -> str:
    """`+inf from above`, on the sides where it is so."""
    words = {-1: " from below", 0: "", 1: " from above"}
    ways = (f"{sight.value:+g}{words[sight.sign]}" for sight in inside if isinf(sight.value))
    return " and ".join(dict.fromkeys(ways))


def _after(verdict: Verdict, lower: Sequence[Verdict]) -> Verdict:
    """The verdict, unless one of the derivatives on the way to this one does not exist."""
    missing = next((known for known in lower if not isfinite(known.value)), None)
    if missing is None or not isfinite(verdict.value):
        return verdict
    return replace(verdict, status=missing.status, value=nan, reason=missing.reason)


# -- an expression that mixes points


def _whole(
    program: Program,
    inputs: Mapping[str, Tensor],
    evaluation: Evaluation,
    columns: Mapping[Partial, Tensor],
    plan: Plan,
    edge: Edge,
) -> Verdicts:
    """Verdicts where points are mixed: each element of each variable is moved by itself."""
    if plan.reduction == "none" or sum(inputs[v].numel() for v in plan.wrt) > PROBED:
        return _all_undecided(columns, f"{edge.text} is not smooth there")
    closer = replace(plan, wanted=with_ancestors(plan.wanted))
    start = evaluation.output.detach()
    still = {name: value.detach() for name, value in inputs.items()}
    probes = [
        approach(program, still, start, closer, {variable: sign}, element, None)
        for variable in plan.wrt
        for element in range(inputs[variable].numel())
        for sign in (-1, 1)
    ]
    noise = float(_noise(start).max())
    found: Verdicts = {}
    for partial in closer.wanted:
        for place in range(inputs[partial[-1]].numel()):
            seen = [
                sight(probe, partial, place)
                for probe in probes
                if probe.moves.keys() & set(partial)
                and (len(partial) > 1 or probe.element == place)
            ]
            verdict = _decide(partial, seen, noise, edge)
            if len(partial) > 1:
                verdict = replace(verdict, left=None, right=None)
            found[place, partial] = _after(verdict, _lower(partial, place, found))
    return {key: verdict for key, verdict in found.items() if key[1] in plan.wanted}


def _lower(partial: Partial, place: int, known: Verdicts) -> list[Verdict]:
    """The verdicts on the way to a partial where points are mixed."""
    return [
        verdict
        for (element, ancestor), verdict in known.items()
        if ancestor in ancestors(partial) and (ancestor[-1] != partial[-1] or element == place)
    ]


def _all_undecided(columns: Mapping[Partial, Tensor], reason: str) -> Verdicts:
    verdict = Verdict("undecided", nan, reason=reason)
    return {
        (place, partial): verdict
        for partial, column in columns.items()
        for place in range(column.numel())
    }
