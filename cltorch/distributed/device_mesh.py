"""A mesh of ranks: of one. See torch.distributed.device_mesh."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from . import distributed_c10d

__all__ = ["DeviceMesh", "init_device_mesh"]


class DeviceMesh:
    """Ranks in a grid, whose dimensions may have names. RuntimeError for more than one rank."""

    def __init__(
        self, device_type: str, mesh: Any, *, mesh_dim_names: Sequence[str] | None = None, **options: Any
    ) -> None:
        self.shape: tuple[int, ...] = tuple(getattr(mesh, "shape", None) or (1,) * _depth(mesh))
        if prod(self.shape) != 1:
            raise RuntimeError(f"DeviceMesh: the world has one rank, a mesh of {prod(self.shape)} is asked for")
        self.device_type = device_type
        self.mesh_dim_names = None if mesh_dim_names is None else tuple(mesh_dim_names)
        self.ndim = len(self.shape)

    def size(self, mesh_dim: int | None = None) -> int:
        """1."""
        return 1

    def get_rank(self) -> int:
        """0."""
        return 0

    def get_local_rank(self, mesh_dim: Any = None) -> int:
        """0."""
        return 0

    def get_coordinate(self) -> list[int]:
        """Where this rank is in the grid."""
        return [0] * self.ndim

    def get_group(self, mesh_dim: Any = None) -> Any:
        """The group of all ranks."""
        return distributed_c10d._get_default_group()

    def __getitem__(self, names: Any) -> DeviceMesh:
        wanted = (names,) if isinstance(names, str) else tuple(names)
        if any(name not in (self.mesh_dim_names or ()) for name in wanted):
            raise KeyError(
                f"Invalid mesh_dim_names {wanted} specified. Valid mesh_dim_names are {self.mesh_dim_names}."
            )
        return init_device_mesh(self.device_type, (1,) * len(wanted), mesh_dim_names=wanted)

    def __repr__(self) -> str:
        return f"DeviceMesh({self.device_type!r}, {self.shape}, mesh_dim_names={self.mesh_dim_names})"


def _depth(mesh: Any) -> int:
    return 1 + _depth(mesh[0]) if isinstance(mesh, (list, tuple)) and mesh and isinstance(mesh[0], (list, tuple)) else 1


class _Shape:
    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape


def init_device_mesh(
    device_type: str, mesh_shape: Sequence[int], *, mesh_dim_names: Sequence[str] | None = None, **options: Any
) -> DeviceMesh:
    """A mesh of a shape. RuntimeError for more than one rank."""
    return DeviceMesh(device_type, _Shape(tuple(mesh_shape)), mesh_dim_names=mesh_dim_names)
