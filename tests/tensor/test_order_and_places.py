"""Sorting, selection, scans, gather and scatter, masks, joining: each way that kernels take, beside PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import cltorch

DTYPES = ["float32", "float64", "int64", "uint8", "float16", "bfloat16"]
SHAPES = [(1,), (5, 3), (300, 70), (40000,), (3, 1030), (4, 700, 2)]
TOLERANCES = {"float16": 3e-3, "bfloat16": 3e-2, "float32": 2e-5}


def pair(numbers: np.ndarray, dtype: str) -> tuple[torch.Tensor, cltorch.Tensor]:
    """The same numbers in both libraries."""
    theirs = torch.tensor(np.abs(numbers) if dtype == "uint8" else numbers).to(getattr(torch, dtype))
    plain = theirs.float() if dtype in ("float16", "bfloat16") else theirs
    return theirs, cltorch.tensor(plain.numpy()).to(getattr(cltorch, dtype))


def same(ours: cltorch.Tensor, theirs: torch.Tensor, tolerance: float = 0.0) -> None:
    """Equal shapes and, to a tolerance relative to the largest, equal elements."""
    a, b = ours.double().numpy(), theirs.double().numpy()
    assert a.shape == b.shape
    scale = np.abs(b[np.isfinite(b)]).max(initial=0)
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * scale)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_order(dtype: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    numbers = rng.normal(size=shape) * 20
    if "float" in dtype:
        numbers = np.where(rng.random(shape) < 0.05, -0.0, np.where(rng.random(shape) < 0.3, numbers.round(), numbers))
        numbers = np.where(rng.random(shape) < 0.001, np.nan, numbers)
    theirs, ours = pair(numbers, dtype)
    for dim in {0, len(shape) - 1}:
        for down in (False, True):
            wanted, found = theirs.sort(dim=dim, descending=down, stable=True), ours.sort(dim, down, stable=True)
            same(found.values, wanted.values)
            same(found.indices, wanted.indices)
        n = shape[dim]
        for k in {1, min(7, n), min(100, n)}:
            same(ours.topk(k, dim).values, theirs.topk(k, dim).values)
            same(ours.gather(dim, ours.topk(k, dim, False).indices), theirs.topk(k, dim, False).values)
            same(ours.kthvalue(k, dim).values, theirs.kthvalue(k, dim).values)
        for name in ("median", "nanmedian"):
            same(getattr(ours, name)(dim).values, getattr(theirs, name)(dim).values)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_scans(dtype: str, shape: tuple[int, ...]) -> None:
    theirs, ours = pair(np.random.default_rng(2).normal(size=shape) * 3, dtype)
    for dim in range(len(shape)):
        same(ours.cumsum(dim), theirs.cumsum(dim), TOLERANCES.get(dtype, 1e-12))
        for name in ("cummax", "cummin"):
            wanted, found = getattr(theirs, name)(dim), getattr(ours, name)(dim)
            same(found.values, wanted.values)
            same(found.indices, wanted.indices)
        if "float" in dtype:
            same(ours.logcumsumexp(dim), theirs.logcumsumexp(dim), 10 * TOLERANCES.get(dtype, 1e-12))


def test_long_sums_stay_exact() -> None:
    numbers = np.full(1 << 21, 0.1, np.float32)
    found = cltorch.tensor(numbers).cumsum(0).numpy()
    np.testing.assert_allclose(found, np.cumsum(numbers, dtype=np.float64), rtol=1e-5)


@pytest.mark.parametrize("right", (False, True))
@pytest.mark.parametrize("n", (0, 1, 2, 7, 8, 9, 100))
@pytest.mark.parametrize("dtype", DTYPES)
def test_searches(dtype: str, n: int, right: bool) -> None:
    """Places in rows of every length, with NaN among both, in order or through an order."""
    rng = np.random.default_rng(n)
    rows, values = rng.integers(0, 50, (3, n)).astype(np.float64), rng.integers(0, 60, (3, 21)).astype(np.float64)
    if "int" not in dtype:
        rows[:, n - 1 :] = values[:, 5] = np.nan
    (theirs, ours), (asked, own) = pair(rows, dtype), pair(values, dtype)
    order = rng.permuted(np.tile(np.arange(n), (3, 1)), axis=1)
    within = theirs[:, torch.tensor(order[0])], ours[:, cltorch.tensor(order[0])]
    theirs, ours = theirs.sort(1)[0], ours.sort(1)[0]
    same(cltorch.searchsorted(ours, own, right=right), torch.searchsorted(theirs, asked, right=right))
    same(cltorch.bucketize(own, ours[0], right=right), torch.bucketize(asked, theirs[0], right=right))
    sorter = within[0].sort(1)[1]
    found = cltorch.searchsorted(within[1], own, right=right, sorter=cltorch.tensor(sorter.numpy()))
    same(found, torch.searchsorted(within[0].contiguous(), asked, right=right, sorter=sorter))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_places(dtype: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(3)
    theirs, ours = pair(rng.normal(size=shape) * 4, dtype)
    for dim, n in enumerate(shape):
        index = rng.integers(0, n, tuple(2 * m if d == dim else m for d, m in enumerate(shape)))
        at, own = torch.tensor(index), cltorch.tensor(index)
        same(ours.gather(dim, own), theirs.gather(dim, at))
        order = np.argsort(rng.random(shape), axis=dim)
        same(
            ours.scatter(dim, cltorch.tensor(order), ours.flip(dim)),
            theirs.scatter(dim, torch.tensor(order), theirs.flip(dim)),
        )
        rows = rng.integers(0, n, 9)
        few, own_few = theirs.index_select(dim, torch.tensor(rows)), ours.index_select(dim, cltorch.tensor(rows))
        same(own_few, few)
        if dtype not in ("float16", "bfloat16"):  # PyTorch rounds these in between
            limit = TOLERANCES.get(dtype, 1e-12)
            same(
                ours.scatter_add(dim, own, ours.gather(dim, own)),
                theirs.scatter_add(dim, at, theirs.gather(dim, at)),
                limit,
            )
            same(
                ours.index_add(dim, cltorch.tensor(rows), own_few),
                theirs.index_add(dim, torch.tensor(rows), few),
                limit,
            )
    same(ours[ours > 1], theirs[theirs > 1])
    same((ours > 1).nonzero(), (theirs > 1).nonzero())
    same(ours.roll(2, 0), theirs.roll(2, 0))


@pytest.mark.parametrize("count", [1, 2, 3, 33, 70])
def test_joining(count: int) -> None:
    rng = np.random.default_rng(4)
    for dim in (0, 1):
        sizes = [tuple(int(rng.integers(0, 40)) if d == dim else 20 for d in (0, 1)) for _ in range(count)]
        parts = [torch.tensor(rng.normal(size=size)) for size in sizes]
        wide = torch.tensor(rng.normal(size=(20, 60)))
        own, own_wide = [cltorch.tensor(t.numpy()) for t in parts], cltorch.tensor(wide.numpy())
        if dim:
            parts, own = [*parts, wide[:, 5:30]], [*own, own_wide[:, 5:30]]
        same(cltorch.cat(own, dim), torch.cat(parts, dim))
        same(cltorch.stack([own_wide] * count, dim), torch.stack([wide] * count, dim))


def test_samples_follow_their_weights() -> None:
    cltorch.manual_seed(3)
    weights = cltorch.tensor([0.0, 1, 2, 0, 5, 0])
    drawn = cltorch.multinomial(weights, 100000, replacement=True).bincount(minlength=6).double() / 100000
    np.testing.assert_allclose(drawn.numpy(), [0, 1 / 8, 2 / 8, 0, 5 / 8, 0], atol=0.01)
    both = cltorch.multinomial(weights.expand(5000, 6), 2)
    assert not bool((both[:, 0] == both[:, 1]).any())
    assert set(both.reshape(-1).tolist()) == {1, 2, 4}


@pytest.mark.parametrize("n", [1, 2, 3000, 40001])
def test_random_orders_have_every_place_and_no_preference(n: int) -> None:
    cltorch.manual_seed(5)
    order = cltorch.randperm(n)
    assert order.dtype is cltorch.int64
    np.testing.assert_array_equal(np.sort(order.numpy()), np.arange(n))
    if n < 1000:
        return
    for found in (
        order.numpy(),
        np.argsort(order.numpy()),
    ):  # of each part of the places, as many come from each part of the order
        pairs = np.histogram2d(np.arange(n), found, bins=10)[0]
        chance = ((pairs - n / 100) ** 2 / (n / 100)).sum()
        assert 35 < chance < 150  # 81 degrees of freedom: beyond these once in a million
        assert abs(np.corrcoef(found[:-1], found[1:])[0, 1]) < 5 / n**0.5


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.uint8])
@pytest.mark.parametrize(("shape", "k"), [((2, 40000), 100), ((1, 33000), 9000), ((40, 700), 65)])
def test_the_first_of_many_come_in_stable_order(shape: tuple[int, ...], k: int, dtype: Any) -> None:
    x = (np.random.default_rng(3).normal(size=shape) * 40).astype(dtype)
    if dtype is np.float32:
        x[:, ::977] = np.nan
    for largest in (True, False):
        values, places = torch.tensor(x).sort(descending=largest, stable=True)
        found = cltorch.tensor(x).topk(k, largest=largest)
        np.testing.assert_array_equal(found.values.numpy(), values[:, :k].numpy())
        np.testing.assert_array_equal(found.indices.numpy(), places[:, :k].numpy())
