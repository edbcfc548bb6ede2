"""Bags of rows beside PyTorch: values, gradients of weights and shares, empty bags, padding, and rows that do not exist."""

from __future__ import annotations

import pytest
import torch

import cltorch

BAGS = (
    "F.embedding_bag(i.reshape(6, 10), w)",
    "F.embedding_bag(i.reshape(6, 10), w, mode='sum', padding_idx=3)",
    "F.embedding_bag(i, w, o)",
    "F.embedding_bag(i, w, o, mode='sum', per_sample_weights=s)",
    "F.embedding_bag(i.reshape(6, 10), w, mode='sum', per_sample_weights=s.reshape(6, 10), padding_idx=2)",
    "F.embedding_bag(i, w, o, mode='mean', padding_idx=-1)",
    "F.embedding_bag(i, w, o, mode='sum', include_last_offset=True)",
    "F.embedding_bag(i, w, o, mode='max')",
    "F.embedding_bag(i.int(), w, o.int())",
)


@pytest.mark.parametrize("bag", BAGS)
@pytest.mark.parametrize("width", [1, 5, 70])
def test_bags(bag: str, width: int) -> None:
    """The fourth bag is empty; 70 columns are a vector of 64 and one that overlaps it."""
    w, s = torch.randn(20, width, dtype=torch.float64), torch.randn(60, dtype=torch.float64)
    i, o = torch.randint(0, 20, (60,)), torch.tensor([0, 7, 30, 41, 41, 60 if "last" in bag else 55])
    found = []
    for m in (torch, cltorch):
        made = {
            k: m.tensor(v.tolist(), dtype=getattr(m, str(v.dtype)[6:]))
            for k, v in {"w": w, "s": s, "i": i, "o": o}.items()
        }
        leaves = [made["w"].requires_grad_(), made["s"].requires_grad_()][: 2 if "=s" in bag else 1]
        y = eval(bag, {"F": m.nn.functional, **made})
        found.append([t.tolist() for t in (y, *m.autograd.grad((y * y).sum(), leaves))])
    for mine, theirs in zip(found[1], found[0], strict=True):
        torch.testing.assert_close(torch.tensor(mine), torch.tensor(theirs), rtol=1e-5, atol=1e-5)


def test_a_row_that_does_not_exist() -> None:
    """RuntimeError when the result is read, or at once where the host knows the index."""
    with pytest.raises(RuntimeError, match="found idx to be 20"):
        cltorch.nn.functional.embedding_bag(cltorch.tensor([[0, 20]]), cltorch.ones(20, 3))
    with pytest.raises(RuntimeError, match="out of"):
        cltorch.nn.functional.embedding_bag(cltorch.tensor([[0, 20]]) + 0, cltorch.ones(20, 3)).tolist()
