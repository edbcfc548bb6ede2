"""What a device can do: asked once from the driver, or measured. Kernels ask for abilities here, never for vendors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Traits:
    """Abilities of one OpenCL device.

    ``kind`` is what it is (``gpu``, ``igpu``, ``accelerator``, ``cpu``); ``form`` is the form of kernels it gets (``cpu``:
    explicit vectors, register tiles, few work-items; ``gpu``: work-groups, local memory, coalesced access). They differ
    only when a test asks for it with ``CLTORCH_FORM``.
    """

    kind: str
    form: str
    compute_units: int
    vector_width: int  # native float lanes of the CPU form (4, 8, 16); 1 in the GPU form
    max_work_group: int  # already clamped to 1024
    group_multiple: int  # preferred work-group size multiple (warp, wavefront, SIMD)
    local_memory: int  # bytes
    max_parameter_bytes: int
    max_allocation: int  # bytes
    global_memory: int  # bytes
    fp64: bool
    fp16: bool  # half arithmetic; storage through vload_half works everywhere
    int64_atomics: bool
    subgroups: tuple[int, ...]  # sizes, () where there are none
    exact_division: bool  # accepts -cl-fp32-correctly-rounded-divide-sqrt
    language: str = "CL1.2"  # for -cl-std
    base_alignment: int = 128  # bytes: where a part of a buffer may start
