"""Numbers rounded as quantized models have them, and small functions of older programs, beside PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import cltorch

CASES = [
    "m.fake_quantize_per_tensor_affine(x, 0.1, 0, 0, 20)",
    "m.fake_quantize_per_tensor_affine(x, m.tensor([0.1]), m.tensor([2], dtype=m.int32), -3, 20)",
    "m.fake_quantize_per_channel_affine(x, m.tensor([0.1, 0.2]), m.tensor([0, 1], dtype=m.int32), 0, -5, 5)",
    "m.fake_quantize_per_channel_affine(x, m.tensor([0.1, 0.2, 0.3]), m.zeros(3, dtype=m.int32), 1, -5, 5)",
]
ERRORS = [
    "m.fake_quantize_per_tensor_affine(x, 0.1, 30, 0, 20)",
    "m.fake_quantize_per_channel_affine(x, m.tensor([0.1, 0.2, 0.3]), m.zeros(3, dtype=m.int32), 0, -5, 5)",
    "m.fake_quantize_per_channel_affine(x, m.ones(2).double(), m.zeros(2, dtype=m.int32), 0, -5, 5)",
]


def operand(m: Any) -> Any:
    return m.tensor([[-1.0, 0.06, 0.05], [0.15, 3.0, float("nan")]], requires_grad=True)


@pytest.mark.parametrize("code", CASES)
def test_values_and_gradients(code: str) -> None:
    found = []
    for m in (cltorch, torch):
        x = operand(m)
        y = eval(code, {"m": m, "x": x})
        y.sum().backward()
        found.append((y.detach().numpy(), x.grad.numpy()))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


@pytest.mark.parametrize("code", ERRORS)
def test_errors(code: str) -> None:
    words = []
    for m in (cltorch, torch):
        with pytest.raises(RuntimeError) as caught:
            eval(code, {"m": m, "x": operand(m)})
        words.append(str(caught.value))
    assert words[0] == words[1]


def test_rows_of_an_embedding_are_shortened_in_place() -> None:
    ours, theirs = cltorch.ones(4, 3), torch.ones(4, 3)
    cltorch.embedding_renorm_(ours, cltorch.tensor([1, 3]), 1.0, 2.0)
    torch.embedding_renorm_(theirs, torch.tensor([1, 3]), 1.0, 2.0)
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-5)


def test_a_python_function_of_three_tensors() -> None:
    made = cltorch.zeros(2).map2_(cltorch.ones(2), cltorch.tensor([2.0, 3.0]), lambda a, b, c: a + b * c)
    assert made.tolist() == [2, 3]
