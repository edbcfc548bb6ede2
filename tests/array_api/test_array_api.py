"""The namespace of the Array API standard: what differs from PyTorch, and that SciPy and scikit-learn take tensors.

The standard's own tests are run by hand: ``ARRAY_API_TESTS_MODULE=cltorch.array_api ARRAY_API_TESTS_SKIP_DTYPES=uint16,uint32,uint64
pytest array_api_tests`` in a checkout of data-apis/array-api-tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch

import cltorch as ct

xp: Any = ct.array_api


def test_namespace() -> None:
    x = ct.ones(3)
    assert x.__array_namespace__() is xp
    assert x.__array_namespace__(api_version="2024.12") is xp
    with pytest.raises(ValueError, match="unsupported array API version"):
        x.__array_namespace__(api_version="1999.1")
    info = xp.__array_namespace_info__()
    assert info.default_dtypes()["integral"] is ct.int64
    assert set(info.dtypes(kind="integral")) == {"int8", "int16", "int32", "int64", "uint8"}
    assert all(hasattr(xp, name) for name in xp.__all__)


def test_promotion_is_the_standards() -> None:
    single, byte = ct.ones(3), ct.tensor(1, dtype=ct.uint8)
    double = ct.tensor(2.0, dtype=ct.float64)
    assert xp.add(single, double).dtype is ct.float64  # PyTorch: a 0-dimensional tensor does not count
    assert xp.add(byte, ct.ones(2, dtype=ct.int8)).dtype is ct.int16
    assert xp.sum(ct.ones(3, dtype=ct.float32)).dtype is ct.float32
    assert xp.sum(ct.ones(3, dtype=ct.int8)).dtype is ct.int64
    assert not xp.can_cast(ct.int64, ct.int32)
    assert xp.isdtype(ct.float32, ("integral", "real floating"))


def test_functions_of_its_own() -> None:
    x = ct.tensor([3, 1, 3, 2])
    values, indices, inverse, counts = xp.unique_all(x)
    assert (values.tolist(), indices.tolist(), inverse.tolist(), counts.tolist()) == (
        [1, 2, 3], [1, 3, 0], [2, 0, 2, 1], [1, 1, 2],
    )  # fmt: skip
    assert xp.cumulative_sum(x, include_initial=True).tolist() == [0, 3, 4, 7, 9]
    assert xp.take(x, ct.tensor([-1, 0])).tolist() == [2, 3]
    assert xp.std(x.double(), correction=1).item() == pytest.approx(np.std([3, 1, 3, 2], ddof=1))
    assert xp.linalg.vecdot(ct.tensor([1j]), ct.tensor([2j])).item() == 2
    with pytest.raises(ValueError, match="squeezed dimensions"):
        xp.squeeze(x, 0)


def test_dlpack() -> None:
    x = ct.arange(4.0)
    assert np.from_dlpack(x).tolist() == [0, 1, 2, 3]
    assert xp.from_dlpack(np.arange(3)).tolist() == [0, 1, 2]
    with pytest.raises(BufferError):
        x.requires_grad_().__dlpack__()


def test_bfloat16_by_dlpack() -> None:
    """Both ways, copied and in one memory; NumPy has no word for it."""
    x = torch.arange(6.0).bfloat16().reshape(2, 3)
    for source in (x, x.t(), x[:0], x[1, 2]):
        ours = ct.from_dlpack(source)
        assert ours.dtype is ct.bfloat16 and ours.tolist() == source.tolist()
        theirs = torch.from_dlpack(ours)
        assert theirs.dtype is torch.bfloat16 and theirs.tolist() == source.tolist()
        assert torch.from_dlpack(ct.utils.dlpack.to_dlpack(ours)).tolist() == source.tolist()
    ours = ct.arange(4).bfloat16()
    theirs = torch.utils.dlpack.from_dlpack(ours.__dlpack__(copy=False))
    theirs[0] = 9
    assert ours.tolist() == [9, 1, 2, 3]
    with pytest.raises((BufferError, RuntimeError)):
        ct.from_dlpack(torch.ones(2, dtype=torch.float8_e5m2))


PROGRAM = """
import numpy as np, scipy.special, scipy.stats, sklearn, cltorch as ct
from sklearn import metrics, preprocessing
x = ct.linspace(-2, 2, 5)
for function in (scipy.special.logsumexp, scipy.special.softmax, scipy.stats.zscore):
    made = function(x)
    assert isinstance(made, ct.Tensor), function
    assert np.allclose(made.numpy(), function(np.linspace(-2, 2, 5)), atol=1e-6), function
with sklearn.config_context(array_api_dispatch=True):
    assert abs(float(metrics.mean_squared_error(x, x + 1)) - 1) < 1e-6
    scaled = preprocessing.MinMaxScaler().fit_transform(x.reshape(-1, 1))
    assert isinstance(scaled, ct.Tensor) and scaled.max().item() == 1
"""


def test_scipy_and_scikit_learn() -> None:
    """Both compute with tensors, and give tensors."""
    pytest.importorskip("sklearn")
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=300)
    assert not done.returncode, done.stderr
