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
    ("modules", "torch.nn", "instead plain"),
    ("modules", "torch.cuda", "rehearsed lean"),
    ("places", "torch._jit_internal:boolean_dispatch", "instead plain"),
    ("standins", "torch.nested._internal.nested_tensor:NestedTensor", "rehearsed promoted"),
    ("done", "torch._C:_set_generator_metaclass", "instead plain"),
]


@pytest.fixture(scope="module")
def right() -> object:
    return answered("none", "", "plain")[1]


@pytest.mark.parametrize(("field", "entry", "paths"), SAMPLE)
def test_an_entry_left_out(field: str, entry: str, paths: str, right: object) -> None:
    taken, found = answered(field, entry, "auto")
    assert found == right
    assert taken == paths
