"""Nested tensors of layout ``jagged``: rows of all tensors one behind the other, and where each tensor's begin."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from math import inf
from typing import Any

from .. import dtypes
from ..ops.asking import noticed
from ..tensor.creation import arange, full, tensor
from ..tensor.formats import jagged
from ..tensor.joining import cat
from ..tensor.sizes import Size
from ..tensor.tensor import Tensor
from .base import NestedTensor, flat, replaced

_counted = itertools.count(1)


class NestedInt:
    """The size of a dimension along which tensors differ: equal to itself alone, whatever the sizes are."""

    __slots__ = ("name",)

    def __init__(self) -> None:
        self.name = f"j{next(_counted)}"

    def __repr__(self) -> str:
        return self.name


class Ragged:
    """Where the rows of each tensor lie among all: ``offsets``, and ``sizes`` as Python's ints. Shared by all tensors with the same ones."""

    def __init__(self, offsets: Tensor, sizes: Sequence[int]) -> None:
        self.offsets, self.sizes, self.int = offsets, tuple(sizes), NestedInt()
        self.longest = max(self.sizes, default=0)

    @property
    def lengths(self) -> Tensor:
        """How many rows each tensor has."""
        return self.offsets[1:] - self.offsets[:-1]

    @property
    def owners(self) -> Tensor:
        """For every row the number of its tensor."""
        return arange(len(self.sizes), device=self.offsets.device).repeat_interleave(
            self.lengths, output_size=sum(self.sizes)
        )

    @property
    def places(self) -> Tensor:
        """For every row where it lies among rows that are padded to the longest tensor's."""
        owners = self.owners
        return owners * self.longest + arange(sum(self.sizes), device=owners.device) - self.offsets[owners]


