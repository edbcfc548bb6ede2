"""Tensors of other libraries, and for them, by DLPack: through host memory, as OpenCL buffers have no address. See torch.utils.dlpack."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor.creation import from_numpy
from ..tensor.tensor import Tensor

__all__ = ["from_dlpack", "to_dlpack"]


class _Held:
    """A capsule as an object that NumPy asks for it."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor with a copy of the elements of another library's tensor, or of a capsule."""
    if isinstance(ext_tensor, Tensor):
        return ext_tensor
    if copy is False:
        raise ValueError("from_dlpack(): device memory is not shared with the host: use copy=None or copy=True")
    source = ext_tensor if hasattr(ext_tensor, "__dlpack__") else _Held(ext_tensor)
    made = from_numpy(np.array(np.from_dlpack(source)))
    return made if device is None else made.to(device)


def _dlpack(
    self: Tensor, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: bool | None = None
) -> Any:
    """A capsule with a copy of the elements in host memory. See torch.Tensor.__dlpack__."""
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    if copy is False:
        raise BufferError("device memory is not shared with the host: use copy=None or copy=True")
    if dl_device is not None and dl_device != _dlpack_device(self):
        raise BufferError(f"cannot export to the device {dl_device}: only to the host")
    return to_dlpack(self)


def _dlpack_device(self: Tensor) -> tuple[int, int]:
    """Where the copy lies that ``__dlpack__`` gives: on the host."""
    return 1, 0


Tensor.__dlpack__ = _dlpack  # type: ignore[attr-defined]
Tensor.__dlpack_device__ = _dlpack_device  # type: ignore[attr-defined]


def to_dlpack(tensor: Tensor) -> Any:
    """A capsule with a copy of the elements in host memory."""
    return tensor.detach().numpy().__dlpack__()
