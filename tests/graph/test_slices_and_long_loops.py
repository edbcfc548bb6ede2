"""Loops over slices of one tensor share a plan; loops that never ask for numbers are cut at the same places every time."""

from __future__ import annotations

import numpy as np
import pytest

import cltorch
from cltorch import nn
from cltorch.graph.keys import COPY_LIMIT
from cltorch.graph.record import LENGTH_LIMIT, recorder
from cltorch.runtime import device as devices


def built() -> int:
    return recorder(devices.default()).built


@pytest.mark.parametrize("features", [32, 7], ids=["aligned", "unaligned"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "int64"])
def test_slices_share_a_plan(features: int, dtype: str) -> None:
    array = np.random.default_rng(0).integers(-9, 9, (64, features)).astype(dtype)
    x = cltorch.tensor(array)
    for k in range(0, 60, 4):
        found = (x[k : k + 4] * 2 + 1).sum(1).numpy()
        np.testing.assert_allclose(found, (array[k : k + 4] * 2 + 1).sum(1))
        if k == 4:
            before = built()
    assert built() == before


def test_batches_of_a_data_set_share_the_plans_of_a_training_step() -> None:
    rng = np.random.default_rng(0)
    x, y = cltorch.tensor(rng.standard_normal((90, 5, 6)).astype(np.float32)), cltorch.tensor(rng.integers(0, 3, 90))
    model = nn.Sequential(nn.Flatten(), nn.Linear(30, 8), nn.ReLU(), nn.Linear(8, 3))
    optimizer = cltorch.optim.SGD(model.parameters(), lr=0.1)
    for k in range(0, 90, 6):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[k : k + 6]), y[k : k + 6])
        loss.backward()
        optimizer.step()
        assert np.isfinite(loss.item())
        if k == 12:
            before = built()
    assert built() == before


def test_the_first_slice_shares_the_plan_of_later_ones() -> None:
    rng = np.random.default_rng(0)
    array, weights = (rng.standard_normal(shape).astype(np.float32) for shape in ((3, 256, 256), (256, 256)))
    x, w = cltorch.tensor(array), cltorch.tensor(weights)
    apart = x[0].clone()
    cltorch.synchronize()
    plans = []
    for one, expected in ((x[1], array[1]), (x[2], array[2]), (x[0], array[0]), (apart, array[0])):
        np.testing.assert_allclose(
            (one @ w).tanh().sum(0).numpy(), np.tanh(expected @ weights).sum(0), rtol=1e-3, atol=1e-3
        )
        plans.append(built())
    assert len(set(plans)) == 1


def test_two_slices_of_one_tensor_in_one_kernel() -> None:
    array = np.random.default_rng(0).standard_normal(1001).astype(np.float32)
    x = cltorch.tensor(array)
    for k in (1, 2, 32):
        np.testing.assert_array_equal((x[k:] - x[:-k]).numpy(), array[k:] - array[:-k])


def test_products_of_slices() -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((40, 6, 6)).astype(np.float32) for _ in range(2))
    ours, others = cltorch.tensor(a), cltorch.tensor(b)
    for k in range(5):
        np.testing.assert_allclose((ours[k] @ others[k + 1].t()).numpy(), a[k] @ b[k + 1].T, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(
            (ours[k : k + 3] @ others[2 * k : 2 * k + 3]).numpy(),
            a[k : k + 3] @ b[2 * k : 2 * k + 3],
            rtol=1e-4,
            atol=1e-5,
        )
        doubled = ours * 2  # slices of what is not computed yet
        np.testing.assert_allclose((doubled[k] @ others[k]).numpy(), 2 * a[k] @ b[k], rtol=1e-4, atol=1e-5)


def test_large_slices_are_read_where_they_lie() -> None:
    numel = COPY_LIMIT // 4 + 1000
    array = np.arange(numel + 8, dtype=np.float32)
    x = cltorch.tensor(array)
    for k in (1, 3, 8):
        np.testing.assert_array_equal((x[k : k + numel] + 1).numpy(), array[k : k + numel] + 1)


def test_writing_to_a_tensor_whose_slices_are_read() -> None:
    array = np.arange(40, dtype=np.float32)
    x = cltorch.tensor(array)
    for k in range(1, 5):
        x[k : k + 8] += x[k + 10 : k + 18]
        array[k : k + 8] += array[k + 10 : k + 18]
        kept = x[k : k + 4] * 2
        x[0:20].mul_(0.5)
        np.testing.assert_array_equal(kept.numpy(), array[k : k + 4] * 2)
        array[0:20] *= 0.5
        np.testing.assert_array_equal(x.numpy(), array)
    del kept
    y = x[4:20]
    del x
    y.add_(1)
    np.testing.assert_array_equal(y.numpy(), array[4:20] + 1)


def test_a_loop_that_reads_nothing_is_cut_at_the_same_places() -> None:
    array = np.random.default_rng(0).standard_normal((128, 8)).astype(np.float32)
    x = cltorch.tensor(array)
    plans = []
    for _ in range(4):
        before = built()
        total = cltorch.zeros(())
        for k in range(2 * LENGTH_LIMIT):
            row = x[k % 128]
            total += (row * row + 1).sqrt().mean()
        expected = np.sqrt(array * array + 1).mean() * 2 * LENGTH_LIMIT
        assert total.item() == pytest.approx(expected, rel=1e-4)
        plans.append(built() - before)
    # of 64 values at most; 9 to 16 by the place in a step where the batch was long enough
    assert plans[0] + plans[1] <= 16
    assert plans[2:] == [0, 0]
