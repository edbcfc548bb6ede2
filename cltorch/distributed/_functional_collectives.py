"""Collectives that give a new tensor, with gradients: over one rank the tensor itself. See torch.distributed._functional_collectives."""

from __future__ import annotations

from typing import Any

from ..tensor.tensor import Tensor


class AsyncCollectiveTensor(Tensor):
    """A result that is awaited. Nothing is one: with one rank results are there at once."""

    __slots__ = ()


def wait_tensor(tensor: Tensor) -> Tensor:
    """The tensor, for which there is nothing to wait."""
    return tensor


def all_reduce(self: Tensor, reduceOp: str, group: Any, tag: str = "") -> Tensor:
    """The tensors of all ranks joined."""
    return self.clone()


def all_gather_tensor(self: Tensor, gather_dim: int, group: Any, tag: str = "") -> Tensor:
    """The tensors of all ranks side by side."""
    return self.clone()


def reduce_scatter_tensor(self: Tensor, reduceOp: str, scatter_dim: int, group: Any, tag: str = "") -> Tensor:
    """The tensors of all ranks joined, of which each has a part."""
    return self.clone()


def broadcast(self: Tensor, src: int, group: Any, tag: str = "") -> Tensor:
    """The tensor of ``src``."""
    return self.clone()


def all_to_all_single(
    self: Tensor, output_split_sizes: Any, input_split_sizes: Any, group: Any, tag: str = ""
) -> Tensor:
    """Parts of the tensors of all ranks."""
    return self.clone()


all_gather_tensor_autograd, reduce_scatter_tensor_autograd = all_gather_tensor, reduce_scatter_tensor
all_to_all_single_autograd = all_to_all_single