class Jagged(NestedTensor):
    """``_held`` has the rows of all tensors in dimension 0; ``_dim`` is where the dimension along which they differ stands."""

    __slots__ = ()

    _ragged: Ragged
    _dim: int

    @property
    def _values(self) -> Tensor:
        return self._held  # type: ignore[no-any-return]

    # --- what it is ------------------------------------------------------------------------------------------------------

    def _with(self, held: Tensor, dim: int | None = None) -> Jagged:
        return made(held, self._ragged, self._dim if dim is None else dim)

    @property
    def layout(self) -> Any:
        """``jagged``."""
        return jagged

    @property
    def shape(self) -> Any:
        """The sizes of all dimensions, a `NestedInt` where tensors differ."""
        rest = list(self._held.shape[1:])
        return tuple.__new__(
            Size, (len(self._ragged.sizes), *rest[: self._dim - 1], self._ragged.int, *rest[self._dim - 1 :])
        )

    def size(self, dim: int | None = None) -> Any:
        """All sizes, or that of one dimension."""
        return self.shape if dim is None else self.shape[dim]

    def dim(self) -> int:
        """The number of dimensions."""
        return self._held.dim() + 1  # type: ignore[no-any-return]

    def numel(self) -> int:
        """The number of elements of all tensors."""
        return self._held.numel()  # type: ignore[no-any-return]

    def values(self) -> Tensor:
        """The rows of all tensors. See torch.Tensor.values."""
        return self._held  # type: ignore[no-any-return]

    def offsets(self) -> Tensor:
        """Where each tensor's rows begin, and where the last one's end."""
        return self._ragged.offsets

    def lengths(self) -> Tensor | None:
        """None: between the tensors nothing is left out."""
        return None

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Whether the dimension along which tensors differ is the first of theirs, and their rows are contiguous."""
        return self._dim == 1 and self._held.is_contiguous()

    requires_grad: Any = property(
        lambda self: self._held.requires_grad, lambda self, value: self._held.requires_grad_(value)
    )
    is_leaf: Any = property(lambda self: self._held.is_leaf)
    grad_fn: Any = property(lambda self: self._held.grad_fn)

    grad: Any = property(lambda self: None if self._held.grad is None else self._with(self._held.grad))

    def requires_grad_(self, requires_grad: bool = True) -> Jagged:
        """Begin to record what is computed of it, or stop."""
        self._held.requires_grad_(requires_grad)
        return self

    def unbind(self, dim: int = 0) -> tuple[Tensor, ...]:
        """The tensors that it holds. See torch.Tensor.unbind."""
        if dim:
            raise RuntimeError("unbind(): only supported for NestedTensor on dim=0")
        return tuple(part.movedim(0, self._dim - 1) for part in self._held.split(list(self._ragged.sizes)))

    def __repr__(self) -> str:
        contiguous = self.is_contiguous()
        sizes = ", ".join(map(str, self.shape))
        end = (
            f", grad_fn={self.grad_fn}"
            if self.grad_fn is not None
            else ", requires_grad=True"
            if self.requires_grad
            else ""
        )
        return f"NestedTensor(size=({sizes}), offsets={self.offsets()}{end}, contiguous={contiguous})"

    # --- padding ---------------------------------------------------------------------------------------------------------

    def to_padded_tensor(self, padding: float, output_size: Sequence[int] | None = None) -> Tensor:
        """One tensor, where ``padding`` stands behind the rows of shorter ones. See torch.nested.to_padded_tensor."""
        ragged, held = self._ragged, self._held
        count = len(ragged.sizes)
        whole = held.new_full((count * ragged.longest, *held.shape[1:]), padding).index_copy(0, ragged.places, held)
        padded = whole.unflatten(0, (count, ragged.longest)).movedim(1, self._dim)
        if output_size is None:
            return padded
        return enlarged(padded[tuple(map(slice, output_size))], padding, output_size)  # what is smaller cuts off

    def _without_padding(self, padded: Tensor) -> Jagged:
        return self._with(padded.movedim(self._dim, 1).flatten(0, 1).index_select(0, self._ragged.places))

    # --- dimensions ------------------------------------------------------------------------------------------------------

    def _inner(self, name: str, dim: int) -> int:
        """The dimension of ``_held`` that one of this tensor is. RuntimeError where there is none."""
        dim = self._wrapped(dim)
        if dim in (0, self._dim):
            raise RuntimeError(f"{name}(): not supported for NestedTensor on {'ragged dim' if dim else 'dim=0'}")
        return dim if dim < self._dim else dim - 1

    def _wrapped(self, dim: int, more: int = 0) -> int:
        ndim = self.dim() + more
        if not -ndim <= dim < ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got {dim})"
            )
        return dim % ndim

    def _of_transpose(self, func: Any, input: Any, dim0: int, dim1: int) -> Jagged:
        order = list(range(self.dim()))
        a, b = self._wrapped(dim0), self._wrapped(dim1)
        if a != b and 0 in (a, b):
            raise ValueError("Transpose is not supported on the batch dimension for jagged NT")
        order[a], order[b] = order[b], order[a]
        return self._in_order(order)

    def _of_permute(self, func: Any, input: Any, *dims: Any) -> Jagged:
        order = [self._wrapped(dim) for dim in flat(dims)]
        if order[:1] != [0]:
            raise RuntimeError("permute(): only supported on NestedTensors when batch dimension remains at index 0")
        return self._in_order(order)

    def _in_order(self, order: list[int]) -> Jagged:
        inner = [self._inner("permute", dim) for dim in order if dim not in (0, self._dim)]
        return self._with(self._held.permute(0, *inner), order.index(self._dim))

    def _of_view(self, func: Any, input: Any, *shape: Any) -> Jagged:
        sizes = list(flat(shape))
        at = next((k for k, size in enumerate(sizes) if isinstance(size, NestedInt)), self._dim)
        before, known = self.shape[1 : self._dim], sizes[1:at]
        if len(sizes) <= at or sizes[0] not in (len(self._ragged.sizes), -1) or list(before) != known:
            raise RuntimeError(f"view(): cannot view shape {self.shape} as {sizes}")
        return self._with(self._held.reshape(self._held.shape[0], *before, *sizes[at + 1 :]))

    _of_reshape = _of_view

    def _of_unflatten(self, func: Any, input: Any, dim: int, sizes: Any) -> Jagged:
        dim = self._wrapped(dim)
        shift = len(sizes) - 1 if dim < self._dim else 0
        return self._with(func(self._held, self._inner("unflatten", dim), sizes), self._dim + shift)

    def _of_flatten(self, func: Any, input: Any, start_dim: int = 0, end_dim: int = -1) -> Jagged:
        start, end = self._wrapped(start_dim), self._wrapped(end_dim)
        if start <= self._dim <= end and start != end:
            raise RuntimeError("flatten(): not supported for NestedTensor on ragged dim")
        shift = end - start if end < self._dim else 0
        inner = func(self._held, self._inner("flatten", start), self._inner("flatten", end))
        return self._with(inner, self._dim - shift)

    def _of_unsqueeze(self, func: Any, input: Any, dim: int) -> Jagged:
        dim = self._wrapped(dim, 1)
        if not dim:
            raise RuntimeError("unsqueeze(): not supported for NestedTensor on dim=0")
        before = dim <= self._dim
        return self._with(func(self._held, dim if before else dim - 1), self._dim + before)

    def _of_squeeze(self, func: Any, input: Any, dim: int) -> Jagged:
        inner, dim = self._inner("squeeze", dim), self._wrapped(dim)
        gone = self._held.shape[inner] == 1 and dim < self._dim
        return self._with(func(self._held, inner), self._dim - gone)

    def _along_one(self, func: Any, input: Any, *args: Any, dim: int = 0, **kwargs: Any) -> Any:
        """A function along one dimension, which is its last argument, that gives tensors with as many dimensions."""
        *rest, dim = args if len(args) > 1 or func.__name__.endswith("softmax") and args else (*args, dim)
        result = func(self._held, *rest, dim=self._inner(func.__name__, dim), **kwargs)
        return self._with(result) if isinstance(result, Tensor) else tuple(map(self._with, result))

    _of_chunk = _of_split = _of_narrow_copy = _along_one

    def _of_softmax(self, func: Any, input: Any, dim: int, *args: Any, **kwargs: Any) -> Jagged:
        if self._wrapped(dim) == self._dim:
            return self._without_padding(func(self.to_padded_tensor(-inf), dim, *args, **kwargs))
        return self._with(func(self._held, self._inner("softmax", dim), *args, **kwargs))

    _of_log_softmax = _of_softmax

    def _of_cat(self, func: Any, tensors: Sequence[Any], dim: int = 0, **kwargs: Any) -> Jagged:
        return self._with(func([self._fitting(one) for one in tensors], self._inner("cat", dim), **kwargs))

    # --- elements and rows -----------------------------------------------------------------------------------------------

    def _fitting(self, other: Tensor) -> Tensor:
        """What stands beside ``_held`` for another tensor: another nested one's, or what is broadcast along the rows."""
        if isinstance(other, Jagged):
            if other._ragged is not self._ragged or other._dim != self._dim:
                shapes = " and ".join(f"({', '.join(map(str, one.shape))})" for one in (self, other))
                raise RuntimeError(f"cannot call binary pointwise function with inputs of shapes {shapes}")
            return other._held  # type: ignore[no-any-return]
        missing = self.dim() - other.dim()
        if not other.dim() or missing < 0:
            return other
        wide = other.reshape((1,) * missing + tuple(other.shape))
        if wide.shape[self._dim] == self._ragged.longest != 1:  # as if this one were padded
            return self._without_padding(wide.expand(len(self._ragged.sizes), *wide.shape[1:]))._held  # type: ignore[no-any-return]
        if wide.shape[self._dim] != 1:
            raise RuntimeError(f"cannot broadcast a tensor of shape {tuple(other.shape)} to nested shape {self.shape}")
        rows = wide.squeeze(self._dim)
        return rows if rows.shape[0] == 1 else rows.index_select(0, self._ragged.owners)

    def _elementwise(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        kwargs = {name: replaced(one, self._fitting) for name, one in kwargs.items() if name != "layout"}
        found = func(*replaced(args, self._fitting), **kwargs)
        if found is self._held and isinstance(args[0], Jagged):
            return args[0]
        return self._with(found)

    def _rowwise(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._with(func(*replaced(args, lambda one: one._held if isinstance(one, Jagged) else one), **kwargs))

    def _of_matmul(self, func: Any, input: Any, other: Any) -> Jagged:
        if (
            not isinstance(input, Jagged)
            or isinstance(other, NestedTensor)
            or other.dim() != 2
            or self._dim == self.dim() - 1
        ):
            raise NotImplementedError(
                "matmul() of a nested tensor needs a strided matrix at its right, and equal columns"
            )
        return self._with(func(input._held, other))

    _of_rmatmul = _of_matmul

    # --- reductions ------------------------------------------------------------------------------------------------------

    def _reduced(self, func: Any, input: Any, dim: Any = None, keepdim: bool = False, **kwargs: Any) -> Any:
        if dim is None:
            return func(self._held, **kwargs)
        name, dims = (
            func.__name__,
            sorted(self._wrapped(d) for d in (dim if isinstance(dim, (tuple, list)) else (dim,))),
        )
        if self._dim not in dims and 0 not in dims:
            inner = [self._inner(name, d) for d in dims]
            gone = 0 if keepdim else sum(d < self._dim for d in dims)
            where = tuple(inner) if isinstance(dim, (tuple, list)) else inner[0]
            found = func(self._held, where, keepdim=keepdim, **kwargs)
            return replaced(found, lambda one: self._with(one, self._dim - gone))
        if dims != [self._dim]:
            what = "along the batch dimension but not the ragged dimension"
            if 0 not in dims:
                what = "along a ragged and non-batch dimension"
            raise RuntimeError(f"{name}(): reducing {what} is not supported for nested tensors")
        return self._down(func, name, keepdim, kwargs)

    def _down(self, func: Any, name: str, keepdim: bool, kwargs: dict[str, Any]) -> Any:
        """A reduction of each tensor along the dimension in which they differ."""
        if name in ("sum", "mean"):
            whole = self.to_padded_tensor(0).sum(self._dim, keepdim=keepdim, **kwargs)
            if name == "sum":
                return whole
            return whole / self._ragged.lengths.reshape(-1, *(1,) * (whole.dim() - 1))
        return func(self.to_padded_tensor(_neutral(name, self.dtype)), self._dim, keepdim=keepdim, **kwargs)

    _of_sum = _of_mean = _of_amax = _of_amin = _of_max = _of_min = _of_any = _of_all = _of_prod = _reduced

    # --- attention -------------------------------------------------------------------------------------------------------

    def _of_scaled_dot_product_attention(
        self, func: Any, query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0,
        is_causal: bool = False, **kwargs: Any,
    ) -> Jagged:  # fmt: skip
        if attn_mask is not None:
            raise RuntimeError("Masks are not supported for NestedTensor inputs")
        if not all(isinstance(one, Jagged) and one.dim() == 4 and one._dim == 2 for one in (query, key, value)):
            raise RuntimeError("attention of nested tensors needs them of shape (batch, heads, sequence, features)")
        lengths, longest = key._ragged.lengths, key._ragged.longest
        mask = (
            arange(longest, device=lengths.device) < lengths.clamp_min(1)[:, None, None, None]
        )  # nothing to look at gives nan
        if is_causal:
            rows = arange(query._ragged.longest, device=lengths.device)
            mask = mask & (rows[:, None] >= arange(longest, device=lengths.device))
        padded = [one.to_padded_tensor(0) for one in (query, key, value)]
        return query._without_padding(func(*padded, attn_mask=mask, dropout_p=dropout_p, **kwargs))  # type: ignore[no-any-return]


def _neutral(name: str, dtype: dtypes.dtype) -> Any:
    """The number that changes nothing in a reduction."""
    if name in ("any", "all", "prod"):
        return name != "any"
    if dtype is dtypes.bool:
        return name in ("amin", "min")
    if dtype.is_floating_point:
        return -inf if name in ("amax", "max") else inf
    limits = dtypes.iinfo(dtype)
    return limits.min if name in ("amax", "max") else limits.max


def made(held: Tensor, ragged: Ragged, dim: int) -> Jagged:
    """A nested tensor of rows."""
    noticed(Jagged)
    one: Any = object.__new__(Jagged)
    one._held, one._ragged, one._dim = held, ragged, dim
    return one  # type: ignore[no-any-return]


def of_tensors(tensors: Sequence[Tensor]) -> Jagged:
    """A nested tensor of tensors that differ in one dimension."""
    if not tensors:
        raise RuntimeError("Cannot construct a nested tensor from an empty tensor list")
    shapes = [tuple(one.shape) for one in tensors]
    if len({len(shape) for shape in shapes}) > 1 or not shapes[0]:
        raise RuntimeError("When constructing a nested tensor, all tensors in list must have the same dim")
    differ = [d for d in range(len(shapes[0])) if len({shape[d] for shape in shapes}) > 1] or [0]
    if len(differ) > 1:
        raise RuntimeError("a jagged tensor holds tensors that differ in one dimension; layout=torch.strided holds any")
    at = differ[0]
    sizes = [shape[at] for shape in shapes]
    offsets = tensor([0, *itertools.accumulate(sizes)], dtype=dtypes.int64, device=tensors[0].device)
    return made(cat([one.movedim(at, 0) for one in tensors], 0), Ragged(offsets, sizes), at + 1)


def enlarged(padded: Tensor, padding: float, output_size: Sequence[int]) -> Tensor:
    """A padded tensor in a larger one. RuntimeError for a smaller size."""
    if any(wanted < size for wanted, size in zip(output_size, padded.shape, strict=True)):
        raise RuntimeError("Value in output_size is less than NestedTensor padded size. Truncation is not supported.")
    whole = full(tuple(output_size), padding, dtype=padded.dtype, device=padded.device)
    whole[tuple(slice(size) for size in padded.shape)] = padded
    return whole
