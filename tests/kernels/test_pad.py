"""Padding, in both forms of kernels."""

from __future__ import annotations

import numpy as np
import pytest

from cltorch import dtypes
from cltorch.kernels import pad
from cltorch.kernels.pad import Pad

from .run import cpu_traits, gpu_traits, run

SHAPES = [
    ((2, 3, 50), ((0, 0), (0, 0), (2, 1))),
    ((3, 4, 5, 40), ((0, 0), (0, 0), (1, 2), (3, 4))),
    ((2, 5, 6, 7), ((0, 0), (2, 1), (0, 0), (0, 3))),
    ((4, 30), ((1, 0), (0, 0))),
    ((2, 6, 33), ((0, 0), (-1, 2), (3, -20))),
]
NAMES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@pytest.mark.parametrize("form", [cpu_traits, gpu_traits], ids=["cpu", "gpu"])
@pytest.mark.parametrize("mode", NAMES)
@pytest.mark.parametrize("dtype", [dtypes.float32, dtypes.float16, dtypes.int64, dtypes.bool], ids=lambda d: d.name)
def test_beside_numpy(form, mode, dtype) -> None:
    rng = np.random.default_rng(0)
    for shape, amounts in SHAPES:
        if mode == "circular" and min(map(min, amounts)) < 0:
            continue  # what is taken away is taken before
        x = rng.integers(0, 2 if dtype is dtypes.bool else 99, shape).astype(dtype.name)
        more = [(max(before, 0), max(after, 0)) for before, after in amounts]
        whole = np.pad(x, more, NAMES[mode], **({"constant_values": 1} if mode == "constant" else {}))
        less = tuple(slice(max(-b, 0), n - max(-a, 0)) for (b, a), n in zip(amounts, whole.shape, strict=True))
        wanted = whole[less]
        planes, sides = pad.sides_of(shape, amounts, mode == "constant")
        lowered = pad.lower(Pad(planes, sides, mode, dtype), form())
        (found,) = run(lowered, [x.reshape(-1)], [(dtype, wanted.size)], [1] if mode == "constant" else [])
        np.testing.assert_array_equal(found.astype(dtype.name), wanted.reshape(-1))


@pytest.mark.parametrize("form", [cpu_traits, gpu_traits], ids=["cpu", "gpu"])
def test_moved_round(form) -> None:
    """As many elements before as are taken away behind, or the other way round."""
    rng = np.random.default_rng(0)
    for shape, steps in [((3, 70), (1, 35)), ((4, 5, 100), (2, 0, 67)), ((2, 3, 40), (1, 2, -1)), ((40000,), (20001,))]:
        x = rng.integers(0, 99, shape).astype("float32")
        planes, sides = pad.sides_of(shape, tuple((s, -s) for s in steps), False)
        lowered = pad.lower(Pad(planes, sides, "circular", dtypes.float32), form())
        (found,) = run(lowered, [x.reshape(-1)], [(dtypes.float32, x.size)], [])
        np.testing.assert_array_equal(found, np.roll(x, steps, tuple(range(x.ndim))).reshape(-1))
