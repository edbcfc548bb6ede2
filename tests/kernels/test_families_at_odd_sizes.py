"""Scan, sort, gather and scatter at sizes that are no multiple of anything, beside PyTorch, in the device's form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import cltorch

LENGTHS = [1, 2, 17, 255, 1000, 4099]


def pair(array: np.ndarray) -> tuple[Any, Any]:
    return cltorch.tensor(array), torch.tensor(array)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int32", "uint8"])
def test_scan(n: int, dtype: str) -> None:
    ours, theirs = pair((np.random.default_rng(n).normal(size=(3, n)) * 3).astype(dtype))
    for dim in (0, 1):
        found, expected = ours.cumsum(dim), theirs.cumsum(dim)
        assert repr(found.dtype) == repr(expected.dtype)
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("first", [np.inf, np.nan])
def test_sums_before_one_that_is_not_finite_stay_finite(first: float) -> None:
    array = np.ones((2, 37), np.float32)
    array[0, 13], array[0, 20] = first, -np.inf
    ours, theirs = pair(array)
    np.testing.assert_array_equal(ours.cumsum(1).numpy(), theirs.cumsum(1).numpy())


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
def test_sort_is_stable_and_puts_nan_last(n: int, descending: bool) -> None:
    array = np.random.default_rng(n).integers(0, max(2, n // 3), size=(2, n)).astype(np.float32)
    array[:, n // 2] = np.nan
    ours, theirs = pair(array)
    found, expected = ours.sort(1, descending), torch.sort(theirs, dim=1, descending=descending, stable=True)
    found_indices, expected_indices = found.indices, expected.indices
    np.testing.assert_array_equal(found.values.numpy(), expected.values.numpy())
    np.testing.assert_array_equal(found_indices.numpy(), expected_indices.numpy())


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("dtype", ["float32", "float16", "int32"])
def test_gather_and_scatter_with_duplicates(n: int, dtype: str) -> None:
    rng = np.random.default_rng(n)
    ours, theirs = pair(rng.integers(0, 9, size=(5, n)).astype(dtype))
    at, their_at = pair(rng.integers(0, n, size=(5, 33)))
    np.testing.assert_array_equal(ours.gather(1, at).numpy(), theirs.gather(1, their_at).numpy())
    added, their_added = pair(rng.integers(0, 4, size=(5, 33)).astype(dtype))
    np.testing.assert_array_equal(
        ours.scatter_add(1, at, added).numpy(), theirs.scatter_add(1, their_at, their_added).numpy()
    )
    rows, their_rows = pair(rng.integers(0, 5, size=11))
    np.testing.assert_array_equal(ours[rows].numpy(), theirs[their_rows].numpy())
    np.testing.assert_array_equal(
        ours.index_add(0, rows, ours[rows]).numpy(), theirs.index_add(0, their_rows, theirs[their_rows]).numpy()
    )


def test_an_index_out_of_range_is_an_error_and_the_device_goes_on() -> None:
    x = cltorch.arange(10.0)
    with pytest.raises(IndexError, match="out of bounds for dimension 0 with size 10"):
        x[cltorch.tensor([3, 10])].numpy()
    np.testing.assert_array_equal(x[cltorch.tensor([3, -1])].numpy(), [3, 9])


SHAPES = [(1001, 131), (3, 70000), (131072,), (2, 65, 31, 37), (40000, 67), (65, 64, 3, 5, 7)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_losses_over_classes(shape: tuple[int, ...], reduction: str) -> None:
    """In one walk over the targets: with weights, targets that are ignored, numbers that lie in another order, or from a place on."""
    rng = np.random.default_rng(len(shape))
    classes = shape[0] if len(shape) == 1 else shape[1]
    input, wanted = pair(rng.normal(size=shape).astype(np.float32))
    target, their_target = pair(rng.integers(0, classes, size=shape[:1] + shape[2:] if len(shape) > 1 else ()))
    weight, their_weight = pair(rng.random(classes).astype(np.float32))
    loss, their_loss = cltorch.nn.functional.nll_loss, torch.nn.functional.nll_loss

    def compare(change: Any, weighted: bool, ignored: int, rtol: float = 2e-6) -> None:
        found = loss(change(input), target, weight if weighted else None, ignore_index=ignored, reduction=reduction)
        expected = their_loss(
            change(wanted).double(),
            their_target,
            their_weight.double() if weighted else None,
            ignore_index=ignored,
            reduction=reduction,
        )
        kinds = [str(change(side).dtype).rpartition(".")[2] for side in (input, wanted)]
        assert str(found.dtype).rpartition(".")[2] == kinds[0] == kinds[1]
        scale = float(expected.abs()) + (float(their_target.numel()) if reduction == "sum" else 1) * 0.1
        assert abs(float(found) - float(expected)) <= rtol * scale or (expected.isnan() and found.isnan())

    for weighted in (False, True):
        compare(lambda x: x, weighted, -100)
        compare(lambda x: x, weighted, int(their_target.reshape(-1)[0]))
    compare(lambda x: x.half(), False, -100, 1e-3)
    compare(lambda x: x.double(), False, -100, 1e-14)
    if len(shape) > 1:
        compare(lambda x: x.transpose(0, 1).contiguous().transpose(0, 1), True, -100)
    compare(lambda x: x[None].expand(2, *shape)[1], False, -100)


def test_a_target_that_is_no_class_is_an_error_when_the_loss_is_read() -> None:
    x = cltorch.zeros(1024, 128)
    loss = cltorch.nn.functional.nll_loss(x, cltorch.arange(1024) // 8 + (cltorch.arange(1024) == 77).long() * 120)
    with pytest.raises(IndexError, match="Target 129 is out of bounds"):
        loss.item()
    assert cltorch.nn.functional.nll_loss(x, cltorch.arange(1024) // 8).item() == 0
