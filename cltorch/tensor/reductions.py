"""Reductions of Tensor: sums, means, variances, extremes, norms, softmax."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.composite import composite, is_narrow
from ..autograd.names import called, shown_as
from ..autograd.remembered import remembered
from ..ops import reduction, rules
from ..ops.arguments import Number, Omitted, is_tensor
from ..ops.names import public
from ..ops.reduction import spread
from ..warned import warn
from .apply import apply
from .extremes import extreme_along
from .factorizations import need_matrix, singular_values
from .functions import FUNCTIONS
from .return_types import named

if TYPE_CHECKING:
    from .tensor import Tensor

Shape = tuple[int, ...]


_EXTREMES = {name: named(name, "values indices") for name in ("max", "min")}
_BOTH = named("aminmax", "min max")


def _float(tensor: Tensor, name: str) -> Tensor:
    if not tensor.is_floating_point():
        raise NotImplementedError(f"\"{name}_kernel_impl\" not implemented for '{tensor.dtype.title}'")
    return tensor


def _need_dim(name: str, input: Tensor, dim: Any) -> None:
    """RuntimeError for the extreme of no elements, unless a dimension is named."""
    if not input._cl_meta.view.numel and isinstance(dim, (tuple, list)) and not dim:
        raise RuntimeError(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' "
            "argument."
        )


class Reductions:
    """Methods of Tensor that reduce dimensions."""

    __slots__ = ()

    def _reduce(self: Tensor, op: Any, dim: Any, keepdim: bool) -> Tensor:
        shape = self._cl_meta.shape
        return apply(op, (self,), (rules.wrap_dims(dim, len(shape)), bool(keepdim), shape))

    def _sum(self: Tensor, dims: Shape, keepdim: bool) -> Tensor:
        """Sum over sorted, wrapped dimensions."""
        return apply(reduction.sum_dims, (self,), (dims, keepdim, self._cl_meta.shape))

    @public(out="cast dim dtype")
    def sum(self: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None) -> Tensor:
        """Sum over ``dim`` (all by default); integers and bool add up in int64."""
        source = self if dtype is None or dtype is self.dtype else self.to(dtype)
        total = source._reduce(reduction.sum_dims, dim, keepdim)
        return total if dtype is None else total.to(dtype)

    @public(out="cast dim dtype")
    def prod(
        self: Tensor, dim: int | Omitted = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None
    ) -> Tensor:
        """Product over ``dim`` (all by default)."""
        source = self if dtype is None else self.to(dtypes.named(dtype))
        product = source._reduce(reduction.prod_dims, dim, keepdim)
        return product if dtype is None else product.to(dtype)

    @public(out="cast")
    def mean(self: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None) -> Tensor:
        """Mean over ``dim`` (all by default); RuntimeError for integers."""
        if dtype is None and not self._cl_meta.dtype.differentiable:
            raise RuntimeError(
                "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
                f"Got: {self.dtype.title}"
            )
        source = self if dtype is None else self.to(dtypes.named(dtype))
        if not source._cl_meta.dtype.differentiable:
            raise RuntimeError(
                "mean(): could not infer output dtype. Optional dtype must be either a floating point or complex dtype. "
                f"Got: {source.dtype.title}"
            )
        shape = self._cl_meta.shape
        dims = rules.wrap_dims(dim, len(shape))
        count = prod([shape[d] for d in dims])
        if is_narrow(source._cl_meta.dtype):
            return (source.to(dtypes.float32)._sum(dims, keepdim) / count).to(source._cl_meta.dtype)
        if count == 0:
            return source._sum(dims, keepdim) * float("nan")
        return FUNCTIONS["mean_scaled"](source._sum(dims, keepdim), count)

    @public(out="cast")
    def var(
        self: Tensor,
        dim: Any = None,
        unbiased: bool | Omitted = None,
        keepdim: bool = False,
        *,
        correction: Number | None = None,
    ) -> Tensor:
        """Variance over ``dim`` (all by default), divided by ``count - correction`` (1 by default)."""
        return self._spread_of(_var, "var", dim, unbiased, keepdim, correction)

    def _spread_of(
        self: Tensor, compute: Any, name: str, dim: Any, unbiased: Any, keepdim: bool, correction: Any
    ) -> Tensor:
        """Variance or deviation; a warning where nothing is left to divide by."""
        if not self.dtype.differentiable:
            raise RuntimeError("std and var only support floating point and complex dtypes")
        if unbiased is not None and (correction is not None or isinstance(dim, bool)):
            raise TypeError(f"{name}() received an invalid combination of arguments")
        if isinstance(dim, bool):
            if keepdim or correction is not None:
                raise TypeError(f"{name}() received an invalid combination of arguments")
            dim, unbiased = None, dim
        taken = correction if correction is not None else (1 if unbiased is None or unbiased else 0)
        shape = self._cl_meta.shape
        dims = rules.wrap_dims(dim, len(shape))
        count = prod(shape[d] for d in dims)
        degrees = max(0, count - taken) if count else 0
        reduced = count if all(n for d, n in enumerate(shape) if d not in dims) else 0
        if reduced - taken <= 0:
            warn(
                f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
                "(input numel divided by output numel)."
            )
        return compute(self, dims=dims, keepdim=bool(keepdim), degrees=degrees)

    @public(out="cast")
    def std(
        self: Tensor,
        dim: Any = None,
        unbiased: bool | Omitted = None,
        keepdim: bool = False,
        *,
        correction: Number | None = None,
    ) -> Tensor:
        """Standard deviation: the square root of `var`."""
        return self._spread_of(_std, "std", dim, unbiased, keepdim, correction)

    @public(out=False)
    @shown_as("VarMeanBackward0")
    def var_mean(
        self: Tensor,
        dim: Any = None,
        unbiased: bool | Omitted = None,
        keepdim: bool = False,
        *,
        correction: Number | None = None,
    ) -> tuple[Tensor, Tensor]:
        """`var` and `mean`."""
        over = None if isinstance(dim, bool) else dim
        return self._spread_of(_var, "var_mean", dim, unbiased, keepdim, correction), self.mean(over, keepdim)

    @public(out=False)
    @shown_as("StdMeanBackward0")
    def std_mean(
        self: Tensor,
        dim: Any = None,
        unbiased: bool | Omitted = None,
        keepdim: bool = False,
        *,
        correction: Number | None = None,
    ) -> tuple[Tensor, Tensor]:
        """`std` and `mean`."""
        over = None if isinstance(dim, bool) else dim
        return self._spread_of(_std, "std_mean", dim, unbiased, keepdim, correction), self.mean(over, keepdim)

    @public(out="input")
    def amax(self: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
        """Largest element over ``dim``; ties share the gradient."""
        _need_dim("amax", self, dim)
        return self._reduce(reduction.amax_dims, dim, keepdim)

    @public(out="input")
    def amin(self: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
        """Smallest element over ``dim``; ties share the gradient."""
        _need_dim("amin", self, dim)
        return self._reduce(reduction.amin_dims, dim, keepdim)

    @public(out="whole apart")
    def max(
        self: Tensor, dim: Tensor | int | Omitted = None, keepdim: bool = False, *, other: Tensor | Omitted = None
    ) -> Any:
        """The largest element; with a dimension (values, indices); with a tensor the elementwise `maximum`."""
        return self._extreme("max", dim if other is None else other, keepdim)

    @public(out="whole apart")
    def min(
        self: Tensor, dim: Tensor | int | Omitted = None, keepdim: bool = False, *, other: Tensor | Omitted = None
    ) -> Any:
        """The smallest element; with a dimension (values, indices); with a tensor the elementwise `minimum`."""
        return self._extreme("min", dim if other is None else other, keepdim)

    @public(out="whole apart")
    @shown_as("AminmaxBackward0")
    def aminmax(self: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Any:
        """`amin` and `amax`."""
        if dim is None and not self._cl_meta.view.numel:
            raise RuntimeError(
                "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
            )
        if dim is not None and self.dim() and not self._cl_meta.shape[at := rules.wrap_dim(dim, self.dim())]:
            raise IndexError(f"aminmax: Expected reduction dim {at} to have non-zero size.")
        return _BOTH((self.amin(() if dim is None else dim, keepdim), self.amax(() if dim is None else dim, keepdim)))

    def _extreme(self: Tensor, kind: str, dim: Any, keepdim: bool) -> Any:
        if is_tensor(dim):
            return self.maximum(dim) if kind == "max" else self.minimum(dim)
        if dim is None:
            if not self._cl_meta.view.numel:
                raise RuntimeError(
                    f"{kind}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim "
                    "with the 'dim' argument."
                )
            return self._reduce(reduction.max_all if kind == "max" else reduction.min_all, None, False)
        if self.dtype.is_complex:
            raise RuntimeError(f"{kind}(): does not support complex input")
        at = rules.wrap_dim(dim, len(self._cl_meta.shape))
        if self._cl_meta.shape and not self._cl_meta.shape[at]:
            raise IndexError(f"{kind}(): Expected reduction dim {at} to have non-zero size.")
        op = reduction.argmax_dims if kind == "max" else reduction.argmin_dims
        if not self._cl_meta.shape:
            return _EXTREMES[kind]((called(self.clone(), f"{kind.title()}Backward0"), self._reduce(op, dim, True)))
        values, (where,) = extreme_along.with_aux(self, at=at, keepdim=bool(keepdim), op=op)
        indices = where._made(where._storage.freeze(), where._cl_meta, None)  # the node keeps what they are now
        return _EXTREMES[kind]((called(values, f"{kind.title()}Backward0"), indices))

    @public()
    def argmax(self: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """Position of the largest element (of the flattened tensor without ``dim``); int64."""
        return self._arg(reduction.argmax_dims, "argmax", dim, keepdim)

    @public()
    def argmin(self: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """Position of the smallest element (of the flattened tensor without ``dim``); int64."""
        return self._arg(reduction.argmin_dims, "argmin", dim, keepdim)

    def _arg(self: Tensor, op: Any, name: str, dim: int | None, keepdim: bool) -> Tensor:
        if self._cl_meta.dtype is dtypes.bool:
            raise RuntimeError(f"{name}(): does not support bool input")
        if isinstance(dim, (tuple, list)) or getattr(dim, "ndim", 0) != 0:
            raise TypeError(f"{name}(): argument 'dim' (position 1) must be int, not {type(dim).__name__}")
        if dim is None and not self._cl_meta.view.numel:
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
        return self._reduce(op, dim, keepdim)

    @public(out="byte")
    def any(self: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
        """Whether any element is true (not zero); bool (uint8 of uint8)."""
        return self._truth(reduction.any_dims, dim, keepdim)

    @public(out="byte")
    def all(self: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
        """Whether all elements are true (not zero); bool (uint8 of uint8)."""
        return self._truth(reduction.all_dims, dim, keepdim)

    def _truth(self: Tensor, op: Any, dim: Any, keepdim: bool) -> Tensor:
        """`any` and `all` of uint8 are uint8: it was PyTorch's truth value before there was bool."""
        no_dims = isinstance(dim, (tuple, list)) and not dim  # which here means none, and everywhere else all
        result = self != 0 if no_dims else self._reduce(op, dim, keepdim)
        return result.to(dtypes.uint8) if self._cl_meta.dtype is dtypes.uint8 else result

    def count_nonzero(self: Tensor, dim: Any = None, *more: int) -> Tensor:
        """How many elements are not zero, of all or along dimensions; int64."""
        return (self != 0).sum((dim, *more) if more else dim)

    @public()
    @remembered
    def norm(
        self: Tensor,
        p: Number | str | None = "fro",
        dim: int | Sequence[int] | None = None,
        keepdim: bool = False,
        dtype: dtypes.dtype | None = None,
    ) -> Tensor:
        """The p-norm of the elements (2 by default)."""
        if p == "nuc":
            return self._nuclear_norm(dim, keepdim, dtype)
        if self.is_complex():
            given = None if dtype is None else dtypes.named(dtype)
            if given is not None and not given.is_complex:
                raise RuntimeError(
                    f"linalg.vector_norm: dtype should be complex for complex inputs, but got {given.title}"
                )
            return self.abs().norm(p, dim, keepdim, None if given is None else given.to_real())
        if not self.is_floating_point():
            raise RuntimeError(
                f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {self.dtype.title}"
            )
        if dtype is not None and not dtypes.named(dtype).differentiable:
            raise RuntimeError(
                f"linalg.vector_norm: dtype should be floating point or complex, but got {dtypes.named(dtype).title}"
            )
        order = 2.0 if p in ("fro", None) else p
        if isinstance(order, str):
            raise RuntimeError(f"norm(): unknown order {order!r}")
        dims = rules.wrap_dims(dim, len(self._cl_meta.shape))
        source = self if dtype is None else self.to(dtypes.named(dtype))
        return _norm(source, dims=dims, keepdim=bool(keepdim), order=float(order))

    def _nuclear_norm(self: Tensor, dim: Any, keepdim: bool, dtype: dtypes.dtype | None) -> Tensor:
        """The sum of the singular values of matrices that lie along two dimensions."""
        ndim = len(self._cl_meta.shape)
        if dim is None and ndim != 2:
            raise RuntimeError(
                f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {ndim}D."
            )
        dims = (0, 1) if dim is None else tuple(rules.wrap_dim(d, ndim) for d in dim)
        source = self if dtype is None else self.to(dtypes.named(dtype))
        need_matrix("linalg.matrix_norm", source)
        total = singular_values(source.movedim(dims, (-2, -1))).sum(-1)
        for d in sorted(dims) if keepdim else ():
            total = total.unsqueeze(d)
        return total

    @public(out="cast")
    def logsumexp(self: Tensor, dim: int | Sequence[int], keepdim: bool = False) -> Tensor:
        """``log(sum(exp(x)))`` over ``dim`` without overflow."""
        if dim is None:
            raise TypeError("logsumexp(): argument 'dim' (position 1) must be tuple of ints, not NoneType")
        if isinstance(dim, (tuple, list)) and not dim and self.dim() and self.numel() and not keepdim:
            raise RuntimeError(f"output with shape [] doesn't match the broadcast shape {[1] * self.dim()}")
        if self.is_complex():
            dims = rules.wrap_dims(dim, len(self._cl_meta.shape))
            if not self._cl_meta.view.numel:
                return self.sum(dims, keepdim).log()
            top = self.detach()._real_part().amax(dims, True)
            top = top.where(top.isfinite(), 0.0)
            return (self - top).exp().sum(dims, keepdim).log() + (top if keepdim else top.squeeze(dims))
        if not self.is_floating_point():
            return self.to(dtypes.get_default_dtype()).logsumexp(dim, keepdim)
        return _logsumexp(self, dims=rules.wrap_dims(dim, len(self._cl_meta.shape)), keepdim=bool(keepdim))

    @public()
    def softmax(self: Tensor, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
        """``exp(x) / sum(exp(x))`` along ``dim``."""
        source = self if dtype is None else self.to(dtypes.named(dtype))
        at = rules.wrap_dim(dim, len(self._cl_meta.shape))
        return _softmax(_float(source, "softmax").contiguous(), at)

    @public()
    def log_softmax(self: Tensor, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
        """``log(softmax(x))`` along ``dim``, accurately."""
        source = self if dtype is None else self.to(dtypes.named(dtype))
        at = rules.wrap_dim(dim, len(self._cl_meta.shape))
        return _log_softmax(_float(source, "log_softmax").contiguous(), at)


def share(g: Tensor, y: Tensor, input: Tensor) -> Tensor:
    """The gradient of one element of all, shared evenly by those that are equal to it (NaNs are)."""
    hit = (input == y) | (input.isnan() & y.isnan())
    return (g / hit.sum()).where(hit, 0.0)


def _wider(input: Tensor) -> Tensor:
    """float32 as float64, where the device has it: squares of large numbers overflow and those of small ones vanish."""
    meta = input._cl_meta
    return input.to(dtypes.float64) if meta.dtype is dtypes.float32 and meta.device.traits.fp64 else input


def _squares(input: Tensor, dims: Shape, keepdim: bool, degrees: float) -> Tensor:
    centred = input - input.mean(dims, True)
    return centred._squared_size()._sum(dims, keepdim) / (degrees or 0.0)


def _var_vjp(g: Tensor, y: Any, aux: Any, input: Tensor, dims: Shape, keepdim: bool, degrees: float) -> tuple[Tensor]:
    scale = 2.0 / degrees if degrees else float("inf")
    return (spread(g, dims, keepdim, input._cl_meta.shape) * scale * (input - input.mean(dims, True)),)


@composite(vjp=_var_vjp, saves="input", name="var")
def _var(input: Tensor, dims: Shape, keepdim: bool, degrees: float) -> Tensor:
    return _squares(_wider(input), dims, keepdim, degrees).to(input._cl_meta.dtype.to_real())


def _std_vjp(
    g: Tensor, y: Tensor, aux: Any, input: Tensor, dims: Shape, keepdim: bool, degrees: float
) -> tuple[Tensor]:
    return _var_vjp((g / (y * 2)).where(y != 0, 0.0), y, aux, input, dims, keepdim, degrees)


@composite(vjp=_std_vjp, saves="y input", name="std")
def _std(input: Tensor, dims: Shape, keepdim: bool, degrees: float) -> Tensor:
    return _squares(_wider(input), dims, keepdim, degrees).sqrt().to(input._cl_meta.dtype.to_real())


def _norm_vjp(
    g: Tensor, y: Tensor, aux: Any, input: Tensor, dims: Shape, keepdim: bool, order: float
) -> tuple[Tensor | None]:
    """0 where the norm is 0, and for elements that are 0 where the slope would be infinite."""
    if order == 0:
        return (None,)
    g, y = (spread(t, dims, keepdim, input._cl_meta.shape) for t in (g, y))
    if order == 1:
        return (g * input.sign(),)
    if abs(order) == float("inf"):
        hit = input.abs() == y
        return ((input.sign() * (g / hit.sum(dims, True))).where(hit, 0.0),)
    if order == 2:
        return ((g * (input / y)).where(y != 0, 0.0),)
    if order < 1:
        steep = (input.sign() * input.abs() ** (order - 1)).where(input != 0, 0.0)
        return (steep * g * y ** (1 - order),)
    slope = input.sign() * input.abs() ** (order - 1) if order < 2 else input * input.abs() ** (order - 2)
    return (slope * (g / y ** (order - 1)).where(y != 0, 0.0),)


@composite(vjp=_norm_vjp, saves="y input", name="linalg_vector_norm")
def _norm(input: Tensor, dims: Shape, keepdim: bool, order: float) -> Tensor:
    if (order < 0 or order == float("inf")) and not all(input._cl_meta.shape[d] for d in dims):
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {order} norm on an empty tensor because the operation does not have an "
            "identity"
        )
    if order and prod(input._cl_meta.shape[d] for d in dims) == 1:  # whose square might overflow
        return input.abs()._sum(dims, keepdim)
    if order == 2:
        return (input * input)._sum(dims, keepdim).sqrt()
    if order == float("inf"):
        return input.abs()._reduce(reduction.amax_dims, dims, keepdim)
    if order == float("-inf"):
        return input.abs()._reduce(reduction.amin_dims, dims, keepdim)
    if order == 0:
        return (input != 0).to(input._cl_meta.dtype)._sum(dims, keepdim)
    if order == 1:
        return input.abs()._sum(dims, keepdim)
    return (input.abs() ** order)._sum(dims, keepdim) ** (1.0 / order)


def _logsumexp_vjp(g: Tensor, y: Tensor, aux: Any, input: Tensor, dims: Shape, keepdim: bool) -> tuple[Tensor]:
    g, y = (spread(t, dims, keepdim, input._cl_meta.shape) for t in (g, y))
    return (g * (input - y).exp(),)


@composite(vjp=_logsumexp_vjp, saves="y input", name="logsumexp")
def _logsumexp(input: Tensor, dims: Shape, keepdim: bool) -> Tensor:
    if not input._cl_meta.view.numel:
        return input.exp()._sum(dims, keepdim).log()
    top = input._reduce(reduction.amax_dims, dims, True)
    top = top.where(top.isfinite(), 0.0)
    result = (input - top).exp()._sum(dims, True).log() + top
    return result.reshape(rules.reduced_shape(input._cl_meta.shape, dims, keepdim))


@composite(vjp=lambda g, y, aux, input, dim: (y * (g - (g * y).sum(dim, True)),), saves="y")
def _softmax(input: Tensor, dim: int) -> Tensor:
    if not input._cl_meta.view.numel:
        return input.clone()
    raised = (input - input.amax(dim, True)).exp()
    scale = raised.sum(dim, True).reciprocal()  # one division a row: on CPUs they cost as much as the exponentials
    return raised * scale


@composite(vjp=lambda g, y, aux, input, dim: (g - y.exp() * g.sum(dim, True),), saves="y")
def _log_softmax(input: Tensor, dim: int) -> Tensor:
    if not input._cl_meta.view.numel:
        return input.clone()
    shifted = input - input.amax(dim, True)
    return shifted - shifted.exp().sum(dim, True).log()
