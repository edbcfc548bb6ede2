"""Where time goes: functions that a program calls, ranges that it names, and the kernels that the runtime launches. See torch.profiler.

A function's time is that of recording it (and of waiting, where it reads numbers), since work runs later and together: a kernel, which may
have fused many functions, is an event of its own, timed by waiting for it, so a profiled block is slower than the same without. Calls ask
whether somebody listens while a profile is on, and no longer (`ops.asking.borrow`).
"""

from __future__ import annotations

from . import legacy
from .collecting import record_function
from .events import EventList, FunctionEvent, FunctionEventAvg
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
