"""What programs read from ``torch._utils``."""

from __future__ import annotations

import sys
from typing import Any

from ...serialization.rebuild import (
    _rebuild_parameter,
    _rebuild_parameter_with_state,
    _rebuild_tensor,
    _rebuild_tensor_v2,
    _rebuild_tensor_v3,
)
from ...tensor.creation import empty
from ...tensor.tensor import Tensor


def _get_available_device_type() -> str | None:
    """The name of the accelerator that is there, if any."""
    from ...tensor.device_names import served

    return served()[0] if served() else None


def _get_device_module(device_type: str) -> Any:
    """The module of ``torch`` about a type of devices."""
    return getattr(sys.modules["cltorch"], device_type)


def _get_device_index(device: Any, optional: bool = False, allow_cpu: bool = False) -> int:
    """The index of a device; -1 for ``cpu`` if that is allowed."""
    from ...tensor.device_names import device as named

    if isinstance(device, int):
        return device
    if device is None:
        if not optional:
            raise ValueError(f"Expected a torch.device with a specified index or an integer, but got:{device}")
        return 0
    one = named(device)
    if one.type == "cpu" and allow_cpu:
        return -1
    return one.index or 0


def _flatten_dense_tensors(tensors: Any) -> Tensor:
    """The elements of all tensors in one of one dimension."""
    flat = [t.contiguous().view(-1) for t in tensors]
    return sys.modules["cltorch"].cat(flat) if flat else empty(0)


def _unflatten_dense_tensors(flat: Tensor, tensors: Any) -> tuple[Tensor, ...]:
    """Parts of a flat tensor, shaped as ``tensors``."""
    parts, start = [], 0
    for one in tensors:
        parts.append(flat.narrow(0, start, one.numel()).view_as(one))
        start += one.numel()
    return tuple(parts)


def _take_tensors(tensors: Any, size_limit: int) -> Any:
    """Groups of tensors of one dtype with at most so many bytes."""
    groups: dict[Any, list[Tensor]] = {}
    for one in tensors:
        group = groups.setdefault(one.dtype, [])
        if group and sum(t.nbytes for t in group) + one.nbytes > size_limit:
            yield groups.pop(one.dtype)
            group = groups.setdefault(one.dtype, [])
        group.append(one)
    yield from groups.values()


def _reorder_tensors_as(tensors: Any, ordered_tensors: Any) -> tuple[Tensor, ...]:
    """Tensors in the order of the dtypes of others."""
    queues: dict[Any, list[Tensor]] = {}
    for one in tensors:
        queues.setdefault(one.dtype, []).append(one)
    return tuple(queues[one.dtype].pop(0) for one in ordered_tensors)


class ExceptionWrapper:
    """An error of a worker, to be raised where its result is awaited."""

    def __init__(self, exc_info: Any = None, where: str = "in background") -> None:
        self.error: Any
        kind, self.error, _ = exc_info or sys.exc_info()
        self.exc_type, self.where = kind, where

    def reraise(self) -> None:
        """Raise it."""
        raise self.error


def is_compiling() -> bool:
    """False: nothing is compiled."""
    return False
