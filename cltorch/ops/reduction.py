"""Reductions: sum, product, extremes, logic and positions of extremes over dimensions.

The rows take dims that are sorted and counted from the front, and the input's shape (which gradients need).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..dtypes import dtype as DType
from ..graph.meta import Meta
from ..graph.record import recorder
from ..graph.value import Pointwise, Record, Reduction
from ..graph.view import View
from . import rules
from .op import Op, Vjp, declare

if TYPE_CHECKING:
    from ..tensor.tensor import Tensor

Shape = tuple[int, ...]


def reduction(kind: str, *, result: str, vjp: Vjp | None = None, **columns: Any) -> Callable[[Callable[..., Any]], Op]:
    """Declare a reduction. ``result``: ``wide`` (integers to int64), ``same``, ``bool`` or ``position`` (int64)."""

    def decorate(function: Callable[..., Any]) -> Op:
        return declare(
            function,
            "reduction",
            infer,
            vjp,
            params=("dims", "keepdim", "shape"),
            extra=(kind, result),
            method=False,
            **columns,
        )

    return decorate


def infer(op: Op, operands: tuple[Any, ...], params: tuple[Any, ...]) -> Record:
    """Checks and record of a reduction."""
    (meta,) = operands
    dims, keepdim, shape = params
    kind, result = op.extra
    empty = [d for d in dims if shape[d] == 0]
    if empty and kind in ("amax", "amin", "argmax", "argmin"):
        name = op.name.removesuffix("_dims")
        raise IndexError(f"{name}(): Expected reduction dim {empty[0]} to have non-zero size.")
    if meta.dtype.is_complex and kind in ("argmax", "argmin"):
        raise RuntimeError(f"{kind}(): does not support complex input")
    if meta.dtype.is_complex and kind not in ("sum", "prod", "any", "all"):
        raise NotImplementedError(f"\"{op.name}\" not implemented for '{meta.dtype.title}'")
    if meta.dtype in dtypes.KEPT and kind not in ("any", "all") and (kind != "sum" or meta.dtype.is_floating_point):
        raise NotImplementedError(f"\"{op.name}\" not implemented for '{meta.dtype.title}'")
    in_dtype, out_dtype = _dtypes(result, meta.dtype)
    real = tuple(d for d in dims if shape[d] != 1)
    view = meta.view
    if not keepdim:
        kept = [d for d in range(len(shape)) if d in real or d not in dims]
        view = View.of(tuple(shape[d] for d in kept), tuple(view.strides[d] for d in kept), view.offset)
        real = tuple(kept.index(d) for d in real)
    out = Meta.dense(rules.reduced_shape(shape, dims, keepdim), out_dtype, meta.device)
    pending = recorder(meta.device).pending
    if real:
        return Record(Reduction(kind, real, in_dtype), (view,), (out,), pending, op.rule, (meta,))
    expr = {"argmax": "0 * input", "argmin": "0 * input", "any": "input != 0", "all": "input != 0"}.get(kind, "input")
    read_dtype = out_dtype if kind.startswith("arg") else in_dtype
    return Record(Pointwise(expr, ("input",), (read_dtype,)), (view,), (out,), pending, op.rule, (meta,))


def _dtypes(result: str, dtype: DType) -> tuple[DType, DType]:
    if result == "position":
        return dtype, dtypes.int64
    if result == "bool":
        return dtype, dtypes.bool
    if result == "wide" and not dtype.differentiable:
        return dtypes.int64, dtypes.int64
    return dtype, dtype


def spread(g: Tensor, dims: Shape, keepdim: bool, shape: Shape) -> Tensor:
    """The gradient of a reduction (or its result), repeated along the dimensions that were reduced."""
    if not keepdim and dims:
        g = g.reshape(tuple(1 if d in dims else n for d, n in enumerate(shape)))
    return g.expand(shape)


@reduction("sum", result="wide", vjp=spread)
def sum_dims(input: Tensor, dims: Shape, keepdim: bool, shape: Shape) -> Tensor:
    """Sum over ``dims``; integers and bool add up in int64. Float sums are blocked, so that rounding stays small."""
    ...


def _prod_vjp(g: Tensor, y: Tensor, input: Tensor, dims: Shape, keepdim: bool, shape: Shape) -> Tensor:
    """The product of the others: of those before and of those behind, so that zeros need no care, here and in second gradients."""
    if len(dims) == 1:
        slope = _before(input, dims[0]) * _before(input.flip(dims[0]), dims[0]).flip(dims[0])
    else:
        flat = input.reshape(-1)
        slope = (_before(flat, 0) * _before(flat.flip(0), 0).flip(0)).reshape(shape)
    slope = slope.where(~spread(y, dims, keepdim, shape).isnan(), float("nan"))
    grad = spread(g, dims, keepdim, shape) * slope
    if len(dims) < len(shape):
        return grad
    two_zeros = (input == 0)._sum(dims, False) > 1  # then all are zero, whatever else there is
    return grad.masked_fill(two_zeros & grad.isnan(), 0.0)


def _before(input: Tensor, dim: int) -> Tensor:
    """The product of the elements before each along a dimension."""
    count = input._cl_meta.shape[dim]
    first = input.new_ones(input.narrow(dim, 0, min(1, count)).shape)
    return input._joined([first, input.narrow(dim, 0, max(count - 1, 0))], dim).cumprod(dim)


@reduction("prod", result="wide", vjp=_prod_vjp, domain=(0.5, 1.5))
def prod_dims(input: Tensor, dims: Shape, keepdim: bool, shape: Shape) -> Tensor:
    """Product over ``dims``; integers and bool multiply in int64."""
    ...


def _extreme_vjp(g: Tensor, y: Tensor, input: Tensor, dims: Shape, keepdim: bool, shape: Shape) -> Tensor:
    """Ties share the gradient evenly."""
    hit = (input == spread(y, dims, keepdim, shape)).to(g.dtype)
    return spread(g, dims, keepdim, shape) * hit / hit.sum(dims, True)


@reduction("amax", result="same", vjp=_extreme_vjp)
def amax_dims(input: Tensor, dims: Shape, keepdim: bool, shape: Shape) -> Tensor:
    """Largest element over ``dims``; NaN if there is one. Ties share the gradient."""
    ...


@reduction("amin", result="same", vjp=_extreme_vjp)
def amin_dims(input: Tensor, dims: Shape, keepdim: bool, shape: Shape) -> Tensor:
    """Smallest element over ``dims``; NaN if there is one. Ties share the gradient."""
    ...


def _shared_vjp(g: Tensor, y: Tensor, input: Tensor, dims: Shape, keepdim: bool, shape: Shape) -> Tensor:
    """As `_extreme_vjp`; NaNs count as ties of a NaN."""
    hit = (input == y) | (input.isnan() & y.isnan())
    return (g / hit.sum()).where(hit, 0.0)


@reduction("amax", result="same", vjp=_shared_vjp)
def max_all(input: Tensor, dims: Shape, keepdim: bool, shape: Shape) -> Tensor:
    """Largest element of all; NaN if there is one. Ties share the gradient, NaNs too."""
    ...


@reduction("amin", result="same", vjp=_shared_vjp)
def min_all(input: Tensor, dims: Shape, keepdim: bool, shape: Shape) -> Tensor:
    """Smallest element of all; NaN if there is one. Ties share the gradient, NaNs too."""
    ...


@reduction("argmax", result="position")
def argmax_dims(input: Tensor, dims: Shape, keepdim: bool, shape: Shape) -> Tensor:
    """Position of the (first) largest element in the row-major order of ``dims``; int64."""
    ...


@reduction("argmin", result="position")
def argmin_dims(input: Tensor, dims: Shape, keepdim: bool, shape: Shape) -> Tensor:
    """Position of the (first) smallest element in the row-major order of ``dims``; int64."""
    ...


@reduction("any", result="bool")
def any_dims(input: Tensor, dims: Shape, keepdim: bool, shape: Shape) -> Tensor:
    """Whether any element over ``dims`` is true (not zero); bool."""
    ...


@reduction("all", result="bool")
def all_dims(input: Tensor, dims: Shape, keepdim: bool, shape: Shape) -> Tensor:
    """Whether all elements over ``dims`` are true (not zero); bool."""
    ...
