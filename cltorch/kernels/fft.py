"""Discrete Fourier transforms along one dimension, one pass over memory per factor of the length (Stockham's order)."""

from __future__ import annotations

from math import prod
from typing import NamedTuple, cast

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
GAP = 48  # elements between what a row's passes write, so that none lies a power of two from what the same pass reads
FUSED = (
    1 << 18
)  # bytes of scratch memory up to which a work-item takes blocks through all passes: they stay in its cache


BESIDE = 1024  # elements up to which rows that leave lanes empty go through all passes beside each other


class Fourier(NamedTuple):
    """``batch`` blocks of ``n`` complex rows of ``inner`` elements; ``inverse``: with the conjugate roots of unity.

    ``half``: the rows are ``2 * n`` real numbers, taken as ``n`` complex ones, of whose transforms the first half is wanted (unpack), or
    which are wanted from the first half of their transforms (pack). ``apart``: how many real numbers it is from block to block
    of the input (0: they are dense), the first of which begins at ``start``.
    """

    batch: int
    n: int
    inverse: bool
    dtype: DType
    inner: int = 1
    half: str = ""
    apart: int = 0
    start: int = 0

    @property
    def read(self) -> int:
        """Real numbers of a block of the input."""
        return 2 * self.inner * (self.n + (self.half == "pack"))

    @property
    def step(self) -> int:
        """How many it is from block to block of the input."""
        return self.apart or self.read


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
    """The lengths of the passes: their product is ``n``. Powers of two come first, the first of all with as many places beside each other
    as it is long, so that a square of them is turned in registers. The last may be larger than `LARGEST`."""
    bits, most = (n & -n).bit_length() - 1, widest.bit_length() - 1
    first = min(bits, most, (n.bit_length() - 1) // 2)
    found = [1 << first] if first > 1 else []
    bits -= first * len(found)
    count = ceil_div(bits, most)
    found += [1 << ceil_div(bits - k, count) for k in range(count)]
    n //= prod(found)
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
    """In(0) rows, In(1) the roots of their length, for halves In(2) those of twice as many, Num(0) a factor -> Out(0) the transforms
    times that factor."""
    if not p.batch * p.n * p.inner:
        return Lowered(())
    radices = factors(p.n, _widest(p.dtype, traits)) or [1]
    if _leaves_lanes_empty(p, radices, traits):
        is_short = len(radices) == 2 and radices[0] * radices[1] & (radices[0] * radices[1] - 1) == 0
        return (_lower_short if is_short else _lower_beside)(p, radices, traits)
    whole = traits.form == "cpu" and p.batch >= traits.compute_units
    if whole and len(radices) > 1 and max(radices) <= WRITTEN and 2 * p.n * p.inner * p.dtype.itemsize <= FUSED:
        return _lower_rows(p, radices, traits)
    calls: list[Call] = []
    stride, source, step, start = p.inner, cast(Arg, In(0)), p.step, p.start
    steps = ["pack"] * (p.half == "pack") + radices + ["unpack"] * (p.half == "unpack")
    for k, what in enumerate(steps):
        target: Arg = Out(0) if k == len(steps) - 1 else Temp(k % 2)
        if isinstance(what, str):
            calls.append(_lower_half(p, source, target, step, start, traits))
        else:
            calls.append(_lower_pass(p, what, stride, source, target, step, start, traits))
            stride *= what
        source, step, start = target, 2 * p.n * p.inner, 0
    nbytes = p.batch * p.n * p.inner * p.dtype.itemsize
    return Lowered(tuple(calls), (nbytes,) * min(2, len(calls) - 1))


def _index(p: Fourier) -> str:
    return index_type(4 * p.batch * (p.n + 1) * p.inner, p.start + p.batch * p.step)


def _lower_pass(
    p: Fourier, radix: int, stride: int, source: Arg, target: Arg, step: int, start: int, traits: Traits
) -> Call:
    """One pass over everything; those of larger primes take their factor as an argument."""
    index, real = _index(p), _real(p.dtype)
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
        taken = _pass(radix, m, stride, p, traits)
        along, others = (m, 1) if taken.across else (stride, m)
        units = p.batch * others * ceil_div(along, taken.lanes)
        names = {"real": real, "inverse": p.inverse, "step": taken, "index": index, "cpu": cpu}
        made = contracted(f"fft_{radix}_{p.dtype.name}", "fft_rows.cl.mako", **names)
        more = ()
    sizes = [Int(n, index) for n in (step, start, p.n, m, stride, stride // p.inner)]
    items, chunk, local = split(units, traits, radix)
    work = (Int(units, index), Int(chunk, index), Num(0, real))
    return Call(made, (source, In(1), target, *sizes, *more, *work), (items,), (local,))


def _lower_rows(p: Fourier, radices: list[int], traits: Traits) -> Lowered:
    """Whole blocks, each through all passes."""
    index, real = _index(p), _real(p.dtype)
    passes: list[Pass] = []
    sizes: list[Arg] = []
    stride, size = p.inner, p.n * p.inner
    for radix in radices:
        m = size // stride // radix
        passes.append(_pass(radix, m, stride, p, traits))
        sizes += [Int(n, index) for n in (m, stride, stride // p.inner)]
        stride *= radix
    names = {"real": real, "inverse": p.inverse, "passes": passes, "half": p.half, "index": index}
    made = contracted(
        f"fft_{p.half or 'whole'}_rows_{p.dtype.name}", "fft_whole.cl.mako", lanes=_half_lanes(p, traits), **names
    )
    items, chunk, local = split(p.batch, traits, size)
    room = size + GAP
    tables: list[Arg] = [In(1), In(2)] if p.half else [In(1)]
    rows = [Int(n, index) for n in (p.step, p.start, size, room)]
    work = (Int(p.batch, index), Int(chunk, index), Num(0, real))
    args = (In(0), *tables, Out(0), Temp(0), *rows, *sizes, *work)
    return Lowered((Call(made, args, (items,), (local,)),), (items * 2 * room * p.dtype.itemsize,))


def _leaves_lanes_empty(p: Fourier, radices: list[int], traits: Traits) -> bool:
    """Whether the first pass over one row does not fill vectors, and there are other rows to fill them, short enough for the cache."""
    lanes = _lanes(p.dtype, traits)
    if lanes < 2 or p.inner != 1 or radices[0] >= lanes or max(radices) > WRITTEN or not lanes // 2 <= p.n <= BESIDE:
        return False
    return p.batch >= lanes * traits.compute_units


def _lower_short(p: Fourier, radices: list[int], traits: Traits) -> Lowered:
    """Several rows at once through both passes, in registers."""
    index, real, lanes = _index(p), _real(p.dtype), _lanes(p.dtype, traits)
    width, count = radices
    lines, places = butterfly(width, p.inverse, "f" if real == "float" else "")
    squares = [transpose([f"{part}{k}" for k in places], f"{real}{lanes}", lanes) for part in "ri"]
    first = Pass(width, lanes, True, False, lines, places, [line for square in squares for line in square])
    last = Pass(count, lanes, False, True, *butterfly(count, p.inverse, "f" if real == "float" else ""), [])
    rows = lanes // width
    names = {"real": real, "inverse": p.inverse, "half": p.half, "index": index, "rows": rows}
    made = contracted(
        f"fft_{p.half or 'whole'}_{width * count}_{p.dtype.name}", "fft_short.cl.mako", first=first, last=last, **names
    )
    groups = ceil_div(p.batch, rows)
    items, chunk, local = split(groups, traits, p.n * rows)
    tables: list[Arg] = [In(1), In(2)] if p.half else [In(1)]
    sizes = [Int(n, index) for n in (p.step, p.start, p.batch, groups, chunk)]
    args = (In(0), *tables, Out(0), *sizes, Num(0, real))
    return Lowered((Call(made, args, (items,), (local,)),))


def _lower_beside(p: Fourier, radices: list[int], traits: Traits) -> Lowered:
    """As many rows as a vector has lanes, one in each lane, through all passes."""
    index, real, lanes = _index(p), _real(p.dtype), _lanes(p.dtype, traits)
    passes: list[Pass] = []
    sizes: list[Arg] = []
    done = 1
    for radix in radices:
        m = p.n // done // radix
        passes.append(_pass(radix, m, done * lanes, p, traits))
        sizes += [Int(n, index) for n in (m, done * lanes, done)]
        done *= radix
    turned = transpose([f"v{k}" for k in range(lanes)], f"{real}{lanes}")
    names = {"real": real, "inverse": p.inverse, "passes": passes, "half": p.half, "index": index}
    made = contracted(
        f"fft_{p.half or 'whole'}_beside_{p.dtype.name}", "fft_beside.cl.mako", lanes=lanes, turned=turned, **names
    )
    groups = ceil_div(p.batch, lanes)
    items, chunk, local = split(groups, traits, p.n * lanes)
    room = (p.n + 1) * lanes + GAP
    tables: list[Arg] = [In(1), In(2)] if p.half else [In(1)]
    rows = [Int(n, index) for n in (p.step, p.start, p.n, room)]
    work = (Int(p.batch, index), Int(groups, index), Int(chunk, index), Num(0, real))
    args = (In(0), *tables, Out(0), Temp(0), *rows, *sizes, *work)
    return Lowered((Call(made, args, (items,), (local,)),), (items * 2 * room * p.dtype.itemsize,))


def _half_lanes(p: Fourier, traits: Traits) -> int:
    return min(_lanes(p.dtype, traits), 1 << max(0, (p.n - 1).bit_length() - 1))


def _lower_half(p: Fourier, source: Arg, target: Arg, step: int, start: int, traits: Traits) -> Call:
    """Between the transforms of pairs and the first half of those of real rows."""
    lanes = _half_lanes(p, traits)
    blocks = max(1, ceil_div(p.n - 1, lanes))
    index = _index(p)
    made = contracted(
        f"fft_{p.half}_{p.dtype.name}",
        "fft_half.cl.mako",
        real=_real(p.dtype),
        unpack=p.half == "unpack",
        inverse=p.inverse,
        lanes=lanes,
        index=index,
        cpu=traits.form == "cpu",
    )
    items, chunk, local = split(p.batch * blocks, traits, lanes)
    sizes = [Int(n, index) for n in (step, start, p.n, blocks, p.batch * blocks, chunk)]
    return Call(made, (source, In(2), target, *sizes), (items,), (local,))
