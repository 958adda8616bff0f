"""What a Hessian says: definite or not, and the Newton direction."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from flint import arb

from autodiffcli.interpreters.balls import precision
from autodiffcli.rootfinding.krawczyk import Matrix
from autodiffcli.rootfinding.system import solved

BITS = 256  # of the elimination
NOTHING = 2.0**-46  # of the largest pivot: below, a pivot may be 0 for all that is known
LEAST = 1e-3  # of the largest curvature: no less is taken for one
SWEEPS = 30
POSITIVE, NEGATIVE = "positive definite", "negative definite"
INDEFINITE, SINGULAR = "indefinite", "singular"


def centre(ball: arb) -> arb:
    """The middle of a ball; 0 where it cannot be told from 0, which underflow leads to."""
    return arb(0) if ball.contains(0) else ball.mid()


def pivots(matrix: Matrix) -> list[arb] | None:
    """The D of L D L^T; None where a pivot is 0 and its row is not: then it is indefinite.

    Source: G. H. Golub, C. F. Van Loan, Matrix Computations (2013), section 4.1; by Sylvester's
    law of inertia their signs are those of the eigenvalues.
    """
    rows = [list(row) for row in matrix]
    found: list[arb] = []
    for k in range(len(rows)):
        pivot = rows[k][k]
        found.append(pivot)
        if pivot.contains(0):
            if any(not rows[k][j].contains(0) for j in range(k + 1, len(rows))):
                return None
            continue
        for i in range(k + 1, len(rows)):
            factor = rows[i][k] / pivot
            rows[i] = [u - factor * v for u, v in zip(rows[i], rows[k], strict=True)]
    return found


def definiteness(hessian: Matrix) -> str:
    """What the signs of the curvatures are, `singular` where one is 0 or nearly so."""
    with precision(BITS, 1):
        found = pivots(scaled([[centre(entry) for entry in row] for row in hessian]))
        if found is None:
            return INDEFINITE
        near = [pivot for pivot in found if abs(pivot) < NOTHING or pivot.contains(0)]
        positive = any(pivot > 0 for pivot in found if abs(pivot) >= NOTHING)
        negative = any(pivot < 0 for pivot in found if abs(pivot) >= NOTHING)
    if positive and negative:
        return INDEFINITE
    if near:
        return SINGULAR
    return NEGATIVE if negative else POSITIVE


def units_of(matrix: Matrix) -> list[arb]:
    """What each variable is multiplied by for a diagonal of 1; 1 where the diagonal is 0."""
    roots = [abs(matrix[n][n]).sqrt() for n in range(len(matrix))]
    return [root if root != 0 else arb(1) for root in roots]


def scaled(matrix: Matrix) -> Matrix:
    """The matrix in units in which its diagonal is 1, where it is not 0."""
    units = units_of(matrix)
    return [
        [entry / (units[i] * units[j]) for j, entry in enumerate(row)]
        for i, row in enumerate(matrix)
    ]


def direction(hessian: Matrix, gradient: Sequence[arb]) -> tuple[list[arb], bool]:
    """H^-1 g where H is positive definite, else |H|^-1 g, and whether it is.

    |H| has the sizes of the eigenvalues of H, none below a part of the largest one.
    Source: J. Nocedal, S. J. Wright, Numerical Optimization (2006), section 3.4.
    """
    matrix = [[centre(entry) for entry in row] for row in hessian]
    if all(entry == 0 for row in matrix for entry in row):
        return list(gradient), False
    with precision(BITS, 1):
        unit_matrix = scaled(matrix)
        found = pivots(unit_matrix)
        if found is not None and all(pivot > NOTHING**2 for pivot in found):
            step = solved(matrix, gradient)
            if step is not None:
                return step, True
        units = units_of(matrix)
        right = [(g / u).mid() for g, u in zip(gradient, units, strict=True)]
        whole = max((abs(r) for r in right), default=arb(0))
        if whole == 0:
            return [arb(0)] * len(right), False
        values, vectors = eigen([[float(entry.mid()) for entry in row] for row in unit_matrix])
        turned = _along(values, vectors, [float((r / whole).mid()) for r in right])
        return [whole * s / unit for s, unit in zip(turned, units, strict=True)], False


def _along(
    values: Sequence[float], vectors: Sequence[Sequence[float]], right: Sequence[float]
) -> list[float]:
    """|S|^-1 g from the eigenvalues and the eigenvectors of S."""
    largest = max(map(abs, values), default=0.0) or 1.0
    found = [0.0] * len(right)
    for value, vector in zip(values, vectors, strict=True):
        along = sum(v * g for v, g in zip(vector, right, strict=True))
        share = along / max(abs(value), LEAST * largest)
        found = [f + share * v for f, v in zip(found, vector, strict=True)]
    return found


def eigen(matrix: Sequence[Sequence[float]]) -> tuple[list[float], list[list[float]]]:
    """The eigenvalues of a symmetric matrix, and a unit eigenvector for each.

    Source: the cyclic method of Jacobi; Golub and Van Loan, section 8.5.
    """
    size = len(matrix)
    a = [list(row) for row in matrix]
    v = [[float(i == j) for j in range(size)] for i in range(size)]
    for _ in range(SWEEPS):
        off = sum(a[i][j] ** 2 for i in range(size) for j in range(i))
        whole = sum(a[i][i] ** 2 for i in range(size))
        if off <= 1e-30 * whole or not off:
            break
        for p in range(size):
            for q in range(p + 1, size):
                _rotate(a, v, p, q)
    return [a[n][n] for n in range(size)], v


def _rotate(a: list[list[float]], v: list[list[float]], p: int, q: int) -> None:
    """Make entry (p, q) of a symmetric matrix 0; the rows of v turn likewise."""
    if not a[p][q]:
        return
    theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
    t = (1.0 if theta >= 0 else -1.0) / (abs(theta) + hypot(theta, 1.0))
    c = 1 / hypot(t, 1.0)
    s = t * c
    for row in a:
        row[p], row[q] = c * row[p] - s * row[q], s * row[p] + c * row[q]
    for rows in (a, v):
        rows[p], rows[q] = (
            [c * x - s * y for x, y in zip(rows[p], rows[q], strict=True)],
            [s * x + c * y for x, y in zip(rows[p], rows[q], strict=True)],
        )
