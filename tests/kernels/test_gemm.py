"""Matrix products against NumPy: every dtype, layout and edge, both forms."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from cltorch import dtypes
from cltorch.dtypes import dtype as DType
from cltorch.kernels import gemm, group_tiles
from cltorch.kernels.call import Int, Lowered
from cltorch.kernels.gemm import Gemm, Operand
from cltorch.kernels.tiles import number
from cltorch.runtime.traits import Traits

from .run import build, cpu_traits, gpu_traits, run

FORMS = [pytest.param(cpu_traits, id="cpu"), pytest.param(gpu_traits, id="gpu")]
F32 = dtypes.float32
DTYPES = (
    *(F32, dtypes.float64, dtypes.float16, dtypes.bfloat16),
    *(dtypes.int64, dtypes.int32, dtypes.int16, dtypes.int8, dtypes.uint8),
)
TOLERANCE = {"float64": 1e-12, "float32": 1e-5, "float16": 2e-3, "bfloat16": 1.6e-2}
LAYOUTS = ("rows", "columns", "strided")


@dataclass(frozen=True)
class Case:
    """One product; ``a`` and ``b`` name layouts, ``repeat`` the operands of which all batches share one matrix."""

    batch: int
    m: int
    n: int
    k: int
    dtype: DType = F32
    a: str = "rows"
    b: str = "rows"
    bias: bool = False
    repeat: str = ""
    offset: int = 0

    def buffer(self, name: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, Operand]:
        """The flat array of operand ``name``, its matrices as a view, and where they lie."""
        rows, columns = (self.m, self.k) if name == "a" else (self.k, self.n)
        layout = self.a if name == "a" else self.b
        batch = 1 if name in self.repeat else self.batch
        shape = {"rows": (rows, columns), "columns": (columns, rows), "strided": (2 * rows, 3 * columns)}[layout]
        flat = random((self.offset + batch * shape[0] * shape[1],), self.dtype, rng)
        view = flat[self.offset :].reshape(batch, *shape)
        if layout == "columns":
            view = view.transpose(0, 2, 1)
        elif layout == "strided":
            view = view[:, ::2, ::3]
        batch_stride, row_stride, col_stride = (stride // flat.itemsize for stride in view.strides)
        return flat, view, Operand(0 if name in self.repeat else batch_stride, row_stride, col_stride, self.offset)


def random(shape: tuple[int, ...], dtype: DType, rng: np.random.Generator) -> np.ndarray:
    """Random numbers; integers as large as makes sums wrap around in 8 bits."""
    if dtype.is_floating_point:
        return rng.standard_normal(shape).astype(dtype.np)
    return rng.integers(-100 if dtype.is_signed else 0, 100, shape).astype(dtype.np)


def check(cases: Sequence[Case], traits: Traits, lower: Callable[[Gemm, Traits], Lowered] = gemm.lower) -> None:
    """Build all kernels that ``cases`` need as one program, then compare each product with NumPy's in float64 or int64."""
    prepared = []
    for seed, case in enumerate(cases):
        rng = np.random.default_rng(seed)
        a_flat, a, a_operand = case.buffer("a", rng)
        b_flat, b, b_operand = case.buffer("b", rng)
        bias = [random((case.n,), case.dtype, rng)] if case.bias else []
        request = Gemm(case.batch, case.m, case.n, case.k, case.dtype, a_operand, b_operand, case.bias)
        prepared.append((case, lower(request, traits), [a_flat, b_flat, *bias], a, b))
    build(lowered for _, lowered, *_ in prepared)
    for case, lowered, inputs, a, b in prepared:
        wide = np.float64 if case.dtype.is_floating_point else np.int64
        want = a.astype(wide) @ b.astype(wide) + (inputs[2].astype(wide) if case.bias else 0)
        want = np.broadcast_to(want, (case.batch, case.m, case.n))
        (got,) = run(lowered, inputs, [(case.dtype, want.size)])
        got = got.reshape(want.shape)
        if case.dtype.is_floating_point:
            error = np.abs(got.astype(np.float64) - want).max(initial=0)
            assert error <= TOLERANCE[case.dtype.name] * np.abs(want).max(initial=0), (case, error)
        else:
            np.testing.assert_array_equal(got, want.astype(case.dtype.np), err_msg=str(case))


