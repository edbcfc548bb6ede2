"""Reductions and normalizations of the elements where a mask holds. See torch.masked.

What a mask excludes takes the value that changes no result (0 in a sum, 1 in a product, -inf in a maximum); where it excludes
all elements, that value is the result.
"""

from __future__ import annotations

from math import inf
from typing import Any

from .. import dtypes
from ..nn import functional
from ..ops.rules import wrap_dim
from ..tensor.formats import strided
from ..tensor.tensor import Tensor

__all__ = [
    *(
        "amax",
        "amin",
        "argmax",
        "argmin",
        "cumprod",
        "cumsum",
        "log_softmax",
        "logaddexp",
        "logsumexp",
        "mean",
        "median",
    ),
    *("norm", "normalize", "prod", "softmax", "softmin", "std", "sum", "var"),
]

DType = dtypes.dtype


def _least(input: Tensor) -> Any:
    """The number below all others of a dtype."""
    return -inf if input.is_floating_point() or input.is_complex() else dtypes.iinfo(input.dtype).min


def _greatest(input: Tensor) -> Any:
    """The number above all others of a dtype."""
    return inf if input.is_floating_point() else dtypes.iinfo(input.dtype).max


def _where(name: str, input: Tensor, mask: Tensor | None, excluded: Any) -> Tensor:
    """``input`` where the mask holds, else ``excluded``."""
    if input.layout is not strided:
        raise ValueError(f"masked {name} expects strided tensor (got {input.layout} tensor)")
    given: Any = input
    if hasattr(given, "get_mask"):  # a masked tensor: its own mask counts
        given, mask = given.get_data(), given.get_mask()
    return given if mask is None else given.where(_spread(given, mask), excluded)  # type: ignore[no-any-return]


def _spread(input: Tensor, mask: Tensor) -> Tensor:
    """The mask in the input's shape."""
    if mask.dim() > input.dim():
        raise IndexError("_input_mask expected broadcastable mask (got mask dimensionality higher than of the input)")
    return mask.expand(input.shape).bool()


def _dims(dim: Any, input: Tensor) -> tuple[int, ...]:
    """Dimensions to reduce, in order; all for None and for none."""
    given = () if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    dims = tuple(wrap_dim(d, max(input.dim(), 1)) for d in given) if given else tuple(range(input.dim()))
    if len(set(dims)) < len(dims):
        raise RuntimeError(
            f"dim={next(d for d in dims if dims.count(d) > 1)} appears multiple times in the list of dims"
        )
    return tuple(sorted(d for d in dims if d < input.dim()))


def _total_dtype(input: Tensor, dtype: DType | None) -> DType:
    """What sums and products are of: integers add up in int64."""
    whole = not (input.is_floating_point() or input.is_complex())
    return dtype or (dtypes.int64 if whole else input.dtype)


# --- sums, products, running ones -----------------------------------------------------------------------------------------


def sum(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: DType | None = None, mask: Tensor | None = None
) -> Tensor:
    """The sum. See torch.masked.sum."""
    source = _where("sum", input, mask, 0)
    return source.sum(_dims(dim, input), keepdim, dtype=_total_dtype(input, dtype))


def prod(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: DType | None = None, mask: Tensor | None = None
) -> Tensor:
    """The product. See torch.masked.prod."""
    result = _where("prod", input, mask, 1).to(_total_dtype(input, dtype))
    if isinstance(dim, (tuple, list)) and not dim:  # no dimension, here alone
        return result
    for d in reversed(_dims(dim, input)):
        result = result.prod(d, keepdim)
    return result


def cumsum(input: Tensor, dim: int, *, dtype: DType | None = None, mask: Tensor | None = None) -> Tensor:
    """Running sums. See torch.masked.cumsum."""
    kind = dtype or input.dtype
    return _where("cumsum", input, mask, 0).cumsum(dim, dtype=kind).to(kind)


def cumprod(input: Tensor, dim: int, *, dtype: DType | None = None, mask: Tensor | None = None) -> Tensor:
    """Running products. See torch.masked.cumprod."""
    kind = dtype or input.dtype
    return _where("cumprod", input, mask, 1).cumprod(dim, dtype=kind).to(kind)


# --- extremes -------------------------------------------------------------------------------------------------------------


def amax(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: DType | None = None, mask: Tensor | None = None
) -> Tensor:
    """The largest element. See torch.masked.amax."""
    return _where("amax", input, mask, _least(input)).amax(_dims(dim, input), keepdim).to(dtype or input.dtype)


def amin(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: DType | None = None, mask: Tensor | None = None
) -> Tensor:
    """The smallest element. See torch.masked.amin."""
    return _where("amin", input, mask, _greatest(input)).amin(_dims(dim, input), keepdim).to(dtype or input.dtype)


