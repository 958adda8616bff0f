"""Tensors: building them, taking them apart, reductions, linear algebra."""

from __future__ import annotations

from typing import Any

from autodiffcli.ops.op import Infix, Op

DIVISION_FREE = 4  # rows up to which a determinant is expanded without divisions
LEAST_CERTAINTY = 0.1  # relative error of an inverse from which on it counts as none


def _stack(f: Any, *parts: Any) -> Any:
    return f.torch.stack(f.torch.broadcast_tensors(*parts))


def _expanded(a: Any) -> bool:
    """Whether it is one small square matrix, whose determinant needs no division."""
    return bool(a.dim() == 2 and 0 < a.shape[0] == a.shape[1] <= DIVISION_FREE)


def _determinant(f: Any, a: Any) -> Any:
    """det(A), by Bird's recurrence for small matrices: no division, so singular ones are fine.

    torch differentiates through A^-1 and is wrong for singular A from the second order on.
    Source: R. S. Bird, A simple division-free algorithm for computing determinants, IPL 111 (2011).
    """
    if not _expanded(a):
        return f.torch.linalg.det(a)
    x, n = a, a.shape[0]
    for _ in range(n - 1):
        diagonal = f.torch.diagonal(x)
        below = diagonal.sum() - f.torch.cumsum(diagonal, 0)  # sums of the later entries
        x = (f.torch.triu(x, 1) - f.torch.diag(below)) @ a
    return x[0, 0] if n % 2 else -x[0, 0]


def _product(f: Any, x: Any) -> Any:
    """Product of all entries by halves: no division, so no rounding next to a zero."""
    flat = x.reshape(-1)
    while flat.numel() > 1:
        odd = flat[-1:] if flat.numel() % 2 else flat[:0]
        half = flat.numel() // 2
        flat = f.torch.cat([flat[:half] * flat[half : 2 * half], odd])
    return flat.prod() if flat.numel() == 0 else flat[0]


def _singular_matrix(f: Any, a: Any) -> Any:
    """Whether fewer than one digit of A^-1 is certain, by the diagonal of |A^-1| |A|.

    No scaling of rows or columns changes it. Elimination finds no zero pivot in
    [[1, 2, 3], [4, 5, 6], [7, 8, 9]] and calls its inverse 1e16.
    Source: Bauer, Optimally scaled matrices, Numerische Mathematik 5 (1963).
    """
    inverse, info = f.torch.linalg.inv_ex(a.detach())
    condition = (f.torch.abs(inverse) * f.torch.abs(a.detach()).mT).sum(-1).amax()
    uncertain = f.torch.finfo(a.dtype).eps * condition
    return (info > 0).any() | ~(uncertain < LEAST_CERTAINTY)


def _where_regular(f: Any, value: Any, info: Any) -> Any:
    """The value, NaN where elimination met a zero pivot; torch's own would raise."""
    return value if not bool((info > 0).any()) else value * f.torch.nan


def _inverse(f: Any, a: Any) -> Any:
    return _where_regular(f, *f.torch.linalg.inv_ex(a))


def _solution(f: Any, a: Any, b: Any) -> Any:
    return _where_regular(f, *f.torch.linalg.solve_ex(a, b))


def _norm(f: Any, x: Any) -> Any:
    """sqrt(sum x^2), scaled by a power of 2 so that the squares neither overflow nor vanish."""
    if x.numel() == 0:
        return f.torch.sqrt((x * x).sum())
    largest = f.torch.abs(x.detach()).amax()
    scale = f.torch.ldexp(f.torch.ones_like(largest), f.torch.frexp(largest).exponent - 1)
    scaled = x / scale
    return scale * f.torch.sqrt((scaled * scaled).sum())


def _ties(f: Any, x: Any, extreme: Any) -> Any:
    return (x == extreme).sum() > 1


