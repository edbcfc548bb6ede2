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
@pytest.mark.parametrize("dtype", ["float32", "int64", "uint8"])
def test_scan(n: int, dtype: str) -> None:
    ours, theirs = pair((np.random.default_rng(n).normal(size=(3, n)) * 3).astype(dtype))
    for dim in (0, 1):
        found, expected = ours.cumsum(dim), theirs.cumsum(dim)
        assert repr(found.dtype) == repr(expected.dtype)
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-4, atol=1e-3)


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
