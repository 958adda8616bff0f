"""A torch that is not as the lists say answers right all the same: leanly, or by falling back."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from mutations import answered

# Of each list the entry whose lack goes deepest. `python tests/launch/mutations.py` leaves out all
# of them in turn, which takes minutes.
SAMPLE = [
    ("modules", "torch.nn", "instead"),
    ("read", "torch.utils._contextlib", "instead"),
    ("places", "torch._jit_internal:boolean_dispatch", "instead"),
    ("standins", "torch.nested._internal.nested_tensor:NestedTensor", "promoted"),
]


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> object:
    return answered("none", "", "plain", str(tmp_path_factory.mktemp("cache")))[1]


@pytest.mark.parametrize(("field", "entry", "path"), SAMPLE, ids=lambda word: str(word))
def test_an_entry_left_out(
    field: str, entry: str, path: str | None, right: object, tmp_path: Path
) -> None:
    taken, found = answered(field, entry, "lean", str(tmp_path))
    assert found == right
    assert path is None or taken == path
