"""In-place changes of a tensor's own geometry: its elements stay where they are, or grow in number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..autograd.aliases import AliasState, History
from ..autograd.modes import MODE
from ..autograd.names import called
from ..autograd.node import LEAF
from ..graph.view import View
from ..ops.arguments import Omitted
from ..ops.names import public
from .formats import preserve_format
from .views import need_sizes
from .writes import check_writable

if TYPE_CHECKING:
    from .tensor import Tensor


class OwnGeometry:
    """Methods of Tensor that change how this tensor object sees its storage."""

    __slots__ = ()

    def unsqueeze_(self: Tensor, dim: int) -> Tensor:
        """`unsqueeze` of this tensor object itself."""
        return self._relabel(self.unsqueeze(dim), "UnsqueezeBackward1")

    def squeeze_(self: Tensor, dim: int | Sequence[int] | Omitted = None) -> Tensor:
        """`squeeze` of this tensor object itself."""
        return self._relabel(self.squeeze() if dim is None else self.squeeze(dim), "SqueezeBackward3")

    @public("", aliases="swapdims_")
    def transpose_(self: Tensor, dim0: int, dim1: int) -> Tensor:
        """`transpose` of this tensor object itself."""
        return self._relabel(self.transpose(dim0, dim1), "TransposeBackward1")

    def swapaxes_(self: Tensor, axis0: int, axis1: int) -> Tensor:
        """`swapaxes` of this tensor object itself."""
        return self.transpose_(axis0, axis1)

    def t_(self: Tensor) -> Tensor:
        """`t` of this tensor object itself."""
        return self._relabel(self.t(), "TBackward1")

    def as_strided_(
        self: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
    ) -> Tensor:
        """`as_strided` of this tensor object itself."""
        return self._relabel(self.as_strided(size, stride, storage_offset))

    def _relabel(self: Tensor, other: Tensor, name: str = "AsStridedBackward1") -> Tensor:
        """Become ``other``, a view of this tensor. Where gradients are not recorded, a leaf stays one, and those of others go as before."""
        check_writable(self, idempotent=True)
        edge = self._edge
        if not MODE.enabled and edge is not None and edge is not LEAF and edge.__class__ is not AliasState:
            edge = AliasState(
                History(edge, self._cl_meta), self._storage, owner=True
            )  # knows the geometry of the gradient
        becomes = MODE.enabled and self._is_recorded
        self._cl_meta, self._edge = other._cl_meta, other._edge if becomes else edge
        self._storage.version += 1
        if becomes:
            self._edge.born = self._storage.version  # its view is made by this change
        return called(self, name) if MODE.enabled else self

    def resize_(self: Tensor, *args: Any, size: Any = None, memory_format: Any = None) -> Tensor:
        """This tensor with another size: elements stay where they lie, new ones (zeros here) follow behind them."""
        shape = tuple(need_sizes("resize_", args, size))
        if self.requires_grad:
            raise RuntimeError("cannot resize variables that require grad")
        return self._resized(shape)

    def _resized(self: Tensor, shape: tuple[int, ...]) -> Tensor:
        """`resize_`, also of what requires gradients, while they are not recorded."""
        if any(n < 0 for n in shape):
            raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
        if shape == self._cl_meta.shape:
            return self
        view = View.dense(shape)
        need = self._cl_meta.view.offset + view.numel
        if need > self._room:
            old = self._flat_storage()
            tail = self._filled((need - self._room,), 0, self.dtype, self._cl_meta.device)
            self._storage.grow(self._joined([old, tail], 0)._storage)
        return self._relabel(self.as_strided(shape, view.strides, self._cl_meta.view.offset))

    @public(out=False)
    def resize_as_(self: Tensor, the_template: Tensor, *, memory_format: Any = preserve_format) -> Tensor:
        """`resize_` to the size of another tensor."""
        return self.resize_(the_template._cl_meta.shape)
