"""Errors that PyTorch has no class for, or that carry figures of their own."""

from __future__ import annotations

from pathlib import Path


class DeviceNotFoundError(RuntimeError):
    """No OpenCL device answers to what was asked for."""

    def __init__(self, asked: str, found: list[str]) -> None:
        lines = [f"no OpenCL device matches {asked!r}" if asked else "no usable OpenCL device was found"]
        lines += ["found:", *(f"  {line}" for line in found)] if found else ["no OpenCL platform is installed"]
        lines.append("a CPU driver comes with: pip install 'cltorch[cpu]' (or, on Debian: apt install pocl-opencl-icd)")
        super().__init__("\n".join(lines))


class _LinAlgError(RuntimeError):
    """A matrix has not what a function of linear algebra needs: it is singular, or not positive-definite. See torch.linalg.LinAlgError."""


LinAlgError = _LinAlgError  # PyTorch's class goes by that name, which tracebacks show


class OutOfMemoryError(RuntimeError):
    """The device has no room for an allocation, even after running what was pending and emptying the cache."""

    __module__ = "cltorch"

    def __init__(self, device: str, asked: int, in_use: int, cached: int, total: int) -> None:
        super().__init__(
            f"{device} is out of memory: asked for {size_text(asked)}, {size_text(in_use)} in use, {size_text(cached)} cached, "
            f"{size_text(total)} in total. Use smaller batches, delete tensors that are not needed, or use torch.no_grad() "
            "where no gradients are needed."
        )


class KernelBuildError(RuntimeError):
    """The driver refused a kernel: the build log, and where the source was kept."""

    def __init__(self, device: str, log: str, source: Path | None) -> None:
        kept = f"its source is in {source}" if source else "its source could not be kept, as no folder can be written"
        super().__init__(f"{device} did not build a program; {kept}. Build log:\n{log}")
        self.log = log
        self.source = source


class AcceleratorError(RuntimeError):
    """The driver refused or broke off work. See `torch.AcceleratorError`."""

    __module__ = "cltorch"


class DeviceLostError(AcceleratorError):
    """The device is gone or does not answer any more: nothing can run on it in this process."""


LOST = ("DEVICE_NOT_AVAILABLE", "INVALID_CONTEXT", "INVALID_COMMAND_QUEUE")


def from_driver(error: Exception, device: str) -> AcceleratorError:
    """A driver's error as one of PyTorch's kind, a RuntimeError that names the device."""
    text = str(error)
    if any(word in text for word in LOST):
        return DeviceLostError(f"{device} is lost: {text}")
    return AcceleratorError(f"{device}: {text}")


def size_text(nbytes: int) -> str:
    """Bytes for people."""
    size = float(nbytes)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} B" if unit == "B" else f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} GiB"


def kind_of(value: object) -> str:
    """What the errors of wrong arguments call a value's class: with its module if it is PyTorch's own, or written in C."""
    kind = type(value)
    name, module = kind.__name__, kind.__module__
    if module == "builtins" or (kind.__flags__ & HEAP and name not in OWN):
        return name
    return f"torch.{name}" if name in OWN else f"{module}.{name}"


HEAP = 1 << 9
"""The flag of classes that a program made (``Py_TPFLAGS_HEAPTYPE``)."""
OWN = frozenset("dtype device Size layout memory_format".split())
