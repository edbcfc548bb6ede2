"""Rows that indices name are moved and added by vectors: beside PyTorch, with what is left of a row after the last vector."""

from __future__ import annotations

import pytest
import torch

import cltorch
from tests.beside import assert_same

CALLS = (
    "x[i]",
    "x.index_select(0, i)",
    "x.index_add(0, i, x[:200], alpha=2)",
    "x.index_copy(0, j, x[:200])",
    "x.index_fill(0, i, 3)",
    "x.scatter_add(0, i[:, None].expand(200, x.shape[1]), x[:200])",
    "m.nn.functional.embedding(i, x)",
)


@pytest.mark.parametrize("width", [37, 300])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8", "bfloat16", "complex64", "complex128"])
def test_rows_by_index(call: str, dtype: str, width: int) -> None:
    """37 elements are vectors and a rest, long rows are one work-item's; indices come twice where PyTorch allows it."""
    x = torch.arange(300 * width).reshape(300, width).remainder(13).to(getattr(torch, dtype))
    space = {"x": x, "i": torch.randint(0, 300, (200,)), "j": torch.randperm(300)[:200]}
    want = eval(call, {"m": torch, **space})
    mine = {k: cltorch.tensor(v.tolist(), dtype=getattr(cltorch, str(v.dtype)[6:])) for k, v in space.items()}
    assert_same(eval(call, {"m": cltorch, **mine}), want)
