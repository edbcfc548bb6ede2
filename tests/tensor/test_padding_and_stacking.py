"""Ends beside rows that are moved whole, and vectors whose elements alternate: beside PyTorch, with gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import cltorch


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
@pytest.mark.parametrize("pad", [(1, 1), (3, 0), (0, 2), (1, 1, 1, 1), (2, 1, 0, 3), (4, 4, 5, 5)])
def test_ends_from_the_input(mode: str, pad: tuple[int, ...]) -> None:
    """Along the last dimension ends are joined to it, along others rows are looked up."""
    numbers = torch.arange(2 * 3 * 20 * 24, dtype=torch.float32).reshape(2, 3, 20, 24)[: 3 - len(pad) // 2]
    numbers = numbers[0] if len(pad) == 2 else numbers
    found = []
    for m in (torch, cltorch):
        x = m.tensor(numbers.tolist(), requires_grad=True)
        y = m.nn.functional.pad(x, pad, mode=mode)
        found.append([y.tolist(), m.autograd.grad((y * y).sum(), x)[0].tolist()])
    assert found[1] == found[0]


@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("pad", [(3, 4), (0, 16_390), (16_390, 2), (16_400, 16_384)])
def test_long_rows_are_cut(mode: str, pad: tuple[int, ...]) -> None:
    """Rows of more than 16,384 elements are several pieces, whose ends may lie anywhere in what is added."""
    numbers = torch.arange(2 * 20_001.0).reshape(2, 20_001)
    wanted, found = (m.nn.functional.pad(m.tensor(numbers.numpy()), pad, mode).numpy() for m in (torch, cltorch))
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("count", [2, 3, 8, 9])
@pytest.mark.parametrize("dtype", ["float32", "uint8", "int64", "float16", "complex128"])
def test_stack_of_elements(count: int, dtype: str) -> None:
    """1,003 elements are blocks and one that overlaps the last."""
    parts = [torch.arange(1_003).mul(k + 3).remainder(200).to(getattr(torch, dtype)) for k in range(count)]
    mine = cltorch.stack([cltorch.tensor(part.numpy()) for part in parts], 1)
    assert mine.tolist() == torch.stack(parts, 1).tolist()


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (2, 1, 3, 3), (2, 3, 2, 4, 2)], ids=str)
def test_cat_of_channels_last_is_channels_last(shape: tuple[int, ...]) -> None:
    """Along every dimension; together with a tensor of another format it is not. Gradients arrive where they belong."""
    for dim in range(len(shape)):
        found = []
        for m in (torch, cltorch):
            kind = m.channels_last if len(shape) == 4 else m.channels_last_3d
            plain = m.arange(float(torch.Size(shape).numel())).reshape(shape)
            a, b = (t.contiguous(memory_format=kind).requires_grad_() for t in (plain, -plain))
            y = m.cat([a, b, a], dim)
            y.backward(m.arange(float(y.numel())).reshape(y.shape))
            strides = y.stride(), m.cat([a, plain], dim).stride(), a.grad.stride()
            found.append((strides, y.detach().numpy(), a.grad.numpy(), b.grad.numpy(), str(y.grad_fn).split()[0]))
        (strides, *arrays, name), (own, *ours, called) = found
        assert own == strides and called == name, (dim, own, strides, called, name)
        for theirs, mine in zip(arrays, ours):
            np.testing.assert_array_equal(mine, theirs)
