"""Tensors in parts on several ranks: with one rank every tensor is whole. See torch.distributed.tensor."""

from __future__ import annotations

from typing import Any, NoReturn

from ...tensor.tensor import Tensor
from ..device_mesh import DeviceMesh, init_device_mesh
from .placement_types import Partial, Placement, Replicate, Shard

__all__ = [
    "DTensor",
    "DeviceMesh",
    "Partial",
    "Placement",
    "Replicate",
    "Shard",
    "distribute_module",
    "distribute_tensor",
    "init_device_mesh",
]


class DTensor(Tensor):
    """The class of tensors in parts. Nothing is one: with one rank every tensor is whole."""

    __slots__ = ()

    def __new__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError("DTensor: the world has one rank, on which every tensor is whole")

    @staticmethod
    def from_local(local_tensor: Tensor, device_mesh: Any = None, placements: Any = None, **options: Any) -> Tensor:
        """The tensor of which this rank has the part: the part itself."""
        return local_tensor


def distribute_tensor(tensor: Tensor, device_mesh: Any = None, placements: Any = None, **options: Any) -> Tensor:
    """The tensor, of which the one rank has all."""
    return tensor


def distribute_module(module: Any, device_mesh: Any = None, *functions: Any, **options: Any) -> Any:
    """The module, of which the one rank has all."""
    return module
