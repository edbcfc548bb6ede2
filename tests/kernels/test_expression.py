"""Every function and operator of expressions against torch, for every dtype, as scalars and as vectors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pytest
import torch

from cltorch import dtypes
from cltorch.dtypes import dtype as DType
from cltorch.kernels import fused
from cltorch.kernels.body import Body, Compute, Load, Node, Store
from cltorch.runtime.traits import Traits

from .run import build, cpu_traits, gpu_traits, run

FORMS = [pytest.param(cpu_traits, id="cpu"), pytest.param(gpu_traits, id="gpu")]
FLOATS = (dtypes.float32, dtypes.float64, dtypes.float16, dtypes.bfloat16)
INTS = (dtypes.uint8, dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64)

# Largest difference from the true value in units of the last place. The wide ones are drivers' own built-ins.
ULPS = {
    "lgamma": 16,
    "digamma": 64,
    "erfinv": 64,
    "erfc": 24,
    "tan": 8,
    "pow": 20,
    "logaddexp": 8,
    "hypot": 5,
    "atan2": 7,
}
ULP = 5


def to_torch(array: np.ndarray) -> torch.Tensor:
    """A NumPy array as a torch tensor, bfloat16 too."""
    if array.dtype == dtypes.bfloat16.np:
        return torch.from_numpy(array.view(np.int16).copy()).view(torch.bfloat16)
    return torch.from_numpy(array.copy())


def to_numpy(tensor: torch.Tensor) -> np.ndarray:
    """A torch tensor as a NumPy array, bfloat16 too."""
    if tensor.dtype is torch.bfloat16:
        return tensor.contiguous().view(torch.int16).numpy().view(dtypes.bfloat16.np)
    return tensor.contiguous().numpy()


def grid(dtype: DType) -> np.ndarray:
    """Values that matter: around 0 and 1, small, large, extreme, and for floats infinite, NaN and denormal ones."""
    if dtype is dtypes.bool:
        return np.array([False, True] * 11 + [True, True, False])
    if dtype.is_floating_point:
        values = [
            0.0,
            -0.0,
            1,
            -1,
            0.5,
            -0.5,
            2,
            3,
            -3,
            0.1,
            -0.3,
            7.5,
            -2.5,
            1.5,
            10,
            88,
            -87,
            1e-3,
            -1e-5,
            1e4,
            -30000,
        ]
        values += [0.99, -0.99, 0.25, 4.7, math.pi, -100.5, 1e-7, math.inf, -math.inf, math.nan]
        if dtype is not dtypes.float16:
            values += [1e20, -1e30, 1e-38, 1e-40, 3e38]
        return np.array(values, np.float64).astype(dtype.np)
    info = np.iinfo(dtype.np)
    values = [0, 1, 2, 3, 5, 7, 8, 31, 63, 100, info.max, info.max - 1, info.min, info.min + 1]
    values += [-1, -2, -3, -7, -8, -100] if info.min < 0 else [200, 128, 127, 17]
    return np.array(values, dtype.np)


def pairs(dtype: DType, other: DType | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Every combination of two grids."""
    a, b = np.meshgrid(grid(dtype), grid(other or dtype), indexing="ij")
    return a.ravel(), b.ravel()


class Case(NamedTuple):
    """An expression over a, b, c, its inputs and what it should give."""

    expr: str
    inputs: tuple[np.ndarray, ...]
    want: np.ndarray
    in_dtypes: list[DType]
    out: DType

    def check(self, got: np.ndarray, ulps: float) -> None:
        """Compare: floats within ``ulps``, NaN at the same places, the rest equal."""
        label = f"{self.expr} {self.in_dtypes}"
        if not self.out.is_floating_point:
            bad = np.flatnonzero(got != self.want)
            assert not bad.size, f"{label}: {describe(self.inputs, got, self.want, bad)}"
            return
        assert_close(got, self.want, self.out, ulps, label, self.inputs)


def body(cases: list[Case]) -> Body:
    """One map of several expressions over the same inputs, an output each."""
    first = cases[0]
    nodes: list[Node] = [Load(k, dtype, (1,), 0) for k, dtype in enumerate(first.in_dtypes)]
    count = len(nodes)
    for slot, case in enumerate(cases):
        nodes.append(Compute(case.expr, ("a", "b", "c")[:count], tuple(range(count)), tuple(case.in_dtypes), case.out))
        nodes.append(Store(slot, len(nodes) - 1, case.out, (1,), 0))
    return Body((first.inputs[0].size,), (), tuple(nodes))


