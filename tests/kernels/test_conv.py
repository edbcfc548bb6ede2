"""Convolution and its gradients against torch in float64: every dtype, shape parameter and edge, both forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from cltorch import dtypes
from cltorch.dtypes import dtype as DType
from cltorch.kernels import conv, conv_direct, conv_tiled
from cltorch.kernels.call import Lowered
from cltorch.kernels.conv import Conv
from cltorch.runtime.traits import Traits

from .run import build, cpu_traits, gpu_traits, run

FORMS = [pytest.param(cpu_traits, id="cpu"), pytest.param(gpu_traits, id="gpu")]
F32 = dtypes.float32
DTYPES = (F32, dtypes.float64, dtypes.float16, dtypes.bfloat16, dtypes.int64, dtypes.int32, dtypes.int8)
TOLERANCE = {"float64": 1e-12, "float32": 1e-5, "float16": 2e-3, "bfloat16": 1.6e-2}
Pair = int | tuple[int, int]


def make(
    shape: tuple[int, int, int],
    size: Pair,
    kernel: Pair,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
    dtype: DType = F32,
    bias: bool = False,
) -> Conv:
    """A convolution of ``shape`` (batch, input channels, output channels); one number stands for both directions."""

    def pair(value: Pair) -> tuple[int, int]:
        return (value, value) if isinstance(value, int) else value

    pairs = pair(size), pair(kernel), pair(stride), pair(padding), pair(dilation)
    return Conv(*shape, *pairs, groups, dtype, bias)


def random(shape: tuple[int, ...], dtype: DType, rng: np.random.Generator) -> np.ndarray:
    """Random numbers; integers as large as makes sums wrap around in 8 bits."""
    if dtype.is_floating_point:
        return rng.standard_normal(shape).astype(dtype.np)
    return rng.integers(-20, 21, shape).astype(dtype.np)


def lowered(c: Conv, traits: Traits) -> tuple[Lowered, Lowered, Lowered]:
    """Forward, data gradient, weight gradient."""
    return conv.lower_forward(c, traits), conv.lower_data_gradient(c, traits), conv.lower_weight_gradient(c, traits)


def reference(c: Conv, x: np.ndarray, w: np.ndarray, g: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
    """Result and both gradients in float64."""
    x64, w64, g64, b64 = (torch.from_numpy(a.astype(np.float64)) for a in (x, w, g, b))
    y = torch.nn.functional.conv2d(x64, w64, b64 if c.bias else None, c.stride, c.padding, c.dilation, c.groups)
    backward = torch.ops.aten.convolution_backward
    gradients = backward(
        g64, x64, w64, None, c.stride, c.padding, c.dilation, False, [0, 0], c.groups, [True, True, False]
    )
    return [y.numpy(), gradients[0].numpy(), gradients[1].numpy()]


def check(cases: Sequence[Conv], traits: Traits) -> None:
    """Build all kernels that ``cases`` need as one program, then compare all three passes of each with torch."""
    plans = [lowered(c, traits) for c in cases]
    build(one for plan in plans for one in plan)
    for seed, (c, plan) in enumerate(zip(cases, plans, strict=True)):
        rng = np.random.default_rng(seed)
        x = random((c.batch, c.in_channels, *c.in_size), c.dtype, rng)
        w = random((c.out_channels, c.in_channels // c.groups, *c.kernel), c.dtype, rng)
        g = random((c.batch, c.out_channels, *c.out_size), c.dtype, rng)
        b = random((c.out_channels,), c.dtype, rng)
        operands = ([x, w, b] if c.bias else [x, w], [g, w], [g, x])
        names = ("forward", "data gradient", "weight gradient")
        for name, one, inputs, want in zip(names, plan, operands, reference(c, x, w, g, b), strict=True):
            (got,) = run(one, inputs, [(c.dtype, want.size)])
            got = got.reshape(want.shape)
            if c.dtype.is_floating_point:
                error = np.abs(got.astype(np.float64) - want).max(initial=0)
                assert error <= TOLERANCE[c.dtype.name] * np.abs(want).max(initial=0), (name, c, error)
            else:
                np.testing.assert_array_equal(got, want.astype(np.int64).astype(c.dtype.np), err_msg=f"{name} {c}")


@pytest.mark.parametrize("traits", FORMS)
def test_sizes_at_stride_1(traits: Callable[[], Traits]) -> None:
    check(
        [
            make((1, 1, 1), 3, 3),
            make((1, 3, 5), (9, 11), 3, padding=1),
            make((2, 33, 17), 4, 3, padding=1),
            make((1, 3, 4), (3, 40), 3, padding=3),
            make((2, 3, 4), (65, 17), 3, padding=2),
            make((9, 3, 5), 8, 3, padding=1),
            make((8, 33, 17), 4, 3, padding=1),
            make((17, 3, 4), (5, 7), 3),
            make((64, 1, 16), 8, 3, padding=1),
            make((8, 3, 4), (3, 5), 3, padding=3),
        ],
        traits(),
    )


@pytest.mark.parametrize("traits", FORMS)
def test_large_tiles(traits: Callable[[], Traits]) -> None:
    traits_of_few_units = replace(traits(), compute_units=2)
    check([make((2, 129, 131), (19, 21), 3, padding=1, bias=True)], traits_of_few_units)


@pytest.mark.parametrize("units", [2, 132])
def test_channels_that_fill_the_tiles_of_a_work_group(units: int) -> None:
    cases = [
        make((2, 32, 64), 12, 3, padding=1, bias=True),
        make((3, 48, 36), (9, 13), (3, 2), stride=2, padding=1),
        make((2, 64, 64), 8, 3, stride=2, padding=2, dilation=2, groups=2, bias=True),
        make((2, 16, 32), 10, 1),
    ]
    check(cases, replace(gpu_traits(), compute_units=units))


@pytest.mark.parametrize("traits", FORMS)
def test_bias(traits: Callable[[], Traits]) -> None:
    check([make((n, 3, 5), 6, 3, padding=1, bias=True) for n in (2, 9)], traits())


@pytest.mark.parametrize("traits", FORMS)
def test_strides(traits: Callable[[], Traits]) -> None:
    check(
        [
            case
            for n in (2, 10)
            for case in (
                make((n, 4, 6), 7, 3, stride=2, padding=1),
                make((n, 3, 5), (9, 10), 3, stride=(1, 3)),
                make((n, 3, 5), (4, 19), 3, stride=(3, 2), padding=3),
            )
        ]
        + [make((16, 3, 9), (3, 70), 4, stride=2, padding=1), make((16, 9, 17), 14, 8, stride=3)],
        traits(),
    )


@pytest.mark.parametrize("traits", FORMS)
def test_stride_larger_than_the_kernel(traits: Callable[[], Traits]) -> None:
    check([make((n, 2, 3), 11, 2, stride=4, padding=padding) for n in (1, 8) for padding in (0, 3)], traits())


@pytest.mark.parametrize("traits", FORMS)
def test_dilation_and_groups(traits: Callable[[], Traits]) -> None:
    check(
        [
            case
            for n in (1, 9)
            for case in (
                make((n, 4, 8), (9, 7), (3, 2), stride=(2, 3), padding=(2, 1), dilation=(2, 1), groups=2),
                make((n, 4, 8), (9, 7), (3, 2), padding=(0, 4), dilation=(1, 5), groups=2),
                make((n, 6, 6), 9, 3, padding=1, groups=6),
                make((n, 3, 6), 9, 3, stride=3, padding=2, dilation=2, groups=3),
            )
        ],
        traits(),
    )


@pytest.mark.parametrize("traits", FORMS)
def test_kernel_sizes(traits: Callable[[], Traits]) -> None:
    check(
        [
            case
            for n in (2, 8)
            for case in (
                make((n, 5, 7), 6, 1),
                make((n, 2, 3), (7, 9), (5, 2), padding=2),
                make((n, 2, 2), 12, 7, 1, 3),
            )
        ],
        traits(),
    )


@pytest.mark.parametrize("traits", FORMS)
def test_taps_that_are_too_many_to_write_out(traits: Callable[[], Traits]) -> None:
    check(
        [
            case
            for n in (2, 8)
            for case in (
                make((n, 2, 3), 12, 8, padding=3),
                make((n, 2, 3), 21, 8, stride=2, padding=3, dilation=(1, 2)),
                make((n, 1, 2), 21, (2, 3), stride=8),
            )
        ],
        traits(),
    )


@pytest.mark.parametrize("traits", FORMS)
def test_dtypes(traits: Callable[[], Traits]) -> None:
    check(
        [make((n, 3, 5), 6, 3, stride=n // 4, padding=1, bias=True, dtype=dtype) for n in (4, 9) for dtype in DTYPES],
        traits(),
    )


@pytest.mark.parametrize("width", [4, 8, 16])
def test_other_vector_widths(width: int) -> None:
    cases = [make((n, 9, 11), 7, 3, padding=1, stride=stride) for n in (2, 16) for stride in (1, 2)]
    check(cases, replace(cpu_traits(), vector_width=width))


@pytest.mark.parametrize("traits", FORMS)
def test_long_indices(traits: Callable[[], Traits], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conv_direct, "index_type", lambda *numels: "long")
    monkeypatch.setattr(conv_tiled, "index_type", lambda *numels: "long")
    check([make((n, 3, 5), 7, 3, padding=1, stride=stride) for n in (2, 9) for stride in (1, 2)], traits())


def test_small_work_groups() -> None:
    check([make((3, 9, 11), 7, 3, padding=1)], replace(gpu_traits(), max_work_group=64))


@pytest.mark.parametrize("traits", FORMS)
def test_batch_0(traits: Callable[[], Traits]) -> None:
    c = make((0, 3, 5), 6, 3)
    forward, data, weight = lowered(c, traits())
    assert forward.calls == data.calls == ()
    empty = np.empty(0, np.float32)
    (got,) = run(weight, [empty, empty], [np.full(c.weight_numel, 7, np.float32)])
    assert not got.any()


@pytest.mark.parametrize("width", [4, 16])
def test_error_does_not_grow_with_the_number_of_channels(width: int) -> None:
    """4,608 products in one chain of additions were 7e-7 off; PyTorch is 1.7e-7 off."""
    c = make((16, 512, 16), 4, 3, padding=1)
    rng = np.random.default_rng(0)
    x, w = np.abs(random((16, 512, 4, 4), F32, rng)), random((16, 512, 3, 3), F32, rng)
    (y,) = run(conv.lower_forward(c, replace(cpu_traits(), vector_width=width)), [x, w], [(F32, c.out_numel)])
    exact = torch.conv2d(torch.from_numpy(x).double(), torch.from_numpy(w).double(), padding=1).numpy()
    assert np.linalg.norm(y - exact.ravel()) <= 3e-7 * np.linalg.norm(exact)


@pytest.mark.parametrize("traits", FORMS)
def test_launches(traits: Callable[[], Traits]) -> None:
    counts = [len(one.calls) for one in lowered(make((64, 16, 32), 8, 3, padding=1), traits())]
    assert all(count <= most for count, most in zip(counts, (2, 2, 3), strict=True))


@pytest.mark.parametrize("traits", FORMS)
def test_a_new_batch_size_needs_no_new_kernel(traits: Callable[[], Traits]) -> None:
    def names(n: int) -> set[str]:
        return {call.kernel.name for one in lowered(make((n, 16, 32), 8, 3, padding=1), traits()) for call in one.calls}

    assert len(set.union(*(names(n) for n in range(33, 600, 17)))) <= 10