@pytest.mark.parametrize("traits", FORMS)
def test_edges_of_tiles(traits: Callable[[], Traits]) -> None:
    layouts = {
        1: "rows",
        3: "columns",
        5: "columns",
        13: "rows",
        65: "rows",
    }  # of B; of A always the same: fewer kernels
    sizes = itertools.product(layouts, (1, 3, 17, 65), (1, 8, 65))
    check([Case(1, m, n, k, b=layouts[m], bias=m > 13) for m, n, k in sizes], traits())


@pytest.mark.parametrize("traits", FORMS)
def test_layouts(traits: Callable[[], Traits]) -> None:
    pairs = itertools.product(LAYOUTS, LAYOUTS)
    check([Case(1, 19, 18, 70, a=a, b=b, offset=5) for a, b in pairs], traits())


@pytest.mark.parametrize("traits", FORMS)
def test_batches(traits: Callable[[], Traits]) -> None:
    cases = [
        Case(3, m, 17, 33, repeat=repeat, b=b, bias=b == "rows", offset=3)
        for m in (1, 9)
        for repeat in ("", "a", "b", "ab")
        for b in ("rows", "columns")
    ]
    check(cases, traits())


@pytest.mark.parametrize("traits", FORMS)
def test_many_small_batches(traits: Callable[[], Traits]) -> None:
    check([Case(257, 6, 10, 5, b="columns")], traits())


@pytest.mark.parametrize("traits", FORMS)
def test_dtypes(traits: Callable[[], Traits]) -> None:
    cases = [
        case
        for dtype in DTYPES
        for case in (
            Case(2, 17, 34, 33, dtype, "columns", "rows"),
            Case(1, 11, 20, 300, dtype, "rows", "columns", bias=True),
            Case(1, 2, 19, 45, dtype, "rows", "columns"),
        )
    ]
    check(cases, traits())


@pytest.mark.parametrize("traits", FORMS)
def test_large(traits: Callable[[], Traits]) -> None:
    check(
        [
            Case(1, 487, 485, 491, b="columns", bias=True, offset=7),
            Case(2, 487, 485, 491, a="columns", repeat="b"),
            Case(2, 487, 485, 491, a="strided", repeat="a"),
            Case(1, 100, 1100, 1111, dtypes.float64),
            Case(1, 100, 1100, 1111, dtypes.float16, bias=True),
            Case(1, 1100, 100, 1111, dtypes.bfloat16, b="columns"),
            Case(1, 101, 1100, 1111, dtypes.int32),
        ],
        traits(),
    )


@pytest.mark.parametrize("traits", FORMS)
def test_no_steps_give_zero_or_the_bias(traits: Callable[[], Traits]) -> None:
    check(
        [Case(2, m, 17, 0, dtype, bias=bias) for m in (1, 9) for bias in (False, True) for dtype in DTYPES[:3]],
        traits(),
    )


@pytest.mark.parametrize("traits", FORMS)
def test_empty_results_take_no_launch(traits: Callable[[], Traits]) -> None:
    for batch, m, n in ((0, 3, 4), (2, 0, 4), (2, 3, 0)):
        dense = Operand(0, 5, 1, 0)
        assert gemm.lower(Gemm(batch, m, n, 5, F32, dense, dense, False), traits()).calls == ()


@pytest.mark.parametrize("width", [4, 8, 16])
def test_other_vector_widths(width: int) -> None:
    check(
        [
            *(Case(1, 9, n, 37, b="columns") for n in (33, 70)),
            *(Case(1, 3, n, 37) for n in (5, 70)),
            Case(1, 487, 485, 491),
            Case(1, 480, 485, 496),
            Case(1, 487, 485, 496, dtypes.bfloat16),
        ],
        replace(cpu_traits(), vector_width=width),
    )


