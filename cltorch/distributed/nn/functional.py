"""Collectives that give new tensors, with gradients: those of one rank are its own tensor. See torch.distributed.nn.functional."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...tensor.tensor import Tensor
from ..distributed_c10d import ReduceOp, _of, _only

__all__: list[str] = []


def broadcast(tensor: Tensor, src: int, group: Any = None) -> Tensor:
    """The tensor of rank ``src``."""
    _only(src, "broadcast")
    return _own(tensor, group)


def gather(tensor: Tensor, dst: int = 0, group: Any = None) -> tuple[Tensor, ...]:
    """The tensors of all ranks, at rank ``dst``."""
    _only(dst, "gather")
    return (_own(tensor, group),)


def scatter(tensors: Sequence[Tensor], src: int = 0, group: Any = None) -> Tensor:
    """One of the tensors of rank ``src`` for each rank."""
    _only(src, "scatter")
    return _own(tensors[0], group)


def reduce(tensor: Tensor, dst: int, op: Any = ReduceOp.SUM, group: Any = None) -> Tensor:
    """The tensors of all ranks joined, at rank ``dst``."""
    _only(dst, "reduce")
    return _own(tensor, group)


def reduce_scatter(output: Tensor, input_list: Sequence[Tensor], op: Any = ReduceOp.SUM, group: Any = None) -> Tensor:
    """Lists of tensors of all ranks joined, of which each rank has one."""
    return _own(input_list[0], group)


def all_gather(tensor: Tensor, group: Any = None) -> tuple[Tensor, ...]:
    """The tensors of all ranks."""
    return (_own(tensor, group),)


def _all_gather_base(output_tensor: Tensor, input_tensor: Tensor, group: Any = None) -> Tensor:
    """The tensors of all ranks side by side."""
    return _own(input_tensor, group).reshape(output_tensor.shape)


def all_to_all(output_tensor_list: Any, input_tensor_list: Sequence[Tensor], group: Any = None) -> tuple[Tensor, ...]:
    """One tensor of each rank's list."""
    return (_own(input_tensor_list[0], group),)


def all_to_all_single(
    output: Tensor, input: Tensor, output_split_sizes: Any = None, input_split_sizes: Any = None, group: Any = None
) -> Tensor:
    """A part of each rank's tensor."""
    return _own(input, group)


def all_reduce(tensor: Tensor, op: Any = ReduceOp.SUM, group: Any = None) -> Tensor:
    """The tensors of all ranks joined."""
    return _own(tensor, group)


def _own(tensor: Tensor, group: Any) -> Tensor:
    """A tensor equal to this rank's; ValueError before `init_process_group`."""
    _of(group)
    return tensor.clone()
