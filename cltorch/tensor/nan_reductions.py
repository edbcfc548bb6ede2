"""Reductions that pass over NaN, and a hash of all bits. See torch.nansum, torch.nanmean and torch.hash_tensor."""

from __future__ import annotations

from math import prod
from typing import Any

from .. import dtypes
from ..autograd.names import shown_as
from ..ops import rules
from ..ops.arguments import takes
from ..ops.names import public
from .apply import stored
from .tensor import Tensor


@public(method=True)
@shown_as("NansumBackward0")
def nansum(
    input: Tensor,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: dtypes.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """`sum`, where NaN counts as 0. See torch.nansum."""
    if input.is_complex():
        raise RuntimeError("nansum does not support complex inputs")
    source = input.where(~input.isnan(), 0.0) if input.is_floating_point() else input
    return stored(source.sum(dim, keepdim, dtype=dtype), out, exact=False)


@public(method=True)
@takes("nansum_cpu", "half wide integer bool")
def nanmean(
    input: Tensor,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: dtypes.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """`mean` of what is not NaN. See torch.nanmean."""
    if not (input.is_floating_point() or input.is_complex()):
        raise RuntimeError(
            f"nanmean(): expected input to have floating point or complex dtype but got {input.dtype.title}"
        )
    known = ~input.detach().isnan()
    total = input.where(known, 0.0).sum(dim, keepdim, dtype=dtype)
    return stored(total / known.sum(dim, keepdim), out, exact=False)


@public(method=True)
def hash_tensor(
    input: Tensor, dim: Any = (), keepdim: bool = False, *, mode: int = 0, out: Tensor | None = None
) -> Tensor:
    """The exclusive or of all elements' bits, each widened to 64; uint64. See torch.hash_tensor."""
    if rules.integer(mode, "mode") % (1 << 32):
        raise RuntimeError(f"hash_tensor: Unknown mode: {mode}")
    if input.is_complex():
        raise NotImplementedError(f"\"hash_tensor\" not implemented for '{input.dtype.title}'")
    wide = input.to(dtypes.float64).view(dtypes.int64) if input.is_floating_point() else input.to(dtypes.int64)
    dims = rules.wrap_dims(dim, input.dim())
    if not input.numel() and not rules.is_integer(dim) and not dim:
        raise RuntimeError(
            "hash_tensor: Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' "
            "argument."
        )
    for d in dims if dim not in ((), None, []) else ():
        if not input.shape[d]:
            raise IndexError(f"hash_tensor: Expected reduction dim {d} to have non-zero size.")
    kept = [d for d in range(input.dim()) if d not in dims]
    count = prod(input.shape[d] for d in dims)
    rows = wide.permute((*kept, *dims)).reshape(*(input.shape[d] for d in kept), count)
    shape = [1 if d in dims else n for d, n in enumerate(input.shape) if keepdim or d not in dims]
    return stored(_folded(rows).reshape(shape).view(dtypes.uint64), out)


def _folded(rows: Tensor) -> Tensor:
    """The exclusive or along the last dimension: halves upon each other, until one is left."""
    if not rows.shape[-1]:
        return rows.new_zeros(rows.shape[:-1])
    while (n := rows.shape[-1]) > 1:
        half = n // 2
        both = rows[..., :half] ^ rows[..., half : 2 * half]
        rows = both._joined([both, rows[..., 2 * half :]], -1) if n % 2 else both
    return rows.squeeze(-1)
