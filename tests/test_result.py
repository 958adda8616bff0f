"""Labels in the field's notation."""

from __future__ import annotations

import pytest

from autodiffcli.result import label


@pytest.mark.parametrize(
    ("wrt", "variables", "ascii_label", "unicode_label"),
    [
        ("", 1, "y", "y"),
        ("x", 1, "dy/dx", "dy/dx"),
        ("xx", 1, "d2y/dx2", "d²y/dx²"),
        ("x" * 12, 1, "d12y/dx12", "d¹²y/dx¹²"),
        ("a", 2, "dy/da", "∂y/∂a"),
        ("at", 2, "d2y/da dt", "∂²y/∂a∂t"),
        ("aat", 2, "d3y/da2 dt", "∂³y/∂a²∂t"),
        ("ata", 2, "d3y/da dt da", "∂³y/∂a∂t∂a"),
    ],
)
def test_label(wrt: str, variables: int, ascii_label: str, unicode_label: str) -> None:
    assert label("y", tuple(wrt), variables) == ascii_label
    assert label("y", tuple(wrt), variables, unicode=True) == unicode_label
