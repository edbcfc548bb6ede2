"""Whether autocast is on in this thread, for which devices and in which dtype. See torch.is_autocast_enabled and its kin.

All tensors lie on OpenCL devices here, whatever programs call those; so autocast for any kind of device is autocast for them:
the one that was switched on last counts, with PyTorch's list for CPUs if it was for those, else the list for accelerators.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from .. import dtypes
from ..ops import autocast as lists
from ..ops.mode import MODE
from ..warned import warn
from .casting import Casting

DEVICES = ("cpu", "cuda", "opencl", "xpu", "mps", "hpu", "mtia", "maia", "xla", "ipu", "privateuseone")
WITHOUT = ("mkldnn", "opengl", "ideep", "hip", "ve", "fpga", "lazy", "vulkan", "meta")  # kinds that have no autocast


class _State(threading.local):
    """The state of one thread."""

    def __init__(self) -> None:
        self.enabled: dict[str, None] = {}  # kinds of devices, the one switched on last at the end
        self.dtypes = {kind: dtypes.bfloat16 if kind in ("cpu", "xla", "hpu") else dtypes.float16 for kind in DEVICES}
        self.nesting = 0
        self.cache_enabled = True
        self.kept: dict[Any, Any] = {}  # copies of weights


_STATE = _State()


def _check(kind: Any) -> str:
    if not isinstance(kind, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(kind)}`")
    if not is_autocast_available(kind):
        raise RuntimeError(f"User specified an unsupported autocast device_type '{kind}'")
    return kind


def _refresh() -> None:
    """Make ops see the present state."""
    if not _STATE.enabled:
        MODE.cast = None
        return
    kind = next(reversed(_STATE.enabled))
    policies = lists.CPU if kind == "cpu" else lists.ACCELERATORS
    MODE.cast = Casting(policies, _STATE.dtypes[kind], _STATE.kept if _STATE.cache_enabled else None)


class Snapshot(NamedTuple):
    """Autocast's state at some time, and what ops saw of it: nothing, in compositions and backward."""

    enabled: tuple[str, ...]
    dtypes: dict[str, dtypes.dtype]
    cache_enabled: bool
    cast: Casting | None


def snapshot() -> Snapshot:
    """The state of this thread, for `restore`."""
    return Snapshot(tuple(_STATE.enabled), dict(_STATE.dtypes), _STATE.cache_enabled, MODE.cast)


def restore(before: Snapshot) -> None:
    """Make the state of this thread what it was."""
    _STATE.enabled = dict.fromkeys(before.enabled)
    _STATE.dtypes = dict(before.dtypes)
    _STATE.cache_enabled = before.cache_enabled
    MODE.cast = before.cast


@contextmanager
def as_at(before: Snapshot) -> Iterator[None]:
    """A context with the state of another time; copies of weights are not kept beyond it."""
    now = snapshot()
    restore(before)
    autocast_increment_nesting()
    try:
        yield
    finally:
        restore(now)
        if autocast_decrement_nesting() == 0:
            clear_autocast_cache()


def is_autocast_available(device_type: str) -> bool:
    """Whether there is autocast for a kind of device."""
    if not isinstance(device_type, str):
        raise TypeError(
            f"is_autocast_available(): argument 'device_type' must be str, not {type(device_type).__name__}"
        )
    if device_type not in DEVICES + WITHOUT:
        raise RuntimeError(
            "Expected one of cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, "
            f"meta, hpu, mtia, privateuseone device type at start of device string: {device_type}"
        )
    return device_type in DEVICES


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """Whether autocast is on in this thread for a kind of device; for accelerators (``cuda``) if none is named."""
    return _check("cuda" if device_type is None else device_type) in _STATE.enabled


def set_autocast_enabled(device_type: Any, enabled: bool | None = None) -> None:
    """Switch autocast on or off in this thread: ``set_autocast_enabled(device_type, enabled)``, or ``(enabled)`` for cuda."""
    if enabled is None:
        device_type, enabled = "cuda", device_type
    _STATE.enabled.pop(_check(device_type), None)
    if enabled:
        _STATE.enabled[device_type] = None
    _refresh()


def get_autocast_dtype(device_type: str) -> dtypes.dtype:
    """The dtype that autocast uses in this thread for a kind of device."""
    return _STATE.dtypes[_check(device_type)]


def set_autocast_dtype(device_type: str, dtype: dtypes.dtype) -> None:
    """Choose the dtype that autocast uses in this thread for a kind of device."""
    _STATE.dtypes[_check(device_type)] = dtype
    _refresh()


def is_autocast_cache_enabled() -> bool:
    """Whether autocast keeps the copies of weights that it makes."""
    return _STATE.cache_enabled


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Choose whether autocast keeps the copies of weights that it makes."""
    _STATE.cache_enabled = bool(enabled)
    _refresh()


def clear_autocast_cache() -> None:
    """Drop the copies of weights that autocast keeps."""
    _STATE.kept.clear()


def autocast_increment_nesting() -> int:
    """Enter one more autocast region; gives how many there are now."""
    _STATE.nesting += 1
    return _STATE.nesting


def autocast_decrement_nesting() -> int:
    """Leave an autocast region; gives how many are left."""
    _STATE.nesting -= 1
    return _STATE.nesting


def is_autocast_cpu_enabled() -> bool:
    """Deprecated: ``is_autocast_enabled("cpu")``."""
    _deprecated("is_autocast_cpu_enabled()", 'is_autocast_enabled("cpu")')
    return is_autocast_enabled("cpu")


def set_autocast_cpu_enabled(enabled: bool) -> None:
    """Deprecated: ``set_autocast_enabled("cpu", enabled)``."""
    _deprecated("set_autocast_cpu_enabled(enabled)", 'set_autocast_enabled("cpu", enabled)')
    set_autocast_enabled("cpu", enabled)


def get_autocast_cpu_dtype() -> dtypes.dtype:
    """Deprecated: ``get_autocast_dtype("cpu")``."""
    _deprecated("get_autocast_cpu_dtype()", 'get_autocast_dtype("cpu")')
    return get_autocast_dtype("cpu")


def set_autocast_cpu_dtype(dtype: dtypes.dtype) -> None:
    """Deprecated: ``set_autocast_dtype("cpu", dtype)``."""
    _deprecated("set_autocast_cpu_dtype(dtype)", 'set_autocast_dtype("cpu", dtype)')
    set_autocast_dtype("cpu", dtype)


def get_autocast_gpu_dtype() -> dtypes.dtype:
    """Deprecated: ``get_autocast_dtype("cuda")``."""
    _deprecated("get_autocast_gpu_dtype()", 'get_autocast_dtype("cuda")')
    return get_autocast_dtype("cuda")


def set_autocast_gpu_dtype(dtype: dtypes.dtype) -> None:
    """Deprecated: ``set_autocast_dtype("cuda", dtype)``."""
    _deprecated("set_autocast_gpu_dtype(dtype)", 'set_autocast_dtype("cuda", dtype)')
    set_autocast_dtype("cuda", dtype)


def _deprecated(old: str, new: str) -> None:
    warn(f"torch.{old} is deprecated. Please use torch.{new} instead.", DeprecationWarning)
