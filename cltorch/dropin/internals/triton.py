"""What programs ask of ``torch.utils._triton``: its kernels are written for CUDA and run nowhere else."""

from __future__ import annotations


def has_triton() -> bool:
    """False: kernels of Triton's do not run through OpenCL."""
    return False


has_triton_package = has_triton_tma = has_triton_tma_device = has_triton
