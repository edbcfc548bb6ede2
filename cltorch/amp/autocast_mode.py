"""Regions that run in mixed precision. See torch.amp.autocast."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .. import dtypes
from ..tensor.tensor import Tensor
from ..warned import warn
from . import state
from .state import is_autocast_available

__all__ = ["autocast", "autocast_decorator", "custom_bwd", "custom_fwd", "is_autocast_available"]


class autocast:
    """A region, as context manager or decorator, in which each function runs in the dtype that is good for it: products of
    matrices and convolutions in ``dtype``, what needs range or precision in float32, the rest in the dtypes it gets.

    ``device_type`` chooses PyTorch's list (``cpu``, or that of accelerators) and the default dtype: bfloat16 for ``cpu``,
    float16 else; see `amp.state` for what it means here. ``enabled=False`` switches autocast off within. ``cache_enabled``:
    whether copies of weights are kept until the outermost region ends. Other dtypes than the two warn and switch it off.
    """

    def __init__(
        self,
        device_type: str,
        dtype: dtypes.dtype | None = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        self.device = device_type
        self.fast_dtype = state.get_autocast_dtype(device_type) if dtype is None else dtype
        state._check(device_type)
        self._cache_enabled = state.is_autocast_cache_enabled() if cache_enabled is None else cache_enabled
        supported = (dtypes.bfloat16, dtypes.float16)
        if enabled and self.fast_dtype not in supported:
            name = device_type.upper()
            warn(
                f"In {name} autocast, but the target dtype is not supported. Disabling autocast.\n"
                f"{name} Autocast only supports dtypes of {', '.join(map(str, supported))} currently."
            )
            enabled = False
        self._enabled = enabled
        self._before: list[state.Snapshot] = []  # what to go back to; several for a region within itself

    def __enter__(self) -> autocast:
        self._before.append(state.snapshot())
        state.set_autocast_enabled(self.device, self._enabled)
        state.set_autocast_dtype(self.device, self.fast_dtype)
        state.autocast_increment_nesting()
        state.set_autocast_cache_enabled(self._cache_enabled)
        return self

    def __exit__(self, *details: object) -> None:
        if state.autocast_decrement_nesting() == 0:
            state.clear_autocast_cache()
        state.restore(self._before.pop())

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """``func`` with every call inside the region."""
        if not callable(func):
            raise TypeError(
                f"autocast()(func) requires a callable, but got {type(func).__name__}. "
                "Did you mean to use autocast as a context manager? For example:\n"
                "    with torch.autocast(device_type=...):\n"
                "        output = model(input)"
            )
        return autocast_decorator(self, func)


def autocast_decorator(autocast_instance: Any, func: Callable[..., Any]) -> Callable[..., Any]:
    """``func`` with every call inside a region."""

    @functools.wraps(func)
    def decorate_autocast(*args: Any, **kwargs: Any) -> Any:
        with autocast_instance:
            return func(*args, **kwargs)

    return decorate_autocast


def _cast(value: Any, dtype: dtypes.dtype) -> Any:
    """Tensors of floating point, but for double, in ``dtype``; also in containers."""
    if isinstance(value, Tensor):
        return value.to(dtype) if value.is_floating_point() and value.dtype is not dtypes.float64 else value
    if isinstance(value, (str, bytes)) or hasattr(value, "__array_interface__"):
        return value
    if isinstance(value, Mapping):
        return {_cast(key, dtype): _cast(one, dtype) for key, one in value.items()}
    if isinstance(value, Iterable):
        cast = (_cast(one, dtype) for one in value)
        return type(value)(cast) if isinstance(value, (list, tuple)) else cast
    return value


def custom_fwd(
    fwd: Callable[..., Any] | None = None, *, device_type: str, cast_inputs: dtypes.dtype | None = None
) -> Callable[..., Any]:
    """Decorate the ``forward`` of an `autograd.Function`: it runs with autocast as it is, or with ``cast_inputs`` on inputs
    that are cast to that dtype and without autocast. Outside of autocast it does nothing."""
    state._check(device_type)
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorate_fwd(*args: Any, **kwargs: Any) -> Any:
        ctx, enabled = args[0], state.is_autocast_enabled(device_type)
        ctx._dtype = state.get_autocast_dtype(device_type)
        ctx._fwd_used_autocast = enabled and cast_inputs is None
        if not enabled or cast_inputs is None:
            return fwd(*args, **kwargs)
        with autocast(device_type, enabled=False):
            return fwd(ctx, *_cast(args[1:], cast_inputs), **_cast(kwargs, cast_inputs))

    return decorate_fwd


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str) -> Callable[..., Any]:
    """Decorate the ``backward`` of an `autograd.Function`: it runs with autocast as ``forward`` did."""
    state._check(device_type)
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorate_bwd(*args: Any, **kwargs: Any) -> Any:
        with autocast(device_type, enabled=args[0]._fwd_used_autocast, dtype=args[0]._dtype):
            return bwd(*args, **kwargs)

    return decorate_bwd
