"""What a report of an error should tell of the machine: ``python -m torch.utils.collect_env``. See torch.utils.collect_env."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from importlib.metadata import distributions
from typing import Any, NamedTuple

from .. import opencl

_WATCHED = ("cltorch", "lightning", "mako", "mypy", "numpy", "onnx", "pyopencl", "torch", "transformers", "triton")


class SystemEnv(NamedTuple):
    """What is known of the machine."""

    torch_version: str
    is_debug_build: str
    cuda_compiled_version: str
    cuda_runtime_version: str
    gcc_version: str
    os: str
    libc_version: str
    python_version: str
    python_platform: str
    is_cuda_available: str
    nvidia_gpu_models: str
    pip_packages: str
    devices: str


def get_pip_packages(patterns: Iterable[str] = _WATCHED) -> str:
    """Installed packages whose names begin so, a line each, with their versions."""
    begins = tuple(patterns)
    found = {(one.metadata["Name"] or "", one.version) for one in distributions()}
    return "\n".join(f"{name}=={number}" for name, number in sorted(found) if name.lower().startswith(begins))


def get_env_info() -> SystemEnv:
    """What is known of the machine."""
    return SystemEnv(
        torch_version=str(sys.modules[str(__package__).partition(".")[0]].__version__),
        is_debug_build="False",
        cuda_compiled_version="None",
        cuda_runtime_version="No CUDA",
        gcc_version=platform.python_compiler(),
        os=f"{platform.system()} {platform.release()} ({platform.machine()})",
        libc_version="-".join(platform.libc_ver()) or "N/A",
        python_version=f"{sys.version} ({sys.maxsize.bit_length() + 1}-bit runtime)".replace("\n", " "),
        python_platform=platform.platform(),
        is_cuda_available="False",
        nvidia_gpu_models="No CUDA",
        pip_packages=get_pip_packages(),
        devices="\n".join(str(opencl.get_device_properties(f"opencl:{k}")) for k in range(opencl.device_count()))
        or "none",
    )


def pretty_str(envinfo: Any) -> str:
    """What is known, as people read it."""
    return f"""Collecting environment information...
PyTorch version: {envinfo.torch_version}
Is debug build: {envinfo.is_debug_build}
CUDA used to build PyTorch: {envinfo.cuda_compiled_version}

OS: {envinfo.os}
Compiler of Python: {envinfo.gcc_version}
Libc version: {envinfo.libc_version}

Python version: {envinfo.python_version}
Python platform: {envinfo.python_platform}
Is CUDA available: {envinfo.is_cuda_available}
CUDA runtime version: {envinfo.cuda_runtime_version}
GPU models and configuration: {envinfo.nvidia_gpu_models}

OpenCL:
{envinfo.devices}

Versions of relevant libraries:
{envinfo.pip_packages}"""


def get_pretty_env_info() -> str:
    """`get_env_info` as people read it."""
    return pretty_str(get_env_info())


def main() -> None:
    """Print it."""
    print(get_pretty_env_info())


if __name__ == "__main__":
    main()
