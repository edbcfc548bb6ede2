"""Tensors of several sizes in and out of a stack of equal ones, in both forms of kernels."""

from __future__ import annotations

import numpy as np
import pytest

from cltorch import dtypes
from cltorch.kernels import stacks
from cltorch.kernels.stacks import Stack

from .run import cpu_traits, gpu_traits, run

SIZES = [
    ((1, 3, 5), (1, 1, 1), (2, 2, 37), (1, 4, 20)),
    ((1, 7, 64),),
    tuple((1 + k % 2, 1 + k % 5, 1 + k % 40) for k in range(45)),
    ((1, 0, 3), (1, 2, 3)),
]


@pytest.mark.parametrize("form", [cpu_traits, gpu_traits], ids=["cpu", "gpu"])
@pytest.mark.parametrize("dtype", [dtypes.float32, dtypes.bfloat16, dtypes.float64], ids=lambda dtype: dtype.name)
@pytest.mark.parametrize("sizes", SIZES, ids=lambda sizes: f"{len(sizes)} of them")
def test_in_and_out(form, dtype, sizes) -> None:
    kind = {2: np.uint16, 4: np.uint32, 8: np.uint64}[dtype.itemsize]
    rng = np.random.default_rng(0)
    parts = [rng.integers(1, 1 << 15, size).astype(kind) for size in sizes]
    whole = tuple(max(size[d] for size in sizes) for d in range(3))
    wanted = np.zeros((len(sizes), *whole), kind)
    for k, part in enumerate(parts):
        wanted[(k, *map(slice, part.shape))] = part
    lowered = stacks.lower(Stack(sizes, whole, dtype, True), form())
    (found,) = run(lowered, [part.reshape(-1) for part in parts], [(dtype, wanted.size)])
    np.testing.assert_array_equal(found.view(kind), wanted.reshape(-1))
    lowered = stacks.lower(Stack(sizes, whole, dtype, False), form())
    back = run(lowered, [wanted.reshape(-1)], [(dtype, part.size) for part in parts])
    for one, part in zip(back, parts, strict=True):
        np.testing.assert_array_equal(one.view(kind), part.reshape(-1))
