"""``torch.autograd.profiler``: `profile` and `record_function` under their names from before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .collecting import record_function
from .events import EventList, FunctionEvent, FunctionEventAvg
from .profile import profile

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "emit_itt", "emit_nvtx", "profile", "record_function"]


@contextmanager
def emit_nvtx(enabled: bool = True, record_shapes: bool = False) -> Iterator[Any]:
    """RuntimeError if it is to be on: NVIDIA's profiler sees nothing of OpenCL."""
    if enabled:
        raise RuntimeError("emit_nvtx(): NVIDIA's profiler sees nothing of OpenCL; use torch.profiler.profile")
    yield


@contextmanager
def emit_itt(enabled: bool = True, record_shapes: bool = False) -> Iterator[Any]:
    """RuntimeError if it is to be on: marks for Intel's profiler are not written."""
    if enabled:
        raise RuntimeError("emit_itt(): marks for Intel's profiler are not written; use torch.profiler.profile")
    yield
