"""Pooling and its gradients beside PyTorch: rows shorter and longer than vectors, windows over every border."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import cltorch
from cltorch import dtypes
from cltorch.kernels import pool

from .run import cpu_traits

SIZES = [(1, 1), (5, 3), (8, 8), (17, 31), (6, 75)]
WINDOWS = [
    (1, 1, 0),
    (2, 2, 0),
    (2, 2, 1),
    (3, 1, 1),
    (3, 2, 1),
    (3, 2, 0),
    ((2, 5), (3, 1), (1, 2)),
    ((4, 2), (1, 3), (0, 1)),
]


def planes(size: tuple[int, int], dtype: str) -> np.ndarray:
    """Planes with many ties."""
    return np.random.default_rng(0).integers(-9, 9, size=(2, 3, *size)).astype(dtype)


def both(array: np.ndarray, pool: Any, tolerance: float, exact: bool = True) -> None:
    """Values (to the bit if ``exact``) and gradients of ``pool(library, input)`` agree, or both libraries refuse."""
    ours, theirs = cltorch.tensor(array), torch.tensor(array)
    trained = array.dtype.kind == "f"
    if trained:
        ours.requires_grad_(), theirs.requires_grad_()
    try:
        expected = pool(torch, theirs)
    except RuntimeError:
        with pytest.raises(RuntimeError):
            pool(cltorch, ours)
        return
    found = pool(cltorch, ours)
    values = found.detach().numpy(), expected.detach().numpy()
    if exact:
        np.testing.assert_array_equal(*values)
    else:
        np.testing.assert_allclose(*values, rtol=tolerance, atol=tolerance)
    if trained:
        (found * found).sum().backward(), (expected * expected).sum().backward()
        np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize("ceil", [False, True], ids=["floor", "ceil"])
def test_maximum(size: tuple[int, int], window: tuple[Any, Any, Any], ceil: bool) -> None:
    both(planes(size, "float32"), lambda m, x: m.nn.functional.max_pool2d(x, *window, 1, ceil), 1e-6)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("dilation", [2, (1, 3)], ids=str)
@pytest.mark.parametrize("stride", [1, 2])
def test_maximum_with_dilation(size: tuple[int, int], dilation: Any, stride: int) -> None:
    both(planes(size, "float32"), lambda m, x: m.nn.functional.max_pool2d(x, 3, stride, 1, dilation), 1e-6)


@pytest.mark.parametrize("dtype", ["float16", "float64", "int32", "int64", "uint8"])
@pytest.mark.parametrize("window", [(2, 2, 0), (3, 1, 1)], ids=str)
def test_maximum_of_dtypes(dtype: str, window: tuple[int, int, int]) -> None:
    both(
        planes((9, 40), dtype),
        lambda m, x: m.nn.functional.max_pool2d(x, *window),
        1e-2 if dtype == "float16" else 1e-6,
    )


@pytest.mark.parametrize("size", [(6, 6), (9, 70)], ids=str)
def test_positions_and_nan(size: tuple[int, int]) -> None:
    array = planes(size, "float32")
    array[0, 0, 2, 3] = np.nan
    found = cltorch.nn.functional.max_pool2d(cltorch.tensor(array), 2, return_indices=True)
    expected = torch.nn.functional.max_pool2d(torch.tensor(array), 2, return_indices=True)
    np.testing.assert_array_equal(found[0].numpy(), expected[0].numpy())
    np.testing.assert_array_equal(found[1].numpy(), expected[1].numpy())


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize("mode", ["floor", "ceil", "without padding", "divisor"])
def test_mean(size: tuple[int, int], window: tuple[Any, Any, Any], mode: str) -> None:
    divisor = 3 if mode == "divisor" else None
    arguments = (*window, mode == "ceil", mode != "without padding", divisor)
    both(planes(size, "float32"), lambda m, x: m.nn.functional.avg_pool2d(x, *arguments), 1e-5, exact=False)


@pytest.mark.parametrize("dtype", ["float32", "int32", "uint8"])
def test_windows_beside_the_plane_have_the_smallest_number(dtype: str) -> None:
    """Taps that lie apart may all lie in the padding; nothing outside of the plane is read, and nothing gets their gradient."""
    results = []
    for library in (torch, cltorch):
        F: Any = library.nn.functional
        x = library.tensor([[[5, 6, 7]], [[8, 9, 10]]], dtype=getattr(library, dtype))
        results.append(F.max_pool2d(x, 2, padding=1, dilation=2, ceil_mode=True).tolist())
    assert results[0] == results[1]


def test_windows_beside_the_plane_have_no_gradient() -> None:
    x = cltorch.ones(2, 1, 3).requires_grad_()
    cltorch.nn.functional.max_pool2d(x, 2, padding=1, dilation=2, ceil_mode=True).sum().backward()
    assert x.grad.tolist() == [[[0.0] * 3]] * 2


def test_windows_inside_the_plane_need_no_text_for_its_border() -> None:
    """Whatever the plane's size; one that reaches over it has another text."""

    def source(size: int, out: int, padding: int = 0, dilation: int = 1) -> str:
        request = pool.MaxPool(
            6, (size, size), (out, out), (2, 2), (2, 2), (padding, padding), (dilation, dilation), dtypes.float32, True
        )
        return pool.lower_max(request, cpu_traits()).calls[0].kernel.source

    inside = source(28, 14)
    assert inside == source(9, 4) and "room" not in inside
    for reaching in (source(9, 5), source(8, 5, padding=1), source(8, 4, dilation=2)):
        assert "room" in reaching and len(inside) < 0.6 * len(reaching)
