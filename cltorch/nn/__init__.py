"""Neural networks: modules, their functions, first values. See torch.nn."""

from typing import Any

from . import attention, functional, grad, init, modules, native, parallel, recurrent_functions, top_level, utils
from .modules import *
from .parallel import DataParallel
from .parameter import *


def factory_kwargs(kwargs: dict[str, Any] | None) -> dict[str, Any]:
    """``device``, ``dtype`` and ``memory_format`` among a module's keyword arguments and in its ``factory_kwargs``; TypeError for
    others, and for one that's given twice. See torch.nn.factory_kwargs."""
    if kwargs is None:
        return {}
    simple = {"device", "dtype", "memory_format"}
    unknown = kwargs.keys() - simple - {"factory_kwargs"}
    if unknown:
        raise TypeError(f"unexpected kwargs {unknown}")
    found = dict(kwargs.get("factory_kwargs", {}))
    for name in simple & kwargs.keys():
        if name in found:
            raise TypeError(f"{name} specified twice, in **kwargs and in factory_kwargs")
        found[name] = kwargs[name]
    return found
