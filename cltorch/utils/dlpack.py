"""Tensors of other libraries, and for them, by DLPack, through memory of the host. See torch.utils.dlpack.

Elements are copied, unless ``copy=False`` asks for one memory: what is recorded runs later, and would read what the other side has
written meanwhile. Shared memory is the way of `Tensor.share_memory_`: the other side's numbers are seen by what runs from then on, ours by
the other side after a read, an optimizer's step or `synchronize`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor.creation import from_numpy
from ..tensor.device_names import resolve_device
from ..tensor.sharing import over, shown
from ..tensor.tensor import Tensor

__all__ = ["from_dlpack", "to_dlpack"]

_HOST = (1, 0)  # DLPack's kDLCPU
_VERSIONED = np.lib.NumpyVersion(np.__version__) >= "2.1.0"


class _Held:
    """A capsule as an object that NumPy asks for it."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return _HOST


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor with a copy of the elements of another library's tensor, or of a capsule. ``copy=False``: in the same memory, on a device
    that computes there, else BufferError. See torch.from_dlpack."""
    if isinstance(ext_tensor, Tensor):
        moved = ext_tensor if device is None else ext_tensor.to(device)
        if moved is not ext_tensor and copy is False:
            raise BufferError("a tensor of another device cannot share its memory: use copy=None or copy=True")
        return moved.clone() if copy and moved is ext_tensor else moved
    array = np.from_dlpack(ext_tensor if hasattr(ext_tensor, "__dlpack__") else _Held(ext_tensor))
    if copy is False:
        return over(Tensor, array, resolve_device(device))
    made = from_numpy(
        array if array.flags.writeable else array.copy()
    )  # it is copied anyway: no warning of arrays that are not writable
    return made if device is None else made.to(device)


def _dlpack(
    self: Tensor, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: bool | None = None
) -> Any:
    """A capsule with a copy of the elements in host memory, with ``copy=False`` of the elements themselves: the storage moves to memory
    that both use, on a device that computes in the host's. See torch.Tensor.__dlpack__."""
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    if dl_device is not None and tuple(dl_device) != _HOST:
        raise BufferError(f"cannot export to the device {dl_device}: only to the host")
    return _capsule(shown(self) if copy is False else self.numpy(), max_version)


def _capsule(array: np.ndarray, max_version: Any) -> Any:
    """What NumPy gives for an array: of DLPack 1 where the other side knows that, as it may write there then."""
    return array.__dlpack__(max_version=max_version) if _VERSIONED else array.__dlpack__()


def _dlpack_device(self: Tensor) -> tuple[int, int]:
    """Where the memory lies that ``__dlpack__`` gives: on the host."""
    return _HOST


Tensor.__dlpack__ = _dlpack  # type: ignore[attr-defined]
Tensor.__dlpack_device__ = _dlpack_device  # type: ignore[attr-defined]


def to_dlpack(tensor: Tensor) -> Any:
    """A capsule with a copy of the elements in host memory."""
    return _capsule(tensor.detach().numpy(), None)
