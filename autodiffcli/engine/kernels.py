"""What the primitives are over columns of numbers: numpy's loops, and torch's where it has none.

A kernel writes into a column that is there already. What numpy has no loop for is put together
by the rule that torch goes by, with numpy's functions in place of torch's; erf, lgamma, digamma
and the like, which numpy has not, are torch's own, and load it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np

from autodiffcli.ops import OPS
from autodiffcli.ops.op import Op

Column: TypeAlias = "np.ndarray[Any, Any]"
Kernel: TypeAlias = "Callable[..., Any]"  # of the operands, and the column for the result

_UFUNCS: dict[str, Any] = {
    **{name: getattr(np, name) for name in ("exp", "exp2", "expm1", "log", "log2", "log10")},
    **{name: getattr(np, name) for name in ("log1p", "sqrt", "cbrt", "sin", "cos", "tan")},
    **{name: getattr(np, name) for name in ("sinh", "cosh", "tanh", "hypot", "logaddexp")},
    **{name: getattr(np, f"arc{name[1:]}") for name in ("asin", "acos", "atan", "asinh")},
    **{name: getattr(np, f"arc{name[1:]}") for name in ("acosh", "atanh", "atan2")},
    **{name: getattr(np, name) for name in ("sign", "floor", "ceil", "trunc")},
    **{"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide},
    **{"neg": np.negative, "pow": np.power, "mod": np.remainder, "abs": np.absolute},
    **{"round": np.rint},
    **{"lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal},
    **{"eq": np.equal, "ne": np.not_equal},
    **{"and": np.logical_and, "or": np.logical_or, "not": np.logical_not},
}
_SMALL = 0.05  # of a cosine: below it numpy's own is taken, on one point in thirty
# Rules for torch that numpy's functions of the same names can follow.
_RULES = frozenset(
    {"sech", "csch", "coth", "gd", "sinpi", "cospi", "softplus", "celu", "celu_rate", "softsign"}
    | {"softsign_rest", "tanhshrink", "sec_asin", "tan_asin", "sin_atan", "cos_atan", "direction"}
    | {"sinc", "sinc_derivative", "acot", "csch_acosh", "coth_acosh", "sech_squared"}
)


class Operand(np.ndarray):
    """A column in a rule that was written for tensors."""

    requires_grad = False

    def detach(self) -> Operand:
        """Itself: nothing is recorded here."""
        return self

    def dim(self) -> int:
        """How many axes there are."""
        return self.ndim


class Moving(Operand):
    """Likewise, one that a variable reaches by which something is differentiated."""

    requires_grad = True


class Library:
    """Numpy, with a `where` that keeps the kind of column."""

    def __getattr__(self, name: str) -> Any:
        """A function of numpy."""
        return getattr(np, name)

    @staticmethod
    def where(condition: Any, a: Any, b: Any) -> Any:
        """a where the condition holds, else b."""
        return np.where(condition, a, b).view(Operand)


class Algebra:
    """The `f` of the rules over columns: primitives as attributes, numpy as the library."""

    is_complex = False
    torch = Library()
    pi = math.pi

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """The primitive of that name, `f.exp`."""
        if name not in OPS:
            raise AttributeError(name)
        ufunc = _UFUNCS.get(name)
        return ufunc if ufunc is not None else partial(_followed, OPS[name])

    def real(self, u: Any) -> Any:
        """The number itself."""
        return u


ALGEBRA = Algebra()


def _followed(op: Op, *operands: Any) -> Any:
    """What a rule makes of columns, as a new column."""
    assert callable(op.torch)
    return op.torch(ALGEBRA, *operands)


def kernel_of(name: str, careful: bool = False) -> Kernel:
    """The kernel of a primitive: (*operands, out).

    careful  never one that overflows on its way to a number that does not
    """
    if name in _FAST and not careful:
        return _FAST[name]
    if name in _BY_TANGENT and has_fast_tangent():
        return _BY_TANGENT[name]
    if name in _OWN:
        return _OWN[name]
    if name in _UFUNCS:
        ufunc: Kernel = _UFUNCS[name]
        return ufunc
    return partial(_by_rule if name in _RULES else _by_torch, OPS[name])


def is_truth(name: str) -> bool:
    """Whether the result of a primitive is true or false."""
    return name in OPS and OPS[name].truth


def _where(condition: Any, a: Any, b: Any, out: Column) -> None:
    np.copyto(out, b)
    np.copyto(out, a, where=condition if np.asarray(condition).dtype == bool else condition != 0)


@cache
def has_fast_tangent() -> bool:
    """Whether numpy has a vector loop for the tangent, as it has none for sine and cosine."""
    try:
        from numpy.lib.introspect import opt_func_info

        found = opt_func_info(func_name="^tan$", signature="float64")
        return "baseline" not in str(found["tan"]["dd"]["current"])
    except (ImportError, KeyError, TypeError):
        return False


def _larger(a: Column, b: Column, out: Column) -> None:
    np.maximum(a, b, out=out)


def _smaller(a: Column, b: Column, out: Column) -> None:
    np.minimum(a, b, out=out)


def _sine(x: Column, out: Column) -> None:
    """2t/(1 + t^2) with t = tan(x/2), to 1.3 ulp: the fraction loses no digits anywhere."""
    if out.dtype != np.float64:
        np.sin(x, out)
        return
    t = _half_tangent(x)
    np.multiply(t, t, out)
    np.add(out, 1, out)
    np.divide(t, out, out)
    np.add(out, out, out)


def _cosine(x: Column, out: Column) -> None:
    """(1 - t^2)/(1 + t^2) with t = tan(x/2), to 24 ulp; numpy's own where it is small."""
    if out.dtype != np.float64:
        np.cos(x, out)
        return
    t = _half_tangent(x)
    _cosine_by(t, x, out, t)


