"""``torch.utils.cpp_extension``: extensions in C++ and CUDA are compiled against PyTorch's own core, which is not here."""

from __future__ import annotations

from typing import Any

CUDA_HOME = ROCM_HOME = None
IS_HIP_EXTENSION = False


def _refuse(name: str) -> Any:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            f"{name}: extensions in C++ and CUDA are compiled against PyTorch's own core; cltorch runs OpenCL kernels from Python"
        )

    refuse.__name__ = name
    refuse.__doc__ = "RuntimeError: extensions are compiled against PyTorch's own core."
    return refuse


CppExtension, CUDAExtension, SyclExtension, BuildExtension, load, load_inline, include_paths, library_paths = map(
    _refuse,
    "CppExtension CUDAExtension SyclExtension BuildExtension load load_inline include_paths library_paths".split(),
)


def is_ninja_available() -> bool:
    """False: nothing is compiled here."""
    return False
