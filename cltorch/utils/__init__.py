"""Helpers around training. See torch.utils; ``cltorch.utils.data`` is `cltorch.data` under PyTorch's name."""

from __future__ import annotations

import sys
from types import FunctionType

from .. import data
from ..data import collate, dataloader, dataset, distributed, sampler
from . import checkpoint, dlpack, hooks, pytree
from .swapping import swap_tensors

__all__ = ["checkpoint", "data", "dlpack", "hooks", "pytree", "swap_tensors"]

sys.modules[f"{__name__}.data"] = data
for _part in (collate, dataloader, dataset, distributed, sampler):
    _name = f"{__name__}.data.{_part.__name__.rpartition('.')[2]}"
    sys.modules[_name] = _part
    for _made in vars(_part).values():
        if getattr(_made, "__module__", None) == _part.__name__ and isinstance(_made, (type, FunctionType)):
            _made.__module__ = _name  # as PyTorch's, in messages and pickles
