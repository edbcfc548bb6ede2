"""``Size`` against torch.Size."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import torch

from cltorch.tensor.sizes import Size


@pytest.mark.parametrize(
    "use",
    [
        lambda S: S(),
        lambda S: S([1, 2, 3]),
        lambda S: S(range(3)),
        lambda S: S([True, np.int64(3), -1]),
        lambda S: S([4, 5, 6])[1:],
        lambda S: S([4, 5, 6])[::-1],
        lambda S: S([4, 5, 6])[-1],
        lambda S: S([1]) + (2, 3),
        lambda S: (2, 3) + S([1]),
        lambda S: S([1]) + S([2]),
        lambda S: S([1, 2]) * 2,
        lambda S: 2 * S([1, 2]),
        lambda S: S([2, 3, 4]).numel(),
        lambda S: S().numel(),
        lambda S: S([3, 0]).numel(),
        lambda S: str(S([1, 2])),
        lambda S: f"{S([1])}",
        lambda S: S([1, 2]) == (1, 2),
        lambda S: {S([1, 2]): 3}[(1, 2)],
        lambda S: S([1, 2]) < (2,),
        lambda S: S([1, 2, 1]).count(1),
    ],
)
def test_uses_give_what_torchs_give(use: Any) -> None:
    mine, other = use(Size), use(torch.Size)
    assert type(mine).__name__ == type(other).__name__
    assert repr(mine) == repr(other)
    assert mine == other


@pytest.mark.parametrize(
    "use",
    [
        lambda S: S([1.5]),
        lambda S: S([1, "a"]),
        lambda S: S(3),
        lambda S: S((1,), (2,)),
        lambda S: S([1]) + [2],
        lambda S: [2] + S([1]),
        lambda S: S([1]) + ("a",),
        lambda S: ("a", 1) + S([1]),
        lambda S: S([1]) * "b",
    ],
)
def test_wrong_uses_raise_torchs_class(use: Any) -> None:
    with pytest.raises(TypeError) as expected:
        use(torch.Size)
    with pytest.raises(TypeError) as found:
        use(Size)
    if "torch.Size()" in str(expected.value):
        assert str(found.value) == str(expected.value)


def test_copies_and_pickles() -> None:
    size = Size([2, 3])
    for copied in (copy.copy(size), copy.deepcopy(size), pickle.loads(pickle.dumps(size))):
        assert type(copied) is Size
        assert copied == size
