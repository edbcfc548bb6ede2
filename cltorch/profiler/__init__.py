"""Where time goes: ranges that programs name, and the kernels that the runtime launches, with their times. See torch.profiler.

Every event is the runtime's own: one for each kernel that is enqueued in the profiled block, timed by waiting for it (so that a
profiled block is slower than the same without), and one for each `record_function`. What is fused is one kernel, under its own name.
"""

from __future__ import annotations

from . import legacy
from .events import EventList, FunctionEvent, FunctionEventAvg, record_function
from .profile import (
    ProfilerAction,
    ProfilerActivity,
    profile,
    schedule,
    supported_activities,
    tensorboard_trace_handler,
)

__all__ = [
    "EventList",
    "FunctionEvent",
    "FunctionEventAvg",
    "ProfilerAction",
    "ProfilerActivity",
    "kineto_available",
    "profile",
    "record_function",
    "schedule",
    "supported_activities",
    "tensorboard_trace_handler",
]


def kineto_available() -> bool:
    """True: `profile` works. (PyTorch's own library for it is not here.)"""
    return True
