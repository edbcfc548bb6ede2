"""Reductions of Tensor: sums, means, variances, extremes, norms, softmax."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.composite import composite
from ..ops import reduction, rules
from ..ops.names import public
from .apply import apply
from .functions import record
from .return_types import named, numpy_names

if TYPE_CHECKING:
    from .tensor import Tensor

Shape = tuple[int, ...]


_EXTREMES = {name: named(name, "values indices") for name in ("max", "min", "median", "cummax", "cummin", "mode")}
_BOTH = named("aminmax", "min max")


def _float(tensor: Tensor, name: str) -> Tensor:
    if not tensor.is_floating_point():
        raise NotImplementedError(f"\"{name}_kernel_impl\" not implemented for '{tensor.dtype.title}'")
    return tensor


class Reductions:
    """Methods of Tensor that reduce dimensions."""

    __slots__ = ()

    def _reduce(self: Tensor, op: Any, dim: Any, keepdim: bool) -> Tensor:
        shape = self._meta.shape
        return apply(op, (self,), (rules.wrap_dims(dim, len(shape)), bool(keepdim), shape))

    def _sum(self: Tensor, dims: Shape, keepdim: bool) -> Tensor:
        """Sum over sorted, wrapped dimensions."""
        return apply(reduction.sum_dims, (self,), (dims, keepdim, self._meta.shape))

    @public()
    @numpy_names
    def sum(self: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None) -> Tensor:
        """Sum over ``dim`` (all by default); integers and bool add up in int64."""
        source = self if dtype is None or dtype is self.dtype else self.to(dtype)
        total = source._reduce(reduction.sum_dims, dim, keepdim)
        return total if dtype is None else total.to(dtype)

    @public()
    @numpy_names
    def prod(self: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None) -> Tensor:
        """Product over ``dim`` (all by default)."""
        source = self if dtype is None else self.to(dtypes.named(dtype))
        product = source._reduce(reduction.prod_dims, dim, keepdim)
        return product if dtype is None else product.to(dtype)

    @public()
    @numpy_names
    def mean(self: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None) -> Tensor:
        """Mean over ``dim`` (all by default); RuntimeError for integers."""
        if dtype is None and not self.is_floating_point():
            raise RuntimeError(
                "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
                f"Got: {self.dtype.title}"
            )
        source = self if dtype is None else self.to(dtypes.named(dtype))
        shape = self._meta.shape
        dims = rules.wrap_dims(dim, len(shape))
        count = prod(shape[d] for d in dims)
        if source.dtype in (dtypes.float16, dtypes.bfloat16):
            return (source.to(dtypes.float32)._sum(dims, keepdim) / count).to(source.dtype)
        if count == 0:
            return source._sum(dims, keepdim) * float("nan")
        return record("mean_scaled", source._sum(dims, keepdim), count)

    @public()
    @numpy_names
    def var(
        self: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
    ) -> Tensor:
        """Variance over ``dim`` (all by default), divided by ``count - correction`` (1 by default)."""
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if not self.is_floating_point():
            raise RuntimeError("std and var only support floating point and complex dtypes")
        taken = correction if correction is not None else (1 if unbiased is None or unbiased else 0)
        shape = self._meta.shape
        dims = rules.wrap_dims(dim, len(shape))
        count = prod(shape[d] for d in dims)
        centred = self - self.mean(dims, True)
        scale = max(0, count - taken)
        return (
            (centred * centred)._sum(dims, keepdim) / scale if scale else (centred * centred)._sum(dims, keepdim) / 0.0
        )

    @public()
    @numpy_names
    def std(
        self: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
    ) -> Tensor:
        """Standard deviation: the square root of `var`."""
        return self.var(dim, unbiased, keepdim, correction=correction).sqrt()

    @public()
    @numpy_names
    def var_mean(
        self: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
    ) -> tuple[Tensor, Tensor]:
        """`var` and `mean`."""
        over = None if isinstance(dim, bool) else dim
        return self.var(dim, unbiased, keepdim, correction=correction), self.mean(over, keepdim)

    @public()
    @numpy_names
    def std_mean(
        self: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
    ) -> tuple[Tensor, Tensor]:
        """`std` and `mean`."""
        over = None if isinstance(dim, bool) else dim
        return self.std(dim, unbiased, keepdim, correction=correction), self.mean(over, keepdim)

    @public()
    @numpy_names
    def amax(self: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
        """Largest element over ``dim``; ties share the gradient."""
        return self._reduce(reduction.amax_dims, dim, keepdim)

    @public()
    @numpy_names
    def amin(self: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
        """Smallest element over ``dim``; ties share the gradient."""
        return self._reduce(reduction.amin_dims, dim, keepdim)

    @public()
    @numpy_names
    def max(self: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
        """The largest element; with a dimension (values, indices); with a tensor the elementwise `maximum`."""
        return self._extreme("max", dim if other is None else other, keepdim)

    @public()
    @numpy_names
    def min(self: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
        """The smallest element; with a dimension (values, indices); with a tensor the elementwise `minimum`."""
        return self._extreme("min", dim if other is None else other, keepdim)

    @public()
    @numpy_names
    def aminmax(self: Tensor, *, dim: Any = None, keepdim: bool = False) -> Any:
        """`amin` and `amax`."""
        return _BOTH((self.amin(() if dim is None else dim, keepdim), self.amax(() if dim is None else dim, keepdim)))

    @public()
    @numpy_names
    def median(self: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
        """The (lower) median element, NaN if there is one; with a dimension (values, indices)."""
        source = self.reshape(-1) if dim is None else self.reshape(1) if not self._meta.shape else self
        at = rules.wrap_dim(0 if dim is None else dim, source.dim())
        count = source._meta.shape[at]
        if not count:
            raise IndexError(f"median(): Expected reduction dim {at} to have non-zero size.")
        order = source.argsort(at)
        middle = order.narrow(at, (count - 1) // 2, 1)
        if self.is_floating_point():  # NaNs come last in the order
            last = order.narrow(at, count - 1, 1)
            middle = last.where(source.detach().gather(at, last).isnan(), middle)
        values = source.gather(at, middle)
        if dim is None:
            return values.reshape(())
        keep = keepdim and bool(self._meta.shape)
        return _EXTREMES["median"]((values, middle) if keep else (values.squeeze(at), middle.squeeze(at)))

    def _extreme(self: Tensor, kind: str, dim: Any, keepdim: bool) -> Any:
        if hasattr(dim, "_meta"):
            return self.maximum(dim) if kind == "max" else self.minimum(dim)
        if dim is None:
            if not self._meta.view.numel:
                raise RuntimeError(
                    f"{kind}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim "
                    "with the 'dim' argument."
                )
            return self._reduce(reduction.amax_dims if kind == "max" else reduction.amin_dims, None, False)
        indices = self._reduce(reduction.argmax_dims if kind == "max" else reduction.argmin_dims, dim, True)
        if not self._meta.shape:
            return _EXTREMES[kind]((self.clone(), indices))
        values = self.gather(dim, indices)
        return _EXTREMES[kind]((values, indices) if keepdim else (values.squeeze(dim), indices.squeeze(dim)))

    @public()
    @numpy_names
    def argmax(self: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """Position of the largest element (of the flattened tensor without ``dim``); int64."""
        return self._arg(reduction.argmax_dims, "argmax", dim, keepdim)

    @public()
    @numpy_names
    def argmin(self: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """Position of the smallest element (of the flattened tensor without ``dim``); int64."""
        return self._arg(reduction.argmin_dims, "argmin", dim, keepdim)

    def _arg(self: Tensor, op: Any, name: str, dim: int | None, keepdim: bool) -> Tensor:
        if self._meta.dtype is dtypes.bool:
            raise RuntimeError(f"{name}(): does not support bool input")
        if dim is None and not self._meta.view.numel:
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
        return self._reduce(op, dim, keepdim)

    @public()
    @numpy_names
    def any(self: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
        """Whether any element is true (not zero); bool (uint8 of uint8)."""
        return self._truth(reduction.any_dims, dim, keepdim)

    @public()
    @numpy_names
    def all(self: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
        """Whether all elements are true (not zero); bool (uint8 of uint8)."""
        return self._truth(reduction.all_dims, dim, keepdim)

    def _truth(self: Tensor, op: Any, dim: Any, keepdim: bool) -> Tensor:
        """`any` and `all` of uint8 are uint8: it was PyTorch's truth value before there was bool."""
        result = self._reduce(op, dim, keepdim)
        return result.to(dtypes.uint8) if self._meta.dtype is dtypes.uint8 else result

    @public()
    @numpy_names
    def count_nonzero(self: Tensor, dim: Any = None) -> Tensor:
        """How many elements are not zero; int64."""
        return (self != 0).sum(dim)

    @public()
    @numpy_names
    def norm(self: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False) -> Tensor:
        """The p-norm of the elements (2 by default)."""
        if not self.is_floating_point():
            raise RuntimeError(
                f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {self.dtype.title}"
            )
        order = 2.0 if p in ("fro", None) else float(p)
        if order == 2.0:
            return (self * self).sum(dim, keepdim).sqrt()
        if order == float("inf"):
            return self.abs().amax(() if dim is None else dim, keepdim)
        if order == float("-inf"):
            return self.abs().amin(() if dim is None else dim, keepdim)
        if order == 0.0:
            return (self != 0).to(self.dtype).sum(dim, keepdim)
        return (self.abs() ** order).sum(dim, keepdim) ** (1.0 / order)

    @public()
    @numpy_names
    def logsumexp(self: Tensor, dim: Any, keepdim: bool = False) -> Tensor:
        """``log(sum(exp(x)))`` over ``dim`` without overflow."""
        if not self.is_floating_point():
            return self.to(dtypes.get_default_dtype()).logsumexp(dim, keepdim)
        dims = rules.wrap_dims(dim, len(self._meta.shape))
        top = self.detach().amax(dims, True)
        top = top.where(top.isfinite(), 0.0)
        result = (self - top).exp()._sum(dims, True).log() + top
        return result if keepdim else result._drop(dims)

    def _drop(self: Tensor, dims: Shape) -> Tensor:
        return self.reshape(tuple(n for d, n in enumerate(self._meta.shape) if d not in dims))

    @public()
    @numpy_names
    def softmax(self: Tensor, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
        """``exp(x) / sum(exp(x))`` along ``dim``."""
        source = self if dtype is None else self.to(dtypes.named(dtype))
        return _softmax(_float(source, "softmax").contiguous(), rules.wrap_dim(dim, len(self._meta.shape)))

    @public()
    @numpy_names
    def log_softmax(self: Tensor, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
        """``log(softmax(x))`` along ``dim``, accurately."""
        source = self if dtype is None else self.to(dtypes.named(dtype))
        return _log_softmax(_float(source, "log_softmax").contiguous(), rules.wrap_dim(dim, len(self._meta.shape)))


@composite(vjp=lambda g, y, aux, input, dim: (y * (g - (g * y).sum(dim, True)),), saves="y")
def _softmax(input: Tensor, dim: int) -> Tensor:
    if not input._meta.view.numel:
        return input.clone()
    wide = _wide(input)
    raised = (wide - wide.amax(dim, True)).exp()
    scale = raised.sum(dim, True).reciprocal()  # one division a row: on CPUs they cost as much as the exponentials
    return (raised * scale).to(input.dtype)


@composite(vjp=lambda g, y, aux, input, dim: (g - y.exp() * g.sum(dim, True),), saves="y")
def _log_softmax(input: Tensor, dim: int) -> Tensor:
    if not input._meta.view.numel:
        return input.clone()
    wide = _wide(input)
    shifted = wide - wide.amax(dim, True)
    return (shifted - shifted.exp().sum(dim, True).log()).to(input.dtype)


def _wide(input: Tensor) -> Tensor:
    """16-bit floats as float32, so that they are rounded once, at the end."""
    return input.to(dtypes.float32) if input._meta.dtype.itemsize == 2 else input
