"""What programs read from ``torch._C._functorch`` and ``torch._functorch``: which tensors stand for one slice of many."""

from __future__ import annotations

from typing import Any

from ...tensor.tensor import Tensor


def is_batchedtensor(tensor: Tensor) -> bool:
    """Whether a tensor stands for one slice inside `vmap`."""
    return bool(tensor._storage.value.levels)


def is_legacy_batchedtensor(tensor: Tensor) -> bool:
    """False: there is one kind of slices."""
    return False


def is_gradtrackingtensor(tensor: Tensor) -> bool:
    """False: derivatives are those of the tensors themselves."""
    return False


def is_functorch_wrapped_tensor(tensor: Tensor) -> bool:
    """Whether a tensor stands for one slice inside `vmap`."""
    return is_batchedtensor(tensor)


is_functionaltensor = is_gradtrackingtensor


def _are_functorch_transforms_active() -> bool:
    """Whether this is inside `vmap`."""
    from ...ops.mode import MODE

    return bool(MODE.levels)


def get_unwrapped(tensor: Any) -> Any:
    """RuntimeError: a slice does not show the others."""
    raise RuntimeError("get_unwrapped(): a slice inside vmap does not show the others; use torch.func.vmap's results")