def batches(cases: list[Case], size: int = 12) -> list[list[Case]]:
    """Cases with the same inputs together: few kernels build faster than many."""
    groups: dict[tuple[int, ...], list[Case]] = {}
    for case in cases:
        groups.setdefault((*map(id, case.inputs), *map(id, case.in_dtypes)), []).append(case)
    return [group[at : at + size] for group in groups.values() for at in range(0, len(group), size)]


def evaluate(cases: list[Case], traits: Traits) -> Iterator[tuple[Case, np.ndarray]]:
    """Each case with what the kernels give."""
    groups = batches(cases)
    lowered = [fused.lower(body(group), traits) for group in groups]
    build(lowered)
    for group, one in zip(groups, lowered, strict=True):
        yield from zip(group, run(one, group[0].inputs, [(c.out, c.inputs[0].size) for c in group]), strict=True)


def describe(inputs: tuple[np.ndarray, ...], got: np.ndarray, want: np.ndarray, bad: np.ndarray) -> str:
    """The first few differences."""
    return "; ".join(f"{[a[i] for a in inputs]} -> {got[i]}, expected {want[i]}" for i in bad[:6])


def assert_close(
    got: np.ndarray, want: np.ndarray, dtype: DType, ulps: float, label: str, inputs: tuple[np.ndarray, ...]
) -> None:
    """Floats within ``ulps`` units of the last place (one for the 16-bit dtypes); results below the least normal number
    may differ by one of these."""
    digits = {dtypes.float16: 2.0**-10, dtypes.bfloat16: 2.0**-7, dtypes.float32: 2.0**-23, dtypes.float64: 2.0**-52}
    least = {dtypes.float16: 2.0**-24, dtypes.float64: 2.0**-1022}.get(dtype, 2.0**-126)
    with np.errstate(all="ignore"):
        x, y = got.astype(np.float64), want.astype(np.float64)
        allowed = digits[dtype] * np.abs(y) * (1.0 if dtype.itemsize == 2 else ulps) + least
        same = (x == y) | (np.isnan(x) & np.isnan(y)) | (np.abs(x - y) <= allowed)
    bad = np.flatnonzero(~same)
    assert not bad.size, f"{label}: {describe(inputs, got, want, bad)}"


def equal_bits(got: np.ndarray, want: np.ndarray) -> np.ndarray:
    """Where 16-bit floats have the same bits, or both are NaN."""
    with np.errstate(all="ignore"):
        nans = np.isnan(got.astype(np.float32)) & np.isnan(want.astype(np.float32))
    return (got.view(np.uint16) == want.view(np.uint16)) | nans


def run_cases(cases: list[Case], traits: Traits, ulps: dict[str, float] | None = None) -> None:
    """Run and check all."""
    for case, got in evaluate(cases, traits):
        case.check(got, (ulps or {}).get(case.expr.split("(")[0], ULP))


UNARY: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    name: getattr(torch, name)
    for name in (
        "exp exp2 log log2 log10 log1p expm1 sqrt rsqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf erfc "
        "erfinv lgamma digamma floor ceil trunc round sign reciprocal sigmoid square"
    ).split()
} | {"abs": torch.abs, "sgn": torch.sgn}


def in_precision(function: Callable[..., torch.Tensor], inputs: tuple[np.ndarray, ...], dtype: DType) -> np.ndarray:
    """What torch gives in float64, as ``dtype``: the true value for a comparison in units of the last place."""
    result = function(*[to_torch(a).double() for a in inputs])
    with np.errstate(all="ignore"):
        return result.numpy().astype(dtype.np)


@pytest.mark.parametrize("dtype", FLOATS, ids=lambda d: d.name)
@pytest.mark.parametrize("form", FORMS)
def test_unary_functions(form: Callable[[], Traits], dtype: DType) -> None:
    a = grid(dtype)
    tame = a[~(np.abs(a.astype(np.float64)) > 90)]  # farther out the argument's own rounding decides
    cases = []
    for name, function in UNARY.items():
        inputs = tame if name in ("lgamma", "digamma", "sin", "cos", "tan") else a
        cases.append(Case(f"{name}(a)", (inputs,), in_precision(function, (inputs,), dtype), [dtype], dtype))
    run_cases(cases, form(), ULPS)


