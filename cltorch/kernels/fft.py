"""Discrete Fourier transforms of contiguous rows, one pass over memory per factor of the length (Stockham's order)."""

from __future__ import annotations

from typing import NamedTuple

from ..dtypes import dtype as DType
from ..runtime.traits import Traits
from .call import Arg, Call, In, Int, Lowered, Num, Out, Temp
from .elements import index_type, kernel, split

LARGEST = (
    64  # prime factor that a pass computes as it stands; lengths with larger ones are turned into convolutions above
)
RADICES = (8, 4, 2, 3, 5, 7)  # factors taken first; their loops are unrolled


class Fourier(NamedTuple):
    """``batch`` rows of ``n`` complex elements of ``dtype``; ``inverse``: with the conjugate roots of unity."""

    batch: int
    n: int
    inverse: bool
    dtype: DType


def factors(n: int) -> list[int]:
    """The lengths of the passes: their product is ``n``. The last may be larger than `LARGEST`."""
    found = []
    for radix in RADICES:
        while n % radix == 0:
            found.append(radix)
            n //= radix
    prime = 11
    while n > 1:
        if prime * prime > n:
            prime = n
        while n % prime == 0:
            found.append(prime)
            n //= prime
        prime += 2
    return found


def lower_roots(p: Fourier, traits: Traits) -> Lowered:
    """-> Out(0) ``exp(-2 pi i k / n)`` for k below n."""
    real = "double" if p.dtype.name == "complex128" else "float"
    wide = "double" if traits.fp64 else real
    made = kernel(f"fft_roots_{p.dtype.name}", "fft_roots.cl.mako", real=real, wide=wide)
    items, chunk, local = split(p.n, traits)
    return Lowered((Call(made, (Out(0), Int(p.n), Int(chunk)), (items,), (local,)),))


def lower(p: Fourier, traits: Traits) -> Lowered:
    """In(0) rows, In(1) the roots of their length, Num(0) a factor -> Out(0) the transforms times that factor."""
    if not p.batch * p.n:
        return Lowered(())
    passes = factors(p.n) or [1]
    real = "double" if p.dtype.name == "complex128" else "float"
    index = index_type(2 * p.batch * p.n)
    calls = []
    stride = 1
    source: Arg = In(0)
    for k, radix in enumerate(passes):
        last = k == len(passes) - 1
        target: Arg = Out(0) if last else Temp(k % 2)
        units = p.batch * (p.n // radix)
        items, chunk, local = split(units, traits, radix)
        made = kernel(
            f"fft_{radix if radix in RADICES else 'any'}_{p.dtype.name}",
            "fft_pass.cl.mako",
            real=real,
            radix=radix if radix in RADICES else 0,
            inverse=p.inverse,
            last=last,
            cpu=traits.form == "cpu",
            index=index,
        )
        sizes = (Int(p.n, index), Int(p.n // stride // radix, index), Int(stride, index), Int(radix))
        work = (Int(units, index), Int(chunk, index))
        scale = (Num(0, real),) if last else ()
        calls.append(Call(made, (source, In(1), target, *sizes, *work, *scale), (items,), (local,)))
        source = target
        stride *= radix
    nbytes = p.batch * p.n * p.dtype.itemsize
    return Lowered(tuple(calls), (nbytes,) * min(2, len(passes) - 1))
