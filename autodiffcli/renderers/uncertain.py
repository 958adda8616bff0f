"""Results with their uncertainties, as a listing: 196 ± 20, and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from autodiffcli.renderers.listing import Cell, Listing, Table
from autodiffcli.renderers.number import exact, shown
from autodiffcli.renderers.rows import free
from autodiffcli.result import SCHEMA, label
from autodiffcli.uncertainties.correlations import Correlations
from autodiffcli.uncertainties.measurements import Inputs, double
from autodiffcli.uncertainties.uncertainty import Propagated, SecondOrder
from autodiffcli.verdict import Verdict

MOST = 20  # footnotes printed
FIGURES = 2  # significant ones of an uncertainty. Source: GUM, 7.2.6
_EXACT = Context(prec=1500)  # more than the digits of any double
_NOTHING = 1e-14  # relative uncertainty below which a double has no figures to match it
_PLAIN = (-4, 12)  # decades of a number that is written without a power of ten
_LAST = (-12, 3)  # decades of its last digit, likewise
_LARGEST_PART = 10  # an uncertainty that is more times the value is not shown in percent


@dataclass(frozen=True, slots=True)
class Answered:
    """One point: what is known of the result, or why nothing is."""

    inputs: Inputs
    found: Propagated | None
    verdict: Verdict | None = None
    missing: str = ""

    @property
    def status(self) -> str:
        """Exact or removable, or what is the matter."""
        if self.verdict is not None:
            return self.verdict.status
        return "removable" if self.found is not None and self.found.limit else "exact"


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked.

    name   of the result
    asked  whether the second order is shown where it does not matter
    """

    expression: str
    read_as: str
    name: str
    correlations: Correlations
    asked: bool


def listing(
    question: Question, rows: Sequence[Answered], notes: Sequence[str], unicode: bool, digits: int
) -> Listing:
    """The results for people and for programs.

    digits  of numbers in sentences
    """
    sign = "±" if unicode else "+/-"
    machine = _table(question, rows)
    document = _document(question, rows, notes)
    if len(rows) == 1 and rows[0].found is not None:
        shown_parts = _one(question, rows[0].found, unicode, sign, digits)
    else:
        shown_parts = (_several(question, rows, unicode, sign),)
    return Listing(shown_parts, machine, document, _footnotes(question, rows, sign, digits))


# -- a value with its uncertainty


def with_uncertainty(value: float, u: float, sign: str = "±") -> str:
    """`196 ± 20`: the uncertainty to two figures, the value to match; both with one power of ten.

    Source: GUM, 7.2.6.
    """
    if u <= abs(value) * _NOTHING:
        return f"{exact(value).removesuffix('.0')} {sign} {shown(u, FIGURES)}"
    number, off = Decimal(repr(value)), Decimal(repr(u))
    last = off.adjusted() - FIGURES + 1
    if _rounded(off, last).adjusted() > off.adjusted():
        last += 1  # 0.0996 is 0.10
    number, off = _rounded(number, last), _rounded(off, last)
    top = max(number.adjusted() if number else off.adjusted(), off.adjusted())
    if _PLAIN[0] <= top < _PLAIN[1] and _LAST[0] <= last <= _LAST[1]:
        return f"{number:f} {sign} {off:f}"
    number, off = number.scaleb(-top, _EXACT), off.scaleb(-top, _EXACT)
    return f"({number:f} {sign} {off:f})e{top:+03d}"


def _rounded(number: Decimal, last: int) -> Decimal:
    """The number to the decade of its last digit."""
    found = number.quantize(Decimal(1).scaleb(last), ROUND_HALF_EVEN, _EXACT)
    return found if found else abs(found)  # no -0.0


# -- for people


def _one(
    question: Question, found: Propagated, unicode: bool, sign: str, digits: int
) -> tuple[Table | str, ...]:
    result = with_uncertainty(found.value, found.uncertainty, sign)
    relative = ""
    if 0 < found.uncertainty < _LARGEST_PART * abs(found.value):
        relative = f" ({_percent(found.uncertainty / abs(found.value))})"
    line = (
        f"value {shown(found.value, digits)}, "
        f"standard uncertainty {shown(found.uncertainty, digits)}{relative}"
    )
    rows: list[tuple[Cell, ...]] = [
        (
            one.name,
            one.value,
            one.uncertainty,
            one.sensitivity,
            one.contribution,
            _short(one.share),
        )
        for one in found.inputs
    ]
    rows += [
        (f"r({', '.join(one.names)})", one.correlation, None, None, None, _short(one.share))
        for one in found.covariances
    ]
    columns = ("input", "value", "uncertainty", "sensitivity", "contribution", "share %")
    headings = (*columns[:3], _slope(question.name, unicode), *columns[4:])
    return f"{question.name} = {result}", line, Table(columns, rows, headings)


def _slope(name: str, unicode: bool) -> str:
    return f"∂{name}/∂input" if unicode else f"d{name}/dinput"


def _several(question: Question, rows: Sequence[Answered], unicode: bool, sign: str) -> Table:
    names = tuple(rows[0].inputs)
    cells: list[tuple[Cell, ...]] = []
    marks: dict[tuple[int, int], str] = {}
    for number, row in enumerate(rows):
        inputs = (_input(row.inputs, name, sign) for name in names)
        found = row.found
        if found is None:
            flagged = [n for n, one in enumerate(rows) if one.found is None]
            result = f"none [{flagged.index(number) + 1}]"
            cells.append((*inputs, result, None, None))
        else:
            result = with_uncertainty(found.value, found.uncertainty, sign)
            cells.append((*inputs, result, found.value, found.uncertainty))
    columns = (*names, question.name, "value", "uncertainty")
    return Table(columns, cells, marks=marks, fixed=len(names))


