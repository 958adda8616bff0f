"""adiff, the derivative calculator for the terminal.

from autodiffcli import differentiate
r = differentiate("a**2 + t", at={"a": [1, 2], "t": [3, 4]}, order=2)
r.value, r.derivative("a"), r.derivative("a", "t"), r.status
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it; to import `typing` takes half of a warm call
if TYPE_CHECKING:
    from typing import Any

    from autodiffcli.api import Differentiated, differentiate
    from autodiffcli.diagnostics import AdiffError
    from autodiffcli.polynomial import TaylorPolynomial
    from autodiffcli.straightline import Compiled, compiled
    from autodiffcli.verbs.taylor import taylor_series

__all__ = [
    "AdiffError",
    "Compiled",
    "Differentiated",
    "TaylorPolynomial",
    "__version__",
    "compiled",
    "differentiate",
    "taylor_series",
]

__version__ = "0.1.0"

_HOMES = {
    "differentiate": "api",
    "Differentiated": "api",
    "AdiffError": "diagnostics",
    "TaylorPolynomial": "polynomial",
    "compiled": "straightline",
    "Compiled": "straightline",
    "taylor_series": "verbs.taylor",
}


def __getattr__(name: str) -> Any:
    """The public names, loaded when first used: the command must start without torch."""
    if name not in _HOMES:
        raise AttributeError(f"module 'autodiffcli' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"autodiffcli.{_HOMES[name]}"), name)
