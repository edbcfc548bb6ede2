"""Deep copies and pickles of tensors: of whole storages, so that views go on sharing memory and keep their strides."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from .. import dtypes
from ..autograd.modes import no_grad
from ..graph.view import View
from .device_names import resolve_device
from .writes import storage_meta

if TYPE_CHECKING:
    from .tensor import Tensor


PRIVATE = frozenset("_grad _face _accumulator _extras _levels _lazy_device".split())
"""What a tensor's dictionary holds beside the attributes that a program has set."""


def attributes(tensor: Tensor) -> dict[str, Any]:
    """The attributes that a program has set on a tensor."""
    return {name: value for name, value in tensor.__dict__.items() if name not in PRIVATE}


class Copies:
    """Methods of Tensor behind ``copy.copy``, ``copy.deepcopy`` and ``pickle``."""

    __slots__ = ()

    def __deepcopy__(self: Tensor, memo: dict[Any, Any]) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  If you "
                "were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, see "
                "https://github.com/pytorch/pytorch/pull/103001"
            )
        if id(self) in memo:
            return memo[id(self)]
        cell = self._storage.cell
        key = ("storage", id(cell))
        if key not in memo:
            with no_grad():
                memo[key] = (self._whole().clone()._storage, cell)
        data = self._made(memo[key][0], self._cl_meta, None)
        copied = memo[id(self)] = self._make_subclass(type(self), data, self.requires_grad)
        if self.grad is not None:
            copied.grad = self.grad.__deepcopy__(memo)
        copied.__dict__.update(copy.deepcopy(attributes(self), memo))
        return copied

    def __copy__(self: Tensor) -> Tensor:
        copied: Tensor = self._make_subclass(type(self), self, self.requires_grad)
        copied.__dict__.update(attributes(self))
        return copied

    def _whole(self: Tensor) -> Tensor:
        """All elements of the storage."""
        return self._made(self._storage.cell, storage_meta(self), None)

    def __reduce_ex__(self: Tensor, protocol: Any) -> Any:
        view = self._cl_meta.view
        parts = (self._whole()._host(), self._cl_meta.dtype, self.requires_grad)
        return rebuild, (type(self), *parts, view.shape, view.strides, view.offset), attributes(self) or None


def rebuild(
    cls: Any,
    elements: Any,
    dtype: dtypes.dtype,
    requires_grad: bool,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    offset: int,
) -> Any:
    """A tensor from its pickled parts, on the current device."""
    whole = cls._from_array(elements, dtype, resolve_device(None))
    return cls._make_subclass(cls, whole._see(View.of(shape, strides, offset)), requires_grad)