def _input(inputs: Inputs, name: str, sign: str) -> str:
    one = inputs[name]
    if one.is_exact:
        return shown(double(one.value))
    return with_uncertainty(double(one.value), double(one.uncertainty), sign)


def _short(share: float | None) -> float | None:
    return None if share is None else float(f"{100 * share:.3g}")


def _percent(part: float) -> str:
    return f"{100 * part:.3g} %"


def _footnotes(
    question: Question, rows: Sequence[Answered], sign: str, digits: int
) -> tuple[str, ...]:
    missing = [row for row in rows if row.found is None]
    lines = [f"[{n}] {row.missing}" for n, row in enumerate(missing, 1)] if rows[1:] else []
    for row in rows:
        if row.found is None:
            continue
        where = f" at {told(row.inputs)}" if rows[1:] else ""
        second = row.found.second
        if second is None:
            lines.append(f"no second-order terms{where}: {row.found.missing}")
        elif second.matters or question.asked:
            lines.append(_told_second(question.name, row.found, second, where, sign, digits))
    if len(lines) > MOST:
        lines[MOST:] = [f"and {len(lines) - MOST:,} more; --format json has them all"]
    return tuple(lines)


def told(inputs: Inputs) -> str:
    """A point in words: `x = 1, y = 2`."""
    return ", ".join(f"{name} = {shown(double(one.value))}" for name, one in inputs.items())


def _told_second(
    name: str, found: Propagated, second: SecondOrder, where: str, sign: str, digits: int
) -> str:
    head = "second-order terms matter" if second.matters else "second order"
    moved = f", the value moves by {shown(second.bias, 3)}" if second.bias else ""
    if second.uncertainty is None:
        return f"{head}{where}: they make the variance negative{moved}; too curved for a formula"
    before, after = found.uncertainty, second.uncertainty
    change = f" ({100 * (after / before - 1):+.3g} %)" if before else ""
    result = with_uncertainty(second.value, after, sign)
    return (
        f"{head}{where}: the uncertainty becomes {shown(after, digits)}{change}{moved}; "
        f"{name} = {result}"
    )


# -- for programs


def _table(question: Question, rows: Sequence[Answered]) -> Table:
    names, y = tuple(rows[0].inputs), question.name
    pairs = [f"{a},{b}" for a, b in question.correlations]
    columns = (
        *(text for name in names for text in (name, f"u({name})")),
        *(y, f"u({y})"),
        *(label(y, (name,), len(names)) for name in names),
        *(f"percent({name})" for name in (*names, *pairs)),
        *(f"second {y}", f"second u({y})"),
    )
    columns = (*columns, free("status", columns))
    return Table(columns, [_cells(row, len(pairs)) for row in rows])


def _cells(row: Answered, pairs: int) -> tuple[Cell, ...]:
    inputs = [double(n) for one in row.inputs.values() for n in (one.value, one.uncertainty)]
    found = row.found
    if found is None:
        return (*inputs, *(None,) * (4 + 2 * len(row.inputs) + pairs), row.status)
    shares = [one.share for one in found.inputs] + [one.share for one in found.covariances]
    second = found.second
    return (
        *inputs,
        *(found.value, found.uncertainty),
        *(one.sensitivity for one in found.inputs),
        *(None if share is None else 100 * share for share in shares),
        *((second.value, second.uncertainty) if second else (None, None)),
        row.status,
    )


def _document(
    question: Question, rows: Sequence[Answered], notes: Sequence[str]
) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "expression": question.expression,
        "read_as": question.read_as,
        "name": question.name,
        "correlations": [
            {"names": list(pair), "r": float(r)} for pair, r in question.correlations.items()
        ],
        "results": [_result(row) for row in rows],
        "notes": list(notes),
    }


def _result(row: Answered) -> dict[str, object]:
    found = row.found
    if found is None:
        inputs = [
            {"name": name, "value": double(one.value), "uncertainty": double(one.uncertainty)}
            for name, one in row.inputs.items()
        ]
        empty = {"value": None, "uncertainty": None, "text": ""}
        return {**empty, "status": row.status, "reason": row.missing, "inputs": inputs}
    second = found.second
    return {
        "value": found.value,
        "uncertainty": found.uncertainty,
        "text": with_uncertainty(found.value, found.uncertainty),
        "status": row.status,
        "reason": found.limit,
        "inputs": [
            {
                "name": one.name,
                "value": one.value,
                "uncertainty": one.uncertainty,
                "sensitivity": one.sensitivity,
                "contribution": one.contribution,
                "percent": None if one.share is None else 100 * one.share,
            }
            for one in found.inputs
        ],
        "covariances": [
            {
                "names": list(one.names),
                "r": one.correlation,
                "percent": None if one.share is None else 100 * one.share,
            }
            for one in found.covariances
        ],
        "second_order": None
        if second is None
        else {
            "value": second.value,
            "bias": second.bias,
            "uncertainty": second.uncertainty,
            "matters": second.matters,
        },
    }