OPS = (
    Op(
        name="stack",
        doc="tensor of its operands, [a, b]",
        parameters=("a",),
        variadic=True,
        torch=_stack,
        latex=r"\left[{0}\right]",
        mixes=True,
        complex=True,
        hidden=True,
    ),
    Op(
        name="index",
        doc="entry or slice, x[0], x[1:]",
        parameters=("x",),
        mixes=True,
        complex=True,
        hidden=True,
    ),
    Op(
        name="sum",
        doc="sum of all entries",
        ball="total",
        torch=lambda f, x: x.sum(),
        latex=r"\sum {0}",
        mixes=True,
        complex=True,
    ),
    Op(
        name="mean",
        doc="mean of all entries",
        ball="average",
        torch=lambda f, x: x.mean(),
        aliases=("avg",),
        mixes=True,
        complex=True,
    ),
    Op(
        name="prod",
        doc="product of all entries",
        ball="product",
        torch=_product,
        latex=r"\prod {0}",
        aliases=("product",),
        mixes=True,
        complex=True,
    ),
    Op(
        name="amax",
        doc="largest entry",
        ball="largest",
        torch=lambda f, x: f.torch.amax(x),
        singular=lambda f, x: _ties(f, x, f.torch.amax(x)),
        mixes=True,
    ),
    Op(
        name="amin",
        doc="smallest entry",
        ball="smallest",
        torch=lambda f, x: f.torch.amin(x),
        singular=lambda f, x: _ties(f, x, f.torch.amin(x)),
        mixes=True,
    ),
    Op(
        name="norm",
        doc="Euclidean norm of all entries",
        ball="length",
        torch=_norm,
        latex=r"\left\lVert {0} \right\rVert",
        singular=lambda f, x: (x == 0).all(),
        mixes=True,
    ),
    Op(
        name="dot",
        doc="sum of the products of entries",
        parameters=("a", "b"),
        ball="inner",
        torch=lambda f, a, b: (a * b).sum(),
        latex=r"{0} \cdot {1}",
        mixes=True,
        complex=True,
    ),
    Op(
        name="matmul",
        doc="matrix product A @ B",
        parameters=("A", "B"),
        ball="matmul",
        torch=lambda f, a, b: a @ b,
        latex="{0} {1}",
        infix=Infix(("@",), 70),
        mixes=True,
        complex=True,
    ),
    Op(
        name="transpose",
        doc="transpose; A.T is the same",
        parameters=("A",),
        torch=lambda f, a: a.mT if a.dim() > 1 else a,
        latex=r"{0}^{{\top}}",
        mixes=True,
        complex=True,
    ),
    Op(
        name="trace",
        doc="sum of the diagonal",
        parameters=("A",),
        ball="trace",
        torch=lambda f, a: f.torch.diagonal(a, dim1=-2, dim2=-1).sum(-1),
        latex=r"\operatorname{{tr}}\left({0}\right)",
        mixes=True,
        complex=True,
    ),
    Op(
        name="det",
        doc="determinant",
        parameters=("A",),
        ball="determinant",
        torch=_determinant,
        latex=r"\det\left({0}\right)",
        singular=lambda f, a: f.torch.tensor(not _expanded(a)) & _singular_matrix(f, a),
        mixes=True,
        source="Bird 2011",
    ),
    Op(
        name="logdet",
        doc="log of the determinant, which must be positive",
        parameters=("A",),
        ball="log_determinant",
        torch=lambda f, a: f.torch.logdet(a),
        latex=r"\ln\det\left({0}\right)",
        outside=lambda f, a: f.torch.linalg.slogdet(a).sign < 0,
        pole=_singular_matrix,
        mixes=True,
    ),
    Op(
        name="inv",
        doc="inverse matrix",
        parameters=("A",),
        ball="inverse",
        torch=_inverse,
        latex="{0}^{{-1}}",
        aliases=("inverse",),
        pole=_singular_matrix,
        mixes=True,
        complex=True,
    ),
    Op(
        name="solve",
        doc="solution x of A x = b",
        parameters=("A", "b"),
        ball="solution",
        torch=_solution,
        latex="{0}^{{-1}} {1}",
        pole=lambda f, a, b: _singular_matrix(f, a),
        mixes=True,
        complex=True,
    ),
)
