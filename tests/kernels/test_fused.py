"""Fused kernels against torch: maps and reductions of every shape, both forms."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from math import prod

import numpy as np
import pytest
import torch

from cltorch import dtypes
from cltorch.dtypes import dtype as DType
from cltorch.kernels import fused
from cltorch.kernels.body import Body, Compute, Const, Index, Load, Node, Reduce, Scalar, Store
from cltorch.kernels.call import Lowered
from cltorch.runtime.traits import Traits

from .run import build, cpu_traits, gpu_traits, run


def cpu_of(width: int) -> Callable[[], Traits]:
    """The CPU form for vectors of another width than the device's own."""
    return lambda: replace(cpu_traits(), vector_width=width)


FORMS = [pytest.param(cpu_of(width), id=f"cpu{width}") for width in (4, 8, 16)] + [pytest.param(gpu_traits, id="gpu")]
F32, F64, I64, BOOL = dtypes.float32, dtypes.float64, dtypes.int64, dtypes.bool
SIZES = (0, 1, 7, 8, 9, 63, 1000, 4097)


def dense(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Row-major strides."""
    return tuple(prod(shape[d + 1 :]) for d in range(len(shape)))


def kept_strides(shape: tuple[int, ...], reduced: tuple[int, ...]) -> tuple[int, ...]:
    """Row-major strides of what is left of ``shape``, 0 along reduced dimensions."""
    kept = tuple(1 if d in reduced else n for d, n in enumerate(shape))
    return tuple(0 if d in reduced else s for d, s in enumerate(dense(kept)))


def compute(expr: str, dtype: DType, **args: int) -> Compute:
    """A computation whose operands all have its own dtype."""
    return Compute(expr, tuple(args), tuple(args.values()), (dtype,) * len(args), dtype)


def viewed(array: np.ndarray, shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> np.ndarray:
    """The elements that a load reads."""
    steps = tuple(s * array.itemsize for s in strides)
    return np.lib.stride_tricks.as_strided(array[offset:], shape, steps)


def close(got: np.ndarray, want: np.ndarray, tolerance: float = 1e-5) -> None:
    """Equal up to rounding; NaN equals NaN."""
    np.testing.assert_allclose(
        got.reshape(want.shape).astype(np.float64), want.astype(np.float64), tolerance, tolerance
    )


def data(numel: int, dtype: DType = F32, seed: int = 0) -> np.ndarray:
    """Random elements."""
    rng = np.random.default_rng(seed)
    if dtype is BOOL:
        return rng.random(numel) < 0.5
    if not dtype.is_floating_point:
        return rng.integers(0 if dtype is dtypes.uint8 else -9, 10, numel).astype(dtype.np)
    return rng.standard_normal(numel).astype(dtype.np)


# --- maps --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_contiguous_map_at_odd_sizes(form: Callable[[], Traits]) -> None:
    names = set()
    for n in SIZES:
        nodes = (
            Load(0, F32, (1,), 0),
            Load(1, F32, (1,), 3),
            compute("a * b + 1", F32, a=0, b=1),
            Store(0, 2, F32, (1,), 0),
        )
        lowered = fused.lower(Body((n,), (), nodes), form())
        names |= {call.kernel.name for call in lowered.calls}
        a, b = data(n), data(n + 3, seed=1)
        close(run(lowered, [a, b], [(F32, n)])[0], a * b[3:] + 1)
    assert len(names) == 1


@pytest.mark.parametrize("form", FORMS)
def test_strided_maps(form: Callable[[], Traits]) -> None:
    """Broadcasts, transposes, steps and offsets at ranks up to 6."""
    cases: list[tuple[tuple[int, ...], list[tuple[tuple[int, ...], int]]]] = [
        ((5, 9), [((9, 1), 0), ((0, 1), 2)]),
        ((33, 63), [((63, 1), 0), ((1, 33), 0)]),
        ((64, 10), [((10, 1), 0), ((0, 1), 0)]),
        ((64, 10), [((10, 1), 0), ((1, 0), 0)]),
        ((1000,), [((2,), 1), ((0,), 4)]),
        ((7, 1, 8), [((16, 0, 2), 1), ((1, 0, 7), 0)]),
        ((3, 4, 5), [((1, 3, 12), 0), ((20, 5, 1), 0)]),
        ((2, 3, 4, 5), [((60, 20, 5, 1), 0), ((0, 1, 0, 0), 0)]),
        ((2, 3, 2, 2, 3, 4), [((1, 2, 6, 12, 24, 72), 5), ((144, 48, 24, 12, 4, 1), 0)]),
        ((), [((), 0), ((), 3)]),
        ((1, 1), [((0, 0), 0), ((5, 1), 3)]),
        ((0, 5), [((5, 1), 0), ((0, 1), 0)]),
        ((300, 200), [((1, 300), 0), ((0, 1), 0)]),
    ]
    made = []
    for shape, loads in cases:
        nodes = [Load(k, F32, strides, offset) for k, (strides, offset) in enumerate(loads)]
        body = Body(shape, (), (*nodes, compute("a - 2 * b", F32, a=0, b=1), Store(0, 2, F32, dense(shape), 0)))
        inputs = []
        for k, (strides, offset) in enumerate(loads):
            inputs.append(
                data(offset + 1 + sum(max(0, n - 1) * s for n, s in zip(shape, strides, strict=True)), seed=k)
            )
        a, b = (viewed(x, shape, s, o) for x, (s, o) in zip(inputs, loads, strict=True))
        made.append((fused.lower(body, form()), inputs, a - 2 * b))
    build([lowered for lowered, _, _ in made])
    for lowered, inputs, want in made:
        close(run(lowered, inputs, [(F32, want.size)])[0], want)


@pytest.mark.parametrize("form", FORMS)
def test_strided_stores_leave_the_rest(form: Callable[[], Traits]) -> None:
    """A write into a region of a base changes nothing else; in place over what it reads."""
    for shape, strides, offset in (((5, 6), (20, 2), 3), ((6, 5), (1, 7), 2), ((70,), (3,), 1), ((9, 8), (16, 1), 4)):
        base = data(400)
        nodes = (Load(0, F32, strides, offset), compute("a + 100", F32, a=0), Store(0, 1, F32, strides, offset))
        got = run(fused.lower(Body(shape, (), nodes), form()), [base], [base])[0]
        want = base.copy()
        region = viewed(want, shape, strides, offset)
        region += 100
        close(got, want)


@pytest.mark.parametrize("form", FORMS)
def test_several_stores_numbers_and_indices(form: Callable[[], Traits]) -> None:
    n = 1003
    nodes: tuple[Node, ...] = (
        Load(0, F32, (1,), 0),
        Scalar(0, F32),
        Scalar(1, I64),
        Index((2,), 5),
        Const(3, I64),
        compute("x * s", F32, x=0, s=1),
        compute("i * k + c", I64, i=3, k=2, c=4),
        Compute("i < x", ("i", "x"), (3, 0), (F32, F32), BOOL),
        Store(0, 5, F32, (1,), 0),
        Store(1, 6, I64, (1,), 0),
        Store(2, 7, BOOL, (1,), 0),
        Store(3, 5, dtypes.float16, (1,), 0),
        Store(4, 4, dtypes.int8, (1,), 0),
        Store(5, 3, F64, (1,), 0),
    )
    x = data(n) * 1000
    outputs = [(F32, n), (I64, n), (BOOL, n), (dtypes.float16, n), (dtypes.int8, n), (F64, n)]
    got = run(fused.lower(Body((n,), (), nodes), form()), [x], outputs, [0.1, 2**40])
    i = np.arange(n) * 2 + 5
    scaled = x * np.float32(0.1)
    for result, want in zip(
        got, (scaled, i * 2**40 + 3, i < x, scaled.astype(np.float16), np.full(n, 3), i), strict=True
    ):
        close(result, want, 0)


@pytest.mark.parametrize("form", FORMS)
def test_every_dtype_through_a_map(form: Callable[[], Traits]) -> None:
    made = []
    for dtype in (
        F32,
        F64,
        I64,
        dtypes.int32,
        dtypes.int16,
        dtypes.int8,
        dtypes.uint8,
        BOOL,
        dtypes.float16,
        dtypes.bfloat16,
    ):
        nodes = (Load(0, dtype, (9, 2), 1), compute("a + a", dtype, a=0), Store(0, 1, dtype, (4, 1), 0))
        made.append((fused.lower(Body((30, 4), (), nodes), form()), data(280, dtype), dtype))
    build([lowered for lowered, _, _ in made])
    for lowered, a, dtype in made:
        x = viewed(a, (30, 4), (9, 2), 1)
        want = x if dtype is BOOL else (x + x).astype(dtype.np)
        close(run(lowered, [a], [(dtype, 120)])[0], want, 0)


def test_sizes_are_not_text() -> None:
    """Fifty batch sizes need no more kernels than two."""
    for form in (cpu_traits, gpu_traits):
        for make in (softmax_body, layer_norm_body, column_sum_body):
            names = [{call.kernel.name for call in fused.lower(make((n, 130)), form()).calls} for n in range(20, 70)]
            assert len(set().union(*names)) <= len(set().union(*names[:2])), make.__name__


# --- reductions ----------------------------------------------------------------------------------------------------------


def column_sum_body(shape: tuple[int, ...]) -> Body:
    """The sum over all but the last dimension."""
    reduced = tuple(range(len(shape) - 1))
    nodes = (Load(0, F32, dense(shape), 0), Reduce("sum", 0, F32), Store(0, 1, F32, kept_strides(shape, reduced), 0))
    return Body(shape, reduced, nodes)


def softmax_body(shape: tuple[int, ...], dim: int = -1, strides: tuple[int, ...] | None = None) -> Body:
    """Softmax along one dimension."""
    strides = strides or dense(shape)
    nodes = (
        Load(0, F32, strides, 0),
        Reduce("amax", 0, F32),
        compute("exp(x - m)", F32, x=0, m=1),
        Reduce("sum", 2, F32),
        compute("e / s", F32, e=2, s=3),
        Store(0, 4, F32, dense(shape), 0),
    )
    return Body(shape, (dim % len(shape),), nodes)


def layer_norm_body(shape: tuple[int, ...]) -> Body:
    """Layer norm over the last dimension, with weight and bias, mean and reciprocal deviation as further results."""
    last = len(shape) - 1
    along = tuple(int(d == last) for d in range(len(shape)))
    rows = kept_strides(shape, (last,))
    nodes = (
        Load(0, F32, dense(shape), 0),
        Load(1, F32, along, 0),
        Load(2, F32, along, 0),
        Scalar(0, F32),
        Const(1 / shape[-1] if shape[-1] == 130 else 1.0 / max(1, shape[-1]), F32),
        Reduce("sum", 0, F32),
        compute("s * n", F32, s=5, n=4),
        compute("x - m", F32, x=0, m=6),
        compute("d * d", F32, d=7),
        Reduce("sum", 8, F32),
        compute("rsqrt(v * n + eps)", F32, v=9, n=4, eps=3),
        compute("d * r * w + b", F32, d=7, r=10, w=1, b=2),
        Store(0, 11, F32, dense(shape), 0),
        Store(1, 6, F32, rows, 0),
        Store(2, 10, F32, rows, 0),
    )
    return Body(shape, (last,), nodes)


KINDS = ("sum", "prod", "amax", "amin", "any", "all", "argmax", "argmin")


def reference(kind: str, x: np.ndarray, reduced: tuple[int, ...]) -> np.ndarray:
    """What torch gives; argmax and argmin over several dimensions count in their row-major order."""
    t = torch.from_numpy(x.copy())
    if kind in ("argmax", "argmin"):
        kept = [d for d in range(x.ndim) if d not in reduced]
        flat = t.permute(*kept, *reduced).reshape(*[x.shape[d] for d in kept], -1)
        return getattr(torch, kind)(flat, -1).numpy()
    if kind == "prod":
        return np.prod(x, reduced)
    if kind in ("any", "all"):
        return getattr(np, kind)(x != 0, reduced)
    result = getattr(torch, kind)(t, reduced) if reduced else t
    return result.numpy()


def reduction_body(
    shape: tuple[int, ...], reduced: tuple[int, ...], strides: tuple[int, ...], kinds: tuple[str, ...]
) -> Body:
    """Several reductions of one input, each stored."""
    nodes: list[Node] = [Load(0, F32, strides, 0)]
    rows = kept_strides(shape, reduced)
    for kind in kinds:
        nodes.append(Reduce(kind, 0, BOOL if kind in ("any", "all") else F32))
    for slot, kind in enumerate(kinds):
        nodes.append(Store(slot, 1 + slot, result_dtype(kind), rows, 0))
    return Body(shape, reduced, tuple(nodes))


def result_dtype(kind: str) -> DType:
    """The dtype of a reduction of float32."""
    return BOOL if kind in ("any", "all") else I64 if kind.startswith("arg") else F32


def check_reductions(
    cases: list[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]],
    traits: Traits,
    kinds: tuple[str, ...] = KINDS,
) -> None:
    """Every kind for (shape, reduced, strides), as few programs."""
    made: list[tuple[Lowered, np.ndarray, np.ndarray, tuple[int, ...]]] = []
    for k, (shape, reduced, strides) in enumerate(cases):
        flat = np.round(data(max(1, prod(shape)), seed=k) * 2, 1)
        flat[flat == 0] = 0.5
        x = viewed(flat, shape, strides, 0)
        made.append((fused.lower(reduction_body(shape, reduced, strides, kinds), traits), flat, x, reduced))
    build([lowered for lowered, *_ in made])
    for lowered, flat, x, reduced in made:
        wants = [reference(kind, x, reduced) for kind in kinds]
        outputs = [(result_dtype(kind), want.size) for kind, want in zip(kinds, wants, strict=True)]
        for kind, got, want in zip(kinds, run(lowered, [flat], outputs), wants, strict=True):
            with np.errstate(all="ignore"):
                scale = np.abs(x).sum(reduced).max(initial=1) if kind == "sum" else 1
                try:
                    close(got / scale, want / scale, 2e-5 if kind == "prod" else 2e-6)
                except AssertionError as error:
                    raise AssertionError(f"{kind} of {x.shape} over {reduced}: {error}") from None


@pytest.mark.parametrize("form", FORMS)
def test_reductions_over_every_subset_of_dimensions(form: Callable[[], Traits]) -> None:
    shape = (3, 5, 2, 17)
    subsets = [s for k in range(1, 5) for s in itertools.combinations(range(4), k)]
    check_reductions([(shape, s, dense(shape)) for s in subsets], form())
    permuted = (1, 102, 51, 3)
    check_reductions([(shape, s, permuted) for s in subsets[::3]], form())


@pytest.mark.parametrize("form", FORMS)
def test_reductions_at_odd_sizes(form: Callable[[], Traits]) -> None:
    cases = []
    for n in SIZES[1:]:
        cases += [((n,), (0,), (1,)), ((3, n), (1,), (n, 1)), ((n, 3), (0,), (3, 1)), ((n, 9), (1,), (9, 1))]
    cases += [((2, n, 5), (1,), (5 * n, 5, 1)) for n in (7, 1000)] + [((40, 1), (1,), (1, 1)), ((1, 1), (0, 1), (1, 1))]
    check_reductions(cases, form(), ("sum", "amax", "argmin", "all"))


@pytest.mark.parametrize("form", FORMS)
def test_long_reductions_are_split(form: Callable[[], Traits]) -> None:
    cases = [((1_000_003,), (0,), (1,)), ((3, 200_001), (1,), (200_001, 1)), ((30_000, 33), (0,), (33, 1))]
    check_reductions(cases, form(), ("sum", "amin", "argmax", "any"))


@pytest.mark.parametrize("form", FORMS)
def test_empty_reductions_give_the_identity(form: Callable[[], Traits]) -> None:
    kinds = ("sum", "prod", "any", "all")
    for shape, reduced in (((0,), (0,)), ((3, 0), (1,)), ((0, 9), (0,)), ((2, 0, 20), (1,))):
        rows = prod(n for d, n in enumerate(shape) if d not in reduced)
        lowered = fused.lower(reduction_body(shape, reduced, dense(shape), kinds), form())
        got = run(lowered, [np.zeros(1, np.float32)], [(result_dtype(kind), rows) for kind in kinds])
        for result, want in zip(got, (0, 1, False, True), strict=True):
            assert (result == want).all()
    assert not fused.lower(reduction_body((0, 3), (1,), (3, 1), kinds), form()).calls


@pytest.mark.parametrize("form", FORMS)
def test_nan_ties_and_infinities(form: Callable[[], Traits]) -> None:
    inf, nan = np.inf, np.nan
    rows = np.array(
        [[1, nan, 3, nan, 0], [-inf] * 5, [inf, 2, inf, 1, 0], [-inf, nan, inf, 0, 0], [5, 5, 5, 5, 5], [nan] * 5],
        np.float32,
    )
    for x in (rows, np.repeat(rows, 13, 1), np.ascontiguousarray(np.repeat(rows, 3, 0).T)):
        dim = 0 if x.shape[0] != 6 else 1
        kinds = ("amax", "amin", "argmax", "argmin", "sum")
        lowered = fused.lower(reduction_body(x.shape, (dim,), dense(x.shape), kinds), form())
        got = run(lowered, [x.ravel()], [(result_dtype(k), x.shape[1 - dim]) for k in kinds])
        for kind, result in zip(kinds, got, strict=True):
            np.testing.assert_array_equal(result, reference(kind, x, (dim,)), kind)


@pytest.mark.parametrize("form", FORMS)
def test_reductions_of_every_dtype(form: Callable[[], Traits]) -> None:
    """16-bit floats are summed in float32, integers wrap around, argmax compares in the dtype of its argument."""
    made = []
    for dtype in (
        F64,
        I64,
        dtypes.int32,
        dtypes.int16,
        dtypes.int8,
        dtypes.uint8,
        BOOL,
        dtypes.float16,
        dtypes.bfloat16,
    ):
        total = dtype if dtype.is_floating_point else I64
        for shape, dim in (((37, 100), 1), ((100, 37), 0)):
            out = kept_strides(shape, (dim,))
            nodes: tuple[Node, ...] = (
                Load(0, dtype, dense(shape), 0),
                Reduce("sum", 0, total),
                Reduce("amax", 0, dtype),
                Reduce("argmin", 0, I64),
                Reduce("any", 0, BOOL),
                Store(0, 1, total, out, 0),
                Store(1, 2, dtype, out, 0),
                Store(2, 3, I64, out, 0),
                Store(3, 4, BOOL, out, 0),
            )
            made.append((fused.lower(Body(shape, (dim,), nodes), form()), data(3700, dtype), shape, dim, dtype, total))
    build([lowered for lowered, *_ in made])
    for lowered, flat, shape, dim, dtype, total in made:
        x = flat.reshape(shape)
        wide = x.astype(np.float64) if dtype.is_floating_point else x.astype(np.int64)
        got = run(lowered, [flat], [(total, 37), (dtype, 37), (I64, 37), (BOOL, 37)])
        close(got[0], wide.sum(dim).astype(total.np), 1e-2 if total.itemsize == 2 else 1e-12)
        close(got[1], wide.max(dim), 0)
        close(got[2], wide.argmin(dim), 0)
        close(got[3], (wide != 0).any(dim), 0)


def many_units() -> Traits:
    """A large GPU: sums fall into hundreds of parts."""
    return replace(gpu_traits(), compute_units=132)


@pytest.mark.parametrize("form", [*FORMS, many_units])
def test_sums_are_as_accurate_as_torchs(form: Callable[[], Traits]) -> None:
    rng = np.random.default_rng(0)
    for shape, reduced in (((2**22,), (0,)), ((4, 2**19), (1,)), ((2**16, 40), (0,)), ((64, 8, 1024), (0, 2))):
        x = rng.random(prod(shape)).astype(np.float32).reshape(shape) + np.float32(1)
        rows = prod(n for d, n in enumerate(shape) if d not in reduced)
        got = run(
            fused.lower(reduction_body(shape, reduced, dense(shape), ("sum",)), form()), [x.ravel()], [(F32, rows)]
        )[0]
        want = x.astype(np.float64).sum(reduced).ravel()
        theirs = torch.from_numpy(x).sum(reduced).numpy().ravel()
        error = np.abs(got - want).max() / want.max()
        assert error <= max(2.0 * np.abs(theirs - want).max() / want.max(), 2.0**-22), shape


@pytest.mark.parametrize("form", FORMS)
def test_softmax(form: Callable[[], Traits]) -> None:
    cases = [
        ((64, 10), 1),
        ((5, 1003), 1),
        ((33, 70), 0),
        ((3, 9, 20), 1),
        ((1, 200_000), 1),
        ((17, 1), 1),
        ((2, 4097), 0),
    ]
    made = [(fused.lower(softmax_body(shape, dim), form()), shape, dim) for shape, dim in cases]
    build([lowered for lowered, _, _ in made])
    for lowered, shape, dim in made:
        x = data(prod(shape)) * 3
        want = torch.softmax(torch.from_numpy(x.reshape(shape)).double(), dim).numpy()
        close(run(lowered, [x], [(F32, x.size)])[0], want, 1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_softmax_in_place(form: Callable[[], Traits]) -> None:
    """Earlier walks read what the last one overwrites."""
    for shape, dim in (((64, 10), 1), ((6, 300), 1), ((40, 33), 0), ((1, 300_000), 1)):
        x = data(prod(shape))
        want = torch.softmax(torch.from_numpy(x.reshape(shape)).double(), dim).numpy()
        close(run(fused.lower(softmax_body(shape, dim), form()), [x], [x])[0], want, 1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_layer_norm(form: Callable[[], Traits]) -> None:
    for shape in ((40, 130), (3, 5, 77), (2, 300_001)):
        n = shape[-1]
        x, w, b = data(prod(shape)) * 2 + 1, data(n, seed=1), data(n, seed=2)
        got = run(
            fused.lower(layer_norm_body(shape), form()), [x, w, b], [(F32, x.size)] + [(F32, x.size // n)] * 2, [1e-5]
        )
        want, mean, rstd = torch.native_layer_norm(
            torch.from_numpy(x.reshape(shape)), (n,), torch.from_numpy(w), torch.from_numpy(b), 1e-5
        )
        for result, expected in zip(got, (want, mean, rstd), strict=True):
            close(result, expected.numpy(), 3e-5)


def batch_norm_body(shape: tuple[int, ...]) -> Body:
    """Batch norm in training over (0, 2, 3) of NCHW; running mean and variance are changed in place."""
    n, _c, h, w = shape
    per = n * h * w
    rows = (0, 1, 0, 0)
    nodes = (
        Load(0, F32, dense(shape), 0),
        Load(1, F32, rows, 0),
        Load(2, F32, rows, 0),
        Load(3, F32, rows, 0),
        Load(4, F32, rows, 0),
        Scalar(0, F32),
        Scalar(1, F32),
        Reduce("sum", 0, F32),
        compute("s * n", F32, s=7, n=5),
        compute("x - m", F32, x=0, m=8),
        compute("d * d", F32, d=9),
        Reduce("sum", 10, F32),
        compute("v * n", F32, v=11, n=5),
        compute("d * rsqrt(v + 1e-5) * w + b", F32, d=9, v=12, w=1, b=2),
        compute("r + 0.1 * (m - r)", F32, r=3, m=8),
        compute("r + 0.1 * (v * u - r)", F32, r=4, v=12, u=6),
        Store(0, 13, F32, dense(shape), 0),
        Store(1, 14, F32, rows, 0),
        Store(2, 15, F32, rows, 0),
    )
    assert per
    return Body(shape, (0, 2, 3), nodes)


@pytest.mark.parametrize("form", FORMS)
def test_batch_norm(form: Callable[[], Traits]) -> None:
    for shape in ((5, 3, 8, 8), (64, 32, 4, 4), (2, 1, 200, 300), (30, 20, 1, 1)):
        n, c, h, w = shape
        x = data(prod(shape)) * 2 + 1
        weight, bias, mean, var = data(c, seed=1), data(c, seed=2), data(c, seed=3), data(c, seed=4) ** 2
        per = n * h * w
        inputs = [x, weight, bias, mean, var]
        got = run(
            fused.lower(batch_norm_body(shape), form()), inputs, [(F32, x.size), mean, var], [1 / per, per / (per - 1)]
        )
        t_mean, t_var = torch.from_numpy(mean.copy()), torch.from_numpy(var.copy())
        want = torch.nn.functional.batch_norm(
            torch.from_numpy(x.reshape(shape)), t_mean, t_var, torch.from_numpy(weight), torch.from_numpy(bias), True
        )
        close(got[0], want.numpy(), 2e-5)
        close(got[1], t_mean.numpy(), 1e-5)
        close(got[2], t_var.numpy(), 1e-5)


@pytest.mark.parametrize("form", FORMS)
def test_maps_around_a_reduction(form: Callable[[], Traits]) -> None:
    """What feeds a reduction is stored as well, what follows is computed once a row, and a broadcast row is summed."""
    shape = (37, 65)
    nodes = (
        Load(0, F32, (65, 1), 0),
        Load(1, F32, (1, 0), 0),
        compute("a * a + r", F32, a=0, r=1),
        Reduce("sum", 2, F32),
        Reduce("sum", 1, F32),
        compute("sqrt(s) + t", F32, s=3, t=4),
        Store(0, 2, F32, (65, 1), 0),
        Store(1, 5, F32, (1, 0), 0),
    )
    a, r = data(37 * 65), np.abs(data(37, seed=1))
    got = run(fused.lower(Body(shape, (1,), nodes), form()), [a, r], [(F32, 37 * 65), (F32, 37)])
    full = a.reshape(shape) ** 2 + r[:, None]
    close(got[0], full)
    close(got[1], np.sqrt(full.sum(1)) + 65 * r)


@pytest.mark.parametrize("offset", (0, 1))
@pytest.mark.parametrize("shape", (((1 << 20) + 3,), (1001, 1050), (1024, 1024)))
@pytest.mark.parametrize("form", FORMS)
def test_large_maps(form: Callable[[], Traits], shape: tuple[int, ...], offset: int) -> None:
    """Results that are written past the caches, wherever they begin: the elements beside them stay as they were."""
    n = prod(shape)
    nodes = (
        Load(0, F32, dense(shape), 0),
        Load(1, F32, kept_strides(shape, tuple(range(len(shape) - 1))), 0),
        compute("a + r", F32, a=0, r=1),
        Store(0, 2, F32, dense(shape), offset),
    )
    a, r = data(n), data(shape[-1], seed=1)
    (got,) = run(fused.lower(Body(shape, (), nodes), form()), [a, r], [(F32, n + 2)])
    np.testing.assert_array_equal(got[offset : offset + n].reshape(shape), a.reshape(shape) + r)


def test_parameters_stay_below_the_limit() -> None:
    body = batch_norm_body((5, 3, 8, 8))
    for form in (cpu_traits, gpu_traits):
        for call in fused.lower(body, form()).calls:
            size = sum(8 if not hasattr(arg, "ctype") or arg.ctype in ("long", "double") else 4 for arg in call.args)
            assert size <= fused.parameter_bytes(body)