@pytest.mark.parametrize("dtype", FLOATS, ids=lambda d: d.name)
@pytest.mark.parametrize("form", FORMS)
def test_binary_functions(form: Callable[[], Traits], dtype: DType) -> None:
    functions: dict[str, Callable[..., torch.Tensor]] = {
        "a + b": torch.add,
        "a - b": torch.sub,
        "a * b": torch.mul,
        "a / b": torch.true_divide,
        "maximum(a, b)": torch.maximum,
        "minimum(a, b)": torch.minimum,
        "fmax(a, b)": torch.fmax,
        "fmin(a, b)": torch.fmin,
        "copysign(a, b)": torch.copysign,
        "atan2(a, b)": torch.atan2,
        "hypot(a, b)": torch.hypot,
        "logaddexp(a, b)": torch.logaddexp,
    }
    inputs = pairs(dtype)
    cases = [Case(e, inputs, in_precision(f, inputs, dtype), [dtype, dtype], dtype) for e, f in functions.items()]
    run_cases(cases, form(), ULPS)


@pytest.mark.parametrize("dtype", (dtypes.float32, dtypes.float64), ids=lambda d: d.name)
@pytest.mark.parametrize("form", FORMS)
def test_divisions_of_floats(form: Callable[[], Traits], dtype: DType) -> None:
    """Against NumPy, which is exact where torch's quotient overflows."""
    inputs = pairs(dtype)
    with np.errstate(all="ignore"):
        cases = [
            Case("fmod(a, b)", inputs, np.fmod(*inputs), [dtype] * 2, dtype),
            Case("a % b", inputs, np.remainder(*inputs), [dtype] * 2, dtype),
            Case("a // b", inputs, np.floor_divide(*inputs), [dtype] * 2, dtype),
            Case("trunc_divide(a, b)", inputs, np.trunc(np.divide(*inputs)), [dtype] * 2, dtype),
        ]
    run_cases(cases, form())


@pytest.mark.parametrize("dtype", (dtypes.float32, dtypes.float64), ids=lambda d: d.name)
@pytest.mark.parametrize("form", FORMS)
def test_powers_of_floats(form: Callable[[], Traits], dtype: DType) -> None:
    a, b = pairs(dtype)
    cases = [Case("pow(a, b)", (a, b), in_precision(torch.pow, (a, b), dtype), [dtype, dtype], dtype)]
    for literal in ("2", "3", "0.5", "-1", "-0.5"):
        exponent = float(literal)
        want = in_precision(lambda x, e=exponent: torch.pow(x, e), (grid(dtype),), dtype)
        if exponent == 0.5:
            want = in_precision(torch.sqrt, (grid(dtype),), dtype)
        cases.append(Case(f"a ** {literal}", (grid(dtype),), want, [dtype], dtype))
    run_cases(cases, form(), ULPS)


@pytest.mark.parametrize("dtype", (*INTS, dtypes.bool, *FLOATS), ids=lambda d: d.name)
@pytest.mark.parametrize("form", FORMS)
def test_comparisons(form: Callable[[], Traits], dtype: DType) -> None:
    inputs = pairs(dtype)
    a, b = (to_torch(x) for x in inputs)
    results: dict[str, torch.Tensor] = {
        "a < b": a < b,
        "a <= b": a <= b,
        "a > b": a > b,
        "a >= b": a >= b,
        "a == b": a == b,
        "a != b": a != b,
        "not a": torch.logical_not(a),
        "(a != 0) and (b != 0)": torch.logical_and(a, b),
        "(a != 0) or (b != 0)": torch.logical_or(a, b),
        "isnan(a)": torch.isnan(a),
        "isinf(a)": torch.isinf(a),
        "isfinite(a)": torch.isfinite(a),
        "0 <= a < 3": (a >= 0) & (a < 3),
    }
    cases = [Case(e, inputs, to_numpy(r), [dtype, dtype], dtypes.bool) for e, r in results.items()]
    chosen = to_numpy(torch.where(a < b, a, b))
    cases.append(Case("a if a < b else b", inputs, chosen, [dtype, dtype], dtype))
    cases.append(Case("where(a < b, a, b)", inputs, chosen, [dtype, dtype], dtype))
    run_cases(cases, form())


