"""Values of networks and their derivatives: nested `torch.autograd.grad` over blocks of points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite

import torch
from torch import Tensor

from autodiffcli.arrays import Array
from autodiffcli.derive import blocks, forward
from autodiffcli.diagnostics import AdiffError
from autodiffcli.faults import edges
from autodiffcli.interpreters.tensors import Tensors, from_tensor, to_tensor
from autodiffcli.points import Points
from autodiffcli.program import INPUT, Program
from autodiffcli.residuals.candidates import Network, called, guarded, kind
from autodiffcli.residuals.residual import evaluated
from autodiffcli.residuals.unknowns import Separated

By = tuple[int, ...]  # the variables that something is differentiated by, by their numbers
Key = tuple[str, By]

BLOCK = 8_192  # points; the graph of nested gradients is held for one block at a time
_APART = 1e-3  # by how much a value may change when the other points are left out


def derivatives(
    network: Network, coordinates: Sequence[Tensor], wanted: Mapping[str, Sequence[By]]
) -> dict[Key, Tensor]:
    """Outputs of a network and their partial derivatives at points.

    coordinates  of the variables in the network's order, one axis each
    wanted       per output the variables to differentiate by, by their numbers; () for the value
    returns      shape of the coordinates, float64 or complex128. Raises AdiffError.
    """
    keys: list[Key] = [(name, by) for name, each in wanted.items() for by in each]
    parts: dict[Key, list[Tensor]] = {key: [] for key in keys}
    rows = coordinates[0].numel() if coordinates else 1
    for first in range(0, max(rows, 1), BLOCK):
        block = [c[first : first + BLOCK] for c in coordinates]
        leaves = [c.to(network.device, network.dtype).detach().clone() for c in block]
        found = _block(network, [leaf.requires_grad_() for leaf in leaves], keys)
        if first == 0 and rows > 1:
            _check_rows(network, leaves, found[0])
        for key, column in found[1].items():
            wide = torch.complex128 if column.is_complex() else torch.float64
            parts[key].append(column.detach().cpu().to(wide))
    if network.dtype in (torch.float32, torch.float16, torch.bfloat16):
        dtype = str(network.dtype).removeprefix("torch.")
        network.notes[f"{called(network)} is {dtype}, and so are its derivatives"] = None
    whole = {key: torch.cat(columns) for key, columns in parts.items()}
    for (name, by), column in whole.items():
        if len(by) > 1 and not column.any():  # what a network of ReLU has
            letters = "".join(network.variables[place] for place in by)
            network.notes[f"{name}_{letters} is 0 at every point"] = None
    return whole


def _block(
    network: Network, leaves: list[Tensor], keys: Sequence[Key]
) -> tuple[Tensor, dict[Key, Tensor]]:
    """The outputs at a block of points, and what is wanted of them."""
    with torch.enable_grad():
        output = _outputs(network, leaves)
        columns = dict(zip(network.unknowns, output.unbind(1), strict=True))
        deepest = max((len(by) for _, by in keys), default=0)
        if deepest and output.grad_fn is None:
            message = f"the result of {called(network)} has no gradient"
            hint = "detach(), numpy and no_grad() take it away"
            raise network.source.wrong("no-gradient", message, hint)
        found: dict[Key, Tensor] = {(name, ()): column for name, column in columns.items()}
        needed = dict.fromkeys((name, by[:k]) for name, by in keys for k in range(1, len(by) + 1))
        for order in range(1, deepest + 1):
            here = [key for key in needed if len(key[1]) == order]
            for name, before in dict.fromkeys((name, by[:-1]) for name, by in here):
                last = [by[-1] for own, by in here if (own, by[:-1]) == (name, before)]
                slopes = _slopes(network, found[name, before], leaves, last, order < deepest)
                for place, slope in zip(last, slopes, strict=True):
                    if slope is None:
                        _tell_constant(network, name, (*before, place))
                    zero = torch.zeros_like(found[name, before])
                    found[name, (*before, place)] = zero if slope is None else slope
    return output, {key: found[key] for key in keys}


def _tell_constant(network: Network, name: str, by: By) -> None:
    letters = [network.variables[place] for place in by]
    lower = f"{name}_{''.join(letters[:-1])}" if letters[1:] else name
    told = f"torch finds no dependence of {lower} on {letters[-1]}: its derivative is taken as 0"
    network.notes[told] = None


def _slopes(
    network: Network, value: Tensor, leaves: list[Tensor], places: Sequence[int], further: bool
) -> Sequence[Tensor | None]:
    """The derivatives of a column by some variables; None where torch sees no dependence."""
    if value.is_complex():
        real = _slopes(network, value.real, leaves, places, further)
        imag = _slopes(network, value.imag, leaves, places, further)
        return [_joined(a, b) for a, b in zip(real, imag, strict=True)]
    if not value.requires_grad:
        return [None] * len(places)
    with guarded(network.source, f"{called(network)} cannot be differentiated"):
        return torch.autograd.grad(
            value.sum(),
            [leaves[place] for place in places],
            create_graph=further,
            retain_graph=True,
            allow_unused=True,
        )


def _joined(real: Tensor | None, imag: Tensor | None) -> Tensor | None:
    if real is None and imag is None:
        return None
    known = real if real is not None else imag
    assert known is not None
    zero = torch.zeros_like(known)
    return torch.complex(zero if real is None else real, zero if imag is None else imag)


def _outputs(network: Network, leaves: Sequence[Tensor]) -> Tensor:
    """What the network makes of points, shape (N, unknowns). Raises AdiffError."""
    handed = [torch.stack(list(leaves), dim=-1)] if network.stacked else list(leaves)
    with guarded(network.source, f"{called(network)} cannot be called"):
        found = network.call(*handed)
    if not isinstance(found, Tensor):
        message = f"{called(network)} returns {kind(found)}, and a tensor is expected"
        raise network.source.wrong("module", message)
    rows, count = leaves[0].numel(), len(network.unknowns)
    fitting = [(rows, count), *([(rows,)] if count == 1 else [])]
    if tuple(found.shape) not in fitting:
        shape = "x".join(map(str, found.shape)) or "()"
        wanted = " or ".join("x".join(map(str, one)) for one in reversed(fitting))
        message = f"{called(network)} returns shape {shape} for {rows} points, not {wanted}"
        hint = "name its outputs: u,v=..." if found.dim() == 2 and found.shape[0] == rows else ""
        raise network.source.wrong("shape", message, hint)
    return found.reshape(rows, count)


def _check_rows(network: Network, leaves: Sequence[Tensor], output: Tensor) -> None:
    """Refuse a network whose value at a point changes with the other points."""
    alone = [leaf[:1].detach().clone().requires_grad_() for leaf in leaves]
    try:
        first = _outputs(network, alone)
    except AdiffError:
        return  # one that takes so many points and no others
    if not torch.allclose(first, output[:1], rtol=_APART, atol=1e-6, equal_nan=True):
        message = f"what {called(network)} returns at a point changes when it is called again"
        hint = "each row must depend on its own point alone; no dropout, no batch statistics"
        raise network.source.wrong("mixes", message, hint)


# -- in place of the unknowns of equations


def filled(
    separated: Separated,
    programs: Sequence[Program],
    points: Points,
    networks: Mapping[str, Network],
    dtype: str,
) -> dict[str, Array]:
    """The points, and the numbers of every unknown and derivative that some programs need.

    networks  by the names of the unknowns
    """
    found = dict(points)
    shape = next((values.shape for values in points.values()), ())
    slots = separated.needed(programs)
    for slot in slots:
        if slot.input in found:
            continue
        network = networks[slot.unknown]
        beside = [
            other
            for other in slots
            if networks[other.unknown] is network and str(other.operands) == str(slot.operands)
        ]
        coordinates = [_coordinate(network, p, found, dtype) for p in slot.operands]
        wanted: dict[str, list[By]] = {}
        for other in beside:
            wanted.setdefault(other.unknown, []).append(other.by)
        columns = derivatives(network, coordinates, wanted)
        for other in beside:
            column = columns[other.unknown, other.by]
            if column.is_complex() and not dtype.startswith("complex"):
                message = f"{called(network)} returns complex numbers"
                raise network.source.wrong("complex", message, "ask for --dtype complex128")
            found[other.input] = replace(from_tensor(column), shape=shape)
    return found


def _coordinate(network: Network, program: Program, points: Points, dtype: str) -> Tensor:
    """Where a network is taken, along one of its variables."""
    last = program.steps[program.output]
    plain = last.op == INPUT and last.text in points
    values = points[last.text] if plain else evaluated(program, points, dtype).value
    if values.imag is not None and any(values.imag):
        raise network.source.wrong("complex", f"{called(network)} is called at real points only")
    rows = max((len(column) for column in points.values()), default=1)
    return to_tensor(replace(values, imag=None), "float64").reshape(-1).expand(rows)


def unsettled(
    program: Program, kinks: Sequence[Program], points: Points, dtype: str
) -> dict[int, str]:
    """The points at which something is not known, and what it is.

    program  an equation's, of whose inputs one may not be finite
    kinks    programs whose derivatives are taken, but for the points of a kink or a jump
    """
    found: dict[int, str] = {}
    for name in program.inputs:
        for row, number in enumerate(points[name]):
            if not isfinite(abs(number)):
                found[row] = f"{name} is not finite there"
    for inner in kinks:
        inputs = {name: to_tensor(points[name], dtype) for name in inner.inputs}
        for first, block in blocks(inputs):
            evaluation = forward(inner, block, dtype)
            tensors = Tensors(inner, block, dtype)
            rows = next((value.numel() for value in block.values()), 1)
            for row, edge in edges(evaluation, tensors, rows, inner.inputs).items():
                found[first + row] = f"{edge.text} is not smooth there"
    return found
