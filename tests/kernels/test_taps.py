"""Weighted sums along a dimension, in both forms of kernels."""

from __future__ import annotations

import numpy as np
import pytest

from cltorch import dtypes
from cltorch.kernels import taps
from cltorch.kernels.taps import Taps

from .run import cpu_traits, gpu_traits, run


@pytest.mark.parametrize("form", [cpu_traits, gpu_traits], ids=["cpu", "gpu"])
@pytest.mark.parametrize("dtype", [dtypes.float32, dtypes.float16, dtypes.float64], ids=lambda dtype: dtype.name)
@pytest.mark.parametrize(
    "planes, n, inner, out, count, groups",
    [(6, 9, 1, 37, 3, 2), (2, 5, 1, 1100, 2, 1), (3, 7, 21, 4, 5, 3), (4, 6, 3, 5, 1, 1)],
    ids=["places of groups", "long rows", "vectors along rows", "short rows"],
)
def test_sums(form, dtype, planes, n, inner, out, count, groups) -> None:
    kind = np.dtype(dtype.name)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((planes, n, inner)).astype(kind)
    places = rng.integers(-1, n, (groups, count, out)).astype(np.int32)
    weights = rng.standard_normal((groups, count, out)).astype(kind)
    wanted = np.zeros((planes, out, inner))
    for p in range(planes):
        at, scale = (a[p // (planes // groups)] for a in (places, weights))
        for t in range(count):
            wanted[p] += (scale[t] * (at[t] >= 0))[:, None].astype(np.float64) * x[p, at[t]]
    request = Taps(planes, n, inner, out, count, groups, planes // groups, dtype, dtype)
    (found,) = run(taps.lower(request, form()), [a.reshape(-1) for a in (x, places, weights)], [(dtype, wanted.size)])
    tolerance = {2: 2e-3, 4: 1e-6, 8: 1e-13}[kind.itemsize]
    np.testing.assert_allclose(found.view(kind), wanted.reshape(-1), rtol=tolerance, atol=4 * tolerance)