@pytest.mark.parametrize("dtype", INTS, ids=lambda d: d.name)
@pytest.mark.parametrize("form", FORMS)
def test_integers(form: Callable[[], Traits], dtype: DType) -> None:
    inputs = pairs(dtype)
    a, b = (to_torch(x) for x in inputs)
    results: dict[str, torch.Tensor] = {
        "a + b": a + b,
        "a - b": a - b,
        "a * b": a * b,
        "a & b": a & b,
        "a | b": a | b,
        "a ^ b": a ^ b,
        "~a": ~a,
        "-a": -a,
        "a << b": a << b,
        "a >> b": a >> b,
        "abs(a)": torch.abs(a),
        "sign(a)": torch.sign(a),
        "square(a)": torch.square(a),
        "maximum(a, b)": torch.maximum(a, b),
        "minimum(a, b)": torch.minimum(a, b),
        "clamp(a, 2, 100)": torch.clamp(a, 2, 100),
        "floor(a)": a,
        "a + 3": a + 3,
        "(a + b > a) + a": (a + b > a) + a,
    }
    cases = [Case(e, inputs, to_numpy(r), [dtype, dtype], dtype) for e, r in results.items()]
    nonzero = inputs[1] != 0
    safe = (inputs[0][nonzero], inputs[1][nonzero])
    a, b = (to_torch(x) for x in safe)
    with np.errstate(all="ignore"):
        results = {
            "a // b": torch.from_numpy(np.floor_divide(*safe)),
            "a % b": torch.remainder(a, b),
            "fmod(a, b)": torch.from_numpy(np.fmod(*safe)),
            "trunc_divide(a, b)": torch.from_numpy(((safe[0] - np.fmod(*safe)) // safe[1]).astype(dtype.np)),
        }
    cases += [Case(e, safe, to_numpy(r), [dtype, dtype], dtype) for e, r in results.items()]
    small = np.abs(inputs[1].astype(np.float64)) < 70
    powers = (inputs[0][small], inputs[1][small])
    want = [
        0 if y < 0 and abs(int(x)) > 1 else int(x) ** abs(int(y)) if x or y >= 0 else 0
        for x, y in zip(*powers, strict=True)
    ]
    bits = 8 * dtype.itemsize
    wrapped = np.array([w % 2**bits for w in want], np.uint64).astype(f"u{dtype.itemsize}").view(dtype.np)
    cases.append(Case("a ** b", powers, wrapped, [dtype, dtype], dtype))
    run_cases(cases, form())


@pytest.mark.parametrize("form", FORMS)
def test_integer_division_by_zero_is_defined(form: Callable[[], Traits]) -> None:
    a = np.arange(-20, 21, dtype=np.int32)
    zero = np.zeros_like(a)
    cases = [Case("a // b", (a, zero), a, [dtypes.int32] * 2, dtypes.int32)]
    run_cases(cases, form())


@pytest.mark.parametrize("form", FORMS)
def test_booleans(form: Callable[[], Traits]) -> None:
    inputs = pairs(dtypes.bool)
    a, b = (to_torch(x) for x in inputs)
    results = {
        "a + b": a + b,
        "a * b": a * b,
        "a & b": a & b,
        "a | b": a | b,
        "a ^ b": a ^ b,
        "~a": ~a,
        "maximum(a, b)": torch.maximum(a, b),
        "where(a, b, a)": torch.where(a, b, a),
    }
    cases = [Case(e, inputs, to_numpy(r), [dtypes.bool] * 2, dtypes.bool) for e, r in results.items()]
    run_cases(cases, form())


@pytest.mark.parametrize("source", (dtypes.bool, *INTS, *FLOATS), ids=lambda d: d.name)
@pytest.mark.parametrize("form", FORMS)
def test_casts(form: Callable[[], Traits], source: DType) -> None:
    """Casts as torch's, but for floats out of the range of an integer, where C leaves the result open."""
    cases = []
    for target in (dtypes.bool, *INTS, *FLOATS):
        a = grid(source)
        if source.is_floating_point and not target.is_floating_point and target is not dtypes.bool:
            with np.errstate(all="ignore"):
                wide = a.astype(np.float64)
            info = np.iinfo(target.np)
            least = max(info.min, -(2.0**31)) if target is not dtypes.int64 else info.min
            a = a[(wide > least) & (wide < min(float(info.max), 2.0**63))]
        want = to_numpy(to_torch(a).to(getattr(torch, target.name)))
        cases.append(Case("a", (a,), want, [source], target))
    run_cases(cases, form())


@pytest.mark.parametrize("form", FORMS)
def test_floats_to_small_integers_wrap(form: Callable[[], Traits]) -> None:
    a = np.array([300.7, -1.5, 255.9, 256.0, -129.0, 1e6], np.float32)
    want = np.array([44, 255, 255, 0, 127, 64], np.uint8)
    run_cases([Case("a", (a,), want, [dtypes.float32], dtypes.uint8)], form())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", (dtypes.float16, dtypes.bfloat16), ids=lambda d: d.name)
def test_every_pattern_of_16_bits(form: Callable[[], Traits], dtype: DType) -> None:
    """Every 16-bit float survives a load, an exact operation and a store; sums are rounded to nearest even."""
    bits = np.arange(65536, dtype=np.uint16)
    a = bits.view(dtype.np)
    t = to_torch(a)
    cases = [Case("a", (a,), a, [dtype], dtype), Case("-a", (a,), to_numpy(-t), [dtype], dtype)]
    b = np.roll(a, 12345)
    cases.append(Case("a + b", (a, b), to_numpy(t + to_torch(b)), [dtype, dtype], dtype))
    cases.append(Case("a * b", (a, b), to_numpy(t * to_torch(b)), [dtype, dtype], dtype))
    for case, got in evaluate(cases, form()):
        same = equal_bits(got, case.want)
        assert same.all(), f"{case.expr}: {describe(case.inputs, got, case.want, np.flatnonzero(~same))}"


@pytest.mark.parametrize("form", FORMS)
def test_rounding_of_float32_to_16_bits(form: Callable[[], Traits]) -> None:
    rng = np.random.default_rng(0)
    a = rng.integers(0, 2**32, 100_000, dtype=np.uint32).view(np.float32)
    with np.errstate(all="ignore"):
        near = np.float16(rng.uniform(-70000, 70000, 50_000)).astype(np.float32) * np.float32(1 + 2.0**-11)
    a = np.concatenate([a, near.astype(np.float32), rng.uniform(-1e-4, 1e-4, 50_000).astype(np.float32)])
    for dtype in (dtypes.float16, dtypes.bfloat16):
        want = to_numpy(torch.from_numpy(a).to(getattr(torch, dtype.name)))
        [(_, got)] = evaluate([Case("a", (a,), want, [dtypes.float32], dtype)], form())
        same = equal_bits(got, want)
        assert same.all(), describe((a,), got, want, np.flatnonzero(~same))


@pytest.mark.parametrize("form", FORMS)
def test_mixed_operands(form: Callable[[], Traits]) -> None:
    """Masks meet lanes of other widths, and literals take the kind of what they meet."""
    n = 37
    rng = np.random.default_rng(1)
    m, d, i = rng.random(n) < 0.5, rng.standard_normal(n), rng.integers(-5, 5, n)
    f32 = rng.standard_normal(n).astype(np.float32)
    f, b, i64 = dtypes.float32, dtypes.bool, dtypes.int64
    cases = [
        ("where(a, b, 0)", (m, d), np.where(m, d, 0), [b, dtypes.float64], dtypes.float64),
        ("where(a, b, c)", (m, f32, -f32), np.where(m, f32, -f32), [b, f, f], f),
        ("(a > 0) and b", (d, m), (d > 0) & m, [dtypes.float64, b], b),
        ("(a > 0) == (b > 0)", (d, f32), (d > 0) == (f32 > 0), [dtypes.float64, f], b),
        ("a * 2 + 0.5", (i,), (i * 2 + 0.5).astype(np.float32), [i64], f),
        ("(a > 0) * b", (d, f32), (d > 0) * f32, [dtypes.float64, f], f),
        ("a / 4", (i,), (i / 4).astype(np.float32), [i64], f),
        ("-a if b else 1", (f32, m), np.where(m, -f32, np.float32(1)), [f, b], f),
        ("2 ** 3 + a - 1 // 2", (f32,), f32 + 8, [f], f),
        ("inf", (f32,), np.full(n, np.inf, np.float32), [f], f),
        ("nan if a > 0 else 1", (f32,), np.where(f32 > 0, np.nan, 1).astype(np.float32), [f], f),
    ]
    run_cases([Case(expr, inputs, want, given, out) for expr, inputs, want, given, out in cases], form())


def test_what_is_no_expression() -> None:
    for expr in ("a.b", "[a]", "unknown(a)", "a if", "'text'", "z + a"):
        with pytest.raises(SyntaxError):
            list(
                evaluate(
                    [Case(expr, (np.zeros(1, np.float32),), np.zeros(1), [dtypes.float32], dtypes.float32)],
                    cpu_traits(),
                )
            )