def argmax(
    input: Tensor, dim: int | None = None, *, keepdim: bool = False, dtype: DType | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The place of the largest element, in the input's dtype. See torch.masked.argmax."""
    return _where("argmax", input, mask, _least(input)).argmax(dim, keepdim).to(dtype or input.dtype)


def argmin(
    input: Tensor, dim: int | None = None, *, keepdim: bool = False, dtype: DType | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The place of the smallest element, in the input's dtype. See torch.masked.argmin."""
    return _where("argmin", input, mask, _greatest(input)).argmin(dim, keepdim).to(dtype or input.dtype)


# --- statistics -----------------------------------------------------------------------------------------------------------


def _count(input: Tensor, dims: tuple[int, ...], keepdim: bool, mask: Tensor | None) -> Tensor:
    """How many elements there are to a result; int64."""
    present = input.new_ones((), dtype=dtypes.bool) if mask is None else mask
    return _spread(input, present).sum(dims, keepdim)


def mean(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: DType | None = None, mask: Tensor | None = None
) -> Tensor:
    """The mean. See torch.masked.mean."""
    kind = dtype or input.dtype
    if not (kind.is_floating_point or kind.is_complex):
        raise ValueError(
            f"mean(): Could not infer output dtype. {'Input' if dtype is None else 'Optional'} dtype must be either a "
            f"floating point or complex dtype. Got: {kind}"
        )
    return sum(input, dim, keepdim=keepdim, dtype=kind, mask=mask) / _count(input, _dims(dim, input), keepdim, mask)


def median(
    input: Tensor, dim: int = -1, *, keepdim: bool = False, dtype: DType | None = None, mask: Tensor | None = None
) -> Tensor:
    """The median. See torch.masked.median."""
    whole = not input.is_floating_point()
    source = _where("median", input.to(dtypes.float32) if whole else input, mask, float("nan"))
    result = source.nanmedian(dim, keepdim).values
    if not whole:
        return result
    if bool(result.isnan().any()):
        raise ValueError("masked median expects no fully masked out rows if dtype is not floating point")
    return result.to(dtype or input.dtype)


def _spread_of(
    input: Tensor, dim: Any, unbiased: bool | None, correction: float | None, keepdim: bool, dtype: DType | None,
    mask: Tensor | None,
) -> Tensor:  # fmt: skip
    """The variance."""
    if unbiased is not None and correction is not None:
        raise AssertionError("Only one of unbiased and correction may be given")
    taken = correction if correction is not None else 0.0 if unbiased is False else 1.0
    floating = input.is_floating_point() or input.is_complex()
    kind = dtype or (input.dtype if floating else dtypes.float32)
    compute = kind if kind.is_floating_point or kind.is_complex else dtypes.float32
    dims = _dims(dim, input)
    count = _count(input, dims, True, mask)
    apart = input - sum(input, dims, keepdim=True, dtype=kind, mask=mask) / count
    squares = apart * (apart.conj() if apart.is_complex() else apart)
    total = sum(squares, dims, keepdim=keepdim, dtype=compute, mask=mask)
    count = count if keepdim else count.reshape(total.shape)
    if taken:
        count = (count.to(compute.to_real() if compute.is_complex else compute) - taken).clamp_min(0)
    return (total / count).to(kind)


def var(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, *, correction: float | None = None,
    keepdim: bool = False, dtype: DType | None = None, mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The variance. See torch.masked.var."""
    return _spread_of(input, dim, unbiased, correction, keepdim, dtype, mask)


def std(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, *, correction: float | None = None,
    keepdim: bool = False, dtype: DType | None = None, mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The standard deviation. See torch.masked.std."""
    return _spread_of(input, dim, unbiased, correction, keepdim, dtype, mask).sqrt()


def norm(
    input: Tensor, ord: float = 2.0, dim: Any = None, *, keepdim: bool = False, dtype: DType | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The norm of order ``ord``. See torch.masked.norm."""
    source = _where("norm", input, mask, inf if ord == -inf else 0).to(dtype or input.dtype)
    return source.norm(ord, _dims(dim, input), keepdim)


# --- exponentials ---------------------------------------------------------------------------------------------------------


def logsumexp(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: DType | None = None, mask: Tensor | None = None
) -> Tensor:
    """The logarithm of summed exponentials. See torch.masked.logsumexp."""
    source = _where("logsumexp", input, mask, _least(input))
    return source.logsumexp(_dims(dim, input), keepdim).to(dtype or input.dtype)


def logaddexp(
    input: Tensor, other: Tensor, *, dtype: DType | None = None, input_mask: Tensor | None = None,
    other_mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The logarithm of the sum of two exponentials. See torch.masked.logaddexp."""
    one = _where("logaddexp", input, input_mask, _least(input))
    two = _where("logaddexp", other, other_mask, _least(other))
    return one.logaddexp(two).to(dtype or input.dtype)


def softmax(input: Tensor, dim: int, *, dtype: DType | None = None, mask: Tensor | None = None) -> Tensor:
    """Exponentials divided by their sum. See torch.masked.softmax."""
    return _where("softmax", input, mask, _least(input)).softmax(dim, dtype or input.dtype)


def log_softmax(input: Tensor, dim: int, *, dtype: DType | None = None, mask: Tensor | None = None) -> Tensor:
    """The logarithm of `softmax`. See torch.masked.log_softmax."""
    return _where("log_softmax", input, mask, _least(input)).log_softmax(dim, dtype or input.dtype)


def softmin(input: Tensor, dim: int, *, dtype: DType | None = None, mask: Tensor | None = None) -> Tensor:
    """`softmax` of the opposite numbers. See torch.masked.softmin."""
    return functional.softmin(_where("softmin", input, mask, _greatest(input)), dim, dtype=dtype or input.dtype)


def normalize(
    input: Tensor, ord: float, dim: int, *, eps: float = 1e-12, dtype: DType | None = None, mask: Tensor | None = None
) -> Tensor:
    """Elements divided by their norm, which is at least ``eps``. See torch.masked.normalize."""
    size = norm(input, ord, dim, keepdim=True, dtype=dtype, mask=mask)
    return _where("normalize", input, mask, 0) / size.clamp_min(eps)
