"""What autograd does with shapes and regions: fit a gradient to its input, spread it, put it back where a view took it."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from ..autograd.composite import composite
from ..autograd.modes import MODE
from ..dtypes import dtype
from ..graph.meta import Meta
from ..graph.record import emit
from ..graph.view import View, is_non_overlapping_and_dense
from ..ops import rules
from ..ops.layout import copy_as, fill_record
from ..ops.pad import pad_constant
from .apply import apply
from .writes import old_self, storage_meta, write, write_record

if TYPE_CHECKING:
    from ..dtypes import dtype as DType
    from .tensor import Tensor

Amounts = tuple[tuple[int, int], ...]
Shape = tuple[int, ...]


def check_gradient(tensor: Tensor, value: Tensor) -> None:
    """RuntimeError, in PyTorch's words, for what cannot be a tensor's ``grad``."""
    if value is tensor:
        raise RuntimeError("can't assign Variable as its own grad")
    if value.is_sparse:
        if value.dtype is not tensor.dtype or value.shape != tensor.shape:
            raise RuntimeError("attempting to assign a sparse gradient of another dtype or size than the tensor's")
        return
    given, wanted = value._cl_meta, tensor._cl_meta
    if given.device is not wanted.device:
        raise RuntimeError(
            f"attempting to assign a gradient with device type '{value.device.type}' to a tensor with device type "
            f"'{tensor.device.type}'. Please ensure that the gradient and the tensor are on the same device"
        )
    kind = tensor.__dict__.get("_grad_dtype", wanted.dtype)
    if kind is not None and given.dtype is not kind:
        raise RuntimeError(
            f"attempting to assign a gradient with dtype '{given.dtype.c_name}' to a tensor with grad_dtype '{kind.title}'. The "
            "gradient must match the tensor's grad_dtype (defaults to the tensor's dtype). You can set the tensor's grad_dtype "
            "attribute with a specific dtype, or None to allow any dtype. Set grad_dtype with caution. Diverging the dtypes of a "
            "tensor and its gradient may break downstream systems that assume they match."
        )
    if given.shape != wanted.shape:
        raise RuntimeError(
            f"attempting to assign a gradient of size '{rules.text(given.shape)}' to a tensor of size '{rules.text(wanted.shape)}'. "
            "Please ensure that the gradient and the tensor are the same size"
        )


class Gradients:
    """Methods of Tensor that gradient rules use, and what arrives in ``grad``."""

    __slots__ = ()

    def _accumulate(self: Tensor, grad: Tensor) -> None:
        """Add an arriving gradient to ``grad``. The first one gets a storage of its own, laid out as this tensor: others
        may hold what arrived, and ``grad`` is changed in place. One that requires gradients no more takes none.
        """
        if self._edge is None:
            return
        before = self.__dict__.get("_grad")
        if not hasattr(grad, "_cl_meta"):  # sparse
            if before is None or MODE.enabled or not hasattr(before, "_apply_sparse"):
                self.__dict__["_grad"] = grad.__copy__() if before is None else before + grad
            else:
                before += grad
        elif before is None:
            kind = self.__dict__.get("_grad_dtype")
            if kind is not None and grad._cl_meta.dtype is not kind:
                grad = grad.to(kind)
            layout = self._cl_meta.view.dense_like()
            if grad._cl_meta.view is not layout or grad._storage.nbytes != grad.nbytes:
                grad = apply(copy_as, (grad,), (layout,))
            self.__dict__["_grad"] = old_self(grad)
        elif MODE.enabled or before.is_sparse:
            self.__dict__["_grad"] = grad + before if before.is_sparse else before + grad
        else:
            before += grad

    @property
    def grad_dtype(self: Tensor) -> DType | None:
        """The dtype that a leaf's ``grad`` has: its own, unless another one was set; None for any. See torch.Tensor.grad_dtype."""
        if not self.is_leaf:
            raise RuntimeError("grad_dtype can only be accessed on leaf tensors.")
        return self.__dict__.get("_grad_dtype", self._cl_meta.dtype)

    @grad_dtype.setter
    def grad_dtype(self: Tensor, kind: DType | None) -> None:
        if not self.is_leaf:
            raise RuntimeError("grad_dtype can only be set on leaf tensors.")
        if kind is not None and not isinstance(kind, dtype):
            raise RuntimeError(f"grad_dtype must be a torch.dtype or None, but got {type(kind).__name__}")
        held = self.__dict__.get("_grad")
        if held is not None and kind is not None and held.dtype is not kind:
            raise RuntimeError(
                f"Cannot set grad_dtype to '{kind.title}' because there is already a gradient with dtype '{held.dtype.c_name}'. Please "
                "clear the gradient (.grad = None) before changing grad_dtype, or ensure the new grad_dtype matches the existing "
                "gradient's dtype."
            )
        self.__dict__["_grad_dtype"] = kind

    def _fit(self: Tensor, meta: Meta) -> Tensor:
        """This gradient summed to the shape of an operand that was broadcast, in the operand's dtype."""
        grad = self
        if grad._cl_meta.shape != meta.shape:
            grad = grad._sum_to(meta.shape)
        if grad._cl_meta.dtype is meta.dtype:
            return grad
        if grad._cl_meta.dtype.is_complex and not meta.dtype.is_complex:
            grad = grad._real_part()
        return grad.to(meta.dtype)

    def _sum_to(self: Tensor, shape: Shape) -> Tensor:
        """Summed over the dimensions along which ``shape`` was broadcast."""
        mine = self._cl_meta.shape
        lead = len(mine) - len(shape)
        dims = tuple(range(lead)) + tuple(d + lead for d, n in enumerate(shape) if n == 1 and mine[d + lead] != 1)
        result = self._sum(dims, True) if dims else self
        return result.reshape(shape)

    def _full_like(self: Tensor, value: float) -> Tensor:
        """A row-major tensor of the same shape, dtype and device full of ``value``."""
        return self._filled(self._cl_meta.shape, value, self._cl_meta.dtype, self._cl_meta.device)

    @classmethod
    def _filled(cls: Any, shape: Shape, value: Any, dtype: Any, device: Any) -> Tensor:
        """A tensor full of one number."""
        record, numbers = fill_record(shape, value, dtype, device)
        return cls._emitted(record, (), numbers)

    def _put_back(self: Tensor, view: View, whole: Meta) -> Tensor:
        """The gradient of a storage seen as ``whole`` from that of its region ``view``."""
        return _put_back(self, view=view, whole=whole)

    def _patch(self: Tensor, view: View, part: Tensor) -> None:
        """Put the gradient of a region into this one, which nobody else has."""
        storage = self._storage
        record = write_record(storage_meta(self), view, part._cl_meta)
        storage.repoint(emit(record, (storage.value, part._storage.value)))

    def _at(self: Tensor, view: View, whole: Meta) -> Tensor:
        """What ``view`` shows of the storage in which this tensor has the layout ``whole``."""
        return _at(self, view=view, whole=whole)

    def _storage_as(self: Tensor, whole: Meta, dtype: DType) -> Tensor:
        """All of a storage in which this tensor has the layout ``whole``, as a flat tensor of ``dtype``: real elements seen as
        complex ones, or the other way round. Gaps are zeros."""
        flat = self._put_back(whole.view, Meta.dense((_reach(whole, whole.dtype, dtype),), whole.dtype, whole.device))
        return flat.reshape(-1, 2)._as_complex() if dtype.is_complex else flat._as_pairs().reshape(-1)

    def _across_dtypes(self: Tensor, region: Meta, whole: Meta) -> Tensor:
        """`_put_back` of the gradient of a region that is seen as elements of another dtype than the storage's."""
        room = Meta.dense((_reach(whole, region.dtype, whole.dtype),), region.dtype, region.device)
        flat = self._put_back(region.view, room)
        other = flat.reshape(-1, 2)._as_complex() if whole.dtype.is_complex else flat._as_pairs().reshape(-1)
        return other.as_strided(whole.view.shape, whole.view.strides, whole.view.offset)

    def _without(self: Tensor, view: View, whole: Meta) -> Tensor:
        """This tensor, laid out as ``whole``, with zeros where ``view`` looks."""
        return _without(self, view=view, whole=whole)

    def _unpadded(self: Tensor, amounts: Amounts) -> Tensor:
        """The gradient of what a number was put around: the middle; zeros where elements were taken away."""
        grad = self
        for dim, (before, after) in enumerate(amounts):
            low, high = max(before, 0), max(after, 0)
            if low or high:
                grad = grad.narrow(dim, low, grad._cl_meta.shape[dim] - low - high)
        back = tuple((max(-before, 0), max(-after, 0)) for before, after in amounts)
        return apply(pad_constant, (grad._dense(),), (back,), (0,)) if any(map(any, back)) else grad

    def _folded_back(self: Tensor, amounts: Amounts, mode: str) -> Tensor:
        """The gradient of what elements of its own were put around: what the ends hold is added where it came from."""
        if mode == "circular" and not any(map(sum, amounts)):  # it was moved round
            return self.roll([after for _, after in amounts], list(range(len(amounts))))
        grad = self._unpadded(tuple((min(before, 0), min(after, 0)) for before, after in amounts))
        for dim, (before, after) in enumerate(amounts):
            b, a = max(before, 0), max(after, 0)
            if not (b or a):
                continue
            n = grad._cl_meta.shape[dim] - b - a
            first, last, whole = grad.narrow(dim, 0, b), grad.narrow(dim, b + n, a), grad.narrow(dim, b, n).clone()
            if mode == "reflect":
                ends = (first.flip(dim), 1, b), (last.flip(dim), n - 1 - a, a)
            elif mode == "replicate":
                ends = (first.sum(dim, keepdim=True), 0, 1), (last.sum(dim, keepdim=True), n - 1, 1)
            else:
                ends = (first, n - b, b), (last, 0, a)
            for end, at, count in ends:
                whole.narrow(dim, at, count).add_(end)
            grad = whole
        return grad

    def _tap_gradient(self: Tensor, places: Tensor, weights: Tensor, n: int) -> Tensor:
        """The gradient of planes of which `taps_along` took sums: it is added where their elements lie."""
        planes, out, inner = self._cl_meta.shape
        groups, taps, _ = weights._cl_meta.shape
        shape = (groups, planes // max(groups, 1), taps, out, inner)
        spread = self.to(weights._cl_meta.dtype).reshape((*shape[:2], 1, out, inner)) * _for_planes(weights)
        kept = spread.where(_for_planes(places) >= 0, 0).reshape((planes, taps * out, inner))
        at = _for_planes(places.clamp_min(0)).expand(shape).reshape(kept._cl_meta.shape)
        zeros = self._filled((planes, n, inner), 0, kept._cl_meta.dtype, self._cl_meta.device)
        return zeros.scatter_add(1, at.long(), kept).to(self._cl_meta.dtype)

    def _tap_weights_gradient(self: Tensor, places: Tensor, weights: Tensor, grad: Tensor) -> Tensor:
        """The gradient of the weights of which `taps_along` took sums of this tensor: what each was multiplied with."""
        planes, out, inner = grad._cl_meta.shape
        groups, taps, _ = weights._cl_meta.shape
        shape = (groups, planes // max(groups, 1), taps, out, inner)
        at = _for_planes(places.clamp_min(0)).expand(shape).reshape((planes, taps * out, inner))
        found = self.gather(1, at.long()).reshape(shape) * grad.reshape((*shape[:2], 1, out, inner))
        return found.where(_for_planes(places) >= 0, 0).sum((1, 4)).to(weights._cl_meta.dtype)


def _for_planes(x: Tensor) -> Tensor:
    """Places or weights (groups, taps, out) beside all planes of a group and their inner elements."""
    return x.unsqueeze(1).unsqueeze(-1)


def _reach(whole: Meta, dtype: DType, other: DType) -> int:
    """How many elements of ``dtype``, complete pairs of them, the storage seen as ``whole`` reaches."""
    pair = max(dtype.itemsize, other.itemsize)
    nbytes = (whole.view.max_position + 1) * whole.dtype.itemsize
    return -(-nbytes // pair) * (pair // dtype.itemsize)


def _flat(grad: Tensor, whole: Meta) -> Tensor:
    """The elements of ``grad`` in a storage laid out as ``whole``, as a flat tensor; the gaps are zeros."""
    view = whole.view
    if view.is_contiguous and view.offset == 0:
        rows = grad.reshape((view.numel,))
        return (
            rows if rows._cl_meta.view is View.dense((view.numel,)) else rows.clone()
        )  # a view may lie anywhere or repeat
    numel = view.max_position + 1
    if view.offset == 0 and is_non_overlapping_and_dense(view):
        laid = apply(copy_as, (grad,), (view,))
        return laid._made(laid._storage, whole.with_view(View.dense((numel,))), None)
    flat = grad._filled((numel,), 0, grad._cl_meta.dtype, grad._cl_meta.device)
    write(flat._made(flat._storage, flat._cl_meta.with_view(view), None), grad)
    return flat


def _seen(flat: Tensor, view: View) -> Tensor:
    """A view of a flat tensor."""
    return flat._made(flat._storage, flat._cl_meta.with_view(view), None)


@composite(vjp=lambda g, y, aux, grad, view, whole: (g._at(view, whole),), moves=True)
def _put_back(grad: Tensor, view: View, whole: Meta) -> Tensor:
    repeated = tuple(d for d, (n, s) in enumerate(zip(view.shape, view.strides, strict=True)) if s == 0 and n > 1)
    if repeated:
        grad = grad._sum(repeated, False)
        kept = [d for d in range(view.ndim) if d not in repeated]
        view = View.of(tuple(view.shape[d] for d in kept), tuple(view.strides[d] for d in kept), view.offset)
    target = whole.view
    numel = max(target.max_position, view.max_position) + 1
    if view.may_overlap_itself:
        flat = grad._filled((numel,), 0, grad._cl_meta.dtype, grad._cl_meta.device)
        positions = _positions(grad, view)
        flat.index_add_(0, positions.reshape((-1,)), grad.reshape((-1,)))
        return _seen(flat, target)
    dense = View.of(view.shape, view.strides, 0)
    if view.numel == target.numel and view.offset == target.offset and is_non_overlapping_and_dense(view):
        laid = apply(copy_as, (grad,), (dense,)) if grad._cl_meta.view is not dense else grad
        return _seen(laid, View.of(target.shape, target.strides, 0))
    flat = grad._filled((numel,), 0, grad._cl_meta.dtype, grad._cl_meta.device)
    write(_seen(flat, view), grad)
    return _seen(flat, target)


def _positions(grad: Tensor, view: View) -> Tensor:
    """The storage position of every element of a view, as int64."""
    total = grad._range(0, 1, prod(view.shape)).reshape(view.shape) * 0 + view.offset
    for d, (n, s) in enumerate(zip(view.shape, view.strides, strict=True)):
        shape = tuple(n if k == d else 1 for k in range(view.ndim))
        total = total + grad._range(0, s, n).reshape(shape)
    return total


@composite(vjp=lambda g, y, aux, grad, view, whole: (g._put_back(view, whole),), moves=True)
def _at(grad: Tensor, view: View, whole: Meta) -> Tensor:
    return _seen(_flat(grad, whole), view).clone()


@composite(vjp=lambda g, y, aux, grad, view, whole: (g._without(view, whole),), moves=True)
def _without(grad: Tensor, view: View, whole: Meta) -> Tensor:
    flat = _flat(grad, whole).clone()
    zeros = grad._filled(view.shape, 0, grad._cl_meta.dtype, grad._cl_meta.device)
    write(_seen(flat, view), zeros)
    return _seen(flat, whole.view)
