"""Programs written for many processes run on one: a world of one rank. See torch.distributed.

A real world (MPI) will take the place of `distributed_c10d.World`; nothing else here knows how many ranks there are.
"""

from __future__ import annotations

from . import distributed_c10d
from .device_mesh import DeviceMesh, init_device_mesh
from .distributed_c10d import *
from .distributed_c10d import __all__ as _names
from .distributed_c10d import _all_gather_base, _rank_not_in_group, _reduce_scatter_base

__all__ = [*_names, "DeviceMesh", "init_device_mesh"]

_is_available = is_available = distributed_c10d.is_available
