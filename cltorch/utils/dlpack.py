"""Tensors of other libraries, and for them, by DLPack, through memory of the host. See torch.utils.dlpack.

Elements are copied, unless ``copy=False`` asks for one memory: what is recorded runs later, and would read what the other side has
written meanwhile. Shared memory is the way of `Tensor.share_memory_`: the other side's numbers are seen by what runs from then on, ours by
the other side after a read, an optimizer's step or `synchronize`.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from .. import dtypes
from ..tensor.creation import from_numpy
from ..tensor.device_names import resolve_device
from ..tensor.sharing import over, shown
from ..tensor.tensor import Tensor

__all__ = ["from_dlpack", "to_dlpack"]

_HOST = (1, 0)  # DLPack's kDLCPU
_VERSIONED = np.lib.NumpyVersion(np.__version__) >= "2.1.0"


_DTYPE_AT = {b"dltensor": 20, b"dltensor_versioned": 52}  # bytes before code and bits of the dtype, by a capsule's name
_INT16, _BFLOAT16 = bytes((0, 16)), bytes((4, 16))  # DLPack's code, and the bits
_name_of = ctypes.pythonapi.PyCapsule_GetName
_name_of.restype, _name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
_pointer_in = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_in.restype, _pointer_in.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


def _relabel(capsule: Any, before: bytes, after: bytes) -> bool:
    """Let a capsule's elements, if they are of one dtype, be called another of the same size: NumPy has no word for bfloat16."""
    name = _name_of(capsule)
    at = (_pointer_in(capsule, name) or 0) + _DTYPE_AT[name]
    if ctypes.string_at(at, 2) != before:
        return False
    ctypes.memmove(at, after, 2)
    return True


def _array(source: Any) -> np.ndarray:
    """The array in the memory of another library's tensor."""
    try:
        return np.from_dlpack(source)
    except (BufferError, RuntimeError):
        if tuple(source.__dlpack_device__()) != _HOST:
            raise
        try:
            capsule = source.__dlpack__(max_version=(1, 0) if _VERSIONED else None)
        except TypeError:  # made before there were versions
            capsule = source.__dlpack__()
        if not _relabel(capsule, _BFLOAT16, _INT16):
            raise
        return np.from_dlpack(_Held(capsule)).view(dtypes.bfloat16.np)


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
    array = _array(ext_tensor if hasattr(ext_tensor, "__dlpack__") else _Held(ext_tensor))
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
    if stream is not None and type(stream) is not int:
        raise TypeError("stream must be ``int`` or ``none``")
    if dl_device is not None and tuple(dl_device) != _HOST:
        raise BufferError(f"cannot export to the device {dl_device}: only to the host")
    return _capsule(self, copy is False, max_version)


def _capsule(tensor: Tensor, shares: bool, max_version: Any) -> Any:
    """What NumPy gives for the elements: of DLPack 1 where the other side knows that, as it may write there then."""
    is_bfloat16 = tensor.dtype is dtypes.bfloat16
    if is_bfloat16 and not shares:
        tensor = tensor.view(dtypes.int16)
    array = shown(tensor) if shares else tensor.numpy()
    if is_bfloat16:
        array = array.view(np.int16)
    capsule = array.__dlpack__(max_version=max_version) if _VERSIONED else array.__dlpack__()
    if is_bfloat16:
        _relabel(capsule, _INT16, _BFLOAT16)
    return capsule


def _dlpack_device(self: Tensor) -> tuple[int, int]:
    """Where the memory lies that ``__dlpack__`` gives: on the host."""
    return _HOST


Tensor.__dlpack__ = _dlpack  # type: ignore[attr-defined]
Tensor.__dlpack_device__ = _dlpack_device  # type: ignore[attr-defined]


def to_dlpack(tensor: Tensor) -> Any:
    """A capsule with a copy of the elements in host memory."""
    return _capsule(tensor.detach(), False, None)
