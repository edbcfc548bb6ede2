"""Random numbers: Philox against its published vectors, the same bits in every form, and the distributions made of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cltorch import dtypes
from cltorch.dtypes import dtype as DType
from cltorch.kernels import fused
from cltorch.kernels.body import Body, Compute, Index, Scalar, Store
from cltorch.runtime.traits import Traits

from .run import cpu_traits, gpu_traits, run

FORMS = [pytest.param(cpu_traits, id="cpu"), pytest.param(gpu_traits, id="gpu")]
MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
WEYL = (0x9E3779B9, 0xBB67AE85)
LOW = np.uint64(0xFFFFFFFF)
UP = np.uint64(32)


def philox(counter: list[np.ndarray], key: tuple[int, int]) -> list[np.ndarray]:
    """Philox-4x32-10 as the paper defines it, on arrays of 32-bit words kept as uint64."""
    c0, c1, c2, c3 = (np.asarray(c, np.uint64) for c in counter)
    k0, k1 = key
    for _ in range(10):
        p0, p1 = c0 * MULTIPLIERS[0], c2 * MULTIPLIERS[1]
        c0, c1, c2, c3 = (p1 >> UP) ^ c1 ^ np.uint64(k0), p1 & LOW, (p0 >> UP) ^ c3 ^ np.uint64(k1), p0 & LOW
        k0, k1 = (k0 + WEYL[0]) & 0xFFFFFFFF, (k1 + WEYL[1]) & 0xFFFFFFFF
    return [c0, c1, c2, c3]


def words(counters: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The first two words for each counter."""
    c = counters.astype(np.int64).view(np.uint64)
    zero = np.zeros_like(c)
    first, second, _, _ = philox([c & LOW, c >> UP, zero, zero], (seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF))
    return first.astype(np.uint32), second.astype(np.uint32)


def draw(expr: str, dtype: DType, n: int, seed: int, traits: Traits, offset: int = 0) -> np.ndarray:
    """``expr`` over counters ``offset``, ``offset + 1``, ..."""
    i64 = dtypes.int64
    nodes = (
        Index((1,), offset),
        Scalar(0, i64),
        Compute(expr, ("counter", "seed"), (0, 1), (i64, i64), dtype),
        Store(0, 2, dtype, (1,), 0),
    )
    return run(fused.lower(Body((n,), (), nodes), traits), [], [(dtype, n)], [seed])[0]


def test_the_reference_gives_the_published_vectors() -> None:
    ones = [np.array([0xFFFFFFFF])] * 4
    pi = [np.array([w]) for w in (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)]
    for counter, key, want in (
        ([np.array([0])] * 4, (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        (ones, (0xFFFFFFFF, 0xFFFFFFFF), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (pi, (0xA4093822, 0x299F31D0), (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
    ):
        assert tuple(int(w[0]) for w in philox(counter, key)) == want


@pytest.mark.parametrize("form", FORMS)
def test_bits_are_philoxs(form: Callable[[], Traits]) -> None:
    n = 1003
    for seed, offset in ((0, 0), (1, 2**31 - 5), (2**63 - 25, 2**32 - 500), (-3, 2**40)):
        first, second = words(np.arange(n) + offset, seed)
        np.testing.assert_array_equal(
            draw("bits32(counter, seed)", dtypes.int32, n, seed, form(), offset), first.view(np.int32)
        )
        both = (second.astype(np.uint64) << UP | first).view(np.int64)
        np.testing.assert_array_equal(draw("bits64(counter, seed)", dtypes.int64, n, seed, form(), offset), both)


@pytest.mark.parametrize("form", FORMS)
def test_uniform_has_the_same_bits_everywhere(form: Callable[[], Traits]) -> None:
    n, seed = 5001, 42
    first, second = words(np.arange(n), seed)
    got = draw("uniform(counter, seed)", dtypes.float32, n, seed, form())
    np.testing.assert_array_equal(got, (first >> 8).astype(np.float32) * np.float32(2.0**-24))
    wide = (second.astype(np.uint64) << UP | first) >> np.uint64(11)
    got = draw("uniform(counter, seed)", dtypes.float64, n, seed, form())
    np.testing.assert_array_equal(got, wide.astype(np.float64) * 2.0**-53)
    for dtype, bits in ((dtypes.float16, 11), (dtypes.bfloat16, 8)):
        got = draw("uniform(counter, seed)", dtype, n, seed, form()).astype(np.float64)
        np.testing.assert_array_equal(got, (first >> (32 - bits)) * 2.0**-bits)
    got = draw("uniform(counter, seed) < 0.25", dtypes.bool, n, seed, form())
    np.testing.assert_array_equal(got, (first >> 8) < 2**22)


@pytest.mark.parametrize("form", FORMS)
def test_normal_is_box_mullers(form: Callable[[], Traits]) -> None:
    n, seed = 20_001, 7
    first, second = (w.astype(np.float64) for w in words(np.arange(n), seed))
    for dtype, tolerance in ((dtypes.float32, 3e-6), (dtypes.float64, 1e-12)):
        angle = second / 2**32 if dtype is dtypes.float64 else np.floor(second / 256) / 2**24
        want = np.sqrt(-2 * np.log((first + 1) / 2**32)) * np.cos(2 * np.pi * angle)
        got = draw("normal(counter, seed)", dtype, n, seed, form())
        np.testing.assert_allclose(got, want, tolerance * 10, tolerance)
    assert abs(want.mean()) < 0.03
    assert abs(want.std() - 1) < 0.02
    assert abs((np.abs(want) < 1).mean() - 0.6827) < 0.02


@pytest.mark.parametrize("form", FORMS)
def test_dropout_in_one_expression(form: Callable[[], Traits]) -> None:
    """The keep mask of an element depends on its counter alone, so a backward pass may draw it again."""
    n, seed = 3000, 5
    keep = (words(np.arange(n), seed)[0] >> 8) * 2.0**-24 >= 0.3
    got = draw("where(uniform(counter, seed) < 0.3, 0, 1 / 0.7)", dtypes.float32, n, seed, form())
    np.testing.assert_allclose(got, np.where(keep, 1 / 0.7, 0), 1e-6)
