"""Discrete Fourier transforms along one dimension, one pass over memory per factor of the length (Stockham's order)."""

from __future__ import annotations

from typing import NamedTuple

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from .butterfly import butterfly
from .call import Arg, Call, In, Int, Lowered, Num, Out, Temp
from .elements import index_type, kernel, split
from .tiles import ceil_div, transpose
from .tiles import kernel as contracted

LARGEST = (
    64  # prime factor that a pass computes as it stands; lengths with larger ones are turned into convolutions above
)
WRITTEN = 31  # prime factor up to which a pass has text of its own
FUSED = 1 << 18  # bytes of scratch memory up to which a work-item takes rows through all passes: they stay in its cache


class Fourier(NamedTuple):
    """``batch`` blocks of ``n`` complex rows of ``inner`` elements; ``inverse``: with the conjugate roots of unity."""

    batch: int
    n: int
    inverse: bool
    dtype: DType
    inner: int = 1


class Half(NamedTuple):
    """``batch`` rows between the transform of ``2 * half`` real numbers, taken as ``half`` complex ones, and its first half: from
    the one to the other with ``unpack``, else back. ``inverse``: with the conjugate roots of unity."""

    batch: int
    half: int
    unpack: bool
    inverse: bool
    dtype: DType


class Pass(NamedTuple):
    """The text of one pass: see the template. ``places`` says where the butterfly leaves its results."""

    radix: int
    lanes: int
    across: bool
    last: bool
    lines: list[str]
    places: list[int]
    transposed: list[str]


def factors(n: int, widest: int = 16) -> list[int]:
    """The lengths of the passes, the largest power of two (``widest`` at most) first: their product is ``n``. The last may be
    larger than `LARGEST`."""
    bits = (n & -n).bit_length() - 1
    count = ceil_div(bits, widest.bit_length() - 1)
    found = [1 << ceil_div(bits - k, count) for k in range(count)]
    n >>= bits
    prime = 3
    while n > 1:
        if prime > 7 and prime * prime > n:
            prime = n
        while n % prime == 0:
            found.append(prime)
            n //= prime
        prime += 2
    return found


def _widest(dtype: DType, traits: Traits) -> int:
    """As many elements as a vector has lanes; then those of a first pass are transposed in registers."""
    return min(16, _lanes(dtype, traits)) if traits.form == "cpu" and _lanes(dtype, traits) >= 4 else 8


