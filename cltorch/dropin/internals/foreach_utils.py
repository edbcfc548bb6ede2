"""What programs read from ``torch.utils._foreach_utils``: lists of tensors by device and dtype."""

from __future__ import annotations

from typing import Any

from ...tensor.tensor import Tensor

TensorListList = list[list[Tensor | None]]
Indices = list[int]
_foreach_supported_types = [Tensor]


def _get_foreach_kernels_supported_devices() -> list[str]:
    """Types of devices on which lists of tensors are changed in one launch."""
    return ["opencl", "cuda", "xpu"]


def _get_fused_kernels_supported_devices() -> list[str]:
    """Types of devices on which an optimizer's step is one launch."""
    return ["opencl", "mps", "cuda", "xpu", "cpu"]


def _group_tensors_by_device_and_dtype(
    tensorlistlist: TensorListList, with_indices: bool = False
) -> dict[tuple[Any, Any], tuple[TensorListList, Indices]]:
    """Lists of tensors apart by the device and dtype of the first list's, with the places that they had."""
    places: dict[tuple[Any, Any], Indices] = {}
    for place, one in enumerate(tensorlistlist[0]):
        if one is not None:
            places.setdefault((one.device, one.dtype), []).append(place)
    return {
        key: (
            [[several[k] for k in found] if several else [] for several in tensorlistlist],
            found if with_indices else [],
        )
        for key, found in places.items()
    }


def _device_has_foreach_support(device: Any) -> bool:
    """Whether lists of tensors on a device are changed in one launch."""
    return device.type in (*_get_foreach_kernels_supported_devices(), "cpu")


def _has_foreach_support(tensors: list[Any], device: Any) -> bool:
    """Whether these are plain tensors, and lists of them are changed in one launch."""
    return _device_has_foreach_support(device) and all(
        t is None or type(t) in _foreach_supported_types for t in tensors
    )
