"""What is behind the values of a transform."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..tensor.tensor import Tensor


def functionalize(func: Callable[..., Any], *, remove: str = "mutations") -> Callable[..., Any]:
    """``func`` without changes in place. Values never change here, in-place ops record new ones (see the architecture page), so
    this is the function itself. See torch.func.functionalize."""
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError(
            f"functionalize(f, remove='mutations'): received invalid argument for remove={remove}. Valid options are: "
            "'mutations', 'mutations_and_views'."
        )

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    return wrapped


def debug_unwrap(tensor: Tensor, *, recurse: bool = True) -> Tensor:
    """All slices of a tensor inside `vmap` (of every `vmap` around it, unless ``recurse`` is False). See torch.func.debug_unwrap."""
    made = tensor.detach()
    while levels := made._storage.value.levels:
        made = made._leave(levels[-1])
        if not recurse:
            break
    return made
