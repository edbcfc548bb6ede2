"""Gradients and sums in 16-bit floats and complex64 that are as near to float64's as one rounding allows."""

from typing import Any

import numpy as np
import pytest
import torch

import cltorch

RNG = np.random.default_rng(11)
NARROW = {"float16": 2.0**-10, "bfloat16": 2.0**-7}
COUNTED: dict[str, tuple[Any, list[np.ndarray]]] = {
    "digamma": (lambda m, x: x.digamma(), [RNG.uniform(-8, 8, 60)]),
    "logcumsumexp": (lambda m, x: x.logcumsumexp(1), [RNG.uniform(-9, 9, (4, 40))]),
    "addr": (lambda m, *parts: m.addr(*parts), [RNG.normal(size=s) for s in ((7, 9), (7,), (9,))]),
    "addbmm": (lambda m, *parts: m.addbmm(*parts), [RNG.normal(size=s) for s in ((5, 6), (8, 5, 7), (8, 7, 6))]),
    "grid_sample": (
        lambda m, x, grid: m.nn.functional.grid_sample(x, grid, align_corners=False),
        [RNG.normal(size=(2, 3, 5, 6)), RNG.uniform(-1, 1, (2, 4, 7, 2))],
    ),
}


def found(library: Any, name: str, dtype: str, given: str) -> list[np.ndarray]:
    """The result in ``dtype`` of arguments that were rounded to ``given``, and its gradients, as float64 numbers."""
    call, arrays = COUNTED[name]
    parts = [torch.tensor(a).to(getattr(torch, given)).double().numpy() for a in arrays]
    tensors = [library.tensor(a).to(getattr(library, dtype)).requires_grad_() for a in parts]
    made = call(library, *tensors)
    made.backward(library.ones(tuple(made.shape), dtype=made.dtype))
    return [t.detach().to(library.float64).numpy() for t in (made, *(t.grad for t in tensors))]


@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("name", COUNTED)
def test_16_bit_results_and_gradients_are_rounded_once(name: str, dtype: str) -> None:
    for ours, truth in zip(found(cltorch, name, dtype, dtype), found(torch, name, "float64", dtype), strict=True):
        scale = np.abs(truth) + (1e-6 if name == "digamma" else np.abs(truth).max() / 8)
        assert (np.abs(ours - truth) / scale).max() < 2 * NARROW[dtype]


def test_a_loss_of_two_dtypes_is_computed_in_the_wider_one() -> None:
    losses = [
        m.nn.functional.binary_cross_entropy_with_logits(m.tensor([0.5, 2.75], dtype=m.float16), m.tensor([1e20, 0.5]))
        for m in (cltorch, torch)
    ]
    assert losses[0].dtype is cltorch.float32
    np.testing.assert_allclose(*(loss.numpy() for loss in losses), rtol=1e-6)


def test_the_gradient_of_complex_logcumsumexp_loses_nothing_where_sums_cancel() -> None:
    x = RNG.uniform(-9, 9, (3, 30)) + 1j * RNG.uniform(-9, 9, (3, 30))
    x = x.astype(np.complex64)
    own = cltorch.tensor(x).requires_grad_()
    own.logcumsumexp(1).abs().sum().backward()
    theirs = torch.tensor(x).to(torch.complex128).requires_grad_()
    theirs.logcumsumexp(1).abs().sum().backward()
    np.testing.assert_allclose(own.grad.numpy(), theirs.grad.resolve_conj().numpy(), rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_bytes_are_resized_to_the_same_bytes(mode: str, antialias: bool) -> None:
    x = RNG.integers(0, 256, (2, 3, 17, 40)).astype(np.uint8)
    for size, corners in (((5, 7), False), ((30, 90), False), ((17, 21), True)):
        same = [
            m.nn.functional.interpolate(m.tensor(x), size, mode=mode, align_corners=corners, antialias=antialias)
            for m in (cltorch, torch)
        ]
        np.testing.assert_array_equal(*(t.numpy() for t in same))
