"""Sparse tensors in other shapes: transposed, with more dimensions, parts of them, side by side. Only indices move.

A dimension is a sparse one (it has coordinates) or a dense one (of the values); no function here makes one of the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..ops.rules import wrap_dim
from ..tensor.tensor import Tensor
from .base import Shape, SparseTensor


class Shaped(SparseTensor):
    """What gives a tensor by coordinates another shape: methods of `SparseCoo`."""

    __slots__ = ()
    __module__ = "cltorch"

    _places: Tensor
    _joined_up: bool

    @staticmethod
    def _of(places: Tensor, held: Tensor, size: Shape, joined: bool = False) -> Any:
        """A tensor from its parts, unchecked."""
        raise NotImplementedError

    def permute(self, *args: Any, dims: Any = None) -> Any:
        """Dimensions in another order, sparse ones among themselves and dense ones among themselves. See torch.Tensor.permute."""
        given = dims if dims is not None else args[0] if len(args) == 1 and isinstance(args[0], Sequence) else args
        depth, ndim = self._places.shape[0], len(self._size)
        if len(given) != ndim:
            raise RuntimeError(
                f"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
                f"ordering of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(given)}"
            )
        order = [wrap_dim(d, ndim) for d in given]
        if len(set(order)) < ndim:
            raise RuntimeError("permute(): duplicate dims are not allowed.")
        if any(d >= depth for d in order[:depth]):
            raise RuntimeError(
                f"permute(sparse_coo): transpositions between sparse and dense dimensions are not allowed. Got sparse_dim={depth}"
            )
        places = self._places.index_select(0, self._places.new_tensor(order[:depth]))
        held = self._held.permute(0, *(d - depth + 1 for d in order[depth:]))
        joined = self._joined_up and order[:depth] == list(range(depth))
        return self._of(places, held, tuple(self._size[d] for d in order), joined)

    def transpose(self, dim0: int, dim1: int) -> Any:
        """Two dimensions exchanged, both sparse or both dense. See torch.Tensor.transpose."""
        order = list(range(len(self._size)))
        a, b = (wrap_dim(d, len(order)) for d in (dim0, dim1))
        order[a], order[b] = order[b], order[a]
        return self.permute(order)

    def t(self) -> Any:
        """The matrix transposed."""
        if len(self._size) > 2:
            raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {len(self._size)}D")
        return self.transpose(0, -1) if self._size else self

    def adjoint(self) -> Any:
        """The last two dimensions exchanged, and the conjugate elements."""
        moved = self.transpose(-2, -1)
        return moved._with(moved._held.conj())

    @property
    def T(self) -> Any:
        """Dimensions in reverse order."""
        return self.permute(list(range(len(self._size)))[::-1])

    @property
    def mT(self) -> Any:
        """The last two dimensions exchanged."""
        return self.transpose(-2, -1)

    @property
    def mH(self) -> Any:
        """`adjoint`."""
        return self.adjoint()

    H = mH

    def unsqueeze(self, dim: int) -> Any:
        """One more dimension, of size 1: a sparse one before the dense ones. See torch.Tensor.unsqueeze."""
        depth = self._places.shape[0]
        at = wrap_dim(dim, len(self._size) + 1)
        size = (*self._size[:at], 1, *self._size[at:])
        if at > depth:
            return self._of(self._places, self._held.unsqueeze(at - depth + 1), size, self._joined_up)
        zeros = self._places.new_zeros((1, self._places.shape[1]))
        places = zeros._joined([self._places[:at], zeros, self._places[at:]], 0)
        return self._of(places, self._held, size, self._joined_up)

    def narrow_copy(self, dim: int, start: int, length: int) -> Any:
        """The elements from ``start`` on along a dimension. How many values there are is read. See torch.Tensor.narrow_copy."""
        at, depth = wrap_dim(dim, len(self._size)), self._places.shape[0]
        if length < 0:
            raise RuntimeError("narrow(): length must be non-negative.")
        if start + length > self._size[at]:
            raise RuntimeError(
                f"Invalid range to narrow. range(start, start+length) must be a subset of range(0, {self._size[at]})."
            )
        size = (*self._size[:at], length, *self._size[at + 1 :])
        if at >= depth:
            return self._of(self._places, self._held.narrow_copy(at - depth + 1, start, length), size, self._joined_up)
        line = self._places[at]
        (which,) = ((line >= start) & (line < start + length)).nonzero(as_tuple=True)
        places = self._places.index_select(1, which)
        moved = places._joined([places[:at], places[at : at + 1] - start, places[at + 1 :]], 0)
        return self._of(moved, self._held.index_select(0, which), size, self._joined_up)

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(self._size[0]))

    def _beside(self, tensors: Sequence[Any], dim: int) -> Any:
        """Sparse tensors side by side, this one among them. See torch.cat."""
        at, depth = wrap_dim(dim, len(self._size)), self._places.shape[0]
        for k, one in enumerate(tensors):
            if not isinstance(one, Shaped):
                raise RuntimeError(f"Concatenating sparse tensors, but a dense tensor was found at position {k}.")
            if one._places.shape[0] != depth or len(one._size) != len(self._size):
                raise RuntimeError(
                    f"All tensors must have the same sparse_dim and dense_dim, but the ones at position 0 and {k} do not"
                )
            if any(a != b for d, (a, b) in enumerate(zip(self._size, one._size, strict=True)) if d != at):
                raise RuntimeError(
                    f"All tensors must have the same shape: {list(self._size)} (except in the concatenating dimension), "
                    f"but found shape: {list(one._size)} at position {k}"
                )
        widths = [one._size[at] for one in tensors]
        size = (*self._size[:at], sum(widths), *self._size[at + 1 :])
        places, values = [], []
        for k, one in enumerate(tensors):
            before, after = sum(widths[:k]), sum(widths[k + 1 :])
            moved, held = one._places, one._held
            if at < depth:
                moved = moved._joined([moved[:at], moved[at : at + 1] + before, moved[at + 1 :]], 0)
            else:
                shape = list(held.shape)
                zeros = [
                    held.new_zeros([*shape[: at - depth + 1], n, *shape[at - depth + 2 :]]) for n in (before, after)
                ]
                held = held._joined([zeros[0], held, zeros[1]], at - depth + 1)
            places.append(moved)
            values.append(held)
        return self._of(self._places._joined(places, 1), self._held._joined(values, 0), size)
