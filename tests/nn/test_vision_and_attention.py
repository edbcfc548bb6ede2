"""Resizing, grids, patches, attention and sequences beside PyTorch, with gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from cltorch.nn.functional import attention

RNG = np.random.default_rng(0)


def array(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def same(function: str, *given: Any, **kwargs: Any) -> None:
    """Result and gradients of a function of nn.functional."""
    found = []
    for library in (torch, cltorch):
        args = [
            library.tensor(a).requires_grad_(a.dtype == np.float32) if isinstance(a, np.ndarray) else a for a in given
        ]
        result = getattr(library.nn.functional, function)(*args, **kwargs)
        (result * result).sum().backward()
        found.append([result, *(a.grad for a in args if hasattr(a, "grad") and a.requires_grad)])
    for theirs, ours in zip(*found, strict=True):
        largest = float(theirs.detach().abs().max())
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-3, atol=1e-4 * largest)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "bilinear", "bicubic", "area"])
def test_resizing(mode: str) -> None:
    same("interpolate", array(2, 3, 4, 6), size=(7, 3), mode=mode)
    same("interpolate", array(2, 3, 4, 6), scale_factor=(1.7, 0.6), mode=mode)
    if mode in ("bilinear", "bicubic"):
        same("interpolate", array(2, 3, 4, 6), scale_factor=2, mode=mode, align_corners=True)
        same("interpolate", array(1, 2, 9, 11), size=(4, 5), mode=mode, antialias=True)


def test_resizing_with_three_lobes() -> None:
    same("interpolate", array(1, 2, 9, 11), size=(4, 15), mode="lanczos", antialias=True)
    same("interpolate", array(2, 3, 4, 6), scale_factor=(1.7, 0.6), mode="lanczos", antialias=True)


@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
def test_grids(mode: str, padding: str) -> None:
    same("grid_sample", array(2, 3, 5, 6), array(2, 4, 3, 2), mode=mode, padding_mode=padding, align_corners=False)


def test_patches_and_shuffles() -> None:
    same("unfold", array(2, 3, 7, 8), (3, 2), dilation=2, padding=1, stride=(2, 1))
    same("fold", array(2, 18, 35), (7, 8), (3, 2))
    same("affine_grid", array(2, 2, 3), (2, 3, 4, 5), align_corners=True)
    same("pixel_shuffle", array(2, 8, 3, 4), 2)


@pytest.mark.parametrize("at_once", [1 << 24, 600], ids=["whole", "blocks"])
def test_attention(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a kernel for the whole is not used: a mask with a gradient, and sizes that it does not have."""
    monkeypatch.setattr(attention, "SCORES_AT_ONCE", at_once)
    monkeypatch.setattr(attention, "FEWEST_ROWS", 7)
    q, k, v = array(2, 4, 20, 8), array(2, 4, 24, 8), array(2, 4, 24, 5)
    same("scaled_dot_product_attention", q, k, v, array(2, 1, 20, 24))
    monkeypatch.setattr(attention.rows, "fits", lambda query, value: False)
    same("scaled_dot_product_attention", q, k, v)
    same("scaled_dot_product_attention", q, k, v, is_causal=True)


def test_attention_in_one_pass() -> None:
    q, k, v = array(2, 4, 20, 8), array(2, 4, 24, 8), array(2, 4, 24, 5)
    mask = RNG.random((20, 24)) > 0.4
    mask[3] = False
    same("scaled_dot_product_attention", q, k, v)
    same("scaled_dot_product_attention", q, k, v, mask)
    same("scaled_dot_product_attention", q, k[:1, :1], v, RNG.random((2, 1, 1, 24)) > 0.4, scale=0.7)
    same("scaled_dot_product_attention", q, k[:, :2], v[:, :2], enable_gqa=True)
    same("scaled_dot_product_attention", q[0, 0], k[0, 0], v[0, 0], is_causal=True)
    for length, width in ((70, 130), (130, 70)):  # several blocks, the last not whole
        q, k, v = array(1, 2, length, 16), array(1, 2, width, 16), array(1, 2, width, 32)
        same("scaled_dot_product_attention", q, k, v, is_causal=True)


def test_attention_of_other_dtypes_and_layouts() -> None:
    x = array(2, 70, 3, 4, 8)
    for name, near in (("float64", 1e-9), ("bfloat16", 0.05)):
        found = []
        for library in (torch, cltorch):
            t = library.tensor(x).to(getattr(library, name)).requires_grad_()
            q, k, v = t.unbind(2)
            y = library.nn.functional.scaled_dot_product_attention(*(a.transpose(1, 2) for a in (q, k, v)))
            y.transpose(1, 2).pow(2).sum().backward()
            found.append([y.detach().double().numpy(), t.grad.double().numpy()])
        for theirs, ours in zip(*found, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=near, atol=near)


def test_attention_has_no_matrix_of_scores() -> None:
    """Sequences of 1500: scores of all pairs would be 9 MB for each of four heads."""
    q, k, v = (cltorch.tensor(array(1, 4, 1500, 16)).requires_grad_() for _ in range(3))
    cltorch.synchronize()
    cltorch.opencl.reset_peak_memory_stats()
    before = cltorch.opencl.memory_allocated()
    cltorch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True).sum().backward()
    cltorch.synchronize()
    assert cltorch.opencl.max_memory_allocated() - before < 8_000_000


def test_attention_of_slices_and_second_derivatives() -> None:
    def loss(library: Any) -> Any:
        return lambda q, k, v, b: library.nn.functional.scaled_dot_product_attention(q, k, v, b).pow(2).sum()

    arrays = array(3, 9, 8), array(3, 11, 8), array(11, 8), array(3, 9, 11)
    found = []
    for library in (torch, cltorch):
        grads = library.func.grad(loss(library), argnums=(0, 1, 2))
        found.append(library.func.vmap(grads, (0, 0, None, 0))(*map(library.tensor, arrays)))
    for theirs, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-4, atol=1e-4)
    given = [cltorch.tensor(a[0, :3, :4], dtype=cltorch.float64, requires_grad=True) for a in arrays[:2]]
    assert cltorch.autograd.gradgradcheck(
        lambda q, k: cltorch.nn.functional.scaled_dot_product_attention(q, k, k, is_causal=True), given
    )


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_packed_sequences(kind: str) -> None:
    base = getattr(torch.nn, kind)(5, 6, 2, bidirectional=True)
    x, found = array(7, 4, 5), []
    for library in (torch, cltorch):
        module = getattr(library.nn, kind)(5, 6, 2, bidirectional=True)
        module.load_state_dict({name: library.tensor(t.numpy()) for name, t in base.state_dict().items()})
        given = library.tensor(x).requires_grad_()
        rnn = library.nn.utils.rnn
        packed = rnn.pack_padded_sequence(given, [3, 7, 1, 4], enforce_sorted=False)
        result, last = module(packed)
        padded, lengths = rnn.pad_packed_sequence(result)
        last = last if isinstance(last, tuple) else (last,)
        ((padded * padded).sum() + sum((t**3).sum() for t in last)).backward()
        found.append([padded, lengths, *last, given.grad, *(p.grad for p in module.parameters())])
    for theirs, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=2e-3, atol=1e-4)