def sine_and_cosine(x: Column, cosine: Column, sine: Column) -> None:
    """Both, by one tangent."""
    if sine.dtype != np.float64:
        np.sin(x, sine)
        np.cos(x, cosine)
        return
    t = _half_tangent(x)
    _cosine_by(t, x, cosine, sine)
    np.divide(t, sine, sine)
    np.add(sine, sine, sine)


def _half_tangent(x: Column) -> Column:
    t = np.multiply(x, 0.5)
    np.tan(t, t)
    return t


def _cosine_by(t: Column, x: Column, cosine: Column, below: Column) -> None:
    """The cosine; numpy's own where it is small, since 1 - t^2 has lost digits there.

    below  is left with 1 + t^2; it may be `t`
    """
    np.multiply(t, t, cosine)
    np.add(cosine, 1, below)
    np.subtract(1, cosine, cosine)
    np.divide(cosine, below, cosine)
    (rows,) = (np.abs(cosine) < _SMALL).nonzero()
    if len(rows):
        cosine[rows] = np.cos(x[rows])


def _sech_squared(x: Column, out: Column) -> None:
    np.cosh(x, out)
    np.multiply(out, out, out)
    np.reciprocal(out, out)


def _sigmoid(x: Column, out: Column) -> None:
    np.negative(x, out)
    np.exp(out, out)
    np.add(out, 1, out)
    np.reciprocal(out, out)


def _cos_atan(x: Column, out: Column) -> None:
    np.multiply(x, x, out)
    np.add(out, 1, out)
    np.sqrt(out, out)
    np.reciprocal(out, out)


_OWN: dict[str, Kernel] = {
    "where": _where,
    "max": _larger,
    "min": _smaller,
    "sigmoid": _sigmoid,
    "sech_squared": _sech_squared,
}
_FAST: dict[str, Kernel] = {"cos_atan": _cos_atan}
_BY_TANGENT: dict[str, Kernel] = {"sin": _sine, "cos": _cosine}


def _by_rule(op: Op, *columns: Any) -> None:
    *operands, out = columns
    given = kernel_operands(op, operands, lambda u: np.asarray(u).view(Operand))
    np.copyto(out, _followed(op, *given))


def _by_torch(op: Op, *columns: Any) -> None:
    """The kernel of torch, over the same memory."""
    *operands, out = columns
    torch, algebra = _torch(out.dtype.name)

    def tensor(u: Any) -> Any:
        is_column = isinstance(u, np.ndarray)
        return torch.from_numpy(u) if is_column else torch.tensor(u, dtype=algebra.dtype)

    with torch.no_grad():
        np.copyto(out, algebra.kernel(op, kernel_operands(op, operands, tensor)).numpy())


def kernel_operands(op: Op, operands: Sequence[Any], made: Callable[[Any], Any]) -> list[Any]:
    """What a rule for torch takes: first parameters, whole numbers of Python, then what is `made`.

    Parameters are the operands before the first one with a slope.
    """
    count = next((n for n, rule in enumerate(op.slope) if rule is not None), 0)
    return [*map(int, operands[:count]), *map(made, operands[count:])]


@cache
def _torch(dtype: str) -> tuple[Any, Any]:
    torch = import_module("torch")
    torch.set_num_threads(1)
    algebra = import_module("autodiffcli.interpreters.tensors").Algebra(getattr(torch, dtype))
    return torch, algebra
