"""What the namespace says of itself, and how tensors find it."""

from __future__ import annotations

import sys
from typing import Any

from .. import dtypes
from ..opencl import device_count
from ..tensor.device_names import device as Device
from ..tensor.device_names import get_default_device, resolve_device
from ..tensor.tensor import Tensor
from .promotion import KINDS, isdtype

VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12")


def array_namespace(self: Tensor, *, api_version: str | None = None) -> Any:
    """The namespace of the Array API standard; ValueError for versions that it does not have."""
    if api_version is not None and api_version not in VERSIONS:
        raise ValueError(f"unsupported array API version: {api_version}")
    return sys.modules[__package__]


def to_device(self: Tensor, device: Any, /, *, stream: Any = None) -> Tensor:
    """The array on another device. Of the Array API standard."""
    return self.to(device)


Tensor.__array_namespace__ = array_namespace  # type: ignore[attr-defined]
Tensor.to_device = to_device  # type: ignore[attr-defined]


class _Info:
    """What the standard asks of ``__array_namespace_info__``."""

    def capabilities(self) -> dict[str, Any]:
        """What is there: masks as indices, shapes that depend on data, 64 dimensions."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> Any:
        """Where arrays are made."""
        return get_default_device()

    def devices(self) -> list[Any]:
        """All devices."""
        return [Device("opencl", k) for k in range(device_count())]

    def default_dtypes(self, *, device: Any = None) -> dict[str, Any]:
        """The dtypes of Python's numbers."""
        real = dtypes.get_default_dtype()
        return {
            "real floating": real,
            "complex floating": real.to_complex(),
            "integral": dtypes.int64,
            "indexing": dtypes.int64,
        }

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, Any]:
        """The dtypes of a device that have arithmetic, by name."""
        kept = (dtypes.uint16, dtypes.uint32, dtypes.uint64)
        found = [d for d in (*KINDS["bool"], *KINDS["numeric"]) if d not in kept]
        if not resolve_device(device).traits.fp64:
            found = [d for d in found if d.to_real() is not dtypes.float64]
        return {d.name: d for d in found if kind is None or isdtype(d, kind)}


def __array_namespace_info__() -> _Info:  # noqa: N807
    """What this namespace says of itself."""
    return _Info()