def _lanes(dtype: DType, traits: Traits) -> int:
    """The transforms that lie beside each other in vectors."""
    return max(1, traits.vector_width * 8 // dtype.itemsize) if traits.form == "cpu" else 1


def _real(dtype: DType) -> str:
    return "double" if dtype.name == "complex128" else "float"


def lower_roots(p: Fourier, traits: Traits) -> Lowered:
    """-> Out(0) ``exp(-2 pi i k / n)`` for k below n, then ``exp(-2 pi i r p / n)`` at ``r * m + p``: those of a first pass, in its order."""
    wide = "double" if traits.fp64 else _real(p.dtype)
    made = kernel(f"fft_roots_{p.dtype.name}", "fft_roots.cl.mako", real=_real(p.dtype), wide=wide)
    items, chunk, local = split(2 * p.n, traits)
    m = p.n // (factors(p.n, _widest(p.dtype, traits)) or [1])[0]
    return Lowered((Call(made, (Out(0), Int(p.n), Int(m), Int(chunk)), (items,), (local,)),))


def _pass(radix: int, m: int, stride: int, p: Fourier, traits: Traits) -> Pass:
    """The text of a pass over (radix, m, stride)."""
    native = _lanes(p.dtype, traits)
    across = stride == 1 and m > 1 and native > 1
    along = m if across else stride
    lanes = min(native, 1 << (along.bit_length() - 1))
    if across and radix in (4, 8, 16):
        lanes = min(lanes, radix)
    real = _real(p.dtype)
    lines, places = butterfly(radix, p.inverse, "f" if real == "float" else "")
    square = across and lanes == radix
    names = [[f"{part}{place}" for place in places] for part in "ri"] if square else []
    turned = [line for part in names for line in transpose(part, f"{real}{lanes}")]
    return Pass(radix, lanes, across, m == 1, lines, places, turned)


def lower(p: Fourier, traits: Traits) -> Lowered:
    """In(0) rows, In(1) the roots of their length, Num(0) a factor -> Out(0) the transforms times that factor."""
    if not p.batch * p.n * p.inner:
        return Lowered(())
    radices = factors(p.n, _widest(p.dtype, traits)) or [1]
    nbytes = p.batch * p.n * p.inner * p.dtype.itemsize
    scratch = 2 * p.n * p.dtype.itemsize
    whole = traits.form == "cpu" and p.inner == 1 and p.batch >= traits.compute_units and scratch <= FUSED
    if whole and len(radices) > 1 and max(radices) <= WRITTEN:
        return _lower_rows(p, radices, traits)
    calls: list[Call] = []
    stride = p.inner
    source: Arg = In(0)
    for k, radix in enumerate(radices):
        last = k == len(radices) - 1
        target: Arg = Out(0) if last else Temp(k % 2)
        calls.append(_lower_pass(p, radix, stride, source, target, traits))
        source, stride = target, stride * radix
    return Lowered(tuple(calls), (nbytes,) * min(2, len(radices) - 1))


def _lower_pass(p: Fourier, radix: int, stride: int, source: Arg, target: Arg, traits: Traits) -> Call:
    """One pass over everything; those of larger primes take their factor as an argument."""
    index, real = index_type(4 * p.batch * p.n * p.inner), _real(p.dtype)
    m = p.n * p.inner // stride // radix
    cpu = traits.form == "cpu"
    if radix > WRITTEN:
        units = p.batch * m * stride
        made = kernel(
            f"fft_any_{p.dtype.name}",
            "fft_pass.cl.mako",
            real=real,
            inverse=p.inverse,
            last=m == 1,
            cpu=cpu,
            index=index,
        )
        more: tuple[Int, ...] = (Int(radix),)
    else:
        step = _pass(radix, m, stride, p, traits)
        along, others = (m, 1) if step.across else (stride, m)
        units = p.batch * others * ceil_div(along, step.lanes)
        names = {"real": real, "inverse": p.inverse, "passes": [step], "fused": False, "index": index, "cpu": cpu}
        made = contracted(f"fft_{radix}_{p.dtype.name}", "fft_rows.cl.mako", **names)
        more = ()
    sizes = (Int(p.n, index), Int(m, index), Int(stride, index), Int(stride // p.inner, index), *more)
    items, chunk, local = split(units, traits, radix)
    work = (Int(units, index), Int(chunk, index), Num(0, real))
    return Call(made, (source, In(1), target, *sizes, *work), (items,), (local,))


def _lower_rows(p: Fourier, radices: list[int], traits: Traits) -> Lowered:
    """Whole rows, each through all passes."""
    index, real = index_type(4 * p.batch * p.n), _real(p.dtype)
    passes: list[Pass] = []
    sizes: list[Arg] = []
    stride = 1
    for radix in radices:
        m = p.n // stride // radix
        step = _pass(radix, m, stride, p, traits)
        units = ceil_div(m, step.lanes) if step.across else m * ceil_div(stride, step.lanes)
        passes.append(step)
        sizes += [Int(n, index) for n in (m, stride, units)]
        stride *= radix
    names = {"real": real, "inverse": p.inverse, "passes": passes, "fused": True, "index": index, "cpu": True}
    made = contracted(f"fft_rows_{p.dtype.name}", "fft_rows.cl.mako", **names)
    items, chunk, local = split(p.batch, traits, p.n)
    args = (
        In(0),
        In(1),
        Out(0),
        Int(p.n, index),
        Temp(0),
        *sizes,
        Int(p.batch, index),
        Int(chunk, index),
        Num(0, real),
    )
    return Lowered((Call(made, args, (items,), (local,)),), (items * 2 * p.n * p.dtype.itemsize,))


def lower_half(p: Half, traits: Traits) -> Lowered:
    """In(0) rows, In(1) the roots of ``2 * half`` -> Out(0) rows."""
    if not p.batch:
        return Lowered(())
    lanes = min(_lanes(p.dtype, traits), 1 << max(0, (p.half - 1).bit_length() - 1))
    blocks = max(1, ceil_div(p.half - 1, lanes))
    index = index_type(4 * p.batch * (p.half + 1))
    made = contracted(
        f"fft_{'unpack' if p.unpack else 'pack'}_{p.dtype.name}",
        "fft_half.cl.mako",
        real=_real(p.dtype),
        unpack=p.unpack,
        inverse=p.inverse,
        lanes=lanes,
        index=index,
        cpu=traits.form == "cpu",
    )
    items, chunk, local = split(p.batch * blocks, traits, lanes)
    sizes = tuple(Int(n, index) for n in (p.half, blocks, p.batch * blocks, chunk))
    return Lowered((Call(made, (In(0), In(1), Out(0), *sizes), (items,), (local,)),))
