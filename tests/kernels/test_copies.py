"""Copies that change the order of dimensions: tiles, short dimensions woven in and out, rests, gaps, and copies of short rows; beside PyTorch."""

from __future__ import annotations

import pytest
import torch

import cltorch

COPIES = (
    "x[:60 * 70].reshape(60, 70).t()",
    "x[:16 * 16].reshape(16, 16).t()",
    "x[:100 * 101].reshape(100, 101)[3:90, 5:].t()",
    "x[:4 * 9 * 300].reshape(4, 9, 300).permute(0, 2, 1)",
    "x[:4 * 300 * 3].reshape(4, 300, 3).permute(0, 2, 1)",
    "x[:5 * 2 * 2 * 7 * 33].reshape(5, 2, 2, 7, 33).permute(0, 3, 1, 4, 2)",
    "x[:40 * 6 * 20].reshape(40, 6, 20).permute(2, 1, 0)",
    "x[:40 * 6 * 20].reshape(40, 6, 20).permute(2, 0, 1)",
    "x[:6 * 20 * 40].reshape(6, 20, 40)[:, :, :5].permute(0, 2, 1)",
    "x[:17 * 18 * 19].reshape(17, 18, 19).permute(1, 2, 0)",
    "x[:30 * 64].reshape(30, 64).unfold(1, 16, 8)",
    "x[:100 * 101].reshape(100, 101)[::2, 5:22]",
    "x[:300 * 5].reshape(300, 1, 5).expand(300, 7, 5)",
)


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("dtype", ["float32", "uint8", "float16", "int64", "complex64", "complex128"])
def test_copies(copy: str, dtype: str) -> None:
    """Contiguous, and within a larger result."""
    numbers = torch.arange(12_000).remainder(251)
    theirs = eval(copy, {"x": numbers.to(getattr(torch, dtype))}).contiguous()
    mine = eval(copy, {"x": cltorch.tensor(numbers.numpy()).to(getattr(cltorch, dtype))})
    assert mine.contiguous().tolist() == theirs.tolist()
    wide = cltorch.zeros((*mine.shape[:-1], mine.shape[-1] + 3), dtype=mine.dtype)
    wide[..., 2:-1] = mine
    assert wide[..., 2:-1].tolist() == theirs.tolist()
