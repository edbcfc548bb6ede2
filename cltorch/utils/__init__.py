"""Helpers around training. See torch.utils; ``cltorch.utils.data`` is `cltorch.data` under PyTorch's name."""

from __future__ import annotations

import sys
from types import FunctionType

from .. import data
from ..data import collate, dataloader, dataset, distributed, sampler
from . import checkpoint, dlpack, hooks, pytree
from .swapping import swap_tensors

__all__ = ["checkpoint", "data", "dlpack", "hooks", "pytree", "swap_tensors"]

for _name in [name for name in sys.modules if f"{name}.".startswith(f"{data.__name__}.")]:
    sys.modules[f"{__name__}.data{_name.removeprefix(data.__name__)}"] = sys.modules[_name]
for _part in (collate, dataloader, dataset, distributed, sampler):
    for _made in vars(_part).values():
        if getattr(_made, "__module__", None) == _part.__name__ and isinstance(_made, (type, FunctionType)):
            _made.__module__ = f"{__name__}.{_part.__name__.partition('.')[2]}"  # as PyTorch's, in messages and pickles