@pytest.mark.parametrize("traits", FORMS)
def test_long_indices(traits: Callable[[], Traits], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gemm, "index_type", lambda *numels: "long")
    check([Case(2, 2, 70, 9), Case(2, 17, 34, 33, b="columns", offset=3), Case(1, 487, 485, 491)], traits())


def test_small_work_groups() -> None:
    check([Case(2, 37, 34, 33), Case(1, 3, 70, 9, b="columns")], replace(gpu_traits(), max_work_group=64))


def test_indices_are_long_from_two_billion_elements_on() -> None:
    far = Operand(0, 2**16, 1, 0)
    (call,) = gemm.lower(Gemm(1, 2**15 + 1, 1, 8, F32, far, Operand(0, 1, 1, 0), True), gpu_traits()).calls
    assert {arg.ctype for arg in call.args if isinstance(arg, Int) and arg.value == 2**16} == {"long"}


@pytest.mark.parametrize("traits", FORMS)
def test_a_new_batch_size_needs_no_new_kernel(traits: Callable[[], Traits]) -> None:
    def names(rows: int) -> set[str]:
        request = Gemm(1, rows, 128, 256, F32, Operand(0, 256, 1, 0), Operand(0, 1, 256, 0), True)
        return {call.kernel.name for call in gemm.lower(request, traits()).calls}

    assert len(set.union(*(names(rows) for rows in range(40, 2000, 41)))) <= 5


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("k", [128, 131], ids=["wide reads", "single reads"])
def test_every_tile_of_a_work_group(k: int, parts: int) -> None:
    layouts = itertools.cycle(itertools.product(LAYOUTS[:2], LAYOUTS[:2]))
    cases = [Case(2, 132, 260, k, F32, *next(layouts), bias=True) for _ in group_tiles.TILES]
    tiles = [tile for tile, _ in group_tiles.TILES]

    def lower(g: Gemm, traits: Traits) -> Lowered:
        return gemm.lower_with(g, number(F32), tiles.pop(0), parts, traits)

    check(cases, gpu_traits(), lower)


def test_a_tile_follows_the_product_and_the_device() -> None:
    units = replace(gpu_traits(), compute_units=132, local_memory=48 << 10)
    sides = {
        (4096, 4096, 4096): (128, 128, 1),
        (1024, 1024, 1024): (64, 128, 1),
        (512, 512, 512): (32, 32, 1),
        (256, 256, 256): (16, 16, 1),
        (64, 64, 16384): (64, 64, 256),
        (5, 4096, 4096): (16, 16, 1),
    }
    for (m, n, k), expected in sides.items():
        tile, parts = group_tiles.choose(1, m, n, k, 4, units)
        assert (tile.side_m, tile.side_n, parts) == expected
    for itemsize, memory in itertools.product((4, 8), (16 << 10, 32 << 10, 64 << 10)):
        tile, _ = group_tiles.choose(1, 4096, 4096, 4096, itemsize, replace(units, local_memory=memory))
        assert tile.nbytes(itemsize) <= memory


@pytest.mark.parametrize("traits", FORMS)
def test_small_products_take_one_launch(traits: Callable[[], Traits]) -> None:
    for m, n, k in ((64, 32, 64), (64, 10, 32), (1, 1000, 1000), (256, 256, 256)):
        request = Gemm(1, m, n, k, F32, Operand(0, k, 1, 0), Operand(0, 1, k, 0), True)
        assert len(gemm.lower(request, traits()).calls) == 1


def test_bool_is_refused() -> None:
    dense = Operand(0, 5, 1, 0)
    with pytest.raises(TypeError, match="bool"):
        gemm.lower(Gemm(1, 5, 5, 5, dtypes.bool, dense, dense, False), cpu_traits())
