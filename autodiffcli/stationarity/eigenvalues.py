"""Eigenvalues of small symmetric matrices of balls, and their signs."""

from __future__ import annotations

from flint import arb, arb_mat

from autodiffcli.interpreters.balls import precision

Matrix = list[list[arb]]


def eigenvalues(matrix: Matrix, bits: int) -> list[arb]:
    """Balls of the signs of the eigenvalues of a symmetric matrix, in ascending order.

    By rotations Q of Jacobi, Q' A Q is nearly diagonal; its Gershgorin discs hold its
    eigenvalues, which have the signs of those of A by Sylvester's law of inertia, and are those
    of A but for the rounding of Q.
    Source: G. H. Golub, C. F. Van Loan, Matrix Computations (2013), sections 8.1 and 8.5.
    """
    size = len(matrix)
    with precision(bits, 1):
        a = arb_mat(matrix)
        for _ in range(12):
            for p in range(size):
                for q in range(p + 1, size):
                    turn = _rotation(a, p, q)
                    if turn is not None:
                        a = turn.transpose() * a * turn
        found = []
        for i in range(size):
            rest = sum((abs(a[i, j]).upper() for j in range(size) if j != i), arb(0))
            found.append(a[i, i] + arb(0, rest.upper()))
    return sorted(found, key=lambda ball: float(ball.mid()))


def _rotation(a: arb_mat, p: int, q: int) -> arb_mat | None:
    """The rotation that makes one pair of entries 0; None where they are."""
    size = a.nrows()
    off = a[p, q].mid()
    if abs(off) <= arb(2) ** -100 * (abs(a[p, p].mid()) + abs(a[q, q].mid())):
        return None
    theta = ((a[q, q].mid() - a[p, p].mid()) / (2 * off)).mid()
    t = (1 if theta >= 0 else -1) / (abs(theta) + (theta * theta + 1).sqrt())
    c = (1 / (t * t + 1).sqrt()).mid()
    s = (t * c).mid()
    entries = [[arb(int(i == j)) for j in range(size)] for i in range(size)]
    entries[p][p] = entries[q][q] = c
    entries[p][q], entries[q][p] = s, -s
    return arb_mat(entries)
